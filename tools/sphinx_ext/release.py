"""What a page says of itself and of the book: version, date, citation, description, and the preview where it is shared."""

import html
import re
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from site_search import text_of, tidy

TAGLINE = "the loss functions of deep learning, derived and verified"
#: The picture of a preview: its file in the site, its size, and its words.
PICTURE = "_static/preview.png", 1200, 630, "The name lossbook beside the curves of three losses and a tangent"
#: A description is whole sentences, up to about so many letters.
LONG = 200


def facts(root):
    """Return version and date of the newest entry of the changelog."""
    text = Path(root, "CHANGELOG.md").read_text(encoding="utf-8")
    version, date = re.search(r"^## (\S+) \((\d{4}-\d\d-\d\d)\)$", text, re.M).groups()
    return {"version": version, "date": date}


class Citation(Directive):
    """``{citation}``: the book as a BibTeX entry, from CITATION.cff."""

    def run(self):
        root = Path(__file__).parents[2]
        told = dict(re.findall(r'^([\w-]+): "?(.*?)"?$', (root / "CITATION.cff").read_text(encoding="utf-8"), re.M))
        name = re.search(r'- name: "(.*)"', (root / "CITATION.cff").read_text(encoding="utf-8"))[1]
        year, month, _ = told["date-released"].split("-")
        entry = (
            f"@misc{{lossbook,\n  author  = {{{{{name}}}}},\n  title   = {{{told['title']}}},\n"
            f"  version = {{{told['version']}}},\n  year    = {{{year}}},\n  month   = {{{int(month)}}},\n}}"
        )
        return [nodes.literal_block(entry, entry, language="bibtex")]


def describe(doctree):
    """Return the first sentences of a page, for search engines and previews, with formulas as text."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section):
            text = re.sub(r"\s*\[[^\]]*\d\d[^\]]*\]", "", tidy(text_of(paragraph, [])))
            sentences = re.split(r"(?<=[.?!]) (?=[A-Z])", text)
            said = sentences[0]
            for sentence in sentences[1:]:
                if len(said) + len(sentence) >= LONG:
                    break
                said += f" {sentence}"
            if said.endswith((".", "?", "!")):
                return said
    return None


def preview(app, title, description, pagename):
    """Return the tags that a page has for previews."""
    base = app.config.html_baseurl.rstrip("/")
    above = "../" * pagename.count("/")
    picture, width, height, alt = PICTURE
    tags = {
        "og:type": "article",
        "og:site_name": app.config.html_title,
        "og:title": title,
        "og:description": description,
        "og:image": f"{base}/{picture}" if base else above + picture,
        "og:image:width": width,
        "og:image:height": height,
        "og:image:alt": alt,
    }
    if base:
        tags["og:url"] = f"{base}/{pagename}.html"
    lines = [f'<meta property="{name}" content="{html.escape(str(told))}" />' for name, told in tags.items()]
    return "\n".join(['<meta name="twitter:card" content="summary_large_image" />', *lines])


def tell(app, pagename, templatename, context, doctree):
    """Give a page its description and preview, and the footer its facts."""
    context["release_facts"] = facts(app.srcdir)
    context["tagline"] = TAGLINE
    title = re.sub(r"<[^>]*>", "", context.get("title") or pagename.capitalize())
    if pagename == app.config.root_doc:
        title = f"{app.config.html_title}: {TAGLINE}"
    told = re.search(r'<meta name="description" content="([^"]*)"', context.get("metatags", ""))
    said = html.unescape(told[1]) if told else (doctree is not None and describe(doctree)) or f"{title}: a page of {app.config.html_title}, {TAGLINE}."
    if not told:
        context["metatags"] = context.get("metatags", "") + f'\n<meta name="description" content="{html.escape(said)}" />'
    context["metatags"] += "\n" + preview(app, html.unescape(title), said, pagename)


def setup(app):
    app.add_directive("citation", Citation)
    app.connect("html-page-context", tell)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
