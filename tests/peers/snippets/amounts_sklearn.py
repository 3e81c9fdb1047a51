import numpy as np
from sklearn.linear_model import TweedieRegressor
from sklearn.metrics import mean_tweedie_deviance

mean, target = np.array([1.0, 2.5, 0.5]), np.array([1.0, 4.0, 0.0])
deviance = mean_tweedie_deviance(target, mean, power=1.5)
assert abs(deviance - 1.09076) < 1e-5
model = TweedieRegressor(power=1.5, alpha=0, link="log")
assert model.power == 1.5
