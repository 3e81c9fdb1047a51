"""Deviations in the formulas of counts and amounts."""

import numpy as np

from lossbook.diagnosis import recipes
from lossbook.diagnosis.deviations.register import SMALL, deviation


@deviation("formula", "the factor 2 stands at one term alone, not at the whole deviance")
def _two_on_one_term(recipe):
    return recipe.turned(sum=lambda first, rest: 2 * first + rest) if isinstance(recipe, recipes.Deviances) else None


@deviation("formula", "the factor 2 stands at all terms but the first")
def _two_on_the_rest(recipe):
    return recipe.turned(sum=lambda first, rest: first + 2 * rest) if isinstance(recipe, recipes.Deviances) else None


@deviation("formula", "the terms beside the logarithm are missing: it may be negative, and is not least at the target")
def _logarithm_alone(recipe):
    has_logarithm = isinstance(recipe, recipes.Deviances) and not isinstance(recipe, recipes.TweedieDeviances)
    return recipe.turned(sum=lambda first, rest: 2 * first) if has_logarithm else None


@deviation("formula", "the prediction is taken for the mean, not for its logarithm", leaves_domain=True)
def _read_as_mean(recipe):
    return recipe.turned(terms=lambda z: (z, np.log(z))) if isinstance(recipe, recipes.PoissonScores) else None


@deviation(
    "formula",
    "the prediction is taken for the mean, not for its logarithm, and an ε of {t} is added in the logarithm",
    grid=SMALL,
    leaves_domain=True,
)
def _read_as_mean_with_epsilon(recipe, t):
    if not isinstance(recipe, recipes.PoissonScores):
        return None
    return recipe.turned(terms=lambda z: (z, np.log(z + t)))


@deviation("formula", "the sign in the exponential is the other one: e^z and e^(−z) are exchanged")
def _sign_in_the_exponential(recipe):
    return recipe.turned(terms=lambda z: (np.exp(-z), z)) if isinstance(recipe, recipes.PoissonScores) else None


def _stirling(y):
    large = np.maximum(y, 1)
    return np.where(y > 1, large * np.log(large) - large + np.log(2 * np.pi * large) / 2, 0.0)


@deviation("formula", "Stirling's formula stands in place of log y!, and 0 up to y = 1")
def _stirling_for_factorial(recipe):
    is_poisson = type(recipe) is recipes.PoissonScores and recipe.options["full"]
    return recipe.turned(constant=_stirling) if is_poisson else None


@deviation("formula", "the dispersion is taken for 1/θ: the variance is ŷ + θ ŷ²")
def _inverse_dispersion(recipe):
    return recipe.turned(size=lambda size: 1 / size) if isinstance(recipe, recipes.NegativeBinomials) else None


@deviation("formula", "the terms that no prediction changes are missing: no gamma function is there")
def _without_coefficient(recipe):
    if not isinstance(recipe, recipes.NegativeBinomials):
        return None
    return recipe.turned(constant=lambda y, size: 0.0 * y)


@deviation("formula", "the chance of success and that of failure are exchanged")
def _chances_exchanged(recipe):
    return recipe.turned(chances=lambda p, q: (q, p)) if isinstance(recipe, recipes.NegativeBinomials) else None
