"""What is the same for all losses: axes, blocks, weights, reduction, and the chain to the reduced value.

A loss function of the package does not compute. It reads its arguments and returns a *plan*: which kernel runs over
which arrays, and how the results are reduced. ``value_and_grad``, ``grad`` and ``hessian_diag`` run the same plan one
or two derivatives further.

A kernel is a generator over one block: it yields the value, then the derivative, then the second derivative, and is
asked only for as many as are needed. Blocks are small enough to stay in the processor's cache.
"""

import contextlib
import functools
import itertools
import math
from contextvars import ContextVar

import numpy as np

from lossbook import _arrays

REDUCTIONS = ("mean", "sum", "none")

# Bytes of a block: large beside the cost of a call of NumPy, small beside the caches.
BLOCK = 1 << 19

# The C library of Linux gives the memory of each temporary back to the system, and takes it again page by page, until it
# has seen a larger array come and go. That would cost ten times what the kernels do.
np.empty(1 << 24, np.uint8)

# From so many classes on, a run along the class axis is long enough to be worked off by itself.
MANY = 128

# A factor beyond it is multiplied in float64, whatever the dtype.
_LARGEST_SINGLE = float(np.finfo(np.float32).max)

_THREADS = ContextVar("threads", default=1)


def has_nan(x):
    """Whether any entry is NaN: the minimum then is, too."""
    return math.isnan(np.minimum.reduce(x, axis=None))


def is_finite(x):
    """Whether all entries are finite and not so large that their sum is infinite."""
    return math.isfinite(np.add.reduce(x, axis=None))


def times(x, y):
    """Multiply with the convention 0 · ∞ = 0, the limit that every product in this package has."""
    product = x * y
    if has_nan(product):
        zero = ((x == 0) & np.isinf(y)) | ((y == 0) & np.isinf(x))
        product = np.where(zero, 0, product)
    return product


def blend(a, x, b, y):
    """Return a · x + b · y with 0 · ∞ = 0."""
    total = a * x + b * y
    if has_nan(total):
        total = times(a, x) + times(b, y)
    return total


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


def _derived(loss):
    """Name a function after the loss whose derivative it computes; its plan stays the loss's own."""

    def name(function):
        named = functools.wraps(loss, updated=())(function)
        return without_gradient("it computes a derivative already, and only losses are derived")(named)

    return name


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

    @_derived(loss)
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

    @_derived(loss)
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

    @_derived(loss)
    def call(*args, **kwargs):
        found = plan(*args, **kwargs)
        if not isinstance(found, Elementwise):
            raise TypeError(
                f"loss = {loss.__name__} has no diagonal second derivative: it is not elementwise. "
                f"Pass an elementwise loss."
            )
        return found.run(2)[2]

    return call


@contextlib.contextmanager
def threads(count):
    """Let losses work on several blocks of their input at a time, inside a ``with`` block.

    Parameters
    ----------
    count : int
        How many threads, at least 1. Outside, and by default, it is 1.

    Raises
    ------
    ValueError
        If ``count`` is below 1.
    TypeError
        If ``count`` is not an integer.

    Notes
    -----
    The blocks, and the order in which their sums are added, do not depend on the threads: no bit of a result changes.
    Arrays of less than a few blocks, half a MiB each, gain nothing; neither do losses that do little with a number.

    Examples
    --------
    >>> import lossbook
    >>> with lossbook.threads(2):
    ...     print(lossbook.mse_loss([1.0, 2.0], [0.0, 0.0]))
    2.5
    """
    token = _THREADS.set(_arrays.read_count("count", count))
    try:
        yield
    finally:
        _THREADS.reset(token)


def run_blocks(work, blocks):
    """Do the work on each block, and iterate over the results in the blocks' order, however many threads do it."""
    count = min(_THREADS.get(), len(blocks))
    return map(work, blocks) if count <= 1 else _in_threads(work, blocks, count)


def _in_threads(work, blocks, count):
    """Let threads take turns in the row of blocks: handing over each block singly would cost as much as a short kernel."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(count, initializer=np.seterr, initargs=("ignore",)) as pool:
        shares = list(pool.map(lambda first: [work(block) for block in blocks[first::count]], range(count)))
    yield from (shares[place % count][place // count] for place in range(len(blocks)))


def runs(length, step):
    """Cut 0, …, length − 1 into runs of at most ``step``."""
    return [slice(start, start + step) for start in range(0, length, step)]


def collect(value, values, where):
    """Return the sum of a block's values, accumulated in float64; or put them into ``values``, unless that is None."""
    if values is None:
        return np.add.reduce(value, axis=None, dtype=np.float64).item()
    values[where] = value.reshape(values[where].shape)
    return 0.0


def divide(result, divisor, out):
    """Write result/divisor into ``out``; a count is divided by through its reciprocal, which costs half."""
    if divisor == 1:
        np.copyto(out, result)
    elif isinstance(divisor, int):
        np.multiply(result, out.dtype.type(1 / divisor), out=out)
    else:
        np.divide(result, out.dtype.type(divisor), out=out)


class Elementwise:
    """A loss that has one term for each element of the prediction.

    ``kernel(prediction, target, *params)`` is given blocks of equal shape; a parameter is a number, or a vector along
    the last axis. The mean divides by the sum of the weights, or by the number of elements where there are none. A
    kernel that is ``delicate`` is given float64 whatever the input; its results are rounded to the input's dtype.
    """

    def __init__(self, kernel, prediction, target, *, reduction, params=(), weight=None, delicate=False):
        self.kernel = kernel
        self.prediction = prediction
        self.target = target
        self.params = params
        self.reduction = _arrays.read_choice("reduction", reduction, REDUCTIONS)
        self.weight = _arrays.in_proportion(weight) if weight is not None and self.reduction == "mean" else weight
        self.dtype = _arrays.float_dtype(prediction, target)
        factors = params if self.weight is None else (*params, self.weight)
        large = any(np.max(factor) > _LARGEST_SINGLE for factor in factors)
        self.working = _arrays.DOUBLE if delicate or large else self.dtype
        _arrays.same_shape(prediction, target)

    def run(self, order):
        """Compute the value, and with it as many derivatives as ``order`` says, in one pass."""
        shape, dtype, working = self.prediction.array.shape, self.dtype, self.working
        # A parameter vector lies along the last axis, so blocks have to be whole rows; otherwise any run will do.
        width = shape[-1] if shape and any(map(np.ndim, self.params)) else 1
        rows = (-1, width) if width > 1 else -1
        z, y = self.prediction.array.reshape(rows), self.target.array.reshape(rows)
        w = None if self.weight is None else self.weight.reshape(rows)
        params = [np.asarray(p, working) for p in self.params]
        divisor = self._divisor()
        outputs = [np.empty(z.shape, dtype) for _ in range(order)]
        values = np.empty(z.shape, dtype) if self.reduction == "none" else None
        summed = w is None and values is None
        given = (self.prediction, z), (self.target, y)
        # Where a sum of losses shows what does not fit, it is looked for only if the sum is not finite.
        at_once = [(argument, array) for argument, array in given if not (summed and argument.kind.shows)]

        def work(block):
            for argument, array in at_once:
                argument.check(array[block])
            results = self.kernel(z[block].astype(working, copy=False), y[block].astype(working, copy=False), *params)
            weight = None if w is None else w[block].astype(working, copy=False)
            value = next(results)
            if weight is not None:
                value = times(weight, value)
            total = collect(value, values, block)
            if not math.isfinite(total):
                for argument, array in given:
                    argument.check(array[block])
            for output, result in zip(outputs, results, strict=False):
                if weight is not None:
                    result = times(weight, result)
                divide(result, divisor, output[block])
            return total

        with np.errstate(all="ignore"):
            total = sum(run_blocks(work, runs(len(z), max(1, BLOCK // (width * working.itemsize)))))
            value = dtype.type(total / divisor) if values is None else values.reshape(shape)[()]
        return value if order == 0 else (value, *(output.reshape(shape) for output in outputs))

    def _divisor(self):
        """By what the sum is divided: 1 for no mean, and where all weights are zero, so that the mean of nothing is 0."""
        if self.reduction != "mean":
            return 1
        if self.weight is None:
            return self.prediction.array.size
        return float(np.sum(self.weight, dtype=np.float64)) or 1


class Columns:
    """A loss with one value for each run of the prediction along one axis, and reduced over the others.

    The kernel is given blocks with the class axis first, so that column j is one distribution, one vector of scores. It
    yields one value a column, then the derivative with respect to each entry of the prediction. A subclass says what
    the kernel is called with, and what the mean divides by. A kernel that is ``delicate`` is given float64.
    """

    def __init__(self, kernel, prediction, *, axis, reduction, dtype, params=(), delicate=False):
        self.kernel = kernel
        self.reduction = _arrays.read_choice("reduction", reduction, REDUCTIONS)
        self.dtype = dtype
        self.working = _arrays.DOUBLE if delicate else dtype
        self.params = [np.asarray(p, self.working) for p in params]
        self.shape = shape = prediction.array.shape
        self.axis = axis = _arrays.read_class_axis(axis, prediction)
        # (before, classes, after) is a view of a contiguous array whatever its axis; a block is one slab of its columns.
        self.folded = (math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :]))
        self.count = self.folded[0] * self.folded[2]

    def run(self, order):
        """Compute the value, and the gradient where ``order`` is 1, in one pass."""
        before, _, after = self.folded
        values = np.empty((before, after), self.dtype) if self.reduction == "none" else None
        gradient = np.empty(self.folded, self.dtype) if order else None

        def work(where):
            factor, *arguments = self.block(*where)
            results = self.kernel(*arguments, *self.params)
            value = next(results)
            if factor is not None:
                value = times(factor, value)
            total = collect(value, values, where)
            if order:
                result = next(results)
                if factor is not None:
                    result = times(factor, result) + 0.0  # which makes −0 a plain 0
                slab = gradient[where[0], :, where[1]]
                divide(result.T[:, :, None] if after == 1 else result[None], divisor, slab)
            return total

        with np.errstate(all="ignore"):
            divisor = self.divisor() if self.reduction == "mean" else 1
            total = sum(run_blocks(work, self.columns()))
            if values is None:
                value = self.dtype.type(0 if divisor == math.inf else total / divisor)
            else:
                value = values.reshape(self.shape[: self.axis] + self.shape[self.axis + 1 :])[()]
        return (value, gradient.reshape(self.shape)) if order else value

    def columns(self):
        """Cut the columns into slabs of at most BLOCK bytes, and of at least one column."""
        before, classes, after = self.folded
        step = max(1, BLOCK // (classes * self.working.itemsize))
        if after == 1:
            return [(rows, slice(None)) for rows in runs(before, step)]
        return [(slice(row, row + 1), run) for row in range(before) for run in runs(after, step)]

    def divisor(self):
        """By what the mean divides the sum: the number of columns."""
        return self.count

    def fold(self, argument):
        """Pair an argument with its array as (before, classes, after)."""
        return argument, argument.array.reshape(self.folded)

    def cut(self, folded, before, after):
        """Cut one block of a folded argument, turn it so that the class axis comes first, and check it."""
        argument, array = folded
        slab = array[before, :, after]
        block = slab[:, :, 0].T if self.folded[2] == 1 else slab[0]
        # Few classes: copied, so that the long axis is the contiguous one. Many: a view, whose columns are contiguous.
        block = block.astype(self.working, order="C" if self.folded[1] < MANY else "K", copy=False)
        argument.check(block)
        return block

    def cut_distribution(self, folded, before, after):
        """Cut one block of distributions, and check that they sum to 1."""
        block = self.cut(folded, before, after)
        argument = folded[0]
        allowed = _arrays.tolerance(argument)
        # A float32 sum that is off by less than half of what is allowed is near enough to tell.
        off = np.maximum.reduce(abs(np.add.reduce(block) - 1))
        if not off <= allowed / 2:
            off = np.maximum.reduce(abs(np.add.reduce(block, dtype=np.float64) - 1))
            if not off <= allowed:
                refuse_unnormalised(argument, self.axis)
        return block


class Distributions(Columns):
    """A loss of distributions along an axis: ``kernel(p, q)`` compares two, ``kernel(p)`` looks at one."""

    def __init__(self, kernel, *arguments, axis, reduction, delicate=False):
        dtype = _arrays.float_dtype(*arguments)
        super().__init__(kernel, arguments[0], axis=axis, reduction=reduction, dtype=dtype, delicate=delicate)
        for other in arguments[1:]:
            _arrays.same_shape(arguments[0], other)
        self.given = [self.fold(argument) for argument in arguments]

    def block(self, before, after):
        """All the distributions."""
        return None, *(self.cut_distribution(folded, before, after) for folded in self.given)


class Targeted(Columns):
    """A loss of scores against a target distribution: ``kernel(z, q, *params)``, in float64.

    With a ``weight`` for each class the mean divides by Σ weight · q.
    """

    def __init__(self, kernel, scores, target, *, axis, reduction, weight=None, params=()):
        dtype = _arrays.float_dtype(scores, target)
        super().__init__(kernel, scores, axis=axis, reduction=reduction, dtype=dtype, params=params, delicate=True)
        _arrays.same_shape(scores, target)
        self.scores, self.target, self.weight = self.fold(scores), self.fold(target), weight

    def block(self, before, after):
        """Scores and target."""
        return None, self.cut(self.scores, before, after), self.cut_distribution(self.target, before, after)

    def divisor(self):
        """Σ weight · q, or ∞ where that is 0; without weights each distribution counts as the 1 that it sums to."""
        if self.weight is None:
            return self.count
        blocks = (self.cut_distribution(self.target, *where) for where in self.columns())
        return sum(float(self.weight @ np.add.reduce(q, axis=1)) for q in blocks) or math.inf


class Labelled(Columns):
    """A loss of scores against one label a column: ``kernel(z, k, *params)``, with a block's labels as k.

    ``factor`` multiplies a column's loss, by its label. ``weight``, one for each class, is what a column counts in the
    mean's divisor; without it, 1. A column whose label is to be ignored has loss 0, gradient 0, and does not count.
    """

    def __init__(self, kernel, scores, labels, *, axis, reduction, factor=None, weight=None, params=(), delicate=False):
        dtype = _arrays.float_dtype(scores)
        delicate = delicate or (factor is not None and np.max(factor) > _LARGEST_SINGLE)
        super().__init__(kernel, scores, axis=axis, reduction=reduction, dtype=dtype, params=params, delicate=delicate)
        self.scores, self.labels, self.weight = self.fold(scores), labels, weight
        self.by_column = labels.array.reshape(self.folded[::2])
        self.factor = None if factor is None else np.asarray(factor, self.working)

    def block(self, before, after):
        """Factor, scores and labels; a label to be ignored gets the factor 0, and class 0 in its stead."""
        k, counted = self.cut_labels(before, after)
        factor = None if self.factor is None else self.factor[k]
        if counted is not None:
            factor = counted.astype(self.working) if factor is None else factor * counted
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
        blocks = (self.cut_labels(*where) for where in self.columns())
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


class Regions:
    """A loss of whole regions: a function of a few sums over each region, reduced over the regions.

    ``form.terms(p, g, total)`` gives the sums, a tuple; ``total(x)`` is the sum of x over the region, ``total(x, y)`` that
    of x · y. ``form.slopes(p, g)`` gives the derivatives with respect to p of what is summed; if ``form.straight``, they
    are linear in g and without p. ``kernel(*sums)`` yields the values of the regions, then the derivatives with respect to
    each sum. The engine sums in float64 over ``axis`` (None: over all axes), and chains the two in a second pass.
    """

    def __init__(self, form, kernel, prediction, target, *, axis, reduction):
        self.form, self.kernel = form, kernel
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
        slabs = _slabs(self.folded, max(1, BLOCK // 8))
        with np.errstate(all="ignore"):
            results = self.kernel(*self._sums(arrays, slabs))
            values = next(results)
            scale = values.size if self.reduction == "mean" else 1
            if self.reduction == "none":
                rest = [n for axis, n in enumerate(self.shape) if axis not in self.summed]
                value = values.astype(self.dtype).reshape(rest)[()]
            else:
                value = self.dtype.type(np.add.reduce(values, axis=None).item() / scale)
            if not order:
                return value
            gradient = np.empty(self.folded, self.dtype)
            chain = self._chain([np.divide(slope, scale) for slope in next(results)])

            def work(slab):
                chain(self._of_region(slab), *self._cut(arrays, slab, self.dtype), gradient[slab])

            for _ in run_blocks(work, slabs):
                pass
        return value, gradient.reshape(self.shape)

    def _chain(self, steepness):
        """Return what writes a slab's gradient: the sum of the slopes, each times the steepness in its sum."""
        finite = all(map(is_finite, steepness))
        if self.form.straight and finite:
            start, end = (sum(map(np.multiply, steepness, self.form.slopes(None, g))) for g in (0.0, 1.0))
            # A rise from the larger end would lose digits of the smaller one.
            if (abs(start) <= abs(end)).all():
                start, rise = self._narrow(start, end - start)

                def line(here, _, g, out):
                    np.multiply(g, rise[here], out=out)
                    np.add(out, start[here], out=out)

                return line
        # A product 0 · ∞ can only come from an infinite slope, and looking for it in every block takes time.
        product = np.multiply if finite else times
        steepness = self._narrow(*steepness)

        def chain(here, p, g, out):
            *first, last = (
                product(slope, steep[here]) for slope, steep in zip(self.form.slopes(p, g), steepness, strict=True)
            )
            np.add(functools.reduce(np.add, first), last, out=out)

        return chain

    def _narrow(self, *factors):
        """Cast to the gradient's dtype, unless that overflows: a region so empty has slopes that underflow, or are 0."""
        narrow = [factor.astype(self.dtype) for factor in factors]
        return narrow if all(map(is_finite, narrow)) else factors

    def _sums(self, arrays, slabs):
        """Sum the terms over each region, block by block; the axes summed over keep the length 1."""

        def work(slab):
            for argument, array in zip(self.arguments, arrays, strict=True):
                argument.check(array[slab])
            return self.form.terms(*self._cut(arrays, slab, np.float64), self._total)

        if len(slabs) == 1:
            return work(slabs[0])
        totals = None
        for slab, sums in zip(slabs, run_blocks(work, slabs), strict=True):
            if totals is None:
                shape = [1 if axis in self.folded_sums else n for axis, n in enumerate(self.folded)]
                totals = [np.zeros(shape) for _ in sums]
            for total, part in zip(totals, sums, strict=True):
                total[self._of_region(slab)] += part
        return totals

    def _total(self, x, y=None):
        """Sum x, or x · y, over the axes of one slab that are summed over."""
        if y is None or len(self.folded) - 1 not in self.folded_sums:
            return np.add.reduce(x if y is None else x * y, axis=self.folded_sums, keepdims=True)
        sums = _dot(x, y)[..., None]
        others = self.folded_sums[:-1]
        return np.add.reduce(sums, axis=others, keepdims=True) if others else sums

    @staticmethod
    def _cut(arrays, slab, dtype):
        return [array[slab].astype(dtype, copy=False) for array in arrays]

    def _of_region(self, slab):
        """Where the sums of a slab are kept."""
        return tuple(slice(None) if axis in self.folded_sums else cut for axis, cut in enumerate(slab))


def _dot(x, y, run=8192):
    """Sum x · y along the last axis, in runs that are too short for the linear algebra library to wake its threads."""
    length = x.shape[-1]
    whole = length // run * run
    if not whole or whole == run == length:
        return np.vecdot(x, y)
    rows = (*x.shape[:-1], -1, run)
    total = np.add.reduce(np.vecdot(x[..., :whole].reshape(rows), y[..., :whole].reshape(rows)), axis=-1)
    return total if whole == length else total + np.vecdot(x[..., whole:], y[..., whole:])


@functools.lru_cache
def _fold(shape, summed):
    """Merge neighbouring axes that are all summed over, or all kept; return the shape and which of its axes are summed."""
    groups = [(is_sum, list(axes)) for is_sum, axes in itertools.groupby(range(len(shape)), key=summed.__contains__)]
    groups = groups or [(True, [])]  # one number is a region of its own
    folded = tuple(math.prod(shape[axis] for axis in axes) for _, axes in groups)
    return folded, tuple(place for place, (is_sum, _) in enumerate(groups) if is_sum)


@functools.lru_cache
def _slabs(shape, size):
    """Cut an array into slabs of at most ``size`` numbers that are contiguous in it."""
    tails = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    axis = next(axis for axis, tail in enumerate(tails) if tail <= size)
    rest = [slice(None)] * (len(shape) - axis - 1)
    return tuple(
        (*(slice(n, n + 1) for n in lead), run, *rest)
        for lead in np.ndindex(*shape[:axis])
        for run in runs(shape[axis], max(1, size // tails[axis]))
    )


class Parts:
    """A loss of whole arrays: the mean of one or more parts, such as images or classes.

    Each part is ``(where, run)``: ``run(order)`` returns the value of the part and its gradient (None for order 0) with
    respect to the entries ``where`` of the prediction, which no other part has; ``factor`` is the part's share in the
    mean. No part at all (everything ignored) has value 0 and gradient 0.
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
            results = run_blocks(lambda part: part[2](order), self.parts)
            for (where, factor, _), (value, slope) in zip(self.parts, results, strict=True):
                total += factor * float(value)
                if order:
                    gradient[where] += factor * slope
            value = self.dtype.type(total)
        return (value, gradient) if order else value
