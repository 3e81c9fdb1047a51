"""Deviations in the formulas of probabilities and their logarithms: cross entropies and focal losses."""

from functools import partial

import numpy as np

from lossbook.diagnosis import recipes
from lossbook.diagnosis.deviations.register import BOUNDS, SMALL, deviation, has_factor, has_log, kinds
from lossbook.diagnosis.recipes import expit, softmax


@deviation("formula", lambda recipe: (
    "there is no sigmoid: the logits are taken for probabilities"
    if isinstance(recipe, recipes.Binary)
    else "there is no softmax: the logits are taken for probabilities"
), leaves_domain=True)  # fmt: skip
def _not_squashed(recipe):
    if not isinstance(recipe, recipes.Binary | recipes.Categorical) or kinds(recipe)[0] not in ("logits", "scores"):
        return None
    return recipe.turned(link=lambda z: z)


@deviation("formula", "there is a sigmoid in place of the softmax")
def _sigmoid_for_softmax(recipe):
    return (
        recipe.turned(link=expit) if kinds(recipe)[0] == "scores" and isinstance(recipe, recipes.Categorical) else None
    )


@deviation("formula", "the softmax is taken along the first axis, over the batch, not over the classes")
def _softmax_over_batch(recipe):
    if kinds(recipe)[0] != "scores" or not isinstance(recipe, recipes.Categorical):
        return None
    return recipe.turned(link=partial(softmax, axis=0))


@deviation("formula", "the logarithm is missing: p stands in place of log p")
def _no_logarithm(recipe):
    return recipe.turned(log=lambda p: p) if isinstance(recipe, recipes.Binary | recipes.Categorical) else None


@deviation("formula", "a squared error (1 − p)² stands in place of −log p")
def _squares_for_logarithms(recipe):
    return (
        recipe.turned(log=lambda p: -((1 - p) ** 2))
        if isinstance(recipe, recipes.Binary | recipes.Categorical)
        else None
    )


@deviation("formula", "an ε of {t} is added in the logarithm: log(p + ε)", grid=SMALL)
def _epsilon_in_logarithm(recipe, t):
    return recipe.turned(log=lambda p: np.log(p + t)) if has_log(recipe) else None


@deviation("formula", "an ε of {t} is added in the logarithm of q alone: log(q + ε)", grid=SMALL)
def _epsilon_in_second_logarithm(recipe, t):
    if not isinstance(recipe, recipes.KullbackLeibler):
        return None
    base = recipe.options["base"]
    log_p = lambda p: np.log(p) / (1 if base is None else np.log(base))  # noqa: E731
    return recipe.turned(log=lambda p: np.log(p + t), log_p=log_p)


@deviation("formula", "the probabilities are clipped at ε = {t}, to [ε, 1 − ε]", grid=BOUNDS)
def _clipped(recipe, t):
    return recipe.turned(bound=t) if has_log(recipe) else None


@deviation("formula", "the positive term alone is there: (1 − y) log(1 − p) is missing")
def _positives_alone(recipe):
    return recipe.turned(signs=(1, 0)) if isinstance(recipe, recipes.Binary) else None


@deviation("formula", "the negative term alone is there: y log p is missing")
def _negatives_alone(recipe):
    return recipe.turned(signs=(0, 1)) if isinstance(recipe, recipes.Binary) else None


@deviation("formula", "the sign of the second term is lost: + (1 − y) log(1 − p) in place of −")
def _second_sign_lost(recipe):
    return recipe.turned(signs=(1, -1)) if isinstance(recipe, recipes.Binary) else None


@deviation("formula", "the sign of the first term is lost: + y log p in place of −")
def _first_sign_lost(recipe):
    return recipe.turned(signs=(-1, 1)) if isinstance(recipe, recipes.Binary) else None


def _factor_name(recipe):
    return "α" if recipe.options.get("alpha", None) is not None else "pos_weight"


@deviation("formula", lambda recipe: f"{_factor_name(recipe)} is on both classes, so that it balances nothing")
def _factor_on_both(recipe):
    return recipe.turned(sides=lambda on, off: (on, on)) if has_factor(recipe) else None


@deviation("formula", "α is on the positives alone: the negatives have 1, not 1 − α")
def _factor_on_positives(recipe):
    if not has_factor(recipe) or "alpha" not in recipe.options:
        return None
    return recipe.turned(sides=lambda on, off: (on, 1.0))


@deviation("formula", "pos_weight is on the negatives, the other class")
def _factor_on_negatives(recipe):
    return recipe.turned(sides=lambda on, off: (off, on)) if recipe.options.get("pos_weight") is not None else None


@deviation("formula", "the positives weigh n_neg/n_pos and the negatives 1: the weights are not divided by their sum")
def _balance_as_ratio(recipe):
    if not has_factor(recipe) or recipe.options.get("alpha", 0) is not None:
        return None
    return recipe.turned(sides=lambda on, off: (on / off, 1.0))


@deviation("formula", "p is raised to γ, not 1 − p: the well classified are turned up")
def _focus_on_easy(recipe):
    return recipe.turned(focus=lambda p: p) if recipe.options.get("gamma") else None


@deviation("formula", "1 − p, p being that of label 1, is raised to γ for negatives too")
def _focus_by_one_side(recipe):
    if not recipe.options.get("gamma") or not isinstance(recipe, recipes.Binary):
        return None
    return recipe.turned(focus=lambda _: 1 - expit(recipe.arguments[0]))


@deviation("formula", "the weight is inside of the probability: p is exp(−w·CE), the power w of what it should be")
def _weight_inside(recipe):
    if (
        not isinstance(recipe, recipes.Categorical)
        or not recipe.options.get("gamma")
        or recipe.options.get("alpha") is None
    ):
        return None
    return recipe.turned(inside=True)


@deviation("formula", "the weight is applied twice")
def _weight_twice(recipe):
    if recipe.options.get("weight") is None or not isinstance(
        recipe, recipes.Binary | recipes.Categorical | recipes.Errors | recipes.Margin
    ):
        return None
    return recipe.turned(power=2)


@deviation("formula", "label smoothing spreads ε over the K − 1 other classes: ε/(K − 1), with 1 − ε at the label")
def _smoothing_over_others(recipe):
    return _smoothed(recipe, lambda t, e, K: (1 - e) * t + e * (1 - t) / (K - 1))


@deviation("formula", "label smoothing adds 1/K, not ε/K")
def _smoothing_by_one(recipe):
    return _smoothed(recipe, lambda t, e, K: (1 - e) * t + 1 / K)


@deviation("formula", "label smoothing adds ε/K and takes nothing off the label, so that the target sums to 1 + ε")
def _smoothing_added(recipe):
    return _smoothed(recipe, lambda t, e, K: t + e / K)


@deviation("formula", "label smoothing gives ε, not ε/K, to every class")
def _smoothing_whole(recipe):
    return _smoothed(recipe, lambda t, e, K: (1 - e) * t + e)


def _smoothed(recipe, target):
    has_smoothing = isinstance(recipe, recipes.Categorical) and recipe.options.get("label_smoothing")
    return recipe.turned(smoothed=target) if has_smoothing else None


@deviation("formula", "ignored labels are counted, as an index from the end would be: −1 is the last class")
def _ignored_as_last(recipe):
    if not isinstance(recipe, recipes.Categorical) or recipe.options.get("ignore_index") is None:
        return None
    return recipe.turned(all_counted=True, index=lambda k, K: k % K)


@deviation("formula", "every class has a binary cross entropy: −log(1 − p) of the other classes is added")
def _every_class(recipe):
    return recipe.turned(every_class=True) if isinstance(recipe, recipes.Categorical) else None
