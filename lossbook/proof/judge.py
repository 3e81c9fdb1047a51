"""Judges claims: settles what a claim and a formula oblige to, and says what is known and how.

*Proved*: every obligation was settled on the whole domain, or there are finitely many cases and all were evaluated exactly.
*Exhaustive*: the same for all cases up to a size, of a claim that goes further. *Refuted*: an obligation fails at an exact witness. What
none of these shows raises :class:`NotProved`; a claim that is false raises :class:`Untrue`.
"""

import itertools
from dataclasses import dataclass, replace
from functools import lru_cache

import mpmath
import sympy as sp

from lossbook.proof import english, kernel, kinds, ranks, views
from lossbook.proof.kernel import NotProved, Sign, Step, Tends, Untrue, Zero
from lossbook.proof.views import Apart

#: From the strongest to the weakest; a counterexample overrules all.
STATUSES = ("proved", "exhaustive", "refuted")


@dataclass(frozen=True)
class Verdict:
    """What is known of a claim, and how: the status, and one step for each obligation."""

    status: str
    steps: tuple
    how: str

    def __str__(self):
        return f"{self.status} ({self.how})"

    def _repr_markdown_(self):
        return f"**{self.status}**, {self.how}"


def prove(card, claim):
    """Judge one claim of a card.

    Parameters
    ----------
    card : Card
        The card.
    claim : Claim or str
        The claim, or its key on the card.

    Returns
    -------
    Verdict
        With ``status`` "proved", "exhaustive" or "refuted", and the steps.

    Raises
    ------
    Untrue
        If the claim is false; the message and ``point`` say where.
    NotProved
        If no route led to a verdict, a hint is not true, or a printed form is not equal to what it stands for.
    """
    claim = card.claim(claim) if isinstance(claim, str) else claim
    try:
        return _refuted(card, claim) if isinstance(claim, kinds.Not) else _proved(card, claim)
    except NotProved as error:
        error.args = (f"{card.name}, {claim.key}: {error}",)
        raise
    except (ArithmeticError, AttributeError, IndexError, KeyError, NotImplementedError, RecursionError, TypeError, ValueError) as error:
        raise NotProved(f"{card.name}, {claim.key}: the claim does not fit the formula ({type(error).__name__}: {error})") from error


def _proved(card, claim):
    domain = claim.domain(card)
    kernel.check_domain(views.scalars(domain))
    if ranks.ordered(domain):
        ranks.parsed(card.formula)
    if sp.S.EmptySet in claim.on.values():
        raise NotProved("the claim is about nothing: a domain is empty")
    kinds.check_inside({s: v for s, v in claim.given.items() if isinstance(s, sp.Symbol)}, card.domain)
    waiting = list(claim.by)
    steps = [
        Step(english.obligation(obligation), None, (_settle(obligation, domain, waiting),)) for obligation in claim.obligations(card)
    ]
    if waiting:
        raise NotProved(f"the hint {waiting[0]} is not true, or fits nothing that has to be shown")
    for told, shown in claim.forms(card):
        steps.append(_printed(told, shown, domain))
    status = "exhaustive" if any(_weakest(s) == "exhaustive" for s in steps) else "proved"
    return Verdict(status, tuple(steps), _how(status, steps))


def _printed(told, shown, domain):
    """Show that a form that is printed is equal to what it stands for."""
    shown = sp.sympify(shown)
    if views.has_sums(told, shown):
        return _viewed(Zero(sp.sympify(told) - shown), domain)
    return replace(kernel.settle_zero(sp.sympify(told) - shown.doit(), views.scalars(domain)), case="as printed")


def _weakest(step):
    below = [_weakest(part) for part in step.parts]
    return "exhaustive" if step.status == "exhaustive" or "exhaustive" in below else "proved"


def _how(status, steps):
    """Name the route in a few words: the sizes where there are some, otherwise that it was done in symbols."""
    found = dict.fromkeys(text for step in steps for text in _sizes(step))
    return "; ".join(found) if found else "in symbols"


def _sizes(step):
    if step.status == "exhaustive" or step.rule.startswith("all cases"):
        return [step.rule]
    return [text for part in step.parts for text in _sizes(part)]


def _settle(obligation, domain, waiting):
    """Settle an obligation with the hints that fit it, which are taken off those that wait."""
    if isinstance(obligation, kinds._On):
        return _settle(obligation.obligation, domain | dict(obligation.domain), waiting)
    if isinstance(obligation, kinds.Either):
        return _either(obligation, domain, waiting)
    if isinstance(obligation, (Sign, Apart)):
        for hint in list(waiting):
            try:
                step = _viewed(obligation, domain, (hint,))
            except Untrue:
                raise
            except NotProved:
                continue
            waiting.remove(hint)
            return step
    rule = _RULES.get(type(obligation))
    return rule(obligation, domain) if rule else _viewed(obligation, domain)


def _viewed(obligation, domain, by=()):
    """Settle an obligation by the views that its domain asks for."""
    return (ranks if ranks.ordered(domain) else views).settle(obligation, domain, by)


def _either(obligation, domain, waiting):
    reasons = []
    for way in obligation.ways:
        hints = list(waiting)
        try:
            steps = tuple(_settle(part, domain, hints) for part in way)
        except NotProved as error:
            # A way that is closed does not refute the claim.
            reasons.append(str(error))
            continue
        waiting[:] = hints
        return Step("one of several ways", None, steps)
    raise NotProved(" / ".join(reasons))


# --- Obligations that are more than a sign ------------------------------------------------------------------------------


def _finite(obligation, domain):
    count = 0
    for case in obligation.cases():
        count += 1
        if not obligation.holds(case):
            raise Untrue(f"false for {case}", case)
    if not count:
        raise NotProved("there was no case")
    return Step(f"all cases: {count}", status="proved" if obligation.complete else "exhaustive")


def _false(obligation, domain):
    relation = obligation.relation
    value = _truth(relation)
    if value is None:
        raise NotProved(f"whether {relation} is false is not known")
    if value:
        raise Untrue(f"{relation} is true")
    return Step("the two differ", relation)


def _truth(relation):
    """Tell whether a relation between numbers holds, by exact zero or by digits; None where neither tells."""
    if relation in (sp.true, sp.false):
        return relation == sp.true
    return kinds._compared(type(relation), relation.lhs, relation.rhs)


def _reaches(obligation, domain):
    values = obligation.value if isinstance(obligation.value, tuple) else (obligation.value,)
    reasons = []
    for value in values:
        try:
            if obligation.at is not None:
                return _reaches_at(obligation.expr, value, dict(obligation.at), domain)
            return _found_place(obligation.expr, value, domain)
        except NotProved as error:
            reasons.append(str(error))
    raise NotProved(f"{values[0]} is not known to be reached or approached: {'; '.join(reasons)}")


def _reaches_at(expr, value, at, domain):
    """Show that an expression is ``value`` at a place, or goes there: an end that is no part of the domain is approached."""
    if any(isinstance(base, sp.IndexedBase) for base in at):
        # An instance with numbers in it: a symbol tau in one of the entries goes to 0.
        written = views.instance(expr, at, domain)
        kinds.check_inside(at, domain)
        steps = (_goes_to(written, value, {}, domain),)
        return Step(f"{value} at {_said(at)}", written, steps)
    for symbol in at:
        if symbol not in domain:
            raise NotProved(f"{symbol} has no domain")
    steps = (_goes_to(expr, value, at, domain),)
    return Step(f"{value} at {_said(at)}", expr, steps)


#: In the entries of a place: what goes to 0.
TINY = kernel.own("tiny", positive=True)


def _symbolic_place(symbol, point, at, domain):
    """Demand that an expression in other symbols lies where the symbol may."""
    region = domain[symbol]
    rest = {s: r for s, r in views.scalars(domain).items() if s not in at}
    for room in (point - region.inf, region.sup - point):
        if room.is_finite is not False and not room.has(sp.oo, -sp.oo):
            kernel.settle_sign(room, False, rest)


def _goes_to(expr, value, at, domain):
    value = sp.sympify(value)
    if not at and TINY not in expr.free_symbols:
        return kernel.settle_zero(expr - value, views.scalars(domain))
    if TINY in expr.free_symbols:
        return kernel.settle(Tends(expr, TINY, sp.S.Zero, value), {TINY: sp.Interval.open(0, 1)} | views.scalars(domain))
    expr = sp.sympify(expr)
    limits = []
    for symbol, point in at.items():
        point = sp.sympify(point)
        region = domain[symbol]
        if point.free_symbols:
            _symbolic_place(symbol, point, at, domain)
        if point.free_symbols or not (point in (sp.oo, -sp.oo) or (point.is_number and region.contains(point) != True)):  # noqa: E712
            expr = expr.xreplace({symbol: point})
        else:
            limits.append((symbol, point))
    rest = {s: r for s, r in views.scalars(domain).items() if s not in at or any(s == t for t, _ in limits)}
    if not limits:
        if value in (sp.oo, -sp.oo):
            raise NotProved(f"no number is {value}")
        return kernel.settle_zero(expr - value, rest)
    for symbol, point in limits[:-1]:
        side = "-" if point == rest[symbol].sup else "+"
        found = kernel.attempt(sp.limit, expr, symbol, point, side)
        if found is None:
            raise NotProved(f"the limit at {symbol} → {point} was not found")
        expr = found
    symbol, point = limits[-1]
    return kernel.settle_limit(expr, symbol, point, value, rest)


def _said(at):
    return ", ".join(f"{sp.sstr(s)} = {sp.sstr(v) if not isinstance(v, (tuple, list)) else tuple(v)}" for s, v in at.items())


def _found_place(expr, value, domain):
    """Look for a place: the ends of each symbol's domain, 0, ½, 1, other symbols; numbers choose, and symbols show."""
    if views.has_sums(expr):
        return _found_entries(expr, value, domain)
    symbols = sorted(expr.free_symbols - sp.sympify(value).free_symbols, key=str)
    regions = views.scalars(domain)
    lists = []
    for symbol in symbols:
        if symbol not in regions:
            raise NotProved(f"nothing says where {symbol} may lie")
        region = regions[symbol]
        numbers = [region.inf, region.sup, sp.S.Zero, sp.S.One, sp.S.Half, *(s for s in symbols if s != symbol and regions[s].is_subset(region))]
        closure = [n for n in dict.fromkeys(numbers) if n.free_symbols or ((region.inf <= n) == True and (n <= region.sup) == True)]  # noqa: E712
        lists.append(closure[:7])
    tried = 0

    # Places at which there is a limit to take come last.
    far = {
        (s, p) for s, numbers in zip(symbols, lists, strict=True) for p in numbers
        if p in (sp.oo, -sp.oo) or not (p.free_symbols or _contains(regions[s], p))
    }

    def effort(places):
        return sum(pair in far for pair in zip(symbols, places, strict=True))

    for places in sorted(itertools.islice(itertools.product(*lists), 3000), key=effort):
        at = dict(zip(symbols, places, strict=True))
        if any(v in at and at[v] in at for v in places if v.is_Symbol) or not _numerically(expr, value, at, regions):
            continue
        tried += 1
        try:
            return _reaches_at(expr, value, at, domain)
        except NotProved:
            if tried > 5:
                break
    raise NotProved(f"no place was found at which {kernel._text(expr)} comes to {value}")


@lru_cache(maxsize=4096)
def _contains(region, number):
    return region.contains(number) == True  # noqa: E712


def _numerically(expr, value, at, regions):
    """Whether numbers near a place come near the value."""
    near, far = sp.Rational(1, 10**30), sp.Integer(10) ** 12
    point = {s: next(iter(kernel.points(regions, {s}, 3)[2:]), {s: sp.S.One})[s] for s in sp.sympify(value).free_symbols}
    for symbol, place in at.items():
        if place.is_Symbol:
            continue
        if place in (sp.oo, -sp.oo):
            point[symbol] = far if place == sp.oo else -far
        elif _contains(regions[symbol], place):
            point[symbol] = place
        else:
            point[symbol] = place + near if place == regions[symbol].inf else place - near
    for symbol, place in at.items():
        if place.is_Symbol:
            if place not in point:
                return False
            point[symbol] = point[place]
    found = kernel.number(expr, point)
    if found is None:
        return False
    if value in (sp.oo, -sp.oo):
        return found > 20 if value == sp.oo else found < -20
    target = kernel.number(sp.sympify(value), point)
    return target is not None and abs(found - target) < mpmath.mpf(10) ** -9


def _found_entries(expr, value, domain):
    """Look for two entries of each base that reach the value: ends, halves, and one mass on its way to an end."""
    bases = views._bases(sp.Tuple(expr), domain)
    near = (TINY, 1 - TINY)
    lists = []
    for base in bases:
        region = domain[base]
        if isinstance(region, views.Simplex):
            corners = [near, near[::-1]] if region.open else [(1, 0), (0, 1), near, near[::-1]]
            lists.append([(sp.S.Half, sp.S.Half), *corners])
        elif region.region == sp.S.Reals:
            lists.append([(0, 0), (1 / TINY, 0), (0, 1 / TINY)])
        elif region.region.inf == -sp.oo and region.region.sup.is_finite:
            end = region.region.sup
            lists.append([(end, end), (end - 1 / TINY, end), (end, end - 1 / TINY)])
        else:
            lists.append([*itertools.product((0, 1), repeat=2), (sp.S.Half, sp.S.Half)])
    numbers = {s: r for s, r in views.scalars(domain).items() if s in expr.free_symbols and not s.is_integer}
    for entries in itertools.product(*lists):
        at = dict(zip(bases, entries, strict=True))
        for scalars in itertools.product(*([0, 1, sp.S.Half] for _ in numbers)):
            place = at | dict(zip(numbers, scalars, strict=True))
            if any(r.contains(place[s]) != True for s, r in numbers.items()):  # noqa: E712
                continue
            try:
                written = views.instance(expr, place, domain)
                if written.free_symbols - {TINY} or written.has(sp.zoo, sp.nan):
                    continue
                seen = kernel.number(written, {TINY: sp.Rational(1, 10**20)})
                if seen is None or not (abs(seen) > 20 if value in (sp.oo, -sp.oo) else abs(seen - mpmath.mpmathify(sp.sympify(value).evalf(30))) < 1e-9):
                    continue
                return _reaches_at(expr, value, place, domain)
            except (NotProved, TypeError, ValueError):
                continue
    raise NotProved(f"no entries were found at which it comes to {value}")


def _separable(obligation, domain):
    """Σ f of one entry each: convex together if each term is in its entry."""
    constant, function, index = views._linear_in_sum(obligation.expr)
    used = {e for e in function.atoms(sp.Indexed) if e.base == obligation.base}
    if used != {obligation.base[index]} or function.has(sp.Sum):
        raise NotProved("a term depends on other entries than its own")
    if constant.has(obligation.base):
        raise NotProved("the loss is more than a sum of terms")
    return Step("a sum of terms, each with one entry: convex if each term is", function)


def _laplacian(obligation, domain):
    base = obligation.base
    i, j, other = (kernel.own(name, integer=True, positive=True) for name in "ijl")
    view = views._Split(domain, [*views.indices_of(obligation.expr), i, j, other])
    written = view(obligation.expr)
    a, b, c = (view(base[place]) for place in (i, j, other))
    mixed, beside, own = sp.diff(written, a, b), sp.diff(written, a, c), sp.diff(written, a, 2)
    # Σ_{k≠i} e^{z_k}: those of the entries that are singled out, and of the rest.
    rest = next((s for bound, s in view.rest.items() if bound == sp.exp(views._entry(base, "rest", domain, positive=True))), None)
    if rest is None:
        raise NotProved("the other entries do not come in as a sum of exponentials")
    others = rest + sum(sp.exp(view(base[k])) for k in view.indices if k != i)
    below = kernel.settle_sign(view.finish(-mixed), False, view.scalars)
    alike = kernel.settle_zero(view.finish(mixed * sp.exp(c) - beside * sp.exp(b)), view.scalars)
    rows = kernel.settle_zero(view.finish(own * sp.exp(b) + mixed * others), view.scalars)
    return Step("the Hessian is Σ c (v_i − v_j)² with c ≥ 0", mixed, (below, alike, rows))


def _linear(obligation, domain):
    """Σ f(linear) with f convex: convex in the entries."""
    expr = obligation.expr
    outer = views._outer_sums(expr)
    if len(outer) != 1:
        raise NotProved("there is no single sum of functions of cumulative sums")
    rate = sp.diff(expr.xreplace({outer[0]: kernel.own("S_1", real=True)}), kernel.own("S_1", real=True))
    if rate.free_symbols - set(views.scalars(domain)) or views.has_sums(rate):
        raise NotProved("the loss is not linear in that sum")
    positive = kernel.settle_sign(rate, False, views.scalars(domain))
    flat, live = views._flat(outer[0], domain)
    inner = next((s for s in live if s.name == f"F_{obligation.base.label}"), None)
    if inner is None:
        raise NotProved("the prediction does not come in by cumulative sums")
    cube = views.scalars(domain) | {s: sp.Interval(0, 1) for s in live}
    curved = kernel.settle_sign(kinds.slope(flat, inner, 2), False, cube, inside=True)
    jumps = tuple(kernel.settle_sign(jump, False, cube) for jump in kinds._jumps(flat, inner))
    return Step("a sum of convex functions of what is linear in the entries", flat, (positive, curved, *jumps))


def _jointly(obligation, domain):
    constant, function, index = views._linear_in_sum(obligation.expr)
    first, second = obligation.first, obligation.second
    bases = {first.base, second.base}
    if {e.base for e in function.atoms(sp.Indexed)} - bases or function.has(sp.Sum) or constant.has(*bases) or first.indices != second.indices:
        raise NotProved("a term depends on other entries than its own two")
    named = {e.base: views._entry(e.base, "k", domain) for e in (first, second)}
    term = function.xreplace({base[index]: symbol for base, symbol in named.items()})
    region = views.scalars(domain) | {s: views._wide(domain[base]) for base, s in named.items()}
    a, b = named.values()
    hessian = sp.hessian(term, (a, b))
    minors = (hessian[0, 0], hessian[1, 1], hessian.det())
    steps = tuple(kernel.settle_sign(minor, False, region) for minor in minors)
    return Step("a sum of terms, each with a Hessian that is nowhere negative", term, steps)


def _embedding(obligation, domain):
    term, p, q, _ = _pair_term(obligation.expr, domain)
    (entry,) = obligation.feature.atoms(sp.Indexed)
    t = kernel.own("t_over", positive=True)
    phi = obligation.feature.xreplace({obligation.over: t, entry: p})
    if phi.free_symbols - {p, t} or not obligation.over.is_positive:
        raise NotProved(f"{obligation.feature} is no function of one entry and {obligation.over} > 0")
    wide = {p: sp.Interval.open(0, sp.oo), q: sp.Interval.open(0, sp.oo), t: sp.Interval.open(0, sp.oo)}
    product = phi * phi.xreplace({p: q})
    whole = kernel.attempt(lambda: sp.integrate(sp.powsimp(product), t))
    if whole is None or whole.has(sp.Integral, sp.Piecewise):
        raise NotProved(f"the integral of {product} was not found")
    ends = [kernel.attempt(sp.limit, whole, t, end, side) for end, side in ((sp.oo, "-"), (0, "+"))]
    if None in ends:
        raise NotProved(f"the integral of {product} is not known at its ends")
    steps = (
        kernel.settle_zero(sp.diff(whole, t) - product, wide),
        *(kernel.settle(Tends(whole, t, sp.sympify(end), value), wide) for end, value in zip((sp.oo, 0), ends, strict=True)),
        kernel.settle_zero(term.subs(q, p), wide),
        kernel.settle_zero(sp.diff(term, q).subs(q, p), wide),
        kernel.settle_zero(-sp.diff(term, p, q) - (ends[0] - ends[1]), wide),
    )
    return Step("a term is half the squared distance of two functions", phi, steps)


def _merging(obligation, domain):
    term, p, q, _entries = _pair_term(obligation.expr, domain)
    scale = kernel.own("lambda", positive=True)
    wide = {p: sp.Interval.open(0, sp.oo), q: sp.Interval.open(0, sp.oo), scale: sp.Interval.open(0, sp.oo)}
    even = kernel.settle_zero(term.xreplace({p: scale * p, q: scale * q}) - scale * term, wide)
    curved = kernel.settle_sign(sp.diff(term, q, 2), False, wide)
    return Step("a term is homogeneous of degree 1 and convex, hence subadditive", term, (even, curved))


def _additive(obligation, domain):
    term, p, q, _entries = _pair_term(obligation.expr, domain, least=1)
    r, s = kernel.own("r_k", positive=True), kernel.own("s_k", positive=True)
    wide = {x: sp.Interval.open(0, sp.oo) for x in (p, q, r, s)}
    product, other = term.xreplace({p: p * r, q: q * s}), term.xreplace({p: r, q: s})
    last = None
    for ours, theirs in ((p, r), (q, s)):
        try:
            step = kernel.settle_zero(product - theirs * term - ours * other, wide)
        except NotProved as error:
            last = error
            continue
        return Step(f"a term of the product is {theirs} f(p, q) + {ours} f(r, s), and both factors sum to 1", product, (step,))
    raise last


def _pair_term(expr, domain, least=2):
    """Write a sum over two distributions (``least`` = 1: or one) as its term in two positive symbols."""
    constant, function, index = views._linear_in_sum(expr)
    bases = views._bases(sp.Tuple(function), domain)
    if constant != 0 or not least <= len(bases) <= 2 or not all(isinstance(domain[b], views.Simplex) for b in bases):
        raise NotProved("the loss is no sum of terms of two distributions")
    first, second = ([b for b in domain if b in bases] * 2)[:2]
    p, q = kernel.own("p_k", positive=True), kernel.own("q_k", positive=True)
    return function.xreplace({second[index]: q, first[index]: p} if first != second else {first[index]: p}), p, q, bases


def _taylor(obligation, domain):
    constant, function, index = views._linear_in_sum(obligation.expr)
    _, leading, other = views._linear_in_sum(obligation.leading)
    leading = leading.xreplace({other: index})
    a, b = kernel.own("a_k", positive=True), kernel.own("b_k", positive=True)
    named = {obligation.a[index]: a, obligation.b[index]: b}
    term, target = function.xreplace(named), leading.xreplace(named)
    wide = {a: sp.Interval.open(0, sp.oo), b: sp.Interval.open(0, sp.oo)}
    if constant != 0 or (term.free_symbols | target.free_symbols) - {a, b}:
        raise NotProved("the loss is no sum of terms of two distributions")
    slope = sp.simplify(sp.diff(term, a).subs(a, b))
    if slope.free_symbols:
        raise NotProved(f"the slope of a term at equality, {slope}, is no null sum")
    term = term - slope * (a - b)
    steps = [
        kernel.settle_zero((sp.diff(term, a, order) - sp.diff(target, a, order)).subs(a, b), wide) for order in (0, 1, 2)
    ]
    kernel.settle_sign(sp.diff(target, a, 2).subs(a, b), True, wide)
    return Step("value, slope (with a null sum) and second derivative of a term agree at equality", target, tuple(steps))


def _excess(obligation, domain):
    """Settle what a proper loss has above the truth, term by term, or by cumulative sums."""
    p, q = obligation.p, obligation.q
    domain = {**domain, p: views.Simplex(open=True)} if not isinstance(domain.get(p), views.Simplex) else domain
    domain = {**domain, q: views.Simplex(open=domain[p].open)}
    if views._outer_sums(obligation.expr):
        return _excess_of_cdfs(obligation, domain)
    constant, function, index = views._linear_in_sum(obligation.expr)
    if {e.base for e in function.atoms(sp.Indexed)} - {p, q} or constant.has(p, q):
        raise NotProved("the loss is no sum over the classes of a function of prediction and target")
    hit, miss = (_at_label(function, q[index], label) for label in (1, 0))
    term = q[index] * hit + (1 - q[index]) * miss
    excess = sp.Sum(term - term.xreplace({p[index]: q[index]}), (index, 1, sp.Symbol("K", integer=True, positive=True)))
    claimed = Apart(excess, p, q) if obligation.strict else Sign(excess)
    return Step("the expectation over one-hot labels, term by term", term, (views.settle(claimed, domain),))


def _at_label(function, entry, label):
    """Put a label into a term, where it is not defined as its limit: 0 log 0 = 0."""
    chance = kernel.own("chance", positive=True)
    moved = function.xreplace({entry: chance})
    found = moved.subs(chance, label)
    if found.has(sp.nan, sp.zoo, sp.oo):
        others = {e: kernel.own(f"o_{n}", positive=True) for n, e in enumerate(sorted(function.atoms(sp.Indexed) - {entry}, key=str))}
        limit = kernel.attempt(sp.limit, moved.xreplace(others), chance, label, "+")
        if limit is None or limit.has(sp.oo, sp.nan, sp.zoo):
            raise NotProved(f"a term is not defined at the label {label}")
        found = limit.xreplace({s: e for e, s in others.items()})
    return found


def _excess_of_cdfs(obligation, domain):
    outer = views._outer_sums(obligation.expr)
    if len(outer) != 1 or obligation.expr != outer[0]:
        raise NotProved("the loss is no plain sum of functions of cumulative sums")
    flat, live = views._flat(outer[0], domain)
    ours, theirs = (next(s for s in live if s.name == f"F_{base.label}") for base in (obligation.p, obligation.q))
    expected = theirs * flat.subs(theirs, 1) + (1 - theirs) * flat.subs(theirs, 0)
    excess = expected - expected.subs(ours, theirs)
    cube = views.scalars(domain) | {s: sp.Interval(0, 1) for s in live}
    if not obligation.strict:
        return kernel.settle_sign(excess, False, cube)
    step = views.settle_apart(excess, ours, theirs, cube)
    return Step("the expectation over one-hot labels, in cumulative sums; if all of these agree, so do the distributions", excess, (step,))


_RULES = {
    kinds.Excess: _excess,
    kinds.Finite: _finite,
    kinds.False_: _false,
    kinds.Reaches: _reaches,
    kinds.Separable: _separable,
    kinds.Laplacian: _laplacian,
    kinds.Linear: _linear,
    kinds._MergingTerms: _merging,
    kinds._Additive: _additive,
    kinds._Embedding: _embedding,
    kinds.Jointly: _jointly,
    kinds._TaylorOfTerms: _taylor,
} | ranks.RULES


# --- Refutations --------------------------------------------------------------------------------------------------------


def _refuted(card, claim):
    """Show that one of a claim's obligations fails."""
    domain = claim.domain(card)
    kernel.check_domain(views.scalars(domain))
    inner = claim.claim
    if isinstance(inner, kinds.Proper) and isinstance(card.prediction, sp.Indexed) and claim.witness is not None:
        return _refuted_proper(card, inner, dict(claim.witness))
    if isinstance(inner, kinds.Holds) and claim.witness is not None and not _is_plain(inner, claim.witness):
        return _refuted_cases(card, inner, claim.witness)
    if isinstance(inner, kinds.Exhaustive):
        witness = claim.witness if claim.witness is not None else _failing_case(card, inner)
        return _refuted_cases(card, inner, witness)
    reasons = []
    for obligation in _flattened(inner.obligations(card)):
        try:
            step = _fails(obligation, claim.witness, domain)
        except NotProved as error:
            reasons.append(str(error))
            continue
        return Verdict("refuted", (step,), step.rule)
    raise NotProved(f"the claim was not refuted: {'; '.join(reasons)}")


def _refuted_proper(card, claim, witness):
    """Show that some prediction costs less than the truth: both expected losses, over one-hot labels, at the witness."""
    prediction = card.prediction.base
    target = claim.target if claim.target is not None else kinds._target(card, prediction)
    domain = {**card.domain, prediction: views.Simplex(), target: views.Simplex()}
    kinds.check_inside(witness, domain)
    truth = tuple(map(sp.sympify, witness[target]))

    def expected(answer):
        total = sp.S.Zero
        for place, chance in enumerate(truth):
            label = tuple(sp.Integer(place == n) for n in range(len(truth)))
            values = {**witness, prediction: answer, target: label}
            total += chance * sp.sympify(card.evaluate_as(claim.loss(card), *(values[a] for a in card.symbol.args if a in values)))
        return total

    ours, honest = expected(tuple(map(sp.sympify, witness[prediction]))), expected(truth)
    if kinds._compared(sp.Ge, ours, honest):
        raise NotProved(f"the expected loss {ours} is not below that at the truth, {honest}")
    told = f"at ${sp.latex(target)} = {_latex(truth)}$: an expected loss of ${_value(honest)}$ for the truth, but of ${_value(ours)}$ for ${_latex(witness[prediction])}$"
    return Verdict("refuted", (Step("an instance", witness, status="refuted"),), told)


def _flattened(obligations):
    # A claim that can be shown in several ways is not refuted by a way that is closed, but by what all of them need.
    return [part for found in obligations for part in (found.needed if isinstance(found, kinds.Either) else (found,))]


def _is_plain(claim, witness):
    return all(isinstance(key, (sp.Symbol, sp.IndexedBase)) for key in witness) and not any(
        isinstance(value, (tuple, list)) and not isinstance(key, sp.IndexedBase) for key, value in witness.items()
    )


def _failing_case(card, claim):
    for obligation in claim.obligations(card):
        for case in obligation.cases():
            if not obligation.holds(case):
                return case
    raise NotProved("no case was found that fails")


def _refuted_cases(card, claim, witness):
    if kinds.relation_at(claim, card, dict(witness)):
        raise NotProved(f"the relation holds at {_said(witness)}")
    compares = isinstance(claim.relation, sp.core.relational.Relational)
    sides = [kinds._evaluated(side, claim, card, dict(witness)) for side in (claim.relation.args if compares else ())]
    return Verdict("refuted", (Step("an instance", witness, status="refuted"),), _instance_told(witness, sides, claim.relation))


def _instance_told(witness, sides, relation):
    told = ", ".join(f"${english.tex(k)} = {_latex(v)}$" for k, v in witness.items())
    if len(sides) == 2:
        told += f": ${_value(sides[0])} {_OPPOSITE[type(relation)]} {_value(sides[1])}$"
    return told


_OPPOSITE = {sp.Eq: r"\ne", sp.Ne: "=", sp.Ge: "<", sp.Gt: r"\le", sp.Le: ">", sp.Lt: r"\ge"}


def _latex(value):
    return english.tex(value)


def _value(value):
    """Print a number: exactly if that is short, to four digits otherwise."""
    if isinstance(value, (tuple, list)):
        return _latex(value)
    value = sp.sympify(value)
    exact = english.tex(value)
    if (value.is_Rational and len(exact) <= 18) or value in (sp.oo, -sp.oo):
        return exact
    digits = sp.latex(value.evalf(4))
    return digits if len(exact) > 40 else f"{exact} = {digits}"


def _fails(obligation, witness, domain):
    """Return the step that shows an obligation to be false, at the witness or at a point that is found."""
    if isinstance(obligation, kinds._On):
        return _fails(obligation.obligation, witness, domain | dict(obligation.domain))
    if witness is None:
        return _fails_somewhere(obligation, domain)
    if isinstance(obligation, (Zero, Sign)):
        kinds.check_inside(witness, domain)
        value = sp.simplify(views.instance(obligation.expr, witness, domain))
        if value.free_symbols:
            raise NotProved(f"the witness leaves {value.free_symbols} open")
        wanted = sp.Eq if isinstance(obligation, Zero) else sp.Gt if obligation.strict else sp.Ge
        if isinstance(obligation, Sign) and obligation.enough and value == 0 and not _is_flat(obligation, domain):
            raise NotProved("a point at which it is 0 does not refute the claim")
        if kinds._compared(wanted, value, sp.S.Zero):
            raise NotProved(f"{kernel._text(value)} is as claimed")
        return Step(_failure(obligation, value, witness), obligation.expr, status="refuted")
    if isinstance(obligation, Tends):
        rest = {k: v for k, v in witness.items() if k != obligation.variable}
        expr = views.instance(obligation.expr, rest, domain)
        try:
            kernel.settle(Tends(expr, obligation.variable, obligation.point, obligation.value), views.scalars(domain))
        except Untrue as error:
            return Step(str(error), expr, status="refuted")
        raise NotProved("the limit is as claimed")
    raise NotProved(f"a witness does not refute {type(obligation).__name__}")


def _is_flat(obligation, domain):
    return not views.has_sums(obligation.expr) and kernel._is_flat(obligation.expr, views.scalars(domain))


def _failure(obligation, value, witness):
    """Tell what an obligation's expression is at the witness, and what it should be."""
    told = ", ".join(f"${english.tex(k)} = {_latex(v)}$" for k, v in witness.items())
    return f"{f'at {told}' if told else 'everywhere'} the {obligation.what} is ${_value(value)}$"


def _fails_somewhere(obligation, domain):
    if isinstance(obligation, (Zero, Sign)):
        try:
            if views.has_sums(obligation.expr):
                views.refute(obligation, domain)
            elif isinstance(obligation, Zero):
                kernel.refute_zero(obligation.expr, views.scalars(domain), obligation.inside)
            else:
                kernel.refute_sign(obligation.expr, views.scalars(domain), obligation.strict, obligation.inside, obligation.enough)
        except Untrue as error:
            if error.point is None:
                raise NotProved("no point was found") from error
            value = sp.sympify(kernel.number(obligation.expr, error.point)) if not views.has_sums(obligation.expr) else None
            if value is None:
                return Step(str(error), obligation.expr, status="refuted")
            exact = sp.simplify(obligation.expr.subs(error.point, simultaneous=True))
            return Step(_failure(obligation, exact, error.point), obligation.expr, status="refuted")
        raise NotProved("no point was found at which it fails")
    if isinstance(obligation, (Tends, Apart)):
        try:
            views.settle(obligation, domain)
        except Untrue as error:
            return Step(str(error), status="refuted")
        raise NotProved("it was not refuted")
    if isinstance(obligation, kinds.Finite):
        try:
            _finite(obligation, domain)
        except Untrue as error:
            return Step(str(error), status="refuted")
    raise NotProved(f"{type(obligation).__name__} was not refuted")


def refuted_instance(relation, place):
    """Judge a single instance that is said to be false: a relation between numbers, and the words that name it."""
    return Verdict("refuted", (_false(kinds.False_(relation), {}),), place)
