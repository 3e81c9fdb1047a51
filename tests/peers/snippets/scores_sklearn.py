import numpy as np
from sklearn.metrics import brier_score_loss, log_loss

probs, labels = np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0]]), [2, 0]
brier = brier_score_loss(labels, probs, labels=[0, 1, 2])  # Brier's sum; of two classes half of it
assert abs(brier - 0.39) < 1e-12
assert brier_score_loss([0, 1], [0.25, 0.75]) == 0.0625
clipped = log_loss([1], [[1.0, 0.0]], labels=[0, 1])
assert abs(clipped - 36.04) < 0.01  # where the score is ∞
