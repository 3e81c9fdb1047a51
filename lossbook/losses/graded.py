"""Losses of yes-or-no answers that are graded, or nearly all no: the cross entropy of a logit, turned up and down element by element.

All are computed in float64, whatever the logits' dtype, as focal losses are: a power multiplies the rounding errors of its base.
The formulas and what is proved of them stand on the cards in :mod:`lossbook.cards.graded`.
"""

from __future__ import annotations

from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

from lossbook.engine.arguments import (
    BINARY,
    GRADES,
    LOGITS,
    MULTI_LABEL,
    REAL,
    SCORES,
    read_class_axis,
    read_class_weight,
    read_count,
    read_number,
    read_where,
    same_shape,
)
from lossbook.engine.blocks import fitting, runs, slabs
from lossbook.engine.columns import Paired
from lossbook.engine.elementwise import Elementwise
from lossbook.engine.loss import loss
from lossbook.numerics.focusing import LARGE, focused, focused_for_single
from lossbook.numerics.limits import times
from lossbook.numerics.powers import add, divide, exponential_in_two, multiply_pairs, settle
from lossbook.numerics.sums import add_up, subtract

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike

    from lossbook.engine.types import Reduction


_FAMILY = {"family": "graded targets", "group": "classes", "page": "book/unequal/graded_targets"}
_GRADED = {**_FAMILY, "each": "element", "arguments": {"logits": LOGITS, "target": GRADES}}
_BINARY = {**_FAMILY, "each": "element", "arguments": {"logits": LOGITS, "target": BINARY}}
_EXPONENT = {"low": 0, "high": REAL.high, "what": "a finite number ≥ 0"}

# There e^−|z| is 0.
_FAR = 746.0

# So many elements are worked off at a time where each takes many steps.
_FEW = 4096


def _merge(like, *parts):
    """Yield what the generators of several parts yield, each put to the places of its part."""
    parts = [(places, run) for places, run in parts if places.size]
    for _ in range(3):
        merged = np.empty_like(like)
        for places, run in parts:
            merged[places] = next(run)
        yield merged


def _focal(z, y, gamma, scale=1.0):
    """Value and derivatives of scale · (1 − p)^γ (−log p), p being the probability of the label."""
    sign = 2 * y - 1
    return (focused_for_single if gamma > LARGE else focused)(z * sign, sign, scale, gamma)


def _cross_entropy(z, y):
    """Return the cross entropy of logits, log1p(e^−|z|) + |z| times what the label says against z, and e^−|z|."""
    e = np.exp(-abs(z))
    return np.log1p(e) + times(abs(z), np.where(z < 0, y, 1 - y)), e


def _difference(z, y):
    """Return σ(z) − y as a pair with the digits of both: where they are nearly equal, that of rounded numbers has none."""
    pair = np.empty((2, z.size))
    for few in runs(z.size, _FEW):
        pair[:, few] = _difference_of_few(z[few], y[few])
    return pair


def _difference_of_few(z, y):
    """Return ((1 − y) − y e)/(1 + e) for z ≥ 0, and (e (1 − y) − y)/(1 + e) for z < 0, with e = e^−|z|, in two parts."""
    e = exponential_in_two(-np.minimum(abs(z), _FAR))
    one = np.ones_like(z), np.zeros_like(z)
    below = z < 0
    p, rest = (tuple(np.where(below, *parts) for parts in zip(*sides, strict=True)) for sides in ((e, one), (one, e)))
    on, off = multiply_pairs(p, subtract(one[0], y)), multiply_pairs(rest, (y, np.zeros_like(y)))
    return settle(divide(settle(add(on, (-off[0], -off[1]))), add(one, e)))


def _power(x, exponent):
    """Return |x|^exponent of a pair."""
    off = np.where(x[0] == 0, 0, x[1] / x[0])
    return abs(x[0]) ** exponent * np.exp(np.minimum(exponent * off, 700))


def _quality_focal(z, y, beta):
    """Value and derivatives of |p − y|^β times the cross entropy; at a label 0 or 1 that is the focal loss."""
    hard = (y == 0) | (y == 1)
    label, grade = np.flatnonzero(hard), np.flatnonzero(~hard)
    return _merge(z, (label, _focal(z[label], y[label], beta)), (grade, _of_grades(z[grade], y[grade], beta)))


def _of_grades(z, y, beta):
    """Value and derivatives of |d|^β L, with d = p − y, p' = p (1 − p) and L' = d."""
    difference = _difference(z, y)
    d, power = difference[0], _power(difference, beta)
    loss, e = _cross_entropy(z, y)
    yield times(power, loss)
    spread = e / (1 + e) ** 2
    level = beta * times(spread, loss)
    rate = np.where(d == 0, 0, level * _power(difference, beta - 1))
    yield np.sign(d) * (rate + abs(d) * power)
    bend = (beta - 1) * spread * rate / np.where(d == 0, 1, abs(d))
    if 1 < beta <= 2:
        bend = np.where(d == 0, level * spread if beta == 2 else np.inf, bend)
    yield bend - np.sign(d) * np.tanh(z / 2) * rate + (2 * beta + 1) * power * spread


def _varifocal(z, q, alpha, gamma):
    """Value and derivatives: q times the cross entropy where q > 0, α p^γ (−log(1 − p)) where q = 0."""
    yes, no = np.flatnonzero(q > 0), np.flatnonzero(q == 0)
    zeros = np.zeros(no.size)
    return _merge(z, (yes, _of_quality(z[yes], q[yes])), (no, _focal(z[no], zeros, gamma, alpha)))


def _of_quality(z, q):
    """Value and derivatives of q times the cross entropy."""
    loss, e = _cross_entropy(z, q)
    yield times(q, loss)
    yield q * _difference(z, q)[0]
    yield q * (e / (1 + e) ** 2)


def _asymmetric(z, y, gamma_pos, gamma_neg, margin):
    """Value and derivatives: the focal loss of a positive, that of a shifted probability of a negative."""
    yes, no = np.flatnonzero(y), y == 0
    if not margin:
        no = np.flatnonzero(no)
        return _merge(z, (yes, _focal(z[yes], y[yes], gamma_pos)), (no, _focal(z[no], y[no], gamma_neg)))
    # Most negatives are easy, and easy to tell: the slack is for the rounding of the edge.
    edge = np.log(margin) - np.log1p(-margin)
    is_easy = no & (z < edge - 1e-12 * (1 + abs(edge)))
    easy, hard = np.flatnonzero(is_easy), np.flatnonzero(no & ~is_easy)
    negatives = (easy, repeat(0.0)), (hard, _shifted(z[hard], gamma_neg, margin))
    return _merge(z, (yes, _focal(z[yes], y[yes], gamma_pos)), *negatives)


def _shifted(z, gamma, margin):
    """Value and derivatives of u^γ L with u = max(0, p − m) and L = −log(1 − u); where p ≤ m all are 0."""
    difference = _difference(z, np.full_like(z, margin))
    # What is no number stays none.
    inside = ~(difference[0] <= 0)
    u = np.where(inside, difference[0], 0.5)
    power = np.where(inside, _power((u, np.where(inside, difference[1], 0)), gamma), 0)
    e = np.exp(-abs(z))
    left = np.where(z < 0, 1 - u, np.where(z < 0, 1, e) / (1 + e) + margin)
    loss = np.where(u > 0.5, -np.log(left), -np.log1p(-u))
    yield power * np.where(inside, loss, 0)
    # No more than p, however small 1 − u and 1 − p are.
    spread = e / (1 + e) ** 2
    share = spread / left
    pull = gamma * (loss / u) * spread
    rate = times(power, share + pull)
    yield rate
    bend = share * share + 2 * gamma * (share * spread / u) + (gamma - 1) * pull * (spread / u)
    yield times(power, bend) - rate * np.tanh(z / 2)


def _penalty_reduced(z, y, gamma, beta):
    """Value and derivatives: the focal loss of a peak; that of label 0 elsewhere, times (1 − y)^β."""
    peak, rest = np.flatnonzero(y == 1), np.flatnonzero(y != 1)
    scale = _power(subtract(np.ones(rest.size), y[rest]), beta)
    ones, zeros = np.ones(peak.size), np.zeros(rest.size)
    return _merge(z, (peak, _focal(z[peak], ones, gamma)), (rest, _focal(z[rest], zeros, gamma, scale)))


class _Harmonised(Elementwise):
    """A loss of elements whose weights the batch decides; that they are constant between jumps is used for the slope alone."""

    derivatives = 1


def _bins(z, y, bins):
    """Return the bin of each gradient |p − y| = σ(∓z), as a float: there may be more bins than memory."""
    with np.errstate(over="ignore"):
        gradient = 1 / (1 + np.exp((2 * y - 1) * z))
    return np.minimum(np.floor(gradient * bins), bins - 1)


def _count(logits, labels, where, bins):
    """Return the bins that are not empty, and how many elements each has."""
    places, counts = [np.zeros(0)], [np.zeros(0)]
    logits, labels = np.atleast_1d(logits, labels)
    where = None if where is None else np.atleast_1d(where)
    for block in slabs(logits.shape, fitting(8)):
        z, y = (array[block].astype(np.float64) for array in (logits, labels))
        chosen = (z, y) if where is None else (z[where[block]], y[where[block]])
        place, count = np.unique(_bins(*chosen, bins), return_counts=True)
        places.append(place)
        counts.append(count)
    found, index = np.unique(np.concatenate(places), return_inverse=True)
    return found, np.bincount(index, np.concatenate(counts), len(found))


def _harmonised(z, y, bins, found, weights):
    """Value and slope of the cross entropy of a label times the weight of its bin."""
    place = np.searchsorted(found, _bins(z, y, bins))
    return _focal(z, y, 0.0, weights[np.minimum(place, len(found) - 1)])


def _soft_margin(z, y, share):
    """Value and derivatives of Σ_k w_k/K times the cross entropy of z_k; ``share`` is w/K."""
    loss, e = _cross_entropy(z, y)
    yield add_up(times(share, loss))
    near, far = np.where(z < 0, -y, 1 - y), np.where(z < 0, 1 - y, -y)
    yield share * ((near + e * far) / (1 + e))
    yield share * (e / (1 + e) ** 2)


@loss(
    **_GRADED,
    references=(
        (
            "X. Li, W. Wang, L. Wu, S. Chen, X. Hu, J. Li, J. Tang and J. Yang, Generalized focal loss: Learning qualified and "
            "distributed bounding boxes for dense object detection, NeurIPS 2020, arXiv:2006.04388."
        ),
    ),
)
def quality_focal_loss(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    beta: float = 2.0,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Quality focal loss: the cross entropy, turned down the nearer the probability is to a target that may lie between 0 and 1.

    Use it when the target is a quality, such as how well a box fits, and nearly all targets are 0.

    .. math:: \ell(z, y) = |\sigma(z) - y|^\beta \bigl(y \log(1 + e^{-z}) + (1 - y) \log(1 + e^{z})\bigr)

    Parameters
    ----------
    target : array_like
        Qualities y in [0, 1]; same shape. 0 and 1 are labels.
    beta : float
        How strongly a small difference is turned down, β ≥ 0; 0 gives the binary cross entropy.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``logits`` for ``"none"``. It is 0 where σ(z) = y, unless
        β = 0. An infinite logit gives the limit: 0 where the target is that label, +∞ elsewhere.

    See Also
    --------
    sigmoid_focal_loss : With ``alpha=None``, the loss of labels 0 and 1, with γ = β.
    varifocal_loss : Another loss of qualities, which turns down the negatives alone.

    Notes
    -----
    For β < 1 the loss has a cusp where σ(z) = y, and for β = 1 a kink; slope and second derivative are taken as 0 there. For
    1 < β < 2 the second derivative is +∞ there. The loss is not convex in z.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.quality_focal_loss([0.0, 0.0, 2.0], [0.5, 1, 0.5], reduction="none").round(4))
    [0.     0.1733 0.1634]
    """
    kernel = partial(_quality_focal, beta=read_number("beta", beta, **_EXPONENT))
    return Elementwise(kernel, logits, target, where=where, reduction=reduction, double=True)


@loss(
    **_GRADED,
    references=(
        "H. Zhang, Y. Wang, F. Dayoub and N. Sünderhauf, VarifocalNet: An IoU-aware dense object detector, CVPR 2021.",
    ),
)
def varifocal_loss(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    alpha: float = 0.75,
    gamma: float = 2.0,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Varifocal loss: positives weighted by their quality, negatives turned down the easier they are.

    Use it when the target of a positive is its quality, and the positives are so few that none shall be turned down.

    .. math:: \ell(z, q) = \begin{cases} q \bigl(-q \log p - (1 - q) \log(1 - p)\bigr) & q > 0 \\
        -\alpha\, p^\gamma \log(1 - p) & q = 0 \end{cases}, \qquad p = \sigma(z)

    Parameters
    ----------
    target : array_like
        Qualities q in [0, 1]; same shape. What is exactly 0 is a negative; everything else is a positive.
    alpha : float
        Weight α in [0, 1] of the negatives. The positives have their quality.
    gamma : float
        How strongly easy negatives are turned down, γ ≥ 0.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``logits`` for ``"none"``. An infinite logit gives the
        limit: 0 where the target is that label, +∞ elsewhere, and 0 for a negative if α = 0.

    See Also
    --------
    quality_focal_loss : Turns down whatever is near its target.

    Notes
    -----
    The loss jumps at q = 0: a target of 10⁻⁶ is a positive that hardly counts, a target of 0 is a negative. For q > 0 the loss is
    convex in z, and smallest, though not 0, at σ(z) = q.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.varifocal_loss([0.0, 0.0, 0.0], [1, 0.5, 0], reduction="none").round(4))
    [0.6931 0.3466 0.13  ]
    """
    alpha = read_number("alpha", alpha, 0, 1, what="a number in [0, 1]")
    kernel = partial(_varifocal, alpha=alpha, gamma=read_number("gamma", gamma, **_EXPONENT))
    return Elementwise(kernel, logits, target, where=where, reduction=reduction, double=True)


@loss(
    **_BINARY,
    references=(
        (
            "T. Ridnik, E. Ben-Baruch, N. Zamir, A. Noy, I. Friedman, M. Protter and L. Zelnik-Manor, Asymmetric loss for "
            "multi-label classification, ICCV 2021, arXiv:2009.14119."
        ),
    ),
)
def asymmetric_loss(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    gamma_pos: float = 0.0,
    gamma_neg: float = 4.0,
    margin: float = 0.05,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Asymmetric loss of labels: focal losses with an exponent for each side, and easy negatives at no cost at all.

    Use it to rank many labels of which few apply; its probabilities are far too high to be read as such.

    .. math:: \ell(z, y) = \begin{cases} -(1 - p)^{\gamma_+} \log p & y = 1 \\
        -p_m^{\gamma_-} \log(1 - p_m) & y = 0 \end{cases}, \qquad p = \sigma(z), \quad p_m = \max(0, p - m)

    Parameters
    ----------
    target : array_like
        Labels y, 0 or 1; same shape.
    gamma_pos : float
        How strongly a positive is turned down that is classified well, γ₊ ≥ 0.
    gamma_neg : float
        How strongly a negative is turned down that is classified well, γ₋ ≥ 0.
    margin : float
        What is taken off the probability of a negative, m ≥ 0 and below 1. A negative with p ≤ m costs nothing.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``logits`` for ``"none"``. An infinite logit gives the
        limit: 0 on the label's side; on the other +∞ for a positive, and −(1 − m)^γ₋ log m for a negative.

    See Also
    --------
    sigmoid_focal_loss : With ``alpha=None``, the loss with equal exponents and no margin.
    multilabel_soft_margin_loss : The loss without exponents and margin, as a mean over the labels.

    Notes
    -----
    With a margin the loss of a negative is bounded, and its pull goes back to 0 as p → 1: a label that is missing by mistake is
    given up. Where p ≤ m, slope and second derivative are 0; at p = m there is a kink if γ₋ = 0, and the flat side is taken.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.asymmetric_loss([-3.0, 0.0, 3.0], [0, 0, 0], reduction="none").round(4))
    [0.     0.0245 1.5454]
    >>> print(lossbook.asymmetric_loss([-3.0, 0.0, 3.0], [1, 1, 1], reduction="none").round(4))
    [3.0486 0.6931 0.0486]
    """
    margin = read_number("margin", margin, 0, np.nextafter(1.0, 0.0), what="a number ≥ 0 and below 1")
    gammas = {
        name: read_number(name, value, **_EXPONENT)
        for name, value in (("gamma_pos", gamma_pos), ("gamma_neg", gamma_neg))
    }
    kernel = partial(_asymmetric, **gammas, margin=margin)
    return Elementwise(kernel, logits, target, where=where, reduction=reduction, double=True)


@loss(
    **_GRADED,
    references=(
        "H. Law and J. Deng, CornerNet: Detecting objects as paired keypoints, ECCV 2018, arXiv:1808.01244.",
        "X. Zhou, D. Wang and P. Krähenbühl, Objects as points, arXiv:1904.07850, 2019.",
    ),
)
def penalty_reduced_focal_loss(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    gamma: float = 2.0,
    beta: float = 4.0,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Penalty-reduced focal loss of a heat map: peaks are positives, and negatives near a peak count less.

    Use it to find points, such as corners or centres of objects, in a map whose target is a bump around each.

    .. math:: \ell(z, y) = \begin{cases} -(1 - p)^\gamma \log p & y = 1 \\
        -(1 - y)^\beta\, p^\gamma \log(1 - p) & y < 1 \end{cases}, \qquad p = \sigma(z)

    Parameters
    ----------
    target : array_like
        Heat map y in [0, 1]; same shape. Only what is exactly 1 is a peak.
    gamma : float
        How strongly the well classified are turned down, γ ≥ 0; the paper calls it α.
    beta : float
        How strongly a negative is turned down that lies near a peak, β ≥ 0.
    reduction : {"mean", "sum", "none"}
        How the elements are combined. The mean divides by the number of elements that count. (The original divides the sum by the
        number of peaks.)

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``logits`` for ``"none"``. An infinite logit gives the
        limit: at a peak 0 for +∞ and +∞ for −∞, elsewhere the other way round.

    See Also
    --------
    sigmoid_focal_loss : With ``alpha=None``, the loss of a map of zeros and ones.
    quality_focal_loss : Asks for the target itself: its loss is smallest where σ(z) = y.

    Notes
    -----
    The heat map is a weight, not a target: everywhere but at a peak, the loss is smallest at p = 0.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.penalty_reduced_focal_loss([0.0, 0.0, 0.0], [1, 0.5, 0], reduction="none").round(4))
    [0.1733 0.0108 0.1733]
    """
    exponents = {name: read_number(name, value, **_EXPONENT) for name, value in (("gamma", gamma), ("beta", beta))}
    kernel = partial(_penalty_reduced, **exponents)
    return Elementwise(kernel, logits, target, where=where, reduction=reduction, double=True)


@loss(
    **_FAMILY,
    each="image",
    arguments={"logits": LOGITS, "target": BINARY},
    references=("B. Li, Y. Liu and X. Wang, Gradient harmonized single-stage detector, AAAI 2019, arXiv:1811.05181.",),
)
def ghm_loss(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    bins: int = 10,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Gradient harmonised loss: the cross entropy, in which every size of gradient has the same share.

    Use it to see what equal shares for easy, hard and hopeless elements do; wrong labels are among the hopeless.

    .. math:: \ell_i = \frac{N}{K N_i} \bigl(-\log p_{t,i}\bigr), \qquad
        N_i = \#\{j : \lfloor B g_j \rfloor = \lfloor B g_i \rfloor\}, \quad g_i = |\sigma(z_i) - y_i|

    Parameters
    ----------
    target : array_like
        Labels y, 0 or 1; same shape.
    bins : int
        Number B of bins of equal width into which [0, 1] is cut, at least 1; 1 gives the binary cross entropy. The last one
        includes 1.
    reduction : {"mean", "sum", "none"}
        How the elements are combined. The mean divides by the number of elements that count, which is the sum of their weights.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``logits`` for ``"none"``. The mean is the mean over the K bins
        that are not empty, of the mean cross entropy in each. An infinite logit gives the limit: 0 on the label's side, +∞ on the
        other.

    See Also
    --------
    sigmoid_focal_loss : Turns down what is easy, whatever the rest of the batch is.

    Notes
    -----
    The paper divides by the number of all bins; its authors' code, and this loss, by that of the bins that are not empty, so that the
    weights sum to N. No average over batches is kept.

    The loss jumps where an element goes from one bin to the next. Between the jumps the weights are constant, and the gradient,
    N/(K N_i) times that of the cross entropy, is exact.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.ghm_loss([-3.0, -3.0, -3.0, 1.0], [0, 0, 0, 0], reduction="none").round(4))
    [0.0324 0.0324 0.0324 2.6265]
    """
    same_shape(logits, target)
    bins, chosen = read_count("bins", bins), read_where(where, target)
    for argument in (logits, target):
        argument.within(chosen).check_all()
    found, counts = _count(logits.array, target.array, chosen, bins)
    weights = counts.sum() / (len(found) * counts)
    kernel = partial(_harmonised, bins=bins, found=found, weights=weights)
    return _Harmonised(kernel, logits, target, where=where, reduction=reduction, double=True)


@loss(
    **_FAMILY,
    each="column",
    arguments={"logits": SCORES, "target": MULTI_LABEL},
    references=(
        "M.-L. Zhang and Z.-H. Zhou, A review on multi-label learning algorithms, IEEE Transactions on Knowledge and Data Engineering 26, 2014.",
    ),
)
def multilabel_soft_margin_loss(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Multi-label soft margin loss: the mean, over the labels of one example, of their binary cross entropies.

    Use it for labels that do not exclude one another, when each example shall have one value. It has no margin.

    .. math:: \ell(z, y) = \frac{1}{K} \sum_{k=1}^{K} w_k \bigl(y_k \log(1 + e^{-z_k}) + (1 - y_k) \log(1 + e^{z_k})\bigr)

    Parameters
    ----------
    target : array_like
        Labels y, or probabilities of label 1, in [0, 1]; same shape.
    weight : array_like, optional
        Non-negative factors w, one for each label. They are part of the loss: it divides by K, whatever they are.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``logits`` without ``axis`` for ``"none"``. An infinite logit
        gives the limit: 0 on the label's side, +∞ on the other.

    See Also
    --------
    binary_cross_entropy_with_logits : Its mean is the same number where there are no weights.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.multilabel_soft_margin_loss([[0.0, 2.0, -2.0]], [[1, 1, 0]], reduction="none").round(4))
    [0.3157]
    """
    axis = read_class_axis(axis, logits)
    classes = logits.array.shape[axis]
    # They are in no divisor, so that their size counts for a mean, too.
    factor = read_class_weight("weight", weight, classes, "none")
    share = np.ones(classes) / classes if factor is None else factor / classes
    options = {"axis": axis, "reduction": reduction, "sample_weight": sample_weight, "derivatives": 2}
    return Paired(partial(_soft_margin, share=np.reshape(share, (-1, 1))), logits, target, double=True, **options)
