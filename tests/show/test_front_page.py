"""The front page: its figure computes what the losses say, pictures are the chapters' own, counts are the ledger's."""

import json
import re

import numpy as np
import pytest
from notebooks import BOOK

import lossbook
from lossbook.show import front_page
from lossbook.show.figures import Slider

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="4pt" viewBox="0 0 9 4"><svg x="0" viewBox="0 0 4 4"><g>'
    '<path id="g1-a" d="M0 0"/><use href="#g1-a"/><g clip-path="url(#g1-a)"/></g></svg><svg x="5"><path d="M9 9"/></svg></svg>'
)


def notebook(folder, *cells):
    path = folder / "some.ipynb"
    path.write_text(
        json.dumps({"cells": list(cells), "metadata": {"lossbook": {"question": "Why?"}}}), encoding="utf-8"
    )
    return path


def figure(kind, text):
    metadata = {"mystnb": {"figure": {"caption": "A figure"}}}
    return {"metadata": metadata, "outputs": [{"data": {kind: text}}]}


def test_the_live_figure_says_the_slopes_of_its_losses():
    html = front_page.live()
    p = 1 / (1 + np.exp(2))
    assert round((1 - p) ** 2 * (2 * p * np.log(p) + p - 1), 2) == -1.08
    assert round(2 * (p - 1) * p * (1 - p), 2) == -0.18
    readouts = json.loads(re.search(r"<script[^>]*>(.*)</script>", html, re.S)[1])["readout"]["values"]
    assert "The model says 11.9%. Slopes: cross entropy −0.88, focal −1.08, squared error −0.18" in readouts
    assert readouts[0] == "The model says 0.2%. Slopes: cross entropy −1.00, focal −1.02, squared error −0.00"


def test_a_picture_is_the_first_panel_without_words_and_handles(tmp_path):
    slider = Slider("many", {"Place": ["x = 0", "x = 1"]}, start=[0], alt="A dot")
    for _ in range(2):
        panel = slider.panel(x=(0, 1), y=(0, 1), xlabel="x", ylabel="y")
        panel.curve([0, 1], [0, 1], colour="loss", label="straight")
        panel.point([0, 1], [0, 1], by=[0], drag=0)
    path = notebook(tmp_path, {"metadata": {}, "source": "text"}, figure("text/html", slider._repr_html_()))
    shown = front_page.picture(path, "here")
    assert shown.startswith('<svg viewBox="40 10 300 214"')
    assert shown.count("<svg") == shown.count("</svg>") == 1
    assert not re.search("<text|lb-handle|data-move|tabindex|straight", shown)
    assert shown.count('class="lb-dot"') == shown.count('class="lb-line"') == 1
    assert 'id="here-many-0-clip"' in shown
    assert "url(#here-many-0-clip)" in shown
    assert 'aria-hidden="true"' in shown


def test_a_picture_is_taken_from_drawn_figures_too(tmp_path):
    shown = front_page.picture(notebook(tmp_path, figure("image/svg+xml", SVG)), "here")
    assert shown.count("<path") == 1
    assert 'id="here-g1-a"' in shown
    assert 'href="#here-g1-a"' in shown
    assert "url(#here-g1-a)" in shown


def test_a_chapter_without_figure_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"some\.ipynb has no figure"):
        front_page.picture(notebook(tmp_path), "here")


def test_counts_are_those_that_the_tally_stored(tmp_path):
    counts = {"proved": 2, "claims": 2}
    cell = {"metadata": {}, "outputs": [{"metadata": {"text/markdown": {"lossbook": {"counts": counts}}}}]}
    assert front_page.counts(notebook(tmp_path, {"metadata": {}}, cell)) == counts
    with pytest.raises(ValueError, match=r"holds no output of chapter\.tally"):
        front_page.counts(notebook(tmp_path))


def test_a_question_is_read_from_the_chapter(tmp_path):
    assert front_page.question(notebook(tmp_path)) == "Why?"


def test_the_counts_of_the_book_cover_every_card():
    found = front_page.counts(BOOK / "ledger.ipynb")
    assert found["claims"] == sum(len(record.card.claims) for record in lossbook.catalogue() if record.card)
    assert found["claims"] == sum(count for kind, count in found.items() if kind != "claims")
