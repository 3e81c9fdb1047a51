import numpy as np
from scipy.special import softmax
from sklearn.metrics import log_loss

logits, labels = np.array([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0]]), np.array([0, 2])
loss = log_loss(labels, softmax(logits, axis=-1), labels=[0, 1, 2])
assert abs(loss - 1.28873) < 1e-5
