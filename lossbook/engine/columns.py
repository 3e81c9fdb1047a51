"""Losses that have one value for each distribution, or vector of scores, along an axis."""

import functools
import math

import numpy as np

from lossbook.engine.arguments import (
    DOUBLE,
    float_dtype,
    in_proportion,
    labels_along,
    read_class_axis,
    read_reduction,
    read_sample_weight,
    same_shape,
)
from lossbook.engine.blocks import LARGEST_SINGLE, collect, divide, fitting, run_blocks, runs
from lossbook.engine.layout import memory_order, put_back, runs_together, turned, turned_back, without
from lossbook.numerics.limits import times
from lossbook.numerics.sums import sum_columns

# From so many classes on, a run along the class axis is long enough to be worked off by itself.
MANY = 128


class Columns:
    """A loss with one value for each run of the prediction along one axis, and reduced over the others.

    The kernel is given blocks with the class axis first, so that column j is one distribution, one vector of scores. It
    yields one value a column, then the derivative with respect to each entry of the prediction (and the second one, where
    ``derivatives`` is 2). A subclass says what the kernel is called with, and what a column counts in the mean's divisor.
    A kernel that is ``double`` is given float64; one that is ``as_laid`` gains nothing from long rows, and is given the
    columns as they lie in memory.
    """

    def __init__(
        self,
        kernel,
        prediction,
        *,
        axis,
        reduction,
        dtype,
        sample_weight=None,
        params=(),
        double=False,
        derivatives=1,
        as_laid=False,
    ):
        self.kernel = kernel
        self.derivatives = derivatives
        self.reduction = read_reduction(reduction)
        self.axis = axis = read_class_axis(axis, prediction)
        # A contiguous array, whatever its axis, is a view as (before, classes, after); a block is a slab of its columns.
        self.turn = turn = memory_order(prediction.array)
        self.shape = prediction.array.shape
        shape = turned(prediction.array, turn).shape
        place = axis if turn is None else turn.index(axis)
        self.folded = (math.prod(shape[:place]), shape[place], math.prod(shape[place + 1 :]))
        self.count = self.folded[0] * self.folded[2]
        self.dtype = dtype
        self.sample_weight, large = None, False
        if sample_weight is not None:
            weight = read_sample_weight(sample_weight, self.shape_of_values())
            weight = in_proportion(weight) if self.reduction == "mean" else weight
            self.sample_weight, large = self.by_column(weight), np.max(weight) > LARGEST_SINGLE
        self.working = DOUBLE if double or large else dtype
        self.params = [np.asarray(p, self.working) for p in params]
        # Few classes: copied, so that the long axis is the contiguous one. Many: a view, whose columns are contiguous.
        self.order = "C" if self.folded[1] < MANY and not as_laid else "K"

    def run(self, order):
        """Compute the value, and with it as many derivatives as ``order`` says, in one pass."""
        with np.errstate(all="ignore"):
            divisor = self.divisor() if self.reduction == "mean" else 1
            results = self._run(order, self.kernel, divisor)
            # A mean may be in range where the sum is not.
            if self.reduction == "mean" and not math.isfinite(results[0]):
                results = self._run(order, lambda *given: (r / divisor for r in self.kernel(*given)), 1)
        return results if order else results[0]

    def _run(self, order, kernel, divisor):
        before, _, after = self.folded
        values = np.empty((before, after), self.dtype) if self.reduction == "none" else None
        outputs = [np.empty(self.folded, self.dtype) for _ in range(order)]

        def work(where):
            factor, *arguments = self.block(*where)
            if self.sample_weight is not None:
                weight = self.sample_weight[where].reshape(-1).astype(self.working, copy=False)
                factor = weight if factor is None else times(weight, factor)
            results = kernel(*arguments, *self.params)
            value = next(results)
            if factor is not None:
                value = times(factor, value)
            if values is None:
                total = collect(value, None)
            else:
                total = collect(value.reshape(values[where].shape), values[where])
            for output, result in zip(outputs, results, strict=False):
                if factor is not None:
                    result = times(factor, result) + 0.0  # which makes −0 a plain 0
                self.put(result, divisor, output[where[0], :, where[1]])
            return total

        total = sum(run_blocks(work, self.columns()))
        if values is None:
            value = self.dtype.type(0 if divisor == math.inf else total / divisor)
        else:
            value = turned_back(values, self.shape_of_values(), without(self.turn, (self.axis,)))[()]
        return value, *(turned_back(output, self.shape, self.turn) for output in outputs)

    def shape_of_values(self):
        """Return the shape of the values for ``reduction="none"``."""
        return self.shape[: self.axis] + self.shape[self.axis + 1 :]

    def columns(self):
        """Cut the columns into slabs of at most BLOCK bytes, and of at least one column."""
        return _slabs(self.folded, self.working.itemsize)

    def divisor(self):
        """By what the mean divides the sum: the number of columns, or the sum of what they count; ∞ where that is 0."""
        if self.sample_weight is None:
            return self.count
        return float(np.sum(self.sample_weight, dtype=np.float64)) or math.inf

    def fold(self, argument):
        """Pair an argument with its array as (before, classes, after)."""
        array = turned(argument.array, self.turn).reshape(self.folded)
        return argument, array if self.folded[2] == 1 else np.ascontiguousarray(array)

    def by_column(self, array):
        """Return an array that has one entry a column as (before, after)."""
        return turned(array, without(self.turn, (self.axis,))).reshape(self.folded[::2])

    def cut(self, folded, before, after):
        """Cut one block of a folded argument, turn it so that the class axis comes first, and check it."""
        argument, array = folded
        slab = array[before, :, after]
        if self.folded[2] == 1:
            block = slab[:, :, 0].T
        elif len(slab) == 1:
            block = slab[0]
        else:
            block = runs_together(slab).transpose(1, 0, 2).reshape(self.folded[1], -1)
        block = block.astype(self.working, order=self.order, copy=False)
        argument.check(block)
        return block

    def put(self, result, divisor, slab):
        """Write a block of a derivative, divided, where it belongs."""
        if self.folded[2] == 1:
            divide(result.T[:, :, None], divisor, slab)
        elif len(slab) == 1:
            divide(result[None], divisor, slab)
        else:
            divided = np.empty(result.shape, slab.dtype)
            divide(result, divisor, divided)
            put_back(divided.reshape(len(divided), len(slab), -1).transpose(1, 0, 2), slab)

    def cut_distribution(self, folded, before, after):
        """Cut one block of distributions, and check that they sum to 1."""
        block = self.cut(folded, before, after)
        argument = folded[0]
        # A float32 sum that is off by less than half of what is allowed is near enough to tell, and the root of the sum of
        # their squares, which takes half the time, is no less than the largest.
        off = sum_columns(block) - 1
        if not off @ off <= (argument.tolerance() / 2) ** 2:
            off = np.maximum.reduce(abs(np.add.reduce(block, dtype=np.float64) - 1))
            if not argument.tolerates(off):
                refuse_unnormalised(argument, self.axis)
        return block


class Distributions(Columns):
    """A loss of distributions along an axis: ``kernel(p, q)`` compares two, ``kernel(p)`` looks at one."""

    def __init__(self, kernel, *arguments, **options):
        super().__init__(kernel, arguments[0], dtype=float_dtype(*arguments), **options)
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

    def __init__(self, kernel, scores, target, *, weight=None, **options):
        super().__init__(kernel, scores, dtype=float_dtype(scores, target), double=True, **options)
        same_shape(scores, target)
        self.scores, self.target, self.weight = self.fold(scores), self.fold(target), weight

    def block(self, before, after):
        """Scores and target."""
        return None, self.cut(self.scores, before, after), self.cut_distribution(self.target, before, after)

    def divisor(self):
        """Σ weight · q, or ∞ where that is 0; without weights each distribution counts as the 1 that it sums to."""
        if self.weight is None:
            return super().divisor()
        total = 0.0
        for where in self.columns():
            counts = self.weight @ self.cut_distribution(self.target, *where)
            total += np.sum(counts if self.sample_weight is None else counts * self.sample_weight[where].reshape(-1))
        return float(total) or math.inf


class Paired(Columns):
    """A loss of scores against one number for each of them: ``kernel(z, y, *params)``."""

    def __init__(self, kernel, scores, target, **options):
        super().__init__(kernel, scores, dtype=float_dtype(scores, target), **options)
        same_shape(scores, target)
        self.given = self.fold(scores), self.fold(target)

    def block(self, before, after):
        """Scores and target."""
        return None, *(self.cut(folded, before, after) for folded in self.given)


class Labelled(Columns):
    """A loss of scores against one label a column: ``kernel(z, k, *params)``, with a block's labels as k.

    ``factor`` multiplies a column's loss, by its label. ``weight``, one for each class, is what a column counts in the
    mean's divisor; without it, 1. A column whose label is to be ignored has loss 0, gradient 0, and does not count.
    """

    def __init__(self, kernel, scores, labels, *, factor=None, weight=None, double=False, **options):
        double = double or (factor is not None and np.max(factor) > LARGEST_SINGLE)
        super().__init__(kernel, scores, dtype=float_dtype(scores), double=double, **options)
        self.scores, self.labels, self.weight = self.fold(scores), labels, weight
        self.label = self.by_column(labels.array)
        self.factor = None if factor is None else np.asarray(factor, self.working)

    @classmethod
    def of(cls, kernel, scores, labels, sample_weight, ignore_index, axis, reduction, **more):
        """Return the plan of a kernel that is given float64, with labels that are still to be read along the class axis."""
        axis = read_class_axis(axis, scores)
        k = labels_along(labels, scores, axis, ignore_index)
        options = {"axis": axis, "reduction": reduction, "sample_weight": sample_weight, "double": True}
        return cls(kernel, scores, k, **options, **more)

    def block(self, before, after):
        """Factor, scores and labels; a label to be ignored gets the factor 0, and class 0 in its stead."""
        k, counted = self.cut_labels(before, after)
        factor = None if self.factor is None else self.factor[k]
        if counted is not None:
            factor = counted.astype(self.working) if factor is None else factor * counted
        return factor, self.cut_prediction(before, after), k

    def cut_prediction(self, before, after):
        """Cut the scores of one block."""
        return self.cut(self.scores, before, after)

    def cut_labels(self, before, after):
        """Cut the labels of one block, with the mask of those that count (None: all do)."""
        labels = self.label[before, after].reshape(-1)
        self.labels.check(labels)
        if self.labels.kind.ignore is None:
            return labels.astype(np.intp, copy=False), None
        counted = labels != self.labels.kind.ignore
        return labels.astype(np.intp, copy=False) * counted, counted

    def divisor(self):
        """Sum the weights of the columns whose labels count; ∞ where that is 0, so that the mean of nothing is 0."""
        if self.weight is None and self.labels.kind.ignore is None:
            return super().divisor()
        weight = np.ones(self.folded[1]) if self.weight is None else self.weight
        total = 0.0
        for where in self.columns():
            k, counts = self.cut_labels(*where)
            if self.sample_weight is not None:
                share = self.sample_weight[where].reshape(-1)
                counts = share if counts is None else share * counts
            total += float(np.bincount(k, counts, len(weight)) @ weight)
        return total or math.inf


class Observed(Columns):
    """A loss of numbers along an axis, such as an ensemble, against one number a column: ``kernel(x, y, *params)``, in float64."""

    def __init__(self, kernel, prediction, target, **options):
        super().__init__(kernel, prediction, dtype=float_dtype(prediction, target), double=True, **options)
        if target.array.shape != self.shape_of_values():
            raise ValueError(
                f"{target.name} has shape {target.array.shape}, but {prediction.name} without axis {self.axis} has shape "
                f"{self.shape_of_values()}. Reshape {target.name}: shapes must match exactly and are never broadcast."
            )
        self.given, self.target, self.observed = self.fold(prediction), target, self.by_column(target.array)

    def block(self, before, after):
        """Return the numbers of each column, and what was observed."""
        y = self.observed[before, after].reshape(-1).astype(self.working, copy=False)
        self.target.check(y)
        return None, self.cut(self.given, before, after), y


class Judged(Labelled):
    """A loss of distributions against one label a column: ``kernel(p, k)``."""

    def cut_prediction(self, before, after):
        """Cut the distributions of one block, those of labels to be ignored included."""
        return self.cut_distribution(self.scores, before, after)


@functools.lru_cache
def _slabs(folded, itemsize):
    before, classes, after = folded
    step = fitting(classes * itemsize)
    if after <= step:
        return [(rows, slice(None)) for rows in runs(before, step // after)]
    return [(slice(row, row + 1), run) for row in range(before) for run in runs(after, step)]


def refuse_unnormalised(argument, axis):
    """Raise the error for the first distribution whose sum is not 1."""
    sums = np.sum(argument.array, axis=axis, dtype=np.float64)
    off = ~(np.abs(sums - 1) <= argument.tolerance())
    index = np.unravel_index(int(np.argmax(off)), sums.shape)
    where = list(map(str, map(int, index)))
    where.insert(axis, ":")
    raise ValueError(
        f"{argument.name} must hold distributions that sum to 1 along axis {axis}, but {argument.name}"
        f"[{', '.join(where)}] sums to {sums[index].item()!r}. Divide by the sum if that is what you mean."
    )
