r"""Lay formulas out at build time, with KaTeX inside QuickJS.

The page gets finished HTML (with MathML beside it for screen readers) and no script. A formula that
KaTeX cannot parse becomes a warning with its place, which the strict build turns into a failure.
"""

import json
import re
from functools import cache
from pathlib import Path

import quickjs
from docutils import nodes
from myst_parser.mdit_to_docutils.sphinx_ import SphinxRenderer
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)
LABEL = re.compile(r"\\label\s*\{[^}]*\}")
#: KaTeX would number these itself, from 1 on every page; the book's numbers are Sphinx's.
NUMBERED = re.compile(r"\\(begin|end)\{(equation|align|gather|alignat)\}")


#: An inline formula with more signs than this between two places where a line may break may be wider than a phone.
UNBROKEN = 24


@cache
def engine():
    """One JavaScript context for the whole build: loading KaTeX costs more than a hundred formulas."""
    context = quickjs.Context()
    # The deepest formulas need more than the default stack of 256 kB.
    context.set_max_stack_size(4 << 20)
    context.eval(Path(__file__).with_name("katex.min.js").read_text(encoding="utf-8"))
    # strict: "error" refuses what LaTeX itself would refuse, so that the same source also shows in
    # Jupyter, where MathJax lays it out.
    context.eval("""function layOut(tex, display) {
        const options = {displayMode: display, throwOnError: true, strict: "error", output: "htmlAndMathml"};
        try { return JSON.stringify({html: katex.renderToString(tex, options)}); }
        catch (error) { return JSON.stringify({error: String(error.message)}); }
    }""")
    return context.get("layOut")


def shorten(html):
    """Drop what nobody reads: the TeX source, and the looks of the MathML, which is there for screen readers and is not shown."""
    html = re.sub(r"<annotation.*?</annotation>|</?semantics>", "", html, flags=re.S)
    html = re.sub(r' (?:xmlns|stretchy|fence|separator|[lr]space|(?:max|min)size)="[^"]*"', "", html)
    # Letters that are one name are read as one.
    html = re.sub(
        r'(?:<mi mathvariant="normal">\w</mi>){2,}', lambda name: f"<mi>{re.sub('<[^>]*>', '', name[0])}</mi>", html
    )
    html = html.replace(' mathvariant="normal"', "")
    html = re.sub(r"<mrow>(<m([ino])>[^<]*</m\2>)</mrow>", r"\1", html)
    return re.sub(r"(<math[^>]*>)<mrow>((?:(?!</?mrow>).)*)</mrow></math>", r"\1\2</math>", html)


@cache
def layout(tex, display):
    """Return ``(html, None)``, or ``(None, message)`` for a formula that does not parse."""
    answer = json.loads(engine()(tex, display))
    return (shorten(answer["html"]), None) if "html" in answer else (None, answer["error"])


def display_source(node):
    r"""Return the TeX of a display formula in the form KaTeX reads.

    Sphinx allows what plain LaTeX does not: ``\\`` without an environment, and several equations
    separated by blank lines.
    """
    tex = LABEL.sub("", node.astext()).strip()
    tex = NUMBERED.sub(r"\\\1{\2*}", tex)
    if node.get("nowrap"):
        return tex
    parts = [part.strip() for part in re.split(r"\n\s*\n", tex) if part.strip()]
    if len(parts) > 1 or (r"\\" in tex and not tex.startswith(r"\begin")):
        return r"\begin{aligned}" + r"\\ ".join(parts) + r"\end{aligned}"
    return tex


def is_wide(html):
    """Whether a part of an inline formula that no line breaks may be wider than a phone."""
    parts = html.partition("katex-html")[2].split('<span class="katex-base">')
    return any(len(re.sub(r"<[^>]*>|\u200b", "", part)) > UNBROKEN for part in parts[1:])


def append_formula(writer, node, tex, display):
    html, error = layout(tex, display)
    if error:
        logger.warning("KaTeX rejects the formula %r: %s", tex, error, location=node, type="katex")
        html = f"<code>{writer.encode(tex)}</code>"
    writer.body.append(html)


def visit_inline(writer, node):
    tex = node.astext().strip()
    wide = " wide" if is_wide(layout(tex, False)[0] or "") else ""
    writer.body.append(writer.starttag(node, "span", "", CLASS=f"math notranslate{wide}"))
    append_formula(writer, node, tex, display=False)
    writer.body.append("</span>")
    raise nodes.SkipNode


def visit_display(writer, node):
    writer.body.append(writer.starttag(node, "div", "", CLASS="math notranslate"))
    append_formula(writer, node, display_source(node), display=True)
    if node.get("number"):
        writer.body.append(f'<span class="eqno">({get_node_equation_number(writer, node)})')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    writer.body.append("</div>\n")
    raise nodes.SkipNode


def numbered_label(renderer):
    """Name an unlabelled equation by its place in the page; MyST draws a random name at every build."""
    env = renderer.sphinx_env
    return f"{env.docname}-{env.new_serialno('amsmath') + 1}"


def setup(app):
    SphinxRenderer._random_label = numbered_label
    app.add_html_math_renderer("katex", (visit_inline, None), (visit_display, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
