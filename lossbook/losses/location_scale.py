"""Likelihoods of noise whose scale is predicted along with its location.

All are computed in float64, whatever the dtype of the input. Next to a zero of a loss or of a derivative, where terms cancel,
they are computed in twice the precision. The formulas and what is proved of them stand on the cards in
:mod:`lossbook.cards.location_scale`.
"""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from lossbook.engine.arguments import LOCATION_AND_SCALE, REAL, read_flag, read_number
from lossbook.engine.elementwise import in_double
from lossbook.engine.loss import loss
from lossbook.numerics import powers
from lossbook.numerics.limits import times
from lossbook.numerics.sums import subtract

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike

    from lossbook.engine.types import Reduction


# A target that is infinite where the location is, too, is seen in no sum, so every entry is looked at.
_FINITE = LOCATION_AND_SCALE.kinds[0]

_FAMILY = {
    "page": "book/likelihood/location_and_scale",
    "family": "location and scale",
    "group": "numbers",
    "each": "element",
    "arguments": {"prediction": LOCATION_AND_SCALE, "target": _FINITE},
}

# ½ log 2π and log 2.
_HALF_LOG_TWO_PI = Decimal("0.91893853320467274178032973640561763986139747363778")
_LOG_TWO = Decimal("0.69314718055994530941723212145817656807550013436026")

_ONE = ((1.0, 0.0), 0)
_HALF = ((0.5, 0.0), 0)
_ROOT_OF_THIRD = powers.root_in_two(Fraction(1, 3))

# Above this degree of freedom the series for the logarithm of the quotient of two gamma functions has all digits.
_SERIES = 400

# From it on, 1 + t² is t², and below its inverse it is 1.
_FAR = 1e10

# With so small a square, log(1 + t²) is t² to twice the precision.
_TINY = 1e-36


def _differences(loc, scale, target):
    """Return e = μ − y in two parts, and σ, both halved where e is beyond the largest number; and 1 or ½, by which they were."""
    error, rest = subtract(loc, target)
    if np.isfinite(np.sum(error)):
        return error, rest, scale, 1.0
    half = np.where(np.isfinite(loc - target), 1.0, 0.5)
    return *subtract(half * loc, half * target), half * scale, half


def _quotient(error, rest, scale):
    """Return |e|/σ of a few elements as a pair."""
    size, power = np.frexp(scale)
    sign = np.sign(error)
    return powers.divide((np.ldexp(sign * error, -power), np.ldexp(sign * rest, -power)), (size, 0.0))


def _excess(error, rest, scale, root):
    """Return |e|/(σρ) − 1, with all digits where it is near 0; ρ is a pair with an exponent."""
    (number, exponent), (size, power) = root, np.frexp(scale)
    sign, shift = np.sign(error), -(power + exponent)
    edge = powers.scale(number, (size, 0.0))
    upper, lower = powers.add((np.ldexp(sign * error, shift), np.ldexp(sign * rest, shift)), (-edge[0], -edge[1]))
    return np.where(np.isfinite(upper), upper + lower, upper) / edge[0]


def _with_log(scale, term, constant, term_in_two):
    """Return log σ + term + constant, where they cancel from pairs: ``term_in_two`` gives the term of some elements as one."""
    log, upper = np.log(scale), float(constant)
    value = (term + log) + upper
    near = np.flatnonzero(2 * abs(value) < abs(log) + term + abs(upper))
    if near.size:
        pair = powers.add(powers.log(scale.reshape(-1)[near]), powers.in_two(Fraction(constant)))
        pair = powers.add(pair, term_in_two(near))
        value.reshape(-1)[near] = pair[0] + pair[1]
    return value


def _some(near, *arrays):
    """Return some elements of arrays."""
    return [array.reshape(-1)[near] for array in arrays]


def _gaussian(loc, scale, target, *, constant):
    """Value and derivatives of log σ + ½ z², z = (μ − y)/σ."""
    error, rest, divisor, _ = _differences(loc, scale, target)
    z = error / divisor

    def half_square(near):
        return tuple(0.5 * part for part in powers.square(_quotient(*_some(near, error, rest, divisor))))

    yield _with_log(scale, 0.5 * z * z, constant, half_square)
    yield z / scale
    d = _excess(error, rest, divisor, _ONE)
    yield 0.0 - times(d, (d + 2) / scale)
    yield 1 / scale / scale
    d = _excess(error, rest, divisor, _ROOT_OF_THIRD)
    yield times(d / scale, (d + 2) / scale)


def _laplace(loc, scale, target, *, constant):
    """Value and derivatives of log b + |e|/b."""
    error, rest, divisor, _ = _differences(loc, scale, target)
    yield _with_log(scale, abs(error) / divisor, constant, lambda near: _quotient(*_some(near, error, rest, divisor)))
    yield np.sign(error) / scale
    yield 0.0 - _excess(error, rest, divisor, _ONE) / scale
    yield np.zeros_like(scale)
    yield _excess(error, rest, divisor, _HALF) / scale / scale


@lru_cache(maxsize=64)
def _student_constant(df):
    """Return log Γ(ν/2) − log Γ((ν + 1)/2) + ½ log νπ, as a decimal number.

    By Γ(x + 1) = x Γ(x) both logarithms are those of a large ν, where their difference has a series, and of one product.
    """
    with localcontext() as context:
        context.prec = 50
        nu, product = Decimal(df), Decimal(1)
        large = nu
        while large < _SERIES:
            product *= 1 + 1 / large
            large += 2
        inverse = 1 / large
        series = inverse / 4 - inverse**3 / 24 + inverse**5 / 20 - 17 * inverse**7 / 112
        return product.ln() + (nu / large).ln() / 2 + series + _HALF_LOG_TWO_PI


@lru_cache(maxsize=64)
def _student_roots(df):
    """Return √ν and √Z, where the second derivatives by μ and by σ are 0, then Z/ν and ν/Z, the latter at most the largest number.

    Z is the positive root of Z² + (1 + 3ν) Z − ν.
    """
    nu = Fraction(df)
    linear = 1 + 3 * nu
    (upper, lower), exponent = powers.root_in_two(linear**2 + 4 * nu)
    inverse = (linear + (Fraction(upper) + Fraction(lower)) * Fraction(2) ** exponent) / 2
    place = nu / inverse
    return (
        powers.root_in_two(nu),
        powers.root_in_two(place),
        float(1 / inverse),
        float(min(inverse, Fraction(REAL.high))),
    )


def _student(loc, scale, target, *, df):
    """Value and derivatives of log σ + ½ (ν + 1) log(1 + t²), t = z/√ν, and its constant; of t as mantissa and exponent."""
    error, rest, divisor, half = _differences(loc, scale, target)
    (root, root_power), place, share, inverse_share = _student_roots(df)
    size, power = np.frexp(divisor)
    mantissa, exponent = np.frexp(error)
    mantissa = mantissa / (size * root[0])
    exponent = exponent - power - root_power
    t = abs(np.ldexp(mantissa, exponent))
    z = error / divisor
    half_more = 0.5 * df + 0.5
    is_far = t > _FAR
    log = np.where(is_far, 2 * (np.log(abs(mantissa)) + exponent * math.log(2)), np.log1p(t * t))
    term = half_more * log
    if df > 1:
        # With many degrees of freedom t² may be a subnormal number where z² is not.
        term = np.where(t < 1 / _FAR, 0.5 * z * z * (1 + 1 / df), term)

    def term_in_two(near):
        return _log_in_two(*_some(near, error, rest, divisor), df)

    yield _with_log(scale, term, _student_constant(df), term_in_two)
    del term, log
    # 1 + t² for t ≤ 1, and 1 + 1/t² beyond.
    is_above = t > 1
    ratio = np.where(is_above, 1 / t, t)
    sum_ = 1 + ratio * ratio
    more, more_power = math.frexp(df + 1)
    scale_power = np.frexp(scale)[1]
    inside = np.ldexp(mantissa * more / (root[0] * size) / sum_, exponent + (more_power - root_power - scale_power))
    yield np.where(is_above, half * (df + 1) / error / sum_, inside)
    d = _excess(error, rest, divisor, _ONE)
    narrow = np.where(is_above, t, 1.0)
    inside = times(d / narrow / sum_, (d + 2) / narrow / scale)
    is_large = is_above & (abs(d) > 1)
    yield 0.0 - np.where(is_large, df * ((1 - 1 / z / z) / sum_) / scale, inside)
    e = _excess(error, rest, divisor, (root, root_power))
    # (1 − t²)/(1 + t²)², where it is no subnormal number; 1 + e has more digits than t.
    sum_ = 1 + np.minimum(1 + e, _FAR) ** 2
    inside = (e / sum_) * ((2 + e) / sum_)
    inside = np.ldexp(inside * more / (root[0] * size) ** 2, more_power - 2 * (root_power + scale_power))
    yield 0.0 - np.where(is_far, half * (half * (df + 1)) / error / error, inside)
    e = _excess(error, rest, divisor, place)
    inside = times(e / sum_ / scale, (e + 2) * ((1 + share * z * z) / sum_) / scale)
    far = ratio / scale
    yield np.where(is_far, df / scale / scale + (inverse_share * far) * far, inside)


def _log_in_two(error, rest, scale, df):
    """Return ½ (ν + 1) log(1 + z²/ν) of a few elements as a pair."""
    nu = Fraction(df)
    if df > 1 / _TINY:
        return powers.scale(powers.in_two((1 + 1 / nu) / 2), powers.square(_quotient(error, rest, scale)))
    (root, root_power), sign = powers.root_in_two(nu), np.sign(error)
    size, power = np.frexp(scale)
    mantissa, exponent = np.frexp(sign * error)
    top, bottom = (mantissa, np.ldexp(sign * rest, -exponent)), powers.scale(root, (size, 0.0))
    exponent = exponent - power - root_power
    inverse = np.ldexp(mantissa / bottom[0], exponent) > 1
    above = tuple(np.where(inverse, *parts) for parts in zip(bottom, top, strict=True))
    below = tuple(np.where(inverse, *parts) for parts in zip(top, bottom, strict=True))
    square, exponent = powers.square(powers.divide(above, below)), 2 * np.where(inverse, -exponent, exponent)
    w = tuple(np.ldexp(part, exponent) for part in square)
    return powers.scale(powers.in_two((nu + 1) / 2), powers.log_of_sum(w, square, exponent, inverse))


@loss(
    **_FAMILY,
    references=(
        "D. A. Nix and A. S. Weigend, Estimating the mean and variance of the target probability distribution, ICNN 1994.",
    ),
)
def gaussian_nll_loss(
    prediction: tuple[ArrayLike, ArrayLike],
    target: ArrayLike,
    *,
    full: bool = False,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Negative log-likelihood of Gaussian noise whose standard deviation is predicted, too.

    Use it when the size of the noise differs from place to place, and shall be learnt along with the mean.

    .. math::

        \ell((\mu, \sigma), y) = \log \sigma + \frac{z^2}{2} \left[{} + \frac{\log 2\pi}{2}\right],
        \qquad z = \frac{\mu - y}{\sigma}

    Parameters
    ----------
    full : bool
        Whether the constant ½ log 2π is added, which makes the loss a density's logarithm and changes no slope.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss: a scalar, or an array of the shape of ``target`` for ``"none"``. It has no lower bound. In another unit of the
        target, c times as small, it is larger by log c.

    See Also
    --------
    mse_loss : The same slopes of the mean, up to a factor, where the noise has one size.
    laplace_nll_loss : The likelihood that asks for the median.
    student_t_nll_loss : The likelihood of noise with far outliers.

    Notes
    -----
    The scale is a standard deviation, not a variance, and is never clipped. Where an error is 0, the loss falls without end as the scale
    goes to 0. The slopes are z/σ and (1 − z²)/σ, their own slopes 1/σ² and (3z² − 1)/σ². The loss is not convex in (μ, σ).

    Examples
    --------
    >>> import lossbook
    >>> loc, scale = [0.0, 3.0], [1.0, 2.0]
    >>> print(lossbook.gaussian_nll_loss((loc, scale), [1.0, -1.0], reduction="none"))
    [0.5        2.69314718]
    >>> for slope in lossbook.grad(lossbook.gaussian_nll_loss)((loc, scale), [1.0, -1.0], reduction="sum"):
    ...     print(slope)
    [-1.  1.]
    [ 0.  -1.5]
    """
    constant = _HALF_LOG_TWO_PI if read_flag("full", full) else Decimal(0)
    return in_double(partial(_gaussian, constant=constant), prediction, target, weight, where, reduction)


@loss(
    **_FAMILY,
    references=(
        (
            "P. S. Laplace, Mémoire sur la probabilité des causes par les évènemens, Mémoires de mathématique et de physique "
            "présentés à l'Académie royale des sciences 6, 1774."
        ),
    ),
)
def laplace_nll_loss(
    prediction: tuple[ArrayLike, ArrayLike],
    target: ArrayLike,
    *,
    full: bool = False,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Negative log-likelihood of Laplace noise whose scale is predicted, too.

    Use it when the median shall be learnt, and along with it the mean absolute error around it.

    .. math::

        \ell((\mu, \sigma), y) = \log \sigma + \frac{|\mu - y|}{\sigma} \left[{} + \log 2\right]

    Parameters
    ----------
    full : bool
        Whether the constant log 2 is added, which makes the loss a density's logarithm and changes no slope.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss: a scalar, or an array of the shape of ``target`` for ``"none"``. It has no lower bound. In another unit of the
        target, c times as small, it is larger by log c.

    See Also
    --------
    mae_loss : The same slopes of the median, up to a factor, where the noise has one size.
    gaussian_nll_loss : The likelihood that asks for the mean.

    Notes
    -----
    The scale is the mean absolute deviation; the standard deviation of the noise is √2 times as large. With z = (μ − y)/σ the slopes are
    sign(z)/σ, for which 0 is taken where the error is 0, and (1 − abs(z))/σ; their own slopes are 0 and (2 abs(z) − 1)/σ².

    Examples
    --------
    >>> import lossbook
    >>> loc, scale = [0.0, 3.0], [1.0, 2.0]
    >>> print(lossbook.laplace_nll_loss((loc, scale), [1.0, -1.0], reduction="none"))
    [1.         2.69314718]
    >>> for slope in lossbook.grad(lossbook.laplace_nll_loss)((loc, scale), [1.0, -1.0], reduction="sum"):
    ...     print(slope)
    [-1.   0.5]
    [ 0.  -0.5]
    """
    constant = _LOG_TWO if read_flag("full", full) else Decimal(0)
    return in_double(partial(_laplace, constant=constant), prediction, target, weight, where, reduction)


@loss(
    **_FAMILY,
    references=(
        (
            "K. L. Lange, R. J. A. Little and J. M. G. Taylor, Robust statistical modeling using the t distribution, Journal of the "
            "American Statistical Association 84, 1989."
        ),
    ),
)
def student_t_nll_loss(
    prediction: tuple[ArrayLike, ArrayLike],
    target: ArrayLike,
    *,
    df: float,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Negative log-likelihood of Student's t noise whose scale is predicted, too.

    Use it when the size of the noise shall be learnt, and a few targets are far off.

    .. math::

        \ell((\mu, \sigma), y) = \log \sigma + \frac{\nu + 1}{2} \log\left(1 + \frac{z^2}{\nu}\right)
        + \log \frac{\Gamma(\nu/2) \sqrt{\nu \pi}}{\Gamma((\nu + 1)/2)}, \qquad z = \frac{\mu - y}{\sigma}

    Parameters
    ----------
    df : float
        Degrees of freedom ν > 0: the smaller, the more outliers are expected. 1 is the Cauchy distribution; for ∞ the loss is
        that of Gaussian noise with ``full=True``. It has no default, and is not learnt.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, with its constant: a scalar, or an array of the shape of ``target`` for ``"none"``. It has no lower bound.

    See Also
    --------
    gaussian_nll_loss : The limit of many degrees of freedom.
    barron_loss : Its shape 0 has the same slope of the location, up to a factor, for a scale that is given.

    Notes
    -----
    The scale is not the standard deviation, which is √(ν/(ν − 2)) times as large for ν > 2 and infinite below. The slopes are
    (ν + 1) z/((ν + z²) σ), the steepest at abs(z) = √ν, and (1 − z²)/((1 + z²/ν) σ), at least −ν/σ. The loss is convex in μ up to
    abs(z) = √ν, and concave beyond.

    Examples
    --------
    >>> import lossbook
    >>> loc, scale = [0.0, 3.0], [1.0, 2.0]
    >>> print(lossbook.student_t_nll_loss((loc, scale), [1.0, -1.0], df=1, reduction="none"))
    [1.83787707 3.44731498]
    >>> for slope in lossbook.grad(lossbook.student_t_nll_loss)((loc, scale), [1.0, -1.0], df=1, reduction="sum"):
    ...     print(slope)
    [-1.   0.4]
    [ 0.  -0.3]
    """
    df = read_number("df", df, low=0, above=True, what="a number above 0, or infinity")
    kernel = partial(_gaussian, constant=_HALF_LOG_TWO_PI) if math.isinf(df) else partial(_student, df=df)
    return in_double(kernel, prediction, target, weight, where, reduction)
