"""Cross entropy of several classes, the negative log-likelihood, and the balanced binary cross entropy.

What holds for every number of classes is shown with S = e^z + R: z is the score of the class in question, and R > 0 the
sum of all the other exponentials. ``cross_entropy``, ``nll`` take the formulas at their word, in exact arithmetic.
"""

import sympy as sp

from lossbook.cards._card import AtLeast, Card, Claim, Equal, Exhaust, Fails, Tends
from lossbook.cards.divergence import divergence
from lossbook.cards.notation import K, alpha, epsilon, eta, i, j, k, n_neg, n_pos, scores, sigmoid, weights, y, z
from lossbook.cards.notation import target as q

_REALS, _UNIT, _OPEN = sp.Reals, sp.Interval(0, 1), sp.Interval.open(0, 1)
_POSITIVE = sp.Interval.open(0, sp.oo)
_TENTH, _HALF = sp.Rational(1, 10), sp.Rational(1, 2)

_ce = -sp.Sum(
    weights[k]
    * ((1 - epsilon) * q[k] + epsilon / K)
    * sp.log(sp.exp(scores[k]) / sp.Sum(sp.exp(scores[j]), (j, 1, K))),
    (k, 1, K),
)
_log_probs = sp.IndexedBase(r"\log{p}", nonpositive=True)
_nll = -weights[k] * _log_probs[k]


def cross_entropy(logits, target, weight=None, smoothing=0):
    """Evaluate the loss of one element by its definition; ``target`` is a distribution."""
    total = sum(sp.exp(score) for score in logits)
    size = len(logits)
    return -sum(
        weight * ((1 - smoothing) * share + smoothing * sp.Rational(1, size)) * sp.log(sp.exp(score) / total)
        for weight, share, score in zip(weight or [1] * size, target, logits, strict=True)
    )


def one_hot(label, size):
    """Return the distribution that a label stands for."""
    return [int(c == label) for c in range(size)]


def nll(log_probs, label, weight=None):
    """Evaluate the negative log-likelihood of one element by its definition."""
    return -(weight or [1] * len(log_probs))[label] * log_probs[label]


# One class against the rest: S = e^z + R, and with a second class, S = e^a + e^b + R.
_R, _S, _U = sp.symbols("R S U", positive=True)
_a, _b, _c, _v = sp.symbols("a b c v", real=True)
_gap, _excess = sp.symbols("g h", nonnegative=True)
_q, _w = sp.Symbol("q", nonnegative=True), sp.Symbol("w", positive=True)
_one = sp.log(sp.exp(z) + _R)
_two = sp.log(sp.exp(_a) + sp.exp(_b) + _R)
_p = sp.exp(z) / (sp.exp(z) + _R)
_p_a, _p_b = (sp.exp(s) / (sp.exp(_a) + sp.exp(_b) + _R) for s in (_a, _b))

# The target of the true class and of each other one, with the labels smoothed.
_hit, _miss = 1 - epsilon + epsilon / K, epsilon / K
_floor = -_hit * sp.log(_hit) - (K - 1) * _miss * sp.log(_miss)
_floor_1000 = _floor.subs({epsilon: _TENTH, K: 1000})
_smooth_all, _smooth_others = _TENTH / 5, _TENTH / 4


def _symbols(name, size, **assumptions):
    return sp.symbols(f"{name}1:{size + 1}", **assumptions)


def _is_variance(size):
    """Σp Σp v² − (Σ p v)² = Σ_{i<j} p_i p_j (v_i − v_j)²: with Σp = 1, the variance of v."""
    p, v = _symbols("p", size), _symbols("v", size)
    mean = sum(s * t for s, t in zip(p, v, strict=True))
    squares = sum(s * t**2 for s, t in zip(p, v, strict=True))
    pairs = sum(p[s] * p[t] * (v[s] - v[t]) ** 2 for s in range(size) for t in range(s))
    return sp.expand(sum(p) * squares - mean**2 - pairs) == 0


def _slope_is_p_minus_q(size):
    """Compare the gradient for a target in symbols, which sums to 1: its last share is 1 − the others."""
    logits, shares = _symbols("z", size, real=True), _symbols("q", size)
    shares = [*shares[:-1], 1 - sum(shares[:-1])]
    loss = cross_entropy(logits, shares)
    total = sum(map(sp.exp, logits))
    return all(
        sp.simplify(sp.diff(loss, score) - (sp.exp(score) / total - share)) == 0
        for score, share in zip(logits, shares, strict=True)
    )


def _is_the_formula(size):
    """Compare the definition in code with the printed formula."""
    logits, shares, factors = (_symbols(name, size, positive=True) for name in "zqw")
    values = {
        base[n + 1]: s
        for base, given in ((scores, logits), (q, shares), (weights, factors))
        for n, s in enumerate(given)
    }
    return sp.simplify(_ce.subs(K, size).doit().subs(values) - cross_entropy(logits, shares, factors, epsilon)) == 0


cross_entropy_card = Card(
    name="cross_entropy",
    title="Cross entropy",
    symbol=sp.Function("ell")(sp.Symbol("z"), sp.Symbol("q")),
    formula=_ce,
    prediction=scores[i],
    domain={
        z: _REALS,
        _a: _REALS,
        _b: _REALS,
        _R: _POSITIVE,
        _S: _POSITIVE,
        _U: _POSITIVE,
        _w: _POSITIVE,
        epsilon: _OPEN,
        _q: _UNIT,
    },
    defaults={weights[k]: sp.S.One, epsilon: sp.S.Zero},
    evaluate=cross_entropy,
    claims=(
        Claim(
            "definition",
            r"the formula, with all its sums, is what the tests evaluate exactly",
            (Exhaust(lambda: range(1, 5), _is_the_formula, "1 to 4 classes, in symbols"),),
        ),
        Claim(
            "composition",
            r"for a label $k$, $\ell = \log\sum_j e^{z_j} - z_k$: the negative log-likelihood of the log-softmax",
            (Equal(-sp.log(sp.exp(z) / _S), sp.log(_S) - z),),
        ),
        Claim(
            "non-negative",
            r"$\ell \ge 0$: the probability $e^{z_k}/(e^{z_k} + R)$ is below 1 for every number of classes",
            (AtLeast(sp.S.One, _p, strict=True), AtLeast(_p, strict=True)),
        ),
        Claim(
            "gradient",
            r"$\partial\ell/\partial z_i = p_i - q_i$ (all weights 1, $\varepsilon = 0$)",
            (
                # Any number of classes: the label itself, and another class, whose R contains the label's term.
                Equal(sp.diff(_one - z, z), _p - 1),
                Equal(sp.diff(_one - _c, z), _p),
                Exhaust(lambda: range(1, 4), _slope_is_p_minus_q, "1 to 3 classes with any target, in symbols"),
            ),
        ),
        Claim(
            "slope at the label",
            r"at the label the slope is $-\sum_{j \ne k} p_j$, which does not cancel as $p_k - 1$ does",
            (Equal(_p - 1, -_R / (sp.exp(z) + _R)),),
        ),
        Claim(
            "curvature",
            r"the Hessian is $\operatorname{diag}(p) - p p^\top$",
            (
                Equal(sp.diff(_two, _a, 2), _p_a * (1 - _p_a)),
                Equal(sp.diff(_two, _a, _b), -_p_a * _p_b),
            ),
        ),
        Claim(
            "convex",
            r"$\ell$ is convex in $z$: $v^\top H v = \sum_{i<j} p_i p_j (v_i - v_j)^2$, 0 only where all $v_i$ are equal",
            (
                AtLeast(_p_a * _p_b * (_a - _b) ** 2),
                Exhaust(lambda: range(1, 8), _is_variance, "1 to 7 classes, in symbols"),
            ),
        ),
        Claim(
            "bounded curvature",
            r"$H \preceq \tfrac12 (I - \mathbf 1\mathbf 1^\top / K)$: with $M$ and $m$ the largest and the smallest $v_i$, "
            r"$v^\top H v \le \tfrac14 (M - m)^2 \le \tfrac12 \sum_i (v_i - \bar v)^2$",
            (
                # A variance is at most the mean square about the middle c of the range: E(v − c)² = variance + (μ − c)².
                Equal((_S - 2 * _c * _a + _c**2) - (_S - _a**2), (_a - _c) ** 2),
                # (M − m)²/4 − (v − c)² = (M − v)(v − m) ≥ 0, with g = M − v and h = v − m.
                Equal(((_gap + _excess) / 2) ** 2 - (_v - (_v + (_gap - _excess) / 2)) ** 2, _gap * _excess),
                AtLeast(_gap * _excess),
                # Two of the squares about the mean: x² + y² = ((x − y)² + (x + y)²)/2.
                Equal(_a**2 + _b**2, ((_a - _b) ** 2 + (_a + _b) ** 2) / 2),
            ),
        ),
        Claim(
            "shift",
            r"adding one number to all logits changes nothing",
            (Equal(sp.log(sp.exp(_c) * _S) - (z + _c), sp.log(_S) - z),),
        ),
        Claim(
            "untrained",
            r"equal logits cost $\log K$: 2.30 for 10 classes, 6.91 for 1000",
            (
                Equal(sp.log(sp.Sum(sp.exp(_c), (j, 1, K)).doit()) - _c, sp.log(K)),
                AtLeast(sp.Rational(1, 100), sp.Abs(sp.log(10) - sp.Rational(230, 100))),
                AtLeast(sp.Rational(1, 100), sp.Abs(sp.log(1000) - sp.Rational(691, 100))),
            ),
        ),
        Claim(
            "two classes",
            r"for two classes it is the binary cross entropy of the difference of the logits",
            (
                Equal(sp.exp(_a) + sp.exp(_b), sp.exp(_b) * (1 + sp.exp(_a - _b))),
                Equal(sp.log(sp.exp(_b) * (1 + sp.exp(_a - _b))) - _b, sp.log(1 + sp.exp(_a - _b))),
            ),
        ),
        Claim(
            "proper",
            r"strictly proper: against a target $q > 0$ the only minimum is at $p = q$, that is $z = \log q$ up to a shift",
            (
                # exp(log q) / Σ q = q: there the gradient p − q is 0; convexity, strict but for shifts, does the rest.
                Equal(_p.subs({z: sp.log(_U), _R: 1 - _U}) - _U, sp.S.Zero),
                Exhaust(lambda: range(1, 8), _is_variance, "1 to 7 classes, in symbols"),
            ),
        ),
        Claim(
            "limits",
            r"$\ell \to 0$ as the label's logit grows, and $\ell + z_k \to \log R$ as it falls",
            (Tends(_one - z, z, sp.oo, sp.S.Zero), Tends(_one, z, -sp.oo, sp.log(_R))),
        ),
        Claim(
            "smoothing is a mixture",
            r"label smoothing is $(1 - \varepsilon)\,H(q, p) + \varepsilon\,H(u, p)$, $u$ uniform",
            (
                Equal(
                    ((1 - epsilon) * _q + epsilon / K) * -sp.log(_S),
                    (1 - epsilon) * _q * -sp.log(_S) + epsilon * (1 / K) * -sp.log(_S),
                ),
            ),
        ),
        Claim(
            "smoothed gap",
            r"with smoothed labels the best logit of the true class is $\log(1 + K(1 - \varepsilon)/\varepsilon)$ above the "
            r"others: $\log 9001 = 9.105$ for $\varepsilon = 0.1$, $K = 1000$",
            (
                Equal(_hit / _miss, 1 + K * (1 - epsilon) / epsilon),
                Equal((1 + K * (1 - epsilon) / epsilon).subs({epsilon: _TENTH, K: 1000}), sp.Integer(9001)),
                AtLeast(sp.Rational(1, 1000), sp.Abs(sp.log(9001) - sp.Rational(9105, 1000))),
            ),
        ),
        Claim(
            "smoothed labels reach zero",
            r"with smoothed labels the loss can reach 0",
            (
                Fails(
                    sp.Le(_floor_1000, 0),
                    r"its floor is the target's entropy: 1.0148 for $\varepsilon = 0.1$, $K = 1000$",
                ),
            ),
        ),
        Claim(
            "smoothed floor",
            r"that floor is 1.0148 nats, to four digits",
            (AtLeast(sp.Rational(1, 20000), sp.Abs(_floor_1000 - sp.Rational(10148, 10000))),),
        ),
        Claim(
            "two conventions",
            r"$\varepsilon/K$ on all classes and $\varepsilon'/(K - 1)$ on the wrong ones agree for $\varepsilon' = \varepsilon (K - 1)/K$",
            (
                Equal(_hit, 1 - epsilon * (K - 1) / K),
                Equal(_miss * (K - 1), epsilon * (K - 1) / K),
            ),
        ),
        Claim(
            "one convention",
            r"they agree for the same $\varepsilon$",
            (
                Fails(
                    sp.Eq(1 - _TENTH + _smooth_all, 1 - 4 * _smooth_others),
                    r"$K = 5$, $\varepsilon = 0.1$: the true class is given 0.92 in one, 0.90 in the other",
                ),
            ),
        ),
        Claim(
            "weights have no unit",
            r"the weighted mean $\sum w\ell / \sum w$ stays as it is when all weights are doubled",
            (Equal((2 * _w * _S + 2 * _U * _R) / (2 * _w + 2 * _U), (_w * _S + _U * _R) / (_w + _U)),),
        ),
        Claim(
            "weights move the minimum",
            r"with class weights the minimum stays at $p = q$",
            (
                Fails(
                    # −3/2 log p − 1/2 log(1 − p), with weights 3 and 1, at p = 1/2.
                    sp.Eq(sp.diff(-3 * _HALF * sp.log(_U) - _HALF * sp.log(1 - _U), _U).subs(_U, _HALF), 0),
                    r"$q = (\tfrac12, \tfrac12)$, $w = (3, 1)$: the minimum is at $p = (\tfrac34, \tfrac14)$",
                ),
            ),
        ),
    ),
)

nll_card = Card(
    name="nll_loss",
    title="Negative log-likelihood",
    symbol=sp.Function("ell")(sp.Symbol(r"\log{p}"), k),
    formula=_nll,
    prediction=_log_probs[k],
    domain={_a: sp.Interval(-sp.oo, 0), _w: _POSITIVE, _U: _POSITIVE} | divergence.domain,
    defaults={weights[k]: sp.S.One},
    evaluate=nll,
    claims=(
        Claim(
            "gradient",
            r"$\partial\ell/\partial\log p_k = -w_k$, and 0 for the other classes",
            (Equal(sp.diff(_nll, _log_probs[k]), -weights[k]),),
        ),
        Claim(
            "linear",
            r"$\ell$ is linear in $\log p$: no curvature",
            (Equal(sp.diff(_nll, _log_probs[k], 2), sp.S.Zero),),
        ),
        Claim("non-negative", r"$\ell \ge 0$", (AtLeast(_w * _U),)),
        Claim(
            "proper",
            r"strictly proper: if the class has distribution $\eta$, the mean loss is $D(\eta \,\|\, p) + H(\eta)$ (all weights 1), "
            r"whose only minimum is at $p = \eta$",
            divergence.claim("proper").parts,
        ),
        Claim(
            "likelihood",
            r"the sum over the samples is minus the logarithm of the likelihood $\prod_i p_{k_i}$",
            (Equal(-sp.log(_U) - sp.log(_w), -sp.log(_U * _w)),),
        ),
        Claim(
            "worked example",
            r"probabilities $(.1, .2, .7)$, $(.3, .4, .3)$, $(.1, .2, .7)$ and classes 3, 2, 1 cost 0.36, 0.92, 2.30",
            tuple(
                AtLeast(sp.Rational(1, 200), sp.Abs(-sp.log(sp.Rational(share)) - sp.Rational(cost)))
                for share, cost in ((".7", ".36"), (".4", ".92"), (".1", "2.30"))
            ),
        ),
        Claim(
            "mean of the example",
            r"their mean is 1.19",
            (AtLeast(sp.Rational(1, 200), sp.Abs(-sp.log(sp.Rational("0.028")) / 3 - sp.Rational("1.19"))),),
        ),
        Claim(
            "worked example in bits",
            r"with $\log_2$ the mean of that example is 1.19, too",
            (
                Fails(
                    sp.Le(-sp.log(sp.Rational(28, 1000)) / 3 / sp.log(2), sp.Rational(3, 2)),
                    "it is 1.72: the numbers are natural logarithms",
                ),
            ),
        ),
    ),
)

_balanced = alpha * y * sp.log(1 + sp.exp(-z)) + (1 - alpha) * (1 - y) * sp.log(1 + sp.exp(z))
_share = n_neg / (n_pos + n_neg)
_odds = alpha / (1 - alpha)

balanced = Card(
    name="balanced_binary_cross_entropy_with_logits",
    title="Balanced binary cross entropy",
    symbol=sp.Function("ell")(z, y),
    formula=_balanced,
    prediction=z,
    domain={z: _REALS, y: _UNIT, alpha: _UNIT, n_pos: _POSITIVE, n_neg: _POSITIVE, eta: _OPEN},
    claims=(
        Claim("non-negative", r"$\ell(z, y) \ge 0$", (AtLeast(_balanced),)),
        Claim(
            "class totals",
            r"with $\alpha = n_-/(n_+ + n_-)$ both classes have the same total weight, $\alpha n_+ = (1 - \alpha) n_-$",
            (Equal(_share * n_pos, (1 - _share) * n_neg),),
        ),
        Claim(
            "odds",
            r"that is $\alpha / (1 - \alpha) = n_- / n_+$",
            (Equal(_odds.subs(alpha, _share), n_neg / n_pos),),
        ),
        Claim(
            "pos_weight",
            r"$\ell/(1 - \alpha)$ is the binary cross entropy with $w_+ = \alpha/(1 - \alpha)$",
            (
                Equal(
                    _balanced,
                    (1 - alpha) * (_odds * y * sp.log(1 + sp.exp(-z)) + (1 - y) * sp.log(1 + sp.exp(z))),
                ),
            ),
        ),
        Claim(
            "half",
            r"$\alpha = \tfrac12$ is half the binary cross entropy",
            (
                Equal(
                    2 * _balanced.subs(alpha, _HALF),
                    y * sp.log(1 + sp.exp(-z)) + (1 - y) * sp.log(1 + sp.exp(z)),
                ),
            ),
        ),
        Claim(
            "gradient",
            r"$\partial\ell/\partial z = (1 - \alpha)(1 - y)\,\sigma(z) - \alpha\, y\,\sigma(-z)$",
            (Equal(sp.diff(_balanced, z), (1 - alpha) * (1 - y) * sigmoid - alpha * y * sigmoid.subs(z, -z)),),
        ),
        Claim("convex", r"$\ell$ is convex in $z$", (AtLeast(sp.diff(_balanced, z, 2)),)),
        Claim(
            "minimiser",
            r"if the label is 1 with probability $\eta$, the minimum is where the odds $e^z$ are "
            r"$\frac{\eta}{1 - \eta} \cdot \frac{\alpha}{1 - \alpha}$",
            (
                Equal(
                    sp.diff(_balanced, z).subs({y: eta, z: sp.log(eta / (1 - eta) * n_neg / n_pos), alpha: _share}),
                    sp.S.Zero,
                ),
                AtLeast(sp.diff(_balanced, z, 2)),
            ),
        ),
        Claim(
            "rarity",
            r"without any information ($\eta = n_+/(n_+ + n_-)$), the balanced minimum is at $\sigma(z) = \tfrac12$, however rare positives are",
            (Equal(sp.diff(_balanced, z).subs({y: 1 - _share, alpha: _share, z: 0}), sp.S.Zero),),
        ),
        Claim(
            "calibrated",
            r"the minimum is at $\sigma(z) = \eta$",
            (
                Fails(
                    sp.Eq(sp.diff(_balanced, z).subs({y: _TENTH, alpha: sp.Rational(9, 10), z: -sp.log(9)}), 0),
                    r"$\eta = 0.1$, $\alpha = 0.9$: the minimum is at $\sigma(z) = \tfrac12$",
                ),
            ),
        ),
    ),
)
