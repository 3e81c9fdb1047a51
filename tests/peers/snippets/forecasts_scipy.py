from scipy.stats import energy_distance

crps = energy_distance([1.0, 2.0, 4.0, 7.0], [3.0]) ** 2 / 2
assert abs(crps - 0.75) < 1e-15
