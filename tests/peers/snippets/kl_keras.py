import keras
import numpy as np

p, q = np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]])
loss = keras.losses.KLDivergence()(p, q)
assert abs(float(loss) - 0.143841) < 1e-6

apart = keras.losses.kl_divergence(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
assert abs(float(apart) - 16.118) < 1e-3
