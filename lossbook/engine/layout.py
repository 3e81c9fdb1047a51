"""The layout of arrays in memory: what is contiguous under another order of its axes is worked off in that order."""

import numpy as np


class Layout:
    """The order of an array's axes in which its elements lie one after the other in memory.

    Other arrays of its shape are taken in the same order, and results are brought back from it. An array that is contiguous
    as it stands, or in no order, keeps the order that it has.
    """

    __slots__ = ("order", "shape")

    def __init__(self, array):
        self.order = None if array.flags.c_contiguous else _order(array)
        self.shape = array.shape if self.order is None else tuple(array.shape[n] for n in self.order)

    def of(self, array):
        """Return an array of the same shape with its axes in this order."""
        return array if self.order is None else array.transpose(self.order)

    def back(self, result):
        """Return a result, whose axes may be merged, in the array's own shape."""
        result = result.reshape(self.shape)
        return result if self.order is None else result.transpose(np.argsort(self.order))

    def without(self, axes):
        """Return the layout of arrays that lack some of the array's axes."""
        rest = object.__new__(Layout)
        rest.order = self.order and tuple(n - sum(axis < n for axis in axes) for n in self.order if n not in axes)
        lacking = {self.axis(axis) for axis in axes}
        rest.shape = tuple(length for n, length in enumerate(self.shape) if n not in lacking)
        return rest

    def axis(self, axis):
        """Return the place of one of the array's axes in this order."""
        axis %= len(self.shape)
        return axis if self.order is None else self.order.index(axis)


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


def _order(array):
    """Return the axes by falling strides where the array is contiguous in that order, else None."""
    order = tuple(sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis])))
    return order if array.transpose(order).flags.c_contiguous else None
