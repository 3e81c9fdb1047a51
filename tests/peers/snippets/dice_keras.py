import keras
import numpy as np

probs, target = np.array([[0.9, 0.6, 0.2, 0.1]]), np.array([[1.0, 1.0, 0.0, 0.0]])
assert abs(float(keras.losses.dice(target, probs)) - 0.21053) < 1e-5

empty, alarm = np.zeros((1, 4)), np.array([[1.0, 0.0, 0.0, 0.0]])
assert float(keras.losses.dice(empty, empty)) == 1
assert float(keras.losses.dice(empty, alarm)) == 1
