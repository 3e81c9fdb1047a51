"""Proof that a figure which is broken in a reader's hands would be noticed."""

from pathlib import Path

import playing
import pytest

from lossbook.show.figures import Slider

ASSETS = Path(__file__).resolve().parents[2] / "book" / "assets"
HANDS = (playing.press_switches, playing.drag_handles)


def little():
    figure = Slider(
        "little",
        {"Place": [f"x = {n}" for n in range(6)], "Row": ["low", "high"]},
        start=(1, 0),
        alt="A dot in two rows",
    )
    panel = figure.panel(x=(0, 5), y=(0, 1), xlabel="x", ylabel="y")
    panel.point([[n, n] for n in range(6)], [[0.2, 0.8]] * 6, by=(0, 1), drag=(0, 1))
    figure.readout(["at 0", "at 1", "at 2", "at 3", "at 4", "at 5"], by=(0,))
    return figure._repr_html_()


def used(chromium, folder, old="", new=""):
    page_text = (
        f"<!DOCTYPE html><html><head><style>{(ASSETS / 'lossbook.css').read_text(encoding='utf-8')}</style></head>"
        f"<body><article class='bd-article'>{little()}</article><p>Below.</p>"
        f"<script>{(ASSETS / 'slider.js').read_text(encoding='utf-8')}</script></body></html>"
    )
    assert old in page_text
    file = folder / "little.html"
    file.write_text(page_text.replace(old, new), encoding="utf-8")
    # From the disk, and for readers who want nothing to move by itself.
    context = chromium.new_context(viewport={"width": 800, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(file.as_uri())
    faults = [fault for hand in HANDS for fault in hand(page)]
    context.close()
    return faults


def test_a_sound_figure_has_no_fault(chromium, tmp_path):
    assert used(chromium, tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('value="0" checked', 'value="0"', "0 buttons are pressed"),
        ("<span>high</span>", "<span></span>", "no name"),
        ('data-axis="1" value="1"', 'data-axis="1" value="0"', "something of its own"),
        (
            ".lb-choice input:checked + span {",
            ".lb-choice label:last-child input:checked + span { padding: 29px;",
            "height",
        ),
        (' tabindex="0" role="slider"', ' role="slider"', "does not reach it"),
        (' role="slider"', "", "does not know what it is"),
        ("ArrowRight:", "Right:", "moves nothing"),
        ('handle.setAttribute("aria-valuetext"', '(()=>{})("aria-valuetext"', "nothing that a screen reader says"),
        ("ArrowLeft: [across, at[across] - 1]", "ArrowLeft: [across, 0]", "does not lead back"),
        ("if (handle.hasPointerCapture(event.pointerId)) drag(event);", "", "drags nothing"),
        ("if (far < best)", "if (far > best)", "drags nothing|lead back"),
        ("</article>", "</article><div style='position:fixed;inset:0'></div>", "covered"),
    ],
)
def test_a_broken_figure_is_noticed(chromium, tmp_path, old, new, words):
    faults = used(chromium, tmp_path, old, new)
    assert any(word in fault for word in words.split("|") for fault in faults), faults
