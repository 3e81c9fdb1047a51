"""Whether numbers lie in an interval, found out in as few passes as possible."""

import math

import numpy as np

_BITS = {np.dtype(number): np.dtype(bits) for number, bits in ((np.float32, np.uint32), (np.float64, np.uint64), (np.int64, np.uint64))}  # fmt: skip

# Up to here whole numbers are the same in every dtype.
_EXACT = 2**24


def within(x, low, high):
    """Whether low ≤ min(x) and max(x) ≤ high; NaN is never within, since it is its array's minimum."""
    if low == 0 and high <= _EXACT and _surely_from_zero_to(x, high):
        return True
    # As Python numbers: the bounds would be rounded to a narrower dtype, and infinity would pass for finite.
    least = np.minimum.reduce(x, axis=None).item()
    return low <= least and (high == math.inf or np.maximum.reduce(x, axis=None).item() <= high)


def _surely_from_zero_to(x, high):
    """Whether one maximum shows that x lies in [0, high]; False leaves it open.

    The bits of numbers that are not negative, read as unsigned integers, are in the order of the numbers, and those of all
    others and of NaN lie above. (−0 lies above as well.)
    """
    bits = _BITS.get(x.dtype)
    return bits is not None and np.maximum.reduce(x.view(bits), axis=None) <= x.dtype.type(high).view(bits)


def is_whole(x):
    """Whether all numbers are whole."""
    return x.dtype.kind != "f" or bool((x == np.rint(x)).all())
