"""Plausible claims about scores of ensembles, quantiles, vectors, normal distributions, intervals that are false: none may be proved."""

import sympy as sp

from lossbook.cards.forecasts import (
    energy,
    ensemble,
    fair,
    gaussian,
    interval,
    lower,
    members,
    outside,
    quantiles,
    upper,
)
from lossbook.cards.notation import positions as x
from lossbook.cards.notation import sigma, y, y_hat
from lossbook.cards.point import level, pinball
from lossbook.proof import (
    Bound,
    Cases,
    Convex,
    Elicits,
    Exhaustive,
    Gradient,
    Holds,
    Homogeneous,
    Range,
    SpecialCase,
    Value,
)

_ell = sp.Function("ell")
_X, _Y = sp.symbols("x y")
_some = {_X: Cases("three ensembles", lambda: [(0, 2), (1, 1, 3), (0, 1, 2)]), _Y: Cases("0, 1, 5", lambda: [0, 1, 5])}
_g, _s = gaussian.symbol, interval.symbol

FALSE = [
    (ensemble, Exhaustive(sp.Gt(_ell(_X, _Y, 1), 0), over=_some)),
    (ensemble, Exhaustive(sp.Eq(_ell(_X, _Y, 0), _ell(_X, _Y, 1)), over=_some)),
    (ensemble, Homogeneous(2, (x, y), given={members: 2})),
    # The slope of the mean distance alone.
    (ensemble, Gradient(sp.sign(x[1] - y) / members, var=x[1], given={members: 2})),
    (ensemble, Value({x: (1, 2, 4, 7), y: 3, fair: 1}, sp.Rational(3, 4))),
    (quantiles, SpecialCase({members: 1}, pinball, link={pinball.prediction: x[1], level: sp.Symbol("tau")})),
    (quantiles, Range(0, 1)),
    (quantiles, Homogeneous(0, (x, y))),
    (
        energy,
        Exhaustive(
            sp.Ge(_ell(_X, _Y, 2, 1), 0),
            over={_X: Cases("a pair", lambda: [((-1,), (1,))]), _Y: Cases("between", lambda: [(0,)])},
        ),
    ),
    (energy, Value((((3, 4), (-3, -4)), (0, 0)), 5)),
    (gaussian, Range(0, 1)),
    (gaussian, Gradient(2 * sp.exp(-(((y - y_hat) / sigma) ** 2) / 2) / sp.sqrt(2 * sp.pi), var=sigma)),
    (gaussian, Convex(concave=True)),
    # Convex in both, but not strictly: the determinant is 0.
    (
        gaussian,
        Holds(
            sp.Gt(sp.Derivative(_g, (y_hat, 2)) * sp.Derivative(_g, (sigma, 2)), sp.Derivative(_g, y_hat, sigma) ** 2),
        ),
    ),
    (gaussian, Bound(sp.Abs(y - y_hat), above=True)),
    (gaussian, Homogeneous(1, (y_hat, y))),
    (interval, Elicits("quantile", level=outside, target=y, on={upper: sp.Reals})),
    (interval, Elicits("median", target=y, on={upper: sp.Reals})),
    (interval, Convex(strict=True, on={upper: sp.Reals})),
    (interval, Holds(sp.Le(_s, upper - lower))),
    (interval, Homogeneous(1, (lower, upper))),
]
