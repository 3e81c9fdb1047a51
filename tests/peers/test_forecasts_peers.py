"""Scores of ensembles, quantiles, vectors, normal distributions, intervals elsewhere: the same numbers, and where they part."""

import math

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics
import torch
from compare import agree, by_autograd, ours
from golden import area_between, crps_of_normal
from torchmetrics.functional.regression import continuous_ranked_probability_score

import lossbook

ENSEMBLE, QUANTILE, ENERGY = lossbook.crps_ensemble, lossbook.crps_quantile, lossbook.energy_score
GAUSSIAN, INTERVAL = lossbook.crps_gaussian, lossbook.interval_score


def test_torchmetrics_agrees_on_ensembles_with_the_gradient(rng):
    x, y = rng.normal(size=(20, 7)), rng.normal(size=20)
    agree(ours(ENSEMBLE, x, y), by_autograd(continuous_ranked_probability_score, x, y))


def test_torchmetrics_takes_the_slope_0_at_ties_too():
    x, y = np.array([[2.0, 2.0, 5.0]]), np.array([2.0])
    agree(ours(ENSEMBLE, x, y), by_autograd(continuous_ranked_probability_score, x, y))


def test_torchmetrics_refuses_one_member_which_is_an_absolute_error_here():
    with pytest.raises(ValueError, match="at least 2 ensemble members"):
        continuous_ranked_probability_score(torch.tensor([[5.0]]), torch.tensor([3.0]))
    assert ENSEMBLE([5.0], 3.0) == 2


def test_scipy_has_the_root_of_twice_the_score(rng):
    x, y = rng.normal(size=(8, 5)), rng.normal(size=8)
    distances = [scipy.stats.energy_distance(a, [b]) for a, b in zip(x, y, strict=True)]
    agree(ENSEMBLE(x, y, reduction="none"), np.square(distances) / 2)


def test_a_member_that_is_nan_makes_the_whole_score_nan_elsewhere():
    found = continuous_ranked_probability_score(
        torch.tensor([[1.0, math.nan, 3.0], [1.0, 2.0, 3.0]]), torch.tensor([2.0, 2.0])
    )
    assert math.isnan(float(found))
    with pytest.raises(ValueError, match=r"ensemble\[0, 1\] = nan"):
        ENSEMBLE([[1.0, math.nan, 3.0], [1.0, 2.0, 3.0]], [2.0, 2.0])


def test_twice_the_mean_of_scikit_learns_pinball_losses(rng):
    q, y = np.sort(rng.normal(size=(30, 3)), axis=1), rng.normal(size=30)
    levels = [0.1, 0.4, 0.8]
    theirs = [sklearn.metrics.mean_pinball_loss(y, q[:, n], alpha=level) for n, level in enumerate(levels)]
    agree(QUANTILE(q, y, levels=levels), 2 * np.mean(theirs))


@pytest.mark.parametrize("beta", [0.5, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("fair", [False, True])
def test_torch_agrees_on_vectors_with_the_gradient(rng, beta, fair):
    x, y = rng.normal(size=(6, 5, 3)), rng.normal(size=(6, 3))

    def theirs(x, y):
        away = torch.linalg.vector_norm(x - y[:, None], dim=-1).pow(beta).mean(1)
        i, j = np.triu_indices(5, 1)
        apart = torch.linalg.vector_norm(x[:, i] - x[:, j], dim=-1).pow(beta).sum(1)
        return (away - apart / (5 * (5 - fair))).mean()

    agree(ours(ENERGY, x, y, beta=beta, fair=fair), by_autograd(theirs, x, y))


def test_torch_cdist_subtracts_squares_above_25_points():
    """Distances are off by more than 1, and with them the score; those of 25 points are computed from differences."""
    x = (np.random.default_rng(0).normal(size=(30, 2)) + 1e4).astype(np.float32)
    far = torch.tensor(x)
    exact = np.linalg.norm(x.astype(float)[:, None] - x.astype(float), axis=-1)
    assert abs(torch.cdist(far, far).numpy() - exact).max() > 1
    assert abs(torch.cdist(far[:25], far[:25]).numpy() - exact[:25, :25]).max() < 1e-5
    by_cdist = float(torch.cdist(far, far).mean())
    wanted = exact[0].mean() - exact.mean() / 2
    assert pytest.approx(wanted, rel=1e-6) == float(ENERGY(x, x[0]))
    assert abs(float(torch.cdist(far[:1], far).mean()) - by_cdist / 2 - wanted) > 1e-3


def test_torch_distributions_agree_on_a_normal_distribution_with_both_slopes(rng):
    loc, scale, y = rng.normal(size=12), rng.uniform(0.1, 3, 12), rng.normal(size=12)
    value, slopes = ours(GAUSSIAN, (loc, scale), y)
    both = by_autograd(
        lambda p, t: crps_of_normal(torch.distributions.Normal(p[0], p[1]), t).mean(), np.stack([loc, scale]), y
    )
    agree((value, np.stack(slopes)), both)


def test_a_normal_distribution_scores_the_area_of_the_definition(rng):
    for loc, scale, y in rng.normal(size=(6, 3)):
        scale = abs(scale) + 0.1
        assert GAUSSIAN(([loc], [scale]), [y]) == pytest.approx(
            area_between(scipy.stats.norm(loc, scale).cdf, y), rel=1e-9
        )


def test_the_formula_alone_gives_nan_for_a_scale_of_0_and_less_than_nothing_for_one_below():
    def formula(loc, scale, y):
        z = (y - loc) / scale
        return scale * (z * (2 * scipy.stats.norm.cdf(z) - 1) + 2 * scipy.stats.norm.pdf(z) - 1 / math.sqrt(math.pi))

    with np.errstate(all="ignore"):
        assert math.isnan(formula(np.float64(0), np.float64(0), np.float64(0)))
    assert formula(0.0, -1.0, 1.0) == pytest.approx(-0.602, abs=5e-4)
    for scale in (0.0, -1.0):
        with pytest.raises(ValueError, match="scale must hold finite numbers above 0"):
            GAUSSIAN(([0.0], [scale]), [1.0])


def test_scikit_learns_pinball_losses_of_both_ends_are_the_interval_score(rng):
    lower, y = rng.normal(size=40), 2 * rng.normal(size=40)
    upper = lower + rng.exponential(size=40)
    ends = sum(sklearn.metrics.mean_pinball_loss(y, end, alpha=a) for end, a in ((lower, 0.1), (upper, 0.9)))
    agree(INTERVAL((lower, upper), y, alpha=0.2), ends * 10)
