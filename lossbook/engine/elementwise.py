"""Losses that have one term for each element of the prediction."""

import math

import numpy as np

from lossbook.engine.arguments import DOUBLE, float_dtype, in_proportion, read_reduction, same_shape
from lossbook.engine.blocks import LARGEST_SINGLE, collect, divide, fitting, run_blocks, runs
from lossbook.numerics.limits import times


class Elementwise:
    """A loss that has one term for each element of the prediction.

    ``kernel(prediction, target, *params)`` is given blocks of equal shape; a parameter is a number, or a vector along
    the last axis. The mean divides by the sum of the weights, or by the number of elements where there are none. A
    kernel that is ``double`` is given float64 whatever the input; its results are rounded to the input's dtype.
    """

    derivatives = 2

    def __init__(self, kernel, prediction, target, *, reduction, params=(), weight=None, double=False):
        same_shape(prediction, target)
        self.kernel = kernel
        self.arguments = (prediction, target)
        self.params = params
        self.reduction = read_reduction(reduction)
        self.weight = in_proportion(weight) if weight is not None and self.reduction == "mean" else weight
        self.dtype = float_dtype(prediction, target)
        factors = params if self.weight is None else (*params, self.weight)
        large = any(np.max(factor) > LARGEST_SINGLE for factor in factors)
        self.working = DOUBLE if double or large else self.dtype

    def run(self, order):
        """Compute the value, and with it as many derivatives as ``order`` says, in one pass."""
        shape, working = self.arguments[0].array.shape, self.working
        # A parameter vector lies along the last axis, so blocks have to be whole rows; otherwise any run will do.
        width = shape[-1] if shape and any(map(np.ndim, self.params)) else 1
        rows = (-1, width) if width > 1 else -1
        arrays = [argument.array.reshape(rows) for argument in self.arguments]
        weight = None if self.weight is None else self.weight.reshape(rows)
        params = [np.asarray(p, working) for p in self.params]
        divisor = self._divisor()
        outputs = [np.empty(arrays[0].shape, self.dtype) for _ in range(order)]
        values = np.empty(arrays[0].shape, self.dtype) if self.reduction == "none" else None
        by_sum, at_once = self._ways_to_check(arrays)

        def work(block):
            for argument, array in at_once:
                argument.check(array[block])
            results = self.kernel(*[array[block].astype(working, copy=False) for array in arrays], *params)
            if weight is not None:
                factor = weight[block].astype(working, copy=False)
                results = (times(factor, result) for result in results)
            total = collect(next(results), values, block)
            if not math.isfinite(total):
                for argument, array in by_sum:
                    argument.check(array[block])
            for output, result in zip(outputs, results, strict=False):
                divide(result, divisor, output[block])
            return total

        with np.errstate(all="ignore"):
            total = sum(run_blocks(work, runs(len(arrays[0]), fitting(width * working.itemsize))))
            value = self.dtype.type(total / divisor) if values is None else values.reshape(shape)[()]
        return value if order == 0 else (value, *(output.reshape(shape) for output in outputs))

    def _ways_to_check(self, arrays):
        """Pair the arguments with their arrays: those that a finite sum of losses checks, and those to be looked at.

        To look at each entry takes as long as to square it, so it is done only where the sum leaves a doubt.
        """
        given = list(zip(self.arguments, arrays, strict=True))
        if self.weight is not None or self.reduction == "none":
            return [], given
        return [pair for pair in given if pair[0].kind.shows], [pair for pair in given if not pair[0].kind.shows]

    def _divisor(self):
        """By what the sum is divided: 1 for no mean, and where all weights are zero, so that the mean of nothing is 0."""
        if self.reduction != "mean":
            return 1
        if self.weight is None:
            return self.arguments[0].array.size
        return float(np.sum(self.weight, dtype=np.float64)) or 1
