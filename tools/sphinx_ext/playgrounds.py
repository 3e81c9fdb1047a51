"""The playgrounds: pages whose reader paints or chooses, with formulas that were printed from the cards.

A playground's script draws its first state here, inside QuickJS, into the page: it is whole before any script has run, and nothing moves when one
has.
"""

import json
from html import escape
from pathlib import Path

import quickjs
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from lossbook.proof import english
from lossbook.show import front_page, playgrounds

ASSETS = Path(__file__).parents[2] / "book" / "assets"


class playground(nodes.raw):
    """The HTML of a playground; it tells which script its page needs."""


def drawn(script, formulas, call):
    """Return the parts that a script draws first, by name."""
    context = quickjs.Context()
    context.eval((ASSETS / script).read_text(encoding="utf-8"))
    return json.loads(context.eval(f"const lossbookFormulas={formulas};JSON.stringify({call})"))


def compared(names):
    """Return the parts of *Compare losses* as it starts."""
    made = "compareLosses(lossbookFormulas)"
    return drawn("compare.js", playgrounds.comparable(), f"{made}.markup({made}.started({json.dumps(names)}))")


def painted():
    """Return the parts of *Paint a mask* as it starts."""
    made = "paintMask(lossbookFormulas)"
    return drawn("paint.js", playgrounds.paintable(), f"{made}.markup({made}.started())")


def hidden(name, content):
    """Write controls, which are hidden until a script can follow them."""
    return f'<div class="lb-controls" data-part="{name}" hidden>{content}</div>'


def framed(name, alt, formulas, parts, attributes=""):
    """Write a playground: its parts, and its formulas for the script; "</" must not occur in a script."""
    return (
        f'<div class="lb-playground lb-{name}" role="group" aria-label="{escape(alt)}"{attributes}>{"".join(parts)}</div>'
        f"<script>const lossbookFormulas={formulas.replace('</', '< /')};</script>"
    )


def readout(text):
    return f'<p class="lb-readout"><span data-part="place" aria-live="polite">{text}</span></p>'


def scrolling(content):
    return f'<div class="lb-answers pst-scrollable-table-container" data-part="table">{content}</div>'


class CompareLosses(SphinxDirective):
    """``{compare-losses} name …``: the playground of the losses of elements; it starts with those that are named."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        names = self.arguments[0].split()
        offered = [record.name for record in playgrounds.of_elements() if "logit" in playgrounds.predictions(record)]
        if unknown := set(names) - set(offered):
            raise self.error(f"{sorted(unknown)} are no losses over a logit; there are {', '.join(offered)}")
        part = compared(names)
        html = framed(
            "compare",
            "Losses of elements, compared: their values, slopes and curvatures",
            playgrounds.comparable(),
            (
                hidden("axes", part["axes"]),
                f'<div class="lb-top"><div class="lb-panels" data-part="panels">{part["panels"]}</div>{hidden("list", part["list"])}</div>',
                readout(part["place"]),
                hidden("sliders", part["sliders"]),
                scrolling(part["table"]),
            ),
            f' data-start="{" ".join(names)}"',
        )
        return [playground("", html, format="html", script="compare.js")]


class PaintMask(SphinxDirective):
    """``{paint-mask}``: the playground of the losses of masks."""

    def run(self):
        part = painted()
        html = framed(
            "paint",
            "A true and a predicted mask to paint, and the slope of a loss at each pixel",
            playgrounds.paintable(),
            (
                hidden("presets", part["presets"]),
                f'<div class="lb-grids" data-part="grids">{part["grids"]}</div>',
                readout(part["place"]),
                hidden("tools", part["tools"]),
                scrolling(part["table"]),
                hidden("sliders", part["sliders"]),
                '<p id="paint-keys" hidden>Arrow keys move between the pixels, the space bar paints.</p>',
            ),
        )
        return [playground("", html, format="html", script="paint.js")]


class PlaygroundCard(SphinxDirective):
    """``{playground-card} name …`` leads to *Compare losses*, below a picture of those that are named; without names, to *Paint a mask*."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self):
        names = self.arguments[0].split() if self.arguments else []
        kind = "compare" if names else "paint"
        drawing = compared(names)["panels"] if names else painted()["grids"].partition('data-grid="prediction"')[2]
        drawing = drawing[drawing.index("<svg") : drawing.index("</svg>") + len("</svg>")]
        words = self.parse_content_to_nodes()
        return [
            nodes.container(
                "", nodes.raw("", front_page.panel(drawing, kind), format="html"), *words, classes=["lb-card"]
            )
        ]


class PlaygroundFormulas(SphinxDirective):
    """``{playground-formulas} elements`` or ``masks``: the losses of a playground, with their formulas and chapters."""

    required_arguments = 1

    def run(self):
        (kind,) = self.arguments
        records = {"elements": playgrounds.of_elements, "masks": playgrounds.of_masks}[kind]()
        lines = ["| loss | formula |", "|:--|:--|"]
        for record in records:
            title = record.card.title
            link = f"{{doc}}`{title} </{record.page}>`" if record.page else title
            shown = record.card.formula if record.card.shown is None else record.card.shown
            lines.append(
                f"| {link} | ${english.tex(shown)}$ |".replace(r"\left|", r"\left\lvert").replace(
                    r"\right|", r"\right\rvert"
                )
            )
        return self.parse_text_to_nodes("\n".join(lines))


def add_script(app, pagename, templatename, context, doctree):
    """Load a playground's script on its own page alone."""
    for node in doctree.findall(playground) if doctree else ():
        app.add_js_file(node["script"], defer="defer")


def setup(app):
    app.add_node(playground, html=(lambda writer, node: writer.visit_raw(node), None))
    for name, directive in (
        ("compare-losses", CompareLosses),
        ("paint-mask", PaintMask),
        ("playground-card", PlaygroundCard),
        ("playground-formulas", PlaygroundFormulas),
    ):
        app.add_directive(name, directive)
    app.connect("html-page-context", add_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
