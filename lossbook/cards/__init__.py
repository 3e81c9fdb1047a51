"""The symbolic side of every loss: its formula, its domain and its claims, in SymPy.

``card(name)`` finds the card of a loss by the name of its function.
"""

from functools import cache
from importlib import import_module

from lossbook.cards._card import Card

_MODULES = (
    "binary_cross_entropy",
    "cross_entropy",
    "regression",
    "focal",
    "divergence",
    "transport",
    "counts",
    "overlap",
    "lovasz",
)


@cache
def cards():
    """All cards, by name, in the book's order."""
    found = (value for module in _MODULES for value in vars(import_module(f"{__name__}.{module}")).values())
    return {card.name: card for card in found if isinstance(card, Card)}


def card(name):
    """Find the card of a loss.

    Examples
    --------
    >>> from lossbook.cards import card
    >>> print(card("binary_cross_entropy").formula)
    -y*log(p) - (1 - y)*log(1 - p)
    """
    try:
        return cards()[name]
    except KeyError:
        raise KeyError(f"there is no card for {name!r}; there are cards for {', '.join(cards())}") from None
