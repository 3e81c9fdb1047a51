"""The tempered softmax and its divergence, in twice the precision: what losses with a power in the place of the logarithm are computed from.

A block has the class axis first. Logarithms of probabilities are pairs of a number and what rounding took off it.
"""

import math
from fractions import Fraction

import numpy as np

from lossbook.numerics import powers
from lossbook.numerics.softmax import exponentials, with_complement
from lossbook.numerics.sums import add_up, subtract

# From so large a power of the number of classes on, a probability is u (1 + …)^(−1/s) with a small exponent, and needs no second double.
_LARGE_POWER = 500.0


def tempered(z, t2, single):
    """Return 1 − p and −log p, the latter as a pair, of the tempered softmax: p = exp_t(z − λ), which sum to 1.

    With s = t₂ − 1, gaps g below the largest score and u its probability, p = u (1 + s g u^s)^(−1/s), and ∂p/∂u = (p/u)^t₂: Newton's method
    finds u. Then −log p = log(1 + s (λ + g))/s is computed in twice the precision, and λ corrected.
    """
    top = z.argmax(axis=0), np.arange(z.shape[1])
    s = Fraction(t2) - 1
    gap = subtract(0.25 * z[top], 0.25 * z)
    if s == 0:
        _, _, e, slips = exponentials(z)
        e += slips
        e[top] = 0
        log = np.log1p(add_up(e))
        upper, rest = powers.add(tuple(4 * part for part in gap), (np.broadcast_to(log, z.shape), 0.0))
        upper[top], rest[top] = log, 0
        return top, with_complement(z)[1], (upper, rest)
    logs = _solved(gap[0], top, float(s), t2)
    if not (single or abs(s) * math.log(len(z)) > _LARGE_POWER):
        # −log of the largest probability is log(1 + s λ)/s.
        shift = np.expm1(float(s) * logs[0][top]) / float(s)
        shift = 0.25 * shift, np.zeros_like(shift)
        logs = _logs(powers.add(shift, gap), s)
        p, missing = probabilities(logs, top)
        p[top] = 0
        off = (add_up(p) - missing[top]) / add_up(power(logs, Fraction(t2)))
        shift = powers.add(powers.add(shift, (0.25 * off, 0.0)), gap)
        # A block is in the cache as long as few of its arrays live at once.
        del logs, p, missing, gap
        logs = _logs(shift, s)
    return top, probabilities(logs, top)[1], logs


def _solved(gap, top, s, t2):
    """Return −log p of the tempered softmax from a quarter of the gaps.

    It is the sum of log(1 + s g u^s)/s and −log u, both in plain precision; as a pair, so that their difference is found again.
    """
    u = np.ones(gap.shape[1])
    below = np.log(4 * abs(s)) + np.log(gap)
    for _ in range(100):
        if s > 0:
            over = np.logaddexp(0, below + s * np.log(u)) / s
        else:
            over = np.log1p(-np.minimum(np.exp(below + s * np.log(u)), 1)) / s
        share = np.exp(-over)
        slope = add_up(np.where(np.isinf(over), 0, np.exp(-t2 * np.where(np.isinf(over), 0, over))))
        step = (u * add_up(share) - 1) / slope
        u = np.clip(u - step, 1 / len(gap), 1)
        if np.max(abs(step) / u) < 1e-14:
            break
    others = share
    others[top] = 0
    missing = np.minimum(u * add_up(others), 1 - 1 / len(gap))
    log = np.where(missing < 0.5, np.log1p(-missing), np.log(u))
    return powers.add((over, 0.0), (np.broadcast_to(-log, over.shape), 0.0))


def _logs(shifted, s):
    """Return log(1 + s x)/s as a pair, from a quarter of x as a pair; ∞ where 1 + s x is not positive.

    For s < 0, 1/(1 − |s| x) is 1 + w with w = |s| x/(1 − |s| x).
    """
    far = np.isinf(shifted[0])
    mantissa, power = np.frexp(np.where(far, 1.0, shifted[0]))
    mantissa = mantissa, np.ldexp(np.where(far, 0.0, shifted[1]), -power)
    shift = math.frexp(abs(float(s)))[1]
    product = powers.scale(powers.in_two(abs(s) / Fraction(2) ** shift), mantissa)
    power += shift + 2
    one = np.ones_like(far, float), np.zeros_like(far, float)
    if s > 0:
        inverse = np.ldexp(product[0], power) > 1
        size = _either(inverse, powers.divide(one, product), product)
        power = np.where(inverse, -power, power)
    else:
        below = tuple(np.ldexp(part, np.minimum(power, 1)) for part in product)
        left = powers.add(one, tuple(-part for part in below))
        far |= (left[0] + left[1] <= 0) | ((power > 1) & (mantissa[0] > 0))
        left = _either(far, one, left)
        inverse = below[0] > left[0]
        ratio = powers.divide(_either(inverse, left, below), _either(inverse, below, left))
        power = np.frexp(ratio[0])[1]
        size = tuple(np.ldexp(part, -power) for part in ratio)
        del below, left, ratio
    del mantissa, product, one
    w = tuple(np.ldexp(part, power) for part in size)
    upper, rest = powers.scale(powers.in_two(1 / abs(s)), powers.log_of_sum(w, size, power, inverse))
    return np.where(far, math.inf, upper), np.where(far, 0.0, rest)


def _either(where, one, other):
    """Choose one pair or another."""
    return tuple(np.where(where, *parts) for parts in zip(one, other, strict=True))


def power(logs, exponent):
    """Return p^exponent from −log p as a pair; 0 where p is 0, whatever the exponent, since there the loss is flat."""
    e, power = powers.exponential(times(-exponent, logs))
    return np.where(np.isinf(logs[0]), 0.0, np.ldexp(e, power))


def times(number, logs):
    """Multiply a pair; from 10^100 on a logarithm belongs to a power that is 0, whatever it is multiplied by here."""
    is_far = logs[0] > 1e100
    return powers.scale(powers.in_two(number), _either(is_far, (1e100, 0.0), logs))


def probabilities(logs, top):
    """Return p and 1 − p; for the largest, which may be next to 1, as 1 − e^(log p)."""
    p = power(logs, Fraction(1))
    missing = 1 - p
    missing[top] = -np.expm1(-(logs[0][top] + logs[1][top]))
    return p, missing


# Σ_n (t)_n/n! m^n/(n + 2) is ∫ s (1 − m s)^−t ds from 0 to 1; for |m| ≤ ½ what follows adds nothing.
_BETA_TERMS = 56


def divergence(p, q, over, logs, a):
    """Return ∫ x^(−t) (q − x) dx from p to q, a = 1 − t; ``over`` is p − q."""
    t, more = float(1 - a), 1 + a
    own = power(logs, more)
    target = np.where(q > 0, q, 1.0)
    m = -over / target
    near = (q > 0) & (abs(m) <= 0.5)
    m_near = np.where(near, m, 0.0)
    factors = [1.0]
    for n in range(_BETA_TERMS):
        factors.append(factors[-1] * (t + n) / (n + 1))
    series = np.zeros_like(p)
    for n in range(_BETA_TERMS, -1, -1):
        series = series * m_near + factors[n] / (n + 2)
    exponent, rest = powers.in_two(more)
    scale = target**exponent * (1 + rest * np.log(target))
    log_ratio = -(logs[0] + (logs[1] + np.log(target)))
    grown = np.expm1(float(a) * log_ratio) / float(a) if a else log_ratio
    far = (own - scale) / float(more) - scale * grown
    return np.where(q > 0, np.where(near, scale * m_near * m_near * series, far), own / float(more))
