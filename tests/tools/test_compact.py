"""Formulas, figures and code in fewer bytes look as they did."""

import base64
import io
import re
from pathlib import Path

import pytest
from compact import OPENING, Sheet, compact, declared, names, packed, stepped
from katex_math import layout
from PIL import Image

KATEX = Path(__file__).parents[2] / "book" / "assets" / "katex" / "katex.min.css"
SMALL = """@font-face{font-family:K;src:url(k.woff2)}.katex{font:1em K}.katex *{border-color:currentColor}
.katex .a{color:red;margin:1px}.katex .b.c{color:blue}.katex .a{margin:2px}.katex .v>span{display:block}.katex .v .d{top:0}
.katex .e:not(.f){width:0}.katex .g>.h>span{left:0}.katex svg{fill:red}.katex .x:before{content:"x"}"""


def chain(*classes):
    return tuple(frozenset(c.split()) for c in ("katex", "katex-html", *classes))


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        (["a"], "color:red;margin:2px"),
        (["b"], ""),
        (["b c a"], "margin:2px;color:blue"),
        (["v", ""], "display:block"),
        (["v", "", ""], ""),
        (["v", "a", "d"], "top:0"),
        (["e"], "width:0"),
        (["e f"], ""),
        (["g", "h", ""], "left:0"),
        (["h", "g", ""], ""),
        (["x"], ""),
    ],
)
def test_the_rules_about_an_element_are_found_and_the_heavier_one_holds(classes, told):
    assert declared(Sheet(SMALL).of(chain(*classes)), "") == told


def test_a_style_of_the_element_outweighs_every_rule():
    assert declared(["color:red;margin:1px"], "color:blue; top:2em;") == "margin:1px;color:blue;top:2em"


def test_what_is_not_about_the_inside_of_formulas_stays_in_the_sheet():
    rest = Sheet(SMALL).rest
    for kept in ("@font-face", ".katex{", ".katex *{", ".katex svg{", ".katex .x:before{"):
        assert kept in rest
    assert ".katex .a" not in rest


def test_all_rules_of_katex_are_understood():
    rest = Sheet(KATEX.read_text(encoding="utf-8")).rest
    inside = re.findall(r"^\.katex \.(?!katex-mathml|katex-html)[^{]*", rest, re.M)
    assert all(":after" in rule or ":before" in rule for rule in inside)


def page(body):
    return compact(f"<html><head></head><body>{body}</body></html>", Sheet(KATEX.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "tex", [r"\frac{x_i}{\sqrt{2}}", r"\sum_{i=1}^N \left(\frac12\right)^2", r"\hat y \ge \mathbb{E}[z]"]
)
def test_a_formula_keeps_its_signs_and_its_words_for_screen_readers(tex):
    html, _ = layout(tex, True)
    short = page(html)
    body = re.search(r"<body>(.*)</body>", short, re.S)[1]
    assert re.sub("<[^>]*>", "", body) == re.sub("<[^>]*>", "", html)
    assert re.search("<math.*</math>", html)[0] in short
    assert len(body) < 0.75 * len(html)
    assert body.count("<i") == body.count("</i>")
    assert "<i>" not in body  # what no rule is about is taken away
    assert "<i class=>" not in body
    assert OPENING.replace('"', "") in body


def test_every_class_of_a_page_is_declared_once_and_elements_of_the_same_looks_share_it():
    short = page(layout("x_1 + x_2", False)[0] + layout("x_1 + x_3", False)[0])
    declared = re.findall(r"i\.(\w+)\{([^}]*)\}", short)
    assert len({told for _, told in declared}) == len(declared)
    assert {name for name, _ in declared} == set(re.findall(r"<i class=(\w+)>", short))


def test_names_with_another_meaning_are_not_given():
    assert names({("x",): 3, ("y",): 2, ("z",): 1}, {"a", "c"}) == {("x",): "b", ("y",): "d", ("z",): "e"}


def test_the_styles_of_a_figure_are_shared_and_its_colours_need_no_fallback():
    shape = '<path d="M 0 0" style="fill: var(--fig-loss,#233eff); opacity: .5" />'
    short = page(f'<svg class="lb-figure" role="img">\n {shape}\n {shape}</svg>')
    assert short.count("fill:var(--fig-loss);opacity:.5") == 1
    assert short.count('<path d="M 0 0" class=a />') == 2


def absolute(path):
    """Return the corners of a path of steps, as a browser reads them."""
    corners, here, start = [], (0.0, 0.0), (0.0, 0.0)
    for command, numbers in re.findall(r"([Mlz])([^Mlz]*)", path):
        found = [float(n) for n in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", numbers)]
        if command == "z":
            here = start
        for x, y in zip(found[::2], found[1::2], strict=True):
            here = (x, y) if command == "M" else (here[0] + x, here[1] + y)
            start = here if command == "M" else start
            corners.append(here)
    return corners


def test_a_path_of_steps_has_the_same_corners():
    points = [(74.9, 28.0), (75.6, 28.6), (75.6, 30.0), (74.6, 29.9), (5.0, -0.5), (0.0, 0.0), (10.0, 0.1)]
    path = "M {} {} L {} {} L {} {} L {} {} z M {} {} L {} {} L {} {} ".format(*(f"{n:.1f}" for xy in points for n in xy))
    told = stepped(re.search(' d="([^"]*)"', f' d="{path}"'))
    assert absolute(told) == [pytest.approx(point) for point in points]
    assert len(told) < 0.6 * len(path)
    after = stepped(re.search(' d="([^"]*)"', ' d="M 1.0 1.0 L 2.0 1.0 L 2.0 3.0 z L 1.5 1.5"'))
    assert absolute(after)[-1] == (1.5, 1.5)


@pytest.mark.parametrize("path", ["M 1.0 2.0 Q 3.0 4.0 5.0 6.0", "M 1.25 2.0 L 3.0 4.0", "M 1 2 L 3 4"])
def test_another_path_stays_as_it_is(path):
    assert stepped(re.search(' d="([^"]*)"', f' d="{path}"')) == f' d="{path}"'


def test_a_picture_keeps_its_pixels():
    picture, stored = Image.effect_mandelbrot((64, 48), (-2, -1, 1, 1), 30).convert("RGB"), io.BytesIO()
    picture.save(stored, "PNG", compress_level=0)
    text = base64.b64encode(stored.getvalue()).decode()
    less = packed(re.fullmatch("(.*)", text))
    again = Image.open(io.BytesIO(base64.b64decode(less.partition(",")[2])))
    assert again.convert("RGB").tobytes() == picture.tobytes()
    assert len(less) < 0.5 * len(text)


def test_code_reads_as_before():
    code = '<div class="highlight"><pre><span></span>x <span class="o">=</span> <span class="mi">1</span>\n</pre></div>'
    short = page(code)
    assert "x <i class=o>=</i> <i class=mi>1</i>\n" in short
    assert '<span class="o">' in page('<p><span class="o">=</span></p>')
