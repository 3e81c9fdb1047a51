"""The losses as generic tests call them: with what they cannot do without given, where that is an option."""

import dataclasses
from functools import partial

import numpy as np

import lossbook
from lossbook.engine.arguments import Pair


def _counts(classes):
    return 1.0 + np.arange(classes)[::-1]


#: Options without a default, by loss: their value for arguments with K entries along the last axis.
NEEDED = {
    "student_t_nll_loss": lambda _: {"df": 4.0},
    "tweedie_deviance": lambda _: {"power": 1.5},
    "negative_binomial_nll_loss": lambda _: {"dispersion": 1.0},
    "class_balanced_weights": lambda _: {"beta": 0.75},
    "ldam_loss": lambda classes: {"counts": _counts(classes)},
    "balanced_softmax_loss": lambda classes: {"counts": _counts(classes)},
    "logit_adjusted_cross_entropy": lambda classes: {"priors": _counts(classes) / _counts(classes).sum()},
}


def needed(name, classes=3):
    """Return the options without which a loss cannot be called."""
    return NEEDED.get(name, lambda _: {})(classes)


class Ready(partial):
    """A loss with the options that it needs; everything else of it is the loss's own."""

    # Without attributes of its own, since a partial of a partial that has some is not read as one of the loss.
    __doc__ = property(lambda self: self.func.__doc__)

    def __getattr__(self, name):
        return getattr(self.func, name)


def is_pair(record):
    """Whether the prediction has two parts."""
    return isinstance(record.function.arguments[record.function.prediction], Pair)


def ready(classes):
    """Return the records of the catalogue, their functions callable with nothing but their arguments.

    Losses of pairs are left out: their two parts are tested in tests/test_catalogue_of_pairs.py, and with the losses.
    """
    return tuple(_ready(classes, record) for record in lossbook.catalogue() if not is_pair(record))


def pairs():
    """Return the records of the losses whose prediction has two parts, callable with nothing but their arguments."""
    return tuple(_ready(1, record) for record in lossbook.catalogue() if is_pair(record))


def _ready(classes, record):
    if record.name not in NEEDED:
        return record
    return dataclasses.replace(record, function=Ready(record.function, **NEEDED[record.name](classes)))
