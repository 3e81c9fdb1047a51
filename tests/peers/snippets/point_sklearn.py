import numpy as np
from sklearn.linear_model import QuantileRegressor
from sklearn.metrics import mean_absolute_percentage_error, mean_pinball_loss

prediction, target = np.array([2.0, 1.0]), np.array([1.0, 3.0])
assert mean_pinball_loss(target, prediction, alpha=0.75) == 0.875
assert abs(mean_absolute_percentage_error(target, prediction) - 5 / 6) < 1e-15

numbers = np.arange(1.0, 100.0)
model = QuantileRegressor(quantile=0.9, alpha=0).fit(np.zeros((99, 1)), numbers)
assert abs(model.intercept_ - 90) < 1e-6
