"""Cross entropies of several classes.

They are derived from the likelihood in the chapters of the book. The formulas and what is proved of them stand on the
card in :mod:`lossbook.cards.cross_entropy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossbook.engine.arguments import (
    LABELS,
    LABELS_OR_DISTRIBUTION,
    LOG_PROBS,
    SCORES,
    distributions_along,
    labels_along,
    read_class_axis,
    read_class_weight,
    read_number,
)
from lossbook.engine.columns import Labelled, Targeted
from lossbook.engine.loss import loss
from lossbook.numerics.limits import times
from lossbook.numerics.softmax import against, exponentials, with_complement
from lossbook.numerics.sums import add_up

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike

    from lossbook.engine.types import Reduction


_FAMILY = {"family": "cross entropy", "group": "classes"}
_CROSS_ENTROPY_PAGE = "book/likelihood/cross_entropy"


def _nll(log_probs, k):
    """Value and gradient of −log p_k."""
    label = k, np.arange(len(k))
    yield 0 - log_probs[label]
    gradient = np.zeros_like(log_probs)
    gradient[label] = -1
    yield gradient


def _cross_entropy(z, k):
    """Value and derivatives of −log softmax(z)_k; the slopes are the probabilities, and p_k − 1 = −Σ_{j≠k} p_j at the label."""
    softmax = against(z, k)
    yield softmax.cross_entropy()
    gradient = softmax.e
    softmax.put(gradient, 0 - softmax.others)
    gradient *= 1 / softmax.total
    yield gradient
    yield np.multiply(*with_complement(z))


def _cross_entropy_of_target(z, q, weight, smoothing):
    """Value and derivatives of −Σ_j t_j log softmax(z)_j with t = w ((1 − ε) q + ε/K).

    Of Σ_j t_j (log Σ e^z − z_j), each part is a sum of non-negative terms. The class ``top`` with the largest score is
    kept apart: its e^0 = 1 goes into log1p, and its slope T p − t is written as Σ_{j≠top} t_j − T Σ_{j≠top} p_j where p is
    nearer to 1 than to 0.
    """
    t = weight * ((1 - smoothing) * q + smoothing / len(z))
    top = z.argmax(axis=0), np.arange(z.shape[1])
    largest, difference, e, slips = exponentials(z)
    e += slips
    e[top] = 0
    others = add_up(e)
    t_top = t[top]
    t[top] = 0
    t_others = add_up(t)
    mass = t_others + t_top
    yield mass * np.log1p(others) - add_up(_weighted(t, difference, z, largest))
    gradient = e
    gradient *= mass / (1 + others)
    gradient -= t
    gradient[top] = np.where(others > 1, mass / (1 + others) - t_top, t_others - mass * (others / (1 + others)))
    yield gradient
    yield mass * np.multiply(*with_complement(z))


def _weighted(t, difference, z, largest):
    """Return t · (z − largest), also where a share t of it is in range and the difference is not."""
    product = times(t, difference)
    beyond = np.isinf(difference) & np.isfinite(z) & np.isfinite(largest)
    return np.where(beyond, t * z - t * largest, product) if beyond.any() else product


def _smoothed_cross_entropy(z, k, weight, smoothing):
    """Value and derivatives for labels: the target is 1 at the label."""
    q = np.zeros_like(z)
    q[k, np.arange(len(k))] = 1
    yield from _cross_entropy_of_target(z, q, weight, smoothing)


@loss(
    **_FAMILY,
    page=_CROSS_ENTROPY_PAGE,
    each="column",
    arguments={"logits": SCORES, "target": LABELS_OR_DISTRIBUTION},
    references=(
        (
            "J. S. Bridle, Probabilistic interpretation of feedforward classification network outputs, in "
            "Neurocomputing, Springer 1990."
        ),
        (
            "C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens and Z. Wojna, Rethinking the Inception architecture for"
            " computer vision, CVPR 2016."
        ),
    ),
)
def cross_entropy(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Cross entropy of logits: the softmax and the log loss in one, without losing digits.

    Use it to train any model that chooses one of several classes.

    .. math:: \ell(z, q) = -\sum_{k=1}^{K} w_k\, q'_k \log \frac{e^{z_k}}{\sum_j e^{z_j}}, \qquad
        q'_k = (1 - \varepsilon)\, q_k + \frac{\varepsilon}{K}

    Parameters
    ----------
    target : array_like
        Class labels, integers from 0 to K − 1 (booleans are read as 0 and 1) in the shape of ``logits`` without
        ``axis``, for which q is 1 at the label and 0 elsewhere; or distributions q, in the shape of ``logits``, which
        sum to 1 along ``axis`` (one-hot integers are such).
    weight : array_like, optional
        Non-negative weight w of the classes, one for each, by which each class's term is multiplied. The mean divides
        by the sum of the weights that counted: of the labels, or Σ w q of the distributions, before smoothing. Where
        that is zero, the loss and its gradient are zero.
    label_smoothing : float
        The share ε in [0, 1] of the target that is spread evenly, ε/K to each of all K classes. It is part of the loss
        and does not enter the mean's divisor.
    ignore_index : int, optional
        Label of the elements that are left out, such as 255 or −1. They do not count in the mean; if all are left out,
        the loss and its gradient are zero. Their class stays in the softmax of the others. Only for labels.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``logits`` without ``axis`` for ``"none"``; 0 where an
        element is left out.

        Infinite logits give the limit for ±∞ read as ±t, t → ∞, so that equal infinities go together: (∞, ∞) is as (0, 0),
        log 2. A class with logit −∞ is masked: it adds nothing if the target gives it nothing. If it does, the loss is
        +∞, and label smoothing gives something to every class whose weight is not 0.

    See Also
    --------
    nll_loss : The same loss as a function of log-probabilities.
    softmax_focal_loss : Turns down what is classified well.
    binary_cross_entropy_with_logits : Two classes, one logit.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.cross_entropy([[0.0, 0.0, 0.0], [0.0, 0.0, 40.0]], [0, 2], reduction="none"))
    [1.09861229e+00 8.49670851e-18]
    >>> print(lossbook.cross_entropy([[2.0, 1.0, 0.0]], [[0.5, 0.5, 0.0]]).round(4))
    0.9076
    >>> print(lossbook.grad(lossbook.cross_entropy)([[0.0, 0.0], [0.0, 0.0]], [0, -1], ignore_index=-1))
    [[-0.5  0.5]
     [ 0.   0. ]]
    """
    smoothing = read_number("label_smoothing", label_smoothing, 0, 1, what="a number in [0, 1]")
    axis = read_class_axis(axis, logits)
    weight = read_class_weight("weight", weight, logits.array.shape[axis], reduction)
    options = {"axis": axis, "reduction": reduction, "weight": weight, "sample_weight": sample_weight, "derivatives": 2}
    terms = (1.0 if weight is None else weight[:, None], smoothing)
    q = distributions_along(target, logits, axis, ignore_index)
    if q is not None:
        return Targeted(_cross_entropy_of_target, logits, q, params=terms, **options)
    k = labels_along(target, logits, axis, ignore_index)
    if smoothing:
        return Labelled(_smoothed_cross_entropy, logits, k, params=terms, double=True, **options)
    return Labelled(_cross_entropy, logits, k, factor=weight, **options)


@loss(
    **_FAMILY,
    page=_CROSS_ENTROPY_PAGE,
    each="column",
    arguments={"log_probs": LOG_PROBS, "labels": LABELS},
    references=(
        (
            "R. A. Fisher, On the mathematical foundations of theoretical statistics, Philosophical Transactions "
            "of the Royal Society A 222, 1922."
        ),
    ),
)
def nll_loss(
    log_probs: ArrayLike,
    labels: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Negative log-likelihood of class labels under predicted log-probabilities.

    Use it when a model returns log-probabilities. If it returns logits, :func:`cross_entropy` keeps the digits that
    a logarithm of a softmax near 1 has already lost.

    .. math:: \ell(\log p, k) = -w_k \log p_k

    Parameters
    ----------
    log_probs : array_like
        Logarithms of probabilities, at most 0, with K classes along ``axis``. That they belong to a distribution is not
        checked: the loss looks at one of them.
    weight : array_like, optional
        Non-negative weight w of the classes, one for each. The mean divides by the sum of the weights of the labels that
        counted; where that is zero, the loss and its gradient are zero.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or an array of the shape of ``labels`` for ``"none"``; +∞ where a label has
        log-probability −∞, 0 where an element is left out.

    See Also
    --------
    cross_entropy : The same loss as a function of the logits.

    Examples
    --------
    >>> import numpy as np
    >>> import lossbook
    >>> probs = np.array([[0.1, 0.2, 0.7], [0.3, 0.4, 0.3], [0.1, 0.2, 0.7]])
    >>> print(lossbook.nll_loss(np.log(probs), [2, 1, 0], reduction="none").round(2))
    [0.36 0.92 2.3 ]
    >>> print(lossbook.nll_loss(np.log(probs), [2, 1, 0]).round(2))
    1.19
    """
    axis = read_class_axis(axis, log_probs)
    k = labels_along(labels, log_probs, axis, ignore_index)
    weight = read_class_weight("weight", weight, log_probs.array.shape[axis], reduction)
    options = {"axis": axis, "reduction": reduction, "sample_weight": sample_weight}
    return Labelled(_nll, log_probs, k, factor=weight, weight=weight, **options)
