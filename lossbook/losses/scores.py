"""Scores of forecasts: what a distribution over the classes costs once the class is known.

All are losses: less is better, 0 is best, and the smallest expected value is at the true distribution. They are computed in float64, from sums
without a negative term where these are the same. The formulas and what is proved of them stand on the cards in :mod:`lossbook.cards.scores`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lossbook.engine.arguments import DISTRIBUTION, LABELS
from lossbook.engine.columns import Judged
from lossbook.engine.loss import loss
from lossbook.numerics.sums import add_up, running_sums, subtract

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike

    from lossbook.engine.types import Reduction


_FAMILY = {
    "family": "scoring rules",
    "group": "forecasts",
    "each": "column",
    "page": "book/forecasts/probabilities",
    "arguments": {"probs": DISTRIBUTION, "labels": LABELS},
}
_GNEITING_2007 = (
    "T. Gneiting and A. E. Raftery, Strictly proper scoring rules, prediction, and estimation, Journal of the American "
    "Statistical Association 102, 2007."
)


def _places(k):
    """Return where each column's label stands."""
    return k, np.arange(len(k))


def _brier(p, k):
    """Value and gradient of Σ_j (p_j − y_j)², y being 1 at the label."""
    difference = p.copy("K")
    difference[_places(k)] -= 1
    yield add_up(difference * difference)
    difference *= 2
    yield difference


def _log(p, k):
    """Value and gradient of −log p_k."""
    label = _places(k)
    yield 0 - np.log(p[label])
    gradient = np.zeros_like(p)
    gradient[label] = -1 / p[label]
    yield gradient


def _spherical(p, k):
    """Value and gradient of 1 − p_k/‖p‖ = s/(‖p‖² + p_k ‖p‖), where s = Σ_{j≠k} p_j²."""
    label = _places(k)
    squares = p * p
    squares[label] = 0
    others, p_k = add_up(squares), p[label]
    total = others + p_k * p_k
    norm = np.sqrt(total)
    yield others / (total + p_k * norm)
    gradient = p * (p_k / (total * norm))
    gradient[label] = 0 - others / (total * norm)
    yield gradient


def _ranked_probability(p, k):
    """Value and gradient of Σ_i F_i², F_i = Σ_{j≤i} (p_j − y_j), y being 1 at the label."""
    label = _places(k)
    terms, rest = p.copy("K"), np.zeros_like(p)
    terms[label], rest[label] = subtract(p[label], 1.0)
    sums, rest = running_sums(terms, rest)
    difference = sums + rest
    yield add_up(difference * difference)
    # p_j is part of every F_i from i = j on.
    sums, rest = running_sums(sums[::-1], rest[::-1])
    yield 2 * (sums + rest)[::-1]


@loss(
    **_FAMILY,
    references=(
        "G. W. Brier, Verification of forecasts expressed in terms of probability, Monthly Weather Review 78(1), 1950.",
    ),
)
def brier_score(
    probs: ArrayLike,
    labels: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Brier score: the squared distance between a forecast and what came to be.

    Use it to judge or to train probabilities where a single answer that was thought impossible shall not decide.

    .. math:: \ell(p, k) = \sum_j (p_j - y_j)^2 = 1 - 2 p_k + \sum_j p_j^2, \qquad y_j = 1 \text{ for } j = k, \text{ else } 0

    Returns
    -------
    numpy.floating or numpy.ndarray
        The score in [0, 2], before it is weighed; less is better: a scalar, or an array of the shape of ``labels`` for ``"none"``; 0
        where an element is left out.

    See Also
    --------
    log_score : Infinite where the answer had probability 0.
    ranked_probability_score : The same of cumulated probabilities, for ordered classes.

    Notes
    -----
    This is Brier's own sum over all classes. With two classes it is twice the squared error of the probability of one of them, which
    is called by the same name; divided by K, it is the mean squared error of one-hot vectors.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.brier_score([[0.5, 0.25, 0.25], [1.0, 0.0, 0.0]], [0, 1], reduction="none"))
    [0.375 2.   ]
    >>> print(lossbook.grad(lossbook.brier_score)([[0.5, 0.25, 0.25]], [0]))
    [[-1.   0.5  0.5]]
    """
    return Judged.of(_brier, probs, labels, sample_weight, ignore_index, axis, reduction)


@loss(**_FAMILY, references=(_GNEITING_2007,))
def log_score(
    probs: ArrayLike,
    labels: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Log score: minus the logarithm of the probability that the forecast gave to what came to be.

    Use it to judge probabilities. To train a model that has logits or log-probabilities, :func:`cross_entropy` and :func:`nll_loss` are
    the same loss, with digits that a probability near 0 or 1 no longer has.

    .. math:: \ell(p, k) = -\log p_k

    Returns
    -------
    numpy.floating or numpy.ndarray
        The score in nats; less is better: a scalar, or an array of the shape of ``labels`` for ``"none"``; +∞ where the label had
        probability 0, 0 where an element is left out.

    See Also
    --------
    nll_loss : The same loss as a function of log-probabilities.
    brier_score : A bounded score, which looks at all classes.

    Notes
    -----
    The gradient is −1/p at the label, −∞ where that had probability 0, and 0 at the other classes: what they have
    is not looked at, except that all have to sum to 1.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.log_score([[0.5, 0.25, 0.25], [1.0, 0.0, 0.0]], [0, 1], reduction="none"))
    [0.69314718        inf]
    >>> print(lossbook.grad(lossbook.log_score)([[0.5, 0.25, 0.25]], [0]))
    [[-2.  0.  0.]]
    """
    return Judged.of(_log, probs, labels, sample_weight, ignore_index, axis, reduction)


@loss(**_FAMILY, references=(_GNEITING_2007,))
def spherical_score(
    probs: ArrayLike,
    labels: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Spherical score: 1 less the cosine between a forecast and what came to be.

    Use it like :func:`brier_score`, as another bounded score whose expectation is smallest at the true distribution.

    .. math:: \ell(p, k) = 1 - \frac{p_k}{\sqrt{\sum_j p_j^2}}

    Returns
    -------
    numpy.floating or numpy.ndarray
        The score in [0, 1], before it is weighed; less is better: a scalar, or an array of the shape of ``labels`` for ``"none"``; 0
        where an element is left out.

    See Also
    --------
    brier_score : A bounded score that is convex.

    Notes
    -----
    In print the score is often the cosine itself, of which more is better. The gradient is orthogonal to p, since a multiple of p has
    the same score. The score is not convex in p.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.spherical_score([[0.6, 0.4], [0.0, 1.0]], [0, 0], reduction="none").round(4))
    [0.1679 1.    ]
    >>> print(lossbook.grad(lossbook.spherical_score)([[0.5, 0.5]], [0]).round(4))
    [[-0.7071  0.7071]]
    """
    return Judged.of(_spherical, probs, labels, sample_weight, ignore_index, axis, reduction)


@loss(
    **_FAMILY,
    references=(
        (
            "E. S. Epstein, A scoring system for probability forecasts of ranked categories, Journal of Applied "
            "Meteorology 8(6), 1969."
        ),
    ),
)
def ranked_probability_score(
    probs: ArrayLike,
    labels: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Ranked probability score of ordered classes: the sum of the squared distances between two CDFs.

    Use it for grades and ordered categories, where an answer is the worse the further it is off.

    .. math:: \ell(p, k) = \sum_{i=0}^{K-1} \Bigl(\sum_{j=0}^{i} p_j - [k \le i]\Bigr)^2

    Returns
    -------
    numpy.floating or numpy.ndarray
        The score, of a distribution between 0 and K − 1, before it is weighed; less is better: a scalar, or an array of the shape
        of ``labels`` for ``"none"``; 0 where an element is left out.

    See Also
    --------
    squared_emd_loss : The same loss for a target that is a distribution.
    brier_score : The same sum without cumulating, which knows no order.

    Notes
    -----
    It is not divided by K − 1, as it is elsewhere so that it lies between 0 and 1. Each term is the Brier score, of one class, of the
    forecast that the answer is at most i.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.ranked_probability_score([[0.25, 0.5, 0.25], [1.0, 0.0, 0.0]], [2, 2], reduction="none"))
    [0.625 2.   ]
    >>> print(lossbook.grad(lossbook.ranked_probability_score)([[0.25, 0.5, 0.25]], [2]))
    [[2.  1.5 0. ]]
    """
    return Judged.of(_ranked_probability, probs, labels, sample_weight, ignore_index, axis, reduction)
