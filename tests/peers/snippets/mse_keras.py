import keras
import numpy as np

prediction, target = np.array([2.0, -1.0]), np.array([1.0, 3.0])
assert keras.losses.MeanSquaredError()(target, prediction) == 8.5

dark, bright = np.array([3], np.uint8), np.array([250], np.uint8)
assert keras.losses.MeanSquaredError()(bright, dark) == 61009
assert keras.losses.mean_squared_error(bright, dark) == 81
