"""The log loss of a probability, which binary cross entropy and the combined losses of overlap share.

log1p keeps the digits of 1 − p near p = 0, and nothing is clipped.
"""

import numpy as np

from lossbook.numerics.limits import blend


def log_loss(p, y):
    """Return −y log p − (1 − y) log(1 − p)."""
    return 0 - blend(y, np.log(p), 1 - y, np.log1p(-p))


def log_loss_slope(p, y):
    """Return its derivative with respect to p, which is −∞ for p = 0 and y > 0, and so for −0."""
    return blend(1 - y, 1 / (1 - p), y, -1 / abs(p))
