"""Plausible claims about transport and ordered classes that are false: none may be proved."""

import sympy as sp

from lossbook.cards.notation import K, N, cost, flow, i, j, k, probs, r, target
from lossbook.cards.transport import cdf_difference, histograms, nima, programme, samples, squared_emd
from lossbook.proof import Cases, Convex, Dual, Exhaustive, Gradient, Holds, Homogeneous, Not, Proper, Symmetric

_P, _Q, _X, _s, _d, _c = sp.symbols("p q x s d c")
_EMD, _W, _ell = programme.symbol.func, histograms.symbol.func, nima.symbol.func
_grid = Cases("halves in 2 bins", lambda: [(0, 1), (sp.Rational(1, 2), sp.Rational(1, 2)), (1, 0)])
_one = Cases("one case", lambda: [((1, 1), (1, 1), ((0, 2), (2, 0)))])


def _no_plan(masses, room, costs):
    """Move everything across, at prices that are worth nothing."""
    return [[0, 1], [1, 0]], [0, 0], [0, 0]


FALSE = [
    (programme, Homogeneous(1, flow)),
    (programme, Homogeneous(2, cost)),
    (
        programme,
        Holds(
            sp.Eq(
                programme.symbol,
                sp.Sum(cost[i, j] * flow[i, j], (j, 1, sp.Symbol("M", integer=True, positive=True)), (i, 1, N)),
            )
        ),
    ),
    (programme, Dual(_one, _no_plan)),
    (programme, Not(Holds(sp.Ge(_EMD(_s, _d, _c), 0)), {_s: (1, 1), _d: (1, 0), _c: ((0, 1), (1, 0))})),
    # Bins may lie in one place.
    (
        histograms,
        Exhaustive(
            sp.Gt(_W(_P, _Q, _X, 1), 0),
            over={_P: _grid, _Q: _grid, _X: Cases("one place", lambda: [(0, 0)])},
            where=lambda p, q, x: p != q,
        ),
    ),
    (
        histograms,
        Exhaustive(
            sp.Eq(_W(_P, _Q, _X, 1), _W(_P, _Q, _X, 2)),
            over={_P: _grid, _Q: _grid, _X: Cases("0, 3", lambda: [(0, 3)])},
        ),
    ),
    (samples, Exhaustive(sp.Ge(samples.symbol.func(_P, _Q, 1), 1), over={_P: _grid, _Q: _grid})),
    (nima, Holds(sp.Le(nima.symbol, (K - 1) / K))),
    (nima, Holds(sp.Le(nima.symbol, ((K - 1) / (K + 1)) ** (1 / r)))),
    (nima, Gradient(sp.Sum(cdf_difference(), (k, i, K)) / K, given={r: 2}, on={K: sp.Range(2, sp.oo)})),
    (nima, Convex(given={r: sp.Rational(1, 2)})),
    (nima, Proper(given={r: 1})),
    (squared_emd, Holds(sp.Le(squared_emd.symbol, K - 2))),
    (squared_emd, Holds(sp.Eq(squared_emd.symbol, sp.Sum((probs[k] - target[k]) ** 2, (k, 1, K))))),
    (squared_emd, Gradient(2 * cdf_difference(i))),
    (squared_emd, Not(Proper(), {probs: (0, 1), target: (sp.Rational(3, 10), sp.Rational(7, 10))})),
    # A cumulative sum is not the whole: of the formula K, though F_k(p) = 1 only at the end.
    (squared_emd.with_formula(sp.Sum(sp.Sum(probs[j], (j, 1, k)), (k, 1, K))), Holds(sp.Eq(squared_emd.symbol, K))),
    (squared_emd.with_formula(-squared_emd.formula), Convex()),
    (squared_emd, Symmetric({probs: 2 * probs})),
]
