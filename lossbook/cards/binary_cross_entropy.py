"""Binary cross entropy, of probabilities and of logits."""

import sympy as sp

from lossbook.cards._card import AtLeast, Card, Claim, Equal, Fails, Tends
from lossbook.cards.notation import eta, p, sigmoid, w, y, z

_UNIT = sp.Interval(0, 1)
_OPEN = sp.Interval.open(0, 1)
_HALF = sp.Rational(1, 2)
_ENTROPY = -y * sp.log(y) - (1 - y) * sp.log(1 - y)

_bce = -y * sp.log(p) - (1 - y) * sp.log(1 - p)
_with_logits = w * y * sp.log(1 + sp.exp(-z)) + (1 - y) * sp.log(1 + sp.exp(z))
_plain = _with_logits.subs(w, 1)
_slope = sp.diff(_plain, z)
_bend = sp.diff(_plain, z, 2)

probabilities = Card(
    name="binary_cross_entropy",
    title="Binary cross entropy",
    symbol=sp.Function("ell")(p, y),
    formula=_bce,
    prediction=p,
    domain={p: _OPEN, y: _UNIT},
    claims=(
        Claim("non-negative", r"$\ell(p, y) \ge 0$", (AtLeast(_bce),)),
        Claim(
            "gradient",
            r"$\partial\ell/\partial p = (p - y)\,/\,(p(1 - p))$",
            (Equal(sp.diff(_bce, p), (p - y) / (p * (1 - p))),),
        ),
        Claim("convex", r"$\ell$ is strictly convex in $p$", (AtLeast(sp.diff(_bce, p, 2), strict=True),)),
        Claim(
            "proper",
            r"strictly proper: if the label is 1 with probability $\eta$, the expected loss has its only minimum at $p = \eta$",
            (
                Equal(eta * _bce.subs(y, 1) + (1 - eta) * _bce.subs(y, 0), _bce.subs(y, eta)),
                Equal(sp.diff(_bce.subs(y, eta), p).subs(p, eta), sp.S.Zero),
                AtLeast(sp.diff(_bce, p, 2), strict=True),
            ),
        ),
        Claim(
            "floor",
            r"the smallest loss for a target $y$ is its entropy, $-y\log y - (1 - y)\log(1 - y)$",
            (
                Equal(_bce.subs(p, y), _ENTROPY),
                Equal(sp.diff(_bce, p).subs(p, y), sp.S.Zero),
                AtLeast(sp.diff(_bce, p, 2), strict=True),
            ),
        ),
        Claim(
            "symmetric",
            r"$\ell(1 - p, 1 - y) = \ell(p, y)$",
            (Equal(_bce.subs({p: 1 - p, y: 1 - y}, simultaneous=True), _bce),),
        ),
        Claim(
            "unbounded",
            r"$\ell \to \infty$ where a label is given probability 0",
            (Tends(_bce.subs(y, 1), p, sp.S.Zero, sp.oo), Tends(_bce.subs(y, 0), p, sp.S.One, sp.oo)),
        ),
        Claim(
            "soft labels reach zero",
            r"for every target there is a prediction with loss 0",
            (
                Fails(
                    sp.Le(_bce.subs({p: _HALF, y: _HALF}), 0),
                    r"$y = \tfrac12$: the smallest loss is $\ell(\tfrac12, \tfrac12) = \log 2$",
                ),
            ),
        ),
    ),
)

logits = Card(
    name="binary_cross_entropy_with_logits",
    title="Binary cross entropy of logits",
    symbol=sp.Function("ell")(z, y),
    formula=_with_logits,
    prediction=z,
    domain={z: sp.Reals, y: _UNIT, w: sp.Interval.open(0, sp.oo)},
    defaults={w: sp.S.One},
    claims=(
        Claim(
            "link",
            r"$\ell(z, y)$ is the binary cross entropy of $p = \sigma(z)$ ($w_+ = 1$)",
            (Equal(_bce.subs(p, sigmoid), _plain),),
        ),
        Claim("non-negative", r"$\ell(z, y) \ge 0$", (AtLeast(_with_logits),)),
        Claim("gradient", r"$\partial\ell/\partial z = \sigma(z) - y$ ($w_+ = 1$)", (Equal(_slope, sigmoid - y),)),
        Claim(
            "weighted gradient",
            r"$\partial\ell/\partial z = (1 - y)\,\sigma(z) - w_+\, y\,\sigma(-z)$",
            (Equal(sp.diff(_with_logits, z), (1 - y) * sigmoid - w * y * sigmoid.subs(z, -z)),),
        ),
        Claim(
            "curvature",
            r"$\partial^2\ell/\partial z^2 = \sigma(z)\,(1 - \sigma(z))$ ($w_+ = 1$)",
            (Equal(_bend, sigmoid * (1 - sigmoid)),),
        ),
        Claim("convex", r"$\ell$ is strictly convex in $z$ ($w_+ = 1$)", (AtLeast(_bend, strict=True),)),
        Claim(
            "smooth",
            r"the curvature is at most $\tfrac14$, at $z = 0$",
            (AtLeast(sp.Rational(1, 4), _bend), Equal(_bend.subs(z, 0), sp.Rational(1, 4))),
        ),
        Claim(
            "lipschitz",
            r"the slope stays within $[-1, 1]$",
            (AtLeast(_slope, sp.S.NegativeOne), AtLeast(sp.S.One, _slope)),
        ),
        Claim(
            "proper",
            r"strictly proper: if the label is 1 with probability $\eta$, the expected loss has its only minimum at $\sigma(z) = \eta$",
            (
                Equal(eta * _plain.subs(y, 1) + (1 - eta) * _plain.subs(y, 0), _plain.subs(y, eta)),
                Equal(_slope.subs(y, eta).subs(z, sp.log(eta / (1 - eta))), sp.S.Zero),
                AtLeast(_bend, strict=True),
            ),
        ),
        Claim(
            "symmetric",
            r"$\ell(-z, 1 - y) = \ell(z, y)$ ($w_+ = 1$)",
            (Equal(_plain.subs({z: -z, y: 1 - y}, simultaneous=True), _plain),),
        ),
        Claim(
            "limits",
            r"for $y = 1$: $\ell \to 0$ as $z \to \infty$, and $\ell + z \to 0$ as $z \to -\infty$",
            (Tends(_plain.subs(y, 1), z, sp.oo, sp.S.Zero), Tends(_plain.subs(y, 1) + z, z, -sp.oo, sp.S.Zero)),
        ),
        Claim(
            "bounds the error rate",
            r"$\ell / \log 2$ is at least the 0–1 loss: it decreases in $z$ for $y = 1$, and is 1 at $z = 0$",
            (AtLeast(-_slope.subs(y, 1), strict=True), Equal(_plain.subs({y: 1, z: 0}) / sp.log(2), sp.S.One)),
        ),
        Claim(
            "strongly convex",
            r"the curvature is bounded below by a positive number",
            (Fails(sp.Gt(sp.limit(_bend, z, sp.oo), 0), r"$\sigma(z)(1 - \sigma(z)) \to 0$ as $z \to \infty$"),),
        ),
        Claim(
            "pos_weight keeps the minimiser",
            r"$w_+ \ne 1$ leaves the minimiser at $\sigma(z) = \eta$",
            (
                Fails(
                    sp.Eq(sp.diff(_with_logits, z).subs({y: _HALF, w: 3, z: 0}), 0),
                    r"$\eta = \tfrac12$, $w_+ = 3$: the slope at $\sigma(z) = \tfrac12$ is $-\tfrac12$; the minimum is at $\sigma(z) = \tfrac34$",
                ),
            ),
        ),
    ),
)
