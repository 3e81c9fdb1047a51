"""A card is found by its function's name, without building the others."""

import subprocess
import sys

import pytest

from lossbook.cards import card, cards


def test_a_card_alone_is_that_of_the_whole_mapping():
    assert all(card(name) is found for name, found in cards().items())


def test_an_unknown_name_is_refused_with_those_that_there_are():
    with pytest.raises(KeyError, match=r"no card for 'proper'; there are cards for .*mse_loss"):
        card("proper")


def test_a_card_loads_its_own_module_and_what_that_needs():
    code = "import sys; from lossbook.cards import card; card('mse_loss'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {name for name in loaded if name.startswith("lossbook.cards.")} == {
        "lossbook.cards.notation",
        "lossbook.cards.regression",
    }
