"""Losses of overlap: coefficients that compare a predicted mask with a target mask.

Every coefficient is the share of what is right in what is right or wrong. With R for the first and W for the second,
summed over the pixels of a region, the coefficient is (R + κ)/(R + W + κ) and the loss W/(R + W + κ): near agreement the
loss is a small number that was never the difference of two large ones. The formulas and what is proved of them stand on
the cards in :mod:`lossbook.cards.overlap`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossbook.engine.arguments import LARGEST, PROBS, UNIT, float_dtype, read_flag, read_number, read_where
from lossbook.engine.loss import loss
from lossbook.engine.regions import Regions
from lossbook.numerics.limits import times
from lossbook.numerics.log_loss import log_loss, log_loss_slope

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import ArrayLike

    from lossbook.engine.types import Reduction


_FAMILY = {"family": "overlap", "group": "regions"}
_DICE_PAGE = "book/regions/dice"
_IOU_PAGE = "book/regions/iou"
_TVERSKY_PAGE = "book/regions/tversky"
_DICE_1945 = "L. R. Dice, Measures of the amount of ecologic association between species, Ecology 26(3), 1945."
_MILLETARI_2016 = (
    "F. Milletari, N. Navab and S.-A. Ahmadi, V-Net: fully convolutional neural networks for volumetric "
    "medical image segmentation, International Conference on 3D Vision, 2016."
)
_JACCARD_1912 = "P. Jaccard, The distribution of the flora in the alpine zone, New Phytologist 11(2), 1912."
_RAHMAN_2016 = (
    "M. A. Rahman and Y. Wang, Optimizing intersection-over-union in deep neural networks for image "
    "segmentation, International Symposium on Visual Computing, 2016."
)


class _Form(NamedTuple):
    """What is summed over a region, as :class:`Regions` asks for it: first the pixels' right parts, then the wrong ones."""

    terms: Callable
    slopes: Callable
    linear: bool = True
    averaged: bool = False


def _dice_terms(p, g, total):
    return 2 * total(p, g), total(p, 1 - g) + total(1 - p, g)


def _dice_slopes(p, g):
    return 2 * g, 1 - 2 * g


def _squared_terms(p, g, total):
    error = p - g
    return 2 * total(p, g), total(error, error)


def _squared_slopes(p, g):
    return 2 * g, 2 * (p - g)


def _tversky_terms(p, g, total, tp_weight=1.0, fp_weight=1.0, fn_weight=1.0):
    return tp_weight * total(p, g), fp_weight * total(p, 1 - g) + fn_weight * total(1 - p, g)


def _tversky_slopes(p, g, tp_weight=1.0, fp_weight=1.0, fn_weight=1.0):
    return tp_weight * g, fp_weight * (1 - g) - fn_weight * g


_DICE = _Form(_dice_terms, _dice_slopes)
_SQUARED = _Form(_squared_terms, _squared_slopes, linear=False)
_JACCARD = _Form(_tversky_terms, _tversky_slopes)
# Beside the Dice parts, the pixels' cross entropy.
_DICE_AND_LOG_LOSS = _Form(
    lambda p, g, total: (*_dice_terms(p, g, total), total(log_loss(p, g))),
    lambda p, g: (*_dice_slopes(p, g), log_loss_slope(p, g)),
    linear=False,
    averaged=True,
)


def _shares(right, wrong, smooth, empty):
    """Return the shares of right and wrong, and the whole: ``empty``, 1 − ``empty`` and ∞ where there is nothing."""
    whole = right + smooth + wrong
    nothing = whole == 0
    whole = np.where(nothing, np.inf, whole)
    return np.where(nothing, empty, (right + smooth) / whole), np.where(nothing, 1 - empty, wrong / whole), whole


def _coefficient(right, wrong, smooth, empty):
    """Value and derivatives of (R + κ)/(R + W + κ)."""
    hit, miss, whole = _shares(right, wrong, smooth, empty)
    yield hit
    yield miss / whole, -hit / whole


def _loss(right, wrong, smooth, empty):
    """Value and derivatives of W/(R + W + κ)."""
    hit, miss, whole = _shares(right, wrong, smooth, empty)
    yield miss
    yield -miss / whole, hit / whole


def _bce_dice(right, wrong, log_loss, size, dice_weight, smooth, empty):
    """Value and derivatives of BCE + w·(1 − Dice), the BCE being a mean."""
    dice_loss = _loss(right, wrong, smooth, empty)
    yield log_loss / size + dice_weight * next(dice_loss)
    yield *(times(dice_weight, slope) for slope in next(dice_loss)), np.full_like(log_loss, 1 / size)


def _bce_log_dice(right, wrong, log_loss, size, smooth, empty):
    """Value and derivatives of BCE − log Dice; log(1 − miss) has the digits of a Dice near 1."""
    hit, miss, whole = _shares(right, wrong, smooth, empty)
    yield log_loss / size - np.where(miss < 0.5, np.log1p(-miss), np.log(hit))
    to_right = np.where(np.isinf(whole), whole, right + smooth)
    yield -miss / to_right, 1 / whole, np.full_like(log_loss, 1 / size)


def _read_factor(name, value):
    """Read a number that multiplies or is added to a sum over a region."""
    return read_number(name, value, 0, LARGEST, what="a finite number ≥ 0")


def _regions(form, kernel, probs, target, *, axis, smooth, empty, weight, where, reduction):
    """Read what all coefficients have in common, and return the plan."""
    smooth = _read_factor("smooth", smooth)
    empty = read_number("empty", empty, 0, 1, what="a coefficient in [0, 1]")
    kernel = partial(kernel, smooth=smooth, empty=empty)
    where = read_where(where, target)
    given = probs.within(where), target.within(where)
    return Regions(form, kernel, *given, axis=axis, weight=weight, reduction=reduction)


def _dice_form(squared):
    """Choose the terms by the form of the denominator: 2Σpg + Σ(p − g)² is Σp² + Σg²."""
    return _SQUARED if read_flag("squared", squared) else _DICE


@loss(
    **_FAMILY,
    page=_DICE_PAGE,
    each="region",
    arguments={"probs": PROBS, "target": UNIT},
    role="score",
    references=(
        _DICE_1945,
        _MILLETARI_2016,
    ),
)
def dice_coefficient(
    probs: ArrayLike,
    target: ArrayLike,
    *,
    axis: int | Sequence[int] | None = None,
    squared: bool = False,
    smooth: float = 0.0,
    empty: float = 1.0,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Soft Dice coefficient of a predicted and a target mask.

    Use it to score masks: for two sets it is their F₁ score. :func:`dice_loss` is what is left to 1.

    .. math:: D = \frac{2 \sum_i p_i g_i + \kappa}{\sum_i p_i + \sum_i g_i + \kappa}

    Returns
    -------
    numpy.floating or numpy.ndarray
        The coefficient, of a region in [0, 1] before it is weighed: a scalar, or for ``"none"`` an array with one number for each
        region. Sums are accumulated in float64, whatever the dtype of the input.

    See Also
    --------
    dice_loss : 1 − D.
    hard_dice_coefficient : Of the thresholded prediction.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.dice_coefficient([1, 1, 0.5, 0], [1, 0, 1, 0]))
    0.6666666666666666
    """
    return _regions(
        _dice_form(squared),
        _coefficient,
        probs,
        target,
        axis=axis,
        smooth=smooth,
        empty=empty,
        weight=weight,
        where=where,
        reduction=reduction,
    )


@loss(
    **_FAMILY,
    page=_DICE_PAGE,
    each="region",
    arguments={"probs": PROBS, "target": UNIT},
    references=(
        _DICE_1945,
        _MILLETARI_2016,
    ),
)
def dice_loss(
    probs: ArrayLike,
    target: ArrayLike,
    *,
    axis: int | Sequence[int] | None = None,
    squared: bool = False,
    smooth: float = 0.0,
    empty: float = 1.0,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Soft Dice loss: 1 less the Dice coefficient.

    Use it to segment small objects: background that is predicted as such does not count, however much there is.

    .. math:: \ell = 1 - D, \qquad D = \frac{2 \sum_i p_i g_i + \kappa}{\sum_i p_i + \sum_i g_i + \kappa}

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, of a region in [0, 1] before it is weighed: a scalar, or for ``"none"`` an array with one number for each
        region. Sums are accumulated in float64, whatever the dtype of the input.

    See Also
    --------
    dice_coefficient : D itself.
    bce_dice_loss : With the cross entropy, whose gradient is steadier.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.dice_loss([1, 1, 0.5, 0], [1, 0, 1, 0]))
    0.3333333333333333
    >>> print(lossbook.grad(lossbook.dice_loss)([1, 1, 0, 0], [1, 0, 1, 0]))
    [-0.375  0.125 -0.375  0.125]
    """
    return _regions(
        _dice_form(squared),
        _loss,
        probs,
        target,
        axis=axis,
        smooth=smooth,
        empty=empty,
        weight=weight,
        where=where,
        reduction=reduction,
    )


@loss(
    **_FAMILY,
    page=_DICE_PAGE,
    each="region",
    arguments={"probs": PROBS, "target": UNIT},
    role="score",
    no_gradient="it counts predictions beyond a threshold, so its gradient is 0 wherever it exists. Train with dice_loss",
    references=(
        _DICE_1945,
        _MILLETARI_2016,
    ),
)
def hard_dice_coefficient(
    probs: ArrayLike,
    target: ArrayLike,
    *,
    threshold: float = 0.5,
    axis: int | Sequence[int] | None = None,
    smooth: float = 0.0,
    empty: float = 1.0,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Dice coefficient of the thresholded prediction.

    Use it to score masks, not to train: a small change of a probability does not change it.

    .. math:: D = \frac{2 \sum_i [p_i > t]\, g_i + \kappa}{\sum_i [p_i > t] + \sum_i g_i + \kappa}

    Parameters
    ----------
    target : array_like
        Target mask g in [0, 1]; same shape. It is taken as it is: only the prediction is thresholded.
    threshold : float
        A probability counts as positive if it is greater than this number, in [0, 1].

    Returns
    -------
    numpy.floating or numpy.ndarray
        The coefficient, of a region in [0, 1] before it is weighed: a scalar, or for ``"none"`` an array with one number for each
        region. Sums are accumulated in float64, whatever the dtype of the input.

    See Also
    --------
    dice_loss : What can be trained.
    f1_score : The same number, from counts.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.hard_dice_coefficient([0.9, 0.6, 0.5, 0.2], [1, 0, 1, 0]))
    0.5
    """
    probs.within(read_where(where, target)).check_all()
    level = read_number("threshold", threshold, 0, 1, what="a number in [0, 1]")
    return dice_coefficient(
        (probs.array > np.float64(level)).astype(float_dtype(probs)),
        target.array,
        axis=axis,
        smooth=smooth,
        empty=empty,
        weight=weight,
        where=where,
        reduction=reduction,
    )


@loss(
    **_FAMILY,
    page=_IOU_PAGE,
    each="region",
    arguments={"probs": PROBS, "target": UNIT},
    role="score",
    references=(
        _JACCARD_1912,
        _RAHMAN_2016,
    ),
)
def iou_coefficient(
    probs: ArrayLike,
    target: ArrayLike,
    *,
    axis: int | Sequence[int] | None = None,
    smooth: float = 0.0,
    empty: float = 1.0,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Soft intersection over union (Jaccard coefficient) of a predicted and a target mask.

    Use it to score masks. It is D/(2 − D), with D the Dice coefficient of twice the ``smooth``.

    .. math:: J = \frac{\sum_i p_i g_i + \kappa}{\sum_i (p_i + g_i - p_i g_i) + \kappa}

    Returns
    -------
    numpy.floating or numpy.ndarray
        The coefficient, of a region in [0, 1] before it is weighed: a scalar, or for ``"none"`` an array with one number for each
        region. Sums are accumulated in float64, whatever the dtype of the input.

    See Also
    --------
    iou_loss : 1 − J.
    lovasz_hinge : A convex surrogate of the same loss on sets.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.iou_coefficient([1, 1, 0.5, 0], [1, 0, 1, 0]))
    0.5
    """
    return _regions(
        _JACCARD,
        _coefficient,
        probs,
        target,
        axis=axis,
        smooth=smooth,
        empty=empty,
        weight=weight,
        where=where,
        reduction=reduction,
    )


@loss(
    **_FAMILY,
    page=_IOU_PAGE,
    each="region",
    arguments={"probs": PROBS, "target": UNIT},
    references=(
        _JACCARD_1912,
        _RAHMAN_2016,
    ),
)
def iou_loss(
    probs: ArrayLike,
    target: ArrayLike,
    *,
    axis: int | Sequence[int] | None = None,
    smooth: float = 0.0,
    empty: float = 1.0,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Soft IoU loss: 1 less the intersection over union.

    Use it in place of :func:`dice_loss` where the intersection over union is what is judged.

    .. math:: \ell = 1 - J, \qquad J = \frac{\sum_i p_i g_i + \kappa}{\sum_i (p_i + g_i - p_i g_i) + \kappa}

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, of a region in [0, 1] before it is weighed: a scalar, or for ``"none"`` an array with one number for each
        region. Sums are accumulated in float64, whatever the dtype of the input.

    See Also
    --------
    iou_coefficient : J itself.
    tversky_loss : With weights for false positives and false negatives.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.iou_loss([1, 1, 0.5, 0], [1, 0, 1, 0]))
    0.5
    """
    return _regions(
        _JACCARD,
        _loss,
        probs,
        target,
        axis=axis,
        smooth=smooth,
        empty=empty,
        weight=weight,
        where=where,
        reduction=reduction,
    )


@loss(
    **_FAMILY,
    page=_TVERSKY_PAGE,
    each="region",
    arguments={"probs": PROBS, "target": UNIT},
    references=(
        "A. Tversky, Features of similarity, Psychological Review 84(4), 1977.",
        (
            "S. S. M. Salehi, D. Erdogmus and A. Gholipour, Tversky loss function for image segmentation using 3D "
            "fully convolutional deep networks, Machine Learning in Medical Imaging, 2017."
        ),
    ),
)
def tversky_loss(
    probs: ArrayLike,
    target: ArrayLike,
    *,
    fp_weight: float = 0.5,
    fn_weight: float = 0.5,
    axis: int | Sequence[int] | None = None,
    smooth: float = 0.0,
    empty: float = 1.0,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Tversky loss: soft overlap with a price each for false positives and false negatives.

    Use it where a missed pixel costs more than a false alarm, or less: raise its weight.

    .. math::

        \ell = 1 - \frac{\mathrm{TP} + \kappa}{\mathrm{TP} + w_\mathrm{FP}\, \mathrm{FP} + w_\mathrm{FN}\, \mathrm{FN} + \kappa}, \qquad
        \mathrm{TP} = \sum_i p_i g_i, \quad \mathrm{FP} = \sum_i p_i (1 - g_i), \quad
        \mathrm{FN} = \sum_i (1 - p_i)\, g_i

    Parameters
    ----------
    fp_weight : float
        Weight w_FP of false positives, not negative.
    fn_weight : float
        Weight w_FN of false negatives, not negative. Both ½ give Dice (with twice the ``smooth``), both 1 give IoU.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, of a region in [0, 1] before it is weighed: a scalar, or for ``"none"`` an array with one number for each
        region. Sums are accumulated in float64, whatever the dtype of the input.

    See Also
    --------
    dice_loss : Both weights ½.
    iou_loss : Both weights 1.
    fbeta_score : The same for sets, with weights 1/(1 + β²) and β²/(1 + β²).

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.tversky_loss([1, 1, 0, 0], [1, 0, 1, 1], fp_weight=0.25, fn_weight=0.75))
    0.6363636363636364
    """
    weights = {
        "tp_weight": 1.0,
        "fp_weight": _read_factor("fp_weight", fp_weight),
        "fn_weight": _read_factor("fn_weight", fn_weight),
    }
    smooth = _read_factor("smooth", smooth)
    # A common factor cancels; with it, sums over a region of huge weights stay finite.
    factor = 2.0**-100 if max(smooth, *weights.values()) > 2.0**900 else 1.0
    weights, smooth = {name: factor * weight for name, weight in weights.items()}, factor * smooth
    form = _Form(partial(_tversky_terms, **weights), partial(_tversky_slopes, **weights))
    return _regions(
        form,
        _loss,
        probs,
        target,
        axis=axis,
        smooth=smooth,
        empty=empty,
        weight=weight,
        where=where,
        reduction=reduction,
    )


@loss(
    **_FAMILY,
    page=_TVERSKY_PAGE,
    each="region",
    arguments={"probs": PROBS, "target": UNIT},
    references=(
        (
            "S. A. Taghanaki et al., Combo loss: handling input and output imbalance in multi-organ segmentation, "
            "Computerized Medical Imaging and Graphics 75, 2019."
        ),
    ),
)
def bce_dice_loss(
    probs: ArrayLike,
    target: ArrayLike,
    *,
    dice_weight: float = 1.0,
    axis: int | Sequence[int] | None = None,
    smooth: float = 0.0,
    empty: float = 1.0,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Binary cross entropy plus the Dice loss, region by region.

    Use it to segment: the cross entropy gives every pixel a gradient, the Dice loss keeps small objects in view.

    .. math::

        \ell = -\frac{1}{N} \sum_i \bigl(g_i \log p_i + (1 - g_i) \log(1 - p_i)\bigr) + w\,(1 - D), \qquad
        D = \frac{2 \sum_i p_i g_i + \kappa}{\sum_i p_i + \sum_i g_i + \kappa}

    Parameters
    ----------
    dice_weight : float
        Weight w of the Dice loss, not negative.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or for ``"none"`` an array with one number for each region. The cross entropy is
        averaged over ``axis``, before the reduction. It is +∞ where a hard label has probability 0.

    See Also
    --------
    bce_log_dice_loss : With −log D in place of 1 − D.
    binary_cross_entropy : The first term.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.bce_dice_loss([0.5, 0.5], [1, 0], dice_weight=2).round(4))
    1.6931
    """
    kernel = partial(_bce_dice, dice_weight=_read_factor("dice_weight", dice_weight))
    return _regions(
        _DICE_AND_LOG_LOSS,
        kernel,
        probs,
        target,
        axis=axis,
        smooth=smooth,
        empty=empty,
        weight=weight,
        where=where,
        reduction=reduction,
    )


@loss(
    **_FAMILY,
    page=_TVERSKY_PAGE,
    each="region",
    arguments={"probs": PROBS, "target": UNIT},
    references=(
        (
            "V. Iglovikov and A. Shvets, TernausNet: U-Net with VGG11 encoder pre-trained on ImageNet for image "
            "segmentation, arXiv:1801.05746, 2018."
        ),
    ),
)
def bce_log_dice_loss(
    probs: ArrayLike,
    target: ArrayLike,
    *,
    axis: int | Sequence[int] | None = None,
    smooth: float = 0.0,
    empty: float = 1.0,
    weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    r"""Binary cross entropy less the logarithm of the Dice coefficient, region by region.

    Use it like :func:`bce_dice_loss`, when a small overlap is to weigh as heavily as a small probability.

    .. math::

        \ell = -\frac{1}{N} \sum_i \bigl(g_i \log p_i + (1 - g_i) \log(1 - p_i)\bigr) - \log D, \qquad
        D = \frac{2 \sum_i p_i g_i + \kappa}{\sum_i p_i + \sum_i g_i + \kappa}

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss in nats: a scalar, or for ``"none"`` an array with one number for each region. The cross entropy is
        averaged over ``axis``, before the reduction. Where nothing of the target is found, D = 0, the loss is +∞ and
        so is the downward slope on the foreground; a region without foreground keeps the background's slope, the
        limit for κ → 0.

    See Also
    --------
    bce_dice_loss : With 1 − D in place of −log D.
    binary_cross_entropy : The first term.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.bce_log_dice_loss([0.5, 0.5], [1, 0]).round(4))
    1.3863
    """
    return _regions(
        _DICE_AND_LOG_LOSS,
        _bce_log_dice,
        probs,
        target,
        axis=axis,
        smooth=smooth,
        empty=empty,
        weight=weight,
        where=where,
        reduction=reduction,
    )
