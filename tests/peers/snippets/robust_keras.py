import keras
import numpy as np

prediction, target = np.array([1.0, 5.0]), np.array([0.0, 0.0])
assert keras.losses.Huber()(target, prediction) == 2.5
assert keras.losses.Huber(delta=2.0)(target, prediction) == 4.25
