"""What the cards of regions share: their domain, sums over pixels, the coefficients, and how numbers are put into a formula."""

from fractions import Fraction
from functools import cache, lru_cache
from itertools import product

import sympy as sp

from lossbook.cards.notation import N, i, mask, probs, r, smooth
from lossbook.proof import Cases, Each
from lossbook.proof.exact import calculated, fraction

level = sp.Symbol("t", nonnegative=True)
"""Threshold: what is above it is marked as positive."""

UNIT = Each(sp.Interval(0, 1))
#: A predicted and a target mask, hard or soft, of any number of pixels.
MASKS = {probs: UNIT, mask: UNIT, N: sp.Range(1, sp.oo)}
SMOOTHING = {smooth: sp.Interval(0, sp.oo)}


def over_pixels(term):
    """Sum a term over the pixels of a region."""
    return sp.Sum(term, (i, 1, N))


def dice_of(prediction=probs[i]):
    """Write the Dice coefficient; with r = 2 its denominator has squares."""
    return (2 * over_pixels(prediction * mask[i]) + smooth) / (over_pixels(prediction**r + mask[i] ** r) + smooth)


IOU = (over_pixels(probs[i] * mask[i]) + smooth) / (over_pixels(probs[i] + mask[i] - probs[i] * mask[i]) + smooth)
MEAN_LOG_LOSS = -over_pixels(mask[i] * sp.log(probs[i]) + (1 - mask[i]) * sp.log(1 - probs[i])) / N


def evaluated(formula, p, g, options, empty=1):
    """Put pixels into a formula, and numbers for its options.

    A quotient that is 0/0 is ``empty`` times what it is for two full masks, and 0 log 0 is 0.
    """
    p, g = (tuple(map(fraction, values)) for values in (p, g))
    if len(p) != len(g):
        raise ValueError(
            f"p and g must have as many pixels, but p has {len(p)} and g has {len(g)}. Pass two masks of one region."
        )
    options = tuple((symbol, fraction(value)) for symbol, value in options.items())
    return sp.sympify(_put_in(formula, p + g, options, fraction(empty)))


# The cases of a claim share pairs of masks.
@lru_cache(maxsize=4096)
def _put_in(formula, pixels, options, empty):
    size = len(pixels) // 2
    return _value(written(formula, size), dict(zip(_names(size), pixels, strict=True)) | dict(options), empty)


@cache
def _names(size):
    return tuple(base[n] for base in (probs, mask) for n in range(1, size + 1))


@lru_cache(maxsize=256)
def written(formula, size):
    """Write the sums of a formula out for so many pixels."""
    # The same objects as names, so that none is compared with another at length.
    return formula.xreplace({N: sp.Integer(size)}).doit().xreplace({name: name for name in _names(size)})


def _value(expr, numbers, empty):
    if expr in numbers:
        return numbers[expr]
    if not expr.args or isinstance(expr, sp.Indexed):
        return fraction(expr)
    if expr.is_Mul:
        return _product(expr, numbers, empty)
    values = [_value(part, numbers, empty) for part in expr.args]
    if isinstance(expr, sp.log) and values == [0]:
        return -sp.oo
    return calculated(expr.func, values)


def _product(expr, numbers, empty):
    above, below = [], []
    for factor in expr.args:
        inverse = factor.is_Pow and factor.exp == -1
        (below if inverse else above).append(_value(factor.base if inverse else factor, numbers, empty))
    if 0 in below:
        if 0 not in above:
            raise ZeroDivisionError(f"{expr} is not defined")
        full = {key: Fraction(1) if isinstance(key, sp.Indexed) else value for key, value in numbers.items()}
        return empty * _value(expr, full, empty)
    if 0 in above:
        return Fraction(0)
    return calculated(sp.Mul, above + [calculated(sp.Pow, (value, Fraction(-1))) for value in below])


def hard_masks(size):
    """List all masks of that many pixels."""
    return product((0, 1), repeat=size)


def soft_masks(size, parts=4):
    """List the masks of that many pixels whose values are multiples of 1/``parts``."""
    return product([Fraction(n, parts) for n in range(parts + 1)], repeat=size)


def up_to(largest, masks=hard_masks, smallest=1):
    """Name the masks of ``smallest`` to ``largest`` pixels."""
    kind = "hard masks" if masks is hard_masks else "masks in quarters"
    sizes = f"{smallest} to {largest}" if smallest < largest else largest
    return Cases(f"{kind} of {sizes} pixels", lambda: (m for size in range(smallest, largest + 1) for m in masks(size)))
