"""Scores of forecasts of a number: an ensemble, quantiles, vectors, a normal distribution, an interval.

The sums run over any number of members. What is said of sorted members is shown for all small ensembles, by evaluating the sums exactly.
"""

from functools import lru_cache
from itertools import combinations_with_replacement, product

import sympy as sp

from lossbook.cards.notation import eta, i, j, k, p, positions, sigma, y, y_hat
from lossbook.cards.point import level, pinball
from lossbook.proof import (
    Anchor,
    Card,
    Cases,
    Convex,
    Curvature,
    Each,
    Elicits,
    Exhaustive,
    Gradient,
    Holds,
    Homogeneous,
    Invariant,
    Limit,
    Misprint,
    Not,
    Range,
    SpecialCase,
    Symmetric,
    Value,
    label,
)

# Letters of these losses alone; other chapters have others for them.
members = sp.Symbol("M", integer=True, positive=True)
"""Number of members of an ensemble, or of quantiles."""

dimensions = sp.Symbol("D", integer=True, positive=True)
"""Number of dimensions of a vector."""

fair = sp.Symbol("h", nonnegative=True)
"""1 for a fair score, whose pairs are divided by M (M − 1), and 0 otherwise (``fair``)."""

levels = sp.IndexedBase("tau", positive=True)
"""Levels of quantiles, one for each (``levels``)."""

lower, upper = sp.symbols(r"\hat{y}_- \hat{y}_+", real=True)
"""Ends of an interval (``lower``, ``upper``)."""

outside = sp.Symbol("alpha", positive=True)
"""Share of targets that may lie outside of an interval (``alpha``)."""

exponent = sp.Symbol("beta", positive=True)
"""Exponent of the distances of vectors (``beta``)."""

_ell = sp.Function("ell")
_x, _HALF = positions, sp.Rational(1, 2)
_loss = _ell(_x, y)
_several = {members: sp.Range(2, sp.oo)}
_chances = {p: sp.Interval.open(0, 1), eta: sp.Interval.open(0, 1)}
_n, _d = sp.symbols("n d", integer=True, positive=True)


def _all(term, *indices, last=members):
    """Write a sum over all members, or all pairs of them."""
    return sp.Sum(term, *((index, 1, last) for index in indices))


_domain = {_x: Each(sp.Reals), y: sp.Reals}
_crps = _all(sp.Abs(_x[i] - y), i) / members - _all(sp.Abs(_x[i] - _x[j]), i, j) / (2 * members * (members - fair))


@lru_cache(maxsize=64)
def _spelt_out(formula, count, plain):
    """Write the sums over so many members out, with symbols for the numbers."""
    entries = [sp.Symbol(f"x{n}", real=True) for n in range(1, count + 1)]
    written = formula.xreplace({members: sp.Integer(count), fair: plain}).doit()
    return written.xreplace({_x[n]: entry for n, entry in enumerate(entries, 1)}), entries


def evaluate(formula, ensemble, target, is_fair=0):
    """Evaluate the score of an ensemble exactly."""
    written, entries = _spelt_out(formula, len(ensemble), sp.sympify(is_fair))
    return written.xreplace({y: sp.sympify(target)} | dict(zip(entries, map(sp.sympify, ensemble), strict=True)))


def _area(ensemble, target):
    """Evaluate the area between the squared difference of two steps and 0: ∫ (share of members up to t − [y ≤ t])² dt."""
    cuts = sorted({*ensemble, target})
    shares = [sp.Rational(sum(1 for a in ensemble if a <= t), len(ensemble)) for t in cuts]
    return sum(
        (b - a) * (share - (1 if target <= a else 0)) ** 2 for a, b, share in zip(cuts, cuts[1:], shares, strict=False)
    )


def _ranks(ensemble, target):
    """Evaluate twice the mean pinball loss of the sorted members, at the levels (k − ½)/M."""
    count = len(ensemble)
    taus = [sp.Rational(2 * n + 1, 2 * count) for n in range(count)]
    return sp.Rational(2, count) * sum(
        max(t * (target - a), (t - 1) * (target - a)) for t, a in zip(taus, sorted(ensemble), strict=True)
    )


def _drawn(members_are_fair):
    """Write the expected score of two members that are 1 with probability p, where the target is 1 with probability η."""
    sides = {(0, 0): 0, (1, 0): label(1), (0, 1): label(2), (1, 1): 1}
    chance = {
        (a, b, c): p ** (a + b) * (1 - p) ** (2 - a - b) * (eta if c else 1 - eta)
        for (a, b), c in product(sides, (0, 1))
    }
    return sum(weight * _ell(sides[a, b], c) for (a, b, c), weight in chance.items())


_X, _Y, _T, _f = sp.symbols("x y t h")
_mid, _area_of, _ranked = sp.Function("mid"), sp.Function("area"), sp.Function("Q")
_small = Cases(
    "2 or 3 numbers from 0 to 3", lambda: [e for n in (2, 3) for e in combinations_with_replacement(range(4), n)]
)
_targets = Cases("−1, 0, ½, 1, 5/2", lambda: [sp.Rational(n, 2) for n in (-2, 0, 1, 2, 5)])
_both = Cases("0 and 1", lambda: [0, 1])
_sign = sp.sign(_x[k] - y) / members - _all(sp.sign(_x[k] - _x[j]), j) / (members * (members - fair))

ensemble = Card(
    name="crps_ensemble",
    title="CRPS of an ensemble",
    symbol=_loss,
    formula=_crps,
    prediction=_x[i],
    domain=_domain | _several,
    params={fair: sp.FiniteSet(0, 1)},
    defaults={fair: 0},
    evaluator=evaluate,
    claims=(
        Exhaustive(
            sp.Eq(_ell(_X, _Y, 0), _area_of(_X, _Y)),
            over={_X: _small, _Y: _targets},
            helpers={"area": _area},
            name="area",
        ),
        Exhaustive(
            sp.Eq(_ell(_X, _Y, 0), _ranked(_X, _Y)),
            over={_X: _small, _Y: _targets},
            helpers={"Q": _ranks},
            name="quantiles",
        ),
        Exhaustive(sp.Ge(_ell(_X, _Y, _f), 0), over={_X: _small, _Y: _targets, _f: _both}, name="range"),
        Gradient(_sign, var=_x[k]),
        Invariant((_x, y)),
        Homogeneous(1, (_x, y), given={members: 2}),
        Holds(
            sp.Eq(_drawn(1), eta * (1 - eta) + (p - eta) ** 2),
            given={members: 2, fair: 1},
            on=_chances,
            name="two fair members",
        ),
        Holds(
            sp.Eq(_drawn(0), eta * (1 - eta) + (p - eta) ** 2 + p * (1 - p) / 2),
            given={members: 2, fair: 0},
            on=_chances,
            name="two members",
        ),
        Value({_x: (1, 2, 4, 7), y: 3, fair: 0}, sp.Rational(3, 4)),
        Value({_x: (1, 2, 4, 7), y: 3, fair: 1}, sp.Rational(1, 3), name="fair"),
        Not(Holds(sp.Gt(_loss, 0)), {_x: (-5, 9), y: 2, fair: 1}, name="fair and off"),
        Not(
            Exhaustive(
                sp.Le(_ell(_mid(_X, _T), _Y, 0), (_ell(_X, _Y, 0) + _ell(_T, _Y, 0)) / 2),
                over={},
                helpers={"mid": lambda a, b: tuple(sp.Rational(u + v, 2) for u, v in zip(a, b, strict=True))},
            ),
            {_X: (0, 2), _T: (2, 0), _Y: 0},
            name="convex",
        ),
        Misprint(
            _all(sp.Abs(_x[i] - y), i) / members - _all(sp.Abs(_x[i] - _x[j]), i, j) / (4 * members * (members - fair)),
            at={_x: (1, 2, 4, 7), y: 3, fair: 1},
            name="each pair halved twice",
        ),
    ),
)

_others = sp.IndexedBase("t", real=True)
_pinballs = sp.Max(levels[i] * (y - _x[i]), (levels[i] - 1) * (y - _x[i]))
_beyond = sp.Piecewise((1 - levels[k], _x[k] > y), (-levels[k], True))

quantiles = Card(
    name="crps_quantile",
    title="CRPS of quantiles",
    symbol=_loss,
    formula=2 * _all(_pinballs, i) / members,
    prediction=_x[i],
    domain=_domain | {members: sp.Range(1, sp.oo)},
    params={levels: Each(sp.Interval.open(0, 1))},
    claims=(
        Range(0, sp.oo),
        Gradient(2 * _beyond / members, var=_x[k]),
        Holds(
            sp.Le(_ell((_x + _others) / 2, y), (_loss + _ell(_others, y)) / 2),
            on={_others: Each(sp.Reals)},
            name="convex",
        ),
        Invariant((_x, y)),
        Homogeneous(1, (_x, y)),
        SpecialCase(
            {members: 1}, pinball, factor=2, link={pinball.prediction: _x[1], level: levels[1]}, name="one quantile"
        ),
        Value({_x: (1, 2, 4, 7), y: 3, levels: tuple(sp.Rational(2 * n + 1, 8) for n in range(4))}, sp.Rational(3, 4)),
        Value({_x: (1, 2, 4, 7), y: 3, levels: tuple(sp.Rational(n, 5) for n in range(1, 5))}, 1, name="uneven levels"),
        Misprint(
            _all(_pinballs, i) / members,
            at={_x: (1, 2, 4, 7), y: 3, levels: tuple(sp.Rational(2 * n + 1, 8) for n in range(4))},
            name="printed without the two",
        ),
    ),
)

_vectors, _vector = sp.IndexedBase("x", real=True), sp.IndexedBase("y", real=True)


def _length(difference):
    """Write the length of a vector to the power β."""
    return _all(difference**2, _d, last=dimensions) ** (exponent / 2)


_energy = _all(_length(_vectors[i, _d] - _vector[_d]), i) / members - _all(
    _length(_vectors[i, _d] - _vectors[j, _d]), i, j
) / (2 * members * (members - fair))


@lru_cache(maxsize=64)
def _of_vectors(formula, count, size, beta, plain):
    """Write the sums over so many members and dimensions out, with symbols for the numbers."""
    names = {_vectors[n, d]: sp.Symbol(f"x{n}_{d}", real=True) for n in range(1, count + 1) for d in range(1, size + 1)}
    names |= {_vector[d]: sp.Symbol(f"y_{d}", real=True) for d in range(1, size + 1)}
    written = formula.xreplace({members: sp.Integer(count), dimensions: sp.Integer(size), exponent: beta, fair: plain})
    return written.doit().xreplace(names), tuple(names.values())


def evaluate_vectors(formula, ensemble, target, beta=1, is_fair=0):
    """Evaluate the score of an ensemble of vectors exactly."""
    written, names = _of_vectors(formula, len(ensemble), len(target), sp.sympify(beta), sp.sympify(is_fair))
    numbers = [*sp.flatten(ensemble), *target]
    return written.xreplace(dict(zip(names, map(sp.sympify, numbers), strict=True)))


def _off_the_mean(ensemble, target):
    """Evaluate the squared distance of the mean from the target."""
    return sum(
        (sp.Rational(sum(column), len(ensemble)) - b) ** 2
        for column, b in zip(zip(*ensemble, strict=True), target, strict=True)
    )


def _turned(vectors):
    """Turn vectors of two dimensions by the angle of the triangle 3, 4, 5."""
    turned = [((3 * a - 4 * b) / sp.Integer(5), (4 * a + 3 * b) / sp.Integer(5)) for a, b in vectors]
    return tuple(turned)


_B = sp.Symbol("beta")
_grid = list(product((0, 1, 3), (0, 2)))
_clouds = Cases(
    "2 or 3 points with coordinates from 0, 1, 3 and 0, 2",
    lambda: [c for n in (2, 3) for c in combinations_with_replacement(_grid, n)],
)
_points = Cases("(0, 0) and (1, −1)", lambda: [(0, 0), (1, -1)])
_of_numbers = sp.Function("c")
_line = _ell(sp.Function("column")(_X), sp.Function("single")(_Y), 1, _f)
_pair_apart = {_X: ((3, 4), (-3, -4)), _Y: (0, 0), _B: 1, _f: 0}

energy = Card(
    name="energy_score",
    title="Energy score",
    symbol=_ell(_vectors, _vector),
    formula=_energy,
    prediction=_vectors[i, _d],
    domain={
        _vectors: Each(sp.Reals),
        _vector: Each(sp.Reals),
        members: sp.Range(2, sp.oo),
        dimensions: sp.Range(1, sp.oo),
    },
    params={exponent: sp.Interval.Lopen(0, 2), fair: sp.FiniteSet(0, 1)},
    defaults={exponent: 1, fair: 0},
    evaluator=evaluate_vectors,
    claims=(
        Exhaustive(
            sp.Eq(_line, _of_numbers(_X, _Y, _f)),
            over={_X: _small, _Y: _targets, _f: _both},
            helpers={
                "column": lambda e: tuple((a,) for a in e),
                "single": lambda a: (a,),
                "c": lambda e, a, plain: evaluate(_crps, e, a, plain),
            },
            name="numbers",
            remark="$c$ is the CRPS of an ensemble.",
        ),
        Exhaustive(
            sp.Eq(_ell(_X, _Y, 2, 0), sp.Function("m")(_X, _Y)),
            over={_X: _clouds, _Y: _points},
            helpers={"m": _off_the_mean},
            name="square",
            remark="$m$ is the squared distance of the members' mean from $y$.",
        ),
        Value(((((3, 4), (-3, -4)), (0, 0))), sp.Rational(5, 2)),
        Value((((1, 0), (0, 1), (0, 0)), (1, 1), 2), sp.Rational(8, 9), name="square of a spread"),
        Value((((sp.Rational(1, 3),) * 2,) * 3, (1, 1), 2), sp.Rational(8, 9), name="square of one point"),
        Not(Exhaustive(sp.Ge(_ell(_X, _Y, 2, 1), 0)), {_X: ((-1,), (1,)), _Y: (0,)}, name="fair square"),
    ),
)

_z = (y - y_hat) / sigma
_density = sp.exp(-(_z**2) / 2) / sp.sqrt(2 * sp.pi)
_inside = sp.erf(_z / sp.sqrt(2))
_g = _ell(y_hat, sigma, y)
_lone = 1 / sp.sqrt(sp.pi)

gaussian = Card(
    name="crps_gaussian",
    title="CRPS of a normal distribution",
    symbol=_g,
    formula=sigma * (_z * _inside + 2 * _density - _lone),
    prediction=y_hat,
    domain={y_hat: sp.Reals, sigma: sp.Interval.open(0, sp.oo), y: sp.Reals},
    claims=(
        Gradient(-_inside),
        Gradient(2 * _density - _lone, var=sigma, name="slope in the scale"),
        Curvature(2 * _density / sigma),
        Curvature(2 * _z**2 * _density / sigma, var=sigma, name="curvature in the scale"),
        Convex(strict=True),
        Convex(var=sigma, name="convex in the scale"),
        Holds(
            sp.Eq(sp.Derivative(_g, (y_hat, 2)) * sp.Derivative(_g, (sigma, 2)), sp.Derivative(_g, y_hat, sigma) ** 2),
            name="jointly convex",
            remark="With second derivatives that are not negative, a determinant of 0 makes the score convex in both together.",
        ),
        Holds(sp.Ge(sp.Derivative(_g, sigma), -_lone), name="slope in the scale, below"),
        Holds(
            sp.Le(sp.Derivative(_g, sigma), (sp.sqrt(2) - 1) * _lone),
            by=Anchor(y, y_hat),
            name="slope in the scale, above",
        ),
        Holds(sp.Ge(_g, (sp.sqrt(2) - 1) * _lone * sigma), by=Anchor(y, y_hat), name="at least"),
        Homogeneous(1, (y_hat, sigma, y)),
        Invariant((y_hat, y)),
        Symmetric({y_hat: y, y: y_hat}),
        Limit(sigma, 0, y, given={y_hat: 0}, on={y: sp.Interval.open(0, sp.oo)}, name="no spread"),
        Limit(
            sigma,
            1,
            0,
            of=sp.Derivative(_ell(0, sigma, sp.sqrt(sp.log(2))), sigma),
            name="best scale",
            remark="An error of √(log 2) asks for the scale 1, so that an error e asks for |e|/√(log 2).",
        ),
        Value({y_hat: 0, sigma: 1, y: 0}, "0.2337"),
        Not(Holds(sp.Le(_g, 1)), {y_hat: 0, sigma: 1, y: 3}, name="at most 1"),
    ),
)

_s = _ell(lower, upper, y)
_over, _under = sp.Max(0, y - upper), sp.Max(0, lower - y)


def _ends(end, share):
    """Write the pinball loss of an end."""
    return pinball.formula.subs({pinball.prediction: end, level: share}, simultaneous=True)


interval = Card(
    name="interval_score",
    title="Interval score",
    symbol=_s,
    formula=upper - lower + 2 / outside * (_under + _over),
    prediction=lower,
    domain={lower: sp.Reals, upper: sp.Interval(lower, sp.oo), y: sp.Reals},
    params={outside: sp.Interval.open(0, 1)},
    claims=(
        Range(0, sp.oo, low_at={lower: 0, upper: 0, y: 0}),
        Gradient(sp.Piecewise((2 / outside - 1, y < lower), (-1, True)), on={lower: sp.Reals, upper: sp.Reals}),
        Gradient(
            sp.Piecewise((1 - 2 / outside, y > upper), (1, True)),
            var=upper,
            on={upper: sp.Reals},
            name="slope in the upper end",
        ),
        Convex(on={upper: sp.Reals}),
        Convex(var=upper, on={upper: sp.Reals}, name="convex in the upper end"),
        Holds(
            sp.Eq(_s, 2 / outside * (_ends(lower, outside / 2) + _ends(upper, 1 - outside / 2))),
            on={upper: sp.Reals},
            name="pinball losses",
        ),
        Elicits("quantile", level=outside / 2, target=y, on={upper: sp.Reals}),
        Homogeneous(1, (lower, upper, y), on={upper: sp.Reals}),
        Invariant((lower, upper, y), on={upper: sp.Reals}),
        Symmetric({lower: -upper, upper: -lower, y: -y}, on={upper: sp.Reals}),
        Misprint(
            upper - lower + 2 / outside * (lower - y) + 2 / outside * (y - upper),
            at={lower: 1, upper: 3, y: 2, outside: _HALF},
            name="written without the conditions",
        ),
    ),
)
