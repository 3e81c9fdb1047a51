"""What every notebook of the book must hold, and what every chapter must contain."""

import ast
import inspect
import json
import re
from itertools import pairwise
from statistics import median

import nbformat
import notebooks as tool
import pytest
import sympy as sp
import yaml
from takeaway import listings, section

import lossbook
from lossbook.cards import notation
from lossbook.catalogue import CHAPTERS as CATALOGUED
from lossbook.show import front_page
from lossbook.show.figures import PALETTE

NOTEBOOKS = {p.relative_to(tool.ROOT).with_suffix("").as_posix(): p for p in tool.chapters()}
TOC = yaml.safe_load((tool.ROOT / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = [page["file"] for part in TOC["parts"] if part.get("numbered") for page in part["chapters"]]
SNIPPETS = tool.ROOT / "tests" / "peers" / "snippets"

#: Parts of a chapter, by a word of their headings, in the order in which a reader meets them.
PARTS = (
    "gradient",
    "properties",
    "implementation",
    "checks on numbers",
    "what goes wrong",
    "on data",
    "take away",
    "elsewhere",
    "exercises",
    "ledger",
)
SHOWING = {"print", "display", "show"}
FORBIDDEN_TAGS = re.compile(r"nbval|raises-exception|skip")
FORBIDDEN_COMMENTS = re.compile(r"#\s*(NBVAL_|PYTEST_VALIDATE_)")
MACHINE_PATH = re.compile(
    r"(?<![\w.:/])/(?:home|root|tmp|work|usr|opt|var|mnt|private|Users)/\w|\b[A-Z]:\\(?:Users|Windows|Program)"
)
MEMORY_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")
NETWORK_ADDRESS = re.compile(
    r"(?:https?:)?//(?!(?:dx\.)?doi\.org/|(?:www\.)?arxiv\.org/|www\.w3\.org/)[\w-]+\.[\w.-]+", re.I
)


def load(name):
    if name not in NOTEBOOKS:
        pytest.fail(f"_toc.yml lists {name}, but there is no such notebook")
    return nbformat.read(NOTEBOOKS[name], as_version=4)


@pytest.fixture(params=NOTEBOOKS)
def notebook(request):
    return load(request.param)


@pytest.fixture(params=CHAPTERS)
def chapter(request):
    return request.param


def of_type(notebook, kind):
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def tags(cell):
    return cell.metadata.get("tags", [])


def texts(output):
    """Everything an output stores, as text."""
    yield output.get("text", "")
    for content in output.get("data", {}).values():
        yield content if isinstance(content, str) else json.dumps(content)


def first_line(cell):
    return cell.source.split("\n")[0]


def stored(cell, kind):
    return [output.data[kind] for output in cell.get("outputs", ()) if kind in output.get("data", {})]


def shows(cell):
    """What the code of a cell must have left: "result" for an expression at the end, "stream" for a print."""
    tree = ast.parse(cell.source)
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        call = tree.body[-1].value
        if not (isinstance(call, ast.Call) and called(call) == "print"):
            yield "result"
    for node in executed(tree):
        if isinstance(node, ast.Call) and called(node) in SHOWING:
            yield "stream" if called(node) == "print" else "result"


def called(node):
    return getattr(node.func, "attr", getattr(node.func, "id", None))


def executed(node):
    """All nodes of the code that runs with the cell: a function that it only defines does not."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            yield child
            yield from executed(child)


def listed():
    """Every page that the table of contents names."""
    yield TOC["root"]
    yield from (page["file"] for part in TOC["parts"] for page in part["chapters"])


def test_the_table_of_contents_lists_pages_that_exist():
    assert [p for p in listed() if not any((tool.ROOT / p).with_suffix(s).exists() for s in (".md", ".ipynb"))] == []


def test_every_notebook_is_a_page_of_the_book():
    assert set(NOTEBOOKS) <= set(listed())


def test_the_catalogue_and_the_table_of_contents_name_the_same_chapters_in_the_same_order():
    assert list(CATALOGUED) == CHAPTERS
    assert {record.page for record in lossbook.catalogue()} - {None} == set(CHAPTERS)


def test_the_front_page_shows_every_chapter_with_its_picture_and_its_question():
    for name in CHAPTERS:
        path = NOTEBOOKS[name]
        assert re.search(r"<(path|rect|line|circle) ", front_page.picture(path, path.stem)), f"{name} has an empty picture"
        assert front_page.question(path).rstrip().endswith("?"), f"the metadata of {name} need a question, under lossbook"


def test_what_the_front_page_calls_missing_is_not_in_the_catalogue():
    text = (tool.BOOK / "intro.md").read_text(encoding="utf-8")
    missing = re.findall(r"`(\w+)`", text.partition("## What is not here yet")[2].partition("\n## ")[0])
    assert len(missing) >= 10
    assert set(missing) & {record.name for record in lossbook.catalogue()} == set()


def test_every_code_cell_was_executed_in_order(notebook):
    counts = [cell.execution_count for cell in of_type(notebook, "code")]
    assert counts == list(range(1, len(counts) + 1))


def test_every_cell_that_shows_something_has_its_output_stored(notebook):
    for cell in of_type(notebook, "code"):
        kinds = {"stream" if output.output_type == "stream" else "result" for output in cell.outputs}
        assert set(shows(cell)) <= kinds, f"output missing: {first_line(cell)!r}"


def test_no_output_is_an_error_or_a_warning(notebook):
    for cell in of_type(notebook, "code"):
        for output in cell.outputs:
            assert output.output_type != "error", first_line(cell)
            assert output.get("name") != "stderr", output.text


def test_no_cell_is_kept_from_validation(notebook):
    for cell in notebook.cells:
        assert not [tag for tag in tags(cell) if FORBIDDEN_TAGS.search(tag)], first_line(cell)
        assert cell.cell_type != "code" or not FORBIDDEN_COMMENTS.search(cell.source), first_line(cell)
    assert {cell.cell_type for cell in notebook.cells} == {"code", "markdown"}


def test_validation_compares_everything_in_the_book():
    line = next(li for li in (tool.ROOT / "Makefile").read_text(encoding="utf-8").splitlines() if "--nbval" in li)
    options = {word for word in line.split() if word.startswith("-")}
    assert options <= {"-q", "-n", "--dist", "--nbval", "--nbval-current-env"}
    assert line.split()[-1] == "book"


def test_nothing_names_a_machine(notebook):
    for cell in notebook.cells:
        for text in [cell.source, *(t for output in cell.get("outputs", ()) for t in texts(output))]:
            assert not MACHINE_PATH.search(text), MACHINE_PATH.search(text)
    for cell in of_type(notebook, "code"):
        for text in (t for output in cell.outputs for t in texts(output)):
            assert not MEMORY_ADDRESS.search(text), MEMORY_ADDRESS.search(text)
            assert not NETWORK_ADDRESS.search(text), NETWORK_ADDRESS.search(text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (MACHINE_PATH, "saved to /opt/ann/x"),
        (MACHINE_PATH, "['/tmp/a.npy']"),
        (MACHINE_PATH, r"C:\Users\ann"),
        (MEMORY_ADDRESS, "<function f at 0x7f12ab34cd56>"),
        (NETWORK_ADDRESS, '<script src="https://cdn.example.org/x.js">'),
        (NETWORK_ADDRESS, 'src="//cdn.example.org/x.js"'),
    ],
)
def test_a_leak_is_recognised(pattern, text):
    assert pattern.search(text)


@pytest.mark.parametrize("text", ["https://doi.org/10.1/x", "http://www.w3.org/2000/svg", "../../tests/peers", r"f:\mathbb{R}"])  # fmt: skip
def test_what_is_no_leak_passes(text):
    assert not any(pattern.search(text) for pattern in (MACHINE_PATH, MEMORY_ADDRESS, NETWORK_ADDRESS))


def test_visible_code_cells_have_at_most_eight_lines(notebook):
    for cell in of_type(notebook, "code"):
        lines = [line for line in cell.source.split("\n") if line.strip()]
        assert "hide-input" in tags(cell) or len(lines) <= 8, first_line(cell)


def prose(source):
    """The words that are read as text: without directives, options, listings and included files; a formula is one word."""
    source = re.sub(r"(?ms)^```python$.*?^```$", "", source)
    source = re.sub(r"\$\$.*?\$\$", " formula ", source, flags=re.S)
    source = re.sub(r"\$[^$]*\$", "formula", source)
    source = re.sub(r"(?ms)^(`{3,})\{(?:math|literalinclude|bibliography)\}.*?^\1\s*$", "", source)
    lines = [line for line in source.split("\n") if not re.match(r"\s*(?:`{3,}|:{3,}|:[\w-]+:|#|\(\S+\)=)", line)]
    return re.findall(r"\w[\w'’.-]*", " ".join(lines))


def passages(source):
    """Cut a text cell where a reader sees a new block: at headings, tabs, exercises and solutions."""
    return [p for p in re.split(r"(?m)^(?=#+ |(?:`{3,}|:{3,})\{(?:tab-item|exercise|solution-start)\})", source) if p.strip()]


def test_text_cells_are_short(notebook):
    lengths = []
    for cell in of_type(notebook, "markdown"):
        for passage in passages(cell.source):
            lengths.append(len(prose(passage)))
            assert lengths[-1] <= 120, f"{lengths[-1]} words: {passage[:60]!r}"
    assert median(lengths) < 60


def test_figures_have_caption_name_and_alternative_text(notebook):
    for cell in of_type(notebook, "code"):
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        sliders = [h for h in stored(cell, "text/html") if "lb-slider" in h]
        images = [kind for output in cell.outputs for kind in output.get("data", {}) if kind.startswith("image/")]
        assert set(images) <= {"image/svg+xml"}, f"nbval does not compare {images}: {first_line(cell)}"
        if figure or sliders or images:
            assert len(sliders) + len(images) == 1, f"a figure cell shows one figure: {first_line(cell)}"
            assert len(figure.get("caption", "").split()) >= 5, first_line(cell)
            assert re.fullmatch(r"fig-[a-z0-9-]+", figure.get("name", "")), first_line(cell)
        if images:
            assert len(cell.metadata["mystnb"].get("image", {}).get("alt", "").split()) >= 5, first_line(cell)
        for slider in sliders:
            assert len(re.search(r'aria-label="([^"]*)"', slider)[1].split()) >= 5
    for cell in of_type(notebook, "markdown"):
        assert not re.search(r"!\[\s*\]\(", cell.source), cell.source
        for directive in re.findall(r"(?ms)^(`{3,})\{(?:figure|image)\}(.*?)^\1", cell.source):
            assert ":alt:" in directive[1], directive[1]


#: Words that are wrong where a phone stacks the panels: a caption names them a, b, c.
PLACES = re.compile(
    r"\b(left|right|above|below|beside|middle (?:panel|picture)|(?:upper|lower) (?:panel|picture))\b", re.I
)


def test_captions_name_panels_by_letter_and_not_by_place(notebook):
    for cell in of_type(notebook, "code"):
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        drawn = "".join(stored(cell, "text/html") + stored(cell, "image/svg+xml"))
        panels = max(drawn.count("<svg") - drawn.startswith("<svg"), 1)
        if figure and panels > 1:
            caption = figure["caption"]
            assert not PLACES.search(caption), f"{PLACES.search(caption)[0]!r} in the caption {caption!r}"
            assert not PLACES.search(alt), f"{PLACES.search(alt)[0]!r} in the text {alt!r}"
            named = re.findall(r"\(([a-f])\)", caption)
            assert not named or len(set(named)) in (1, panels), f"{caption!r} of {panels} panels"


def test_figures_have_the_palettes_colours_and_no_others(notebook):
    for cell in of_type(notebook, "code"):
        for drawn in stored(cell, "text/html") + stored(cell, "image/svg+xml"):
            if "<svg" not in drawn:
                continue
            drawn = re.sub(r'"data:image/png;base64,[^"]*"|<script.*?</script>', "", drawn, flags=re.S)
            painted = re.findall(r"var\(--fig-(\w+),(#\w+)\)", drawn)
            assert painted, first_line(cell)
            assert set(painted) <= set(PALETTE.items())
            rest = re.sub(r"var\([^()]*\)", "", drawn)
            colours = {colour.strip() for colour in re.findall(r'\b(?:fill|stroke)(?::|=")([^;"]*)', rest)}
            assert colours <= {"none", "currentColor", ""}, first_line(cell)


def test_figure_names_are_unique_in_the_book():
    names = [
        cell.metadata["mystnb"]["figure"]["name"]
        for name in NOTEBOOKS
        for cell in of_type(load(name), "code")
        if "figure" in cell.metadata.get("mystnb", {})
    ]
    assert sorted(names) == sorted(set(names))


def letters():
    """The printed names that the notation page defines."""
    values = [v for v in vars(notation).values() if isinstance(v, (sp.Symbol, sp.IndexedBase))]
    return {str(value) for value in values} | {v.__name__ for v in vars(notation).values() if isinstance(v, type(sp.Function("f")))}  # fmt: skip


def new_symbols(source):
    """The printed names of the symbols that some code makes: Symbol("a"), symbols("a b:3")."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and called(node) in {"Symbol", "symbols", "var"} and node.args:
            text = ast.literal_eval(node.args[0])
            yield from (str(s) for s in sp.flatten([sp.symbols(text)]))


def test_no_chapter_gives_a_letter_of_the_notation_a_second_meaning(notebook):
    made = {name for cell in of_type(notebook, "code") for name in new_symbols(cell.source)}
    assert made & letters() == set()


def test_a_second_meaning_is_recognised():
    assert set(new_symbols('z = sp.Symbol("z")\na, b = sp.symbols("eta t")')) & letters() == {"z", "eta"}


def test_chapters_import_their_symbols_from_the_notation(chapter):
    code = "\n".join(cell.source for cell in of_type(load(chapter), "code"))
    imports = [n for n in ast.walk(ast.parse(code)) if isinstance(n, ast.ImportFrom)]
    names = {f"{node.module}.{alias.name}" for node in imports for alias in node.names}
    assert any(name.startswith("lossbook.cards.notation") for name in names)


def test_a_notebook_holds_nothing_but_content(notebook, request):
    """Metadata, ids, merged streams: what `make notebooks` would write is what is there."""
    path = NOTEBOOKS[request.node.callspec.params["notebook"]]
    assert tool.normalised(notebook) == path.read_bytes(), "run make notebooks"


def headings(notebook, level):
    text = "\n".join(cell.source for cell in of_type(notebook, "markdown"))
    text = re.sub(r"(?ms)^(`{3,}).*?^\1\s*$", "", text)
    return re.findall(rf"(?m)^{'#' * level} (.+)$", text)


def test_chapters_have_one_title_and_all_parts_in_order(chapter):
    notebook = load(chapter)
    assert len(headings(notebook, 1)) == 1
    found = [h.lower() for h in headings(notebook, 2)]
    places = [next((n for n, h in enumerate(found) if part in h), None) for part in PARTS]
    assert None not in places, f"no heading for {PARTS[places.index(None)]!r} among {found}"
    assert all(a < b for a, b in pairwise(places)), found


def first_screen(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            return
        yield cell


def test_the_first_screen_shows_formula_and_slider_and_says_when_to_take_it(chapter):
    cells = list(first_screen(load(chapter)))
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert any(stored(cell, "text/latex") for cell in cells), "the formula is printed from its card"
    assert any("lb-slider" in h for cell in cells for h in stored(cell, "text/html")), "a moving figure"
    assert "take it" in text.lower()
    assert "after this chapter you can" in text.lower()


def test_sliders_weigh_at_most_60_kilobytes(notebook):
    for cell in of_type(notebook, "code"):
        for slider in stored(cell, "text/html"):
            assert "lb-slider" not in slider or len(slider.encode()) <= 60_000, len(slider.encode())


def test_the_implementation_is_printed_from_the_package(chapter):
    shown = [c for cell in of_type(load(chapter), "code") for c in stored(cell, "text/markdown") if "```python" in c]
    modules = {inspect.getmodule(r.function) for r in lossbook.catalogue() if r.page == chapter}
    sources = [inspect.getsource(module) for module in modules]
    # What two families need is in numerics.
    sources += [path.read_text(encoding="utf-8") for path in (tool.ROOT / "lossbook" / "numerics").glob("*.py")]
    assert shown
    for listing in shown:
        code = listing.split("```python\n")[1].split("\n```")[0]
        assert any(code in source for source in sources), f"not in the package any more: {code[:80]}"


def exercises(notebook):
    """Yield each exercise's label with the cells of its solution."""
    text = [cell.source if cell.cell_type == "markdown" else "" for cell in notebook.cells]
    labels = re.findall(r"\{exercise\}[^\n]*\n:label: (\S+)", "\n".join(text))
    for label in labels:
        starts = [n for n, source in enumerate(text) if re.search(rf"\{{solution-start\}} {label}\n", source)]
        assert len(starts) == 1, f"{label} has {len(starts)} solutions"
        end = next(n for n in range(starts[0], len(text)) if "{solution-end}" in text[n])
        yield label, notebook.cells[starts[0] : end + 1]


def test_chapters_have_three_to_six_exercises_with_folded_asserted_solutions(chapter):
    found = dict(exercises(load(chapter)))
    assert 3 <= len(found) <= 6
    for label, cells in found.items():
        folded = r"\{solution-start\} " + label + r"\n(?::\w+:[^\n]*\n)*:class: dropdown"
        assert re.search(folded, "\n".join(cell.source for cell in cells)), f"the solution of {label} is not folded"
        code = [node for cell in cells if cell.cell_type == "code" for node in ast.walk(ast.parse(cell.source))]
        assert any(isinstance(node, ast.Assert) for node in code), f"the solution of {label} asserts nothing"


def words_around_listings(text):
    """The sentences of a section before its tabs, and after them."""
    before, _, rest = text.partition("::::{tab-set}")
    return prose(before), prose(rest.rpartition("::::")[2])


def test_take_away_offers_code_in_tabs_directly_before_elsewhere(chapter):
    cells = load(chapter).cells
    place = next(n for n, cell in enumerate(cells) if cell.source.startswith("## Take away\n"))
    assert cells[place + 1].source.startswith("## Elsewhere\n")
    assert section(cells) == cells[place].source
    tabs = [tab for tab, _ in listings(cells[place].source)]
    assert tabs
    # A count has no gradient, and needs no library that computes one.
    assert chapter == "book/regions/precision_recall_f1" or {"NumPy", "PyTorch", "JAX"} <= set(tabs)
    assert cells[place].source.count("```python") == len(tabs)
    assert all(len(words) >= 8 for words in words_around_listings(cells[place].source)), "an introduction, and what is left out"


def included(notebook):
    text = "\n".join(cell.source for cell in of_type(notebook, "markdown"))
    return re.findall(r"\{literalinclude\} (\S+)", text)


def test_elsewhere_shows_snippets_in_tabs_that_the_peers_tests_run(chapter):
    notebook = load(chapter)
    cell = next(cell for cell in of_type(notebook, "markdown") if cell.source.startswith("## Elsewhere\n"))
    assert cell.source.count("{tab-item}") >= len(included(notebook)) >= 3
    for file in included(notebook):
        path = (NOTEBOOKS[chapter].parent / file).resolve()
        assert path.parent == SNIPPETS.resolve()
        assert path.is_file(), file


def test_every_snippet_is_shown_in_a_chapter():
    shown = {file.rsplit("/", 1)[-1] for name in NOTEBOOKS for file in included(load(name))}
    assert {path.name for path in SNIPPETS.glob("*.py")} == shown


def test_chapters_end_with_the_ledger_of_all_their_claims(chapter):
    cell = of_type(load(chapter), "code")[-1]
    assert "chapter.ledger(" in cell.source
    cards = [r.card for r in lossbook.catalogue() if r.page == chapter and r.card is not None]
    text = stored(cell, "text/markdown")[0].replace(r"\|", "|")
    tables = re.split(r"(?m)^\*\*(.+)\*\*$", text)
    # Of several losses each stands under its title.
    assert tables[1::2] == ([card.title for card in cards] if len(cards) > 1 else [])
    rows = [line.removeprefix("| ").split(" | **")[0] for line in text.split("\n") if " | **" in line]
    assert rows == [c.sentence(a) for a in cards for c in a.claims]


def test_chapters_cite_their_sources(chapter):
    keys = set(re.findall(r"(?m)^@\w+\{([^,]+),", (tool.BOOK / "references.bib").read_text(encoding="utf-8")))
    text = "\n".join(cell.source for cell in of_type(load(chapter), "markdown"))
    cited = {key.strip() for group in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", text) for key in group.split(",")}
    assert cited
    assert cited <= keys


def test_every_claim_stands_in_the_ledger_once():
    pages = [name for name in NOTEBOOKS if name.startswith("book/ledger_")]
    shown = "\n".join(stored(of_type(load(name), "code")[-1], "text/markdown")[0] for name in pages).replace(r"\|", "|")
    rows = [line.removeprefix("| ").split(" | **")[0] for line in shown.split("\n") if " | **" in line]
    claims = [c.sentence(r.card) for r in lossbook.catalogue() if r.card is not None for c in r.card.claims]
    assert sorted(rows) == sorted(claims)
