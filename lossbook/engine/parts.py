"""Losses of whole arrays, added up from parts such as images or classes."""

import numpy as np

from lossbook.engine.blocks import run_blocks


class Parts:
    """A loss of whole arrays: the mean of one or more parts, such as images or classes.

    Each part is ``(where, run)``: ``run(order)`` returns the value of the part and its gradient (None for order 0) with
    respect to the entries ``where`` of the prediction, which no other part has; ``factor`` is the part's share in the
    mean. No part at all (everything ignored) has value 0 and gradient 0.
    """

    derivatives = 1

    def __init__(self, shape, dtype, parts):
        self.shape = shape
        self.dtype = dtype
        self.parts = parts

    def run(self, order):
        """Compute the mean of the parts, and the gradient where ``order`` is 1."""
        gradient = np.zeros(self.shape, self.dtype) if order else None
        total = 0.0
        with np.errstate(all="ignore"):
            results = run_blocks(lambda part: part[2](order), self.parts)
            for (where, factor, _), (value, slope) in zip(self.parts, results, strict=True):
                total += factor * float(value)
                if order:
                    gradient[where] += factor * slope
            value = self.dtype.type(total)
        return (value, gradient) if order else value
