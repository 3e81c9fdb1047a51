"""The symbolic side of every loss: its formula, its domain and its claims, in SymPy.

``card(name)`` finds the card of a loss by the name of its function. A module of this package is found by being there.
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules

from lossbook.proof import Card

_MODULES = [f"{__name__}.{module.name}" for module in iter_modules(__path__)]


def _of(module):
    """Map the names of a module's cards to them."""
    return {value.name: value for value in vars(import_module(module)).values() if isinstance(value, Card)}


@cache
def cards():
    """All cards, by name."""
    return {name: card for module in _MODULES for name, card in _of(module).items()}


@cache
def _declare(name):
    """Find the modules in which a card or a claim has this name; to read them is quicker than to build all their cards."""
    return [m for m in _MODULES if f'name="{name}"' in Path(find_spec(m).origin).read_text(encoding="utf-8")]


def card(name):
    """Find the card of a loss.

    Examples
    --------
    >>> from lossbook.cards import card
    >>> print(card("binary_cross_entropy").formula)
    -y*log(p) - (1 - y)*log(1 - p)
    """
    for module in _declare(name):
        if name in _of(module):
            return _of(module)[name]
    try:
        return cards()[name]
    except KeyError:
        raise KeyError(f"there is no card for {name!r}; there are cards for {', '.join(cards())}") from None
