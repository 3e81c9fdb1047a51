"""Likelihoods of a location and a scale: hand values, all digits, zeros and edges, and what overflows or is clipped elsewhere."""

import math
from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp

import lossbook
from lossbook.cards import card
from lossbook.losses.location_scale import _student_constant

GAUSS, LAPLACE, STUDENT = lossbook.gaussian_nll_loss, lossbook.laplace_nll_loss, lossbook.student_t_nll_loss
INF = math.inf
TINIEST, LARGEST = 5e-324, np.finfo(float).max


def of(loss, loc, scale, target, **options):
    """Value, slopes and second derivatives of each element."""
    given = (np.atleast_1d(loc), np.atleast_1d(scale)), np.atleast_1d(target)
    value, slopes = lossbook.value_and_grad(loss)(*given, reduction="none", **options)
    return value, *slopes, *lossbook.hessian_diag(loss)(*given, reduction="none", **options)


@pytest.mark.parametrize(
    ("loss", "options", "expected"),
    [
        # μ = 3, σ = 2, y = −1: z = 2.
        (GAUSS, {}, (math.log(2) + 2, 1, -1.5, 0.25, 2.75)),
        (GAUSS, {"full": True}, (math.log(2 * math.sqrt(2 * math.pi)) + 2, 1, -1.5, 0.25, 2.75)),
        (LAPLACE, {}, (math.log(2) + 2, 0.5, -0.5, 0, 0.75)),
        (LAPLACE, {"full": True}, (math.log(4) + 2, 0.5, -0.5, 0, 0.75)),
        (STUDENT, {"df": 1}, (math.log(10 * math.pi), 0.4, -0.3, -0.06, 0.31)),
        (STUDENT, {"df": 4}, (math.log(16 / 3) + 2.5 * math.log(2), 0.625, -0.75, 0, 1.0)),
        (STUDENT, {"df": INF}, (math.log(2 * math.sqrt(2 * math.pi)) + 2, 1, -1.5, 0.25, 2.75)),
    ],
)
def test_hand_values(loss, options, expected):
    for found, wanted in zip(of(loss, 3.0, 2.0, -1.0, **options), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=4e-15, atol=1e-16)
    mirrored = of(loss, -3.0, 2.0, 1.0, **options)
    np.testing.assert_allclose(np.ravel(mirrored), [expected[0], -expected[1], *expected[2:]], rtol=4e-15, atol=1e-16)


def exact(loss, loc, scale, target, df=None, full=False):
    """Value and derivatives, in as many digits as mpmath is set to."""
    s, e = mpmath.mpf(float(scale)), mpmath.mpf(float(loc)) - mpmath.mpf(float(target))
    z = e / s
    if loss is LAPLACE:
        size = abs(z)
        return (
            mpmath.log(s) + size + full * mpmath.log(2),
            mpmath.sign(e) / s,
            (1 - size) / s,
            mpmath.mpf(0),
            (2 * size - 1) / s**2,
        )
    if loss is GAUSS:
        value = mpmath.log(s) + z * z / 2 + full * mpmath.log(2 * mpmath.pi) / 2
        return value, z / s, (1 - z * z) / s, 1 / s**2, (3 * z * z - 1) / s**2
    n, w = mpmath.mpf(df), z * z / mpmath.mpf(df)
    value = mpmath.log(s) + (n + 1) / 2 * mpmath.log1p(w) + constant(n)
    bend = (z**4 + (1 + 3 * n) * z * z - n) * n / (n + z * z) ** 2 / s**2
    return (
        value,
        (n + 1) * e / (n * s * s + e * e),
        (1 - z * z) / (1 + w) / s,
        (n + 1) / (n * s * s) * (1 - w) / (1 + w) ** 2,
        bend,
    )


def constant(n):
    """The constant of Student's t."""
    if n > 1e30:
        return mpmath.log(2 * mpmath.pi) / 2 + 1 / (4 * n)
    return mpmath.loggamma(n / 2) - mpmath.loggamma((n + 1) / 2) + mpmath.log(n * mpmath.pi) / 2


def check(loss, loc, scale, target, units=8, dtype=np.float64, **options):
    """Hold value and derivatives against the true ones.

    Next to a zero what is left of terms that cancel has an error of 2⁻⁶² of them in the value, and of 2⁻¹⁰⁰ in the derivatives.
    """
    loc, scale, target = (np.asarray(x, dtype) for x in (loc, scale, target))
    df = options.get("df")
    found = of(loss, loc, scale, target, **options)
    tiny = [2.0**-62, *[2.0**-100] * 4]
    # Six roundings and more of the same sign are rare, but met, in the longest of the formulas.
    limits = [units] * 4 + [12 if df else units]
    # As many digits as the exponents differ by, of a ratio to which 1 is added.
    with mpmath.workdps(80 if df is None or 1e-20 < df < 1e20 else 900):
        for n in np.ndindex(loc.shape):
            wanted = exact(loss, loc[n], scale[n], target[n], **options)
            terms = [abs(math.log(scale[n])) + 1, 0, 1 / float(scale[n]) if scale[n] > 1e-300 else 0, 0, 0]
            terms[3] = terms[4] = terms[2] ** 2 if terms[2] < 1e150 else 0
            for place, (one, true) in enumerate(zip(found, wanted, strict=True)):
                got, said = one[n], (loss.__name__, place, loc[n], scale[n], target[n], options)
                if abs(true) > float(np.finfo(dtype).max):
                    assert math.isinf(got) or abs(got) > 0.999 * float(np.finfo(dtype).max), said
                    assert (got > 0) == (true > 0), said
                    continue
                unit = float(np.spacing(abs(dtype(float(true)))))
                assert (
                    abs(mpmath.mpf(float(got)) - true) <= limits[place] * mpmath.mpf(unit) + tiny[place] * terms[place]
                ), said


CASES = [(GAUSS, {}), (GAUSS, {"full": True}), (LAPLACE, {}), (LAPLACE, {"full": True})]
CASES += [(STUDENT, {"df": df}) for df in (1e-300, 1e-10, 0.3, 1.0, 3.0, 399.5, 1e8, 1e16, 1e40, 1e300, 1.7e308)]
OPTIONS = pytest.mark.parametrize(("loss", "options"), CASES, ids=lambda x: getattr(x, "__name__", str(x)))


@OPTIONS
def test_ordinary_numbers_have_all_digits(loss, options):
    rng = np.random.default_rng(0)
    scale, target = np.exp(rng.normal(0, 1.5, 60)), rng.normal(size=60)
    check(loss, target + scale * rng.normal(0, 1.2, 60), scale, target, **options)
    if not 1e-20 < options.get("df", 1) < 1e20:
        return
    check(loss, target + scale * rng.normal(0, 1.2, 60), scale, target, dtype=np.float32, units=1, **options)


@OPTIONS
def test_numbers_of_any_size_have_all_digits(loss, options):
    rng = np.random.default_rng(1)
    scale = 10.0 ** rng.uniform(-305, 308, 60)
    loc, target = (10.0 ** rng.uniform(-320, 308, 60) * rng.choice([-1, 1], 60) for _ in range(2))
    near = scale * 10.0 ** rng.uniform(-20, 20, 60) * rng.choice([-1, 1], 60)
    loc[::2] = np.clip(target + near, -LARGEST, LARGEST)[::2]
    check(loss, loc, scale, target, **options)
    edges = [
        (LARGEST, 1e308, -LARGEST),
        (-LARGEST, LARGEST, LARGEST),
        (1e160, 1e3, -1e158),
        (0.0, TINIEST, 0.0),
        (1e-320, 1e-310, 0.0),
    ]
    for edge in edges:
        value, *derived = of(loss, *edge, **options)
        assert not np.isnan([value, *derived]).any(), (edge, derived)


@pytest.mark.parametrize("df", [None, TINIEST, 1e-155, 1e-16, 1.0, 1e16, 1e155, LARGEST, INF])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_combination_of_sizes_is_nan(df, dtype):
    sizes = np.array(
        [TINIEST, 1e-310, 1e-300, 1e-155, 1e-154, 1e-38, 0.5, 1.0, 1e8, 1e38, 1e154, 1e155, 1e300, LARGEST]
    )
    limits = np.finfo(dtype)
    sizes = np.unique(np.clip(sizes, float(limits.smallest_subnormal), float(limits.max)).astype(dtype))
    either = np.concatenate([-sizes, [dtype(0)], sizes])
    loc, scale, target = (grid.ravel() for grid in np.meshgrid(either, sizes, either))
    cases = [(STUDENT, {"df": df})] if df else CASES[:4]
    for loss, options in cases:
        found = of(loss, loc, scale, target, **options)
        assert {part.dtype for part in found} == {np.dtype(dtype)}
        assert not any(np.isnan(part).any() for part in found)


@OPTIONS
def test_beside_their_zeros_the_derivatives_keep_their_digits(loss, options):
    rng, df = np.random.default_rng(2), options.get("df")
    zeros = [1.0, math.sqrt(1 / 3), 0.5]
    if df and df < 1e100:
        zeros += [math.sqrt(df), math.sqrt(2 * df / ((1 + 3 * df) + math.sqrt((1 + 3 * df) ** 2 + 4 * df)))]
    scale, target = np.exp(rng.normal(0, 2, 60)), rng.normal(size=60)
    z = rng.choice(zeros, 60) * (1 + 10.0 ** rng.uniform(-16, -3, 60) * rng.choice([-1, 1], 60))
    check(loss, target + scale * z * rng.choice([-1, 1], 60), scale, target, **options)


@OPTIONS
def test_beside_its_zero_a_value_keeps_its_digits(loss, options):
    df = options.get("df")
    if df and not 1e-3 < df < 1e200:
        return
    rng = np.random.default_rng(3)
    added = (
        float(_student_constant(df))
        if df
        else options.get("full", False) * (math.log(2) if loss is LAPLACE else math.log(2 * math.pi) / 2)
    )
    scale = np.exp(-abs(rng.normal(0, 2, 60)) - 0.01 - added)
    rest = -np.log(scale) - added
    z = (
        rest
        if loss is LAPLACE
        else np.sqrt(2 * rest)
        if not df or df > 1e15
        else np.sqrt(df * np.expm1(2 * rest / (df + 1)))
    )
    target = scale * rng.normal(size=60)
    check(loss, target + scale * z * (1 + 10.0 ** rng.uniform(-16, -2, 60)), scale, target, **options)


def test_the_cards_give_the_same():
    mu, sigma, y, nu = sp.Rational(3, 4), sp.Rational(5, 8), sp.Rational(-1, 2), sp.Rational(5, 2)
    for loss, options in ((GAUSS, {}), (LAPLACE, {}), (STUDENT, {"df": 2.5})):
        named = card(loss.__name__)
        values = [mu, sigma, y] + [nu] * len(options)
        put = dict(zip(named.domain, values, strict=True))
        derived = [named.formula, *(sp.diff(named.formula, s, n) for n in (1, 2) for s in list(named.domain)[:2])]
        wanted = [float(sp.N(part.subs(put).doit(), 30)) for part in derived]
        np.testing.assert_allclose(np.ravel(of(loss, 0.75, 0.625, -0.5, **options)), wanted, rtol=2e-15, atol=1e-300)


@pytest.mark.parametrize(
    "df", [5e-324, 1e-300, 1e-5, 0.5, 1, 2, 3, 10, 399.9, 400, 1e6, 1e15, 1e16, 1e20, 1e300, 1.7e308]
)
def test_the_constant_of_students_t_has_twice_the_digits(df):
    with mpmath.workdps(60 if 1e-30 < df < 1e30 else 700):
        true = constant(mpmath.mpf(df))
        assert abs(mpmath.mpf(str(_student_constant(df))) - true) <= abs(true) * mpmath.mpf(10) ** -22


def test_differences_of_log_gammas_that_go_wrong_elsewhere():
    for df in (1e12, 1e15, 1e16, INF):
        np.testing.assert_allclose(STUDENT(([0.0], [1.0]), [0.0], df=df), 0.5 * math.log(2 * math.pi), rtol=4e-13)
    assert STUDENT(([1e160], [1.0]), [0.0], df=3) == pytest.approx(1472.46, abs=5e-3)


def test_nothing_is_clipped_at_small_scales():
    # PyTorch takes 1e-6 for each smaller variance.
    assert GAUSS(([0.1], [1e-6]), [0.0]) == pytest.approx(math.log(1e-6) + 5e9, rel=1e-15)
    assert GAUSS(([1e160], [1e150]), [0.0]) == pytest.approx(5e19, rel=1e-15)
    assert GAUSS(([0.0], [TINIEST]), [0.0]) == math.log(TINIEST)
    assert lossbook.grad(GAUSS)(([0.0], [1e-300]), [0.0])[1] == pytest.approx(1e300, rel=1e-15)


def test_at_an_exact_prediction_the_slope_of_the_location_is_zero():
    for loss, options in ((GAUSS, {}), (LAPLACE, {}), (STUDENT, {"df": 1})):
        _, by_loc, by_scale, *_ = of(loss, 2.0, 0.5, 2.0, **options)
        assert by_loc == 0
        assert not np.signbit(by_loc)
        assert by_scale == 2


def test_what_scale_is_learnt_from_the_same_errors():
    errors = np.array([-3.0, -1.0, 0.5, 1.0, 4.0])
    for loss, scale in ((GAUSS, np.sqrt(np.mean(errors**2))), (LAPLACE, np.mean(abs(errors)))):
        given = (errors, np.full(5, scale)), np.zeros(5)
        assert np.sum(lossbook.grad(loss)(*given)[1]) == pytest.approx(0, abs=1e-16)


def test_students_t_does_not_ask_for_the_mean():
    # Of 0, three times, and 4, whose mean is 1, with a scale of 1.
    target, found = np.array([0.0, 0.0, 0.0, 4.0]), []
    for df in (1, 3, 30, INF):
        low, high = 0.0, 1.5
        for _ in range(60):
            middle = (low + high) / 2
            slope = np.sum(lossbook.grad(STUDENT)((np.full(4, middle), np.ones(4)), target, df=df)[0])
            low, high = (middle, high) if slope < 0 else (low, middle)
        found.append(low)
    assert found == sorted(found)
    assert found[0] < 0.1
    assert found[2] < 0.9
    assert found[3] == pytest.approx(1, abs=1e-12)


def test_a_mean_is_in_range_where_the_sum_is_not():
    scale = np.full(40, 1e-154)
    given = (np.full(40, 0.9), scale), np.zeros(40)
    assert GAUSS(*given, reduction="sum") == INF
    assert GAUSS(*given) == pytest.approx(0.405e308, rel=1e-14)


def test_constants_are_those_that_they_are_called():
    assert GAUSS(([0.0], [1.0]), [0.0], full=True) == float(Fraction(Decimal("0.9189385332046727417803297364")))
    assert LAPLACE(([0.0], [1.0]), [0.0], full=True) == math.log(2)
