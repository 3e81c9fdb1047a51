"""Deviations in the likelihoods of a location and a scale."""

import numpy as np

from lossbook.diagnosis import recipes
from lossbook.diagnosis.deviations.register import SMALL, deviation


def _turned(recipe, of=recipes.Located, **knobs):
    return recipe.turned(**knobs) if isinstance(recipe, of) else None


@deviation("formula", "the scale is read as a variance, whose root is taken: a standard deviation is meant")
def _scale_is_variance(recipe):
    return _turned(recipe, scale=np.sqrt)


@deviation("formula", "the scale is read as its logarithm, and exponentiated")
def _scale_is_logarithm(recipe):
    return _turned(recipe, scale=np.exp)


@deviation("formula", "the scale is read as the logarithm of a variance")
def _scale_is_logarithm_of_variance(recipe):
    return _turned(recipe, scale=lambda s: np.exp(s / 2))


@deviation("formula", "the scale is read as a standard deviation, which is √2 times the scale of this loss")
def _scale_is_deviation(recipe):
    return _turned(recipe, recipes.LocatedLaplace, scale=lambda s: s / np.sqrt(2))


@deviation("formula", "ε = {t} is added to the scale", grid=SMALL)
def _epsilon_in_scale(recipe, t):
    return _turned(recipe, scale=lambda s: s + t)


@deviation("formula", "ε = {t} is added to the variance", grid=SMALL)
def _epsilon_in_variance(recipe, t):
    return _turned(recipe, scale=lambda s: np.sqrt(s**2 + t))


@deviation("formula", "the logarithm of the scale is missing: the loss falls as the scale grows")
def _no_log_of_scale(recipe):
    return _turned(recipe, log=np.zeros_like)


@deviation("formula", "the logarithm of the variance is not halved")
def _log_of_variance(recipe):
    return _turned(recipe, log=lambda s: 2 * np.log(s))


@deviation("formula", "the squared error is not halved")
def _square_not_halved(recipe):
    return recipe.turned(term=lambda z, _: z**2) if type(recipe) is recipes.Located else None


@deviation("formula", "the constant is left out")
def _constant_left_out(recipe):
    return _turned(recipe, recipes.LocatedStudent, constant=lambda c: 0.0)


@deviation("formula", "the logarithm is multiplied by ν/2, not by (ν + 1)/2")
def _half_of_df(recipe):
    return _turned(recipe, recipes.LocatedStudent, term=lambda z, o: o["df"] / 2 * np.log(1 + z**2 / o["df"]))
