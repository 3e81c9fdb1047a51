"""Losses that ask for another number than the mean: quantiles, expectiles, and what errors in proportion make of a distribution.

All are computed in float64, whatever the dtype of the input. The formulas and what is proved of them stand on the cards in
:mod:`lossbook.cards.point`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from lossbook.engine.arguments import LARGEST, NUMBER, read_flag, read_number
from lossbook.engine.elementwise import in_double, of_degree
from lossbook.engine.loss import loss
from lossbook.numerics import powers
from lossbook.numerics.limits import is_finite
from lossbook.numerics.sums import room, subtract

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike

    from lossbook.engine.types import Reduction


_NOT_ZERO = replace(
    NUMBER,
    what="finite real numbers other than 0",
    fix="Leave out targets of 0 with where, or use a loss that divides by nothing, such as mae_loss.",
    without=0.0,
    name="nonzero",
)
# Where both are below −1, the loss is finite.
_ABOVE_MINUS_ONE = replace(
    NUMBER,
    what="finite real numbers above −1",
    low=-1.0,
    fix="Shift or rescale prediction and target, or use mse_loss.",
    without=-1.0,
    shows=False,
    name="above −1",
)

_FAMILY = {
    "family": "point predictions",
    "group": "numbers",
    "each": "element",
    "page": "book/numbers/point_predictions",
}
_NUMBERS = {"prediction": NUMBER, "target": NUMBER}

_LEVEL = {"low": 0, "high": math.nextafter(1, 0), "above": True, "what": "a number above 0 and below 1"}
_SIZE = {"low": 0, "high": LARGEST, "above": True, "what": "a finite number above 0"}


def _error(prediction, target):
    """Return ŷ − y; where that is beyond the largest number, half of it, and 2 as what it is to be multiplied by."""
    error = prediction - target
    if is_finite(error):
        return error, 1.0
    beyond = np.isinf(error)
    return np.where(beyond, 0.5 * prediction - 0.5 * target, error), np.where(beyond, 2.0, 1.0)


def _tilted(error, tau):
    """Return −τ where the prediction is too low, 1 − τ where it is too high, and 0 where it is right."""
    return np.clip(np.sign(error), -tau, 1 - tau)


def _pinball(prediction, target, tau):
    """Value and derivatives of τ (y − ŷ) below the target and (1 − τ) (ŷ − y) above it; at the kink the slope 0 is taken."""
    error, twice = _error(prediction, target)
    slope = _tilted(error, tau)
    yield slope * error * twice
    yield slope
    yield np.zeros_like(error)


def _expectile(prediction, target, tau):
    """Value and derivatives of τ e² below the target and (1 − τ) e² above it.

    Of τ e² the square of 2^k e is taken, and τ 4^(−k) of the size of 1, where τ is tiny, and e may be huge.
    """
    error, twice = _error(prediction, target)
    factor = abs(_tilted(error, tau))
    near = 1.0 if tau > 2.0**-500 else np.where(error > 0, 1.0, 2.0 ** (math.frexp(tau)[1] // 2))
    scaled = error * near * twice
    yield factor / near / near * scaled * scaled
    yield 2 * factor * error * twice
    yield 2 * (factor + tau * (error == 0))


def _quantile_huber(prediction, target, kappa, *, tau):
    """Value and derivatives of the smooth absolute error ½ e²/κ, from |e| = κ on |e| − ½ κ, times τ below the target and 1 − τ above it."""
    error, twice = _error(prediction, target)
    size, edge = abs(error), kappa / twice
    slope = _tilted(error, tau)
    share = np.fmin(size / edge, 1.0)
    yield abs(slope) * (share * (size - 0.5 * np.minimum(size, edge))) * twice
    yield slope * share
    inside = room(kappa, abs(prediction - target), prediction, target) >= 0
    yield (abs(slope) + tau * (error == 0)) * inside / kappa


def _beyond(prediction, target, epsilon):
    """Return |ŷ − y| − ε where that is positive, else 0."""
    excess = -room(epsilon, abs(prediction - target), prediction, target)
    if not is_finite(excess):
        half = [0.5 * prediction, 0.5 * target]
        halved = -room(0.5 * epsilon, abs(half[0] - half[1]), *half)
        excess = np.where(np.isinf(excess), 2 * halved, excess)
    return np.maximum(excess, 0)


def _insensitive(prediction, target, epsilon):
    """Value and derivatives of max(0, |ŷ − y| − ε); at the kink the slope 0 is taken."""
    excess = _beyond(prediction, target, epsilon)
    yield excess
    # A zero with a sign is none.
    yield np.sign(prediction - target) * (excess > 0) + 0.0
    yield np.zeros_like(excess)


def _insensitive_squared(prediction, target, epsilon):
    """Value and derivatives of max(0, |ŷ − y| − ε)²."""
    excess = _beyond(prediction, target, epsilon)
    yield excess * excess
    yield 2 * excess * np.sign(prediction - target) + 0.0
    yield 2.0 * (excess > 0)


def _relative(prediction, target):
    """Value and derivatives of |ŷ − y|/|y|; at the kink the slope 0 is taken."""
    error, twice = _error(prediction, target)
    size = abs(target)
    yield abs(error) / size * twice
    yield np.sign(error) / size
    yield np.zeros_like(error)


def _squared_logarithm(prediction, target):
    """Value and derivatives of d², d = log(1 + ŷ) − log(1 + y) = ±log(1 + |ŷ − y|/(1 + min(ŷ, y)))."""
    error, rest = subtract(prediction, target)
    size, rest = abs(error), np.sign(error) * rest
    base, lost = subtract(np.minimum(prediction, target), np.full_like(error, -1))
    ratio = size / base
    log = np.log1p(ratio) + (rest - ratio * lost) / base / (1 + ratio)
    if not is_finite(ratio):
        log = np.where(np.isfinite(ratio), log, np.log(size) - np.log(base))
    log = np.copysign(log, error)
    above = 1 + prediction
    yield log * log
    yield 2 * log / above
    yield 2 * _one_less(log, prediction, target) / above / above


# e in two parts.
_E = powers.in_two(Fraction("2.71828182845904523536028747135266249775724709"))


def _one_less(log, prediction, target):
    """Return 1 − d, which is 0 where the loss turns concave; near there as −log(1 + t), t = (1 + ŷ)/(e (1 + y)) − 1."""
    # Beyond 10^300 the products of halves are out of range, but there the second derivative is 0.
    above, below = (subtract(number, np.full_like(number, -1)) for number in (prediction, target))
    turned = powers.scale(_E, below)
    upper, rest = powers.add(above, tuple(-x for x in turned))
    share = (upper + rest) / turned[0]
    return np.where(abs(share) < 0.5, -np.log1p(np.maximum(share, -0.5)), 1 - log)


@loss(
    **_FAMILY,
    arguments=_NUMBERS,
    references=("R. Koenker and G. Bassett, Regression quantiles, Econometrica 46, 1978.",),
)
def pinball_loss(
    prediction: ArrayLike,
    target: ArrayLike,
    *,
    tau: float = 0.5,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Pinball loss, or quantile loss: an error below the target costs τ for each unit, one above it 1 − τ.

    Use it when a quantile of the target is what shall be predicted: τ = 0.9 for what is exceeded one time in ten.

    .. math:: \ell(\hat y, y) = \max\bigl(\tau\, (y - \hat y),\; (\tau - 1)\, (y - \hat y)\bigr)

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in the unit of the target: a scalar, or an array of the shape of ``prediction`` for ``"none"``. For τ = ½ it
        is half the absolute error. A value beyond the largest number of the dtype is +∞.

    See Also
    --------
    mae_loss : Twice the loss for τ = ½.
    expectile_loss : The same weights at squared errors.
    quantile_huber_loss : The same with its kink rounded off, which moves what is predicted.

    Notes
    -----
    The slope is −τ below the target and 1 − τ above it, and jumps where prediction and target are equal: there the subgradient 0 is taken.
    The second derivative is 0 everywhere. Some libraries print twice the loss, so that τ = ½ gives the absolute error.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.pinball_loss([1.0, 3.0, 2.0], [2.0, 2.0, 2.0], tau=0.75, reduction="none"))
    [0.75 0.25 0.  ]
    >>> print(lossbook.grad(lossbook.pinball_loss)([1.0, 3.0, 2.0], [2.0, 2.0, 2.0], tau=0.75, reduction="sum"))
    [-0.75  0.25  0.  ]
    """
    tau = read_number("tau", tau, **_LEVEL)
    return in_double(partial(_pinball, tau=tau), prediction, target, weight, where, reduction, degree=1)


@loss(
    **_FAMILY,
    arguments=_NUMBERS,
    references=(
        "W. K. Newey and J. L. Powell, Asymmetric least squares estimation and testing, Econometrica 55, 1987.",
    ),
)
def expectile_loss(
    prediction: ArrayLike,
    target: ArrayLike,
    *,
    tau: float = 0.5,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Asymmetric squared error: an error below the target counts τ times its square, one above it 1 − τ times.

    Use it when an expectile of the target is what shall be predicted: a mean that leans to one side.

    .. math::

        \ell(\hat y, y) = \begin{cases} (1 - \tau)\, (\hat y - y)^2 & \hat y > y \\
        \tau\, (\hat y - y)^2 & \hat y \le y \end{cases}

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in the squared unit of the target: a scalar, or an array of the shape of ``prediction`` for ``"none"``. For
        τ = ½ it is half the squared error. A value beyond the largest number of the dtype is +∞.

    See Also
    --------
    mse_loss : Twice the loss for τ = ½, which asks for the mean.
    pinball_loss : The same weights at absolute errors, which ask for a quantile.

    Notes
    -----
    There is no kink. The second derivative is 2τ below the target and 2(1 − τ) above it; where they are equal, 2τ is taken. An expectile is
    no quantile: it depends on how far off the targets are, not only on how many lie on each side.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.expectile_loss([0.0, 4.0], [2.0, 2.0], tau=0.75, reduction="none"))
    [3. 1.]
    >>> print(lossbook.grad(lossbook.expectile_loss)([0.0, 4.0], [2.0, 2.0], tau=0.75, reduction="sum"))
    [-3.  1.]
    """
    tau = read_number("tau", tau, **_LEVEL)
    return in_double(partial(_expectile, tau=tau), prediction, target, weight, where, reduction, degree=2)


@loss(
    **_FAMILY,
    arguments=_NUMBERS,
    references=(
        (
            "W. Dabney, M. Rowland, M. G. Bellemare and R. Munos, Distributional reinforcement learning with quantile regression, "
            "AAAI 2018."
        ),
    ),
)
def quantile_huber_loss(
    prediction: ArrayLike,
    target: ArrayLike,
    *,
    tau: float = 0.5,
    kappa: float = 1.0,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Quantile Huber loss: the pinball loss with its kink rounded off where the error is below δ.

    Use it when quantiles are learnt by gradient steps, as in distributional reinforcement learning, with δ small beside the spread.

    .. math::

        \ell(\hat y, y) = \begin{cases} (1 - \tau)\, h(|\hat y - y|) & \hat y > y \\
        \tau\, h(|\hat y - y|) & \hat y \le y \end{cases}, \qquad
        h(e) = \begin{cases} \tfrac12 e^2/\delta & e < \delta \\ e - \tfrac12 \delta & e \ge \delta \end{cases}

    Parameters
    ----------
    kappa : float
        Error δ > 0, in the unit of the target, up to which the loss is a square (the paper's κ). An infinite δ, with which the
        loss is 0 everywhere, is refused; as δ → 0 it becomes the pinball loss.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in the unit of the target: a scalar, or an array of the shape of ``prediction`` for ``"none"``. A value
        beyond the largest number of the dtype is +∞.

    See Also
    --------
    pinball_loss : What it is without rounding off.
    smooth_l1_loss : Twice the loss for τ = ½.

    Notes
    -----
    What it asks for lies between a quantile, as δ → 0, and an expectile, as δ → ∞. The second derivative is τ/δ or (1 − τ)/δ up to
    abs(e) = δ, δ included, and τ/δ where the error is 0; beyond it is 0. Some implementations leave out the division by δ.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.quantile_huber_loss([1.0, 4.0], [2.0, 0.0], tau=0.75, kappa=2.0, reduction="none"))
    [0.1875 0.75  ]
    >>> print(lossbook.grad(lossbook.quantile_huber_loss)([1.0, 4.0], [2.0, 0.0], tau=0.75, kappa=2.0, reduction="sum"))
    [-0.375  0.25 ]
    """
    tau = read_number("tau", tau, **_LEVEL)
    kappa = read_number("kappa", kappa, **_SIZE)
    return in_double(partial(_quantile_huber, tau=tau), prediction, target, weight, where, reduction, **of_degree(1, kappa))


@loss(
    **_FAMILY,
    arguments=_NUMBERS,
    references=("V. N. Vapnik, The Nature of Statistical Learning Theory, Springer, 1995.",),
)
def epsilon_insensitive_loss(
    prediction: ArrayLike,
    target: ArrayLike,
    *,
    epsilon: float = 0.1,
    squared: bool = False,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""ϵ-insensitive loss of support vector regression: the absolute error, as far as it is beyond ϵ.

    Use it when errors up to ϵ do not matter, or when a fit shall rest on few of the samples.

    .. math:: \ell(\hat y, y) = \max\bigl(0,\; |\hat y - y| - \epsilon\bigr)^r, \qquad r = 1, \text{ or } 2 \text{ for } \texttt{squared}

    Parameters
    ----------
    epsilon : float
        Error ϵ ≥ 0, in the unit of the target, up to which nothing is lost; 0 gives the absolute or the squared error. An infinite ϵ, with
        which the loss is 0 everywhere, is refused.
    squared : bool
        Whether what is beyond ϵ is squared.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in the unit of the target, or in its square: a scalar, or an array of the shape of ``prediction`` for ``"none"``.
        A value beyond the largest number of the dtype is +∞.

    See Also
    --------
    mae_loss : The loss for ϵ = 0.
    mse_loss : The same for ``squared``.
    huber_loss : A loss that is milder for large errors, not for small ones.

    Notes
    -----
    The slope is 0 up to abs(e) = ϵ, ϵ included, and so is the second derivative: a prediction there does not move, and the smallest mean loss may
    be reached on a whole interval. Beyond, the slope is ±1, or twice the excess for ``squared``, with the second derivative 0 or 2.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.epsilon_insensitive_loss([2.25, 5.0], [2.0, 2.0], epsilon=0.5, reduction="none"))
    [0.  2.5]
    >>> print(lossbook.epsilon_insensitive_loss([2.25, 5.0], [2.0, 2.0], epsilon=0.5, squared=True, reduction="none"))
    [0.   6.25]
    """
    epsilon = read_number("epsilon", epsilon, 0, LARGEST, what="a finite number ≥ 0")
    kernel, degree = (_insensitive_squared, 2) if read_flag("squared", squared) else (_insensitive, 1)
    return in_double(kernel, prediction, target, weight, where, reduction, **of_degree(degree, epsilon))


@loss(
    **_FAMILY,
    arguments={"prediction": NUMBER, "target": _NOT_ZERO},
    references=(
        "T. Gneiting, Making and evaluating point forecasts, Journal of the American Statistical Association 106, 2011.",
    ),
)
def mape_loss(
    prediction: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Absolute error in proportion to the target; its mean is the mean absolute percentage error, as a fraction.

    Use it when errors are judged in per cent of what was observed; it predicts less than the median of positive targets.

    .. math:: \ell(\hat y, y) = \frac{|\hat y - y|}{|y|}

    Parameters
    ----------
    target : array_like
        Observed numbers y, finite and not 0; same shape. A target of 0 is refused, since no error could be measured in
        proportion to it: ``where`` leaves it out.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss as a fraction, 0.1 for ten per cent: a scalar, or an array of the shape of ``prediction`` for ``"none"``. A
        quotient beyond the largest number of the dtype is +∞.

    See Also
    --------
    mae_loss : The same error in the unit of the target, which asks for the median.
    msle_loss : Another error in proportion, which is defined for targets of 0.

    Notes
    -----
    The slope is ±1/abs(y), and jumps where prediction and target are equal: there the subgradient 0 is taken. The second derivative is 0
    everywhere. The smallest mean is that of the median in which a target y counts 1/abs(y).

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.mape_loss([150.0, 50.0], [100.0, 200.0], reduction="none"))
    [0.5  0.75]
    >>> print(lossbook.grad(lossbook.mape_loss)([150.0, 50.0], [100.0, 200.0], reduction="sum"))
    [ 0.01  -0.005]
    """
    return in_double(_relative, prediction, target, weight, where, reduction)


@loss(
    **_FAMILY,
    arguments={"prediction": _ABOVE_MINUS_ONE, "target": _ABOVE_MINUS_ONE},
    references=(
        "T. Gneiting, Making and evaluating point forecasts, Journal of the American Statistical Association 106, 2011.",
    ),
)
def msle_loss(
    prediction: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Squared logarithmic error: the squared error of log(1 + ŷ) and log(1 + y).

    Use it when amounts spread over powers of ten, ratios are what counts, and targets may be 0; it predicts less than the mean.

    .. math:: \ell(\hat y, y) = \bigl(\log(1 + \hat y) - \log(1 + y)\bigr)^2

    Parameters
    ----------
    prediction : array_like
        Predicted numbers ŷ, finite and above −1, any shape. A prediction that is not above −1 is refused, and not set to 0.
    target : array_like
        Observed numbers y, finite and above −1; same shape.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, without a unit: a scalar, or an array of the shape of ``prediction`` for ``"none"``. Its root is in most
        libraries called RMSLE.

    See Also
    --------
    mse_loss : What it is of the logarithms.
    mape_loss : Another error in proportion to the target.

    Notes
    -----
    The second derivative is negative where 1 + ŷ is more than e times 1 + y, and the slope goes to 0 there. The 1 that is added
    decides what a small amount is: scale the target so that 1 is small beside what matters.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.msle_loss([3.0, 0.0], [1.0, 1.0]) == lossbook.msle_loss([1.0, 1.0], [3.0, 0.0]))
    True
    >>> print(lossbook.grad(lossbook.msle_loss)([3.0, 1.0], [1.0, 1.0], reduction="sum"))
    [0.34657359 0.        ]
    """
    return in_double(_squared_logarithm, prediction, target, weight, where, reduction)
