import keras
import numpy as np

probs, labels = np.array([[0.2, 0.5, 0.3]]), np.array([2])
a_third_of_brier = keras.losses.MeanSquaredError()(np.eye(3)[labels], probs)
assert abs(float(a_third_of_brier) - 0.78 / 3) < 1e-6
log_score = keras.losses.SparseCategoricalCrossentropy()(labels, probs)
assert abs(float(log_score) - 1.20397) < 1e-5
