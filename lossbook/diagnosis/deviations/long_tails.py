"""Deviations in the formulas of losses for long tails."""

import numpy as np

from lossbook.diagnosis import recipes
from lossbook.diagnosis.deviations.register import deviation


def _turned(recipe, has_margins, **knobs):
    """Turn knobs of a loss whose scores are moved: by margins, or by the logarithms of shares."""
    is_it = isinstance(recipe, recipes.Moved) and ("max_margin" in recipe.options) == has_margins
    return recipe.turned(**knobs) if is_it else None


@deviation(
    "formula",
    "the logarithms of the shares are subtracted, as after a plain training; in the loss they are added",
)
def _logs_subtracted(recipe):
    return _turned(recipe, False, moves=lambda shares, tau: -tau * np.log(shares))


@deviation("formula", "the shares or counts themselves are added to the scores, not their logarithms")
def _shares_without_logarithm(recipe):
    return _turned(recipe, False, moves=lambda shares, tau: tau * shares)


@deviation("formula", "the scores are not moved at all: this is the plain cross entropy")
def _not_moved(recipe):
    return _turned(recipe, False, moves=lambda shares, tau: 0 * shares)


@deviation("formula", "the margin is taken off the scores of all classes, not of the label alone")
def _margins_for_all_classes(recipe):
    return _turned(recipe, True, where=lambda labels, classes: np.ones((*labels.shape, classes)))


@deviation("formula", "the margin is added to the label's score, not taken off it")
def _margin_added(recipe):
    return _turned(recipe, True, where=lambda labels, classes: -np.eye(classes)[labels])


@deviation("formula", "the factor multiplies the margin alone, not the scores")
def _scores_without_factor(recipe):
    return _turned(recipe, True, scaled=lambda z, margin, scale: z - scale * margin)


@deviation("formula", "the margin is taken off after the scores are multiplied, and is that much smaller")
def _margin_without_factor(recipe):
    return _turned(recipe, True, scaled=lambda z, margin, scale: scale * z - margin)


@deviation("formula", "the margins go with the square root of the counts, not with the fourth root")
def _square_root_of_counts(recipe):
    return _turned(recipe, True, root=1 / 2)


@deviation("formula", "the classes are weighted by the reciprocals of their shares, and the scores are not moved")
def _weights_in_place_of_moves(recipe):
    changed = _turned(recipe, False, moves=lambda shares, tau: 0 * shares)
    if changed is None or recipe.options["reduction"] != "mean" or recipe.options["ignore_index"] is not None:
        return None
    shares = np.asarray(recipe.options.get("priors", recipe.options.get("counts")), dtype=float)
    weights = 1 / shares[np.asarray(recipe.arguments[1])]
    return changed.then(lambda values: values * weights).combined(lambda values: np.sum(values) / np.sum(weights))
