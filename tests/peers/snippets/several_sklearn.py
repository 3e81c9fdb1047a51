import numpy as np
from sklearn.metrics import hinge_loss

scores, labels = np.array([[2.0, 1.5, 1.5], [0.0, 3.0, 1.0], [0.0, 1.0, 0.5]]), np.array([0, 2, 1])
crammer_singer = hinge_loss(labels, scores)
assert abs(crammer_singer - 4.0 / 3) < 1e-12
