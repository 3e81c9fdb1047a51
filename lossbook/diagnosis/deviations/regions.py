"""Deviations in the formulas of overlap, and of the Lovász losses."""

import numpy as np

from lossbook.diagnosis import recipes
from lossbook.diagnosis.deviations.register import SMALL, deviation


def _sums(p, g, axis):
    return p.sum(axis=axis) + g.sum(axis=axis)


def _union(p, g, axis):
    return _sums(p, g, axis) - (p * g).sum(axis=axis)


def _is_dice(recipe):
    return isinstance(recipe, recipes.Overlap) and recipe.c == 2


def _is_iou(recipe):
    return isinstance(recipe, recipes.Overlap) and recipe.c == 1 and "fp_weight" not in recipe.options


@deviation("option", "the prediction is not thresholded: this is the soft coefficient")
def _not_thresholded(recipe):
    has_threshold = isinstance(recipe, recipes.Overlap) and "threshold" in recipe.options
    return recipe.turned(link=lambda p: p) if has_threshold else None


@deviation("formula", "the 2 is missing: the intersection I in place of 2 I")
def _no_two(recipe):
    return recipe.turned(c=1) if _is_dice(recipe) else None


@deviation("formula", "this is the IoU, not Dice: the intersection over the union")
def _iou_for_dice(recipe):
    return recipe.turned(c=1, whole=lambda whole, p, g, axis: _union(p, g, axis)) if _is_dice(recipe) else None


@deviation("formula", "this is Dice, not the IoU: 2 I over the sum of both masks")
def _dice_for_iou(recipe):
    return recipe.turned(c=2, whole=lambda whole, p, g, axis: _sums(p, g, axis)) if _is_iou(recipe) else None


@deviation("formula", "twice the intersection stands over the union: it is half Dice, half IoU")
def _two_over_union(recipe):
    if _is_iou(recipe):
        return recipe.turned(c=2)
    return recipe.turned(whole=lambda whole, p, g, axis: _union(p, g, axis)) if _is_dice(recipe) else None


@deviation("formula", "the intersection is not taken off: I over the sum of both masks, not over the union")
def _sum_for_union(recipe):
    return recipe.turned(whole=lambda whole, p, g, axis: _sums(p, g, axis)) if _is_iou(recipe) else None


@deviation("formula", "the denominator is squared: Σ p² + Σ g² in place of Σ p + Σ g")
def _squared_denominator(recipe):
    if not isinstance(recipe, recipes.Overlap) or "fp_weight" in recipe.options or "squared" in recipe.options:
        return None
    overlap = recipe.c == 1

    def whole(whole, p, g, axis):
        return (p**2).sum(axis=axis) + (g**2).sum(axis=axis) - overlap * (p * g).sum(axis=axis)

    return recipe.turned(whole=whole)


@deviation("formula", "{t} is added to the numerator alone", grid=SMALL)
def _smooth_above(recipe, t):
    return recipe.turned(above=t, below=0.0) if isinstance(recipe, recipes.Overlap) else None


@deviation("formula", "an ε of {t} is added to the denominator alone", grid=SMALL)
def _smooth_below(recipe, t):
    return recipe.turned(above=0.0, below=t) if isinstance(recipe, recipes.Overlap) else None


@deviation("formula", "what is added above is doubled: 2 (I + κ)/(U + κ) with κ = {t}", grid=SMALL)
def _smooth_doubled(recipe, t):
    return recipe.turned(above=2 * t, below=t) if _is_dice(recipe) else None


@deviation(
    "formula", "{t} is added to numerator and denominator, which are means over the pixels, not sums", grid=SMALL
)
def _smooth_of_means(recipe, t):
    if not isinstance(recipe, recipes.Overlap):
        return None
    count = np.size(recipe.arguments[0]) / max(
        1, np.size(recipe.case.loss(*recipe.arguments, **recipe.options | {"reduction": "none"}))
    )
    return recipe.turned(above=t * count, below=t * count)


@deviation("formula", "{t} is added to the numerator, and twice as much to the denominator", grid=SMALL)
def _smooth_of_union(recipe, t):
    if not _is_iou(recipe):
        return None
    return recipe.turned(above=t, below=2 * t)


def _mixed(recipe, mixed):
    return recipe.turned(mixed=mixed) if getattr(recipe, "mixed", None) is not None else None


@deviation("formula", "the cross entropy is missing")
def _dice_alone(recipe):
    return _mixed(
        recipe, lambda bce, dice, o: o.get("dice_weight", 1) * (1 - dice) if "dice_weight" in o else -np.log(dice)
    )


@deviation("formula", "the Dice term is missing")
def _bce_alone(recipe):
    return _mixed(recipe, lambda bce, dice, o: bce)


@deviation("formula", "the weight is on the cross entropy, not on the Dice term")
def _weight_on_bce(recipe):
    return (
        _mixed(recipe, lambda bce, dice, o: o["dice_weight"] * bce + 1 - dice)
        if "dice_weight" in recipe.options
        else None
    )


@deviation("formula", "the cross entropy has the weight 1 − w, not 1")
def _weight_as_share(recipe):
    if "dice_weight" not in recipe.options:
        return None
    return _mixed(recipe, lambda bce, dice, o: (1 - o["dice_weight"]) * bce + o["dice_weight"] * (1 - dice))


@deviation("formula", "the Dice coefficient is subtracted: the 1 of 1 − Dice is missing")
def _dice_subtracted(recipe):
    return _mixed(recipe, lambda bce, dice, o: bce - o.get("dice_weight", 1) * dice)


@deviation("formula", lambda recipe: (
    "the logarithm of Dice is taken, not 1 − Dice" if "dice_weight" in recipe.options else "1 − Dice is added, not −log Dice"
))  # fmt: skip
def _other_dice_term(recipe):
    return _mixed(recipe, lambda b, d, o: b - o["dice_weight"] * np.log(d) if "dice_weight" in o else b + 1 - d)


@deviation("formula", "the cross entropy is summed over the pixels, not averaged")
def _bce_summed(recipe):
    if getattr(recipe, "mixed", None) is None:
        return None
    own, axis = type(recipe).mixed, recipe.options["axis"]
    shape = np.shape(recipe.arguments[0])
    axes = range(len(shape)) if axis is None else np.atleast_1d(axis)
    pixels = np.prod([shape[n] for n in axes])
    return _mixed(recipe, lambda bce, dice, o: own(bce * pixels, dice, o))


@deviation("formula", "the logarithm of the cross entropy has base 2 (log2)")
def _bce_base_two(recipe):
    return recipe.turned(log=np.log2) if getattr(recipe, "mixed", None) is not None else None


@deviation("formula", "the 1 of the hinge's margin is missing: max(0, −s z) in place of max(0, 1 − s z)")
def _no_margin(recipe):
    return recipe.turned(margin=0) if isinstance(recipe, recipes.Hinge) else None


@deviation("formula", "the maximum with 0 is missing: errors below 0 count")
def _no_clamp(recipe):
    return recipe.turned(clamp=lambda e: e) if isinstance(recipe, recipes.Hinge) else None


@deviation("formula", "elu(e) + 1 stands in place of max(0, e)")
def _elu(recipe):
    return (
        recipe.turned(clamp=lambda e: np.where(e > 0, e + 1, np.exp(np.minimum(e, 0))))
        if isinstance(recipe, recipes.Hinge)
        else None
    )


@deviation("formula", "the signs are those of the predictions, not of the labels")
def _signs_of_predictions(recipe):
    return recipe.turned(signs=lambda z, y: np.where(z > 0, 1, -1)) if isinstance(recipe, recipes.Hinge) else None


@deviation("formula", "the signs are 2 z − 1 of the predictions, not 2 y − 1 of the labels")
def _signs_from_scores(recipe):
    return recipe.turned(signs=lambda z, y: 2 * z - 1) if isinstance(recipe, recipes.Hinge) else None


@deviation("formula", "the labels are not sorted with the errors")
def _labels_not_sorted(recipe):
    return recipe.turned(sorted_labels=False) if isinstance(recipe, recipes.Hinge) else None


@deviation("formula", "absent classes are averaged in, with a loss of 0")
def _absent_as_zero(recipe):
    if recipe.options.get("classes") != "present" or recipe.options["per_image"]:
        return None
    labels, ignored = recipe.arguments[1], recipe.options["ignore_index"]
    present = np.unique(labels if ignored is None else labels[labels != ignored]).size
    classes = np.shape(recipe.arguments[0])[recipe.options["axis"]]
    return recipe.then(lambda v: v * present / classes)
