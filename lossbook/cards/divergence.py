"""Entropy, Kullback–Leibler and Jensen–Shannon divergence.

The claims hold for any number of classes: they are shown for one term, or for two groups of classes, and then summed.
"""

import sympy as sp

from lossbook.cards._card import AtLeast, Card, Claim, Equal, Fails, Tends
from lossbook.cards.notation import K, k, probs
from lossbook.cards.notation import target as model

_HALF, _QUARTER = sp.Rational(1, 2), sp.Rational(1, 4)
_middle = (probs[k] + model[k]) / 2


def over_classes(term):
    """Sum a term over the classes."""
    return sp.Sum(term, (k, 1, K))


_entropy = -over_classes(probs[k] * sp.log(probs[k]))
_kl = over_classes(probs[k] * sp.log(probs[k] / model[k]))
_js = over_classes(probs[k] * sp.log(probs[k] / _middle)) / 2 + over_classes(model[k] * sp.log(model[k] / _middle)) / 2


def information(share):
    """Evaluate −x log x, with 0 log 0 = 0."""
    share = sp.sympify(share)
    return -share * sp.log(share) if share else sp.S.Zero


def entropy(p):
    """Evaluate the entropy exactly."""
    return sp.Add(*map(information, p))


def cross_entropy(p, q):
    """Evaluate −Σ p log q exactly; a class that p leaves out counts 0."""
    return sp.Add(*(-sp.sympify(a) * sp.log(b) if b else sp.oo for a, b in zip(p, q, strict=True) if a))


def kl(p, q):
    """Evaluate the Kullback–Leibler divergence exactly."""
    terms = ((sp.sympify(a), sp.sympify(b)) for a, b in zip(p, q, strict=True) if a)
    return sp.Add(*(a * sp.log(a / b) if b else sp.oo for a, b in terms))


def js(p, q):
    """Evaluate the Jensen–Shannon divergence exactly."""
    middle = [(sp.sympify(a) + b) / 2 for a, b in zip(p, q, strict=True)]
    return (kl(p, middle) + kl(q, middle)) / 2


# One term of each sum. p, q > 0 stand for the probabilities of a class; P and Q for those of a group that it is in.
_p, _q, _r, _s, _P, _Q = sp.symbols("p q r s P Q", positive=True)
_x, _d, _judge = sp.symbols("x d D", positive=True)
_term = _p * sp.log(_p / _q)
_js_term = _p * sp.log(2 * _p / (_p + _q)) / 2 + _q * sp.log(2 * _q / (_p + _q)) / 2

# x log x ≥ x − 1: the difference is strictly convex, and it and its slope are 0 at x = 1.
_above = _x * sp.log(_x) - _x + 1
_TANGENT = (
    Equal(_above.subs(_x, 1), sp.S.Zero),
    Equal(sp.diff(_above, _x).subs(_x, 1), sp.S.Zero),
    AtLeast(sp.diff(_above, _x, 2), strict=True),
)
_TERM_IS_TANGENT = Equal(_q * _above.subs(_x, _p / _q), _term - _p + _q)

_two_classes = _p * sp.log(_p / _q) + (1 - _p) * sp.log((1 - _p) / (1 - _q))
_UNIT = sp.Interval.open(0, 1)

_SKEW = ((_HALF, _HALF), (_QUARTER, 3 * _QUARTER))
_SURE, _LEAN = (1, 0), (3 * _QUARTER, _QUARTER)


# The root of JS is a distance between functions of t: a term and the integral over ξ and τ have the same slopes.
_xi, _t = sp.symbols("xi t", positive=True)
_EMBEDDING = (
    Equal(sp.diff(-2 * sp.exp(-_xi * _t / 2) / _t, _xi), sp.exp(-_xi * _t / 2)),
    Equal(sp.diff(-sp.exp(-_x * _t) / _x, _t), sp.exp(-_x * _t)),
    Tends(sp.exp(-_x * _t), _t, sp.oo, sp.S.Zero),
    Equal(_js_term.subs(_q, _p), sp.S.Zero),
    Equal(sp.diff(_js_term, _q).subs(_q, _p), sp.S.Zero),
    Equal(sp.diff(_js_term, _p, _q), -1 / (2 * (_p + _q))),
)

# What the two sources have in common, with weights λ and 1 − λ.
_lambda = sp.Symbol("lambda", positive=True)
_mixture = _lambda * _p + (1 - _lambda) * _q
_weighted_term = _lambda * _p * sp.log(_p / _mixture) + (1 - _lambda) * _q * sp.log(_q / _mixture)

# A term is (p + q)/4 times this function of t = (p - q)/(p + q).
_parted = (1 + _d) * sp.log(1 + _d) + (1 - _d) * sp.log(1 - _d)
_generator = (_x * sp.log(2 * _x / (1 + _x)) + sp.log(2 / (1 + _x))) / 2


def _of_labels(said, true=3 * _QUARTER):
    """Evaluate the mean JS from the label to a forecast of two classes."""
    forecast = (said, 1 - said)
    return true * js((1, 0), forecast) + (1 - true) * js((0, 1), forecast)


_REFERENCE, _MODEL = sp.Symbol("p"), sp.Symbol("q")

uncertainty = Card(
    name="entropy",
    title="Entropy",
    symbol=sp.Function("H")(_REFERENCE),
    formula=_entropy,
    prediction=probs[k],
    domain={_p: sp.Interval.Lopen(0, 1), _q: _UNIT},
    evaluate=entropy,
    claims=(
        Claim(
            "non-negative",
            r"$H(p) \ge 0$: with $p = 1/x$ a term is $\tfrac1x \log x$, $x \ge 1$",
            (AtLeast(sp.log(1 + _d) / (1 + _d)),),
        ),
        Claim(
            "largest",
            r"$H(p) \le \log K$, with equality only at the uniform distribution: $\log K - H(p) = D(p \,\|\, u)$, $u_k = 1/K$",
            (Equal(_term.subs(_q, 1 / K), _p * sp.log(K) + _p * sp.log(_p)), _TERM_IS_TANGENT, *_TANGENT),
        ),
        Claim(
            "gradient",
            r"$\partial H/\partial p_k = -\log p_k - 1$",
            (Equal(sp.diff(-_p * sp.log(_p), _p), -sp.log(_p) - 1),),
        ),
        Claim(
            "concave",
            r"strictly concave: the second derivatives are $-1/p_k$",
            (AtLeast(sp.diff(_p * sp.log(_p), _p, 2), strict=True),),
        ),
        Claim(
            "limit",
            r"$-p \log p \to 0$ as $p \to 0$, so $0 \log 0 = 0$",
            (Tends(-_p * sp.log(_p), _p, sp.S.Zero, sp.S.Zero),),
        ),
        Claim(
            "steep at zero",
            r"the slope grows without bound as $p_k \to 0$",
            (Tends(-sp.log(_p) - 1, _p, sp.S.Zero, sp.oo),),
        ),
        Claim(
            "additive",
            r"the entropy of independent draws is the sum: $H(p \otimes r) = H(p) + H(r)$",
            (Equal(-_p * _r * sp.log(_p * _r), _r * (-_p * sp.log(_p)) + _p * (-_r * sp.log(_r))),),
        ),
        Claim(
            "untrained",
            r"the uniform model over 10 classes has cross entropy $\log 10 = 2.3026$, over 1000 classes $6.9078$",
            tuple(
                AtLeast(sp.Rational(5, 10**5), sp.Abs(sp.log(size) - sp.Rational(value)))
                for size, value in ((10, "2.3026"), (1000, "6.9078"))
            ),
        ),
        Claim(
            "uniform is minus log K",
            r"the entropy of the uniform distribution is $-\log K$",
            (Fails(sp.Eq(entropy((_HALF, _HALF)), -sp.log(2)), r"$K = 2$: $H = \log 2$, and no entropy is negative"),),
        ),
    ),
)

divergence = Card(
    name="kl_divergence",
    title="Kullback–Leibler divergence",
    symbol=sp.Function("D")(_REFERENCE, _MODEL),
    formula=_kl,
    prediction=model[k],
    domain={_p: _UNIT, _q: _UNIT},
    evaluate=kl,
    claims=(
        Claim(
            "non-negative",
            r"$D(p \,\|\, q) \ge 0$ for any number of classes: $p \log(p/q) - p + q = q\,\varphi(p/q)$ with "
            r"$\varphi(x) = x \log x - x + 1 \ge 0$, and $\sum (p - q) = 0$",
            (_TERM_IS_TANGENT, *_TANGENT),
        ),
        Claim(
            "zero only at equality",
            r"$D(p \,\|\, q) = 0$ only for $p = q$: $\varphi$ is strictly convex with its minimum 0 at $x = 1$",
            (Equal(_term.subs(_q, _p), sp.S.Zero), *_TANGENT),
        ),
        Claim(
            "cross entropy",
            r"$D(p \,\|\, q) = H(p, q) - H(p)$: for a fixed reference it has the gradient and the minimum of the cross entropy",
            (
                Equal(_term, -_p * sp.log(_q) - (-_p * sp.log(_p))),
                Equal(sp.diff(_term, _q), sp.diff(-_p * sp.log(_q), _q)),
            ),
        ),
        Claim(
            "proper",
            r"strictly proper: for a label drawn from $p$ it is $-\log q_k$, on average $D(p \,\|\, q) + H(p)$, whose only "
            r"minimum is at $q = p$",
            (Equal(-_p * sp.log(_q), _term - _p * sp.log(_p)), _TERM_IS_TANGENT, *_TANGENT),
        ),
        Claim("gradient", r"$\partial D/\partial q_k = -p_k/q_k$", (Equal(sp.diff(_term, _q), -_p / _q),)),
        Claim(
            "convex",
            r"convex in $q$: the second derivatives are $p_k/q_k^2$",
            (AtLeast(sp.diff(_term, _q, 2), strict=True),),
        ),
        Claim(
            "jointly convex",
            r"convex in $(p, q)$ together: the Hessian of a term has the diagonal $1/p$, $p/q^2$ and determinant 0",
            (
                AtLeast(sp.diff(_term, _p, 2)),
                AtLeast(sp.diff(_term, _q, 2)),
                Equal(sp.hessian(_term, (_p, _q)).det(), sp.S.Zero),
            ),
        ),
        Claim(
            "near equality",
            r"near $p = q$ it is half the $\chi^2$ distance, $\tfrac12 \sum (p - q)^2/q$: a term's Taylor series about $p = q$",
            (
                Equal((_term - _p + _q).subs(_p, _q), sp.S.Zero),
                Equal(sp.diff(_term - _p + _q, _p).subs(_p, _q), sp.S.Zero),
                Equal(sp.diff(_term, _p, 2).subs(_p, _q), 1 / _q),
            ),
        ),
        Claim(
            "merging",
            r"merging classes never raises it: the classes of a group with masses $P$, $Q$ have "
            r"$\sum p \log(p/q) = P \log(P/Q) + P\, D(p/P \,\|\, q/Q)$",
            (
                Equal(_term, _p * sp.log(_P / _Q) + _P * (_p / _P) * sp.log((_p / _P) / (_q / _Q))),
                _TERM_IS_TANGENT,
                *_TANGENT,
            ),
        ),
        Claim(
            "pinsker",
            r"$D(p \,\|\, q) \ge 2\,\mathrm{TV}(p, q)^2$, $\mathrm{TV} = \tfrac12 \sum |p - q|$. For two classes the slope in $q$ of "
            r"$D - 2(p - q)^2$ has the sign of $q - p$, and it is 0 at $q = p$; merging the classes with $p \ge q$, and the others, "
            r"keeps TV and does not raise $D$",
            (
                Equal(sp.diff(_two_classes - 2 * (_p - _q) ** 2, _q), (_q - _p) * (1 - 2 * _q) ** 2 / (_q * (1 - _q))),
                AtLeast((1 - 2 * _q) ** 2 / (_q * (1 - _q))),
                Equal((_two_classes - 2 * (_p - _q) ** 2).subs(_q, _p), sp.S.Zero),
                Equal(_term, _p * sp.log(_P / _Q) + _P * (_p / _P) * sp.log((_p / _P) / (_q / _Q))),
                *_TANGENT,
            ),
        ),
        Claim(
            "additive",
            r"independent draws add up: $D(p \otimes r \,\|\, q \otimes s) = D(p \,\|\, q) + D(r \,\|\, s)$",
            (Equal(_p * _r * sp.log(_p * _r / (_q * _s)), _r * (_p * sp.log(_p / _q)) + _p * (_r * sp.log(_r / _s))),),
        ),
        Claim(
            "unbounded",
            r"$D(p \,\|\, q) \to \infty$ where $q$ leaves out what $p$ has",
            (Tends(_two_classes.subs(_p, _HALF), _q, sp.S.Zero, sp.oo),),
        ),
        Claim(
            "symmetric",
            r"$D(p \,\|\, q) = D(q \,\|\, p)$",
            (
                Fails(
                    sp.Ge(kl(*_SKEW[::-1]), kl(*_SKEW)),
                    r"$p = (\tfrac12, \tfrac12)$, $q = (\tfrac14, \tfrac34)$: $D(p \,\|\, q) = \tfrac12 \log\tfrac43 = 0.144$, "
                    r"$D(q \,\|\, p) = \tfrac34 \log 3 - \log 2 = 0.131$",
                ),
            ),
        ),
        Claim(
            "triangle inequality",
            r"$D(p \,\|\, q) \le D(p \,\|\, m) + D(m \,\|\, q)$",
            (
                Fails(
                    sp.Le(
                        kl(_SURE, (_QUARTER, 3 * _QUARTER)),
                        kl(_SURE, (_HALF, _HALF)) + kl((_HALF, _HALF), (_QUARTER, 3 * _QUARTER)),
                    ),
                    r"$p = (1, 0)$, $m = (\tfrac12, \tfrac12)$, $q = (\tfrac14, \tfrac34)$: $\log 4 > \log 2 + \tfrac12\log\tfrac43$",
                ),
            ),
        ),
        Claim(
            "printed with the model's entropy",
            r"$D(q \,\|\, p) = -\sum q \log p + \sum p \log p$, as printed in one of the notes",
            (
                Fails(
                    sp.Ge(cross_entropy(_SURE, _LEAN) - entropy(_LEAN), 0),
                    r"$q = (1, 0)$, $p = (\tfrac34, \tfrac14)$: $-0.275$, but no divergence is negative; "
                    r"$-\sum q \log p + \sum q \log q = 0.288$",
                ),
            ),
        ),
        Claim(
            "above the model's entropy",
            r"the cross entropy $-\sum q \log p$ is at least the entropy of $p$",
            (
                Fails(
                    sp.Ge(cross_entropy(_SURE, _LEAN), entropy(_LEAN)),
                    r"$q = (1, 0)$, $p = (\tfrac34, \tfrac14)$: $0.288 < 0.562$; it is at least the entropy of $q$, which is averaged over",
                ),
            ),
        ),
        Claim(
            "always greater than one",
            r"$D(p \,\|\, q) > 1$ for $p \ne q$",
            (Fails(sp.Gt(kl(*_SKEW), 1), r"$p = (\tfrac12, \tfrac12)$, $q = (\tfrac14, \tfrac34)$: $0.144$"),),
        ),
    ),
)

symmetric = Card(
    name="js_divergence",
    title="Jensen–Shannon divergence",
    symbol=sp.Function("JS")(_REFERENCE, _MODEL),
    formula=_js,
    prediction=model[k],
    domain={_p: _UNIT, _q: _UNIT, _judge: _UNIT, _lambda: _UNIT, _d: _UNIT},
    evaluate=js,
    claims=(
        Claim(
            "symmetric",
            r"$\mathrm{JS}(p, q) = \mathrm{JS}(q, p)$",
            (Equal(_js_term.subs({_p: _q, _q: _p}, simultaneous=True), _js_term),),
        ),
        Claim(
            "non-negative",
            r"$\mathrm{JS}(p, q) \ge 0$: it is the mean of two Kullback–Leibler divergences, from $m = \tfrac12(p + q)$",
            (
                Equal(_js_term, _term.subs(_q, (_p + _q) / 2) / 2 + (_q * sp.log(_q / ((_p + _q) / 2))) / 2),
                _TERM_IS_TANGENT,
                *_TANGENT,
            ),
        ),
        Claim(
            "at most log 2",
            r"$\mathrm{JS}(p, q) \le \log 2$: a term is $\tfrac12 (p + q) \log 2$ less $\tfrac12 p \log(1 + q/p) + \tfrac12 q \log(1 + p/q)$",
            (
                Equal(
                    _js_term,
                    (_p + _q) * sp.log(2) / 2 - _p * sp.log(1 + _q / _p) / 2 - _q * sp.log(1 + _p / _q) / 2,
                ),
                AtLeast(sp.log(1 + _x)),
            ),
        ),
        Claim(
            "log 2 only for disjoint supports",
            r"$\mathrm{JS}(p, q) = \log 2$ where no class has both $p > 0$ and $q > 0$, and only there",
            (Equal(js((1, 0), (0, 1)), sp.log(2)), AtLeast(sp.log(1 + _x), strict=True)),
        ),
        Claim(
            "middle",
            r"no other distribution is nearer to both: $\tfrac12 D(p \,\|\, r) + \tfrac12 D(q \,\|\, r) = \mathrm{JS}(p, q) + D(m \,\|\, r)$",
            (
                Equal(
                    (_p * sp.log(_p / _r) + _q * sp.log(_q / _r)) / 2,
                    _js_term + (_p + _q) / 2 * sp.log((_p + _q) / (2 * _r)),
                ),
                _TERM_IS_TANGENT,
                *_TANGENT,
            ),
        ),
        Claim(
            "entropies",
            r"$\mathrm{JS}(p, q) = H(m) - \tfrac12 H(p) - \tfrac12 H(q)$, $m = \tfrac12 (p + q)$",
            (
                Equal(
                    _js_term,
                    -(_p + _q) / 2 * sp.log((_p + _q) / 2) + _p * sp.log(_p) / 2 + _q * sp.log(_q) / 2,
                ),
            ),
        ),
        Claim(
            "mutual information",
            r"with weights $\lambda$ and $1 - \lambda$ and $m = \lambda p + (1 - \lambda) q$: $\lambda D(p \,\|\, m) + (1 - \lambda) D(q \,\|\, m) = "
            r"H(m) - \lambda H(p) - (1 - \lambda) H(q)$, the mutual information of the source and what is drawn from it",
            (
                Equal(
                    _weighted_term,
                    -_mixture * sp.log(_mixture) + _lambda * _p * sp.log(_p) + (1 - _lambda) * _q * sp.log(_q),
                ),
                Equal(
                    _weighted_term,
                    _lambda * _p * sp.log(_lambda * _p / (_lambda * _mixture))
                    + (1 - _lambda) * _q * sp.log((1 - _lambda) * _q / ((1 - _lambda) * _mixture)),
                ),
                Equal(_weighted_term.subs(_lambda, _HALF), _js_term),
            ),
        ),
        Claim(
            "gradient",
            r"$\partial\,\mathrm{JS}/\partial q_k = \tfrac12 \log\bigl(2 q_k/(p_k + q_k)\bigr)$",
            (Equal(sp.diff(_js_term, _q), sp.log(2 * _q / (_p + _q)) / 2),),
        ),
        Claim(
            "convex",
            r"convex in $q$: the second derivatives are $p/(2q(p + q))$",
            (
                Equal(sp.diff(_js_term, _q, 2), _p / (2 * _q * (_p + _q))),
                AtLeast(sp.diff(_js_term, _q, 2), strict=True),
            ),
        ),
        Claim(
            "near equality",
            r"near $p = q$ it is an eighth of the $\chi^2$ distance, $\tfrac18 \sum (p - q)^2/q$, and a quarter of either divergence: "
            r"a term's Taylor series about $p = q$",
            (
                Equal(_js_term.subs(_p, _q), sp.S.Zero),
                Equal(sp.diff(_js_term, _p).subs(_p, _q), sp.S.Zero),
                Equal(sp.diff(_js_term, _p, 2).subs(_p, _q), 1 / (4 * _q)),
                Equal(sp.diff(_js_term, _p, 2).subs(_p, _q), sp.diff(_term, _p, 2).subs(_p, _q) / 4),
            ),
        ),
        Claim(
            "no pull on a class given up",
            r"as $q_k \to 0$ the slope goes to $-\infty$, but $q_k$ times the slope, which is what reaches the logit, goes to 0",
            (
                Tends(sp.log(2 * _q / (_p + _q)) / 2, _q, sp.S.Zero, -sp.oo),
                Tends(_q * sp.log(2 * _q / (_p + _q)) / 2, _q, sp.S.Zero, sp.S.Zero),
            ),
        ),
        Claim(
            "merging",
            r"an $f$-divergence: a term is $q f(p/q)$, $f(x) = \tfrac12 \bigl(x \log \tfrac{2x}{1 + x} + \log \tfrac{2}{1 + x}\bigr)$ strictly "
            r"convex, $f(1) = 0$; so merging classes never raises it",
            (
                Equal(_js_term, _q * _generator.subs(_x, _p / _q)),
                Equal(_generator.subs(_x, 1), sp.S.Zero),
                Equal(sp.diff(_generator, _x, 2), 1 / (2 * _x * (1 + _x))),
                AtLeast(1 / (2 * _x * (1 + _x)), strict=True),
            ),
        ),
        Claim(
            "contrast",
            r"a term is $\tfrac14 (p + q)\bigl((1 + t)\log(1 + t) + (1 - t)\log(1 - t)\bigr)$ with $t = (p - q)/(p + q)$",
            (
                Equal(
                    _js_term,
                    (_p + _q)
                    * sum(
                        (1 + sign * (_p - _q) / (_p + _q)) * sp.log(sp.factor(1 + sign * (_p - _q) / (_p + _q)))
                        for sign in (1, -1)
                    )
                    / 4,
                ),
            ),
        ),
        Claim(
            "total variation",
            r"$\tfrac12 \mathrm{TV}(p, q)^2 \le \mathrm{JS}(p, q) \le \mathrm{TV}(p, q) \log 2$: the function of $t$ above is even, convex, at least "
            r"$t^2$, and $2 \log 2$ at $t = 1$",
            (
                Equal(_parted.subs(_d, -_d), _parted),
                Equal(_parted.subs(_d, 0), sp.S.Zero),
                Equal(sp.diff(_parted, _d).subs(_d, 0), sp.S.Zero),
                Equal(sp.diff(_parted, _d, 2), 2 + 2 * _d**2 / (1 - _d**2)),
                AtLeast(2 * _d**2 / (1 - _d**2), strict=True),
                Tends(_parted, _d, sp.S.One, 2 * sp.log(2)),
            ),
        ),
        Claim(
            "GAN",
            r"the best discriminator is $p/(p + q)$, and at it $\sum p \log D + \sum q \log(1 - D) = -\log 4 + 2\,\mathrm{JS}(p, q)$",
            (
                Equal(
                    sp.diff(_p * sp.log(_judge) + _q * sp.log(1 - _judge), _judge).subs(_judge, _p / (_p + _q)),
                    sp.S.Zero,
                ),
                AtLeast(_p / _judge**2 + _q / (1 - _judge) ** 2, strict=True),
                Equal(
                    sp.diff(_p * sp.log(_judge) + _q * sp.log(1 - _judge), _judge, 2),
                    -_p / _judge**2 - _q / (1 - _judge) ** 2,
                ),
                Equal(_p * sp.log(_p / (_p + _q)) + _q * sp.log(_q / (_p + _q)), -(_p + _q) * sp.log(2) + 2 * _js_term),
            ),
        ),
        Claim(
            "root is a metric",
            r"$\sqrt{\mathrm{JS}}$ satisfies the triangle inequality: a term is $\tfrac14 \int_p^q \! \int_p^q \frac{d\xi\,d\tau}{\xi + \tau} = "
            r"\tfrac12 \int_0^\infty (e^{-pt/2} - e^{-qt/2})^2\, \frac{dt}{t^2}$, a squared distance of functions",
            _EMBEDDING,
        ),
        Claim(
            "triangle inequality",
            r"$\mathrm{JS}(p, q) \le \mathrm{JS}(p, m) + \mathrm{JS}(m, q)$",
            (
                Fails(
                    sp.Le(js((1, 0), (0, 1)), js((1, 0), (_HALF, _HALF)) + js((_HALF, _HALF), (0, 1))),
                    r"$p = (1, 0)$, $m = (\tfrac12, \tfrac12)$, $q = (0, 1)$: $0.693 > 0.216 + 0.216$",
                ),
            ),
        ),
        Claim(
            "infinite when the supports are disjoint",
            r"the divergence of distributions without a common class is infinite",
            (
                Fails(
                    sp.Eq(js((1, 0), (0, 1)), sp.oo),
                    r"$p = (1, 0)$, $q = (0, 1)$: $\log 2$, the largest value there is",
                ),
            ),
        ),
        Claim(
            "proper",
            r"averaged over labels, $\mathrm{JS}$ from the one-hot label to the forecast is least at the true probabilities",
            (
                Fails(
                    sp.Le(_of_labels(3 * _QUARTER), _of_labels(sp.Rational(7, 8))),
                    r"$\eta = \tfrac34$: the forecast $\tfrac34$ costs $0.167$, the forecast $\tfrac78$ only $0.158$",
                ),
            ),
        ),
    ),
)
