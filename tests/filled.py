"""The catalogue for tests that run over all losses: an option without a default is given one that fits the other arguments."""

import numpy as np

import lossbook
from lossbook.catalogue import Record
from lossbook.engine.loss import Loss


def _counts(classes):
    return 1.0 + np.arange(classes)[::-1]


#: What an option is given, of the number of classes.
NEEDED = {
    ("class_balanced_weights", "beta"): lambda classes: 0.75,
    ("ldam_loss", "counts"): _counts,
    ("balanced_softmax_loss", "counts"): _counts,
    ("logit_adjusted_cross_entropy", "priors"): lambda classes: _counts(classes) / _counts(classes).sum(),
}


def needed(name, classes=3):
    """Return the options without which a loss cannot be called."""
    return {option: fill(classes) for (loss, option), fill in NEEDED.items() if loss == name}


#: What stands for a default in the signature, for those that bind arguments before the loss is called.
FILLED = "filled in"


class Filled(Loss):
    """A loss whose options without defaults are filled in."""

    def __init__(self, loss):
        self.__dict__.update(vars(loss))
        given = [
            p.replace(default=FILLED)
            if p.name in needed(loss.__name__) and p.default is p.empty and p.kind is p.KEYWORD_ONLY
            else p
            for p in loss.__signature__.parameters.values()
        ]
        self.__signature__ = loss.__signature__.replace(parameters=given)

    def __reduce__(self):
        return Filled, (getattr(lossbook, self.__name__),)

    def __eq__(self, other):
        return type(other) is Filled and other.declaration == self.declaration

    def __hash__(self):
        return hash(self.__name__)

    def plan(self, *args, **kwargs):
        """Read the arguments, the missing options filled in."""
        first = args[0] if args else kwargs.get(next(iter(self.arguments)))
        try:
            classes = np.shape(first)[kwargs.get("axis", -1)]
        except (IndexError, TypeError, ValueError):
            classes = 3
        given = {name: value for name, value in kwargs.items() if value is not FILLED}
        return super().plan(*args, **needed(self.__name__, classes) | given)


def catalogue():
    """List the records of all losses."""
    needing = {name for name, _ in NEEDED}
    return tuple(Record(Filled(r.function)) if r.name in needing else r for r in lossbook.catalogue())
