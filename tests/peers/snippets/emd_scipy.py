from scipy.stats import energy_distance, wasserstein_distance

p, q = [0.2, 0.5, 0.3], [0.5, 0.25, 0.25]
places = [0, 1, 2]
emd = wasserstein_distance(places, places, p, q)
squared_emd = energy_distance(places, places, p, q) ** 2 / 2
assert abs(emd - 0.35) < 1e-12
assert abs(squared_emd - 0.0925) < 1e-12
