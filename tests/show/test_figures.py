"""The figures: the same bytes every time, a complete first frame, controls that match their data, legible colours."""

import base64
import io
import json
import re
import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossbook.show import figures
from lossbook.show.figures import PALETTE, Slider

SHEET = (Path(__file__).parents[2] / "book/assets/lossbook.css").read_text(encoding="utf-8")
#: What dichromats see, as a matrix on linear RGB (Machado, Oliveira and Fernandes 2009, severity 1).
EYES = {
    "all": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def modes():
    """Read the figures' colours from the style sheet, for light pages and for dark ones."""
    light, dark = re.findall(r"\{([^{}]*--fig-loss:[^{}]*)\}", SHEET)
    return {name: dict(re.findall(r"--fig-(\w+): (#\w{6})", text)) for name, text in (("light", light), ("dark", dark))}


def linear(colour):
    share = np.array([int(colour[n : n + 2], 16) for n in (1, 3, 5)]) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    dark, light = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (light + 0.05) / (dark + 0.05)


def lab(light):
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    t = np.array(to_xyz) @ np.clip(light, 0, 1) / [0.95047, 1, 1.08883]
    x, y, z = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_colour_is_legible_as_text_in_both_modes(mode):
    colours = modes()[mode]
    paper = colours.pop("paper")
    assert {name: c for name, c in colours.items() if contrast(c, paper) < 4.5} == {}


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_colour_blind_tell_the_colours_apart(mode, eyes):
    seen = {name: lab(EYES[eyes] @ linear(c)) for name, c in modes()[mode].items()}
    near = {pair: np.linalg.norm(seen[pair[0]] - seen[pair[1]]) for pair in combinations(seen, 2)}
    assert {pair: d for pair, d in near.items() if d < 15} == {}


def test_the_style_sheet_has_the_palette_and_paper_has_the_colours_of_light_pages():
    assert modes()["light"] == PALETTE
    assert modes()["dark"].keys() == PALETTE.keys()
    assert re.search(r'@media screen \{ html\[data-theme="dark"\] \{\s*--fig-loss', SHEET)


def example(start=(1,)):
    slider = Slider("demo", {"Place": ["x = 0", "x = 1", "x = 2"]}, start=start, alt="A <demo> & more")
    panel = slider.panel(x=(0, 2), y=(-1, 4), xlabel="x < 2", ylabel="square")
    panel.curve([0, 1, 2], [0, 1, 4], colour="loss")
    panel.point([0, 1, 2], [0, 1, 4], by=(0,))
    panel.bars([0, 1], [[1, -1], [2, 3], [0, 0]], colour="target", by=(0,))
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
    assert re.findall(r'value="(\d)" checked', text) == [str(start)]
    assert f'aria-live="polite">{["zero", "one", "four"][start]}<' in text
    for move in state(slider)["moves"]:
        element = re.search(rf'<\w+ data-move="{move["target"]}"[^>]*>[^<]*', text).group()
        value = move["values"][start]
        shown = str(value).replace("<", "&lt;").replace(">", "&gt;")
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


def stored(draw, monkeypatch):
    shown = []
    monkeypatch.setattr(figures, "display", lambda data, raw: shown.append(data["image/svg+xml"]))
    draw()
    (svg,) = shown
    return svg


def two_panels():
    figure, axes = figures.subplots(2)
    axes[0].plot([0, 1, 2], [0, 1 / 3, 0.123456789], label="first")
    axes[1].plot([0, 1], [1, 0], "o-", color="slope")
    figures.show(figure)


def test_a_matplotlib_figure_is_the_same_svg_every_time_without_date_or_version(monkeypatch):
    first, second = (stored(two_panels, monkeypatch) for _ in range(2))
    assert first == second
    assert "metadata" not in first
    assert "Matplotlib" not in first
    curve = re.search(r'd="(M [^"]*)" clip-path="[^"]*" style="fill: none; stroke: var\(--fig-loss', first).group(1)
    assert not re.search(r"\d\.\d\d", curve)


def test_each_panel_is_an_svg_of_its_own_whose_ids_belong_to_the_figure(monkeypatch):
    def another():
        figure, ax = figures.subplots()
        ax.plot([0, 1], [1, 2], "o-", color="slope")
        figures.show(figure)

    both, one = stored(two_panels, monkeypatch), stored(another, monkeypatch)
    root = ET.fromstring(both)
    assert [child.tag.rpartition("}")[2] for child in root] == ["svg", "svg"]
    ids = [set(re.findall(r' id="([^"]*)"', svg)) for svg in (both, one)]
    assert all(ids)
    assert not ids[0] & ids[1]
    for svg, own in zip((both, one), ids, strict=True):
        assert {a or b for a, b in re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', svg)} == own


def test_a_figure_has_the_palettes_colours_and_no_others(monkeypatch):
    svg = stored(two_panels, monkeypatch)
    assert set(re.findall(r"#[0-9a-f]{6}", svg)) == {PALETTE[name] for name in ("loss", "slope", "reference", "ink")}
    assert not re.findall(r"#[0-9a-f]{6}", re.sub(r"var\(--fig-\w+,#[0-9a-f]{6}\)", "", svg))

    def grey():
        figure, ax = figures.subplots()
        ax.plot([0, 1], [0, 1], color="0.5")
        figures.show(figure)

    with pytest.raises(ValueError, match=r"#808080.*reference"):
        stored(grey, monkeypatch)
    plt.close("all")


def test_a_role_that_is_none_is_refused():
    assert figures.paint("foreground") == figures.paint("positive")
    with pytest.raises(ValueError, match=r"'blue'.*prediction"):
        figures.paint("blue")


def test_a_legend_is_refused(monkeypatch):
    def with_legend():
        figure, ax = figures.subplots()
        ax.plot([0, 1], [0, 1], label="line")
        ax.legend()
        figures.show(figure)

    with pytest.raises(ValueError, match="labelled where it runs"):
        stored(with_legend, monkeypatch)
    plt.close("all")


def test_labels_stand_beside_their_own_curve_and_upon_none():
    figure, ax = figures.subplots()
    x = np.linspace(0, 1, 50)
    lines = [ax.plot(x, x**power, label=f"power {power}")[0] for power in (1, 2, 6)]
    figure.canvas.draw()
    figures.label_lines(ax)
    boxes = [text.get_window_extent() for text in ax.texts]
    assert [text.get_text() for text in ax.texts] == ["power 1", "power 2", "power 6"]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    for number, box in enumerate(boxes):
        centre, size = np.array([(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2]), np.array(box.size)
        gaps = [figures._gap(figures._trace(line), centre, size) for line in lines]
        assert min(gaps) > 1
        assert gaps[number] == min(gaps) < 9
    plt.close(figure)


def test_a_label_is_written_where_it_is_wanted():
    figure, ax = figures.subplots()
    (line,) = ax.plot([0, 10], [0, 1], label="a line")
    figures.label_line(line, 7)
    figure.canvas.draw()
    figures.label_lines(ax)
    (text,) = ax.texts
    assert text.get_text() == "a line"
    assert abs(text.get_position()[0] - 7) < 1
    plt.close(figure)


def test_a_mask_is_drawn_upon_its_photograph(monkeypatch):
    image = np.random.default_rng(0).integers(0, 256, (150, 160, 3), np.uint8)
    mask = np.zeros((150, 160))
    mask[40:80, 50:90] = 1

    def draw():
        figure, ax = figures.subplots()
        figures.photograph(ax, image, mask, role="foreground")
        figures.show(figure)

    svg = stored(draw, monkeypatch)
    assert svg == stored(draw, monkeypatch)
    png = base64.b64decode(re.search(r'href="data:image/png;base64,([^"]*)"', svg).group(1))
    assert len(png) > image.size
    assert (np.round(plt.imread(io.BytesIO(png)) * 255) == image).all()
    assert "fill: var(--fig-positive" in svg
    assert "stroke: var(--fig-positive" in svg


def test_few_positions_are_buttons_of_which_one_is_pressed_and_many_are_a_slider():
    controls = {"Label": ["y = 0", "y = 1"], "Logit": [f"z = {z}" for z in range(-3, 4)]}
    text = Slider("s", controls, start=(1, 0), alt="nothing")._repr_html_()
    (choice,) = re.findall(r"<fieldset.*?</fieldset>", text)
    assert "<legend>Label</legend>" in choice
    assert re.findall(r'type="radio" name="([^"]*)" data-axis="0" value="(\d)"( checked)?', choice) == [
        ("s-input-0", "0", ""),
        ("s-input-0", "1", " checked"),
    ]
    assert re.findall(r'type="range" id="([^"]*)"', text) == ["s-input-1"]
    assert 'aria-valuetext="z = −3"' in text
    assert re.search(r'data-longest="z = −3"[^>]*><span>z = −3</span>', text)
    assert 'class="lb-controls" hidden' in text


def test_a_slider_says_what_its_value_is_of():
    with pytest.raises(ValueError, match=r"'0\.0'.*p = 0\.0"):
        Slider("s", {"p": [f"{n / 10}" for n in range(6)]}, start=(0,), alt="nothing")


def test_what_is_dragged_is_a_slider_at_the_keyboard_and_moves_with_its_element():
    slider = Slider("s", {"x": [f"x = {n}" for n in range(6)], "y": ["y = 0", "y = 1"]}, start=(2, 1), alt="nothing")
    panel = slider.panel(x=(0, 5), y=(0, 1), xlabel="x", ylabel="y")
    across, up = np.arange(6)[:, None], np.arange(2)
    panel.point(across, up, by=(0, 1), drag=(0, 1), name="Dot")
    panel.bars(
        [1, 2], np.stack([across / 5 + 0 * up, 1 - across / 5 + 0 * up], -1), colour="loss", by=(0, 1), drag=[0, ()]
    )
    panel.segment(up, 0, up, 1, by=(1,), drag=1)
    handles = re.findall(
        r'<circle data-move="[^"]*" cx="([^"]*)" cy="([^"]*)"[^>]*class="lb-handle"([^>]*)>', panel.svg()
    )
    dot, bar, line = handles
    assert all(re.search(r'tabindex="0" role="slider" aria-label="[^"]+"', rest) for *_, rest in handles)
    assert 'data-drag="0 1"' in dot[2]
    assert (
        'aria-label="Dot" aria-valuemin="0" aria-valuemax="5" aria-valuenow="2" aria-valuetext="x = 2, y = 1"' in dot[2]
    )
    assert 'data-drag="0" ' in bar[2]
    assert 'data-drag="1"' in line[2]
    assert dot[:2] == re.search(r'cx="([^"]*)" cy="([^"]*)" r="5"', panel.svg()).groups()
    with pytest.raises(ValueError, match=r"drag=.*by="):
        panel.point(across[:, 0], 0, by=(0,), drag=1)


def test_a_moving_curves_label_keeps_clear_of_all_curves_in_every_frame():
    slider = Slider("s", {"height": [f"h = {n}" for n in range(6)]}, start=(0,), alt="nothing")
    panel = slider.panel(x=(0, 1), y=(0, 6), xlabel="x", ylabel="y")
    x = np.linspace(0, 1, 21)
    panel.curve(x, 6 * x, colour="other", dashed=True, label="fixed")
    panel.curve(x, np.arange(6)[:, None] * x**2, colour="loss", by=(0,), label="moves")
    panel.svg()
    moves = {(m["target"], m["attr"]): m["values"] for m in slider.moves}
    size = np.array([6 * len("moves"), 10.0])
    for frame, centre in enumerate(zip(moves["s-0-label-1", "x"], moves["s-0-label-1", "y"], strict=True)):
        for places, by, _, _ in panel.lines:
            path = figures._dense(places[frame if by else 0])
            assert figures._gap(path, np.array(centre) - [0, 4], size) > 1
