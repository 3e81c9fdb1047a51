"""The same loss in each library: calls that are run, and facts about them that are measured, for the page *Rosetta table*.

A call is written down once, as a user would write it. What stands beside it in the table is found here by running it:
the call of lossbook that it equals, what it is given, what its mean divides by, its value where the libraries part; its defaults come
from its signature. A note is text, with a check that has to be true. After a change here, or of a pinned library, write
the file anew, and read the diff:

    .venv-peers/bin/python tests/peers/rosetta.py
"""

import ast
import enum
import inspect
import itertools
import json
import warnings
from importlib.metadata import version
from pathlib import Path

# isort: split
import golden  # before any peer is imported

# isort: split
import jax
import numpy as np
import torch
import torchmetrics.functional.classification
from rosetta_calls import LOSSES, WITHOUT

import lossbook

FILE = Path(__file__).parents[2] / "book" / "rosetta.json"

#: Each library by the name of its package, in the order of the page's columns, with the roots of its names.
LIBRARIES = {
    "torch": ("F", "torch"),
    "torchvision": ("torchvision",),
    "optax": ("optax",),
    "jax": ("jax",),
    "keras": ("keras",),
    "scikit-learn": ("sklearn",),
    "scipy": ("scipy",),
    "POT": ("ot",),
    "monai": ("monai",),
    "segmentation-models-pytorch": ("smp",),
    "kornia": ("kornia",),
    "torchmetrics": ("torchmetrics",),
}


def slope(function, at):
    """Differentiate the sum of what a function of a tensor returns; its first entry."""
    z = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    function(z).sum().backward()
    return float(z.grad[0])


def double(values):
    return torch.tensor(values, dtype=torch.float64)


def raises(function):
    try:
        function()
    except Exception:
        return True
    return False


NAMES = golden.NAMES | {"jax": jax, "torchmetrics": torchmetrics} | {r.name: r.function for r in lossbook.catalogue()}
NAMES |= {"T": double, "slope": slope, "raises": raises, "lossbook": lossbook}
#: Functions that prepare an argument, and are not the loss.
PREPARING = {"F.one_hot", "torch.eye", "torch.where", "jnp.log", "jnp.moveaxis", "jnp.where"}
#: Parameters that do not change the value.
IDLE = {
    "name",
    "dtype",
    "processes",
    "numThreads",
    "numItermax",
    "validate_args",
    "nan_policy",
    "keepdims",
    "center_dual",
}
IDLE |= {"dense", "require_sort", "return_plans", "return_matrix", "log", "check_marginals", "y_pred"}
REFUSES = "refuses"


def array(value):
    return np.array(value) if isinstance(value, (list, np.ndarray)) else value


def convert(library, inputs, single=False):
    """Give the inputs in the arrays of a library."""
    arrays = {name: array(value) for name, value in inputs.items()}
    if single:
        arrays = {n: a.astype(np.float32) if getattr(a, "dtype", None) == np.float64 else a for n, a in arrays.items()}
    into = torch.tensor if library in golden.TENSORS else jax.numpy.array if library in ("optax", "jax") else np.array
    return {name: into(a) if isinstance(a, np.ndarray) else a for name, a in arrays.items()}


def run(expression, names):
    """Evaluate an expression; warnings are the business of other tests."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return eval(expression, NAMES | names)


def number(value):
    """Turn what a library returns into an array of float64."""
    if isinstance(value, torch.Tensor):
        value = value.detach().numpy()
    return np.asarray(value, dtype=float)


def close(one, other, rtol):
    return one.shape == other.shape and np.allclose(one, other, rtol=rtol, atol=1e-12, equal_nan=False)


def divisor(value, losses, classes, rtol):
    """What a value divides the sum of the losses by, or None if it is nothing of the kind."""
    if close(value.squeeze(), losses.squeeze(), rtol):
        return "array" if losses.ndim else ""
    if value.ndim == losses.ndim + 1 == 2 and close(value.sum(axis=1), losses, rtol):
        return "array of N × K"
    if losses.ndim == 2 and close(value, losses.mean(axis=1), rtol):
        return "K"
    if value.ndim:
        return None
    counts = {"1": 1, "N": losses.size} | ({"N · K": losses.size * classes} if classes else {})
    return next((word for word, count in counts.items() if close(value, losses.sum() / count, rtol)), None)


#: How lossbook's call ends where it divides by the same; otherwise it does not reduce.
ENDS = {"": ")", "N": ")", "N · K": ")", "1": ", reduction='sum')"}


def texts(name, loss, call):
    """Lossbook's calls for every choice of the options that are found by trying, each with the words for the choice."""
    given = call.arguments if call.arguments is not None else loss.arguments
    fixed = f", {call.options}" if call.options else ""
    parameters = inspect.signature(NAMES[name]).parameters
    for chosen in itertools.product(*(options.items() for options in loss.choices.values())):
        named = zip(loss.choices, chosen, strict=True)
        values = {n: v for names, (_, vs) in named for n, v in zip(names.split(), vs, strict=True)}
        shown = "".join(f", {n}={v!r}" for n, v in values.items() if v != parameters[n].default)
        yield f"{name}({given}{fixed}{shown}", tuple(word for word, _ in chosen)


def equals(name, loss, call, value):
    """Find lossbook's call that a value equals, its divisor, and the words for what was chosen."""
    names = {n: array(v) for n, v in loss.inputs.items()}
    found = []
    reduces = "reduction" in inspect.signature(NAMES[name]).parameters
    for text, words in texts(name, loss, call):
        losses = number(run(text + (", reduction='none')" if reduces else ")"), names))
        word = divisor(value, losses, loss.inputs.get("K"), call.rtol)
        if word is not None:
            found.append((text, word, words))
    if len(found) != 1 + call.tied:
        raise AssertionError(f"{call.call} is {value}: {len(found)} calls of {name} are the same: {found}")
    text, word, _ = found[0]
    words = [" or ".join(dict.fromkeys(same)) for same in zip(*(words for _, _, words in found), strict=True)]
    shown = (
        text
        + ENDS.get(word if reduces else "", ", reduction='none')")
        + {"N · K": " / K", "K": ".mean(1)"}.get(word, "")
    )
    if word == "array of N × K":
        value = value.sum(axis=1)
    assert close(value.squeeze(), number(run(shown, names)).squeeze(), call.rtol), shown
    return shown, word, words


#: The names of one prediction in its forms.
FORMS = (("logits", "probs", "log_probs"), ("scores", "class_probs"))


def takes(name, loss, call, value, names):
    """The forms of the prediction that give the value in the place of the one that the call names."""
    used = {n.id for n in ast.walk(ast.parse(call.call)) if isinstance(n, ast.Name)}
    usual, forms = next(((u, forms) for forms in FORMS for u in forms if u in used), ("", ()))
    forms = [form for form in forms if form in loss.inputs]
    if len(forms) < 2:
        return ""
    same = []
    for form in forms:
        try:
            other = number(run(call.call, names | {usual: names[form]}))
        except (ValueError, AssertionError, RuntimeError):
            continue
        if close(other, value, call.rtol):
            same.append(form)
    assert usual in same
    kinds = {"scores": "logits", "class_probs": "probs", "log_probs": "log p"}
    return " or ".join(kinds.get(form, form) for form in dict.fromkeys([usual, *same]))


def weighted(name, loss, call):
    """What the mean of weighted losses divides by."""
    if not call.weighted:
        return ""
    theirs, mine, weights = call.weighted
    names = {n: array(v) for n, v in loss.inputs.items()}
    losses = number(run(mine, names))
    total = np.sum(np.broadcast_to(run(weights, names), losses.shape))
    value = number(run(theirs, convert(call.library, loss.inputs, call.single)))
    if close(value, losses, call.rtol):
        return "array"
    found = [
        word for word, count in (("Σw", total), ("N", losses.size)) if close(value, losses.sum() / count, call.rtol)
    ]
    assert len(found) == 1, (theirs, value, losses.sum() / total, losses.mean())
    return found[0]


def written(value):
    """A number as the table shows it."""
    value = number(value)
    if not value.size:
        return "no number"
    value = float(value.sum())
    if np.isnan(value):
        return "NaN"
    if np.isinf(value):
        return "∞" if value > 0 else "−∞"
    if abs(value) >= 1e15:
        return f"{value:.4g}".replace("e+", "e")
    return (f"{value:.0f}" if abs(value) >= 1e4 else f"{round(value, 4) + 0.0:.4g}").replace("-", "−")


def probed(loss, call):
    """The values where the libraries part, by the titles of the probes."""
    texts = call.probe if isinstance(call.probe, tuple) else [call.probe] * len(loss.probes)
    for text, inputs in zip(texts, loss.probes.values(), strict=True):
        text = call.call if text is None else text
        cases = inputs if isinstance(inputs, list) else [inputs]
        try:
            found = (
                [run(text, convert(call.library, loss.inputs | case, call.single)) for case in cases] if text else []
            )
        except (ValueError, AssertionError, IndexError, TypeError, RuntimeError):
            yield REFUSES
        else:
            yield " / ".join(map(written, found)) or "–"


def dotted(node):
    """The name of a function as it is called, or None."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None


def functions(call):
    """The functions of the library that a call calls."""
    roots = LIBRARIES.get(call.library, ("lossbook",))
    for node in ast.walk(ast.parse(call.call)):
        name = dotted(node.func) if isinstance(node, ast.Call) else None
        if name and name.split(".")[0] in (*roots, "F") and name not in PREPARING:
            yield name


def default(value):
    return str(value.value) if isinstance(value, enum.Enum) else value


def defaults(names):
    """The defaults of functions, as their signatures have them."""
    for name in names:
        try:
            parameters = inspect.signature(eval(name, NAMES)).parameters.values()
        except ValueError:  # a builtin
            continue
        for p in parameters:
            if p.default not in (inspect.Parameter.empty, None) and p.name not in IDLE:
                yield f"{p.name}={default(p.default)!r}"


def row(name, loss, call):
    """Everything that is found out about one call."""
    names = convert(call.library, loss.inputs, call.single)
    value = number(run(call.call, names))
    same, divides, words = equals(name, loss, call, value)
    called = sorted(set(functions(call)))
    return {
        "library": call.library,
        "call": call.call,
        "equals": same,
        "functions": called,
        "defaults": list(dict.fromkeys(defaults(called or [name] * (call.library == "lossbook")))),
        "takes": takes(name, loss, call, value, names),
        "divides by": divides,
        "weighted": weighted(name, loss, call),
        "chosen": list(words),
        "probes": list(probed(loss, call)),
    }


def note(check, text):
    """A note's text, if its check is true."""
    assert bool(run(check, {})), f"not true: {text} ({check})"
    return {"text": text, "check": check}


def versions():
    return {library: version(library).partition("+")[0] for library in LIBRARIES}


def fresh():
    """The whole table."""
    return {
        "versions": versions(),
        "losses": {
            name: {
                "probes": list(loss.probes),
                "chosen": [loss.heading] if loss.choices else [],
                "rows": [row(name, loss, call) for call in loss.calls],
                "notes": [note(*pair) for pair in loss.notes],
            }
            for name, loss in LOSSES.items()
        },
        "without": WITHOUT,
    }


if __name__ == "__main__":
    table = json.dumps(fresh(), ensure_ascii=False, indent=1)
    FILE.write_text(table + "\n", encoding="utf-8")
    print(f"{sum(len(loss.calls) for loss in LOSSES.values())} calls written to {FILE.name}")
