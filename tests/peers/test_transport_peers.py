"""Transport in other libraries: on the line, in the plane, and the losses of ratings that none of them has."""

import warnings

import numpy as np
import ot
import pytest
import torch
from compare import agree, by_autograd, ours
from scipy.optimize import linprog
from scipy.stats import energy_distance, wasserstein_distance, wasserstein_distance_nd

import lossbook


def histograms(rng, bins=7):
    return rng.dirichlet(np.ones(bins)), rng.dirichlet(np.ones(bins)), np.sort(rng.normal(size=bins))


def test_scipy_agrees_on_histograms_and_on_samples(rng):
    p, q, x = histograms(rng)
    theirs = wasserstein_distance(x, x, p, q)
    assert lossbook.wasserstein_histograms(p, q, positions=x) == pytest.approx(theirs, rel=1e-12, abs=0)
    a, b, v, w = rng.normal(size=9), rng.normal(size=6), rng.uniform(size=9), rng.uniform(size=6)
    ours = lossbook.wasserstein_samples(a, b, x_weights=v, y_weights=w)
    assert ours == pytest.approx(wasserstein_distance(a, b, v, w), rel=1e-12, abs=0)


def test_scipy_reads_two_bare_histograms_as_two_samples():
    p, q = [0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]
    assert wasserstein_distance(p, q) == 0
    assert lossbook.wasserstein_samples(p, q) == 0
    assert lossbook.wasserstein_histograms(p, q) == 2  # each half moves by two bins
    assert wasserstein_distance(range(4), range(4), p, q) == 2


@pytest.mark.parametrize("order", [1, 2])
def test_pot_agrees_on_histograms_with_gradient(rng, order):
    """POT returns the power W^p; a gradient with respect to masses is known up to a constant."""
    p, q, x = histograms(rng)
    places = torch.tensor(x)
    value, slope = by_autograd(lambda a, b: pot_on_the_line(places, places, a, b, order), p, q)
    agree(ours(lossbook.wasserstein_histograms, p, q, positions=x, order=order), (value, slope - slope[-1]))


@pytest.mark.parametrize("order", [1, 2])
def test_pot_agrees_on_samples_with_gradient(rng, order):
    a, b, v, w = rng.normal(size=9), rng.normal(size=6), rng.dirichlet(np.ones(9)), rng.dirichlet(np.ones(6))
    theirs = by_autograd(lambda *given: pot_on_the_line(*given, order), a, b, v, w)
    agree(ours(lossbook.wasserstein_samples, a, b, x_weights=v, y_weights=w, order=order), theirs)


def pot_on_the_line(x, y, v, w, order):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # POT transposes one-dimensional tensors, which PyTorch warns of
        return ot.wasserstein_1d(x, y, v, w, p=order) ** (1 / order)


def test_pot_agrees_on_the_programme_and_its_prices_are_the_gradient_on_a_line(rng):
    p, q, x = histograms(rng)
    cost = abs(x[:, None] - x)
    value, prices = by_autograd(ot.emd2, p, q, cost)
    assert lossbook.earth_movers_distance(p, q, cost) == pytest.approx(value, rel=1e-12, abs=0)
    agree(ours(lossbook.wasserstein_histograms, p, q, positions=x), (value, prices - prices[-1]))


def test_pot_returns_the_work_and_lossbook_the_work_for_each_unit_moved():
    supply, demand, cost = np.array([3.0, 1.0]), np.array([2.0, 2.0]), np.array([[0.0, 1.0], [1.0, 0.0]])
    assert ot.emd2(supply, demand, cost) == 1  # one unit moves by one
    assert lossbook.earth_movers_distance(supply, demand, cost) == 0.25


def test_highs_agrees_on_unequal_totals_which_pot_refuses(rng):
    supply, demand, cost = rng.uniform(1, 2, 4), rng.uniform(size=3), rng.uniform(size=(4, 3))
    moved = min(supply.sum(), demand.sum())
    limits = np.vstack([np.kron(np.eye(4), np.ones(3)), np.kron(np.ones(4), np.eye(3))])
    found = linprog(cost.ravel(), limits, np.concatenate([supply, demand]), np.ones((1, 12)), [moved], method="highs")
    assert lossbook.earth_movers_distance(supply, demand, cost) == pytest.approx(found.fun / moved, rel=1e-9, abs=0)
    with pytest.raises(AssertionError, match="must have the same sum"):
        ot.emd2(supply, demand, cost)


@pytest.mark.parametrize("r", [1.0, 1.5, 2.0, 3.0])
def test_autograd_of_the_written_formula_agrees_on_the_rating_losses(rng, r):
    """No peer has these; PyTorch differentiates the formula as the papers print it."""
    p, q = rng.dirichlet(np.ones(10), size=4), rng.dirichlet(np.ones(10), size=4)

    def norm(a, b):
        return ((a - b).cumsum(1).abs() ** r)[:, :-1].sum(1).div(10).pow(1 / r).mean()

    # The last entry of both CDFs is 1, so it adds 0 to the sum, and a constant to the gradient of unprojected masses.
    value, slope = by_autograd(norm, p, q)
    mine, gradient = ours(lossbook.emd_loss, p, q, r=r)
    assert mine == pytest.approx(value, rel=1e-12, abs=0)
    np.testing.assert_allclose(gradient - gradient[:, -1:], slope, rtol=1e-9, atol=1e-13)


def test_autograd_of_the_written_formula_agrees_on_the_squared_loss(rng):
    p, q = rng.dirichlet(np.ones(10), size=4), rng.dirichlet(np.ones(10), size=4)
    theirs = by_autograd(lambda a, b: (a - b).cumsum(1).square().sum(1).mean(), p, q)
    agree(ours(lossbook.squared_emd_loss, p, q), theirs)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_scipy_agrees_on_the_squared_loss_as_half_the_squared_energy_distance(rng, reduction, axis):
    p, q = rng.dirichlet(np.ones(6), size=(4, 3)), rng.dirichlet(np.ones(6), size=(4, 3))
    bins = np.arange(6)
    each = [energy_distance(bins, bins, a, b) ** 2 / 2 for a, b in zip(p.reshape(12, 6), q.reshape(12, 6), strict=True)]
    expected = {"mean": np.mean, "sum": np.sum, "none": lambda v: np.reshape(v, (4, 3))}[reduction](each)
    p, q = np.moveaxis(p, -1, axis), np.moveaxis(q, -1, axis)
    agree(lossbook.squared_emd_loss(p, q, axis=axis, reduction=reduction), expected, rtol=1e-10)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_scipy_agrees_on_many_histograms_along_any_axis(rng, reduction, axis):
    p, q = rng.dirichlet(np.ones(6), size=(4, 3)), rng.dirichlet(np.ones(6), size=(4, 3))
    x = np.sort(rng.normal(size=6))
    each = [wasserstein_distance(x, x, a, b) for a, b in zip(p.reshape(12, 6), q.reshape(12, 6), strict=True)]
    expected = {"mean": np.mean, "sum": np.sum, "none": lambda v: np.reshape(v, (4, 3))}[reduction](each)
    p, q = np.moveaxis(p, -1, axis), np.moveaxis(q, -1, axis)
    mine = lossbook.wasserstein_histograms(p, q, positions=x, axis=axis, reduction=reduction)
    agree(mine, expected, rtol=1e-10)


def test_scipys_programme_and_pot_agree_in_the_plane(rng):
    x, y, v, w = rng.normal(size=(5, 2)), rng.normal(size=(4, 2)), rng.dirichlet(np.ones(5)), rng.dirichlet(np.ones(4))
    cost = np.linalg.norm(x[:, None] - y, axis=-1)
    work, flow = lossbook.earth_movers_distance(v, w, cost, return_flow=True)
    assert work == pytest.approx(wasserstein_distance_nd(x, y, v, w), rel=1e-9, abs=0)
    np.testing.assert_allclose(flow, ot.emd(v, w, cost), atol=1e-15)


def test_pot_refuses_masses_of_unequal_sums_and_lossbook_moves_the_smaller():
    """POT#93: two units wait for one; the nearer goes."""
    with pytest.raises(AssertionError, match="must have the same sum"):
        ot.emd2(np.array([1.0, 1.0]), np.array([1.0]), np.array([[3.0], [2.0]]))
    assert lossbook.earth_movers_distance([1.0, 1.0], [1.0], [[3.0], [2.0]]) == 2
