"""The built site as files: pages, what they hold and where they point, read without a browser."""

import html
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bs4 import BeautifulSoup
from bs4.element import NavigableString

#: Text in these is not prose: code may hold any TeX, and a laid-out formula carries its source for screen readers.
NOT_PROSE = {"code", "pre", "script", "style", "template", "math", "head"}


@dataclass(eq=False)
class Page:
    """One HTML file of the site."""

    site: "Site"
    path: str  # relative to the site's root

    @cached_property
    def text(self):
        return (self.site.root / self.path).read_text(encoding="utf-8")

    @cached_property
    def soup(self):
        return BeautifulSoup(self.text, "html.parser")

    @cached_property
    def article(self):
        return self.soup.select_one(".bd-article")

    @property
    def is_redirect(self):
        """Whether the page only leads to another."""
        return "bd-article" not in self.text

    @property
    def is_chapter(self):
        """Whether the page was made from a notebook (its source is kept beside the site); book/ itself has the reference."""
        return (
            Path(self.path).parent != Path("book")
            and (self.site.root / "_sources" / Path(self.path).with_suffix(".ipynb")).exists()
        )

    @property
    def sliders(self):
        return self.soup.select(".lb-slider")

    @cached_property
    def prose(self):
        """The text nodes that a reader sees, outside code and formulas."""
        return list(prose(self.soup))


@dataclass
class Site:
    """The folder of a built site."""

    root: Path
    _pages: dict = field(default_factory=dict)
    _ids: dict = field(default_factory=dict)

    def paths(self):
        """Return every page's path; ``_static`` holds the theme's templates, which are no pages."""
        found = (p.relative_to(self.root) for p in self.root.rglob("*.html"))
        return sorted(p.as_posix() for p in found if not p.parts[0].startswith("_"))

    def page(self, path):
        return self._pages.setdefault(path, Page(self, path))

    def ids(self, path):
        """Return the anchors of a page, each as often as it occurs."""
        if path not in self._ids:
            text = re.sub(r"<script.*?</script>|<!--.*?-->", "", self.page(path).text, flags=re.S)
            self._ids[path] = [html.unescape(name) for name in re.findall(r'<[^<>]*?\sid="([^"]*)"', text)]
        return self._ids[path]


def prose(tag):
    for child in tag.children:
        if isinstance(child, NavigableString):
            if type(child) is NavigableString and child.strip():
                yield str(child)
        elif child.name not in NOT_PROSE and "katex" not in child.get("class", ()):
            yield from prose(child)
