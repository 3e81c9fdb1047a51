"""Focal losses: cross entropies that turn down what is classified well.

Both are computed in float64, whatever the logits' dtype: the power γ multiplies the rounding errors of 1 − p, and
float32 would leave too few digits. The formulas and what is proved of them stand on the cards in
:mod:`lossbook.cards.focal`.
"""

from functools import partial

import numpy as np

from lossbook.engine.arguments import (
    ALPHA,
    BINARY,
    LOGITS,
    REAL,
    SINGLE,
    float_dtype,
    read,
    read_class_axis,
    read_labels_along,
    read_number,
    read_vector,
)
from lossbook.engine.columns import Labelled
from lossbook.engine.elementwise import Elementwise
from lossbook.engine.loss import loss
from lossbook.numerics.limits import times
from lossbook.numerics.softmax import Against
from lossbook.numerics.sums import multiply

_GAMMA = {"low": 0, "high": REAL.high, "what": "a finite number ≥ 0"}


def _sigmoid_focal(z, y, pos_weight, neg_weight, gamma, plainly):
    """Value and derivatives of α_t (1 − p)^γ L, p = σ(x) being the probability of the label, x = ±z its logit, L = −log p.

    With d = 1 + e^−|x|, p = e^min(x, 0)/d, 1 − p = e^−max(x, 0)/d, and L = log d − min(x, 0): none of them cancels, and no
    power below γ is taken, so that γ < 1 is no special case. With p' = p (1 − p) and L' = p − 1 the product rule gives the
    derivatives.

    The power is e^(−γ (max(x, 0) + log d)). Where that would multiply rounding errors that count, it is
    e^(−γ max(x, 0))/d^γ, and what the rounding of γ x and of d took off is taken off the results.
    """
    sign = 2 * y - 1
    x = z * sign
    zero = np.zeros_like(x)
    below, above = np.minimum(x, zero), np.maximum(x, zero)
    p, missing = np.exp(below), np.exp(-above)
    e = p * missing  # e^−|x|
    log = np.log1p(e)
    L = log - below
    d = 1 + e
    p /= d
    missing /= d
    scale = pos_weight * y + neg_weight * (1 - y)
    above = np.minimum(above, _FAR)
    if plainly:
        log += above
        log *= -gamma
        scale *= np.exp(log)
        off = off_slope = None
    else:
        exponent, rest = multiply(gamma, above)
        scale *= np.exp(-exponent)
        scale /= d**gamma
        lost = (e - (d - 1)) / d
        off = rest + gamma * lost
        off_slope = off + lost
    yield _less(times(scale, L), off)
    p_L = times(p, L)
    yield _less(-sign * scale * (missing + gamma * p_L), off_slope)
    yield scale * ((1 + 2 * gamma) * p * missing + gamma * p_L * (gamma * p - missing))


# From the first on, 1 − p and L are 0. Beyond the second, the digits of a power of anything but 1 do not count.
_FAR, _LARGE = 800.0, 1e6


def _less(x, off):
    """Return x − x · off, in the place of x; None takes nothing off."""
    if off is not None:
        x -= times(x, off)
    return x


def _softmax_focal(z, k, gamma, single):
    """Value and gradient of (1 − p_k)^γ (−log p_k), with 1 − p_k = Σ_{j≠k} p_j.

    The slope is −(1 − p_k)^γ (1 − p_k + γ p_k L) at the label, as for two classes. At a class j ≠ k it is that, with the
    sign turned, times p_j/(1 − p_k): the share of the others in what the label loses.

    What rounding took off in float64 counts only where the results are not rounded to single precision anyway.
    """
    softmax = Against(z, k, plainly=single)
    missing, off, s, t = (softmax.others / softmax.total, 0.0, 0.0, 0.0) if single else softmax.missing()
    L = softmax.cross_entropy() + s / softmax.total
    power = missing**gamma
    value = times(power, L)
    yield value + times(value, gamma * off)
    gradient = softmax.e
    gradient[softmax.label] = -softmax.others
    some = np.where(softmax.others > 0, softmax.others, 1)
    rate = power * (1 + gamma * times(softmax.own, L) / some) / softmax.total
    gradient *= rate + rate * (gamma * off - t / softmax.total)
    yield gradient


@loss
def sigmoid_focal_loss(logits, target, *, alpha=0.25, gamma=2.0, reduction="mean"):
    r"""Focal loss of logits: the binary cross entropy of each element, turned down where it is classified well.

    Use it where easy negatives are so many that together they drown the rest, as in dense object detection.

    .. math:: \ell(z, y) = -\alpha_t\, (1 - p_t)^\gamma \log p_t, \qquad
        (p_t, \alpha_t) = \begin{cases} (\sigma(z), \alpha) & y = 1 \\ (\sigma(-z), 1 - \alpha) & y = 0 \end{cases}

    Parameters
    ----------
    logits : array_like
        Scores z, any real numbers including ±∞, any shape.
    target : array_like
        Labels y, 0 or 1; same shape. Soft targets have no agreed meaning here and are refused.
    alpha : float or None
        Weight α in [0, 1] of the positives; the negatives have 1 − α. ``None`` leaves the balance out: α_t = 1.
    gamma : float
        How strongly the well classified are turned down, γ ≥ 0; 0 gives the (balanced) binary cross entropy.
    reduction : {"mean", "sum", "none"}
        How the elements are combined. The mean divides by the number of elements; α does not enter the divisor. (The
        original divides the sum by the number of positives.)

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``logits`` for ``"none"``. An infinite logit gives the
        limit: 0 on the label's side, +∞ on the other.

    Raises
    ------
    ValueError
        If a shape, a value or an option is out of range, or the input is empty.
    TypeError
        If an argument is not numeric.

    See Also
    --------
    softmax_focal_loss : Several classes.
    binary_cross_entropy_with_logits, balanced_binary_cross_entropy_with_logits : The loss with γ = 0.

    Notes
    -----
    The loss is not convex in z: its second derivative is negative where p_t is small, and ``hessian_diag`` returns it as
    it is. It is not proper either: σ(z) at the minimum is not the probability of label 1.

    References
    ----------
    T.-Y. Lin, P. Goyal, R. Girshick, K. He and P. Dollár, Focal loss for dense object detection, ICCV 2017.

    Examples
    --------
    >>> import lossbook
    >>> from math import log
    >>> logits = [log(9), -log(4)]  # probabilities 0.9 and 0.2
    >>> focal = lossbook.sigmoid_focal_loss(logits, [1, 1], alpha=None, gamma=2, reduction="none")
    >>> print(focal / lossbook.binary_cross_entropy_with_logits(logits, [1, 1], reduction="none"))
    [0.01 0.64]
    """
    z = read("logits", logits, LOGITS)
    y = read("target", target, BINARY)
    weights = (1.0, 1.0)
    if alpha is not None:
        alpha = read_number("alpha", alpha, 0, 1, what="a number in [0, 1], or None")
        weights = (alpha, 1 - alpha)
    gamma = read_number("gamma", gamma, **_GAMMA)
    # Single precision has no digits that the power could cost.
    plainly = float_dtype(z, y) == SINGLE or gamma > _LARGE
    kernel = partial(_sigmoid_focal, gamma=gamma, plainly=plainly)
    return Elementwise(kernel, z, y, params=weights, reduction=reduction, delicate=True)


@loss
def softmax_focal_loss(logits, labels, *, alpha=None, gamma=2.0, ignore_index=None, axis=-1, reduction="mean"):
    r"""Focal loss of several classes: the cross entropy of each element, turned down where it is classified well.

    Use it where one class, such as the background, has so many easy elements that together they drown the rest.

    .. math:: \ell(z, k) = -\alpha_k\, (1 - p_k)^\gamma \log p_k, \qquad p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}

    Parameters
    ----------
    logits : array_like
        Scores z, any real numbers including ±∞, with K classes along ``axis``.
    labels : array_like
        Class labels k, integers from 0 to K − 1 (booleans are read as 0 and 1), in the shape of ``logits`` without ``axis``.
    alpha : float or array_like, optional
        Factors α in [0, 1]: one for each class, or one number for all, which rescales the loss and balances nothing. It
        is part of the loss and does not enter the mean's divisor.
    gamma : float
        How strongly the well classified are turned down, γ ≥ 0; 0 gives the cross entropy.
    ignore_index : int, optional
        Label of the elements that are left out, such as 255 or −1. If all are left out, the loss and its gradient are zero.
        Their class stays in the softmax of the others.
    axis : int
        The class axis; 1 for N×C×H×W.
    reduction : {"mean", "sum", "none"}
        How the elements are combined. The mean divides by the number of elements that are not left out.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``labels`` for ``"none"``; 0 where an element is left out.
        Infinite logits give the limit for ±∞ read as ±t, t → ∞, so that equal infinities go together.

    Raises
    ------
    ValueError
        If a shape, a value or an option is out of range, or the input is empty.
    TypeError
        If an argument is not numeric, or ``labels`` are not integers.

    See Also
    --------
    sigmoid_focal_loss : Independent labels; for two classes the same loss at the logit z₁ − z₀.
    cross_entropy : The loss with γ = 0.

    References
    ----------
    T.-Y. Lin, P. Goyal, R. Girshick, K. He and P. Dollár, Focal loss for dense object detection, ICCV 2017.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.softmax_focal_loss([[2.0, 1.0, 0.0]], [0], gamma=0).round(4))
    0.4076
    >>> print(lossbook.softmax_focal_loss([[2.0, 1.0, 0.0]], [0], alpha=[0.5, 1, 1]).round(4))
    0.0228
    """
    z = read("logits", logits, LOGITS)
    axis = read_class_axis(axis, z)
    k = read_labels_along("labels", labels, z, axis, ignore_index)
    classes = z.array.shape[axis]
    if alpha is not None:
        alpha = np.broadcast_to(read_vector("alpha", alpha, classes, ALPHA, "class"), classes)
    gamma = read_number("gamma", gamma, **_GAMMA)
    kernel = partial(_softmax_focal, gamma=gamma, single=float_dtype(z) == SINGLE)
    return Labelled(kernel, z, k, factor=alpha, axis=axis, reduction=reduction, delicate=True)
