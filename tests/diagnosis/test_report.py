"""The text of a diagnosis, in a terminal and in a notebook."""

import pickle
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser

import numpy as np
import pytest

import lossbook


def dice(p, g):
    return 1 - 2 * (p * g).sum() / (p.sum() + g.sum())


def soft_dice(p, g):
    return 1 - 2 * (p * g).sum() / (p.sum() + g.sum() + 1e-3)


def test_agreement_is_one_line():
    found = lossbook.diagnose(lossbook.dice_loss, lossbook.dice_loss)
    assert str(found) == repr(found) == "dice_loss and lossbook.dice_loss agree."


def test_agreement_with_edges_names_them_and_their_page():
    text = str(lossbook.diagnose(dice, lossbook.dice_loss))
    assert text == (
        "dice and lossbook.dice_loss agree, but not at the edges.\n\nAt the edges:\n"
        "  both empty: nan, not 0   [book/regions/dice.html]"
    )


def test_a_difference_shows_input_both_values_and_the_explanation():
    lines = str(lossbook.diagnose(soft_dice, lossbook.dice_loss)).splitlines()
    assert lines[0] == "soft_dice and lossbook.dice_loss differ."
    assert [line.split()[0] for line in lines[1:5]] == ["probs", "target", "theirs", "ours"]
    assert lines[6] == "Explanation: an ε of 0.001 is added to the denominator alone."
    assert lines[7] == "Changed in this way, the loss gives the function's numbers on every ordinary input."


def test_a_difference_without_an_explanation_says_so():
    text = str(lossbook.diagnose(lambda p, g: np.cos(p * g).sum(), lossbook.dice_loss))
    assert text.startswith("your function and lossbook.dice_loss differ.")
    assert "No known deviation, alone or with another one, reproduces the function's numbers." in text


def test_a_partial_is_called_by_the_name_of_its_function():
    assert str(lossbook.diagnose(partial(dice), lossbook.dice_loss)).startswith("dice and lossbook.dice_loss agree")


def test_a_loss_without_a_chapter_has_no_page(monkeypatch):
    score = lossbook.brier_score
    monkeypatch.setattr(score, "declaration", replace(score.declaration, page=None))
    found = lossbook.diagnose(lambda p, k: score(p, k) if p.ndim > 1 else 7.0, score)
    assert [edge.page for edge in found.edges] == [None]
    assert "[" not in str(found)


def test_many_edges_are_counted():
    def only_one_row(z, y):
        if z.shape != (1, 3) or abs(z).max() > 5 or z.dtype != float:
            raise NotImplementedError
        return lossbook.cross_entropy(z, y)

    found = lossbook.diagnose(only_one_row, lossbook.cross_entropy)
    assert len(found.edges) > 12
    assert f"... and {len(found.edges) - 12} more, in .edges" in str(found)


def test_large_arrays_are_shown_by_their_range():
    found = lossbook.diagnose(
        lambda p, y: -y * np.log(p) - (1 - y) * np.log(1 - p), lossbook.binary_cross_entropy, reduction="none"
    )
    assert "nan, all 15, not from 0 to 0" in str(found)
    assert max(map(len, str(found).splitlines())) < 160


class Reader(HTMLParser):
    """Whether every tag is closed, and the text."""

    def __init__(self):
        super().__init__()
        self.open, self.text = [], []

    def handle_starttag(self, tag, attrs):
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.mark.parametrize(
    "function", [dice, soft_dice, lambda p, g: 1 / 0, lambda p, g: "<b>", lambda p, g: None], ids=range(5)
)
def test_a_notebook_gets_a_table_with_everything_escaped(function):
    found = lossbook.diagnose(function, lossbook.dice_loss)
    reader = Reader()
    reader.feed(found._repr_html_())
    assert not reader.open
    text = "".join(reader.text)
    assert found.headline in text
    if found.explanation:
        assert found.explanation in text
    assert "probs = " in text


def test_arguments_are_a_tuple_with_names_that_survives_pickling():
    found = lossbook.diagnose(soft_dice, lossbook.dice_loss)
    arguments = found.difference.arguments
    assert arguments.keys() == ("probs", "target")
    assert arguments["target"] is arguments[1]
    again = pickle.loads(pickle.dumps(found))
    assert str(again) == str(found)
    assert again.difference.arguments.keys() == ("probs", "target")
    assert repr(arguments).splitlines()[0].startswith("probs = [")
