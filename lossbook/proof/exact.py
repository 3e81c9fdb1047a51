"""Exact numbers, and floating ones beside them: what a float is, the digits of an expression, errors in units of the last place."""

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import sympy as sp


def exact(number):
    """Turn a float into the rational number that it is."""
    return sp.Rational(*float(number).as_integer_ratio()) if np.isfinite(number) else sp.Float(float(number))


def fraction(value):
    """Turn a rational number into a fraction of Python's; any other value into what SymPy makes of it."""
    if type(value) is Fraction:
        return value
    if type(value) is int:
        return Fraction(value)
    value = sp.sympify(value)
    return Fraction(int(value.p), int(value.q)) if isinstance(value, sp.Rational) else value


def calculated(function, values):
    """Apply a function of SymPy to exact numbers; what Python does with fractions is as exact, and much quicker."""
    values = tuple(values)
    if all(type(value) is Fraction for value in values):
        if function in _OF_FRACTIONS:
            return _OF_FRACTIONS[function](values)
        if function is sp.Pow and values[1].denominator == 1 and values[0] != 0:
            return values[0] ** values[1]
    return fraction(function(*map(sp.sympify, values)))


_OF_FRACTIONS = {
    sp.Add: lambda values: sum(values, Fraction(0)),
    sp.Mul: lambda values: math.prod(values, start=Fraction(1)),
    sp.Max: max,
    sp.Min: min,
    sp.Abs: lambda values: abs(*values),
}


def digits(expr, count=50):
    """Evaluate an exact expression to that many digits.

    SymPy's own ``evalf`` gives 0 for log(1 + e^-709), and mpmath does with too few bits. 2000 bits are enough where 4000
    agree with them on a value that is not 0; otherwise 16000 are taken, which is slow, and reaches e^-10000.
    """
    return _digits(sp.lambdify([], expr, "mpmath"), (), count)


def _digits(evaluate, numbers, count=50):
    def at(bits):
        with mpmath.workprec(bits):
            return mpmath.mpf(evaluate(*numbers))

    value, check = at(2000), at(4000)
    if value == 0 or abs(value - check) > abs(check) * mpmath.mpf(10) ** -(count + 5):
        value = at(16000)
    with mpmath.workdps(count):
        return sp.Float(+value, count)


def ulps(computed, true):
    """How many units in the last place of its own dtype a number is from the true one; a true one out of range is ±∞ there."""
    computed = np.asarray(computed)
    with np.errstate(over="ignore"):
        rounded = computed.dtype.type(float(true))
    if np.isinf(rounded):
        return 0.0 if computed == rounded else math.inf
    spacing = np.spacing(np.abs(rounded))
    return float(abs(exact(computed) - true) / exact(spacing))


def worst_ulps(card, function, points, derivative=0):
    """Compare a function with an elementwise card, or a derivative of it, at fifty digits; return the largest error in ulp.

    Parameters
    ----------
    card : lossbook.cards.Card
        The card of an elementwise loss.
    function : callable
        Takes a number for each symbol of the card's domain, in order, and returns a NumPy floating number.
    points : iterable of tuple
        The numbers.
    derivative : {0, 1, 2}
        Which derivative with respect to the prediction is compared.

    Returns
    -------
    float
        The largest error; NaN if the function or the card gives NaN at a point.
    """
    expr = sp.diff(card.formula, card.prediction, derivative) if derivative else card.formula
    symbols = tuple(card.domain)
    evaluate = sp.lambdify(symbols, expr, "mpmath")
    worst = 0.0
    for point in points:
        # A float is the same number at any precision.
        true = _digits(evaluate, [mpmath.mpf(float(number)) for _, number in zip(symbols, point, strict=True)])
        error = ulps(function(*point), true)
        if math.isnan(error):
            return error
        worst = max(worst, error)
    return worst


def grid(**axes):
    """All combinations of the given values, as tuples, in the order of the arguments."""
    return list(itertools.product(*axes.values()))
