"""Deviations in what is done with the values, in how they are combined, and in what is done with the result."""

import numpy as np

from lossbook.diagnosis import recipes
from lossbook.diagnosis.deviations.register import LOGARITHMIC, deviation, has_factor, is_binary, is_region


@deviation("value", "the sign is lost: the minus is missing")
def _sign_lost(recipe):
    return recipe.then(np.negative)


def _said_complement(recipe):
    if recipe.case.loss.declaration.role == "score":
        return "the loss, 1 − the coefficient, is returned, not the coefficient"
    return "the coefficient is returned, not the loss: 1 − is missing"


@deviation("value", _said_complement)
def _complement(recipe):
    return recipe.then(lambda v: 1 - v) if recipe.case.loss.declaration.family == "overlap" else None


@deviation("value", "the coefficient is returned with a minus, as a loss: −D in place of 1 − D")
def _negative_coefficient(recipe):
    declaration = recipe.case.loss.declaration
    return recipe.then(lambda v: v - 1) if declaration.family == "overlap" and declaration.role == "loss" else None


def _in_other_units(recipe, base):
    if not isinstance(recipe, LOGARITHMIC):
        return None
    own = recipe.options.get("base")
    return None if own == base else recipe.then(lambda v: v * (np.log(own) if own else 1.0) / np.log(base))


@deviation("value", "the logarithm has base 2 (log2)")
def _base_two(recipe):
    return _in_other_units(recipe, 2)


@deviation("value", "the logarithm has base 10 (log10)")
def _base_ten(recipe):
    return _in_other_units(recipe, 10)


@deviation("value", "the square root is taken of each value")
def _root_of_values(recipe):
    return recipe.then(np.sqrt)


@deviation("value", "each value is squared: its root is missing")
def _values_squared(recipe):
    return recipe.then(np.square)


@deviation("value", "the logarithm of the coefficient is taken: −log(1 − loss)")
def _log_of_coefficient(recipe):
    declaration = recipe.case.loss.declaration
    is_share = declaration.family == "overlap" and "smooth" in recipe.options and getattr(recipe, "mixed", None) is None
    return recipe.then(lambda v: -np.log(1 - v)) if is_share and declaration.role == "loss" else None


@deviation("value", "the probability is returned, not its negative logarithm")
def _probability(recipe):
    is_log_loss = isinstance(recipe, recipes.Binary | recipes.Categorical) and "gamma" not in recipe.options
    return recipe.then(lambda v: np.exp(-v)) if is_log_loss else None


# Reductions


def _said_none(recipe):
    return 'nothing is reduced: one value each is returned, as by reduction="none"'


@deviation("reduction", 'the values are summed, not averaged: reduction="sum"')
def _summed(recipe):
    return _combined(recipe, np.sum, unless="sum")


@deviation("reduction", _said_none)
def _not_reduced(recipe):
    return _combined(recipe, np.asarray, unless="none")


def _said_mean(recipe):
    options = recipe.options
    if options.get("reduction") == "mean" and options.get("ignore_index") is not None:
        return "what is ignored is counted in the divisor of the mean (ignore_index)"
    if options.get("reduction") == "mean" and any(
        options.get(name) is not None for name in ("weight", "sample_weight")
    ):
        return "the weights are not in the divisor: the mean divides by the number of values, not by the sum of weights"
    if options.get("reduction") == "mean" and options.get("where") is not None:
        return "what is not selected is counted in the divisor of the mean (where)"
    return 'the values are averaged: reduction="mean"'


@deviation("reduction", _said_mean)
def _plain_mean(recipe):
    return _combined(recipe, np.mean)


def _combined(recipe, combine, unless=None):
    if "reduction" in recipe.options and recipe.options["reduction"] == unless:
        return None
    if not recipe.is_reduced and recipe.case.loss.declaration.each not in ("distribution", "count"):
        return None
    return recipe.combined(combine)


@deviation("reduction", 'the sum is divided by the length of the first axis, the batch ("batchmean")')
def _batch_mean(recipe):
    return _combined(recipe, lambda v: v.sum() / (len(v) if v.ndim else 1))


@deviation("reduction", "the values are summed over the last axis, and their sums averaged")
def _mean_of_row_sums(recipe):
    return _combined(recipe, lambda v: v.sum(axis=-1).mean() if v.ndim else v)


@deviation("reduction", "the mean is taken over all entries, those of the classes too: it divides by N · K, not by N")
def _mean_of_entries(recipe):
    if recipe.axis is None:
        return None
    return _combined(recipe, lambda v: v.sum() / np.size(recipe.arguments[0]))


@deviation(
    "reduction", "the sum is divided by the sum of the classes' weights, not by that of the weights that counted"
)
def _by_class_weights(recipe):
    weight = recipe.options.get("weight")
    if recipe.axis is None or np.ndim(weight) != 1:
        return None
    return _combined(recipe, lambda v: v.sum() / np.sum(weight))


@deviation("reduction", "the mean over the batch stands under the root, before it is taken")
def _root_of_mean(recipe):
    r = recipe.options.get("r", recipe.options.get("order", 1))
    if not recipe.is_reduced or r == 1:
        return None
    return recipe.combined(lambda v: (v**r).mean() ** (1 / r))


@deviation("reduction", "the sum is divided by the number of classes")
def _mean_of_classes(recipe):
    if recipe.axis is None:
        return None
    return _combined(recipe, lambda v: v.sum() / np.shape(recipe.arguments[0])[recipe.axis])


@deviation("reduction", "the sum is divided by the number of positives")
def _by_positives(recipe):
    if not is_binary(recipe) or not isinstance(recipe, recipes.Binary):
        return None
    return _combined(recipe, lambda v: v.sum() / recipe.case.arguments[1].sum())


@deviation("reduction", "the sum is divided by the number of pixels")
def _by_pixels(recipe):
    return _combined(recipe, lambda v: v.sum() / np.size(recipe.arguments[0])) if is_region(recipe) else None


@deviation("reduction", "the values are averaged over the last axis alone: one each is left for the other axes")
def _mean_of_rows(recipe):
    return _combined(recipe, lambda v: v.mean(axis=-1) if v.ndim else v)


@deviation("reduction", "the values are summed over the last axis alone: one sum each is left for the other axes")
def _sum_of_rows(recipe):
    return _combined(recipe, lambda v: v.sum(axis=-1) if v.ndim else v)


def _said_factor_in_divisor(recipe):
    name = "α" if "alpha" in recipe.options else "pos_weight" if "pos_weight" in recipe.options else "weight"
    return f"{name} is in the divisor: the mean divides by the sum of the weights"


@deviation("reduction", _said_factor_in_divisor)
def _factor_in_divisor(recipe):
    if has_factor(recipe):
        y = recipe.arguments[1]
        on, off = recipe.sides()
        return _combined(recipe, lambda v: v.sum() / (on * y + off * (1 - y)).sum())
    alpha = recipe.options.get("alpha")
    if not isinstance(recipe, recipes.Categorical) or not np.ndim(alpha):
        return None
    labels, ignored = np.asarray(recipe.arguments[1]), recipe.options["ignore_index"]
    counted = labels if ignored is None else labels[labels != ignored]
    return _combined(recipe, lambda v: v.sum() / np.asarray(alpha, dtype=float)[counted].sum())


@deviation("reduction", "the mean is taken before the logarithm: −log of the mean probability, not the mean of −log")
def _log_of_mean(recipe):
    if (
        not isinstance(recipe, recipes.Binary | recipes.Categorical)
        or recipe.options.get("gamma")
        or recipe.options.get("weight") is not None
    ):
        return None
    return _combined(recipe, lambda v: -np.log(np.exp(-v).mean()))


@deviation("reduction", "a mean over the batch stands before the focal factor: the batch has one p")
def _focus_after_mean(recipe):
    gamma = recipe.options.get("gamma")
    if not gamma:
        return None
    plain = recipe.given(gamma=0.0)
    if isinstance(recipe, recipes.Binary):
        plain = plain.given(alpha=None)

    def combine(_):
        mean = plain.values().mean()
        return (1 - np.exp(-mean)) ** gamma * mean

    return _combined(recipe, combine)


@deviation("reduction", "only the largest value is returned")
def _largest(recipe):
    return _combined(recipe, np.max)


# Results


@deviation("result", "the square root is taken of the result (RMSE)")
def _root_of_result(recipe):
    return recipe.finally_(np.sqrt)


@deviation("result", "the exponential of the mean is returned: the perplexity")
def _perplexity(recipe):
    return recipe.finally_(np.exp) if isinstance(recipe, recipes.Binary | recipes.Categorical) else None


@deviation("result", "it is half of it: a constant factor of 1/2")
def _halved(recipe):
    return recipe.finally_(lambda v: v / 2)


@deviation("result", "there is a constant factor of {t}", grid=())
def _factor(recipe, t):
    return recipe.finally_(lambda v: v * t)
