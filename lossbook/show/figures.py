"""The book's figures: one style for Matplotlib, and figures that a reader moves.

A figure is SVG whose colours are CSS custom properties, ``var(--fig-loss, #233eff)``: the book's style sheet gives each of
them one value for light pages and one for dark ones, and what knows no style sheet, such as Jupyter, uses the value after
the comma. A colour therefore has a name, which says what it stands for, in every chapter the same:

============  ==============================================================================
loss          the loss of the chapter: its value, or a family of its curves
variant       another form of the same loss
slope         a gradient or a pull, and the tangent that shows it
curvature     a second derivative
prediction    what the model says, and what the reader moves
target        what it is compared with: labels, the reference distribution, the true mask
positive      the positive class, the foreground (also ``foreground``)
negative      the negative class, the background (also ``background``)
reference     guides: thresholds, diagonals, bounds (also ``other``)
ink           text and axes
============  ==============================================================================

``other`` is the loss that one would have used otherwise; it alone is dashed. ``ours`` is ``loss`` and ``theirs`` is
``other``. In Matplotlib the names are colours: ``ax.plot(x, y, color="slope")``; a moving figure takes ``colour="slope"``.
Curves that differ in a parameter have one colour and are told apart by their labels, which stand where they run.

Everything here writes the same bytes on every run, so that a stored figure can be compared with a fresh one.
"""

import base64
import hashlib
import html
import io
import json
import re
import struct
import weakref
import xml.etree.ElementTree as ET
import zlib
from itertools import product

import matplotlib as mpl
import numpy as np
from IPython.display import HTML, display
from matplotlib import patheffects
from matplotlib import pyplot as plt

#: The colours on a light page. The style sheet has them too, and those of dark pages.
PALETTE = {
    "loss": "#233eff",
    "variant": "#007ea5",
    "slope": "#0d5639",
    "curvature": "#9e43d7",
    "prediction": "#e70d20",
    "target": "#612368",
    "positive": "#747421",
    "negative": "#283293",
    "reference": "#62777a",
    "ink": "#20272c",
    "paper": "#ffffff",
}
ALIASES = {
    "foreground": "positive",
    "background": "negative",
    "ours": "loss",
    "other": "reference",
    "theirs": "reference",
}
_NAMES = {value: name for name, value in PALETTE.items()}
mpl.colors.get_named_colors_mapping().update(PALETTE | {alias: PALETTE[name] for alias, name in ALIASES.items()})

STYLE = {
    "figure.constrained_layout.use": True,
    # Points, as SVG has them: what is measured before saving is then what is saved.
    "figure.dpi": 72,
    "axes.prop_cycle": mpl.cycler(color=[PALETTE["loss"]]),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titlesize": 10,
    "grid.color": PALETTE["reference"],
    "grid.alpha": 0.3,
    "grid.linewidth": 0.6,
    "font.size": 10,
    "lines.linewidth": 1.8,
    "svg.fonttype": "path",
    "svg.hashsalt": "lossbook",
    "savefig.transparent": True,
} | dict.fromkeys(
    ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color", "patch.edgecolor"),
    PALETTE["ink"],
)
#: Where lines want their labels.
_WANTED = weakref.WeakKeyDictionary()
_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
ET.register_namespace("", _SVG)


def colour(role):
    """Return the name of the palette's colour for a role, or raise a ValueError that lists the roles."""
    name = ALIASES.get(role, role)
    if name not in PALETTE:
        raise ValueError(f"colour={role!r} is no role of the book's figures; use one of {', '.join(PALETTE | ALIASES)}")
    return name


def paint(role):
    """Return the CSS colour of a role."""
    name = colour(role)
    return f"var(--fig-{name},{PALETTE[name]})"


def subplots(columns=1, *, rows=1, height=2.8, **options):
    """Open a figure in the book's style.

    The panels of one row are lettered; a narrow page shows them one below the other, so that each needs all its ticks.
    """
    mpl.rcParams.update(STYLE)
    width = 4.6 if columns == 1 else 6.8
    figure, axes = plt.subplots(rows, columns, figsize=(width, height * rows), **options)
    if rows == 1 < columns:
        for letter, ax in zip("abcdef", axes, strict=False):
            ax.set_title(letter, loc="left", fontweight="bold")
            ax.tick_params(labelleft=True)
    return figure, axes


def show(figure):
    """Show a figure as SVG: its curves labelled where they run, its colours the palette's, its coordinates rounded."""
    figure.canvas.draw()
    for ax in figure.axes:
        if ax.get_legend():
            raise ValueError("the axes have a legend; leave it out: a line with a label is labelled where it runs")
        label_lines(ax)
    figure.canvas.draw()
    # What is measured must not move again.
    figure.set_layout_engine("none")
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    boxes = [ax.get_tightbbox() for ax in figure.axes]
    one_row = len({ax.get_subplotspec().rowspan.start for ax in figure.axes}) == 1
    plt.close(figure)
    text = _painted(_rounded(buffer.getvalue()))
    display({"image/svg+xml": _tidied(text, boxes if one_row else boxes[:1])}, raw=True)


def label_line(line, x):
    """Have a line's label written beside it at ``x``, and not where :func:`show` finds most room."""
    _WANTED[line] = x


def label_lines(ax):
    """Label every line of the axes that has a label; of a figure's panels each has its own."""
    for line in ax.get_lines():
        if not line.get_label().startswith("_"):
            _write_label(line, _WANTED.get(line))


def _write_label(line, x):
    ax, figure, text = line.axes, line.figure, line.get_label()
    label = ax.text(0, 0, text, color=line.get_color(), fontsize=9, ha="center", va="center")
    label.set_in_layout(False)
    extent = label.get_window_extent(figure.canvas.get_renderer())
    label.remove()
    size = np.array([extent.width, extent.height])
    own = _trace(line)
    if x is None:
        candidates = own[:: max(1, len(own) // 60)]
    else:
        at = ax.transData.transform((x, ax.get_ylim()[0]))[0]
        candidates = own[[np.argmin(abs(own[:, 0] - at))]]
    others = np.concatenate([_trace(other) for other in ax.get_lines() if other is not line] + [np.empty((0, 2))])
    boxes = [
        (np.array([(b.x0 + b.x1) / 2, (b.y0 + b.y1) / 2]), b.size) for b in (t.get_window_extent() for t in ax.texts)
    ]
    centre = _place(candidates, size, own, others, boxes, ax.bbox)
    # A label that stands upon its line, or upon another for want of room, is set off from it.
    halo = [patheffects.withStroke(linewidth=3, foreground=PALETTE["paper"])]
    crossed = _gap(np.concatenate([own, others]), centre, size) < 1
    return ax.text(
        *ax.transData.inverted().transform(centre),
        text,
        color=line.get_color(),
        fontsize=9,
        ha="center",
        va="center",
        path_effects=halo if crossed else None,
    )


def photograph(ax, image, mask=None, *, role="target"):
    """Show a photograph, and upon it a mask: tinted, with its outline."""
    if np.issubdtype(np.asarray(image).dtype, np.floating):
        # Rounded twice, like coordinates: see `_short`.
        image = np.round(np.round(255 * np.asarray(image), 6)).astype(np.uint8)
    ax.imshow(image, interpolation="none")
    ax.set_anchor("N")
    if mask is not None:
        levels = np.asarray(mask, float)
        ax.contourf(levels, levels=[0.5, 1.5], colors=[PALETTE[colour(role)]], alpha=0.4)
        for name, width in (("paper", 2.4), (role, 1.2)):
            ax.contour(levels, levels=[0.5], colors=[PALETTE[colour(name)]], linewidths=width)
    ax.set_axis_off()


def _trace(line):
    """Return closely spaced points of a line on the canvas; of markers alone, these."""
    xy = mpl.cbook.STEP_LOOKUP_MAP[line.get_drawstyle()](*np.asarray(line.get_xydata(), float).T)
    points = line.get_transform().transform(np.transpose(xy))
    points = points[np.isfinite(points).all(axis=1)]
    if line.get_linestyle() in ("None", "", " ") or len(points) < 2:
        return points
    (x0, y0), (x1, y1) = line.axes.bbox.get_points()
    # What lies far outside is pulled near first, or most points would be spent on it.
    trace = _dense(np.clip(points, (x0 - 99, y0 - 99), (x1 + 99, y1 + 99)), step=3.0, most=900)
    return trace[((trace >= (x0 - 1, y0 - 1)) & (trace <= (x1 + 1, y1 + 1))).all(axis=1)]


def _gap(points, centre, size):
    """Return how far the nearest of the points is from a box, in pixels; 0 within it."""
    if not len(points):
        return np.inf
    return np.hypot(*np.maximum(abs(points - centre) - size / 2, 0).T).min()


def _apart(boxes, centre, size):
    """Return how far the nearest of some boxes, given by centre and size, is from a box."""
    return min((_gap(at[None], centre, size + extent) for at, extent in boxes), default=np.inf)


def _place(candidates, size, own, others, boxes, frame):
    """Choose the centre of a label: near its own line and upon none, far from the others, within the frame."""
    reach = size / 2 + 3
    sides = [(0, 1), (0, -1), (1, 0), (-1, 0), (0.8, 1), (-0.8, 1), (0.8, -1), (-0.8, -1), (0, 0)]
    best = None
    for number, candidate in enumerate(candidates):
        # Where its line runs apart from the others, nobody takes the label for theirs.
        ahead = 3 * number / len(candidates) + min(_gap(others, candidate, 0 * size), 24.0)
        for side in sides:
            centre = candidate + reach * side
            beyond = np.maximum(reach - (centre - (frame.x0, frame.y0)), reach - ((frame.x1, frame.y1) - centre))
            to_texts = _apart(boxes, centre, size)
            mine, theirs = _gap(own, centre, size), _gap(others, centre, size)
            score = ahead + min(theirs, to_texts, 24.0) - 40 * max(beyond.max(), 0)
            score -= 100 * (theirs < 1.5) + 200 * (to_texts < 1.5) + 30 * (mine < 1) + 2 * max(mine - 4, 0)
            score = round(round(score, 6), 1)
            if best is None or score > best[0]:
                best = score, centre
    return best[1]


def _rounded(svg):
    """Round the coordinates of paths and positions; the scale of glyphs must stay as it is."""

    def shorten(match):
        return re.sub(r"-?\d+\.\d+", lambda n: f"{float(n.group()):.1f}".replace("-0.0", "0.0"), match.group())

    # The prologue and the metadata name a version and addresses; neither is part of the picture.
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.S)
    svg = re.sub(r'(?<=[ \n])(?:d="M [^"]*?"(?= clip-path| style)|(?:x|y|x1|x2|y1|y2)="[^"]*")', shorten, svg)
    return re.sub(r"[ \t]+\n", "\n", svg)


def _painted(svg):
    """Put the palette's properties in the place of its colours, and refuse all others."""

    def named(match):
        name = _NAMES.get(match[1].lower())
        if name is None:
            raise ValueError(f"a figure uses the colour {match[1]}; use a role of the palette: {', '.join(PALETTE)}")
        return paint(name)

    return re.sub(r"(?<=: )(#[0-9a-fA-F]{3,8})\b", named, svg)


def _tidied(svg, boxes):
    """Keep the ids that something refers to, made unique by a digest of the figure, and give each panel its own SVG.

    Sized by itself, a panel stays legible where a page has no room for two beside each other.
    """
    root = ET.fromstring(svg)
    for style in root.iter(f"{{{_SVG}}}defs"):
        # Matplotlib's style sheet would apply to the whole page.
        for child in style.findall(f"{{{_SVG}}}style"):
            style.remove(child)
    root.set("style", "stroke-linejoin:round;stroke-linecap:butt")
    mark = f"g{hashlib.sha1(svg.encode()).hexdigest()[:6]}"
    used = set(re.findall(r'url\(#([^)]*)\)|href="#([^"]*)"', svg))
    used = {first or second for first, second in used}
    panels = [g for g in root.iter(f"{{{_SVG}}}g") if re.fullmatch(r"axes_\d+", g.get("id", ""))]
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            if name == "id" and value not in used:
                del element.attrib[name]
            elif name == "id":
                element.set(name, f"{mark}-{value}")
            elif name == f"{{{_XLINK}}}href":
                del element.attrib[name]
                element.set("href", f"#{mark}-{value[1:]}" if value[0] == "#" else _stored(value))
            elif value.startswith("url(#"):
                element.set(name, f"url(#{mark}-{value[5:]}")
    if len(boxes) > 1:
        _split(root, panels, boxes)
    return ET.tostring(root, encoding="unicode") + "\n"


def _split(root, panels, boxes):
    height = float(root.get("viewBox").split()[3])
    top = min(height - box.y1 for box in boxes) - 2
    drawing = next(child for child in root if child.tag == f"{{{_SVG}}}g")
    for panel, box in zip(panels, boxes, strict=True):
        x, y, width, below = (_short(v) for v in (box.x0 - 2, top, box.width + 4, height - box.y0 - top + 2))
        attributes = {"x": x, "y": y, "width": width, "height": below, "viewBox": f"{x} {y} {width} {below}"}
        drawing.remove(panel)
        part = ET.SubElement(root, f"{{{_SVG}}}svg", attributes)
        part.append(panel)
    first = root.find(f"{{{_SVG}}}svg")
    for defs in root.findall(f"{{{_SVG}}}defs"):
        root.remove(defs)
        first.append(defs)
    root.remove(drawing)


def _stored(address):
    """Write a PNG again without compression, whose bytes depend on the library that compresses."""
    pixels = plt.imread(io.BytesIO(base64.b64decode(address.partition(",")[2])), format="png")
    pixels = np.round(255 * pixels[..., :3]).astype(np.uint8)
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    blocks = [rows[at : at + 65535] for at in range(0, len(rows), 65535)]
    stream = b"\x78\x01" + b"".join(
        struct.pack("<BHH", block is blocks[-1], len(block), 65535 - len(block)) + block for block in blocks
    )
    stream += struct.pack(">I", zlib.adler32(rows))
    size = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n"
    for kind, data in ((b"IHDR", size), (b"IDAT", stream), (b"IEND", b"")):
        png += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return "data:image/png;base64," + base64.b64encode(png).decode()


class Slider:
    """A figure that the reader moves: panels of curves, points and bars, with a control for each thing to choose.

    Every element is static, or given once for every position of the controls it depends on: ``by`` names them, and the
    leading axes of the data run over their positions. The first frame is complete without any script. A control with up
    to five positions is a row of buttons, of which one is pressed (for two: a switch); any other is a slider. What is
    given ``drag`` is dragged as well.

    Parameters
    ----------
    name : str
        A short unique name, used for the ids in the page.
    controls : dict of str to sequence of str
        For each control its label, and what it reads at each position: a value with its name, such as ``"z = −2"``.
    start : sequence of int
        The position of each control in the first frame.
    alt : str
        What the figure shows, for readers who do not see it.
    """

    #: More positions than these are a slider's.
    BUTTONS = 5

    def __init__(self, name, controls, *, start, alt):
        self.name = name
        self.labels = list(controls)
        self.axes = [[_minus(value) for value in values] for values in controls.values()]
        for label, values in controls.items():
            bare = [value for value in values if re.fullmatch(r"[-−+\d.,%\s]*", value)]
            if bare and len(values) > self.BUTTONS:
                raise ValueError(f"controls[{label!r}] reads {bare[0]!r}; say what it is the value of: 'p = {bare[0]}'")
        self.start = tuple(start)
        self.alt = alt
        self.panels = []
        self.moves = []
        self.spoken = None

    def panel(self, *, x, y, xlabel, ylabel, xticks=None, yticks=None):
        """Add a panel with the given ranges of x and y."""
        panel = _Panel(self, f"{self.name}-{len(self.panels)}", x, y, xlabel, ylabel, xticks, yticks)
        self.panels.append(panel)
        return panel

    def readout(self, texts, by):
        """Set the line of text below the panels; a screen reader announces it as it changes."""
        self.spoken = ([_minus(text) for text in self._flat(np.asarray(texts, object), by)], tuple(by))

    def _flat(self, values, by):
        shape = tuple(len(self.axes[a]) for a in by)
        if values.shape[: len(shape)] != shape:
            raise ValueError(f"values have shape {values.shape}, but the controls {tuple(by)} have {shape} positions")
        return [values[index] for index in product(*map(range, shape))]

    def _first(self, frames, by):
        position = 0
        for a in by:
            position = position * len(self.axes[a]) + self.start[a]
        return frames[position]

    def _attribute(self, target, name, frames, by):
        """Return the first frame of one attribute; remember the others if it moves."""
        if by:
            # Numbers without quotation marks: they are most of a figure's weight.
            values = frames if name in ("d", "text") else [json.loads(value) for value in frames]
            self.moves.append({"target": target, "attr": name, "by": list(by), "values": values})
            return self._first(frames, by)
        return frames[0]

    def _control(self, axis):
        label, values, start = html.escape(self.labels[axis]), self.axes[axis], self.start[axis]
        name = f"{html.escape(self.name)}-input-{axis}"
        if len(values) <= self.BUTTONS:
            buttons = "".join(
                f'<label><input type="radio" name="{name}" data-axis="{axis}" value="{n}"{" checked" * (n == start)}>'
                f"<span>{html.escape(value)}</span></label>"
                for n, value in enumerate(values)
            )
            return f'<fieldset class="lb-control lb-choice"><legend>{label}</legend><div>{buttons}</div></fieldset>'
        value = html.escape(values[start])
        return (
            f'<div class="lb-control"><label for="{name}">{label}</label>'
            f'<output class="lb-steady" for="{name}" data-longest="{html.escape(max(values, key=len))}">'
            f'<span>{value}</span></output><input type="range" id="{name}" data-axis="{axis}" min="0" '
            f'max="{len(values) - 1}" step="1" value="{start}" aria-valuetext="{value}"></div>'
        )

    def _repr_html_(self):
        name = html.escape(self.name)
        self.moves = []
        panels = "\n".join(panel.svg("abcdef"[n] * (len(self.panels) > 1)) for n, panel in enumerate(self.panels))
        controls = "\n".join(map(self._control, range(len(self.labels))))
        state = {"axes": self.axes, "moves": self.moves}
        readout = longest = ""
        if self.spoken:
            texts, by = self.spoken
            state["readout"] = {"by": list(by), "values": texts}
            readout, longest = html.escape(self._first(texts, by)), html.escape(max(texts, key=len))
        # "</" must not occur inside a script element.
        data = json.dumps(state, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
        # Only a script can move the controls: until it has run they are hidden.
        return (
            f'<div class="lb-slider" id="{name}" role="group" aria-label="{html.escape(self.alt)}">\n'
            f'<div class="lb-panels">\n{panels}\n</div>\n<div class="lb-controls" hidden>\n{controls}\n</div>\n'
            f'<p class="lb-readout lb-steady" data-longest="{longest}"><span aria-live="polite">{readout}</span></p>\n'
            f'<script type="application/json">{data}</script>\n</div>'
        )

    def show(self):
        """Show the figure as the output of a cell."""
        display(HTML(self._repr_html_()), metadata={})


class _Panel:
    """One pair of axes, drawn as SVG by hand: its text stays text, and its colours follow the page's mode."""

    WIDTH, HEIGHT = 340, 260
    LEFT, RIGHT, TOP, BOTTOM = 48, 332, 18, 216

    def __init__(self, slider, name, x, y, xlabel, ylabel, xticks, yticks):
        self.slider = slider
        self.name = name
        self.x, self.y = x, y
        self.xlabel, self.ylabel = xlabel, ylabel
        self.xticks = _ticks(*x) if xticks is None else xticks
        self.yticks = _ticks(*y) if yticks is None else yticks
        self.elements = []
        self.handles = []
        self.lines = []
        self.marks = []

    def curve(self, x, y, *, colour, by=(), dashed=False, filled=False, label=None):
        """Draw a line through points; ``y`` (and ``x``) may have leading axes for the controls in ``by``.

        Dashed is what the chapter's loss is compared with. A ``filled`` line encloses a tinted area. The ``label`` is
        written beside the line where there is room in all frames.
        """
        places = [self._points(xs, ys) for xs, ys in zip(*self._frames(by, 1, x, np.asarray(y, float)), strict=True)]
        frames = ["M" + "L".join(f"{_short(a)} {_short(b)}" for a, b in points) for points in places]
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        fill = f"fill:{paint(colour)};fill-opacity:.25" if filled else "fill:none"
        self._add("path", by, {"d": frames}, f'class="lb-line" style="stroke:{paint(colour)};{fill}"{dash}')
        self.lines.append((np.array(places), tuple(by), colour, label))

    def point(self, x, y, *, colour="prediction", by=(), drag=(), name=None):
        """Draw a dot. Dragging it moves the controls in ``drag``; ``name`` says to a screen reader what is dragged."""
        xs, ys = self._frames(by, 0, x, y)
        xs, ys = [self._px(v) for v in xs], [self._py(v) for v in ys]
        places = {"cx": list(map(_short, xs)), "cy": list(map(_short, ys))}
        self._add("circle", by, places, f'r="5" class="lb-dot" style="fill:{paint(colour)}"')
        self.marks.append((np.array([xs, ys]).T[:, None], tuple(by)))
        self._handle(xs, ys, by, drag, name, colour)

    def segment(self, x0, y0, x1, y1, *, colour="slope", by=(), dashed=False, drag=(), name=None):
        """Draw a straight line between two points: by its colour a tangent, or a guide. It is dragged at its middle."""
        ends = dict(zip(("x1", "y1", "x2", "y2"), self._frames(by, 0, x0, y0, x1, y1), strict=True))
        ends = {k: [(self._px if k[0] == "x" else self._py)(v) for v in vs] for k, vs in ends.items()}
        places = {k: list(map(_short, vs)) for k, vs in ends.items()}
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        thin = ";stroke-width:1.2" if colour == "reference" and not dashed else ""
        self._add("line", by, places, f'class="lb-line" style="stroke:{paint(colour)}{thin}"{dash}')
        traced = [[ends[f"x{n}"], ends[f"y{n}"]] for n in (1, 2)]
        self.marks.append((np.array(traced).transpose(2, 0, 1), tuple(by)))
        middle = (np.add(ends[f"{k}1"], ends[f"{k}2"]) / 2 for k in "xy")
        self._handle(*middle, by, drag, name, colour)

    def bars(self, x, heights, *, width=0.7, colour, by=(), base=0.0, drag=(), name=None):
        """Draw bars centred at ``x``; ``heights`` may have leading axes for the controls in ``by``.

        ``drag`` gives for each bar the controls that dragging its end moves, or is empty.
        """
        heights = np.asarray(heights, float)
        for column, centre in enumerate(x):
            ends = self._frames(by, 0, heights[..., column])[0]
            left, right = self._px(centre - width / 2), self._px(centre + width / 2)
            upper = [self._py(max(h, base)) for h in ends]
            lower = [self._py(min(h, base)) for h in ends]
            places = {
                "y": list(map(_short, upper)),
                "height": [_short(b - a) for a, b in zip(upper, lower, strict=True)],
            }
            fixed = f'x="{_short(left)}" width="{_short(right - left)}" class="lb-bar" style="fill:{paint(colour)}"'
            self._add("rect", by, places, fixed)
            if drag:
                middle, tips = [(left + right) / 2] * len(ends), [self._py(h) for h in ends]
                self._handle(middle, tips, by, drag[column], name, colour)

    def text(self, x, y, texts, *, by=(), anchor="middle", colour="ink"):
        """Write text at a place, which may move and change."""
        xs, ys = self._frames(by, 0, x, y)
        frames = [str(t) for t in self.slider._flat(np.asarray(texts, object), by)] if by else [str(texts)]
        places = {"x": [_short(self._px(v)) for v in xs], "y": [_short(self._py(v)) for v in ys], "text": frames}
        self._add("text", by, places, f'text-anchor="{anchor}" class="lb-text" style="fill:{paint(colour)}"')

    def handle(self, x, y, *, drag, by=(), name=None, colour="prediction"):
        """Let the reader drag what is drawn at a place, such as a column or a pixel."""
        xs, ys = self._frames(by, 0, x, y)
        self._handle([self._px(v) for v in xs], [self._py(v) for v in ys], by, drag, name, colour)

    def svg(self, letter=""):
        """Write the panel; its letter stands in its upper left corner."""
        left, right, top, bottom = self.LEFT, self.RIGHT, self.TOP, self.BOTTOM
        grid, labels = [], []
        for tick in self.xticks:
            at = _short(self._px(tick))
            grid.append(f'<path d="M{at} {top}V{bottom}"/>')
            labels.append(f'<text x="{at}" y="{bottom + 16}" text-anchor="middle">{_label(tick)}</text>')
        for tick in self.yticks:
            at = _short(self._py(tick))
            grid.append(f'<path d="M{left} {at}H{right}"/>')
            labels.append(
                f'<text x="{left - 6}" y="{_short(self._py(tick) + 4)}" text-anchor="end">{_label(tick)}</text>'
            )
        middle = (top + bottom) // 2
        drawn = [self._written(*element) for element in self.elements + self._labels()]
        handles = [self._written(*handle) for handle in self.handles]
        title = f'<text x="2" y="12" font-weight="700">{letter}</text>' if letter else ""
        return (
            f'<svg viewBox="0 0 {self.WIDTH} {self.HEIGHT}" font-size="12" font-family="inherit">\n'
            f'<clipPath id="{self.name}-clip"><rect x="{left}" y="{top - 6}" width="{right - left + 6}" '
            f'height="{bottom - top + 6}"/></clipPath>\n<g aria-hidden="true">\n'
            f'<g class="lb-grid" style="stroke:{paint("reference")}" stroke-opacity=".3">{"".join(grid)}</g>\n'
            f'<g class="lb-ticks" style="fill:{paint("ink")}">{title}{"".join(labels)}'
            f'<text x="{(left + right) // 2}" y="{bottom + 36}" text-anchor="middle">{html.escape(self.xlabel)}</text>'
            f'<text transform="translate(13 {middle}) rotate(-90)" text-anchor="middle">{html.escape(self.ylabel)}</text></g>\n'
            f'<g clip-path="url(#{self.name}-clip)" stroke-width="2">\n' + "\n".join(drawn) + "\n</g>\n</g>\n"
            f"{''.join(handles)}</svg>"
        )

    def _px(self, x):
        return self.LEFT + (float(x) - self.x[0]) / (self.x[1] - self.x[0]) * (self.RIGHT - self.LEFT)

    def _py(self, y):
        return self.BOTTOM - (float(y) - self.y[0]) / (self.y[1] - self.y[0]) * (self.BOTTOM - self.TOP)

    def _points(self, x, y):
        # Lines that leave the panel are cut a panel's height beyond it, so that no coordinate grows without bound.
        reach = self.y[1] - self.y[0]
        return [
            (self._px(a), self._py(min(max(b, self.y[0] - reach), self.y[1] + reach)))
            for a, b in zip(x, y, strict=True)
        ]

    def _frames(self, by, own, *data):
        """Give every array one entry for each position of the controls in ``by``; ``own`` is its number of further axes."""
        lead = tuple(len(self.slider.axes[a]) for a in by)
        spread = [np.broadcast_to(np.asarray(d, float), lead + np.shape(d)[np.ndim(d) - own :]) for d in data]
        return [s.reshape((-1, *s.shape[len(lead) :])) for s in spread]

    def _add(self, tag, by, moving, fixed):
        self.elements.append((f"{self.name}-{len(self.elements)}", tag, by, moving, fixed))

    def _handle(self, xs, ys, by, drag, name, colour):
        drag, by = tuple(np.atleast_1d(drag).tolist()), tuple(by)
        if not drag:
            return
        if not set(drag) <= set(by) or len(drag) > 2:
            raise ValueError(f"drag={drag} must be one or two of the controls by={by} that move the element")
        slider, target = self.slider, f"{self.name}-drag-{len(self.handles)}"
        # A handle stays in reach where the element leaves the panel.
        xs = [_short(min(max(x, self.LEFT), self.RIGHT)) for x in xs]
        ys = [_short(min(max(y, self.TOP), self.BOTTOM)) for y in ys]
        axis = drag[0]
        said = ", ".join(slider.axes[a][slider.start[a]] for a in drag)
        label = name or " and ".join(slider.labels[a] for a in drag)
        fixed = (
            f'r="9" class="lb-handle" display="none" style="stroke:{paint(colour)}" data-drag="{" ".join(map(str, drag))}" '
            f'tabindex="0" role="slider" aria-label="{html.escape(label)}" aria-valuemin="0" '
            f'aria-valuemax="{len(slider.axes[axis]) - 1}" aria-valuenow="{slider.start[axis]}" '
            f'aria-valuetext="{html.escape(said)}"'
        )
        self.handles.append((target, "circle", by, {"cx": xs, "cy": ys}, fixed))

    def _written(self, target, tag, by, moving, fixed, content=""):
        first = {name: self.slider._attribute(target, name, frames, by) for name, frames in moving.items()}
        # The text is escaped here, and only here: a script sets it as text.
        content = html.escape(str(first.pop("text", content)))
        attributes = " ".join(f'{name}="{value}"' for name, value in first.items())
        mark = f' data-move="{target}"' if by else ""
        return f"<{tag}{mark} {attributes} {fixed}>{content}</{tag}>"

    def _labels(self):
        """Return the curves' labels as elements; each stays at one point of its curve, where in all frames there is room."""
        found, taken = [], []
        sides = ((0, -1), (0, 1), (1, 0), (-1, 0), (1, -1), (-1, -1), (1, 1), (-1, 1), (0, 0))
        for number, (places, by, colour, label) in enumerate(self.lines):
            if not label:
                continue
            size = np.array([6.4 * len(label) + 2, 12.0])
            # A dozen frames tell where there is room in all.
            sample = range(0, len(places), -(-len(places) // 12))
            own = {frame: _dense(places[frame]) for frame in sample}
            others = [line for n, line in enumerate(self.lines) if n != number]
            curves = {frame: self._beside(by, frame, others) for frame in sample}
            marks = {frame: self._beside(by, frame, self.marks) for frame in sample}
            best = None
            for index, side in product(range(0, places.shape[1], -(-places.shape[1] // 24)), sides):
                centres = self._within(places[:, index] + (size / 2 + (5, 3)) * side, size)
                scores = []
                for frame in sample:
                    centre, mine = centres[frame], _gap(own[frame], centres[frame], size)
                    boxes = [(at, extent) for ats, extent, on in taken for at in (ats[[frame]] if on == by else ats)]
                    free, apart = _gap(curves[frame], centre, size), _apart(boxes, centre, size)
                    score = min(free, apart, 24.0) + min(_gap(curves[frame], places[frame, index], 0 * size), 24.0)
                    # Worst is a label upon a label, then one upon a curve, its own included, then one upon a dot or a tangent.
                    score -= 200 * (apart < 2) + 60 * (free < 2) + 20 * (_gap(marks[frame], centre, size) < 2)
                    scores.append(score - 30 * (mine < 1) - 3 * max(mine - 8, 0))
                score = round(round(float(np.mean(scores) + min(scores)), 6), 1)
                if best is None or score > best[0]:
                    best = score, centres
            taken.append((best[1], size, by))
            where = {"x": [_short(x) for x, _ in best[1]], "y": [_short(y + 4) for _, y in best[1]]}
            halo = f"stroke:{paint('paper')};stroke-width:3;paint-order:stroke"
            fixed = f'text-anchor="middle" class="lb-text" style="fill:{paint(colour)};{halo}"'
            found.append((f"{self.name}-label-{number}", "text", by, where, fixed, label))
        return found

    def _beside(self, by, frame, lines):
        """Return points of all forms that lines can have in a frame of the controls ``by``."""
        numbers = np.unravel_index(frame, [len(self.slider.axes[a]) for a in by]) if by else ()
        position = dict(zip(by, numbers, strict=True))
        points = [np.empty((0, 2))]
        for places, on, *_ in lines:
            forms = places.reshape([len(self.slider.axes[a]) for a in on] + list(places.shape[1:]))
            forms = forms[tuple(position.get(a, slice(None)) for a in on)].reshape(-1, *places.shape[1:])
            points += map(_dense, forms)
        return np.concatenate(points)

    def _within(self, centres, size):
        low = np.array([self.LEFT, self.TOP]) + size / 2 + 1
        high = np.array([self.RIGHT, self.BOTTOM]) - size / 2 - 1
        return np.clip(centres, low, high)


def _dense(points, step=6.0, most=200):
    """Return points of a polygonal line no further apart than about ``step``."""
    lengths = np.hypot(*np.diff(points, axis=0).T)
    at = np.concatenate([[0.0], np.cumsum(lengths)])
    # The last bits of a length do not decide the number.
    along = np.linspace(0, at[-1], int(np.clip(at[-1] / step + 0.37, 2, most)))
    return np.stack([np.interp(along, at, points[:, k]) for k in (0, 1)], axis=1)


def _minus(text):
    """Set negative numbers with a minus instead of a hyphen."""
    return re.sub(r"(?<![\w.])-(?=[\d.])", "−", text)


def _short(number):
    """Write a coordinate with one decimal, which a reader cannot tell from the exact one.

    Rounded twice: what lies halfway between two coordinates lies there exactly, whichever way the last bits fell.
    """
    return f"{round(number, 6):z.1f}".removesuffix(".0")


def _label(tick):
    return f"{tick:g}".replace("-", "−")


def _ticks(low, high):
    """Choose four to six round numbers between low and high."""
    rough = (high - low) / 5
    unit = 10.0 ** np.floor(np.log10(rough))
    step = next(s * unit for s in (1, 2, 5, 10) if s * unit >= rough * 0.999)
    # Adding 0 makes −0 a plain 0.
    return [round(float(t), 10) + 0.0 for t in np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step]
