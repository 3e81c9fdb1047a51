"""Write formulas, figures and code in fewer bytes: they are most of a chapter's page.

KaTeX gives each element of a formula some classes and a style. Here the rules of its style sheet that apply to an element
are looked up when the site is built, and elements of the same looks share one class of a letter or two, which the page's
own style sheet declares. An element that no rule is about is taken away, its contents stay. The styles of figures are
shared in the same way.
"""

import base64
import io
import itertools
import re
import string
from collections import Counter
from functools import cache

from PIL import Image

#: Class names by which something besides KaTeX's style sheet finds a formula's parts.
KNOWN = {"katex", "katex-display", "katex-html", "katex-mathml"}
LETTERS = string.ascii_letters
OPENING = '<span class="katex-html" aria-hidden="true">'
#: A formula's elements in the page: an ``i`` is shorter than a span, and means as little where nobody is read to.
TAG = "i"
SPAN = re.compile(r"<(/?)span\b[^>]*>")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
COMPOUND = re.compile(r"(span|svg|\*)?((?:\.[\w-]+)*)(?::not\(\.([\w-]+)\))?")


def compounds(selector):
    """Return a selector as [(combinator, element, classes, class that must not be)], or None if it has anything else."""
    found, combinator = [], ""
    for part in re.findall(r">|[^\s>]+", selector):
        if part == ">":
            combinator = ">"
            continue
        match = COMPOUND.fullmatch(part)
        if match is None:
            return None
        found.append((combinator, match[1] or "", frozenset(match[2].split(".")[1:]), match[3]))
        combinator = " "
    return found


def parsed(css):
    """Split the style sheet into rules for the insides of formulas, and the text of all others.

    A rule is (specificity, order, compounds, declarations).
    """
    rules, others = [], re.findall(r"@[\w-]+\{[^{}]*\}", css)
    css = re.sub(r"/\*.*?\*/|@[\w-]+\{[^{}]*\}", "", css, flags=re.S)
    for order, match in enumerate(RULE.finditer(css)):
        for selector in match[1].split(","):
            parts = compounds(selector.strip())
            inside = parts and (not parts[-1][2] <= KNOWN or parts[-1][1] == "span")
            if inside:
                weight = sum(len(classes) + bool(no) for _, _, classes, no in parts), sum(bool(p[1]) for p in parts)
                rules.append((weight, order, parts, match[2].strip("; ")))
            else:
                others.append(f"{selector.strip()}{{{match[2]}}}")
    return rules, "\n".join(others)


def matches(parts, chain):
    """Whether a selector is about the last element of a chain of elements, each the frozenset of its classes."""
    *above, (combinator, element, classes, no) = parts
    last = chain[-1]
    if element == "svg" or not classes <= last or (no and no in last):
        return False
    if not above:
        return True
    if combinator == ">":
        return len(chain) > 1 and matches(above, chain[:-1])
    return any(matches(above, chain[:n]) for n in range(len(chain) - 1, 0, -1))


class Sheet:
    """KaTeX's style sheet, and what it says of an element."""

    def __init__(self, css):
        self.rules, self.rest = parsed(css)
        self.of = cache(self.of)

    def of(self, chain):
        """Return the declarations for the last element of a chain, those that outrank others last."""
        found = [(weight, order, told) for weight, order, parts, told in self.rules if matches(parts, chain)]
        return [told for *_, told in sorted(found)]


def declared(told, style):
    """Return declarations as one text, each property once, as the last one has it."""
    last = {}
    for declaration in itertools.chain(";".join(told).split(";"), style.split(";")):
        name, _, value = declaration.partition(":")
        if value:
            last.pop(name.strip(), None)
            last[name.strip()] = value.strip()
    return ";".join(f"{name}:{value}" for name, value in last.items())


def layouts(page):
    """Yield the pieces of a page: (whether it is the layout of a formula, text)."""
    at = 0
    while (start := page.find(OPENING, at)) >= 0:
        yield False, page[at:start]
        depth = 0
        for tag in SPAN.finditer(page, start):
            depth += -1 if tag[1] else 1
            if depth == 0:
                at = tag.end()
                break
        yield True, page[start:at]
    yield False, page[at:]


def looked_up(html, sheet):
    """Return a layout as a list of texts and, for an opening tag, of the declarations that it stands for."""
    pieces, chain, kept = [OPENING], [frozenset({"katex"}), frozenset({"katex-html"})], []
    for piece in re.split(r"(<span\b[^>]*>|</span>)", html[len(OPENING) : -len("</span>")]):
        if piece.startswith("<span"):
            classes = re.search(r' class="([^"]*)"', piece)
            style = re.search(r' style="([^"]*)"', piece)
            chain.append(frozenset(classes[1].split() if classes else ()))
            told = declared(sheet.of(tuple(chain)), style[1] if style else "")
            kept.append(bool(told))
            if told:
                pieces.append((told,))
        elif piece == "</span>":
            chain.pop()
            if kept.pop():
                pieces.append(f"</{TAG}>")
        elif piece:
            pieces.append(piece)
    return [*pieces, "</span>"]


def names(counts, taken):
    """Give each of the counted things a name, the shortest to the most frequent."""
    free = (a + b for a, b in itertools.chain(((a, "") for a in LETTERS), itertools.product(LETTERS, repeat=2)))
    return dict(
        zip(sorted(counts, key=lambda told: (-counts[told], told)), (n for n in free if n not in taken), strict=False)
    )


def packed(picture):
    """Return a PNG picture in fewer bytes. In the notebooks it is not compressed, since compression differs from machine to machine."""
    kept = io.BytesIO()
    Image.open(io.BytesIO(base64.b64decode(picture[1]))).save(kept, "PNG", optimize=True)
    return f"data:image/png;base64,{min(picture[1], base64.b64encode(kept.getvalue()).decode(), key=len)}"


def stepped(path):
    """Return a path of lines between points of one decimal as steps from point to point, which are shorter; another path as it is."""
    if not re.fullmatch(r"(?:[ML] -?\d+\.\d -?\d+\.\d *|z *)+", path[1]):
        return path[0]
    said, here, start = [], (0, 0), (0, 0)
    for command, x, y in re.findall(r"(z|[ML](?= (\S+) (\S+)))", path[1]):
        if command == "z":
            said.append("z")
            here = start
            continue
        there = tuple(int(number.replace(".", "")) for number in (x, y))  # in tenths
        if command == "M":
            said.append("M" + joined(there))
            start = there
        else:
            step = joined([b - a for a, b in zip(here, there, strict=True)])
            # A step after a step needs no letter of its own, and no blank before a sign.
            follows = said[-1] != "z" and said[-1][0] != "M"
            said.append(("" if step[0] == "-" else " ") + step if follows else f"l{step}")
        here = there
    return f' d="{"".join(said)}"'


def joined(tenths):
    """Write two numbers, given in tenths, as short as a path may have them."""
    first, second = (re.sub(r"^(-?)0\.", r"\1.", f"{number / 10:.1f}").removesuffix(".0") or "0" for number in tenths)
    return first + ("" if second[0] == "-" or (second[0] == "." and "." in first) else " ") + second


def figure(text):
    """Return a figure as a list of texts and of the styles of its elements."""
    if "<text" not in text:
        text = re.sub(r"\s*(/?>)\s*", r"\1", text)
    # What a colour falls back to is for those who see the file alone.
    text = re.sub(r"var\((--fig-\w+),[^()]*\)", r"var(\1)", text)
    text = re.sub(r' d="([^"]*)"', stepped, text)
    text = re.sub(r"data:image/png;base64,([\w+/=]+)", packed, text).replace("-DejaVuSans-", "-")
    pieces = re.split(r'(?<=[\w"]) style="([^"]*)"', text)
    return [piece if n % 2 == 0 else ("svg", declared([], piece)) for n, piece in enumerate(pieces)]


def pieces_of(page, sheet):
    """Yield texts of the page, and lists of texts and of what a shared class is to declare."""
    for formula, text in layouts(page):
        if formula:
            yield looked_up(text, sheet)
            continue
        for n, part in enumerate(
            re.split(r'(<svg\b(?: class="lb-figure"| width="[\d.]+pt").*?</svg>)', text, flags=re.S)
        ):
            yield figure(part) if n % 2 else part


def compact_code(page):
    """Name the parts of code, of which Pygments makes spans, by shorter elements."""

    def shorter(listing):
        return re.sub(r'<span class="(\w+)">([^<]*)</span>', rf"<{TAG} class=\1>\2</{TAG}>", listing[0])

    return re.sub(r'<div class="highlight"><pre>.*?</pre>', shorter, page, flags=re.S)


def unquoted(tag):
    """Return the opening of a formula, or of one of its two forms, without the marks that HTML does not ask for."""
    return f"{tag[1]}{tag[2]}{' aria-hidden=true' if tag[3] else ''}>"


def compact(page, sheet, taken=frozenset()):
    """Return a page with compact formulas, figures and code, and a style sheet for them; ``taken`` are names with another meaning."""
    pieces = list(pieces_of(compact_code(page), sheet))
    counts = Counter(
        piece for found in pieces if isinstance(found, list) for piece in found if isinstance(piece, tuple)
    )
    name = names(counts, taken)

    def written(found):
        if found and any(isinstance(p, tuple) and p[0] == "svg" for p in found):
            return "".join(f" class={name[p]} " if isinstance(p, tuple) else p for p in found)
        return "".join(f"<{TAG} class={name[p]}>" if isinstance(p, tuple) else p for p in found)

    text = "".join(written(found) if isinstance(found, list) else found for found in pieces)
    text = re.sub(r'(<span class=)"(katex(?:-\w+)?)"(?: aria-hidden="(true)")?>', unquoted, text)
    rules = "".join(f"{'.lb-figure ' if told[0] == 'svg' else TAG}.{name[told]}{{{told[-1]}}}" for told in name)
    return text.replace(
        "</head>", f"<style>:is(.katex,.highlight) {TAG}{{font-style:inherit}}{rules}</style>\n</head>", 1
    )
