"""Likelihoods of a location and a scale in other libraries, and where these clip, cancel or overflow."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
import torch
from compare import agree
from torch.nn import functional

import lossbook

GAUSS, LAPLACE, STUDENT = lossbook.gaussian_nll_loss, lossbook.laplace_nll_loss, lossbook.student_t_nll_loss
HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)


def drawn(rng):
    return (rng.normal(size=(6, 5)), np.exp(rng.normal(size=(6, 5)))), rng.normal(size=(6, 5))


def by_autograd(loss, prediction, target):
    """Value, and gradients of its sum by both parts."""
    parts = [torch.tensor(part, requires_grad=True) for part in prediction]
    value = loss(*parts, torch.tensor(target))
    value.sum().backward()
    return value.detach().numpy(), *(part.grad.numpy() for part in parts)


def ours(loss, prediction, target, **options):
    value, slopes = lossbook.value_and_grad(loss)(prediction, target, **options)
    return value, *slopes


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("full", [False, True])
def test_torch_agrees_on_the_gaussian_of_a_variance(rng, reduction, full):
    given = drawn(rng)
    theirs = by_autograd(
        lambda m, s, y: functional.gaussian_nll_loss(m, y, s**2, full=full, reduction=reduction), *given
    )
    agree(ours(GAUSS, *given, full=full, reduction=reduction), theirs)


@pytest.mark.parametrize(
    ("loss", "torchs", "jaxs", "scipys", "options"),
    [
        (GAUSS, torch.distributions.Normal, jax.scipy.stats.norm, scipy.stats.norm, {"full": True}),
        (LAPLACE, torch.distributions.Laplace, jax.scipy.stats.laplace, scipy.stats.laplace, {"full": True}),
        (STUDENT, lambda m, s: torch.distributions.StudentT(2.5, m, s), jax.scipy.stats.t, scipy.stats.t, {"df": 2.5}),
    ],
)
def test_the_densities_of_torch_jax_and_scipy_agree(rng, loss, torchs, jaxs, scipys, options):
    (loc, scale), target = given = drawn(rng)
    mine = ours(loss, *given, reduction="none", **options)
    agree(mine, by_autograd(lambda m, s, y: -torchs(m, s).log_prob(y), *given))
    df = (2.5,) if loss is STUDENT else ()
    agree(mine[0], -scipys.logpdf(target, *df, loc, scale))
    agree(mine[0], -jaxs.logpdf(jnp.array(target), *df, loc, scale))


def test_torch_takes_1e_6_for_each_smaller_variance_and_has_a_slope_where_its_value_has_none():
    var = torch.tensor([1e-12], dtype=torch.float64, requires_grad=True)
    value = functional.gaussian_nll_loss(
        torch.tensor([0.1], dtype=torch.float64), torch.zeros(1, dtype=torch.float64), var
    )
    value.backward()
    assert value.item() == pytest.approx(4993.09, abs=0.01)
    # The slope at 1e-6; that at 1e-12 is −5e21, and that of the value that is returned 0.
    assert var.grad.item() == pytest.approx(-5e9, rel=1e-3)
    assert value == functional.gaussian_nll_loss(
        torch.tensor([0.1], dtype=torch.float64), torch.zeros(1, dtype=torch.float64), 2 * var
    )
    assert GAUSS(([0.1], [1e-6]), [0.0]) == pytest.approx(5e9, rel=1e-8)


def test_torch_squares_an_error_beyond_the_range_of_numbers():
    loc, var = (torch.tensor([x], dtype=torch.float64) for x in (1e160, 1e300))
    assert math.isinf(functional.gaussian_nll_loss(loc, torch.zeros_like(loc), var))
    assert GAUSS(([1e160], [1e150]), [0.0]) == pytest.approx(5e19, rel=1e-15)


def test_torch_broadcasts_a_column_against_a_row_and_says_nothing():
    loc, target, var = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([1.0, 2.0, 3.0]), torch.ones(3, 1)
    assert functional.gaussian_nll_loss(loc, target, var) == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="target has shape"):
        GAUSS((loc.numpy(), var.numpy()), target.numpy())


@pytest.mark.parametrize(("df", "of_torch"), [(1e12, -0.9199), (1e15, -2), (1e16, -32)])
def test_torch_and_jax_lose_the_constant_of_many_degrees_of_freedom(df, of_torch):
    zero, one = torch.zeros(1, dtype=torch.float64), torch.ones(1, dtype=torch.float64)
    assert torch.distributions.StudentT(df, zero, one).log_prob(zero).item() == pytest.approx(of_torch, abs=1e-4)
    assert abs(float(jax.scipy.stats.t.logpdf(0.0, df)) + HALF_LOG_TWO_PI) > 5e-4
    assert scipy.stats.t.logpdf(0.0, df) == pytest.approx(-HALF_LOG_TWO_PI, rel=1e-11)
    assert STUDENT(([0.0], [1.0]), [0.0], df=df) == pytest.approx(HALF_LOG_TWO_PI, rel=1e-12)


def test_an_infinite_degree_of_freedom_is_gaussian_and_not_nan():
    zero, one = torch.zeros(1), torch.ones(1)
    assert math.isnan(torch.distributions.StudentT(math.inf, zero, one, validate_args=False).log_prob(zero))
    assert STUDENT(([0.0], [1.0]), [0.0], df=math.inf) == GAUSS(([0.0], [1.0]), [0.0], full=True)


def test_torch_and_scipy_square_a_far_error_of_students_t():
    zero, one = torch.zeros(1, dtype=torch.float64), torch.ones(1, dtype=torch.float64)
    assert torch.distributions.StudentT(3.0, zero, one).log_prob(torch.full_like(zero, 1e160)) == -math.inf
    with np.errstate(over="ignore"):
        assert scipy.stats.t.logpdf(1e160, 3.0) == -math.inf
    assert STUDENT(([1e160], [1.0]), [0.0], df=3) == pytest.approx(1472.46, abs=0.01)


def test_jax_gives_a_negative_scale_a_number_and_scipy_none():
    assert float(jax.scipy.stats.norm.logpdf(1.0, 0.0, -1.0)) == pytest.approx(-0.5 - HALF_LOG_TWO_PI)
    assert math.isnan(scipy.stats.norm.logpdf(1.0, 0.0, -1.0))
    with pytest.raises(ValueError, match=r"scale\[0\] = -1.0"):
        GAUSS(([0.0], [-1.0]), [1.0])
