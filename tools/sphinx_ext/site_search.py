"""The index of the search: each section, term and function with its text, in a script that works from the disk too.

Sphinx's own index knows pages alone. This one knows where a page treats something, its formulas as plain text, the
Chinese names of the glossary and the other words that readers use (``book/synonyms.json``). ``book/assets/search.js``
asks it.
"""

import json
import re
import unicodedata
from pathlib import Path
from xml.etree import ElementTree

from docutils import nodes
from katex_math import layout
from sphinx import addnodes
from sphinx.util import logging

logger = logging.getLogger(__name__)
#: What a page is called in the results, and how much a hit in it counts: what explains stands before what lists.
KINDS = (
    (r"book/(which_loss|debug)$", "Guide", 1.1),
    (r"book/[^/]+$", "Reference", 0.45),
    (r"book/api/using$", "Guide", 0.9),
    (r"book/api/", "Function", 0.5),
    (r"", "Chapter", 1.0),
)
#: Pages that are better or worse than their kind.
WEIGHTS = {
    "book/intro": 0.7,
    "book/use_it": 0.9,
    "book/errata": 0.7,
    "book/glossary": 0.4,
    "book/rosetta": 0.6,
    "book/speed_and_accuracy": 0.6,
}
#: Sections of chapters that check or list what others explain, by their anchor.
MINOR = {"ledger": 0.5, "exercises": 0.6, "checks-on-numbers": 0.8, "elsewhere": 0.9}
#: What repeats others' words and explains nothing.
LEFT_OUT = ("book/book_index", "book/bibliography")
INDEX = "search_index.js"
ACCENTS = {"^": "\u0302", "~": "\u0303", "ˉ": "\u0304", "¯": "\u0304", "˙": "\u0307"}
RAISED = str.maketrans("0123456789+−-nk", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ⁿᵏ")
LOWERED = str.maketrans("0123456789+−-ijkn", "₀₁₂₃₄₅₆₇₈₉₊₋₋ᵢⱼₖₙ")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


# ---- formulas as text --------------------------------------------------------------------------------


def spell(tex):
    """Return a formula as a line of plain text, from the MathML that KaTeX makes of it."""
    html, _ = layout(tex, False)
    found = re.search(r"<math.*?</math>", html or "", re.S)
    text = spelt(ElementTree.fromstring(found[0])) if found else tex
    text = unicodedata.normalize("NFC", text).replace("\u2061", " ").replace("\u200b", "")
    text = re.sub(r"\s+", " ", text)
    # A sign that belongs to one number stands close to it.
    text = re.sub(r"(^|[(\[{,;=<>≤≥≈→∈/] ?) ?([−±]) ", r"\1\2", text)
    return re.sub(r"(?<=[(\[{]) | (?=[)\]},;])", "", text).strip()


def spelt(node):
    tag, parts = node.tag, list(node)
    if not parts:
        return sign(node)
    if tag == "mfrac":
        return f"{group(spelt(parts[0]))}/{group(spelt(parts[1]))}"
    if tag in ("msub", "munder", "msup", "mover", "msubsup", "munderover"):
        return scripted(tag, *map(spelt, parts))
    if tag in ("msqrt", "mroot"):
        return f"√{group(spelt(parts[0]))}"
    if tag == "mtable":
        return "; ".join(map(spelt, parts))
    return (" " if tag == "mtr" else "").join(map(spelt, parts))


def sign(node):
    text = (node.text or "").strip(" ")
    if node.tag == "mspace":
        return " "
    if node.tag == "mi" and len(text) > 1:
        return f" {text}"
    if node.tag != "mo" or text in "()[]{}|‖/!^~ˉ¯˙∣⌊⌋⌈⌉" or node.get("accent"):
        return node.text or ""
    return f"{text} " if text in ",;" else f" {text} "


def group(text):
    text = text.strip()
    return text if re.fullmatch(r"[\w.′]*|\(.*\)", text) else f"({text})"


def scripted(tag, base, *scripts):
    lower = tag in ("msub", "munder", "msubsup", "munderover")
    upper = tag in ("msup", "mover", "msubsup", "munderover")
    over = scripts[-1].strip() if upper else ""
    if tag == "mover" and over in ACCENTS:
        return base + ACCENTS[over]
    if over == "‾":
        return f"‾{base}" if len(base) == 1 else f"‾({base})"
    text = base.rstrip()
    if lower:
        text += script(scripts[0], "_", LOWERED)
    if upper and over not in ("", "′"):
        text += script(over, "^", RAISED)
    return text + ("′" if over == "′" else "") + (" " if base.strip() in ("∑", "∏", "lim", "max", "min") else "")


def script(text, mark, letters):
    text = re.sub(r"\s", "", text)
    if all(ord(letter) in letters for letter in text):
        return text.translate(letters)
    return mark + (text if len(text) == 1 else f"{{{text}}}")


# ---- text of a page ----------------------------------------------------------------------------------

#: What is code, drawn, or no part of the text.
STEPS = '<details class="steps">'
SILENT = (nodes.raw, nodes.comment, nodes.image, nodes.target, nodes.system_message, nodes.label, addnodes.index)


def is_place(node):
    """Whether a node is somewhere a reader can be led to: a section, a term of the glossary, a function."""
    if isinstance(node, nodes.section):
        return bool(node["ids"]) and isinstance(node[0], nodes.title)
    if isinstance(node, nodes.definition_list_item):
        return isinstance(node.parent.parent, addnodes.glossary)
    return isinstance(node, addnodes.desc)


def text_of(node, code):
    """Return the text of a node without the places in it, and put its listings into ``code``."""
    if isinstance(node, nodes.Text):
        return node.astext()
    if isinstance(node, (nodes.math, nodes.math_block)):
        return spell(node.astext()) if isinstance(node, nodes.math) else f" {spell_display(node)} "
    if isinstance(node, nodes.literal_block):
        if "cell_output" not in node.parent.get("classes", ()):
            code.append(node.astext())
        return " "
    if "sd-tab-label" in node.get("classes", ()):  # a library: looked for, but no sentence
        code.append(node.astext())
        return " "
    if isinstance(node, SILENT):
        return "" if "<wbr" in node.astext() else " "
    inner = "".join(" " if is_place(child) else text_of(child, code) for child in unfolded(node))
    return inner if isinstance(node, nodes.Inline) else f" {inner} "


def unfolded(node):
    """Yield the children of a node without the steps of proofs, which are SymPy's and not prose."""
    inside = False
    for child in node.children:
        if isinstance(child, nodes.raw):
            inside = STEPS in child.astext() or (inside and "</details>" not in child.astext())
        if not inside:
            yield child


def spell_display(node):
    tex = re.sub(r"\\label\s*\{[^}]*\}", "", node.astext()).strip()
    return spell(tex if tex.startswith(r"\begin") or r"\\" not in tex else rf"\begin{{aligned}}{tex}\end{{aligned}}")


def tidy(text):
    return re.sub(r"\s+([.,;:!?)])(?=\s|$)", r"\1", " ".join(text.split()))


def names_in(code):
    """Return the names of listings, each once: they are looked for, but never shown."""
    return " ".join(dict.fromkeys(re.findall(r"[A-Za-z]\w{2,}", " ".join(code))))


def title_and_anchor(place):
    """Return what a place is called and its anchor in the page."""
    if isinstance(place, nodes.section):
        return text_of(place[0], []), place["ids"][0]
    head = place[0]
    if isinstance(place, addnodes.desc):
        return head.get("fullname") or head["ids"][0].rpartition(".")[2], head["ids"][0]
    return text_of(head, []), head["ids"][0]


def entries(doctree):
    """Yield ``(anchor, title, text, code)`` of each place of a page, the page itself first."""
    for place in doctree.findall(is_place):
        title, anchor = title_and_anchor(place)
        code = []
        text = "".join("" if is_place(child) else text_of(child, code) for child in list(unfolded(place))[1:])
        yield anchor, tidy(title), tidy(text), names_in(code)


# ---- the index ---------------------------------------------------------------------------------------


def kind_of(docname):
    """Return what a page is called in the results, and its weight."""
    _, kind, weight = next(row for row in KINDS if re.match(row[0], docname))
    return kind, WEIGHTS.get(docname, weight)


def chinese_names(found):
    """Return the English term for each Chinese name with which the glossary begins an entry."""
    names = {}
    for _, title, text, _ in found.get("book/glossary", ()):
        for name in re.split(r"[,;()、（）]\s*", text.partition(".")[0]):
            if CHINESE.search(name):
                names.setdefault(name.strip(), title)
    return names


def collect(app, doctree, docname):
    if app.builder.format == "html" and docname not in LEFT_OUT:
        app.env.lossbook_places[docname] = list(entries(doctree))


def write(app, exception):
    """Write the index beside the other scripts."""
    if exception or app.builder.format != "html":
        return
    found = app.env.lossbook_places
    order = [name for name in (app.config.root_doc, *app.env.toctree_includes[app.config.root_doc]) if name in found]
    pages = [[f"{name}.html", app.env.titles[name].astext(), *kind_of(name)] for name in order]
    rows = [
        [n, "" if i == 0 else anchor, title, text, code, MINOR.get(anchor, 1)]
        for n, name in enumerate(order)
        for i, (anchor, title, text, code) in enumerate(found[name])
    ]
    synonyms = json.loads((Path(app.srcdir) / "book" / "synonyms.json").read_text(encoding="utf-8"))
    index = {"pages": pages, "places": rows, "synonyms": synonyms, "chinese": chinese_names(found)}
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    (Path(app.outdir) / "_static" / INDEX).write_text(f"window.lossbookIndex={text};\n", encoding="utf-8")


def begin(app):
    """Do without Sphinx's own index, but with the page of results."""
    app.env.lossbook_places = {}
    app.builder.search = False


def search_page(app):
    yield "search", {}, "search.html"


def setup(app):
    app.connect("builder-inited", begin)
    app.connect("doctree-resolved", collect, priority=400)
    app.connect("html-collect-pages", search_page)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
