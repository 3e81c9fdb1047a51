"""Likelihoods whose noise has a location and a scale, both of which are predicted. The cards leave out the constants of ``full``.

μ and σ are the two parts of the prediction, ν the degrees of freedom of Student's t distribution, the option ``df``.
"""

import sympy as sp

from lossbook.cards.notation import sigma, y, y_hat
from lossbook.cards.regression import absolute, squared
from lossbook.proof import (
    Card,
    Convex,
    Curvature,
    Elicits,
    Gradient,
    Holds,
    Likelihood,
    Limit,
    Lipschitz,
    Misprint,
    Not,
    SpecialCase,
)

mu, nu = sp.Symbol("mu", real=True), sp.Symbol("nu", positive=True)

_ell = sp.Function("ell")
_loss = _ell(mu, sigma, y)
_positive = sp.Interval.open(0, sp.oo)
_numbers = {mu: sp.Reals, sigma: _positive, y: sp.Reals}
_z = (mu - y) / sigma
_size = sp.Abs(mu - y)
_by_mu, _by_sigma = sp.Derivative(_loss, mu), sp.Derivative(_loss, sigma)
_m, _c = sp.symbols("m c", positive=True)
_unit = Holds(
    sp.Eq(_ell(_c * mu, _c * sigma, _c * y), _loss + sp.log(_c)),
    on={_c: _positive},
    name="unit",
    remark="Values of targets in different units cannot be compared, nor can their signs mean anything.",
)
_unbounded = Limit(sigma, 0, -sp.oo, of=_ell(y, sigma, y), name="unbounded")


def _best(remark):
    """Claim what the scale of one error of size m is."""
    return Holds(sp.Le(_ell(0, _m, _m), _ell(0, sigma, _m)), on={_m: _positive}, name="best scale", remark=remark)


_a, _b = sp.Symbol("a", real=True), sp.Symbol("b", positive=True)
_natural = _ell(_a / _b, 1 / sp.sqrt(_b), y)


def _determinant(value, one, other):
    """Write the determinant of a Hessian in two variables."""
    return sp.Derivative(value, (one, 2)) * sp.Derivative(value, (other, 2)) - sp.Derivative(value, one, other) ** 2


gaussian = Card(
    name="gaussian_nll_loss",
    title="Gaussian likelihood",
    symbol=_loss,
    formula=sp.log(sigma) + _z**2 / 2,
    prediction=mu,
    domain=_numbers,
    claims=(
        Gradient((mu - y) / sigma**2),
        Gradient((1 - _z**2) / sigma, var=sigma, name="slope of the scale"),
        Curvature((3 * _z**2 - 1) / sigma**2, var=sigma, name="curvature in the scale"),
        Not(Convex(var=sigma), name="convex in the scale"),
        Convex(strict=True, name="convex in the location"),
        Not(Holds(sp.Ge(_determinant(_loss, mu, sigma), 0)), {mu: 0, y: 0, sigma: 1}, name="convex in both"),
        Holds(
            sp.And(
                sp.Eq(sp.Derivative(_natural, (_a, 2)), 1 / _b),
                sp.Eq(_determinant(_natural, _a, _b), 1 / (2 * _b**3)),
            ),
            on={_a: sp.Reals, _b: _positive},
            name="convex in natural parameters",
        ),
        Not(Holds(sp.Ge(_loss, 0)), {mu: 0, y: 0, sigma: sp.S.Half}, name="not negative"),
        _unbounded,
        Elicits("mean", target=y, name="mean"),
        _best("Of many errors the mean loss is that of one whose square is their mean square: the scale learnt is the root of it."),
        Likelihood(sp.exp(-(_z**2) / 2) / (sigma * sp.sqrt(2 * sp.pi)), target=y),
        SpecialCase({sigma: 1}, squared, factor=sp.S.Half, link={y_hat: mu}, name="squared error"),
        _unit,
        Misprint((sp.log(sigma) + (mu - y) ** 2 / sigma) / 2, at={mu: 1, y: 0, sigma: 2}, name="standard deviation taken for a variance"),
    ),
)

laplace = Card(
    name="laplace_nll_loss",
    title="Laplace likelihood",
    symbol=_loss,
    formula=sp.log(sigma) + _size / sigma,
    prediction=mu,
    domain=_numbers,
    claims=(
        Gradient(sp.sign(mu - y) / sigma),
        Gradient((sigma - _size) / sigma**2, var=sigma, name="slope of the scale"),
        Not(Convex(var=sigma), name="convex in the scale"),
        Convex(name="convex in the location"),
        Lipschitz(1 / sigma, sharp=True, name="slope of the location"),
        _unbounded,
        Elicits("median", target=y, name="median"),
        Not(Elicits("mean", target=y), name="mean"),
        _best("Of many errors the mean loss is that of one of their mean size: the scale learnt is the mean absolute error."),
        Likelihood(sp.exp(-_size / sigma) / (2 * sigma), target=y),
        SpecialCase({sigma: 1}, absolute, link={y_hat: mu}, name="absolute error"),
        _unit,
    ),
)

_t = 1 + _z**2 / nu
_half_more = (nu + 1) / 2
_log_constant = sp.loggamma(nu / 2) - sp.loggamma(_half_more) + sp.log(nu * sp.pi) / 2

student = Card(
    name="student_t_nll_loss",
    title="Student's t likelihood",
    symbol=_loss,
    formula=sp.log(sigma) + _half_more * sp.log(_t) + _log_constant,
    prediction=mu,
    domain=_numbers,
    params={nu: _positive},
    claims=(
        Gradient((nu + 1) * _z / (nu + _z**2) / sigma),
        Gradient((1 - _z**2) / _t / sigma, var=sigma, name="slope of the scale"),
        Curvature((nu + 1) / (nu * sigma**2) * (1 - _z**2 / nu) / _t**2),
        Holds(sp.Le(_by_mu**2, (nu + 1) ** 2 / (4 * nu * sigma**2)), name="steepest"),
        Limit(mu, sp.oo, 0, of=_by_mu, name="redescending"),
        Holds(sp.Ge(_by_sigma, -nu / sigma), name="slope of the scale is bounded"),
        Not(Convex(), name="convex in the location"),
        Convex(on={mu: sp.Interval.open(y - sigma * sp.sqrt(nu), y + sigma * sp.sqrt(nu))}, name="convex near the target"),
        Not(Elicits("mean", target=y), name="mean"),
        Not(Elicits("median", target=y), name="median"),
        _unbounded,
        _best("Of several errors the best scale has no closed form: a far one counts little more than a near one."),
        Holds(sp.Eq(_loss, sp.log(sp.pi * sigma * (1 + _z**2))), given={nu: 1}, name="cauchy"),
        Holds(
            sp.Eq(_loss, sp.log(2 * sp.sqrt(2)) + sp.log(sigma) + 3 * sp.log(1 + _z**2 / 2) / 2),
            given={nu: 2},
            name="two degrees of freedom",
        ),
        Likelihood(1 / (sp.pi * sigma * (1 + _z**2)), given={nu: 1}, target=y),
        Limit(nu, sp.oo, (mu - y) / sigma**2, of=_by_mu, name="gaussian slope"),
        _unit,
    ),
)
