"""The kinds of claims: each is data, and makes from itself and a card's formula the obligations that have to be settled.

A claim holds no sentence and no proof. ``claim.sentence(card)`` is printed by :mod:`lossbook.proof.english`; ``claim.obligations(card)``
lists what has to be shown, with all derivatives of the card's own formula. Options of every claim, by keyword:

``name``   its key on the card (by default the kind's own)
``given``  values for some symbols, put into the formula: the claim is about the loss with these values
``on``     a narrower domain for some symbols, or one for symbols that the claim adds
``by``     hints for signs: equal forms, tuples of parts, :class:`Anchor`, :class:`Balance`
``shown``  the form in which an expression of the claim is printed; it is shown to be equal
``remark`` a sentence beside the claim, which no verdict covers
"""

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any, ClassVar

import sympy as sp
from sympy.core.function import AppliedUndef

from lossbook.proof import kernel, ranks, views
from lossbook.proof.card import Card
from lossbook.proof.exact import calculated, fraction
from lossbook.proof.kernel import NotProved, Sign, Tends, Zero
from lossbook.proof.views import Apart, Each, Simplex, put


@dataclass(frozen=True)
class Finite:
    """``holds(case)`` for every case: an obligation that is settled by going through them."""

    cases: Callable[[], Iterable[Any]]
    holds: Callable[[Any], bool]
    complete: bool = False


@dataclass(frozen=True)
class False_:
    """``relation`` is false: an obligation without free symbols."""

    relation: sp.Basic


@dataclass(frozen=True, eq=False)
class Claim:
    """What all claims have; the kinds add what they say."""

    _: KW_ONLY
    name: str = ""
    given: Mapping = field(default_factory=dict)
    on: Mapping = field(default_factory=dict)
    by: tuple = ()
    shown: Any = None
    remark: str = ""

    default: ClassVar[str] = ""

    def __post_init__(self):
        """Read a single hint as a tuple of one."""
        if not isinstance(self.by, (tuple, list)):
            object.__setattr__(self, "by", (self.by,))

    @property
    def key(self):
        """The key of the claim on its card."""
        return self.name or self.default

    def loss(self, card):
        """Return the formula that the claim speaks of: the card's, with what is given put in."""
        return _spoken_of(self, card)

    def domain(self, card):
        """Return where the symbols of the claim may lie."""
        gone = set(self.given)
        return {s: r for s, r in card.domain.items() if s not in gone} | dict(self.on)

    def obligations(self, card):
        """List what has to be shown of a card."""
        raise NotImplementedError

    def sentence(self, card):
        """Return the claim in words, in Markdown."""
        from lossbook.proof import english

        return english.sentence(self, card)

    def forms(self, card):
        """List pairs of expressions that are printed for one another, to be shown equal."""
        return [] if self.shown is None else [(self.told(card), self.shown)]

    def told(self, card):
        """Return the expression that ``shown`` stands for."""
        raise NotProved(f"{type(self).__name__} has no expression that could be shown otherwise")


@lru_cache(maxsize=64)
def _spoken_of(claim, card):
    return put(card.formula, claim.given)


def as_product(*factors):
    """Build a product that is printed as it stands, for ``shown``."""
    return sp.Mul(*map(sp.sympify, factors), evaluate=False)


def as_sum(*terms):
    """Build a sum that is printed as it stands, for ``shown``."""
    return sp.Add(*map(sp.sympify, terms), evaluate=False)


def slope(expr, variable, order=1):
    """Return a derivative: of sums, as a node that the views take apart."""
    if isinstance(variable, sp.Indexed):
        return sp.Derivative(expr, (variable, order), evaluate=False)
    # Where branches meet a second derivative has a point mass, of which the jumps of the slope are told apart.
    return sp.diff(expr, variable, order).replace(sp.DiracDelta, lambda *_: sp.S.Zero)


def _kinked(expr):
    return expr.has(*kernel._KINKED)


def _joints(expr, variable):
    """List the places in a variable where branches meet, each with the branches below and above it."""
    if not _kinked(expr) or views.has_sums(expr):
        return []
    found, seen, still = [], set(), []
    for switch in kernel._switches(expr):
        above, below = (kernel._decided(expr, {switch: sign}) for sign in "+-")
        rate = sp.diff(switch, variable)
        if rate == 0:
            still += [below, above]
            continue
        if rate.free_symbols or not rate.is_number:
            raise NotProved(f"{switch} is not linear in {variable}")
        place = sp.solve(switch, variable)
        if len(place) != 1:
            raise NotProved(f"{switch} is not linear in {variable}")
        if rate < 0:
            above, below = below, above
        found.append((place[0], below, above))
        # What is cut further inside of a branch counts where the branch does.
        for branch, sign in ((above, 1), (below, -1)):
            for inner, *sides in _joints(branch, variable):
                room = sp.simplify(sign * (inner - place[0]))
                if room.is_negative or room in seen:
                    continue
                found.append((inner, *sides))
        break
    else:
        # Where no switch moves with the variable, branches may meet in what is left when one is decided, whichever way.
        for branch in still[:2]:
            found += [joint for joint in _joints(branch, variable) if joint not in found]
    return found


def _continuous(expr, variable):
    """Oblige to continuity where branches meet."""
    if views.has_sums(expr, variable):
        if expr.has(sp.Heaviside, sp.sign, sp.Piecewise):
            raise NotProved("the loss may jump, which slopes do not show")
        return []
    return [Zero((above - below).subs(variable, place)) for place, below, above in _joints(expr, variable)]


def _jumps(expr, variable):
    """Return by how much the slope jumps up at each place where branches meet."""
    return [sp.diff(above - below, variable).subs(variable, place) for place, below, above in _joints(expr, variable)]


# --- Ends ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Reaches:
    """``expr`` reaches ``value`` at the place, or comes as near as one likes where the place is an end that does not belong to it."""

    expr: sp.Expr
    value: sp.Expr
    at: Mapping


@dataclass(frozen=True, eq=False)
class Range(Claim):
    """The loss lies between ``low`` and ``high``, and neither bound could be moved; ``low_at``, ``high_at`` say where it gets there.

    A place is a mapping, or the arguments of the card's own evaluation.
    """

    low: sp.Expr = sp.S.Zero
    high: sp.Expr = sp.oo
    low_at: Mapping | tuple | None = None
    high_at: Mapping | tuple | None = None
    default = "range"

    __match_args__ = ("low", "high")

    def obligations(self, card):
        """Both bounds, and that both are sharp."""
        loss, low, high = self.loss(card), sp.sympify(self.low), sp.sympify(self.high)
        found = [Sign(loss - low)] if low != -sp.oo else []
        found += [Sign(high - loss)] if high != sp.oo else []
        return [*found, self._reaches(card, low, self.low_at), self._reaches(card, high, self.high_at)]

    def _reaches(self, card, value, at):
        if isinstance(at, tuple):
            check_inside(dict(zip(card.symbol.args, at, strict=False)), self.domain(card))
            return Reaches(value_at(self, card, at), value, {})
        return Reaches(self.loss(card), value, at)


@dataclass(frozen=True, eq=False)
class ZeroOnlyAt(Claim):
    """The loss, or what ``of`` makes of it, is 0 where ``a`` = ``b``, and positive elsewhere; ``b`` may be what all entries of ``a`` are."""

    a: sp.Expr = None
    b: sp.Expr = None
    of: sp.Expr | None = None
    default = "zero only at equality"

    def obligations(self, card):
        """Zero on the diagonal, positive off it."""
        loss, a, b = self.loss(card), sp.sympify(self.a), sp.sympify(self.b)
        loss = loss if self.of is None else applied(self.of, card, loss)
        return [Zero(put(loss, {a: b})), Apart(loss, a, b)]


@dataclass(frozen=True, eq=False)
class Gradient(Claim):
    """This is the slope in ``var`` (by default the prediction)."""

    expr: sp.Expr = None
    var: sp.Expr | None = None
    default = "gradient"
    order: ClassVar[int] = 1

    def told(self, card):
        """The expression itself."""
        return self.expr

    def obligations(self, card):
        """The derivative less the expression is 0; a kinked loss, where it has a derivative, and is continuous."""
        loss, variable = self.loss(card), card.prediction if self.var is None else self.var
        expr = sp.sympify(self.expr)
        return [
            Zero(slope(loss, variable, self.order) - expr, inside=True, what="slope less the claimed one"),
            *([] if views.has_sums(loss, variable) else _continuous(loss, variable)),
        ]


@dataclass(frozen=True, eq=False)
class Curvature(Gradient):
    """This is the second derivative."""

    default = "curvature"
    order: ClassVar[int] = 2


@dataclass(frozen=True, eq=False)
class Lipschitz(Claim):
    """The slope stays within ±c; ``sharp`` names where it comes to c, or is True to have the place found."""

    c: sp.Expr = sp.S.One
    sharp: Mapping | bool | None = None
    var: sp.Expr | None = None
    default = "lipschitz"
    order: ClassVar[int] = 1

    def obligations(self, card):
        """Both bounds on the derivative, and where it comes to one of them."""
        loss, variable, c = self.loss(card), card.prediction if self.var is None else self.var, sp.sympify(self.c)
        rate = slope(loss, variable, self.order)
        what = "room between bound and slope" if self.order == 1 else "room between bound and second derivative"
        found = [Sign(c - rate, inside=True, what=what), Sign(c + rate, inside=True, what=what), *_continuous(loss, variable)]
        if not views.has_sums(loss, variable) and self.order == 2:
            found += [Zero(jump) for jump in _jumps(loss, variable)]
        if self.sharp:
            found.append(Reaches(rate, (c, -c), None if self.sharp is True else self.sharp))
        return found


@dataclass(frozen=True, eq=False)
class Smooth(Lipschitz):
    """The second derivative stays within ±c; ``joint``: the Hessian in all entries of the prediction lies between 0 and c times the identity.

    A Hessian of :class:`Laplacian` form has H_ij ≤ 0 for i ≠ j, and rows that sum to 0. By Gershgorin no eigenvalue is above 2 max H_ii;
    with two entries, 2 H_11 is one.
    """

    joint: bool = False
    default = "smooth"
    order: ClassVar[int] = 2

    def obligations(self, card):
        """The bounds on one derivative, or the form of the Hessian and the bound on its eigenvalues."""
        if not self.joint:
            return super().obligations(card)
        if self.sharp not in (None, False, True):
            raise NotProved("where the bound on the eigenvalues is sharp is found with two entries; pass sharp=True")
        loss, variable, c = self.loss(card), card.prediction if self.var is None else self.var, sp.sympify(self.c)
        twice = 2 * slope(loss, variable, 2)
        found = [Laplacian(loss, variable.base), Sign(c - twice)]
        return found + ([Reaches(twice, c, None)] if self.sharp else [])


@dataclass(frozen=True, eq=False)
class Monotone(Claim):
    """The loss grows (``down``: falls) in ``var``."""

    down: bool = False
    var: sp.Expr | None = None
    strict: bool = False
    default = "monotone"

    def obligations(self, card):
        """The sign of the slope."""
        loss, variable = self.loss(card), card.prediction if self.var is None else self.var
        rate = slope(loss, variable)
        what = "downward slope" if self.down else "slope"
        found = [Sign(-rate if self.down else rate, self.strict, inside=True, enough=self.strict, what=what)]
        return found + _continuous(loss, variable)


@dataclass(frozen=True, eq=False)
class Laplacian:
    """The second derivatives in the entries of a base are a weighted sum of (v_i − v_j)², none of the weights negative.

    For i ≠ j, H_ij = −c_ij ≤ 0; and each row sums to 0, because H_ij = −b_i e^{z_j} for one b_i whatever j is, and
    H_ii = b_i Σ_{j≠i} e^{z_j}. Then vᵀHv = Σ_{i<j} c_ij (v_i − v_j)² ≥ 0.
    """

    expr: sp.Expr
    base: sp.IndexedBase


@dataclass(frozen=True, eq=False)
class Linear:
    """``expr`` is a sum of one-variable functions, each convex, of expressions that are linear in the entries of ``base``."""

    expr: sp.Expr
    base: sp.IndexedBase


@dataclass(frozen=True, eq=False)
class Either:
    """One of several lists of obligations holds; the first that is settled counts. ``needed``: what holds in each case, and so refutes."""

    ways: tuple
    needed: tuple = ()


@dataclass(frozen=True, eq=False)
class Convex(Claim):
    """The loss is convex in ``var``; where that is one entry of an indexed base, in all its entries together.

    ``var`` may be a pair of entries with one index: then the loss is convex in both bases together.
    """

    strict: bool = False
    var: sp.Expr | None = None
    concave: bool = False
    default = "convex"

    def obligations(self, card):
        """The sign of the second derivative, and of the jumps of the slope; for entries, one of the ways to lift it."""
        loss, variable = self.loss(card), card.prediction if self.var is None else self.var
        loss = -loss if self.concave else loss
        if isinstance(variable, tuple):
            return [Jointly(loss, *variable)]
        what = "second derivative" if not self.concave else "second derivative with the sign turned"
        curved = Sign(slope(loss, variable, 2), self.strict, inside=True, enough=self.strict, what=what)
        if ranks.ordered(self.domain(card)):
            return self._in_order(loss, variable, self.domain(card))
        if isinstance(variable, sp.Indexed):
            _continuous(loss, variable)
            ways = ((Separable(loss, variable.base), curved),)
            if not self.strict:
                # Both show more than one second derivative.
                ways += tuple((rule(loss, variable.base),) for rule in (Laplacian, Linear))
            return [Either(ways, needed=(curved,))]
        return [curved, *_continuous(loss, variable), *(Sign(jump, what="jump of the slope") for jump in _jumps(loss, variable))]

    def _in_order(self, loss, variable, domain):
        """Each error is convex in its entry, and the sum is the largest over all orders."""
        if self.strict:
            raise NotProved("a sum over ranks is linear along its errors, not strictly convex")
        found, linear = [], True
        for error, entry, region in ranks.errors(loss, variable, domain):
            bent = [slope(error, entry, 2), *_jumps(error, entry)]
            linear &= not any(bent)
            found += [_On(part, region) for part in (*(Sign(part, inside=True) for part in bent), *_continuous(error, entry))]
        return [*found, ranks.Largest(loss, linear)]


@dataclass(frozen=True, eq=False)
class Jointly:
    """``expr`` is a sum of terms, each convex in the pair of its entries: no second derivative and no determinant is negative."""

    expr: sp.Expr
    first: sp.Indexed
    second: sp.Indexed


@dataclass(frozen=True, eq=False)
class Separable:
    """``expr`` is a constant and a sum of terms, each with one entry of ``base``."""

    expr: sp.Expr
    base: sp.IndexedBase


# --- Minimisers ---------------------------------------------------------------------------------------------------------

@dataclass(frozen=True, eq=False)
class Elicits(Claim):
    """The smallest expected loss is at the ``functional`` of the target: mean, median, quantile (of a level), expectile (of a level).

    Mean: ∂ℓ/∂x = w(x)(x − y); median: w(x) sgn(x − y); quantile: w(x)([x > y] − τ); expectile: w(x)|[x > y] − τ|(x − y), with w > 0. The
    expected slope then has the sign of x less the functional.
    """

    functional: str = "mean"
    level: sp.Expr | None = None
    target: sp.Symbol | None = None
    default = "elicits"

    FUNCTIONALS: ClassVar = ("mean", "median", "quantile", "expectile")

    def obligations(self, card):
        """The slope, divided by the functional's own, is positive and does not depend on the target."""
        if self.functional not in self.FUNCTIONALS:
            raise ValueError(f"functional must be one of {self.FUNCTIONALS}, but it is {self.functional!r}. Pass one of them.")
        loss, x = self.loss(card), card.prediction
        y = self.target if self.target is not None else next(s for s in card.domain if s != x and s not in card.params)
        domain = self.domain(card)
        whole = domain[x].sup == domain[y].sup and domain[x].inf == domain[y].inf
        if not whole:
            raise NotProved(f"{x} cannot be every {self.functional} of {y}: it lies in {domain[x]}, not in {domain[y]}")
        if isinstance(domain[y], sp.FiniteSet):
            raise NotProved(f"{y} takes single values only: what the loss asks of chances is Proper")
        level = sp.sympify(sp.S.Half if self.level is None else self.level)
        away = kernel.own("t", positive=True)
        found = [Zero(slope(loss, x) * 0), *_continuous(loss, x)]
        if self.functional == "mean":
            weights = {1: away, -1: -away}
        elif self.functional == "median":
            weights = {1: sp.S.One, -1: -sp.S.One}
        elif self.functional == "quantile":
            weights = {1: 1 - level, -1: -level}
        else:
            weights = {1: (1 - level) * away, -1: -level * away}
        sides = []
        for side, weight in weights.items():
            rate = slope(loss, x).xreplace({y: x - side * away})
            rate = kernel._decided(rate, {})
            quotient = rate / weight
            sides.append(quotient)
            found.append(_On(Sign(quotient, True, enough=True, what="slope over that of the functional"), {away: _room(domain, x, y, side)}))
            found.append(_On(Zero(sp.diff(quotient, away)), {away: _room(domain, x, y, side)}))
        # One weight on both sides of the target.
        other = kernel.own("t2", positive=True)
        rooms = {away: _room(domain, x, y, 1), other: _room(domain, x, y, -1)}
        found.append(_On(Zero(sides[0] - sides[1].xreplace({away: other})), rooms))
        return found[1:]


def _room(domain, x, y, side):
    """Return how far the target may lie below (side 1) or above (−1) the prediction."""
    end = domain[y].inf if side == 1 else domain[y].sup
    return sp.Interval.open(0, sp.oo) if not end.is_finite else sp.Interval.open(0, side * (x - end))


@dataclass(frozen=True, eq=False)
class _On:
    """An obligation with domains of its own for symbols that it adds."""

    obligation: Any
    domain: Mapping


@dataclass(frozen=True, eq=False)
class Proper(Claim):
    """Honest probabilities have the smallest expected loss; ``link`` makes the probability of label 1 of the prediction.

    Two labels: the expected slope η ℓ'(x, 1) + (1 − η) ℓ'(x, 0) is w(x)(link(x) − η) with w > 0 (weakly: ≥ 0), exactly if
    (1 − link) ℓ'(x, 0) + link ℓ'(x, 1) = 0 and w = ℓ'(x, 0) − ℓ'(x, 1); and the link increases. For 0 < η < 1 the minimum is at
    link(x) = η. Several classes: see :class:`Excess`; ``link`` names the probabilities of which the prediction holds scores. Where the loss is
    that of one label, ``label`` is its index, and the expected loss is Σ_k q_k ℓ_k; ``of`` names the probabilities if they were put in.
    """

    link: sp.Expr | None = None
    strict: bool = True
    target: sp.Expr | None = None
    label: sp.Symbol | None = None
    of: sp.IndexedBase | None = None
    default = "proper"

    def obligations(self, card):
        """For two labels, the factors of the expected slope; for several, the excess over the loss at the truth."""
        loss, x = self.loss(card), card.prediction
        y = self.target if self.target is not None else _target(card, x)
        if isinstance(x, sp.Indexed):
            if self.label is not None:
                loss = sp.Sum(y[self.label] * loss, (self.label, 1, sp.Symbol("K", integer=True, positive=True)))
            return self._of_classes(loss, x.base if self.of is None else self.of, y)
        link = self.chance(card)
        one, zero = (slope(put(loss, {y: sp.Integer(label)}), x) for label in (1, 0))
        weight = zero - one
        return [
            Zero((1 - link) * zero + link * one, what="expected slope at the true probability"),
            Sign(weight, self.strict, enough=self.strict, what="weight of the expected slope"),
            Sign(sp.diff(link, x), True, enough=True, what="slope of the link"),
        ]

    def domain(self, card):
        """Any number for a shift of the scores, and the probabilities that they make."""
        scored = {_SHIFT: sp.S.Reals, self.link: Simplex(open=True)} if isinstance(self.link, sp.IndexedBase) else {}
        return super().domain(card) | scored

    def chance(self, card):
        """The probability of label 1."""
        if self.link is not None:
            return sp.sympify(self.link)
        region = card.domain[card.prediction]
        return card.prediction if region.is_subset(sp.Interval(0, 1)) else 1 / (1 + sp.exp(-card.prediction))

    def _of_classes(self, loss, p, q):
        if isinstance(self.link, sp.IndexedBase):
            # The loss does not change with a shift of all scores z, so that z = log p stands for every z with softmax(z) = p.
            shifted = Zero(_changed(loss, p, lambda s: s + _SHIFT) - loss)
            loss = loss.replace(lambda e: isinstance(e, sp.Indexed) and e.base == p, lambda e: sp.log(self.link[e.indices]))
            loss = loss.replace(lambda e: isinstance(e, sp.Sum) and e.function == self.link[e.limits[0][0]], lambda _: sp.S.One)
            return [shifted, *self._of_chances(loss, self.link, q)]
        return self._of_chances(loss, p, q)

    def _of_chances(self, loss, p, q):
        return [Excess(loss, p, q, self.strict)]

@dataclass(frozen=True, eq=False)
class Excess:
    """The expected loss at p, for labels drawn from q, is above that at q (``strict``: if p ≠ q).

    Of Σ_k f(q_k, p_k) the expectation over one-hot labels is Σ_k q_k f(1, p_k) + (1 − q_k) f(0, p_k); of a function of cumulative sums the
    same holds with the sums in the place of the entries.
    """

    expr: sp.Expr
    p: sp.IndexedBase
    q: sp.IndexedBase
    strict: bool


def _target(card, x):
    base = x.base if isinstance(x, sp.Indexed) else x
    return next(s for s in card.domain if s != base and s not in card.params and (s.is_integer is not True))


@dataclass(frozen=True, eq=False)
class Likelihood(Claim):
    """The loss times ``factor`` is minus the logarithm of ``density``, up to what no prediction changes."""

    density: sp.Expr = None
    factor: sp.Expr = sp.S.One
    target: sp.Symbol | None = None
    default = "likelihood"

    def obligations(self, card):
        """The slopes agree, the factor is positive, and the density sums or integrates to 1."""
        loss, x, density = self.loss(card), card.prediction, sp.sympify(self.density)
        y = self.target if self.target is not None else _target(card, x)
        if sp.sympify(self.factor).has(x, y):
            raise NotProved("the factor may depend neither on the prediction nor on the target")
        return [
            Zero(slope(sp.expand_log(-sp.log(density), force=False), x) - self.factor * slope(loss, x)),
            Sign(sp.sympify(self.factor), True),
            Sign(density),
            Zero(self._total(density, y, self.domain(card)[y]) - 1),
        ]

    def _total(self, density, y, region):
        if isinstance(region, sp.FiniteSet) or region == sp.Interval(0, 1):
            labels = region if isinstance(region, sp.FiniteSet) else (0, 1)
            return sp.Add(*(density.subs(y, label) for label in labels))
        total = kernel.attempt(sp.integrate, density, (y, region.inf, region.sup))
        if total is None or total.has(sp.Integral):
            raise NotProved(f"the integral of {density} over {region} was not found")
        return sp.simplify(total)


# --- Relations ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Symmetric(Claim):
    """The substitution, made all at once, leaves the loss as it is."""

    mapping: Mapping = None
    default = "symmetric"

    def obligations(self, card):
        """The loss after the substitution less the loss is 0."""
        loss = self.loss(card)
        return [Zero(put(loss, self.mapping) - loss)]


_SCALE = kernel.own("lambda", positive=True)
_SHIFT = kernel.own("c", real=True)


def _changed(loss, symbols, change):
    symbols = symbols if isinstance(symbols, (tuple, list)) else (symbols,)
    for base in symbols:
        if isinstance(base, sp.IndexedBase):
            loss = loss.replace(lambda e, b=base: isinstance(e, sp.Indexed) and e.base == b, change)
    return loss.xreplace({s: change(s) for s in symbols if not isinstance(s, sp.IndexedBase)})


@dataclass(frozen=True, eq=False)
class Homogeneous(Claim):
    """λ times the ``symbols`` gives λ^``degree`` times the loss, for λ > 0."""

    degree: sp.Expr = sp.S.One
    symbols: tuple = ()
    default = "homogeneous"

    def domain(self, card):
        """Any positive number for the factor."""
        return super().domain(card) | {_SCALE: sp.Interval.open(0, sp.oo)}

    def obligations(self, card):
        """The scaled loss less λ^degree times the loss is 0."""
        loss = self.loss(card)
        return [Zero(_changed(loss, self.symbols, lambda s: _SCALE * s) - _SCALE ** sp.sympify(self.degree) * loss)]


@dataclass(frozen=True, eq=False)
class Invariant(Claim):
    """One number added to all the ``symbols`` changes nothing."""

    symbols: tuple = ()
    default = "shift"

    def domain(self, card):
        """Any number for the shift."""
        return super().domain(card) | {_SHIFT: sp.S.Reals}

    def obligations(self, card):
        """The shifted loss less the loss is 0."""
        loss = self.loss(card)
        return [Zero(_changed(loss, self.symbols, lambda s: s + _SHIFT) - loss)]


@dataclass(frozen=True, eq=False)
class SpecialCase(Claim):
    """With the ``values`` the loss is ``factor`` times another card's, whose symbols ``link`` replaces."""

    values: Mapping = None
    card: Card = None
    factor: sp.Expr = sp.S.One
    link: Mapping = field(default_factory=dict)
    default = "special case"

    def obligations(self, card):
        """The difference is 0."""
        ours = put(self.loss(card), self.values)
        return [Zero(ours - sp.sympify(self.factor) * put(self.card.formula, self.link))]

    def domain(self, card):
        """The symbols of both cards, our own first."""
        ours = super().domain(card)
        theirs = {s: r for s, r in self.card.domain.items() if s not in ours and s not in self.link}
        return {s: r for s, r in (theirs | ours).items() if s not in self.values}


@dataclass(frozen=True, eq=False)
class Bound(Claim):
    """The loss is at least (``above``: at most) ``factor`` times another card's, or an expression."""

    other: Any = None
    factor: sp.Expr = sp.S.One
    above: bool = False
    link: Mapping = field(default_factory=dict)
    strict: bool = False
    default = "bound"

    def obligations(self, card):
        """The sign of the difference."""
        other = self.other.formula if isinstance(self.other, Card) else sp.sympify(self.other)
        gap = self.loss(card) - sp.sympify(self.factor) * put(other, self.link)
        return [Sign(-gap if self.above else gap, self.strict)]

    def domain(self, card):
        """The symbols of both."""
        ours = super().domain(card)
        theirs = self.other.domain if isinstance(self.other, Card) else {}
        return {s: r for s, r in theirs.items() if s not in self.link} | ours


@dataclass(frozen=True, eq=False)
class Limit(Claim):
    """The loss, or what ``of`` makes of it (an expression in the card's own symbol), goes to ``value`` as ``var`` goes to ``to``."""

    var: sp.Expr = None
    to: sp.Expr = None
    value: sp.Expr = None
    of: sp.Expr | None = None
    default = "limit"

    def told(self, card):
        """What goes to the value."""
        return self.loss(card) if self.of is None else applied(self.of, card, self.loss(card))

    def obligations(self, card):
        """The limit, from every side."""
        return [Tends(self.told(card), self.var, sp.sympify(self.to), applied(self.value, card, self.loss(card)))]


@dataclass(frozen=True, eq=False)
class Taylor(Claim):
    """Near ``at`` (a symbol and its value) the loss is ``expr`` to leading order: their quotient goes to 1."""

    at: Mapping = None
    expr: sp.Expr = None
    default = "near equality"

    def obligations(self, card):
        """The limit of the quotient."""
        ((variable, point),) = self.at.items()
        loss, expr = self.loss(card), sp.sympify(self.expr)
        if views.has_sums(loss, expr):
            return [_TaylorOfTerms(loss, expr, variable, point)]
        return [Tends(loss / expr, variable, sp.sympify(point), sp.S.One)]


@dataclass(frozen=True, eq=False)
class _TaylorOfTerms:
    """Each term has the same second derivative as the expression's, and both have value and slope 0, with a null sum, where a = b."""

    expr: sp.Expr
    leading: sp.Expr
    a: sp.IndexedBase
    b: sp.IndexedBase


def applied(expr, card, loss):
    """Put the loss in the place of the card's own symbol, with the arguments that it is given."""
    expr = sp.sympify(expr)
    for symbol, formula in _parts(card, loss):
        if isinstance(symbol, AppliedUndef):

            def put_in(found, names=symbol.args, formula=formula):
                changed = {n: v for n, v in zip(names, found.args, strict=True) if n != v}
                return put(formula, changed)

            expr = expr.replace(lambda e, head=symbol.func: isinstance(e, AppliedUndef) and e.func == head, put_in)
        else:
            expr = expr.xreplace({symbol: formula})
    return _done(expr)


def _parts(card, loss):
    """List a card's symbol with its formula; of a card that has several values, each symbol with its own."""
    if isinstance(card.symbol, sp.MatrixBase):
        return list(zip(card.symbol, loss, strict=True))
    return [(card.symbol, loss)]


def _done(expr):
    """Take the derivatives of expressions without sums."""
    return expr.replace(lambda e: isinstance(e, sp.Derivative) and not views.has_sums(e.expr), lambda e: e.doit())


@dataclass(frozen=True, eq=False)
class Holds(Claim):
    """A relation in the loss's own symbol, where no kind fits."""

    relation: sp.Basic = None
    default = "relation"

    def obligations(self, card):
        """What the relation says: an identity, or a sign."""
        return [_of_relation(part, card, self.loss(card)) for part in _relations(self.relation)]


def _relations(relation):
    return relation.args if isinstance(relation, sp.And) else (relation,)


def _of_relation(relation, card, loss):
    left, right = (applied(side, card, loss) for side in (relation.lhs, relation.rhs))
    if isinstance(relation, sp.Eq):
        return Zero(left - right)
    if isinstance(relation, (sp.Ge, sp.Gt)):
        return Sign(left - right, isinstance(relation, sp.Gt))
    if isinstance(relation, (sp.Le, sp.Lt)):
        return Sign(right - left, isinstance(relation, sp.Lt))
    raise TypeError(f"relation must be an equation or an inequality, but it is {relation}. Use Eq, Ge, Gt, Le or Lt.")


@dataclass(frozen=True, eq=False)
class Value(Claim):
    """A worked example: at these values the loss is ``number``, a text with as many decimals as are meant, or an exact number.

    ``at`` may be a list of places: then the number is the mean of their losses.
    """

    at: Mapping | tuple | list = None
    number: Any = None
    default = "example"

    def obligations(self, card):
        """The value less the number is 0, or within half a unit of its last decimal."""
        value = value_at(self, card, self.at)
        if not isinstance(self.number, str):
            return [Zero(value - sp.sympify(self.number))]
        decimals = len(self.number.partition(".")[2])
        half, number = sp.Rational(1, 2 * 10**decimals), sp.Rational(self.number)
        return [Sign(half - (value - number)), Sign(half + (value - number))]


def check_inside(at, domain):
    """Demand that a place lies in the domain, or on its edge."""
    for base, value in at.items():
        region = domain.get(base)
        if isinstance(region, sp.Set):
            # Its ends may be other symbols.
            region = region.subs({s: v for s, v in at.items() if isinstance(s, sp.Symbol)})
        if isinstance(region, (Each, Simplex)) and not isinstance(value, (tuple, list)):
            _check_alike(value, region, domain)
        elif isinstance(region, (Each, Simplex)):
            entries = [e for e in map(sp.sympify, sp.flatten(value)) if e.is_number]
            if isinstance(region, Simplex) and sp.simplify(sp.Add(*map(sp.sympify, value)) - 1) != 0:
                raise NotProved(f"the entries of {base} do not sum to 1")
            for entry in entries:
                _check_number(base, entry, region.region)
        elif isinstance(region, sp.Set) and not region.free_symbols and sp.sympify(value).is_number:
            _check_number(base, sp.sympify(value), region)


def _check_alike(value, region, domain):
    """Demand that all entries can be ``value``: of a distribution only 1/K."""
    value, scalars = sp.sympify(value), views.scalars(domain)
    if isinstance(region, Simplex):
        if not any(kernel._is_counting(r) and value == 1 / s for s, r in scalars.items()):
            raise NotProved(f"{value} in each entry is no distribution")
    elif value.free_symbols or region.region.contains(value) != True:  # noqa: E712
        raise NotProved(f"{value} does not lie in {region.region}")


def _check_number(name, value, region):
    inside = region.contains(value) == True if value.is_finite else value in (region.inf, region.sup)  # noqa: E712
    if not inside and value not in (region.inf, region.sup):
        raise NotProved(f"{name} = {value} does not lie in {region}")


def value_at(claim, card, at):
    """Evaluate the loss of a claim: at numbers for symbols and entries, or at the arguments of the card's own evaluation."""
    if isinstance(at, list):
        return sp.Add(*(value_at(claim, card, place) for place in at)) / len(at)
    arguments = getattr(card.symbol, "args", ())
    if isinstance(at, Mapping) and card.evaluator and set(at) == set(arguments) and all(isinstance(v, (tuple, list)) for v in at.values()):
        at = tuple(at[argument] for argument in arguments)
    if isinstance(at, Mapping):
        check_inside(at, claim.domain(card))
        return views.instance(claim.loss(card), {**at}, claim.domain(card))
    return sp.sympify(card.evaluate_as(claim.loss(card), *at))


@dataclass(frozen=True, eq=False)
class Misprint(Claim):
    """A formula in circulation that is not the loss: ``printed`` differs from it at the witness ``at``."""

    printed: sp.Expr = None
    at: Mapping = None
    default = "misprint"

    def obligations(self, card):
        """The two values differ."""
        ours = value_at(self, card, self.at)
        theirs = views.instance(applied(self.printed, card, self.loss(card)), self.at, self.domain(card))
        return [False_(sp.Eq(ours, theirs, evaluate=False))]


# --- Families of distributions ------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Merging(Claim):
    """Merging classes never raises the loss: a sum of terms that are homogeneous of degree 1 and convex in (p, q)."""

    default = "merging"

    def obligations(self, card):
        """Homogeneity and convexity of a term."""
        return [_MergingTerms(self.loss(card))]


@dataclass(frozen=True, eq=False)
class Tensorises(Claim):
    """Independent draws add up: a term of the product is r·f(p, q) + p·f(r, s), or r·f(p) + p·f(r)."""

    default = "additive"

    def obligations(self, card):
        """The identity of a term."""
        return [_Additive(self.loss(card))]


@dataclass(frozen=True, eq=False)
class RootMetric(Claim):
    """The root of the loss obeys the triangle inequality: the loss is a squared distance of functions, summed over the entries.

    A term f(p, q) with f(p, p) = 0, ∂f/∂q = 0 at q = p, and −∂²f/∂p∂q = ∫ φ(p) φ(q) dt over t > 0 is ½ ∫ (Φ(p) − Φ(q))² dt, with Φ' = φ in
    p: both have the same mixed derivative, value and slope at q = p. Minkowski's inequality does the rest. ``feature`` is φ, with an
    entry of the first distribution; ``over`` is t.
    """

    feature: sp.Expr = None
    over: sp.Symbol | None = None
    default = "root is a metric"

    def obligations(self, card):
        """The three equations of a term."""
        return [_Embedding(self.loss(card), self.feature, self.over)]


@dataclass(frozen=True, eq=False)
class _Embedding:
    expr: sp.Expr
    feature: sp.Expr
    over: sp.Symbol


@dataclass(frozen=True, eq=False)
class _MergingTerms:
    expr: sp.Expr


@dataclass(frozen=True, eq=False)
class _Additive:
    expr: sp.Expr


# --- Sums over ranks ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Increments(Claim):
    """In a sum over ranks one more pixel adds ``missed`` if it is of the total, ``marked`` if not; ``counts`` name how many there are of each."""

    missed: sp.Expr = None
    marked: sp.Expr = None
    counts: tuple = ()
    default = "increments"

    def domain(self, card):
        """Whole numbers for the counts."""
        return super().domain(card) | dict.fromkeys(self.counts, sp.Range(0, sp.oo))

    def obligations(self, card):
        """Both differences of the set function."""
        return [ranks.Grows(self.loss(card), sp.sympify(self.missed), sp.sympify(self.marked), tuple(self.counts))]


@dataclass(frozen=True, eq=False)
class Submodular(Claim):
    """The set function whose increments a sum over ranks has is submodular: none grows when another pixel is there already."""

    default = "submodular"

    def obligations(self, card):
        """The second differences in the counts."""
        return [ranks.Diminishing(self.loss(card))]


@dataclass(frozen=True, eq=False)
class WeightedMean(Claim):
    """The increments are not negative and sum to 1, so that the sum is a weighted mean of the errors.

    It is continuous (the increments of equal errors telescope), and linear in the errors as long as their order stays, with the weights as slopes:
    it changes by no more than the largest change of an error.
    """

    default = "weighted mean"

    def obligations(self, card):
        """Signs and sum of the increments."""
        return [ranks.Averages(self.loss(card))]


@dataclass(frozen=True, eq=False)
class Levels(Claim):
    """Where the errors have ``levels``, pairs of an error and the last rank that has it, the sum is ``value``."""

    levels: tuple = ()
    value: sp.Expr = None
    default = "levels"

    def obligations(self, card):
        """The increments of each level telescope."""
        return [ranks.Blocks(self.loss(card), tuple(self.levels), sp.sympify(self.value))]


# --- Cases --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Cases:
    """Finitely many values for a name, with the words that say which."""

    words: str
    values: Callable[[], Iterable[Any]]

    def __iter__(self):
        return iter(self.values())


@dataclass(frozen=True, eq=False)
class Exhaustive(Claim):
    """A relation in the loss's own symbol, for every combination of the cases ``over``; the loss is evaluated from the formula.

    ``where`` keeps the combinations for which it is true; ``helpers`` names functions of the relation that are not the loss; ``complete`` says
    that there are no other cases, which makes the verdict *proved*.
    """

    relation: sp.Basic = None
    over: Mapping = field(default_factory=dict)
    where: Callable | None = None
    helpers: Mapping = field(default_factory=dict)
    complete: bool = False
    default = "cases"

    def obligations(self, card):
        """The relation for each case."""
        names = list(self.over)

        def cases():
            for values in itertools.product(*self.over.values()):
                case = dict(zip(names, values, strict=True))
                if self.where is None or self.where(*values):
                    yield case

        return [Finite(cases, lambda case: relation_at(self, card, case), self.complete)]


def relation_at(claim, card, case):
    """Evaluate a claim's relation for the values of its names; the loss comes from the card's formula."""
    return _evaluated(claim.relation, claim, card, case)


def _evaluated(expr, claim, card, case):
    if isinstance(expr, sp.And):
        return all(_evaluated(part, claim, card, case) for part in expr.args)
    if isinstance(expr, sp.core.relational.Relational):
        left, right = (_evaluated(side, claim, card, case) for side in (expr.lhs, expr.rhs))
        return _compared(type(expr), left, right)
    if expr in case:
        return case[expr]
    arguments = [_evaluated(a, claim, card, case) for a in expr.args]
    if isinstance(expr, AppliedUndef):
        if (isinstance(card.symbol, AppliedUndef) and expr.func == card.symbol.func) or expr.func == card.symbol:
            return _value(claim, card, *map(_fixed, arguments))
        if isinstance(card.symbol, sp.MatrixBase) and expr.func in (heads := [s.func for s in card.symbol]):
            return sp.sympify(_value(claim, card, *map(_fixed, arguments))[heads.index(expr.func)])
        helper = claim.helpers.get(expr.func.__name__)
        if helper is None:
            raise NotProved(f"{expr.func.__name__} is neither the loss nor a helper")
        return _read(helper(*map(_symbolic, arguments)))
    if not expr.args:
        return fraction(expr)
    arrays = [a for a in arguments if isinstance(a, (tuple, list))]
    if arrays and not isinstance(expr, sp.Tuple):
        # Numbers and arrays go together entry by entry.
        rows = zip(*(a if isinstance(a, (tuple, list)) else (a,) * len(arrays[0]) for a in arguments), strict=True)
        return tuple(expr.func(*map(sp.sympify, row)) for row in rows)
    return calculated(expr.func, map(fraction, arguments))


@lru_cache(maxsize=4096)
def _value(claim, card, *arguments):
    return sp.sympify(card.evaluate_as(claim.loss(card), *arguments))


def _symbolic(argument):
    # A power of Python's fractions may be a float.
    return sp.sympify(argument) if isinstance(argument, Fraction) else argument


def _fixed(argument):
    return tuple(map(_fixed, argument)) if isinstance(argument, (list, tuple)) else _symbolic(argument)


def _read(value):
    return value if isinstance(value, (tuple, list)) else sp.sympify(value)


def _compared(relation, left, right):
    if left == right:
        return relation in (sp.Eq, sp.Ge, sp.Le)
    difference = fraction(fraction(left) - fraction(right))
    if isinstance(difference, Fraction):
        sign = (difference > 0) - (difference < 0)
    elif relation in (sp.Eq, sp.Ne) and not difference.free_symbols and abs(sp.N(difference, 40)) > sp.Rational(1, 10**25):
        # Complex numbers have no sign, but differ.
        sign = 1
    else:
        sign = {"+": 1, "-": -1, "0": 0}.get(kernel.structure(difference))
        if sign is None:
            raise NotProved(f"the sign of {difference} is not known")
    return bool({sp.Eq: sign == 0, sp.Ne: sign != 0, sp.Ge: sign >= 0, sp.Gt: sign > 0, sp.Le: sign <= 0, sp.Lt: sign < 0}[relation])


@dataclass(frozen=True, eq=False)
class Dual(Claim):
    """For every case ``plan(case)`` gives a flow and prices; both are feasible, of equal worth, and that is the loss.

    A feasible flow costs at least what feasible prices are worth, so that equal worth makes both optimal.
    """

    cases: Cases = None
    plan: Callable = None
    default = "strong duality"

    def obligations(self, card):
        """Feasibility, and three equal numbers, for each case."""

        def holds(case):
            masses, room, costs = case
            flow, sources, sinks = self.plan(*case)
            cells = list(itertools.product(range(len(masses)), range(len(room))))
            work = sum(costs[a][b] * flow[a][b] for a, b in cells)
            worth = sum(u * s for u, s in zip(sources, masses, strict=True)) + sum(v * d for v, d in zip(sinks, room, strict=True))
            return (
                all(flow[a][b] >= 0 and sources[a] + sinks[b] <= costs[a][b] for a, b in cells)
                and tuple(map(sum, flow)) == tuple(masses)
                and tuple(map(sum, zip(*flow, strict=True))) == tuple(room)
                and work == worth == card.evaluate_as(self.loss(card), *case) * sum(masses)
            )

        return [Finite(lambda: iter(self.cases), holds)]


# --- Refutations --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Not(Claim):
    """The claim is false: one of its obligations fails at the ``witness``, or at a point that is found."""

    claim: Claim = None
    witness: Mapping | None = None

    @property
    def key(self):
        """The key of the claim that is refuted."""
        return self.name or self.claim.key

    def domain(self, card):
        """That of the claim."""
        return self.claim.domain(card)

    def loss(self, card):
        """The loss that the claim speaks of."""
        return self.claim.loss(card)

    def obligations(self, card):
        """Those of the claim, one of which has to fail."""
        return self.claim.obligations(card)


KINDS = {
    kind.__name__: kind
    for kind in list(globals().values())
    if isinstance(kind, type) and issubclass(kind, Claim) and kind is not Claim
}
