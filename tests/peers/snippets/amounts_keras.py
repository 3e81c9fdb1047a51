import keras
import numpy as np

mean, target = np.array([[1.0, 2.5, 0.5]]), np.array([[1.0, 4.0, 0.0]])
# The mean itself; 1e-7 is added in its logarithm.
counts = keras.losses.Poisson()(target, mean)
assert abs(float(counts) - 0.11161) < 1e-5
