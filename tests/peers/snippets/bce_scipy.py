import numpy as np
from scipy.special import log_expit

logits, target = np.array([2.0, -1.0]), np.array([1, 0])
loss = -np.mean(target * log_expit(logits) + (1 - target) * log_expit(-logits))
assert abs(loss - 0.22009) < 1e-5
