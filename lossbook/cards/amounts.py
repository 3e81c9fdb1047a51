"""Losses of counts and positive amounts: deviances of a mean, and likelihoods; the variance grows with the mean.

Targets of 0, where a deviance has them, are the limit that its claims name: y log y has no value there in SymPy.
"""

import sympy as sp

from lossbook.cards.notation import y, y_hat, z
from lossbook.proof import (
    Anchor,
    Card,
    Convex,
    Curvature,
    Elicits,
    Gradient,
    Holds,
    Homogeneous,
    Likelihood,
    Limit,
    Misprint,
    Not,
    Range,
    Symmetric,
    Taylor,
    Value,
    ZeroOnlyAt,
    as_product,
)

# Letters of these losses alone; other chapters have others for them.
growth = sp.Symbol("rho", positive=True)
"""Power ρ of the mean to which the variance of a Tweedie distribution is in proportion (``power``)."""

size = sp.Symbol("theta", positive=True)
"""Size θ of a negative binomial distribution: the variance is ŷ + ŷ²/θ (``dispersion``)."""

_ell = sp.Function("ell")
_loss, _of_score = _ell(y_hat, y), _ell(z, y)
_slope, _bend = sp.Derivative(_loss, y_hat), sp.Derivative(_loss, (y_hat, 2))
_pull, _rise = sp.Derivative(_of_score, z), sp.Derivative(_of_score, (z, 2))
_positive = sp.Interval.open(0, sp.oo)
_amounts = {y_hat: _positive, y: _positive}
_e = y_hat - y
_u, _t = sp.Symbol("u", real=True), sp.Symbol("t", positive=True)
_swapped = {y_hat: y, y: y_hat}


def _in_the_logarithm(**options):
    """Claim that the loss is convex in the logarithm of the mean."""
    bend = sp.Derivative(_ell(sp.exp(_u), y), (_u, 2))
    return Holds(sp.Ge(bend, 0), on={_u: sp.Reals} | options.pop("on", {}), name="convex in the logarithm", **options)


poisson = Card(
    name="poisson_deviance",
    title="Poisson deviance",
    symbol=_loss,
    formula=2 * (y * sp.log(y / y_hat) - y + y_hat),
    prediction=y_hat,
    domain=_amounts,
    claims=(
        Range(0, sp.oo),
        ZeroOnlyAt(y_hat, y),
        Gradient(2 * (1 - y / y_hat), shown=as_product(2, 1 - y / y_hat)),
        Curvature(2 * y / y_hat**2),
        Convex(strict=True),
        Elicits("mean"),
        _in_the_logarithm(),
        Homogeneous(1, (y_hat, y)),
        Limit(y, 0, 2 * y_hat, name="of no count"),
        Taylor(at={y_hat: y}, expr=_e**2 / y),
        Limit(y_hat, sp.oo, 2, of=_slope, name="slope far above"),
        Limit(y_hat, 0, -sp.oo, of=_slope, name="slope far below"),
        Not(Symmetric(_swapped), {y_hat: 1, y: 2}),
        Misprint(
            2 * y * sp.log(y / y_hat) - y + y_hat,
            at={y_hat: 10, y: 5},
            name="printed with the 2 on one term",
        ),
    ),
)

gamma = Card(
    name="gamma_deviance",
    title="Gamma deviance",
    symbol=_loss,
    formula=2 * (y / y_hat - 1 - sp.log(y / y_hat)),
    prediction=y_hat,
    domain=_amounts,
    claims=(
        Range(0, sp.oo),
        ZeroOnlyAt(y_hat, y),
        Gradient(2 * _e / y_hat**2),
        Curvature(2 * (2 * y - y_hat) / y_hat**3),
        Not(Convex(), {y_hat: 3, y: 1}),
        Convex(on={y_hat: sp.Interval.open(0, 2 * y)}, name="convex up to twice the target"),
        _in_the_logarithm(),
        Elicits("mean"),
        Homogeneous(0, (y_hat, y)),
        Taylor(at={y_hat: y}, expr=(_e / y) ** 2),
        Limit(y_hat, sp.oo, 0, of=_slope, name="flat far above"),
        Limit(y, 0, sp.oo, name="of nothing"),
        Not(Symmetric(_swapped), {y_hat: 1, y: 2}),
        Misprint(
            2 * (y_hat / y - 1 - sp.log(y_hat / y)),
            at={y_hat: 1, y: 2},
            name="printed with the ratio upside down",
        ),
    ),
)

_formula = 2 * (
    y ** (2 - growth) / ((1 - growth) * (2 - growth)) - y * y_hat ** (1 - growth) / (1 - growth) + y_hat ** (2 - growth) / (2 - growth)
)
_compound = {growth: sp.Interval.open(1, 2)}
_three_halves = sp.Rational(3, 2)
_as_square = 4 * (sp.sqrt(y) - sp.sqrt(y_hat)) ** 2 / sp.sqrt(y_hat)

tweedie = Card(
    name="tweedie_deviance",
    title="Tweedie deviance",
    symbol=_loss,
    formula=_formula,
    prediction=y_hat,
    domain=_amounts,
    params={growth: sp.Union(sp.Interval.open(1, 2), sp.Interval.open(2, sp.oo))},
    defaults={growth: _three_halves},
    claims=(
        Gradient(2 * _e / y_hat**growth),
        Curvature(2 * (growth * y - (growth - 1) * y_hat) / y_hat ** (growth + 1)),
        Elicits("mean"),
        Range(0, sp.oo, given={growth: _three_halves}, by=_as_square),
        Range(0, sp.oo, given={growth: 3}, name="range of the inverse Gaussian"),
        ZeroOnlyAt(y_hat, y, given={growth: _three_halves}),
        Holds(sp.Eq(_ell(y, y), 0), name="zero at equality"),
        Homogeneous(2 - growth, (y_hat, y)),
        Limit(growth, 1, poisson.formula, name="poisson"),
        Limit(growth, 2, gamma.formula, name="gamma"),
        Holds(sp.Eq(_loss, _as_square), given={growth: _three_halves}, name="a square"),
        Holds(sp.Eq(_loss, _e**2 / (y * y_hat**2)), given={growth: 3}, name="inverse Gaussian"),
        Not(Convex(), {y_hat: 4, y: 1, growth: 2 + sp.Rational(1, 2)}),
        Convex(given={growth: _three_halves}, on={y_hat: sp.Interval.open(0, 3 * y)}, name="convex up to three times the target"),
        _in_the_logarithm(on=_compound),
        Not(Holds(sp.Ge(sp.Derivative(_ell(sp.exp(_u), y), (_u, 2)), 0)), {_u: sp.log(3), y: 1, growth: 3}, name="always convex in the logarithm"),
        Limit(y, 0, 2 * y_hat ** (2 - growth) / (2 - growth), on=_compound, name="of nothing"),
        Misprint(
            2 * y ** (2 - growth) / ((1 - growth) * (2 - growth)) - y * y_hat ** (1 - growth) / (1 - growth) + y_hat ** (2 - growth) / (2 - growth),
            at={y_hat: 4, y: 1, growth: _three_halves},
            name="printed with the 2 on one term",
        ),
    ),
)

poisson_nll = Card(
    name="poisson_nll_loss",
    title="Poisson negative log-likelihood",
    symbol=_of_score,
    formula=sp.exp(z) - y * z,
    prediction=z,
    domain={z: sp.Reals, y: sp.Interval(0, sp.oo)},
    claims=(
        Gradient(sp.exp(z) - y),
        Curvature(sp.exp(z)),
        Convex(strict=True),
        Not(Holds(sp.Ge(_of_score, 0)), {z: 2, y: 9}, name="not negative"),
        Range(y - y * sp.log(y), sp.oo, low_at={z: sp.log(y)}, on={y: _positive}, by=Anchor(z, sp.log(y))),
        Holds(
            sp.Eq(2 * _of_score - 2 * (y - y * sp.log(y)), poisson.formula.subs(y_hat, sp.exp(z))),
            on={y: _positive},
            name="half the deviance",
        ),
        Limit(z, -sp.oo, -y, of=_pull, name="pull at most the count"),
        Limit(z, sp.oo, sp.oo, of=_pull, name="unbounded pull"),
        Holds(sp.Eq(z - _pull / _rise, z - 1 + y * sp.exp(-z)), name="newton step"),
        Value({z: 0, y: 3}, 1, name="at a mean of 1"),
        Misprint(z - y * sp.log(z), at={z: 2, y: 1}, name="read as the mean"),
    ),
)

gamma_nll = Card(
    name="gamma_nll_loss",
    title="Gamma negative log-likelihood",
    symbol=_of_score,
    formula=z + y * sp.exp(-z),
    prediction=z,
    domain={z: sp.Reals, y: _positive},
    claims=(
        Gradient(1 - y * sp.exp(-z)),
        Curvature(y * sp.exp(-z)),
        Convex(strict=True),
        Range(1 + sp.log(y), sp.oo, low_at={z: sp.log(y)}, by=Anchor(z, sp.log(y))),
        Not(Holds(sp.Ge(_of_score, 0)), {z: -2, y: sp.Rational(1, 100)}, name="not negative"),
        Likelihood(sp.exp(-y * sp.exp(-z) - z)),
        Holds(sp.Eq(2 * (_of_score - 1 - sp.log(y)), gamma.formula.subs(y_hat, sp.exp(z))), name="half the deviance"),
        Holds(sp.Eq(_ell(z + _u, y * sp.exp(_u)), _of_score + _u), on={_u: sp.Reals}, name="unit"),
        Limit(z, sp.oo, 1, of=_pull, name="pull at most 1 above"),
        Limit(z, -sp.oo, -sp.oo, of=_pull, name="unbounded pull below"),
        Misprint(z + y / z, at={z: 2, y: 1}, name="read as the mean"),
    ),
)

_share = size / (size + y_hat)

negative_binomial = Card(
    name="negative_binomial_nll_loss",
    title="Negative binomial negative log-likelihood",
    symbol=_loss,
    formula=sp.loggamma(size) + sp.loggamma(1 + y) - sp.loggamma(y + size) - size * sp.log(_share) - y * sp.log(y_hat / (size + y_hat)),
    prediction=y_hat,
    domain=_amounts,
    params={size: _positive},
    defaults={size: 1},
    claims=(
        Gradient(size * _e / (y_hat * (size + y_hat))),
        Curvature(y / y_hat**2 - (y + size) / (size + y_hat) ** 2),
        Elicits("mean"),
        Holds(sp.Eq(_slope, size * (1 - y / y_hat) / (size + y_hat)), name="a share of the Poisson slope"),
        Not(Convex(), {y_hat: 5, y: 1, size: 1}),
        _in_the_logarithm(),
        Limit(size, sp.oo, 1 - y / y_hat, of=_slope, name="poisson"),
        Holds(sp.Eq(_ell(y_hat, 0), size * sp.log(1 + y_hat / size)), name="of no count"),
        Limit(y_hat, sp.oo, 0, of=_slope, name="flat far above"),
        Value({y_hat: 1, y: 2, size: 2}, sp.log(sp.Rational(27, 4)), name="of two counts"),
        Misprint(
            sp.loggamma(size) + sp.loggamma(1 + y) - sp.loggamma(y + size) - size * sp.log(1 - _share) - y * sp.log(_share),
            at={y_hat: 2, y: 3, size: 1},
            name="with the chances exchanged",
        ),
    ),
)
