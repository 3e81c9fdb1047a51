"""The kernel: what it settles, what it refuses, and that it gives up in time."""

import time

import mpmath
import pytest
import sympy as sp

from lossbook.proof import kernel
from lossbook.proof.kernel import Anchor, NotProved, Sign, Tends, Untrue, Zero, settle

x, y, z = sp.symbols("x y z", real=True)
a, b = sp.symbols("a b", positive=True)
REALS, UNIT, POSITIVE = sp.Reals, sp.Interval(0, 1), sp.Interval.open(0, sp.oo)
DOMAIN = {x: REALS, y: REALS, a: POSITIVE, b: POSITIVE, z: UNIT}

SETTLED = {
    "a square": Sign((x - y) ** 2),
    "a square, completed": Sign(x**2 - 2 * x * y + 2 * y**2 + 1, strict=True),
    "a log of what is above 1": Sign(sp.log(1 + a), strict=True),
    "a convex function above its tangent": Sign(a * sp.log(a) - a + 1),
    "softplus above the hinge": Sign(sp.log(1 + sp.exp(x)) - sp.Max(0, x)),
    "a hyperbolic cosine": Sign(sp.Abs(x) - sp.log(sp.cosh(x))),
    "the triangle inequality": Sign(sp.Abs(x) + sp.Abs(y) - sp.Abs(x + y)),
    "a bend below the line": Sign(x**2 / 2 - sp.Piecewise((x**2 / 2, sp.Abs(x) <= a), (a * (sp.Abs(x) - a / 2), True))),
    "a closed interval": Sign(z * (1 - z)),
    "logarithms": Zero(sp.log(a**2 / b) - 2 * sp.log(a) + sp.log(b)),
    "powers": Zero((a * b) ** z - a**z * b**z),
    "exponentials": Zero(1 / (1 + sp.exp(-x)) + 1 / (1 + sp.exp(x)) - 1),
    "by branch": Zero(sp.Max(x, y) + sp.Min(x, y) - x - y),
    "a limit": Tends(sp.log(1 + sp.exp(-x)), x, sp.oo, 0),
    "a limit from both sides": Tends(sp.Abs(x), x, 0, 0),
    "a limit in a parameter": Tends((1 + a / b) ** b, b, sp.oo, sp.exp(a)),
}


@pytest.mark.parametrize("name", SETTLED)
def test_what_holds_is_settled(name):
    assert settle(SETTLED[name], DOMAIN).status == "proved"


REFUSED = {
    "negative between two points": Sign(x**2 - x),
    "negative near one end": Sign(a - sp.Rational(1, 1000)),
    "negative on one branch": Sign(sp.Max(x, y) - x - sp.Rational(1, 7)),
    "zero where > 0 is asked for": Sign(z, strict=True),
    "not zero": Zero(sp.sqrt(x**2) - x),
    "not zero on one branch": Zero(sp.Abs(x) + x - 2 * sp.Max(x, sp.Rational(1, 97))),
    "an oscillation": Tends(sp.cos(x), x, sp.oo, 1),
    "the wrong size": Tends(sp.log(a), a, 0, sp.oo),
    "a limit for most values only": Tends(a**y, a, sp.oo, sp.oo),
    "a quotient without value": Zero(x / x - 1 + (x - 1) / (x - 1) - (y**2 - 1) / (y - 1) + y),
    "a symbol without domain": Sign(sp.Symbol("w", real=True) ** 2),
    "a curve that is no line in any symbol": Sign(sp.Abs(sp.sin(x) + sp.exp(y) * x)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_hold_or_cannot_be_shown_is_refused(name):
    with pytest.raises(NotProved):
        settle(REFUSED[name], DOMAIN)


def test_the_point_that_refutes_is_told():
    with pytest.raises(Untrue) as raised:
        settle(Sign(x**2 - x), DOMAIN)
    assert 0 < raised.value.point[x] < 1


@pytest.mark.parametrize("region", [sp.Interval.open(-1, 1), sp.Interval(0, 1), REALS])
def test_a_symbol_that_is_declared_more_than_its_domain_says_is_refused(region):
    with pytest.raises(NotProved, match="declared positive"):
        settle(Sign(a), {a: region})


def test_an_end_that_is_a_symbol_lies_where_that_may():
    inside = {a: sp.Interval.open(b, sp.oo), b: POSITIVE}
    assert settle(Sign(a - b, strict=True), inside).status == "proved"
    with pytest.raises(NotProved):
        settle(Sign(2 * b - a), inside)


def test_at_a_closed_end_a_formula_means_its_limit():
    entropy = -z * sp.log(z)
    assert settle(Sign(entropy), {z: UNIT}).status == "proved"
    with pytest.raises(NotProved):
        settle(Sign(entropy, strict=True), {z: UNIT})


def test_a_formula_has_to_be_defined_inside():
    with pytest.raises(NotProved, match="defined"):
        settle(Sign((x**2 - 1) / (x - 1) - x), {x: REALS})


def test_equal_forms_parts_and_anchors_are_hints():
    gap = a * sp.log(a / b) - a + b
    assert settle(Sign(gap), DOMAIN, (Anchor(b, a),)).status == "proved"
    assert settle(Sign(x**4 + y**4 - 2 * x**2 * y**2), DOMAIN, ((x**2 - y**2) ** 2,)).status == "proved"
    assert settle(Sign(x**2 + a), DOMAIN, ((x**2, a),)).status == "proved"


@pytest.mark.parametrize("hint", [2 * x**2, (x**2, b), Anchor(x, 1)])
def test_a_hint_that_is_not_true_is_refused_even_where_none_is_needed(hint):
    with pytest.raises(NotProved):
        settle(Sign(x**2 + a), DOMAIN, (hint,))


def test_a_call_that_hangs_is_given_up(monkeypatch):
    monkeypatch.setattr(kernel, "LIMIT", 0.2)
    start = time.monotonic()
    assert kernel.attempt(lambda: [None for _ in iter(int, 1)]) is None
    assert time.monotonic() - start < 5


def test_a_call_inside_of_a_call_does_not_stop_the_clock(monkeypatch):
    monkeypatch.setattr(kernel, "LIMIT", 0.2)

    def hang():
        kernel.attempt(sp.expand, x)
        while True:
            pass

    assert kernel.attempt(hang) is None


def test_an_obligation_that_takes_too_long_is_not_shown(monkeypatch):
    monkeypatch.setattr(kernel, "BUDGET", 0.0)
    with pytest.raises(NotProved):
        settle(Sign(x**4 + y**4 - x**3 * y - x * y**3 + sp.log(1 + a)), DOMAIN)


def test_numbers_contradict_a_limit_that_sympy_gets_wrong(monkeypatch):
    monkeypatch.setattr(kernel, "limit_at_zero", lambda expr, symbol: sp.S.Zero)
    with pytest.raises(NotProved, match="contradict"):
        settle(Tends(1 / (1 + a), a, 0, 0), DOMAIN)


def test_charts_cover_a_domain_and_its_ends():
    inside = kernel.charts({z: UNIT}, {z}, ends=False)
    assert [chart.case for chart in inside] == [""]
    assert [chart(z) for chart in kernel.charts({z: UNIT}, {z}, ends=True)][1:] == [0, 1]
    shown = inside[0](z)
    assert sp.limit(shown, *shown.free_symbols, 0) == 0
    assert sp.limit(shown, *shown.free_symbols, sp.oo) == 1


def test_points_do_not_change_from_run_to_run():
    assert kernel.points(DOMAIN, {x, z}) == kernel.points(DOMAIN, {z, x})
    assert {0, 1} <= {point[z] for point in kernel.points(DOMAIN, {z})}


@pytest.mark.parametrize(
    "expr",
    [
        x ** sp.Rational(1, 3) + sp.sqrt(y) / x**2 - sp.pi * sp.E,
        sp.exp(-x) * sp.log(y) + sp.Abs(x - y) * sp.sign(x - y),
        sp.Max(x, y, 2) - sp.Min(x, y) + sp.Heaviside(x - y, 0),
        sp.tanh(x) ** 2 + sp.atan(y) + x**y,
        sp.Piecewise((1 / x, x > 1), (y, True)),
    ],
)
def test_samples_are_those_of_sympy(expr):
    """What is compiled here gives what SymPy's own translation gives."""
    theirs = sp.lambdify((x, y), expr, kernel._MODULES)
    for a, b in ((2, 3), (sp.Rational(1, 3), sp.Rational(7, 5)), (5, sp.Rational(1, 2))):
        with mpmath.workdps(40):
            expected = theirs(*(mpmath.mpf(v.p) / v.q for v in map(sp.Rational, (a, b))))
        assert abs(kernel._roughly(expr, {x: sp.Rational(a), y: sp.Rational(b)}) - expected) < mpmath.mpf(10) ** -35
