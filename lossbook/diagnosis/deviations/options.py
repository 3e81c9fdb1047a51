"""Deviations of the options: those of any loss, made from its signature, and those of the axes."""

import inspect
import itertools
from functools import partial

import numpy as np

from lossbook.diagnosis import recipes
from lossbook.diagnosis.deviations.register import NUMBERS, Deviation, deviation, is_region

_SAID_OF_FLAGS = {
    ("squared", True): "the denominator is squared: Σ p² + Σ g² in place of Σ p + Σ g",
    ("squared", False): "the denominator is not squared: Σ p + Σ g in place of Σ p² + Σ g²",
    ("epsilon_insensitive_loss", "squared", True): "what is beyond ε is squared: squared=True",
    ("epsilon_insensitive_loss", "squared", False): "what is beyond ε is not squared: squared=False",
    ("full", True): "the constant of the density is added: full=True",
    ("full", False): "the constant of the density is left out: full=False",
    ("per_image", True): "the loss is taken image by image and then averaged, not over the whole batch: per_image=True",
    ("per_image", False): "the loss is taken over the whole batch, not image by image: per_image=False",
    ("classes", "all"): 'absent classes are averaged in: classes="all"',
    ("classes", "present"): 'only the classes that are present are averaged: classes="present"',
    ("alpha", None): "α is left out: alpha=None",
    ("order", 1): "order 1, not 2",
    ("order", 2): "order 2, not 1",
}
_SAID_OF_VALUES = {
    "smooth": "{{t}} is added to numerator and denominator (smooth={{t}}, not {value})",
    "alpha": "α is {{t}}, not {value}",
    "gamma": "γ is {{t}}, not {value}",
    "tau": "τ is {{t}}, not {value}",
    "df": "ν is {{t}}, not {value} (df)",
    "kappa": "δ is {{t}}, not {value} (kappa)",
    "label_smoothing": "the label smoothing ε is {{t}}, not {value}",
}
_SAID_OF_OMISSIONS = {
    "ignore_index": "ignore_index is left out: what is to be ignored is counted (−1 is the last class)"
}
_SAID_OF_EXCHANGES = {
    frozenset({"alpha", "gamma"}): "α and γ are exchanged: γ is taken for α",
    frozenset({"fp_weight", "fn_weight"}): (
        "the weights of false positives and false negatives are swapped (or, what is the same, the arguments)"
    ),
}


def _set(name, value, recipe):
    return None if np.array_equal(recipe.options[name], value) else recipe.given(**{name: value})


#: What is no part of the formula: how values are combined, and what is returned where there is nothing.
_OTHERWISE = {"reduction", "return_flow", "empty", "zero_division", "threshold", "ignore_index"}


def of_options(recipe):
    """Make the deviations of a loss's options: one left out, one of few turned, two exchanged, a number that is another."""
    parameters = inspect.signature(recipe.case.loss).parameters.values()
    defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
    # What has no default has to be given, and may be another number all the same.
    numbers = [name for name, value in recipe.options.items() if _is_number(name, value, defaults.get(name))]
    yield from _left_out(recipe, defaults)
    yield from _turned(recipe, defaults)
    yield from _exchanges(recipe, numbers)
    for name in numbers:
        said = _SAID_OF_VALUES.get(name, f"{name} is {{{{t}}}}, not {{value}}")
        said = said.format(value=f"{recipe.options[name]:g}")
        yield Deviation(f"another_{name}", said, "option", partial(_another, name), NUMBERS)


def _is_number(name, value, default):
    """Whether an option is a number that may be any other; whole numbers by default, such as an axis, may not."""
    is_real = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    return is_real and not isinstance(default, int) and name not in _OTHERWISE


def _left_out(recipe, defaults):
    for name in [n for n in defaults if n in recipe.case.options and n not in ("axis", "reduction")]:
        said = _SAID_OF_OMISSIONS.get(name, f"{name} is left out: it is {defaults[name]}")
        yield Deviation(f"{name}_left_out", said, "option", partial(_set, name, defaults[name]))


def _turned(recipe, names):
    for name in names:
        value = recipe.options[name]
        for other in _alternatives(name, value):
            said = _SAID_OF_FLAGS.get((name, other), f"{name} is {other}, not {value}")
            said = _SAID_OF_FLAGS.get((recipe.case.loss.__name__, name, other), said)
            yield Deviation(f"{name}_is_{other}", said, "option", partial(_set, name, other))
    if isinstance(recipe, recipes.Binary) and recipe.options.get("alpha") is not None:
        said = "α is on the other class: the negatives have α, the positives 1 − α"
        yield Deviation("alpha_on_the_other_class", said, "option", _alpha_turned)


def _exchanges(recipe, numbers):
    for one, other in itertools.combinations(numbers, 2):
        pair = frozenset({one, other})
        if pair <= recipe.case.options.keys() or pair in _SAID_OF_EXCHANGES:
            said = _SAID_OF_EXCHANGES.get(pair, f"{one} and {other} are exchanged")
            yield Deviation(f"{one}_and_{other}_exchanged", said, "option", partial(_exchanged, one, other))


def _alternatives(name, value):
    """Return the other values of an option that has few."""
    if isinstance(value, bool) and name not in _OTHERWISE:
        return [not value]
    others = {"classes": ["all", "present"], "order": [1, 2], "alpha": [None]}.get(name, [])
    return [other for other in others if not np.array_equal(other, value)]


def _alpha_turned(recipe):
    return recipe.given(alpha=1 - recipe.options["alpha"])


def _exchanged(one, other, recipe):
    first, second = recipe.options[one], recipe.options[other]
    return None if first == second else recipe.given(**{one: second, other: first})


def _another(name, recipe, t):
    return recipe.given(**{name: t})


@deviation("option", lambda recipe: (
    "a mean over the batch stands before the quotient: one region for the whole batch, not one for each image"
    if recipe.options["axis"] is not None
    else "each image is a region of its own, and their values are averaged; the loss takes the whole batch as one"
))  # fmt: skip
def _other_regions(recipe):
    if not is_region(recipe):
        return None
    axes = tuple(range(1, np.ndim(recipe.arguments[0])))
    return recipe.given(axis=None if recipe.options["axis"] is not None else axes or None)


def _said_batch_in_regions(recipe):
    if 0 in np.atleast_1d(recipe.options["axis"]):
        return "each image has regions of its own, and their values are averaged: the first axis is not summed over"
    return "the batch is summed over, too, before the quotient: a region runs through all images"


@deviation("option", _said_batch_in_regions)
def _batch_in_regions(recipe):
    if not is_region(recipe) or recipe.options["axis"] is None:
        return None
    axes = {int(n) % np.ndim(recipe.arguments[0]) for n in np.atleast_1d(recipe.options["axis"])} ^ {0}
    return recipe.given(axis=tuple(sorted(axes))) if axes else None


@deviation("option", "each class, the last axis, is a region of its own: all axes but the last are summed over")
def _region_of_a_class(recipe):
    if not is_region(recipe):
        return None
    axes = tuple(range(np.ndim(recipe.arguments[0]) - 1))
    return recipe.given(axis=axes or None)


@deviation("option", "it is taken along the first axis, not along that of the classes")
def _first_axis(recipe):
    if (
        recipe.axis in (None, 0)
        or np.ndim(recipe.arguments[0]) < 2
        or not isinstance(recipe, recipes.Divergence | recipes.Cumulative)
    ):
        return None
    return recipe.given(axis=0)


@deviation("option", "α is the share of the positives: on the other class")
def _balance_turned(recipe):
    if (
        not isinstance(recipe, recipes.Binary)
        or recipe.options.get("alpha", 0) is not None
        or "gamma" in recipe.options
    ):
        return None
    return recipe.given(alpha=np.mean(recipe.case.arguments[1]))
