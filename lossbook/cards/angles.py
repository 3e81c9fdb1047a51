"""Losses of angles: a softmax of scaled cosines with the label's own cosine lowered.

What the label is given in the place of its cosine is ψ. ArcFace's ψ holds a cosine and a sine of the margin; claims on its sign are made
for the margin whose cosine is 4/5 (37°), so that both are rational. Those on SphereFace's are made for whole factors, for which it is
a polynomial in pieces.
"""

import sympy as sp

from lossbook.cards.cross_entropy import cross_entropy, total
from lossbook.cards.notation import K, cosines, epsilon, i, j, k, margin, scale, scores, weights
from lossbook.cards.notation import target as q
from lossbook.proof import (
    Card,
    Curvature,
    Each,
    Gradient,
    Holds,
    Invariant,
    Limit,
    Lipschitz,
    Misprint,
    Monotone,
    Not,
    SpecialCase,
    Value,
    label,
    views,
)

#: By what SphereFace multiplies the angle (``margin``).
factor = sp.Symbol("m", integer=True, positive=True)

_ell = sp.Function("ell")
_loss, _c = _ell(cosines, k), cosines[k]
_CLASSES = sp.Range(1, sp.oo)
_domain = {cosines: Each(sp.Interval(-1, 1)), K: _CLASSES, k: _CLASSES}
_scale = {scale: sp.Interval.open(0, sp.oo)}
_others = total((1 - sp.KroneckerDelta(j, k)) * sp.exp(scale * cosines[j]), j)
_slope = sp.Derivative(_loss, _c)
_falls = sp.Le(_slope, 0)
_HALF = sp.Rational(1, 2)
_opposite = {cosines: (-1, 0), k: 1, K: 2, scale: 1}


def _exponential(psi):
    return sp.exp(scale * psi)


def share(psi):
    """Return the softmax's probability of the label whose cosine is read as ψ."""
    return _exponential(psi) / (_exponential(psi) + _others)


def _share_elsewhere(psi):
    return sp.exp(scale * cosines[i]) / (_exponential(psi) + _others)


def _evaluator(card, parameter):
    """Put numbers into the formula of one element; labels count from 0."""

    def evaluate(formula, values, label, lowered, factor_of_all):
        at = {cosines: values, k: label + 1, parameter: lowered, scale: factor_of_all}
        return views.instance(formula, at, card().domain)

    return evaluate


_less = _c - margin

cosface = Card(
    name="cosface_loss",
    title="Large-margin cosine loss (CosFace)",
    symbol=_loss,
    formula=-sp.log(share(_less)),
    prediction=cosines[i],
    domain=_domain,
    params=_scale | {margin: sp.Interval(0, 2)},
    defaults={scale: 64, margin: sp.Rational(7, 20)},
    evaluator=_evaluator(lambda: cosface, margin),
    claims=(
        Holds(sp.Ge(_loss, 0), name="non-negative"),
        Gradient(-scale * (1 - share(_less)), var=_c, name="slope at the label"),
        Gradient(scale * _share_elsewhere(_less), name="slope elsewhere"),
        Curvature(scale**2 * share(_less) * (1 - share(_less)), var=_c),
        Lipschitz(scale, var=_c),
        Monotone(var=margin, name="increasing in the margin"),
        SpecialCase(
            {margin: 0},
            cross_entropy,
            link={q: label(k), weights: 1, epsilon: 0, scores: scale * cosines},
            name="softmax",
        ),
        Invariant((cosines,)),
        Value(
            {cosines: (1, *[-sp.Rational(1, 9)] * 9), k: 1, K: 10},
            -sp.log(sp.Rational(9, 10)),
            given={margin: 0, scale: sp.Rational(9, 10) * sp.log(81)},
            name="the scale for nine tenths",
        ),
    ),
)


def _turn(angle):
    """Return cos(θ + m) from the cosine."""
    return _c * sp.cos(angle) - sp.sqrt(1 - _c**2) * sp.sin(angle)


def turned(angle):
    """Return ArcFace's ψ."""
    return sp.Piecewise((_turn(angle), _c >= -sp.cos(angle)), (_c - angle * sp.sin(angle), True))


_rational = sp.acos(sp.Rational(4, 5))
_given = {margin: _rational}
_edge = -sp.Rational(4, 5)
_before = {cosines: Each(sp.Interval.open(_edge, 1))}
_beyond = {cosines: Each(sp.Interval.Ropen(-1, _edge))}
_beyond_open = {cosines: Each(sp.Interval.open(-1, _edge))}
_rate = sp.Rational(4, 5) + sp.Rational(3, 5) * _c / sp.sqrt(1 - _c**2)

arcface = Card(
    name="arcface_loss",
    title="ArcFace",
    symbol=_loss,
    formula=-sp.log(share(turned(margin))),
    prediction=cosines[i],
    domain=_domain,
    params=_scale | {margin: sp.Interval.Ropen(0, sp.pi)},
    defaults={scale: 64, margin: _HALF},
    evaluator=_evaluator(lambda: arcface, margin),
    claims=(
        Holds(sp.Ge(_loss, 0), given=_given, name="non-negative"),
        Gradient(
            -scale * (1 - share(_turn(_rational))) * _rate, var=_c, given=_given, on=_before, name="slope at the label"
        ),
        Gradient(
            -scale * (1 - share(_c - _rational * sp.Rational(3, 5))),
            var=_c,
            given=_given,
            on=_beyond_open,
            name="slope beyond the break",
        ),
        Gradient(scale * _share_elsewhere(turned(margin)), name="slope elsewhere"),
        Holds(_falls, given=_given, on={cosines: Each(sp.Interval.open(0, 1))}, name="falls with the angle"),
        Holds(_falls, given=_given, on=_beyond_open, name="falls beyond the break"),
        SpecialCase({margin: 0}, cosface, link={margin: 0}, name="softmax"),
        Holds(sp.Le(turned(sp.pi / 2), _c), given={margin: sp.pi / 2}, name="asks for more"),
        Not(
            Holds(sp.Ge(-sp.log(share(_turn(margin))), -sp.log(share(_c))), name="asks for more without its guard"),
            _opposite | {margin: _HALF},
        ),
        Value({cosines: (_edge, 0), k: 1, K: 2, scale: 1}, sp.log(1 + sp.E), given=_given, name="at the break"),
        Value({cosines: (-1, 0), k: 1, K: 2, scale: 1}, "1.4939", given={margin: _HALF}, name="at the far end"),
        Misprint(-sp.log(share(_turn(margin))), _opposite | {margin: _HALF}, name="without its guard"),
        Not(
            Gradient(-scale * (1 - share(turned(margin))), var=_c, name="with a margin that counts as constant"),
            {cosines: (0, 0), k: 1, K: 2, margin: _HALF, scale: 1},
        ),
    ),
)


class psi(sp.Function):
    """SphereFace's ψ of the cosine x: (−1)^n cos(m θ) − 2n, for a whole m the Chebyshev polynomial in pieces."""

    @classmethod
    def eval(cls, x, m):
        """Write it in pieces once the factor is known."""
        if m.is_Integer:
            pieces = [((-1) ** n * sp.chebyshevt(m, x) - 2 * n).expand() for n in range(m)]
            ends = [sp.cos(sp.pi * (n + 1) / m) for n in range(m - 1)]
            return sp.Piecewise(
                *((piece, x >= end) for piece, end in zip(pieces[:-1], ends, strict=True)), (pieces[-1], True)
            )
        return None

    def _latex(self, printer):
        x, m = map(printer.doprint, self.args)
        return rf"\psi_{{{m}}}\left({x}\right)"


_two = {factor: 2}

sphereface = Card(
    name="sphereface_loss",
    title="SphereFace",
    symbol=_loss,
    formula=-sp.log(share(psi(_c, factor))),
    prediction=cosines[i],
    domain=_domain,
    params=_scale | {factor: _CLASSES},
    defaults={scale: 1, factor: 4},
    evaluator=_evaluator(lambda: sphereface, factor),
    claims=(
        Holds(sp.Ge(_loss, 0), given=_two, name="non-negative"),
        Gradient(-4 * scale * (1 - share(psi(_c, 2))) * sp.Abs(_c), var=_c, given=_two, name="slope at the label"),
        Gradient(scale * _share_elsewhere(psi(_c, factor)), name="slope elsewhere"),
        Holds(_falls, given=_two, name="falls with the angle"),
        Holds(sp.Le(psi(_c, 2), _c), given=_two, name="asks for more"),
        SpecialCase({factor: 1}, cosface, link={margin: 0}, name="softmax"),
        Limit(_c, 1, -9 * scale * (1 - share(1)), of=_slope, given={factor: 3}, name="slope at the prototype"),
        Value({cosines: (1, 0), k: 1, K: 2, scale: 1}, "0.3133", given={factor: 4}, name="at the prototype"),
        Value({cosines: (-1, 0), k: 1, K: 2, scale: 1}, "7.0009", given={factor: 4}, name="at the far end"),
        Misprint(-sp.log(share(2 * _c**2 - 1)), _opposite | {factor: 2}, name="without its pieces"),
    ),
)
