"""The register of deviations: each is a change of a loss's recipe, with a sentence that says what was done differently.

A deviation returns the changed recipe, or None where it has no meaning for the loss. One with a parameter, such as an ε,
is given its value, which is estimated from one input. Those of an earlier stage are applied first; of several that give
the same numbers the one that stands first is told.
"""

from collections.abc import Callable
from dataclasses import dataclass

from lossbook.diagnosis import recipes

STAGES = ("input", "option", "formula", "value", "reduction", "result")

#: Where a small number is looked for, where a share in [0, 1], and where any number that is not negative.
SMALL = (1e-10, 1e-7, 1e-4, 1e-2, 0.1, 0.5, 1, 10, 1e3)
BOUNDS = (1e-10, 1e-4, 1e-2, 0.1, 0.25, 0.45)
NUMBERS = (0, 1e-9, 1e-6, 1e-3, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 1, 1.4, 2, 3, 5, 10, 100)


@dataclass(frozen=True)
class Deviation:
    """One thing that may have been done differently.

    ``said`` is its sentence, with a place for the parameter ``t`` if there is one, or a function of the recipe that
    returns it. ``grid`` are the values between which ``t`` is looked for. One that ``leaves_domain`` takes logarithms of
    negative numbers: what becomes of NaN depends on how it is written.
    """

    name: str
    said: str | Callable
    stage: str
    change: Callable
    grid: tuple | None = None
    leaves_domain: bool = False

    def __call__(self, recipe, t=None):
        """Change a recipe."""
        return self.change(recipe) if self.grid is None else self.change(recipe, t)

    def text(self, recipe, t=None):
        """Say what was done differently."""
        said = self.said(recipe) if callable(self.said) else self.said
        return said if t is None else said.format(t=f"{t:.4g}")


DEVIATIONS = []


def deviation(stage, said, **more):
    """Enter a deviation; its name is that of the function."""

    def enter(change):
        DEVIATIONS.append(Deviation(change.__name__.removeprefix("_"), said, stage, change, **more))
        return change

    return enter


def kinds(recipe):
    """Name the kinds of the arguments."""
    return [kind.name for kind in recipe.case.loss.arguments.values()]


def place(recipe):
    """Return where the prediction stands among the arguments."""
    loss = recipe.case.loss
    return list(loss.arguments).index(loss.prediction)


def with_prediction(recipe, change):
    """Give another prediction."""
    at = place(recipe)
    return recipe.given(*(change(a) if n == at else a for n, a in enumerate(recipe.arguments)))


def with_target(recipe, change):
    """Give another target."""
    first, second = recipe.arguments
    return recipe.given(first, change(second))


def is_binary(recipe):
    """Whether there is a mask, or labels 0 and 1, as target."""
    return kinds(recipe)[1:] in (["binary"], ["unit"], ["grades"])


def is_region(recipe):
    """Whether the loss has a value for each region."""
    return recipe.case.loss.declaration.each == "region"


#: Recipes whose values are logarithms throughout.
LOGARITHMIC = recipes.Binary | recipes.Categorical | recipes.Divergence


def has_log(recipe):
    """Whether a logarithm stands in the formula."""
    return isinstance(recipe, LOGARITHMIC) or getattr(recipe, "mixed", None) is not None


def has_factor(recipe):
    """Whether the terms of the two labels have factors of their own."""
    if not isinstance(recipe, recipes.Binary):
        return False
    return "alpha" in recipe.options or recipe.options.get("pos_weight") is not None
