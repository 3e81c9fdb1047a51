"""Losses on the Lovász extension: the surrogate of a set function, and with it of the IoU.

The formulas are derived in the chapter *The Lovász extension* of the book.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from lossbook.engine.arguments import (
    BINARY,
    DISTRIBUTION,
    LABELS,
    LOGITS,
    REAL,
    as_array,
    describe,
    entry,
    float_dtype,
    labels_along,
    read_axis,
    read_choice,
    read_flag,
    read_ignore_index,
    read_where,
    same_shape,
)
from lossbook.engine.columns import refuse_unnormalised
from lossbook.engine.loss import loss
from lossbook.engine.parts import Parts
from lossbook.numerics.limits import times
from lossbook.numerics.sorting import SHORT, STEP, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Literal

    from numpy.typing import ArrayLike, NDArray


_FAMILY = {"family": "Lovász", "group": "regions"}
_PAGE = "book/regions/lovasz_extension"
_BERMAN_2018 = "M. Berman, A. Rannen Triki and M. B. Blaschko, The Lovász-softmax loss, CVPR 2018, arXiv:1705.08790."


def _jaccard_increments(foreground, total, missed=0, before=0):
    """Return what each pixel adds to the Jaccard loss, the row going wrong in this order.

    With a foreground and b background pixels wrong it is (a + b)/(total + b), where
    total counts the foreground. The differences are written out: subtracting neighbours
    of a running loss loses digits as the image grows. Without any foreground the first
    wrong pixel makes the loss 1. ``before`` pixels, ``missed`` of them foreground, are
    wrong already.
    """
    left = np.subtract(total - missed, np.cumsum(foreground, axis=-1), dtype=np.float64)
    union = left + np.arange(before + 1.0, before + 1 + foreground.shape[-1])
    # A share is at most 1, so that fmax gives 1 on the foreground, and for 0/0.
    share = np.fmax(foreground, left / (union - 1))
    if not before:
        share[..., 0] = 1
    return share / union


def _worst_first(margins, foreground, least):
    """Yield places, margins and foreground of each row's pixels by decreasing margin, so many pixels at a time.

    Equal margins keep their places, so that the subgradient is the same everywhere.
    A long row comes alone, and of it only what has a margin above ``least``.
    """
    if margins.shape[1] <= SHORT:
        order = np.argsort(-margins, axis=1, kind="stable")
        places = order + np.arange(0, margins.size, margins.shape[1])[:, None]
        yield places, margins.take(places), foreground.take(places)
        return
    is_above = margins > least
    count = np.count_nonzero(is_above)
    # To take a few out is cheaper than to sort the rest; to take most of them out is not.
    few = 2 * count < margins.size
    above = np.flatnonzero(is_above) if few else None
    row, foreground = (a.take(above) if few else a[0] for a in (margins, foreground))
    for order, rising, wrong in in_order(-row, foreground, count):
        yield (above.take(order) if few else order)[None], -rising[None], wrong[None]


def _jaccard(margins, foreground, offset, weights, slopes):
    """Return the extension of the Jaccard loss, summed over the rows with weights.

    The error of a pixel is offset + margin; where it is not positive it adds nothing,
    and the slope 0 is taken. The slopes of the scores are filled in where they are
    wanted: they fall on the foreground and rise off it.
    """
    total = np.count_nonzero(foreground, axis=1, keepdims=True)
    value, missed, before = 0.0, 0, 0
    for places, margin, wrong in _worst_first(margins, foreground, -offset):
        error = np.add(offset, margin, dtype=np.float64)
        increments = _jaccard_increments(wrong, total, missed, before) * (error > 0)
        missed = missed + np.count_nonzero(wrong, axis=1, keepdims=True)
        before += wrong.shape[1]
        increments *= weights
        value += float(np.sum(times(increments, error)))
        if slopes is not None:
            slopes.reshape(-1)[places] = _sign(wrong) * increments
    return value


def _sign(foreground):
    """Return −1 on the foreground and 1 off it."""
    return 1 - 2 * foreground.view(np.int8)


def _hinge(z, y):
    """Return the margins ∓z of the Lovász hinge, whose errors are 1 ∓ z.

    The margins are what is sorted: the errors, rounded, would tie near z = 0, where a
    model starts.
    """
    return _sign(y) * z


def _softmax(p, y):
    """Return the errors of the Lovász-softmax loss of one class: 1 − p on it and p off it."""
    return abs(y - p)


def _weighted_rows(margins_of, offset, weights, scores, foreground, counted, order):
    """Return the sum over rows (images) with weights, and where ``order`` is 1 its slopes by the scores.

    A pixel that is not counted gets the error 0; ``counted`` is None where all are.
    """
    slopes = np.zeros(scores.shape, scores.dtype) if order else None
    value = 0.0
    for rows in _together(*scores.shape):
        if weights[rows].any():
            y = foreground[rows]
            margins = margins_of(scores[rows], y)
            if counted is not None:
                margins[~counted[rows]] = -offset
            value += _jaccard(margins, y, offset, weights[rows, None], slopes[rows] if order else None)
    return value, slopes


def _together(count, length):
    """Cut rows into long ones, each alone, or into groups of short ones, which share the cost of a call."""
    step = 1 if length > SHORT else max(1, STEP // length)
    return [slice(start, start + step) for start in range(0, count, step)]


def _images(per_image, shape, name):
    """Return the shape of the pixels as rows, one for each image: the first axis, or all pixels together."""
    if not read_flag("per_image", per_image):
        return 1, -1
    if not shape:
        raise ValueError(f"{name} is one number, but per_image=True needs images along axis 0. Pass an array.")
    return shape[0], -1


def _equal_weights(used):
    """Return the weights of a mean over those that are used: zeros where none is."""
    return used / max(1, np.count_nonzero(used))


class _SetFunction:
    """The kind of argument that is a function of a set."""

    name = "set function"

    @staticmethod
    def read(name, value):
        """Read a function."""
        if not callable(value):
            raise TypeError(f"{name} must be callable, but it is {describe(value)}. Pass a function of a boolean mask.")
        return value


@loss(
    **_FAMILY,
    page=_PAGE,
    each="image",
    arguments={"set_function": _SetFunction(), "errors": REAL},
    prediction="errors",
    references=(
        (
            "L. Lovász, Submodular functions and convexity, in Mathematical Programming: The State of the Art, "
            "Springer 1983."
        ),
    ),
)
def lovasz_extension(set_function: Callable[[NDArray[np.bool_]], Any], errors: ArrayLike) -> Any:
    r"""Lovász extension of a set function: its piecewise linear interpolation, from sets to real vectors.

    Use it to make a measure that is defined on sets of wrong pixels (the IoU, a count) trainable: where the set
    function is submodular, the extension is convex.

    .. math:: \hat\Delta(m) = \sum_{i=1}^{N} m_{\pi_i} \bigl(\Delta(\{\pi_1, \dots, \pi_i\})
        - \Delta(\{\pi_1, \dots, \pi_{i-1}\})\bigr), \qquad m_{\pi_1} \ge \dots \ge m_{\pi_N}

    Parameters
    ----------
    set_function : callable
        Takes a set as a boolean array of the shape of ``errors`` and returns a finite number; 0 for the empty set. It
        is called N + 1 times.
    errors : array_like
        The point m, finite numbers of either sign, any shape.

    Returns
    -------
    numpy.floating
        The value, in the units of ``set_function`` times those of ``errors``.

    Raises
    ------
    ValueError
        If ``errors`` is empty or not finite, if the empty set has another value than 0, or any set a value that is not finite.
    TypeError
        If ``set_function`` is not callable or does not return one number, or ``errors`` is not numeric.

    See Also
    --------
    lovasz_hinge : The extension of the Jaccard loss at the errors of a binary mask.
    lovasz_softmax : The same, class by class.

    Notes
    -----
    The gradient with respect to ``errors`` is the increment of each element. Where errors are equal there is a kink: they
    are taken in the order in which they stand, and the increments in that order are the subgradient.

    Examples
    --------
    >>> import lossbook
    >>> def any_of(mask):
    ...     return mask.any()
    >>> print(lossbook.lovasz_extension(any_of, [0.25, 0.75, 0.5]))
    0.75
    >>> print(lossbook.grad(lossbook.lovasz_extension)(any_of, [0.25, 0.75, 0.5]))
    [0. 1. 0.]
    """
    dtype, shape = float_dtype(errors), errors.check_all().array.shape

    def run(order):
        flat = errors.array.reshape(-1).astype(dtype, copy=False)
        descending = np.argsort(-flat, kind="stable")
        mask = np.zeros(flat.size, bool)
        values = [_set_value(set_function, mask, shape)]
        if values[0] != 0:
            raise ValueError(
                f"set_function must be 0 at the empty set, but set_function(no element) = {values[0]!r}. Subtract that value."
            )
        for pixel in descending:
            mask[pixel] = True
            values.append(_set_value(set_function, mask, shape))
        slopes = np.empty(flat.size)
        slopes[descending] = np.diff(values)
        return np.sum(flat * slopes), slopes.reshape(shape) if order else None

    return Parts(shape, dtype, [((), 1.0, run)])


def _set_value(set_function, mask, shape):
    """Return the value of the set function at one set; it is given a copy, which it may keep or change."""
    value = as_array("set_function(mask)", set_function(mask.reshape(shape).copy()))
    if value.ndim:
        raise TypeError(
            f"set_function must return one number, but it returned an array of shape {value.shape}. Reduce over the mask."
        )
    if not math.isfinite(value):
        raise ValueError(
            f"set_function must return finite numbers, but it returned {value.item()!r} for the {np.count_nonzero(mask)} "
            f"largest errors. Define it for every set."
        )
    return float(value)


@loss(
    **_FAMILY,
    page=_PAGE,
    each="image",
    arguments={"logits": LOGITS, "target": BINARY},
    references=(
        "J. Yu and M. B. Blaschko, Learning submodular losses with the Lovász hinge, ICML 2015.",
        _BERMAN_2018,
    ),
)
def lovasz_hinge(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    per_image: bool = False,
    ignore_index: int | None = None,
    where: ArrayLike | None = None,
) -> Any:
    r"""Lovász hinge: the convex surrogate of the Jaccard loss 1 − IoU for a binary mask.

    Use it to train a segmentation by its IoU, mostly after, or with, a cross entropy.

    .. math:: \ell(z, y) = \hat\Delta_J(m), \qquad m_i = \max(0,\ 1 - (2 y_i - 1) z_i), \qquad
        \Delta_J(M) = \frac{|M|}{|\{y = 1\} \cup M|}

    Parameters
    ----------
    target : array_like
        Mask y of labels 0 or 1, or ``ignore_index``; same shape.
    per_image : bool
        False takes all pixels as one image. True takes the loss of each image, along the first axis, and their mean;
        an image without any counted pixel is left out.

    Returns
    -------
    numpy.floating
        The loss, without unit, ≥ 0. An infinite logit on the wrong side makes it +∞.

    See Also
    --------
    lovasz_softmax : The loss of probabilities, for several classes.
    lovasz_extension : The extension of any set function.

    Notes
    -----
    The gradient is that of the sorted increments. At a kink a subgradient is taken: 0 where an error is exactly 0, and
    equal errors are taken in the order in which they stand. It is finite for infinite logits too.

    A target without a foreground pixel is a case of its own: Δ_J is 1 for any false positive, and the loss is the
    largest error.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.lovasz_hinge([2.0, -0.5, 0.25, -3.0], [1, 1, 0, 0]).round(4))
    0.9583
    >>> print(lossbook.grad(lossbook.lovasz_hinge)([2.0, -0.5, 0.25, -3.0], [1, 1, 0, 0]).round(4))
    [ 0.     -0.5     0.1667  0.    ]
    """
    same_shape(logits, target)
    where, ignore_index = read_where(where, target), read_ignore_index(ignore_index)
    z = logits.within(where).check_all()
    shape, counted = z.array.shape, where
    labels = target.within(where).of(replace(BINARY, ignore=ignore_index)).check_all()
    if ignore_index is not None:
        counted = labels.array != ignore_index if where is None else (labels.array != ignore_index) & where
    foreground = labels.array == 1
    if counted is not None:
        foreground &= counted
    images, dtype = _images(per_image, shape, "logits"), float_dtype(z)
    scores, foreground = z.replaced().astype(dtype, copy=False).reshape(images), foreground.reshape(images)
    counted = None if counted is None else counted.reshape(images)
    weights = _equal_weights(np.ones(len(scores), bool) if counted is None else counted.any(axis=1))

    def run(order):
        value, slopes = _weighted_rows(_hinge, 1, weights, scores, foreground, counted, order)
        return value, slopes.reshape(shape) if order else None

    return Parts(shape, dtype, [((), 1.0, run)])


@loss(
    **_FAMILY,
    page=_PAGE,
    each="image",
    arguments={"probs": DISTRIBUTION, "labels": LABELS},
    references=(_BERMAN_2018,),
)
def lovasz_softmax(
    probs: ArrayLike,
    labels: ArrayLike,
    *,
    classes: Literal["present", "all"] | Sequence[int] = "present",
    per_image: bool = False,
    ignore_index: int | None = None,
    axis: int = -1,
) -> Any:
    r"""Lovász-softmax loss: the surrogate of the mean Jaccard loss over the classes of a segmentation.

    Use it to train a segmentation with exclusive classes by its mean IoU, mostly after, or with, a cross entropy.

    .. math:: \ell(p, y) = \frac{1}{|C|} \sum_{c \in C} \hat\Delta_{J_c}(m(c)), \qquad
        m_i(c) = \bigl|[y_i = c] - p_{ic}\bigr|

    Parameters
    ----------
    probs : array_like
        Predicted probabilities of K classes, which sum to 1 along ``axis``.
    labels : array_like of int
        Class of each pixel, 0 to K − 1, or ``ignore_index``; shape of ``probs`` without ``axis``.
    classes : {"present", "all"} or sequence of int
        The classes C that the mean is taken over: those that occur among the counted labels (of the image, with
        ``per_image``), all K, or those listed, whether they occur or not.
    per_image : bool
        False takes all pixels as one image. True takes the loss of each image, along axis 0, and their mean; an image
        without any counted pixel is left out.

    Returns
    -------
    numpy.floating
        The loss, without unit, in [0, 1].

    See Also
    --------
    lovasz_hinge : The loss of logits, for one class against the rest.
    lovasz_extension : The extension of any set function.

    Notes
    -----
    The gradient with respect to the probabilities is that of the sorted increments; it is not chained through a softmax.
    At a kink a subgradient is taken: 0 where an error is exactly 0, and equal errors are taken in the order in which
    they stand.

    A class that no label names has the loss 1 for any false positive: it contributes its largest probability.

    Examples
    --------
    >>> import lossbook
    >>> probs = [[0.75, 0.25, 0.0], [0.5, 0.5, 0.0], [0.25, 0.5, 0.25]]
    >>> print(lossbook.lovasz_softmax(probs, [0, 0, 1]).round(4))
    0.4375
    >>> print(lossbook.lovasz_softmax(probs, [0, 0, 1], classes="all").round(4))
    0.375
    """
    p = probs.check_all()
    shape, dtype = p.array.shape, float_dtype(p)
    if not shape:
        raise ValueError("probs is one number, not a distribution. Pass an array with a class axis.")
    axis = read_axis(axis, len(shape), "probs")
    if not p.tolerates(abs(np.sum(p.array, axis=axis, dtype=np.float64) - 1).max()):
        refuse_unnormalised(p, axis)
    count = shape[axis]
    y = labels_along(labels, p, axis, ignore_index).check_all()
    counted = None if y.kind.ignore is None else y.array != y.kind.ignore
    y = y.array.astype(np.intp)
    chosen = _read_classes(classes, count)
    images = _images(per_image, y.shape, "labels")
    if per_image and axis == 0:
        raise ValueError(
            f"axis = 0 is the class axis, but per_image=True takes the images along axis 0 of probs, of shape {shape}. "
            f"Move one of them."
        )
    y_rows, counted = y.reshape(images), None if counted is None else counted.reshape(images)
    weights = _class_weights(y_rows, counted, count, chosen)
    planes = np.moveaxis(p.array, axis, 0)

    def run(order, c):
        foreground = y_rows == c if counted is None else (y_rows == c) & counted
        plane = planes[c].astype(dtype, copy=False).reshape(images)
        value, slopes = _weighted_rows(_softmax, 0, weights[:, c], plane, foreground, counted, order)
        return value, slopes.reshape(y.shape) if order else None

    used = np.flatnonzero(weights.any(axis=0)).tolist()
    return Parts(shape, dtype, [((*(slice(None),) * axis, c), 1.0, partial(run, c=c)) for c in used])


def _class_weights(y, counted, count, chosen):
    """Return the weight of each class in each row: a mean over the classes of a row, then over the rows with a counted pixel."""
    if chosen is None:
        cells = y + count * np.arange(len(y))[:, None]
        cells = cells.reshape(-1) if counted is None else cells[counted]
        used = np.bincount(cells, minlength=len(y) * count).reshape(len(y), count) > 0
    else:
        used = np.zeros((len(y), count), bool)
        used[:, chosen] = True if counted is None else counted.any(axis=1, keepdims=True)
    shares = used / np.maximum(1, np.count_nonzero(used, axis=1, keepdims=True))
    return shares * _equal_weights(used.any(axis=1))[:, None]


def _read_classes(classes, count):
    """Read which classes are counted: their indices, or None for those present."""
    if isinstance(classes, str):
        return None if read_choice("classes", classes, ("present", "all")) == "present" else range(count)
    array = as_array("classes", classes, '"present", "all" or a list of class indices')
    if array.size == 0:
        raise ValueError('classes is empty: a mean over no class is undefined. List a class, or pass "present".')
    if array.dtype.kind not in "iu" or array.ndim != 1:
        raise TypeError(
            f'classes must be "present", "all" or a list of class indices, but it is {describe(classes)}. '
            f"Pass a list of integers."
        )
    outside = (array < 0) | (array >= count)
    if outside.any():
        index = int(np.argmax(outside))
        raise ValueError(
            f"classes must hold class indices from 0 to {count - 1}, but {entry('classes', array, (index,))}. "
            f"Leave it out."
        )
    first = np.unique(array, return_index=True)[1]
    if len(first) < len(array):
        index = int(np.setdiff1d(np.arange(len(array)), first)[0])
        raise ValueError(
            f"classes must name each class once, but {entry('classes', array, (index,))} is there twice. "
            f"Remove the repetition."
        )
    return array
