"""The book's figures: one style for Matplotlib, and slider figures that a few lines of script move.

Everything here writes the same bytes on every run, so that a stored figure can be compared with a fresh one.
"""

import html
import io
import json
import re
from itertools import product

import matplotlib as mpl
import numpy as np
from IPython.display import HTML, display
from matplotlib import pyplot as plt

# Okabe and Ito's palette, told apart by the colour-blind; its yellow is left out for lack of contrast on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
_DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)))

STYLE = {
    "figure.constrained_layout.use": True,
    "axes.prop_cycle": mpl.cycler(color=COLOURS) + mpl.cycler(linestyle=_DASHES),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.alpha": 0.35,
    "grid.linewidth": 0.6,
    "font.size": 10,
    "lines.linewidth": 1.8,
    "legend.frameon": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "lossbook",
    "savefig.transparent": True,
}


def subplots(columns=1, *, rows=1, height=2.8, **options):
    """Open a figure in the book's style; it is 6.4 inches wide unless there is only one panel."""
    mpl.rcParams.update(STYLE)
    width = 4.6 if columns == 1 else 6.8
    return plt.subplots(rows, columns, figsize=(width, height * rows), **options)


def show(figure):
    """Show a figure as SVG, with coordinates rounded so that a stored figure differs only where the curve does."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    plt.close(figure)
    display({"image/svg+xml": _rounded(buffer.getvalue())}, raw=True)


def _rounded(svg):
    """Round the coordinates of paths and positions; the scale of glyphs must stay as it is."""

    def shorten(match):
        return re.sub(r"-?\d+\.\d+", lambda n: f"{float(n.group()):.1f}".replace("-0.0", "0.0"), match.group())

    # The prologue and the metadata name a version and addresses; neither is part of the picture.
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.S)
    svg = re.sub(r'(?<=[ \n])(?:d="M [^"]*?"(?= clip-path| style)|(?:x|y|x1|x2|y1|y2)="[^"]*")', shorten, svg)
    return re.sub(r"[ \t]+\n", "\n", svg)


class Slider:
    """A figure with one or two sliders: panels of curves, points and bars that change with their positions.

    Every element is static, or given once for every position of the sliders it depends on: ``by`` names them, and the
    leading axes of the data run over their positions. The first frame is complete without any script.

    Parameters
    ----------
    name : str
        A short unique name, used for the ids in the page.
    sliders : dict of str to sequence of str
        For each slider its label, and what it reads at each position, such as ``"z = −2"``.
    start : sequence of int
        The position of each slider in the first frame.
    alt : str
        What the figure shows, for readers who do not see it.
    """

    def __init__(self, name, sliders, *, start, alt):
        self.name = name
        self.labels = list(sliders)
        self.axes = [list(values) for values in sliders.values()]
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
        self.spoken = (self._flat(np.asarray(texts, object), by), tuple(by))

    def _flat(self, values, by):
        shape = tuple(len(self.axes[a]) for a in by)
        if values.shape[: len(shape)] != shape:
            raise ValueError(f"values have shape {values.shape}, but the sliders {tuple(by)} have {shape} positions")
        return [values[index] for index in product(*map(range, shape))]

    def _first(self, frames, by):
        position = 0
        for a in by:
            position = position * len(self.axes[a]) + self.start[a]
        return frames[position]

    def _attribute(self, target, name, frames, by):
        """Return the first frame of one attribute; remember the others if it moves."""
        if by:
            self.moves.append({"target": target, "attr": name, "by": list(by), "values": frames})
            return self._first(frames, by)
        return frames[0]

    def _repr_html_(self):
        name = html.escape(self.name)
        panels = "\n".join(panel.svg() for panel in self.panels)
        controls = "\n".join(
            f'<div class="lb-control"><label for="{name}-input-{a}">{html.escape(label)}</label>'
            f'<input type="range" id="{name}-input-{a}" data-axis="{a}" min="0" max="{len(self.axes[a]) - 1}" step="1" '
            f'value="{self.start[a]}" aria-valuetext="{html.escape(self.axes[a][self.start[a]])}"></div>'
            for a, label in enumerate(self.labels)
        )
        state = {"axes": self.axes, "moves": self.moves}
        readout = ""
        if self.spoken:
            texts, by = self.spoken
            state["readout"] = {"by": list(by), "values": texts}
            readout = html.escape(self._first(texts, by))
        # "</" must not occur inside a script element.
        data = json.dumps(state, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
        return (
            f'<div class="lb-slider" id="{name}" role="group" aria-label="{html.escape(self.alt)}">\n'
            f'<div class="lb-panels">\n{panels}\n</div>\n<div class="lb-controls">\n{controls}\n</div>\n'
            f'<p class="lb-readout" aria-live="polite">{readout}</p>\n'
            f'<script type="application/json">{data}</script>\n</div>'
        )

    def show(self):
        """Show the figure as the output of a cell."""
        display(HTML(self._repr_html_()), metadata={})


class _Panel:
    """One pair of axes, drawn as SVG by hand: its text stays text, and its colours follow the page's mode."""

    WIDTH, HEIGHT = 340, 260
    LEFT, RIGHT, TOP, BOTTOM = 48, 332, 10, 216

    def __init__(self, slider, name, x, y, xlabel, ylabel, xticks, yticks):
        self.slider = slider
        self.name = name
        self.x, self.y = x, y
        self.xlabel, self.ylabel = xlabel, ylabel
        self.xticks = _ticks(*x) if xticks is None else xticks
        self.yticks = _ticks(*y) if yticks is None else yticks
        self.elements = []

    def curve(self, x, y, *, colour=0, by=(), dashed=False, filled=False, label=None):
        """Draw a line through points; ``y`` (and ``x``) may have leading axes for the sliders in ``by``.

        A ``filled`` line encloses a tinted area.
        """
        y = np.asarray(y, float)
        frames = [self._path(xs, ys) for xs, ys in zip(*self._frames(by, 1, x, y), strict=True)]
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        fill = f'fill="{COLOURS[colour]}" fill-opacity="0.25"' if filled else 'fill="none"'
        self._add("path", by, {"d": frames}, f'{fill} class="lb-line lb-c{colour}" stroke="{COLOURS[colour]}"{dash}')
        if label:
            self.text(x[-1] if np.ndim(x) == 1 else 0, y.reshape(-1)[-1], label, anchor="end")

    def point(self, x, y, *, colour=1, by=()):
        """Draw a dot."""
        xs, ys = self._frames(by, 0, x, y)
        places = {"cx": [_short(self._px(v)) for v in xs], "cy": [_short(self._py(v)) for v in ys]}
        self._add("circle", by, places, f'r="5" class="lb-dot lb-c{colour}" fill="{COLOURS[colour]}"')

    def segment(self, x0, y0, x1, y1, *, colour=1, by=(), dashed=False):
        """Draw a straight line between two points, such as a tangent."""
        ends = dict(zip(("x1", "y1", "x2", "y2"), self._frames(by, 0, x0, y0, x1, y1), strict=True))
        places = {k: [_short((self._px if k[0] == "x" else self._py)(v)) for v in vs] for k, vs in ends.items()}
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self._add("line", by, places, f'class="lb-line lb-c{colour}" stroke="{COLOURS[colour]}"{dash}')

    def bars(self, x, heights, *, width=0.7, colour=0, by=(), base=0.0):
        """Draw bars centred at ``x``; ``heights`` may have leading axes for the sliders in ``by``."""
        heights = np.asarray(heights, float)
        for column, centre in enumerate(x):
            tops = self._frames(by, 0, heights[..., column])[0]
            left, right = self._px(centre - width / 2), self._px(centre + width / 2)
            upper = [self._py(max(h, base)) for h in tops]
            lower = [self._py(min(h, base)) for h in tops]
            places = {
                "y": list(map(_short, upper)),
                "height": [_short(b - a) for a, b in zip(upper, lower, strict=True)],
            }
            fixed = f'x="{_short(left)}" width="{_short(right - left)}" class="lb-bar lb-c{colour}" fill="{COLOURS[colour]}"'
            self._add("rect", by, places, fixed)

    def text(self, x, y, texts, *, by=(), anchor="middle"):
        """Write text at a place, which may move and change."""
        xs, ys = self._frames(by, 0, x, y)
        frames = [str(t) for t in self.slider._flat(np.asarray(texts, object), by)] if by else [str(texts)]
        places = {"x": [_short(self._px(v)) for v in xs], "y": [_short(self._py(v)) for v in ys], "text": frames}
        self._add("text", by, places, f'text-anchor="{anchor}" class="lb-text" fill="currentColor"')

    def svg(self):
        """Write the panel."""
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
        return (
            f'<svg viewBox="0 0 {self.WIDTH} {self.HEIGHT}" aria-hidden="true" font-size="12" font-family="inherit">\n'
            f'<clipPath id="{self.name}-clip"><rect x="{left}" y="{top - 6}" width="{right - left + 6}" '
            f'height="{bottom - top + 6}"/></clipPath>\n'
            f'<g class="lb-grid" stroke="currentColor" stroke-opacity="0.15">{"".join(grid)}</g>\n'
            f'<g class="lb-ticks" fill="currentColor">{"".join(labels)}'
            f'<text x="{(left + right) // 2}" y="{bottom + 36}" text-anchor="middle">{html.escape(self.xlabel)}</text>'
            f'<text transform="translate(13 {middle}) rotate(-90)" text-anchor="middle">{html.escape(self.ylabel)}</text></g>\n'
            f'<g clip-path="url(#{self.name}-clip)" stroke-width="2">\n' + "\n".join(self.elements) + "\n</g>\n</svg>"
        )

    def _px(self, x):
        return self.LEFT + (float(x) - self.x[0]) / (self.x[1] - self.x[0]) * (self.RIGHT - self.LEFT)

    def _py(self, y):
        return self.BOTTOM - (float(y) - self.y[0]) / (self.y[1] - self.y[0]) * (self.BOTTOM - self.TOP)

    def _path(self, x, y):
        # Lines that leave the panel are cut a panel's height beyond it, so that no coordinate grows without bound.
        reach = self.y[1] - self.y[0]
        points = [
            (self._px(a), self._py(min(max(b, self.y[0] - reach), self.y[1] + reach)))
            for a, b in zip(x, y, strict=True)
        ]
        return "M" + "L".join(f"{_short(a)} {_short(b)}" for a, b in points)

    def _frames(self, by, own, *data):
        """Give every array one entry for each position of the sliders in ``by``; ``own`` is its number of further axes."""
        lead = tuple(len(self.slider.axes[a]) for a in by)
        spread = [np.broadcast_to(np.asarray(d, float), lead + np.shape(d)[np.ndim(d) - own :]) for d in data]
        return [s.reshape((-1, *s.shape[len(lead) :])) for s in spread]

    def _add(self, tag, by, moving, fixed):
        target = f"{self.name}-{len(self.elements)}"
        first = {name: self.slider._attribute(target, name, frames, by) for name, frames in moving.items()}
        # The text is escaped here, and only here: a script sets it as text.
        content = html.escape(str(first.pop("text", "")))
        attributes = " ".join(f'{name}="{value}"' for name, value in first.items())
        mark = f' data-move="{target}"' if by else ""
        self.elements.append(f"<{tag}{mark} {attributes} {fixed}>{content}</{tag}>")


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
