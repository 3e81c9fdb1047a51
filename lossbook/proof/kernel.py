"""The trusted part of the prover: when an expression is zero, has a sign, or tends to a value, everywhere on a domain.

It knows expressions and domains, and nothing of losses, sums over classes, or claims. It is meant to be read whole by somebody
who doubts it. An obligation is settled in three steps:

1. *Try to refute it*: the expression is evaluated at 40 digits at some sixty points of the domain, its ends included. A point
   at which the obligation fails raises :class:`Untrue`.
2. *Cut the domain into charts* on which no Abs, Max, Min, sign, Heaviside or Piecewise changes its branch. A chart writes each
   symbol of the domain as an expression in new symbols of which nothing is known but that they are positive (or real), so that
   nothing depends on what the symbols of a card were declared to be. A closed end is a chart of its own.
3. *Settle it on each chart* by rewriting, signs of sums and products, and derivatives. What none of these shows raises
   :class:`NotProved`; it is never passed on.

At a closed end at which a logarithm or a quotient is not defined, a formula means its limit from inside: 0 log 0 = 0. Inside its
domain a formula has to be defined at every point before anything is said of it: (p² − ¼)/(p − ½) is not p + ½.

A hint (``by``) is an expression, never code: an equal form, parts that add up to the expression, or an :class:`Anchor`. It is
checked, and a hint that is not true raises :class:`NotProved` even where it was not needed.
"""

import contextlib
import itertools
import random
import signal
import threading
import time
from dataclasses import dataclass
from functools import cache, lru_cache

import mpmath
import sympy as sp

#: No call of SymPy takes longer (seconds of the processor, so that a busy machine changes no verdict); those that could are tried, and given up.
LIMIT = 3.0

#: No obligation takes longer in all; one that does is not shown.
BUDGET = 10.0

#: How deep derivatives are taken to settle a sign, and how many times a chart is cut.
DEPTH, CUTS = 3, 12


class NotProved(Exception):
    """A claim for which no route led to a verdict."""


class Untrue(NotProved):
    """A claim that is false; ``point`` says where."""

    def __init__(self, message, point=None):
        super().__init__(message)
        self.point = point


@dataclass(frozen=True)
class Step:
    """A node of a proof: on which case, which form of the expression, by which rule, and the steps that the rule needs.

    ``status`` is the strongest thing that the step shows: "proved", "exhaustive" or "refuted". ``chart`` says what the symbols of the form
    stand for.
    """

    rule: str
    form: object = None
    parts: tuple = ()
    case: str = ""
    status: str = "proved"
    chart: tuple = ()


@dataclass(frozen=True)
class Zero:
    """``expr`` is 0 everywhere on the domain; ``inside``: but for the points at which two branches meet."""

    expr: sp.Expr
    inside: bool = False
    what: str = "difference"


@dataclass(frozen=True)
class Sign:
    """``expr`` is ≥ 0 (``strict``: > 0) everywhere on the domain; ``inside``: but for the points at which two branches meet.

    ``enough``: > 0 is more than the claim needs, as of the slope of x³, which increases strictly. A point at which it is 0 then refutes
    nothing; a whole piece of the domain does. ``what`` names the expression in print.
    """

    expr: sp.Expr
    strict: bool = False
    inside: bool = False
    enough: bool = False
    what: str = "difference"


@dataclass(frozen=True)
class Tends:
    """``expr`` goes to ``value`` as ``variable`` goes to ``point``, from every side that the domain has."""

    expr: sp.Expr
    variable: sp.Symbol
    point: sp.Expr
    value: sp.Expr


@dataclass(frozen=True)
class Anchor:
    """A hint for a sign: the expression is not negative at ``variable`` = ``point``, falls up to it and rises from it."""

    variable: sp.Symbol
    point: sp.Expr


class _TooLong(BaseException):
    """Not an Exception, so that SymPy, which catches those, cannot swallow it."""


_STARTED, _INSIDE_A_CALL = [None], [False]


@contextlib.contextmanager
def budget():
    """Bound the time of an obligation and of all that it needs."""
    outer = _STARTED[0]
    _STARTED[0] = outer or time.process_time()
    try:
        yield
    finally:
        _STARTED[0] = outer


@cache
def own(name, **assumed):
    """Return a symbol that no card can use, the same for the same name and assumptions."""
    return sp.Dummy(name, **assumed)


def attempt(function, *arguments, **options):
    """Call SymPy; None if it fails or takes too long."""
    if _STARTED[0] is not None and time.process_time() - _STARTED[0] > BUDGET:
        raise NotProved("it took too long")

    def stop(*_):
        raise _TooLong

    timed = threading.current_thread() is threading.main_thread() and not _INSIDE_A_CALL[0]
    before = signal.signal(signal.SIGVTALRM, stop) if timed else None
    if timed:
        _INSIDE_A_CALL[0] = True
        signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
    try:
        return function(*arguments, **options)
    except NotProved:
        raise
    except (_TooLong, Exception):
        return None
    finally:
        if timed:
            _INSIDE_A_CALL[0] = False
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)


# --- Domains and charts ------------------------------------------------------------------------------------------------


def check_domain(domain):
    """Refuse a symbol whose own assumptions say more than its domain: SymPy would have used them already."""
    for symbol, region in domain.items():
        for assumption, holds in _said(region, domain.get(region.inf)).items():
            if getattr(symbol, f"is_{assumption}") and not holds:
                raise NotProved(f"{symbol} is declared {assumption}, but its domain is {region}")


@lru_cache(maxsize=4096)
def _said(region, of_its_end):
    """Tell what a symbol may be declared if that is its region; an end that is another symbol lies where that may."""
    low, high = sp.sympify(region.inf), sp.sympify(region.sup)
    left_open = bool(getattr(region, "left_open", False))
    if of_its_end is not None:
        left_open = left_open or bool(getattr(of_its_end, "left_open", False))
        low = sp.sympify(of_its_end.inf)
    return {
        "positive": (low > 0) == True or ((low >= 0) == True and left_open),  # noqa: E712
        "nonnegative": (low >= 0) == True,  # noqa: E712
        "negative": (high < 0) == True or (high == 0 and sp.S.Zero not in region),  # noqa: E712
        "nonpositive": (high <= 0) == True,  # noqa: E712
        "integer": bool(region.is_subset(sp.S.Integers)) if not region.free_symbols else False,
    }


@dataclass(frozen=True)
class Chart:
    """A part of a domain: each of its symbols as an expression in symbols that are only known to be positive or real.

    ``joint`` says that it is where two branches meet.
    """

    named: tuple
    case: str = ""
    joint: bool = False

    def __call__(self, expr):
        """Write an expression in the symbols of the chart."""
        return sp.sympify(expr).xreplace(dict(self.named))


def _positive(number):
    return own(f"t_{number}", positive=True)


def _is_counting(region):
    """Tell whether a region holds all whole numbers from some number on."""
    return region in (sp.S.Naturals, sp.S.Naturals0) or (isinstance(region, sp.Range) and region.step == 1 and region.sup == sp.oo)


def _pieces(symbol, region, fresh):
    """Cut a region into its inside and its closed ends: pairs of an expression and a text."""
    name = sp.sstr(symbol)
    if isinstance(region, sp.FiniteSet):
        return [(value, f"{name} = {value}") for value in region]
    if _is_counting(region):
        least = region.inf
        return [(least, f"{name} = {least}"), (least + fresh, "")]
    if region == sp.S.Integers or region == sp.S.Reals:
        return [(own(fresh.name.replace("t", "u"), real=True), "")]
    if isinstance(region, sp.Union):
        return [piece for part in region.args for piece in _pieces(symbol, part, fresh)]
    if not isinstance(region, sp.Interval):
        raise NotProved(f"the domain {region} of {symbol} is not a union of intervals and points")
    low, high = region.start, region.end
    if low == -sp.oo:
        inside = high - fresh
    elif high == sp.oo:
        inside = low + fresh
    else:
        inside = (low + high * fresh) / (1 + fresh)
    found = [(inside, "")]
    if not region.left_open and low != -sp.oo:
        found.append((low, f"{name} = {low}"))
    if not region.right_open and high != sp.oo:
        found.append((high, f"{name} = {high}"))
    return found


def charts(domain, symbols, ends):
    """List the charts of those symbols: the inside of the domain, and if ``ends`` its closed ends in every combination.

    A region whose ends are expressions in other symbols is written after them.
    """
    wanted = set(symbols)
    while more := {s for symbol in wanted if symbol in domain for s in domain[symbol].free_symbols} - wanted:
        wanted |= more
    missing = sorted(str(s) for s in wanted if s not in domain)
    if missing:
        raise NotProved(f"nothing says where {', '.join(missing)} may lie")
    check_domain({s: domain[s] for s in wanted})
    order = sorted(wanted, key=lambda s: (len(domain[s].free_symbols), sp.sstr(s)))
    lists = [
        _pieces(s, domain[s], _positive(n)) for n, s in enumerate(order, 1)
    ]
    if not ends:
        lists = [[piece for piece in pieces if not piece[1]] or pieces for pieces in lists]
    found = []
    for combination in itertools.product(*lists):
        named = {}
        for symbol, (expr, _) in zip(order, combination, strict=True):
            named[symbol] = sp.sympify(expr).xreplace(named)
        found.append(Chart(tuple(named.items()), ", ".join(text for _, text in combination if text)))
    return found


# --- Points of a domain -------------------------------------------------------------------------------------------------

_INSIDE = [sp.Rational(*n) for n in ((1, 2), (1, 3), (9, 10), (1, 10), (3, 4), (1, 7), (99, 100), (1, 100), (5, 8), (1, 1000))]
_STEPS = [sp.Rational(*n) for n in ((1, 1), (1, 2), (2, 1), (1, 10), (3, 1), (7, 3), (10, 1), (1, 100), (300, 1), (1, 1000))]


def _candidates(region, generator):
    """List some numbers of a region, its closed ends first."""
    if region == sp.S.EmptySet:
        return []
    if isinstance(region, sp.FiniteSet):
        return list(region)
    if isinstance(region, sp.Union):
        return [number for part in region.args for number in _candidates(part, generator)]
    if _is_counting(region):
        return [region.inf + n for n in (0, 1, 2, 3, 6, 9)]
    if region == sp.S.Integers:
        return [sp.Integer(n) for n in (0, 1, -1, 2, -3, 7)]
    low, high = region.inf, region.sup
    if low == -sp.oo and high == sp.oo:
        return [sp.S.Zero, *_STEPS[:8], *(-step for step in _STEPS[:8]), sp.Rational(generator.randint(-999, 999), 97)]
    # Asking an interval costs more than all else here.
    closed = (not region.left_open, not region.right_open) if isinstance(region, sp.Interval) else (low in region, high in region)
    ends = [end for end, belongs in zip((low, high), closed, strict=True) if end.is_finite and belongs]
    if low == -sp.oo:
        return [*ends, *(high - step for step in _STEPS)]
    if high == sp.oo:
        return [*ends, *(low + step for step in _STEPS)]
    return [*ends, *(low + (high - low) * share for share in _INSIDE), low + (high - low) * sp.Rational(generator.randint(1, 996), 997)]


def points(domain, symbols, count=60):
    """List some points of the domain, the same in every run."""
    wanted = set(symbols)
    while more := {s for symbol in wanted if symbol in domain for s in domain[symbol].free_symbols} - wanted:
        wanted |= more
    order = sorted(wanted, key=lambda s: (len(domain[s].free_symbols) if s in domain else 0, sp.sstr(s)))
    return _points(tuple((s, domain[s]) for s in order), count)


@lru_cache(maxsize=4096)
def _points(regions, count):
    generator = random.Random(20)
    fixed = {symbol: _candidates(region, generator) for symbol, region in regions if not region.free_symbols}
    found, seen = [], set()
    for turn in range(count * 3):
        point = {}
        for place, (symbol, region) in enumerate(regions):
            numbers = fixed.get(symbol)
            if numbers is None:
                numbers = _candidates(region.xreplace(point), generator)
            if not numbers:
                break
            # First a walk in step, then in different steps, then at random: ends and middles meet in many ways.
            at = turn + place if turn < 12 else (turn * (place + 1) if turn < 24 else generator.randrange(len(numbers)))
            point[symbol] = numbers[at % len(numbers)]
        else:
            key = tuple(point.values())
            if key not in seen:
                seen.add(key)
                found.append(point)
        if len(found) == count or not regions:
            break
    return found


_HALF = mpmath.mpf(1) / 2


def _heaviside(x, at_zero=_HALF):
    return mpmath.mpf(1) if x > 0 else mpmath.mpf(0) if x < 0 else at_zero


_MODULES = [{"Heaviside": _heaviside, "Max": lambda *a: max(a), "Min": lambda *a: min(a)}, "mpmath"]


#: What mpmath calls the functions of SymPy; what is not named here is left to SymPy's own translation.
_NAMES = {sp.exp: "exp", sp.log: "log", sp.Abs: "fabs", sp.sign: "sign", sp.Max: "Max", sp.Min: "Min", sp.Heaviside: "Heaviside"} | {
    function: function.__name__ for function in (sp.sin, sp.cos, sp.tanh, sp.sinh, sp.cosh, sp.atan, sp.asin, sp.acos, sp.erf)
}
_GLOBALS = {name: getattr(mpmath, name) for name in ("mpf", "pi", "e", "sqrt", *_NAMES.values()) if hasattr(mpmath, name)} | _MODULES[0]


@lru_cache(maxsize=4096)
def _compiled(expr, symbols):
    """Translate an expression into a function of mpmath numbers, each of its parts computed once."""
    lines, names = [], {s: f"x{n}" for n, s in enumerate(symbols)}
    try:
        value = _line(expr, names, lines)
    except KeyError:
        return sp.lambdify(symbols, expr, _MODULES)
    made = {}
    exec("def f({}):\n{}\n return {}".format(", ".join(names[s] for s in symbols), "\n".join(lines), value), _GLOBALS, made)
    return made["f"]


def _line(expr, names, lines):
    """Append what computes an expression, and return the name of its value; KeyError for what is not known here."""
    if expr in names:
        return names[expr]
    if expr.is_Integer:
        return f"mpf({expr})"
    if expr.is_Rational:
        return f"(mpf({expr.p})/{expr.q})"
    if expr in (sp.pi, sp.E):
        return "(+pi)" if expr == sp.pi else "(+e)"
    if expr.is_Pow and expr.exp == sp.S.Half:
        text = f"sqrt({_line(expr.base, names, lines)})"
    elif expr.is_Pow and expr.exp.is_Integer:
        text = f"{_line(expr.base, names, lines)}**({expr.exp})"
    elif expr.is_Add or expr.is_Mul or expr.is_Pow:
        sign = " + " if expr.is_Add else " * " if expr.is_Mul else " ** "
        text = sign.join([_line(part, names, lines) for part in expr.args])
    else:
        text = f"{_NAMES[expr.func]}({', '.join([_line(part, names, lines) for part in expr.args])})"
    names[expr] = f"v{len(lines)}"
    lines.append(f" {names[expr]} = {text}")
    return names[expr]


@lru_cache(maxsize=4096)
def _symbols(expr):
    return tuple(sorted(expr.free_symbols, key=str))


def number(expr, point, digits=40):
    """Evaluate an expression at a point of exact numbers; None where it is not a finite real number.

    The digits are doubled until two evaluations agree to 25, so that what cancels is not taken for zero.
    """
    last = None
    for precision in (digits, 2 * digits, 4 * digits, 16 * digits):
        value = _roughly(expr, point, precision)
        if value is None:
            return None
        if last is not None and abs(value - last) <= mpmath.mpf(10) ** -25 * max(abs(value), mpmath.mpf(10) ** (-precision // 2)):
            return value
        last = value
    return last


def _roughly(expr, point, precision=40):
    """Evaluate an expression once, with so many digits; None where it is not a finite real number."""
    symbols = _symbols(expr)
    with mpmath.workdps(precision):
        try:
            value = mpmath.mpmathify(_compiled(expr, symbols)(*(_exactly(point[s], precision) for s in symbols)))
        except (ZeroDivisionError, ValueError, OverflowError, TypeError, KeyError, NameError, AttributeError):
            return None
        if isinstance(value, mpmath.mpc):
            if abs(value.imag) > mpmath.mpf(10) ** (-precision // 2) * (1 + abs(value.real)):
                return None
            value = value.real
        return value if mpmath.isfinite(value) else None


@lru_cache(maxsize=65536)
def _exactly(value, precision):
    value = sp.sympify(value)
    if value.is_Rational:
        return mpmath.mpf(value.p) / value.q
    return mpmath.mpmathify(value.evalf(precision + 5))


def _shown(point):
    return ", ".join(f"{sp.sstr(s).lstrip('_')} = {sp.sstr(v)}" for s, v in sorted(point.items(), key=lambda pair: str(pair[0])))


#: A number at 40 digits that is nearer to 0 than this is not told from 0.
_NOTHING = mpmath.mpf(10) ** -30


def _at_a_joint(expr, point):
    """Whether two branches meet at a point."""
    return any(abs(number(s, point) or 0) <= _NOTHING for s in _all_switches(expr))


def refute_zero(expr, domain, inside=False):
    """Raise :class:`Untrue` at a point where the expression is not 0."""
    for point in points(domain, expr.free_symbols):
        rough = None if inside and _at_a_joint(expr, point) else _roughly(expr, point)
        # What is 0 at 40 digits is looked at no closer: it refutes nothing.
        value = None if rough is None or abs(rough) <= _NOTHING else number(expr, point)
        if value is not None and abs(value) > _NOTHING:
            raise Untrue(f"{_text(expr)} is {mpmath.nstr(value, 8)}, not 0, at {_shown(point)}", point)


def refute_sign(expr, domain, strict, inside=False, enough=False):
    """Raise :class:`Untrue` at a point where the expression is negative, or where it is 0 and must not be."""
    for point in points(domain, expr.free_symbols):
        value = None if inside and _at_a_joint(expr, point) else _roughly(expr, point)
        if value is None or value > _NOTHING:
            continue
        if value < -_NOTHING:
            value = number(expr, point)
        if value is not None and value < -_NOTHING:
            raise Untrue(f"{_text(expr)} is {mpmath.nstr(value, 8)}, below 0, at {_shown(point)}", point)
        if strict and value is not None and abs(value) <= _NOTHING and _is_exact_zero(expr, point):
            if not enough or _is_flat(expr, domain):
                raise Untrue(f"{_text(expr)} is 0, not above 0, at {_shown(point)}", point)
            raise NotProved(f"{_text(expr)} is 0 at {_shown(point)}, which does not tell whether the claim holds")


def _is_flat(expr, domain):
    """Whether an expression is 0 on a whole piece of the domain."""
    for chart in charts(domain, expr.free_symbols, ends=False):
        for part, (written,) in smooth(chart, expr):
            if not part.joint and _is_zero(written) is not None:
                return True
    return False


def _is_exact_zero(expr, point):
    """Whether an expression is exactly 0 at a point; what is small at many more digits is not."""
    closer = number(expr, point, 400)
    if closer is None or abs(closer) > mpmath.mpf(10) ** -300:
        return False
    found = attempt(lambda: sp.simplify(expr.subs(point, simultaneous=True)))
    return found is not None and found.is_zero


def _text(expr):
    text = sp.sstr(expr)
    return text if len(text) <= 160 else text[:157] + "..."


# --- Rewriting ----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=16384)
def _in_exponentials(expr):
    """Write each real symbol u of which e^u occurs as log E, E > 0, so that e^u becomes E."""
    inside = {s for e in expr.atoms(sp.exp) for s in e.free_symbols if not s.is_positive}
    named = {s: sp.log(own(f"E_{s.name}", positive=True)) for s in sorted(inside, key=str)}
    return expr.xreplace(named) if named else expr


def _product(expr):
    """Write a quotient as a product of powers: pairs of base and exponent."""
    found = attempt(sp.factor, expr)
    return [factor.as_base_exp() for factor in sp.Mul.make_args(expr if found is None else found)]


def _split_log(argument):
    total = sp.S.Zero
    for base, exponent in _product(argument):
        if base.is_Integer and base > 1:
            total += exponent * sum(power * sp.log(prime) for prime, power in sp.factorint(base).items())
        elif base.is_Rational and not base.is_Integer and base > 0:
            total += exponent * (_split_log(sp.Integer(base.p)) - _split_log(sp.Integer(base.q)))
        elif base == 1:
            continue
        elif base.is_positive:
            total += exponent * (sp.log(base) if base.func is not sp.exp else base.args[0])
        else:
            return sp.log(argument)
    return total


def _split_power(base, exponent):
    if exponent.is_Integer or not base.is_positive:
        return base**exponent
    return sp.Mul(*(b ** (e * exponent) if b.is_positive else (b**e) ** exponent for b, e in _product(base)))


@lru_cache(maxsize=16384)
def split(expr):
    """Split logarithms of products into sums, and powers of products into products, over positive symbols."""
    expr = expr.replace(lambda e: isinstance(e, sp.log), lambda e: _split_log(e.args[0]))
    return expr.replace(lambda e: e.is_Pow and not e.exp.is_Integer, lambda e: _split_power(*e.args))


@lru_cache(maxsize=16384)
def _expanded_numerator(expr):
    return sp.expand(sp.numer(sp.together(expr)))


@lru_cache(maxsize=16384)
def _over_common(expr):
    """Bring to one denominator and factor, both of which SymPy's factor does."""
    return sp.factor(expr)


@lru_cache(maxsize=16384)
def _by_logs(expr):
    """Collect by logarithms, the factor of each brought to one denominator."""
    expr = sp.expand(expr)
    logs = sorted(expr.atoms(sp.log), key=sp.default_sort_key)
    if not logs:
        return expr
    collected = sp.collect(expr, logs, evaluate=False)
    return sp.Add(*(_over_common(factor) * log for log, factor in collected.items()))


def _one_log(expr):
    """Gather Σ c log a into a single logarithm, where the factors c are numbers."""
    logs, rest, product = sp.S.Zero, sp.S.Zero, sp.S.One
    for term in sp.Add.make_args(sp.expand(expr)):
        factor, log = term.as_independent(sp.log)
        if isinstance(log, sp.log) and factor.is_Rational:
            product *= log.args[0] ** factor
            logs += term
        else:
            rest += term
    return rest + sp.log(sp.factor(product)) if logs else expr


@lru_cache(maxsize=16384)
def _tidied(expr):
    """Bring each sum of fractions inside of an expression to one denominator, so that 1 - t/(1 + t) is 1/(1 + t)."""
    return expr.replace(lambda e: e.is_Add and not e.has(sp.log, sp.exp), _over_common)


def forms(expr):
    """Yield equal forms of an expression in positive symbols, cheap ones first, each with the name of the rule."""
    yield expr, "as it stands"
    for name, rewrite in (
        ("fractions gathered", _tidied),
        ("expanded", sp.expand),
        ("one denominator, factored", _over_common),
        ("logarithms split", lambda e: _by_logs(split(e))),
        ("logarithms split, one denominator", lambda e: _over_common(split(e))),
        ("one logarithm", _one_log),
    ):
        found = attempt(rewrite, expr)
        if found is not None and found is not sp.nan and not found.has(sp.zoo, sp.nan):
            yield found, name


# --- Signs --------------------------------------------------------------------------------------------------------------

#: Where a positive symbol of a chart lies.
_ABOVE = sp.Interval.open(0, sp.oo)

_STRICT = {"+", "-"}


def _turned(sign):
    return {"+": "-", "-": "+", "0+": "0-", "0-": "0+", "0": "0"}.get(sign)


def structure(expr):
    """Tell the sign of an expression from its parts: "+", "-", "0+" (≥ 0), "0-", "0", or None where they do not tell it."""
    if expr.is_number:
        return _sign_of_number(expr)
    if expr.is_Symbol:
        return "+" if expr.is_positive else "0+" if expr.is_nonnegative else None
    if expr.is_Add:
        return _sign_of_sum([structure(term) for term in expr.args])
    if expr.is_Mul:
        return _sign_of_product([structure(factor) for factor in expr.args])
    if isinstance(expr, sp.exp) and expr.args[0].is_real:
        return "+"
    if expr.is_Pow:
        return _sign_of_power(*expr.args)
    if isinstance(expr, sp.log):
        return _sign_of_log(expr.args[0])
    if isinstance(expr, sp.Abs):
        return "+" if structure(expr.args[0]) in _STRICT else "0+"
    if isinstance(expr, (sp.tanh, sp.sinh, sp.atan, sp.erf, sp.asinh)):
        return structure(expr.args[0])
    if isinstance(expr, sp.cosh):
        return "+"
    return None


def _sign_of_number(expr):
    if expr.is_zero:
        return "0"
    if not expr.is_finite or not expr.is_real:
        return {sp.oo: "+", -sp.oo: "-"}.get(expr)
    if expr.is_Rational:
        return "+" if expr > 0 else "-"
    value = number(expr, {})
    if value is None or abs(value) < _NOTHING:
        return "0" if attempt(sp.simplify, expr) == 0 else None
    return "+" if value > 0 else "-"


def _sign_of_sum(signs):
    signs = [s for s in signs if s != "0"]
    if not signs:
        return "0"
    if None in signs or len({s[-1] for s in signs}) > 1:
        return None
    return signs[0][-1] if any(s in _STRICT for s in signs) else signs[0]


def _sign_of_product(signs):
    if "0" in signs:
        return "0"
    if None in signs:
        return None
    sign = "-" if sum(s[-1] == "-" for s in signs) % 2 else "+"
    return sign if all(s in _STRICT for s in signs) else "0" + sign


def _sign_of_power(base, exponent):
    sign = structure(base)
    if exponent.is_Integer and exponent % 2 == 0:
        if sign in _STRICT:
            return "+"
        return "0+" if base.is_real and (exponent > 0 or sign is None) else None
    if sign == "+" and exponent.is_real:
        return "+"
    if sign == "0+" and structure(exponent) == "+":
        return "0+"
    if exponent.is_Integer and sign == "-":
        return "-"
    if exponent.is_Integer and exponent > 0:
        return sign
    return None


def _sign_of_log(argument):
    if structure(argument) != "+":
        return None
    over = attempt(_over_common, argument - 1)
    return None if over is None else structure(over)


def _holds(sign, strict):
    return sign == "+" if strict else sign in ("+", "0+", "0")


def _vanishing(symbol):
    return f"{sp.sstr(symbol)} → 0"


def _at_zero(expr, symbol):
    """Return the limit as a positive symbol goes to 0, where putting in 0 gives it; None where it does not."""
    found = attempt(lambda: expr.subs(symbol, 0))
    if found is None or found.has(sp.zoo, sp.nan, sp.oo, -sp.oo):
        return None
    # Continuous there: no denominator and no argument of a logarithm becomes 0.
    for part in sp.preorder_traversal(expr):
        if part.is_Pow and not (part.exp.is_Integer and part.exp > 0) and part.base.has(symbol):
            place = structure(part.base.subs(symbol, 0))
            if place not in _STRICT:
                return None
        if isinstance(part, sp.log) and part.has(symbol) and structure(part.args[0].subs(symbol, 0)) != "+":
            return None
    return found


@lru_cache(maxsize=16384)
def show_sign(expr, strict, depth=DEPTH):
    """Show that an expression in the symbols of a chart is ≥ 0 (> 0); return the step, or None."""
    expr = sp.sympify(expr)
    if expr.has(sp.cosh, sp.sinh, sp.tanh):
        expr = expr.rewrite(sp.exp)
    tried = set()
    for form, rule in forms(expr):
        if form not in tried:
            if len(tried) == 1 and _is_negative_somewhere(expr):
                return None
            tried.add(form)
            if _holds(structure(form), strict):
                return Step(f"{rule}: the sign of each part is known", form)
    unfolded = _unfolded(expr)
    if unfolded != expr:
        step = show_sign(unfolded, strict, depth)
        if step is not None:
            return step
    step = _by_square(expr, strict) or _by_halves(expr, strict, depth) or (_by_slope(expr, strict, depth) if depth else None)
    return step or (_by_order(expr, strict, depth) if depth == DEPTH else None)


def _is_negative_somewhere(expr):
    """Whether numbers tell that an expression in the symbols of a chart is not ≥ 0, so that nothing long is tried."""
    domain = {s: _ABOVE if s.is_positive else sp.S.Reals for s in expr.free_symbols}
    values = (_roughly(expr, point) for point in points(domain, domain, 12))
    return any(value is not None and value < -_NOTHING for value in values)


def _unfolded(expr):
    """Write a positive symbol s of which e^s occurs as log(1 + T), T > 0, so that e^s becomes 1 + T."""
    inside = {s for e in expr.atoms(sp.exp) for s in e.free_symbols if s.is_positive}
    return expr.xreplace({s: sp.log(1 + own(f"T_{s.name}", positive=True)) for s in sorted(inside, key=str)})


def _by_order(expr, strict, depth):
    """Tell apart which of two positive symbols is larger, and move away from where they are equal."""
    symbols = sorted((s for s in expr.free_symbols if s.is_positive), key=str)
    if len(symbols) > 3:
        return None
    if len(symbols) == 1 and expr.has(sp.log):
        symbols.append(sp.S.One)
    for first, second in itertools.combinations(symbols, 2):
        excess = own(f"{first}{second}", positive=True)
        steps = []
        below = {first: 1 / (1 + excess)} if second == 1 else {second: first + excess}
        for named, text in (({first: second + excess}, ">"), ({first: second}, "="), (below, "<")):
            seen = _tidied(expr.xreplace(named))
            step = show_sign(seen, strict, 1)
            if step is None:
                break
            steps.append(Step("case", seen, (step,), f"{first} {text} {second}"))
        else:
            return Step(f"by the order of {first} and {second}", expr, tuple(steps))
    return None


def _by_square(expr, strict):
    """Complete the square: a u² + b u + c with a > 0 and 4ac ≥ b²."""
    for symbol in sorted((s for s in expr.free_symbols if not s.is_positive), key=str):
        polynomial = attempt(sp.Poly, sp.numer(sp.together(expr)), symbol)
        if polynomial is None or polynomial.degree() != 2:
            continue
        if attempt(lambda: structure(sp.denom(sp.together(expr)))) != "+":
            continue
        a, b, c = polynomial.all_coeffs()
        rest = _over_common(4 * a * c - b**2)
        if structure(_over_common(a)) == "+" and _holds(structure(rest), strict):
            return Step("quadratic with positive leading factor and discriminant ≤ 0" if not strict else
                        "quadratic with positive leading factor and negative discriminant", rest)
    return None


def _by_halves(expr, strict, depth):
    """Settle a real symbol's positive half, its negative half, and 0."""
    # A difference of two real symbols that occur only together is one symbol.
    reals = sorted((s for s in expr.free_symbols if not s.is_positive), key=str)
    for first, second in itertools.combinations(reals, 2):
        joined = own(f"{first.name}-{second.name}", real=True)
        only = attempt(lambda f=first, s=second, j=joined: sp.expand(expr.subs(f, j + s)))
        if only is not None and not only.has(second):
            step = show_sign(only, strict, depth)
            return step and Step(f"depends on {first} - {second} only", only, (step,))
    if not reals:
        return None
    symbol = reals[0]
    half = own(f"{symbol.name}h", positive=True)
    # With exponentials, e^u = 1 + t for u > 0, and 1/(1 + t) for u < 0.
    size = sp.log(1 + half) if expr.has(sp.exp) else half
    sides = (size, sp.S.Zero, -size)
    steps = []
    for side, text in zip(sides, (">", "=", "<"), strict=True):
        step = show_sign(expr.subs(symbol, side), strict, depth)
        if step is None:
            return None
        steps.append(Step("case", step.form, (step,), f"{sp.sstr(symbol)} {text} 0"))
    return Step(f"the signs of {symbol} apart", expr, tuple(steps))


def _by_slope(expr, strict, depth):
    """Show that an expression is not negative at one end of a positive symbol, and moves up from there."""
    for symbol in sorted(expr.free_symbols, key=str):
        if not symbol.is_positive:
            continue
        for turned in (False, True):
            seen = expr.subs(symbol, 1 / symbol) if turned else expr
            start = _at_zero(seen, symbol)
            if start is None:
                for form, _ in forms(seen):
                    start = _at_zero(form, symbol)
                    if start is not None:
                        seen = form
                        break
            if start is None:
                continue
            first = show_sign(start, False, 0)
            if first is None:
                continue
            slope = sp.diff(seen, symbol)
            rises = show_sign(slope, strict, depth - 1)
            if rises is not None:
                end = "∞" if turned else "0"
                return Step(f"≥ 0 as {symbol} → {end}, and it grows from there", expr, (first, rises))
    return None


# --- Kinks --------------------------------------------------------------------------------------------------------------

_KINKED = (sp.Abs, sp.Max, sp.Min, sp.sign, sp.Heaviside, sp.Piecewise)


def _switches(expr):
    """List the expressions whose sign decides a branch and that have no branches themselves, the simplest first."""
    return sorted((f for f in _all_switches(expr) if not f.has(*_KINKED)), key=lambda f: (sp.count_ops(f), sp.sstr(f)))


@lru_cache(maxsize=4096)
def _all_switches(expr):
    found = set()
    for part in expr.atoms(*_KINKED):
        if isinstance(part, (sp.Max, sp.Min)):
            found |= {a - b for a, b in itertools.combinations(part.args, 2)}
        elif isinstance(part, sp.Piecewise):
            for _, condition in part.args:
                found |= {relation.lhs - relation.rhs for relation in condition.atoms(sp.core.relational.Relational)}
        else:
            found.add(part.args[0])
    return frozenset(found)


def _decided(expr, signs):
    """Replace every kinked function whose switches have a known sign ("+", "-", "0")."""

    def sign_of(switch):
        if switch in signs:
            return signs[switch]
        if -switch in signs:
            return _turned(signs[-switch])
        found = structure(switch)
        if found is None:
            over = attempt(_over_common, switch)
            found = None if over is None else structure(over)
        return found

    def decide(part):
        if isinstance(part, sp.Abs):
            sign = sign_of(part.args[0])
            return part.args[0] if sign in ("+", "0+", "0") else -part.args[0] if sign in ("-", "0-") else part
        if isinstance(part, sp.sign):
            return {"+": sp.S.One, "-": sp.S.NegativeOne, "0": sp.S.Zero}.get(sign_of(part.args[0]), part)
        if isinstance(part, sp.Heaviside):
            at_zero = part.args[1] if len(part.args) > 1 else sp.S.Half
            return {"+": sp.S.One, "-": sp.S.Zero, "0": at_zero}.get(sign_of(part.args[0]), part)
        if isinstance(part, (sp.Max, sp.Min)):
            arguments = list(part.args)
            for a, b in itertools.combinations(part.args, 2):
                sign = sign_of(a - b)
                if sign is not None and a in arguments and b in arguments:
                    larger, smaller = (a, b) if sign in ("+", "0+", "0") else (b, a)
                    arguments.remove(smaller if isinstance(part, sp.Max) else larger)
            return part.func(*arguments)
        for value, condition in part.args:
            truth = _truth(condition, sign_of)
            if truth is None:
                return part
            if truth:
                return value
        return sp.nan

    return expr.replace(lambda e: isinstance(e, _KINKED), decide)


def _truth(condition, sign_of):
    """Tell whether a condition holds, by the signs of its switches; None where they do not tell it."""
    if condition in (sp.true, sp.false):
        return condition == sp.true
    if isinstance(condition, (sp.And, sp.Or)):
        truths = [_truth(part, sign_of) for part in condition.args]
        decisive = isinstance(condition, sp.Or)
        return decisive if decisive in truths else None if None in truths else not decisive
    if isinstance(condition, sp.Not):
        truth = _truth(condition.args[0], sign_of)
        return None if truth is None else not truth
    sign = sign_of(condition.lhs - condition.rhs)
    table = {
        sp.Gt: {"+": True, "-": False, "0": False, "0-": False},
        sp.Lt: {"+": False, "-": True, "0": False, "0+": False},
        sp.Ge: {"+": True, "-": False, "0": True, "0+": True},
        sp.Le: {"+": False, "-": True, "0": True, "0-": True},
        sp.Eq: {"+": False, "-": False, "0": True},
        sp.Ne: {"+": True, "-": True, "0": False},
    }
    return table[type(condition)].get(sign)


def smooth(chart, *exprs):
    """Cut a chart until no expression changes its branch; yield each part with the expressions written in it."""
    yield from _smooth_written(chart, [chart(e) for e in exprs], CUTS)


_COMPARED = {"+": ">", "-": "<", "0": "="}


def _smooth_written(chart, written, cuts):
    written = [_decided(e, {}) for e in written]
    switch = next((s for e in written for s in _switches(e)), None)
    if switch is None:
        if any(e.has(*_KINKED) for e in written):
            raise NotProved(f"the branches of {_text(written[0])} could not be separated")
        yield chart, written
        return
    if not cuts:
        raise NotProved(f"{_text(switch)} cuts the domain into too many parts")
    for named, sign in _cut(switch):
        part = Chart(
            tuple((s, e.xreplace(named)) for s, e in chart.named),
            ", ".join(filter(None, (chart.case, f"{sp.sstr(switch)} {_COMPARED[sign]} 0"))),
            chart.joint or sign == "0",
        )
        renamed = switch.xreplace(named)
        yield from _smooth_written(part, [_decided(e.xreplace(named), {renamed: sign}) for e in written], cuts - 1)


def _cut(switch):
    """Cut along switch = 0, which has to be linear in one of its symbols: yield new names for that symbol, and the sign.

    With switch = (a v + b)/c, c > 0 and the sign of a known, v* = −b/a is where it turns. If v is positive, v* has to be too,
    or else lie at 0 or below, where nothing turns.
    """
    numerator, denominator = sp.fraction(sp.together(switch))
    below = structure(denominator)
    if below not in _STRICT:
        raise NotProved(f"the sign of {_text(denominator)} is not known")
    for v in sorted(switch.free_symbols, key=str):
        polynomial = attempt(sp.Poly, numerator, v)
        if polynomial is None or polynomial.degree() != 1:
            continue
        a, b = polynomial.all_coeffs()
        slope = structure(_over_common(a))
        if slope not in _STRICT:
            continue
        up = "+" if slope == below else "-"
        turn = _over_common(-b / a)
        fresh = own(f"{v.name}c", positive=True)
        if not v.is_positive:
            return [({v: turn + fresh}, up), ({v: turn}, "0"), ({v: turn - fresh}, _turned(up))]
        place = structure(turn)
        if place in ("-", "0-", "0"):
            return [({v: fresh}, up)]
        if place == "+":
            return [
                ({v: turn + fresh}, up),
                ({v: turn}, "0"),
                ({v: _over_common(turn * fresh / (1 + fresh))}, _turned(up)),
            ]
        # Where the turn lies is cut first.
        return [
            (named | {v: fresh if sign != "+" else e}, s)
            for named, sign in _cut(turn)
            for e, s in (
                [(fresh, up)]
                if sign != "+"
                else [
                    (turn.xreplace(named) + fresh, up),
                    (turn.xreplace(named), "0"),
                    (_over_common(turn.xreplace(named) * fresh / (1 + fresh)), _turned(up)),
                ]
            )
        ]
    raise NotProved(f"{_text(switch)} is not linear in any symbol, so its sign cannot be cut apart")


# --- Definedness --------------------------------------------------------------------------------------------------------


def _undefined(expr, known=()):
    """Return a part of a smooth expression that is not known to be defined on its chart, or None."""
    for part in sp.preorder_traversal(expr):
        if part.is_Pow and not (part.exp.is_Integer and part.exp >= 0):
            base, exponent = part.args
            if part.exp.is_Integer:
                if not _is_signed(base):
                    return part
            elif base != sp.E and not _is_positive(base) and not (structure(exponent) == "+" and _is_positive(base, False)):
                return part
        elif isinstance(part, sp.log) and not _is_positive(part.args[0]):
            return part
    return None


def _is_signed(expr):
    return _is_positive(expr) or _is_positive(-expr)


@lru_cache(maxsize=8192)
def _is_positive(expr, strict=True):
    return _holds(structure(expr), strict) or show_sign(expr, strict, 1) is not None


def check_defined(expr, domain):
    """Demand that an expression is defined at every point inside of the domain, before anything is cancelled."""
    for chart in charts(domain, expr.free_symbols, ends=False):
        for part, (written,) in smooth(chart, expr):
            if written is sp.nan or written.has(sp.nan, sp.zoo):
                raise NotProved(f"{_text(expr)} is not defined on the whole domain: {part.case or 'inside'}")
            bad = _undefined(written)
            if bad is not None:
                raise NotProved(f"{_text(bad)} is not known to be defined on the whole domain")


# --- The three obligations ----------------------------------------------------------------------------------------------


def _is_zero(expr):
    """Show that a smooth expression in the symbols of a chart is 0; return the step, or None."""
    if expr == 0:
        return Step("as it stands", expr)
    renamed = _in_exponentials(expr)
    # Quotients of quotients take long to expand.
    first = [("one denominator, expanded", _expanded_numerator)] if renamed.is_rational_function() else []
    for name, route in (
        *first,
        ("expanded", sp.expand),
        ("one denominator, expanded", _expanded_numerator),
        ("logarithms and powers split, one denominator", lambda e: _expanded_numerator(split(sp.expand(e)))),
        ("logarithms and powers split", lambda e: sp.expand(split(e))),
        ("logarithms split, one denominator, split again", lambda e: _expanded_numerator(split(sp.expand(_expanded_numerator(split(e)))))),
        ("simplified", sp.simplify),
        ("powers gathered", lambda e: sp.powsimp(sp.expand(split(e)))),
    ):
        if attempt(route, renamed) == 0:
            return Step(name, expr)
    return None


def _known(expr, domain):
    """Demand a domain for each symbol, that no symbol's own assumptions say more, and that a step is not differentiated."""
    if expr.has(sp.DiracDelta):
        raise NotProved(f"{_text(expr)} has no value at the step")
    missing = sorted(str(s) for s in expr.free_symbols if s not in domain)
    if missing:
        raise NotProved(f"nothing says where {', '.join(missing)} may lie")
    inside = set(expr.free_symbols)
    inside |= {s for symbol in inside for s in domain[symbol].free_symbols if s in domain}
    check_domain({s: domain[s] for s in inside})


def settle_zero(expr, domain, inside=False):
    """Show that ``expr`` is 0 on the domain."""
    expr = sp.sympify(expr)
    _known(expr, domain)
    refute_zero(expr, domain, inside)
    check_defined(expr, domain)
    steps = []
    kinked = expr.has(sp.sign, sp.Heaviside, sp.Piecewise)
    for chart in charts(domain, expr.free_symbols, ends=kinked):
        for part, (written,) in smooth(chart, expr):
            if inside and part.joint:
                continue
            step = _is_zero(written)
            if step is None:
                raise NotProved(f"{_text(expr)} = 0 could not be shown{_on(part)}")
            steps.append(Step(step.rule, step.form, step.parts, part.case, chart=part.named))
    return _gathered(expr, "= 0", steps)


def _on(part):
    return f" ({part.case})" if part.case else ""


def _gathered(expr, shown, steps):
    return steps[0] if len(steps) == 1 else Step("case by case", f"{_text(expr)} {shown}", tuple(steps))


def settle_sign(expr, strict, domain, by=(), inside=False, enough=False):
    """Show that ``expr`` is ≥ 0 (``strict``: > 0) on the domain.

    What is ≥ 0 inside is ≥ 0 at the closed ends, where the expression is continuous or means its limit; so ends are charts of
    their own only where > 0 is asked for, or where a function jumps.
    """
    expr = sp.sympify(expr)
    _known(expr, domain)
    refute_sign(expr, domain, strict, inside, enough)
    check_defined(expr, domain)
    hints = [checked_hint(hint, expr, domain) for hint in by]
    jumps = expr.has(sp.sign, sp.Heaviside, sp.Piecewise)
    steps = []
    for chart in charts(domain, expr.free_symbols, ends=strict or jumps):
        for part, (written, *forms_given) in smooth(chart, expr, *(f for hint in hints for f in hint.exprs)):
            if inside and part.joint:
                continue
            steps.append(_settle_part(expr, written, strict, part, hints, forms_given, domain))
    return _gathered(expr, "> 0" if strict else "≥ 0", steps)


def _settle_part(expr, written, strict, part, hints, forms_given, domain):
    if (part.case and written.has(sp.zoo, sp.nan, sp.oo, -sp.oo)) or _undefined(written) is not None:
        written = _limit_at_end(expr, part, domain)
    place = 0
    for hint in hints:
        given = forms_given[place : place + len(hint.exprs)]
        place += len(hint.exprs)
        step = hint.show(given, strict, part)
        if step is not None:
            return Step(step.rule, step.form, step.parts, part.case, chart=part.named)
    step = show_sign(_in_exponentials_if_simple(written), strict)
    if step is None:
        raise NotProved(f"{_text(expr)} {'>' if strict else '≥'} 0 could not be shown{_on(part)}")
    return Step(step.rule, step.form, step.parts, part.case, chart=part.named)


def _in_exponentials_if_simple(expr):
    """Write e^u as E where u occurs in no other way: with u beside e^u its two halves have to be told apart."""
    renamed = _in_exponentials(expr)
    if renamed == expr:
        return expr
    left = attempt(lambda: sp.expand(split(renamed)))
    named = {s for s in renamed.free_symbols if s.name.startswith("E_")}
    if left is None or any(left.has(sp.log(s)) for s in named):
        return expr
    return renamed


def _limit_at_end(expr, part, domain):
    """Return what a formula means at a closed end at which it is not defined: its limit from inside."""
    inside = charts(domain, expr.free_symbols, ends=False)[0]
    ends = {s: v for s, v in part.named if s in domain and v != dict(inside.named)[s]}
    written = expr
    for symbol, value in ends.items():
        region, side = domain[symbol], "+"
        if region.sup == value and region.inf != value:
            side = "-"
        step = own("tau", positive=True)
        moved = written.xreplace({symbol: value + step if side == "+" else value - step})
        rest = {s: v for s, v in part.named if s not in ends}
        found = limit_at_zero(moved.xreplace(rest), step)
        if found is None:
            raise NotProved(f"{_text(expr)} is not defined at {symbol} = {value}")
        written = found
    return written


@dataclass(frozen=True)
class _Form:
    """A hint that was checked: expressions whose sum the expression is."""

    exprs: tuple

    def show(self, given, strict, part):
        steps = []
        for expr in given:
            step = show_sign(_in_exponentials_if_simple(expr), False)
            if step is None:
                return None
            steps.append(step)
        if strict and not any(show_sign(_in_exponentials_if_simple(e), True) for e in given):
            return None
        return Step("by the form given" if len(steps) == 1 else "by the parts given", sp.Add(*given), tuple(steps))


@dataclass(frozen=True)
class _Anchored:
    """A hint that was checked: the whole obligation is shown already (None where it was not)."""

    step: Step | None
    exprs: tuple = ()

    def show(self, given, strict, part):
        return None if strict and not self.strict else self.step

    strict: bool = False


def checked_hint(hint, expr, domain):
    """Check a hint against the expression whose sign is asked for; raise if it is not true."""
    if isinstance(hint, Anchor):
        return _Anchored(_anchored(expr, hint, domain))
    exprs = tuple(map(sp.sympify, hint)) if isinstance(hint, (tuple, list, sp.Tuple)) else (sp.sympify(hint),)
    try:
        for e in exprs:
            check_defined(e, domain)
        settle_zero(expr - sum(exprs), domain)
    except NotProved as error:
        raise NotProved(f"the hint {_text(sp.Tuple(*exprs))} is not the expression {_text(expr)}: {error}") from error
    return _Form(exprs)


def _anchored(expr, hint, domain):
    """Show that the expression is ≥ 0 at the anchor, falls up to it and rises from it."""
    x, at = hint.variable, sp.sympify(hint.point)
    if x not in domain:
        raise NotProved(f"the anchor's symbol {x} has no domain")
    region = domain[x]
    rest = {s: r for s, r in domain.items() if s != x}
    inside = (at - region.inf, region.sup - at)
    for room in inside:
        if room.is_finite is not False and room != sp.oo:
            settle_sign(room, False, rest)
    first = settle_sign(expr.subs(x, at), False, rest)
    slope = sp.diff(expr, x)
    below = settle_sign(-slope, False, rest | {x: sp.Interval.open(region.inf, at)}) if region.inf != at else None
    above = settle_sign(slope, False, rest | {x: sp.Interval.open(at, region.sup)}) if region.sup != at else None
    return Step(f"≥ 0 at {x} = {at}, falls to it, rises from it", expr, tuple(filter(None, (first, below, above))))


def limit_at_zero(expr, symbol):
    """Return the limit of a smooth expression as a positive symbol goes to 0, or None."""
    found = _at_zero(expr, symbol)
    if found is not None:
        return found
    found = attempt(sp.limit, expr, symbol, 0, "+")
    if found is None or found.has(sp.Limit, sp.AccumBounds, sp.nan, sp.zoo):
        found = attempt(lambda: sp.limit(sp.expand(split(expr)), symbol, 0, "+"))
    if found is None or found.has(sp.Limit, sp.AccumBounds, sp.nan, sp.zoo):
        return None
    return found


def settle_limit(expr, variable, point, value, domain):
    """Show that ``expr`` goes to ``value`` as ``variable`` goes to ``point``, for all values of the other symbols."""
    expr, point, value = map(sp.sympify, (expr, point, value))
    if variable not in domain:
        raise NotProved(f"nothing says where {variable} may lie")
    if value.has(variable) or point.has(variable):
        raise NotProved(f"a limit does not depend on {variable}")
    region = domain[variable]
    rest = {s: r for s, r in domain.items() if s != variable}
    check_domain({variable: region})
    small = own("tau", positive=True)
    approaches = []
    if point in (sp.oo, -sp.oo):
        if (region.sup if point == sp.oo else region.inf) != point:
            raise NotProved(f"{variable} does not go to {point} on {region}")
        approaches.append((1 / small if point == sp.oo else -1 / small, ""))
    else:
        if region.sup != point:
            approaches.append((point + small, " from above"))
        if region.inf != point:
            approaches.append((point - small, " from below"))
        if (region.inf - point).is_positive or (point - region.sup).is_positive:
            raise NotProved(f"{point} is no point of the closure of {region}")
    steps = []
    for approach, side in approaches:
        moved = expr.xreplace({variable: approach})
        for chart, near in _apart(charts(rest, (moved.free_symbols | value.free_symbols) - {small}, ends=True), moved, small):
            near = _near(near, small) if near.has(*_KINKED) else near
            found = limit_at_zero(_in_exponentials(near), small)
            if found is None or found.has(*_KINKED):
                raise NotProved(f"the limit of {_text(expr)} at {variable} → {point}{side} was not found{_on(chart)}")
            _compare_limits(expr, near, small, found, chart(value), f"{variable} → {point}{side}", chart)
            steps.append(Step(f"limit{side}", found, (), chart.case))
    return _gathered(expr, f"→ {value}", steps)


def _apart(found, expr, small):
    """Cut charts along the switches in which ``small`` does not occur."""
    waiting = [(chart, _decided(chart(expr), {}), CUTS) for chart in found]
    while waiting:
        chart, written, cuts = waiting.pop(0)
        switch = next((s for s in _switches(written) if small not in s.free_symbols), None)
        if switch is None or not cuts:
            yield chart, written
            continue
        for named, sign in _cut(switch):
            case = ", ".join(filter(None, (chart.case, f"{sp.sstr(switch)} {_COMPARED[sign]} 0")))
            part = Chart(tuple((s, e.xreplace(named)) for s, e in chart.named), case)
            waiting.append((part, _decided(written.xreplace(named), {switch.xreplace(named): sign}), cuts - 1))


def _near(expr, small):
    """Decide each kink by the sign that its switch has as ``small`` goes to 0."""
    signs = {}
    for switch in _switches(expr):
        if structure(switch) is None:
            found = limit_at_zero(switch, small)
            sign = None if found is None else structure(found)
            if sign == "0":
                ratio = limit_at_zero(sp.together(switch / small), small)
                sign = None if ratio is None else structure(ratio)
            if sign not in _STRICT:
                raise NotProved(f"the branch of {_text(expr)} near the limit is not known")
            signs[switch] = sign
    return _decided(expr, signs)


def _compare_limits(expr, near, small, found, value, where, chart):
    if value in (sp.oo, -sp.oo) or found in (sp.oo, -sp.oo):
        same = found == value
    else:
        same = _is_zero(sp.sympify(found - _in_exponentials(value))) is not None or _is_zero(found - value) is not None
    if not same:
        kind = Untrue if not (found - value).free_symbols or found in (sp.oo, -sp.oo) else NotProved
        raise kind(f"the limit of {_text(expr)} at {where} is {found}, not {value}{_on(chart)}", {})
    _corroborate(near, small, found)


def _corroborate(expr, small, value):
    """Refuse a limit that numbers contradict: SymPy's limits are not part of what is trusted."""
    others = sorted((expr.free_symbols | value.free_symbols) - {small}, key=str)
    for start in (sp.Rational(7, 10), sp.Rational(13, 10)):
        point = {s: start + sp.Rational(n, 5) for n, s in enumerate(others)}
        target = None if value in (sp.oo, -sp.oo) else number(value, point)
        seen = []
        for power in (8, 16, 32):
            found = number(expr, point | {small: sp.Rational(1, 10**power)}, 120)
            if found is not None:
                seen.append(found)
        if len(seen) < 2:
            continue
        if (value == sp.oo and not seen[-1] > seen[0]) or (value == -sp.oo and not seen[-1] < seen[0]):
            raise NotProved(f"numbers contradict the limit {value} of {_text(expr)}")
        if target is not None:
            first, last = abs(seen[0] - target), abs(seen[-1] - target)
            if last > mpmath.mpf(10) ** -6 and last > first * 0.8:
                raise NotProved(f"numbers contradict the limit {value} of {_text(expr)}")


def settle(obligation, domain, by=()):
    """Settle an obligation on a domain: return the proof, or raise :class:`Untrue` or :class:`NotProved`."""
    with budget():
        if isinstance(obligation, Zero):
            return settle_zero(obligation.expr, domain, obligation.inside)
        if isinstance(obligation, Sign):
            return settle_sign(obligation.expr, obligation.strict, domain, by, obligation.inside, obligation.enough)
        if isinstance(obligation, Tends):
            return settle_limit(obligation.expr, obligation.variable, obligation.point, obligation.value, domain)
    raise TypeError(f"{type(obligation).__name__} is no obligation")
