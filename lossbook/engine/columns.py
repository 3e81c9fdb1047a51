"""Losses that have one value for each distribution, or vector of scores, along an axis."""

import math

import numpy as np

from lossbook.engine.arguments import DOUBLE, float_dtype, read_class_axis, read_reduction, same_shape, tolerance
from lossbook.engine.blocks import LARGEST_SINGLE, collect, divide, fitting, run_blocks, runs
from lossbook.numerics.limits import times

# From so many classes on, a run along the class axis is long enough to be worked off by itself.
MANY = 128


class Columns:
    """A loss with one value for each run of the prediction along one axis, and reduced over the others.

    The kernel is given blocks with the class axis first, so that column j is one distribution, one vector of scores. It
    yields one value a column, then the derivative with respect to each entry of the prediction. A subclass says what
    the kernel is called with, and what the mean divides by. A kernel that is ``double`` is given float64.
    """

    derivatives = 1

    def __init__(self, kernel, prediction, *, axis, reduction, dtype, params=(), double=False):
        self.kernel = kernel
        self.reduction = read_reduction(reduction)
        self.dtype = dtype
        self.working = DOUBLE if double else dtype
        self.params = [np.asarray(p, self.working) for p in params]
        self.shape = shape = prediction.array.shape
        self.axis = axis = read_class_axis(axis, prediction)
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
        step = fitting(classes * self.working.itemsize)
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
        allowed = tolerance(argument)
        # A float32 sum that is off by less than half of what is allowed is near enough to tell.
        off = np.maximum.reduce(abs(np.add.reduce(block) - 1))
        if not off <= allowed / 2:
            off = np.maximum.reduce(abs(np.add.reduce(block, dtype=np.float64) - 1))
            if not off <= allowed:
                refuse_unnormalised(argument, self.axis)
        return block


class Distributions(Columns):
    """A loss of distributions along an axis: ``kernel(p, q)`` compares two, ``kernel(p)`` looks at one."""

    def __init__(self, kernel, *arguments, axis, reduction, double=False):
        dtype = float_dtype(*arguments)
        super().__init__(kernel, arguments[0], axis=axis, reduction=reduction, dtype=dtype, double=double)
        for other in arguments[1:]:
            same_shape(arguments[0], other)
        self.given = [self.fold(argument) for argument in arguments]

    def block(self, before, after):
        """All the distributions."""
        return None, *(self.cut_distribution(folded, before, after) for folded in self.given)


class Targeted(Columns):
    """A loss of scores against a target distribution: ``kernel(z, q, *params)``, in float64.

    With a ``weight`` for each class the mean divides by Σ weight · q.
    """

    def __init__(self, kernel, scores, target, *, axis, reduction, weight=None, params=()):
        dtype = float_dtype(scores, target)
        super().__init__(kernel, scores, axis=axis, reduction=reduction, dtype=dtype, params=params, double=True)
        same_shape(scores, target)
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

    def __init__(self, kernel, scores, labels, *, axis, reduction, factor=None, weight=None, params=(), double=False):
        dtype = float_dtype(scores)
        double = double or (factor is not None and np.max(factor) > LARGEST_SINGLE)
        super().__init__(kernel, scores, axis=axis, reduction=reduction, dtype=dtype, params=params, double=double)
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
        if self.labels.kind.ignore is None:
            return labels.astype(np.intp, copy=False), None
        counted = labels != self.labels.kind.ignore
        return labels.astype(np.intp, copy=False) * counted, counted

    def divisor(self):
        """Sum the weights of the labels that count; ∞ where that is 0, so that the mean of nothing is 0."""
        if self.weight is None and self.labels.kind.ignore is None:
            return self.count
        weight = np.ones(self.folded[1]) if self.weight is None else self.weight
        blocks = (self.cut_labels(*where) for where in self.columns())
        return sum(float(np.bincount(k, counted, len(weight)) @ weight) for k, counted in blocks) or math.inf


def refuse_unnormalised(argument, axis):
    """Raise the error for the first distribution whose sum is not 1."""
    sums = np.sum(argument.array, axis=axis, dtype=np.float64)
    off = np.abs(sums - 1) > tolerance(argument)
    index = np.unravel_index(int(np.argmax(off)), sums.shape)
    where = list(map(str, map(int, index)))
    where.insert(axis, ":")
    raise ValueError(
        f"{argument.name} must hold distributions that sum to 1 along axis {axis}, but {argument.name}"
        f"[{', '.join(where)}] sums to {sums[index].item()!r}. Divide by the sum if that is what you mean."
    )
