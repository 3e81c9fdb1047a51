"""Scores of forecasts: hand values, the last digits, sure forecasts, what each is of its neighbours, and what is refused."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lossbook
from lossbook.cards import card

BRIER, LOG, SPHERICAL, RANKED = (
    lossbook.brier_score,
    lossbook.log_score,
    lossbook.spherical_score,
    lossbook.ranked_probability_score,
)
SCORES = (BRIER, LOG, SPHERICAL, RANKED)
INF, NAN = math.inf, math.nan
EACH = pytest.mark.parametrize("score", SCORES, ids=lambda s: s.__name__)


def of(score, p, k, **options):
    """The values, and the gradients of each."""
    return lossbook.value_and_grad(score)(p, k, reduction="none", **options)


@pytest.mark.parametrize(
    ("score", "value", "gradient"),
    [
        (BRIER, 0.78, [0.4, 1.0, -1.4]),
        (LOG, -math.log(0.3), [0, 0, -10 / 3]),
        (SPHERICAL, 1 - 0.3 / math.sqrt(0.38), [0.06 / 0.38**1.5, 0.15 / 0.38**1.5, -0.29 / 0.38**1.5]),
        (RANKED, 0.53, [1.8, 1.4, 0]),
    ],
    ids=lambda case: getattr(case, "__name__", None),
)
def test_hand_values(score, value, gradient):
    found, slope = of(score, [0.2, 0.5, 0.3], 2)
    assert found == pytest.approx(value, rel=4e-16, abs=0)
    np.testing.assert_allclose(slope, gradient, rtol=1e-15, atol=1e-15)


def test_brier_sees_no_order_and_the_ranked_score_does():
    near, far = [0.2, 0.5, 0.3], [0.5, 0.2, 0.3]
    assert BRIER(near, 2) == pytest.approx(BRIER(far, 2), rel=1e-15, abs=0)
    assert RANKED([near, far], [2, 2], reduction="none") == pytest.approx([0.53, 0.74], rel=1e-15, abs=0)


def truth(score, p, k):
    """Value and gradient in many digits."""
    y = [int(j == k) for j in range(len(p))]
    if score is BRIER:
        return sum((a - b) ** 2 for a, b in zip(p, y, strict=True)), [2 * (a - b) for a, b in zip(p, y, strict=True)]
    if score is LOG:
        return (
            (-mpmath.log(p[k]), [-b / p[k] for b in y])
            if p[k]
            else (mpmath.inf, [-mpmath.inf * b if b else 0 for b in y])
        )
    if score is SPHERICAL:
        norm = mpmath.sqrt(sum(a * a for a in p))
        return 1 - p[k] / norm, [p[k] * a / norm**3 - b / norm for a, b in zip(p, y, strict=True)]
    below = [sum(p[: i + 1]) - (k <= i) for i in range(len(p))]
    return sum(f * f for f in below), [2 * sum(below[j:]) for j in range(len(p))]


def forecasts(dtype):
    """Forecasts and labels: at random, from even to nearly sure, and with probabilities down to the smallest number."""
    rng = np.random.default_rng(4)
    rows = [rng.dirichlet(np.full(n, a)) for n in (1, 2, 3, 5, 12, 150) for a in (0.02, 1.0, 50.0)]
    tiny = [1e-3, 1e-8, 1e-12, 1e-17, 1e-30, 1e-44, 1e-150, 1e-160, 1e-200, 5e-324]
    rows += [
        np.array(row)
        for t in tiny
        for row in ([1 - t, t], [t / 2, 1 - t, t / 2], [1 - 3 * t, t, t, t], [t, 0.5, t / 3, 0.5 - 4 * t / 3])
    ]
    rows += [np.array(row) for row in ([0.3, 0.7 - 1e-10, 5e-11, 5e-11], [0.1] * 10, [1 / 3] * 3, [0.0, 1.0, 0.0])]
    for row in rows:
        yield from ((row.astype(dtype), k) for k in range(min(len(row), 6)))


def units(found, true, dtype):
    """How many units in the last place a number is off; none where both are beyond the range."""
    if abs(true) > float(np.finfo(dtype).max):
        return 0.0 if found == (INF if true > 0 else -INF) else INF
    return float(abs(mpmath.mpf(float(found)) - true) / float(np.spacing(dtype(abs(float(true))))))


@EACH
@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
def test_value_and_gradient_are_within_eight_units_of_the_last_place(score, dtype):
    with mpmath.workprec(2300):
        for p, k in forecasts(dtype):
            value, gradient = of(score, p, k)
            true, slopes = truth(score, [mpmath.mpf(float(a)) for a in p], k)
            assert units(value, true, dtype) <= 8, (p, k, value, mpmath.nstr(true, 17))
            for found, slope in zip(gradient, slopes, strict=True):
                assert units(found, slope, dtype) <= 8, (p, k, gradient, mpmath.nstr(slope, 17))


@EACH
def test_a_forecast_that_is_sure_has_its_limit(score):
    value, gradient = of(score, np.eye(3)[[1, 1, 0]], [1, 0, 2])
    worst = {BRIER: 2, LOG: INF, SPHERICAL: 1}.get(score)
    assert value.tolist() == [0, *([1, 2] if worst is None else [worst, worst])]
    expected = {
        BRIER: [[0, 0, 0], [-2, 2, 0], [2, 0, -2]],
        LOG: [[0, -1, 0], [-INF, 0, 0], [0, 0, -INF]],
        SPHERICAL: [[0, 0, 0], [-1, 0, 0], [0, 0, -1]],
        RANKED: [[0, 0, 0], [-2, 0, 0], [4, 2, 0]],
    }[score]
    np.testing.assert_array_equal(gradient, expected)


shares = (
    st.lists(st.floats(0, 1), min_size=2, max_size=6).filter(lambda x: sum(x) > 0.1).map(lambda x: np.array(x) / sum(x))
)


@given(shares, st.integers(0, 1))
def test_what_each_is_of_its_neighbours(p, k):
    one_hot = np.eye(len(p))[k]
    assert RANKED(p, k) == pytest.approx(lossbook.squared_emd_loss(p, one_hot), rel=1e-12, abs=1e-30)
    assert BRIER(p, k) == pytest.approx(len(p) * lossbook.mse_loss(p, one_hot), rel=1e-12, abs=0)
    with np.errstate(divide="ignore"):
        assert LOG(p, k) == lossbook.nll_loss(np.log(p), k)
    if len(p) == 2:
        assert BRIER(p, k) == pytest.approx(2 * RANKED(p, k), rel=1e-12, abs=1e-30)


@EACH
@settings(max_examples=30)
@given(q=shares, p=st.data())
def test_the_truth_has_the_smallest_expected_score(score, q, p):
    p = np.array(p.draw(st.lists(st.floats(0, 1), min_size=len(q), max_size=len(q)).filter(lambda x: sum(x) > 0.1)))
    rows = np.stack([q, p / p.sum()])
    costs = [q[k] * score(rows, [k, k], reduction="none") for k in range(len(q)) if q[k] > 0]
    honest, other = sum(costs)
    assert honest <= other + 1e-12


@EACH
def test_any_multiple_of_float32_rounding_is_a_distribution_and_more_is_not(score):
    p = np.array([0.25, 0.25, 0.5], np.float32)
    assert score(p * np.float32(1.0001), 1) > 0
    with pytest.raises(ValueError, match=r"distributions that sum to 1 along axis 1, but probs\[1, :\] sums to 1.5"):
        score([[0.5, 0.5], [0.75, 0.75]], [0, 1])
    with pytest.raises(ValueError, match=r"probs\[0\] = 1.5"):
        score([1.5, -0.5], 0)
    with pytest.raises(ValueError, match=r"labels must hold class indices from 0 to 2, but labels = 3"):
        score(p, 3)


@EACH
def test_a_label_left_out_has_no_share(score):
    p, k = np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0], [0.1, 0.1, 0.8]]), np.array([1, -1, 0])
    value, gradient = lossbook.value_and_grad(score)(p, k, ignore_index=-1)
    kept, slopes = lossbook.value_and_grad(score)(p[::2], k[::2])
    assert value == kept
    np.testing.assert_array_equal(gradient[::2], slopes)
    np.testing.assert_array_equal(gradient[1], 0)
    value, gradient = lossbook.value_and_grad(score)(p[1:2], k[1:2], ignore_index=-1)
    assert value == 0 == abs(gradient).sum()


def test_a_weight_of_0_takes_an_infinite_score_away():
    value, gradient = lossbook.value_and_grad(LOG)([[0.5, 0.5], [1.0, 0.0]], [0, 1], sample_weight=[2.0, 0.0])
    assert value == math.log(2)
    np.testing.assert_array_equal(gradient, [[-2, 0], [0, 0]])


@EACH
def test_the_card_says_the_same(score):
    rng = np.random.default_rng(5)
    for _ in range(2):
        p = rng.dirichlet(np.ones(4))
        for k in range(4):
            target = np.eye(4, dtype=int)[k] if score in (BRIER, RANKED) else k
            assert of(score, p, k)[0] == pytest.approx(
                float(card(score.__name__).evaluate(p, target)), rel=1e-12, abs=0
            )


@EACH
def test_what_is_left_out_has_to_be_a_distribution_all_the_same(score):
    p, k = np.array([[0.25, 0.75], [0.5, 0.5]]), [1, -1]
    assert score(p, k, ignore_index=-1) == score(p[:1], k[:1])
    for bad in ([0.5, 0.25], [NAN, NAN], [-1.0, 2.0]):
        with pytest.raises(ValueError, match=r"probs\[1"):
            score([p[0], bad], k, ignore_index=-1)
    assert "have to be distributions" in " ".join(score.__doc__.split())
