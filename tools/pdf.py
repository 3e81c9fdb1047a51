"""Print the whole book into one PDF, through Chromium: outline, contents, running heads, page numbers, links that lead on.

    python tools/pdf.py [a page of the book, such as book/intro ...]

The pages are those of the built site, in the order of the table of contents. Solutions are unfolded, of tabs all are
printed, and moving figures stand still at their first frame. The pages of the site then link to the PDF.
"""

import asyncio
import html
import io
import shutil
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml
from playwright.async_api import async_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, NullObject

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
PDF = "lossbook.pdf"
#: Where a page's footer has room for a link (tools/sphinx_ext/templates/colophon.html).
ROOM = "<!-- the whole book -->"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND"]
#: A page that takes longer (seconds) is tried again in a new browser, so often.
PATIENCE, TRIES = 120, 3
LOOK = """
@page { margin: 22mm 20mm 20mm; }
@page sheet { margin: 14mm 8mm 8mm; }
@media print {
  .lb-tab-name { font: 600 .9rem/1.4 var(--lb-sans); margin: .8rem 0 .2rem; break-after: avoid; }
  .sd-tab-set > label, .sd-tab-set > input { display: none !important; }
  .bd-article .sd-tab-set { display: block !important; }
  .bd-article .sd-tab-set > .sd-tab-content { display: block !important; border-top: 0 !important; padding-top: 0; }
  .bd-article { padding: 0 !important; }
  .bd-article details:not([open]), .sd-summary-chevron-right, .sd-summary-chevron-down { display: none; }
  .lb-anchors { font-size: 1px; line-height: 1px; position: absolute; bottom: 0; }
  .lb-anchors a { color: transparent !important; }
}
"""
#: Unfolds solutions, names the tabs, and links to each anchor, so that the print knows where it is.
PREPARE = """look => {
  document.documentElement.dataset.theme = "light";
  document.head.append(Object.assign(document.createElement("style"), {textContent: look}));
  for (const box of document.querySelectorAll("details.solution, details.dropdown, details.sd-dropdown")) box.open = true;
  for (const label of document.querySelectorAll(".sd-tab-set > label.sd-tab-label")) {
    const name = Object.assign(document.createElement("p"), {className: "lb-tab-name", textContent: label.textContent});
    label.nextElementSibling?.prepend(name);
  }
  for (const image of document.images) image.loading = "eager";
  const anchors = document.createElement("div");
  anchors.className = "lb-anchors";
  for (const target of document.querySelectorAll(".bd-article [id]"))
    if (!target.closest("svg, .katex, .lb-slider")) {
      const link = document.createElement("a");
      link.href = "#" + target.id;
      link.textContent = ".";
      anchors.append(link);
    }
  document.querySelector(".bd-article")?.append(anchors);
  const title = document.querySelector("h1").cloneNode(true);
  title.querySelector(".headerlink")?.remove();
  return title.textContent;
}"""
#: Has the page laid out for paper, which asks for fonts that the screen did not need: a print that still waits for one may never end.
LOADED = """async () => {
  document.body.offsetHeight;
  await document.fonts.ready;
  await Promise.all([...document.images].map(image => image.decode().catch(() => null)));
}"""
#: A page of the book without its text: the running head and the number, at places that all pages share.
HEAD = """<section style="width:{width}pt;height:{height}pt"><i>{title}</i><b>{number}</b></section>"""
SHEET = """<style>
@font-face {{ font-family: Book; src: url({fonts}/source-serif-4-latin-400-normal.woff2); }}
@font-face {{ font-family: Book; font-weight: 600; src: url({fonts}/source-serif-4-latin-600-normal.woff2); }}
@page {{ size: {width}pt {height}pt; margin: 0; }}
@page contents {{ margin: 20mm 0; }} nav {{ page: contents; }}
body {{ margin: 0; font-family: Book; color: #444; }}
section {{ position: relative; break-after: page; font-size: 9pt; overflow: hidden; }}
i, b {{ position: absolute; font-style: normal; font-weight: 400; }}
i {{ left: {side}mm; top: {top}mm; }} b {{ right: {side}mm; top: {top}mm; }}
h1 {{ font-size: 40pt; margin: 70mm 20mm 4mm; color: #20272c; }} p {{ margin: 0 20mm 2mm; font-size: 12pt; }}
h2 {{ margin: 0 20mm 6mm; color: #20272c; }}
.part {{ font-weight: 600; margin-top: 3mm; color: #20272c; break-after: avoid; }}
.line {{ display: flex; justify-content: space-between; font-size: 10.5pt; margin-bottom: 1mm; }}
</style>{body}"""


def order():
    """Yield ``(caption of the part, path of the page)`` in the book's order."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    yield "", toc["root"]
    for part in toc["parts"]:
        for chapter in part["chapters"]:
            yield part["caption"], chapter["file"]


class Printer:
    """A browser that prints pages of the site and sheets of one's own."""

    def __init__(self, playwright, site):
        self.playwright, self.site, self.browser = playwright, site, None

    async def print(self, address, prepare, **how):
        """Return what ``prepare`` says of a page, and its PDF; a print that does not end is tried again in a new browser."""
        for _ in range(TRIES):
            if self.browser is None:
                path = next(filter(None, map(shutil.which, BROWSERS)), None)
                if path is None:
                    sys.exit("No browser: install chromium.")
                self.browser = await self.playwright.chromium.launch(executable_path=path, args=FLAGS)
            try:
                return await asyncio.wait_for(self.once(address, prepare, how), PATIENCE)
            except TimeoutError:
                await self.close()
        sys.exit(f"{address} was not printed in {PATIENCE} s, {TRIES} times.")

    async def once(self, address, prepare, how):
        page = await self.browser.new_page(color_scheme="light", reduced_motion="reduce")
        await page.emulate_media(media="print")
        await page.goto(address)
        said = await prepare(page)
        await page.evaluate(LOADED)
        printed = await page.pdf(format="A4", prefer_css_page_size=True, **how)
        await page.close()
        return said, PdfReader(io.BytesIO(printed))

    async def close(self):
        browser, self.browser = self.browser, None
        if browser is not None:
            await browser.close()

    async def page(self, name):
        """Return title and PDF of a page of the site."""

        async def prepare(page):
            return await page.evaluate(PREPARE, LOOK)

        title, reader = await self.print((self.site / f"{name}.html").as_uri(), prepare, outline=True, tagged=True)
        return " ".join(title.split()), reader

    async def sheets(self, body, size=(595, 842)):
        """Return the PDF of sheets that are written here."""
        width, height = size
        fonts = (self.site / "_static" / "fonts").as_uri()
        top, side = (11, 20) if height > width else (5, 8)
        text = SHEET.format(fonts=fonts, width=width, height=height, top=top, side=side, body=body)

        async def prepare(page):
            await page.set_content(text)

        # Any page of the site will do: only one from the disk may ask for fonts there.
        _, reader = await self.print((self.site / "search.html").as_uri(), prepare)
        return reader


def contents(printed, starts, first):
    """Write the title page and the contents."""
    from release import TAGLINE, facts  # one of the extensions, which Sphinx finds by itself

    told = facts(ROOT)
    lines, part = [], ""
    for (caption, _, title, _), start in zip(printed, starts, strict=True):
        if caption != part:
            lines.append(f'<p class="part">{html.escape(caption)}</p>')
            part = caption
        lines.append(f'<p class="line"><span>{html.escape(title)}</span><span>{start + first}</span></p>')
    said = (
        f"{TAGLINE[0].upper()}{TAGLINE[1:]}.",
        f"Version {told['version']}, {told['date']}",
        "Code: BSD-3-Clause. Text and figures: CC BY 4.0.",
    )
    cover = f"<section style='height:841pt'><h1>lossbook</h1>{''.join(f'<p>{line}</p>' for line in said)}</section>"
    return f"{cover}<nav><h2>Contents</h2>{''.join(lines)}</nav>"


def places(reader, start):
    """Return the place of each anchor of a printed page, as (number of the page in the book, height)."""
    found = {}
    for name, destination in reader.named_destinations.items():
        number = reader.get_destination_page_number(destination)
        if number is not None and number >= 0:
            found[unquote(str(name).lstrip("/"))] = start + number, float(destination.top or 0)
    return found


def goto(writer, number, top):
    """Return a destination that a link can have."""
    page = writer.pages[number].indirect_reference
    return ArrayObject([page, NameObject("/XYZ"), NullObject(), FloatObject(top), NullObject()])


def mend_links(writer, site, names, starts, anchors, counts):
    """Lead the links between pages of the site to the pages of the book; drop those that lead to other files of it."""
    base = f"{site.as_uri()}/"
    for name, start, count in zip(names, starts, counts, strict=True):
        for page in writer.pages[start : start + count]:
            kept = ArrayObject()
            for reference in page.get("/Annots", ArrayObject()):
                annotation = reference.get_object()
                if (target := aim(annotation, name, base)) is None:
                    kept.append(reference)
                    continue
                to, anchor = target
                if to not in anchors or tiny(annotation):
                    continue
                number, top = anchors[to].get(anchor, anchors[to][""])
                annotation.pop("/A", None)
                annotation[NameObject("/Dest")] = goto(writer, number, top)
                kept.append(reference)
            page[NameObject("/Annots")] = kept


def tiny(annotation):
    """Whether a link is one of those that PREPARE added."""
    left, bottom, right, top = map(float, annotation["/Rect"])
    return abs(top - bottom) < 3 and abs(right - left) < 3


def aim(annotation, name, base):
    """Return the page of the site and the anchor to which a link leads, or None for one that leaves the book."""
    if "/Dest" in annotation:
        return name, unquote(str(annotation["/Dest"]).lstrip("/"))
    address = str(annotation.get("/A", DictionaryObject()).get("/URI", ""))
    if not address.startswith(base):
        return None
    parts = urlsplit(address[len(base) :])
    return parts.path.removesuffix(".html"), unquote(parts.fragment)


async def number_pages(writer, printer, titles):
    """Write running heads and numbers upon the pages, those of one size at a time."""
    sizes = {}
    for number, title in titles.items():
        box = writer.pages[number].mediabox
        sizes.setdefault((round(float(box.width)), round(float(box.height))), []).append((number, title))
    for (width, height), pages in sizes.items():
        body = "".join(
            HEAD.format(width=width, height=height - 1, title=html.escape(title), number=number + 1)
            for number, title in pages
        )
        heads = await printer.sheets(body, (width, height))
        for (number, _), head in zip(pages, heads.pages[: len(pages)], strict=True):
            writer.pages[number].merge_page(head)
            writer.pages[number].compress_content_streams()


async def compose(printer, printed):
    """Put the printed pages together: title, contents, chapters with outline, links, heads."""
    counts = [len(reader.pages) for *_, reader in printed]
    starts = [sum(counts[:n]) for n in range(len(counts))]
    front = await printer.sheets(contents(printed, starts, 0))
    front = await printer.sheets(contents(printed, starts, len(front.pages) + 1))
    starts = [start + len(front.pages) for start in starts]
    writer, anchors, part, above = PdfWriter(), {}, "", None
    writer.append(front, import_outline=False)
    for (caption, name, title, reader), start in zip(printed, starts, strict=True):
        writer.append(reader, import_outline=False)
        anchors[name] = {"": (start, float(reader.pages[0].mediabox.height)), **places(reader, start)}
        if caption != part:
            part, above = caption, writer.add_outline_item(title=caption, page_number=start)
        chapter = writer.add_outline_item(title=title, page_number=start, parent=above)
        outline(writer, reader, reader.outline, chapter, start)
    mend_links(writer, printer.site, [name for _, name, *_ in printed], starts, anchors, counts)
    heads = {s + n: t for (_, _, t, _), s, c in zip(printed, starts, counts, strict=True) for n in range(c)}
    await number_pages(writer, printer, heads)
    writer.add_metadata({"/Title": "lossbook", "/Author": "the lossbook authors"})
    writer.compress_identical_objects()
    return writer


def outline(writer, reader, items, parent, start, depth=0):
    """Copy the headings of a page below its title, two levels of them."""
    last = parent
    for item in items:
        if isinstance(item, list):
            # The first level is the title itself.
            outline(writer, reader, item, parent if depth == 0 else last, start, depth + 1)
        elif depth:
            number = start + reader.get_destination_page_number(item)
            last = writer.add_outline_item(title=once(item.title), page_number=number, parent=parent)


def once(title):
    """Return a heading as it is; Chromium says those twice that it moved to the next page."""
    half = len(title) // 2
    return title[:half] if title[:half] == title[half:] else title


def link(site):
    """Let the footers of the site's pages lead to the PDF."""
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        if ROOM in text:
            above = "../" * (len(path.relative_to(site).parts) - 1)
            path.write_text(text.replace(ROOM, f'<a href="{above}{PDF}">The whole book as PDF</a>'), encoding="utf-8")


async def book(wanted=(), site=SITE):
    """Return the book, or the wanted pages of it, and the seconds that each page took."""
    pages = [(part, name) for part, name in order() if not wanted or name in wanted]
    async with async_playwright() as playwright:
        printer, printed, took = Printer(playwright, site), [], {}
        for part, name in pages:
            start = time.perf_counter()
            printed.append((part, name, *await printer.page(name)))
            took[name] = time.perf_counter() - start
        writer = await compose(printer, printed)
        await printer.close()
    return writer, took


def main():
    start, wanted = time.perf_counter(), sys.argv[1:]
    writer, took = asyncio.run(book(wanted))
    writer.write(SITE / PDF)
    link(SITE)
    slowest = max(took, key=took.get)
    print(
        f"{len(writer.pages)} pages in {time.perf_counter() - start:.0f} s ({slowest}: {took[slowest]:.0f} s):"
        f" {(SITE / PDF).relative_to(ROOT)}"
    )


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tools" / "sphinx_ext"))
    main()
