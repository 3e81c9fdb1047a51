"""Losses that have one term for each element of the prediction."""

import math

import numpy as np

from lossbook.engine.arguments import (
    DOUBLE,
    float_dtype,
    in_proportion,
    read_reduction,
    read_weight,
    read_where,
    same_shape,
)
from lossbook.engine.blocks import LARGEST_SINGLE, collect, divide, fitting, run_blocks, slabs
from lossbook.engine.layout import memory_order, turned, turned_back
from lossbook.numerics.limits import times

# Bytes of an argument up to which what surrounds the kernel is worth a shorter way.
SMALL = 1 << 16


class Elementwise:
    """A loss that has one term for each element of the prediction.

    ``kernel(prediction, target, *params)`` is given blocks of equal shape; a parameter is a number, or a vector along
    ``axis``. Of a prediction that is a pair it is given both parts, and yields the value, the derivative by each part, and
    the second derivative by each part; the plan returns the derivatives in pairs. The mean divides by the sum of the weights,
    or by the number of elements where there are none. Where an argument does not count, value and derivatives are 0. Where a
    loss of arguments t times as large is t^``degree`` times as large, it has that degree. A kernel that is ``double`` is given
    float64 whatever the input; its results are rounded to the input's dtype.
    """

    derivatives = 2

    def __init__(
        self,
        kernel,
        prediction,
        target,
        *,
        reduction,
        params=(),
        axis=-1,
        weight=None,
        where=None,
        double=False,
        degree=None,
    ):
        same_shape(prediction.parts[0], target)
        self.kernel = kernel
        self.where = where = read_where(where, target)
        prediction = prediction.within(where)
        if len(prediction.parts) > 1:
            prediction.check_order()
        self.width = len(prediction.parts)
        self.arguments = (*prediction.parts, target.within(where))
        self.params = params
        self.degree = degree
        self.axis = axis
        self.reduction = read_reduction(reduction)
        weight = read_weight("weight", weight, target, where)
        self.weight = in_proportion(weight) if weight is not None and self.reduction == "mean" else weight
        self.dtype = float_dtype(*self.arguments)
        factors = params if self.weight is None else (*params, self.weight)
        double = double or self.dtype == DOUBLE or any(np.max(factor) > LARGEST_SINGLE for factor in factors)
        self.working = DOUBLE if double else self.dtype

    def run(self, order):
        """Compute the value, and with it as many derivatives as ``order`` says, in one pass."""
        divisor = self._divisor()
        results = self._run(order, self.kernel, divisor, self.working)
        # A mean may be in range where not all of its terms, or their sum, are.
        if self.reduction == "mean" and not math.isfinite(results[0]):
            results = self._run(order, self._of_shares(divisor), 1, DOUBLE)
        return self._by_order(results) if order else results[0]

    def _by_order(self, results):
        """Return the derivatives of a pair, which stand one after the other, in pairs."""
        if self.width == 1:
            return results
        value, *slopes = results
        return value, *(tuple(slopes[n : n + self.width]) for n in range(0, len(slopes), self.width))

    def _of_shares(self, divisor):
        """Return a kernel of each term's share in the mean, computed from numbers near 1 where the loss is homogeneous."""
        degree = self.degree or 0
        largest = max(float(np.max(abs(argument.replaced()))) for argument in self.arguments) if degree else 1.0
        exponent = math.frexp(largest)[1]

        def kernel(*given):
            if degree:
                given = [np.ldexp(x, -exponent) for x in given]
            for place, result in enumerate(self.kernel(*given)):
                n = -(-place // self.width)
                yield np.ldexp(result / divisor, (degree - n) * exponent) if degree else result / divisor

        return kernel

    def _run(self, order, kernel, divisor, working):
        if self._is_small(working):
            return self._run_small(order, kernel, divisor, working)
        turn = memory_order(self.arguments[0].array)
        shape, params = self._folded(turn)
        params = [np.asarray(p, working) for p in params]
        arrays = [turned(argument.array, turn).reshape(shape) for argument in self.arguments]
        weight, where = self.weight, self.where
        if weight is not None:
            weight = turned(weight, turn).reshape(shape)
        if where is not None:
            where = turned(where, turn).reshape(shape)
        new = np.empty if where is None else np.zeros
        outputs = [new(shape, self.dtype) for _ in range(order * self.width)]
        values = new(shape, self.dtype) if self.reduction == "none" else None
        by_sum, at_once = self._ways_to_check(arrays)

        def work(block):
            chosen = None
            if where is not None:
                chosen = np.flatnonzero(where[block])
                if not chosen.size:
                    return 0.0
            for argument, array in at_once:
                argument.check(_part(array, block, chosen))
            given = [_part(array, block, chosen).astype(working, copy=False) for array in arrays]
            results = kernel(*given, *(_along(param, arrays[0][block], block, chosen) for param in params))
            if weight is not None:
                factor = _part(weight, block, chosen).astype(working, copy=False)
                results = (times(factor, result) for result in results)
            total = collect(next(results), None if values is None else values[block], chosen)
            if not math.isfinite(total):
                for argument, array in by_sum:
                    argument.check(_part(array, block, chosen))
            for output, result in zip(outputs, results, strict=False):
                divide(result, divisor, output[block], chosen)
            return total

        own = self.arguments[0].array.shape
        with np.errstate(all="ignore"):
            total = sum(run_blocks(work, slabs(shape, fitting(working.itemsize))))
            value = self.dtype.type(total / divisor) if values is None else turned_back(values, own, turn)[()]
        return value, *(turned_back(output, own, turn) for output in outputs)

    def _is_small(self, working):
        """Whether all elements count alike and are so few that calls of NumPy cost more than the numbers do."""
        array = self.arguments[0].array
        return (
            array.size * working.itemsize <= SMALL
            and self.where is None
            and self.weight is None
            and self.reduction != "none"
            and not any(map(np.ndim, self.params))
        )

    def _run_small(self, order, kernel, divisor, working):
        """Do for few elements what ``_run`` does, with nothing to cut, to turn, to weigh or to leave out."""
        arrays = [argument.array.reshape(-1) for argument in self.arguments]
        by_sum, at_once = self._ways_to_check(arrays)
        with np.errstate(all="ignore"):
            for argument, array in at_once:
                argument.check(array)
            given = [array.astype(working, copy=False) for array in arrays]
            results = kernel(*given, *(np.asarray(param, working) for param in self.params))
            total = collect(next(results), None)
            if not math.isfinite(total):
                for argument, array in by_sum:
                    argument.check(array)
            outputs = []
            for _, result in zip(range(order * self.width), results, strict=False):
                outputs.append(np.empty(self.arguments[0].array.shape, self.dtype))
                divide(result, divisor, outputs[-1].reshape(-1))
            return self.dtype.type(total / divisor), *outputs

    def _folded(self, turn):
        """Return the shape to work in, and the parameters: one axis, unless a vector lies along one of several."""
        array = self.arguments[0].array
        if not any(map(np.ndim, self.params)):
            return (array.size,), self.params
        shape = turned(array, turn).shape
        axis = self.axis % array.ndim if turn is None else turn.index(self.axis % array.ndim)
        folded = math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])
        return folded, [np.reshape(p, (1, -1, 1)) if np.ndim(p) else p for p in self.params]

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
            array = self.arguments[0].array
            return array.size if self.where is None else int(np.count_nonzero(self.where)) or 1
        return float(np.sum(self.weight, dtype=np.float64)) or 1


def in_double(kernel, prediction, target, weight, where, reduction, **more):
    """Return the plan of a kernel that is given float64 whatever the input."""
    return Elementwise(kernel, prediction, target, weight=weight, where=where, reduction=reduction, double=True, **more)


def of_degree(degree, size):
    """Return the options of a loss whose parameter is a size beside the error: of that degree, where that leaves the parameter its digits."""
    return {"params": (size,), "degree": degree if size >= 1 or size == 0 else None}


def _part(array, block, chosen):
    """Cut a block out of an array, or the chosen entries of it: by their places, which is quicker than by a mask."""
    return array[block] if chosen is None else array[block].reshape(-1).take(chosen)


def _along(param, like, block, chosen):
    """Cut what belongs to a block out of a parameter: a number, or a vector along the middle one of three axes."""
    if not param.ndim:
        return param
    cut = param[:, block[1]]
    return cut if chosen is None else np.broadcast_to(cut, like.shape).reshape(-1).take(chosen)
