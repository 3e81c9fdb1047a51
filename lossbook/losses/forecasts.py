"""Scores of forecasts of a number: of an ensemble, of quantiles, of vectors, of a normal distribution, of an interval.

All are losses: less is better. They are computed in float64, whatever the dtype of the input, from terms of which none is negative where
there is such a form, so that an offset of all numbers costs no digits. The formulas and what is proved of them stand on the cards in
:mod:`lossbook.cards.forecasts`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from lossbook.engine.arguments import (
    DOUBLE,
    LOCATION_AND_SCALE,
    NUMBER,
    Argument,
    Kind,
    Pair,
    float_dtype,
    read_class_axis,
    read_flag,
    read_number,
)
from lossbook.engine.columns import Columns, Observed
from lossbook.engine.elementwise import Elementwise
from lossbook.engine.loss import loss
from lossbook.numerics.sums import add_up, split, subtract

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike

    from lossbook.engine.types import Reduction


_FAMILY = {"family": "forecasts", "group": "forecasts", "page": "book/forecasts/distributions"}
_ENSEMBLE, _QUANTILES = replace(NUMBER, name="ensemble"), replace(NUMBER, name="quantiles")
_VECTORS = replace(NUMBER, name="ensemble of vectors")
_OUTCOME, _VECTOR = replace(NUMBER, name="outcome"), replace(NUMBER, name="vector")
_LEVEL = Kind("levels above 0 and below 1", 0, 1 - 2.0**-53, "Give fractions of 1, not percentages.", without=0.0)
_INTERVAL = Pair((NUMBER, NUMBER), ("lower", "upper"), "interval", ordered=True)

_GNEITING_2007 = (
    "T. Gneiting and A. E. Raftery, Strictly proper scoring rules, prediction, and estimation, Journal of the American "
    "Statistical Association 102, 2007."
)
_FERRO_2014 = "C. A. T. Ferro, Fair scores for ensemble forecasts, Quarterly Journal of the Royal Meteorological Society 140, 2014."

# Beyond it, the difference of two numbers may be out of range.
_HUGE = 2.0**1020


def _in_range(x, y):
    """Return both, with columns of huge numbers divided by 16, and by what each column was divided."""
    sizes = np.maximum(np.max(abs(x), axis=0), abs(y) if y.ndim == 1 else np.max(abs(y), axis=0))
    if not np.max(sizes) > _HUGE:
        return x, y, 1.0
    unit = np.where(sizes > _HUGE, 16.0, 1.0)
    return x / unit, y / unit, unit


def _pairs(members, fair):
    """Return how many pairs of members the mean distance is over: M², or M (M − 1), which leaves out those of a member with itself."""
    return members * (members - 1 if fair else members)


def _crps(x, y, *, fair):
    """Value and gradient of mean |x − y| less half the mean |x_i − x_j|, members first.

    Between neighbours of the sorted members and the target, i members lie below. Such a gap counts (i/M)² below the target and
    (1 − i/M)² above it, or i (i − 1)/M (M − 1) and the like for ``fair``: no term is negative.
    """
    members, pairs = len(x), _pairs(len(x), fair)
    x, y, unit = _in_range(x, y)
    ordered = np.sort(x, axis=0)
    low, high = ordered[:-1], ordered[1:]
    between = np.clip(y, low, high)
    i = np.arange(1.0, members)[:, None]
    below, above = i * (i - fair) / pairs, (members - i) * (members - i - fair) / pairs
    outside = np.maximum(ordered[0] - y, 0) + np.maximum(y - ordered[-1], 0)
    gaps = (between - low) * below + (high - between) * above
    yield (outside + (add_up(gaps) if members > 1 else 0.0)) * unit
    order = np.argsort(x, axis=0, kind="stable")
    ordered = np.take_along_axis(x, order, axis=0)
    slope = np.empty_like(x)
    # Members above a member less those below it; those equal to it are neither.
    np.put_along_axis(slope, order, _beyond(ordered[::-1])[::-1] - _beyond(ordered), axis=0)
    slope += (members - fair) * np.sign(x - y)
    yield slope / pairs


def _beyond(ordered):
    """Return how many members come before each in an order, those equal to it left out."""
    places = np.broadcast_to(np.arange(float(len(ordered)))[:, None], ordered.shape).copy()
    places[1:][ordered[1:] == ordered[:-1]] = 0
    return np.maximum.accumulate(places, axis=0)


def _crps_of_quantiles(q, y, levels):
    """Value and gradient of 2/K Σ_k ρ(y − q_k), ρ the pinball loss of level τ_k; at a kink the slope 0 is taken."""
    count, tau = len(q), levels[:, None]
    scaled, y, unit = _in_range(q, y)
    error = scaled - y
    slope = np.clip(np.sign(error), -tau, 1 - tau)
    yield add_up(slope * error) * 2 / count * unit
    yield slope * 2 / count


def _energy(x, y, *, members, beta, fair):
    """Value and gradient of mean ‖x − y‖^β less half the mean ‖x_i − x_j‖^β, for members and dimensions first."""
    pairs = _pairs(members, fair)
    x, y, unit = _in_range(x, y)
    x = x.reshape(members, -1, x.shape[1])
    away = x - y
    size = np.max(abs(away), axis=(0, 1))
    # A power of two, so that to divide by it rounds nothing; a square is then neither too large nor too small.
    near = np.ldexp(1.0, np.frexp(size)[1])
    x, away = x / near, away / near
    lengths = np.sqrt(np.sum(away * away, axis=1))
    steps = range(1, members)
    apart = [x[step:] - x[:-step] for step in steps]
    distances = [np.sqrt(np.sum(d * d, axis=1)) for d in apart]
    if beta == 2 and not fair:
        middle = add_up(away) / members
        value = np.sum(middle * middle, axis=0)
    elif beta == 1:
        # M Σ a_i − Σ d_ij, of lengths a and distances d: what each triangle's sides a_i + a_j have more than d_ij, which is not negative.
        value = add_up(lengths) * (not fair)
        for step, d in zip(steps, distances, strict=True):
            value = value + add_up(_detour(away[step:], away[:-step], lengths[step:], lengths[:-step], d))
        value = value / pairs
    else:
        value = add_up(lengths**beta) / members - sum(add_up(d**beta) for d in distances) / pairs
    yield value * near**beta * unit**beta
    slope = (members - fair) * _direction(away, lengths, beta)
    for step, difference, d in zip(steps, apart, distances, strict=True):
        pull = _direction(difference, d, beta)
        slope[step:] -= pull
        slope[:-step] += pull
    yield (slope / pairs * near ** (beta - 1) * unit ** (beta - 1)).reshape(-1, slope.shape[2])


def _detour(u, v, a, b, d):
    """Return a + b − d, by how much it is further from u to v through 0, of lengths a and b, than straight, d: ‖b u + a v‖²/(a b (a + b + d))."""
    a, b = a[:, None], b[:, None]
    bow = b * u + a * v
    product = (a * b)[:, 0]
    found = np.sum(bow * bow, axis=1) / (product * (a[:, 0] + b[:, 0] + d))
    return np.where(product == 0, 0.0, found)


def _direction(vectors, lengths, beta):
    """Return the gradient of ‖v‖^β; 0 at 0."""
    at_zero = lengths == 0
    lengths = np.where(at_zero, 1.0, lengths)
    return vectors / lengths[:, None] * np.where(at_zero, 0.0, beta * lengths ** (beta - 1))[:, None]


# NumPy has none. That of the C library takes as long a number as the rest of the kernel.
_erf = np.frompyfunc(math.erf, 1, 1)
# 1/√π; the value at z = 0, (√2 − 1)/√π; √(2/π).
_LONE, _LEAST, _TOP = 0.5641895835477563, 0.23369497725510913, 0.7978845608028654
# ½ log 2 in two parts.
_HALF_LOG_2 = 0.34657359027997264, 1.1595234069231498e-17


def _half_square(error, rest, scale):
    """Return ½ z² of z = (error + rest)/scale in two parts; beyond |z| = 40, where exp(−½ z²) is 0, the second is 0."""
    z = error / scale
    near = abs(z) < 40
    # Near the size of 1, halves of the digits multiply without overflow.
    mantissa, exponent = np.frexp(scale)
    error, rest = np.ldexp(error * near, -exponent), np.ldexp(rest * near, -exponent)
    z = np.where(near, error / mantissa, z)
    (a, b), (c, d) = split(z * near), split(mantissa)
    product = z * near * mantissa
    low = ((error - product) - (((a * c - product) + (a * d + b * c)) + b * d) + rest) / mantissa
    square = z * z
    off = ((a * a - square * near) + 2 * a * b) + b * b
    return 0.5 * square, np.where(near, z * low + 0.5 * off, 0.0)


def _crps_of_normal(loc, scale, target):
    """Value and derivatives of σ (z (2Φ(z) − 1) + 2φ(z) − 1/√π), z = (y − μ)/σ.

    What is above the value at z = 0 is |e| erf(|z|/√2) − σ √(2/π) (1 − exp(−z²/2)).
    """
    # What subtract returns for NaN is a number, and would hide it.
    error, (_, rest) = loc - target, subtract(loc, target)
    half, low = _half_square(error, rest, scale)
    chance = _erf(math.sqrt(0.5) * (error / scale)).astype(DOUBLE)
    yield np.maximum(error * chance + _TOP * scale * np.expm1(-half), 0) + _LEAST * scale
    yield chance + 0.0
    yield _LONE * np.expm1((_HALF_LOG_2[0] - half) + (_HALF_LOG_2[1] - low))
    density = _TOP * np.exp(-half) * (1 - low)
    yield density / scale
    # 0 far out, where z² is ∞.
    yield np.where(density == 0, 0.0, half * 2 * density / scale)


def _interval(lower, upper, target, alpha):
    """Value and derivatives of u − l + 2/α ((l − y)₊ + (y − u)₊); at the kinks the slope of the width alone is taken."""
    below, above = np.maximum(lower - target, 0), np.maximum(target - upper, 0)
    yield (upper - lower) + (below + above) / alpha * 2
    yield np.where(below > 0, 2 / alpha - 1, -1.0)
    yield np.where(above > 0, 1 - 2 / alpha, 1.0)
    yield np.zeros_like(lower)
    yield np.zeros_like(upper)


class _Vectors(Columns):
    """A loss of ensembles of vectors, (..., M, D), against one vector each, (..., D): ``kernel(x, y)``, x with members and dimensions first."""

    def __init__(self, kernel, ensemble, target, **options):
        shape = ensemble.check_all().array.shape
        self.lead = shape[:-2]
        flat = np.ascontiguousarray(ensemble.array).reshape(-1, shape[-2] * shape[-1])
        super().__init__(
            kernel,
            Argument(ensemble.name, flat, ensemble.kind),
            axis=1,
            dtype=float_dtype(ensemble, target),
            double=True,
            **options,
        )
        self.given, self.shape = self.fold(Argument(ensemble.name, flat, ensemble.kind)), shape
        self.vectors = target.check_all().array.reshape(-1, shape[-1])

    def shape_of_values(self):
        """Return the shape of the values for ``reduction="none"``."""
        return self.lead

    def block(self, before, after):
        """Return ensembles and vectors."""
        return None, self.cut(self.given, before, after), self.vectors[before].T.astype(DOUBLE)


def _read_fair(fair, members):
    """Read whether the estimate is the unbiased one, which needs two members."""
    fair = read_flag("fair", fair)
    if fair and members < 2:
        raise ValueError("fair = True needs two members, but ensemble has one. Pass more members, or leave fair out.")
    return fair


def _read_levels(levels, count):
    """Read the levels of quantiles: between 0 and 1, increasing, one for each."""
    found = _LEVEL.read("levels", levels).check_all().array.astype(DOUBLE)
    if found.shape != (count,):
        raise ValueError(
            f"levels has shape {found.shape}, but there are {count} quantiles. Pass {count} numbers, one for each quantile."
        )
    falls = np.flatnonzero(found[1:] <= found[:-1])
    if falls.size:
        n = int(falls[0]) + 1
        raise ValueError(
            f"levels must increase, but levels[{n}] = {found[n].item()!r} follows {found[n - 1].item()!r}. Sort them, and the "
            f"quantiles with them."
        )
    return found


@loss(
    **_FAMILY,
    each="column",
    arguments={"ensemble": _ENSEMBLE, "target": _OUTCOME},
    references=(_GNEITING_2007, _FERRO_2014),
)
def crps_ensemble(
    ensemble: ArrayLike,
    target: ArrayLike,
    *,
    fair: bool = False,
    sample_weight: ArrayLike | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Continuous ranked probability score of an ensemble: the area between its steps and the step at what was observed.

    Use it to judge, or to train, forecasts that are a sample: the members of a weather model, draws of a posterior, dropout passes.

    .. math:: \ell(x, y) = \frac1M \sum_i |x_i - y| - \frac1{2 M^2} \sum_{i, j} |x_i - x_j|
        = \int \Bigl(\frac{\#\{i : x_i \le t\}}{M} - [y \le t]\Bigr)^2 dt

    Parameters
    ----------
    ensemble : array_like
        Ensembles x, finite numbers in the unit of ``target``, with M members along ``axis``, in any order.
    fair : bool
        Whether the pairs are divided by M (M − 1) in place of M²: the unbiased estimate of what infinitely many members
        would score. It needs two members, and may be 0 for an ensemble that is off.
    axis : int
        The axis of the members.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The score, ≥ 0, in the unit of ``target``; less is better: a scalar, or an array of the shape of ``target`` for ``"none"``.

    See Also
    --------
    crps_quantile : The same of quantiles; with the levels (k − ½)/M it is this.
    energy_score : The same of vectors.
    mae_loss : What it is with one member.

    Notes
    -----
    The gradient of a member is the sign of x_i − y over M, less the share of members below it and more that of those above it; where
    numbers are equal, the slope 0 is taken. Without ``fair``, a few members are scored for lying close together: with M = 2 and a standard
    normal truth, those of spread 0.38 score best.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.crps_ensemble([1.0, 2.0, 4.0, 7.0], 3.0))
    0.75
    >>> print(lossbook.crps_ensemble([1.0, 2.0, 4.0, 7.0], 3.0, fair=True).round(4))
    0.3333
    >>> print(lossbook.grad(lossbook.crps_ensemble)([1.0, 2.0, 4.0, 7.0], 3.0))
    [-0.0625 -0.1875  0.1875  0.0625]
    """
    axis = read_class_axis(axis, ensemble)
    kernel = partial(_crps, fair=_read_fair(fair, ensemble.array.shape[axis]))
    return Observed(kernel, ensemble, target, sample_weight=sample_weight, axis=axis, reduction=reduction)


@loss(
    **_FAMILY,
    each="column",
    arguments={"quantiles": _QUANTILES, "target": _OUTCOME},
    references=(_GNEITING_2007,),
)
def crps_quantile(
    quantiles: ArrayLike,
    target: ArrayLike,
    *,
    levels: ArrayLike,
    sample_weight: ArrayLike | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Twice the mean pinball loss of several quantiles: the continuous ranked probability score, as far as they tell it.

    Use it where a forecast is a list of quantiles, and to train a model that gives them.

    .. math:: \ell(q, y) = \frac2K \sum_k \max\bigl(\tau_k (y - q_k),\, (\tau_k - 1)(y - q_k)\bigr)

    Parameters
    ----------
    quantiles : array_like
        Quantiles q, finite numbers in the unit of ``target``, with K levels along ``axis``. They may cross: each is scored by itself.
    levels : array_like
        The K levels τ, between 0 and 1 and increasing: ``[0.1, 0.5, 0.9]``.
    axis : int
        The axis of the levels.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The score, ≥ 0, in the unit of ``target``; less is better: a scalar, or an array of the shape of ``target`` for ``"none"``.

    See Also
    --------
    pinball_loss : The loss of one quantile.
    crps_ensemble : The same number, for the levels (k − ½)/K.

    Notes
    -----
    The mean over levels stands for an integral from 0 to 1. Levels (k − ½)/K divide it evenly; levels k/(K + 1) leave out both ends, and
    the score is another. Where a quantile is the target, the slope 0 is taken.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.crps_quantile([1.0, 2.0, 4.0, 7.0], 3.0, levels=[0.125, 0.375, 0.625, 0.875]))
    0.75
    >>> print(lossbook.grad(lossbook.crps_quantile)([1.0, 4.0], 3.0, levels=[0.25, 0.75]))
    [-0.25  0.25]
    """
    axis = read_class_axis(axis, quantiles)
    taus = _read_levels(levels, quantiles.array.shape[axis])
    return Observed(
        _crps_of_quantiles,
        quantiles,
        target,
        params=(taus,),
        sample_weight=sample_weight,
        axis=axis,
        reduction=reduction,
    )


@loss(
    **_FAMILY,
    each="ensemble",
    arguments={"ensemble": _VECTORS, "target": _VECTOR},
    references=(_GNEITING_2007,),
)
def energy_score(
    ensemble: ArrayLike,
    target: ArrayLike,
    *,
    beta: float = 1.0,
    fair: bool = False,
    sample_weight: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Energy score of an ensemble of vectors: how far it is from what was observed, less half its own spread.

    Use it to judge, or to train, samples of several numbers that belong together: a wind vector, a path, prices of many goods.

    .. math:: \ell(x, y) = \frac1M \sum_i \lVert x_i - y \rVert^\beta - \frac1{2 M^2} \sum_{i, j} \lVert x_i - x_j \rVert^\beta

    Parameters
    ----------
    ensemble : array_like
        Ensembles x, finite numbers of shape (..., M, D): M members, each a vector of D numbers. Bring these to one scale first.
    beta : float
        Exponent β, above 0 and at most 2. For β = 2 the score is the squared error of the ensemble's mean, and tells nothing else.
    fair : bool
        Whether the pairs are divided by M (M − 1) in place of M². It needs two members. For β above 1 a fair score may be negative.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The score, in the unit of ``target`` to the power of β; less is better: a scalar, or an array of shape (...) for ``"none"``.

    See Also
    --------
    crps_ensemble : The score for D = 1 and β = 1, in time M log M.

    Notes
    -----
    The gradient of ‖v‖ at 0 is taken to be 0. All M (M − 1)/2 distances are computed, one after the other, from differences: the squares
    of numbers that lie far from 0 are not subtracted. For β = 1 no term that is added is negative.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.energy_score([[3.0, 4.0], [-3.0, -4.0]], [0.0, 0.0]))
    2.5
    >>> print(lossbook.grad(lossbook.energy_score)([[3.0, 4.0], [-3.0, -4.0]], [0.0, 0.0]))
    [[ 0.15  0.2 ]
     [-0.15 -0.2 ]]
    """
    array = ensemble.array
    if array.ndim < 2:
        raise ValueError(
            f"ensemble has shape {array.shape}, but it must have an axis of members and one of dimensions, (..., M, D). "
            f"Add what is missing, as in ensemble[:, None]."
        )
    if target.array.shape != array.shape[:-2] + array.shape[-1:]:
        raise ValueError(
            f"target has shape {target.array.shape}, but ensemble without its axis of members has shape "
            f"{array.shape[:-2] + array.shape[-1:]}. Reshape target: shapes must match exactly and are never broadcast."
        )
    beta = read_number("beta", beta, 0, 2, above=True, what="a number above 0 and at most 2")
    kernel = partial(_energy, members=array.shape[-2], beta=beta, fair=_read_fair(fair, array.shape[-2]))
    return _Vectors(kernel, ensemble, target, sample_weight=sample_weight, reduction=reduction)


@loss(
    **_FAMILY,
    each="element",
    arguments={"prediction": LOCATION_AND_SCALE, "target": NUMBER},
    references=(_GNEITING_2007,),
)
def crps_gaussian(
    prediction: tuple[ArrayLike, ArrayLike],
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Continuous ranked probability score of a normal distribution.

    Use it to train location and scale together where a few targets may be far off: it grows with the error, not with its square.

    .. math:: \ell(\mu, \sigma, y) = \sigma \Bigl(z \bigl(2 \Phi(z) - 1\bigr) + 2 \varphi(z) - \frac1{\sqrt\pi}\Bigr), \qquad z = \frac{y - \mu}\sigma

    Returns
    -------
    numpy.floating or numpy.ndarray
        The score, ≥ 0, in the unit of ``target``; less is better: a scalar, or an array of its shape for ``"none"``; 0 where
        ``where`` leaves an element out.

    See Also
    --------
    crps_ensemble : The same of a sample.
    mae_loss : What it is in the limit of a scale of 0.

    Notes
    -----
    Φ and φ are the distribution function and the density of the standard normal distribution. The gradient is 1 − 2Φ(z) in μ, and
    2φ(z) − 1/√π in σ, which lies between −0.565 and 0.234. Both together are convex. For one error the best scale is its size over √(log 2).

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.crps_gaussian(([0.0], [1.0]), [0.0]).round(4))
    0.2337
    >>> by_loc, by_scale = lossbook.grad(lossbook.crps_gaussian)(([0.0], [1.0]), [3.0])
    >>> print(by_loc.round(4), by_scale.round(4))
    [-0.9973] [-0.5553]
    """
    return Elementwise(
        _crps_of_normal, prediction, target, weight=weight, where=where, reduction=reduction, double=True, degree=1
    )


@loss(
    **_FAMILY,
    each="element",
    arguments={"prediction": _INTERVAL, "target": NUMBER},
    references=(
        "R. L. Winkler, A decision-theoretic approach to interval estimation, Journal of the American Statistical Association 67, 1972.",
        _GNEITING_2007,
    ),
)
def interval_score(
    prediction: tuple[ArrayLike, ArrayLike],
    target: ArrayLike,
    *,
    alpha: float,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Interval score (Winkler's): the width of an interval, and 2/α times how far the target lies outside.

    Use it to judge prediction intervals: wide ones cost, and so do those that miss. The two ends that it asks for are quantiles.

    .. math:: \ell(l, u, y) = (u - l) + \frac2\alpha \bigl((l - y)_+ + (y - u)_+\bigr)

    Parameters
    ----------
    alpha : float
        The share α of targets that may lie outside, above 0 and below 1: 0.1 for intervals of 90 %. The ends are then asked to be the
        quantiles of levels α/2 and 1 − α/2.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The score, ≥ 0, in the unit of ``target``; less is better: a scalar, or an array of its shape for ``"none"``; 0 where
        ``where`` leaves an element out.

    See Also
    --------
    pinball_loss : The score is 2/α times those of both ends.
    crps_quantile : Of quantiles of any levels.

    Notes
    -----
    The gradient is −1 in the lower end, and 2/α more where the target lies below it; 1 in the upper end, and 2/α less where the target
    lies above it. Where an end is the target, the slope of the width alone is
    taken. Ends that cross are refused: they are no interval.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.interval_score(([1.0, 1.0], [3.0, 3.0]), [2.0, 3.5], alpha=0.1, reduction="none"))
    [ 2. 12.]
    >>> print(lossbook.grad(lossbook.interval_score)(([1.0], [3.0]), [3.5], alpha=0.1))
    (array([-1.]), array([-19.]))
    """
    alpha = read_number("alpha", alpha, 0, math.nextafter(1, 0), above=True, what="a number above 0 and below 1")
    return Elementwise(
        _interval,
        prediction,
        target,
        params=(alpha,),
        weight=weight,
        where=where,
        reduction=reduction,
        double=True,
        degree=1,
    )
