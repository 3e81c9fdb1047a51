import numpy as np
from scipy.special import log_softmax

logits, labels = np.array([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0]]), np.array([0, 2])
loss = -log_softmax(logits, axis=-1)[np.arange(2), labels].mean()
assert abs(loss - 1.28873) < 1e-5
