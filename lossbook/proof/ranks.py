"""Sums over ranks, Σ_i e(π_i) (F_i − F_{i−1}): π lists the pixels from the largest error to the smallest, F_i is a set function at the first i.

How an obligation on them becomes obligations without sums, each rule with its reason. The order depends on the errors, so that every rule
first demands that the errors of the formula increase with those that π is declared to sort: then π sorts them, too.

:func:`_slope`
    π lists each pixel once, so that an entry stands in one term only. Where no two errors are equal, π stays as it is near by.
:func:`_bound`
    Σ e_i d_i ≥ 0 if no error and no increment d is negative. If the increments sum to 1, c + Σ e_i d_i is Σ (c + e_i) d_i.
:func:`_induction`
    The ranks up to N do not change when a pixel with a smaller error is appended: an identity holds for every N if it holds for N = 1,
    and both sides grow by the same from N to N + 1.
:func:`_largest`
    Exchanging two neighbours i, j in an order, e_i ≥ e_j, takes (e_i − e_j)(F(A + i) + F(A + j) − F(A + i + j) − F(A)) off the sum, which is not
    negative where F is submodular. Exchanges lead from every order to π, so that the sum is the largest over all orders: it is convex
    where each error is and no increment is negative, or each error is linear.
:func:`_blocks`
    Where the error is the same from rank to rank the increments telescope.
"""

import itertools
from dataclasses import dataclass, replace

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.printing.precedence import PRECEDENCE

from lossbook.proof import kernel, views
from lossbook.proof.kernel import NotProved, Sign, Step, Untrue, Zero, own

_FROM_ZERO = sp.Interval(0, sp.oo)


class Difference(sp.Function):
    """``after − before``, kept and printed in the order in which it is read."""

    precedence = PRECEDENCE["Add"]

    @classmethod
    def eval(cls, after, before):
        """Subtract numbers at once."""
        return after - before if after.is_number and before.is_number else None

    def fdiff(self, argindex=1):
        """Return the derivative with respect to one of the two."""
        return sp.S.One if argindex == 1 else sp.S.NegativeOne

    def _latex(self, printer):
        after, before = self.args
        return f"{printer.doprint(after)} - {printer.parenthesize(before, PRECEDENCE['Mul'], strict=True)}"


# --- Domains ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Order:
    """The domain of π: at rank i it has the pixel with the i-th largest ``error``."""

    error: sp.Expr


@dataclass(frozen=True)
class SetFunction:
    """The domain of a function of sets that is 0 at the empty one: any, a ``submodular`` one, or one that adds up ``weights``."""

    submodular: bool = False
    weights: sp.IndexedBase | None = None


@dataclass(frozen=True)
class Counted:
    """The domain of sets of which the ``total`` has ``missed`` pixels in common, and ``marked`` are others; the empty set has the value 0."""

    missed: sp.Indexed
    marked: sp.Indexed
    total: sp.Expr


def ordered(domain):
    """Whether a domain has an order."""
    return any(isinstance(region, Order) for region in domain.values())


# --- Obligations --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Largest:
    """``expr`` is the largest over all orders; ``linear`` says that its errors are linear."""

    expr: sp.Expr
    linear: bool


@dataclass(frozen=True, eq=False)
class Diminishing:
    """No increment grows when another pixel is there already."""

    expr: sp.Expr


@dataclass(frozen=True, eq=False)
class Grows:
    """One more pixel of the total adds ``missed``, one of the others ``marked``, both in the symbols ``counts`` and the total."""

    expr: sp.Expr
    missed: sp.Expr
    marked: sp.Expr
    counts: tuple


@dataclass(frozen=True, eq=False)
class Averages:
    """The increments are not negative and sum to 1, and there is nothing else beside the declared errors."""

    expr: sp.Expr


@dataclass(frozen=True, eq=False)
class Blocks:
    """``expr`` is ``value`` where the errors are the ``levels``, pairs of an error and the last rank that has it."""

    expr: sp.Expr
    levels: tuple
    value: sp.Expr


# --- The form of a sum --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Ranked:
    """constant + factor · Σ_i error · (after − before), the factor times the number of classes where there is a mean over classes."""

    constant: sp.Expr
    factor: sp.Expr
    scale: sp.Expr
    error: sp.Expr
    after: sp.Expr
    step: sp.Expr
    rank: sp.Symbol


def _terms(expr):
    """Multiply out what stands before sums, and leave the sums as they are."""
    kept = {total: sp.Dummy() for total in expr.atoms(sp.Sum)}
    back = {symbol: total for total, symbol in kept.items()}
    return [term.xreplace(back) for term in sp.Add.make_args(sp.expand(expr.xreplace(kept)))]


def parsed(expr):
    """Take a sum over ranks apart, or raise."""
    constant, found = sp.S.Zero, None
    for term in _terms(expr):
        sums = [f for f in sp.Mul.make_args(term) if isinstance(f, sp.Sum)]
        if not sums and not views.has_sums(term):
            constant += term
        elif len(sums) == 1 and found is None and not views.has_sums(term / sums[0]):
            found = term / sums[0], sums[0]
        else:
            raise NotProved(f"{expr} is no single sum over ranks")
    if found is None:
        raise NotProved(f"{expr} is no sum over ranks")
    factor, total = found
    (rank, *ends), *classes = total.limits
    scale = factor
    for _, first, last in classes:
        if first != 1 or not last.is_positive:
            raise NotProved(f"{total} is no mean over classes")
        scale *= last
    steps = [f for f in sp.Mul.make_args(total.function) if isinstance(f, Difference)]
    if ends[0] != 1 or not isinstance(ends[1], sp.Symbol) or len(classes) > 1 or len(steps) != 1:
        raise NotProved(f"{total} is no sum of errors times increments over all ranks")
    after, before = steps[0].args
    if after.xreplace({rank: rank - 1}) != before:
        raise NotProved(f"{before} is not what {after} was one rank before")
    return _Ranked(constant, factor, scale, total.function / steps[0], after, steps[0], rank)


def _suffices(expr, scalars):
    """Show a sign that is enough for a claim, but not needed for it: where it fails, the claim is not refuted."""
    try:
        return kernel.settle_sign(expr, False, scalars)
    except Untrue as error:
        raise NotProved(str(error)) from error


def _declared(domain):
    return next(region.error for region in domain.values() if isinstance(region, Order))


def _in_declared(form, domain):
    """Write the error in a symbol for the declared one; return both."""
    symbol = own("u", real=True)
    error = form.error.xreplace({_declared(domain): symbol})
    if views.has_sums(error):
        raise NotProved(f"{form.error} is not known to have the order of {_declared(domain)}")
    return error, symbol


def _sorted(form, domain):
    """Show that π sorts the errors of the formula: they increase with those that are declared."""
    error, symbol = _in_declared(form, domain)
    return _suffices(sp.diff(error, symbol), views.scalars(domain) | {symbol: sp.S.Reals})


class _Flat:
    """Writes entries at ranks, labels and values of the set function as symbols, each with where it may lie."""

    def __init__(self, domain):
        self.domain, self.scalars, self.named = domain, dict(views.scalars(domain)), {}

    def __call__(self, expr):
        """Write an expression without entries; differences of entries are taken."""
        expr = sp.sympify(expr)
        if isinstance(expr, sp.KroneckerDelta):
            return self.name(expr, "delta", sp.FiniteSet(0, 1))
        if isinstance(expr, sp.Indexed):
            region = self.domain.get(expr.base)
            if not isinstance(region, views.Each):
                raise NotProved(f"nothing says where {expr} may lie")
            return self.name(expr, str(expr.base.label), region.region)
        if isinstance(expr, AppliedUndef):
            if not isinstance(self.domain.get(expr.func), SetFunction):
                raise NotProved(f"nothing says what {expr} is")
            return self.value(expr)
        if isinstance(expr, Difference):
            after, before = map(self, expr.args)
            return after - before
        return expr.func(*map(self, expr.args)) if expr.args else expr

    def name(self, expr, text, region):
        """Give an expression a symbol of its own."""
        if expr not in self.named:
            self.named[expr] = own(f"{text}_{len(self.named)}", real=True)
            self.scalars[self.named[expr]] = region
        return self.named[expr]

    def value(self, expr):
        """Name the value of a set function at the first so many pixels; it is 0 at none."""
        place = expr.args[0].indices[-1]
        if place == 0:
            return sp.S.Zero
        return self.name(expr, "F", sp.S.Reals)


def errors(expr, variable, domain):
    """List what stands before the increments, as a function of one entry: the function, its symbol, and the domain, for each label."""
    form = parsed(expr)
    found = []
    flat = _Flat(domain)
    error = flat(form.scale * form.error)
    entries = [e for e in flat.named if isinstance(e, sp.Indexed) and e.base == variable.base]
    if len(entries) != 1:
        raise NotProved(f"an error does not depend on one entry of {variable.base}")
    labels = {s: r for s, r in flat.scalars.items() if isinstance(r, sp.FiniteSet)}
    for case in itertools.product(*labels.values()):
        put = dict(zip(labels, case, strict=True))
        found.append((error.xreplace(put), flat.named[entries[0]], {s: r for s, r in flat.scalars.items() if s not in put}))
    return found


# --- Increments ---------------------------------------------------------------------------------------------------------


class _Counts:
    """A set function that is given by counts, at symbols for them."""

    def __init__(self, function, domain):
        self.sets = next((region for region in domain.values() if isinstance(region, Counted)), None)
        if self.sets is None:
            raise NotProved("nothing is known of the increments")
        self.function, self.scalars = function, dict(views.scalars(domain))
        self.a, self.b, self.room = (own(name, nonnegative=True) for name in ("A", "B", "R"))
        self.scalars |= dict.fromkeys((self.a, self.b, self.room), _FROM_ZERO)

    def at(self, missed, marked, total):
        """Return the value of the set function; where nothing is counted it is 0, whatever the quotient says."""
        counts = {self.sets.missed: sp.sympify(missed), self.sets.marked: sp.sympify(marked), self.sets.total: sp.sympify(total)}
        if all(count == 0 for count in counts.values()):
            return sp.S.Zero
        found = self.function.xreplace(counts)
        if views.has_sums(found):
            raise NotProved(f"{self.function} is not given by counts")
        return found

    def states(self):
        """List the sets that a pixel of the others may join: with pixels of the total missing, with all, and where there are none."""
        a, b, room = self.a, self.b, self.room
        return [(a, b, a + 1 + room), (a + 1, b, a + 1), (0, b + 1, 0), (0, 0, 0)]

    def signs(self, exprs):
        """Show that none of these is negative."""
        return tuple(_suffices(expr, self.scalars) for expr in exprs)

    def growing(self):
        """Show that no increment is negative, and that the empty set has the value 0."""
        f, (a, b, total) = self.at, self.states()[0]
        steps = [f(a + 1, b, total) - f(a, b, total)] + [f(x, y + 1, g) - f(x, y, g) for x, y, g in self.states()]
        return (*self.signs(steps), self.empty())

    def empty(self):
        """Show that the empty set has the value 0."""
        return kernel.settle_zero(self.at(0, 0, self.room + 1), self.scalars)

    def diminishing(self):
        """Show that no increment grows when a pixel is there already: two of the total, one of each, two others."""
        f, a, b, room = self.at, self.a, self.b, self.room
        two, one = a + 2 + room, a + 1 + room
        gaps = [
            2 * f(a + 1, b, two) - f(a, b, two) - f(a + 2, b, two),
            f(a + 1, b, one) + f(a, b + 1, one) - f(a, b, one) - f(a + 1, b + 1, one),
            *(2 * f(x, y + 1, g) - f(x, y, g) - f(x, y + 2, g) for x, y, g in self.states()),
        ]
        return (*self.signs(gaps), self.empty())

    def summing(self):
        """Show that the increments sum to 1: all pixels have the value 1, with and without pixels of the total."""
        full = (self.at(self.a + 1, self.b, self.a + 1), self.at(0, self.b + 1, 0))
        return (*(kernel.settle_zero(value - 1, self.scalars) for value in full), self.empty())


# --- Rules --------------------------------------------------------------------------------------------------------------


def settle(obligation, domain, by=()):
    """Settle an obligation where the domain has an order; what has no sum or entry in it goes its usual way."""
    if not views.has_sums(*views.exprs_of(obligation)):
        return views.settle(obligation, domain, by)
    with kernel.budget():
        if isinstance(obligation, Zero):
            return _slope(obligation, domain) if obligation.expr.has(sp.Derivative) else _induction(obligation, domain)
        if isinstance(obligation, Sign) and not obligation.strict and not obligation.expr.has(sp.Derivative):
            return _bound(obligation, domain)
    raise NotProved(f"no rule for sums over ranks settles {type(obligation).__name__}")


def _slope(obligation, domain):
    flat = _Flat(domain)
    increments = {}

    def taken(expr):
        if isinstance(expr, sp.Derivative):
            ((variable, count),) = expr.variable_count
            form = parsed(expr.expr)
            _sorted(form, domain)
            here = form.error.xreplace({form.rank: _rank_of(variable, domain)})
            if count != 1 or not here.has(variable):
                raise NotProved(f"{variable} is no entry at a rank of {expr.expr}")
            step = form.step.xreplace({form.rank: _rank_of(variable, domain)})
            return form.factor * sp.diff(flat(here), flat(variable)) * opaque(step)
        if isinstance(expr, Difference) and not expr.args[0].is_number:
            return opaque(expr)
        return expr.func(*map(taken, expr.args)) if isinstance(expr, (sp.Add, sp.Mul)) else flat(expr)

    def opaque(step):
        symbol = increments.setdefault(step, own(f"D_{len(increments)}", real=True))
        flat.scalars[symbol] = sp.S.Reals
        return symbol

    expr = taken(obligation.expr)
    return Step("one entry, in the one term that it stands in", expr, (kernel.settle_zero(expr, flat.scalars, inside=True),))


def _rank_of(variable, domain):
    """Return the rank at which a variable singles out an entry."""
    order = next(base for base, region in domain.items() if isinstance(region, Order))
    ranks = [index.indices[-1] for index in variable.indices if isinstance(index, sp.Indexed) and index.base == order]
    if len(ranks) != 1:
        raise NotProved(f"{variable} is no entry at a rank")
    return ranks[0]


def _bound(obligation, domain):
    form = parsed(obligation.expr)
    counts = _Counts(form.after, domain)
    flat = _Flat(domain)
    error = flat(form.constant + form.scale * form.error)
    parts = [_suffices(error, flat.scalars), *counts.growing()]
    if form.constant != 0:
        parts += counts.summing()
    return Step("no error and no increment is negative", error, tuple(parts))


def _induction(obligation, domain):
    (length, *others) = [s for s, r in views.scalars(domain).items() if kernel._is_counting(r) and obligation.expr.has(s)] or [None]
    if length is None or others:
        raise NotProved("there is no single number of ranks")
    flat = _Flat(domain)
    base, growth, steps = sp.S.Zero, sp.S.Zero, []
    for term in _terms(obligation.expr):
        sums = [f for f in sp.Mul.make_args(term) if isinstance(f, sp.Sum)]
        if not sums:
            base += term.xreplace({length: sp.S.One})
            growth += term.xreplace({length: length + 1}) - term
            continue
        factor = term / sums[0]
        (rank, first, last), *more = sums[0].limits
        short = last - length
        if more or first != 1 or short not in (0, -1) or views.has_sums(factor) or factor.has(length) or sums[0].function.has(length):
            raise NotProved(f"{term} is no sum over ranks up to {length}")
        if sums[0].has(Difference):
            steps.append(_sorted(parsed(sums[0]), domain))
        if short == 0:
            base += factor * sums[0].function.xreplace({rank: sp.S.One})
        growth += factor * sums[0].function.xreplace({rank: last + 1})
    parts = [kernel.settle_zero(_modular(flat(part), flat, domain), flat.scalars) for part in (base, growth)]
    return Step(f"for {length} = 1, and from {length} to {length} + 1", growth, (*steps, *parts))


def _modular(expr, flat, domain):
    """Write the values of a set function that adds up weights as the value one rank before and a weight."""
    values = [e for e in flat.named if isinstance(e, AppliedUndef) and domain[e.func].weights is not None]
    order = next(base for base, region in domain.items() if isinstance(region, Order))
    for value in values:
        (sets,) = value.args
        place = sets.indices[-1]
        before = value.xreplace({place: place - 1})
        if place == 1 or before in flat.named:
            expr = expr.xreplace({flat.named[value]: flat.value(before) + flat(domain[value.func].weights[order[place]])})
    return expr


def _largest(obligation, domain):
    form = parsed(obligation.expr)
    parts = [_sorted(replace(form, error=form.scale * form.error), domain)]
    function = domain.get(getattr(form.after, "func", None))
    if isinstance(function, SetFunction):
        if not function.submodular or not obligation.linear:
            raise NotProved(f"{form.after} is any set function")
        return Step("the largest over all orders: the set function is submodular", form.after, tuple(parts))
    counts = _Counts(form.after, domain)
    parts += counts.diminishing()
    if not obligation.linear:
        parts += counts.growing()
    return Step("the largest over all orders: increments diminish", form.after, tuple(parts))


def _diminishing(obligation, domain):
    form = _bare(obligation.expr)
    return Step("no second difference in the counts is positive", form.after, _Counts(form.scale * form.after, domain).diminishing())


def _grows(obligation, domain):
    form = _bare(obligation.expr)
    counts = _Counts(form.scale * form.after, domain)
    a, b = obligation.counts
    before, missed, marked = (counts.function.xreplace({counts.sets.missed: x, counts.sets.marked: y}) for x, y in ((a, b), (a + 1, b), (a, b + 1)))
    gaps = (missed - before - obligation.missed, marked - before - obligation.marked)
    return Step("one more pixel", form.after, (*(kernel.settle_zero(gap, views.scalars(domain)) for gap in gaps), counts.empty()))


def _averages(obligation, domain):
    form = _bare(obligation.expr)
    error, symbol = _in_declared(form, domain)
    counts = _Counts(form.after, domain)
    same = kernel.settle_zero(form.scale * error - symbol, views.scalars(domain) | {symbol: sp.S.Reals})
    return Step("the increments are weights", form.after, (same, *counts.growing(), *counts.summing()))


def _bare(expr):
    """Take a sum over ranks apart to which nothing is added."""
    form = parsed(expr)
    if form.constant != 0:
        raise NotProved(f"{form.constant} stands beside the sum over ranks")
    return form


def _blocks(obligation, domain):
    form = parsed(obligation.expr)
    error, symbol = _in_declared(form, domain)
    flat, scalars = _Flat(domain), views.scalars(domain)
    values = [sp.sympify(level) for level, _ in obligation.levels]
    parts = [_sorted(form, domain)]
    parts += [_suffices(high - low, scalars) for high, low in itertools.pairwise(values)]
    total, start = form.constant, sp.S.Zero
    for value, (_, end) in zip(values, obligation.levels, strict=True):
        after, before = (form.after.xreplace({form.rank: sp.sympify(place)}) for place in (end, start))
        total += form.factor * error.xreplace({symbol: value}) * (flat(after) - flat(before))
        start = end
    gap = total - flat(obligation.value)
    return Step("each level telescopes", gap, (*parts, kernel.settle_zero(gap, flat.scalars)))


RULES = {Largest: _largest, Diminishing: _diminishing, Grows: _grows, Averages: _averages, Blocks: _blocks}
