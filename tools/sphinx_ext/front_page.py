"""The parts of the front page that are made when the book is built: the live figure, the gallery of the chapters, and the ledger's counts."""

from pathlib import Path

import yaml
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import lossbook
from lossbook.show import front_page


class LiveFigure(SphinxDirective):
    """``{live-figure}``: the figure that opens the book."""

    def run(self):
        return [nodes.raw("", front_page.live(), format="html")]


class Gallery(SphinxDirective):
    """``{gallery}``: the chapters by parts, in the order of the table of contents, each with a picture and its question."""

    def run(self):
        root = Path(self.env.srcdir)
        contents = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
        shown = []
        for part in contents["parts"]:
            if part.get("numbered"):
                cards = [self.card(root / f"{chapter['file']}.ipynb", chapter["file"]) for chapter in part["chapters"]]
                shown += [nodes.rubric("", part["caption"]), nodes.container("", *cards, classes=["lb-gallery"])]
        return shown

    def card(self, notebook, page):
        drawing = nodes.raw("", front_page.picture(notebook, page.rpartition("/")[2]), format="html")
        words = self.parse_text_to_nodes(f"{{doc}}`/{page}`\n\n{front_page.question(notebook)}")
        return nodes.container("", drawing, *words, classes=["lb-card"])


class ClaimCounts(SphinxDirective):
    """``{claim-counts} notebook``: how many losses the book has, and how many claims the ledger counts in the notebook."""

    required_arguments = 1

    def run(self):
        shown = {"losses and scores": len(lossbook.catalogue())} | front_page.counts(
            Path(self.env.srcdir, self.arguments[0])
        )
        tiles = (
            nodes.paragraph("", "", nodes.strong("", str(count)), nodes.Text(f" {kind}"))
            for kind, count in shown.items()
            if count
        )
        return [nodes.container("", *tiles, classes=["lb-counts"])]


def setup(app):
    for name, directive in (("live-figure", LiveFigure), ("gallery", Gallery), ("claim-counts", ClaimCounts)):
        app.add_directive(name, directive)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
