"""Plausible claims about losses with probabilities of 0 that are false: none may be proved."""

import sympy as sp

from lossbook.cards import margin
from lossbook.cards.cross_entropy import total
from lossbook.cards.notation import K, i, k, probs, y, z
from lossbook.cards.notation import target as q
from lossbook.cards.several import apart, beyond, crammer_singer, entmax, sparsemax, sparsity, weston_watkins
from lossbook.proof import Bound, Convex, Gradient, Holds, Lipschitz, Proper, Range, Simplex, SpecialCase, Value, label

_own, _second, _third = _z = sp.symbols("z_1:4", real=True)
_ell = sp.Function("ell")
_sparse = _ell(probs, q, beyond)
_t = sp.Symbol("t", real=True)
_tie = {probs: (sp.Rational(1, 2), sp.Rational(1, 2)), q: (1, 0), beyond: (0, 0)}


def _risk(shares, a, b, c):
    return shares[0] * _ell(a, b, c) + shares[1] * _ell(b, a, c) + shares[2] * _ell(c, a, b)


FALSE = [
    # Which rival is the best is decided inside; where the loss begins to rise, its slope jumps down.
    (crammer_singer.with_formula(-crammer_singer.formula), Convex()),
    (crammer_singer, Convex(concave=True)),
    (crammer_singer, Convex(strict=True)),
    (crammer_singer, Gradient(-1)),
    (crammer_singer, Gradient(sp.Heaviside(apart + _second - _own), var=_second)),
    (crammer_singer, Lipschitz(sp.Rational(1, 2))),
    (crammer_singer, Bound(weston_watkins)),
    (crammer_singer, Range(1, sp.oo)),
    # A consistent loss would fall where the likeliest class goes ahead.
    (
        crammer_singer,
        Holds(
            sp.Le(_risk((sp.Rational(2, 5), sp.Rational(3, 10), sp.Rational(3, 10)), _t, 0, 0), 1),
            given={apart: 1},
            on={_t: sp.Interval(0, 1)},
        ),
    ),
    (weston_watkins, Bound(crammer_singer, factor=sp.Rational(3, 2), above=True)),
    (weston_watkins, Holds(sp.Eq(_ell(_t, _t, _t), apart), on={_t: sp.Reals})),
    (weston_watkins.with_formula(-weston_watkins.formula), Convex()),
    (
        sparsemax,
        SpecialCase({K: 2}, margin.modified_huber, given={beyond: 0, q: label(1)}, link={z: 2 * probs[1] - 1, y: 1}),
    ),
    (sparsemax, Holds(sp.Le(_sparse, sp.Rational(1, 2)), given={beyond: 0})),
    (sparsemax, Value(_tie, "0.5")),
    (sparsemax, Holds(sp.Eq(_sparse, total((probs[k] - q[k]) ** 2 / 2)))),
    (entmax, SpecialCase({sparsity: 2}, sparsemax, factor=2)),
    (entmax, Gradient(probs[i] - q[i], on={probs: Simplex(open=True)})),
    (entmax, Value(_tie | {sparsity: sp.Rational(3, 2)}, "0.25")),
    # The map's own term alone asks for the likeliest class.
    (entmax.with_formula(total(-q[k] * probs[k] ** (sparsity - 1))), Proper(given={sparsity: sp.Rational(3, 2)})),
]
