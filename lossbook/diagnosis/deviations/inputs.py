"""Deviations of the input: arguments in another order or form, and probabilities taken for scores or the reverse."""

from functools import partial

import numpy as np

from lossbook.diagnosis.deviations.register import (
    DEVIATIONS,
    Deviation,
    deviation,
    is_binary,
    is_region,
    kinds,
    place,
    with_prediction,
    with_target,
)
from lossbook.diagnosis.recipes import expit, softmax


def _said_swapped(recipe):
    if list(recipe.case.loss.arguments) == ["p", "q"]:
        return "the arguments are swapped: q is taken for p, and p for q (the reverse divergence)"
    return "the arguments are swapped: the target is taken for the prediction"


@deviation("input", _said_swapped)
def _arguments_swapped(recipe):
    arguments = recipe.arguments
    if len(arguments) != 2 or callable(arguments[0]) or np.shape(arguments[0]) != np.shape(arguments[1]):
        return None
    return recipe.given(*reversed(arguments))


def _said_twice(recipe):
    return {
        "logits": "the sigmoid is applied twice: the logits went through one already",
        "probs": "the sigmoid is applied to what are probabilities already",
        "distribution": "the softmax is applied to what are probabilities already",
        "scores": "the softmax is applied twice: the logits went through one already",
    }[kinds(recipe)[place(recipe)]]


@deviation("input", _said_twice)
def _squashed_again(recipe):
    kind = kinds(recipe)[place(recipe)]
    if kind in ("logits", "probs"):
        return with_prediction(recipe, expit)
    if kind in ("scores", "distribution"):
        return with_prediction(recipe, partial(softmax, axis=recipe.options["axis"]))
    return None


@deviation("input", "the softmax is applied to both distributions, which are probabilities already")
def _both_squashed(recipe):
    if kinds(recipe) != ["distribution", "distribution"]:
        return None
    return recipe.given(*(softmax(a, recipe.options["axis"]) for a in recipe.arguments))


@deviation("input", "the prediction is thresholded at 1/2 first")
def _thresholded(recipe):
    return with_prediction(recipe, lambda p: (p > 0.5) * 1.0) if kinds(recipe)[0] == "probs" else None


@deviation("input", "the target is turned round: 1 − y is taken for y")
def _target_flipped(recipe):
    return with_target(recipe, lambda y: 1 - y) if is_binary(recipe) else None


@deviation("input", "foreground and background are exchanged: 1 − p and 1 − g are compared")
def _background(recipe):
    if not is_region(recipe):
        return None
    return recipe.given(*(1 - a for a in recipe.arguments))


@deviation("input", "the labels are read as −1 and 1, not as 0 and 1")
def _labels_of_either_sign(recipe):
    return with_target(recipe, lambda y: 2 * y - 1) if is_binary(recipe) else None


def _shifted(by):
    def shift(recipe):
        if kinds(recipe)[-1] not in ("labels", "labels or distribution") or recipe.arguments[1].dtype.kind == "f":
            return None
        classes = np.shape(recipe.arguments[0])[recipe.options["axis"]]
        ignored = recipe.options.get("ignore_index")
        return with_target(
            recipe,
            lambda k: np.where(k == ignored, k, (k + by) % classes) if ignored is not None else (k + by) % classes,
        )

    return shift


DEVIATIONS += [
    Deviation(
        "labels_from_one",
        "the labels are counted from 1: each class is taken for the one before it",
        "input",
        _shifted(-1),
    ),
    Deviation("labels_from_minus_one", "each label is taken for the class after it", "input", _shifted(1)),
]


@deviation("input", "false positives and false negatives are exchanged")
def _counts_exchanged(recipe):
    if kinds(recipe) != ["counts"]:
        return None
    counts = recipe.arguments[0]
    return recipe.given(counts._replace(fp=counts.fn, fn=counts.fp))


@deviation("input", "the positives are taken for the negatives: tn stands for tp, and fn for fp")
def _counts_of_negatives(recipe):
    if kinds(recipe) != ["counts"]:
        return None
    counts = recipe.arguments[0]
    return recipe.given(counts._replace(tp=counts.tn, tn=counts.tp, fp=counts.fn, fn=counts.fp))
