import keras
import numpy as np

logits, target = np.array([2.0, -1.0, -3.0]), np.array([1.0, 1.0, 0.0])
balanced = keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.25, gamma=2.0, from_logits=True)
plain = keras.losses.BinaryFocalCrossentropy(alpha=0.25, gamma=2.0, from_logits=True)
assert abs(float(balanced(target, logits)) - 0.05867) < 1e-5
assert abs(float(plain(target, logits)) - 0.23459) < 1e-5
