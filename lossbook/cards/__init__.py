"""The symbolic side of every loss: its formula, its domain and its claims, in SymPy.

``card(name)`` finds the card of a loss by the name of its function. A module of this package is found by being there.
"""

from functools import cache
from importlib import import_module
from pkgutil import get_data, iter_modules

from lossbook.proof import Card


@cache
def cards():
    """All cards, by name."""
    return {name: card for module in _modules() for name, card in _cards_of(module).items()}


def _modules():
    return [module.name for module in iter_modules(__path__)]


def _cards_of(module):
    return {value.name: value for value in vars(import_module(f"{__name__}.{module}")).values() if isinstance(value, Card)}


@cache
def find(name):
    """Find the card of a loss; None where there is none."""
    # To make all cards takes seconds. The module of a card says its name.
    likely = [module for module in _modules() if f'"{name}"' in get_data(__name__, f"{module}.py").decode()]
    found = (_cards_of(module).get(name) for module in likely)
    return next((card for card in found if card is not None), None) or cards().get(name)


def card(name):
    """Find the card of a loss.

    Examples
    --------
    >>> from lossbook.cards import card
    >>> print(card("binary_cross_entropy").formula)
    -y*log(p) - (1 - y)*log(1 - p)
    """
    found = find(name)
    if found is None:
        raise KeyError(f"there is no card for {name!r}; there are cards for {', '.join(cards())}")
    return found
