import numpy as np
from sklearn.metrics import mean_pinball_loss

lower, upper, target = np.array([1.0, 1.0]), np.array([3.0, 3.0]), np.array([2.0, 3.5])
alpha = 0.1
ends = mean_pinball_loss(target, lower, alpha=alpha / 2) + mean_pinball_loss(target, upper, alpha=1 - alpha / 2)
assert abs(2 / alpha * ends - 7) < 1e-12  # the mean of 2 and 12
