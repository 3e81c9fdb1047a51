"""Deviations in the formulas of margins."""

import numpy as np

from lossbook.diagnosis import recipes
from lossbook.diagnosis.deviations.register import deviation


@deviation("formula", "the labels 0 and 1 stand in place of −1 and 1: every negative has the margin 0")
def _labels_without_sign(recipe):
    return recipe.turned(signs=lambda z, y: y) if isinstance(recipe, recipes.Margin) else None


def _another(recipe, name):
    """Give a loss of the margin the function of another."""
    if not isinstance(recipe, recipes.Margin) or recipe.case.loss.__name__ == name:
        return None
    return recipe.turned(of_margin=recipes.OF_MARGIN[name])


@deviation("formula", "this is the hinge loss, max(0, 1 − m)")
def _hinge(recipe):
    return _another(recipe, "hinge_loss")


@deviation("formula", "this is the squared hinge loss, max(0, 1 − m)²")
def _squared_hinge(recipe):
    return _another(recipe, "squared_hinge_loss")


@deviation("formula", "this is the perceptron loss, max(0, −m): the 1 of the margin is missing")
def _perceptron(recipe):
    return _another(recipe, "perceptron_loss")


@deviation("formula", "this is the logistic loss, log(1 + exp(−m))")
def _logistic(recipe):
    return _another(recipe, "logistic_loss")


@deviation("formula", "this is the exponential loss, exp(−m)")
def _exponential(recipe):
    return _another(recipe, "exponential_loss")


@deviation("formula", "the maximum with 0 is missing: margins above 1 have losses below 0")
def _hinge_without_maximum(recipe):
    if not isinstance(recipe, recipes.Margin) or recipe.case.loss.__name__ != "hinge_loss":
        return None
    return recipe.turned(of_margin=lambda m: 1 - m)


@deviation("formula", "the margin is squared, not what it lacks to 1: max(0, 1 − m²)")
def _margin_squared(recipe):
    if not isinstance(recipe, recipes.Margin) or recipe.case.loss.__name__ != "squared_hinge_loss":
        return None
    return recipe.turned(of_margin=lambda m: np.maximum(1 - m**2, 0))


@deviation("formula", "the score is doubled: the margin is 2 s z, as if half the logit were given")
def _score_doubled(recipe):
    return recipe.turned(signs=lambda z, y: 4 * y - 2) if isinstance(recipe, recipes.Margin) else None
