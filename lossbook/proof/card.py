"""What a loss card is: a formula with its domain, and claims, which are data. A card states; :func:`lossbook.proof.prove` judges."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import sympy as sp

from lossbook.proof import views


@dataclass(frozen=True, repr=False, eq=False)
class Card:
    """One loss: its formula as a SymPy object, the domain of each symbol, and its claims.

    ``symbol`` names the value in print, with its arguments: ``ell(p, y)``. ``prediction`` is what slopes are taken with respect to: a symbol,
    or one entry of an indexed base, ``p[k]``. ``domain`` says where each symbol may lie, and with :class:`~lossbook.proof.Each` or
    :class:`~lossbook.proof.Simplex` where each entry of an indexed base may; the prediction comes first. ``params`` are the domain's symbols
    that are options of the loss (or a mapping from them to where they may lie). ``shown`` is an equal form that is typeset in place of the formula.

    ``evaluator(formula, *arguments)`` puts numbers into the formula where substitution is not enough (a sort, a linear programme finds
    what the formula speaks of); it is given the formula, so that it computes what the card states.
    """

    name: str
    title: str
    symbol: sp.Expr
    formula: sp.Expr
    prediction: sp.Expr
    domain: Mapping
    params: Mapping | tuple = ()
    defaults: Mapping = field(default_factory=dict)
    claims: tuple = ()
    evaluator: Callable | None = None
    shown: sp.Expr | None = None

    def __post_init__(self):
        """Read the domain of the options into the one domain."""
        if isinstance(self.params, Mapping):
            object.__setattr__(self, "domain", dict(self.domain) | dict(self.params))
            object.__setattr__(self, "params", tuple(self.params))
        object.__setattr__(self, "formula", sp.sympify(self.formula))

    def with_formula(self, formula):
        """Return the card with another formula and all else the same."""
        return replace(self, formula=sp.sympify(formula), shown=None)

    def evaluate(self, *arguments, **options):
        """Evaluate the formula exactly."""
        return self.evaluate_as(self.formula, *arguments, **options)

    def evaluate_as(self, formula, *arguments, **options):
        """Evaluate a formula in place of the card's own, such as the card's with some options fixed."""
        if self.evaluator is not None:
            return self.evaluator(formula, *arguments, **options)
        names = list(dict.fromkeys((*getattr(self.symbol, "args", ()), *self.domain)))
        return views.put(formula, dict(zip(names, arguments, strict=False)) | options)

    @cached_property
    def equation(self):
        """The formula as an equation, for printing."""
        return sp.Eq(self.symbol, self.formula if self.shown is None else self.shown, evaluate=False)

    @cached_property
    def plain(self):
        """The formula with its options at their defaults."""
        return views.put(self.formula, self.defaults)

    @cached_property
    def typeset(self):
        """What is printed for the formula with its options at their defaults."""
        return self.plain if self.shown is None else views.put(self.shown, self.defaults)

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
        from lossbook.proof import english

        return f"$\\displaystyle {english.tex(self.symbol)} = {english.tex(self.formula if self.shown is None else self.shown)}$"
