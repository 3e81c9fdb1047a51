"""Cross entropies of two classes, and their weighted and balanced forms.

They are derived from the likelihood in the chapters of the book. The formulas and what is proved of them stand on the
card in :mod:`lossbook.cards.binary_cross_entropy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossbook.engine.arguments import (
    BINARY,
    LOGITS,
    NON_NEGATIVE,
    PROBS,
    UNIT,
    read_axis,
    read_number,
    read_vector,
    read_where,
    same_shape,
)
from lossbook.engine.elementwise import Elementwise
from lossbook.engine.loss import loss
from lossbook.numerics.limits import blend, times
from lossbook.numerics.log_loss import log_loss, log_loss_slope

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike

    from lossbook.engine.types import Reduction


_FAMILY = {"family": "cross entropy", "group": "classes"}
_BINARY_CROSS_ENTROPY_PAGE = "book/likelihood/binary_cross_entropy"


def _bce(p, y):
    """Value and derivatives of −y log p − (1 − y) log(1 − p)."""
    yield log_loss(p, y)
    yield log_loss_slope(p, y)
    yield blend(1 - y, 1 / (1 - p) ** 2, y, 1 / p**2)


def _bce_with_logits(z, y):
    """Value and derivatives of softplus(z) − y z = log1p(e^−|z|) + z (u − y), with u = 1 for z ≥ 0, else 0.

    Neither term is negative. The label on the far side of z has probability e^−|z|/(1 + e^−|z|), with all its digits, and
    the derivative is the mean of u − y and 1 − u − y, weighted by the probabilities of the two sides:
    (u − y + e^−|z| (1 − u − y))/(1 + e^−|z|).
    """
    below = np.signbit(z)
    near, far = ~below - y, below - y
    e = np.exp(-abs(z))
    yield np.log1p(e) + times(z, near)
    far *= e
    far += near
    yield far / (1 + e)
    yield e / (1 + e) ** 2


def _weighted_bce_with_logits(z, y, pos_weight, neg_weight):
    """Value and derivatives of w₊ y softplus(−z) + w₋ (1 − y) softplus(z), computed as without weights."""
    positive, negative = pos_weight * y, neg_weight * (1 - y)
    both = positive + negative
    below = np.signbit(z).astype(z.dtype)
    above = 1 - below
    near, far = above * negative - below * positive, below * negative - above * positive
    e = np.exp(-abs(z))
    yield both * np.log1p(e) + times(z, near)
    yield (near + e * far) / (1 + e)
    yield both * e / (1 + e) ** 2


@loss(
    **_FAMILY,
    page=_BINARY_CROSS_ENTROPY_PAGE,
    each="element",
    arguments={"probs": PROBS, "target": UNIT},
    references=("I. J. Good, Rational decisions, Journal of the Royal Statistical Society B 14(1), 1952.",),
)
def binary_cross_entropy(
    probs: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Binary cross entropy (log loss) of predicted probabilities.

    Use it when a model returns probabilities. If it returns logits, :func:`binary_cross_entropy_with_logits` keeps
    every digit where the sigmoid has already rounded to 0 or 1.

    .. math:: \ell(p, y) = -y \log p - (1 - y) \log(1 - p)

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``probs`` for ``"none"``. It is +∞ where a label has
        probability 0: nothing is clipped. With 0 · log 0 = 0, p = y gives 0 at both ends.

    See Also
    --------
    binary_cross_entropy_with_logits : The same loss as a function of the logit.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.binary_cross_entropy([0.5, 0.25], [1, 0], reduction="none").round(4))
    [0.6931 0.2877]
    """
    return Elementwise(_bce, probs, target, weight=weight, where=where, reduction=reduction)


@loss(
    **_FAMILY,
    page=_BINARY_CROSS_ENTROPY_PAGE,
    each="element",
    arguments={"logits": LOGITS, "target": UNIT},
    references=(
        (
            "D. R. Cox, The regression analysis of binary sequences, Journal of the Royal Statistical Society B "
            "20(2), 1958."
        ),
    ),
)
def binary_cross_entropy_with_logits(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    pos_weight: ArrayLike | None = None,
    axis: int = -1,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Binary cross entropy of logits: the sigmoid and the log loss in one, without losing digits.

    Use it to train any model with independent yes-or-no outputs.

    .. math:: \ell(z, y) = w_+\, y \log(1 + e^{-z}) + (1 - y) \log(1 + e^{z})

    Parameters
    ----------
    pos_weight : array_like, optional
        Factor w₊ of the term with y: one number, or one for each position along ``axis``. It is part of the loss and
        does not enter the mean's divisor.
    axis : int
        The axis along which a vector ``pos_weight`` lies; 1 for N×C×H×W.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``logits`` for ``"none"``. An infinite logit gives the
        limit: 0 on the label's side, +∞ on the other.

    See Also
    --------
    binary_cross_entropy : The same loss as a function of the probability.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.binary_cross_entropy_with_logits([0.0, 2.0], [1, 0]).round(4))
    1.41
    >>> print(lossbook.binary_cross_entropy_with_logits([-100.0, 1000.0], [0, 1], reduction="none"))
    [3.72007598e-44 0.00000000e+00]
    """
    same_shape(logits, target)
    kernel, params = _bce_with_logits, ()
    axis = read_axis(axis, logits.array.ndim or 1, "logits")
    if pos_weight is not None:
        length = logits.array.shape[axis] if logits.array.ndim else 1
        factor = read_vector("pos_weight", pos_weight, length, NON_NEGATIVE, f"position along axis {axis}")
        kernel, params = _weighted_bce_with_logits, (factor if logits.array.ndim else factor.reshape(()), 1.0)
    return Elementwise(
        kernel, logits, target, params=params, axis=axis, weight=weight, where=where, reduction=reduction
    )


@loss(
    **_FAMILY,
    page="book/unequal/weighted_cross_entropy",
    each="element",
    arguments={"logits": LOGITS, "target": BINARY},
    references=("S. Xie and Z. Tu, Holistically-nested edge detection, ICCV 2015.",),
)
def balanced_binary_cross_entropy_with_logits(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    alpha: float | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Binary cross entropy of logits in which both classes have their share, however rare one is.

    Use it where one label is rare, as for edges or lesions in an image.

    .. math:: \ell(z, y) = \alpha\, y \log(1 + e^{-z}) + (1 - \alpha)(1 - y) \log(1 + e^{z}), \qquad
        \frac{\alpha}{1 - \alpha} = \frac{n_{\text{neg}}}{n_{\text{pos}}}

    Parameters
    ----------
    target : array_like
        Labels y, 0 or 1; same shape. With ``alpha`` given, also probabilities of label 1.
    alpha : float, optional
        Weight α in [0, 1] of the positives; the negatives have 1 − α. Without it, α is the share of the negatives in
        ``target``, n_neg / (n_pos + n_neg), so that both classes have the same total weight. A target with one class
        only then has weight 0 on that class: loss and gradient are zero, and nothing is learnt from it.
    reduction : {"mean", "sum", "none"}
        How the elements are combined. The mean divides by the number of elements that count.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``logits`` for ``"none"``. An infinite logit gives the
        limit: 0 on the label's side, +∞ on the other, and 0 where the weight is 0.

    See Also
    --------
    binary_cross_entropy_with_logits : With ``pos_weight`` = α / (1 − α), this loss divided by 1 − α.
    sigmoid_focal_loss : Turns down what is classified well, too.

    Examples
    --------
    >>> import lossbook
    >>> loss = lossbook.balanced_binary_cross_entropy_with_logits
    >>> print(loss([0.0, 0.0, 0.0, 0.0], [1, 0, 0, 0], reduction="none").round(4))
    [0.5199 0.1733 0.1733 0.1733]
    """
    if alpha is None:
        same_shape(logits, target)
        labels = target.within(read_where(where, target)).check_all()
        count = target.array.size if labels.where is None else np.count_nonzero(labels.where)
        positives = np.count_nonzero(labels.replaced())
        weights = ((count - positives) / count, positives / count) if count else (0.0, 0.0)
    else:
        target = target.of(UNIT)
        alpha = read_number("alpha", alpha, 0, 1, what="a number in [0, 1]")
        weights = alpha, 1 - alpha
    return Elementwise(_weighted_bce_with_logits, logits, target, params=weights, where=where, reduction=reduction)
