"""The order of numbers: where the losses that sort spend their time.

``ascending`` returns exactly what ``np.argsort(values, kind="stable")`` does, several times faster.
"""

import functools
import sys
import time

import numpy as np

# Up to here NumPy's stable argsort is the fastest; the other ways cost some fixed microseconds.
SHORT = 1024

# From here on it matters whether NumPy's sort is vectorised well on this processor, and a look is worth its time.
LONG = 1 << 16

# So many sorted numbers are worked off at a time: few enough that what is computed of them stays in the processor's cache.
STEP = 8192

# Where the halves of an integer of 64 bits lie.
_LOWER, _UPPER = (0, 1) if sys.byteorder == "little" else (1, 0)


def ascending(values):
    """Return the order of a vector of float32 or float64 without NaN, and the vector in that order.

    Equal values, among them −0 and 0, keep the order in which they stand.
    """
    if len(values) <= SHORT:
        order = np.argsort(values, kind="stable")
        return order, values.take(order)
    keys = _keys(values)
    order = _by_packing(keys) if len(values) >= LONG and _packing_is_faster() else _by_digits(keys)
    ordered = values.take(order)
    if values.dtype == np.float64:
        _repair(order, ordered)
    return order, ordered


def rising(values):
    """Return a vector of float32 or float64 without NaN in order."""
    if len(values) < LONG or _packing_is_faster():
        return np.sort(values)
    return ascending(values)[1]


def _keys(values):
    """Return integers of 32 bits in the order of the values, rounded to float32.

    The bits of a float, read as an integer, ascend with its magnitude. So those of negative numbers are flipped.
    """
    with np.errstate(over="ignore"):
        bits = np.add(values, 0, dtype=np.float32, casting="same_kind").view(np.int32)  # + 0 makes −0 a plain 0
    _flip(bits)
    return bits


def _flip(bits):
    """Turn the order of negative numbers around, in place: done twice, it is undone."""
    bits ^= (bits >> 31) & np.int32(0x7FFFFFFF)


def _by_packing(keys):
    """Order by key and place, packed into one integer: sorting integers moves half of what an argsort moves, and is vectorised."""
    packed = _packed(keys, np.arange(len(keys), dtype=np.uint32))
    packed.sort()
    packed &= 0xFFFFFFFF
    return packed


def _packed(keys, lower):
    """Return integers of 64 bits with the keys above and ``lower`` below."""
    packed = np.empty(len(keys), np.int64)
    _halves(packed)[:, _UPPER] = keys.view(np.uint32)
    _halves(packed)[:, _LOWER] = lower
    return packed


def _halves(packed):
    return packed.view(np.uint32).reshape(-1, 2)


def in_order(values, flags=None, count=None):
    """Yield places, numbers and flags of the ``count`` least numbers (None: of all), STEP at a time, equal ones by their places.

    Where it can, place and flag ride below the key of a float32 number in one integer: nothing has to be gathered after
    the sort. (−0 then has become 0.)
    """
    count = len(values) if count is None else count
    parts = [slice(n, min(n + STEP, count)) for n in range(0, count, STEP)]
    if values.dtype == np.float32 and LONG <= len(values) < 1 << 31 and _packing_is_faster():
        lower = np.arange(0, 2 * len(values), 2, dtype=np.uint32)
        if flags is not None:
            lower |= flags
        packed = _packed(_keys(values), lower)
        packed.sort()
        for part in parts:
            lower = _halves(packed)[part, _LOWER]
            bits = _halves(packed)[part, _UPPER].astype(np.uint32).view(np.int32)
            _flip(bits)
            places = np.right_shift(lower, 1, dtype=np.intp)
            yield places, bits.view(np.float32), None if flags is None else (lower & 1).astype(bool)
        return
    order, rising = ascending(values)
    for part in parts:
        yield order[part], rising[part], None if flags is None else flags.take(order[part])


def _by_digits(keys):
    """Order by the lower 16 bits, then by the upper: NumPy orders 16 bits by counting, and keeps ties in place."""
    low, high = keys.astype(np.uint16), (keys >> 16).astype(np.int16)
    order = np.argsort(low, kind="stable")
    return order.take(np.argsort(high.take(order), kind="stable"))


@functools.cache
def _packing_is_faster():
    """Whether this processor sorts packed integers faster than it counts digits; it is tried once.

    NumPy's AVX-512 sort takes five times as long on some processors (AMD's Zen 4) as its AVX2 sort does elsewhere.
    """
    keys = np.random.default_rng(0).integers(-(2**31), 2**31, LONG, dtype=np.int32)
    times = {}
    for way in (_by_digits, _by_packing) * 3:
        start = time.perf_counter()
        way(keys)
        times[way] = min(times.get(way, np.inf), time.perf_counter() - start)
    return times[_by_packing] < times[_by_digits]


def _repair(order, ordered):
    """Put float64 numbers that are one number in float32 into their own order.

    They stand in runs of one key. The runs are in order already, so that sorting all of their members at once leaves
    every member in its run.
    """
    if not np.any(ordered[1:] < ordered[:-1]):
        return
    with np.errstate(over="ignore"):
        rounded = ordered.astype(np.float32)
    same = rounded[1:] == rounded[:-1]
    shared = np.zeros(len(order), bool)
    shared[1:] = same
    shared[:-1] |= same
    runs = np.flatnonzero(shared)
    inside = np.argsort(ordered[runs], kind="stable")
    order[runs] = order[runs[inside]]
    ordered[runs] = ordered[runs[inside]]
