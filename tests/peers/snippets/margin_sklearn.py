import numpy as np
from sklearn.metrics import hinge_loss

logits, target = np.array([2.0, -1.0, -0.5]), np.array([1, 1, 0])
hinge = hinge_loss(target, logits)
assert abs(hinge - 0.83333) < 1e-5
