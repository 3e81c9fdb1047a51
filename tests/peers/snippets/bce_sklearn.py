import numpy as np
from sklearn.metrics import log_loss

logits, target = np.array([2.0, -1.0]), np.array([1, 0])
loss = log_loss(target, 1 / (1 + np.exp(-logits)))
assert abs(loss - 0.22009) < 1e-5
