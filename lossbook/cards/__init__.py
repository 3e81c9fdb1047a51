"""The symbolic side of every loss: its formula, its domain and its claims, in SymPy.

``card(name)`` finds the card of a loss by the name of its function. A module of this package is found by being there.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from lossbook.proof import Card


@cache
def cards():
    """All cards, by name."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return {value.name: value for module in modules for value in vars(module).values() if isinstance(value, Card)}


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
