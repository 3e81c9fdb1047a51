"""All losses in the book's order, each with its page and its card: the register, sorted by chapters."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import lossbook.losses  # noqa: F401  (which declares them)
from lossbook.engine.register import losses

#: The pages of the chapters, in the order of the table of contents.
CHAPTERS = (
    "book/likelihood/binary_cross_entropy",
    "book/likelihood/cross_entropy",
    "book/likelihood/how_sure",
    "book/likelihood/mean_squared_error",
    "book/likelihood/location_and_scale",
    "book/likelihood/counts_and_amounts",
    "book/numbers/point_predictions",
    "book/numbers/robust_regression",
    "book/forecasts/probabilities",
    "book/forecasts/distributions",
    "book/unequal/weighted_cross_entropy",
    "book/unequal/focal_loss",
    "book/unequal/graded_targets",
    "book/unequal/long_tails",
    "book/margins/two_classes",
    "book/margins/several_classes",
    "book/margins/angles",
    "book/wrong_labels/noisy_labels",
    "book/distributions/entropy_and_kl",
    "book/distributions/js_divergence",
    "book/distributions/emd_cdf",
    "book/regions/precision_recall_f1",
    "book/regions/dice",
    "book/regions/iou",
    "book/regions/tversky",
    "book/regions/lovasz_extension",
)


@dataclass(frozen=True)
class Record:
    """One loss, as the book lists it."""

    function: Callable[..., Any]

    @property
    def name(self) -> str:
        """The name of the function."""
        return self.function.__name__

    @property
    def family(self) -> str:
        """The family of the loss."""
        return self.function.declaration.family

    @property
    def page(self) -> str | None:
        """The page of its chapter; None where the book has none."""
        return self.function.declaration.page

    @property
    def arguments(self) -> dict[str, str]:
        """The name of the kind of each array argument, by the argument's name."""
        return {name: kind.name for name, kind in self.function.arguments.items()}

    @property
    def options(self) -> tuple[str, ...]:
        """The names of the keyword-only arguments."""
        parameters = inspect.signature(self.function).parameters.values()
        return tuple(p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY)

    @property
    def references(self) -> tuple[str, ...]:
        """Its sources, one a line."""
        return self.function.declaration.references

    @property
    def card(self) -> Any:
        """The loss card, loaded with SymPy when it is asked for; None where there is none."""
        from lossbook.cards import find

        return find(self.name)

    @property
    def group(self) -> str:
        """The pages of functions and of claims on which it stands."""
        return self.function.declaration.group

    @property
    def role(self) -> str:
        """Whether it is a "loss", a "score" that is measured rather than minimised, or "counts"."""
        return self.function.declaration.role


@cache
def catalogue() -> tuple[Record, ...]:
    """List the losses of the book, one record each.

    Returns
    -------
    tuple of Record
        In the book's order; a loss without a chapter comes last. A record has the loss's ``name``, ``function``,
        ``family``, ``page`` (of its chapter, or None), ``arguments`` (the kind of each array), ``options``,
        ``references``, and ``card`` (its symbolic side, which imports SymPy); further its ``group`` of pages and its
        ``role``.

    Examples
    --------
    >>> import lossbook
    >>> [record.name for record in lossbook.catalogue() if record.family == "focal"]
    ['sigmoid_focal_loss', 'softmax_focal_loss']
    """
    records = map(Record, losses())
    return tuple(sorted(records, key=lambda record: CHAPTERS.index(record.page) if record.page else len(CHAPTERS)))
