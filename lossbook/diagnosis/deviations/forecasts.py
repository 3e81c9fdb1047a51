"""Deviations in the scores of ensembles and quantiles."""

import numpy as np

from lossbook.diagnosis import recipes
from lossbook.diagnosis.deviations.register import deviation


def _of_ensemble(recipe, **knobs):
    return recipe.turned(**knobs) if isinstance(recipe, recipes.Ensembles) else None


@deviation("formula", "what the members are apart is not taken off: this is their mean distance from the target")
def _no_spread(recipe):
    return _of_ensemble(recipe, share=0.0)


@deviation("formula", "the whole mean distance of the members is taken off, not half of it")
def _whole_spread(recipe):
    return _of_ensemble(recipe, share=1.0)


@deviation(
    "formula",
    "each pair of members is counted once, and halved once more: a quarter of their mean distance is taken off",
)
def _quarter_of_spread(recipe):
    return _of_ensemble(recipe, share=0.25)


@deviation("formula", "the sign of the second term is lost: what the members are apart is added")
def _spread_added(recipe):
    return _of_ensemble(recipe, share=-0.5)


@deviation("formula", "distances are squared: this is the squared error of the ensemble's mean")
def _squared_distances(recipe):
    return _of_ensemble(recipe, distance=lambda d, beta: (d**2).sum(axis=-1))


@deviation("formula", "the distance of vectors is the sum of the sizes of their differences, not its Euclidean length")
def _city_blocks(recipe):
    return (
        recipe.turned(distance=lambda d, beta: abs(d).sum(axis=-1))
        if isinstance(recipe, recipes.VectorEnsembles)
        else None
    )


@deviation("formula", "the losses of the levels are added, not averaged")
def _levels_added(recipe):
    return recipe.turned(total=lambda x: x.sum(axis=-1)) if isinstance(recipe, recipes.Quantiles) else None


@deviation("formula", "the levels are turned: 1 − τ stands in place of τ")
def _levels_turned(recipe):
    return recipe.turned(levels=lambda tau: 1 - np.asarray(tau)) if isinstance(recipe, recipes.Quantiles) else None


@deviation("formula", "what is given as a scale is taken for a variance: σ is its root")
def _variance_for_scale(recipe):
    return recipe.turned(spread=np.sqrt) if isinstance(recipe, recipes.NormalScore) else None


@deviation("formula", "what is outside counts 1/α, not 2/α: α is taken for what may lie on each side")
def _alpha_on_each_side(recipe):
    return recipe.turned(factor=lambda alpha: 1 / alpha) if isinstance(recipe, recipes.IntervalScore) else None


@deviation("formula", "the conditions are missing: a target inside is rewarded for its distances from both ends")
def _no_conditions(recipe):
    return recipe.turned(excess=lambda d: d) if isinstance(recipe, recipes.IntervalScore) else None
