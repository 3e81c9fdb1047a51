"""Robust losses: as the square where the error is small, and milder where it is large.

All are computed in float64, whatever the dtype of the input, and where a loss bends, from the difference and what its rounding took
off: next to an edge, and under a large power, single precision and a rounded difference leave too few digits. The formulas
and what is proved of them stand on the cards in :mod:`lossbook.cards.robust`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from lossbook.engine.arguments import NUMBER, REAL, read_number
from lossbook.engine.elementwise import in_double, of_degree
from lossbook.engine.loss import loss
from lossbook.numerics import powers
from lossbook.numerics.limits import times
from lossbook.numerics.sums import room, subtract

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike

    from lossbook.engine.types import Reduction


# A bounded loss of an infinite number is finite, so every entry is looked at.
_FINITE = replace(NUMBER, shows=False)

_FAMILY = {
    "page": "book/numbers/robust_regression",
    "family": "robust regression",
    "group": "numbers",
    "each": "element",
    "arguments": {"prediction": _FINITE, "target": _FINITE},
}

_POSITIVE = {"low": 0, "high": REAL.high, "above": True, "what": "a finite number above 0"}
_POSITIVE_OR_INFINITE = {"low": 0, "above": True, "what": "a number above 0, or infinity"}


def _half_square(prediction, target):
    """Value and derivatives of ½ (ŷ − y)²."""
    error = prediction - target
    yield 0.5 * error * error
    yield error
    yield np.ones_like(error)


def _huber(prediction, target, delta):
    """Value and derivatives of ½ e² up to |e| = δ, and of δ (|e| − ½ δ) beyond."""
    error = prediction - target
    size = abs(error)
    within = np.minimum(size, delta)
    yield within * (size - 0.5 * within)
    yield np.copysign(within, error)
    yield (room(delta, size, prediction, target) >= 0).astype(np.float64)


def _smooth_l1(prediction, target, beta):
    """Value and derivatives of ½ e²/β up to |e| = β, and of |e| − ½ β beyond; β may be 0."""
    error = prediction - target
    size = abs(error)
    share = np.where(size < beta, size / beta, 1.0)
    yield share * (size - 0.5 * np.minimum(size, beta))
    yield np.sign(error) * share
    inside = (room(beta, size, prediction, target) >= 0) & (beta > 0)
    yield np.where(inside, 1 / beta, 0.0)


def _pseudo_huber(prediction, target, delta):
    """Value and derivatives of δ² (√(1 + (e/δ)²) − 1), in quotients of at most 1.

    With q the smaller of |e| and δ divided by the larger, and h = √(1 + q²), it is |e| min(|e|, δ)/(h + k), where k = min(1, δ/|e|).
    """
    error = prediction - target
    size = abs(error)
    within = np.minimum(size, delta)
    ratio = within / np.maximum(size, delta)
    h = np.sqrt(1 + ratio * ratio)
    k = np.where(size > delta, ratio, 1.0)
    yield within * (size / (h + k))
    yield np.copysign(within, error) / h
    yield (k / h) ** 3


def _log_cosh(prediction, target):
    """Value and derivatives of log cosh e, as ½ log(1 + sinh² e) or as |e| − log 2 + log(1 + e^(−2|e|))."""
    error, rest = subtract(prediction, target)
    size = abs(error)
    is_small = size < 1
    log = np.log1p(np.where(is_small, np.sinh(np.minimum(size, 1)) ** 2, np.exp(-2 * size)))
    yield np.where(is_small, 0.5 * log, (size - math.log(2)) + log)
    yield np.tanh(error)
    half = np.exp(-size)
    # At |e| = 300, the rounding of e is 300 roundings of sech² e.
    yield (2 * half / (1 + half * half)) ** 2 * (1 - 2 * np.sign(error) * rest)


_ROOT_5 = powers.root_in_two(Fraction(5))


def _tukey(prediction, target, c):
    """Value and derivatives of c²/6 (1 − (1 − u²)³) = e² (½ − ½ u² + u⁴/6), u = e/c, up to |e| = c, and of c²/6 beyond."""
    error = prediction - target
    size = abs(error)
    within = np.minimum(size, c)
    u = within / c
    square = u * u
    yield within * (0.5 - square * (0.5 - square / 6)) * within
    # 1 − u² = (c − |e|)(c + |e|)/c².
    left = np.maximum(room(c, size, prediction, target), 0) / c * (1 + u)
    yield np.copysign(within * left * left, error)
    yield left * (_less_five(within, c, prediction, target) * (1 + math.sqrt(5) * u))


def _less_five(within, c, prediction, target):
    """Return 1 − √5 |e|/c, which is 0 where the loss turns from convex to concave."""
    error, rest = subtract(prediction, target)
    mantissa, exponent = math.frexp(c)
    root, shift = _ROOT_5
    size = (np.ldexp(within, shift - exponent), np.ldexp(np.sign(error) * rest, shift - exponent))
    upper, lower = powers.scale(root, size)
    upper, lower = powers.add((np.full_like(within, mantissa), 0.0), (-upper, -lower))
    return (upper + lower) / mantissa


def _wing(prediction, target, width, curvature):
    """Value and derivatives of w log(1 + |e|/ε) up to |e| = w, and of the same at w and |e| − w beyond."""
    error = prediction - target
    size = abs(error)
    within = np.minimum(size, width)
    beyond = np.maximum(-room(width, size, prediction, target), 0)
    yield _times_log(within, width, curvature) + beyond
    inside = beyond == 0
    # The sum of two huge numbers is halved.
    part = 0.5 if max(width, curvature) > 2.0**1000 else 1.0
    below = part * curvature + part * within
    slope = part * width / below
    yield times(np.sign(error), np.where(inside, slope, 1.0))
    yield np.where(inside, -(part * slope / below), 0.0)


def _times_log(x, width, curvature):
    """Return w log(1 + x/ε), x ≤ w, also where x/ε is beyond the range of numbers."""
    ratio, slope = x / curvature, np.divide(width, curvature)
    result = width * np.log1p(ratio)
    if slope == math.inf:
        return np.where(np.isinf(ratio), width * (np.log(x) - math.log(curvature)), result)
    return np.where(ratio < 1e-20, x * slope, result)


# From it on, |α| is infinite: (1 + x²/|α − 2|)^(α/2) is e^(±x²/2) to all digits where it is neither 0 nor infinite.
_ENDLESS = 1e30

# Below it, α is 0: (t^α − 1)/α is log t to all digits.
_NO_POWER = 1e-200


def _of_barron(alpha, scale):
    """Choose the kernel of a shape: a power of 1 + x²/|α − 2|, x = e/c, one of its limits, or the root, which needs no logarithm."""
    if alpha == 2:
        return partial(_scaled_half_square, scale=scale)
    if alpha == 1:
        return partial(_root, scale=scale)
    if abs(alpha) >= _ENDLESS:
        return partial(_exponential, sign=math.copysign(1.0, alpha), scale=scale)
    return partial(_barron, alpha=alpha, scale=scale)


def _quotient(prediction, target, scale):
    """Return ŷ − y as a pair with a mantissa in [½, 1), the exponent of 2 for it, and those of x = (ŷ − y)/c."""
    error, rest = subtract(prediction, target)
    doubled = 0
    if not np.isfinite(np.sum(error)):
        error, rest = subtract(0.5 * prediction, 0.5 * target)
        doubled = 1
    mantissa, exponent = np.frexp(error)
    mantissa = (mantissa, np.ldexp(rest, -exponent))
    of_scale, power = math.frexp(scale)
    return mantissa, exponent + doubled, mantissa[0] / of_scale, exponent + (doubled - power)


def _over_scale(x, exponent, scale, times):
    """Return x · 2^exponent, divided by c so many times."""
    mantissa, power = math.frexp(scale)
    return np.ldexp(x / mantissa**times, exponent - times * power)


def _scaled_half_square(prediction, target, *, scale):
    """Value and derivatives of ½ x²."""
    _, _, x, exponent = _quotient(prediction, target, scale)
    yield 0.5 * np.ldexp(x, exponent) * np.ldexp(x, exponent)
    yield _over_scale(x, exponent, scale, 1)
    yield _over_scale(np.ones_like(x), 0, scale, 2)


def _root(prediction, target, *, scale):
    """Value and derivatives of √(1 + x²) − 1."""
    _, _, x, exponent = _quotient(prediction, target, scale)
    x = np.ldexp(x, exponent)
    finite = np.clip(x, -REAL.high, REAL.high)
    h = np.hypot(1, finite)
    yield x * (finite / (h + 1))
    yield _over_scale(finite / h, 0, scale, 1)
    mantissa, power = np.frexp(1 / h)
    yield _over_scale(mantissa**3, 3 * power, scale, 2)


def _exponential(prediction, target, *, sign, scale):
    """Value and derivatives of ±(e^(±x²/2) − 1)."""
    error, exponent, x, x_exponent = _quotient(prediction, target, scale)
    divisor, power = math.frexp(scale)
    ratio = powers.divide(error, (np.full_like(x, divisor), 0.0))
    # Where x is beyond 2^20, e^(±x²/2) is 0 or infinite.
    twice = np.minimum(2 * (exponent - power) - 1, 39)
    exponent_of_e = tuple(sign * np.ldexp(part, twice) for part in powers.square(ratio))
    yield sign * _less_one(exponent_of_e, 1.0)
    e, power = powers.exponential(exponent_of_e)
    yield _over_scale(x * e, x_exponent + power, scale, 1)
    bent = powers.add((np.ones_like(x), 0.0), tuple(2 * part for part in exponent_of_e))
    yield _over_scale((bent[0] + bent[1]) * e, power, scale, 2)


def _less_one(exponent, factor):
    """Return factor · (e^exponent − 1) of a pair."""
    near = abs(exponent[0]) < 1
    less = powers.exponential_less_one(tuple(np.where(near, part, 0.0) for part in exponent))
    e, power = powers.exponential(exponent)
    mantissa, shift = math.frexp(factor)
    return np.where(near, factor * less, np.ldexp(mantissa * e, power + shift) - factor)


def _barron(prediction, target, *, alpha, scale):
    """Value and derivatives of b/α ((1 + q)^(α/2) − 1) with b = |α − 2| and q = x²/b, by the logarithm of 1 + q."""
    shape = Fraction(alpha)
    b = abs(shape - 2)
    error, exponent, x, x_exponent = _quotient(prediction, target, scale)
    parts = _small_part(error, exponent, *powers.root_in_two(Fraction(scale) ** 2 * b))
    w, inverse = parts[0], parts[-1]
    log = powers.log_of_sum(*parts)
    # What is needed no longer would be half of the memory.
    del error, exponent, parts
    size = np.ldexp(x, x_exponent)
    is_power = abs(alpha) >= _NO_POWER
    value = _less_one(powers.scale((alpha / 2, 0.0), log), float(b / shape)) if is_power else log[0]
    yield np.where(abs(size) < 1e-9, 0.5 * size * size, value)
    e, power = powers.exponential(powers.scale(powers.in_two(shape / 2 - 1), log))
    yield _over_scale(x * e, x_exponent + power, scale, 1)
    # (1 + (α − 1) q)/(1 + q), by w = q or 1/q.
    less = powers.in_two(shape - 1)
    one = (np.ones_like(x), 0.0)
    first = tuple(np.where(inverse, *parts) for parts in zip(w, one, strict=True))
    second = tuple(np.where(inverse, *parts) for parts in zip(one, w, strict=True))
    bent = powers.add(first, powers.scale(less, second))
    yield _over_scale((bent[0] + bent[1]) / (1 + w[0]) * e, power, scale, 2)


def _small_part(error, exponent, root, power):
    """Return w = q or 1/q, whichever is at most 1, q being the square of ``error``/``root``: w, its mantissa and exponent, and where it is 1/q."""
    inverse = np.ldexp(abs(error[0]) / root[0], exponent - power) >= 1
    above = tuple(np.where(inverse, *both) for both in zip(root, error, strict=True))
    below = tuple(np.where(inverse, *both) for both in zip(error, root, strict=True))
    size = powers.square(powers.divide(above, below))
    shift = 2 * np.where(inverse, power - exponent, exponent - power)
    return tuple(np.ldexp(part, shift) for part in size), size, shift, inverse


@loss(
    **_FAMILY,
    references=(
        "P. J. Huber, Robust estimation of a location parameter, The Annals of Mathematical Statistics 35, 1964.",
    ),
)
def huber_loss(
    prediction: ArrayLike,
    target: ArrayLike,
    *,
    delta: float = 1.0,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Huber's loss: half the squared error up to δ, and linear beyond.

    Use it when some targets are far off, and the mean of the others is what shall be predicted.

    .. math::

        \ell(\hat y, y) = \begin{cases} \tfrac12 e^2 & |e| \le \delta \\
        \delta \left(|e| - \tfrac12 \delta\right) & |e| > \delta \end{cases}, \qquad e = \hat y - y

    Parameters
    ----------
    delta : float
        Error δ > 0, in the unit of the target, from which on the loss is linear; for ∞ it is half the squared error. Against
        Gaussian noise of standard deviation 1, δ = 1.345 is 95 % as efficient as the mean.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in the squared unit of the target: a scalar, or an array of the shape of ``prediction`` for ``"none"``.
        A value or a difference beyond the largest number of the dtype is +∞.

    See Also
    --------
    smooth_l1_loss : The same divided by its parameter, so that the slope of large errors is 1.
    tukey_biweight_loss : A loss that a far target does not move at all.

    Notes
    -----
    The slope is the error, cut off at ±δ. The second derivative is 1 up to abs(e) = δ, δ included, and 0 beyond.
    As δ → 0 the loss goes to 0, not to the absolute error: that is the limit of the loss divided by δ.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.huber_loss([2.5, 0.0, 9.0], [3.0, -3.0, 2.0], reduction="none"))
    [0.125 2.5   6.5  ]
    >>> print(lossbook.grad(lossbook.huber_loss)([2.5, 0.0, 9.0], [3.0, -3.0, 2.0], reduction="sum"))
    [-0.5  1.   1. ]
    """
    delta = read_number("delta", delta, **_POSITIVE_OR_INFINITE)
    if delta == math.inf:
        return in_double(_half_square, prediction, target, weight, where, reduction, degree=2)
    return in_double(_huber, prediction, target, weight, where, reduction, **of_degree(2, delta))



@loss(
    **_FAMILY,
    references=(
        "R. Girshick, Fast R-CNN, ICCV 2015.",
    ),
)
def smooth_l1_loss(
    prediction: ArrayLike,
    target: ArrayLike,
    *,
    beta: float = 1.0,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Smooth L1 loss: the absolute error, rounded off where it is below δ.

    Use it for coordinates, as of boxes, whose large errors shall have the slope 1.

    .. math::

        \ell(\hat y, y) = \begin{cases} \tfrac12 e^2 / \delta & |e| < \delta \\
        |e| - \tfrac12 \delta & |e| \ge \delta \end{cases}, \qquad e = \hat y - y

    Parameters
    ----------
    beta : float
        Error δ ≥ 0, in the unit of the target, from which on the loss is linear; 0 gives the absolute error. An infinite δ, with
        which the loss is 0 everywhere, is refused.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in the unit of the target: a scalar, or an array of the shape of ``prediction`` for ``"none"``. A
        difference beyond the largest number of the dtype is +∞.

    See Also
    --------
    huber_loss : The same times δ: its curvature at 0 is 1, whatever the parameter.
    mae_loss : What it is for δ = 0.

    Notes
    -----
    The slope is e/δ, cut off at ±1; for δ = 0 it is the sign of e, and 0 at e = 0. The second derivative is 1/δ up to abs(e) = δ, δ
    included, and 0 beyond.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.smooth_l1_loss([2.5, 0.0, 9.0], [3.0, -3.0, 2.0], beta=2.0, reduction="none"))
    [0.0625 2.     6.    ]
    >>> print(lossbook.grad(lossbook.smooth_l1_loss)([2.5, 0.0, 9.0], [3.0, -3.0, 2.0], beta=2.0, reduction="sum"))
    [-0.25  1.    1.  ]
    """
    beta = read_number("beta", beta, 0, REAL.high, what="a finite number ≥ 0")
    return in_double(_smooth_l1, prediction, target, weight, where, reduction, **of_degree(1, beta))



@loss(
    **_FAMILY,
    references=(
        (
            "P. Charbonnier, L. Blanc-Féraud, G. Aubert and M. Barlaud, Two deterministic half-quadratic regularization "
            "algorithms for computed imaging, ICIP 1994."
        ),
    ),
)
def pseudo_huber_loss(
    prediction: ArrayLike,
    target: ArrayLike,
    *,
    delta: float = 1.0,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Pseudo-Huber loss, or Charbonnier's: half the squared error near 0, δ times the absolute error far away, smooth between.

    Use it in place of Huber's loss when second derivatives shall be continuous.

    .. math::

        \ell(\hat y, y) = \delta^2 \left(\sqrt{1 + (e/\delta)^2} - 1\right), \qquad e = \hat y - y

    Parameters
    ----------
    delta : float
        Error δ > 0, in the unit of the target, around which the loss turns from a square to a line; for ∞ it is half the
        squared error.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in the squared unit of the target: a scalar, or an array of the shape of ``prediction`` for ``"none"``.
        A value or a difference beyond the largest number of the dtype is +∞.

    See Also
    --------
    huber_loss : The loss of which it is the smooth form, and which is never below it.
    barron_loss : What it is a shape of: δ² times that loss with ``alpha=1, scale=delta``.

    Notes
    -----
    The second derivative is positive everywhere, but (1 + (e/δ)²)^(−3/2) of an error of 100 δ is 10⁻⁶: a Newton step from e leads to −e³/δ²,
    which is farther away if abs(e) > δ.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.pseudo_huber_loss([0.75, 9.0], [0.0, 9.0], delta=1.0, reduction="none"))
    [0.25 0.  ]
    >>> print(lossbook.grad(lossbook.pseudo_huber_loss)([0.75, 9.0], [0.0, 9.0], reduction="sum"))
    [0.6 0. ]
    """
    delta = read_number("delta", delta, **_POSITIVE_OR_INFINITE)
    if delta == math.inf:
        return in_double(_half_square, prediction, target, weight, where, reduction, degree=2)
    return in_double(_pseudo_huber, prediction, target, weight, where, reduction, **of_degree(2, delta))



@loss(
    **_FAMILY,
    references=(
        (
            "P. J. Green, Bayesian reconstructions from emission tomography data using a modified EM algorithm, IEEE "
            "Transactions on Medical Imaging 9, 1990."
        ),
    ),
)
def log_cosh_loss(
    prediction: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Logarithm of the hyperbolic cosine of the error: half its square near 0, and abs(e) − log 2 far away.

    Use it when the loss shall have all derivatives, and errors of size 1 are where it should turn; scale the target first.

    .. math::

        \ell(\hat y, y) = \log\cosh(\hat y - y)

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss: a scalar, or an array of the shape of ``prediction`` for ``"none"``. A difference beyond the largest
        number of the dtype is +∞.

    See Also
    --------
    pseudo_huber_loss : A little below it for δ = 1, with a parameter for the unit of the target.
    huber_loss : A little above it for δ = 1.

    Notes
    -----
    The slope is tanh e. The second derivative 1/cosh² e is positive everywhere, but below 10⁻⁸ from abs(e) = 10 on: a Newton step from there is
    longer than 10⁷. There is no parameter, so the unit of the target decides what a large error is.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.log_cosh_loss([1000.0], [0.0]))
    999.3068528194401
    >>> print(lossbook.log_cosh_loss([1e-9], [0.0]))
    5e-19
    """
    return in_double(_log_cosh, prediction, target, weight, where, reduction)



@loss(
    **_FAMILY,
    references=(
        "J. T. Barron, A general and adaptive robust loss function, CVPR 2019.",
    ),
)
def barron_loss(
    prediction: ArrayLike,
    target: ArrayLike,
    *,
    alpha: float = 1.0,
    scale: float = 1.0,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Barron's loss: a shape α leads from the square over pseudo-Huber and Cauchy to losses that are bounded.

    Use it when how far off targets may be is not known, and the shape is to be tuned.

    .. math::

        \ell(\hat y, y) = \frac{|\alpha - 2|}{\alpha} \left(\left(\frac{x^2}{|\alpha - 2|} + 1\right)^{\alpha/2} - 1\right),
        \qquad x = \frac{\hat y - y}{\delta}

    Parameters
    ----------
    alpha : float
        Shape α, any number or ±∞. The formula has limits at 2, ½ x²; at 0, log(1 + ½ x²), after Cauchy; at −∞, 1 − exp(−½ x²), after
        Welsch; and at ∞, exp(½ x²) − 1. With 1 it is √(1 + x²) − 1, and with −2 that of Geman and McClure.
    scale : float
        Scale δ > 0 of the errors, in the unit of the target (the paper's c): up to about δ the loss is ½ x², whatever the shape.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, without a unit: a scalar, or an array of the shape of ``prediction`` for ``"none"``. A value beyond
        the largest number of the dtype is +∞.

    See Also
    --------
    pseudo_huber_loss : Its shape 1, times the square of the scale.
    tukey_biweight_loss : Another bounded loss, with the slope 0 beyond an edge.

    Notes
    -----
    The curvature at 0 is 1/δ² for every shape. The loss is convex for α ≥ 1, and only for these; for α < 0 it stays below (α − 2)/α.
    A power is computed by a logarithm in twice the precision, so that no shape costs digits; abs(α) ≥ 10³⁰ is read as infinite.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.barron_loss([3.0], [1.0], alpha=2.0), lossbook.barron_loss([3.0], [1.0], alpha=-2.0))
    2.0 1.0
    >>> print(lossbook.grad(lossbook.barron_loss)([3.0], [1.0], alpha=-2.0))
    [0.5]
    """
    alpha = read_number("alpha", alpha, what="a number, or ±infinity")
    scale = read_number("scale", scale, **_POSITIVE)
    return in_double(_of_barron(alpha, scale), prediction, target, weight, where, reduction)



@loss(
    **_FAMILY,
    references=(
        (
            "A. E. Beaton and J. W. Tukey, The fitting of power series, meaning polynomials, illustrated on band-spectroscopic "
            "data, Technometrics 16, 1974."
        ),
    ),
)
def tukey_biweight_loss(
    prediction: ArrayLike,
    target: ArrayLike,
    *,
    c: float = 4.685,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Tukey's biweight: half the squared error near 0, and constant from δ on.

    Use it when some targets are plainly wrong and shall not count at all, and start from a fit that is robust already.

    .. math::

        \ell(\hat y, y) = \begin{cases} \tfrac{\delta^2}{6} \left(1 - \left(1 - (e/\delta)^2\right)^3\right) & |e| \le \delta \\
        \tfrac{\delta^2}{6} & |e| > \delta \end{cases}, \qquad e = \hat y - y

    Parameters
    ----------
    c : float
        Error δ > 0, in the unit of the target, from which on the loss is constant; for ∞ it is half the squared error. Against
        Gaussian noise of standard deviation 1, the default is 95 % as efficient as the mean.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in the squared unit of the target: a scalar, or an array of the shape of ``prediction`` for ``"none"``.
        A value beyond the largest number of the dtype is +∞.

    See Also
    --------
    huber_loss : A convex loss, of which far targets pull with the same force.
    barron_loss : Bounded for ``alpha`` below 0, with a slope that is nowhere exactly 0 but at 0.

    Notes
    -----
    The slope e (1 − (e/δ)²)² is 0 from abs(e) = δ on: a target so far away has no say, and a fit that starts there does not move. The
    second derivative is negative between δ/√5 and δ, so there may be several minima.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.tukey_biweight_loss([1.0, 9.0], [0.0, 0.0], c=2.0, reduction="none"))
    [0.38541667 0.66666667]
    >>> print(lossbook.grad(lossbook.tukey_biweight_loss)([1.0, 9.0], [0.0, 0.0], c=2.0, reduction="sum"))
    [0.5625 0.    ]
    """
    c = read_number("c", c, **_POSITIVE_OR_INFINITE)
    if c == math.inf:
        return in_double(_half_square, prediction, target, weight, where, reduction, degree=2)
    return in_double(_tukey, prediction, target, weight, where, reduction, **of_degree(2, c))



@loss(
    **_FAMILY,
    references=(
        (
            "Z.-H. Feng, J. Kittler, M. Awais, P. Huber and X.-J. Wu, Wing loss for robust facial landmark localisation with "
            "convolutional neural networks, CVPR 2018."
        ),
    ),
)
def wing_loss(
    prediction: ArrayLike,
    target: ArrayLike,
    *,
    width: float = 10.0,
    curvature: float = 2.0,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Wing loss: a logarithm of the error up to δ, so that small errors pull most, and linear beyond.

    Use it for landmarks, in pixels, where small errors are to become smaller still; it is not convex.

    .. math::

        \ell(\hat y, y) = \begin{cases} \delta \log\left(1 + |e|/\chi\right) & |e| < \delta \\
        |e| - C & |e| \ge \delta \end{cases}, \qquad e = \hat y - y, \quad C = \delta - \delta \log\left(1 + \delta/\chi\right)

    Parameters
    ----------
    width : float
        Error δ > 0, in the unit of the target (the paper's w), up to which the loss is a logarithm.
    curvature : float
        Error χ > 0, in the unit of the target (the paper's ϵ), around which the logarithm bends: the slope next to 0 is δ/χ.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in the unit of the target: a scalar, or an array of the shape of ``prediction`` for ``"none"``. A
        difference beyond the largest number of the dtype is +∞.

    See Also
    --------
    mae_loss : The same slope for errors of every size.
    huber_loss : A loss whose small errors pull less.

    Notes
    -----
    The constant C makes the loss continuous at δ, not its slope: that jumps from δ/(χ + δ) to 1. At abs(e) = δ the flatter side is taken, with
    its second derivative; at e = 0 the slope 0. The second derivative −δ/(χ + abs(e))² is negative up to δ, and 0 beyond.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.wing_loss([2.0, 20.0], [0.0, 0.0], reduction="none"))
    [ 6.93147181 27.91759469]
    >>> print(lossbook.grad(lossbook.wing_loss)([2.0, 20.0], [0.0, 0.0], reduction="sum"))
    [2.5 1. ]
    """
    width = read_number("width", width, **_POSITIVE)
    curvature = read_number("curvature", curvature, **_POSITIVE)
    kernel = partial(_wing, width=width, curvature=curvature)
    return in_double(kernel, prediction, target, weight, where, reduction)
