"""What a diagnosis found, as attributes and as text for a terminal or a notebook."""

import html
import textwrap
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

#: Of more edges than these, the text gives the number.
SHOWN = 12


class Difference(NamedTuple):
    """The smallest ordinary input on which two implementations differ, and what they give."""

    arguments: tuple
    theirs: Any
    ours: Any


class Edge(NamedTuple):
    """An input at the edge on which two implementations differ, what they give, and the page that explains it."""

    arguments: tuple
    theirs: Any
    ours: Any
    page: str | None


@dataclass(frozen=True)
class Found:
    """One edge with its label, and whether values or gradients differ."""

    label: str
    edge: Edge
    what: str = "value"


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """What :func:`lossbook.diagnose` returns; it prints itself.

    Attributes
    ----------
    agrees : bool
        Whether the two agree on every ordinary input. They may agree and have edges.
    difference : Difference or None
        The smallest ordinary input on which they differ: ``arguments``, ``theirs``, ``ours``. ``theirs`` is the
        exception where the function raised; if the values agree and the gradients do not, both are gradients.
    explanation : str or None
        What was done differently. The loss, changed in this way, gives the function's numbers on every ordinary input.
    deviations : tuple of str
        The names of the deviations that the explanation consists of.
    edges : list of Edge
        The inputs at the edges on which they differ: ``arguments``, ``theirs``, ``ours``, and the ``page`` of the book.
    """

    function: str
    loss: str
    agrees: bool
    difference: Difference | None
    explanation: str | None
    found: tuple[Found, ...] = field(default=())
    what: str = "value"
    form: str = "ordinary"
    deviations: tuple[str, ...] = ()

    @property
    def edges(self) -> list[Edge]:
        """The inputs at the edges on which they differ."""
        return [found.edge for found in self.found]

    @property
    def headline(self) -> str:
        """The verdict in one line."""
        names = f"{self.function} and lossbook.{self.loss}"
        form = f" ({self.form})" if self.form != "ordinary" else ""
        if not self.agrees:
            gradient = " in the gradient" if self.what == "gradient" else ""
            return f"{names} differ{gradient}{form}."
        return f"{names} agree{form}{', but not at the edges' if self.found else ''}."

    def __str__(self) -> str:
        lines = [self.headline]
        if self.difference is not None:
            lines += _indented(self.difference.arguments, self.difference.theirs, self.difference.ours, "  ")
        if self.explanation is not None:
            lines += ["", *textwrap.wrap(f"Explanation: {self.explanation}.", 100, subsequent_indent="  ")]
            if self.difference.theirs is not None:
                lines.append("Changed in this way, the loss gives the function's numbers on every ordinary input.")
        elif not self.agrees and self.what == "value":
            lines += ["", "No known deviation, alone or with another one, reproduces the function's numbers."]
        if self.found:
            lines += ["", "At the edges, too:" if not self.agrees else "At the edges:"]
        for found in self.found[:SHOWN]:
            edge = found.edge
            of = "gradient " if found.what == "gradient" else ""
            page = f"   [{edge.page}]" if edge.page else ""
            lines += [f"  {found.label}: {of}{_short(edge.theirs)}, not {_short(edge.ours)}{page}"]
        if len(self.found) > SHOWN:
            lines.append(f"  ... and {len(self.found) - SHOWN} more, in .edges")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = []
        if self.difference is not None:
            difference = self.difference
            rows.append(("ordinary", difference.arguments, difference.theirs, difference.ours, None))
        for found in self.found[:SHOWN]:
            label = found.label + (" (gradient)" if found.what == "gradient" else "")
            rows.append((label, *found.edge))
        text = [f"<p><strong>{html.escape(self.headline)}</strong></p>"]
        if self.explanation is not None:
            text.append(f"<p>Explanation: {html.escape(self.explanation)}.</p>")
        if rows:
            head = "".join(f"<th>{name}</th>" for name in ("input", "arguments", "theirs", "ours", "page"))
            body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
            text.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
        return "\n".join(text)


def _cell(value):
    if isinstance(value, tuple):
        lines = [f"{name} = {_short(a)}" for name, a in zip(value.keys(), value, strict=True)]
        return f"<td>{'<br>'.join(map(html.escape, lines))}</td>"
    return f"<td>{html.escape(value if isinstance(value, str) else '' if value is None else _short(value))}</td>"


def _indented(arguments, theirs, ours, indent):
    """Give arguments and results a line each, or several where an array has rows."""
    pairs = [*zip(arguments.keys(), arguments, strict=True), ("theirs", theirs), ("ours", ours)]
    width = max(len(name) for name, _ in pairs)
    for name, value in pairs:
        first, *more = [line for line in _written(value).splitlines() if line.strip()] or [""]
        yield f"{indent}{name:{width}}  {first}"
        yield from (f"{indent}{'':{width}}  {line}" for line in more)


def _written(value):
    """Write a number, an array, an exception or anything else, with as many digits as tell something."""
    if isinstance(value, Exception):
        return f"raises {type(value).__name__}: {value}"
    if callable(value):
        return getattr(value, "__name__", "a function of a set")
    try:
        array = np.asarray(value)
    except ValueError:  # a ragged tuple
        return repr(value)
    if array.dtype.kind in "biuf":
        if array.ndim == 0:
            return f"{array.item():.6g}" if array.dtype.kind == "f" else str(array.item())
        return np.array2string(array, precision=4, separator=", ", threshold=60, edgeitems=2)
    return repr(value)


def _short(value):
    """Write on one line, and briefly: of a larger array the range."""
    array = value if isinstance(value, np.ndarray) else None
    if array is not None and array.size > 4 and array.dtype.kind == "f":
        missing = int(np.isnan(array).sum())
        if missing == array.size:
            return f"nan, all {array.size}"
        text = f"from {np.nanmin(array):.4g} to {np.nanmax(array):.4g}"
        return f"{text}, {missing} of {array.size} nan" if missing else text
    text = " ".join(_written(value).split())
    return text if len(text) <= 60 else text[:57] + "..."
