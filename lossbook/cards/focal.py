"""Focal loss, of one logit and of several classes.

What holds for every number of classes is shown with S = e^z + R: z is the score of the class in question, and R > 0 the
sum of all the other exponentials. ``softmax_focal`` takes the formula at its word, in exact arithmetic.
"""

import sympy as sp

from lossbook.cards._card import AtLeast, Card, Claim, Equal, Exhaust, Fails, Tends
from lossbook.cards.notation import K, alpha, eta, gamma, i, j, k, p, scores, sigmoid, y, z

_REALS, _UNIT, _OPEN = sp.Reals, sp.Interval(0, 1), sp.Interval.open(0, 1)
_POSITIVE, _RIGHT = sp.Interval.open(0, sp.oo), sp.Interval(0, sp.oo)
_HALF = sp.Rational(1, 2)

_one, _zero = sigmoid, 1 / (1 + sp.exp(z))
_positive = _zero**gamma * sp.log(1 + sp.exp(-z))
_negative = _one**gamma * sp.log(1 + sp.exp(z))
_focal = alpha * y * _positive + (1 - alpha) * (1 - y) * _negative

# In terms of the probability p of the label.
_of_p = -((1 - p) ** gamma) * sp.log(p)
_square = _of_p.subs(gamma, 2)
_expected = eta * _square + (1 - eta) * _square.subs(p, 1 - p)
_expected_slope = sp.diff(_expected, p).subs(eta, sp.Rational(7, 10))

# L = −log p > 0 and M = −log(1 − p) > 0, of which the loss is L e^{−γM}.
_L, _M, _x = sp.symbols("L M x", positive=True)
_of_logs = _L * sp.exp(-gamma * _M)

# The second derivative for y = 1, α = 1.
_slope = sp.diff(_positive, z)
_bend = sp.diff(_positive, z, 2)
_bend_of_p = (1 - p) ** gamma * p * ((1 + 2 * gamma) * (1 - p) + gamma * (gamma * p - (1 - p)) * -sp.log(p))

# Several classes: the label against the rest, and another class against the rest, E being the label's e^z.
_R, _E, _S = sp.symbols("R E S", positive=True)
_label_p = sp.exp(z) / (sp.exp(z) + _R)
_at_label = (_R / (sp.exp(z) + _R)) ** gamma * sp.log((sp.exp(z) + _R) / sp.exp(z))
_total = sp.exp(z) + _R + _E
_at_other = ((sp.exp(z) + _R) / _total) ** gamma * sp.log(_total / _E)
_drop = (1 - p) ** gamma * (1 - p - gamma * p * sp.log(p))
_alphas = sp.IndexedBase("alpha", nonnegative=True)
_p_k = sp.exp(scores[k]) / sp.Sum(sp.exp(scores[j]), (j, 1, K))
_softmax_focal = -_alphas[k] * (1 - _p_k) ** gamma * sp.log(_p_k)


def softmax_focal(logits, label, focus, factor=1):
    """Evaluate the loss of one element by its definition."""
    total = sum(sp.exp(score) for score in logits)
    others = sum(sp.exp(score) for c, score in enumerate(logits) if c != label)
    return -factor * (others / total) ** focus * sp.log(sp.exp(logits[label]) / total)


def _is_the_formula(size):
    """Compare the definition in code with the printed formula."""
    logits = sp.symbols(f"z1:{size + 1}", real=True)
    values = {scores[n + 1]: s for n, s in enumerate(logits)}
    printed = _softmax_focal.subs({K: size, gamma: 2}).doit().subs(_alphas[k], 1)
    return all(
        sp.simplify(printed.subs(k, label + 1).doit().subs(values) - softmax_focal(logits, label, 2)) == 0
        for label in range(size)
    )


def _within(expr, number, decimals):
    """Return the part that says: the number is the value of the expression, rounded."""
    return AtLeast(sp.Rational(1, 2 * 10**decimals), sp.Abs(expr - sp.Rational(number)))


_RANGES = {
    z: _REALS,
    y: _UNIT,
    alpha: _UNIT,
    gamma: _RIGHT,
    p: _OPEN,
    _x: _OPEN,
    _L: _POSITIVE,
    _M: _POSITIVE,
    _R: _POSITIVE,
    _E: _POSITIVE,
    _S: _POSITIVE,
}

sigmoid_focal = Card(
    name="sigmoid_focal_loss",
    title="Focal loss",
    symbol=sp.Function("ell")(z, y),
    formula=_focal,
    prediction=z,
    domain={s: _RANGES[s] for s in (z, y, alpha, gamma)} | {s: _RANGES[s] for s in (p, _x, _L, _M)},
    defaults={alpha: sp.Rational(1, 4), gamma: sp.Integer(2)},
    claims=(
        Claim(
            "forms",
            r"$-\alpha_t (1 - p_t)^\gamma \log p_t$ with $p_t = \sigma(z)$, $\alpha_t = \alpha$ for $y = 1$ and "
            r"$p_t = \sigma(-z)$, $\alpha_t = 1 - \alpha$ for $y = 0$ is the formula with $y$",
            (
                Equal(1 - _one, _zero),
                Equal(_focal.subs(y, 1), -alpha * _zero**gamma * sp.log(_one)),
                Equal(_focal.subs(y, 0), -(1 - alpha) * _one**gamma * sp.log(_zero)),
            ),
        ),
        Claim(
            "gamma zero",
            r"$\gamma = 0$ is the balanced binary cross entropy",
            (
                Equal(
                    _focal.subs(gamma, 0),
                    alpha * y * sp.log(1 + sp.exp(-z)) + (1 - alpha) * (1 - y) * sp.log(1 + sp.exp(z)),
                ),
            ),
        ),
        Claim("non-negative", r"$\ell \ge 0$", (AtLeast(_of_logs, strict=True),)),
        Claim(
            "symmetric",
            r"swapping the classes, $\ell(-z, 1 - y)$ with $1 - \alpha$ for $\alpha$, changes nothing",
            (Equal(_focal.subs({z: -z, y: 1 - y, alpha: 1 - alpha}, simultaneous=True), _focal),),
        ),
        Claim(
            "examples",
            r"for $\gamma = 2$ the factor is 0.01 at $p_t = 0.9$ and 0.64 at $p_t = 0.2$; for negatives, 0.64 at $p = 0.8$ "
            r"and 0.01 at $p = 0.1$",
            tuple(
                Equal((1 - sp.Rational(*share)) ** 2, sp.Rational(*factor))
                for share, factor in (((9, 10), (1, 100)), ((2, 10), (64, 100)))
            )
            + tuple(
                Equal((1 - (1 - sp.Rational(*share))) ** 2, sp.Rational(*factor))
                for share, factor in (((8, 10), (64, 100)), ((1, 10), (1, 100)))
            ),
        ),
        Claim(
            "easy examples",
            r"for $\gamma = 2$ the loss is 100 times below the cross entropy at $p_t = 0.9$, and 1000 times at "
            r"$p_t = 1 - 10^{-3/2} \approx 0.968$",
            (
                Equal(-sp.log(p) / _square, 1 / (1 - p) ** 2),
                Equal((1 / (1 - p) ** 2).subs(p, sp.Rational(9, 10)), sp.Integer(100)),
                Equal((1 / (1 - p) ** 2).subs(p, 1 - 10 ** sp.Rational(-3, 2)), sp.Integer(1000)),
                _within(1 - 10 ** sp.Rational(-3, 2), "0.968", 3),
            ),
        ),
        Claim(
            "hard examples",
            r"for $\gamma = 2$ what is misclassified ($p_t \le \tfrac12$) is turned down at most 4 times",
            # p = x/2 with x in (0, 1), and its end.
            (AtLeast((1 - _x / 2) ** 2, sp.Rational(1, 4)), Equal((1 - _HALF) ** 2, sp.Rational(1, 4))),
        ),
        Claim(
            "gradient",
            r"for $y = 1$, $\alpha = 1$: $\partial\ell/\partial z = (1 - p)^\gamma (\gamma p \log p + p - 1)$, $p = \sigma(z)$",
            (
                Equal(
                    _slope,
                    _zero**gamma * (-gamma * _one * sp.log(1 + sp.exp(-z)) - _zero),
                ),
            ),
        ),
        Claim(
            "curvature",
            r"for $y = 1$, $\alpha = 1$: $\partial^2\ell/\partial z^2 = (1 - p)^\gamma p\,\bigl((1 + 2\gamma)(1 - p) - "
            r"\gamma(\gamma p - (1 - p)) \log p\bigr)$",
            # With dp/dz = p (1 − p), from the gradient.
            (Equal(sp.diff(-_drop, p) * p * (1 - p), _bend_of_p),),
        ),
        Claim(
            "decreasing in the logit",
            r"for $y = 1$ the loss falls as $z$ grows, for every $\gamma \ge 0$",
            # −slope = (1 − p)^γ (1 − p + γ p L).
            (AtLeast(sp.exp(-gamma * _M) * ((1 - p) + gamma * p * _L), strict=True),),
        ),
        Claim(
            "decreasing in gamma",
            r"the loss falls as $\gamma$ grows",
            (
                Equal(sp.diff(_of_logs, gamma), -_L * _M * sp.exp(-gamma * _M)),
                AtLeast(_L * _M * sp.exp(-gamma * _M), strict=True),
            ),
        ),
        Claim(
            "limits",
            r"for $y = 1$, $\gamma = 2$: $\ell \to 0$ as $z \to \infty$, and $\ell / (-z) \to 1$ as $z \to -\infty$",
            (
                Tends(_positive.subs(gamma, 2), z, sp.oo, sp.S.Zero),
                Tends(_positive.subs(gamma, 2) / -z, z, -sp.oo, sp.S.One),
            ),
        ),
        Claim(
            "prior",
            r"with the bias $b = -\log((1 - \pi)/\pi)$ a model starts at the probability $\pi$: $-4.595$ for $\pi = 0.01$",
            (
                Equal(sigmoid.subs(z, -sp.log((1 - _x) / _x)), _x),
                _within(-sp.log(99), "-4.595", 3),
            ),
        ),
        Claim(
            "proper",
            r"proper: if the label is 1 with probability $\eta$, the expected loss is smallest at $p = \eta$",
            (
                Fails(
                    sp.Le(_expected_slope.subs(p, sp.Rational(7, 10)), 0),
                    r"$\gamma = 2$, $\eta = 0.7$: at $p = 0.7$ the expected loss still falls as $p$ falls",
                ),
            ),
        ),
        Claim(
            "minimiser",
            r"for $\gamma = 2$, $\eta = 0.7$ the expected loss has a minimum at $p = 0.5785$, to four digits",
            (
                AtLeast(-_expected_slope.subs(p, sp.Rational(57845, 100000)), strict=True),
                AtLeast(_expected_slope.subs(p, sp.Rational(57855, 100000)), strict=True),
            ),
        ),
        Claim(
            "convex",
            r"$\ell$ is convex in $z$",
            (
                Fails(
                    sp.Ge(_bend_of_p.subs({gamma: 2, p: sp.Rational(1, 100)}), 0),
                    r"$\gamma = 2$, $y = 1$, $p = 0.01$: the second derivative is negative",
                ),
            ),
        ),
        Claim(
            "one factor for both",
            r"one number $\alpha$ for positives and negatives balances them",
            (
                Fails(
                    # The ratio of the classes' losses at p_t = 1/2 with and without the common factor.
                    sp.Ne((_HALF * _square / (_HALF * _square)).subs(p, _HALF), 1),
                    r"$\alpha_t = \tfrac12$ for both: the ratio of their losses stays as it was",
                ),
            ),
        ),
    ),
)

softmax_focal_card = Card(
    name="softmax_focal_loss",
    title="Focal loss of several classes",
    symbol=sp.Function("ell")(sp.Symbol("z"), k),
    formula=_softmax_focal,
    prediction=scores[i],
    domain={s: _RANGES[s] for s in (z, gamma, p, _R, _E, _S, _L, _M)},
    defaults={_alphas[k]: sp.S.One, gamma: sp.Integer(2)},
    evaluate=softmax_focal,
    claims=(
        Claim(
            "definition",
            r"the formula, with all its sums, is what the tests evaluate exactly ($\gamma = 2$)",
            (Exhaust(lambda: range(1, 4), _is_the_formula, "1 to 3 classes and each label, in symbols"),),
        ),
        Claim(
            "gamma zero",
            r"$\gamma = 0$ is the cross entropy",
            (Equal(_at_label.subs(gamma, 0), sp.log(sp.exp(z) + _R) - z),),
        ),
        Claim(
            "two classes",
            r"for two classes it is the focal loss of the difference of the logits",
            # With R = e^{z_0} = 1: a shift of both logits changes nothing.
            (
                Equal(_at_label.subs(_R, 1), _positive),
                Equal(_at_label.subs({z: z + sp.log(_S), _R: _R * _S}, simultaneous=True), _at_label),
            ),
        ),
        Claim("non-negative", r"$\ell \ge 0$", (AtLeast(_of_logs, strict=True),)),
        Claim(
            "slope at the label",
            r"at the label the slope is $-(1 - p_k)^\gamma (1 - p_k - \gamma p_k \log p_k)$, as for one logit",
            (
                Equal(
                    sp.diff(_at_label, z),
                    -((_R / (sp.exp(z) + _R)) ** gamma)
                    * (_R / (sp.exp(z) + _R) + gamma * _label_p * sp.log((sp.exp(z) + _R) / sp.exp(z))),
                ),
            ),
        ),
        Claim(
            "slope elsewhere",
            r"at another class it is that, with the sign turned, times $p_j/(1 - p_k)$",
            (
                Equal(
                    sp.diff(_at_other, z),
                    ((sp.exp(z) + _R) / _total) ** gamma
                    * ((sp.exp(z) + _R) / _total + gamma * _E / _total * sp.log(_total / _E))
                    * sp.exp(z)
                    / (sp.exp(z) + _R),
                ),
            ),
        ),
        Claim(
            "proper",
            r"proper: if the class has distribution $\eta$, the expected loss is smallest at $p = \eta$",
            (
                # Two classes: the focal loss of one logit.
                Equal(_at_label.subs(_R, 1), _positive),
                Fails(
                    sp.Le(_expected_slope.subs(p, sp.Rational(7, 10)), 0),
                    r"two classes, $\gamma = 2$, $\eta_1 = 0.7$: at $p = \eta$ the expected loss still falls as $p_1$ falls",
                ),
            ),
        ),
        Claim(
            "convex",
            r"$\ell$ is convex in $z$",
            (
                Equal(_at_label.subs(_R, 1), _positive),
                Fails(
                    sp.Ge(_bend_of_p.subs({gamma: 2, p: sp.Rational(1, 100)}), 0),
                    r"two classes, $\gamma = 2$, $p_k = 0.01$: the second derivative in $z_k$ is negative",
                ),
            ),
        ),
        Claim(
            "exp of the loss",
            r"$p_k = e^{-\ell}$ may be read off a cross entropy $\ell$ that is already multiplied by $\alpha_k$",
            (
                Fails(
                    sp.Eq(sp.exp(_HALF * sp.log(_HALF)), _HALF),
                    r"$p_k = \tfrac12$, $\alpha_k = \tfrac12$: $e^{-\ell} = \sqrt{1/2}$",
                ),
            ),
        ),
    ),
)
