"""Deviations in the formulas of margins over rivals, and of Fenchel–Young losses."""

import numpy as np

from lossbook.diagnosis import recipes
from lossbook.diagnosis.deviations.register import deviation


def _of_rivals(recipe, kind=None, **knobs):
    """Turn knobs of a loss of rivals, or of one kind of them."""
    return (
        recipe.turned(**knobs)
        if type(recipe) in (kind, *((recipes.Rivals, recipes.SumOfRivals) if kind is None else ()))
        else None
    )


@deviation("formula", "the rivals are averaged over all K classes, as in PyTorch's multi_margin_loss, not summed")
def _mean_over_classes(recipe):
    return _of_rivals(recipe, recipes.SumOfRivals, together=lambda excess: excess.mean(axis=-1))


@deviation("formula", "this is the sum over the rivals (Weston–Watkins), not the best of them")
def _sum_over_rivals(recipe):
    return _of_rivals(recipe, recipes.Rivals, together=lambda excess: excess.sum(axis=-1))


@deviation("formula", "this is the best rival alone (Crammer–Singer), not their sum")
def _best_rival(recipe):
    return _of_rivals(recipe, recipes.SumOfRivals, together=lambda excess: excess.max(axis=-1))


@deviation("formula", "the label is among its own rivals, which adds the margin")
def _label_among_rivals(recipe):
    return _of_rivals(recipe, own=lambda excess: excess)


@deviation(
    "formula", "a rival of score 0 is added, as in Keras's CategoricalHinge: scores that are all negative cost too much"
)
def _rival_of_score_0(recipe):
    return _of_rivals(
        recipe, recipes.Rivals, scores=lambda z, is_label: np.where(is_label, 0.0, z), own=lambda excess: excess
    )


@deviation(
    "formula",
    "half the squared distance of p from the target stands for the loss: nothing is added for labels of probability 0",
)
def _squared_distance(recipe):
    return _of_young(recipe, whole=lambda z, p, t, alpha: ((p - t) ** 2).sum(axis=-1) / 2)


@deviation("formula", "minus the logarithm of the sparse probability stands for the loss")
def _log_of_sparse(recipe):
    return _of_young(
        recipe, whole=lambda z, p, t, alpha: -np.where(t > 0, t * np.log(np.where(t > 0, p, 1)), 0).sum(axis=-1)
    )


@deviation("formula", "the softmax stands in place of the sparse map")
def _softmax_for_sparse(recipe):
    return _of_young(recipe, whole=lambda z, p, t, alpha: _with(recipes.softmax(z), z, t, alpha))


def _of_young(recipe, **knobs):
    """Turn knobs of a Fenchel–Young loss."""
    return recipe.turned(**knobs) if isinstance(recipe, recipes.FenchelYoung) else None


def _with(p, z, t, alpha):
    """Return the loss's formula with other probabilities."""
    own, theirs = (((x**alpha).sum(axis=-1) - 1) / (alpha * (alpha - 1)) for x in (p, t))
    return theirs - own + ((p - t) * z).sum(axis=-1)
