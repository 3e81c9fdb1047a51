"""What the docstrings of many losses have in common, written once, and put in its place by their declarations.

A docstring in the source says what is particular to its loss. Missing parameters, *Raises* and *References* are added.
"""

import inspect
import re
import textwrap

_SECTION = re.compile(r"(?m)^(\w[\w ]*)\n-+\n")
_WIDTH = 112
_ORDER = ("Parameters", "Returns", "Raises", "See Also", "Notes", "References", "Examples")

_REGION_AXIS = """int or tuple of int, optional
    The axes of one region, which are summed over; by default all of them. For N×C×H×W and one coefficient for each
    image and class, it is ``(2, 3)``."""

#: Parameters by name, or by name and what has a value of its own, the family, or the kind of the argument.
_PARAMETERS = {
    ("prediction", "number"): """array_like
    Predicted numbers ŷ, finite, any shape. Integers are read as float64, so that nothing wraps around.""",
    ("target", "number"): """array_like
    Observed numbers y, finite; same shape. An infinite entry is refused on either side: ∞ − ∞ has no limit.""",
    ("prediction", "location and scale"): """pair of array_like
    ``(loc, scale)``: locations μ, any finite numbers, and scales σ, finite numbers above 0, never variances; one shape.""",
    ("prediction", "interval"): """pair of array_like
    ``(lower, upper)``: the ends of the intervals, finite numbers of one shape. An upper end below its lower end is refused.""",
    ("target", "outcome"): """array_like
    Observed numbers y, finite, in the shape of ``{first}`` without ``axis``.""",
    ("target", "vector"): """array_like
    Observed vectors y, finite, in the shape of ``ensemble`` without its axis of members: (..., D).""",
    ("logits", "element"): """array_like
    Scores z, any real numbers including ±∞, any shape.""",
    ("logits", "image"): """array_like
    Scores z, any real numbers including ±∞, any shape.""",
    "logits": """array_like
    Scores z, any real numbers including ±∞, with K classes along ``axis``.""",
    "cosines": """array_like
    Cosines c of the angles θ between an embedding and the K classes' prototypes, in [−1, 1], with the classes along ``axis``. A product
    of normalised vectors may be above 1 by a rounding: clip it.""",
    "labels": """array_like
    Class labels k, integers from 0 to K − 1 (booleans are read as 0 and 1), in the shape of ``{first}`` without ``axis``.""",
    ("probs", "element"): """array_like
    Predicted probabilities p of the positive class, any shape.""",
    ("probs", "region"): """array_like
    Predicted probabilities p, any shape. Scores are refused: with them the value would leave its range.""",
    ("probs", "distribution"): """array_like
    Predicted distributions p, any shape; they sum to 1 along ``axis``, of length K.""",
    ("target", "element"): """array_like
    Labels y, or probabilities of label 1, in [0, 1]; same shape.""",
    ("target", "region"): """array_like
    Target mask g in [0, 1], hard or soft; same shape.""",
    ("target", "margins"): """array_like
    Labels y, 0 or 1; same shape. Each −1 is read as 0, whatever else the array holds.""",
    ("target", "distribution"): """array_like
    Target distributions q; same shape.""",
    "counts": """ConfusionCounts
    What :func:`confusion_counts` returns, or any four non-negative numbers or arrays (tp, fp, fn, tn).""",
    ("weight", "element"): """array_like, optional
    Non-negative weight of each element; same shape. The mean divides by the sum of the weights; where they are all
    zero, the loss and its gradient are zero.""",
    ("weight", "region"): """array_like, optional
    Non-negative weight of each region, broadcast against the values for ``"none"``: one for each class, or 0 for what is to be
    left out. The mean divides by the sum of the weights; where they are all zero, the loss and its gradient are zero.""",
    ("where", "region"): """array_like of bool, optional
    Which elements count; same shape. The others may hold anything, and are no part of any sum. A region of which nothing
    counts has an empty denominator, as two empty masks have.""",
    "where": """array_like of bool, optional
    Which elements count; same shape. The others may hold anything, NaN as well: they have value 0 and gradient 0, and do
    not count in the mean. If none counts, the loss and its gradient are zero.""",
    "sample_weight": """array_like, optional
    Non-negative weight of each value, in the shape of the values for ``"none"``. The mean divides by the sum of what
    counted, other weights included; where that is zero, the loss and its gradient are zero.""",
    ("margin", "several classes"): """float
    The margin μ ≥ 0 that is asked for, in the unit of the scores; 0 gives the perceptron of several classes.""",
    "gamma": """float
    How strongly the well classified are turned down, γ ≥ 0; 0 gives the cross entropy.""",
    ("tau", "element"): """float
    Level τ, above 0 and below 1: what an error counts where the prediction is below the target; above it counts 1 − τ.""",
    ("reduction", "distribution"): """{{"mean", "sum", "none"}}
    How the values of the distributions are combined. The mean divides by their number, not by the number of classes.""",
    ("reduction", "region"): """{{"mean", "sum", "none"}}
    How the regions are combined.""",
    "reduction": """{{"mean", "sum", "none"}}
    How the elements are combined.""",
    ("ignore_index", "image"): """int, optional
    Label of the pixels that are left out, such as 255 or −1. If all are, the loss and its gradient are zero.""",
    ("ignore_index", "scoring rules"): """int, optional
    Label of the elements that are left out, such as 255 or −1. They do not count in the mean; if all are left out,
    the score and its gradient are zero. Their probabilities are checked all the same: they have to be distributions.""",
    "ignore_index": """int, optional
    Label of the elements that are left out, such as 255 or −1. They do not count in the mean; if all are left out,
    the loss and its gradient are zero.""",
    ("axis", "region"): _REGION_AXIS,
    ("axis", "distribution"): """int
    The axis of the classes.""",
    "axis": """int
    The class axis; 1 for N×C×H×W.""",
    "base": """float, optional
    Base of the logarithm, positive and not 1: 2 gives bits; one below 1 turns the sign. By default the natural logarithm.""",
    "squared": """bool
    Whether the denominator is Σ p² + Σ g² (V-Net) in place of Σ p + Σ g.""",
    "smooth": """float
    Number κ added to numerator and denominator, not negative.""",
    "empty": """float
    The coefficient, in [0, 1], where the denominator is 0; the gradient of the coefficient is 0 there. With ``smooth`` above 0 the
    denominator is never 0, and two empty masks have coefficient 1.""",
    "zero_division": """float
    The score where the denominator is 0: a number in [0, 1], or NaN.""",
}


def complete(docstring, signature, declaration):
    """Return the docstring with the sections and parameters that it leaves to its declaration (None without docstrings)."""
    if docstring is None:
        return None
    head, *parts = _SECTION.split(inspect.cleandoc(docstring))
    sections = dict(zip(parts[::2], map(str.strip, parts[1::2]), strict=True))
    sections["Parameters"] = _parameters(sections.get("Parameters", ""), signature, declaration)
    sections.setdefault("Raises", _raises(declaration))
    if declaration.references:
        sections["References"] = "\n\n".join(textwrap.fill(source, _WIDTH) for source in declaration.references)
    written = [f"{name}\n{'-' * len(name)}\n{sections[name]}" for name in _ORDER if name in sections]
    return "\n\n".join([head.strip(), *written]) + "\n"


def _parameters(text, signature, declaration):
    own = dict(re.findall(r"(?ms)^(\w+) : (.*?)(?=\n\w+ : |\Z)", text))
    if unknown := own.keys() - signature.parameters:
        raise ValueError(f"{', '.join(unknown)} is described, but is no parameter: correct the docstring.")
    first = next(iter(signature.parameters))

    def described(name):
        kind = declaration.arguments[name].name if name in declaration.arguments else None
        keys = ((name, kind), (name, declaration.family), (name, declaration.each), name)
        common = next((_PARAMETERS[key] for key in keys if key in _PARAMETERS), None)
        if name not in own and common is None:
            raise ValueError(f"{name} is not described: say in the docstring what it is.")
        return own[name].rstrip() if name in own else common.format(first=first)

    return "\n".join(f"{name} : {described(name)}" for name in signature.parameters)


def _raises(declaration):
    kinds = {kind.name for kind in declaration.arguments.values()}
    if "counts" in kinds:
        return _RAISED_FOR_COUNTS
    distribution = ", a distribution does not sum to 1" if any("distribution" in name for name in kinds) else ""
    labels = ", labels are not integers" if any(name.startswith("labels") for name in kinds) else ""
    return f"""ValueError
    If a shape, a value or an option is out of range{distribution}, or the input is empty.
TypeError
    If an argument is not numeric{labels}, or an option is of the wrong kind."""


_RAISED_FOR_COUNTS = """ValueError
    If a count is negative or not finite, or an option is out of range.
TypeError
    If ``counts`` does not hold four counts."""
