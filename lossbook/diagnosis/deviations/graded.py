"""Deviations in the formulas of graded targets."""

from functools import partial

import numpy as np

from lossbook.diagnosis import recipes
from lossbook.diagnosis.deviations.register import deviation


def _turned(recipe, name, of_grades):
    is_it = isinstance(recipe, recipes.Graded) and recipe.case.loss.__name__ == name
    return recipe.turned(of_grades=of_grades) if is_it else None


def _times(change, own, *given):
    return change(own(*given), given[-2])


@deviation(
    "formula",
    "there is a balance: the loss is multiplied by αy + (1 − α)(1 − y), with α = {t}",
    grid=(0.1, 0.25, 0.5, 0.75, 0.9),
)
def _with_balance(recipe, t):
    own = recipes.OF_GRADES["quality_focal_loss"]
    return _turned(recipe, "quality_focal_loss", partial(_times, lambda v, y: v * (t * y + (1 - t) * (1 - y)), own))


@deviation("formula", "the positives do not have their quality for a weight: q is missing before the cross entropy")
def _positives_unweighted(recipe):
    own = recipes.OF_GRADES["varifocal_loss"]
    return _turned(recipe, "varifocal_loss", partial(_times, lambda v, y: v / np.where(y > 0, y, 1), own))


@deviation("formula", "every target has the weight of the focal loss: |p − q|^γ times the cross entropy")
def _quality_focal_for_varifocal(recipe):
    def of_grades(p, log_p, log_rest, y, options):
        return recipes.OF_GRADES["quality_focal_loss"](p, log_p, log_rest, y, {"beta": options["gamma"]})

    return _turned(recipe, "varifocal_loss", of_grades)


@deviation("formula", "the probability is shifted in the logarithm alone: the weight is p^γ₋, not (p − m)^γ₋")
def _unshifted_weight(recipe):
    own = recipes.OF_GRADES["asymmetric_loss"]
    return _turned(recipe, "asymmetric_loss", lambda p, *given: own(p, *given, weight=p))


@deviation("formula", "the weights are shared among all bins, the empty ones included, as the paper writes it")
def _all_bins(recipe):
    return _turned(recipe, "ghm_loss", partial(recipes.harmonised, every=True))


@deviation(
    "formula",
    "the heat map is taken for the target of a cross entropy: y log p + (1 − y) log(1 − p) with |y − p| for the weight",
)
def _heat_map_as_target(recipe):
    def of_grades(p, log_p, log_rest, y, options):
        return recipes.OF_GRADES["quality_focal_loss"](p, log_p, log_rest, y, {"beta": options["gamma"]})

    return _turned(recipe, "penalty_reduced_focal_loss", of_grades)


@deviation("reduction", "the sum is divided by the number of peaks, the targets that are exactly 1")
def _peaks_as_divisor(recipe):
    if recipe.case.loss.__name__ != "penalty_reduced_focal_loss":
        return None
    return recipe.combined(lambda v: v.sum() / max(1, np.count_nonzero(recipe.arguments[1] == 1)))


@deviation("formula", "the cross entropies of the labels are summed, not averaged: the value is K times as large")
def _summed_over_labels(recipe):
    if not isinstance(recipe, recipes.SeveralLabels):
        return None
    return recipe.turned(total=lambda v: v.sum(axis=-1))
