"""The sentences of claims, in English: one template for each kind, and nothing that is typed for a single claim.

A second language is a second module of templates. A sentence is Markdown with formulas; the conditions of a claim (``given``, ``on``) are
always part of it.
"""

import itertools
import re
from functools import singledispatch

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE

from lossbook.proof import kinds, ranks, views
from lossbook.proof.card import Card
from lossbook.proof.kernel import Sign, Tends, Zero
from lossbook.proof.views import Each, Simplex, indices_of


class _Printer(LatexPrinter):
    """SymPy's printer, but for what a reader of a loss expects: σ(z), log p, p_k, ℓ(p, y)."""

    def _print_Function(self, expr, exp=None):
        if isinstance(expr, AppliedUndef):
            name = self._hprint_Function(expr.func.__name__)
            told = f"{name}({', '.join(map(self._print, expr.args))})"
            return told if exp is None else f"{told}^{{{exp}}}"
        return super()._print_Function(expr, exp)

    def _print_Indexed(self, expr):
        below = ", ".join(map(self._print, expr.indices))
        return f"{self._print(expr.base)}_{below}" if len(below) == 1 else f"{self._print(expr.base)}_{{{below}}}"

    def _print_Tuple(self, expr):
        return f"({', '.join(map(self._print, expr))})"

    def _print_log(self, expr, exp=None):
        (inside,) = expr.args
        plain = inside.is_Symbol or inside.is_Integer or isinstance(inside, sp.Indexed)
        told = rf"\log {self._print(inside)}" if plain else rf"\log\left({self._print(inside)}\right)"
        return told if exp is None else rf"\left({told}\right)^{{{exp}}}"

    def _print_Mul(self, expr):
        # A logarithm without parentheses comes last: p log q, since log q p would be read as log(q p).
        above, below = sp.fraction(expr)
        logs = [f for f in sp.Mul.make_args(above) if isinstance(f, sp.log)]
        others = [f for f in sp.Mul.make_args(above) if not isinstance(f, sp.log)]
        if not logs or all(f.is_number for f in others) or any(f.is_Add for f in others):
            return super()._print_Mul(expr)
        sign, rest = ("- ", -sp.Mul(*others)) if sp.Mul(*others).could_extract_minus_sign() else ("", sp.Mul(*others))
        told = " ".join([*([] if rest == 1 else [self._print(rest)]), *map(self._print, logs)])
        return sign + (told if below == 1 else rf"\frac{{{told}}}{{{self._print(below)}}}")

    def _print_Sum(self, expr):
        # Over the whole range, whose end has a capital, the limits say nothing.
        if len(expr.limits) == 1 and expr.limits[0][1] == 1 and str(expr.limits[0][2]) in ("i", "j", "k"):
            index, _, end = expr.limits[0]
            inside = self.parenthesize(expr.function, PRECEDENCE["Mul"])
            return rf"\sum_{{{self._print(index)} \le {self._print(end)}}} {inside}"
        indices = [limit[0] for limit in expr.limits if limit[1] == 1 and isinstance(limit[2], sp.Symbol)]
        if len(indices) != len(expr.limits):
            return super()._print_Sum(expr)
        inside = self._print(expr.function)
        inside = rf"\left({inside}\right)" if expr.function.is_Add else inside
        return rf"\sum_{{{', '.join(map(self._print, indices))}}} {inside}"

    def _print_Heaviside(self, expr, exp=None):
        # A step is printed by its condition, [p > t].
        step = expr.args[0]
        left = sp.Add(*(term for term in sp.Add.make_args(step) if not term.could_extract_minus_sign()))
        sign = r"\ge" if expr.args[1:] == (1,) else ">"
        told = f"[{self._print(left)} {sign} {self._print(left - step)}]"
        return told if exp is None else f"{told}^{{{exp}}}"

    def _print_Derivative(self, expr):
        power = "" if expr.derivative_count == 1 else f"^{expr.derivative_count}"
        below = " ".join(rf"\partial {self._print(v)}" + (f"^{n}" if n != 1 else "") for v, n in expr.variable_count)
        return rf"\frac{{\partial{power}}}{{{below}}} {self.parenthesize(expr.expr, PRECEDENCE['Mul'])}"


def _with_sigmoids(expr):
    """Write 1/(1 + e^−z) as σ(z)."""

    def is_sigmoid(e):
        if not (e.is_Pow and e.exp.is_Integer and e.exp < 0 and e.base.is_Add and len(e.base.args) == 2 and sp.S.One in e.base.args):
            return False
        return any(isinstance(a, sp.exp) for a in e.base.args)

    def named(e):
        inside = next(a.args[0] for a in e.base.args if isinstance(a, sp.exp))
        return sp.Function("sigma")(-inside) ** -e.exp

    return expr.replace(is_sigmoid, named)


def tex(expr):
    """Typeset an expression; what was built to be read (``as_product``, ``as_sum``) keeps its order."""
    if isinstance(expr, (tuple, list)):
        return "(" + ", ".join(map(tex, expr)) + ")"
    expr = sp.sympify(expr)
    built = isinstance(expr, sp.Expr) and _as_built(expr)
    printer = _Printer({"order": "none" if built else None, "fold_short_frac": False})
    return printer.doprint(expr if built else _with_sigmoids(expr))


def _as_built(expr):
    """Whether an expression was built without evaluation, for print."""
    return any(node.is_Add or node.is_Mul for node in sp.preorder_traversal(expr) if isinstance(node, sp.Expr)) and expr != _evaluated(expr)


def _evaluated(expr):
    try:
        return expr.doit(deep=True) if expr.has(sp.Add, sp.Mul) and not expr.has(sp.Sum, sp.Derivative, sp.Integral) else expr
    except Exception:
        return expr


def math(expr):
    """Typeset an expression as a formula in a line."""
    return f"${tex(expr)}$"


def loss(card):
    """Typeset the card's symbol."""
    return tex(card.symbol)


def name(card):
    """Typeset the bare name of the loss, without arguments."""
    if isinstance(card.symbol, AppliedUndef):
        return _Printer()._hprint_Function(card.symbol.func.__name__)
    return tex(card.symbol)


def sentence(claim, card):
    """Print a claim with its conditions."""
    told = _sentence(claim, card)
    conditions = _conditions(claim, card)
    whole = f"{told}{conditions}"
    return whole[0].upper() + whole[1:]


def _conditions(claim, card):
    if isinstance(claim, kinds.Not):
        return ""
    found = [_put_in(s, v) for s, v in claim.given.items()]
    found += [_region(s, r) for s, r in claim.on.items()]
    found += _different(claim, card)
    return "" if not found else ", for $" + ",\\ ".join(found) + "$"


def _different(claim, card):
    """Say that entries with different indices are different ones, where a claim singles out more than one."""
    parts = [getattr(claim, part, None) for part in ("expr", "relation", "var", "of", "value")]
    parts += [card.prediction] if isinstance(claim, (kinds.Gradient, kinds.Lipschitz, kinds.Monotone)) and claim.var is None else []
    # At ranks nothing else is singled out.
    if isinstance(claim, kinds.Convex) or getattr(claim, "joint", False) or ranks.ordered(card.domain):
        return []
    found = indices_of(claim.loss(card), *(part for part in parts if isinstance(part, sp.Basic)))
    return [rf"{tex(a)} \ne {tex(b)}" for a, b in itertools.combinations(found, 2)]


def _put_in(symbol, value):
    if isinstance(value, sp.Lambda):
        place = sp.Symbol("j", integer=True, positive=True)
        return f"{tex(symbol[place])} = {tex(value(place))}"
    return f"{tex(symbol)} = {tex(value)}"


def _region(symbol, region):
    if isinstance(region, Simplex):
        return f"{tex(symbol)} \\text{{ a distribution{' without zeros' if region.open else ''}}}"
    if isinstance(region, Each) and len(_values(region.region)) == 1:
        return rf"\text{{every entry of }} {tex(symbol)} = {tex(_values(region.region)[0])}"
    if isinstance(region, Each):
        return _region(symbol, region.region)
    if isinstance(region, ranks.SetFunction):
        what = r"\text{ submodular}" if region.submodular else r"\text{ any set function}"
        if region.weights is not None:
            what = rf" \text{{ the sum of the weights }} {tex(region.weights)}"
        return f"{_Printer()._hprint_Function(symbol.__name__)}{what}"
    if len(_values(region)) == 1:
        return f"{tex(symbol)} = {tex(_values(region)[0])}"
    if isinstance(region, sp.Interval):
        low, high = region.start, region.end
        left, right = ("<" if region.left_open else r"\le"), ("<" if region.right_open else r"\le")
        if low == -sp.oo and high == sp.oo:
            return f"{tex(symbol)} \\in \\mathbb{{R}}"
        if low == -sp.oo:
            return f"{tex(symbol)} {right} {tex(high)}"
        if high == sp.oo:
            above = ">" if region.left_open else r"\ge"
            return f"{tex(symbol)} {above} {tex(low)}"
        return f"{tex(low)} {left} {tex(symbol)} {right} {tex(high)}"
    return f"{tex(symbol)} \\in {sp.latex(region)}"


def _values(region):
    return tuple(region) if isinstance(region, sp.FiniteSet) else ()


def _at(place):
    told = []
    for symbol, value in place.items():
        goes = not isinstance(value, (tuple, list)) and sp.sympify(value) in (sp.oo, -sp.oo)
        sign = r"\to" if goes else "="
        told.append(f"{tex(symbol)} {sign} {tex(value)}")
    return r",\ ".join(told)


def _shown(claim, expr):
    return tex(expr if claim.shown is None else claim.shown)


def _variable(claim, card):
    return card.prediction if claim.var is None else claim.var


def _rate(claim, card, order=1):
    variable = tex(_variable(claim, card))
    power = "" if order == 1 else f"^{order}"
    return rf"\partial{power} {name(card)}/\partial {variable}{power}"


@singledispatch
def _sentence(claim, card):
    raise TypeError(f"there is no sentence for {type(claim).__name__}")


def inequality(claim, card):
    """Print the bounds of a range."""
    low, high = sp.sympify(claim.low), sp.sympify(claim.high)
    below = "" if low == -sp.oo else f"{tex(low)} \\le "
    above = "" if high == sp.oo else f" \\le {tex(high)}"
    if below and not above:
        return f"${loss(card)} \\ge {tex(low)}$"
    return f"${below}{loss(card)}{above}$"


@_sentence.register
def _(claim: kinds.Range, card):
    low, high = sp.sympify(claim.low), sp.sympify(claim.high)
    if low == -sp.oo and high == sp.oo:
        return f"${loss(card)}$ takes every size: it is bounded neither below nor above"
    bounds = [v for v in (low, high) if v not in (sp.oo, -sp.oo)]
    told = inequality(claim, card) + (", and both ends are sharp" if len(bounds) == 2 else ", which is sharp")
    places = [dict(zip(card.symbol.args, at, strict=False)) if isinstance(at, tuple) else at for at in (claim.low_at, claim.high_at)]
    ends = [f"${tex(v)}$ at ${_at(at)}$" for v, at in zip((low, high), places, strict=True) if at and v in bounds]
    told += f" ({'; '.join(ends)})" if ends else ""
    open_ends = [word for v, word in ((high, "above"), (low, "below")) if v in (sp.oo, -sp.oo)]
    return told + "".join(f"; it is unbounded {word}" for word in open_ends)


@_sentence.register
def _(claim: kinds.ZeroOnlyAt, card):
    what = loss(card) if claim.of is None else tex(claim.of)
    return f"${what} = 0$ for ${tex(claim.a)} = {tex(claim.b)}$, and positive otherwise"


@_sentence.register
def _(claim: kinds.Gradient, card):
    return f"${_rate(claim, card, claim.order)} = {_shown(claim, claim.expr)}$"


@_sentence.register
def _(claim: kinds.Lipschitz, card):
    if getattr(claim, "joint", False):
        sharp = ", and no smaller bound would do" if claim.sharp else ""
        return f"the eigenvalues of the Hessian in ${tex(_variable(claim, card).base)}$ lie between $0$ and ${tex(claim.c)}${sharp}"
    what = "slope" if claim.order == 1 else "second derivative"
    bound = tex(claim.c)
    within = f"\\left({bound}\\right)" if sp.sympify(claim.c).is_Add else bound
    told = f"the {what} stays within $\\pm {within}$: $|{_rate(claim, card, claim.order)}| \\le {bound}$"
    if isinstance(claim.sharp, dict):
        return told + f", reached or approached at ${_at(claim.sharp)}$"
    return told + (", and no smaller bound would do" if claim.sharp else "")


@_sentence.register
def _(claim: kinds.Monotone, card):
    return f"${name(card)}$ {'strictly ' if claim.strict else ''}{'decreases' if claim.down else 'increases'} in ${tex(_variable(claim, card))}$"


@_sentence.register
def _(claim: kinds.Convex, card):
    variable = _variable(claim, card)
    if isinstance(variable, tuple):
        where = tex(tuple(entry.base for entry in variable))
    else:
        where = tex(variable.base) if isinstance(variable, sp.Indexed) else tex(variable)
    return f"${name(card)}$ is {'strictly ' if claim.strict else ''}{'concave' if claim.concave else 'convex'} in ${where}$"


@_sentence.register
def _(claim: kinds.Elicits, card):
    level = f" of level ${tex(claim.level)}$" if claim.level is not None else ""
    return f"the smallest expected loss is at the {claim.functional}{level} of the target"


@_sentence.register
def _(claim: kinds.Proper, card):
    variable = card.prediction
    word = "strictly proper" if claim.strict else "proper"
    if isinstance(variable, sp.Indexed):
        base = claim.of if claim.of is not None else claim.link if claim.link is not None else variable.base
        scored = f", where ${tex(base)}$ are the probabilities with the logits ${tex(variable.base)}$" if claim.link is not None else ""
        return f"{word}: if the class has distribution $\\eta$, the expected loss is smallest at ${tex(base)} = \\eta${' and nowhere else' if claim.strict else ''}{scored}"
    link = claim.chance(card)
    told = r"\sigma(" + tex(variable) + ")" if link == 1 / (1 + sp.exp(-variable)) else tex(link)
    return f"{word}: if the label is 1 with probability $0 < \\eta < 1$, the expected loss is smallest where ${told} = \\eta${', and nowhere else' if claim.strict else ''}"


@_sentence.register
def _(claim: kinds.Likelihood, card):
    factor = "" if claim.factor == 1 else f"${tex(claim.factor)}$ times "
    return f"{factor}${loss(card)}$ is, up to what no prediction changes, minus the logarithm of the density ${_shown(claim, claim.density)}$"


@_sentence.register
def _(claim: kinds.Symmetric, card):
    changes = ", ".join(f"${tex(a)} \\to {tex(b)}$" for a, b in claim.mapping.items())
    return f"${name(card)}$ stays as it is under {changes}"


@_sentence.register
def _(claim: kinds.Homogeneous, card):
    symbols = claim.symbols if isinstance(claim.symbols, (tuple, list)) else (claim.symbols,)
    power = "" if claim.degree == 1 else f"^{{{tex(claim.degree)}}}"
    told = f"by $\\lambda{power}$" if claim.degree != 0 else "by nothing: it stays as it is"
    return f"multiplying {' and '.join(math(s) for s in symbols)} by $\\lambda > 0$ multiplies ${name(card)}$ {told}"


@_sentence.register
def _(claim: kinds.Invariant, card):
    symbols = claim.symbols if isinstance(claim.symbols, (tuple, list)) else (claim.symbols,)
    entries = "every entry of " if any(isinstance(s, sp.IndexedBase) for s in symbols) else ""
    return f"adding one number to {entries}{' and '.join(math(s) for s in symbols)} leaves ${name(card)}$ as it is"


@_sentence.register
def _(claim: kinds.SpecialCase, card):
    other = claim.card
    values = ",\\ ".join(_put_in(s, v) for s, v in claim.values.items())
    start = f"with ${values}$ " if values else ""
    factor = "" if claim.factor == 1 else f"${tex(claim.factor)}$ times "
    link = ", ".join(f"${_put_in(s, v)}$" for s, v in claim.link.items() if v not in (s, claim.values.get(s)))
    return f"{start}${name(card)}$ is {factor}the {_title(other)}{f' at {link}' if link else ''}"


#: Words that keep their capital within a sentence: a card's title may begin with somebody's name.
_NAMES = {
    *("Jensen", "Kullback", "Wasserstein", "Tversky", "Lovász", "Dice", "Brier", "Crammer", "Weston", "Huber", "Barron", "Tukey"),
    *("Poisson", "Tweedie", "Gaussian", "Laplace", "Student", "Taylor", "F", "F₁"),
}


def _title(card):
    """Return a title as it stands within a sentence; a first word with a second capital keeps the first."""
    first = re.split("[ –'-]", card.title)[0]
    is_name = first in _NAMES or first[1:] != first[1:].lower()
    return card.title if is_name else card.title[0].lower() + card.title[1:]


@_sentence.register
def _(claim: kinds.Bound, card):
    sign = r"\le" if claim.above else r"\ge"
    if claim.strict:
        sign = "<" if claim.above else ">"
    factor = "" if claim.factor == 1 else tex(claim.factor) + r"\,"
    if isinstance(claim.other, Card):
        link = ", ".join(f"${tex(s)} = {tex(v)}$" for s, v in claim.link.items() if s != v)
        times = "" if claim.factor == 1 else f"${tex(claim.factor)}$ times "
        return f"${loss(card)}$ is {'at most' if claim.above else 'at least'} {times}the {_title(claim.other)}{f' at {link}' if link else ''}"
    return f"${loss(card)} {sign} {factor}{_shown(claim, claim.other)}$"


@_sentence.register
def _(claim: kinds.Limit, card):
    what = loss(card) if claim.of is None else tex(claim.of)
    what = what if claim.shown is None else tex(claim.shown)
    return f"${what} \\to {tex(claim.value)}$ as ${tex(claim.var)} \\to {tex(claim.to)}$"


@_sentence.register
def _(claim: kinds.Taylor, card):
    ((variable, point),) = claim.at.items()
    return f"near ${tex(variable)} = {tex(point)}$ it is ${_shown(claim, claim.expr)}$ to leading order"


@_sentence.register
def _(claim: kinds.Holds, card):
    parts = kinds._relations(claim.relation if claim.shown is None else claim.shown)
    return " and ".join(math(part) for part in parts)


@_sentence.register
def _(claim: kinds.Value, card):
    if isinstance(claim.at, list):
        sign = r"\approx" if isinstance(claim.number, str) else "="
        places = ", ".join(f"${_at(place)}$" if isinstance(place, dict) else math(place) for place in claim.at)
        return f"the mean of ${name(card)}$ over {places} is ${sign} {claim.number if isinstance(claim.number, str) else tex(claim.number)}$"
    if isinstance(claim.at, tuple):
        return f"${name(card)}{tex(tuple(claim.at))} = {claim.number if isinstance(claim.number, str) else tex(claim.number)}$"
    number = claim.number if isinstance(claim.number, str) else tex(claim.number)
    sign = r"\approx" if isinstance(claim.number, str) else "="
    return f"${name(card)} {sign} {number}$ at ${_at(claim.at)}$"


@_sentence.register
def _(claim: kinds.Misprint, card):
    return f"${_shown(claim, claim.printed)}$, as it is printed in places, is not ${name(card)}$: they differ at ${_at(claim.at)}$"


@_sentence.register
def _(claim: kinds.Merging, card):
    return f"merging classes never raises ${name(card)}$"


@_sentence.register
def _(claim: kinds.RootMetric, card):
    return f"$\\sqrt{{{loss(card)}}}$ obeys the triangle inequality"


@_sentence.register
def _(claim: kinds.Tensorises, card):
    if len(getattr(card.symbol, "args", ())) == 1:
        return f"independent draws add up: ${name(card)}(p \\otimes r) = {name(card)}(p) + {name(card)}(r)$"
    return f"independent draws add up: ${name(card)}(p \\otimes r, q \\otimes s) = {name(card)}(p, q) + {name(card)}(r, s)$"


@_sentence.register
def _(claim: kinds.Increments, card):
    a, b = map(math, claim.counts)
    return f"where {a} pixels are missed and {b} marked by mistake, one more that is missed adds ${tex(claim.missed)}$, one more that is marked ${tex(claim.marked)}$"


@_sentence.register
def _(claim: kinds.Submodular, card):
    return f"the set function of ${name(card)}$ is submodular: no increment grows when another pixel is there already"


@_sentence.register
def _(claim: kinds.WeightedMean, card):
    return f"${name(card)}$ is a weighted mean of the errors, and changes by no more than the largest change of an error: its increments are not negative and sum to 1"


@_sentence.register
def _(claim: kinds.Levels, card):
    told, start = [], 0
    for level, end in claim.levels:
        told.append(f"${tex(level)}$ at the ranks ${tex(sp.sympify(start) + 1)}$ to ${tex(end)}$")
        start = end
    return f"where the errors are {', '.join(told)}, ${loss(card)} = {tex(claim.value)}$"


@_sentence.register
def _(claim: kinds.Exhaustive, card):
    relation = claim.relation if claim.shown is None else claim.shown
    parts = " and ".join(math(part) for part in kinds._relations(relation))
    cases = "; ".join(dict.fromkeys(f"{_names(claim, words)}: {words}" for words in (c.words for c in claim.over.values())))
    return f"{parts} ({cases})" if cases else parts


def _names(claim, words):
    return ", ".join(math(sp.Symbol(str(n)) if isinstance(n, str) else n) for n, c in claim.over.items() if c.words == words)


@_sentence.register
def _(claim: kinds.Dual, card):
    return f"the cheapest flow costs as much as the best prices $u_i + v_j \\le c_{{ij}}$ are worth, and that is ${name(card)}$ ({claim.cases.words})"


@_sentence.register
def _(claim: kinds.Not, card):
    inner = sentence(claim.claim, card)
    return f"not true: {inner[0].lower() + inner[1:] if inner[0].isalpha() else inner}"


# --- Obligations and steps ----------------------------------------------------------------------------------------------


def obligation(wanted):
    """Print what has to be shown."""
    if isinstance(wanted, kinds._On):
        return obligation(wanted.obligation)
    if isinstance(wanted, Zero):
        return f"{_plain(wanted.expr)} = 0"
    if isinstance(wanted, Sign):
        return f"{_plain(wanted.expr)} {'>' if wanted.strict else '≥'} 0"
    if isinstance(wanted, Tends):
        return f"{_plain(wanted.expr)} → {_plain(wanted.value)} as {_plain(wanted.variable)} → {_plain(wanted.point)}"
    if isinstance(wanted, views.Apart):
        return f"{_plain(wanted.expr)} > 0 for {_plain(wanted.a)} ≠ {_plain(wanted.b)}"
    if isinstance(wanted, kinds.Reaches):
        value = wanted.value[0] if isinstance(wanted.value, tuple) else wanted.value
        return f"{_plain(wanted.expr)} comes to {_plain(sp.sympify(value))}"
    return _WANTED.get(type(wanted), type(wanted).__doc__.partition("\n")[0])


_WANTED = {
    kinds.Laplacian: "the second derivatives are a weighted sum of squared differences",
    kinds.Finite: "each case",
    kinds.False_: "the two values differ",
    kinds.Either: "from one entry to all of them",
    kinds.Excess: "the expected loss is above that at the truth",
    kinds._MergingTerms: "a term is homogeneous of degree 1 and convex",
    kinds._Additive: "a term of the product splits",
    kinds._TaylorOfTerms: "terms agree to second order",
    ranks.Largest: "no order of the pixels gives a larger sum",
    ranks.Diminishing: "no increment grows when another pixel is there already",
    ranks.Grows: "what one more pixel adds",
    ranks.Averages: "no increment is negative, and they sum to 1",
    ranks.Blocks: "the increments of a level telescope",
}


def steps(found, depth=0, most=3):
    """Print a proof as a nested list, down to a depth; forms in plain type, for a page may show hundreds of them."""
    lines = []
    for step in found:
        # A rule may name a place, outside of plain type, where TeX would be read as it stands.
        rule = step.rule.replace(r"\hat{y}", "ŷ")
        told = rule if step.form is None or isinstance(step.form, (str, dict)) else f"{rule}: {_plain(step.form)}"
        places = ", ".join(f"{sp.sstr(s).lstrip('_')} = {sp.sstr(e)}" for s, e in step.chart if s != e)
        case = f"*{step.case}*: " if step.case else ""
        where = f" (with {_plain(places)})" if places else ""
        lines.append(f"{'  ' * depth}- {case}{told}{where}")
        if depth < most:
            lines += steps(step.parts, depth + 1, most)
    return lines


def _plain(form):
    """Print an expression in plain type, without the mark of the prover's own symbols, and not too long."""
    text = re.sub(r"(?<!\w)_(?=[A-Za-z])", "", form if isinstance(form, str) else sp.sstr(form)).replace("\n", " ")
    return f"`{text if len(text) <= 140 else text[:138] + ' …'}`"
