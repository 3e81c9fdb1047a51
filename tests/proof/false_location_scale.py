"""Plausible claims about the likelihoods of a location and a scale that are false: none may be proved."""

import sympy as sp

from lossbook.cards.location_scale import gaussian, laplace, mu, nu, student
from lossbook.cards.notation import sigma, y, y_hat
from lossbook.cards.regression import absolute, squared
from lossbook.proof import Convex, Curvature, Elicits, Gradient, Holds, Likelihood, Limit, Lipschitz, Range, SpecialCase

_ell, _m = sp.Function("ell"), sp.Symbol("m", positive=True)
_loss, _positive = _ell(mu, sigma, y), sp.Interval.open(0, sp.oo)
_z = (mu - y) / sigma
_narrow = {sigma: sp.Interval.open(0, 1)}

FALSE = [
    (gaussian, Range(0, sp.oo)),
    (gaussian, Limit(sigma, 0, -sp.oo)),
    (gaussian, Gradient(-_z / sigma)),
    # The slope by the variance.
    (gaussian, Gradient((1 - _z**2) / (2 * sigma**2), var=sigma)),
    (gaussian, Convex(var=sigma)),
    (gaussian, Convex(var=sigma, on=_narrow)),
    (gaussian, Elicits("median", target=y)),
    (gaussian, SpecialCase({sigma: 1}, squared, link={y_hat: mu})),
    (gaussian, Likelihood(sp.exp(-(_z**2) / 2) / sp.sqrt(2 * sp.pi), target=y)),
    # The best scale is the error itself, not its square, and no multiple of it.
    (gaussian, Holds(sp.Le(_ell(0, _m**2, _m), _ell(0, sigma, _m)), on={_m: _positive})),
    (gaussian, Holds(sp.Le(_ell(0, 2 * _m, _m), _ell(0, sigma, _m)), on={_m: _positive})),
    (laplace, Elicits("mean", target=y)),
    (laplace, Lipschitz(1)),
    (laplace, Convex(var=sigma)),
    (laplace, SpecialCase({sigma: 2}, absolute, link={y_hat: mu})),
    (laplace, Holds(sp.Le(_ell(0, _m / 2, _m), _ell(0, sigma, _m)), on={_m: _positive})),
    (student, Convex()),
    (student, Convex(on={mu: sp.Interval.open(y - 2 * sigma * sp.sqrt(nu), y + 2 * sigma * sp.sqrt(nu))})),
    (student, Elicits("mean", target=y)),
    (student, Elicits("median", target=y)),
    (student, Curvature(0, given={nu: 1})),
    (student, Holds(sp.Le(sp.Derivative(_loss, mu) ** 2, (nu + 1) ** 2 / (5 * nu * sigma**2)))),
    (student, Holds(sp.Ge(sp.Derivative(_loss, sigma), 0))),
    (student, Likelihood(1 / (sp.pi * (1 + _z**2)), given={nu: 1}, target=y)),
]
