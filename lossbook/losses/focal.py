"""Focal losses: cross entropies that turn down what is classified well.

Both are computed in float64, whatever the logits' dtype: the power γ multiplies the rounding errors of 1 − p, and
float32 would leave too few digits. The formulas and what is proved of them stand on the cards in
:mod:`lossbook.cards.focal`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from lossbook.engine.arguments import (
    ALPHA,
    BINARY,
    LABELS,
    LOGITS,
    REAL,
    SCORES,
    SINGLE,
    float_dtype,
    labels_along,
    read_class_axis,
    read_number,
    read_vector,
)
from lossbook.engine.columns import Labelled
from lossbook.engine.elementwise import Elementwise
from lossbook.engine.loss import loss
from lossbook.numerics.focusing import LARGE, focused, focused_for_single
from lossbook.numerics.limits import times
from lossbook.numerics.softmax import Against, against, with_complement

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike

    from lossbook.engine.types import Reduction


_FAMILY = {"family": "focal", "group": "classes"}
_PAGE = "book/unequal/focal_loss"
_LIN_2017 = "T.-Y. Lin, P. Goyal, R. Girshick, K. He and P. Dollár, Focal loss for dense object detection, ICCV 2017."


_GAMMA = {"low": 0, "high": REAL.high, "what": "a finite number ≥ 0"}


def _sigmoid_focal(z, y, pos_weight, neg_weight, gamma):
    """Value and derivatives of α_t (1 − p)^γ L, p = σ(x) being the probability of the label, x = ±z its logit, L = −log p."""
    sign = 2 * y - 1
    return focused(z * sign, sign, pos_weight * y + neg_weight * (1 - y), gamma)


def _sigmoid_focal_for_single(z, y, pos_weight, neg_weight, gamma):
    """Value and derivatives of the same, where single precision, or a huge γ, hides what rounding takes off a power."""
    sign = 2 * y - 1
    return focused_for_single(z * sign, sign, pos_weight * y + neg_weight * (1 - y), gamma)


def _softmax_focal(z, k, gamma):
    """Value and derivatives of (1 − p_k)^γ (−log p_k), with 1 − p_k = Σ_{j≠k} p_j, and what rounding took off put back."""
    softmax = Against(z, k)
    missing, off, s, t = softmax.missing()
    L = softmax.cross_entropy() + s / softmax.total
    power = missing**gamma
    value = times(power, L)
    yield value + times(value, gamma * off)
    gradient, rate = _shares_and_rate(softmax, power, L, gamma)
    gradient *= rate + rate * (gamma * off - t / softmax.total)
    yield gradient
    yield _softmax_focal_curvature(z, k, gamma)


def _softmax_focal_for_single(z, k, gamma):
    """Value and derivatives of the same, where single precision hides what rounding takes off."""
    softmax = against(z, k)
    L = softmax.cross_entropy()
    power = (softmax.others / softmax.total) ** gamma
    yield times(power, L)
    gradient, rate = _shares_and_rate(softmax, power, L, gamma)
    gradient *= rate
    yield gradient
    yield _softmax_focal_curvature(z, k, gamma)


def _softmax_focal_curvature(z, k, gamma):
    """Return the second derivatives by each score, with m = 1 − p_k, L = −log p_k and the share s_j = p_j/m of a class j ≠ k.

    At the label m^γ ((1 + 2γ) p m + γ p L (γ p − m)), as for two classes; at a class j ≠ k, by the product rule,
    s_j m^γ ((1 − p_j)(m + γ p L) + s_j γ p (2m + (γ p − 1) L)).
    """
    softmax = Against(z, k)
    p, m, L = softmax.own / softmax.total, softmax.others / softmax.total, softmax.cross_entropy()
    p_L = times(p, L)
    share = softmax.e / np.where(softmax.others > 0, softmax.others, 1)
    rest = with_complement(z)[1]
    curvature = share * (rest * (m + gamma * p_L) + share * (gamma * (2 * p * m + gamma * p * p_L - p_L)))
    softmax.put(curvature, (1 + 2 * gamma) * p * m + gamma * p_L * (gamma * p - m))
    curvature *= m**gamma
    return curvature


def _shares_and_rate(softmax, power, L, gamma):
    """Return two factors of the gradient.

    The slope is −(1 − p_k)^γ (1 − p_k + γ p_k L) at the label, as for two classes. At a class j ≠ k it is that, with the
    sign turned, times p_j/(1 − p_k): the share of the others in what the label loses.
    """
    shares = softmax.e
    softmax.put(shares, -softmax.others)
    some = np.where(softmax.others > 0, softmax.others, 1)
    return shares, power * (1 + gamma * times(softmax.own, L) / some) / softmax.total


@loss(
    **_FAMILY,
    page=_PAGE,
    each="element",
    arguments={"logits": LOGITS, "target": BINARY},
    references=(_LIN_2017,),
)
def sigmoid_focal_loss(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    alpha: float | None = 0.25,
    gamma: float = 2.0,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Focal loss of logits: the binary cross entropy of each element, turned down where it is classified well.

    Use it where easy negatives are so many that together they drown the rest, as in dense object detection.

    .. math:: \ell(z, y) = -\alpha_t\, (1 - p_t)^\gamma \log p_t, \qquad
        (p_t, \alpha_t) = \begin{cases} (\sigma(z), \alpha) & y = 1 \\ (\sigma(-z), 1 - \alpha) & y = 0 \end{cases}

    Parameters
    ----------
    target : array_like
        Labels y, 0 or 1; same shape. Soft targets have no agreed meaning here and are refused.
    alpha : float or None
        Weight α in [0, 1] of the positives; the negatives have 1 − α. ``None`` leaves the balance out: α_t = 1.
    gamma : float
        How strongly the well classified are turned down, γ ≥ 0; 0 gives the (balanced) binary cross entropy.
    reduction : {"mean", "sum", "none"}
        How the elements are combined. The mean divides by the number of elements that count; α does not enter the divisor. (The
        original divides the sum by the number of positives.)

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``logits`` for ``"none"``. An infinite logit gives the
        limit: 0 on the label's side, +∞ on the other, and 0 where the balance is 0.

    See Also
    --------
    softmax_focal_loss : Several classes.
    binary_cross_entropy_with_logits, balanced_binary_cross_entropy_with_logits : The loss with γ = 0.

    Notes
    -----
    The loss is not convex in z: its second derivative is negative where p_t is small, and ``hessian_diag`` returns it as
    it is. It is not proper either: σ(z) at the minimum is not the probability of label 1.

    Examples
    --------
    >>> import lossbook
    >>> from math import log
    >>> logits = [log(9), -log(4)]  # probabilities 0.9 and 0.2
    >>> focal = lossbook.sigmoid_focal_loss(logits, [1, 1], alpha=None, gamma=2, reduction="none")
    >>> print(focal / lossbook.binary_cross_entropy_with_logits(logits, [1, 1], reduction="none"))
    [0.01 0.64]
    """
    weights = (1.0, 1.0)
    if alpha is not None:
        alpha = read_number("alpha", alpha, 0, 1, what="a number in [0, 1], or None")
        weights = (alpha, 1 - alpha)
    gamma = read_number("gamma", gamma, **_GAMMA)
    # Single precision has no digits that the power could cost.
    single = float_dtype(logits, target) == SINGLE or gamma > LARGE
    kernel = partial(_sigmoid_focal_for_single if single else _sigmoid_focal, gamma=gamma)
    return Elementwise(kernel, logits, target, params=weights, where=where, reduction=reduction, double=True)


@loss(
    **_FAMILY,
    page=_PAGE,
    each="column",
    arguments={"logits": SCORES, "labels": LABELS},
    references=(_LIN_2017,),
)
def softmax_focal_loss(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    alpha: ArrayLike | None = None,
    gamma: float = 2.0,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Focal loss of several classes: the cross entropy of each element, turned down where it is classified well.

    Use it where one class, such as the background, has so many easy elements that together they drown the rest.

    .. math:: \ell(z, k) = -\alpha_k\, (1 - p_k)^\gamma \log p_k, \qquad p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}

    Parameters
    ----------
    alpha : float or array_like, optional
        Factors α in [0, 1]: one for each class, or one number for all, which rescales the loss and balances nothing. It
        is part of the loss and does not enter the mean's divisor.
    ignore_index : int, optional
        Label of the elements that are left out, such as 255 or −1. If all are left out, the loss and its gradient are zero.
        Their class stays in the softmax of the others.
    reduction : {"mean", "sum", "none"}
        How the elements are combined. The mean divides by the number of elements that are not left out.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``labels`` for ``"none"``; 0 where an element is left out.
        Infinite logits give the limit for ±∞ read as ±t, t → ∞, so that equal infinities go together.

    See Also
    --------
    sigmoid_focal_loss : Independent labels; for two classes the same loss at the logit z₁ − z₀.
    cross_entropy : The loss with γ = 0.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.softmax_focal_loss([[2.0, 1.0, 0.0]], [0], gamma=0).round(4))
    0.4076
    >>> print(lossbook.softmax_focal_loss([[2.0, 1.0, 0.0]], [0], alpha=[0.5, 1, 1]).round(4))
    0.0228
    """
    axis = read_class_axis(axis, logits)
    k = labels_along(labels, logits, axis, ignore_index)
    classes = logits.array.shape[axis]
    if alpha is not None:
        alpha = np.broadcast_to(read_vector("alpha", alpha, classes, ALPHA, "class"), classes)
    gamma = read_number("gamma", gamma, **_GAMMA)
    single = float_dtype(logits) == SINGLE
    kernel = partial(_softmax_focal_for_single if single else _softmax_focal, gamma=gamma)
    options = {"axis": axis, "reduction": reduction, "sample_weight": sample_weight, "derivatives": 2}
    return Labelled(kernel, logits, k, factor=alpha, double=True, **options)
