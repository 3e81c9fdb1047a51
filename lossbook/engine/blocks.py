"""Blocks: input is worked off in pieces that stay in the processor's cache, by one thread or several."""

import contextlib
import functools
import math
from collections.abc import Iterator
from contextvars import ContextVar

import numpy as np

from lossbook.engine.arguments import read_count

# Bytes of a block: large beside the cost of a call of NumPy, small beside the caches.
BLOCK = 1 << 19

# A factor beyond it is multiplied in float64, whatever the dtype.
LARGEST_SINGLE = float(np.finfo(np.float32).max)

# Below so many blocks, handing them over costs more than is gained.
FEW = 16


class _Crew:
    """Threads that are hired with the first work for them, and dismissed where the ``with`` block ends."""

    def __init__(self, count):
        self.count = count
        self.pool = None

    def share(self, work, blocks):
        """Let each thread take every so many-th block: handing over each singly would cost as much as a short kernel."""
        from concurrent.futures import ThreadPoolExecutor

        if self.pool is None:
            self.pool = ThreadPoolExecutor(self.count, initializer=np.seterr, initargs=("ignore",))
        count = min(self.count, len(blocks))
        shares = list(self.pool.map(lambda first: [work(block) for block in blocks[first::count]], range(count)))
        yield from (shares[place % count][place // count] for place in range(len(blocks)))

    def dismiss(self):
        """Let the threads go."""
        if self.pool is not None:
            self.pool.shutdown()


_CREW = ContextVar("crew", default=None)


def fitting(size):
    """Return how many pieces of so many bytes fit into a block; at least one."""
    return max(1, BLOCK // size)


@contextlib.contextmanager
def threads(count: int) -> Iterator[None]:
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
    Arrays of less than sixteen blocks, half a MiB each, are left to one thread; losses that do little with a number gain
    little.

    Examples
    --------
    >>> import lossbook
    >>> with lossbook.threads(2):
    ...     print(lossbook.mse_loss([1.0, 2.0], [0.0, 0.0]))
    2.5
    """
    crew = _Crew(read_count("count", count))
    token = _CREW.set(crew if crew.count > 1 else None)
    try:
        yield
    finally:
        _CREW.reset(token)
        crew.dismiss()


@functools.cache
def _keep_freed_memory():
    """Make the C library keep the memory of temporaries, once, before the first block.

    That of Linux gives the memory of each back to the system, and takes it again page by page, until it has seen a larger
    array come and go; it learns from up to 32 MiB. To take pages anew would cost ten times what the kernels do, and twice
    what sorting a million numbers does.
    """
    np.empty((1 << 25) - (1 << 16), np.uint8)


def run_blocks(work, blocks):
    """Do the work on each block, and iterate over the results in the blocks' order, however many threads do it."""
    _keep_freed_memory()
    crew = _CREW.get()
    return map(work, blocks) if crew is None or len(blocks) < FEW else crew.share(work, blocks)


def runs(length, step):
    """Cut 0, …, length − 1 into runs of at most ``step``."""
    return [slice(start, start + step) for start in range(0, length, step)]


@functools.lru_cache
def slabs(shape, size):
    """Cut an array into slabs of at most ``size`` numbers that are contiguous in it."""
    tails = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    axis = next(axis for axis, tail in enumerate(tails) if tail <= size)
    rest = [slice(None)] * (len(shape) - axis - 1)
    return tuple(
        (*(slice(n, n + 1) for n in lead), run, *rest)
        for lead in np.ndindex(*shape[:axis])
        for run in runs(shape[axis], max(1, size // tails[axis]))
    )


def collect(value, values, chosen=None):
    """Return the sum of a block's values, accumulated in float64; or put them into ``values``, unless that is None."""
    if values is None:
        return np.add.reduce(value, axis=None, dtype=np.float64).item()
    if chosen is None:
        values[...] = value
    else:
        values.reshape(-1)[chosen] = value
    return 0.0


def divide(result, divisor, out, chosen=None):
    """Write result/divisor into the chosen entries of ``out``; a count is divided by through its reciprocal, at half the cost."""
    if chosen is not None:
        part = np.empty(result.shape, out.dtype)
        divide(result, divisor, part)
        out.reshape(-1)[chosen] = part
    elif divisor == 1:
        np.copyto(out, result)
    elif isinstance(divisor, int):
        np.multiply(result, out.dtype.type(1 / divisor), out=out)
    else:
        np.divide(result, out.dtype.type(divisor), out=out)
