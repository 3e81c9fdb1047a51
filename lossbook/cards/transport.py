"""The earth mover's distance, its form on a line, and the losses of ordered classes.

The formulas are sums over piles, pits and classes of any number. ``evaluate`` takes them at their word in exact
arithmetic; the cheapest flow of a transport programme is found by shortest paths, and carries its proof with it: prices
whose total equals its work.
"""

from fractions import Fraction
from itertools import combinations, combinations_with_replacement, permutations, product

import sympy as sp

from lossbook.cards._card import AtLeast, Card, Claim, Equal, Exhaust, Fails
from lossbook.cards.notation import (
    K,
    N,
    cost,
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

_M = sp.Symbol("M", integer=True, positive=True)
_level = sp.Symbol("u", positive=True)
_F_p, _F_q = sp.Function("F_p", real=True), sp.Function("F_q", real=True)
_x, _y = sp.Function("x", real=True), sp.Function("y", real=True)
_POSITIVE = sp.Interval.open(0, sp.oo)
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
    """Evaluate the earth mover's distance; a pile or pit of cost 0 balances the totals."""
    total = min(sum(masses), sum(room))
    excess = sum(masses) - sum(room)
    if excess > 0:
        room, costs = [*room, excess], [[*row, 0] for row in costs]
    elif excess < 0:
        masses, costs = [*masses, -excess], [*costs, [0] * len(room)]
    moved, _, _ = cheapest_flow(masses, room, costs)
    return sp.sympify(_dot(costs, moved)) / total


def _dot(first, second):
    return sum(a * b for row, other in zip(first, second, strict=True) for a, b in zip(row, other, strict=True))


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


def wasserstein(p, q, places, order=1):
    """Evaluate W_r of two histograms with equal totals by running along the quantile axis."""
    work = sum(mass * abs(places[a] - places[b]) ** order for mass, a, b in quantile_pieces(p, q))
    return sp.root(sp.sympify(work), order)


def slope(p, q, places, order=1):
    """Evaluate the derivative of W_r^r with respect to p, r the order: the potential that is 0 at the last bin."""
    total, found = 0, [0]
    for gap in reversed(range(len(p) - 1)):
        level = sum(p[: gap + 1])
        sums = [sum(q[: n + 1]) for n in range(len(q) - 1)]
        sides = (sum(s < level for s in sums), sum(s <= level for s in sums))
        jump = sum(abs(places[gap] - places[n]) ** order - abs(places[gap + 1] - places[n]) ** order for n in sides)
        total += sp.sympify(jump) / 2
        found.append(total)
    return found[::-1]


def _slope_of_order_holds(case):
    """Check the derivative against moving a tenth of a grain to the last bin, and as much back."""
    (p, q), order = case
    tenth, last = Fraction(1, 10), len(p) - 1
    found = slope(p, q, _PLACES, order)

    def moved(grains, source):
        changed = list(p)
        changed[source] -= grains
        changed[last] += grains
        return wasserstein(changed, q, _PLACES, order) ** order

    return all(
        found[source] * 2 * tenth == moved(-tenth, source) - moved(tenth, source)
        for source in range(last)
        if p[source] and p[last]
    )


def sample_distance(first, second, order=1, first_weights=None, second_weights=None):
    """Evaluate W_r of two samples: sort, and run along the quantile axis."""
    p, q = (weights or [1] * len(sample) for weights, sample in ((first_weights, first), (second_weights, second)))
    p, q = [Fraction(w) / sum(p) for w in p], [Fraction(w) / sum(q) for w in q]
    (first, p), (second, q) = (zip(*sorted(zip(s, w, strict=True)), strict=True) for s, w in ((first, p), (second, q)))
    work = sum(mass * abs(first[a] - second[b]) ** order for mass, a, b in quantile_pieces(p, q))
    return sp.root(sp.sympify(work), order)


def differences(p, q):
    """Evaluate F_1, …, F_K."""
    total, found = 0, []
    for ours, theirs in zip(p, q, strict=True):
        total += ours - theirs
        found.append(total)
    return found


def emd(p, q, exponent=2):
    """Evaluate the EMD loss."""
    if exponent == sp.oo:
        return max(abs(f) for f in differences(p, q))
    return (sp.Add(*(sp.sympify(abs(f)) ** exponent for f in differences(p, q))) / len(p)) ** (1 / sp.sympify(exponent))


def squared(p, q):
    """Evaluate the squared EMD loss."""
    return sum(f**2 for f in differences(p, q))


def _histograms(bins, total):
    """All ways to put ``total`` grains into the bins."""
    for bars in combinations_with_replacement(range(bins), total):
        yield tuple(bars.count(place) for place in range(bins))


def _pairs(*sizes):
    return lambda: ((p, q) for bins, total in sizes for p, q in product(_histograms(bins, total), repeat=2))


_PLACES = (0, 1, 3, 4, 8)


def _line(bins):
    places = _PLACES[:bins]
    return [[abs(a - b) for b in places] for a in places]


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
        heights.append(heights[-1] - ((f > 0) - (f < 0)) * (high - low))
    return heights


def _certified(pair):
    """Check a flow and a potential: both are feasible, and both are worth Σ|F_k|Δx_k."""
    p, q = pair
    places, costs, moved = _PLACES[: len(p)], _line(len(p)), north_west(p, q)
    heights = potential(p, q, places)
    value = sum(abs(f) * (b - a) for f, a, b in zip(differences(p, q), places, places[1:], strict=False))
    return (
        all(mass >= 0 for row in moved for mass in row)
        and tuple(map(sum, moved)) == p
        and tuple(map(sum, zip(*moved, strict=True))) == q
        and all(heights[a] - heights[b] <= costs[a][b] for a, b in product(range(len(p)), repeat=2))
        and _dot(costs, moved) == value == sum(h * (a - b) for h, a, b in zip(heights, p, q, strict=True))
    )


def substituted(formula, p, q, places=None, exponent=None):
    """Put numbers into a formula, whose sums run over as many classes as p has; bins are one apart by default."""
    named = {K: len(p)} if exponent is None else {K: len(p), r: sp.sympify(exponent)}
    for base, numbers in ((probs, p), (target, q), (positions, range(len(p)) if places is None else places)):
        named |= {base[n]: number for n, number in enumerate(numbers, 1)}
    for cdf, masses in ((_F_p, p), (_F_q, q)):
        named |= {cdf(n): sum(masses[:n]) for n in range(len(p) + 1)}

    def run(expr):
        if isinstance(expr, sp.Sum):
            # The last limit is the outermost, and earlier ones may depend on it.
            index, first, last = expr.limits[-1]
            inner = expr.func(expr.function, *expr.limits[:-1]) if len(expr.limits) > 1 else expr.function
            return sp.Add(*(run(inner.subs(index, n)) for n in range(run(first), run(last) + 1)))
        if expr in named:
            return sp.sympify(named[expr])
        return expr.func(*map(run, expr.args)) if expr.args else expr

    return run(formula)


def _interleavings():
    """List the orders in which the ends of two adjacent intervals, a ≤ b ≤ c, and of a third, d ≤ e, can lie."""
    yield from combinations(range(5), 2)


def _overlaps_add(spots):
    """Check in symbols that [a, b] and [b, c] together share with [d, e] what [a, c] shares; ``spots`` places d and e."""
    steps = sp.symbols("t_0:5", nonnegative=True)
    ends = [sum(steps[: n + 1]) for n in range(5)]
    d, e = (ends[spot] for spot in spots)
    a, b, c = (end for spot, end in enumerate(ends) if spot not in spots)
    return sp.expand(overlap(a, b, d, e) + overlap(b, c, d, e) - overlap(a, c, d, e)) == 0


def _small_programmes():
    for costs in product((0, 1, 3), repeat=6):
        yield (2, 1), (1, 1, 1), (costs[:3], costs[3:])


def _optimal(case):
    """Check a flow and prices: both are feasible, worth the same, and mass flows only where the price is the cost."""
    masses, room, costs = case
    moved, u, v = cheapest_flow(masses, room, costs)
    cells = list(product(range(len(masses)), range(len(room))))
    return (
        all(moved[a][b] >= 0 and u[a] + v[b] <= costs[a][b] for a, b in cells)
        and tuple(map(sum, moved)) == masses
        and tuple(map(sum, zip(*moved, strict=True))) == room
        and _dot(costs, moved)
        == sum(a * b for a, b in zip(u, masses, strict=True)) + sum(a * b for a, b in zip(v, room, strict=True))
        and all(moved[a][b] == 0 or u[a] + v[b] == costs[a][b] for a, b in cells)
    )


def _triangle(distance):
    return lambda case: distance(case[0], case[2]) <= distance(case[0], case[1]) + distance(case[1], case[2])


_A, _B, _C, _D = sp.symbols("A B C D", nonnegative=True)
_F, _G, _t = sp.symbols("F G t", real=True)
_P, _Q, _phi, _psi, _sum = sp.symbols("P Q phi psi S", real=True)
_slack, _grain = sp.symbols("sigma f", nonnegative=True)

# |a + b| ≤ |a| + |b|: with equal signs both sides are A + B, with unequal ones the left is A − B or B − A.
_ABSOLUTE_TRIANGLE = (
    Equal(sp.Abs(_A + _B), _A + _B),
    AtLeast(_A + _B, _A - _B),
    AtLeast(_A + _B, _B - _A),
)

# Σ_{k≤K} φ_k d_k = φ_K F_K + Σ_{k<K} (φ_k − φ_{k+1}) F_k, by induction on K: F is F_K, G is F_{K+1}, S the sum so far.
_BY_PARTS = (
    Equal(_phi * _F, _phi * _F + 0),
    Equal((_phi * _F + _sum) + _psi * (_G - _F), _psi * _G + (_sum + (_phi - _psi) * _F)),
)


def _symbols(name, bins):
    """Probabilities that sum to 1: the last is what the others leave."""
    free = sp.symbols(f"{name}_1:{bins}", positive=True)
    return (*free, 1 - sum(free))


def _slope_holds(bins):
    """Check that the derivative of Σ F_k² with respect to p_i is 2 Σ_{k≥i} F_k, for all i."""
    p, q = sp.symbols(f"p_1:{bins + 1}"), sp.symbols(f"q_1:{bins + 1}")
    f = differences(p, q)
    value = squared(p, q)
    return all(sp.expand(sp.diff(value, p[a]) - 2 * sum(f[a:])) == 0 for a in range(bins))


def _energy_holds(bins):
    """Check that 2 Σ F_k² is 2 E|X − Y| − E|X − X'| − E|Y − Y'|, as polynomials in the probabilities."""
    p, q = _symbols("p", bins), _symbols("q", bins)

    def mean_distance(first, second):
        return sum(first[a] * second[b] * abs(a - b) for a, b in product(range(bins), repeat=2))

    energy = 2 * mean_distance(p, q) - mean_distance(p, p) - mean_distance(q, q)
    return sp.expand(2 * squared(p, q) - energy) == 0


def _order_one_holds(bins):
    """Check that K times the loss with r = 1 is Σ |F_k| over the K − 1 gaps, since F_K = 0."""
    p, q = _symbols("p", bins), _symbols("q", bins)
    return sp.expand(bins * substituted(_emd, p, q, exponent=1) - substituted(_collapsed, p, q)) == 0


def _steps_hold(bins):
    """Check that the steps of F are the differences of the probabilities."""
    p, q = sp.symbols(f"p_1:{bins + 1}"), sp.symbols(f"q_1:{bins + 1}")
    f = [0, *differences(p, q)]
    return all(sp.expand(f[a + 1] - f[a] - (p[a] - q[a])) == 0 for a in range(bins))


def _lagrange_holds(bins):
    """Check that ΣF² ΣG² − (ΣFG)² is a sum of squares, Σ_{a<b} (F_a G_b − F_b G_a)²."""
    f, g = sp.symbols(f"F_1:{bins + 1}"), sp.symbols(f"G_1:{bins + 1}")
    left = sum(a**2 for a in f) * sum(b**2 for b in g) - sum(a * b for a, b in zip(f, g, strict=True)) ** 2
    right = sum((f[a] * g[b] - f[b] * g[a]) ** 2 for b in range(bins) for a in range(b))
    return sp.expand(left - right) == 0


def _crossed(case):
    """Check that no permutation gives a smaller Σ|x − y|^r than the sorted pairing."""
    first, second = case
    for order in (1, 2):
        best = sum(abs(a - b) ** order for a, b in zip(sorted(first), sorted(second), strict=True))
        for pairing in permutations(second):
            if sum(abs(a - b) ** order for a, b in zip(first, pairing, strict=True)) < best:
                return False
    return True


def _sample_pairs():
    """List samples of 1 to 5 whole numbers, in every relative order that a short line allows."""
    for size in range(1, 5):
        yield from product(combinations_with_replacement(range(4), size), repeat=2)
    yield from product(combinations_with_replacement(range(3), 5), repeat=2)


def _distinct_pairs():
    """List samples of 1 to 3 different whole numbers, the first in every order."""
    for size in range(1, 4):
        for first, second in product(combinations(range(4), size), repeat=2):
            yield from ((order, second) for order in permutations(first))


def _moves_by_sign(case):
    """Check what moving one number by a tenth, to either side, does to the distance."""
    first, second = case
    tenth = Fraction(1, 10)
    for place, number in enumerate(first):
        partner = sorted(second)[sorted(first).index(number)]
        changes = []
        for step in (-tenth, tenth):
            moved = [*first[:place], number + step, *first[place + 1 :]]
            changes.append((sample_distance(moved, second) - sample_distance(first, second)) / sp.sympify(step))
        slope = sp.Rational((number > partner) - (number < partner), len(first))
        if number != partner and changes != [slope, slope]:
            return False
    return True


def _first_differences_hold(bins):
    """Check that the derivative of F_k with respect to p_i is 1 if k ≥ i and 0 otherwise."""
    p, q = sp.symbols(f"p_1:{bins + 1}"), sp.symbols(f"q_1:{bins + 1}")
    f = differences(p, q)
    return all(sp.diff(f[a], p[b]) == int(a >= b) for a, b in product(range(bins), repeat=2))


def _with_others(difference):
    """Write the EMD loss as a function of one F_k."""
    return ((_B + sp.Abs(difference) ** r) / K) ** (1 / r)


def _softmax_of(margin):
    """Evaluate the softmax of two logits, the second of which leads by a margin."""
    return 1 / (1 + sp.exp(margin)), sp.exp(margin) / (1 + sp.exp(margin))


_BIASED = (sp.Rational(3, 10), sp.Rational(7, 10))


def _expected(p, truth):
    """Evaluate the mean EMD loss (r = 1) against one-hot targets that are drawn from ``truth``."""
    targets = [[int(a == b) for b in range(len(p))] for a in range(len(p))]
    return sum(chance * emd(p, hot, 1) for chance, hot in zip(truth, targets, strict=True))


_CDFS = {_P: sp.Interval(0, 1), _Q: sp.Interval(0, 1)}
_ONE, _TWO, _THREE = (1, 0, 0), (0, 1, 0), (0, 0, 1)

programme = Card(
    name="earth_movers_distance",
    title="Earth mover's distance",
    symbol=sp.Symbol(r"\mathrm{EMD}"),
    formula=_programme,
    prediction=supply[i],
    domain={},
    evaluate=transport,
    claims=(
        Claim(
            "range",
            r"$0 \le \mathrm{EMD} \le \max c$: a mean of costs, which are not negative, weighted by the flow",
            # One cost D, and the largest, D + σ.
            (AtLeast(_D * _grain), AtLeast((_D + _slack) * _grain, _D * _grain)),
        ),
        Claim(
            "weak duality",
            r"prices with $u_i + v_j \le c_{ij}$ are never worth more than a flow's work: "
            r"$\sum c_{ij} f_{ij} - \sum u_i s_i - \sum v_j d_j = \sum f_{ij}\,(c_{ij} - u_i - v_j) \ge 0$",
            (
                # s_i = Σ_j f_ij and d_j = Σ_i f_ij, so that the prices are worth Σ (u_i + v_j) f_ij.
                Equal(
                    _total(cost[i, j] * flow[i, j]) - _total((rent[i] + fee[j]) * flow[i, j]),
                    _total((cost[i, j] - rent[i] - fee[j]) * flow[i, j]),
                ),
                AtLeast(_grain * _slack),
            ),
        ),
        Claim(
            "strong duality",
            r"at the optimum the best prices are worth as much as the flow's work, and mass flows only where "
            r"$u_i + v_j = c_{ij}$",
            (Exhaust(_small_programmes, _optimal, "2 piles, 3 pits, all costs from {0, 1, 3}"),),
        ),
        Claim(
            "units",
            r"EMD is a mean cost: doubling all masses leaves it as it is, doubling all costs doubles it",
            (
                Equal(sp.factor_terms(_mean_cost(cost[i, j], 2 * flow[i, j]).simplify()), _programme),
                Equal(sp.factor_terms(_mean_cost(2 * cost[i, j], flow[i, j]).simplify()), 2 * _programme),
            ),
        ),
        Claim(
            "triangle",
            r"for equal totals and a cost that is a distance, EMD obeys the triangle inequality",
            (
                Exhaust(
                    lambda: product(_histograms(3, 3), repeat=3),
                    _triangle(lambda p, q: transport(p, q, _line(3))),
                    "3 grains in bins at 0, 1, 3",
                ),
            ),
        ),
        Claim(
            "unequal totals",
            r"EMD is 0 only between equal masses, whatever their totals",
            (
                Fails(
                    sp.Gt(transport([1, 1], [1, 0], [[0, 1], [1, 0]]), 0),
                    r"$s = (1, 1)$, $d = (1, 0)$: the smaller total is already in its place, EMD = 0",
                ),
            ),
        ),
    ),
)

histograms = Card(
    name="wasserstein_histograms",
    title="Wasserstein distance of histograms",
    symbol=sp.Symbol("W_r"),
    formula=_monotone,
    prediction=probs[i],
    domain={r: _POSITIVE} | _CDFS,
    defaults={r: sp.S.One},
    evaluate=wasserstein,
    claims=(
        Claim(
            "range",
            r"$0 \le W_1 \le x_K - x_1$: no $|F_k|$ exceeds 1",
            (AtLeast(sp.Abs(_F)), AtLeast(sp.S.One, _P - _Q), AtLeast(sp.S.One, _Q - _P)),
        ),
        Claim(
            "flow",
            r"over gap $k$ the monotone flow moves $\max(F_k, 0)$ to the right and $\max(-F_k, 0)$ to the left: together "
            r"$|F_k|$, for every $K$",
            (
                # Adjacent intervals add up, so what p's bins to k send beyond k is what [0, F_p] shares with [F_q, 1].
                Exhaust(_interleavings, _overlaps_add, "in symbols, all orders of the end points", complete=True),
                # F_q ≤ F_p ≤ 1 and F_p ≤ F_q ≤ 1, with steps A, B, C.
                Equal(overlap(0, _A + _B, _A, _A + _B + _C), _B),
                Equal(overlap(0, _A, _A + _B, _A + _B + _C), sp.S.Zero),
                # F_k = A ≥ 0 and F_k = −A ≤ 0.
                Equal(sp.Max(_A, 0) + sp.Max(-_A, 0), sp.Abs(_A)),
                Equal(sp.Max(-_A, 0) + sp.Max(_A, 0), sp.Abs(-_A)),
            ),
        ),
        Claim(
            "formula",
            r"for $r = 1$ its cost is $\sum_{k<K} |F_k|\,\Delta x_k$",
            (
                Exhaust(
                    _pairs((2, 3), (3, 2)),
                    lambda pair: (
                        substituted(_monotone, *pair, _PLACES[: len(pair[0])], 1)
                        == wasserstein(*pair, _PLACES)
                        == substituted(_collapsed, *pair, _PLACES[: len(pair[0])])
                    ),
                    "3 grains in 2 bins, 2 in 3, unevenly spaced",
                ),
            ),
        ),
        Claim(
            "potential",
            r"prices $\varphi$ with $\varphi_k - \varphi_{k+1} = \operatorname{sign}(F_k)\,\Delta x_k$ are worth "
            r"$\sum \varphi_k (p_k - q_k) = \sum_{k<K} |F_k|\,\Delta x_k$, for every $K$",
            (*_BY_PARTS, Equal(sp.sign(_F) * _F, sp.Abs(_F))),
        ),
        Claim(
            "collapse",
            r"$W_1 = \sum_{k<K} |F_k|\,\Delta x_k$: that flow and those prices are feasible and meet",
            (
                Exhaust(
                    _pairs((2, 4), (3, 4), (4, 4), (5, 3)),
                    _certified,
                    "4 grains in 2 to 4 bins, 3 in 5, unevenly spaced",
                ),
            ),
        ),
        Claim(
            "programme",
            r"the linear programme with $c_{ij} = |x_i - x_j|^r$ has the optimum $W_r^r$, for $r = 1$ and $r = 2$",
            (
                Exhaust(
                    lambda: ((p, q, order) for p, q in _pairs((3, 3), (4, 2))() for order in (1, 2)),
                    lambda case: (
                        transport(case[0], case[1], [[c ** case[2] for c in row] for row in _line(len(case[0]))])
                        * sum(case[0])
                        == wasserstein(case[0], case[1], _PLACES, case[2]) ** case[2]
                    ),
                    "3 grains in 3 bins, 2 in 4, unevenly spaced",
                ),
            ),
        ),
        Claim(
            "gradient",
            r"$\partial W_r^r/\partial p_i = \sum_{i \le k < K} |x_k - y_k|^r - |x_{k+1} - y_k|^r$, where $y_k$ is $q$'s "
            r"quantile at $F_p(k)$ (where the CDFs tie, the mean over both sides)",
            (
                Exhaust(
                    lambda: product(_pairs((2, 3), (3, 4), (4, 4))(), (1, 2)),
                    _slope_of_order_holds,
                    "3 grains in 2 bins, 4 in 3 and 4, against central differences",
                ),
            ),
        ),
        Claim(
            "metric",
            r"$W_1$ is a metric: symmetric, 0 only at equality, and $W_1(p, q) \le W_1(p, t) + W_1(t, q)$",
            (Equal(sp.Abs(-_F), sp.Abs(_F)), *_ABSOLUTE_TRIANGLE),
        ),
        Claim(
            "convex",
            r"$W_1$ is convex in $p$: each $F_k$ is linear in $p$, and $|F_k|$ convex in $F_k$",
            _ABSOLUTE_TRIANGLE,
        ),
        Claim(
            "convex of order 2",
            r"$W_2$ is convex in $p$",
            (
                Fails(
                    sp.Le(
                        wasserstein((_HALF, _HALF, 0), _ONE, range(3), 2),
                        (wasserstein(_ONE, _ONE, range(3), 2) + wasserstein(_TWO, _ONE, range(3), 2)) / 2,
                    ),
                    r"$q = \delta_1$: 0 at $\delta_1$ and 1 at $\delta_2$, but $\sqrt{1/2}$ half-way",
                ),
            ),
        ),
        Claim(
            "proper",
            r"if the class has distribution $\eta$, the expected $W_1$ to one-hot targets is least at $p = \eta$",
            (
                Fails(
                    sp.Le(2 * _expected(_BIASED, _BIASED), 2 * _expected((0, 1), _BIASED)),
                    r"two classes, $\eta = (\tfrac3{10}, \tfrac7{10})$: $\tfrac{42}{100}$ at $p = \eta$, but $\tfrac{30}{100}$ at "
                    r"$p = (0, 1)$",
                ),
            ),
        ),
        Claim(
            "triangle of order 2",
            r"$W_2$ obeys the triangle inequality",
            (
                Exhaust(
                    lambda: product(_histograms(3, 3), repeat=3),
                    _triangle(lambda p, q: wasserstein(p, q, _PLACES, 2)),
                    "3 grains in bins at 0, 1, 3",
                ),
            ),
        ),
        Claim(
            "order",
            r"$W_1 \le W_2$: the root of the mean square is never below the mean",
            (
                # Σ m (d − M)² = S − 2MM + M² for pieces of mass m, Σ m = 1, M = Σ m d and S = Σ m d².
                Equal(_sum - 2 * _F * _F + _F**2, _sum - _F**2),
                AtLeast(_A * (_G - _F) ** 2),
            ),
        ),
    ),
)

samples = Card(
    name="wasserstein_samples",
    title="Wasserstein distance of samples",
    symbol=sp.Symbol("W_r"),
    formula=_samples,
    prediction=_x(_level),
    domain={r: _POSITIVE},
    defaults={r: sp.S.One},
    evaluate=sample_distance,
    claims=(
        Claim("range", r"$W_r \ge 0$", (AtLeast(sp.Abs(_F) ** r),)),
        Claim(
            "uncrossing",
            r"two pairs that cross, uncrossed, cost no more: for $x_1 \le x_2$ and $y_1 \le y_2$, "
            r"$(x_1 - y_2)^2 + (x_2 - y_1)^2 - (x_1 - y_1)^2 - (x_2 - y_2)^2 = 2 (x_2 - x_1)(y_2 - y_1) \ge 0$",
            (
                Equal(
                    (_F - _G - _B) ** 2 + (_F + _A - _G) ** 2 - (_F - _G) ** 2 - (_F + _A - _G - _B) ** 2, 2 * _A * _B
                ),
                AtLeast(2 * _A * _B),
            ),
        ),
        Claim(
            "sorted",
            r"for equal sizes the cheapest pairing joins the sorted samples, for $r = 1$ and $r = 2$",
            (
                Exhaust(
                    _sample_pairs, _crossed, "up to 4 numbers from 0 to 3 and 5 from 0 to 2, against every permutation"
                ),
            ),
        ),
        Claim(
            "gradient",
            r"for $n$ numbers each, $\partial W_1/\partial x_i = \tfrac1n \operatorname{sgn}(x_i - y_j)$, where $y_j$ has the rank of "
            r"$x_i$ and differs from it",
            (Exhaust(_distinct_pairs, _moves_by_sign, "up to 3 different numbers from 0 to 3, each moved by a tenth"),),
        ),
        Claim(
            "convex",
            r"$W_1$ is convex in the sample $x$",
            (
                Fails(
                    sp.Le(
                        sample_distance((1, 1), (0, 2)),
                        (sample_distance((0, 2), (0, 2)) + sample_distance((2, 0), (0, 2))) / 2,
                    ),
                    r"$y = (0, 2)$: 0 at $x = (0, 2)$ and at $x = (2, 0)$, but 1 half-way",
                ),
            ),
        ),
        Claim(
            "translation",
            r"$W_r(x, x + t) = |t|$ for every $r$",
            (
                Equal(_samples.subs(_y(_level), _x(_level) + _A).doit(), _A),
                Equal(_samples.subs(_y(_level), _x(_level) - _A).doit(), _A),
            ),
        ),
        Claim(
            "scale",
            r"$W_r(\alpha x, \alpha y) = \alpha\, W_r(x, y)$ for $\alpha > 0$",
            (
                # The integrand, and what the root makes of a constant factor.
                Equal((_A * _B) ** r, _A**r * _B**r),
                Equal((_A**r * _B) ** (1 / r), _A * _B ** (1 / r)),
            ),
        ),
    ),
)

_line_root = sp.sqrt(_A + 2 * _B * _t + _C * _t**2)

nima = Card(
    name="emd_loss",
    title="EMD loss",
    symbol=sp.Function("ell")(sp.Symbol("p"), sp.Symbol("q")),
    formula=_emd,
    prediction=probs[i],
    domain={r: _POSITIVE} | _CDFS,
    defaults={r: sp.Integer(2)},
    evaluate=emd,
    claims=(
        Claim(
            "extremes",
            r"between the first class and the last the loss is $((K - 1)/K)^{1/r}$, for every $K$ and $r$",
            (
                # All mass at the first class against the last: F_k = 1 for k < K, and F_K = 0.
                Equal((sp.Sum(sp.Abs(1) ** r, (k, 1, K - 1)).doit() / K) ** (1 / r), ((K - 1) / K) ** (1 / r)),
                Exhaust(
                    lambda: range(2, 11),
                    lambda bins: (
                        emd([1] + [0] * (bins - 1), [0] * (bins - 1) + [1], r) == sp.Rational(bins - 1, bins) ** (1 / r)
                    ),
                    "2 to 10 classes, r a symbol",
                ),
            ),
        ),
        Claim(
            "range",
            r"$0 \le \ell \le ((K - 1)/K)^{1/r}$: no $|F_k|$ exceeds 1, and $F_K = 0$",
            (AtLeast(_P), AtLeast(sp.S.One, _P - _Q), AtLeast(sp.S.One, _Q - _P)),
        ),
        Claim(
            "order one",
            r"$r = 1$ gives $W_1 / K$, for classes one apart",
            (
                Exhaust(
                    lambda: range(2, 7),
                    _order_one_holds,
                    "2 to 6 classes, probabilities in symbols",
                ),
            ),
        ),
        Claim(
            "homogeneous",
            r"a CDF difference $t$ times as large gives a loss $t$ times as large",
            (Equal(((_A * _B) ** r) ** (1 / r), _A * _B),),
        ),
        Claim(
            "perfect",
            r"the loss is 0 exactly at $p = q$: if all $F_k = 0$, then all $p_k - q_k = F_k - F_{k-1} = 0$",
            (Exhaust(lambda: range(1, 9), _steps_hold, "1 to 8 classes, probabilities in symbols"),),
        ),
        Claim(
            "convex",
            r"the loss is convex in $p$ for $r = 1$ and $r = 2$: it is a norm of the $F_k$, which are linear in $p$",
            (
                *_ABSOLUTE_TRIANGLE,
                # Along F + tG the loss is √(A + 2Bt + Ct²), with A = ΣF², B = ΣFG, C = ΣG².
                Equal(sp.diff(_line_root, _t, 2) * _line_root**3, _A * _C - _B**2),
                Exhaust(lambda: range(1, 7), _lagrange_holds, "1 to 6 classes, Lagrange's identity in symbols"),
            ),
        ),
        Claim(
            "convex for every exponent",
            r"the loss is convex in $p$ for every $r > 0$",
            (
                Fails(
                    sp.Le(emd((_HALF, 0, _HALF), _TWO, _HALF), (emd(_ONE, _TWO, _HALF) + emd(_THREE, _TWO, _HALF)) / 2),
                    r"$r = \tfrac12$, $q = (0, 1, 0)$: $\tfrac19$ at $(1, 0, 0)$ and at $(0, 0, 1)$, "
                    r"$\tfrac29$ half-way",
                ),
            ),
        ),
        Claim(
            "gradient",
            r"$\partial\ell/\partial p_i = \tfrac1K\, \ell^{1-r} \sum_{k \ge i} |F_k|^{r-1} \operatorname{sgn} F_k$, where "
            r"$\ell > 0$ and no $F_k$ is 0 for $r \le 1$",
            (
                # F_k holds p_i exactly if k ≥ i. One F_k = ±C beside the others, whose powers sum to B.
                Exhaust(lambda: range(1, 9), _first_differences_hold, "1 to 8 classes, probabilities in symbols"),
                *(
                    Equal(
                        side * sp.diff(_with_others(side * _C), _C),
                        side * _C ** (r - 1) * _with_others(_C) ** (1 - r) / K,
                    )
                    for side in (1, -1)
                ),
            ),
        ),
        Claim(
            "proper",
            r"if the class has distribution $\eta$, the expected loss against one-hot targets is least at $p = \eta$",
            (
                Fails(
                    sp.Le(_expected(_BIASED, _BIASED), _expected((0, 1), _BIASED)),
                    r"two classes, $\eta = (\tfrac3{10}, \tfrac7{10})$, any $r$: in units of $2^{-1/r}$, "
                    r"$\tfrac{42}{100}$ at $p = \eta$, but $\tfrac{30}{100}$ at $p = (0, 1)$",
                ),
            ),
        ),
        Claim(
            "order of the classes",
            r"renaming the classes leaves the loss as it is",
            (
                Fails(
                    sp.Eq(emd(_TWO, _ONE), emd(_THREE, _ONE)),
                    r"$q = \delta_1$: $p = \delta_2$ costs $\sqrt{1/3}$; with classes 2 and 3 swapped, $\sqrt{2/3}$",
                ),
            ),
        ),
    ),
)

squared_emd = Card(
    name="squared_emd_loss",
    title="Squared EMD loss",
    symbol=sp.Function("ell")(sp.Symbol("p"), sp.Symbol("q")),
    formula=_squared,
    prediction=probs[i],
    domain=_CDFS,
    evaluate=squared,
    claims=(
        Claim(
            "range",
            r"$0 \le \ell \le W_1 \le K - 1$, for classes one apart: $0 \le |F_k| \le 1$, so $F_k^2 \le |F_k|$",
            (
                AtLeast(_F**2),
                AtLeast(sp.S.One, _P - _Q),
                AtLeast(sp.S.One, _Q - _P),
                Equal(_P - _P**2, _P * (1 - _P)),
                AtLeast(_P * (1 - _P)),
            ),
        ),
        Claim(
            "gradient",
            r"$\partial\ell/\partial p_i = 2 \sum_{k \ge i} F_k$",
            (Exhaust(lambda: range(1, 9), _slope_holds, "1 to 8 classes, probabilities in symbols"),),
        ),
        Claim(
            "convex",
            r"$\ell$ is convex in $p$: along $p + t v$ its second derivative is $2 \sum_k (\sum_{j \le k} v_j)^2 \ge 0$",
            (Equal(sp.diff((_F + _t * _G) ** 2, _t, 2), 2 * _G**2), AtLeast(2 * _G**2)),
        ),
        Claim(
            "convex in the logits",
            r"with $p = \operatorname{softmax}(z)$, $\ell$ is convex in $z$",
            (
                Fails(
                    sp.Le(
                        squared(_softmax_of(sp.log(3)), (1, 0)),
                        (squared(_softmax_of(0), (1, 0)) + squared(_softmax_of(2 * sp.log(3)), (1, 0))) / 2,
                    ),
                    r"two classes, $q = \delta_1$: for a margin of $0$, $\log 3$, $2 \log 3$ on the wrong side "
                    r"$\ell = \tfrac14, \tfrac9{16}, \tfrac{81}{100}$",
                ),
            ),
        ),
        Claim(
            "energy",
            r"$\ell = \tfrac12 D^2$ with the energy distance "
            r"$D^2 = 2\,\mathbb{E}|X - Y| - \mathbb{E}|X - X'| - \mathbb{E}|Y - Y'|$",
            (
                # Over gap k, X and Y lie on different sides with probability P(1 − Q) + Q(1 − P).
                Equal(2 * (_P * (1 - _Q) + _Q * (1 - _P)) - 2 * _P * (1 - _P) - 2 * _Q * (1 - _Q), 2 * (_P - _Q) ** 2),
                Exhaust(lambda: range(2, 8), _energy_holds, "2 to 7 classes, probabilities in symbols"),
            ),
        ),
        Claim(
            "not the square of a Wasserstein distance",
            r"$\ell = W_2^2$",
            (
                Fails(
                    sp.Eq(sp.Integer(squared(_ONE, _THREE)), wasserstein(_ONE, _THREE, range(3), 2) ** 2),
                    r"$p = \delta_1$, $q = \delta_3$: $\ell = 2$, $W_2^2 = 4$",
                ),
            ),
        ),
        Claim(
            "not the square of the EMD",
            r"$\ell = W_1^2$",
            (
                Fails(
                    sp.Eq(sp.Integer(squared(_ONE, _THREE)), wasserstein(_ONE, _THREE, range(3)) ** 2),
                    r"$p = \delta_1$, $q = \delta_3$: $\ell = 2$, $W_1^2 = 4$",
                ),
            ),
        ),
        Claim(
            "proper",
            r"if the class has distribution $q$, the expected loss against one-hot targets is the loss against $q$ plus "
            r"what no prediction changes: its only minimum is at $p = q$",
            (
                # One term: F̂ is 1 with probability Q, else 0.
                Equal(_Q * (_P - 1) ** 2 + (1 - _Q) * _P**2, (_P - _Q) ** 2 + _Q * (1 - _Q)),
                AtLeast((_F - _G) ** 2),
            ),
        ),
        Claim(
            "order of the classes",
            r"renaming the classes leaves the loss as it is",
            (
                Fails(
                    sp.Eq(sp.Integer(squared(_TWO, _ONE)), squared(_THREE, _ONE)),
                    r"$q = \delta_1$: $p = \delta_2$ costs 1; with classes 2 and 3 swapped, 2",
                ),
            ),
        ),
    ),
)
