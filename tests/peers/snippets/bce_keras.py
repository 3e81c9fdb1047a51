import keras
import numpy as np

logits, target = np.array([2.0, -1.0]), np.array([1.0, 0.0])
loss = keras.losses.BinaryCrossentropy(from_logits=True)(target, logits)
assert abs(float(loss) - 0.22009) < 1e-5
