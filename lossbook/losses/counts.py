"""Counts of a confusion, and the scores that are made of them.

The formulas and what is proved of them stand on the cards in :mod:`lossbook.cards.counts`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossbook.engine.arguments import (
    BINARY,
    LARGEST,
    LOGITS,
    NON_NEGATIVE,
    describe,
    read_axes,
    read_number,
    read_where,
    same_shape,
)
from lossbook.engine.loss import loss

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import ArrayLike


_FAMILY = {"family": "overlap", "group": "regions"}
_PAGE = "book/regions/precision_recall_f1"
_RIJSBERGEN_1979 = "C. J. van Rijsbergen, Information Retrieval, 2nd edition, Butterworths, 1979."


class ConfusionCounts(NamedTuple):
    """True positives, false positives, false negatives and true negatives."""

    tp: np.ndarray
    fp: np.ndarray
    fn: np.ndarray
    tn: np.ndarray


_STEP = "it counts predictions beyond a threshold, so its gradient is 0 wherever it exists"


@loss(
    **_FAMILY,
    page=_PAGE,
    each="count",
    arguments={"prediction": LOGITS, "target": BINARY},
    role="counts",
    no_gradient=f"{_STEP}. Train with dice_loss or lovasz_hinge",
    references=(_RIJSBERGEN_1979,),
)
def confusion_counts(
    prediction: ArrayLike,
    target: ArrayLike,
    *,
    threshold: float = 0.5,
    axis: int | Sequence[int] | None = None,
    where: ArrayLike | None = None,
) -> ConfusionCounts:
    r"""Count true and false positives and negatives.

    Use it with :func:`precision`, :func:`recall` and :func:`f1_score` to judge a classifier or a mask.

    .. math::

        \mathrm{TP} = \sum_i [p_i > t]\, g_i, \quad \mathrm{FP} = \sum_i [p_i > t] (1 - g_i), \quad
        \mathrm{FN} = \sum_i [p_i \le t]\, g_i, \quad \mathrm{TN} = \sum_i [p_i \le t] (1 - g_i)

    Parameters
    ----------
    prediction : array_like
        Scores p, any real numbers (probabilities, labels, or logits with a threshold of their own), any shape.
    target : array_like
        Labels g, 0 or 1; same shape.
    threshold : float
        A prediction counts as positive if it is greater than this number; one that is equal to it is negative.
    axis : int or tuple of int, optional
        The axes counted over; by default all of them.
    where : array_like of bool, optional
        Which elements are counted; same shape. The others may hold anything.

    Returns
    -------
    ConfusionCounts
        The named tuple ``(tp, fp, fn, tn)`` of integers, each of the shape of ``target`` without ``axis``.

    See Also
    --------
    f1_score : The harmonic mean of precision and recall.

    Examples
    --------
    >>> import lossbook
    >>> counts = lossbook.confusion_counts([0.9, 0.8, 0.5, 0.2], [1, 0, 1, 0])
    >>> print(*counts)
    1 1 1 1
    >>> print(counts.fn)
    1
    """
    same_shape(prediction, target)
    where = read_where(where, target)
    scores, labels = (argument.within(where).check_all() for argument in (prediction, target))
    level = read_number("threshold", threshold, -LARGEST, LARGEST, what="one finite number")
    over = read_axes(axis, scores.array.ndim, "prediction")
    positive, true = scores.replaced() > np.float64(level), labels.replaced().astype(bool)
    cases = (positive & true, positive & ~true, ~positive & true, ~positive & ~true)
    counted = True if where is None else where
    return ConfusionCounts(*(np.sum(case, axis=over, dtype=np.int64, where=counted) for case in cases))


# From here on the sum of four counts may overflow.
_HUGE = 2.0**1020


class _Counts:
    """The kind of argument that holds four counts."""

    name = "counts"

    @staticmethod
    def read(name, counts):
        """Read tp, fp, fn and tn as float64."""
        if not isinstance(counts, (tuple, list, np.ndarray)) or getattr(counts, "ndim", 1) == 0 or len(counts) != 4:
            raise TypeError(
                f"{name} must be the four counts (tp, fp, fn, tn), but it is {describe(counts)}. "
                f"Pass the result of confusion_counts."
            )
        names = (f"{name}.{count}" for count in ConfusionCounts._fields)
        found = [NON_NEGATIVE.read(n, c).check_all() for n, c in zip(names, counts, strict=True)]
        for other in found[1:]:
            same_shape(found[0], other)
        counts = [argument.array.astype(np.float64) for argument in found]
        # Only their proportions count: four that are huge are made smaller, so that their sum is finite.
        scale = np.where(np.max(counts, axis=0) > _HUGE, 2.0**-4, 1.0)
        return ConfusionCounts(*(count * scale for count in counts))


_COUNTS = _Counts()


def _read_zero_division(value):
    """Read what 0/0 is: a number in [0, 1], or NaN."""
    if isinstance(value, (float, np.floating)) and math.isnan(value):
        return math.nan
    return read_number("zero_division", value, 0, 1, what="a number in [0, 1], or NaN")


def _share(part, whole, zero_division):
    """Return part/whole, and ``zero_division`` for 0/0."""
    empty = _read_zero_division(zero_division)
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1), empty)[()]


@loss(
    **_FAMILY,
    page=_PAGE,
    each="count",
    arguments={"counts": _COUNTS},
    role="score",
    no_gradient=f"{_STEP}. Train with dice_loss or tversky_loss",
    references=(_RIJSBERGEN_1979,),
)
def precision(counts: ArrayLike, *, zero_division: float = 0.0) -> Any:
    r"""Precision: the share of the positive predictions that are right.

    Use it where a false alarm is what costs.

    .. math:: \mathrm{precision} = \frac{\mathrm{TP}}{\mathrm{TP} + \mathrm{FP}}

    Returns
    -------
    numpy.float64 or numpy.ndarray
        The score, in [0, 1], of the shape of each count.

    See Also
    --------
    recall : The share of the positives that are found.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.precision((6, 2, 1, 91)))
    0.75
    """
    return _share(counts.tp, counts.tp + counts.fp, zero_division)


@loss(
    **_FAMILY,
    page=_PAGE,
    each="count",
    arguments={"counts": _COUNTS},
    role="score",
    no_gradient=f"{_STEP}. Train with dice_loss or tversky_loss",
    references=(_RIJSBERGEN_1979,),
)
def recall(counts: ArrayLike, *, zero_division: float = 0.0) -> Any:
    r"""Recall: the share of the positives that are found.

    Use it where a missed positive is what costs.

    .. math:: \mathrm{recall} = \frac{\mathrm{TP}}{\mathrm{TP} + \mathrm{FN}}

    Returns
    -------
    numpy.float64 or numpy.ndarray
        The score, in [0, 1], of the shape of each count.

    See Also
    --------
    precision : The share of the positive predictions that are right.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.recall((6, 4, 2, 88)))
    0.75
    """
    return _share(counts.tp, counts.tp + counts.fn, zero_division)


@loss(
    **_FAMILY,
    page=_PAGE,
    each="count",
    arguments={"counts": _COUNTS},
    role="score",
    no_gradient=f"{_STEP}. Train with dice_loss or tversky_loss",
    references=(_RIJSBERGEN_1979,),
)
def fbeta_score(counts: ArrayLike, *, beta: float = 1.0, zero_division: float = 0.0) -> Any:
    r"""F_β score: the weighted harmonic mean of precision and recall.

    Use it to judge a classifier where recall counts more (β > 1) or less (β < 1) than precision.

    .. math:: F_\beta = \frac{(1 + \beta^2)\, \mathrm{TP}}{(1 + \beta^2)\, \mathrm{TP} + \beta^2\, \mathrm{FN} + \mathrm{FP}}

    Parameters
    ----------
    beta : float
        Weight β of recall against precision, not negative: 0 gives precision, ∞ recall.

    Returns
    -------
    numpy.float64 or numpy.ndarray
        The score, in [0, 1], of the shape of each count.

    See Also
    --------
    f1_score : The score with β = 1.
    tversky_loss : Its soft form can be trained: fp_weight 1/(1 + β²), fn_weight β²/(1 + β²).

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.fbeta_score((6, 2, 6, 86), beta=2).round(4))
    0.5357
    """
    root = read_number("beta", beta, 0, math.inf, what="a number ≥ 0")
    square = root * root  # ∞ beyond the range of floats, where ** would raise
    fp_weight = 1 / (1 + square)
    fn_weight = square * fp_weight if math.isfinite(square) else 1.0
    return _share(counts.tp, counts.tp + fp_weight * counts.fp + fn_weight * counts.fn, zero_division)


@loss(
    **_FAMILY,
    page=_PAGE,
    each="count",
    arguments={"counts": _COUNTS},
    role="score",
    no_gradient=f"{_STEP}. Train with dice_loss or tversky_loss",
    references=(_RIJSBERGEN_1979,),
)
def f1_score(counts: ArrayLike, *, zero_division: float = 0.0) -> Any:
    r"""F₁ score: the harmonic mean of precision and recall, and the Dice coefficient of two sets.

    Use it to judge a classifier of rare positives: true negatives do not count.

    .. math:: F_1 = \frac{2\, \mathrm{TP}}{2\, \mathrm{TP} + \mathrm{FP} + \mathrm{FN}}

    Returns
    -------
    numpy.float64 or numpy.ndarray
        The score, in [0, 1], of the shape of each count.

    See Also
    --------
    fbeta_score : With another weight of recall.
    hard_dice_coefficient : The same number, from masks.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.f1_score((6, 2, 2, 90)))
    0.75
    """
    return fbeta_score(counts, zero_division=zero_division)
