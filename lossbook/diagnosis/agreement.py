"""When two numbers count as one: as exactly as they were computed."""

import numpy as np

#: Relative and absolute difference: for float64, for float32, and at the edges, where right formulas lose digits, too.
EXACT = (1e-10, 1e-13)
SINGLE = (2e-5, 2e-6)
#: What a step in float32 on the way to a float64 result may cost.
ROUNDING = (3e-6, 3e-7)
EDGE = (1e-5, 1e-7)
SINGLE_EDGE = (1e-4, 1e-5)


def same(theirs, ours, tolerance):
    """Whether two results agree; a result of one number agrees in any shape, and NaN with NaN."""
    if theirs is None:
        return False
    theirs, ours = np.squeeze(theirs), np.squeeze(ours)
    if theirs.shape != ours.shape:
        return False
    relative, absolute = tolerance
    with np.errstate(all="ignore"):
        near = abs(theirs - ours) <= absolute + relative * abs(ours)
    equal = (theirs == ours) | (np.isnan(theirs) & np.isnan(ours))
    return bool((near & np.isfinite(theirs) & np.isfinite(ours) | equal).all())


def is_single(results):
    """Whether numbers were computed in single precision: it holds all of them."""
    with np.errstate(all="ignore"):
        return all(bool(((x.astype(np.float32) == x) | np.isnan(x)).all()) for x in results)


def same_gradient(theirs, ours, tolerance, axis):
    """Whether two gradients agree; along the axis of distributions, what is added to all entries does not count."""
    if theirs is None:
        return False
    if (
        axis is not None
        and np.isfinite(theirs).all()
        and np.isfinite(ours).all()
        and np.shape(theirs) == np.shape(ours)
    ):
        theirs, ours = (g - g.mean(axis=axis, keepdims=True) for g in (theirs, ours))
    return same(theirs, ours, tolerance)
