"""Logarithms of factorials, taken apart so that what is large cancels in formulas, not in numbers (Loader, 2000)."""

import numpy as np

# The series of lnΓ(2 + s): 1 − γ, then (−1)^k (ζ(k) − 1)/k.
_GAMMA_SERIES = [
    0.42278433509846713939,
    0.32246703342411321822,
    -0.067352301053198095133,
    0.020580808427784547879,
    -0.0073855510286739852663,
    0.0028905103307415232858,
    -0.0011927539117032609771,
    0.00050966952474304242234,
    -0.00022315475845357937976,
    9.9457512781808533715e-05,
    -4.4926236738133141701e-05,
    2.0507212775670691553e-05,
    -9.439488275268395904e-06,
    4.3748667899074878042e-06,
    -2.0392157538013662368e-06,
    9.5514121304074198329e-07,
    -4.4924691987645660433e-07,
    2.1207184805554665869e-07,
    -1.0043224823968099609e-07,
    4.7698101693639805658e-08,
    -2.271109460894316491e-08,
    1.0838659214896954091e-08,
    -5.1834750419700466551e-09,
    2.4836745438024783172e-09,
    -1.1921401405860912074e-09,
    5.7313672416788620134e-10,
    -2.7595228851242331452e-10,
]

# B_{2k}/(2k (2k − 1)): Stirling's series.
_STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400, 43867 / 244188]
_FROM = 8
_HALF_LOG_2PI = 0.91893853320467274178
# 1/3, 1/5, …: the series of artanh(v)/v − 1 in v² ≤ 1/9.
_ARTANH = [1 / n for n in range(3, 37, 2)]


def polynomial(coefficients, x):
    """Evaluate a polynomial, the constant first."""
    total = np.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        total *= x
        total += coefficient
    return total


def log_gamma(y):
    """Return lnΓ(1 + y) for 0 ≤ y ≤ 1."""
    lower = y < 0.5
    s = np.where(lower, y, y - 1)
    return s * polynomial(_GAMMA_SERIES, s) - np.where(lower, np.log1p(y), 0.0)


def tail(y):
    """Return what Stirling's formula lacks, lnΓ(1 + y) − ½ log(2πy) − y log y + y, for y ≥ 1."""
    small = y < _FROM
    if not np.any(small):
        return polynomial(_STIRLING, 1 / y / y) / y
    total = np.zeros_like(y)
    low = y[small]
    # From y to y + 1 the tail falls by (y + ½) log(1 + 1/y) − 1 = artanh(v)/v − 1, v = 1/(2y + 1).
    fall = np.zeros_like(low)
    for _ in range(_FROM - 1):
        square = (1 / (2 * low + 1)) ** 2
        fall += square * polynomial(_ARTANH, square)
        low = low + 1
    total[small] = fall + polynomial(_STIRLING, 1 / low / low) / low
    high = y[~small]
    total[~small] = polynomial(_STIRLING, 1 / high / high) / high
    return total


def gap_at_mean(y):
    """Return lnΓ(1 + y) − y log y + y for y ≥ 0: minus the logarithm of the chance of y for the Poisson distribution of mean y."""
    small = y < 1
    if np.all(small):
        return _small_gap(y)
    found = np.empty_like(y)
    low, high = y[small], y[~small]
    found[small] = _small_gap(low)
    found[~small] = (0.5 * np.log(high) + _HALF_LOG_2PI) + tail(high)
    return found


def _small_gap(y):
    safe = np.where(y == 0, 1.0, y)
    return log_gamma(y) + (y - y * np.log(safe))


def poisson_gap(x, mean, excess, log):
    """Return x log(x/mean) + mean − x, given also x − mean and log(x/mean) with the digits that they would lack if made of the rounded mean."""
    v = excess / 2 / (x / 2 + mean / 2)
    near = abs(v) < 0.5
    square = np.where(near, v, 0.0) ** 2
    found = excess * v + x * (2 * v * square * polynomial(_NEAR, square))
    if np.all(near):
        return found
    return np.where(near, found, x * log - excess)


# 1/3, 1/5, … for v² ≤ ¼.
_NEAR = [1 / n for n in range(3, 59, 2)]


def log_ratio(x, y):
    """Return log(x/y), also where the quotient is out of range."""
    ratio = x / y
    inside = (ratio > 1e-300) & (ratio < 1e300)
    if np.all(inside):
        return np.log(ratio)
    return np.where(inside, np.log(np.where(inside, ratio, 1.0)), np.log(x) - np.log(y))
