import numpy as np
from sklearn.linear_model import HuberRegressor

inputs, target = np.arange(8.0)[:, None], np.array([0.1, 0.8, 2.3, 2.7, 4.2, 4.9, 6.0, 70.0])
fit = HuberRegressor(epsilon=1.345, alpha=0).fit(inputs, target)
in_thousands = HuberRegressor(epsilon=1.345, alpha=0).fit(inputs, target / 1000)
assert abs(fit.coef_[0] - 1000 * in_thousands.coef_[0]) < 0.01
assert abs(fit.scale_ - 1000 * in_thousands.scale_) < 0.01
