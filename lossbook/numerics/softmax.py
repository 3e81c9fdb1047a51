"""The softmax of a block of scores, with its digits kept: what the losses of several classes are computed from.

A block has the class axis first. Where scores are infinite, all results are the limits for ±∞ read as ±t, t → ∞: equal
infinities go together.
"""

import numpy as np

from lossbook.numerics.sums import add_up, lost, multiply, split, subtract


def exponentials(z):
    """Return the largest score of each column, z − largest, e^(z − largest), and what that difference's rounding took off it.

    At z − largest = −700 the difference is rounded by up to 6e-14: without its rest, that is the relative error.
    """
    largest = z.max(axis=0)
    difference, rest = subtract(z, largest)
    e = np.exp(difference)
    rest *= e
    return largest, difference, e, rest


# Scores between −limit and limit have exponentials whose sums and quotients neither overflow nor underflow.
# Of fewer scores, the sum of squares mostly tells as well, in a fifth of the time.
_FEW = 1024
_LIMIT = {np.dtype(np.float32): 32.0, np.dtype(np.float64): 300.0}


def moderate(z, share=1.0):
    """Whether all scores are so small that their exponentials can be taken as they are, without a largest score taken off.

    With a ``share`` below 1 there is as much room left as what they are then multiplied by may take.
    """
    limit = share * _LIMIT[z.dtype]
    if z.size < _FEW and (flat := z.reshape(-1)) @ flat <= limit * limit:
        return True
    return -limit <= np.minimum.reduce(z, axis=None) and np.maximum.reduce(z, axis=None) <= limit


class _AgainstLabel:
    """The softmax of each column against its label k, in terms that do not cancel.

    ``own`` is e^(z_k) and ``others`` the sum of the other exponentials, so that the probability of the label is own/total,
    and what is left of 1 is others/total. The entries of ``e`` at the labels are 0.
    """

    def __init__(self, k, e):
        self._known = {}
        self.label = k, np.arange(len(k))
        self.e = e
        flat, places = self._places(e)
        self.own = flat.take(places) if flat is not e else e[places]
        flat[places] = 0
        self.others = add_up(e)
        self.total = self.others + self.own

    def cross_entropy(self):
        """−log(own/total) = log1p(others/own)."""
        return np.log1p(self.others / self.own)

    def put(self, array, values):
        """Write the entries at the labels of an array of the block's shape."""
        flat, places = self._places(array)
        flat[places] = values

    def _places(self, array):
        """Return the array as a view along one axis, and where in it the labels are: one index a label takes a quarter of the time of two."""
        k, column = self.label
        if array.flags.c_contiguous:
            if "C" not in self._known:
                self._known["C"] = k * len(column) + column
            return array.reshape(-1), self._known["C"]
        if array.flags.f_contiguous:
            if "F" not in self._known:
                self._known["F"] = column * len(array) + k
            return array.T.reshape(-1), self._known["F"]
        return array, self.label


class AgainstOfModerate(_AgainstLabel):
    """The softmax of moderate scores, whose exponentials are taken as they are."""

    def __init__(self, z, k):
        super().__init__(k, np.exp(z))

    def power(self, exponent):
        """(own/total)^exponent."""
        return (self.own / self.total) ** exponent


class Against(_AgainstLabel):
    """The softmax of any scores, in units of e^largest; ``gap`` + ``rest`` is how far z_k is below the largest score.

    Those units make the exponential of a label with the largest score exactly 1, which a power needs.
    """

    def __init__(self, z, k):
        largest, _, self.rounded, self.slips = exponentials(z)
        super().__init__(k, self.rounded + self.slips)
        self.gap, self.rest = subtract(largest, z[self.label])

    def cross_entropy(self):
        """−log(own/total) = gap + log(total), by log1p without the 1 that the largest score adds.

        That 1 is ``own`` where the label has the largest score, and then own − 1 = 0 exactly; else it is among the
        others, and the loss is at least log 2, so that the rounding of their difference does no harm.
        """
        return self.gap + (self.rest + np.log1p(self.others + (self.own - 1)))

    def power(self, exponent):
        """(own/total)^exponent, exponent ≤ 1, also where own is below the range of numbers: e^(−exponent · gap)/total^exponent.

        At an exponent of −700 the rounding of that product is 300 units of the result; it is taken off.
        """
        product = exponent * self.gap
        # The product is split in a range where neither part overflows.
        slip = multiply(exponent, np.ldexp(np.minimum(self.gap, 1e307), -64))[1]
        off = np.where(product < 800, np.ldexp(slip, 64) + exponent * self.rest, 0.0)
        power = np.exp(-product) * (1 - off) / self.total**exponent
        return np.where(np.isinf(self.gap), 0.0, power)

    def missing(self):
        """Return what is left of 1, others/total, by how much it is off, relatively, and what the sums lost: s and t.

        A power would multiply that error. The quotient is truly (others + s)/(total + t), and others − quotient · total
        comes from exact products of halves.
        """
        quotient = self.others / self.total
        self.put(self.rounded, 0)
        self.put(self.slips, 0)
        s = lost(self.e, self.others) + np.add.reduce((self.rounded - self.e) + self.slips)
        t = s + subtract(self.others, -self.own)[1]
        (a, b), (c, d) = split(quotient), split(self.total)
        remainder = (((self.others - a * c) - a * d) - b * c) - b * d
        off = (remainder + s - quotient * t) / np.where(self.others > 0, self.others, 1)
        return quotient, off, s, t


def against(z, k):
    """Return the softmax against the labels by the way that is the faster for these scores."""
    return AgainstOfModerate(z, k) if moderate(z) else Against(z, k)


def with_complement(z):
    """Return p = softmax(z) and 1 − p, each with all its digits: for the largest score 1 − p is the sum of the others."""
    top = z.argmax(axis=0), np.arange(z.shape[1])
    _, _, e, slips = exponentials(z)
    e += slips
    return _shares(e, top)


def _shares(e, top):
    """Return the shares of exponentials in their sum, and what is missing of 1; ``top`` is where the largest are."""
    own = e[top]
    e[top] = 0
    others = add_up(e)
    total = own + others
    p = e / total
    missing = 1 - p
    p[top] = own / total
    missing[top] = others / total
    return p, missing


class AdjustedOfModerate(_AgainstLabel):
    """The softmax of scores whose exponentials ``e`` are given, with what they are multiplied by; 0 where a class is out."""

    def __init__(self, k, e):
        self.exponentials = e
        super().__init__(k, e.copy("K"))

    def with_complement(self):
        """Return the probabilities and what is missing of 1: see `with_complement`."""
        e = self.exponentials
        return _shares(e, (e.argmax(axis=0), self.label[1]))


class Adjusted(_AgainstLabel):
    """The softmax of factor · (z + c) against the label, for scores c that are pairs: rounded, and what the rounding took off.

    Their sum is not rounded before the largest is taken off. Where c is −∞ the class is out, whatever its score z.
    """

    def __init__(self, z, k, c, factor=1.0):
        columns = np.arange(z.shape[1])
        upper, lower = (np.broadcast_to(part, z.shape) for part in c)
        outside = np.isneginf(upper)
        z = np.where(outside, -np.inf, z)
        some = ~outside
        guess = np.where(some, z + upper, np.nan)
        # Where a sum is rounded, or infinite, the largest is only known from the differences.
        for _ in range(2):
            at = _largest(guess, some), columns
            difference, rest = subtract(z, z[at])
            more, slip = subtract(upper, upper[at])
            difference, off = subtract(difference, -more)
            guess = np.where(some, difference, np.nan)
        rest = rest + (slip + (off + (lower - lower[at])))
        rest[outside] = 0
        if factor != 1:
            difference, slip = multiply(factor, difference)
            rest = np.nan_to_num(factor * rest + slip, nan=0.0, posinf=0.0, neginf=0.0)
        self.top, self.exponentials = at, np.exp(difference)
        self.exponentials += self.exponentials * rest
        self.gap, self.rest = 0 - difference[k, columns], 0 - rest[k, columns]
        super().__init__(k, self.exponentials.copy())

    def cross_entropy(self):
        """−log(own/total): see `Against.cross_entropy`."""
        return self.gap + (self.rest + np.log1p(self.others + (self.own - 1)))

    def with_complement(self):
        """Return the probabilities and what is missing of 1: see `with_complement`."""
        return _shares(self.exponentials, self.top)


def _largest(x, some):
    """Return where the largest entry of each column is, of those that are ``some``, which may all be −∞."""
    return np.where(some, np.maximum(x, -np.finfo(x.dtype).max), -np.inf).argmax(axis=0)
