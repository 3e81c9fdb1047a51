"""Losses of the margin: two classes, a score whose sign is the answer, and what each loss asks that score to be.

Every formula is y φ(z) + (1 − y) φ(−z). For y = 1 and y = 0 it is the loss of a label; for y in between it is the expected loss when label 1
has probability y, so that a claim over all y speaks of the minimiser as well.
"""

import sympy as sp

from lossbook.cards import binary_cross_entropy
from lossbook.cards.notation import band, sigmoid, w, y, z
from lossbook.proof import (
    Anchor,
    Bound,
    Card,
    Convex,
    Curvature,
    Gradient,
    Holds,
    Homogeneous,
    Limit,
    Lipschitz,
    Misprint,
    Monotone,
    Not,
    Proper,
    Range,
    Smooth,
    SpecialCase,
    Symmetric,
    Value,
)

_ell = sp.Function("ell")
_loss = _ell(z, y)
_slope, _bend = sp.Derivative(_loss, z), sp.Derivative(_loss, (z, 2))
_HALF, _OPEN = sp.Rational(1, 2), sp.Interval.open(0, 1)
_domain = {z: sp.Reals, y: sp.Interval(0, 1)}
_wrong = {z: sp.Interval(-sp.oo, 0)}
_band = {z: sp.Interval.open(-1, 1)}
_logit = sp.log(y / (1 - y))


def _expected(of_margin):
    """Return the expected loss y φ(z) + (1 − y) φ(−z)."""
    return y * of_margin(z) + (1 - y) * of_margin(-z)


def _least_at(score, least, **options):
    """Claim that no score has a smaller expected loss than this one, and how large that is."""
    return Holds(
        sp.And(sp.Ge(_loss, least, evaluate=False), sp.Eq(_ell(score, y), least, evaluate=False), evaluate=False),
        name="least at",
        **options,
    )


_bounds_errors = Holds(sp.Ge(_ell(z, 1), 1), on=_wrong, name="bounds the error rate")
_calibrated = Holds(
    sp.Lt(_slope, 0),
    on={z: sp.FiniteSet(0), y: sp.Interval.Lopen(_HALF, 1)},
    name="right sign",
    remark="The loss is convex, so the score of the smallest expected loss is positive where label 1 is the likelier one.",
)
_turned = Symmetric({z: -z, y: 1 - y})

perceptron = Card(
    name="perceptron_loss",
    title="Perceptron loss",
    symbol=_loss,
    formula=_expected(lambda m: sp.Max(0, -m)),
    prediction=z,
    domain=_domain,
    claims=(
        Range(0, sp.oo, low_at={z: 0}),
        Gradient((1 - y) * sp.Heaviside(z) - y * sp.Heaviside(-z)),
        Convex(),
        Not(Convex(strict=True), name="strictly convex"),
        Lipschitz(1, sharp={z: -1, y: 1}),
        _turned,
        _least_at(0, 0),
        Holds(sp.Le(_loss, 0), given={y: 1}, on={z: sp.Interval(0, sp.oo)}, name="right answers cost nothing"),
        Not(_bounds_errors, {z: 0}),
        Homogeneous(1, (z,)),
    ),
)

hinge = Card(
    name="hinge_loss",
    title="Hinge loss",
    symbol=_loss,
    formula=_expected(lambda m: sp.Max(0, 1 - m)),
    prediction=z,
    domain=_domain,
    claims=(
        Range(0, sp.oo, low_at={z: 1, y: 1}),
        Value({z: 1, y: 1}, 0, name="right by 1"),
        Gradient((1 - y) * sp.Heaviside(1 + z) - y * sp.Heaviside(1 - z)),
        Convex(),
        Lipschitz(1, sharp={z: 0, y: 1}),
        _turned,
        _bounds_errors,
        _calibrated,
        _least_at(sp.sign(2 * y - 1), 1 - sp.Abs(2 * y - 1)),
        Holds(sp.Eq(_loss, 1 + (1 - 2 * y) * z), on=_band, name="linear between the margins"),
        Not(Proper(link=(1 + z) / 2), {z: _HALF}, name="proper"),
        Bound(perceptron, name="above the perceptron"),
        Bound(perceptron.formula + 1, above=True, name="below the perceptron and 1"),
        Misprint(sp.Max(0, 1 - y * z), {z: -2, y: 0}, name="with labels 0 and 1"),
        Misprint(_expected(lambda m: sp.Max(0, m)), {z: -2, y: 1}, name="without what it lacks"),
    ),
)

squared_hinge = Card(
    name="squared_hinge_loss",
    title="Squared hinge loss",
    symbol=_loss,
    formula=_expected(lambda m: sp.Max(0, 1 - m) ** 2),
    prediction=z,
    domain=_domain,
    claims=(
        Range(0, sp.oo, low_at={z: 1, y: 1}),
        Value({z: 1, y: 1}, 0, name="right by 1"),
        Gradient(2 * (1 - y) * sp.Max(0, 1 + z) - 2 * y * sp.Max(0, 1 - z)),
        Convex(),
        Smooth(2, sharp={z: 0, y: 1}),
        Not(Lipschitz(4), {z: -2, y: 1}, name="lipschitz"),
        _turned,
        _bounds_errors,
        _calibrated,
        _least_at(2 * y - 1, 4 * y * (1 - y)),
        Proper(link=(1 + z) / 2, on=_band),
        Holds(sp.Eq(_loss - 4 * y * (1 - y), (z - (2 * y - 1)) ** 2), on=_band, name="what a wrong score costs"),
        Holds(sp.Eq(_ell(z, 1), hinge.formula.subs(y, 1) ** 2), name="the square of the hinge"),
    ),
)

modified_huber = Card(
    name="modified_huber_loss",
    title="Modified Huber loss",
    symbol=_loss,
    formula=_expected(lambda m: sp.Piecewise((-4 * m, m <= -1), (sp.Max(0, 1 - m) ** 2, True))),
    prediction=z,
    domain=_domain,
    claims=(
        Range(0, sp.oo, low_at={z: 1, y: 1}),
        Value({z: 1, y: 1}, 0, name="right by 1"),
        Gradient(2 * (1 - y) * sp.Min(2, sp.Max(0, 1 + z)) - 2 * y * sp.Min(2, sp.Max(0, 1 - z))),
        Convex(),
        Lipschitz(4, sharp={z: -1, y: 1}),
        Smooth(2, sharp={z: 0, y: 1}),
        _turned,
        _bounds_errors,
        _calibrated,
        _least_at(2 * y - 1, 4 * y * (1 - y)),
        Proper(link=(1 + z) / 2, on=_band),
        Bound(squared_hinge, above=True, name="below the square"),
        SpecialCase({}, squared_hinge, on=_band, name="the square between the margins"),
        Bound(hinge, factor=4, above=True, name="below four hinges"),
        Misprint(
            _expected(lambda m: sp.Piecewise((sp.Max(0, 1 - m) ** 2, m > 1), (-4 * m, True))),
            {z: 0, y: 1},
            name="with the edge at 1",
        ),
    ),
)

smoothed_hinge = Card(
    name="smoothed_hinge_loss",
    title="Smoothed hinge loss",
    symbol=_loss,
    formula=_expected(lambda m: (sp.Max(0, 1 - m) ** 2 - sp.Max(0, 1 - band - m) ** 2) / (2 * band)),
    prediction=z,
    domain=_domain,
    params={band: sp.Interval.open(0, sp.oo)},
    defaults={band: 1},
    claims=(
        Range(0, sp.oo, low_at={z: 1, y: 1}),
        Value({z: 1, y: 1}, 0, name="right by 1"),
        Gradient((1 - y) * sp.Min(1, sp.Max(0, 1 + z) / band) - y * sp.Min(1, sp.Max(0, 1 - z) / band)),
        Convex(),
        Lipschitz(1, sharp={z: 1 - band, y: 1}),
        Smooth(1 / band, sharp={z: 1 - band / 2, y: 1}),
        _turned,
        Not(_bounds_errors, {z: 0, band: 1}),
        _calibrated,
        Bound(hinge, above=True, name="below the hinge"),
        Bound(hinge.formula - band / 2, name="near the hinge"),
        SpecialCase({band: 2}, modified_huber, factor=sp.Rational(1, 4), name="modified huber"),
        Not(SpecialCase({band: 2}, modified_huber), {z: 0, y: 1}, name="modified huber without the factor"),
        Holds(sp.Eq(_ell(z, 1), sp.Piecewise((0, z >= 1), ((1 - z) ** 2 / (2 * band), z > 1 - band), (1 - z - band / 2, True))), name="forms"),
        Limit(band, sp.oo, squared_hinge.formula / 2, of=band * _loss, name="half the square"),
        _least_at((2 * y - 1) / sp.Max(y, 1 - y), sp.Min(y, 1 - y) * (3-sp.Min(y,1-y)/sp.Max(y,1-y))/2, given={band: 1}, on={y: _OPEN}),
        Proper(link=1 / (2 - z), given={band: 1}, on={z: _OPEN}),
    ),
)

logistic = Card(
    name="logistic_loss",
    title="Logistic loss",
    symbol=_loss,
    formula=_expected(lambda m: sp.log(1 + sp.exp(-m))),
    prediction=z,
    domain=_domain,
    claims=(
        Range(0, sp.oo),
        Gradient(sigmoid - y),
        Curvature(sigmoid * (1 - sigmoid)),
        Convex(strict=True),
        Lipschitz(1, sharp=True),
        Smooth(sp.Rational(1, 4), sharp={z: 0}),
        _turned,
        SpecialCase({}, binary_cross_entropy.logits, link={w: 1}, name="binary cross entropy"),
        Monotone(down=True, strict=True, given={y: 1}, name="decreasing"),
        Limit(z, -sp.oo, 0, of=_loss + z, given={y: 1}, name="linear far out"),
        Proper(),
        _least_at(_logit, -y * sp.log(y) - (1 - y) * sp.log(1 - y), on={y: _OPEN}, by=Anchor(z, _logit)),
        Not(_bounds_errors, {z: 0}),
        _calibrated,
        Holds(sp.Ge(_ell(z, 1) / sp.log(2), 1), on=_wrong, name="bounds it in bits"),
        Bound(perceptron, name="above the perceptron"),
        Bound(perceptron.formula + sp.log(2), above=True, name="near the perceptron"),
        Not(Bound(hinge, factor=sp.log(2)), {z: -1, y: 1}, name="above the hinge"),
    ),
)

exponential = Card(
    name="exponential_loss",
    title="Exponential loss",
    symbol=_loss,
    formula=_expected(lambda m: sp.exp(-m)),
    prediction=z,
    domain=_domain,
    claims=(
        Range(0, sp.oo),
        Gradient((1 - y) * sp.exp(z) - y * sp.exp(-z)),
        Convex(strict=True),
        Holds(sp.Eq(_bend, _loss), name="its own curvature"),
        _turned,
        _bounds_errors,
        _calibrated,
        _least_at(_logit / 2, 2 * sp.sqrt(y * (1 - y)), on={y: _OPEN}, by=(sp.sqrt(y) * sp.exp(-z / 2) - sp.sqrt(1 - y) * sp.exp(z / 2)) ** 2),
        Proper(link=1 / (1 + sp.exp(-2 * z))),
        Not(Proper(), {z: 1}, name="proper at the logit"),
        Bound(logistic, link={y: 1}, given={y: 1}, name="above the logistic loss"),
        Monotone(down=True, strict=True, given={y: 1}, name="decreasing"),
        Limit(z, -sp.oo, sp.oo, of=_slope / z, given={y: 1}, name="unbounded pull"),
        Not(Gradient(y * sp.exp(-z) - (1 - y) * sp.exp(z)), {z: 0, y: 1}, name="the negative gradient"),
    ),
)
