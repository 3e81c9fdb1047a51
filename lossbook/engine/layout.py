"""The layout of arrays in memory: what is contiguous under another order of its axes is worked off in that order."""

import numpy as np


def memory_order(array):
    """Return the order of an array's axes in which its elements lie one after the other; None for the order that it has.

    None, too, for an array that is contiguous in no order.
    """
    if array.flags.c_contiguous:
        return None
    order = tuple(sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis])))
    return order if array.transpose(order).flags.c_contiguous else None


def turned(array, order):
    """Return an array with its axes in another order."""
    return array if order is None else array.transpose(order)


def turned_back(result, shape, order):
    """Return what was computed from a turned array, perhaps with merged axes, in the array's own shape."""
    if order is None:
        return result.reshape(shape)
    return result.reshape([shape[axis] for axis in order]).transpose(np.argsort(order))


def without(order, axes):
    """Return the order of the axes of arrays that lack some of them."""
    return order and tuple(n - sum(axis < n for axis in axes) for n in order if n not in axes)


def runs_together(slab):
    """Return a slab (rows, n, run) as a copy in which entry k of all rows lies together: its memory is (n, rows, run).

    What is done along the middle axis, or to a whole row and run, then takes long steps however short the runs are. A run
    is moved as one item; to move its numbers singly takes several times as long.
    """
    together = np.ascontiguousarray(_items(slab).T).view(slab.dtype)
    return together.reshape(slab.shape[1], slab.shape[0], slab.shape[2]).transpose(1, 0, 2)


def put_back(together, slab):
    """Write what lies as :func:`runs_together` leaves it into a slab, which is contiguous."""
    items = _items(slab)
    items[:] = together.transpose(1, 0, 2).reshape(slab.shape[1], -1).view(items.dtype).T


def _items(slab):
    """Return a slab with each run along its last axis as one item."""
    return slab.view(np.dtype((np.void, slab.shape[2] * slab.itemsize)))[:, :, 0]
