"""Sums, differences and products together with what their rounding took off."""

import math
from itertools import pairwise

import numpy as np


def subtract(x, y):
    """Return x − y in two parts, the rounded difference and what the rounding took off, whose sum is exact (Knuth).

    Infinities are no different from the numbers near them: ∞ − ∞ = 0.
    """
    difference = x - y
    minus_y = difference - x
    rest = (x - (difference - minus_y)) - (y + minus_y)
    if np.isnan(np.sum(rest)):
        rest[np.isnan(rest)] = 0
        difference[np.isnan(difference)] = 0
    return difference, rest


def room(edge, size, x, y):
    """Return how far |x − y|, rounded to ``size``, is below an edge, with the digits that the rounding took off."""
    difference, rest = subtract(x, y)
    return (edge - size) - np.sign(difference) * rest


def add_up(terms):
    """Sum along the first axis, by halves: the rounding error grows with the logarithm of their number.

    ``np.sum`` does so along an axis that is contiguous, but adds row to row along another.
    """
    while len(terms) > 4:
        half = len(terms) // 2
        folded = terms[:half] + terms[half : 2 * half]
        if len(terms) % 2:
            folded[0] += terms[-1]
        terms = folded
    return np.add.reduce(terms)


# Fewer columns are summed faster by a reduction.
_WIDE = 256


def sum_columns(terms, dtype=None):
    """Sum along the first axis, however the terms lie in memory.

    Short columns that lie there one after the other are multiplied by ones: NumPy's reduction pays for each, however short.
    """
    rows, columns = terms.shape
    if columns < _WIDE or rows >= _WIDE or terms.strides[0] != terms.itemsize:
        return np.add.reduce(terms, dtype=dtype)
    terms = terms.astype(dtype or terms.dtype, copy=False)
    return np.ones(rows, terms.dtype) @ terms


def lost(terms, total):
    """Return what the rounding of a sum along the first axis took off: Σ terms − total, nearly in twice the precision.

    Adding and subtracting a large power of two cuts the terms at one bit; their upper parts add up without rounding.
    """
    cut = np.ldexp(1.0, np.frexp(len(terms) * terms.max(axis=0))[1] + 1)
    upper = (terms + cut) - cut
    return (np.add.reduce(upper) - total) + np.add.reduce(terms - upper)


# From so many columns side by side on, adding whole rows is faster than NumPy's cumulative sum.
_SIDE_BY_SIDE = 128


def accumulate(terms):
    """Sum along the first axis, in place where whole rows can be added: np.cumsum walks down column by column."""
    if terms.shape[1] < _SIDE_BY_SIDE or terms.strides[1] != terms.itemsize:
        return np.add.accumulate(terms)
    for before, row in pairwise(terms):
        row += before
    return terms


def running_sums(terms, rest):
    """Return Σ_{j≤k} (terms_j + rest_j) for every k in two parts, nearly in twice the precision; ``rest`` is small beside ``terms``."""
    sums = accumulate(terms.copy("K"))
    before, term = sums[:-1], terms[1:]
    # What each step's rounding took off (Knuth).
    added = sums[1:] - before
    rest = rest.copy("K")
    rest[1:] += (before - (sums[1:] - added)) + (term - added)
    return sums, accumulate(rest)


def split(x):
    """Split into two halves of 26 bits, whose products are exact (Veltkamp)."""
    upper = x * 134217729.0
    upper -= upper - x
    return upper, x - upper


def multiply(number, x):
    """Return number · x in two parts, the rounded product and what the rounding took off, whose sum is exact (Dekker)."""
    product = number * x
    if math.frexp(number)[0] in (0, 0.5):  # 0, or a power of two
        return product, 0.0
    (a, b), (c, d) = split(number), split(x)
    return product, ((a * c - product) + (a * d + b * c)) + b * d
