"""What a loss card is: a formula with its domain, and claims with the evidence offered for each.

A card states; :mod:`lossbook.proof` judges. The parts of a claim name what has to be shown, never how SymPy gets there.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sympy as sp


@dataclass(frozen=True)
class Equal:
    """Two expressions are the same function on the domain."""

    left: sp.Expr
    right: sp.Expr


@dataclass(frozen=True)
class AtLeast:
    """``left`` ≥ ``right`` on the domain; ``strict`` for >."""

    left: sp.Expr
    right: sp.Expr = sp.S.Zero
    strict: bool = False


@dataclass(frozen=True)
class Tends:
    """The limit of ``expr`` as ``variable`` goes to ``point`` is ``value``."""

    expr: sp.Expr
    variable: sp.Symbol
    point: sp.Expr
    value: sp.Expr


@dataclass(frozen=True)
class Exhaust:
    """``holds(case)`` is true for every one of finitely many cases, in exact arithmetic.

    The verdict is *exhaustive* for the cases named; it is *proved* only if they are ``complete``: all that the claim has.
    """

    cases: Callable[[], Iterable[Any]]
    holds: Callable[[Any], bool]
    what: str
    complete: bool = False


@dataclass(frozen=True)
class Fails:
    """An instance of the claimed statement, in exact numbers, that is false; ``witness`` names it for the reader."""

    instance: sp.Basic
    witness: str


@dataclass(frozen=True)
class Sample:
    """``error(point)`` stays within ``tolerance`` at every point: evidence, not a proof."""

    points: Callable[[], Iterable[Any]]
    error: Callable[[Any], float]
    tolerance: float
    what: str


Part = Equal | AtLeast | Tends | Exhaust | Fails | Sample


@dataclass(frozen=True)
class Claim:
    """A sentence about a loss (Markdown), with the parts that together establish or refute it."""

    key: str
    statement: str
    parts: tuple[Part, ...]

    @property
    def sentence(self):
        """The statement as it begins a line."""
        return self.statement[0].upper() + self.statement[1:]


@dataclass(frozen=True, repr=False)
class Card:
    """One loss: its formula as a SymPy object, the domain of each symbol, and its claims.

    ``symbol`` names the value in print; ``prediction`` is what the gradient is taken with respect to. ``evaluate`` turns
    exact numbers into the exact value, where substitution into the formula is not enough (a sort, a linear programme).
    """

    name: str
    title: str
    symbol: sp.Expr
    formula: sp.Expr
    prediction: sp.Expr
    domain: Mapping[sp.Symbol, sp.Set]
    claims: tuple[Claim, ...]
    defaults: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)
    evaluate: Callable[..., sp.Expr] | None = None

    @cached_property
    def equation(self):
        """The formula as an equation, for printing."""
        return sp.Eq(self.symbol, self.formula, evaluate=False)

    @cached_property
    def plain(self):
        """The formula with its parameters at their defaults."""
        # Unlike subs, xreplace reaches the bound index of a sum.
        return self.formula.xreplace({sp.sympify(k): sp.sympify(v) for k, v in dict(self.defaults).items()})

    @cached_property
    def gradient(self):
        """The derivative with respect to the prediction."""
        return sp.diff(self.formula, self.prediction)

    @cached_property
    def curvature(self):
        """The second derivative with respect to the prediction."""
        return sp.diff(self.formula, self.prediction, 2)

    def claim(self, key):
        """Find a claim by its key."""
        found = [claim for claim in self.claims if claim.key == key]
        if len(found) != 1:
            raise KeyError(f"{self.name} has no claim {key!r}; it has {[claim.key for claim in self.claims]}")
        return found[0]

    def __repr__(self):
        return f"Card({self.name})"

    def _repr_latex_(self):
        return f"$\\displaystyle {sp.latex(self.equation)}$"
