"""Losses that have one term for each element of the prediction."""

import math

import numpy as np

from lossbook.engine.arguments import DOUBLE, float_dtype, in_proportion, read_choice, same_shape
from lossbook.engine.blocks import LARGEST_SINGLE, REDUCTIONS, collect, divide, fitting, run_blocks, runs
from lossbook.numerics.limits import times


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
        self.reduction = read_choice("reduction", reduction, REDUCTIONS)
        self.weight = in_proportion(weight) if weight is not None and self.reduction == "mean" else weight
        self.dtype = float_dtype(prediction, target)
        factors = params if self.weight is None else (*params, self.weight)
        large = any(np.max(factor) > LARGEST_SINGLE for factor in factors)
        self.working = DOUBLE if delicate or large else self.dtype
        same_shape(prediction, target)

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
            total = sum(run_blocks(work, runs(len(z), fitting(width * working.itemsize))))
            value = dtype.type(total / divisor) if values is None else values.reshape(shape)[()]
        return value if order == 0 else (value, *(output.reshape(shape) for output in outputs))

    def _divisor(self):
        """By what the sum is divided: 1 for no mean, and where all weights are zero, so that the mean of nothing is 0."""
        if self.reduction != "mean":
            return 1
        if self.weight is None:
            return self.prediction.array.size
        return float(np.sum(self.weight, dtype=np.float64)) or 1
