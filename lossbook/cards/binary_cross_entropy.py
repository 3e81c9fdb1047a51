"""Binary cross entropy, of probabilities and of logits."""

import sympy as sp

from lossbook.cards.notation import p, sigmoid, w, y, z
from lossbook.proof import (
    Anchor,
    Bound,
    Card,
    Convex,
    Curvature,
    Gradient,
    Holds,
    Likelihood,
    Limit,
    Lipschitz,
    Monotone,
    Not,
    Proper,
    Range,
    Smooth,
    SpecialCase,
    Symmetric,
)

_ell = sp.Function("ell")
_UNIT, _OPEN, _POSITIVE = sp.Interval(0, 1), sp.Interval.open(0, 1), sp.Interval.open(0, sp.oo)
_HALF = sp.Rational(1, 2)
_entropy = -y * sp.log(y) - (1 - y) * sp.log(1 - y)

probabilities = Card(
    name="binary_cross_entropy",
    title="Binary cross entropy",
    symbol=_ell(p, y),
    formula=-y * sp.log(p) - (1 - y) * sp.log(1 - p),
    prediction=p,
    domain={p: _OPEN, y: _UNIT},
    claims=(
        Range(0, sp.oo),
        Likelihood(p**y * (1 - p) ** (1 - y)),
        Gradient((p - y) / (p * (1 - p))),
        Convex(strict=True),
        Proper(),
        Bound(_entropy, on={y: _OPEN}, by=Anchor(p, y), name="floor"),
        Holds(sp.Eq(_ell(y, y), _entropy), on={y: _OPEN}, name="floor is reached"),
        Symmetric({p: 1 - p, y: 1 - y}),
        Limit(p, 0, sp.oo, on={y: sp.Interval.Lopen(0, 1)}, name="unbounded"),
        Limit(p, 1, sp.oo, on={y: sp.Interval.Ropen(0, 1)}, name="unbounded above"),
        Not(Holds(sp.Le(_ell(y, y), 0)), {y: _HALF}, name="soft labels reach zero"),
    ),
)

_plain = {w: 1}

logits = Card(
    name="binary_cross_entropy_with_logits",
    title="Binary cross entropy of logits",
    symbol=_ell(z, y),
    formula=w * y * sp.log(1 + sp.exp(-z)) + (1 - y) * sp.log(1 + sp.exp(z)),
    prediction=z,
    domain={z: sp.Reals, y: _UNIT},
    params={w: _POSITIVE},
    defaults=_plain,
    claims=(
        SpecialCase({w: 1}, probabilities, link={p: sigmoid}, name="link"),
        Range(0, sp.oo),
        Gradient(sigmoid - y, given=_plain),
        Gradient(
            (1 - y) * sigmoid - w * y * sigmoid.subs(z, -z),
            name="weighted gradient",
        ),
        Curvature(sigmoid * (1 - sigmoid), given=_plain),
        Convex(strict=True),
        Smooth(sp.Rational(1, 4), sharp={z: 0}, given=_plain),
        Lipschitz(1, sharp=True, given=_plain),
        Proper(given=_plain),
        Symmetric({z: -z, y: 1 - y}, given=_plain),
        Limit(z, sp.oo, 0, given={y: 1}, name="limits"),
        Limit(z, -sp.oo, 0, of=_ell(z, y) + z, given={y: 1, w: 1}, name="linear far out"),
        Monotone(down=True, strict=True, given={y: 1}, name="decreasing"),
        Holds(sp.Eq(_ell(0, y), sp.log(2)), given=_plain, name="at zero"),
        Holds(sp.Ge(_ell(z, 1) / sp.log(2), 1), given=_plain, on={z: sp.Interval(-sp.oo, 0)}, name="bounds the error rate"),
        Limit(z, sp.oo, 0, of=sp.Derivative(_ell(z, y), (z, 2)), name="strongly convex"),
        Not(Proper(), {z: 0, w: 3}, name="pos_weight keeps the minimiser"),
    ),
)
