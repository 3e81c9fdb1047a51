"""Losses on the Lovász extension: the surrogate of a set function, and with it of the IoU.

The formulas are derived in the chapter *The Lovász extension* of the book.
"""

import math

import numpy as np

from lossbook import _arrays
from lossbook._engine import Parts, loss, refuse_unnormalised


def _descending(errors):
    """Return the order of decreasing errors in each row.

    Equal errors keep their places, so that the subgradient is the same everywhere.
    """
    return np.argsort(-errors, axis=-1, kind="stable")


def _jaccard_increments(foreground, total):
    """Return what each pixel adds to the Jaccard loss, the row going wrong in this order.

    With a foreground and b background pixels wrong it is (a + b)/(total + b), where
    total counts the foreground. The differences are written out: subtracting neighbours
    of a running loss loses digits as the image grows. Without any foreground the first
    wrong pixel makes the loss 1.
    """
    rank = np.arange(1, foreground.shape[-1] + 1)
    missed = np.cumsum(foreground, axis=-1)
    union = total + rank - missed
    share = np.where(foreground, 1, (total - missed) / (union - 1))
    return np.where(total == 0, rank == 1, share / union)


def _jaccard(errors, foreground):
    """Value and gradient, for each row, of the extension of the Jaccard loss.

    Errors that are not positive add nothing, and the slope 0 is taken for them.
    """
    total = np.count_nonzero(foreground, axis=1, keepdims=True)
    # One large image is worth a selection: fewer pixels are to be sorted.
    pixels = np.flatnonzero(errors[0] > 0) if len(errors) == 1 else slice(None)
    chosen = errors[:, pixels]
    order = _descending(chosen)
    chosen = np.take_along_axis(chosen, order, axis=1)
    ordered = np.take_along_axis(foreground[:, pixels], order, axis=1)
    increments = _jaccard_increments(ordered, total)
    increments[chosen <= 0] = 0
    # An infinite error times the increment 0 would be NaN; the limit is 0.
    yield np.sum(chosen * increments, axis=1, where=increments > 0)
    slopes, in_place = np.zeros(errors.shape), np.empty(order.shape)
    np.put_along_axis(in_place, order, increments, axis=1)
    slopes[:, pixels] = in_place
    yield slopes


def _hinge(z, y, counted):
    """Value and gradient of the Lovász hinge for each row, the errors being 1 ∓ z.

    They are formed in float64: float32 would make ties near z = 0, where a model starts.
    A pixel that is not counted has no error.
    """
    sign = np.where(y, -1.0, 1.0)
    results = _jaccard(np.where(counted, 1 + sign * z, 0), y)
    yield next(results)
    yield sign * next(results)


def _softmax(p, y, counted):
    """Value and gradient of the Lovász-softmax loss of one class for each row, the errors being 1 − p on it and p off it."""
    results = _jaccard(np.where(counted, np.where(y, 1 - p, p), 0), y)
    yield next(results)
    yield np.where(y, -1.0, 1.0) * next(results)


def _part(kernel, where, weights, shape, *rows):
    """Return the part of a loss that is a weighted sum over rows (images), for the engine to run."""

    def run(order):
        results = kernel(*rows)
        value = np.sum(weights * next(results))
        return value, (weights[:, None] * next(results)).reshape(shape) if order else None

    return where, 1.0, run


def _images(per_image, shape, name):
    """Return the shape of the pixels as rows, one for each image: the first axis, or all pixels together."""
    if not _arrays.read_flag("per_image", per_image):
        return 1, -1
    if not shape:
        raise ValueError(f"{name} is one number, but per_image=True needs images along axis 0. Pass an array.")
    return shape[0], -1


def _equal_weights(used):
    """Return the weights of a mean over those that are used: zeros where none is."""
    return used / max(1, np.count_nonzero(used))


@loss
def lovasz_extension(set_function, errors):
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
    lovasz_hinge, lovasz_softmax : The extension of the Jaccard loss, at the errors of a model.

    Notes
    -----
    The gradient with respect to ``errors`` is the increment of each element. Where errors are equal there is a kink: they
    are taken in the order in which they stand, and the increments in that order are the subgradient.

    References
    ----------
    L. Lovász, Submodular functions and convexity, in Mathematical Programming: The State of the Art, Springer 1983.

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
    if not callable(set_function):
        raise TypeError(
            f"set_function must be callable, but it is {_arrays.describe(set_function)}. Pass a function of a boolean mask."
        )
    m = _arrays.read("errors", errors, _arrays.REAL).check_all()
    dtype, shape = _arrays.float_dtype(m), m.array.shape

    def run(order):
        flat = m.array.reshape(-1).astype(dtype, copy=False)
        descending = _descending(flat)
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
    value = _arrays.as_array("set_function(mask)", set_function(mask.reshape(shape).copy()))
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


@loss
def lovasz_hinge(logits, target, *, per_image=False, ignore_index=None):
    r"""Lovász hinge: the convex surrogate of the Jaccard loss 1 − IoU for a binary mask.

    Use it to train a segmentation by its IoU, mostly after, or with, a cross entropy.

    .. math:: \ell(z, y) = \hat\Delta_J(m), \qquad m_i = \max(0,\ 1 - (2 y_i - 1) z_i), \qquad
        \Delta_J(M) = \frac{|M|}{|\{y = 1\} \cup M|}

    Parameters
    ----------
    logits : array_like
        Scores z, any real numbers including ±∞, any shape.
    target : array_like
        Mask y of labels 0 or 1, or ``ignore_index``; same shape.
    per_image : bool
        False takes all pixels as one image. True takes the loss of each image, along the first axis, and their mean;
        an image without any counted pixel is left out.
    ignore_index : int, optional
        Label of the pixels that are left out, such as 255 or −1. If all are, the loss and its gradient are zero.

    Returns
    -------
    numpy.floating
        The loss, without unit, ≥ 0. An infinite logit on the wrong side makes it +∞, unless its increment is 0.

    Raises
    ------
    ValueError
        If a shape, a value or an option is out of range, or the input is empty.
    TypeError
        If an argument is not numeric, or an option of the wrong kind.

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

    References
    ----------
    J. Yu and M. B. Blaschko, Learning submodular losses with the Lovász hinge, ICML 2015.
    M. Berman, A. Rannen Triki and M. B. Blaschko, The Lovász-softmax loss, CVPR 2018, arXiv:1705.08790.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.lovasz_hinge([2.0, -0.5, 0.25, -3.0], [1, 1, 0, 0]).round(4))
    0.9583
    >>> print(lossbook.grad(lossbook.lovasz_hinge)([2.0, -0.5, 0.25, -3.0], [1, 1, 0, 0]).round(4))
    [ 0.     -0.5     0.1667  0.    ]
    """
    z = _arrays.read("logits", logits, _arrays.LOGITS).check_all()
    y = _arrays.read("target", target, _arrays.BINARY)
    _arrays.same_shape(z, y)
    shape, ignore_index = z.array.shape, _arrays.read_ignore_index(ignore_index)
    counted = np.ones(shape, bool) if ignore_index is None else y.array != ignore_index
    if ignore_index is not None:
        y.array = np.where(counted, y.array, 0)
    foreground = y.check_all().array == 1
    images = _images(per_image, shape, "logits")
    rows = [array.reshape(images) for array in (z.array, foreground, counted)]
    weights = _equal_weights(rows[2].any(axis=1))
    return Parts(shape, _arrays.float_dtype(z), [_part(_hinge, (), weights, shape, *rows)])


@loss
def lovasz_softmax(probs, labels, *, classes="present", per_image=False, ignore_index=None, axis=-1):
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
    ignore_index : int, optional
        Label of the pixels that are left out, such as 255 or −1. If all are, the loss and its gradient are zero.
    axis : int
        The class axis; 1 for N×C×H×W.

    Returns
    -------
    numpy.floating
        The loss, without unit, in [0, 1].

    Raises
    ------
    ValueError
        If a shape, a value or an option is out of range, the probabilities do not sum to 1, or the input is empty.
    TypeError
        If an argument is not numeric, the labels are not integers, or an option is of the wrong kind.

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

    References
    ----------
    M. Berman, A. Rannen Triki and M. B. Blaschko, The Lovász-softmax loss, CVPR 2018, arXiv:1705.08790.

    Examples
    --------
    >>> import lossbook
    >>> probs = [[0.75, 0.25, 0.0], [0.5, 0.5, 0.0], [0.25, 0.5, 0.25]]
    >>> print(lossbook.lovasz_softmax(probs, [0, 0, 1]).round(4))
    0.4375
    >>> print(lossbook.lovasz_softmax(probs, [0, 0, 1], classes="all").round(4))
    0.375
    """
    p = _arrays.read("probs", probs, _arrays.DISTRIBUTION).check_all()
    shape, dtype = p.array.shape, _arrays.float_dtype(p)
    if not shape:
        raise ValueError("probs is one number, not a distribution. Pass an array with a class axis.")
    axis = _arrays.read_axis(axis, len(shape), "probs")
    if abs(np.sum(p.array, axis=axis, dtype=np.float64) - 1).max() > _arrays.tolerance(p):
        refuse_unnormalised(p, axis)
    count = shape[axis]
    y, counted = _arrays.read_labels(
        "labels",
        labels,
        count,
        shape[:axis] + shape[axis + 1 :],
        ignore_index=_arrays.read_ignore_index(ignore_index),
    )
    if counted is None:
        counted = np.ones(y.shape, bool)
    chosen = _read_classes(classes, count)
    images = _images(per_image, y.shape, "labels")
    if per_image and axis == 0:
        raise ValueError(
            f"axis = 0 is the class axis, but per_image=True takes the images along axis 0 of probs, of shape {shape}. "
            f"Move one of them."
        )
    y_rows, counted_rows = y.reshape(images), counted.reshape(images)
    weights = _class_weights(y_rows, counted_rows, count, chosen)
    planes = np.moveaxis(p.array.astype(dtype, copy=False), axis, 0)
    parts = [
        _part(
            _softmax,
            (*(slice(None),) * axis, c),
            weights[:, c],
            y.shape,
            planes[c].reshape(images),
            (y_rows == c) & counted_rows,
            counted_rows,
        )
        for c in np.flatnonzero(weights.any(axis=0)).tolist()
    ]
    return Parts(shape, dtype, parts)


def _class_weights(y, counted, count, chosen):
    """Return the weight of each class in each row: a mean over the classes of a row, then over the rows with a counted pixel."""
    if chosen is None:
        cells = y + count * np.arange(len(y))[:, None]
        used = np.bincount(cells[counted], minlength=len(y) * count).reshape(len(y), count) > 0
    else:
        used = np.zeros((len(y), count), bool)
        used[:, chosen] = counted.any(axis=1, keepdims=True)
    shares = used / np.maximum(1, np.count_nonzero(used, axis=1, keepdims=True))
    return shares * _equal_weights(used.any(axis=1))[:, None]


def _read_classes(classes, count):
    """Read which classes are counted: their indices, or None for those present."""
    if isinstance(classes, str):
        return None if _arrays.read_choice("classes", classes, ("present", "all")) == "present" else range(count)
    array = _arrays.as_array("classes", classes)
    if array.size == 0:
        raise ValueError('classes is empty: a mean over no class is undefined. List a class, or pass "present".')
    if array.dtype.kind not in "iu" or array.ndim != 1:
        raise TypeError(
            f'classes must be "present", "all" or a list of class indices, but it is {_arrays.describe(classes)}. '
            f"Pass a list of integers."
        )
    outside = (array < 0) | (array >= count)
    if outside.any():
        index = int(np.argmax(outside))
        raise ValueError(
            f"classes must hold class indices from 0 to {count - 1}, but {_arrays.entry('classes', array, (index,))}. "
            f"Leave it out."
        )
    first = np.unique(array, return_index=True)[1]
    if len(first) < len(array):
        index = int(np.setdiff1d(np.arange(len(array)), first)[0])
        raise ValueError(
            f"classes must name each class once, but {_arrays.entry('classes', array, (index,))} is there twice. "
            f"Remove the repetition."
        )
    return array
