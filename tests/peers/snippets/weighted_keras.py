import keras
import numpy as np

logits, target = np.array([[2.0], [-1.0], [-3.0]]), np.array([[1.0], [0.0], [0.0]])
weight = (1 + target[:, 0]) / 3
loss = keras.losses.BinaryCrossentropy(from_logits=True)
assert abs(float(loss(target, logits, sample_weight=weight)) - 0.06841) < 1e-5
loss = keras.losses.BinaryCrossentropy(from_logits=True, reduction="mean_with_sample_weight")
assert abs(float(loss(target, logits, sample_weight=weight)) - 0.15393) < 1e-5
