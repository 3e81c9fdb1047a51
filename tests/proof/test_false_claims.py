"""False claims and hints that are not true, chosen to be plausible: none may be proved."""

import importlib
import os
from pathlib import Path

import pytest
import sympy as sp

from lossbook.cards.binary_cross_entropy import logits as bce_logits
from lossbook.cards.binary_cross_entropy import probabilities as bce
from lossbook.cards.notation import K, N, i, j, k, mask, p, probs, scores, sigma, sigmoid, w, y, y_hat, z
from lossbook.cards.notation import target as q
from lossbook.cards.regression import absolute, squared
from lossbook.proof import (
    Anchor,
    Balance,
    Bound,
    Card,
    Cases,
    Convex,
    Curvature,
    Each,
    Elicits,
    Exhaustive,
    Gradient,
    Holds,
    Homogeneous,
    Invariant,
    Likelihood,
    Limit,
    Lipschitz,
    Merging,
    Misprint,
    Monotone,
    Not,
    NotProved,
    Proper,
    Range,
    Simplex,
    Smooth,
    SpecialCase,
    Symmetric,
    Taylor,
    Tensorises,
    Untrue,
    Value,
    ZeroOnlyAt,
    kernel,
    prove,
)

x, u = sp.symbols("x u", real=True)
delta = sp.Symbol("delta", positive=True)
s = sp.Symbol("s", positive=True)
ell = sp.Function("ell")
REALS, UNIT, OPEN, POSITIVE = sp.Reals, sp.Interval(0, 1), sp.Interval.open(0, 1), sp.Interval.open(0, sp.oo)
HALF = sp.Rational(1, 2)


def toy(formula, prediction=x, **domain):
    """Make a card of one formula; the domain of x is the reals unless it is given."""
    regions = {x: REALS, u: REALS} | {sp.Symbol(name, real=True): region for name, region in domain.items()}
    return Card(
        "toy", "Toy", ell(x), formula, prediction, {a: r for a, r in regions.items() if a in formula.free_symbols | {x}}
    )


def of_entries(formula, **simplex):
    """Make a card of sums over classes."""
    domain = {probs: Simplex(), q: Simplex(open=True), K: sp.Range(1, sp.oo)}
    return Card("entries", "Entries", sp.Function("D")(probs, q), formula, q[k], domain)


def over(term):
    return sp.Sum(term, (k, 1, K))


KL = of_entries(over(probs[k] * sp.log(probs[k] / q[k])))
SQUARES = of_entries(over((probs[k] - q[k]) ** 2))
HELLINGER = of_entries(over((sp.sqrt(probs[k]) - sp.sqrt(q[k])) ** 2))
ENTROPY = Card(
    "entropy",
    "Entropy",
    sp.Function("H")(q),
    -over(q[k] * sp.log(q[k])),
    q[k],
    {q: Simplex(open=True), K: sp.Range(1, sp.oo)},
)
SOFTMAX = sp.exp(scores[i]) / sp.Sum(sp.exp(scores[j]), (j, 1, K))
CE = Card(
    "ce",
    "Cross entropy",
    ell(scores, q),
    -over(q[k] * sp.log(sp.exp(scores[k]) / sp.Sum(sp.exp(scores[j]), (j, 1, K)))),
    scores[i],
    {scores: Each(REALS), q: Simplex(), K: sp.Range(1, sp.oo)},
)


def pixels(term):
    return sp.Sum(term, (i, 1, N))


DICE = Card(
    "dice",
    "Dice",
    sp.Function("D")(probs, mask),
    2 * pixels(probs[i] * mask[i]) / (pixels(probs[i]) + pixels(mask[i])),
    probs[k],
    {probs: Each(UNIT), mask: Each(UNIT), N: sp.S.Naturals},
)
HARD = Card(
    "hard",
    "Hard",
    ell(probs),
    pixels(sp.Heaviside(probs[i] - HALF, 0)),
    probs[k],
    {probs: Each(UNIT), N: sp.S.Naturals},
)
HUBER = Card(
    "huber",
    "Huber",
    ell(y_hat, y),
    sp.Piecewise(((y_hat - y) ** 2 / 2, sp.Abs(y_hat - y) <= delta), (delta * (sp.Abs(y_hat - y) - delta / 2), True)),
    y_hat,
    {y_hat: REALS, y: REALS},
    {delta: POSITIVE},
)
STEP = toy(sp.Heaviside(x))

FALSE = {
    # Limits from one side only, at ends that are not there, and of the wrong thing.
    "1/x grows at 0, from above": (toy(1 / x), Limit(x, 0, sp.oo)),
    "1/x grows at 0, in size": (toy(1 / x), Range(-sp.oo, 1)),
    "a step has the limit 1 at 0": (STEP, Limit(x, 0, 1)),
    "|x|/x has the limit 1": (toy(sp.Abs(x) / x), Limit(x, 0, 1)),
    "e^x falls to 0 at +∞": (toy(sp.exp(x)), Limit(x, sp.oo, 0)),
    "sin x settles": (toy(sp.sin(x)), Limit(x, sp.oo, 0)),
    "a limit beyond the domain": (bce, Limit(p, 2, sp.oo)),
    "a limit at −∞ of what is positive": (toy(sp.log(x), x=POSITIVE), Limit(x, -sp.oo, 0)),
    "log p grows for every y": (bce, Limit(p, 0, sp.oo)),
    "the limit is the variable": (toy(x), Limit(x, sp.oo, x)),
    "the slope fades": (squared, Limit(y_hat, sp.oo, 0, of=sp.Derivative(ell(y_hat, y), y_hat))),
    "a log loss of logits is bounded far out": (bce_logits, Limit(z, -sp.oo, 1, given={y: 1, w: 1})),
    # Holes that cancel, and formulas that are not defined everywhere.
    "a quotient with a hole is a sum": (toy((x**2 - sp.Rational(1, 4)) / (x - HALF)), Holds(sp.Eq(ell(x), x + HALF))),
    "a quotient with a hole is positive": (toy((x**2 - 1) / (x - 1), x=POSITIVE), Range(1, sp.oo)),
    "x²/|x| has a minimum": (toy(x**2 / sp.Abs(x)), Range(0, sp.oo)),
    "log(x²) is 2 log x": (toy(sp.log(x**2)), Holds(sp.Eq(ell(x), 2 * sp.log(x)))),
    "√x² is x": (toy(sp.sqrt(x**2)), Holds(sp.Eq(ell(x), x))),
    "a logarithm below 0": (toy(sp.log(x)), Monotone()),
    # Symbols that are declared more than their domain says.
    "positive by declaration": (Card("toy", "Toy", ell(s), s, s, {s: sp.Interval.open(-1, 1)}), Range(0, 1)),
    "positive by declaration, with a zero": (
        Card("toy", "Toy", ell(s), sp.sqrt(s**2), s, {s: sp.Interval(0, 1)}),
        Range(0, 1),
    ),
    "a name that the prover uses itself": (HUBER, Elicits("mean")),
    # Ends of ranges.
    "an end that is not sharp below": (squared, Range(-1, sp.oo)),
    "an end that is not sharp above": (toy(sigmoid.subs(z, x)), Range(0, 2)),
    "an end that is crossed": (squared, Range(1, sp.oo)),
    "a bound where there is none": (squared, Range(0, 1000)),
    "no bound where there is one": (toy(sigmoid.subs(z, x)), Range(0, sp.oo)),
    "an end reached elsewhere": (squared, Range(0, sp.oo, low_at={y_hat: y + 1})),
    "an end reached outside of the domain": (bce, Range(0, sp.oo, low_at={p: y + 2})),
    "a log loss is below log 2": (bce, Range(0, sp.log(2))),
    "an entropy is at most 1": (ENTROPY, Range(0, 1)),
    "a divergence is at most log 2": (KL, Range(0, sp.log(2))),
    "Dice is at least a half": (DICE, Range(HALF, 1)),
    "a bound on each term for one on the sum": (HELLINGER, Range(0, 1)),
    # Closed ends.
    "strict at a closed end": (toy(x**2, x=UNIT), Holds(sp.Gt(ell(x), 0))),
    "strict at the other end": (toy(1 - x, x=UNIT), Holds(sp.Gt(ell(x), 0))),
    "positive but for one end": (toy(x * (1 - x), x=sp.Interval(0, 1)), Holds(sp.Gt(ell(x), 0))),
    "zero only at equality, and at an end": (toy(x * (x - u) ** 2, x=UNIT, u=UNIT), ZeroOnlyAt(x, u)),
    "zero at −u as well": (toy((x**2 - u**2) ** 2), ZeroOnlyAt(x, u)),
    # Slopes and curvatures.
    "half the slope": (squared, Gradient(y_hat - y)),
    "the slope with its sign turned": (bce_logits, Gradient(y - sigmoid, given={w: 1})),
    "the slope without the weight": (bce_logits, Gradient(sigmoid - y)),
    "the slope of one side": (absolute, Gradient(sp.S.One)),
    "the slope of another curvature": (bce_logits, Curvature(sigmoid, given={w: 1})),
    "softmax less the target, turned": (CE, Gradient(q[i] - SOFTMAX)),
    "the gradient of another class": (CE, Gradient(SOFTMAX - q[k])),
    "−q/p for −p/q": (KL, Gradient(-q[k] / probs[k])),
    "7p/q⁹ as a second derivative": (KL, Curvature(7 * probs[k] / q[k] ** 9)),
    "twice the slope of Dice": (DICE, Gradient(4 * mask[k] / (pixels(probs[i]) + pixels(mask[i])))),
    "a slope bound that is too small": (bce_logits, Lipschitz(HALF, given={w: 1})),
    "a slope bound without the weight's condition": (bce_logits, Lipschitz(1)),
    "a curvature bound without the weight's condition": (bce_logits, Smooth(sp.Rational(1, 4))),
    "a slope bound that is never reached": (bce_logits, Lipschitz(2, sharp=True, given={w: 1})),
    "a squared error has bounded slope": (squared, Lipschitz(100)),
    "an absolute error is smooth": (absolute, Smooth(0)),
    "Huber has slope at most 1": (HUBER, Lipschitz(1)),
    # Convexity and monotony.
    "strictly convex where it is linear": (absolute, Convex(strict=True)),
    "strictly convex along a shift": (CE, Convex(strict=True)),
    "convex behind a sigmoid": (toy((sigmoid.subs(z, x) - 1) ** 2), Convex()),
    "concave": (squared, Convex(concave=True)),
    "a cube is convex": (toy(x**3), Convex()),
    "−|x| is convex but for a point": (toy(-sp.Abs(x)), Convex()),
    "a step is convex but for a point": (STEP, Convex()),
    "a step down is convex": (toy(-sp.Heaviside(x)), Convex()),
    "min(x, 0) is convex": (toy(sp.Min(x, 0)), Convex()),
    "Dice is convex": (DICE, Convex()),
    "an entropy is convex": (ENTROPY, Convex()),
    "a step falls": (toy(sp.Heaviside(x)), Monotone(down=True)),
    "counts of a threshold fall": (HARD, Monotone(down=True)),
    "a square grows": (squared, Monotone()),
    "a step grows strictly": (toy(sp.Max(x, 0)), Monotone(strict=True)),
    # Minimisers.
    "a squared error asks for the median": (squared, Elicits("median")),
    "an absolute error asks for the mean": (absolute, Elicits("mean")),
    "an absolute error asks for the upper quartile": (absolute, Elicits("quantile", sp.Rational(3, 4))),
    "a fourth power asks for the mean": (toy((x - u) ** 4), Elicits("mean")),
    "an expectile of another level": (squared, Elicits("expectile", sp.Rational(1, 3))),
    "pos_weight keeps the minimiser": (bce_logits, Proper()),
    "proper with another link": (bce, Proper(link=p**2)),
    "absolute error of labels is proper": (Card("a", "A", ell(p, y), sp.Abs(p - y), p, {p: OPEN, y: UNIT}), Proper()),
    "a linear score is proper": (of_entries(over(-probs[k] * q[k])), Proper(target=probs)),
    "what is proper is not": (bce, Not(Proper())),
    "a Gaussian of half the variance": (
        squared,
        Likelihood(
            sp.exp(-((y - y_hat) ** 2) / sigma**2) / (sigma * sp.sqrt(sp.pi)),
            factor=1 / (2 * sigma**2),
            on={sigma: POSITIVE},
        ),
    ),
    "a density that does not integrate to 1": (
        squared,
        Likelihood(sp.exp(-((y - y_hat) ** 2) / (2 * sigma**2)), factor=1 / (2 * sigma**2), on={sigma: POSITIVE}),
    ),
    # Relations.
    "symmetric, but for a sign": (bce_logits, Symmetric({z: -z}, given={w: 1})),
    "a divergence is symmetric": (KL, Symmetric({probs: q, q: probs}, on={probs: Simplex(open=True)})),
    "homogeneous of degree 1": (squared, Homogeneous(1, (y_hat, y))),
    "homogeneous in one argument": (absolute, Homogeneous(1, (y_hat,))),
    "a shift of the prediction alone": (squared, Invariant((y_hat,))),
    "a special case at another value": (bce_logits, SpecialCase({w: 2}, bce, link={p: sigmoid})),
    "half the other loss": (HUBER, SpecialCase({}, squared, factor=HALF)),
    "a square is above the size": (squared, Bound(absolute)),
    "Huber is above half the square": (HUBER, Bound(squared, factor=HALF)),
    "the triangle inequality of squares": (
        squared,
        Holds(sp.Le(ell(x, u), ell(x, y) + ell(y, u)), on={x: REALS, u: REALS}),
    ),
    "another leading term": (toy(1 - sp.cos(x)), Taylor({x: 0}, x**2)),
    "twice the χ² term": (KL, Taylor({q: probs}, over((probs[k] - q[k]) ** 2 / q[k]))),
    "squares do not merge": (SQUARES, Merging()),
    "squares do not add up": (SQUARES, Tensorises()),
    "a wrong digit": (bce, Value({p: HALF, y: 1}, "0.68")),
    "a value outside of the domain": (bce, Value({p: 2, y: 1}, "-0.69")),
    "a misprint that is none": (squared, Misprint((y - y_hat) ** 2, {y_hat: 1, y: 3})),
    "false for one case of many": (
        squared,
        Exhaustive(
            sp.Ge(ell(x, u), 1), over={x: Cases("0, 1", lambda: (0, 1)), u: Cases("2, 3, 1", lambda: (2, 3, 1))}
        ),
    ),
    "no case at all": (
        squared,
        Exhaustive(sp.Ge(ell(x, u), 1), over={x: Cases("none", tuple), u: Cases("0", lambda: (0,))}),
    ),
    "about an empty domain": (squared, Holds(sp.Ge(ell(y_hat, y), 5), on={y: sp.S.EmptySet})),
    # Terms and sums.
    "one term goes to 0, so the sum does": (KL, Limit(q[k], 1, 0)),
    "the others stay where one moves": (ENTROPY, Limit(q[k], 0, 0)),
    "two classes taken for all": (ENTROPY, Bound(sp.log(2), above=True)),
    "a refutation at a point outside": (squared, Not(Range(0, sp.oo), {y_hat: sp.I, y: 0})),
    "a zero of the second derivative refutes": (toy(x**4), Not(Convex(strict=True))),
    "a zero of the slope refutes": (toy(x**3), Not(Monotone(strict=True))),
}

HINTS = {
    "another expression": (bce, Convex(strict=True, by=y / p**2)),
    "a factor too many": (bce_logits, Range(0, sp.oo, by=2 * w * y * sp.log(1 + sp.exp(-z)))),
    "parts that miss one": (bce, Range(0, sp.oo, by=((-y * sp.log(p),),))),
    "parts of another sum": (squared, Range(0, sp.oo, by=((y_hat**2, y**2),))),
    "an equal form with a hole": (squared, Convex(by=2 * (y_hat - y) / (y_hat - y))),
    "an anchor at the wrong place": (bce, Range(0, sp.oo, by=Anchor(p, HALF))),
    "an anchor at a maximum": (toy(1 / (1 + x**2)), Range(0, 1, by=Anchor(x, 0))),
    "an anchor on a slope": (toy(x**2), Range(0, sp.oo, by=Anchor(x, 1))),
    "an anchor in a symbol that is not there": (squared, Range(0, sp.oo, by=Anchor(sigma, 1))),
    "a balance that does not help": (KL, Range(0, sp.oo, by=Balance(sp.Integer(5)))),
    "a hint for what has no sign": (squared, Gradient(2 * (y_hat - y), by=y)),
    "a printed form that is another": (squared, Gradient(2 * (y_hat - y), shown=y_hat - y)),
}


def _from_modules():
    """Collect the false claims that stand beside each family's cards."""
    for path in sorted(Path(__file__).parent.glob("false_*.py")):
        for number, (card, claim) in enumerate(importlib.import_module(f"{__package__}.{path.stem}").FALSE):
            yield f"{path.stem[6:]} {number} {card.name} {claim.key}", (card, claim)


ALL = FALSE | dict(_from_modules())


@pytest.mark.parametrize("name", ALL)
def test_a_false_claim_is_not_proved(name, monkeypatch):
    """Neither proved nor, where it is a refutation, refuted."""
    if "LOSSBOOK_WHOLE" not in os.environ:
        # More time than any claim of the cards takes; with all of it, make broken.
        monkeypatch.setattr(kernel, "BUDGET", 2.0)
        monkeypatch.setattr(kernel, "LIMIT", 1.0)
    with pytest.raises(NotProved):
        prove(*ALL[name])


@pytest.mark.parametrize("name", HINTS)
def test_a_hint_that_is_not_true_is_refused(name):
    """A claim with such a hint is not proved, even if it is true."""
    with pytest.raises(NotProved):
        prove(*HINTS[name])


def test_there_are_many_false_claims():
    """The count that the prover is held to."""
    assert len(FALSE) + len(HINTS) >= 80


def test_what_is_false_says_where():
    """A false claim names a point."""
    with pytest.raises(Untrue, match="below 0") as raised:
        prove(squared, Range(1, sp.oo))
    assert squared.formula.subs(raised.value.point) < 1


def test_what_is_not_shown_is_not_called_false():
    """No verdict is drawn from a point that does not refute."""
    with pytest.raises(NotProved) as raised:
        prove(toy(x**4), Convex(strict=True))
    assert not isinstance(raised.value, Untrue)
