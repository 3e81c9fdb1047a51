"""The earth mover's distance, its form on a line, and the losses of ordered classes.

The formulas are sums over piles, pits and classes of any number. ``evaluate`` puts exact numbers into them. The cheapest flow of a
transport programme is found by shortest paths, and carries its proof with it: prices whose total equals its work. Most claims
about transport are shown for all small cases; those about cumulative sums for every number of classes.
"""

from fractions import Fraction
from functools import cache, lru_cache
from itertools import combinations_with_replacement, permutations, product

import sympy as sp

from lossbook.cards.notation import (
    K,
    N,
    cost,
    demand,
    fee,
    flow,
    i,
    j,
    k,
    positions,
    probs,
    r,
    rent,
    supply,
    target,
)
from lossbook.proof import (
    Card,
    Cases,
    Convex,
    Dual,
    Each,
    Exhaustive,
    Gradient,
    Holds,
    Homogeneous,
    Not,
    Proper,
    Simplex,
)
from lossbook.proof.exact import calculated, fraction
from lossbook.proof.views import put

_M = sp.Symbol("M", integer=True, positive=True)
_level = sp.Symbol("u", positive=True)
_F_p, _F_q = sp.Function("F_p", real=True), sp.Function("F_q", real=True)
_x, _y = sp.Function("x", real=True), sp.Function("y", real=True)
_POSITIVE, _SOME = sp.Interval.open(0, sp.oo), sp.Range(1, sp.oo)
_HALF = sp.Rational(1, 2)


def cdf_difference(last=k):
    """Write F_k, what p has more than q in the bins 1 to k."""
    return sp.Sum(probs[j] - target[j], (j, 1, last))


def overlap(low, high, other_low, other_high):
    """Write how long the part is that two intervals share."""
    return sp.Max(0, sp.Min(high, other_high) - sp.Max(low, other_low))


def _total(term):
    """Write a sum over all piles and pits."""
    return sp.Sum(term, (j, 1, _M), (i, 1, N))


def _mean_cost(price, mass):
    """Write the work for each unit moved."""
    return _total(price * mass) / _total(mass)


_programme = _mean_cost(cost[i, j], flow[i, j])
_collapsed = sp.Sum(sp.Abs(cdf_difference()) * (positions[k + 1] - positions[k]), (k, 1, K - 1))
# The flow that keeps the order of the mass: p_i and q_j own intervals of [0, 1], and share as much as flows.
_monotone_flow = overlap(_F_p(i - 1), _F_p(i), _F_q(j - 1), _F_q(j))
_monotone = sp.Sum(sp.Abs(positions[i] - positions[j]) ** r * _monotone_flow, (j, 1, K), (i, 1, K)) ** (1 / r)
_samples = sp.Integral(sp.Abs(_x(_level) - _y(_level)) ** r, (_level, 0, 1)) ** (1 / r)
_emd = (sp.Sum(sp.Abs(cdf_difference()) ** r, (k, 1, K)) / K) ** (1 / r)
_squared = sp.Sum(cdf_difference() ** 2, (k, 1, K))


def cheapest_flow(masses, room, costs):
    """Solve a transport programme with equal totals by successive shortest paths; return the flow and the prices u, v.

    Prices are the shortest distances in the residual graph at the end: u_i + v_j ≤ c_ij, with equality where mass flows.
    """
    n, m = len(masses), len(room)
    left, wanted = list(masses), list(room)
    moved = [[0] * m for _ in range(n)]
    while True:
        # Nodes: piles 0 … n−1, pits n … n+m−1. Distances from all piles that still hold mass.
        distance, came = _shortest([0 if mass > 0 else None for mass in left] + [None] * m, moved, costs)
        open_pits = [n + pit for pit in range(m) if wanted[pit] > 0]
        if not open_pits:
            break
        node = end = min(open_pits, key=lambda pit: distance[pit])
        path = []
        while came[node] is not None:
            path.append((came[node], node))
            node = came[node]
        amount = min(
            [left[node], wanted[end - n], *(moved[b][a - n] for a, b in path if a >= n)],
        )
        for a, b in path:
            if a < n:
                moved[a][b - n] += amount
            else:
                moved[b][a - n] -= amount
        left[node] -= amount
        wanted[end - n] -= amount
    distance, _ = _shortest([0] * (n + m), moved, costs)
    return moved, [-distance[pile] for pile in range(n)], distance[n:]


def _shortest(start, moved, costs):
    """Relax all edges until nothing changes (Bellman and Ford); an edge runs back where mass already flows."""
    n, m = len(moved), len(moved[0])
    distance, came = list(start), [None] * (n + m)
    changed = True
    while changed:
        changed = False
        for pile, pit in product(range(n), range(m)):
            edges = [(pile, n + pit, costs[pile][pit])]
            if moved[pile][pit] > 0:
                edges.append((n + pit, pile, -costs[pile][pit]))
            for a, b, length in edges:
                if distance[a] is not None and (distance[b] is None or distance[a] + length < distance[b]):
                    distance[b], came[b], changed = distance[a] + length, a, True
    return distance, came


def transport(masses, room, costs):
    """Evaluate the earth mover's distance."""
    return _cheapest(_programme, masses, room, costs)


def _cheapest(formula, masses, room, costs):
    """Put the cheapest flow into a formula; while it is sought, a pile or pit of cost 0 balances the totals."""
    excess = sum(masses) - sum(room)
    piles, pits, prices = list(masses), list(room), [list(row) for row in costs]
    if excess > 0:
        pits, prices = [*pits, excess], [[*row, 0] for row in prices]
    elif excess < 0:
        piles, prices = [*piles, -excess], [*prices, [0] * len(pits)]
    moved, _, _ = cheapest_flow(piles, pits, prices)
    numbers = {}
    for a, b in product(range(len(masses)), range(len(room))):
        numbers |= {_entry(cost, a + 1, b + 1): costs[a][b], _entry(flow, a + 1, b + 1): moved[a][b]}
    return _written(formula, {N: len(masses), _M: len(room)}, numbers)


@cache
def _entry(base, *places):
    return base[places]


def _written(formula, lengths, named):
    """Write the sums of a formula out, with values for entries and other symbols."""

    def run(expr):
        if expr in named:
            return fraction(named[expr])
        if not expr.args or isinstance(expr, sp.Indexed):
            return fraction(expr)
        arguments = list(map(run, expr.args))
        if isinstance(expr, (sp.Max, sp.Min)) and not all(isinstance(a, Fraction) or a.is_number for a in arguments):
            # SymPy compares symbols at length, and in vain.
            return expr.func(*map(sp.sympify, arguments), evaluate=False)
        return calculated(expr.func, arguments)

    return sp.sympify(run(_spelt_out(formula, tuple(lengths.items()))))


@lru_cache(maxsize=256)
def _spelt_out(formula, lengths):
    """Write the sums of a formula out for these lengths."""

    def run(expr):
        if isinstance(expr, sp.Sum):
            # The last limit is the outermost, and earlier ones may depend on it.
            index, first, last = expr.limits[-1]
            inner = expr.func(expr.function, *expr.limits[:-1]) if len(expr.limits) > 1 else expr.function
            terms = (run(inner.xreplace({index: sp.Integer(n)})) for n in range(run(first), run(last) + 1))
            return sp.Add(*terms, evaluate=False)
        if isinstance(expr, sp.Indexed):
            return _entry(*expr.args)
        return expr.func(*map(run, expr.args)) if expr.args else expr

    return run(formula.xreplace({symbol: sp.Integer(length) for symbol, length in lengths}))


def quantile_pieces(p, q):
    """Cut [0, total] at every step of either CDF; yield each piece's mass and the entry of p and of q that covers it."""
    first = second = 0
    ours, theirs = p[0], q[0]
    while True:
        mass = min(ours, theirs)
        yield mass, first, second
        ours, theirs = ours - mass, theirs - mass
        if ours == 0:
            first += 1
            if first == len(p):
                return
            ours = p[first]
        if theirs == 0 and second + 1 < len(q):
            second += 1
            theirs = q[second]


@lru_cache
def _of_numbers(formula, bins):
    """Turn a formula of histograms into a function of numbers, for one number of bins."""
    symbols = [s for base in (probs, target, positions) for s in sp.symbols(f"{base.label}_1:{bins + 1}")]
    written = substituted(formula, *(symbols[n : n + bins] for n in (0, bins, 2 * bins)))
    # Python would make a float of 1/3.
    fractions = {n: sp.Dummy() for n in written.atoms(sp.Rational) if not n.is_Integer}
    exact = {"Max": max, "Min": min, "Abs": abs, "sqrt": sp.sqrt}
    function = sp.lambdify([*symbols, r, *fractions.values()], written.xreplace(fractions), [exact, "sympy"])
    return lambda *numbers: function(*numbers, *fractions)


def substituted(formula, p, q, places=None, exponent=None):
    """Put numbers into a formula, whose sums run over as many classes as p has; bins are one apart by default."""
    named = {} if exponent is None else {r: exponent}
    for base, numbers in ((probs, p), (target, q), (positions, range(len(p)) if places is None else places)):
        named |= {_entry(base, n): number for n, number in enumerate(numbers, 1)}
    for cdf, masses in ((_F_p, p), (_F_q, q)):
        named |= {cdf(n): sum(masses[:n]) for n in range(len(p) + 1)}
    return _written(formula, {K: len(p)}, named)


def _on_bins(formula, p, q, places=None, exponent=1):
    """Evaluate a formula of histograms, fast where all is numbers; an infinite exponent means the limit."""
    places = range(len(p)) if places is None else places
    if exponent == sp.oo:
        written = substituted(formula, p, q, places)
        powers = {e: e.xreplace({r: sp.S.One}) for e in written.atoms(sp.Pow) if e.exp in (r, -r)}
        largest = max(powers.values(), default=0)
        # The others' powers vanish beside those of the largest.
        written = written.xreplace({e: sp.S.Zero for e, base in powers.items() if base < largest})
        written = sp.powdenest(sp.expand_power_base(written, force=True), force=True)
        found = written.subs(r, sp.oo)
        return found if found.is_finite else sp.limit(written, r, sp.oo)
    numbers = [sp.sympify(n) for n in (*p, *q, *places, r if exponent is None else exponent)]
    if all(n.is_number for n in numbers):
        return sp.sympify(_of_numbers(formula, len(p))(*numbers))
    return substituted(formula, p, q, places, exponent)


def wasserstein(p, q, places, order=1):
    """Evaluate W_r of two histograms with equal totals."""
    return _on_bins(_monotone, p, q, places, order)


def slope(p, q, places, order=1):
    """Evaluate the derivative of W_r^r with respect to p, r the order: the potential that is 0 at the last bin."""
    total, found = 0, [0]
    for gap in reversed(range(len(p) - 1)):
        level = sum(p[: gap + 1])
        sums = [sum(q[: n + 1]) for n in range(len(q) - 1)]
        sides = (sum(bool(s < level) for s in sums), sum(bool(s <= level) for s in sums))
        jump = sum(abs(places[gap] - places[n]) ** order - abs(places[gap + 1] - places[n]) ** order for n in sides)
        total += sp.sympify(jump) / 2
        found.append(total)
    return found[::-1]


def _quantiles(formula, first, second, order=1, first_weights=None, second_weights=None):
    """Put two samples into a formula: an integral over the levels is a sum over the pieces on which neither quantile changes."""
    p, q = (weights or [1] * len(sample) for weights, sample in ((first_weights, first), (second_weights, second)))
    p, q = [Fraction(w) / sum(p) for w in p], [Fraction(w) / sum(q) for w in q]
    (first, p), (second, q) = (zip(*sorted(zip(s, w, strict=True)), strict=True) for s, w in ((first, p), (second, q)))
    formula = formula.xreplace({r: sp.sympify(order)})

    def total(integral):
        costs = (
            (mass, _written(integral.function, {}, {_x(_level): first[a], _y(_level): second[b]}))
            for mass, a, b in quantile_pieces(p, q)
        )
        return sp.Add(*(sp.sympify(mass) * cost for mass, cost in costs))

    return formula.xreplace({integral: total(integral) for integral in formula.atoms(sp.Integral)})


def sample_distance(first, second, order=1, first_weights=None, second_weights=None):
    """Evaluate W_r of two samples."""
    return _quantiles(_samples, first, second, order, first_weights, second_weights)


def differences(p, q):
    """Evaluate F_1, …, F_K."""
    return [substituted(cdf_difference(n), p, q) for n in range(1, len(p) + 1)]


def emd(p, q, exponent=2):
    """Evaluate the EMD loss."""
    return _on_bins(_emd, p, q, exponent=exponent)


def squared(p, q):
    """Evaluate the squared EMD loss."""
    return _on_bins(_squared, p, q)


def _histograms(bins, total):
    """All ways to put ``total`` grains into the bins."""
    for bars in combinations_with_replacement(range(bins), total):
        yield tuple(bars.count(place) for place in range(bins))


_PLACES = (0, 1, 3, 4, 8)


def north_west(p, q):
    """Write the monotone flow as a matrix."""
    moved = [[0] * len(q) for _ in p]
    for mass, a, b in quantile_pieces(p, q):
        moved[a][b] += mass
    return moved


def potential(p, q, places):
    """Compute the Kantorovich potential on a line: it falls by Δx over a gap with F_k > 0 and rises where F_k < 0."""
    heights = [0]
    for f, low, high in zip(differences(p, q), places, places[1:], strict=False):
        heights.append(heights[-1] - sp.sign(f) * (high - low))
    return heights


def _distributions(bins, grains):
    """List all distributions whose masses are multiples of 1/grains."""
    return Cases(
        f"{bins} bins, masses in {grains} parts",
        lambda: [tuple(sp.Rational(n, grains) for n in h) for h in _histograms(bins, grains)],
    )


def _distances(places, order=1):
    """Write the costs |x_i − x_j|^r."""
    return tuple(tuple(abs(a - b) ** order for b in places) for a in places)


def _middle(first, second):
    """Average two distributions, or two samples number by number."""
    return tuple((sp.sympify(a) + b) / 2 for a, b in zip(first, second, strict=True))


def _worth(p, q, places):
    """Evaluate what the prices on a line are worth."""
    return sum(h * (a - b) for h, a, b in zip(potential(p, q, places), p, q, strict=True))


def _steepest(p, q, places):
    """Evaluate by how much prices rise above the distance, at most: 0, for a bin and itself, if nowhere."""
    heights = potential(p, q, places)
    return max(a - b - abs(c - d) for (a, c), (b, d) in product(zip(heights, places, strict=True), repeat=2))


def _moved(p, source, grains):
    """Move some hundredths of the mass from one bin to the last."""
    changed = list(p)
    changed[source] -= sp.Rational(grains) / 100
    changed[-1] += sp.Rational(grains) / 100
    return tuple(changed)


def _pushed(sample, place, tenths):
    """Move one number of a sample by some tenths."""
    return (*sample[:place], sample[place] + sp.Rational(tenths, 10), *sample[place + 1 :])


def _softmax(margin):
    """Evaluate the softmax of two logits, the second of which leads by a margin."""
    return 1 / (1 + sp.exp(margin)), sp.exp(margin) / (1 + sp.exp(margin))


def _edge(size, place):
    """Put all mass into one class."""
    return tuple(sp.Integer(n == place % size) for n in range(size))


def _mean_distance(p, q):
    return sp.Sum(sp.Abs(i - j) * p * q, (j, 1, K), (i, 1, K))


# Whole histograms, samples and cost matrices as arguments.
_P, _Q, _T, _X, _s, _d, _c, _R, _n = sp.symbols("p q h x s d c r n")
_a, _b = sp.symbols("a b")
_ONE, _TWO, _THREE = (1, 0, 0), (0, 1, 0), (0, 0, 1)
_EMD, _W, _ell = sp.Function(r"\mathrm{EMD}"), sp.Function("W"), sp.Function("ell")
_mid, _sgn = sp.Function("mid"), sp.Function(r"\operatorname{sgn}")
_largest = sp.Function(r"\max")
_UNEVEN = Cases("bins at 0, 1, 3", lambda: [(0, 1, 3)])
_THIRDS, _HALVES = _distributions(3, 3), _distributions(3, 2)
_BOTH = Cases("1 and 2", lambda: [sp.Integer(1), sp.Integer(2)])
_BIASED = (sp.Rational(3, 10), sp.Rational(7, 10))
_CLASSES = {probs: Simplex(), target: Simplex(), K: _SOME}


_COSTS = Cases("all costs from 0, 1, 3", lambda: [(a[:3], a[3:]) for a in product((0, 1, 3), repeat=6)])
_PILES, _PITS = (
    Cases("2 and 1 in two piles", lambda: [(2, 1)]),
    Cases("room for 1 in each of three pits", lambda: [(1, 1, 1)]),
)

programme = Card(
    name="earth_movers_distance",
    title="Earth mover's distance",
    symbol=_EMD(supply, demand, cost),
    formula=_programme,
    prediction=supply[i],
    domain={
        supply: Each(sp.Interval(0, sp.oo)),
        demand: Each(sp.Interval(0, sp.oo)),
        cost: Each(sp.Interval(0, sp.oo)),
        flow: Each(sp.Interval(0, sp.oo)),
        N: _SOME,
        _M: _SOME,
    },
    evaluator=_cheapest,
    claims=(
        Exhaustive(
            sp.And(sp.Ge(_EMD(_s, _d, _c), 0), sp.Le(_EMD(_s, _d, _c), _largest(_c))),
            over={_s: _PILES, _d: _PITS, _c: _COSTS},
            helpers={r"\max": lambda costs: max(map(max, costs))},
            name="range",
        ),
        Holds(
            sp.Eq(
                _EMD(supply, demand, cost) * _total(flow[i, j]) - _total((rent[i] + fee[j]) * flow[i, j]),
                _total((cost[i, j] - rent[i] - fee[j]) * flow[i, j]),
            ),
            on={rent: Each(sp.S.Reals), fee: Each(sp.S.Reals)},
            name="weak duality",
            remark="With $u_i + v_j \\le c_{ij}$ the right side is not negative: such prices are never worth more than a flow's work.",
        ),
        Dual(
            Cases("2 and 1 in two piles, three pits, all costs from 0, 1, 3", lambda: product(_PILES, _PITS, _COSTS)),
            cheapest_flow,
        ),
        Homogeneous(0, flow, name="units"),
        Homogeneous(1, cost, name="units of cost"),
        Exhaustive(
            sp.Le(_EMD(_P, _Q, _c), _EMD(_P, _T, _c) + _EMD(_T, _Q, _c)),
            over={
                _P: _HALVES,
                _Q: _HALVES,
                _T: _HALVES,
                _c: Cases("distances of 0, 1, 3", lambda: [_distances((0, 1, 3))]),
            },
            name="triangle",
        ),
        Not(Holds(sp.Gt(_EMD(_s, _d, _c), 0)), {_s: (1, 1), _d: (1, 0), _c: ((0, 1), (1, 0))}, name="unequal totals"),
    ),
)


def _on_line(p, q, places, order=1):
    """Evaluate the programme on a line."""
    return transport(p, q, _distances(places, order))


_TRIPLE = {_P: _HALVES, _Q: _HALVES, _T: _HALVES, _X: _UNEVEN}
_PAIR = {_P: _THIRDS, _Q: _THIRDS, _X: _UNEVEN}
_STEP = Cases("one gap of width 1, the others 0", lambda: [(0, 1, 1), (0, 0, 1)])
_crossing, _line, _prices, _slack, _shift, _grad = (
    sp.Function(name) for name in ("S", "EMD", "V", "excess", "moved", "g")
)
_FLOW = r"$S(p, q, x) = \sum_{k<K} |F_k|\,\Delta x_k$."
_rate = (_W(_shift(_P, _n, 1), _Q, _X, _R) ** _R - _W(_shift(_P, _n, -1), _Q, _X, _R) ** _R) * 50

histograms = Card(
    name="wasserstein_histograms",
    title="Wasserstein distance of histograms",
    symbol=_W(probs, target, positions, r),
    formula=_monotone,
    prediction=probs[i],
    domain=_CLASSES | {positions: Each(sp.S.Reals)},
    params={r: _POSITIVE},
    defaults={r: sp.S.One},
    evaluator=_on_bins,
    claims=(
        Exhaustive(
            sp.And(sp.Ge(_W(_P, _Q, _X, 1), 0), sp.Le(_W(_P, _Q, _X, 1), _largest(_X))),
            over=_PAIR,
            helpers={r"\max": max},
            name="range",
        ),
        Exhaustive(
            sp.Eq(_W(_P, _Q, _X, 1), _crossing(_P, _Q, _X)),
            over={_P: _THIRDS, _Q: _THIRDS, _X: _STEP},
            helpers={"S": lambda *case: _on_bins(_collapsed, *case)},
            remark=_FLOW,
            name="flow",
        ),
        Exhaustive(
            sp.Eq(_W(_P, _Q, _X, 1), _crossing(_P, _Q, _X)),
            over=_PAIR,
            helpers={"S": lambda *case: _on_bins(_collapsed, *case)},
            remark=_FLOW,
            name="collapse",
        ),
        Exhaustive(
            sp.And(sp.Eq(_W(_P, _Q, _X, 1), _prices(_P, _Q, _X)), sp.Le(_slack(_P, _Q, _X), 0)),
            over=_PAIR,
            helpers={"V": _worth, "excess": _steepest},
            name="potential",
            remark=r"$V$ is what the prices $\varphi$ are worth; their excess is the most by which they rise above the distance of two bins.",
        ),
        Exhaustive(
            sp.Eq(_W(_P, _Q, _X, _R) ** _R, _line(_P, _Q, _X, _R)),
            over=_PAIR | {_R: _BOTH},
            helpers={"EMD": _on_line},
            name="programme",
        ),
        Exhaustive(
            sp.Eq(_rate, -_grad(_P, _Q, _X, _R, _n)),
            over=_PAIR | {_R: _BOTH, _n: Cases("all bins but the last", lambda: [0, 1])},
            where=lambda p, q, x, order, n: p[n] > 0 and p[-1] > 0,
            helpers={"moved": _moved, "g": lambda p, q, x, order, n: slope(p, q, x, order)[n]},
            name="gradient",
            remark=r"$\partial W_r^r/\partial p_i = g_i = \sum_{i \le k < K} |x_k - y_k|^r - |x_{k+1} - y_k|^r$, $y_k$ being $q$'s quantile at "
            r"$F_p(k)$ (where the CDFs tie, the mean over both sides); against moving a hundredth to the last bin, and as much back.",
        ),
        Exhaustive(
            sp.And(
                sp.Eq(_W(_P, _Q, _X, 1), _W(_Q, _P, _X, 1)),
                sp.Le(_W(_P, _Q, _X, 1), _W(_P, _T, _X, 1) + _W(_T, _Q, _X, 1)),
            ),
            over=_TRIPLE,
            name="metric",
        ),
        Exhaustive(sp.Gt(_W(_P, _Q, _X, 1), 0), over=_PAIR, where=lambda p, q, x: p != q, name="zero only at equality"),
        Not(Holds(sp.Gt(_W(_P, _Q, _X, 1), 0)), {_P: (1, 0), _Q: (0, 1), _X: (0, 0)}, name="bins in one place"),
        Exhaustive(
            sp.Le(_W(_mid(_P, _T), _Q, _X, 1), (_W(_P, _Q, _X, 1) + _W(_T, _Q, _X, 1)) / 2),
            over=_TRIPLE,
            helpers={"mid": _middle},
            name="convex",
        ),
        Not(
            Exhaustive(
                sp.Le(_W(_mid(_P, _T), _Q, _X, 2), (_W(_P, _Q, _X, 2) + _W(_T, _Q, _X, 2)) / 2),
                over={},
                helpers={"mid": _middle},
            ),
            {_P: _ONE, _T: _TWO, _Q: _ONE, _X: (0, 1, 2)},
            name="convex of order 2",
        ),
        Not(Proper(given={r: 1}), {probs: (0, 1), target: _BIASED, positions: (0, 1)}),
        Exhaustive(
            sp.Le(_W(_P, _Q, _X, 2), _W(_P, _T, _X, 2) + _W(_T, _Q, _X, 2)), over=_TRIPLE, name="triangle of order 2"
        ),
        Exhaustive(sp.Le(_W(_P, _Q, _X, 1), _W(_P, _Q, _X, 2)), over=_PAIR, name="order"),
    ),
)

_sizes = Cases(
    "2 or 3 numbers from 0 to 3", lambda: [x for n in (2, 3) for x in combinations_with_replacement(range(4), n)]
)
_same_size = {"where": lambda x, y, *_: len(x) == len(y)}
_Y, _t = sp.symbols("y t")
_crossed, _plus, _partner = sp.Function("crossed"), sp.Function("plus"), sp.Function("partner")


def _best_pairing(first, second, order):
    """Evaluate the least mean |x − y|^r over all pairings of two samples of one size."""
    return min(
        sum(abs(a - b) ** order for a, b in zip(first, other, strict=True)) for other in permutations(second)
    ) / sp.Integer(len(first))


def _pull(first, second, place):
    """Evaluate the sign of a number less the number of its rank, over the size."""
    mate = sorted(second)[sorted(first).index(first[place])]
    return sp.Rational((first[place] > mate) - (first[place] < mate), len(first))


samples = Card(
    name="wasserstein_samples",
    title="Wasserstein distance of samples",
    symbol=_W(_x(_level), _y(_level), r),
    formula=_samples,
    prediction=_x(_level),
    domain={r: _POSITIVE},
    params=(r,),
    defaults={r: sp.S.One},
    evaluator=_quantiles,
    claims=(
        Exhaustive(sp.Ge(_W(_X, _Y, _R), 0), over={_X: _sizes, _Y: _sizes, _R: _BOTH}, name="range"),
        Exhaustive(
            sp.Le(_W(_X, _Y, 2) ** 2, _crossed(_X, _Y)),
            over={_X: Cases("2 numbers from 0 to 3", lambda: combinations_with_replacement(range(4), 2)), _Y: _sizes},
            where=lambda x, y: len(y) == 2,
            helpers={"crossed": lambda x, y: sp.Rational((x[0] - y[1]) ** 2 + (x[1] - y[0]) ** 2, 2)},
            name="uncrossing",
        ),
        Exhaustive(
            sp.Eq(_W(_X, _Y, _R) ** _R, sp.Function("best")(_X, _Y, _R)),
            over={_X: _sizes, _Y: _sizes, _R: _BOTH},
            helpers={"best": _best_pairing},
            name="sorted",
            remark="The right side is the least mean of $|x_i - y_j|^r$ over all pairings.",
            **_same_size,
        ),
        Exhaustive(
            sp.Eq((_W(_shift(_X, _n, 1), _Y, 1) - _W(_shift(_X, _n, -1), _Y, 1)) * 5, _partner(_X, _Y, _n)),
            over={_X: _sizes, _Y: _sizes, _n: Cases("which number", lambda: [0, 1])},
            where=lambda x, y, n: (
                len(x) == len(y) and len(set(x)) == len(x) and sorted(y)[sorted(x).index(x[n])] != x[n]
            ),
            helpers={"moved": _pushed, "partner": _pull},
            name="gradient",
        ),
        Not(
            Exhaustive(
                sp.Le(_W(_mid(_X, _T), _Y, 1), (_W(_X, _Y, 1) + _W(_T, _Y, 1)) / 2), over={}, helpers={"mid": _middle}
            ),
            {_X: (0, 2), _T: (2, 0), _Y: (0, 2)},
            name="convex",
        ),
        Exhaustive(
            sp.Eq(_W(_X, _plus(_X, _t), _R), sp.Abs(_t)),
            over={
                _X: _sizes,
                _t: Cases("whole numbers from −2 to 2", lambda: map(sp.Integer, range(-2, 3))),
                _R: _BOTH,
            },
            helpers={"plus": lambda x, t: tuple(a + t for a in x)},
            name="translation",
        ),
        Exhaustive(
            sp.Eq(_W(sp.Function("times")(_X, _t), sp.Function("times")(_Y, _t), _R), _t * _W(_X, _Y, _R)),
            over={_X: _sizes, _Y: _sizes, _t: Cases("½ and 3", lambda: [_HALF, sp.Integer(3)]), _R: _BOTH},
            where=lambda x, y, *_: len(x) < len(y),
            helpers={"times": lambda x, t: tuple(a * t for a in x)},
            name="scale",
        ),
    ),
)

_first, _last, _w1, _count, _mix = (sp.Function(name) for name in ("first", "last", "W_1", "K", "mix"))
_POWERS = Cases("½, 1, 2, 3", lambda: [_HALF, sp.Integer(1), sp.Integer(2), sp.Integer(3)])
_ENDS = {"first": lambda n: _edge(n, 0), "last": lambda n: _edge(n, -1)}
_LENGTHS = Cases("2 to 10 classes", lambda: map(sp.Integer, range(2, 11)))
_ON_CLASSES = {"W_1": lambda p, q: wasserstein(p, q, range(len(p))), "K": len, "mid": _middle}
_TWO_OF = {_P: _THIRDS, _Q: _THIRDS}
_convexity = sp.Le(_ell(_mid(_P, _T), _Q, _R), (_ell(_P, _Q, _R) + _ell(_T, _Q, _R)) / 2)
_from_i = (k, i, K)

nima = Card(
    name="emd_loss",
    title="EMD loss",
    symbol=_ell(probs, target, r),
    formula=_emd,
    prediction=probs[i],
    domain=_CLASSES,
    params={r: _POSITIVE},
    defaults={r: sp.Integer(2)},
    evaluator=lambda formula, p, q, exponent=2: _on_bins(formula, p, q, exponent=exponent),
    claims=(
        Holds(
            sp.And(sp.Ge(_ell(probs, target, r), 0), sp.Le(_ell(probs, target, r), ((K - 1) / K) ** (1 / r))),
            name="range",
        ),
        Exhaustive(
            sp.Eq(_ell(_first(_n), _last(_n), r), ((_n - 1) / _n) ** (1 / r)),
            over={_n: _LENGTHS},
            helpers=_ENDS,
            name="extremes",
        ),
        Exhaustive(
            sp.Eq(_count(_P) * _ell(_P, _Q, 1), _w1(_P, _Q)), over=_TWO_OF, helpers=_ON_CLASSES, name="order one"
        ),
        Exhaustive(
            sp.Eq(_ell(_mix(_P, _Q, _t), _Q, _R), _t * _ell(_P, _Q, _R)),
            over=_TWO_OF | {_t: Cases("¼ and ½", lambda: [sp.Rational(1, 4), _HALF]), _R: _BOTH},
            helpers={"mix": lambda p, q, t: tuple(t * a + (1 - t) * b for a, b in zip(p, q, strict=True))},
            name="homogeneous",
        ),
        Exhaustive(
            sp.And(sp.Gt(_ell(_P, _Q, _R), 0), sp.Eq(_ell(_P, _P, _R), 0)),
            over=_TWO_OF | {_R: _POWERS},
            where=lambda p, q, _: p != q,
            name="perfect",
        ),
        Exhaustive(
            _convexity, over={_P: _HALVES, _Q: _HALVES, _T: _HALVES, _R: _BOTH}, helpers={"mid": _middle}, name="convex"
        ),
        Convex(given={r: 1}, name="convex of order 1"),
        Not(
            Exhaustive(_convexity, over={}, helpers={"mid": _middle}),
            {_P: _ONE, _T: _THREE, _Q: _TWO, _R: _HALF},
            name="convex for every exponent",
        ),
        Gradient(sp.Sum(cdf_difference(), _from_i) / (K * put(_emd, {r: 2})), given={r: 2}, on={K: sp.Range(2, sp.oo)}),
        Not(Proper(given={r: 1}), {probs: (0, 1), target: _BIASED}),
        Not(Proper(given={r: 2}), {probs: (0, 1), target: _BIASED}, name="proper of order 2"),
        Not(
            Holds(sp.Eq(_ell(_P, _Q, 2), _ell(_T, _Q, 2))),
            {_P: _TWO, _T: _THREE, _Q: _ONE},
            name="order of the classes",
        ),
    ),
)

_away, _edge_of = sp.Function("softmax"), sp.Function("label")


def _ranked_probability_score(p, label):
    """Evaluate the Brier score of "at most class k", summed over k."""
    return sum((sum(p[: n + 1]) - int(n >= label)) ** 2 for n in range(len(p)))


squared_emd = Card(
    name="squared_emd_loss",
    title="Squared EMD loss",
    symbol=_ell(probs, target),
    formula=_squared,
    prediction=probs[i],
    domain=_CLASSES,
    evaluator=_on_bins,
    claims=(
        Holds(sp.And(sp.Ge(_ell(probs, target), 0), sp.Le(_ell(probs, target), K - 1)), name="range"),
        Exhaustive(sp.Eq(_ell(_first(_n), _last(_n)), _n - 1), over={_n: _LENGTHS}, helpers=_ENDS, name="extremes"),
        Exhaustive(sp.Le(_ell(_P, _Q), _w1(_P, _Q)), over=_TWO_OF, helpers=_ON_CLASSES, name="at most the distance"),
        Exhaustive(sp.Gt(_ell(_P, _Q), 0), over=_TWO_OF, where=lambda p, q: p != q, name="zero only at equality"),
        Gradient(2 * sp.Sum(cdf_difference(), _from_i)),
        Convex(),
        Not(
            Exhaustive(
                sp.Le(_ell(_away((_a + _b) / 2), _Q), (_ell(_away(_a), _Q) + _ell(_away(_b), _Q)) / 2),
                over={},
                helpers={"softmax": _softmax},
            ),
            {_a: 0, _b: 2 * sp.log(3), _Q: (1, 0)},
            name="convex in the logits",
        ),
        Holds(
            sp.Eq(
                _ell(probs, target),
                _mean_distance(probs[i], target[j])
                - _mean_distance(probs[i], probs[j]) / 2
                - _mean_distance(target[i], target[j]) / 2,
            ),
            name="energy",
        ),
        Not(
            Exhaustive(
                sp.Eq(_ell(_P, _Q), sp.Function("W_2")(_P, _Q) ** 2),
                over={},
                helpers={"W_2": lambda p, q: wasserstein(p, q, range(len(p)), 2)},
            ),
            {_P: _ONE, _Q: _THREE},
            name="not the square of a Wasserstein distance",
        ),
        Not(
            Exhaustive(sp.Eq(_ell(_P, _Q), _w1(_P, _Q) ** 2), over={}, helpers=_ON_CLASSES),
            {_P: _ONE, _Q: _THREE},
            name="not the square of the EMD",
        ),
        Proper(),
        Exhaustive(
            sp.Eq(_ell(_P, _edge_of(_P, _n)), sp.Function("RPS")(_P, _n)),
            over={_P: _THIRDS, _n: Cases("which class", lambda: [0, 1, 2])},
            helpers={"label": lambda p, n: _edge(len(p), int(n)), "RPS": _ranked_probability_score},
            name="ranked probability score",
        ),
        Not(Holds(sp.Eq(_ell(_P, _Q), _ell(_T, _Q))), {_P: _TWO, _T: _THREE, _Q: _ONE}, name="order of the classes"),
    ),
)
