"""What a page has to fulfil. Each check returns the faults that it finds, as sentences; none is good.

Checks of a `Page` read its file; checks of a `Visit` judge what a browser noted.
"""

import html
import itertools
import posixpath
import re
from urllib.parse import unquote, urlsplit

import pypdf
import pypdfium2
from browsing import SHIFT_LIMIT, moved

KILOBYTE, MEGABYTE = 1_000, 1_000_000
# The heaviest chapter has .7 of its own (formulas for eyes and for screen readers, figures), and .4 of styles, scripts and fonts.
PAGE_LIMIT = 1.1 * MEGABYTE
SLIDER_LIMIT = 60 * KILOBYTE
GRAVE = {"serious", "critical"}
#: TeX or MyST that no one turned into anything.
RAW = re.compile(r"\$\$|\\[()\[\]]|\\[A-Za-z]{2,}|(?<![\w$])\$[^$\n]{1,200}\$(?!\w)|\{[a-z][a-z:_-]*\}`|`{3}|:{3}")
EXTERNAL = ("http", "https", "mailto")
#: What a browser fetches by itself: tag, and the attribute that holds the address.
FETCHED = {
    "img": "src", "script": "src", "source": "src", "video": "src", "audio": "src", "iframe": "src", "embed": "src",
    "object": "data", "track": "src", "input": "src",
}  # fmt: skip
#: The relations of <link> that make a browser ask for something; others only say where things are.
ASKING = {"stylesheet", "preload", "prefetch", "preconnect", "dns-prefetch", "modulepreload", "icon", "manifest",
          "prerender", "apple-touch-icon", "shortcut"}  # fmt: skip


# ---- files ----------------------------------------------------------------------------------------


def fault_of(site, base, address, *, anchor=True):
    """Return what is wrong with an address that stands in the file ``base``, or None."""
    parts = urlsplit(address)
    if parts.scheme in ("data", "javascript"):
        return f"{address!r} is a script" if parts.scheme == "javascript" else None
    if parts.scheme or parts.netloc:
        good = parts.scheme in EXTERNAL and (parts.netloc or parts.scheme == "mailto")
        return None if good else f"{address!r} is not a web address"
    if parts.path.startswith("/"):
        return f"{address!r} depends on where the site is put"
    target = posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(parts.path))) if parts.path else base
    if not (site.root / target).is_file():
        return f"{address!r} leads to no file"
    fragment = unquote(parts.fragment)
    if anchor and fragment and target.endswith(".html") and fragment not in site.ids(target):
        return f"{address!r} leads to no anchor in {target}"
    return None


def broken_links(page):
    """Every link, and every anchor that one points to, exists; links that leave are web addresses."""
    found = [tag["href"] for tag in page.soup.select("a[href], area[href]")]
    for tag in page.soup.select('meta[http-equiv="Refresh" i]'):
        found.append(tag["content"].partition("url=")[2])
    form = [tag["action"] for tag in page.soup.select("form[action]")]
    faults = (fault_of(page.site, page.path, address.strip()) for address in dict.fromkeys(found + form))
    return [fault for fault in faults if fault]


def fetched(page):
    """Return the addresses that a browser asks for when it opens the page."""
    for name, attribute in FETCHED.items():
        for tag in page.soup.find_all(name, attrs={attribute: True}):
            yield tag[attribute]
    for tag in page.soup.find_all(srcset=True):
        yield from (part.split()[0] for part in tag["srcset"].split(",") if part.strip())
    for tag in page.soup.find_all("link", href=True):
        if ASKING & set(tag.get("rel", ())):
            yield tag["href"]
    for tag in page.soup.find_all(["image", "use", "feImage"]):
        yield from (tag[key] for key in ("href", "xlink:href") if key in tag.attrs)
    styles = [tag.get_text() for tag in page.soup.find_all("style")] + [
        t["style"] for t in page.soup.find_all(style=True)
    ]
    yield from css_addresses(" ".join(styles))


def css_addresses(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    for match in re.finditer(r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"']*))\s*\)|@import\s+["']([^"']+)["']""", text):
        address = next(filter(None, match.groups()), "").strip()
        if address and not address.startswith(("#", "data:")):
            yield address


def missing_files(page):
    """Whatever a page fetches is a file of the site; so is what its style sheets fetch."""
    site, faults = page.site, []
    for address in dict.fromkeys(a.strip() for a in fetched(page)):
        parts = urlsplit(address)
        if parts.scheme == "data" or address.startswith("#"):
            continue
        if parts.scheme or parts.netloc:
            faults.append(f"{address!r} is asked of the network")
            continue
        fault = fault_of(site, page.path, address, anchor=False)
        if fault:
            faults.append(fault)
        elif parts.path.endswith(".css"):
            sheet = posixpath.normpath(posixpath.join(posixpath.dirname(page.path), unquote(parts.path)))
            faults += missing_from_sheet(site, sheet)
    return faults


def missing_from_sheet(site, sheet):
    faults = []
    for address in css_addresses((site.root / sheet).read_text(encoding="utf-8")):
        if urlsplit(address).scheme or address.startswith("//"):
            faults.append(f"{sheet}: {address!r} is asked of the network")
        elif fault := fault_of(site, sheet, address, anchor=False):
            faults.append(f"{sheet}: {fault}")
    return faults


def repeated_anchors(page):
    """No anchor stands twice in a page, or links to it lead to the first alone."""
    ids = page.site.ids(page.path)
    return [f"the anchor {name!r} stands {ids.count(name)} times" for name in dict.fromkeys(ids) if ids.count(name) > 1]


def raw_source(page):
    """No TeX and no MyST is left in what is read, seen or spoken."""
    spoken = [
        tag[key]
        for key in ("alt", "title", "aria-label", "aria-valuetext")
        for tag in page.soup.find_all(attrs={key: True})
    ]
    spoken += [tag.get("content", "") for tag in page.soup.select('meta[name="description"], meta[property]')]
    if page.soup.title:
        spoken.append(page.soup.title.get_text())
    found = []
    for text in page.prose + spoken:
        if match := RAW.search(text):
            around = " ".join(text[max(0, match.start() - 30) : match.end() + 30].split())
            found.append(f"{match[0]!r} is left in {around!r}")
    return found


def formula_faults(page):
    """Formulas were laid out when the site was built: a chapter has some, none is left over, no script does it."""
    soup, faults = page.soup, []
    if page.is_chapter and not soup.select(".katex"):
        faults.append("the chapter has no formula")
    faults += [f"KaTeX rejected {tag.get_text()!r}" for tag in soup.select(".katex-error")]
    faults += [f"{tag.get_text()[:60]!r} was not laid out" for tag in soup.select(".math") if not tag.select(".katex")]
    for script in soup.find_all("script"):
        if "mathjax" in (script.get("src", "") + script.get_text()).lower():
            faults.append("MathJax is in the page")
    return faults


def image_faults(page):
    """An image states its size, so that nothing jumps, and says in words what it shows."""
    faults = []
    for image in page.soup.find_all("img"):
        name = posixpath.basename(image.get("src", ""))
        style = image.get("style", "")
        for side in ("width", "height"):
            if not (re.fullmatch(r"\d+", image.get(side, "")) or re.search(rf"(?<![\w-]){side}\s*:\s*\d", style)):
                faults.append(f"{name} states no {side}")
        faults += alt_faults(image, name, required=page.article is not None and page.article in image.parents)
    return faults


def alt_faults(image, name, *, required):
    alt = image.get("alt")
    if alt is None:
        return [f"{name} has no alt text"]
    if not required:
        return []
    if len(alt.split()) < 5 or re.search(r"\.(svg|png|jpe?g)$", alt.strip()):
        return [f"the alt text {alt!r} of {name} does not say what it shows"]
    return []


def figure_faults(page):
    """Every figure has a caption and a number; a slider figure also says what it shows."""
    if page.article is None:
        return []
    faults = []
    for figure in page.article.find_all("figure"):
        name = figure.get("id") or str(figure)[:60]
        caption = figure.find("figcaption")
        if caption is None or len(caption.get_text().split()) < 4:
            faults.append(f"the figure {name} has no caption")
        elif not re.match(r"(Fig\.?|Figure)\s*\d", caption.get_text().strip()):
            faults.append(f"the figure {name} has no number")
    for drawn in page.article.select("img, .lb-slider, .lb-figure"):
        if drawn.find_parent("figure") is None and page.is_chapter:
            faults.append(f"{str(drawn)[:80]} stands in no figure")
    for slider in page.sliders:
        if slider.get("role") != "group" or len(slider.get("aria-label", "").split()) < 5:
            faults.append(f"the slider figure {slider.get('id')} does not say what it shows")
    for drawn in page.article.select(".lb-figure"):
        if drawn.get("role") != "img":
            faults.append(f"{str(drawn)[:80]} is no image to a screen reader")
        faults += alt_faults({"alt": drawn.get("aria-label")}, "a figure", required=True)
    return faults


def heading_faults(page):
    """One title, and no level left out below it."""
    if page.article is None:
        return []
    levels = [int(tag.name[1]) for tag in page.article.find_all(re.compile(r"^h[1-6]$"))]
    faults = [] if levels.count(1) == 1 else [f"the page has {levels.count(1)} titles"]
    if levels and levels[0] != 1:
        faults.append(f"the first heading is of level {levels[0]}")
    for above, below in itertools.pairwise(levels):
        if below > above + 1:
            faults.append(f"a heading of level {below} follows one of level {above}")
    return faults


def head_faults(page):
    """A page states its language, its title and what it is about."""
    soup, faults = page.soup, []
    if page.is_redirect:
        return faults
    if not (soup.html and re.fullmatch(r"[a-z]{2}(-\w+)?", soup.html.get("lang", ""))):
        faults.append("the page states no language")
    if not (soup.title and soup.title.get_text().strip()):
        faults.append("the page has no title")
    descriptions = [tag.get("content", "").strip() for tag in soup.select('meta[name="description"]')]
    if len(descriptions) != 1 or not descriptions[0]:
        faults.append(f"the page has {len([d for d in descriptions if d])} descriptions")
    return faults


def preview_faults(page):
    """Where a page is shared, it shows a title, whole sentences and a picture, which is in the site."""
    if page.is_redirect:
        return []
    told = {tag["property"]: tag.get("content", "") for tag in page.soup.select("meta[property]")}
    faults = [f"the preview has no {name}" for name in ("og:title", "og:description", "og:image") if not told.get(name)]
    said = told.get("og:description", "")
    if said and not re.search(r"[.?!]$", said):
        faults.append(f"the description {said!r} ends within a sentence")
    picture = told.get("og:image", "")
    if picture and not urlsplit(picture).scheme and (fault := fault_of(page.site, page.path, picture)):
        faults.append(fault)
    return faults


def repeated_titles(site):
    """Tabs and bookmarks are told apart by the title."""
    seen = {}
    for path in site.paths():
        page = site.page(path)
        if not page.is_redirect and (title := re.search(r"<title>(.*?)</title>", page.text, re.S)):
            seen.setdefault(html.unescape(title[1]).strip(), []).append(path)
    return [f"{' and '.join(paths)} share the title {title!r}" for title, paths in seen.items() if len(paths) > 1]


def heavy_sliders(page):
    """A slider figure is small: all of its frames together."""
    faults = []
    for slider in page.sliders:
        size = len(html.unescape(str(slider)).encode())
        if size > SLIDER_LIMIT:
            faults.append(f"the slider figure {slider.get('id')} has {size / KILOBYTE:.0f} kB")
    return faults


# ---- visits ---------------------------------------------------------------------------------------


def foreign_requests(visit):
    return [f"asked the network for {address}" for address in dict.fromkeys(visit.foreign)]


def errors(visit):
    broken = dict.fromkeys(source for facts in visit.facts.values() for source in facts["broken"])
    return [*visit.errors, *visit.failed, *(f"{source} is no image" for source in broken)]


def wrong_mode(visit):
    found = {(mode, facts["theme"]) for (mode, _), facts in visit.facts.items()}
    return [f"the reader asked for {mode}, the page is {theme}" for mode, theme in sorted(found) if mode != theme]


def grave_violations(visit):
    return [
        f"{v['impact']}, {v['mode']}: {v['help']} ({v['rule']})" + "".join(f"\n    {node}" for node in v["nodes"])
        for v in visit.violations
        if v["impact"] in GRAVE
    ]


def layout_shift(visit):
    total = moved(visit.shifts)
    if total < SHIFT_LIMIT:
        return []
    return [f"what was on the screen moved by {total:.3f}:"] + [f"    {v:.3f} {who}" for v, who in visit.shifts]


def weight(visit):
    total = sum(visit.loaded.values())
    if total <= PAGE_LIMIT:
        return []
    largest = sorted(visit.loaded.items(), key=lambda item: -item[1])[:5]
    return [
        f"{total / MEGABYTE:.2f} MB were loaded, most of it " + ", ".join(f"{n} ({s // 1000} kB)" for n, s in largest)
    ]


def out_of_reach(visit):
    """Nothing but what scrolls inside itself is wider than the window, and nothing is cut off."""
    faults = []
    for (_, state), facts in visit.facts.items():
        there, room = facts["sideways"]
        if there > room:
            faults.append(f"the {state} page is {there} pixels wide, the window {room}")
        faults += facts["unreachable"]
    return list(dict.fromkeys(faults))


def flat_formulas(visit):
    """Formulas have their size, their style sheet and their fonts."""
    faults = []
    for facts in visit.facts.values():
        faults += [f"KaTeX rejected {name}" for name in facts["rejected"]]
        faults += [f"no room for {name}" for name in facts["flat"]]
        faults += [f"shown twice: {name}" for name in facts["doubled"][:3]]
        if facts["formulas"] and not any(name.startswith("KaTeX_") for name in facts["fonts"]):
            faults.append("KaTeX's fonts were not loaded")
    return list(dict.fromkeys(faults))


# ---- paper ----------------------------------------------------------------------------------------


def printed_beyond(path, margin=20):
    """Every letter of a PDF stands on its page, with room (in points) to the edges at its sides and below."""
    faults = []
    for number, page in enumerate(pypdfium2.PdfDocument(path), 1):
        (width, _), text = page.get_size(), page.get_textpage()
        for n in range(text.count_rects()):
            left, bottom, right, top = text.get_rect(n)
            if right - left > 1 and (left < margin or right > width - margin or bottom < margin):
                said = text.get_text_bounded(left, bottom, right, top)[:60]
                faults.append(f"page {number}: {said!r} reaches from {left:.0f} to {right:.0f} of {width:.0f}")
    return faults


def printed_smaller(path):
    """No page was printed smaller because something in it is too wide for paper: Chromium's scale is the same everywhere."""
    found = {}
    for number, page in enumerate(pypdf.PdfReader(path).pages, 1):
        start = page.get_contents().get_data()[:600].decode("latin1")
        if scale := re.search(r"re\s+W\*? n\s+q\s+([\d.]+) 0 0 [\d.]+ ", start):
            found[number] = float(scale[1])
    whole = 300 / 96  # it draws 300 dots an inch, of 96 pixels
    return [f"page {n} is printed at {s / whole:.0%}" for n, s in found.items() if s < 0.99 * whole]
