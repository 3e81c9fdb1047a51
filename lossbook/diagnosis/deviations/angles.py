"""Deviations in the losses of angles: what the label is given in the place of its cosine."""

import numpy as np

from lossbook.diagnosis import recipes
from lossbook.diagnosis.deviations.register import deviation


def _of(recipe, *names):
    """Whether it is one of these losses of angles."""
    return isinstance(recipe, recipes.Angles) and recipe.case.loss.__name__ in names


@deviation("formula", "the margin is added to the label's cosine, or taken off its angle: a bonus, not a margin")
def _margin_as_bonus(recipe):
    if not _of(recipe, "arcface_loss", "cosface_loss"):
        return None
    if _of(recipe, "cosface_loss"):
        return recipe.turned(psi=lambda c, m: c + m)
    return recipe.turned(psi=lambda c, m: np.cos(np.arccos(c) - m))


@deviation("formula", "the margin is taken off after the scale, s c − m: it is the s-th part of what was asked")
def _margin_after_scale(recipe):
    if not _of(recipe, "cosface_loss"):
        return None
    scale = recipe.options["scale"]
    return recipe.turned(psi=lambda c, m: c - m / scale)


@deviation("formula", "every class has the margin, not the label alone")
def _margin_everywhere(recipe):
    return recipe.turned(everywhere=True) if isinstance(recipe, recipes.Angles) else None


@deviation("formula", "cosines below 0 have no margin (the easy margin)")
def _easy_margin(recipe):
    if not _of(recipe, "arcface_loss"):
        return None
    return recipe.turned(psi=lambda c, m: np.where(c > 0, np.cos(np.arccos(c) + m), c))


@deviation("formula", "the margin is in degrees")
def _margin_in_degrees(recipe):
    if not _of(recipe, "arcface_loss"):
        return None
    return recipe.turned(psi=lambda c, m: np.cos(np.arccos(c) + np.radians(m)))


@deviation("formula", "the margin is taken off the cosine, not added to the angle: CosFace")
def _margin_of_the_cosine(recipe):
    return recipe.turned(psi=recipes.OF_ANGLE["cosface_loss"]) if _of(recipe, "arcface_loss") else None


@deviation("formula", "cos(m θ) is taken as it is, which rises again beyond θ = π/m")
def _multiple_without_pieces(recipe):
    return recipe.turned(psi=lambda c, m: np.cos(m * np.arccos(c))) if _of(recipe, "sphereface_loss") else None
