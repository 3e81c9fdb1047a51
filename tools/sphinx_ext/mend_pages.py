"""Mend what theme and toolchain leave wrong in a page: names, roles, sizes and weight.

Each repair says what it repairs, so that it can go when the fault is mended upstream. The templates beside
this file do the same for whole pieces of the theme's pages.
"""

import re
from pathlib import Path

from compact import Sheet, compact
from docutils import nodes
from sphinx.util import logging
from sphinx_exercise.nodes import solution_node
from sphinx_proof.nodes import proof_node

logger = logging.getLogger(__name__)

#: Patterns in a page's body that are replaced, and why.
REPAIRS = (
    # myst-nb: the label hides the words "Show the code" from a screen reader.
    (r'<summary aria-label="Toggle hidden content">', "<summary>"),
    # docutils: a list whose items have the role of bibliography entries is no list, and that role is deprecated.
    (r'<div role="list" class="citation-list">', '<div class="citation-list">'),
    (r'(<div class="citation" id="[^"]*") role="doc-biblioentry"', r"\1"),
    # Sphinx writes an image's size as a style, which stays as it is where the page is narrower.
    (r'(<img [^>]*?)style="width: (\d+)px; height: (\d+)px;"', r'\1width="\2" height="\3"'),
    # sphinx-proof and sphinx-exercise give all their contents the same id.
    (r'(<div class="proof admonition") id="proof"', r"\1"),
    (r'(<section[^>]*?) id="(?:proof|exercise|solution)-content"', r"\1"),
    # Pygments marks names, punctuation and blanks, which have the colour of all other text.
    (r'<span class="(?:n|nn|p|w)">([^<]*)</span>', r"\1"),
)
#: KaTeX's style sheet in the site.
SHEET = Path("_static", "katex", "katex.min.css")
#: The large style sheets of theme and extensions.
HEAVY = ("styles/*.css", "sphinx-design.min.css", "mystnb.*.css", "basic.css", "pygments.css", "proof.css", "lossbook.css")
#: Faces that a page needs at once, each with what in the page's body tells that it does.
FIRST_FONTS = {
    "fonts/source-serif-4-latin-400-normal": "",
    "fonts/source-serif-4-latin-600-normal": "",
    "fonts/source-serif-4-latin-400-italic": r"<em>|proof (?:theorem|lemma|proposition|corollary) ",
    "fonts/source-code-pro-latin-400-normal": r"<pre|<code",
    "katex/fonts/KaTeX_Main-Regular": r'class="katex"',
    "katex/fonts/KaTeX_Math-Italic": r"\bmathnormal\b",
    "katex/fonts/KaTeX_AMS-Regular": r"\b(mathbb|amsrm)\b",
    "katex/fonts/KaTeX_Size1-Regular": r"delimsizing size1\b|\bsmall-op\b",
    "katex/fonts/KaTeX_Size2-Regular": r"delimsizing size2\b|\blarge-op\b",
}


def svg_size(text):
    """Return an SVG file's own width and height in pixels, or None."""
    opening = re.search(r"<svg\b[^>]*>", text)
    sides = (
        [re.search(rf'\s{side}="([\d.]+)(pt|px)?"', opening[0]) for side in ("width", "height")] if opening else [None]
    )
    if None in sides:
        return None
    return [round(float(side[1]) * (4 / 3 if side[2] == "pt" else 1)) for side in sides]


def reserve_space(app, doctree, docname):
    """Give every SVG image its width and height, or the text below jumps when the image arrives."""
    for image in doctree.findall(nodes.image):
        path = Path(app.srcdir) / image["uri"]
        if path.suffix != ".svg" or not path.exists():
            continue
        size = svg_size(path.read_text(encoding="utf-8"))
        if size is None:
            logger.warning("the image %s states no size", image["uri"], location=image, type="mend")
            continue
        wanted = re.fullmatch(r"(\d+)(?:px)?", str(image.get("width", "")))
        if "width" in image and not wanted:
            logger.warning("give an image's width in pixels, not %r", image["width"], location=image, type="mend")
        width = int(wanted[1]) if wanted else size[0]
        image["width"], image["height"] = str(width), str(round(width * size[1] / size[0]))


def set_proofs(app, doctree, docname):
    """Set the word "Proof" in italics, as the rest of the trade does; sphinx-proof writes it into the text."""
    for proof in doctree.findall(proof_node):
        first = next(iter(proof.findall(nodes.paragraph)), None)
        if first is not None and isinstance(first[0], nodes.Text) and first[0].startswith("Proof. "):
            first[0:1] = [nodes.emphasis("", "Proof."), nodes.Text(first[0][len("Proof") + 1 :])]


def open_solution(writer, node):
    """Fold a solution with a native disclosure: it needs no script, and nothing jumps when one has run."""
    node["start"] = len(writer.body)
    writer.body.append(writer.starttag(node, "details" if "dropdown" in node["classes"] else "div", CLASS="admonition"))


def close_solution(writer, node):
    if "dropdown" not in node["classes"]:
        writer.body.append("</div>\n")
        return
    content = "".join(writer.body[node["start"] :])
    title = re.search(r'<p class="admonition-title">(.*?)</p>', content, flags=re.S)
    # What is clicked to unfold cannot hold a link as well.
    summary = f'<summary class="admonition-title">{re.sub(r"<a [^>]*>|</a>", "", title[1])}</summary>'
    writer.body[node["start"] :] = [content[: title.start()], summary, content[title.end() :], "</details>\n"]


def plain_steps(steps):
    """Write the expressions in the steps of a proof as plain code: docutils keeps each of their words on a line of its own element."""

    def plain(code):
        return f"<code>{re.sub('</?span[^>]*>', '', code[1])}</code>"

    return re.sub(r'<code class="docutils literal notranslate">(.*?)</code>', plain, steps[0], flags=re.S)


def mark_chinese(text):
    """Say that the Chinese terms are Chinese, for the screen reader's voice and the choice of the face."""
    return re.sub(r"[\u4e00-\u9fff]+", r'<span lang="zh-Hans">\g<0></span>', text[0])


def mend_body(app, pagename, templatename, context, doctree):
    body = context.get("body")
    if body:
        for fault, repair in REPAIRS:
            body = re.sub(fault, repair, body, flags=re.S)
        body = re.sub(r'<details class="steps">.*?</details>', plain_steps, body, flags=re.S)
        body = re.sub(r">[^<]*[\u4e00-\u9fff][^<]*<", mark_chinese, body)
        context["body"] = body
        context["first_fonts"] = [font for font, sign in FIRST_FONTS.items() if re.search(sign, body)]


def selectors(text):
    """Split a list of selectors at the commas that are not within parentheses."""
    return re.split(r",(?![^()]*(?:\([^()]*\)[^()]*)*\))", text)


def drop_unused_rules(css, words):
    """Take the rules out of minified CSS that no page can match: each of their selectors asks for an unknown class or name.

    Only classes and names are looked at, and only where a selector asks for them outright; what is in doubt stays.
    """

    def possible(selector):
        asked = re.sub(r"\[[^\]]*\]", "", selector)
        while (less := re.sub(r":[\w-]+\([^()]*\)", "", asked)) != asked:  # :not(…), :is(…), :has(…), also within each other
            asked = less
        return all(name in words for name in re.findall(r"[.#](-?[a-zA-Z_][\w-]*)", asked))

    def keep(match):
        kept = [selector for selector in selectors(match[1]) if possible(selector)]
        return f"{','.join(kept)}{match[2]}" if kept else ""

    return re.sub(r"(?<=[{}])([^{}@;]*[.#][^{}@;]*)(\{[^{}]*\})", keep, css)


def drop_unused_properties(css, used):
    """Take custom properties out of a style sheet that nothing uses, and the rules that had nothing else."""
    css = re.sub(r"(--[\w-]+):[^;{}]*(;|(?=\}))", lambda match: match[0] if match[1] in used else "", css)
    return re.sub(r"(?<=[{}])[^{}@;]+\{\s*\}", "", css)


def compact_pages(site):
    """Write the formulas of all pages in fewer bytes, and leave in KaTeX's style sheet what is not about their insides."""
    sheet = Sheet((site / SHEET).read_text(encoding="utf-8"))
    (site / SHEET).write_text(sheet.rest, encoding="utf-8")
    taken = set()
    for path in (site / "_static").rglob("*.css"):
        taken.update(re.findall(r"\.([a-zA-Z]{1,2})(?![\w-])", path.read_text(encoding="utf-8")))
    for path in site.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        path.write_text(compact(page, sheet, taken), encoding="utf-8")


def lighten(app, exception):
    """Take out of the theme's style sheets what the book does not use: most of Bootstrap, some 1,900 icons."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    compact_pages(Path(app.outdir))
    pages, scripts = (
        " ".join(path.read_text(encoding="utf-8") for path in found)
        for found in (Path(app.outdir).rglob("*.html"), static.rglob("*.js"))
    )
    text = pages + scripts
    named = " ".join(re.findall(r"\s(?:class|id)=(\"[^\"]*\"|[^\s>]+)", pages)) + " ".join(re.findall(r"<script.*?</script>", pages, re.S))
    words = set(re.findall(r"-?[a-zA-Z_][\w-]*", named + scripts))
    sheets = {path: path.read_text(encoding="utf-8") for name in HEAVY for path in static.glob(name)}
    for path, sheet in sheets.items():
        sheets[path] = drop_unused_rules(re.sub(r"/\*.*?\*/", "", sheet, flags=re.S), words)
    used = set(re.findall(r"--[\w-]+", text)) | set(re.findall(r"var\(\s*(--[\w-]+)", " ".join(sheets.values())))
    for path, sheet in sheets.items():
        less = drop_unused_properties(sheet, used)
        for _ in range(2):  # a media query around rules that are gone goes in the second pass
            less = re.sub(r"@media[^{}]*\{\s*\}", "", less)
        path.write_text(re.sub(r"\s*\n\s*", "\n", less), encoding="utf-8")


def setup(app):
    app.add_node(solution_node, override=True, html=(open_solution, close_solution))
    app.connect("doctree-resolved", reserve_space)
    app.connect("doctree-resolved", set_proofs)
    app.connect("html-page-context", mend_body)
    app.connect("build-finished", lighten, priority=900)  # after the theme has written its last style sheet
    return {"parallel_read_safe": True, "parallel_write_safe": True}
