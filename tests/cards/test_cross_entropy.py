"""The cards of the cross entropies and the focal losses: what they evaluate, by other routes."""

import math

import pytest
import sympy as sp

from lossbook.cards import card
from lossbook.cards.cross_entropy import one_hot
from lossbook.cards.notation import alpha, gamma, y, z

LOGITS, TARGET, WEIGHTS = (0.3, -1.1, 2.0), (0.2, 0.5, 0.3), (1.5, 0.4, 3.0)


def numbers(values):
    return [sp.Rational(str(v)) for v in values]


def log_probs(logits):
    return [v - math.log(sum(map(math.exp, logits))) for v in logits]


@pytest.mark.parametrize("smoothing", [0, 0.1, 1])
@pytest.mark.parametrize("weight", [None, WEIGHTS])
def test_cross_entropy(smoothing, weight):
    smoothed = [(1 - smoothing) * t + smoothing / 3 for t in TARGET]
    expected = -sum(w * t * v for w, t, v in zip(weight or (1, 1, 1), smoothed, log_probs(LOGITS), strict=True))
    options = {"weight": weight and numbers(weight), "smoothing": sp.Rational(str(smoothing))}
    assert float(card("cross_entropy").evaluate(numbers(LOGITS), numbers(TARGET), **options)) == pytest.approx(
        expected, rel=1e-14
    )


@pytest.mark.parametrize("label", range(3))
def test_labels_count_from_0(label):
    whole = card("cross_entropy").evaluate(numbers(LOGITS), one_hot(label, 3), numbers(WEIGHTS))
    expected = -WEIGHTS[label] * log_probs(LOGITS)[label]
    assert float(whole) == pytest.approx(expected, rel=1e-14)
    of_label = card("nll_loss").evaluate(
        [sp.log(sp.exp(v) / sum(map(sp.exp, numbers(LOGITS)))) for v in numbers(LOGITS)], label, numbers(WEIGHTS)
    )
    assert float(of_label) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("label", range(3))
@pytest.mark.parametrize("focus", [0, 0.5, 2])
def test_softmax_focal(label, focus):
    log_p = log_probs(LOGITS)[label]
    expected = -0.25 * (1 - math.exp(log_p)) ** focus * log_p
    found = card("softmax_focal_loss").evaluate(numbers(LOGITS), label, sp.Rational(str(focus)), sp.Rational(1, 4))
    assert float(found) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("label", [0, 1])
def test_focal_and_balanced_of_one_logit(label):
    log_p = -math.log1p(math.exp(-0.7 if label else 0.7))
    weight = 0.3 if label else 0.7
    at = {z: sp.Rational(7, 10), y: label, alpha: sp.Rational(3, 10), gamma: 2}
    assert float(card("balanced_binary_cross_entropy_with_logits").formula.subs(at)) == pytest.approx(
        -weight * log_p, rel=1e-14
    )
    expected = -weight * (1 - math.exp(log_p)) ** 2 * log_p
    assert float(card("sigmoid_focal_loss").formula.subs(at)) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("cross_entropy", ((1, 2), (1, 0))), ("nll_loss", ((-1, -2), 0)), ("softmax_focal_loss", ((1, 2), 0, 2))],
)
def test_what_is_evaluated_is_the_formula(name, arguments):
    loss = card(name)
    assert sp.simplify(loss.with_formula(2 * loss.formula).evaluate(*arguments) - 2 * loss.evaluate(*arguments)) == 0
