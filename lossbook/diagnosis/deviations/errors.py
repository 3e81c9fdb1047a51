"""Deviations in the formulas of errors."""

from functools import partial

import numpy as np

from lossbook.diagnosis import recipes
from lossbook.diagnosis.deviations.register import deviation


@deviation("formula", "the absolute error is taken, not its square")
def _absolute_errors(recipe):
    return recipe.turned(size=np.abs) if type(recipe) is recipes.Errors else None


@deviation("formula", "the error is squared, not taken by its absolute value")
def _squared_errors(recipe):
    return recipe.turned(size=np.square) if isinstance(recipe, recipes.AbsoluteErrors) else None


@deviation("formula", "the errors keep their sign: neither squared nor absolute")
def _signed_errors(recipe):
    return recipe.turned(size=lambda e: e) if isinstance(recipe, recipes.Errors) else None


def _huber_of(error, t):
    size = abs(error)
    return np.where(size <= t, error**2 / 2, t * (size - t / 2))


@deviation("formula", "this is Huber's loss, with δ = {t}", grid=(1e-3, 0.1, 0.5, 1, 2, 5, 100))
def _huber(recipe, t):
    return recipe.turned(size=partial(_huber_of, t=t)) if isinstance(recipe, recipes.Errors) else None


@deviation(
    "formula",
    "this is the smooth L1 loss, Huber's divided by its threshold β = {t}",
    grid=(1e-3, 0.1, 0.5, 1, 2, 5, 100),
)
def _smooth_l1(recipe, t):
    return recipe.turned(size=lambda e: _huber_of(e, t) / t) if isinstance(recipe, recipes.Errors) else None


@deviation("formula", "this is the logarithm of the hyperbolic cosine of the error")
def _log_cosh(recipe):
    return recipe.turned(size=lambda e: np.log(np.cosh(e))) if isinstance(recipe, recipes.Errors) else None


@deviation("formula", "the sign is lost where the prediction is too high: the loss is negative there")
def _negative_above(recipe):
    return recipe.turned(above=np.negative) if isinstance(recipe, recipes.Tilted) else None


@deviation("formula", "only errors below the target count")
def _one_side(recipe):
    return recipe.turned(above=np.zeros_like) if isinstance(recipe, recipes.Tilted) else None


@deviation("formula", "Huber's loss is not divided by δ (kappa)")
def _not_divided_by_kappa(recipe):
    if not isinstance(recipe, recipes.TiltedHuber):
        return None
    return recipe.turned(size=lambda e, options: recipe.own(e, options) * options["kappa"])


@deviation("formula", "the error is squared, not taken by its absolute value: this asks for an expectile")
def _tilted_squares(recipe):
    return recipe.turned(size=recipes.TiltedSquares.own) if type(recipe) is recipes.Tilted else None


@deviation("formula", "the absolute error is taken, not its square: this asks for a quantile")
def _tilted_errors(recipe):
    return recipe.turned(size=recipes.Tilted.own) if isinstance(recipe, recipes.TiltedSquares) else None


@deviation("formula", "the target is not taken by its absolute value in the denominator: the loss is negative where the target is")
def _signed_target(recipe):
    return recipe.turned(divisor=lambda a, b: b) if isinstance(recipe, recipes.Relative) else None


@deviation("formula", "the error is divided by the mean of |ŷ| and |y|: this is the symmetric percentage error, sMAPE")
def _by_mean_of_both(recipe):
    return recipe.turned(divisor=lambda a, b: (abs(a) + abs(b)) / 2) if isinstance(recipe, recipes.Relative) else None


@deviation("formula", "the errors keep their sign, so that those of either side cancel")
def _signed_percentages(recipe):
    return recipe.turned(size=lambda e: e) if isinstance(recipe, recipes.Relative) else None


@deviation("formula", "the logarithm is that of y, not of 1 + y")
def _log_without_one(recipe):
    return recipe.turned(log=np.log) if isinstance(recipe, recipes.SquaredLogarithms) else None


@deviation("formula", "the difference of the logarithms is not squared")
def _logarithms_not_squared(recipe):
    return recipe.turned(size=np.abs) if isinstance(recipe, recipes.SquaredLogarithms) else None


@deviation("formula", "the tube is half as wide: ε is its width, not the largest error inside of it")
def _half_the_tube(recipe):
    return recipe.turned(room=lambda epsilon: epsilon / 2) if isinstance(recipe, recipes.Beyond) else None
