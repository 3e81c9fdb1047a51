"""What is the same for all losses: axes, blocks, weights, reduction, and the chain to the reduced value.

A loss function of the package does not compute. It reads its arguments and returns a *plan*: which kernel runs over
which arrays, and how the results are reduced. ``value_and_grad``, ``grad`` and ``hessian_diag`` run the same plan one
or two derivatives further.

A kernel is a generator over one block: it yields the value, then the derivative, then the second derivative, and is
asked only for as many as are needed. Blocks are small enough to stay in the processor's cache.
"""

import functools
import itertools
import math

import numpy as np

from lossbook import _arrays

REDUCTIONS = ("mean", "sum", "none")

# 8192 float64 numbers are 64 KiB: a handful of temporaries of a kernel fit into a core's L2 cache.
BLOCK = 8192

# From so many classes on, a run along the class axis is long enough to be worked off by itself.
MANY = 128


def times(x, y):
    """Multiply with the convention 0 · ∞ = 0, the limit that every product in this package has."""
    product = x * y
    if np.isnan(np.min(product)):
        zero = ((x == 0) & np.isinf(y)) | ((y == 0) & np.isinf(x))
        product = np.where(zero, 0, product)
    return product


def loss(definition):
    """Turn a function that returns a plan into a loss; the plan stays reachable for the derivatives."""

    @functools.wraps(definition)
    def call(*args, **kwargs):
        return definition(*args, **kwargs).run(0)

    call.plan = definition
    return call


def without_gradient(reason):
    """Mark a function that has no useful gradient, and say why."""

    def mark(function):
        function.no_gradient = reason
        return function

    return mark


def _plan_of(function, what):
    plan = getattr(function, "plan", None)
    if plan is None:
        name = getattr(function, "__name__", repr(function))
        reason = getattr(function, "no_gradient", "it is not a loss of lossbook")
        raise TypeError(f"loss = {name} has no {what}: {reason}. Pass a differentiable loss of lossbook.")
    return plan


def value_and_grad(loss):
    """Return a function that computes the value of a loss and its gradient with respect to the prediction.

    Parameters
    ----------
    loss : callable
        A loss of this package.

    Returns
    -------
    callable
        Takes the arguments of ``loss`` and returns ``(value, gradient)``. The gradient has the prediction's shape. It
        is the closed-form gradient of the reduced value; for ``reduction="none"``, of the sum.

    Raises
    ------
    TypeError
        If ``loss`` is not a loss of this package, or has no useful gradient.

    Examples
    --------
    >>> import lossbook
    >>> value, gradient = lossbook.value_and_grad(lossbook.binary_cross_entropy_with_logits)([0.0, 0.0], [1, 0])
    >>> print(gradient)
    [-0.25  0.25]
    """
    plan = _plan_of(loss, "gradient")

    @functools.wraps(loss)
    def call(*args, **kwargs):
        return plan(*args, **kwargs).run(1)

    return call


def grad(loss):
    """Return a function that computes the gradient of a loss with respect to the prediction.

    Parameters
    ----------
    loss : callable
        A loss of this package.

    Returns
    -------
    callable
        Takes the arguments of ``loss`` and returns what :func:`value_and_grad` returns second.

    Raises
    ------
    TypeError
        If ``loss`` is not a loss of this package, or has no useful gradient.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.grad(lossbook.binary_cross_entropy)([0.5, 0.25], [1, 1], reduction="sum"))
    [-2. -4.]
    """
    plan = _plan_of(loss, "gradient")

    @functools.wraps(loss)
    def call(*args, **kwargs):
        return plan(*args, **kwargs).run(1)[1]

    return call


def hessian_diag(loss):
    """Return a function that computes the diagonal second derivative of an elementwise loss.

    Parameters
    ----------
    loss : callable
        An elementwise loss of this package.

    Returns
    -------
    callable
        Takes the arguments of ``loss`` and returns the second derivative of the reduced value (for
        ``reduction="none"``: of the sum) with respect to each element of the prediction, in the prediction's shape.

    Raises
    ------
    TypeError
        If ``loss`` is not an elementwise loss of this package.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.hessian_diag(lossbook.binary_cross_entropy_with_logits)([0.0], [1]))
    [0.25]
    """
    plan = _plan_of(loss, "second derivative")

    @functools.wraps(loss)
    def call(*args, **kwargs):
        found = plan(*args, **kwargs)
        if not isinstance(found, Elementwise):
            raise TypeError(
                f"loss = {loss.__name__} has no diagonal second derivative: it is not elementwise. "
                f"Pass an elementwise loss."
            )
        return found.run(2)[2]

    return call


def scalar(total, dtype):
    """Round an accumulated number once, to the dtype of the computation."""
    with np.errstate(over="ignore"):
        return dtype.type(total)


class Elementwise:
    """A loss that has one term for each element of the prediction.

    ``kernel(prediction, target, *params)`` is given blocks of equal shape; a parameter is a number, or a vector along
    the last axis. The mean divides by the sum of the weights, or by the number of elements where there are none.
    """

    def __init__(self, kernel, prediction, target, *, reduction, params=(), weight=None):
        self.kernel = kernel
        self.prediction = prediction
        self.target = target
        self.params = params
        self.weight = weight
        self.reduction = _arrays.read_choice("reduction", reduction, REDUCTIONS)
        self.dtype = _arrays.float_dtype(prediction, target)
        _arrays.same_shape(prediction, target)

    def run(self, order):
        """Compute the value, and with it as many derivatives as ``order`` says, in one pass."""
        shape, dtype = self.prediction.array.shape, self.dtype
        # A parameter vector lies along the last axis, so blocks have to be whole rows; otherwise any run will do.
        width = shape[-1] if any(np.ndim(p) for p in self.params) else 1
        rows = (-1, width) if width > 1 else (-1,)
        z, y, w = (
            None if a is None else a.reshape(rows) for a in (self.prediction.array, self.target.array, self.weight)
        )
        params = [np.asarray(p, dtype) for p in self.params]
        scale = self._divisor()
        outputs = [np.empty(z.shape, dtype) for _ in range(order)]
        values = np.empty(z.shape, dtype) if self.reduction == "none" else None
        total = 0.0
        step = max(1, BLOCK // width)
        with np.errstate(all="ignore"):
            for start in range(0, len(z), step):
                block = slice(start, start + step)
                self.prediction.check(z[block])
                self.target.check(y[block])
                results = self.kernel(z[block].astype(dtype, copy=False), y[block].astype(dtype, copy=False), *params)
                weight = None if w is None else w[block].astype(dtype, copy=False)
                value = next(results)
                if weight is not None:
                    value = times(weight, value)
                if values is None:
                    total += float(np.sum(value, dtype=np.float64))
                else:
                    values[block] = value
                for output, result in zip(outputs, results, strict=False):
                    if weight is not None:
                        result = times(weight, result)
                    output[block] = result if scale is None else result / dtype.type(scale)
        value = (
            values.reshape(shape)[()]
            if values is not None
            else scalar(total if scale is None else total / scale, dtype)
        )
        return value if order == 0 else (value, *(output.reshape(shape) for output in outputs))

    def _divisor(self):
        """By what the sum is divided: None for no mean; 1 where all weights are zero, so that the mean of nothing is 0."""
        if self.reduction != "mean":
            return None
        if self.weight is None:
            return self.prediction.array.size
        return float(np.sum(self.weight, dtype=np.float64)) or 1.0


class Columns:
    """A loss with one value for each run of the prediction along one axis, and reduced over the others.

    The kernel is given blocks with the class axis first, so that column j is one distribution, one vector of scores. It
    yields one value a column, then the derivative with respect to each entry of the prediction. A subclass says what
    the kernel is called with, and what the mean divides by.
    """

    def __init__(self, kernel, prediction, *, axis, reduction, dtype, params=()):
        self.kernel = kernel
        self.reduction = _arrays.read_choice("reduction", reduction, REDUCTIONS)
        self.dtype = dtype
        self.params = [np.asarray(p, dtype) for p in params]
        self.shape = shape = prediction.array.shape
        self.axis = axis = _arrays.read_class_axis(axis, prediction)
        # (before, classes, after) is a view of a contiguous array whatever its axis; a block is one slab of its columns.
        self.folded = (int(np.prod(shape[:axis])), shape[axis], int(np.prod(shape[axis + 1 :])))
        self.count = self.folded[0] * self.folded[2]

    def run(self, order):
        """Compute the value, and the gradient where ``order`` is 1, in one pass."""
        before, _, after = self.folded
        values = np.empty((before, after), self.dtype) if self.reduction == "none" else None
        gradient = np.empty(self.folded, self.dtype) if order else None
        total = 0.0
        with np.errstate(all="ignore"):
            scale = self.divisor() if self.reduction == "mean" else 1
            for where in _columns(self.folded):
                factor, *arguments = self.block(*where)
                results = self.kernel(*arguments, *self.params)
                value = next(results)
                if factor is not None:
                    value = times(factor, value)
                if values is None:
                    total += float(np.sum(value, dtype=np.float64))
                else:
                    values[where] = value.reshape(values[where].shape)
                if order:
                    result = next(results)
                    if factor is not None:
                        result = times(factor, result) + 0.0  # which makes −0 a plain 0
                    slab = gradient[where[0], :, where[1]]
                    np.divide(
                        result.T[:, :, None] if after == 1 else result[None], scale, out=slab, casting="same_kind"
                    )
        rest = self.shape[: self.axis] + self.shape[self.axis + 1 :]
        if values is not None:
            value = values.reshape(rest)[()]
        else:
            value = scalar(0 if scale == math.inf else total / scale, self.dtype)
        return (value, gradient.reshape(self.shape)) if order else value

    def divisor(self):
        """By what the mean divides the sum: the number of columns."""
        return self.count

    def fold(self, argument):
        """Pair an argument with its array as (before, classes, after)."""
        return argument, argument.array.reshape(self.folded)

    def cut(self, folded, before, after):
        """Cut one block of a folded argument, check it, and turn it so that the class axis comes first."""
        argument, array = folded
        slab = array[before, :, after]
        block = slab[:, :, 0].T if self.folded[2] == 1 else slab[0]
        argument.check(block)
        # Few classes: copied, so that the long axis is the contiguous one. Many: a view, whose columns are contiguous.
        return block.astype(self.dtype, order="C" if self.folded[1] < MANY else "K", copy=False)

    def cut_distribution(self, folded, before, after):
        """Cut one block of distributions, and check that they sum to 1."""
        block = self.cut(folded, before, after)
        if abs(np.sum(block, axis=0, dtype=np.float64) - 1).max() > _arrays.tolerance(folded[0]):
            refuse_unnormalised(folded[0], self.axis)
        return block


class Distributions(Columns):
    """A loss of distributions along an axis: ``kernel(p, q)`` compares two, ``kernel(p)`` looks at one."""

    def __init__(self, kernel, *arguments, axis, reduction):
        super().__init__(kernel, arguments[0], axis=axis, reduction=reduction, dtype=_arrays.float_dtype(*arguments))
        for other in arguments[1:]:
            _arrays.same_shape(arguments[0], other)
        self.arguments = arguments
        self.given = [self.fold(argument) for argument in arguments]

    def block(self, before, after):
        """All the distributions."""
        return None, *(self.cut_distribution(folded, before, after) for folded in self.given)


class Targeted(Columns):
    """A loss of scores against a target distribution: ``kernel(z, q, *params)``.

    With a ``weight`` for each class the mean divides by Σ weight · q.
    """

    def __init__(self, kernel, scores, target, *, axis, reduction, weight=None, params=()):
        dtype = _arrays.float_dtype(scores, target)
        super().__init__(kernel, scores, axis=axis, reduction=reduction, dtype=dtype, params=params)
        _arrays.same_shape(scores, target)
        self.scores, self.target, self.weight = self.fold(scores), self.fold(target), weight

    def block(self, before, after):
        """Scores and target."""
        return None, self.cut(self.scores, before, after), self.cut_distribution(self.target, before, after)

    def divisor(self):
        """Σ weight · q, or ∞ where that is 0; without weights each distribution counts as the 1 that it sums to."""
        if self.weight is None:
            return self.count
        blocks = (self.cut_distribution(self.target, *where) for where in _columns(self.folded))
        return sum(float(self.weight @ np.sum(q, axis=1, dtype=np.float64)) for q in blocks) or math.inf


class Labelled(Columns):
    """A loss of scores against one label a column: ``kernel(z, k, *params)``, with a block's labels as k.

    ``factor`` multiplies a column's loss, by its label. ``weight``, one for each class, is what a column counts in the
    mean's divisor; without it, 1. A column whose label is to be ignored has loss 0, gradient 0, and does not count.
    """

    def __init__(self, kernel, scores, labels, *, axis, reduction, factor=None, weight=None, params=()):
        dtype = _arrays.float_dtype(scores)
        super().__init__(kernel, scores, axis=axis, reduction=reduction, dtype=dtype, params=params)
        self.scores, self.labels, self.weight = self.fold(scores), labels, weight
        self.by_column = labels.array.reshape(self.folded[::2])
        self.factor = None if factor is None else np.asarray(factor, dtype)

    def block(self, before, after):
        """Factor, scores and labels; a label to be ignored gets the factor 0, and class 0 in its stead."""
        k, counted = self.cut_labels(before, after)
        factor = None if self.factor is None else self.factor[k]
        if counted is not None:
            factor = counted.astype(self.dtype) if factor is None else factor * counted
        return factor, self.cut(self.scores, before, after), k

    def cut_labels(self, before, after):
        """Cut the labels of one block, with the mask of those that count (None: all do)."""
        labels = self.by_column[before, after].reshape(-1)
        self.labels.check(labels)
        if self.labels.kind.besides is None:
            return labels.astype(np.intp, copy=False), None
        counted = labels != self.labels.kind.besides
        return labels.astype(np.intp, copy=False) * counted, counted

    def divisor(self):
        """Sum the weights of the labels that count; ∞ where that is 0, so that the mean of nothing is 0."""
        if self.weight is None and self.labels.kind.besides is None:
            return self.count
        weight = np.ones(self.folded[1]) if self.weight is None else self.weight
        blocks = (self.cut_labels(*where) for where in _columns(self.folded))
        return sum(float(np.bincount(k, counted, len(weight)) @ weight) for k, counted in blocks) or math.inf


def refuse_unnormalised(argument, axis):
    """Raise the error for the first distribution whose sum is not 1."""
    sums = np.sum(argument.array, axis=axis, dtype=np.float64)
    off = np.abs(sums - 1) > _arrays.tolerance(argument)
    index = np.unravel_index(int(np.argmax(off)), sums.shape)
    where = list(map(str, map(int, index)))
    where.insert(axis, ":")
    raise ValueError(
        f"{argument.name} must hold distributions that sum to 1 along axis {axis}, but {argument.name}"
        f"[{', '.join(where)}] sums to {sums[index].item()!r}. Divide by the sum if that is what you mean."
    )


def _columns(folded):
    """Cut (before, classes, after) into slabs of at most BLOCK numbers, and of at least one column."""
    before, classes, after = folded
    step = max(1, BLOCK // classes)
    if after == 1:
        for start in range(0, before, step):
            yield slice(start, start + step), slice(None)
    else:
        for row, start in itertools.product(range(before), range(0, after, step)):
            yield slice(row, row + 1), slice(start, start + step)


class Regions:
    """A loss of whole regions: a function of a few sums over each region, reduced over the regions.

    ``terms(p, g)`` gives what is summed, a tuple of arrays with one number for each element, and ``slopes(p, g)`` their
    derivatives with respect to p. ``kernel(*sums)`` yields the values of the regions, then the derivatives with respect
    to each sum. The engine sums in float64 over ``axis`` (None: over all axes), and chains the two in a second pass.
    """

    def __init__(self, terms, slopes, kernel, prediction, target, *, axis, reduction):
        self.terms, self.slopes, self.kernel = terms, slopes, kernel
        self.arguments = (prediction, target)
        self.reduction = _arrays.read_choice("reduction", reduction, REDUCTIONS)
        self.dtype = _arrays.float_dtype(prediction, target)
        _arrays.same_shape(prediction, target)
        self.shape = shape = prediction.array.shape
        self.summed = _arrays.read_axes(axis, len(shape), prediction.name)
        self.folded, self.folded_sums = _fold(shape, self.summed)

    def run(self, order):
        """Compute the value, and the gradient where ``order`` is 1."""
        arrays = [argument.array.reshape(self.folded) for argument in self.arguments]
        slabs = list(_slabs(self.folded))
        with np.errstate(all="ignore"):
            results = self.kernel(*self._sums(arrays, slabs))
            values = next(results)
            scale = values.size if self.reduction == "mean" else 1
            if self.reduction == "none":
                rest = [n for axis, n in enumerate(self.shape) if axis not in self.summed]
                value = values.astype(self.dtype).reshape(rest)[()]
            else:
                value = scalar(float(np.sum(values)) / scale, self.dtype)
            if not order:
                return value
            steepness = [np.divide(slope, scale) for slope in next(results)]
            # A product 0 · ∞ can only come from an infinite slope, and looking for it in every block takes time.
            product = np.multiply if all(np.isfinite(slope).all() for slope in steepness) else times
            gradient = np.empty(self.folded, self.dtype)
            for slab in slabs:
                here = self._of_region(slab)
                parts = zip(steepness, self.slopes(*self._cut(arrays, slab)), strict=True)
                gradient[slab] = functools.reduce(np.add, (product(steep[here], part) for steep, part in parts))
        return value, gradient.reshape(self.shape)

    def _sums(self, arrays, slabs):
        """Sum the terms over each region, block by block; the axes summed over keep the length 1."""
        totals = None
        for slab in slabs:
            for argument, array in zip(self.arguments, arrays, strict=True):
                argument.check(array[slab])
            sums = [np.sum(term, axis=self.folded_sums, keepdims=True) for term in self.terms(*self._cut(arrays, slab))]
            if totals is None:
                shape = [1 if axis in self.folded_sums else n for axis, n in enumerate(self.folded)]
                totals = [np.zeros(shape) for _ in sums]
            for total, part in zip(totals, sums, strict=True):
                total[self._of_region(slab)] += part
        return totals

    def _cut(self, arrays, slab):
        return [array[slab].astype(np.float64, copy=False) for array in arrays]

    def _of_region(self, slab):
        """Where the sums of a slab are kept."""
        return tuple(slice(None) if axis in self.folded_sums else cut for axis, cut in enumerate(slab))


def _fold(shape, summed):
    """Merge neighbouring axes that are all summed over, or all kept; return the shape and which of its axes are summed."""
    groups = [(is_sum, list(axes)) for is_sum, axes in itertools.groupby(range(len(shape)), key=summed.__contains__)]
    groups = groups or [(True, [])]  # one number is a region of its own
    folded = tuple(math.prod(shape[axis] for axis in axes) for _, axes in groups)
    return folded, tuple(place for place, (is_sum, _) in enumerate(groups) if is_sum)


def _slabs(shape):
    """Cut an array into slabs of at most BLOCK numbers that are contiguous in it."""
    tails = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    axis = next(axis for axis, tail in enumerate(tails) if tail <= BLOCK)
    step = max(1, BLOCK // tails[axis])
    for lead in np.ndindex(*shape[:axis]):
        for start in range(0, shape[axis], step):
            yield (
                *(slice(n, n + 1) for n in lead),
                slice(start, start + step),
                *([slice(None)] * (len(shape) - axis - 1)),
            )


class Parts:
    """A loss of whole arrays: the mean of one or more parts, such as images or classes.

    Each part is ``(where, run)``: ``run(order)`` returns the value of the part and its gradient (None for order 0) with
    respect to the entries ``where`` of the prediction; ``factor`` is the part's share in the mean. No part at all
    (everything ignored) has value 0 and gradient 0.
    """

    def __init__(self, shape, dtype, parts):
        self.shape = shape
        self.dtype = dtype
        self.parts = parts

    def run(self, order):
        """Compute the mean of the parts, and the gradient where ``order`` is 1."""
        gradient = np.zeros(self.shape, self.dtype) if order else None
        total = 0.0
        with np.errstate(all="ignore"):
            for where, factor, run in self.parts:
                value, slope = run(order)
                total += factor * float(value)
                if order:
                    gradient[where] += factor * slope
        value = scalar(total, self.dtype)
        return (value, gradient) if order else value
