"""What the front page shows: a figure to drag, the chapters' pictures and questions, and the ledger's counts, all read where they are made."""

import json
import re
import xml.etree.ElementTree as ET
from functools import partial

import numpy as np

import lossbook as lb
from lossbook.proof import STATUSES
from lossbook.show.figures import Slider, _Panel


def live():
    """Return the figure that opens the book: one logit to drag, and what three losses make of it."""
    z = np.round(np.linspace(-6, 6, 49), 2)
    p = 1 / (1 + np.exp(-z))
    entropy = partial(lb.binary_cross_entropy_with_logits, reduction="none")
    focal = partial(lb.sigmoid_focal_loss, alpha=1, gamma=2, reduction="none")
    answers = [(loss(z, np.ones_like(z)), lb.grad(loss)(z, np.ones_like(z))) for loss in (entropy, focal)]
    # A number behind a sigmoid: the slope in the logit is that in the number times that of the sigmoid.
    squared = partial(lb.mse_loss, reduction="none")
    answers.append((squared(p, np.ones_like(p)), lb.grad(squared)(p, np.ones_like(p)) * p * (1 - p)))
    figure = Slider(
        "front",
        {"Prediction": [f"z = {v:.2f}" for v in z]},
        start=[16],
        alt="The label is 1. Over the logit, three losses with their tangents and their slopes. Where the prediction is badly wrong, cross entropy and focal "
        "loss have slopes near and beyond minus one, and the slope of the squared error is almost zero.",
    )
    loss = figure.panel(x=(-6, 6), y=(0, 6), xlabel="logit z", ylabel="loss")
    slope = figure.panel(x=(-6, 6), y=(-1.5, 0.5), xlabel="logit z", ylabel="slope")
    styles = {
        "cross entropy": {"colour": "loss"},
        "focal": {"colour": "variant"},
        "squared error": {"colour": "other", "dashed": True},
    }
    for (name, style), (values, slopes) in zip(styles.items(), answers, strict=True):
        loss.curve(z, values, label=name, **style)
        loss.segment(z - 1.2, values - 1.2 * slopes, z + 1.2, values + 1.2 * slopes, by=[0])
        loss.point(z, values, by=[0], drag=0, name=f"Prediction, on {name}")
        slope.curve(z, slopes, label=name, **style)
        slope.point(z, slopes, by=[0], drag=0, name=f"Prediction, on the slope of {name}")
    said = [
        ", ".join(f"{name} {slopes[n]:.2f}" for name, (_, slopes) in zip(styles, answers, strict=True))
        for n in range(len(z))
    ]
    figure.readout(
        [f"The model says {chance:.1%}. Slopes: {line}" for chance, line in zip(p, said, strict=True)], by=[0]
    )
    return figure._repr_html_()


def question(notebook):
    """Return the question that a chapter answers."""
    return json.loads(notebook.read_text(encoding="utf-8"))["metadata"]["lossbook"]["question"]


def counts(notebook):
    """Return how many claims of each kind the ledger counts."""
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", ()):
            if found := output.get("metadata", {}).get("text/markdown", {}).get("lossbook", {}).get("counts"):
                return {kind: found[kind] for kind in ("claims", *STATUSES) if kind in found}
    raise ValueError(f"notebook={notebook} holds no output of chapter.tally(); run make notebooks CHAPTER=ledger")


def picture(notebook, name):
    """Return the first panel of a notebook's first figure as SVG without words, with ids that begin with a name."""
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if "figure" in cell["metadata"].get("mystnb", {}):
            shown = next(output["data"] for output in cell["outputs"] if "data" in output)
            return panel("".join(shown.get("text/html") or shown["image/svg+xml"]), name)
    raise ValueError(f"notebook={notebook} has no figure; give a cell's metadata a caption")


def panel(html, name):
    """Return the first panel of a figure as SVG without words, with ids that begin with a name."""
    # Panels that a reader moves stand one after the other, those of Matplotlib in an SVG of their own within the figure's.
    last = html.index("</svg>") if 'class="lb-slider"' in html else html.rindex("</svg>")
    whole = ET.fromstring(re.sub(r'\sxmlns="[^"]*"', "", html[html.index("<svg") : last] + "</svg>"))
    inner = whole.find("svg")
    svg = whole if inner is None else inner
    for parent in list(svg.iter()):
        for child in list(parent):
            if child.tag == "text" or child.get("class") in ("lb-ticks", "lb-handle", "lb-cursor"):
                parent.remove(child)
    _rename(svg, name)
    if svg.get("viewBox") == f"0 0 {_Panel.WIDTH} {_Panel.HEIGHT}":
        left, top = _Panel.LEFT - 8, _Panel.TOP - 8
        svg.set("viewBox", f"{left} {top} {_Panel.RIGHT + 8 - left} {_Panel.BOTTOM + 8 - top}")
    svg.attrib |= {"class": "lb-picture", "aria-hidden": "true"}
    return re.sub(r">\s+<", "><", ET.tostring(svg, encoding="unicode", method="html"))


def _rename(svg, name):
    """Have ids, and what refers to them, begin with a name: the page has many pictures."""
    for element in svg.iter():
        element.attrib.pop("data-move", None)
        for key, value in element.attrib.items():
            if key == "id":
                element.set(key, f"{name}-{value}")
            elif key == "href" and value.startswith("#"):
                element.set(key, f"#{name}-{value[1:]}")
            elif value.startswith("url(#"):
                element.set(key, f"url(#{name}-{value[5:]}")
