import numpy as np
from scipy.optimize import least_squares
from scipy.special import huber

prediction, target = np.array([1.0, 5.0]), np.array([0.0, 0.0])
assert huber(1.0, prediction - target).mean() == 2.5
assert huber(2.0, prediction - target).mean() == 4.25

fixed = least_squares(lambda shift: prediction - target + 0 * shift, [0.0], loss="huber", f_scale=2.0)
assert fixed.cost == 2 * 4.25
