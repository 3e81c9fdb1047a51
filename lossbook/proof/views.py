"""How an obligation on sums over classes or pixels becomes obligations without sums, each rule with its reason.

A formula may hold sums over a range of any length (``Sum(f(p[k], q[k]), (k, 1, K))``). The kernel knows no sums. A *view* rewrites the
obligation so that its truth for every length follows from obligations on single entries:

:func:`split`
    Σ_k f(k) = f(i) + Σ_{k≠i} f(k). What the other entries add is Σ c·m(k) with factors m(k) that know nothing of entry i, so each
    Σ_{k≠i} m(k) is one number: not negative where m is, free otherwise. It serves derivatives and limits in one entry. The
    entries of a distribution sum to 1: of those, the others have 1 − p_i. K = 1, with no others, is included; where K is at least n, and
    fewer than n entries are singled out, Σ_{k≠i} m(k) is positive where m is. Entries with different free indices are different ones, so
    that a Kronecker delta is 1 at its own entry and 0 for the others.
:func:`by_parts`
    A sum is not negative if no part of it is: the parts are a hint, and each is settled by itself, up to a factor that is a square root.
:func:`by_terms`
    Σ f(k) + c ≥ 0 follows from f + c·u + λ(p − q) ≥ 0 for each entry, where u sums to 1 (a distribution, or ½(p + q)) and p − q to 0.
    The certificate (c, u, λ) is part of the proof. Without one, a bound on each term bounds nothing. A sum inside of c is seen from the
    entry k as inside of f: Σ_k c·u(k) is c however c is written.
:func:`by_counts`
    A sum of products of p_i, g_i ∈ [0, 1], each of degree at most 1, is a combination of the soft counts Σpg, Σp(1 − g), Σ(1 − p)g,
    Σ(1 − p)(1 − g), with its values at the four corners as coefficients. Counts are not negative.
:func:`by_cdfs`
    Σ_{j≤k} p_j lies in [0, 1], and is 1 at k = K. A sum over k of a function of such sums has K − 1 terms that vary, and each lies
    between the bounds that are shown for one.
:func:`by_products`
    A sum over one index or several is a combination, with factors that know nothing of them, of sums Σ m of products m of entries; each of
    these is one number. It serves identities.
:func:`written_out`
    The sums for K = 1, 2, 3, 4, one after the other. The status is *exhaustive*, never *proved*; but where the claim itself says how
    many entries there are (K = 2), they are written out and nothing is left open.

Two things hold for all of them. A symbol with finitely many values is given each of these before anything else. A domain may hold a
narrower region for one entry, ``mask[j]: {1}``: it is that of the entry when it is singled out, while the sums run over the base's own.

Refutations are instances: two to four entries with numbers in them.
"""

import itertools
from dataclasses import dataclass, replace
from functools import lru_cache

import sympy as sp

from lossbook.proof import kernel
from lossbook.proof.kernel import Anchor, NotProved, Sign, Step, Tends, Untrue, Zero, attempt, own

#: How many entries are written out to refute, and to show for some sizes.
TRIED, SHOWN = (2, 3, 1), (1, 2, 3, 4)


@dataclass(frozen=True)
class Each:
    """The domain of an indexed base: every entry lies in ``region``, whatever the others are."""

    region: sp.Set


@dataclass(frozen=True)
class Simplex:
    """The domain of an indexed base: a distribution. ``open``: no entry is 0."""

    open: bool = False

    @property
    def region(self):
        """Where one entry lies."""
        return sp.Interval.open(0, 1) if self.open else sp.Interval(0, 1)


@dataclass(frozen=True)
class Apart:
    """``expr`` is > 0 wherever ``a`` and ``b`` differ."""

    expr: sp.Expr
    a: sp.Expr
    b: sp.Expr


def exprs_of(obligation):
    """List the expressions of an obligation."""
    if isinstance(obligation, Tends):
        return (obligation.expr, obligation.value, sp.sympify(obligation.variable))
    if isinstance(obligation, Apart):
        return (obligation.expr, sp.sympify(obligation.a), sp.sympify(obligation.b))
    return (obligation.expr,)


def has_sums(*exprs):
    """Whether expressions have entries or sums, of which the kernel knows nothing."""
    return any(sp.sympify(e).has(sp.Indexed, sp.Sum, sp.Derivative, sp.IndexedBase, sp.KroneckerDelta) for e in exprs)


#: The names of the soft counts, by the values of prediction and target.
COUNTS = {(1, 1): "TP", (1, 0): "FP", (0, 1): "FN", (0, 0): "TN"}


# --- Entries ------------------------------------------------------------------------------------------------------------


def _entry(base, index, domain, positive=False):
    """Name one entry as a symbol that is declared no more than its domain says (or positive, for algebra that names no point)."""
    region = domain[base].region
    name = f"{base.label}_{index}"
    above, apart = _over_zero(region)
    if above and (positive or apart):
        return own(name, positive=True)
    return own(name, nonnegative=True) if above else own(name, real=True)


@lru_cache(maxsize=256)
def _over_zero(region):
    """Whether a region has no negative number, and whether 0 is not in it."""
    return bool(region.inf >= 0), 0 not in region


def _bases(expr, domain):
    found = {e.base for e in expr.atoms(sp.Indexed)} | (expr.atoms(sp.IndexedBase))
    unknown = sorted(str(b) for b in found if b not in domain)
    if unknown:
        raise NotProved(f"nothing says where the entries of {', '.join(unknown)} may lie")
    return sorted(found, key=str)


def scalars(domain):
    """Return the part of a domain that the kernel knows."""
    return {s: r for s, r in domain.items() if isinstance(s, sp.Symbol)}


def _region_of(entry, domain):
    """Return where one entry lies: a region of its own, or that of all entries of its base."""
    return domain[entry] if entry in domain else domain[entry.base].region


def _only(region):
    """Return the one value of a region that has no other, or None."""
    return next(iter(region)) if isinstance(region, sp.FiniteSet) and len(region) == 1 else None


def indices_of(*exprs):
    """List the free indices: the entries that an obligation singles out."""
    return sorted({s for expr in exprs for s in _free_indices(sp.sympify(expr), frozenset())}, key=str)


def _free_indices(expr, bound):
    if isinstance(expr, sp.Sum):
        inside = bound | {limit[0] for limit in expr.limits}
        return _free_indices(expr.function, inside)
    if isinstance(expr, (sp.Indexed, sp.KroneckerDelta)):
        places = expr.indices if isinstance(expr, sp.Indexed) else expr.args
        return {s for i in places for s in i.free_symbols if s not in bound}
    return {s for part in expr.args if isinstance(part, sp.Basic) for s in _free_indices(part, bound)}


def _rebound(expr, index):
    """Give all sums that run over the whole range the same index; a cumulative sum ends at another's index, and keeps its own."""
    running = {limit[0] for e in expr.atoms(sp.Sum) for limit in e.limits}
    return expr.replace(
        lambda e: isinstance(e, sp.Sum) and len(e.limits) == 1 and e.limits[0][0] != index and e.limits[0][2] not in running,
        lambda e: sp.Sum(e.function.xreplace({e.limits[0][0]: index}), (index, *e.limits[0][1:])),
    )


class _Split:
    """Expressions with some entries singled out and the rest of each sum as numbers, the same number for the same rest."""

    def __init__(self, domain, indices, moving=None):
        #: The variables of derivatives and limits, where they are known: what the rest adds may depend on any symbol but these.
        self.domain, self.indices, self.moving = domain, indices, moving
        self.scalars = scalars(domain)
        self.rest, self.units, self.lengths = {}, {}, {}

    def __call__(self, expr):
        """Rewrite an expression; raises NotProved where the rest knows more than it may."""
        expr = sp.sympify(expr)
        if isinstance(expr, sp.Derivative):
            inner = self(expr.expr)
            for variable, count in expr.variable_count:
                inner = sp.diff(inner, self(variable), count)
            return inner.replace(sp.DiracDelta, self._without_impulse)
        if isinstance(expr, sp.Sum):
            return self._sum(expr)
        if isinstance(expr, sp.Indexed):
            return self._named(expr)
        if isinstance(expr, sp.KroneckerDelta):
            if not set(expr.args) <= set(self.indices):
                raise NotProved(f"{expr} does not compare entries that are singled out")
            return sp.S.Zero
        if not expr.args or not has_sums(expr):
            return expr
        return expr.func(*map(self, expr.args))

    def _without_impulse(self, step, *_):
        """Write the slope of a step as 0 where the domain keeps away from it."""
        for side in (step, -step):
            try:
                kernel.settle_sign(side, True, self.scalars)
            except NotProved:
                continue
            return sp.S.Zero
        raise NotProved(f"a step has no slope where {step} is 0")

    def _named(self, entry):
        if len(entry.indices) != 1 or entry.indices[0] not in self.indices:
            raise NotProved(f"{entry} is not an entry that could be singled out")
        symbol = _entry(entry.base, entry.indices[0], self.domain)
        self.scalars[symbol] = _region_of(entry, self.domain)
        return symbol

    def _sum(self, expr):
        last = expr.limits[0][2]
        if len(expr.limits) != 1 or expr.limits[0][1] != 1 or not isinstance(last, sp.Symbol) or last in self.indices:
            raise NotProved(f"{expr} does not run over the whole range")
        index = expr.limits[0][0]
        inner = list(expr.function.atoms(sp.Sum))
        if any(s.has(index) and index in s.free_symbols for s in inner):
            raise NotProved(f"{expr} has a sum inside that depends on its index")
        function = expr.function.xreplace({s: self(s) for s in inner})
        total = sp.Add(*(self(function.xreplace({index: place})) for place in self.indices))
        return total + self._others(function, index, self._length(expr.limits[0][2]))

    def _length(self, whole):
        """Write a length as the number of the other entries and of those that are singled out; return that of the others."""
        others, counted = own(f"{whole}_rest", nonnegative=True), len(self.indices)
        least = max(self.domain.get(whole, sp.Range(1, sp.oo)).inf - counted, 0)
        self.scalars[others] = sp.Interval(least, sp.oo)
        self.lengths[whole] = others + counted
        return others

    def _others(self, function, index, length):
        function = function.replace(
            lambda e: isinstance(e, sp.KroneckerDelta) and index in e.args and set(e.args) - {index} <= set(self.indices), lambda _: sp.S.Zero
        )
        named = {e: _entry(e.base, "rest", self.domain, positive=True) for e in function.atoms(sp.Indexed) if index in e.free_symbols}
        ours = {e: self._named(e) for e in function.atoms(sp.Indexed) if index not in e.free_symbols}
        known = {s: _only(self.domain[e.base].region) for e, s in named.items()}
        flat = function.xreplace(named).xreplace(ours).xreplace({s: v for s, v in known.items() if v is not None})
        if flat.has(index):
            raise NotProved(f"{function} depends on its index itself")
        others = set(named.values())
        counted = self._counted(flat, named)
        if counted is not None:
            return counted
        expanded = attempt(lambda: sp.expand(kernel.split(sp.expand(flat))))
        expanded = flat if expanded is None else expanded
        total = sp.S.Zero
        for term in sp.Add.make_args(expanded):
            free, bound = term.as_independent(*others) if others else (term, sp.S.One)
            if bound == 1:
                total += free * length
                continue
            known = bound.free_symbols - others
            if known and (self.moving is None or known & (self.moving | set(ours.values())) or not known <= set(scalars(self.domain))):
                raise NotProved(f"the other entries' {bound} depends on the entry that is singled out")
            total += free * self._gathered(bound, length)
        return total

    def _counted(self, flat, named):
        """Write what the other pixels of two masks add in their soft counts, which are free of each other."""
        order = [b for b in self.domain if b in {e.base for e in named}]
        if len(order) != 2 or any(self.domain[b] != Each(sp.Interval(0, 1)) for b in order):
            return None
        symbols = [_entry(b, "rest", self.domain, positive=True) for b in order]
        polynomial = attempt(sp.Poly, flat, *symbols)
        if polynomial is None or any(power > 1 for powers in polynomial.monoms() for power in powers):
            return None
        total = sp.S.Zero
        for corner, name in COUNTS.items():
            factor = flat.subs(dict(zip(symbols, corner, strict=True)), simultaneous=True)
            if factor != 0:
                count = own(f"{name}_rest", nonnegative=True)
                self.scalars[count] = sp.Interval(0, sp.oo)
                total += factor * count
        return total

    def _gathered(self, bound, length):
        """Name Σ m(k) over the other entries."""
        if bound not in self.rest:
            sign = kernel.structure(bound)
            number = len(self.rest) + 1
            known, some = sign in ("+", "0+"), sign == "+" and self.scalars[length].inf > 0
            symbol = own(f"R_{number}", **{"positive" if some else "nonnegative" if known else "real": True})
            self.scalars[symbol] = sp.Interval(0, sp.oo, some) if known else sp.S.Reals
            self.rest[bound] = symbol
            for base, region in self.domain.items():
                if isinstance(region, Simplex) and bound == _entry(base, "rest", self.domain, positive=True):
                    self.units[symbol] = 1 - sum(_entry(base, place, self.domain) for place in self.indices)
                    for place in self.indices:
                        self.scalars[_entry(base, place, self.domain)] = region.region
        return self.rest[bound]

    def finish(self, expr):
        """Put in what the others of a distribution sum to, and the lengths; only after all derivatives are taken."""
        return expr.xreplace(self.units | self.lengths)


def split(obligation, domain, by):
    """Settle an obligation on entries that are singled out."""
    indices = indices_of(*exprs_of(obligation))
    if not indices:
        raise NotProved("no entry is singled out")
    view = _Split(domain, indices, _moving(obligation))
    if isinstance(obligation, Tends):
        return _split_limit(obligation, view)
    if isinstance(obligation, Apart):
        raise NotProved("one entry does not tell whether all are equal")
    expr = view.finish(view(obligation.expr))
    hints = [_hint(h, lambda e: view.finish(view(e))) for h in by]
    step = kernel.settle(replace(obligation, expr=expr), view.scalars, hints)
    return Step("one entry singled out of each sum", expr, (step,))


def _moving(obligation):
    """Name the symbols by which an obligation differentiates, or that go to a limit."""
    found = {v for e in exprs_of(obligation) for d in e.atoms(sp.Derivative) for v, _ in d.variable_count}
    return found | ({obligation.variable} if isinstance(obligation, Tends) else set())


def _hint(hint, rewrite):
    if isinstance(hint, Anchor):
        return Anchor(rewrite(hint.variable), rewrite(hint.point))
    return tuple(map(rewrite, hint)) if isinstance(hint, (tuple, list, sp.Tuple)) else rewrite(hint)


def _split_limit(obligation, view):
    expr = view(obligation.expr)
    variable = view(obligation.variable)
    moves = isinstance(obligation.variable, sp.Indexed) and isinstance(view.domain[obligation.variable.base], Simplex)
    others = expr.free_symbols & set(view.rest.values())
    if moves and others:
        raise NotProved("an entry of a distribution does not move alone: the others' terms move with it")
    step = kernel.settle(
        Tends(view.finish(expr), variable, obligation.point, view.finish(view(obligation.value))), view.scalars
    )
    return Step("one entry singled out, the others held", expr, (step,))


# --- Parts --------------------------------------------------------------------------------------------------------------


def by_parts(obligation, domain, by):
    """Settle a sign by those of the parts that a hint names."""
    parts = next((hint for hint in by if isinstance(hint, tuple)), None)
    if parts is None or not isinstance(obligation, Sign) or obligation.strict:
        raise NotProved("no hint names parts")
    sums = {total: sp.Dummy() for total in obligation.expr.atoms(sp.Sum)}
    steps = []
    if sp.simplify((obligation.expr - sp.Add(*parts)).xreplace(sums)) != 0:
        try:
            steps.append(by_products(Zero(obligation.expr - sp.Add(*parts)), domain, ()))
        except NotProved as error:
            raise NotProved("the parts do not add up to what has to be shown") from error
    factors = [factor for part in parts for factor in _rootless(sp.sympify(part))]
    steps += [settle(replace(obligation, expr=factor), domain) for factor in factors]
    return Step("part by part", None, tuple(steps))


def _rootless(part):
    """List the factors on which the sign of a product hangs: a square root, where it is a number, is not negative."""
    roots = [f for f in sp.Mul.make_args(part) if f.is_Pow and f.exp == sp.S.Half and f.base.has(sp.Sum)]
    return [part] if not roots else [sp.Mul(*(f for f in sp.Mul.make_args(part) if f not in roots))]


# --- Terms --------------------------------------------------------------------------------------------------------------


def _linear_in_sum(expr):
    """Write an expression as c + Σ f(k), all its sums over one range; return c, f and the index."""
    index = own("k", integer=True, positive=True)
    expr = sp.expand(_rebound(expr, index), deep=False)
    constant, function, upper = sp.S.Zero, sp.S.Zero, None
    for term in sp.Add.make_args(expr):
        sums = [f for f in sp.Mul.make_args(term) if isinstance(f, sp.Sum)]
        if not sums:
            constant += term
            continue
        factor = term / sums[0]
        (_, low, high) = sums[0].limits[0]
        if len(sums) > 1 or has_sums(factor) or len(sums[0].limits) > 1 or low != 1 or upper not in (None, high):
            raise NotProved(f"{term} is not linear in one sum")
        upper = high
        function += factor * sums[0].function
    if upper is None or not isinstance(upper, sp.Symbol):
        raise NotProved("there is no single sum over the whole range")
    return constant, function, index


def by_terms(obligation, domain, by):
    """Settle a sign, an identity or a zero set of c + Σ f(k) term by term, with a certificate for c and the balance."""
    if isinstance(obligation, Tends):
        return _limit_of_a_term(obligation, domain)
    expr = obligation.expr
    spread = next((h for h in by if isinstance(h, Spread)), None)
    if spread is not None:
        expr = _spread(obligation, spread, domain)
    constant, function, index = _linear_in_sum(expr)
    upper = next(s.limits[0][2] for s in expr.atoms(sp.Sum))
    # Sums inside of a term are taken apart at its own entry.
    view = _Split(domain, [index])
    term, constant = view.finish(view(function)), view.finish(view(constant))
    if index in term.free_symbols:
        raise NotProved(f"{function} depends on its index itself")
    named = {b[index]: _entry(b, index, domain) for b in domain if isinstance(domain[b], (Each, Simplex))}
    named = {e: s for e, s in named.items() if s in view.scalars}
    exact = view.scalars
    wide = exact | {s: _wide(domain[e.base]) for e, s in named.items()}
    simple = [named[e] for e in sorted(named, key=str) if isinstance(domain[e.base], Simplex)]
    hints = [h for h in by if not isinstance(h, (Balance, Spread))]
    last = None
    for unit, shift in itertools.product(_units(constant, simple, upper), _balances(term, simple, upper, by)):
        certified = term + constant * unit + shift
        rewritten = [_hint(h, lambda e: _at_index(e, index).xreplace(named)) for h in hints]
        if not rewritten and len(simple) == 2 and certified.free_symbols == set(simple):
            pair = [(symbol, domain[entry.base].open) for entry, symbol in named.items() if symbol in simple]
            try:
                step = _along_rays(obligation, certified, pair)
            except NotProved as error:
                last = error
            else:
                return Step("term by term" + _certificate(constant, unit, shift), certified, (step,))
        for region in (wide, exact):
            try:
                step = _settle_term(obligation, certified, region, rewritten, named)
            except NotProved as error:
                last = error
                continue
            return Step("term by term" + _certificate(constant, unit, shift), certified, (step,))
    raise NotProved(f"no certificate was found: {last}")


def _at_index(expr, index):
    """Write the entries of a hint, which has an index of its own, at the entry of a term."""
    return sp.sympify(expr).replace(lambda e: isinstance(e, sp.Indexed), lambda e: e.base[index])


def _certificate(constant, unit, shift):
    used = [f"the unit sum Σ {unit}"] * (constant != 0) + [f"the null sum Σ ({shift})"] * (shift != 0)
    return f", with {' and '.join(used)}" if used else ""


def _along_rays(obligation, term, pair):
    """Settle a term f(λp, λq) = λ f(p, q) of two entries p, q ≥ 0 where p = q = 1, p > q = 1, q > p = 1, and at an end that is not open."""
    scale, excess = own("lambda", positive=True), own("x", positive=True)
    (p, p_open), (q, q_open) = pair
    cone = {s: sp.Interval.open(0, sp.oo) for s in (p, q, scale, excess)}
    if isinstance(obligation, Zero):
        raise NotProved("an identity needs no rays")
    even = kernel.settle_zero(term.xreplace({p: scale * p, q: scale * q}) - scale * term, cone)
    apart = isinstance(obligation, Apart)
    strict = apart or obligation.strict
    # With roots, more than 1 is a square of more than 1.
    more = (1 + excess) ** (2 if any(e.is_Pow and e.exp.is_Rational and e.exp.q == 2 for e in sp.preorder_traversal(term)) else 1)
    equal = term.xreplace({p: sp.S.One, q: sp.S.One})
    steps = [even, kernel.settle_zero(equal, {}) if apart else kernel.settle_sign(equal, strict, {})]
    for larger, smaller, ends in ((p, q, not q_open), (q, p, not p_open)):
        side = term.xreplace({larger: more, smaller: sp.S.One})
        steps.append(kernel.settle_sign(kernel._decided(sp.expand(side, deep=False), {}), strict, {excess: cone[excess]}))
        if strict and ends:
            end = term.xreplace({larger: sp.S.One})
            steps.append(kernel.settle_sign(kernel.limit_at_zero(end, smaller), True, {}))
    return Step("of degree 1, so one of two entries may be 1", term, tuple(steps))


@dataclass(frozen=True)
class Balance:
    """A hint: λ(p − q) may be added to each term, since two distributions differ by 0 in sum."""

    factor: sp.Expr


@dataclass(frozen=True)
class Spread:
    """A hint: (Σ g)² ≤ Σ g²/u, where u > 0 sums to 1 (Cauchy and Schwarz); ``unit`` is an entry of u."""

    unit: sp.Expr


def _spread(obligation, hint, domain):
    """Replace each −c (Σ g)², c > 0, by −c Σ g²/u, which is no larger."""
    if not isinstance(obligation, Sign):
        raise NotProved("a spread serves signs")
    (place,) = {e.indices[0] for e in sp.sympify(hint.unit).atoms(sp.Indexed)}
    masses = {e: own(f"m_{e.base.label}", nonnegative=True) for e in hint.unit.atoms(sp.Indexed)}
    if any(not isinstance(domain.get(e.base), Simplex) for e in masses):
        raise NotProved(f"{hint.unit} is made of entries that do not sum to 1")
    flat = sp.Poly(hint.unit.xreplace(masses), *masses.values())
    if flat.total_degree() != 1 or sum(flat.coeffs()) != 1 or not all(c > 0 for c in flat.coeffs()):
        raise NotProved(f"{hint.unit} is no mean of distributions")
    found = sp.S.Zero
    for term in sp.Add.make_args(sp.expand(obligation.expr, deep=False)):
        squares = [f for f in sp.Mul.make_args(term) if f.is_Pow and isinstance(f.base, sp.Sum) and f.exp == 2]
        if not squares:
            found += term
            continue
        factor = term / squares[0]
        if not factor.is_negative:
            raise NotProved(f"{factor} is not negative")
        total = squares[0].base
        (index, low, high), g = total.limits[0], total.function
        g = g.args[0] if isinstance(g, sp.Abs) else g
        found += factor * sp.Sum(g**2 / hint.unit.xreplace({place: index}), (index, low, high))
    if found == obligation.expr:
        raise NotProved("there is no squared sum")
    return found


def _wide(region):
    """Where an entry of a distribution lies, wider than need be: what holds there holds for every entry."""
    if isinstance(region, Simplex):
        return sp.Interval(0, sp.oo, left_open=region.open, right_open=True)
    return region.region


def _units(constant, simple, length):
    if constant == 0:
        return [sp.S.Zero]
    mean = [sum(simple) / len(simple)] if len(simple) > 1 else []
    return [*mean, *simple, 1 / length]


def _balances(term, simple, length, by):
    """List the null sums to try: none, a hint's, and those with which the term is stationary at equality, or at 1/K."""
    given = [h.factor for h in by if isinstance(h, Balance)]
    if given:
        return [factor * (p - q) for factor in given for p, q in itertools.combinations(simple, 2)]
    found = [sp.S.Zero]
    for p, q in itertools.permutations(simple, 2):
        slope = attempt(lambda p=p, q=q: sp.simplify(sp.diff(term, q).subs(p, q)))
        if slope is not None and slope != 0 and not slope.free_symbols & {p, q}:
            found.append(slope * (p - q))
    for p in simple:
        slope = attempt(lambda p=p: sp.expand(sp.diff(term, p).subs(p, 1 / length)))
        if slope is not None and slope != 0 and not slope.free_symbols & set(simple):
            found.append(slope * (1 / length - p))
    return found


def _settle_term(obligation, term, region, hints, named):
    if isinstance(obligation, Apart):
        a, b = (sp.sympify(side) for side in (obligation.a, obligation.b))
        a, b = (next((s for e, s in named.items() if e.base == side), side) for side in (a, b))
        return settle_apart(term, a, b, region, hints)
    try:
        return kernel.settle(replace(obligation, expr=term), region, hints)
    except Untrue as error:
        raise NotProved(f"a term by itself is not so: {error}") from error


def settle_apart(expr, a, b, domain, by=()):
    """Show that ``expr`` is > 0 where the symbol ``a`` is not ``b``, and 0 where it is."""
    steps = [kernel.settle_zero(expr.subs(a, b), {s: r for s, r in domain.items() if s != a})]
    region = domain[a]
    for side in (sp.Interval(b, region.sup, True, region.right_open), sp.Interval(region.inf, b, region.left_open, True)):
        part = domain | {a: side}
        if domain.get(b) == region:
            # Nothing is above the upper end, or below the lower one.
            upper = side.start == b
            part[b] = sp.Interval(region.inf, region.sup, region.left_open or not upper, region.right_open or upper)
        try:
            steps.append(kernel.settle_sign(expr, True, part, by))
        except Untrue:
            raise
    return Step(f"0 at {a} = {b}, above 0 on both sides", expr, tuple(steps))


def _limit_of_a_term(obligation, domain):
    """Show that a sum goes to +∞ because one term does, and the others are bounded below by a certificate."""
    if obligation.point not in (0, 1) or obligation.value != sp.oo or not isinstance(obligation.variable, sp.Indexed):
        raise NotProved("a sum goes to +∞ with one term; nothing else is lifted from a term to a sum")
    _constant, function, _index = _linear_in_sum(obligation.expr)
    named = {e: _entry(e.base, "k", domain) for e in function.atoms(sp.Indexed)}
    term = function.xreplace(named)
    own = next((s for e, s in named.items() if e.base == obligation.variable.base), None)
    if own is None:
        raise NotProved(f"{obligation.variable} is no entry of the sum")
    below = by_terms(Sign(obligation.expr), domain, ())
    # The entry that moves is near its end; the term has to go wherever the others are.
    regions = {s: domain[e.base].region for e, s in named.items()} | {own: sp.Interval.open(0, 1)}
    inside = scalars(domain) | regions
    goes = kernel.settle(Tends(term, own, obligation.point, sp.oo), inside)
    return Step("one term goes to ∞, and the others are bounded below", term, (goes, below))


# --- Counts -------------------------------------------------------------------------------------------------------------


def by_counts(obligation, domain, by):
    """Settle an obligation on sums of products of entries in [0, 1], or in {0, 1}, by their soft counts."""
    bases = _bases(sp.Tuple(*exprs_of(obligation)), domain)
    if not 1 <= len(bases) <= 2 or not all(isinstance(domain[b], Each) and domain[b].region.is_subset(sp.Interval(0, 1)) for b in bases):
        raise NotProved("counts are of one or two masks with values in [0, 1]")
    view = _Counts(domain, bases)
    if isinstance(obligation, Apart):
        raise NotProved("counts do not tell whether two masks are equal")
    if indices_of(*exprs_of(obligation)):
        raise NotProved("a single pixel is no count")
    changed = {"expr": view(obligation.expr)} | ({"value": view(obligation.value)} if isinstance(obligation, Tends) else {})
    changed = {name: view.finish(expr) for name, expr in changed.items()}
    try:
        step = kernel.settle(replace(obligation, **changed), view.scalars, [_hint(h, lambda e: view.finish(view(e))) for h in by])
    except Untrue as error:
        raise NotProved(f"not for all counts: {error}") from error
    return Step("in the soft counts", changed["expr"], (step,))


#: Masks with values between 0 and 1, and with these two only.
_SOFT, _HARD = Each(sp.Interval(0, 1)), Each(sp.FiniteSet(0, 1))


class _Counts:
    """Rewrites sums over pixels as combinations of counts.

    A mask that comes in by one step only, [p > t], counts as the hard mask that it makes.
    """

    def __init__(self, domain, bases):
        self.domain, self.bases = domain, bases
        self.scalars = scalars(domain)
        self.entries = {base: own(f"{base.label}_i", real=True) for base in bases}
        self.steps, self.length = {}, None

    def __call__(self, expr):
        expr = sp.sympify(expr)
        if isinstance(expr, sp.Sum):
            return self._sum(expr)
        if not expr.args or not has_sums(expr):
            return expr
        return expr.func(*map(self, expr.args))

    def finish(self, expr):
        """Write the number of pixels as the sum of the counts."""
        if self.length not in expr.free_symbols:
            return expr
        corners = itertools.product((0, 1), repeat=len(self.bases))
        return expr.xreplace({self.length: sp.Add(*(self.count(self._name(c)) for c in corners))})

    def count(self, name):
        """Name a count, which is not negative."""
        symbol = own(name, nonnegative=True)
        self.scalars[symbol] = sp.Interval(0, sp.oo)
        return symbol

    def _stepped(self, flat, base, entry):
        """Take the step of a mask as the mask; it has to be the same in all sums, and the mask must not come in otherwise."""
        steps = {h for h in flat.atoms(sp.Heaviside) if entry in h.free_symbols}
        if entry not in flat.free_symbols:
            return flat
        if len(steps | {self.steps.setdefault(base, next(iter(steps), None))} - {None}) > 1 or bool(steps) != bool(self.steps[base]):
            raise NotProved(f"{base} comes in by different steps")
        if not steps:
            return flat
        if any(len(h.args) < 2 or h.args[1] not in (0, 1) for h in steps):
            raise NotProved(f"{steps} has a third value at the step")
        mark = own("mark", real=True)
        flat = flat.xreplace({steps.pop(): mark})
        if entry in flat.free_symbols:
            raise NotProved(f"{base} comes in by a step and otherwise")
        return flat.xreplace({mark: entry})

    def _sum(self, expr):
        if len(expr.limits) != 1 or expr.limits[0][1] != 1 or self.length not in (None, expr.limits[0][2]):
            raise NotProved(f"{expr} does not run over all pixels")
        index, _, self.length = expr.limits[0]
        flat = expr.function.xreplace({base[index]: s for base, s in self.entries.items()})
        if flat.has(sp.Indexed, index):
            raise NotProved(f"{expr} is not a sum over pixels")
        for base, entry in self.entries.items():
            flat = self._stepped(flat, base, entry)
        symbols = list(self.entries.values())
        polynomial = attempt(sp.Poly, flat, *symbols)
        if polynomial is None:
            raise NotProved(f"{flat} is no polynomial in the pixels' values")
        hard = [self.domain[base] == _HARD or bool(self.steps.get(base)) for base in self.entries]
        # 0 and 1 are their own powers.
        terms = [
            (tuple(min(n, 1) if h else n for n, h in zip(powers, hard, strict=True)), factor) for powers, factor in polynomial.terms()
        ]
        flat = sp.Add(*(factor * sp.Mul(*(s**n for s, n in zip(symbols, powers, strict=True))) for powers, factor in terms))
        if all(n <= 1 for powers, _ in terms for n in powers):
            corners = itertools.product((0, 1), repeat=len(symbols))
            return sum(
                flat.subs(dict(zip(symbols, corner, strict=True)), simultaneous=True) * self.count(self._name(corner))
                for corner in corners
            )
        if len(symbols) == 2 and sp.Poly(flat, *symbols).total_degree() == 2:
            # p² + g² = (p − g)² + 2pg, where both squares have one factor.
            a, b = (sp.Poly(flat, *symbols).coeff_monomial(s**2) for s in symbols)
            rest = sp.expand(flat - a * (symbols[0] - symbols[1]) ** 2)
            if a == b and sp.expand(rest - rest.coeff(symbols[0] * symbols[1]) * symbols[0] * symbols[1]) == 0:
                return a * self.count("SE") + rest.coeff(symbols[0]).coeff(symbols[1]) * self.count("TP")
        # The sum of any other product of powers is a number of its own, which is not negative either.
        names = [str(base.label) for base in self.entries]
        return sp.Add(
            *(factor * self.count("_".join(f"{name}{n}" for name, n in zip(names, powers, strict=True))) for powers, factor in terms)
        )

    def _name(self, corner):
        # The prediction's base comes first in the domain.
        order = [b for b in self.domain if b in self.bases]
        values = dict(zip(self.bases, corner, strict=True))
        key = tuple(values[b] for b in order)
        return COUNTS[key] if len(key) == 2 else ("P", "rest")[key == (0,)]


# --- Cumulative sums ----------------------------------------------------------------------------------------------------


def by_cdfs(obligation, domain, by):
    """Settle a sign of a function of Σ_k f(F_k), F_k linear in cumulative sums, by bounds on one term."""
    if not isinstance(obligation, Sign) or by:
        raise NotProved("cumulative sums serve signs, without hints")
    known, bounds, steps = scalars(domain), {}, []
    outer = _outer_sums(obligation.expr)
    if not outer:
        raise NotProved("there is no sum of cumulative sums")
    for number, sum_ in enumerate(outer, 1):
        _bound, _low, high = sum_.limits[0]
        flat, live = _flat(sum_, domain)
        total = own(f"S_{number}", real=True)
        below, above, shown = _bounds_of_a_term(flat, known)
        steps += shown
        whole = high if isinstance(high, sp.Symbol) else high + 1
        extra = flat.subs(dict.fromkeys(live, 1)) if high == whole else sp.S.Zero
        # K may be 1: then no term varies.
        known[whole] = domain.get(whole, sp.Range(1, sp.oo))
        known[total] = sp.Interval(below * (whole - 1) + extra, above * (whole - 1) + extra)
        bounds[sum_] = total
    expr = obligation.expr.xreplace(bounds)
    if has_sums(expr):
        raise NotProved("there is more than sums of cumulative sums")
    try:
        # S runs over an interval whose ends are expressions, and S = low + (high − low)·share covers it, K = 1 included.
        shares = {}
        for total in bounds.values():
            share = own(f"share_{total}", nonnegative=True)
            region = known.pop(total)
            shares[total] = region.inf + (region.sup - region.inf) * share
            known[share] = sp.Interval(0, 1)
        step = kernel.settle(replace(obligation, expr=expr.xreplace(shares)), known, [])
    except Untrue as error:
        raise NotProved(f"not for all values within the bounds: {error}") from error
    return Step("each cumulative sum lies in [0, 1], the last is 1", expr, (*steps, step))


def _outer_sums(expr):
    return [s for s in sorted(expr.atoms(sp.Sum), key=sp.default_sort_key) if any(inner is not s and isinstance(inner, sp.Sum) for inner in sp.preorder_traversal(s.function))]


def _flat(sum_, domain):
    """Write the term of an outer sum in symbols for its cumulative sums; return it and those symbols."""
    index, low, _high = sum_.limits[0]
    if len(sum_.limits) != 1 or low != 1:
        raise NotProved(f"{sum_} does not run over the whole range")
    term, live = sum_.function, []
    for inner in sorted(term.atoms(sp.Sum), key=str):
        j, first, last = inner.limits[0]
        if first != 1 or last != index:
            raise NotProved(f"{inner} is no cumulative sum")
        written = sp.S.Zero
        for part in sp.Add.make_args(sp.expand(inner.function)):
            factor, entry = part.as_independent(sp.Indexed)
            if not isinstance(entry, sp.Indexed) or entry.indices != (j,) or not isinstance(domain.get(entry.base), Simplex) or factor.has(j):
                raise NotProved(f"{inner} is no combination of distributions")
            symbol = own(f"F_{entry.base.label}", nonnegative=True)
            live.append(symbol)
            written += factor * symbol
        term = term.xreplace({inner: written})
    if term.has(sp.Indexed, index):
        raise NotProved(f"{sum_} depends on more than cumulative sums")
    return term, sorted(set(live), key=str)


def _bounds_of_a_term(flat, known):
    """Show the least and the largest corner value of a term as its bounds on the unit cube."""
    live = [s for s in flat.free_symbols if s.name.startswith("F_")]
    cube = known | {s: sp.Interval(0, 1) for s in live}
    corners = {sp.simplify(flat.subs(dict(zip(live, c, strict=True)))) for c in itertools.product((0, 1), repeat=len(live))}
    if any(c.free_symbols for c in corners):
        raise NotProved(f"the corners of {flat} are no numbers")
    below, above = min(corners), max(corners)
    steps = [kernel.settle_sign(flat - below, False, cube), kernel.settle_sign(above - flat, False, cube)]
    return below, above, steps


# --- Products -----------------------------------------------------------------------------------------------------------


def by_products(obligation, domain, by):
    """Settle an identity between sums over one index or several, each Σ of a product of entries as a number of its own."""
    if not isinstance(obligation, Zero):
        raise NotProved("sums of products serve identities")
    view = _Products(domain)
    expr = view(obligation.expr)
    if expr == obligation.expr:
        raise NotProved("there is no sum")
    return Step("each sum of products as a number", expr, (kernel.settle_zero(expr, view.known),))


#: How many entries a distribution has.
_CLASSES = sp.Symbol("K", integer=True, positive=True)


class _Products:
    """Rewrites sums as combinations of sums of products of entries, each of these a number."""

    def __init__(self, domain):
        self.domain, self.known, self.numbers = domain, scalars(domain), {}

    def __call__(self, expr):
        if isinstance(expr, sp.Sum):
            return self._sum(expr)
        return expr.func(*map(self, expr.args)) if expr.has(sp.Sum) else expr

    def _sum(self, total):
        indices = {limit[0] for limit in total.limits}
        inner = [e for e in total.function.atoms(sp.Sum) if e.free_symbols & indices]
        if inner:
            raise NotProved(f"{total} has a sum inside that depends on its index")
        function = self(total.function)
        named = {e: own(str(e), real=True) for e in function.atoms(sp.Indexed)}
        written, back = sp.expand(function.xreplace(named)), {s: e for e, s in named.items()}
        if written.free_symbols & indices:
            raise NotProved(f"{total} depends on its indices themselves")
        value = sp.S.Zero
        for term in sp.Add.make_args(written):
            factor, product = term.as_independent(*back)
            value += factor * self._number(product.xreplace(back), total.limits)
        return value

    def _number(self, product, limits):
        """Name Σ of a product; whatever its index is called, it is one number, and of a distribution 1."""
        if len(limits) == 1:
            (index, low, high), common = limits[0], own("k", integer=True, positive=True)
            if product == 1:
                return high - low + 1
            product, limits = product.xreplace({index: common}), ((common, low, high),)
            if isinstance(product, sp.Indexed) and isinstance(self.domain[product.base], Simplex) and (low, high) == (1, _CLASSES):
                self.numbers[product, limits] = sp.S.One
        if (product, limits) not in self.numbers:
            positive = all(self.domain[e.base].region.inf >= 0 for e in product.atoms(sp.Indexed)) and product.is_polynomial()
            symbol = own(f"R_{product}_{limits}", **{"positive" if positive else "real": True})
            # An identity that holds where a sum is above 0 holds where it is 0, if it says anything there.
            self.known[symbol] = sp.Interval.open(0, sp.oo) if positive else sp.S.Reals
            self.numbers[product, limits] = symbol
        return self.numbers[product, limits]


# --- Written out --------------------------------------------------------------------------------------------------------


class Writing:
    """Sums written out for one size: entries become symbols, those of a distribution quotients with a common denominator."""

    def __init__(self, domain, size, places=None):
        self.domain, self.size = domain, size
        self.scalars = dict(scalars(domain).items())
        self.places = places or {}
        self.lengths = {s for s, r in self.scalars.items() if s.is_integer and kernel._is_counting(r)}
        self.named, self.quotients, self.written = {}, {}, {}
        own_regions = [e for e in domain if isinstance(e, sp.Indexed) and e.indices[0] in self.places]
        self.regions = {(e.base, (sp.Integer(self.places[e.indices[0]]),)): domain[e] for e in own_regions}

    def __call__(self, expr):
        """Write an expression out; derivatives are taken before a distribution's last entry is put in."""
        expr = sp.sympify(expr)
        # A sum inside of another comes once for each of its terms.
        if expr not in self.written:
            self.written[expr] = self._written(expr)
        return self.written[expr]

    def _written(self, expr):
        if isinstance(expr, sp.Derivative):
            inner = self(expr.expr)
            for variable, count in expr.variable_count:
                inner = sp.diff(inner, self(variable), count)
            return inner
        if isinstance(expr, sp.Sum):
            index, low, high = expr.limits[-1]
            inner = expr.func(expr.function, *expr.limits[:-1]) if len(expr.limits) > 1 else expr.function
            low, high = (self(e) for e in (low, high))
            if not (low.is_Integer and high.is_Integer):
                raise NotProved(f"{expr} has no known length")
            return sp.Add(*(self(inner.xreplace({index: sp.Integer(n)})) for n in range(int(low), int(high) + 1)))
        if isinstance(expr, sp.Indexed):
            return self._entry(expr)
        if expr in self.places:
            return sp.Integer(self.places[expr])
        if expr in self.lengths:
            return sp.Integer(self.size)
        return expr.func(*map(self, expr.args)) if expr.args else expr

    def _entry(self, expr):
        places = tuple(self(i) for i in expr.indices)
        if expr.base not in self.domain or not all(p.is_Integer for p in places):
            raise NotProved(f"{expr} is no entry with a known place")
        key = (expr.base, places)
        if key not in self.named:
            base = expr.base
            if isinstance(self.domain[base], Simplex):
                known = {"positive" if self.domain[base].open else "nonnegative": True}
                for n in range(1, self.size + 1):
                    self.named[(base, (sp.Integer(n),))] = own(f"{base.label}_{n}", **known)
                masses = [own(f"m_{base.label}{n}", **known) for n in range(1, self.size)]
                whole = 1 + sp.Add(*masses)
                shares = [m / whole for m in masses] + [1 / whole]
                for n, share in enumerate(shares, 1):
                    self.quotients[own(f"{base.label}_{n}", **known)] = share
                self.scalars |= {m: sp.Interval(0, sp.oo, self.domain[base].open) for m in masses}
            else:
                symbol = _entry(base, "_".join(map(str, places)), self.domain)
                self.named[key] = symbol
                self.scalars[symbol] = self.regions.get(key, self.domain[base].region)
        return self.named[key]

    def finish(self, expr):
        """Put in the entries of the distributions."""
        return expr.xreplace(self.quotients)


def _instances(obligation, domain, size):
    """Yield an obligation written out, once for each choice of the entries that it singles out."""
    indices = indices_of(*exprs_of(obligation))
    choices = itertools.permutations(range(1, size + 1), len(indices)) if len(indices) <= size else ()
    for places in choices:
        writing = Writing(domain, size, dict(zip(indices, places, strict=True)))
        yield writing, places


def written_out(obligation, domain, by, sizes=SHOWN):
    """Settle an obligation for each of some sizes; the status is *exhaustive*."""
    if isinstance(obligation, (Tends, Apart)) or by:
        raise NotProved("limits, zero sets and hints are not written out")
    steps = []
    lengths = [r for r in scalars(domain).values() if kernel._is_counting(r)]
    for size in sizes:
        if any(size not in length for length in lengths):
            continue
        for writing, places in _instances(obligation, domain, size):
            expr = writing.finish(writing(obligation.expr))
            step = kernel.settle(replace(obligation, expr=expr), writing.scalars, [])
            steps.append(Step("written out", expr, (step,), f"{size} entries" + (f", {places}" if places else "")))
    if not steps:
        raise NotProved("nothing could be written out")
    return Step(f"{sizes[0]} to {sizes[-1]} entries, written out", None, tuple(steps), status="exhaustive")


def _known_length(*exprs):
    """Return how many entries there are, if every sum says so; None if one does not."""
    limits = [limit for expr in exprs for sum_ in expr.atoms(sp.Sum) for limit in sum_.limits]
    # A cumulative sum ends at the index of another.
    ends = {limit[2] for limit in limits} - {limit[0] for limit in limits}
    places = {i for expr in exprs for entry in expr.atoms(sp.Indexed) for i in entry.indices if i.is_Integer}
    if len(ends) != 1 or not (size := ends.pop()).is_Integer or indices_of(*exprs):
        return None
    if any(place > size for place in places):
        raise NotProved(f"there are {size} entries, but the claim speaks of number {max(places)}")
    return int(size)


def refute(obligation, domain, sizes=TRIED):
    """Raise :class:`Untrue` if the obligation fails for some numbers in two, three or one entries."""
    if not isinstance(obligation, (Zero, Sign)):
        return
    for size in sizes:
        for writing, _ in itertools.islice(_instances(obligation, domain, size), 2 if size == 2 else 1):
            try:
                expr = writing.finish(writing(obligation.expr))
            except NotProved:
                continue
            if isinstance(obligation, Zero):
                kernel.refute_zero(expr, writing.scalars, obligation.inside)
            else:
                kernel.refute_sign(expr, writing.scalars, obligation.strict, obligation.inside, obligation.enough)


# --- All together -------------------------------------------------------------------------------------------------------


def settle(obligation, domain, by=()):
    """Settle an obligation, with sums or without: return the proof, or raise."""
    if not has_sums(*exprs_of(obligation)):
        if isinstance(obligation, Apart):
            return settle_apart(obligation.expr, obligation.a, obligation.b, scalars(domain), by)
        return kernel.settle(obligation, scalars(domain), by)
    with kernel.budget():
        return _by_rules(obligation, domain, by)


def _by_rules(obligation, domain, by):
    size = _known_length(*exprs_of(obligation))
    if size is not None:
        refute(obligation, domain, (size,))
        return replace(written_out(obligation, domain, by, (size,)), rule=f"{size} entries, written out", status="proved")
    symbols = set().union(*(e.free_symbols for e in exprs_of(obligation)))
    several = next((s for s, r in scalars(domain).items() if s in symbols and isinstance(r, sp.FiniteSet)), None)
    if several is not None:
        return _value_by_value(obligation, domain, by, several)
    refute(obligation, domain)
    reasons = []
    for rule in (split, by_parts, by_terms, by_counts, by_cdfs, by_products, written_out):
        try:
            return rule(obligation, domain, by)
        except Untrue as error:
            # One entry and free numbers for the rest are more than what can occur.
            reasons.append(f"{rule.__name__}: {error}")
        except NotProved as error:
            reasons.append(f"{rule.__name__}: {error}")
    raise NotProved("; ".join(reasons))


def _value_by_value(obligation, domain, by, symbol):
    """Settle an obligation for each value of a symbol that has finitely many."""
    steps = []
    for value in domain[symbol]:
        given = {symbol: value}
        changed = {"expr": put(obligation.expr, given)}
        if isinstance(obligation, Tends):
            changed["value"] = put(obligation.value, given)
        rest = {s: r for s, r in domain.items() if s != symbol}
        step = settle(replace(obligation, **changed), rest, [_hint(h, lambda e, given=given: put(e, given)) for h in by])
        steps.append(replace(step, case=f"{symbol} = {value}"))
    return Step("value by value", obligation.expr, tuple(steps))


# --- Numbers in a formula -----------------------------------------------------------------------------------------------


def put(expr, given):
    """Put values in the place of symbols, entries and whole indexed bases, all at once; also under the sign of a sum.

    A value for a base is one for every entry, or an expression in bases, which is meant entry by entry (log p), or a function of the index.
    """
    values = {sp.sympify(key): sp.sympify(value) for key, value in given.items()}
    used = {s for value in values.values() for s in value.free_symbols}
    found = _put(sp.sympify(expr), values, used)
    if any(isinstance(key, sp.IndexedBase) and not isinstance(value, sp.IndexedBase) for key, value in values.items()):
        found = found.replace(_is_constant_sum, lambda e: e.function * (e.limits[0][2] - e.limits[0][1] + 1))
    return found


def _put(expr, values, used):
    if expr in values and (not isinstance(expr, sp.IndexedBase) or isinstance(values[expr], sp.IndexedBase)):
        return values[expr]
    if isinstance(expr, sp.Indexed) and expr.base in values:
        return _entrywise(values[expr.base], tuple(_put(i, values, used) for i in expr.indices))
    if isinstance(expr, sp.Sum):
        # The index of a sum is its own: it is not replaced, and no value means it.
        own_names = {limit[0]: own(f"{limit[0]}_", integer=True, positive=True) for limit in expr.limits if limit[0] in used}
        inside = {key: value for key, value in values.items() if key not in {limit[0] for limit in expr.limits}}
        function = _put(expr.function.xreplace(own_names), inside, used)
        return sp.Sum(function, *((own_names.get(v, v), *(_put(e, values, used) for e in ends)) for v, *ends in expr.limits))
    parts = [_put(part, values, used) if isinstance(part, sp.Basic) else part for part in expr.args]
    return expr if all(a is b for a, b in zip(parts, expr.args, strict=True)) else expr.func(*parts)


def _entrywise(value, places):
    if isinstance(value, sp.Lambda):
        return value(*places)
    if isinstance(value, sp.IndexedBase):
        return value[places]
    if isinstance(value, sp.Indexed) or not value.args:
        return value
    return value.func(*(_entrywise(part, places) for part in value.args))


def label(index):
    """Return a target for :func:`put`: all of it on one class, whose index is given."""
    place = own("j", integer=True, positive=True)
    return sp.Lambda(place, sp.KroneckerDelta(place, index))


def _is_constant_sum(expr):
    return isinstance(expr, sp.Sum) and len(expr.limits) == 1 and not expr.function.has(sp.Indexed, expr.limits[0][0])


def instance(expr, at, domain):
    """Write an expression for entries and numbers that are given: ``at`` has a tuple for each indexed base, or what all entries are."""
    places = {s: v for s, v in at.items() if isinstance(s, sp.Symbol)}
    expr = put(expr, {b: v for b, v in at.items() if isinstance(b, sp.IndexedBase) and not isinstance(v, (tuple, list))})
    if not any(isinstance(v, (tuple, list)) for v in at.values()) and not has_sums(expr):
        return expr.xreplace({s: sp.sympify(v) for s, v in places.items()})
    arrays = {b: tuple(map(sp.sympify, v)) for b, v in at.items() if isinstance(b, sp.IndexedBase) and isinstance(v, (tuple, list))}
    sizes = {len(v) for v in arrays.values()}
    if len(sizes) > 1:
        raise NotProved(f"the arrays differ in length: {sorted(sizes)}")
    expr = expr.xreplace({s: sp.sympify(v) for s, v in places.items() if kernel._is_counting(scalars(domain).get(s))})
    indices = indices_of(expr)
    writing = Writing(domain, next(iter(sizes), 0), {i: int(places.get(i, n)) for n, i in enumerate(indices, 1)})
    written = writing(expr)
    for (base, where), region in writing.regions.items():
        value = arrays[base][int(where[0]) - 1] if base in arrays else None
        if value is None or region.contains(value) != True:  # noqa: E712
            raise NotProved(f"entry {where[0]} of {base} has to lie in {region}, but it is {value}")
    named = {}
    for (base, where), symbol in writing.named.items():
        if base in arrays:
            named[symbol] = arrays[base][int(where[0]) - 1]
    return written.xreplace(named).xreplace({s: sp.sympify(v) for s, v in places.items()})
