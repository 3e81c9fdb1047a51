import keras
import numpy as np

prediction, target = np.array([2.0, 1.0]), np.array([1.0, 3.0])
assert keras.losses.MeanAbsoluteError()(target, prediction) == 1.5

percent = float(keras.losses.MeanAbsolutePercentageError()(target, prediction))
assert abs(percent - 100 * (1 / 1 + 2 / 3) / 2) < 1e-3

log_error = keras.losses.MeanSquaredLogarithmicError()
clipped = float(log_error(np.array([1.0]), np.array([-5.0])))
assert abs(clipped - np.log(2) ** 2) < 1e-5  # as if 0 had been predicted
