"""Products and sums in which 0 · ∞ is 0, the limit that every product in this package has."""

import math

import numpy as np


def has_nan(x):
    """Whether any entry is NaN: the minimum then is, too."""
    return math.isnan(np.minimum.reduce(x, axis=None))


def is_finite(x):
    """Whether all entries are finite and not so large that their sum is infinite."""
    return math.isfinite(np.add.reduce(x, axis=None))


def times(x, y):
    """Multiply with the convention 0 · ∞ = 0, the limit that every product in this package has."""
    product = x * y
    if has_nan(product):
        zero = ((x == 0) & np.isinf(y)) | ((y == 0) & np.isinf(x))
        product = np.where(zero, 0, product)
    return product


def blend(a, x, b, y):
    """Return a · x + b · y with 0 · ∞ = 0."""
    total = a * x + b * y
    if has_nan(total):
        total = times(a, x) + times(b, y)
    return total
