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
