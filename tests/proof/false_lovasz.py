"""Plausible claims about the Lovász family that are false, or that no hint makes true: none may be proved."""

import sympy as sp

from lossbook.cards.lovasz import (
    _binary_increment,
    _class_increment,
    _ell,
    _hinge_at,
    _labels,
    _masses,
    binary,
    multiclass,
    set_functions,
)
from lossbook.cards.notation import Delta, G, K, N, S, a, b, i, k, m, pi, probs, scores
from lossbook.proof import (
    TINY,
    Convex,
    Exhaustive,
    Gradient,
    Holds,
    Homogeneous,
    Increments,
    Invariant,
    Levels,
    Lipschitz,
    Not,
    Range,
    SetFunction,
    Submodular,
    Symmetric,
    WeightedMean,
)

_Deltahat = sp.Function("Deltahat")
_h = sp.Symbol("h", real=True)
_on_h = {_h: sp.Reals}
_some = {G: sp.Range(1, sp.oo)}
_hinge_rate = -(2 * _labels[pi[k]] - 1) * _binary_increment.xreplace({i: k})
_z, _y = sp.symbols("z y")

FALSE = [
    (set_functions, Convex()),
    (set_functions, Convex(strict=True, on={Delta: SetFunction(submodular=True)})),
    (set_functions, Convex(concave=True, on={Delta: SetFunction(submodular=True)})),
    (set_functions, Homogeneous(2, m)),
    (set_functions, Invariant((m,))),
    # −m has the opposite order, and so has a weight that may be negative.
    (set_functions, Holds(sp.Eq(_Deltahat(-m), -_Deltahat(m)))),
    (set_functions, Holds(sp.Eq(_Deltahat(_h * m), _h * _Deltahat(m)), on=_on_h)),
    (set_functions, Holds(sp.Eq(_Deltahat(m + _h), _Deltahat(m) + _h), on=_on_h)),
    (set_functions, Holds(sp.Eq(_Deltahat(m), sp.Sum(_masses[pi[i]] * m[pi[i]], (i, 1, N))))),
    (set_functions, Holds(sp.Eq(_Deltahat(m), sp.Sum((m[pi[i]] - m[pi[i + 1]]) * Delta(S[i]), (i, 1, N - 1))))),
    (set_functions, Holds(sp.Ge(_Deltahat(m), 0))),
    (set_functions, Levels(((1, k), (0, N)), Delta(S[N]))),
    (set_functions, Levels(((0, k), (1, N)), Delta(S[N]) - Delta(S[k]))),
    (set_functions, Gradient(Delta(S[k + 1]) - Delta(S[k]))),
    (set_functions, Submodular()),
    (set_functions, Range(0, sp.oo)),
    (binary, Homogeneous(1, scores)),
    (binary, Homogeneous(0, scores)),
    (binary, Symmetric({scores: -scores, _labels: 1 - _labels})),
    (binary, Range(0, 1)),
    (binary, Range(0, sp.oo, low_at=((0,), (1,)), high_at=((-1 / TINY,), (1,)))),
    (binary, Range(0, sp.oo, low_at=((1,), (1,)), high_at=((1 / TINY,), (1,)))),
    (binary, Gradient(_hinge_rate)),
    (binary, Gradient(-_hinge_rate * sp.Heaviside(1 - _hinge_at.xreplace({i: k})))),
    (binary, Increments(1 / (G + b + 1), (G - a) / ((G + b) * (G + b + 1)), (a, b), on=_some)),
    (binary, Increments(1 / (G + b), (G - a) / (G + b) ** 2, (a, b), on=_some)),
    (binary, Convex(strict=True)),
    (binary, Convex(concave=True)),
    (binary, Lipschitz(sp.Rational(1, 2))),
    (binary, Not(Exhaustive(sp.Eq(_ell(_z, _y), 1)), {_z: (0,), _y: (1,)})),
    (multiclass, Range(0, sp.Rational(1, 2))),
    (multiclass, Range(sp.Rational(1, 2), 1)),
    (multiclass, WeightedMean(on={K: sp.Range(2, sp.oo)}, given={probs: 1})),
    (multiclass, Gradient(_class_increment.xreplace({i: k}) / K)),
    (multiclass, Homogeneous(1, probs)),
]
