"""The checks can fail: on a sound little site they find nothing, and each fault put into it is found."""

import shutil
from pathlib import Path

import checks
import hands
import playing
import pytest
from browsing import Reader
from markup import Site

from lossbook.show.figures import Slider

ASSETS = Path(__file__).resolve().parents[2] / "book" / "assets"
DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="40" height="30" fill="#06c"/></svg>'
KATEX = (
    '<span class="math"><span class="katex"><span class="katex-mathml"><math><semantics><mi>x</mi>'
    '<annotation encoding="application/x-tex">\\sigma(x)</annotation></semantics></math></span>'
    '<span class="katex-html" aria-hidden="true"><span class="katex-base">'
    '<span class="mord mathnormal">σx</span></span></span></span></span>'
)


def slider():
    places = list(range(6))
    figure = Slider("little", {"place": [f"x = {n}" for n in places]}, start=[1], alt="A dot that moves to the right")
    figure.panel(x=(0, 5), y=(0, 1), xlabel="x", ylabel="y").point(places, [n / 5 for n in places], by=[0])
    figure.readout([f"at {n}" for n in places], by=[0])
    return figure._repr_html_()


PAGE = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="description" content="A little page."/>
<meta property="og:title" content="A little page"/><meta property="og:description" content="It is little."/>
<meta property="og:image" content="_static/dot.svg"/>
<title>A little page</title>
<script>const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => {{ document.documentElement.dataset.theme = dark.matches ? "dark" : "light"; }};
follow(); dark.onchange = follow;</script>
<link rel="icon" href="_static/dot.svg"/>
<link rel="stylesheet" href="_static/katex/katex.min.css"/>
<link rel="stylesheet" href="_static/lossbook.css"/>
<style>
body {{ margin: 16px; background: #fff; color: #000; }} input {{ max-width: 100%; }}
html[data-theme="dark"] body {{ background: #000; color: #fff; }}
html[data-theme="dark"] a {{ color: #9cf; }}
article {{ font-family: serif !important; }} /* a font that is there at once, so that nothing moves */
@media print {{ html[data-theme] body {{ background: #fff !important; color: #000 !important; }} }}
.scrolling {{ overflow-x: auto; }} .wide {{ width: 700px; }} .cut {{ overflow-x: hidden; }}
.sd-tab-content {{ display: none; }} input:checked + label + .sd-tab-content {{ display: block; }}
</style>
<script defer src="_static/slider.js"></script>
</head>
<body>
<header class="bd-header"><a href="other.html">Elsewhere</a></header>
<main><article class="bd-article">
<h1 id="top">A little page</h1>
<p>Text with a formula {KATEX} and a <a href="other.html#there">link</a>, and <a href="https://doi.org/10.1000/1">another</a>.</p>
<h2 id="figures">Figures</h2>
<figure id="fig-dot"><img src="_static/dot.svg" width="40" height="30" alt="A blue box, wider than it is high"/>
<figcaption>Fig. 1 A box in the book's blue.</figcaption></figure>
<figure id="fig-slider">{slider()}
<figcaption>Fig. 2 A dot that a slider moves.</figcaption></figure>
<div class="scrolling" tabindex="0"><div class="wide">What is wide scrolls inside itself.</div></div>
<details><summary>Show the code</summary><p>The code.</p></details>
<div class="sd-tab-set"><input type="radio" name="tab" id="one" checked><label for="one">One</label><div class="sd-tab-content">First.</div>
<input type="radio" name="tab" id="two"><label for="two">Two</label><div class="sd-tab-content">Second.</div></div>
</article></main>
</body></html>
"""
OTHER = """<!DOCTYPE html><html lang="en"><head><title>Another page</title><meta name="description" content="Another."/></head>
<body><article class="bd-article"><h1 id="there">Another page</h1></article></body></html>"""


def lay(folder, old="", new=""):
    """Write the little site into a folder, with one passage of its page replaced."""
    assert old in PAGE
    static = folder / "_static"
    shutil.copytree(ASSETS / "katex", static / "katex")
    for name in ("slider.js", "lossbook.css"):
        shutil.copy(ASSETS / name, static)
    shutil.copytree(ASSETS / "fonts", static / "fonts")
    (static / "dot.svg").write_text(DOT)
    (folder / "index.html").write_text(PAGE.replace(old, new, 1) if old else PAGE, encoding="utf-8")
    (folder / "other.html").write_text(OTHER, encoding="utf-8")
    # What marks a page as made from a notebook.
    (folder / "_sources").mkdir()
    (folder / "_sources" / "index.ipynb").write_text("{}")
    return Site(folder)


H2 = '<h2 id="figures">Figures</h2>'
IMG = '<img src="_static/dot.svg" width="40" height="30" alt="A blue box, wider than it is high"/>'
LINK = "other.html#there"
#: For each check of a file: what is replaced, by what, and a word of the fault that is to be found.
FILE_FAULTS = [
    (checks.broken_links, LINK, "nowhere.html", "leads to no file"),
    (checks.broken_links, LINK, "other.html#elsewhere", "no anchor"),
    (checks.broken_links, LINK, "#elsewhere", "no anchor"),
    (checks.broken_links, LINK, "/other.html", "where the site is put"),
    (checks.broken_links, LINK, "file:///other.html", "not a web address"),
    (checks.missing_files, 'icon" href="_static/dot.svg', 'icon" href="_static/gone.svg', "no file"),
    (checks.missing_files, "_static/slider.js", "https://example.org/slider.js", "asked of the network"),
    (checks.missing_files, ".cut {", "@import 'https://example.org/a.css'; .cut {", "asked of the network"),
    (checks.missing_files, ".cut {", ".cut { background: url(//example.org/a.png);", "asked of the network"),
    (checks.missing_files, "</head>", '<link rel="preconnect" href="https://example.org"/></head>', "network"),
    (checks.missing_files, IMG, '<img srcset="_static/gone.png 2x"/>', "no file"),
    (checks.repeated_anchors, 'id="figures"', 'id="top"', "'top' stands 2 times"),
    (checks.raw_source, "Text with", "Text with $$x$$ and", "'$$'"),
    (checks.raw_source, "Text with", r"Text with \(x\) and", "left in"),
    (checks.raw_source, "Text with", "Text with $p_t$ and", "left in"),
    (checks.raw_source, "Text with", r"Text with \frac12 and", "left in"),
    (checks.raw_source, "Text with", "Text with {ref}`x` and", "left in"),
    (checks.raw_source, "A blue box,", r"The $\alpha$ box,", "left in"),
    (checks.raw_source, 'content="A little page."', 'content="A page on \\sigma."', "left in"),
    (checks.formula_faults, KATEX, "x", "no formula"),
    (checks.formula_faults, KATEX, KATEX + '<span class="math">x^2</span>', "not laid out"),
    (checks.formula_faults, KATEX, KATEX + '<span class="katex-error">x^</span>', "rejected"),
    (checks.formula_faults, "</head>", '<script src="_static/MathJax.js"></script></head>', "MathJax"),
    (checks.image_faults, ' height="30" alt', " alt", "no height"),
    (checks.image_faults, "A blue box, wider than it is high", "", "does not say"),
    (checks.image_faults, "A blue box, wider than it is high", "_images/a1b2.svg", "does not say"),
    (checks.image_faults, ' alt="A blue box, wider than it is high"', "", "no alt text"),
    (checks.figure_faults, "<figcaption>Fig. 1 A box in the book's blue.</figcaption>", "", "no caption"),
    (checks.figure_faults, "Fig. 1 ", "", "no number"),
    (checks.figure_faults, H2, H2 + IMG, "stands in no figure"),
    (checks.figure_faults, IMG, '<svg class="lb-figure" aria-label="A box"></svg>', "no image|does not say"),
    (checks.figure_faults, IMG, '<svg class="lb-figure" role="img"></svg>', "no alt text"),
    (checks.figure_faults, 'aria-label="A dot', 'aria-labelled="A dot', "does not say"),
    (checks.heading_faults, H2, "<h3>Figures</h3>", "level 3 follows one of level 1"),
    (checks.heading_faults, H2, "<h1>Figures</h1>", "2 titles"),
    (checks.preview_faults, "It is little.", "It is", "within a sentence"),
    (checks.preview_faults, ' content="It is little."', "", "no og:description"),
    (checks.preview_faults, 'og:image" content="_static/dot.svg', 'og:image" content="_static/gone.svg', "no file"),
    (checks.head_faults, ' lang="en"', "", "language"),
    (checks.head_faults, "<title>A little page</title>", "", "no title"),
    (checks.head_faults, '<meta name="description" content="A little page."/>', "", "0 descriptions"),
    (checks.heavy_sliders, '"moves":', f'"more":"{"0" * 60_000}","moves":', "kB"),
]
#: Pushes the text down once it has been painted.
LATE = """addEventListener("load", () => requestAnimationFrame(() => requestAnimationFrame(
  () => { document.querySelector("h1").style.marginTop = "300px"; })))"""
#: For each check of a visit: the same, and the width at which the fault shows.
VISIT_FAULTS = [
    (checks.foreign_requests, "</main>", '</main><img src="https://example.org/x.png" alt="">', "example.org", 1400),
    (checks.foreign_requests, "</main>", "</main><script>fetch('http://10.1.2.3/')</script>", "10.1.2.3", 1400),
    (checks.foreign_requests, "</main>", "</main><script>new WebSocket('ws://example.org/')</script>", "ws:", 390),
    (checks.errors, "</main>", "</main><script>console.error('broken')</script>", "broken", 1400),
    (checks.errors, "</main>", "</main><script>undefined.x</script>", "TypeError|properties", 1400),
    (checks.errors, "</main>", "</main><script src='_static/gone.js'></script>", "404", 1400),
    (checks.wrong_mode, '.matches ? "dark"', '.matches ? "light"', "for dark, the page is light", 390),
    (checks.wrong_mode, ': "light"', ': "dark"', "for light, the page is dark", 1400),
    (checks.wrong_mode, "dark.onchange = follow;", "", "for dark, the page is light", 1400),
    (checks.wrong_mode, "dark.onchange = follow;", "", "for light, the page is dark", 390),
    (checks.grave_violations, "</style>", "p { color: #bbb; }</style>", "contrast", 1400),
    (checks.grave_violations, "</style>", '[data-theme="dark"] p { color: #333; }</style>', "contrast", 390),
    (checks.grave_violations, "</style>", '[data-theme="dark"] p { color: #333; }</style>', "contrast", 1400),
    (checks.grave_violations, "</style>", '[data-theme="light"] p { color: #bbb; }</style>', "contrast", 390),
    (checks.grave_violations, "</style>", '[data-theme="dark"] h2 + * + * + * + details p { background: #999; }</style>', "contrast", 1400),
    (checks.grave_violations, "<p>The code.</p>", "<p style='color: #ccc'>The code.</p>", "contrast", 1400),
    (checks.grave_violations, "</main>", "<input type='text'></main>", "label", 1400),
    (checks.layout_shift, "</main>", "</main><script>" + LATE + "</script>", "moved", 390),
    (checks.weight, "</main>", f"</main><!-- {'0' * int(checks.PAGE_LIMIT)} -->", "MB were loaded", 1400),
    (checks.out_of_reach, 'class="scrolling"', 'class="open"', "700 pixels|pixels wide", 390),
    (checks.out_of_reach, 'class="scrolling"', 'class="cut"', "cut off at the side", 390),
    (checks.out_of_reach, "<p>The code.</p>", "<p class='wide'>The code.</p>", "unfolded page", 390),
    (checks.out_of_reach, 'class="scrolling"', 'style="height: 5px; overflow: hidden"', "cut off", 1400),
    (checks.out_of_reach, "<p>The code.</p>", f"<table><tr><td style='max-width: 2px'>{KATEX}</td><td>y</td></tr></table>", "wider than <td>", 1400),
    (checks.out_of_reach, "<p>The code.</p>", "<p style='width: 60px; overflow-wrap: normal'><code>one_long_name_that_no_line_breaks</code></p>", "wider than <p>", 390),
    (checks.out_of_reach, "<p>The code.</p>", f"<pre style='width: 90px; overflow: visible'>{'x' * 20}</pre>", "lines that are longer", 1400),
    (checks.out_of_reach, "<p>The code.</p>", f"<pre tabindex='0' style='width: 90px; scrollbar-width: none; overflow-x: auto'>{'x' * 20}</pre>", "does not show it", 390),
    (checks.flat_formulas, "_static/katex/katex.min.css", "_static/lossbook.css", "twice", 1400),
    (checks.flat_formulas, "</style>", ".katex { display: inline-block; height: 0; }</style>", "no room", 1400),
    (checks.flat_formulas, "</style>", ".katex, .katex * { font-family: serif !important; }</style>", "fonts", 1400),
]  # fmt: skip
#: For each thing a reader does: the same. "script" says whether scripts run.
HAND_FAULTS = [
    (hands.move_sliders, "_static/slider.js", "_static/none.js", "not shown"),
    (hands.move_sliders, 'data-move="little-0-0"', "", "moves nothing"),
    (hands.move_sliders, '"readout":', '"unread":', "never changes"),
    (hands.move_sliders, 'aria-live="polite"', "", "announces"),
    (hands.move_sliders, '<label for="little-input-0">', "<label>", "no name"),
    (hands.move_sliders, 'type="range"', 'type="range" tabindex="-1"', "does not reach"),
    (hands.move_sliders, 'value="1"', 'value="2"', "first frame"),
    (hands.move_sliders, ',"at 4","at 5"]', ',"at 4"]', "lacks a value|never|first"),
    (hands.open_folds, "<summary>", "<summary onclick='return false'>", "does not open"),
    (hands.open_folds, "</article>", '<div class="dropdown admonition">Solution</div></article>', "does not"),
    (hands.turn_tabs, "input:checked + label + .sd-tab-content { display: block", "#one + label + .sd-tab-content { display: block", "does not turn"),
    (hands.turn_tabs, " checked>", ">", "shows 0"),
    (hands.without_script, "</style>", ".lb-controls { display: flex !important; visibility: visible !important }</style>", "shown that cannot move"),
    (hands.without_script, "</style>", ".lb-slider svg { visibility: hidden }</style>", "not shown"),
    (hands.without_script, "</style>", ".lb-slider .lb-dot { fill: none !important; stroke: none }</style>", "no colour"),
    (hands.without_script, "</article>", '<div class="dropdown"><p hidden>Solution</p></div></article>', "stays shut"),
    (hands.on_paper, "</style>", ".bd-header { display: block !important }</style>", "bd-header is printed"),
    (hands.on_paper, "</style>", ".lb-live .lb-controls { display: flex !important }</style>", "lb-controls is printed"),
    (hands.on_paper, "</style>", "html[data-theme] p { color: #eee !important }</style>", "pale ink"),
    (hands.on_paper, "</style>", "html[data-theme] body { background: #222 !important }</style>", "dark ground"),
    (hands.on_paper, "</style>", "article { display: none }</style>", "not printed"),
]  # fmt: skip


def found(faults, words):
    return any(word in fault for word in words.split("|") for fault in faults)


def read(chromium, folder, look):
    reader = Reader(chromium, folder)
    try:
        return look(reader)
    finally:
        reader.close()


def use(chromium, folder, hand):
    def look(reader):
        page, _ = reader.open("index.html", script=hand is not hands.without_script)
        try:
            return hand(page)
        finally:
            page.context.close()

    return read(chromium, folder, look)


def test_a_sound_site_has_no_fault_in_its_files(tmp_path):
    site = lay(tmp_path)
    assert {c.__name__: c(site.page("index.html")) for c, *_ in FILE_FAULTS if c(site.page("index.html"))} == {}
    assert not checks.repeated_titles(site)


@pytest.mark.parametrize("width", [1400, 390])
def test_a_sound_site_has_no_fault_in_the_browser(chromium, tmp_path, width):
    lay(tmp_path)
    visit = read(chromium, tmp_path, lambda reader: reader.visit("index.html", width))
    assert {c.__name__: c(visit) for c, *_ in VISIT_FAULTS if c(visit)} == {}
    assert not any(visit.faults.values())
    assert {mode for mode, state in visit.facts if state == "unfolded"} == {"light", "dark"}
    assert all(facts["formulas"] == 1 for facts in visit.facts.values())


@pytest.mark.parametrize("hand", dict.fromkeys(h for h, *_ in HAND_FAULTS))
def test_a_reader_of_a_sound_site_meets_no_fault(chromium, tmp_path, hand):
    lay(tmp_path)
    assert use(chromium, tmp_path, hand) == []


@pytest.mark.parametrize(("check", "old", "new", "words"), FILE_FAULTS)
def test_a_fault_in_a_file_is_found(tmp_path, check, old, new, words):
    assert found(check(lay(tmp_path, old, new).page("index.html")), words)


def test_a_shared_title_is_found(tmp_path):
    assert found(
        checks.repeated_titles(lay(tmp_path, "<title>A little page", "<title>Another page")), "share the title"
    )


@pytest.mark.parametrize(("check", "old", "new", "words", "width"), VISIT_FAULTS)
def test_a_fault_in_the_browser_is_found(chromium, tmp_path, check, old, new, words, width):
    lay(tmp_path, old, new)
    assert found(check(read(chromium, tmp_path, lambda reader: reader.visit("index.html", width))), words)


@pytest.mark.parametrize(
    ("hand", "old", "new", "width"),
    [
        (hands.move_sliders, "_static/slider.js", "_static/none.js", 390),
        (hands.open_folds, "<summary>", "<summary onclick='return false'>", 1400),
        (hands.turn_tabs, " checked>", ">", 1400),
        (hands.on_paper, "</style>", "html[data-theme='dark'] p { color: #eee !important }</style>", 1400),
    ],
)
def test_a_visit_notes_what_a_reader_meets(chromium, tmp_path, hand, old, new, width):
    lay(tmp_path, old, new)
    visit = read(chromium, tmp_path, lambda reader: reader.visit("index.html", width))
    assert visit.faults[hand]
    assert not any(faults for other, faults in visit.faults.items() if other is not hand)


@pytest.mark.parametrize(
    ("module", "name", "width"),
    [(playing, "press_switches", 390), (playing, "drag_handles", 390), (hands, "turn_tabs", 1400)],
)
def test_a_hand_that_the_page_stops_is_a_fault(chromium, tmp_path, monkeypatch, module, name, width):
    def stopped(page):
        page.evaluate("missing()")

    lay(tmp_path)
    monkeypatch.setattr(module, name, stopped)
    visit = read(chromium, tmp_path, lambda reader: reader.visit("index.html", width))
    assert found(visit.faults[stopped], "missing is not defined")


@pytest.mark.parametrize(("hand", "old", "new", "words"), HAND_FAULTS)
def test_a_fault_that_a_reader_meets_is_found(chromium, tmp_path, hand, old, new, words):
    lay(tmp_path, old, new)
    assert found(use(chromium, tmp_path, hand), words)


def test_a_request_from_the_disk_is_found(chromium, tmp_path):
    lay(tmp_path, "</main>", '</main><img src="https://example.org/x.png" alt="">')
    visit = read(chromium, tmp_path, lambda reader: reader.glance("index.html", disk=True))
    assert found(checks.foreign_requests(visit), "example.org")
    assert checks.errors(visit)
