"""Entropy, Kullback–Leibler and Jensen–Shannon divergence, of any number of classes.

The domains are open where a formula would be infinite or have no slope; ``evaluate`` takes zeros too, at their limits.
"""

from functools import lru_cache

import sympy as sp

from lossbook.cards.notation import K, k, probs
from lossbook.cards.notation import target as model
from lossbook.proof import (
    Anchor,
    Bound,
    Card,
    Convex,
    Curvature,
    Each,
    Gradient,
    Holds,
    Limit,
    Merging,
    Misprint,
    Not,
    Proper,
    Range,
    RootMetric,
    Simplex,
    Spread,
    Symmetric,
    Taylor,
    Tensorises,
    Value,
    ZeroOnlyAt,
)

third = sp.IndexedBase("h", real=True)
"""A third distribution, over the same classes."""

answers = sp.IndexedBase("a", real=True)
"""What a discriminator answers: a_k is the probability with which it says that class k was drawn from p."""

_HALF, _QUARTER = sp.Rational(1, 2), sp.Rational(1, 4)
_OPEN = Simplex(open=True)
_p, _q, _h = probs[k], model[k], third[k]
_middle = (_p + _q) / 2


def over_classes(term):
    """Sum a term over the classes."""
    return sp.Sum(term, (k, 1, K))


@lru_cache
def _at_zeros(term, zeros):
    """Return the limit of a term as its entries in ``zeros`` go to 0, the first of them first: 0 log (0/0) = 0."""
    named = {e: sp.Dummy(str(e), positive=True) for e in term.atoms(sp.Indexed)}
    written = term.xreplace(named)
    for entry in zeros:
        written = sp.limit(written, named[entry], 0, "+")
    return written.xreplace({symbol: entry for entry, symbol in named.items()})


def _evaluate(bases):
    """Build an evaluator that writes the sums of a formula out for given distributions."""

    def evaluate(formula, *distributions):
        arrays = [tuple(map(sp.sympify, d)) for d in distributions]

        def written(total):
            index = total.limits[0][0]
            found = []
            for entries in zip(*arrays, strict=True):
                values = {base[index]: entry for base, entry in zip(bases, entries, strict=True)}
                zeros = tuple(e for e in values if values[e] == 0 and total.function.has(e))
                found.append((_at_zeros(total.function, zeros) if zeros else total.function).xreplace(values))
            return sp.Add(*found)

        return formula.replace(lambda e: isinstance(e, sp.Sum), written).xreplace({K: sp.Integer(len(arrays[0]))})

    return evaluate


def cross_entropy(p, q):
    """Evaluate −Σ p log q exactly; a class that p leaves out counts 0."""
    return _evaluate((probs, model))(-over_classes(_p * sp.log(_q)), p, q)


def _entropy_of(share):
    return -over_classes(share * sp.log(share))


# Distributions as whole arguments, for instances in numbers.
_P, _Q, _M = sp.symbols("p q h")
_H, _D, _JS = (sp.Function(name) for name in ("H", "D", r"\mathrm{JS}"))
_entropy = _entropy_of(_p)
_kl = over_classes(_p * sp.log(_p / _q))
_js = over_classes(_p * sp.log(_p / _middle)) / 2 + over_classes(_q * sp.log(_q / _middle)) / 2
_uniform = {probs: 1 / K}
_numbers = {K: sp.Range(1, sp.oo)}
_variation = over_classes(sp.Abs(_p - _q)) / 2
_chi = over_classes((_p - _q) ** 2 / _q)
_SURE, _LEAN, _EVEN, _LOW = (1, 0), (3 * _QUARTER, _QUARTER), (_HALF, _HALF), (_QUARTER, 3 * _QUARTER)


def _slope(value, entry):
    return sp.Derivative(value, entry, evaluate=False)


uncertainty = Card(
    name="entropy",
    title="Entropy",
    symbol=_H(probs),
    formula=_entropy,
    prediction=_p,
    domain={probs: Simplex()} | _numbers,
    evaluator=_evaluate((probs,)),
    claims=(
        Range(0, sp.log(K), high_at=_uniform, by=Anchor(_p, 1 / K), name="non-negative"),
        ZeroOnlyAt(probs, 1 / K, of=sp.log(K) - _H(probs), name="largest"),
        Gradient(-sp.log(_p) - 1, on={probs: _OPEN}),
        Curvature(-1 / _p, on={probs: _OPEN}),
        Convex(concave=True, strict=True, on={probs: _OPEN}, name="concave"),
        Limit(_p, 0, 0, of=_p * (_slope(_H(probs), _p) + 1), shown=-_p * sp.log(_p), name="limit"),
        Limit(_p, 0, sp.oo, of=_slope(_H(probs), _p), name="steep at zero"),
        Tensorises(),
        Value(_uniform | {K: 10}, "2.3026", name="untrained"),
        Value(_uniform | {K: 1000}, "6.9078", name="untrained of many classes"),
        Not(Holds(sp.Eq(_H(probs), -sp.log(K)), given=_uniform), {K: 2}, name="uniform is minus log K"),
    ),
)

_PRINTED = -over_classes(_p * sp.log(_q)) + over_classes(_q * sp.log(_q))

divergence = Card(
    name="kl_divergence",
    title="Kullback–Leibler divergence",
    symbol=_D(probs, model),
    formula=_kl,
    prediction=_q,
    domain={model: _OPEN, probs: Simplex()} | _numbers,
    evaluator=_evaluate((probs, model)),
    claims=(
        Range(0, sp.oo, name="non-negative"),
        ZeroOnlyAt(probs, model),
        Holds(sp.Eq(_D(probs, model), -over_classes(_p * sp.log(_q)) - _entropy), name="cross entropy"),
        Proper(),
        Gradient(-_p / _q),
        Curvature(_p / _q**2),
        Curvature(1 / _p, var=_p, on={probs: _OPEN}, name="curvature of the reference"),
        Convex(),
        Convex(strict=True, on={probs: _OPEN}, name="strictly convex"),
        Convex(var=(_p, _q), name="jointly convex"),
        Taylor({probs: model}, _chi / 2),
        Merging(),
        Bound(2 * _variation**2, by=Spread((_p + 2 * _q) / 3), name="pinsker"),
        Bound(_chi, above=True, name="chi squared"),
        Bound(over_classes((sp.sqrt(_p) - sp.sqrt(_q)) ** 2), name="hellinger"),
        Tensorises(),
        Limit(_q, 0, sp.oo, on={probs: _OPEN}, name="unbounded"),
        Not(Symmetric({probs: model, model: probs}), {probs: _EVEN, model: _LOW}),
        Not(
            Holds(sp.Le(_D(_P, _Q), _D(_P, _M) + _D(_M, _Q))),
            {_P: _SURE, _M: _EVEN, _Q: _LOW},
            name="triangle inequality",
        ),
        Misprint(_PRINTED, {probs: _SURE, model: _LEAN}, name="printed with the model's entropy"),
        Not(
            Holds(sp.Ge(_D(probs, model) + _entropy, _entropy_of(_q))),
            {probs: (sp.Rational(9, 10), sp.Rational(1, 10)), model: _LEAN},
            name="above the model's entropy",
        ),
        Not(Holds(sp.Gt(_D(probs, model), 1)), {probs: _EVEN, model: _LOW}, name="always greater than one"),
    ),
)

_contrast = (_p - _q) / (_p + _q)
_xi = sp.Symbol("xi", positive=True)

symmetric = Card(
    name="js_divergence",
    title="Jensen–Shannon divergence",
    symbol=_JS(probs, model),
    formula=_js,
    prediction=_q,
    domain={model: Simplex(), probs: Simplex()} | _numbers,
    evaluator=_evaluate((probs, model)),
    claims=(
        Symmetric({probs: model, model: probs}),
        Range(0, sp.log(2)),
        ZeroOnlyAt(probs, model),
        Holds(
            sp.And(
                sp.Le(over_classes(sp.Min(_p, _q)) * sp.log(2), sp.log(2) - _JS(probs, model)),
                sp.Le(sp.log(2) - _JS(probs, model), over_classes(sp.sqrt(_p * _q))),
            ),
            name="log 2 only for disjoint supports",
            remark="Both sums are 0 where no class has both $p_k > 0$ and $q_k > 0$, and only there.",
        ),
        Holds(
            sp.Eq(
                over_classes(_p * sp.log(_p / _h)) / 2 + over_classes(_q * sp.log(_q / _h)) / 2,
                _JS(probs, model) + over_classes(_middle * sp.log(_middle / _h)),
            ),
            on={third: _OPEN},
            name="middle",
        ),
        Holds(
            sp.Eq(
                _JS(probs, model),
                _entropy_of(_middle) - _entropy / 2 - _entropy_of(_q) / 2,
            ),
            name="entropies",
        ),
        Holds(
            sp.Eq(
                _JS(probs, model),
                sp.log(2) + _entropy_of(_middle) - _entropy_of(_p / 2) - _entropy_of(_q / 2),
            ),
            name="mutual information",
            remark="A fair coin chooses the source: the entropies of coin and draw, less that of both together.",
        ),
        Gradient(sp.log(2 * _q / (_p + _q)) / 2, on={model: _OPEN}),
        Curvature(_p / (2 * _q * (_p + _q)), on={model: _OPEN}),
        Convex(on={model: _OPEN}),
        Convex(var=(_p, _q), on={model: _OPEN}, name="jointly convex"),
        Taylor({probs: model}, _chi / 8),
        Limit(_q, 0, -sp.oo, of=_slope(_JS(probs, model), _q), on={probs: _OPEN}, name="steep at zero"),
        Limit(_q, 0, 0, of=_q * _slope(_JS(probs, model), _q), on={probs: _OPEN}, name="no pull on a class given up"),
        Merging(),
        Holds(
            sp.Eq(
                _JS(probs, model),
                over_classes(
                    (_p + _q) * ((1 + _contrast) * sp.log(1 + _contrast) + (1 - _contrast) * sp.log(1 - _contrast)) / 4
                ),
            ),
            on={model: _OPEN, probs: _OPEN},
            name="contrast",
        ),
        Holds(
            sp.And(sp.Le(_variation**2 / 2, _JS(probs, model)), sp.Le(_JS(probs, model), _variation * sp.log(2))),
            by=Spread(_middle),
            name="total variation",
        ),
        Bound(
            over_classes((_p - _q) * sp.log(_p / _q)) / 4,
            above=True,
            on={model: _OPEN, probs: _OPEN},
            name="jeffreys",
        ),
        Holds(
            sp.And(
                sp.Le(
                    over_classes(_p * sp.log(answers[k])) + over_classes(_q * sp.log(1 - answers[k])),
                    2 * _JS(probs, model) - sp.log(4),
                ),
                sp.Eq(
                    over_classes(_p * sp.log(_p / (_p + _q))) + over_classes(_q * sp.log(1 - _p / (_p + _q))),
                    2 * _JS(probs, model) - sp.log(4),
                ),
            ),
            on={answers: Each(sp.Interval.open(0, 1)), model: _OPEN, probs: _OPEN},
            by=Anchor(answers[k], _p / (_p + _q)),
            name="GAN",
        ),
        RootMetric(sp.exp(-_xi * _p / 2) / 2, over=_xi),
        Not(
            Holds(sp.Le(_JS(_P, _Q), _JS(_P, _M) + _JS(_M, _Q))),
            {_P: (1, 0), _M: _EVEN, _Q: (0, 1)},
            name="triangle inequality",
        ),
        Not(
            Holds(sp.Eq(_JS(_P, _Q), sp.oo)),
            {_P: (1, 0), _Q: (0, 1)},
            name="infinite when the supports are disjoint",
        ),
        Not(Proper(), {model: (sp.Rational(7, 8), sp.Rational(1, 8)), probs: _LEAN}),
    ),
)
