"""A log loss times a power of what is missing from its probability to 1, with the digits of both: what focal losses are made of."""

import numpy as np

from lossbook.numerics.limits import times
from lossbook.numerics.sums import multiply

# From the first on, 1 − p and L are 0. Beyond the second, the digits of a power of anything but 1 do not count.
_FAR, LARGE = 800.0, 1e6


def focused(x, sign, scale, gamma):
    """Value and derivatives in ±x of ``scale`` · (1 − p)^γ L, with p = σ(x) and L = −log p.

    The power is e^(−γ max(x, 0))/d^γ, and what the rounding of γ x and of d = 1 + e^−|x| took off is taken off the results.
    """
    p, missing, L, above, e, _ = sides(x)
    d = 1 + e
    exponent, rest = multiply(gamma, above)
    scale = scale * np.exp(-exponent)
    scale /= d**gamma
    lost = (e - (d - 1)) / d
    off = rest + gamma * lost
    results = _product_rule(sign, scale, p, missing, L, gamma)
    yield _less(next(results), off)
    yield _less(next(results), off + lost)
    yield from results


def focused_for_single(x, sign, scale, gamma):
    """Value and derivatives of the same, where single precision, or a huge γ, hides what rounding takes off a power."""
    p, missing, L, above, _, log = sides(x)
    log += above
    log *= -gamma
    yield from _product_rule(sign, scale * np.exp(log), p, missing, L, gamma)


def sides(x):
    """Return σ(x), σ(−x), −log σ(x), max(x, 0), e^−|x| and log(1 + e^−|x|).

    With d = 1 + e^−|x|, p = e^min(x, 0)/d, 1 − p = e^−max(x, 0)/d, and L = log d − min(x, 0): none of them cancels.
    """
    zero = np.zeros_like(x)
    below, above = np.minimum(x, zero), np.maximum(x, zero)
    p, missing = np.exp(below), np.exp(-above)
    e = p * missing
    log = np.log1p(e)
    L = log - below
    d = 1 + e
    p /= d
    missing /= d
    return p, missing, L, np.minimum(above, _FAR), e, log


def _product_rule(sign, scale, p, missing, L, gamma):
    """Value and derivatives of α_t (1 − p)^γ L, from ``scale`` = α_t (1 − p)^γ, with p' = p (1 − p) and L' = p − 1.

    No power below γ is taken, so that γ < 1 is no special case.
    """
    yield times(scale, L)
    p_L = times(p, L)
    yield -sign * scale * (missing + gamma * p_L)
    yield times(scale, (1 + 2 * gamma) * p * missing + gamma * p_L * (gamma * p - missing))


def _less(x, off):
    """Return x − x · off, in the place of x."""
    x -= times(x, off)
    return x
