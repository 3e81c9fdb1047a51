"""Losses of whole regions, which are functions of a few sums over each."""

import functools
import itertools
import math
from functools import partial

import numpy as np

from lossbook.engine.arguments import (
    DOUBLE,
    float_dtype,
    in_proportion,
    read_axes,
    read_reduction,
    read_region_weight,
    same_shape,
)
from lossbook.engine.blocks import fitting, run_blocks, runs, slabs
from lossbook.engine.layout import memory_order, put_back, runs_together, turned, turned_back, without
from lossbook.numerics.limits import is_finite, only, times

# Sums below it have lost digits, or are made of products that have.
_SMALL = 2.0**-900

# Runs from so many numbers on are long enough to be worked off as they lie.
SHORT = 64


class Regions:
    """A loss of whole regions: a function of a few sums over each region, reduced over the regions.

    ``form.terms(p, g, total)`` gives the sums, a tuple; ``total(x)`` is the sum of x over the region, ``total(x, y)`` that
    of x · y. ``form.slopes(p, g)`` gives the derivatives with respect to p of what is summed; if ``form.linear``, they
    are linear in g and without p. An ``averaged`` form's kernel is given the regions' ``size``, too. ``kernel(*sums)`` yields the values of the regions, then the derivatives with respect to
    each sum. The engine sums in float64 over ``axis`` (None: over all axes), and chains the two in a second pass.
    """

    derivatives = 1

    def __init__(self, form, kernel, prediction, target, *, axis, reduction, weight=None):
        self.form, self.kernel = form, kernel
        self.arguments = (prediction, target)
        self.where = target.where
        self.reduction = read_reduction(reduction)
        self.dtype = float_dtype(prediction, target)
        same_shape(prediction, target)
        shape = prediction.array.shape
        summed = read_axes(axis, len(shape), prediction.name)
        self.shape, self.summed = shape, summed
        self.turn = turn = memory_order(prediction.array)
        places = summed if turn is None else tuple(sorted(turn.index(axis) for axis in summed))
        self.folded, self.folded_sums = _fold(turned(prediction.array, turn).shape, places)
        self.is_middle = self.folded_sums == (1,) and len(self.folded) == 3
        self.is_short = self.is_middle and self.folded[2] < SHORT
        self.weight = weight
        if weight is not None:
            weight = read_region_weight(weight, self.shape_of_values())
            self.weight = in_proportion(weight) if self.reduction == "mean" else weight

    def run(self, order):
        """Compute the value, and the gradient where ``order`` is 1."""
        arrays = [turned(argument.replaced(), self.turn).reshape(self.folded) for argument in self.arguments]
        where = None if self.where is None else turned(self.where, self.turn).reshape(self.folded)
        parts = _middle_slabs(self.folded, fitting(8)) if self.is_middle else slabs(self.folded, fitting(8))
        with np.errstate(all="ignore"):
            kernel = partial(self.kernel, size=self._sizes(where)) if self.form.averaged else self.kernel
            sums = self._sums(arrays, parts, DOUBLE)
            if self._is_too_small(arrays, sums):
                sums = self._sums(arrays, parts, np.longdouble)
            results = kernel(*sums)
            values = next(results)
            of_values = without(self.turn, self.summed)
            weight = None
            if self.weight is not None:
                weight = turned(self.weight, of_values).reshape(values.shape)
                values = times(values, weight)
            scale = self._divisor(values)
            if self.reduction == "none":
                value = turned_back(values.astype(self.dtype), self.shape_of_values(), of_values)[()]
            else:
                value = self.dtype.type(np.add.reduce(values, axis=None).item() / scale)
            if not order:
                return value
            gradient = np.empty(self.folded, self.dtype)
            slopes = next(results) if weight is None else [times(slope, weight) for slope in next(results)]
            chain = self._chain([np.divide(slope, scale) for slope in slopes])

            def work(slab):
                out = gradient[slab]
                given = self._cut(arrays, slab, self.dtype)
                turned = self._is_turned(out)
                together = np.empty_like(given[0]) if turned else out.reshape(given[0].shape)
                chain(self._of_region(slab), *given, together)
                if turned:
                    put_back(together, out)
                if where is not None:
                    out[...] = only(out, where[slab])

            for _ in run_blocks(work, parts):
                pass
        return value, turned_back(gradient, self.shape, self.turn)

    def shape_of_values(self):
        """Return the shape of the values for ``reduction="none"``."""
        return tuple(n for axis, n in enumerate(self.shape) if axis not in self.summed)

    def _divisor(self, values):
        """By what the mean divides the sum: the number of regions, or the sum of their weights (1 if that is 0)."""
        if self.reduction != "mean":
            return 1
        return values.size if self.weight is None else float(np.sum(self.weight, dtype=np.float64)) or 1

    def _sizes(self, where):
        """How many elements of each region count, at least 1."""
        if where is None:
            return math.prod(self.folded[axis] for axis in self.folded_sums)
        return np.maximum(1, np.count_nonzero(where, axis=self.folded_sums, keepdims=True))

    def _chain(self, steepness):
        """Return what writes a slab's gradient: the sum of the slopes, each times the steepness in its sum."""
        finite = all(map(is_finite, steepness))
        if self.form.linear and finite:
            start, end = (sum(map(np.multiply, steepness, self.form.slopes(None, g))) for g in (0.0, 1.0))
            # A rise from the larger end would lose digits of the smaller one.
            if (abs(start) <= abs(end)).all():
                start, rise = self._narrow(start, end - start)

                def line(here, _, g, out):
                    np.multiply(g, _spread(rise[here], g), out=out)
                    np.add(out, _spread(start[here], g), out=out)

                return line
        # A product 0 · ∞ can only come from an infinite slope, and looking for it in every block takes time.
        product = np.multiply if finite else times
        steepness = self._narrow(*steepness)

        def chain(here, p, g, out):
            *first, last = (
                product(slope, _spread(steep[here], g))
                for slope, steep in zip(self.form.slopes(p, g), steepness, strict=True)
            )
            np.add(functools.reduce(np.add, first), last, out=out)

        return chain

    def _narrow(self, *factors):
        """Cast to the gradient's dtype, unless that overflows: a region so empty has slopes that underflow, or are 0."""
        narrow = [factor.astype(self.dtype) for factor in factors]
        return narrow if all(map(is_finite, narrow)) else factors

    def _is_too_small(self, arrays, sums):
        """Whether products have left the range of float64: what a mask of tiny numbers gives, whose ratios are ordinary.

        Long doubles have a wider range, at least on x86 and ARM; they are slow, and nothing else needs them.
        """
        if any(((total > 0) & (total < _SMALL)).any() for total in sums):
            return True
        return not sums[0].all() and any(
            array.dtype == DOUBLE and ((array > 0) & (array < math.sqrt(_SMALL))).any() for array in arrays
        )

    def _sums(self, arrays, parts, dtype):
        """Sum the terms over each region, block by block; the axes summed over keep the length 1."""

        def work(slab):
            for argument, array in zip(self.arguments, arrays, strict=True):
                argument.check(array[slab])
            return self.form.terms(*self._cut(arrays, slab, dtype), self._total)

        if len(parts) == 1:
            return work(parts[0])
        totals = None
        for slab, sums in zip(parts, run_blocks(work, parts), strict=True):
            if totals is None:
                shape = [1 if axis in self.folded_sums else n for axis, n in enumerate(self.folded)]
                totals = [np.zeros(shape, dtype) for _ in sums]
            for total, part in zip(totals, sums, strict=True):
                total[self._of_region(slab)] += part
        return totals

    def _total(self, x, y=None):
        """Sum x, or x · y, over the axes of one slab that are summed over."""
        if y is None or len(self.folded) - 1 not in self.folded_sums:
            if self.is_middle and y is not None:
                sums = np.einsum("bnr,bnr->br", x, y)[:, None]  # without the products as an array of their own
            else:
                sums = np.add.reduce(x if y is None else x * y, axis=self.folded_sums, keepdims=True)
            if self.is_short and sums.shape[2] > self.folded[2]:  # of several runs side by side
                sums = np.add.reduce(sums.reshape(1, -1, self.folded[2]), axis=1, keepdims=True)
            return sums
        sums = _dot(x, y)[..., None]
        others = self.folded_sums[:-1]
        return np.add.reduce(sums, axis=others, keepdims=True) if others else sums

    def _cut(self, arrays, slab, dtype):
        cut = [array[slab] for array in arrays]
        if self._is_turned(cut[0]):
            cut = [runs_together(np.ascontiguousarray(part)) for part in cut]
        elif self.is_short:
            cut = [part.reshape(1, -1, _side_by_side(*part.shape[1:]) * part.shape[2]) for part in cut]
        return [part.astype(dtype, copy=False) for part in cut]

    def _is_turned(self, slab):
        """Whether a slab is worked off in another order than it lies: sums along a middle axis, with short runs after it."""
        return self.is_short and len(slab) > 1

    def _of_region(self, slab):
        """Where the sums of a slab are kept."""
        return tuple(slice(None) if axis in self.folded_sums else cut for axis, cut in enumerate(slab))


def _spread(factor, like):
    """Return the regions' factors as often as the runs of a slab stand side by side in ``like``."""
    return np.tile(factor, like.shape[2] // factor.shape[2]) if like.ndim == 3 and _is_short(factor, like) else factor


def _is_short(factor, like):
    return 1 < factor.shape[2] < like.shape[2]


@functools.lru_cache
def _side_by_side(count, length):
    """Return how many of so many runs are worked off as one, so that it is long; it divides their number."""
    return next(k for k in range(min(count, max(1, 2048 // length)), 0, -1) if count % k == 0)


@functools.lru_cache
def _middle_slabs(shape, size):
    """Cut an array whose middle axis is summed over, so that the steps of each slab are long.

    They are smaller than others: sums of products along a middle axis need temporaries.
    """
    before, length, after = shape
    whole = slice(None)
    if length * after <= size:
        return tuple((rows, whole, whole) for rows in runs(before, size // (length * after)))
    single = [slice(n, n + 1) for n in range(before)]
    if after < SHORT:
        step = 1 << max(0, (size // after).bit_length() - 1)
        return tuple((row, run, whole) for row in single for run in runs(length, step))
    step = max(2048, size // length)
    lengths = runs(length, max(1, size // step))
    return tuple((row, some, run) for row in single for run in runs(after, step) for some in lengths)


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
    if len(groups) == 2 and groups[0][0]:
        groups = [(False, []), *groups]  # a first axis is a middle one, too
    folded = tuple(math.prod(shape[axis] for axis in axes) for _, axes in groups)
    return folded, tuple(place for place, (is_sum, _) in enumerate(groups) if is_sum)
