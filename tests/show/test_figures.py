"""The figures: the same bytes every time, a complete first frame, and sliders that match their data."""

import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from lossbook.show import figures
from lossbook.show.figures import Slider


def example(start=(1,)):
    slider = Slider("demo", {"Place": ["x = 0", "x = 1", "x = 2"]}, start=start, alt="A <demo> & more")
    panel = slider.panel(x=(0, 2), y=(-1, 4), xlabel="x < 2", ylabel="square")
    panel.curve([0, 1, 2], [0, 1, 4])
    panel.point([0, 1, 2], [0, 1, 4], by=(0,))
    panel.bars([0, 1], [[1, -1], [2, 3], [0, 0]], by=(0,))
    panel.text(1, 3, ["a", "b</script>", "c"], by=(0,))
    slider.readout(["zero", "one", "four"], by=(0,))
    return slider


def state(slider):
    text = slider._repr_html_()
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', text).group(1).replace("<\\/", "</"))


def test_a_slider_figure_is_the_same_text_every_time_and_valid_markup():
    text = example()._repr_html_()
    assert text == example()._repr_html_()
    (svg,) = re.findall(r"<svg.*?</svg>", text, re.S)
    ET.fromstring(svg)
    assert "A &lt;demo&gt; &amp; more" in text
    assert "x &lt; 2" in text


@pytest.mark.parametrize("start", [0, 1, 2])
def test_the_first_frame_is_the_frame_at_the_sliders_start(start):
    slider = example((start,))
    text = slider._repr_html_()
    assert f'value="{start}"' in text
    assert f'aria-valuetext="x = {start}"' in text
    assert f'aria-live="polite">{["zero", "one", "four"][start]}<' in text
    for move in state(slider)["moves"]:
        element = re.search(rf'<\w+ data-move="{move["target"]}"[^>]*>[^<]*', text).group()
        value = move["values"][start]
        shown = value.replace("<", "&lt;").replace(">", "&gt;")
        assert (element.endswith(f">{shown}")) if move["attr"] == "text" else (f' {move["attr"]}="{value}"' in element)


def test_every_moving_value_is_given_for_every_position():
    moves = state(example())["moves"]
    assert {m["attr"] for m in moves} >= {"cx", "cy", "y", "height", "text"}
    assert all(len(m["values"]) == 3 for m in moves)


def test_two_sliders_are_laid_out_row_by_row():
    slider = Slider("two", {"A": ["a0", "a1"], "B": ["b0", "b1", "b2"]}, start=(1, 2), alt="two")
    panel = slider.panel(x=(0, 10), y=(0, 10), xlabel="x", ylabel="y")
    panel.point(0, np.arange(6).reshape(2, 3), by=(0, 1))
    moves = {m["attr"]: m for m in state(slider)["moves"]}
    assert moves["cy"]["by"] == [0, 1]
    heights = [float(v) for v in moves["cy"]["values"]]
    assert heights == sorted(heights, reverse=True)
    assert f'cy="{moves["cy"]["values"][5]}"' in slider._repr_html_()


def test_data_that_does_not_match_the_positions_is_refused():
    slider = Slider("demo", {"Place": ["0", "1", "2"]}, start=(0,), alt="demo")
    panel = slider.panel(x=(0, 1), y=(0, 1), xlabel="x", ylabel="y")
    with pytest.raises(ValueError, match=r"broadcast|have shape"):
        panel.point([0, 1], [0, 1], by=(0,))
    with pytest.raises(ValueError, match="have shape"):
        slider.readout(["one", "two"], by=(0,))


def test_bars_grow_from_their_base_in_either_direction():
    moves = {(m["target"], m["attr"]): m["values"] for m in state(example())["moves"] if m["attr"] != "text"}
    moves = {key: [float(v) for v in values] for key, values in moves.items()}
    first_y, first_h = moves["demo-0-2", "y"], moves["demo-0-2", "height"]
    second_y, second_h = moves["demo-0-3", "y"], moves["demo-0-3", "height"]
    assert first_h[1] == pytest.approx(2 * first_h[0], abs=0.2)
    assert second_y[0] == pytest.approx(first_y[0] + first_h[0], abs=0.2)
    assert second_h[2] == 0


@pytest.mark.parametrize(("number", "text"), [(1.0, "1"), (-0.04, "0"), (12.34, "12.3"), (-12.0, "-12"), (10.0, "10")])
def test_coordinates_are_short(number, text):
    assert figures._short(number) == text


@pytest.mark.parametrize("halfway", [87.25, 87.35, 87.45, 0.05, -0.05])
def test_the_last_bits_do_not_decide_what_halfway_is_rounded_to(halfway):
    near = halfway * (1 + 4e-16 * np.arange(-3, 4))
    assert len(set(near)) == 7
    assert len({figures._short(number) for number in near}) == 1


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1.0]), (-6, 6, [-5, 0, 5]), (0, 6, [0, 2, 4, 6]), (-1, 1, [-1, -0.5, 0, 0.5, 1])],
)
def test_ticks_are_round_and_within_range(low, high, ticks):
    assert figures._ticks(low, high) == ticks


def test_a_matplotlib_figure_is_the_same_svg_every_time_without_date_or_version(capsys, monkeypatch):
    shown = []
    monkeypatch.setattr(figures, "display", lambda data, raw: shown.append(data["image/svg+xml"]))
    for _ in range(2):
        figure, axes = figures.subplots(2)
        axes[0].plot([0, 1, 2], [0, 1 / 3, 0.123456789])
        axes[1].plot([0, 1], [1, 0])
        figures.show(figure)
    first, second = shown
    assert first == second
    ET.fromstring(first)
    assert "metadata" not in first
    assert "Matplotlib" not in first
    curve = re.search(r'<g id="line2d_\d+">\s*<path d="([^"]*)" clip-path', first).group(1)
    assert not re.search(r"\d\.\d\d", curve)
