"""Squared error."""

import sympy as sp

from lossbook.cards._card import AtLeast, Card, Claim, Equal, Fails, Tends
from lossbook.cards.notation import N, sigma, sigmoid, y, y_hat, z

_error = (y_hat - y) ** 2
_mean, _center, _bias = sp.symbols("mu ybar d", real=True)
_gauss = sp.exp(-((y - y_hat) ** 2) / (2 * sigma**2)) / sp.sqrt(2 * sp.pi * sigma**2)
_i = sp.Symbol("i", integer=True)
_total = sp.Sum(sp.IndexedBase("y")[_i], (_i, 1, N))
_deviations = sp.Sum(sp.IndexedBase("y")[_i] - _center, (_i, 1, N)).expand().doit()
_behind_sigmoid = (sigmoid - 1) ** 2


def _between(first, second):
    return sp.sympify(_error.subs({y_hat: first, y: second}, simultaneous=True))


squared = Card(
    name="mse_loss",
    title="Squared error",
    symbol=sp.Function("ell")(y_hat, y),
    formula=_error,
    prediction=y_hat,
    domain={y_hat: sp.Reals, y: sp.Reals},
    claims=(
        Claim("non-negative", r"$\ell(\hat y, y) \ge 0$", (AtLeast(_error),)),
        Claim(
            "likelihood",
            r"with Gaussian noise of deviation $\sigma$, $-\log$ of the likelihood is $\ell / (2\sigma^2)$ plus "
            r"$\tfrac12 \log(2\pi\sigma^2)$, which no prediction changes",
            (Equal(-sp.log(_gauss), _error / (2 * sigma**2) + sp.log(2 * sp.pi * sigma**2) / 2),),
        ),
        Claim(
            "gradient",
            r"$\partial\ell/\partial\hat y = 2(\hat y - y)$",
            (Equal(sp.diff(_error, y_hat), 2 * (y_hat - y)),),
        ),
        Claim(
            "half",
            r"$\tfrac12 \ell$ has the slope $\hat y - y$, and the same minimum",
            (Equal(sp.diff(_error / 2, y_hat), y_hat - y), Equal(sp.diff(_error, y_hat).subs(y_hat, y), sp.S.Zero)),
        ),
        Claim(
            "convex",
            r"strictly convex in $\hat y$: the second derivative is 2",
            (Equal(sp.diff(_error, y_hat, 2), sp.S(2)),),
        ),
        Claim(
            "mean",
            r"the constant with the smallest summed loss is the mean: "
            r"$(y_i - c)^2 = (y_i - \bar y)^2 + (\bar y - c)^2 + 2 (y_i - \bar y)(\bar y - c)$, and the last terms sum to 0",
            (
                Equal(
                    (y - _mean) ** 2,
                    (y - _center) ** 2 + (_center - _mean) ** 2 + 2 * (y - _center) * (_center - _mean),
                ),
                Equal(_deviations.subs(_center, _total / N), sp.S.Zero),
                AtLeast((_center - _mean) ** 2),
            ),
        ),
        Claim(
            "mean and sum",
            r"the mean over $N$ elements has a gradient $N$ times smaller than the sum, and the same minimum",
            (Equal(sp.diff(_error / N, y_hat), sp.diff(_error, y_hat) / N),),
        ),
        Claim("symmetric", r"$\ell(\hat y, y) = \ell(y, \hat y)$", (Equal(_error, (y - y_hat) ** 2),)),
        Claim(
            "shift",
            r"$\ell(\hat y + d, y + d) = \ell(\hat y, y)$",
            (Equal(_error.subs({y_hat: y_hat + _bias, y: y + _bias}, simultaneous=True), _error),),
        ),
        Claim(
            "not robust",
            r"the slope grows without bound, and the best constant follows one outlier as far as it goes",
            (Tends(sp.diff(_error, y_hat), y_hat, sp.oo, sp.oo), Tends((_mean + _bias) / N, _bias, sp.oo, sp.oo)),
        ),
        Claim(
            "flat behind a sigmoid",
            r"for $\hat y = \sigma(z)$ and $y = 1$ the slope in $z$ vanishes as $z \to -\infty$, where the prediction is worst",
            (Tends(sp.diff(_behind_sigmoid, z), z, -sp.oo, sp.S.Zero), Tends(_behind_sigmoid, z, -sp.oo, sp.S.One)),
        ),
        Claim(
            "convex behind a sigmoid",
            r"for $\hat y = \sigma(z)$ the loss is convex in $z$",
            (
                Fails(
                    sp.Ge(sp.simplify(sp.diff(_behind_sigmoid, z, 2).subs(z, -sp.log(3))), 0),
                    r"$y = 1$, $\sigma(z) = \tfrac14$: the second derivative is $-\tfrac{9}{128}$",
                ),
            ),
        ),
        Claim(
            "triangle inequality",
            r"$\ell(a, c) \le \ell(a, b) + \ell(b, c)$",
            (Fails(sp.Le(_between(0, 2), _between(0, 1) + _between(1, 2)), r"$0, 1, 2$: $\ell(0, 2) = 4 > 1 + 1$"),),
        ),
        Claim(
            "one prediction for all",
            r"$\tfrac1m \sum_i (y_i - \hat y)^2$, printed without an index on $\hat y$, is the mean squared error",
            (
                Fails(
                    sp.Eq(((0 - _mean) ** 2 + (1 - _mean) ** 2).subs(_mean, sp.Rational(1, 2)) / 2, 0),
                    r"$y = (0, 1)$, predicted exactly: the error is 0, the printed formula is $\tfrac14$ at best, for $\hat y = \tfrac12$",
                ),
            ),
        ),
    ),
)
