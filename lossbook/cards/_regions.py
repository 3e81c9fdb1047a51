"""What the cards of regions share: their domain, sums over pixels, the coefficients, and how numbers are put into a formula."""

from fractions import Fraction
from functools import lru_cache
from itertools import product

import sympy as sp

from lossbook.cards.notation import N, i, mask, probs, r, smooth
from lossbook.proof import Cases, Each

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
    p, g = (tuple(map(sp.sympify, values)) for values in (p, g))
    if len(p) != len(g):
        raise ValueError(
            f"p and g must have as many pixels, but p has {len(p)} and g has {len(g)}. Pass two masks of one region."
        )
    entries = zip((base[n] for base in (probs, mask) for n in range(1, len(p) + 1)), p + g, strict=True)
    numbers = dict(entries) | {symbol: sp.sympify(value) for symbol, value in options.items()}
    return _put_in(formula, len(p), tuple(numbers.items()), sp.sympify(empty))


# The cases of a claim share pairs of masks.
@lru_cache(maxsize=4096)
def _put_in(formula, size, numbers, empty):
    return _value(written(formula, size), dict(numbers), empty)


@lru_cache(maxsize=256)
def written(formula, size):
    """Write the sums of a formula out for so many pixels."""
    return formula.xreplace({N: sp.Integer(size)}).doit()


def _value(expr, numbers, empty):
    if expr in numbers:
        return numbers[expr]
    if not expr.args or isinstance(expr, sp.Indexed):
        return expr
    if expr.is_Mul:
        return _product(expr, numbers, empty)
    if isinstance(expr, sp.log):
        chance = _value(expr.args[0], numbers, empty)
        return sp.log(chance) if chance != 0 else -sp.oo
    return expr.func(*(_value(part, numbers, empty) for part in expr.args))


def _product(expr, numbers, empty):
    above, below = [], []
    for factor in expr.args:
        inverse = factor.is_Pow and factor.exp == -1
        (below if inverse else above).append(_value(factor.base if inverse else factor, numbers, empty))
    if 0 in below:
        if 0 not in above:
            raise ZeroDivisionError(f"{expr} is not defined")
        full = {key: sp.S.One if isinstance(key, sp.Indexed) else value for key, value in numbers.items()}
        return empty * _value(expr, full, empty)
    return sp.S.Zero if 0 in above else sp.Mul(*above) / sp.Mul(*below)


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
