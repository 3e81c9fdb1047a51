"""Losses of counts and positive amounts, whose variance grows with the mean: unit deviances and negative log-likelihoods.

All are computed in float64, whatever the dtype of the input. A deviance is 0 where mean and target are equal, and two large terms
cancel near there: it is computed as a square times a smooth function of their ratio. A likelihood is taken apart as Loader does it,
into the likelihood at its best and a deviance. The formulas and what is proved of them stand on the cards in
:mod:`lossbook.cards.amounts`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from lossbook.engine.arguments import LARGEST, NUMBER, Kind, read_flag, read_number
from lossbook.engine.elementwise import in_double
from lossbook.engine.loss import loss
from lossbook.numerics import powers
from lossbook.numerics.limits import times
from lossbook.numerics.stirling import gap_at_mean, log_ratio, poisson_gap, polynomial, tail
from lossbook.numerics.sums import multiply

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike

    from lossbook.engine.types import Reduction


_POSITIVE = Kind(
    "finite numbers above 0",
    0.0,
    LARGEST,
    "Predict a mean above 0, such as the exponential of a score.",
    without=0.0,
    name="positive",
)
_AMOUNT = replace(
    _POSITIVE, fix="Leave out targets that are not above 0 with where, or use a loss that is defined for 0."
)
_COUNT = Kind(
    "finite numbers ≥ 0",
    0.0,
    LARGEST,
    "Counts and amounts are not negative: look for a code such as −1 for what is missing, and leave it out with where.",
    name="not negative",
)
_LOG_MEAN = Kind(
    "real numbers without NaN", -math.inf, math.inf, "Replace NaN before the loss is called.", name="log-mean"
)

_FAMILY = {
    "family": "counts and amounts",
    "group": "numbers",
    "each": "element",
    "page": "book/likelihood/counts_and_amounts",
}


def _piecewise(chosen, function, otherwise, *arrays):
    """Return one function of the entries that are chosen, and another of the others; each is asked for its own only."""
    if np.all(chosen):
        return function(*arrays)
    if not np.any(chosen):
        return otherwise(*arrays)
    found = np.empty_like(arrays[0])
    found[chosen] = function(*(a[chosen] for a in arrays))
    found[~chosen] = otherwise(*(a[~chosen] for a in arrays))
    return found


# --- Deviances ------------------------------------------------------------------------------------------------------------

# Where the scaled logarithm of y/ŷ is smaller, so many terms of the series leave nothing.
_NEAR, _TERMS = 1.4, 30


def _scale(a):
    """By what the logarithm is multiplied: the series converges up to 2π, and as that of e^{aL} does."""
    return max(1.0, abs(a) / 1.6)


def _less(number, power):
    """Return ``number`` − ρ in two parts, whose sum is exact."""
    upper = number - power
    taken = upper - number
    return upper, (number - (upper - taken)) - (power + taken)


def _times_power(factor, x, exponent, power_of_two=None, by=1.0):
    """Return factor · x^exponent · 2^``power_of_two`` · ``by``, the exponent in two parts; in range where the product is.

    x is 2^k m with m near 1, and k times the exponent a whole number and a rest.
    """
    upper, rest = exponent
    if power_of_two is None and not rest and upper in (-1, 0, 1):
        return (factor / x if upper < 0 else factor * x if upper else factor) * by
    if power_of_two is None and not rest and abs(upper) == 0.5:
        return (factor / np.sqrt(x) if upper < 0 else factor * np.sqrt(x)) * by
    m, k = np.frexp(x)
    low = m < math.sqrt(0.5)
    m, k = np.where(low, 2 * m, m), k - low
    size = np.power(m, upper) * by
    if rest:
        size = size * np.exp(rest * np.log(x))
    if abs(upper) < _HUGE:
        twos, less = multiply(upper, k.astype(np.float64))
    else:
        twos, less = np.sign(upper) * k * _HUGE, 0.0
    whole = np.rint(twos)
    if upper % 1:
        size = size * np.exp2((twos - whole) + less)
    given, n = np.frexp(factor)
    if power_of_two is not None:
        n = n + power_of_two
    return np.ldexp(times(given, size), n + np.clip(whole, -_HUGE, _HUGE).astype(np.int32))


# A power of 2 beyond all numbers, with digits to spare.
_HUGE = 1e6


@lru_cache(maxsize=64)
def _near_series(a):
    """Return the coefficients of φ/u² in x = L · scale, L = log(1 + u), and the scale of x.

    φ = (e^{aL} − 1 − a (e^L − 1))/(a (a − 1)) = L² Σ_k (1 + a + … + a^k) L^k/(k + 2)!, which is smooth in a; and u = e^L − 1.
    """
    scale = _scale(a)
    ratio, total = a / scale, 0.0
    above, below = [], []
    for k in range(_TERMS):
        # Σ_{i ≤ k} a^i/scale^k, by Horner's rule.
        total = total * ratio + scale**-k if abs(a) <= 1 else ratio**k * _geometric(1 / a, k)
        above.append(total / math.factorial(k + 2))
        below.append(scale**-k / math.factorial(k + 1))
    square = np.convolve(below, below)[:_TERMS]
    quotient = []
    for k in range(_TERMS):
        quotient.append(above[k] - sum(square[k - j] * quotient[j] for j in range(k)))
    return quotient, scale


def _geometric(ratio, k):
    """Return 1 + r + … + r^k."""
    return sum(ratio**i for i in range(k + 1))


def _deviance(mean, target, power):
    """Value and derivatives of the unit deviance 2 ∫_ŷ^y (y − t) t^{−ρ} dt."""
    yield _piecewise(
        target > 0, partial(_deviance_of_amount, power=power), partial(_deviance_of_nothing, power=power), mean, target
    )
    yield _slope(mean, target, power)
    yield _curvature(mean, target, power)


def _deviance_of_nothing(mean, target, power):
    """Return the deviance where y ≤ 0: of 0 for 1 ≤ ρ < 2, and of any target for ρ < 0."""
    if power >= 1:
        return 2 / (2 - power) * _times_power(mean, mean, _less(1.0, power))
    return 2 * _times_power(mean / (2 - power) - target / (1 - power), mean, _less(1.0, power))


def _deviance_of_amount(mean, target, power):
    """Return the deviance where y > 0."""
    a, _ = _less(2.0, power)
    u = (target - mean) / mean
    L = _log1p(u, mean, target)
    near = abs(L) * _scale(a) <= _NEAR
    return _piecewise(near, partial(_close, power=power), partial(_apart, power=power), mean, target, u, L)


def _log1p(u, mean, target):
    """Return log(y/ŷ), from u = y/ŷ − 1 where it is near 1."""
    return np.where(abs(u) < 0.5, np.log1p(u), log_ratio(target, mean))


def _close(mean, target, u, L, power):
    """2 u² ŷ^{2 − ρ} (φ/u²)."""
    series, scale = _near_series(2 - power)
    return _times_power(2 * polynomial(series, L * scale) * u * u, mean, _less(2.0, power))


def _apart(mean, target, u, L, power):
    """Return the deviance by one of two forms, each smooth in ρ where it is taken."""
    a, b = 2 - power, 1 - power
    if abs(b) < 0.5:
        # 2 (y (r^b − 1)/b − (y − ŷ)) ŷ^b/a
        grown = L if b == 0 else np.expm1(b * L) / b
        top = np.frexp(np.maximum(mean, target))[1]
        y, m = np.ldexp(target, -top), np.ldexp(mean, -top)
        return _times_power(y * grown - (y - m), mean, _less(1.0, power), top, 2 / a)
    # 2 ((y^a − ŷ^a)/a − (y − ŷ) ŷ^b)/b
    one, exponent = np.full_like(mean, 1 / b), _less(2.0, power)
    if a == 0:
        grown = L / b
    else:
        base, small = _times_power(one, mean, exponent), abs(a * L) < 1
        grown = (
            np.where(small, base * np.expm1(np.where(small, a * L, 0.0)), _times_power(one, target, exponent) - base)
            / a
        )
    straight = _times_power(target - mean, mean, _less(1.0, power), by=1 / b)
    # Where a part is out of range, so is the whole.
    return np.where(np.isfinite(grown) & np.isfinite(straight), 2 * (grown - straight), math.inf)


def _slope(mean, target, power):
    """2 (ŷ − y) ŷ^{−ρ}."""
    return 2 * _times_power(mean - target, mean, (-power, 0.0))


def _curvature(mean, target, power):
    """2 ŷ^{−ρ} ((1 − ρ) ŷ + ρ y)/ŷ, which is 0 where the deviance turns concave."""
    m, k = np.frexp(mean)
    y, top = np.frexp(target)
    if power == 1:
        return 2 * _times_power(y / m, mean, (-1.0, 0.0), top - k)
    top = np.where((y == 0) | (top < k), k, top)
    # Beside |ρ| < 2^400 no product of halves is out of range.
    parts = (
        powers.scale(_less(1.0, power), (np.ldexp(m, k - top), 0.0)),
        powers.scale((power, 0.0), (np.ldexp(target, -top), 0.0)),
    )
    share = sum(powers.add(*parts)) / m
    return 2 * _times_power(share, mean, (-power, 0.0), top - k)


def _squared(mean, target):
    """Value and derivatives of (ŷ − y)², the deviance for ρ = 0."""
    error = mean - target
    yield error * error
    yield 2 * error
    yield np.full_like(error, 2.0)


def _whole_degree(power):
    """Return 2 − ρ where that is a positive whole number, with which a mean may be saved whose terms are out of range."""
    degree = 2 - power
    return int(degree) if degree in (1, 2, 3, 4) else None


# --- Likelihoods ----------------------------------------------------------------------------------------------------------


def _excess(log_mean, target):
    """Return z − log y with the digits that a rounded logarithm would lack."""
    upper, rest = powers.logarithm(target)
    return sum(powers.add((log_mean, 0.0), (-upper, -rest)))


def _less_one_and_itself(t):
    """Return e^t − 1 − t for |t| ≤ 1."""
    return t * t * polynomial(_EXPONENTIAL, t)


_EXPONENTIAL = [1 / math.factorial(k + 2) for k in range(18)]


def _is_close(one, other):
    """Whether two numbers of which one is subtracted from the other are so near that digits would be lost."""
    return (one < 2 * other) & (other < 2 * one)


def _poisson(log_mean, target, full):
    """Value and derivatives of e^z − y z, with lnΓ(1 + y) where it is ``full``."""
    mean = np.exp(log_mean)
    close = _is_close(mean, target)
    if full:
        yield _piecewise(close, _lacking_close, _lacking, log_mean, target, mean) + gap_at_mean(target)
    else:
        # Where both terms are infinite, the exponential is the larger.
        yield np.where(log_mean == math.inf, math.inf, mean - times(target, log_mean))
    yield _piecewise(close, _pull_close, lambda z, y, mean: mean - y, log_mean, target, mean)
    yield mean


def _lacking_close(log_mean, target, mean):
    """Return half the Poisson deviance, y (e^t − 1 − t), t = z − log y."""
    return target * _less_one_and_itself(_excess(log_mean, target))


def _lacking(log_mean, target, mean):
    """Return half the Poisson deviance, e^z − y − y (z − log y)."""
    t = log_mean - np.log(np.where(target == 0, 1.0, target))
    return np.where(log_mean == math.inf, math.inf, mean - target - times(target, t))


def _pull_close(log_mean, target, mean):
    """Return e^z − y."""
    return target * np.expm1(_excess(log_mean, target))


def _gamma(log_mean, target, full):
    """Value and derivatives of z + y e^{−z}, less 1 + log y where it is ``full``."""
    half = np.exp(-log_mean / 2)
    ratio = target * half * half
    close = (ratio > 0.5) & (ratio < 2)
    if full:
        yield _piecewise(
            close, lambda z, y, q: _less_one_and_itself(-_excess(z, y)), _half_of_gamma, log_mean, target, ratio
        )
    else:
        yield np.where(log_mean == -math.inf, math.inf, log_mean + ratio)
    yield _piecewise(close, lambda z, y, q: -np.expm1(-_excess(z, y)), lambda z, y, q: 1 - q, log_mean, target, ratio)
    yield ratio


def _half_of_gamma(log_mean, target, ratio):
    """Return half the gamma deviance, y e^{−z} − 1 + z − log y."""
    return np.where(log_mean == -math.inf, math.inf, ratio - 1 + (log_mean - np.log(target)))


def _negative_binomial(mean, target, dispersion):
    """Value and derivatives of minus the logarithm of the negative binomial chance, with mean ŷ and variance ŷ + ŷ²/r (θ in its docstring)."""
    r, y = dispersion, target
    yield _piecewise(y > 0, partial(_chance_of_count, r=r), partial(_chance_of_nothing, r=r), mean, y)
    if math.isinf(r):
        yield (mean - y) / mean
        yield y / mean / mean
        return
    both, down = _sum(mean, r, 1)
    yield _quotient((mean - y, r), (mean, both), -down)
    yield _bend(mean, y, r)


def _share(mean, r):
    """Return r/(r + ŷ)."""
    return 1 / (1 + mean / r) if r > 1 else r / (r + mean)


def _sum(mean, r, times):
    """Return r + ``times`` · ŷ divided by 4 where it could be out of range, and the power of 2 that is missing."""
    down = 2 * ((mean > 1e300) | (r > 1e300))
    return np.ldexp(r, -down) + times * np.ldexp(mean, -down), down


def _quotient(above, below, power):
    """Return a product over another, times 2^``power``: in range where the quotient is, whatever its factors are."""
    size = 1.0
    for way, factors in ((1, above), (-1, below)):
        for factor in factors:
            m, k = np.frexp(factor)
            size = size * m if way > 0 else size / m
            power = power + way * k
    return np.ldexp(size, power)


def _chance_of_nothing(mean, target, r):
    """Return the value at y = 0: r log(1 + ŷ/r)."""
    odds = mean / r
    # A quotient too small for all its digits is not asked for.
    return np.where(odds < 2.0**-60, mean, min(r, LARGEST) * _log_of_more(mean, r))


def _chance_of_count(mean, y, r):
    """Return the value at y > 0, as what is lost at the best mean and two deviances (Loader)."""
    share, n = _share(mean, r), y + r
    excess = (y - mean) * share
    if r >= 1:
        best = y / r
        ratio = (1 + best) * share  # (r + y)/(r + ŷ)
        value = gap_at_mean(y) + poisson_gap(y, mean * ratio, excess, log_ratio(y / ratio, mean))
        if math.isinf(r):
            return value
        all_r = np.full_like(y, r)
        value += poisson_gap(all_r, n * share, -excess, -np.log(ratio))
        return value + (0.5 * np.log1p(best) + (tail(all_r) - tail(n)))
    all_r = np.full_like(y, r)
    more = _log_of_more(y, r)
    value = gap_at_mean(y) + poisson_gap(y, n * (mean / (r + mean)), excess, _log_of_more(r, mean) - _log_of_more(r, y))
    value += poisson_gap(all_r, n * share, -excess, log_ratio(r + mean, n))
    return value + (more + (gap_at_mean(all_r) - gap_at_mean(n)))


def _log_of_more(x, y):
    """Return log(1 + x/y), also where the quotient is out of range."""
    ratio = x / y
    return np.where(np.isinf(ratio), np.log(x) - np.log(y), np.log1p(ratio))


def _bend(mean, y, r):
    """Return the second derivative r (y (r + 2ŷ) − ŷ²)/(ŷ² (r + ŷ)²), which is 0 where the loss turns concave."""
    both, down = _sum(mean, r, 1)
    more, _ = _sum(mean, r, 2)
    m, k = np.frexp(mean)
    top = np.maximum(k, np.where(y == 0, k, np.frexp(y)[1]))
    rest = np.ldexp(y, -top) - _quotient((mean, mean), (more,), -down - top)
    plain = _quotient((r, rest, more), (mean, mean, both, both), top - down)
    # In units of a power of 2 near ŷ; there y (r + 2ŷ) is of the size of ŷ², and the difference needs more digits.
    s, n = np.frexp(r)
    scaled = np.ldexp(y, -k)
    turning = np.ldexp(scaled * s, n - k) + 2 * scaled * m < 4 * m * m
    scaled, shift = np.frexp(np.where(turning, scaled, 0.0))
    first, second, third = (
        powers.product(scaled, np.full_like(m, s)),
        powers.product(2 * scaled, m),
        powers.product(m, m),
    )
    first = tuple(np.ldexp(part, shift + n - k) for part in first)
    second = tuple(np.ldexp(part, shift) for part in second)
    exact = sum(powers.add(powers.add(first, second), tuple(-part for part in third)))
    exact = _quotient((r, exact), (m, m, both, both), -2 * down)
    return np.where(turning, exact, plain)


@loss(
    **_FAMILY,
    arguments={"mean": _POSITIVE, "target": _COUNT},
    references=(
        "J. A. Nelder and R. W. M. Wedderburn, Generalized linear models, Journal of the Royal Statistical Society A 135, 1972.",
    ),
)
def poisson_deviance(
    mean: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Poisson deviance: what a predicted mean costs where the variance is the mean, as it is for counts.

    Use it when counts are predicted, and to compare models of them: it is 0 for a right prediction.

    .. math:: \ell(\hat y, y) = 2 \Bigl( y \log \frac{y}{\hat y} - y + \hat y \Bigr), \qquad 0 \log 0 = 0

    Parameters
    ----------
    mean : array_like
        Predicted means ŷ, finite and above 0, any shape. For scores of any sign take :func:`poisson_nll_loss`.
    target : array_like
        Observed counts y, finite and ≥ 0; same shape. They need not be whole: amounts and rates are allowed.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, ≥ 0, in the unit of the target: a scalar, or an array of the shape of ``mean`` for ``"none"``. For y = 0 it is
        2ŷ. A value beyond the largest number of the dtype is +∞.

    See Also
    --------
    poisson_nll_loss : Half of it, up to what the target decides alone, with the logarithm of the mean as prediction.
    tweedie_deviance : The same for ρ = 1.

    Notes
    -----
    The slope is 2(1 − y/ŷ), the second derivative 2y/ŷ². There is no kink. The 2 makes it a deviance: twice what the
    likelihood lacks to the best one. Some libraries leave it out.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.poisson_deviance([2.0, 3.0], [0.0, 3.0], reduction="none"))
    [4. 0.]
    >>> print(lossbook.grad(lossbook.poisson_deviance)([2.0, 3.0], [0.0, 6.0], reduction="sum"))
    [ 2. -2.]
    """
    return in_double(partial(_deviance, power=1.0), mean, target, weight, where, reduction, degree=1)


@loss(
    **_FAMILY,
    arguments={"mean": _POSITIVE, "target": _AMOUNT},
    references=(
        "J. A. Nelder and R. W. M. Wedderburn, Generalized linear models, Journal of the Royal Statistical Society A 135, 1972.",
    ),
)
def gamma_deviance(
    mean: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Gamma deviance: what a predicted mean costs where the standard deviation is in proportion to the mean.

    Use it when amounts above 0 are predicted whose errors grow in proportion to them, such as costs and times.

    .. math:: \ell(\hat y, y) = 2 \Bigl( \frac{y}{\hat y} - 1 - \log \frac{y}{\hat y} \Bigr)

    Parameters
    ----------
    mean : array_like
        Predicted means ŷ, finite and above 0, any shape. For scores of any sign take :func:`gamma_nll_loss`.
    target : array_like
        Observed amounts y, finite and above 0; same shape. A target of 0 is refused: its loss would be infinite for each mean.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, ≥ 0, without a unit: a scalar, or an array of the shape of ``mean`` for ``"none"``. Only the ratio of target
        and mean counts. A value beyond the largest number of the dtype is +∞.

    See Also
    --------
    gamma_nll_loss : Half of it, up to what the target decides alone, with the logarithm of the mean as prediction.
    tweedie_deviance : The same for ρ = 2.
    msle_loss : Another loss of ratios, which does not ask for the mean.

    Notes
    -----
    The slope is 2(ŷ − y)/ŷ², the second derivative 2(2y − ŷ)/ŷ³: beyond ŷ = 2y the loss is concave, and a Newton step
    goes the wrong way. In log ŷ it is convex. There is no kink.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.gamma_deviance([1.0, 30.0], [2.0, 60.0], reduction="none"))
    [0.61370564 0.61370564]
    >>> print(lossbook.hessian_diag(lossbook.gamma_deviance)([1.0, 2.0, 4.0], [1.0, 1.0, 1.0], reduction="sum"))
    [ 2.      0.     -0.0625]
    """
    return in_double(partial(_deviance, power=2.0), mean, target, weight, where, reduction)


def _domain_of(power, mean, target):
    """Return the arguments with the kinds that the power allows."""
    if power == 0:
        return mean.of(NUMBER), target.of(NUMBER)
    if power < 0:
        return mean, target.of(replace(NUMBER, shows=False))
    return mean, target if power < 2 else target.of(_AMOUNT)


@loss(
    **_FAMILY,
    arguments={"mean": _POSITIVE, "target": _COUNT},
    references=("B. Jørgensen, Exponential dispersion models, Journal of the Royal Statistical Society B 49, 1987.",),
)
def tweedie_deviance(
    mean: ArrayLike,
    target: ArrayLike,
    *,
    power: float,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Tweedie deviance: what a predicted mean costs where the variance is in proportion to its power ρ.

    Use it when amounts are predicted of which some are exactly 0, such as claims or rain, with 1 < ρ < 2; and for any other power.

    .. math::

        \ell(\hat y, y) = 2 \int_{\hat y}^y (y - t)\, t^{-\rho}\, \mathrm dt
        = 2 \Bigl( \frac{y^{2 - \rho}}{(1 - \rho)(2 - \rho)} - \frac{y\, \hat y^{1 - \rho}}{1 - \rho} + \frac{\hat y^{2 - \rho}}{2 - \rho} \Bigr)

    Parameters
    ----------
    mean : array_like
        Predicted means ŷ, finite and above 0, any shape; for ``power=0`` any finite numbers.
    target : array_like
        Observed amounts y, finite; same shape. They have to be ≥ 0 for 1 ≤ ρ < 2 and above 0 for ρ ≥ 2; for ρ ≤ 0 they may be negative.
    power : float
        Power ρ of the mean to which the variance is in proportion: 0 (squared error), 1 (Poisson), 2 (gamma), 3 (inverse Gaussian),
        between 1 and 2 for amounts with zeros. Between 0 and 1 there is no such distribution: refused.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, ≥ 0, in the unit of the target to the power 2 − ρ: a scalar, or an array of the shape of ``mean`` for ``"none"``. A
        value beyond the largest number of the dtype is +∞.

    See Also
    --------
    poisson_deviance : The loss for ρ = 1.
    gamma_deviance : The loss for ρ = 2.
    mse_loss : The loss for ρ = 0.

    Notes
    -----
    The slope is 2(ŷ − y)/ŷ^ρ: whatever the power, the smallest mean loss is that of the mean. The second derivative is
    2(ρ y − (ρ − 1) ŷ)/ŷ^{ρ + 1}: for ρ > 1 the loss is concave beyond ŷ = ρ y/(ρ − 1). For ρ < 0 and y < 0 the first term is
    left out. There is no kink.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.tweedie_deviance([4.0, 1.0, 4.0], [0.0, 1.0, 1.0], power=1.5, reduction="none"))
    [8. 0. 2.]
    >>> print(lossbook.tweedie_deviance([4.0], [6.0], power=0) == lossbook.mse_loss([4.0], [6.0]))
    True
    """
    power = read_number("power", power, -LARGEST, LARGEST, what="a finite number that is not between 0 and 1")
    if 0 < power < 1:
        raise ValueError(
            f"power must be a finite number that is not between 0 and 1, but power = {power!r}. Choose 0 for the squared error, or 1 or more."
        )
    kernel = _squared if power == 0 else partial(_deviance, power=power)
    return in_double(kernel, *_domain_of(power, mean, target), weight, where, reduction, degree=_whole_degree(power))


@loss(
    **_FAMILY,
    arguments={"log_mean": _LOG_MEAN, "target": _COUNT},
    references=(
        "J. A. Nelder and R. W. M. Wedderburn, Generalized linear models, Journal of the Royal Statistical Society A 135, 1972.",
        "C. Loader, Fast and accurate computation of binomial probabilities, 2000.",
    ),
)
def poisson_nll_loss(
    log_mean: ArrayLike,
    target: ArrayLike,
    *,
    full: bool = False,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Negative log-likelihood of counts under a Poisson distribution, with the logarithm of its mean as prediction.

    Use it when a model with a score of any sign predicts counts: the exponential of the score is the mean.

    .. math:: \ell(z, y) = e^z - y\, z \quad (\,{}+ \log \Gamma(1 + y) \text{ for } \texttt{full})

    Parameters
    ----------
    log_mean : array_like
        Predicted logarithms z of the mean, any shape; ±∞ give the limit.
    target : array_like
        Observed counts y, finite and ≥ 0; same shape. They need not be whole.
    full : bool
        Whether to add log Γ(1 + y) = log y!, which no prediction changes: then the loss is minus the logarithm of the chance of y.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss: a scalar, or an array of the shape of ``log_mean`` for ``"none"``. Without ``full`` it may be of either sign; its
        digits are those of the larger of its two terms.

    See Also
    --------
    poisson_deviance : Twice the loss less its smallest value, with the mean as prediction.
    negative_binomial_nll_loss : For counts that spread more than their mean.

    Notes
    -----
    The slope is e^z − y, the second derivative e^z. It is convex, but the slope is not bounded: one step from a mean far too small
    can lead to one far too large.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.poisson_nll_loss([0.0, 0.0], [0, 3], reduction="none"))
    [1. 1.]
    >>> print(lossbook.poisson_nll_loss([0.0, 0.0], [0, 3], full=True, reduction="none"))
    [1.         2.79175947]
    """
    return in_double(partial(_poisson, full=read_flag("full", full)), log_mean, target, weight, where, reduction)


@loss(
    **_FAMILY,
    arguments={"log_mean": _LOG_MEAN, "target": _AMOUNT},
    references=(
        "J. A. Nelder and R. W. M. Wedderburn, Generalized linear models, Journal of the Royal Statistical Society A 135, 1972.",
    ),
)
def gamma_nll_loss(
    log_mean: ArrayLike,
    target: ArrayLike,
    *,
    full: bool = False,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Negative log-likelihood of amounts under a gamma distribution, with the logarithm of its mean as prediction.

    Use it when a model with a score of any sign predicts amounts whose errors grow in proportion to them.

    .. math:: \ell(z, y) = z + y\, e^{-z} \quad (\,{}- 1 - \log y \text{ for } \texttt{full})

    Parameters
    ----------
    log_mean : array_like
        Predicted logarithms z of the mean, any shape; ±∞ give the limit.
    target : array_like
        Observed amounts y, finite and above 0; same shape.
    full : bool
        Whether to add −1 − log y, which no prediction changes: then the smallest loss is 0, and the loss is half the deviance.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss: a scalar, or an array of the shape of ``log_mean`` for ``"none"``. Without ``full`` it may be of either sign; its
        digits are those of the larger of its two terms.

    See Also
    --------
    gamma_deviance : Twice the loss for ``full``, with the mean as prediction.

    Notes
    -----
    The slope is 1 − y/e^z, the second derivative y/e^z. It is the likelihood for the shape 1, the exponential distribution; for another
    shape k it is k times as large, up to what no prediction changes, so that the fitted mean is the same.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.gamma_nll_loss([0.0, 0.0], [1.0, 3.0], reduction="none"))
    [1. 3.]
    >>> print(lossbook.gamma_nll_loss([0.0, 0.0], [1.0, 3.0], full=True, reduction="none"))
    [0.         0.90138771]
    """
    return in_double(partial(_gamma, full=read_flag("full", full)), log_mean, target, weight, where, reduction)


@loss(
    **_FAMILY,
    arguments={"mean": _POSITIVE, "target": _COUNT},
    references=(
        "J. F. Lawless, Negative binomial and mixed Poisson regression, Canadian Journal of Statistics 15, 1987.",
        "C. Loader, Fast and accurate computation of binomial probabilities, 2000.",
    ),
)
def negative_binomial_nll_loss(
    mean: ArrayLike,
    target: ArrayLike,
    *,
    dispersion: float,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Negative log-likelihood of counts under a negative binomial distribution: the variance is ŷ + ŷ²/θ.

    Use it when counts spread more than their mean, as they do where rates differ from unit to unit.

    .. math::

        \ell(\hat y, y) = -\log \frac{\Gamma(y + \theta)}{\Gamma(\theta)\, \Gamma(1 + y)}
        - \theta \log \frac{\theta}{\theta + \hat y} - y \log \frac{\hat y}{\theta + \hat y}

    Parameters
    ----------
    mean : array_like
        Predicted means ŷ, finite and above 0, any shape.
    target : array_like
        Observed counts y, finite and ≥ 0; same shape. They need not be whole.
    dispersion : float
        Size θ > 0: the smaller, the wider. Infinity gives the Poisson distribution. Some libraries ask for 1/θ, or for a chance of
        success, θ/(θ + ŷ) or ŷ/(θ + ŷ).

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``mean`` for ``"none"``. For whole y it is ≥ 0.

    See Also
    --------
    poisson_nll_loss : What it becomes as θ → ∞, with the logarithm of the mean as prediction.

    Notes
    -----
    The slope is θ(ŷ − y)/(ŷ(θ + ŷ)), the second derivative y/ŷ² − (y + θ)/(θ + ŷ)²: for large means the loss is concave; in log ŷ
    it is convex. Only θ/(θ + ŷ) times the slope of the Poisson loss, it lets a count far off count less.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.negative_binomial_nll_loss([1.0, 1.0], [0, 1], dispersion=1.0, reduction="none"))
    [0.69314718 1.38629436]
    >>> print(lossbook.grad(lossbook.negative_binomial_nll_loss)([1.0, 1.0], [0, 3], dispersion=1.0, reduction="sum"))
    [ 0.5 -1. ]
    """
    dispersion = read_number("dispersion", dispersion, 0, above=True, what="a number above 0, or infinity")
    return in_double(partial(_negative_binomial, dispersion=dispersion), mean, target, weight, where, reduction)
