"""Losses that ask for another number than the mean: of quantiles, expectiles, proportions."""

import sympy as sp

from lossbook.cards.notation import r, turn, y, y_hat
from lossbook.cards.regression import absolute, squared
from lossbook.cards.robust import smooth_l1
from lossbook.proof import (
    Bound,
    Card,
    Convex,
    Curvature,
    Elicits,
    Gradient,
    Holds,
    Homogeneous,
    Invariant,
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
    as_product,
)

# Letters of these losses alone; other chapters have others for them.
level = sp.Symbol("tau", positive=True)
"""Level of a quantile or an expectile: what an error counts where the prediction is too low; 1 − τ where it is too high (``tau``)."""

tube = sp.Symbol("epsilon", nonnegative=True)
"""Error ϵ up to which the ϵ-insensitive loss is 0 (``epsilon``)."""

_ell = sp.Function("ell")
_loss = _ell(y_hat, y)
_slope, _bend = sp.Derivative(_loss, y_hat), sp.Derivative(_loss, (y_hat, 2))
_positive = sp.Interval.open(0, sp.oo)
_reals, _levels = {y_hat: sp.Reals, y: sp.Reals}, {level: sp.Interval.open(0, 1)}
_e, _size = y_hat - y, sp.Abs(y_hat - y)
_u, _t = sp.Symbol("u", real=True), sp.Symbol("t", positive=True)
_half = sp.Rational(1, 2)
_steeper = sp.Max(level, 1 - level)
_above, _below = {y_hat: sp.Interval.open(y, sp.oo)}, {y_hat: sp.Interval.open(-sp.oo, y)}
_mirror = {y_hat: y, y: y_hat, level: 1 - level}


def _sides(high, low):
    """Write what holds above the target, and what elsewhere."""
    return sp.Piecewise((high, y_hat > y), (low, True))


_weight = _sides(1 - level, level)

pinball = Card(
    name="pinball_loss",
    title="Pinball loss",
    symbol=_loss,
    formula=sp.Max(level * (y - y_hat), (level - 1) * (y - y_hat)),
    prediction=y_hat,
    domain=_reals,
    params=_levels,
    defaults={level: _half},
    claims=(
        Range(0, sp.oo),
        ZeroOnlyAt(y_hat, y),
        Gradient(_sides(1 - level, -level)),
        Convex(),
        Elicits("quantile", level=level),
        Lipschitz(_steeper),
        Lipschitz(1 - level, on={level: sp.Interval.Lopen(0, _half)}, sharp={y_hat: y + 1}, name="sharp"),
        SpecialCase({level: _half}, absolute, factor=_half, name="half the absolute error"),
        Symmetric(_mirror, name="mirrored"),
        Holds(sp.Eq(_loss + _ell(y, y_hat), _size), name="both sides"),
        Homogeneous(1, (y_hat, y)),
        Invariant((y_hat, y)),
        Not(Convex(strict=True), name="strictly convex"),
        Not(Elicits("median"), name="median"),
        Misprint(
            sp.Max(level * (y_hat - y), (level - 1) * (y_hat - y)),
            at={y_hat: 0, y: 1, level: sp.Rational(9, 10)},
            name="printed with the sides exchanged",
        ),
        Misprint(
            _sides((1 - level) * (y - y_hat), level * (y - y_hat)),
            at={y_hat: 0, y: -1, level: _half},
            name="printed with a sign lost",
        ),
    ),
)

expectile = Card(
    name="expectile_loss",
    title="Expectile loss",
    symbol=_loss,
    formula=_sides((1 - level) * _e**2, level * _e**2),
    prediction=y_hat,
    domain=_reals,
    params=_levels,
    defaults={level: _half},
    claims=(
        Range(0, sp.oo),
        ZeroOnlyAt(y_hat, y),
        Gradient(2 * _e * _weight, shown=as_product(2, _e, _weight)),
        Convex(strict=True),
        Elicits("expectile", level=level),
        Smooth(2 * _steeper),
        Smooth(2 * (1 - level), on={level: sp.Interval.Lopen(0, _half)}, sharp={y_hat: y + 1}, name="sharp"),
        SpecialCase({level: _half}, squared, factor=_half, name="half the squared error"),
        Symmetric(_mirror, name="mirrored"),
        Holds(sp.Eq(sp.Derivative(_ell(_u, 0), _u) + sp.Derivative(_ell(_u, 1), _u), 2 * (_u - level)), on={_u: sp.Interval.open(0, 1)}, name="of two targets"),
        Limit(y_hat, y, 2 * level, of=_bend, on=_below, name="curvature below"),
        Limit(y_hat, y, 2 * (1 - level), of=_bend, on=_above, name="curvature above"),
        Homogeneous(2, (y_hat, y)),
        Not(Elicits("mean"), name="mean"),
        Not(Elicits("quantile", level=level), name="quantile"),
    ),
)

_huber = sp.Piecewise((_e**2 / (2 * turn), _size < turn), (_size - turn / 2, True))

quantile_huber = Card(
    name="quantile_huber_loss",
    title="Quantile Huber loss",
    symbol=_loss,
    formula=_weight * _huber,
    prediction=y_hat,
    domain=_reals,
    params=_levels | {turn: _positive},
    defaults={level: _half, turn: 1},
    claims=(
        Range(0, sp.oo),
        ZeroOnlyAt(y_hat, y),
        Gradient(_weight * sp.Max(-1, sp.Min(_e / turn, 1))),
        Convex(),
        Lipschitz(_steeper),
        Smooth(_steeper / turn),
        Smooth((1 - level) / turn, on={level: sp.Interval.Lopen(0, _half)}, sharp={y_hat: y + turn / 2}, name="sharp"),
        Bound(pinball, above=True, name="below the pinball loss"),
        Limit(turn, 0, pinball.formula, name="pinball loss"),
        Limit(turn, sp.oo, expectile.formula / 2, of=turn * _loss, name="expectile loss"),
        SpecialCase({level: _half}, smooth_l1, factor=_half, name="half of smooth l1"),
        Not(Elicits("quantile", level=level), name="quantile"),
        Symmetric(_mirror, name="mirrored"),
        Homogeneous(1, (y_hat, y, turn)),
        Misprint(
            _weight * turn * _huber,
            at={y_hat: 0, y: 3, level: _half, turn: 2},
            name="printed without the division",
        ),
    ),
)

_excess = sp.Max(0, _size - tube)
_plain, _square = {r: 1}, {r: 2}

epsilon_insensitive = Card(
    name="epsilon_insensitive_loss",
    title="ϵ-insensitive loss",
    symbol=_loss,
    formula=sp.Piecewise(((_size - tube) ** r, _size > tube), (0, True)),
    prediction=y_hat,
    domain=_reals,
    params={tube: sp.Interval(0, sp.oo), r: sp.FiniteSet(1, 2)},
    defaults={tube: sp.Rational(1, 10), r: 1},
    claims=(
        Range(0, sp.oo, given=_plain),
        Gradient(sp.sign(_e) * sp.Heaviside(_size - tube), given=_plain),
        Gradient(2 * sp.sign(_e) * _excess, given=_square, name="gradient of the square"),
        Convex(given=_plain),
        Convex(given=_square, name="convex square"),
        Lipschitz(1, given=_plain, sharp={y_hat: y + tube + 1}),
        Smooth(2, given=_square, sharp={y_hat: y + tube + 1}),
        SpecialCase({tube: 0}, absolute, given=_plain, name="absolute error"),
        SpecialCase({tube: 0}, squared, given=_square, name="squared error"),
        Bound(absolute, above=True, given=_plain, name="below the absolute error"),
        Holds(sp.Eq(_loss, 0), given=_plain, on={y_hat: sp.Interval(y - tube, y + tube)}, name="zero in the tube"),
        Not(Elicits("median", given=_plain), name="median"),
        Not(Convex(strict=True, given=_square), name="strictly convex"),
        Holds(sp.Eq(_ell(_u, 0) + _ell(_u, 1), 0), given={r: 1, tube: 1}, on={_u: sp.Interval(0, 1)}, name="an interval of minima"),
        Symmetric({y_hat: y, y: y_hat}, given=_plain),
        Homogeneous(1, (y_hat, y, tube), given=_plain),
    ),
)

_not_zero = sp.Union(sp.Interval.open(-sp.oo, 0), _positive)

mape = Card(
    name="mape_loss",
    title="Absolute percentage error",
    symbol=_loss,
    formula=_size / sp.Abs(y),
    prediction=y_hat,
    domain={y_hat: sp.Reals, y: _not_zero},
    claims=(
        Range(0, sp.oo),
        ZeroOnlyAt(y_hat, y),
        Gradient(sp.sign(_e) / sp.Abs(y)),
        Convex(),
        Lipschitz(1 / sp.Abs(y), sharp=True),
        Homogeneous(0, (y_hat, y)),
        Holds(sp.Eq(_ell(y + _u, y), _ell(y - _u, y)), on={_u: sp.Reals}, name="alike on both sides"),
        Not(Symmetric({y_hat: y, y: y_hat}), {y_hat: 150, y: 100}),
        Range(0, 1, low_at={y_hat: y}, high_at={y_hat: 0}, on={y: _positive, y_hat: sp.Interval(0, y)}, name="too low"),
        Not(Elicits("median"), name="median"),
        Value([{y_hat: 1, y: n} for n in (1, 2, 3, 10)], sp.Rational(31, 60), name="at the smallest of four"),
        Value([{y_hat: 2, y: n} for n in (1, 2, 3, 10)], sp.Rational(32, 60), name="at their lower median"),
        Misprint(_size / y, at={y_hat: 0, y: -1}, name="printed with the sign of the target"),
    ),
)

_ratio = (1 + y_hat) / (1 + y)
_log = sp.log(1 + y_hat) - sp.log(1 + y)
_over = sp.Interval.open(-1, sp.oo)

msle = Card(
    name="msle_loss",
    title="Squared logarithmic error",
    symbol=_loss,
    formula=_log**2,
    prediction=y_hat,
    domain={y_hat: _over, y: _over},
    claims=(
        Range(0, sp.oo),
        ZeroOnlyAt(y_hat, y),
        Gradient(2 * _log / (1 + y_hat), shown=as_product(2, _log) / (1 + y_hat)),
        Curvature(2 * (1 - _log) / (1 + y_hat) ** 2, shown=as_product(2, 1 - _log) / (1 + y_hat) ** 2),
        SpecialCase({}, squared, link={y_hat: sp.log(1 + y_hat), y: sp.log(1 + y)}, name="square of logarithms"),
        Not(Convex()),
        Convex(on={y_hat: sp.Interval.Lopen(-1, sp.E * (1 + y) - 1)}, name="convex up to e times"),
        Not(Elicits("mean"), name="mean"),
        Symmetric({y_hat: y, y: y_hat}),
        Holds(
            sp.Eq(_ell(_t * (1 + y_hat) - 1, _t * (1 + y) - 1), _loss),
            on={_t: _positive},
            name="ratio",
        ),
        Holds(
            sp.Gt(_ell(-_t, 0), _ell(_t, 0)),
            on={_t: sp.Interval.open(0, 1)},
            by=sp.log(1 / (1 - _t**2)) * sp.log((1 + _t) / (1 - _t)),
            name="too low costs more",
        ),
        Limit(y_hat, sp.oo, 0, of=_slope, name="flat far above"),
        Taylor(at={y_hat: y}, expr=(_e / (1 + y)) ** 2),
        Not(Homogeneous(0, (y_hat, y)), name="unit"),
    ),
)
