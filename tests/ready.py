"""The losses as generic tests call them: with what they cannot do without given, where that is an option."""

import dataclasses
from functools import partial, update_wrapper

import lossbook
from lossbook.engine.arguments import Pair

#: Options without a default, by loss: their value for arguments with K entries along the last axis.
NEEDED = {
    "crps_quantile": lambda classes: {"levels": [(k + 0.5) / classes for k in range(classes)]},
    "interval_score": lambda _: {"alpha": 0.1},
}


def plain(record):
    """Return a record's loss without options, and the options that it needs."""
    return getattr(record.function, "func", record.function), getattr(record.function, "keywords", {})


class Ready(partial):
    """A loss with the options that it needs; everything else of it is the loss's own."""

    def __getattr__(self, name):
        return getattr(self.func, name)


def ready(classes):
    """Return the records of the catalogue, their functions callable with nothing but their arguments.

    Losses of pairs are left out: their two parts are tested in tests/engine/test_pairs.py, and with the losses.
    """
    singles = (r for r in lossbook.catalogue() if not isinstance(r.function.arguments[r.function.prediction], Pair))
    return tuple(map(partial(_ready, classes), singles))


def _ready(classes, record):
    if record.name not in NEEDED:
        return record
    function = Ready(record.function, **NEEDED[record.name](classes))
    return dataclasses.replace(record, function=update_wrapper(function, record.function, assigned=("__name__", "__module__", "__doc__"), updated=()))
