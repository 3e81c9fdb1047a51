import numpy as np
from sklearn.metrics import mean_squared_error

prediction, target = np.array([2.0, -1.0]), np.array([1.0, 3.0])
assert mean_squared_error(target, prediction) == 8.5
assert mean_squared_error(target, prediction, sample_weight=[3, 1]) == 4.75
