"""Plausible claims about counts and amounts that are false: none may be proved."""

import sympy as sp

from lossbook.cards.amounts import gamma, gamma_nll, growth, negative_binomial, poisson, poisson_nll, size, tweedie
from lossbook.cards.notation import y, y_hat, z
from lossbook.proof import (
    Anchor,
    Bound,
    Convex,
    Elicits,
    Gradient,
    Holds,
    Homogeneous,
    Likelihood,
    Limit,
    Lipschitz,
    Range,
    SpecialCase,
)

_positive = sp.Interval.open(0, sp.oo)
_u = sp.Symbol("u", real=True)
_in_the_logarithm = Holds(sp.Ge(sp.Derivative(poisson.symbol.func(sp.exp(_u), y), (_u, 2)), 0), on={_u: sp.Reals})

FALSE = [
    (poisson, Lipschitz(2)),
    (poisson, Homogeneous(2, (y_hat, y))),
    (poisson, Bound((y_hat - y) ** 2 / y, above=True)),
    (poisson, Elicits("median")),
    # The slope of half of it.
    (poisson, Gradient(1 - y / y_hat)),
    (gamma, Convex()),
    # Concave from twice the target on, not from three times.
    (gamma, Convex(on={y_hat: sp.Interval.open(0, 3 * y)})),
    (gamma, Homogeneous(1, (y_hat, y))),
    (gamma, Range(0, 2)),
    (tweedie, Convex(given={growth: sp.Rational(3, 2)}, on={y_hat: sp.Interval.open(0, 4 * y)})),
    # Beyond a power of 2 the logarithm does not make it convex.
    (tweedie, _in_the_logarithm),
    (tweedie, Homogeneous(growth, (y_hat, y))),
    (tweedie, Limit(growth, 2, poisson.formula)),
    (poisson_nll, Range(0, sp.oo)),
    # The least is at log y, not at y.
    (poisson_nll, Range(y - y * sp.log(y), sp.oo, low_at={z: y}, on={y: _positive}, by=Anchor(z, y))),
    (poisson_nll, SpecialCase({}, poisson, factor=sp.Rational(1, 2), link={y_hat: sp.exp(z)}, on={y: _positive})),
    (gamma_nll, Likelihood(sp.exp(-y * sp.exp(-z)))),
    (gamma_nll, Lipschitz(1)),
    (negative_binomial, Convex()),
    (negative_binomial, Limit(size, sp.oo, 1 - y_hat / y, of=sp.Derivative(negative_binomial.symbol, y_hat))),
    (negative_binomial, Gradient((y_hat - y) / (y_hat + size * y_hat**2))),
]
