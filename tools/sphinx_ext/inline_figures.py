"""Write the figures of the notebooks into their pages, where the style sheet's colours reach them.

myst-nb shows an SVG output as an image, which is a document of its own: it would keep the colours of light pages.
"""

import html
import re
from pathlib import Path

from docutils import nodes
from sphinx.transforms import SphinxTransform

#: What `lossbook.show.figures` writes into each of its figures.
SIGN = "var(--fig-"


def inlined(svg, alt):
    """Return the HTML of a figure; panels that have an SVG each stand beside or below each other, as there is room."""
    said = f'class="lb-figure" role="img" aria-label="{html.escape(alt)}"'
    style = re.search(r'\sstyle="[^"]*"', svg)[0]
    svg = re.sub(r'\s(?:xmlns|version)="[^"]*"|\s*\n\s*', lambda m: " " if m[0].isspace() else "", svg.strip())
    if "<svg" not in svg[1:]:
        return svg.replace("<svg", f"<svg {said}", 1)
    panels = re.sub(r"^<svg[^>]*>|</svg>$", "", svg)
    panels = re.sub(
        r'<svg x="[^"]*" y="[^"]*" width="([^"]*)" height="([^"]*)"', rf'<svg width="\1pt" height="\2pt"{style}', panels
    )
    return f"<div {said}>{panels}</div>"


class InlineFigures(SphinxTransform):
    """Runs before Sphinx collects the images that it is to copy."""

    default_priority = 900

    def apply(self, **options):
        for image in list(self.document.findall(nodes.image)):
            # myst-nb names its files from the source's folder on, with a slash before.
            path = Path(self.app.srcdir, image["uri"].lstrip("/"))
            svg = path.read_text(encoding="utf-8") if path.suffix == ".svg" and path.exists() else ""
            if SIGN in svg:
                image.replace_self(nodes.raw("", inlined(svg, image.get("alt", "")), format="html"))


def setup(app):
    app.add_transform(InlineFigures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
