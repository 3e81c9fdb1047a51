"""What the two playgrounds compute with: the formulas of the cards and their derivatives, printed as JavaScript.

A loss enters *Compare losses* by its declaration (a loss of elements, of one prediction and one target) and its card, and *Paint a mask* by being a
loss of probabilities of elements or of regions, or one whose formula is a sum over ranked pixels.
"""

import json
import re
from dataclasses import dataclass
from functools import cache

import numpy as np
import sympy as sp
from sympy.printing.jscode import JavascriptCodePrinter

from lossbook import catalogue
from lossbook.cards.amounts import growth, size
from lossbook.cards.notation import (
    G,
    N,
    band,
    bend,
    dice_weight,
    gamma_neg,
    gamma_pos,
    i,
    mask,
    p,
    probs,
    r,
    scores,
    shift,
    sigmoid,
    smooth,
    turn,
    w,
    w_fn,
    w_fp,
    y,
    z,
)
from lossbook.proof.kinds import Limit
from lossbook.proof.ranks import Counted, Difference, Order

#: The options whose name is not that of their symbol; a symbol of several losses may have another name in each.
OPTIONS = {
    w: ("pos_weight",),
    smooth: ("smooth",),
    w_fp: ("fp_weight",),
    w_fn: ("fn_weight",),
    dice_weight: ("dice_weight",),
    r: ("squared",),
    turn: ("delta", "beta", "c", "scale", "width", "kappa"),
    bend: ("curvature",),
    band: ("gamma",),
    growth: ("power",),
    size: ("dispersion",),
    gamma_pos: ("gamma_pos",),
    gamma_neg: ("gamma_neg",),
    shift: ("margin",),
}
#: What the losses of one playground are compared over, and of which variable their formulas become functions.
AXES = ("logit", "margin", "residual")
_x = sp.Symbol("x", real=True)
_sign, _logit = 2 * y - 1, sp.log(p / (1 - p))
#: How far a slider reaches where a parameter has no end.
_FAR = 5


_LANCZOS = (
    "[676.5203681218851,-1259.1392167224028,771.3234287776531,-176.6150291621406,"
    "12.507343278686905,-0.13857109526572012,9.984369578019572e-6,1.5056327351493116e-7]"
)


class _Printer(JavascriptCodePrinter):
    """SymPy's printer, with the functions that it prints for C and not for JavaScript."""

    _same = ("cosh", "sinh", "tanh", "log1p", "expm1")

    def __init__(self, settings=None):
        super().__init__((settings or {}) | {"user_functions": {name: f"Math.{name}" for name in self._same}})

    def _print_loggamma(self, expr):
        # Lanczos' formula with g = 7, right to 15 digits for positive numbers; JavaScript has no gamma function.
        series = f"{_LANCZOS}.forEach((c,i)=>{{s+=c/(x+i)}})"
        total = "0.9189385332046727+(x-0.5)*Math.log(x+6.5)-x-6.5+Math.log(s)"
        return f"(x=>{{let s=0.9999999999998099;{series};return {total}}})({self._print(expr.args[0])})"


def javascript(arguments, *exprs):
    """Print a function that returns the list of some expressions, of which common parts are computed once.

    Parameters
    ----------
    arguments : dict
        For each argument its name, and what it stands for: one symbol, or a list of symbols for an array.
    *exprs : sympy.Expr
        They may hold no other symbols.

    Returns
    -------
    str
        An arrow function.

    Examples
    --------
    >>> import sympy as sp
    >>> from lossbook.show.playgrounds import javascript
    >>> z = sp.Symbol("z", real=True)
    >>> print(javascript({"x": z}, sp.exp(z), sp.exp(z) + 1))
    (x)=>{const t0=Math.exp(x);return[t0,t0 + 1]}
    """
    names = {}
    for name, meant in arguments.items():
        names |= (
            {symbol: f"{name}[{n}]" for n, symbol in enumerate(meant)} if isinstance(meant, list) else {meant: name}
        )
    renamed = {symbol: sp.Symbol(name, real=True) for symbol, name in names.items()}
    plain = [_plain(expr).xreplace(renamed) for expr in exprs]
    if unknown := set().union(*(e.free_symbols for e in plain)) - set(renamed.values()):
        raise ValueError(
            f"{exprs} holds {sorted(map(str, unknown))}, which no argument stands for; name it in arguments"
        )
    parts, results = sp.cse(plain, symbols=sp.numbered_symbols("t"))
    printer = _Printer()
    body = "".join(f"const {name}={printer.doprint(part)};" for name, part in parts)
    code = f"({','.join(arguments)})=>{{{body}return[{','.join(map(printer.doprint, results))}]}}"
    return re.sub(r"\s*\n\s*", "", code)


def _plain(expr):
    """Write steps as cases; a second derivative leaves out what a kink adds at its one point, as the package does."""
    expr = sp.sympify(expr).replace(sp.DiracDelta, lambda *_: sp.S.Zero)
    return expr.replace(sp.Heaviside, lambda x, *_: sp.Piecewise((1, x > 0), (0, True)))


# --- Parameters -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Parameter:
    """A parameter of a loss as a slider moves it; on a logarithmic one the position is the logarithm of its value to base 10."""

    symbol: str
    option: str
    low: float
    high: float
    step: float
    start: float
    log: bool = False


def parameters(record):
    """Return the sliders of a loss's parameters, from the domains and defaults on its card."""
    card = record.card
    return [
        _parameter(symbol, _option(symbol, record), card.domain[symbol], card.defaults.get(symbol))
        for symbol in card.params
    ]


def _option(symbol, record):
    return next(name for name in OPTIONS.get(symbol, (symbol.name,)) if name in record.options)


def _parameter(symbol, option, domain, default):
    named = sp.pretty(symbol, use_unicode=True), option
    low, high = float(domain.inf), float(domain.sup)
    if isinstance(domain, sp.FiniteSet):
        return Parameter(*named, low, high, 1, float(low if default is None else default))
    left_open, right_open = (end.is_finite and end not in domain for end in (domain.inf, domain.sup))
    if low == 0 and high == np.inf and left_open:  # a scale
        start = 0.0 if default is None else float(sp.log(default, 10))
        return Parameter(*named, start - 2, start + 2, 0.05, start, log=True)
    if default is None:
        default = (low + high) / 2 if np.isfinite(low + high) else max(low, 0)
    low, high = max(low, float(default) - _FAR), min(high, float(default) + _FAR)
    step = 0.05 if high - low <= 1 else 0.1
    low += step * bool(left_open and low == float(domain.inf))
    high -= step * bool(right_open and high == float(domain.sup))
    return Parameter(*named, low, high, step, float(default))


# --- Losses of elements ---------------------------------------------------------------------------------------------------


def of_elements():
    """Return the records of the losses of one prediction and one target that have a card."""
    return [record for record in catalogue() if _is_plain(record)]


def _is_plain(record):
    card = record.function.declaration.each == "element" and record.role == "loss" and record.card
    return bool(card) and card.prediction in card.domain and len(_targets(card)) == 1 and len(record.arguments) == 2


def _targets(card):
    return [symbol for symbol in card.domain if symbol != card.prediction and symbol not in card.params]


def predictions(record):
    """Return for each axis that a loss can be drawn over its prediction as an expression of x, and of y for the target."""
    kind = record.function.arguments[record.function.prediction]
    logistic = sigmoid.subs(z, _x)
    if kind.name == "logits":
        return {"logit": _x, "margin": _sign * _x}
    if kind.low == 0 and kind.high > 1:  # an amount, which is no probability
        return {"residual": y + _x}
    behind = {"logit": logistic, "margin": logistic.subs(_x, _sign * _x)}
    return behind if (kind.low, kind.high) == (0, 1) else behind | {"residual": y + _x}


def _ends(domain):
    """Return where a domain ends, for a script."""
    return [float(end) if np.isfinite(float(end)) else None for end in (domain.inf, domain.sup)]


def _kept(domain):
    """Return the least and the largest number of a domain, for a script: next to an end that does not belong to it."""
    low, high = _ends(domain)
    low = low if low is None or domain.inf in domain else float(np.nextafter(low, np.inf))
    return [low, high if high is None or domain.sup in domain else float(np.nextafter(high, -np.inf))]


def _element(record):
    """Write a loss of elements as JavaScript: what it is, and for each axis ``(x, y, a) => [prediction, value, slope, curvature]``."""
    card, over = record.card, predictions(record)
    (target,) = _targets(card)


    def drawn(formula):
        functions = {}
        for axis, prediction in over.items():
            value = formula.xreplace({target: y}).subs(card.prediction, prediction)
            derived = [sp.diff(value, _x, n) for n in range(3)]
            functions[axis] = javascript({"x": _x, "y": y, "a": list(card.params)}, prediction, *derived)
        return _record({}, functions)

    limits = [_record({"parameter": n, "at": at}, {"over": drawn(limit)}) for n, at, limit in _limits(card)]
    facts = {
        "name": record.name,
        "title": card.title,
        "family": record.family,
        "behind": "residual" in over or over["logit"] != _x,
        "hard": list(record.function.arguments.values())[1].integral,
        "domains": [_ends(card.domain[card.prediction]), _kept(card.domain[target])],
        "parameters": [vars(parameter) for parameter in parameters(record)],
    }
    return _record(facts, {"over": drawn(card.formula), "limits": f"[{','.join(limits)}]"})


def _limits(card):
    """Return what is proved of the values that the domain of a parameter leaves out: (number of the parameter, value, limit of the loss)."""
    return [
        (n, float(claim.to), claim.value)
        for claim in card.claims
        for n, symbol in enumerate(card.params)
        if isinstance(claim, Limit) and claim.var == symbol and claim.of is None and not claim.given
        if card.domain[symbol].inf < claim.to < card.domain[symbol].sup and claim.to not in card.domain[symbol]
    ]


def _record(facts, functions):
    """Write an object of data and of functions."""
    entries = [f"{json.dumps(key)}:{json.dumps(value, ensure_ascii=False)}" for key, value in facts.items()]
    return f"{{{','.join([*entries, *(f'{json.dumps(key)}:{code}' for key, code in functions.items())])}}}"


@cache
def comparable():
    """Write the losses of elements as a JavaScript array."""
    return f"[{','.join(map(_element, of_elements()))}]"


# --- Losses of masks ------------------------------------------------------------------------------------------------------


def of_masks():
    """Return the records of the losses that compare a predicted mask with a true one, pixel by pixel or as regions."""
    return [
        record
        for record in catalogue()
        if record.role == "loss" and record.card and (_in_sums(record) or _in_ranks(record))
    ]


def _in_sums(record):
    kinds = [kind.name for kind in record.function.arguments.values()]
    return kinds == ["probs", "unit"] and (_is_plain(record) or record.function.declaration.each == "region")


def _order(card):
    return next((domain for domain in card.domain.values() if isinstance(domain, Order)), None)


def _in_ranks(record):
    """Whether a formula adds up errors in their order, each times what its pixel adds to a quotient of counts."""
    return bool(_order(record.card)) and any(isinstance(domain, Counted) for domain in record.card.domain.values())


@cache
def paintable():
    """Write the losses of masks as a JavaScript object: with them the sliders that they share, and the slope of σ at a probability."""
    losses = f"[{','.join((_sums if _in_sums(record) else _ranks)(record) for record in of_masks())}]"
    link = javascript({"p": p}, sp.simplify(sp.diff(sigmoid, z).subs(z, _logit)))
    return _record({"options": _shared()}, {"losses": losses, "link": link})


def _shared():
    """Return the sliders of *Paint a mask*: one for each parameter that any of its losses has."""
    found = {}
    for record in of_masks():
        found |= {parameter.option: vars(parameter) for parameter in parameters(record)}
    return list(found.values())


def _sums(record):
    """Write a loss of sums over pixels: the terms of its sums with their slopes, and how sums and parameters make the value."""
    card = record.card
    formula = card.formula
    if _is_plain(record):  # the mean over the pixels
        formula = sp.Sum(formula.xreplace({card.prediction: probs[i], _targets(card)[0]: mask[i]}), (i, 1, N)) / N
    sums = sorted(formula.atoms(sp.Sum), key=sp.default_sort_key)
    totals = list(sp.symbols(f"s:{len(sums)}", real=True))
    whole = formula.xreplace(dict(zip(sums, totals, strict=True)))
    g = sp.Symbol("g", real=True)
    terms = [total.function.xreplace({probs[i]: p, mask[i]: g}) for total in sums]
    functions = {
        "terms": javascript({"p": p, "g": g, "a": list(card.params)}, *terms, *(sp.diff(term, p) for term in terms)),
        "whole": javascript({"s": totals, "n": N, "a": list(card.params)}, whole, *(sp.diff(whole, s) for s in totals)),
    }
    return _record(_facts(record) | {"kind": "sums"}, functions)


def _ranks(record):
    """Write a loss of ranked pixels: the error of one with its slope and what it is sorted by, and the quotient of counts."""
    card = record.card
    counts = next(domain for domain in card.domain.values() if isinstance(domain, Counted))
    step = next(step for step in card.formula.atoms(Difference) if step.has(counts.missed))
    a, b, g, u = sp.symbols("a b g u", real=True)
    error = _order(card).error.replace(sp.KroneckerDelta, lambda *_: g)
    error = error.replace(lambda e: isinstance(e, sp.Indexed), lambda e: u if e.base in (probs, scores) else g)
    counted = {counts.missed: a, counts.marked: b, counts.total: G}
    # Sorted by what varies in the error: rounded after a constant was added, errors near one another would tie.
    inside = next((part for part in error.args if part != 0), error) if isinstance(error, sp.Max) else error
    key = -inside.args[1] if isinstance(inside, Difference) and inside.args[0].is_number else inside
    spelt = [e.replace(Difference, lambda after, before: after - before) for e in (error, key)]
    of_logits = card.prediction.base == scores
    functions = {
        "score": javascript({"p": p}, _logit, sp.diff(_logit, p)) if of_logits else javascript({"p": p}, p, sp.S.One),
        "error": javascript({"u": u, "g": g}, spelt[0], sp.diff(spelt[0], u), spelt[1]),
        "share": javascript({"a": a, "b": b, "G": G}, step.args[0].xreplace(counted)),
    }
    return _record(_facts(record) | {"kind": "ranks"}, functions)


def _facts(record):
    options = [parameter.option for parameter in parameters(record)]
    return {"name": record.name, "title": record.card.title, "options": options}
