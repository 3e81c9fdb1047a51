"""Losses of regression: the squared and the absolute error."""

import sympy as sp

from lossbook.cards.notation import sigma, sigmoid, y, y_hat, z
from lossbook.proof import (
    Card,
    Convex,
    Elicits,
    Gradient,
    Holds,
    Homogeneous,
    Invariant,
    Likelihood,
    Limit,
    Lipschitz,
    Not,
    Range,
    Smooth,
    Symmetric,
    ZeroOnlyAt,
    as_product,
)

_ell = sp.Function("ell")
_loss, _reals = _ell(y_hat, y), {y_hat: sp.Reals, y: sp.Reals}
_a, _b, _c = sp.symbols("a b c", real=True)
_gauss = sp.exp(-((y - y_hat) ** 2) / (2 * sigma**2)) / (sigma * sp.sqrt(2 * sp.pi))
_laplace = sp.exp(-sp.Abs(y - y_hat) / sigma) / (2 * sigma)

squared = Card(
    name="mse_loss",
    title="Squared error",
    symbol=_loss,
    formula=(y_hat - y) ** 2,
    prediction=y_hat,
    domain=_reals,
    claims=(
        Range(0, sp.oo),
        ZeroOnlyAt(y_hat, y),
        Gradient(2 * (y_hat - y), shown=as_product(2, y_hat - y)),
        Convex(strict=True),
        Smooth(2, sharp=True),
        Elicits("mean", name="mean"),
        Holds(sp.Eq(sp.Derivative(_loss / 2, y_hat), y_hat - y), name="half"),
        Likelihood(_gauss, factor=1 / (2 * sigma**2), on={sigma: sp.Interval.open(0, sp.oo)}),
        Symmetric({y_hat: y, y: y_hat}),
        Invariant((y_hat, y)),
        Homogeneous(2, (y_hat, y)),
        Limit(y_hat, sp.oo, sp.oo, of=sp.Derivative(_loss, y_hat), name="not robust"),
        Limit(z, -sp.oo, 0, of=sp.Derivative(_ell(sigmoid, 1), z), on={z: sp.Reals}, name="flat behind a sigmoid"),
        Not(Holds(sp.Ge(sp.Derivative(_ell(sigmoid, 1), z, 2), 0), on={z: sp.Reals}), {z: -sp.log(3)}, name="convex behind a sigmoid"),
        Not(Holds(sp.Le(_ell(_a, _c), _ell(_a, _b) + _ell(_b, _c))), {_a: 0, _b: 1, _c: 2}, name="triangle inequality"),
        Not(
            Holds(sp.Eq(_ell(_a, 0) + _ell(_a, 1), 0)),
            {_a: sp.Rational(1, 2)},
            name="one prediction for all",
            remark="A mean squared error printed without an index on the prediction asks one number to fit all targets.",
        ),
    ),
)

absolute = Card(
    name="mae_loss",
    title="Absolute error",
    symbol=_loss,
    formula=sp.Abs(y_hat - y),
    prediction=y_hat,
    domain=_reals,
    claims=(
        Range(0, sp.oo),
        ZeroOnlyAt(y_hat, y),
        Gradient(sp.sign(y_hat - y)),
        Convex(),
        Not(Convex(strict=True), name="strictly convex"),
        Lipschitz(1, sharp=True),
        Elicits("median"),
        Likelihood(_laplace, factor=1 / sigma, on={sigma: sp.Interval.open(0, sp.oo)}),
        Symmetric({y_hat: y, y: y_hat}),
        Invariant((y_hat, y)),
        Homogeneous(1, (y_hat, y)),
        Holds(sp.Le(_ell(_a, _c), _ell(_a, _b) + _ell(_b, _c)), on={_a: sp.Reals, _b: sp.Reals, _c: sp.Reals}, name="triangle inequality"),
        Not(Elicits("mean"), name="mean"),
    ),
)
