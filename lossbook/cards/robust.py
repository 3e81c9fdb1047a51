"""Robust losses: as the square near 0, and milder where the error is large.

One letter says in all of them from which error on: δ, the options ``delta``, ``beta``, ``c``, ``scale`` and ``width``.
"""

import sympy as sp

from lossbook.cards.notation import bend, shape, turn, y, y_hat
from lossbook.cards.regression import absolute
from lossbook.proof import (
    Bound,
    Card,
    Convex,
    Curvature,
    Elicits,
    Gradient,
    Holds,
    Homogeneous,
    Likelihood,
    Limit,
    Lipschitz,
    Misprint,
    Not,
    Range,
    Smooth,
    SpecialCase,
    Symmetric,
    Taylor,
    Value,
    ZeroOnlyAt,
)

_ell = sp.Function("ell")
_loss = _ell(y_hat, y)
_slope, _bend = sp.Derivative(_loss, y_hat), sp.Derivative(_loss, (y_hat, 2))
_positive = sp.Interval.open(0, sp.oo)
_reals, _turns = {y_hat: sp.Reals, y: sp.Reals}, {turn: _positive}
_e, _size = y_hat - y, sp.Abs(y_hat - y)
_half = _e**2 / 2
_u, _t = sp.Symbol("u", real=True), sp.Symbol("t", positive=True)
_cut = sp.Max(-turn, sp.Min(_e, turn))


def _between(low, high):
    """Return the predictions between two errors."""
    return {y_hat: sp.Interval.open(y + low, y + high)}


_envelope = (_e - _u) ** 2 / 2 + turn * sp.Abs(_u)

huber = Card(
    name="huber_loss",
    title="Huber loss",
    symbol=_loss,
    formula=sp.Piecewise((_half, _size <= turn), (turn * (_size - turn / 2), True)),
    prediction=y_hat,
    domain=_reals,
    params=_turns,
    defaults={turn: 1},
    claims=(
        Range(0, sp.oo),
        ZeroOnlyAt(y_hat, y),
        Gradient(_cut),
        Convex(),
        Not(Convex(strict=True), name="strictly convex"),
        Lipschitz(turn, sharp={y_hat: y + turn}),
        Smooth(1, sharp={y_hat: y}),
        Limit(turn, sp.oo, _half, name="half the square"),
        Limit(turn, 0, _size, of=_loss / turn, name="absolute error"),
        Limit(turn, 0, 0, name="zero"),
        Holds(
            sp.And(sp.Le(_loss, _envelope), sp.Eq(_loss, _envelope.subs(_u, _e - _cut), evaluate=False), evaluate=False),
            on={_u: sp.Reals},
            name="envelope",
        ),
        Not(Elicits("mean"), name="mean"),
        Not(Elicits("median"), name="median"),
        Homogeneous(2, (y_hat, y, turn)),
        Misprint(
            sp.Piecewise((_e**2, _size <= turn), (_size, True)), at={y_hat: 2, y: 0, turn: 1}, name="printed without the halves"
        ),
        Misprint(
            sp.Piecewise((_half, _size <= turn), (turn * _size - turn**3 / 2, True)),
            at={y_hat: 3, y: 0, turn: 2},
            name="printed with a cube",
        ),
        Misprint(
            sp.Piecewise((_half, _size <= turn), (turn * (_size - turn / 2), _e > turn), (0, True)),
            at={y_hat: 0, y: 2, turn: 1},
            name="without the absolute value",
        ),
    ),
)

smooth_l1 = Card(
    name="smooth_l1_loss",
    title="Smooth L1 loss",
    symbol=_loss,
    formula=sp.Piecewise((_half / turn, _size < turn), (_size - turn / 2, True)),
    prediction=y_hat,
    domain=_reals,
    params=_turns,
    defaults={turn: 1},
    claims=(
        Range(0, sp.oo),
        ZeroOnlyAt(y_hat, y),
        Gradient(_cut / turn),
        SpecialCase({}, huber, factor=1 / turn, name="huber"),
        Limit(turn, 0, _size, name="absolute error"),
        Convex(),
        Lipschitz(1, sharp={y_hat: y + turn}),
        Smooth(1 / turn, sharp={y_hat: y}),
        Bound(absolute, above=True),
        Homogeneous(1, (y_hat, y, turn)),
        Misprint(
            sp.Piecewise((_half, _size < turn), (_size - turn / 2, True)),
            at={y_hat: 1, y: 0, turn: 2},
            name="printed without the division",
        ),
    ),
)

_root = sp.sqrt(1 + (_e / turn) ** 2)

pseudo_huber = Card(
    name="pseudo_huber_loss",
    title="Pseudo-Huber loss",
    symbol=_loss,
    formula=turn**2 * (_root - 1),
    prediction=y_hat,
    domain=_reals,
    params=_turns,
    defaults={turn: 1},
    claims=(
        Range(0, sp.oo),
        ZeroOnlyAt(y_hat, y),
        Gradient(_e / _root),
        Curvature(_root ** (-3)),
        Convex(strict=True),
        Lipschitz(turn, sharp={y_hat: sp.oo}),
        Smooth(1, sharp={y_hat: y}),
        Bound(_half, above=True, name="below the square"),
        Bound(absolute, factor=turn, above=True, name="below the absolute error"),
        Limit(turn, sp.oo, _half, name="half the square"),
        Limit(turn, 0, _t, of=_ell(_t, 0) / turn, on={_t: _positive}, name="absolute error"),
        Holds(sp.Eq(_e - _slope / _bend, -(_e**3) / turn**2), name="newton step"),
        Limit(y_hat, sp.oo, 0, of=_bend, name="flat far away"),
    ),
)

log_cosh = Card(
    name="log_cosh_loss",
    title="Log-cosh loss",
    symbol=_loss,
    formula=sp.log(sp.cosh(_e)),
    prediction=y_hat,
    domain=_reals,
    claims=(
        Range(0, sp.oo),
        ZeroOnlyAt(y_hat, y),
        Gradient(sp.tanh(_e)),
        Curvature(1 / sp.cosh(_e) ** 2),
        Convex(strict=True),
        Lipschitz(1, sharp={y_hat: sp.oo}),
        Smooth(1, sharp={y_hat: y}),
        Limit(y_hat, sp.oo, -sp.log(2), of=_loss - _e, name="far away"),
        Bound(absolute, above=True, name="below the absolute error"),
        Bound(_size - sp.log(2), name="above a line"),
        Holds(sp.Eq(_e - _slope / _bend, _e - sp.sinh(2 * _e) / 2), name="newton step"),
        Likelihood(1 / (sp.pi * sp.cosh(_e))),
        Not(Homogeneous(2, (y_hat, y)), name="unit"),
        Limit(y_hat, sp.oo, 0, of=_bend, name="strongly convex"),
        Misprint(_half, at={y_hat: 1000, y: 0}, name="printed as half the square"),
    ),
)

_x = _e / turn
_inner = _x**2 / sp.Abs(shape - 2) + 1
_bounded = {shape: sp.Interval.open(-sp.oo, 0)}

barron = Card(
    name="barron_loss",
    title="Barron loss",
    symbol=_loss,
    formula=sp.Abs(shape - 2) / shape * (_inner ** (shape / 2) - 1),
    prediction=y_hat,
    domain=_reals,
    params={shape: sp.Union(sp.Interval.open(-sp.oo, 0), sp.Interval.open(0, 2), sp.Interval.open(2, sp.oo))} | _turns,
    defaults={shape: 1, turn: 1},
    claims=(
        Gradient(_e / turn**2 * _inner ** (shape / 2 - 1)),
        Holds(sp.Ge(_loss, 0), name="not negative"),
        Range(0, (shape - 2) / shape, on=_bounded, name="bounded"),
        SpecialCase({shape: 1}, pseudo_huber, factor=1 / turn**2, name="pseudo-huber"),
        Limit(shape, 2, _x**2 / 2, name="square"),
        Limit(shape, 0, sp.log(1 + _x**2 / 2), name="cauchy"),
        Limit(shape, -sp.oo, 1 - sp.exp(-(_x**2) / 2), name="welsch"),
        Limit(shape, sp.oo, sp.exp(_x**2 / 2) - 1, name="exponential"),
        Holds(sp.Eq(_loss, 2 * _x**2 / (_x**2 + 4)), given={shape: -2}, name="geman and mcclure"),
        Convex(on={shape: sp.Interval.Ropen(1, 2)}),
        Not(Convex(), name="always convex"),
        Taylor(at={y_hat: y}, expr=_x**2 / 2),
        Holds(sp.Le(_slope**2, sp.Rational(27, 64) / turn**2), given={shape: -2}, name="steepest"),
        Bound(sp.log(1 + _x**2 / 2), above=True, given={shape: -2}, name="below cauchy"),
        Bound(_x**2 / 2, above=True, given={shape: 1}, name="below the square"),
        Limit(y_hat, sp.oo, 0, of=_slope, given={shape: -2}, name="redescending"),
    ),
)

tukey = Card(
    name="tukey_biweight_loss",
    title="Tukey's biweight",
    symbol=_loss,
    formula=sp.Piecewise((turn**2 / 6 * (1 - (1 - _x**2) ** 3), _size <= turn), (turn**2 / 6, True)),
    prediction=y_hat,
    domain=_reals,
    params=_turns,
    defaults={turn: sp.Rational("4.685")},
    claims=(
        Range(0, turn**2 / 6, high_at={y_hat: y + turn}),
        ZeroOnlyAt(y_hat, y),
        Gradient(sp.Piecewise((_e * (1 - _x**2) ** 2, _size <= turn), (0, True))),
        Curvature(sp.Piecewise(((1 - _x**2) * (1 - 5 * _x**2), _size <= turn), (0, True))),
        Not(Convex(), name="convex"),
        Smooth(1, sharp={y_hat: y}),
        Holds(sp.Le(_slope**2, sp.Rational(256, 3125) * turn**2), name="steepest"),
        Convex(on=_between(-turn / sp.sqrt(5), turn / sp.sqrt(5)), name="convex near 0"),
        Bound(_half, above=True, name="below the square"),
        Limit(turn, sp.oo, _half, name="half the square"),
        Homogeneous(2, (y_hat, y, turn)),
    ),
)

wing = Card(
    name="wing_loss",
    title="Wing loss",
    symbol=_loss,
    formula=sp.Piecewise(
        (turn * sp.log(1 + _size / bend), _size < turn), (_size - turn + turn * sp.log(1 + turn / bend), True)
    ),
    prediction=y_hat,
    domain=_reals,
    params=_turns | {bend: _positive},
    defaults={turn: 10, bend: 2},
    claims=(
        Range(0, sp.oo),
        ZeroOnlyAt(y_hat, y),
        Gradient(sp.sign(_e) * sp.Piecewise((turn / (bend + _size), _size < turn), (1, True))),
        Not(Convex(), name="convex"),
        Homogeneous(1, (y_hat, y, turn, bend)),
        Symmetric({y_hat: y, y: y_hat}),
        Not(Elicits("mean"), name="mean"),
        Value([{y_hat: 0, y: 0}, {y_hat: 0, y: 1}], "2.027", given={turn: 10, bend: 2}, name="one of two targets"),
        Value([{y_hat: sp.S.Half, y: 0}, {y_hat: sp.S.Half, y: 1}], "2.231", given={turn: 10, bend: 2}, name="between two targets"),
        Lipschitz(sp.Max(1, turn / bend)),
        Curvature(sp.Piecewise((-turn / (bend + _size) ** 2, _size < turn), (0, True))),
        Limit(y_hat, y + turn, turn / (bend + turn), of=_slope, on=_between(0, turn), name="slope inside"),
        Limit(y_hat, y + turn, 1, of=_slope, on=_between(turn, sp.oo), name="slope outside"),
    ),
)
