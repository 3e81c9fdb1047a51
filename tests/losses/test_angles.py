"""Losses of angles: hand values, eight units against mpmath, breaks and ends, the cards, what is refused."""

import math

import mpmath
import numpy as np
import pytest
import sympy as sp

import lossbook
from lossbook.cards import card

ARC, COS, SPHERE, CE = lossbook.arcface_loss, lossbook.cosface_loss, lossbook.sphereface_loss, lossbook.cross_entropy
ALL = [ARC, COS, SPHERE]
RNG = np.random.default_rng(41)


def both(loss, cosines, labels, **options):
    """The value of each row, and the gradient of their sum."""
    return lossbook.value_and_grad(loss)(cosines, labels, reduction="none", **options)


def given_to_the_label(loss, cosine, **options):
    """ψ, read off the loss beside one class whose cosine is 0: log(1 + e^(−sψ)) is inverted at the scale 1."""
    value = loss([[cosine, 0.0]], [0], scale=1, reduction="none", **options)[0]
    return -math.log(math.expm1(value))


# --- Values ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "margin", "cosine", "psi", "slope"),
    [
        (COS, 0.25, 0.5, 0.25, 1),
        (ARC, 0, 0.5, 0.5, 1),
        (ARC, math.pi / 6, 0.5, 0, 2 / math.sqrt(3)),
        (ARC, math.pi / 3, 0.5, -0.5, 1),
        (ARC, math.pi / 2, 0, -1, 0),
        (ARC, math.pi / 2, -0.5, -0.5 - math.pi / 2, 1),
        (SPHERE, 1, 0.3, 0.3, 1),
        (SPHERE, 2, 0.5, -0.5, 2),
        (SPHERE, 2, -0.5, -1.5, 2),
        (SPHERE, 3, 0, -2, 3),
        (SPHERE, 4, 0, -3, 0),
        (SPHERE, 4, 1, 1, 16),
        (SPHERE, 4, -1, -7, 16),
    ],
)
def test_hand_values_of_what_the_label_is_given(loss, margin, cosine, psi, slope):
    value, gradient = both(loss, [[cosine, 0.0]], [0], margin=margin, scale=1)
    missing = 1 / (1 + math.exp(psi))
    np.testing.assert_allclose(value, math.log1p(math.exp(-psi)), rtol=4e-15)
    np.testing.assert_allclose(gradient, [[-missing * slope, missing]], rtol=1e-14, atol=1e-15)


def test_without_a_margin_all_are_the_cross_entropy_of_scaled_cosines():
    c, k = RNG.uniform(-1, 1, (40, 5)), RNG.integers(0, 5, 40)
    expected, slope = both(CE, 10 * c, k)
    for loss, none in ((ARC, 0), (COS, 0), (SPHERE, 1)):
        value, gradient = both(loss, c, k, margin=none, scale=10)
        np.testing.assert_allclose(value, expected, rtol=1e-14)
        np.testing.assert_allclose(gradient, 10 * slope, rtol=1e-12, atol=1e-15)


def test_cosface_is_the_cross_entropy_of_lowered_scores_with_its_second_derivative():
    c, k = RNG.uniform(-1, 1, (40, 5)), RNG.integers(0, 5, 40)
    scores = 10 * (c - 0.35 * np.eye(5)[k])
    np.testing.assert_allclose(COS(c, k, scale=10, reduction="none"), CE(scores, k, reduction="none"), rtol=1e-12)
    ours = lossbook.hessian_diag(COS)(c, k, scale=10, reduction="sum")
    np.testing.assert_allclose(ours, 100 * lossbook.hessian_diag(CE)(scores, k, reduction="sum"), rtol=1e-10)


@pytest.mark.parametrize("loss", [ARC, SPHERE])
def test_the_others_have_no_second_derivative(loss):
    with pytest.raises(TypeError, match="has no diagonal second derivative"):
        lossbook.hessian_diag(loss)([[0.5, 0.0]], [0], reduction="sum")


def test_the_worked_example_of_a_simplex_has_the_probability_that_its_scale_was_chosen_for():
    for classes in (3, 10, 1000):
        scale = (classes - 1) / classes * math.log((classes - 1) * 0.9 / 0.1)
        c = np.full((1, classes), -1 / (classes - 1))
        c[0, 0] = 1
        assert COS(c, [0], margin=0, scale=scale) == pytest.approx(-math.log(0.9), rel=1e-12)


# --- Digits ------------------------------------------------------------------------------------------------------------

EDGES = [1, 1 - 2**-53, 1 - 1e-10, 0.5, 0.1, 1e-9, 0.0, -1e-9, -0.3, -0.5, -0.9, -1 + 1e-10, -1 + 2**-53, -1]


def true(loss, c, margin, scale):
    """Value and gradient for the label 0."""
    own, s, m = mpmath.mpf(float(c[0])), mpmath.mpf(float(scale)), mpmath.mpf(margin)
    angle, sine = mpmath.acos(own), mpmath.sqrt(1 - own**2)
    if loss is COS:
        psi, slope = own - m, 1
    elif loss is ARC:
        near = own >= -mpmath.cos(m)
        psi = mpmath.cos(angle + m) if near else own - m * mpmath.sin(m)
        slope = mpmath.sin(angle + m) / sine if near and sine else 1
    else:
        before, last = mpmath.mpf(0), mpmath.mpf(1)
        for _ in range(margin - 1):
            before, last = last, 2 * own * last - before
        n = min(int(mpmath.floor(margin * angle / mpmath.pi)), margin - 1)
        psi, slope = (-1) ** n * mpmath.cos(margin * angle) - 2 * n, abs(margin * last)
    e = [mpmath.exp(s * (mpmath.mpf(float(x)) - psi)) for x in c[1:]]
    total = 1 + mpmath.fsum(e)
    return mpmath.log1p(mpmath.fsum(e)), [-s * slope * mpmath.fsum(e) / total, *(s * x / total for x in e)]


def assert_within(found, expected, units):
    """Within units in the last place, of what is not below the range of normal numbers."""
    for ours, truth in zip(np.ravel(found), expected, strict=True):
        if abs(truth) > np.finfo(found.dtype).tiny * 1e10:
            off = abs(mpmath.mpf(float(ours)) - truth) / float(np.spacing(abs(found.dtype.type(truth))))
            assert off < units, (ours, truth, float(off))
        else:
            assert abs(ours) < np.finfo(found.dtype).tiny * 1e11


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("scale", [1e-300, 1.0, 30.7, 64.0, 2e3])
@pytest.mark.parametrize(
    ("loss", "margins"), [(COS, [0, 0.35, 2.0]), (ARC, [0, 1e-9, 0.5, 2.0, math.pi]), (SPHERE, [1, 2, 3, 4, 16])]
)
def test_values_and_gradients_within_eight_units(loss, margins, scale, dtype):
    rng = np.random.default_rng(8)
    rows = [np.array([own, *rng.uniform(-1, 1, 2)]) for own in (*EDGES, *rng.uniform(-1, 1, 6))]
    rows += [np.array([own, own]) for own in (1, 0.7, -1)]
    with mpmath.workdps(60):
        for margin in margins:
            for row in rows:
                c = row.astype(dtype)
                value, gradient = lossbook.value_and_grad(loss)([c], [0], margin=margin, scale=scale, reduction="sum")
                expected, slopes = true(loss, c, margin, scale)
                if expected < np.finfo(dtype).max:
                    assert_within(value, [expected], 8)
                    assert_within(gradient, slopes, 8)


@pytest.mark.parametrize("loss", ALL)
def test_a_huge_scale_gives_no_nan(loss):
    c = np.array([[1.0, 1.0], [1.0, 1 - 2**-53], [-1.0, 1.0], [0.5, 0.5], [0.0, 0.0]])
    for margin in (1, 2):
        value, gradient = both(loss, c, [0] * 5, margin=margin, scale=1e250)
        assert np.isfinite(value).all()
        assert np.isfinite(gradient).all()


# --- Ends and breaks -----------------------------------------------------------------------------------------------------


def test_arcface_falls_with_the_angle_and_jumps_at_its_break():
    angles = np.linspace(0, math.pi, 2001)
    psi = np.array([given_to_the_label(ARC, c) for c in np.cos(angles)])
    assert np.all(np.diff(psi) < 0)
    edge = -math.cos(0.5)
    assert given_to_the_label(ARC, edge + 1e-12) == pytest.approx(-1, abs=1e-11)
    assert given_to_the_label(ARC, edge - 1e-12) == pytest.approx(edge - 0.5 * math.sin(0.5), abs=1e-11)


def test_cos_of_the_larger_angle_alone_would_be_a_bonus_at_the_far_end():
    angle = 3.0
    assert math.cos(angle + 0.5) > math.cos(angle)
    assert given_to_the_label(ARC, math.cos(angle)) < math.cos(angle)


@pytest.mark.parametrize("margin", [1, 2, 3, 4, 7])
def test_sphereface_falls_without_a_jump_and_stays_below_the_cosine(margin):
    c = np.cos(np.linspace(0, math.pi, 4001))
    psi = np.array([given_to_the_label(SPHERE, x, margin=margin) for x in c])
    assert np.all(np.diff(psi) < 1e-12)
    assert np.max(np.abs(np.diff(psi))) < 0.01 * margin
    assert np.all(psi <= c + 1e-12)


@pytest.mark.parametrize("loss", ALL)
@pytest.mark.parametrize("cosine", [1.0, -1.0])
def test_the_gradient_is_finite_where_the_embedding_is_the_prototype_or_its_opposite(loss, cosine):
    _, gradient = both(loss, [[cosine, 0.2]], [0], scale=4)
    assert np.isfinite(gradient).all()
    assert gradient[0, 0] < 0 < gradient[0, 1]


def test_the_slope_of_arcface_at_the_prototype_is_that_without_a_margin():
    value, gradient = both(ARC, [[1.0, 0.0]], [0], scale=1)
    missing = 1 / (1 + math.exp(math.cos(0.5)))
    np.testing.assert_allclose(gradient, [[-missing, missing]], rtol=1e-14)
    assert value[0] == pytest.approx(math.log1p(math.exp(-math.cos(0.5))))
    # A step away it is steep.
    assert both(ARC, [[1 - 1e-12, 0.0]], [0], scale=1)[1][0, 0] < -9e4


def test_what_the_embedding_gets_is_bounded_by_the_sine_of_the_larger_angle():
    for angle in (1e-1, 1e-4, 1e-7):
        slope = both(ARC, [[math.cos(angle), 0.0]], [0], scale=1)[1][0, 0]
        missing = 1 / (1 + math.exp(given_to_the_label(ARC, math.cos(angle))))
        assert -slope * math.sin(angle) == pytest.approx(missing * math.sin(angle + 0.5), rel=0.03)


def test_an_arc_cosine_loses_a_small_angle():
    """What the naive form gives at an angle of 1e-5 in float32, and of 1e-8: 0."""
    assert np.arccos(np.float32(np.cos(1e-5))) == 0
    assert np.arccos(np.cos(1e-8)) == 0
    near, far = np.array([math.cos(1e-3), math.sin(1e-3)]), np.array([1.0, 0.0])
    assert 2 * math.asin(np.linalg.norm(near - far) / 2) == pytest.approx(1e-3, rel=1e-15)


def test_the_slope_without_the_turn_is_another():
    """What a library uses that computes the larger angle without gradient: 1 in the place of sin(θ + m)/sin θ."""
    shares = {}
    for angle in (math.pi / 2, math.pi / 3, math.acos(0.99)):
        slope = both(ARC, [[math.cos(angle), 0.0]], [0], scale=1)[1]
        shares[round(math.degrees(angle))] = round(float(-slope[0, 0] / slope[0, 1]), 3)
    assert shares == {90: 0.878, 60: 1.154, 8: 4.242}


# --- The cards -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "margins"), [(COS, [sp.Rational(7, 20), 0]), (ARC, [sp.Rational(1, 2), sp.Rational(5, 4)]), (SPHERE, [1, 2, 4])]
)
def test_values_are_those_of_the_card(loss, margins):
    at = [(0.5, -0.25, 0.125), (-0.96875, 0.5, 0.0), (-0.5, -0.75, 1.0)]
    formula = card(loss.__name__)
    for margin in margins:
        for row in at:
            for label in range(3):
                exact = formula.evaluate(tuple(map(sp.Rational, row)), label, margin, 3)
                given = int(margin) if loss is SPHERE else float(margin)
                assert loss([row], [label], margin=given, scale=3) == pytest.approx(float(exact), rel=1e-13)


# --- What is refused -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ALL)
def test_a_cosine_above_one_is_refused_with_the_fix(loss):
    with pytest.raises(
        ValueError, match=r"cosines must hold cosines in \[−1, 1\], but cosines\[0, 1\] = 1\.0000001.* np\.clip"
    ):
        loss([[0.5, 1.0000001]], [0])


@pytest.mark.parametrize(
    ("loss", "margin", "said"),
    [
        (ARC, 28.6, r"margin must be an angle in radians, at least 0 and below π, but margin = 28\.6"),
        (COS, 2.5, r"margin must be a number in \[0, 2\]"),
        (SPHERE, 17, "margin must be at most 16, but margin = 17"),
        (SPHERE, 0, "margin must be at least 1"),
    ],
)
def test_margins_out_of_range_are_refused(loss, margin, said):
    with pytest.raises(ValueError, match=said):
        loss([[0.5, 0.0]], [0], margin=margin)


def test_a_fraction_is_no_factor_of_the_angle():
    with pytest.raises(TypeError, match="margin must be an integer"):
        SPHERE([[0.5, 0.0]], [0], margin=1.5)


@pytest.mark.parametrize("loss", ALL)
@pytest.mark.parametrize("scale", [0, -1.0, math.inf, math.nan, 1e260])
def test_scales_out_of_range_are_refused(loss, scale):
    with pytest.raises(ValueError, match="scale must be a number above 0"):
        loss([[0.5, 0.0]], [0], scale=scale)
