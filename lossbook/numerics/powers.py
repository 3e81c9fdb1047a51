"""Logarithms and powers in twice the precision, as pairs of a number and what rounding took off it.

A power multiplies the rounding errors of its base by its exponent. Where both are large that leaves few digits, unless the
logarithm between them has more digits than a double.
"""

import math
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache

import numpy as np

from lossbook.numerics.sums import multiply, split, subtract

# log 2 in two parts; the first has so few bits that its product with an integer below 2^20 is exact.
_LN2, _LN2_REST = 6.93147180369123816490e-01, 1.90821492927058770002e-10

# Beyond it, an exponential is 0 or ∞ whatever finite numbers it is multiplied by.
_FAR = 1e5

# 1/5, 1/7, …: the series of artanh s less s + s³/3, up to where s² ≤ 0.0295 adds nothing.
_ARTANH = [1 / n for n in range(25, 3, -2)]


def in_two(number):
    """Return a rational number as a pair: the nearest double, and the double nearest to what is left."""
    upper = float(number)
    return upper, float(number - Fraction(upper))


def root_in_two(number):
    """Return the root of a positive rational number as a pair with mantissa in [½, 1), and the exponent of 2 that belongs to it."""
    exponent = (number.numerator.bit_length() - number.denominator.bit_length()) // 2
    scaled = number * Fraction(2) ** (240 - 2 * exponent)
    root = Fraction(math.isqrt(scaled.numerator // scaled.denominator), 2**120)
    while root >= 1:
        root, exponent = root / 2, exponent + 1
    while root < Fraction(1, 2):
        root, exponent = root * 2, exponent - 1
    return in_two(root), exponent


def product(x, y):
    """Return x · y of two arrays in two parts, whose sum is exact (Dekker)."""
    upper = x * y
    (a, b), (c, d) = split(x), split(y)
    return upper, ((a * c - upper) + (a * d + b * c)) + b * d


def divide(x, y):
    """Return x/y of two pairs as a pair."""
    upper = x[0] / y[0]
    back, rest = product(upper, y[0])
    return upper, ((((x[0] - back) - rest) + x[1]) - upper * y[1]) / y[0]


def square(x):
    """Return the square of a pair as a pair."""
    upper, rest = product(x[0], x[0])
    return upper, rest + 2 * x[0] * x[1]


def scale(number, x):
    """Return the product of a pair of numbers and a pair of arrays as a pair."""
    upper, rest = multiply(number[0], x[0])
    return upper, rest + (number[0] * x[1] + number[1] * x[0])


def add(x, y):
    """Return the sum of two pairs as a pair."""
    upper, rest = subtract(x[0], -y[0])
    return upper, rest + (x[1] + y[1])


def log_of_sum(w, size, exponent, inverse):
    """Return log(1 + w) as a pair, or log(1 + 1/w) where ``inverse``; w ≤ 1 is ``size`` · 2^``exponent``, a pair like ``w``.

    The argument is 2^J A/T with T and A/T near 1, and its logarithm J log 2 + 2 artanh((A − T)/(A + T)).
    """
    base = tuple(np.where(inverse, part, 1.0 - n) for n, part in enumerate(size))
    power = np.frexp((1 + w[0]) / base[0] * math.sqrt(0.5))[1]
    below = tuple(np.ldexp(part, power) for part in base)
    del base
    one = (np.ones_like(below[0]), 0.0)
    numerator = add(add(one, (-below[0], -below[1])), w)
    denominator = add(add(one, below), w)
    # A block is in the cache as long as few of its arrays live at once.
    del below, one
    s = divide(numerator, denominator)
    del numerator, denominator
    return _log_from(s, power - np.where(inverse, exponent, 0))


def _log_from(s, twos):
    """Return 2 artanh s + twos · log 2 as a pair, |s| ≤ 0.172."""
    z = square(s)
    cube, rest = product(s[0], z[0])
    third = cube / 3
    rest = (((cube - 2 * third) - third) + rest + s[0] * z[1] + s[1] * z[0]) / 3
    tail = np.full_like(third, _ARTANH[0])
    for factor in _ARTANH[1:]:
        tail *= z[0]
        tail += factor
    rest += cube * z[0] * tail
    del cube, z, tail
    upper, lower = add(s, (third, rest))
    del s, third, rest
    return settle(add((twos * _LN2, twos * _LN2_REST), (2 * upper, 2 * lower)))


def settle(x):
    """Return a pair whose first part is the nearest number to the sum of both."""
    total = x[0] + x[1]
    return total, x[1] - (total - x[0])


@cache
def _logarithms():
    """Return log(64/j) for j up to 91 in two parts each, as two arrays: of decimals, whose logarithms are right to their last digit."""
    with localcontext(prec=45):
        numbers = [in_two(Fraction((Decimal(64) / j).ln())) for j in range(1, 92)]
    return np.array([(0.0, 0.0), *numbers]).T


def logarithm(x):
    """Return log x of positive numbers as a pair: for x = 2^k m, and c one of some 64ths near 1/m, as log(c m) + log(1/c) + k log 2.

    The series of 2 artanh((c m − 1)/(c m + 1)) then leaves 80 bits, where `log` has 63.
    """
    size, exponent = np.frexp(x)
    low = size < math.sqrt(0.5)
    size, exponent = np.where(low, 2 * size, size), exponent - low
    place = np.rint(64 / size)
    scaled, rest = product(place / 64, size)
    one = (np.ones_like(scaled), 0.0)
    s = divide(add((scaled, rest), (-one[0], 0.0)), add((scaled, rest), one))
    z = square(s)
    cube, rest = product(s[0], z[0])
    third = cube / 3
    rest = (((cube - 2 * third) - third) + rest + s[0] * z[1] + s[1] * z[0]) / 3
    rest += cube * z[0] * (1 / 5 + z[0] * (1 / 7 + z[0] * (1 / 9 + z[0] / 11)))
    upper, lower = add(s, (third, rest))
    table = [part[place.astype(np.intp)] for part in _logarithms()]
    upper, lower = add(table, (2 * upper, 2 * lower))
    upper, lower = add((exponent * _LN2, exponent * _LN2_REST), (upper, lower))
    total = upper + lower
    return total, lower - (total - upper)


def log(x):
    """Return the logarithm of positive numbers as a pair."""
    size, twos = np.frexp(x)
    is_low = size < math.sqrt(0.5)
    size, twos = np.where(is_low, 2 * size, size), twos - is_low
    return _log_from(divide((size - 1, 0.0), subtract(size, -np.ones_like(size))), twos)


def fourth_root(numerator, x):
    """Return the fourth roots of numerator/x, both positive, as a pair: the root of the mantissas, and one step of Newton's."""
    (a, n), (b, m) = np.frexp(numerator), np.frexp(x)
    # Exponents that are multiples of 4 have a root; what they leave is in [1/16, 16].
    a, b, up = np.ldexp(a, n % 4), np.ldexp(b, m % 4), n // 4 - m // 4
    ratio = divide((a, 0.0), (b, 0.0))
    root = np.sqrt(np.sqrt(ratio[0]))
    upper, lower = square(square((root, 0.0)))
    rest = ((ratio[0] - upper) + (ratio[1] - lower)) / (4 * root**3)
    return np.ldexp(root, up), np.ldexp(rest, up)


def exponential(x):
    """Return e^x of a pair as an array near 1 and the power of 2 that it is to be multiplied by."""
    upper, rest = x
    rest = np.where(abs(upper) > _FAR, 0.0, rest)
    upper = np.clip(upper, -_FAR, _FAR)
    power = np.rint(upper / math.log(2))
    return np.exp(((upper - power * _LN2) - power * _LN2_REST) + rest), power.astype(np.int32)


def exponential_less_one(x):
    """Return e^x − 1 of a pair with |x| ≤ 1."""
    less = np.expm1(x[0])
    return less + x[1] * (less + 1)


# What the two parts of log 2 leave of it.
_LN2_LEFT = 1.1612227229362532e-26

# 1/n! as pairs for n from 1 to 7, and as numbers beyond. An exponential is taken of a 32nd, and squared five times.
_FACTORIALS = [in_two(Fraction(1, math.factorial(n))) for n in range(1, 14)]
_HALVINGS = 5


def multiply_pairs(x, y):
    """Return x · y of two pairs of arrays as a pair."""
    upper, rest = product(x[0], y[0])
    return upper, rest + (x[0] * y[1] + x[1] * y[0])


def exponential_in_two(x):
    """Return e^x of numbers from −746 to 0 as a pair with the digits of both.

    With x = k log 2 + r, it is 2^k e^r, and e^r − 1 a series of r/32 that is squared.
    """
    k = np.rint(x / math.log(2))
    upper, lower = subtract(x, k * _LN2)
    back, rest = product(k, np.full_like(x, _LN2_REST))
    r = add((upper, lower), (-back, -rest - k * _LN2_LEFT))
    s = tuple(np.ldexp(part, -_HALVINGS) for part in r)
    tail = np.full_like(x, _FACTORIALS[-1][0])
    for upper, _ in _FACTORIALS[-2:6:-1]:
        tail = tail * s[0] + upper
    less = (tail, np.zeros_like(x))
    for factor in _FACTORIALS[6::-1]:
        less = add(multiply_pairs(less, s), factor)
    less = multiply_pairs(less, s)
    for _ in range(_HALVINGS):
        less = add((2 * less[0], 2 * less[1]), square(less))
    upper, lower = add((np.ones_like(x), 0.0), less)
    return np.ldexp(upper, k.astype(np.int32)), np.ldexp(lower, k.astype(np.int32))
