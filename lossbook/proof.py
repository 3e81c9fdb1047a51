"""Judges the claims on the loss cards, and compares the cards with the implementations.

A verdict says how a claim is known. *Proved*: SymPy derived it, or there are finitely many cases and all were run in
exact arithmetic. *Exhaustive*: the same for all cases up to a size, of a claim that goes further. *Refuted*: an exact
counterexample was evaluated. *Sampled*: points were tried. A claim that none of these routes settles raises
:class:`NotProved`; it is never passed on.
"""

import itertools
from dataclasses import dataclass
from functools import singledispatch

import mpmath
import numpy as np
import sympy as sp

from lossbook.cards import cards
from lossbook.cards._card import AtLeast, Equal, Exhaust, Fails, Sample, Tends

#: From the strongest to the weakest; a counterexample overrules all.
STATUSES = ("proved", "exhaustive", "sampled", "refuted")


class NotProved(Exception):
    """A claim for which no route led to a verdict."""


@dataclass(frozen=True)
class Verdict:
    """What is known of a claim, and how."""

    status: str
    how: str

    def __str__(self):
        return f"{self.status} ({self.how})"

    def _repr_markdown_(self):
        return f"**{self.status}**, {self.how}"


def prove(card, key):
    """Judge one claim of a card.

    Parameters
    ----------
    card : lossbook.cards.Card
        The card.
    key : str
        The key of the claim on it.

    Returns
    -------
    Verdict
        The weakest verdict of the claim's parts.

    Raises
    ------
    NotProved
        If a part could be neither shown nor refuted, or turned out to be false where it was to be shown.
    """
    claim = card.claim(key)
    try:
        verdicts = [judge(part, card.domain) for part in claim.parts]
    except NotProved as error:
        raise NotProved(f"{card.name}, {key}: {error}") from error
    status = next(s for s in reversed(STATUSES) if any(v.status == s for v in verdicts))
    # The most telling part names the route: a witness or a count says more than "symbolically".
    hows = dict.fromkeys(v.how for v in verdicts if v.status == status)
    return Verdict(status, "; ".join(h for h in hows if h != "symbolically" or len(hows) == 1))


@dataclass(frozen=True)
class Entry:
    """One line of the ledger."""

    card: str
    statement: str
    verdict: Verdict


def ledger(*chosen):
    """Judge every claim of the given cards (all cards, if none is given)."""
    return [
        Entry(c.name, claim.sentence, prove(c, claim.key)) for c in chosen or cards().values() for claim in c.claims
    ]


@singledispatch
def judge(part, domain):
    """Give the verdict on one part of a claim."""
    raise TypeError(f"no route is known for {type(part).__name__}")


@judge.register
def _(part: Equal, domain):
    if not vanishes(part.left - part.right, domain):
        raise NotProved(f"{part.left} = {part.right} could not be shown")
    return Verdict("proved", "symbolically")


@judge.register
def _(part: AtLeast, domain):
    if not is_positive(part.left - part.right, domain, part.strict):
        raise NotProved(f"{part.left} {'>' if part.strict else '≥'} {part.right} could not be shown")
    return Verdict("proved", "symbolically")


@judge.register
def _(part: Tends, domain):
    side = "-" if part.point == domain.get(part.variable, sp.Reals).sup else "+"
    found = sp.limit(part.expr, part.variable, part.point, side)
    if found != part.value:
        raise NotProved(f"the limit of {part.expr} is {found}, not {part.value}")
    return Verdict("proved", "symbolically")


@judge.register
def _(part: Exhaust, domain):
    count = 0
    for case in part.cases():
        count += 1
        if not part.holds(case):
            raise NotProved(f"false for the case {case}")
    if not count:
        raise NotProved("there was no case")
    if part.complete:
        return Verdict("proved", f"exhaustively, {part.what}: {count} cases")
    return Verdict("exhaustive", f"{part.what}: {count} cases")


@judge.register
def _(part: Fails, domain):
    if part.instance != sp.false:
        raise NotProved(f"the counterexample {part.instance} is not false")
    return Verdict("refuted", part.witness)


@judge.register
def _(part: Sample, domain):
    errors = [float(part.error(point)) for point in part.points()]
    if not errors or not max(errors) <= part.tolerance:
        raise NotProved(
            f"worst error {max(errors, default=np.nan):.3g} of {len(errors)} points exceeds {part.tolerance:g}"
        )
    return Verdict("sampled", f"{len(errors)} {part.what}, worst error at most {part.tolerance:g}")


def positive_form(expr, domain):
    """Rewrite the symbols so that SymPy's assumptions say what the domain says.

    A symbol in (0, 1) becomes t/(1 + t) with t > 0, which runs over the same interval; a symbol in (0, ∞) becomes t.
    """
    named = {}
    for number, symbol in enumerate(sorted(expr.free_symbols, key=str)):
        region = domain.get(symbol, sp.Reals)
        t = sp.Symbol(f"t_{number}", positive=True)
        if region.inf == 0 and region.sup == 1:
            named[symbol] = t / (1 + t)
        elif region.inf == 0 and region.sup == sp.oo:
            named[symbol] = t
    return expr.subs(named, simultaneous=True)


def vanishes(expr, domain):
    """Show that an expression is identically zero on the domain, by the cheapest route that succeeds."""
    inner = positive_form(expr, domain)
    routes = (
        lambda e: e,
        sp.expand,
        lambda e: sp.expand_log(sp.expand(e), force=False),
        lambda e: sp.factor(sp.together(e)),
        sp.simplify,
    )
    return any(route(inner) == 0 for route in routes)


def is_positive(expr, domain, strict):
    """Show that an expression is ≥ 0 (or > 0) on the domain; the ends of a closed interval are cases of their own."""
    closed = [
        (s, end)
        for s in sorted(expr.free_symbols, key=str)
        for end in (domain.get(s, sp.Reals).inf, domain.get(s, sp.Reals).sup)
        if end.is_finite and domain[s].contains(end) == sp.true
    ]
    if not _positive_inside(positive_form(expr, domain), strict):
        return False
    return all(is_positive(expr.subs(s, end), {k: v for k, v in domain.items() if k != s}, strict) for s, end in closed)


def _positive_inside(expr, strict):
    routes = (
        lambda e: e,
        sp.expand,
        lambda e: sp.factor(sp.together(e)),
        sp.simplify,
        lambda e: sp.factor(sp.together(sp.simplify(e))),
        lambda e: _by_terms(sp.expand_log(sp.simplify(e))),
    )
    return any((form.is_positive if strict else form.is_nonnegative) for form in (route(expr) for route in routes))


def _by_terms(expr):
    """Write each log(a) with a > 0 as it stands, collected over a common denominator term by term."""
    return sp.Add(*(sp.factor(term) for term in sp.Add.make_args(sp.expand(expr))))


def exact(number):
    """Turn a float into the rational number that it is."""
    return sp.Rational(*float(number).as_integer_ratio()) if np.isfinite(number) else sp.Float(float(number))


def digits(expr, count=50):
    """Evaluate an exact expression to that many digits.

    SymPy's own ``evalf`` gives 0 for log(1 + e^-709), and mpmath does with too few bits. 2000 bits are enough where 4000
    agree with them on a value that is not 0; otherwise 16000 are taken, which is slow, and reaches e^-10000.
    """
    evaluate = sp.lambdify([], expr, "mpmath")

    def at(bits):
        with mpmath.workprec(bits):
            return mpmath.mpf(evaluate())

    value, check = at(2000), at(4000)
    if value == 0 or abs(value - check) > abs(check) * mpmath.mpf(10) ** -(count + 5):
        value = at(16000)
    with mpmath.workdps(count):
        return sp.Float(+value, count)


def ulps(computed, true):
    """How many units in the last place of its own dtype a number is from the true one."""
    computed = np.asarray(computed)
    spacing = np.spacing(np.abs(computed.dtype.type(float(true))))
    return float(abs(exact(computed) - true) / exact(spacing))


def worst_ulps(card, function, points, derivative=0):
    """Compare a function with an elementwise card, or a derivative of it, at fifty digits; return the largest error in ulp.

    Parameters
    ----------
    card : lossbook.cards.Card
        The card of an elementwise loss.
    function : callable
        Takes a number for each symbol of the card's domain, in order, and returns a NumPy floating number.
    points : iterable of tuple
        The numbers.
    derivative : {0, 1, 2}
        Which derivative with respect to the prediction is compared.

    Returns
    -------
    float
        The largest error.
    """
    expr = sp.diff(card.formula, card.prediction, derivative) if derivative else card.formula
    symbols = list(card.domain)
    worst = 0.0
    for point in points:
        true = digits(expr.subs(dict(zip(symbols, map(exact, point), strict=True)), simultaneous=True))
        worst = max(worst, ulps(function(*point), true))
    return worst


def grid(**axes):
    """All combinations of the given values, as tuples, in the order of the arguments."""
    return list(itertools.product(*axes.values()))
