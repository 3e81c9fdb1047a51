import keras
import numpy as np

logits, target = np.array([2.0, -1.0, -0.5]), np.array([1.0, 1.0, 0.0])
hinge = keras.losses.Hinge()(target, logits)
assert abs(float(hinge) - 0.83333) < 1e-5
squared = keras.losses.SquaredHinge()(target, logits)
assert abs(float(squared) - 1.41667) < 1e-5
