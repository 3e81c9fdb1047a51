"""Losses of graded targets and of answers that are nearly all no."""

import sympy as sp

from lossbook.cards import binary_cross_entropy, focal
from lossbook.cards.cross_entropy import total
from lossbook.cards.notation import (
    K,
    N,
    alpha,
    focus,
    gamma,
    gamma_neg,
    gamma_pos,
    i,
    in_bin,
    k,
    p,
    scores,
    shift,
    sigmoid,
    w,
    weights,
    y,
    z,
)
from lossbook.cards.notation import target as q
from lossbook.proof import (
    Bound,
    Card,
    Convex,
    Curvature,
    Each,
    Gradient,
    Holds,
    Homogeneous,
    Limit,
    Misprint,
    Monotone,
    Not,
    Proper,
    Range,
    SpecialCase,
    Symmetric,
)

_ell = sp.Function("ell")
_loss = _ell(z, y)
_UNIT, _OPEN, _RIGHT = sp.Interval(0, 1), sp.Interval.open(0, 1), sp.Interval(0, sp.oo)
_HALF, _ZERO = sp.Rational(1, 2), {y: 0}
_other = 1 / (1 + sp.exp(z))
_log_one, _log_zero = -sp.log(1 + sp.exp(-z)), -sp.log(1 + sp.exp(z))
_logit = sp.log(p / (1 - p))
_bce = y * sp.log(1 + sp.exp(-z)) + (1 - y) * sp.log(1 + sp.exp(z))
_plain = {"link": {w: 1}}
_away = sp.Abs(sigmoid - y)


def _focal(label, exponent):
    """Write the focal loss of a label without its balance."""
    return -(_other**exponent) * _log_one if label else -(sigmoid**exponent) * _log_zero


def _pull(label, exponent):
    """Write its slope in the logit."""
    chance, rest, log = (sigmoid, _other, _log_one) if label else (_other, sigmoid, _log_zero)
    return (-1 if label else 1) * rest**exponent * (rest - exponent * chance * log)


_slope, _bend = sp.Derivative(_loss, z), sp.Derivative(_loss, (z, 2))
_even = {focus: 2}

quality_focal = Card(
    name="quality_focal_loss",
    title="Quality focal loss",
    symbol=_loss,
    formula=_away**focus * _bce,
    prediction=z,
    domain={z: sp.Reals, y: _UNIT},
    params={focus: _RIGHT},
    defaults=_even,
    claims=(
        Range(0, sp.oo),
        Holds(
            sp.Eq(_ell(sp.log(y / (1 - y)), y), 0),
            on={y: _OPEN, focus: sp.Interval.open(0, sp.oo)},
            name="zero at the target",
        ),
        Gradient(2 * (sigmoid - y) * sigmoid * _other * _bce + (sigmoid - y) ** 3, given=_even),
        SpecialCase({focus: 0}, binary_cross_entropy.logits, **_plain, name="beta zero"),
        SpecialCase({y: 1, focus: gamma}, focal.sigmoid_focal, factor=2, link={y: 1, alpha: _HALF}, name="label 1"),
        SpecialCase({y: 0, focus: gamma}, focal.sigmoid_focal, factor=2, link={y: 0, alpha: _HALF}, name="label 0"),
        Symmetric({z: -z, y: 1 - y}),
        Bound(binary_cross_entropy.logits, above=True, **_plain, given=_even, name="below the cross entropy"),
        Not(Proper(given=_even), {z: sp.log(sp.Rational(7, 3))}),
        Not(Convex(given=_even), {z: -sp.log(99), y: 1}),
        Misprint(
            (alpha * y + (1 - alpha) * (1 - y)) * _away**focus * _bce,
            {z: 0, y: 1, focus: 2, alpha: sp.Rational(1, 4)},
            name="with a balance",
        ),
    ),
)

_some = {y: sp.Interval.Lopen(0, 1)}

varifocal = Card(
    name="varifocal_loss",
    title="Varifocal loss",
    symbol=_loss,
    formula=sp.Piecewise((y * _bce, y > 0), (alpha * _focal(0, gamma), True)),
    prediction=z,
    domain={z: sp.Reals, y: _UNIT},
    params={alpha: _UNIT, gamma: _RIGHT},
    defaults={alpha: sp.Rational(3, 4), gamma: 2},
    claims=(
        Range(0, sp.oo),
        Gradient(sp.Piecewise((y * (sigmoid - y), y > 0), (alpha * _pull(0, gamma), True))),
        SpecialCase({y: 0}, focal.sigmoid_focal, link={y: 0, alpha: 1 - alpha}, name="negatives"),
        SpecialCase({}, binary_cross_entropy.logits, factor=y, **_plain, on=_some, name="positives"),
        Convex(strict=True, on=_some, name="convex for positives"),
        Holds(sp.Eq(_slope, 0), on={y: _OPEN, z: sp.FiniteSet(sp.log(y / (1 - y)))}, name="level at the quality"),
        Limit(y, 0, 0, name="a tiny quality"),
        Holds(sp.Gt(_ell(z, 0), 0), on={alpha: sp.Interval.Lopen(0, 1)}, name="a negative costs"),
        Not(
            Gradient(alpha * sigmoid ** (gamma + 1), given={y: 0}),
            {z: sp.log(9), alpha: sp.Rational(3, 4), gamma: 2},
            name="slope with a constant weight",
        ),
        Not(Holds(sp.Eq(_ell(sp.log(y / (1 - y)), y), 0), on={y: _OPEN}), {y: _HALF}, name="zero at the target"),
    ),
)

_apart = z - sp.log(shift / (1 - shift))
_left = _other + shift
_shifted = (sigmoid - shift) ** gamma_neg
_highest = -((1 - shift) ** gamma_neg) * sp.log(shift)
_default = {gamma_pos: 0, gamma_neg: 4, shift: sp.Rational(1, 20)}

asymmetric = Card(
    name="asymmetric_loss",
    title="Asymmetric loss",
    symbol=_loss,
    formula=y * _focal(1, gamma_pos) + (1 - y) * sp.Piecewise((0, _apart <= 0), (-_shifted * sp.log(_left), True)),
    prediction=z,
    domain={z: sp.Reals, y: _UNIT},
    params={gamma_pos: _RIGHT, gamma_neg: _RIGHT, shift: _OPEN},
    defaults=_default,
    claims=(
        Range(0, sp.oo),
        Gradient(_pull(1, gamma_pos), given={y: 1}, name="slope of a positive"),
        Gradient(
            sp.Piecewise(
                (0, _apart <= 0),
                (_shifted * sigmoid * _other * (1 / _left - gamma_neg * sp.log(_left) / (sigmoid - shift)), True),
            ),
            given=_ZERO,
            on={gamma_neg: sp.Interval.open(0, sp.oo)},
            name="slope of a negative",
        ),
        SpecialCase(
            {y: 1}, focal.sigmoid_focal, factor=2, link={y: 1, alpha: _HALF, gamma: gamma_pos}, name="positives"
        ),
        Holds(
            sp.Eq(_loss, 0),
            given=_ZERO,
            on={z: sp.Interval(-sp.oo, sp.log(shift / (1 - shift)))},
            name="easy negatives are free",
        ),
        Bound(_highest, above=True, given=_ZERO, name="a negative is bounded"),
        Limit(z, sp.oo, _highest, given=_ZERO, name="a hopeless negative"),
        Limit(z, sp.oo, 0, of=_slope, given={y: 0, gamma_neg: 4}, name="is let go"),
        Holds(
            sp.Lt(_slope, 0),
            given=_default,
            on={z: sp.FiniteSet(0), y: sp.FiniteSet(sp.Rational(128, 1000))},
            name="says yes",
        ),
        Holds(
            sp.Gt(_slope, 0),
            given=_default,
            on={z: sp.FiniteSet(0), y: sp.FiniteSet(sp.Rational(127, 1000))},
            name="says no",
        ),
        Holds(
            sp.Gt(_bend, 0),
            given=_default | _ZERO,
            on={z: sp.FiniteSet(sp.log(sp.Rational(899, 101)))},
            name="rising pull",
        ),
        Holds(
            sp.Lt(_bend, 0),
            given=_default | _ZERO,
            on={z: sp.FiniteSet(sp.log(sp.Rational(901, 99)))},
            name="falling pull",
        ),
        Not(Proper(given=_default), {z: 0}),
        Not(Convex(given=_default), {z: sp.log(99), y: 0}),
    ),
)

_off_peak = {y: sp.Interval.Ropen(0, 1)}

penalty_reduced = Card(
    name="penalty_reduced_focal_loss",
    title="Penalty-reduced focal loss",
    symbol=_loss,
    formula=sp.Piecewise(((1 - y) ** focus * _focal(0, gamma), y < 1), (_focal(1, gamma), True)),
    prediction=z,
    domain={z: sp.Reals, y: _UNIT},
    params={gamma: _RIGHT, focus: _RIGHT},
    defaults={gamma: 2, focus: 4},
    claims=(
        Range(0, sp.oo),
        Gradient(sp.Piecewise(((1 - y) ** focus * _pull(0, gamma), y < 1), (_pull(1, gamma), True))),
        SpecialCase({y: 1}, focal.sigmoid_focal, factor=2, link={y: 1, alpha: _HALF}, name="peaks"),
        SpecialCase(
            {},
            focal.sigmoid_focal,
            factor=2 * (1 - y) ** focus,
            link={y: 0, alpha: _HALF},
            on=_off_peak,
            name="negatives",
        ),
        Monotone(strict=True, on=_off_peak, name="increasing but at a peak"),
        Limit(z, -sp.oo, 0, on=_off_peak, name="least at no"),
        Not(
            Holds(sp.Eq(_ell(sp.log(y / (1 - y)), y), 0), on={y: _OPEN}),
            {y: sp.Rational(1, 5), gamma: 2, focus: 4},
            name="zero at the heat map",
        ),
        Monotone(down=True, var=focus, on=_off_peak, name="decreasing in beta"),
        Limit(y, 1, 0, on={focus: sp.Interval.open(0, sp.oo)} | _off_peak, name="next to a peak"),
        Not(Convex(), {z: sp.log(99), y: 0, gamma: 2, focus: 4}),
        Misprint(
            sp.Piecewise(((1 - y) ** focus * sigmoid**gamma * _log_zero, y < 1), (_other**gamma * _log_one, True)),
            {z: 0, y: 1, gamma: 2, focus: 4},
            name="without its minus",
        ),
    ),
)

_COUNT = sp.Range(1, sp.oo)

ghm = Card(
    name="ghm_loss",
    title="Gradient harmonised loss",
    symbol=_loss,
    formula=N / (K * in_bin) * _bce,
    prediction=z,
    domain={z: sp.Reals, y: _UNIT},
    params={N: _COUNT, K: _COUNT, in_bin: _COUNT},
    claims=(
        Range(0, sp.oo),
        Gradient(N / (K * in_bin) * (sigmoid - y)),
        Convex(strict=True, name="convex between jumps"),
        SpecialCase({K: 1, in_bin: N}, binary_cross_entropy.logits, **_plain, name="one bin"),
        Holds(sp.Eq(in_bin * _loss, N * _bce / K), name="each bin has the same share"),
        Monotone(down=True, var=in_bin, name="less in a full bin"),
        Not(
            SpecialCase({}, binary_cross_entropy.logits, **_plain),
            {z: 0, y: 1, N: 4, K: 2, in_bin: 3},
            name="cross entropy",
        ),
    ),
)

_terms = q[k] * sp.log(1 + sp.exp(-scores[k])) + (1 - q[k]) * sp.log(1 + sp.exp(scores[k]))
_chance = 1 / (1 + sp.exp(-scores[i]))

multilabel_soft_margin = Card(
    name="multilabel_soft_margin_loss",
    title="Multi-label soft margin loss",
    symbol=_ell(scores, q),
    formula=total(weights[k] * _terms) / K,
    prediction=scores[i],
    domain={scores: Each(sp.Reals), q: Each(_UNIT), K: sp.Range(1, sp.oo)},
    params={weights: Each(_RIGHT)},
    defaults={weights: 1},
    claims=(
        Range(0, sp.oo, name="non-negative"),
        Gradient(weights[i] * (_chance - q[i]) / K),
        Curvature(weights[i] * _chance * (1 - _chance) / K),
        Convex(),
        Homogeneous(1, (weights,), name="weights"),
        SpecialCase(
            {K: 1}, binary_cross_entropy.logits, factor=weights[1], link={w: 1, z: scores[1], y: q[1]}, name="one label"
        ),
        Not(Holds(sp.Eq(_ell(scores, q), 0)), {scores: (5, -5), q: (1, 0), weights: (1, 1)}, name="a margin"),
        Misprint(
            total(weights[k] * _terms) / total(weights[k]),
            {scores: (0, 0), q: (1, 0), weights: (1, 2)},
            name="divided by its weights",
        ),
    ),
)
