import numpy as np
from sklearn.metrics import log_loss
from sklearn.utils.class_weight import compute_sample_weight

logits, target = np.array([2.0, -1.0, -3.0]), np.array([1, 0, 0])
weight = compute_sample_weight("balanced", target)
assert np.allclose(weight, [1.5, 0.75, 0.75])
loss = log_loss(target, 1 / (1 + np.exp(-logits)), sample_weight=weight)
assert abs(loss - 0.15393) < 1e-5
