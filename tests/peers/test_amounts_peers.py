"""Deviances and likelihoods of counts and amounts in other libraries: factors, constants, an ε, Stirling's formula, and digits that are lost."""

import math

import jax.scipy.stats
import keras
import lightgbm
import numpy as np
import pytest
import scipy.stats
import torch
import xgboost
from compare import agree, by_autograd, ours, scaled
from sklearn._loss import HalfGammaLoss, HalfPoissonLoss, HalfTweedieLoss
from sklearn.metrics import mean_gamma_deviance, mean_poisson_deviance, mean_tweedie_deviance
from torch.nn import functional
from torchmetrics.functional.regression import tweedie_deviance_score

import lossbook

POISSON, GAMMA, TWEEDIE = lossbook.poisson_deviance, lossbook.gamma_deviance, lossbook.tweedie_deviance
POISSON_NLL, GAMMA_NLL = lossbook.poisson_nll_loss, lossbook.gamma_nll_loss
BINOMIAL = lossbook.negative_binomial_nll_loss


def amounts(rng):
    return rng.exponential(3, 30) + 0.1, rng.exponential(3, 30) + 0.1


def counts(rng):
    return rng.normal(0, 1.5, 30), rng.poisson(3, 30).astype(float)


def test_scikit_learn_and_torchmetrics_agree_on_deviances(rng):
    (mean, y), weight = amounts(rng), rng.uniform(0.5, 3, 30)
    agree(POISSON(mean, y, weight=weight), mean_poisson_deviance(y, mean, sample_weight=weight))
    agree(GAMMA(mean, y, weight=weight), mean_gamma_deviance(y, mean, sample_weight=weight))
    for power in (-1, 0, 1, 1.5, 2, 3):
        agree(TWEEDIE(mean, y, power=power, weight=weight), mean_tweedie_deviance(y, mean, power=power, sample_weight=weight))
        agree(ours(TWEEDIE, mean, y, power=power), by_autograd(lambda m, t, p=power: tweedie_deviance_score(m, t, power=p), mean, y))


def test_the_losses_of_scikit_learns_boosting_are_half_deviances_of_the_logarithm(rng):
    z, y = rng.normal(size=30), rng.exponential(3, 30) + 0.1
    for peer, loss in ((HalfPoissonLoss(), POISSON_NLL), (HalfGammaLoss(), GAMMA_NLL)):
        agree(ours(loss, z, y, reduction="none"), peer.loss_gradient(y_true=y, raw_prediction=z))
    constant = HalfGammaLoss().constant_to_optimal_zero(y_true=y)
    agree(GAMMA_NLL(z, y, full=True, reduction="none"), GAMMA_NLL(z, y, reduction="none") + constant)
    half = HalfTweedieLoss(power=1.5)
    whole = half.loss(y_true=y, raw_prediction=z) + half.constant_to_optimal_zero(y_true=y)
    agree(TWEEDIE(np.exp(z), y, power=1.5, reduction="none"), 2 * whole, rtol=1e-10)
    # Between 0 and 1 there is no such distribution; its public function refuses, this one computes.
    assert np.isfinite(HalfTweedieLoss(power=0.5).loss(y_true=y, raw_prediction=z)).all()
    with pytest.raises(ValueError, match="power"):
        mean_tweedie_deviance(y, np.exp(z), power=0.5)
    with pytest.raises(ValueError, match="power must be"):
        TWEEDIE(np.exp(z), y, power=0.5)


def test_digits_that_textbook_deviances_lose_near_powers_of_1_and_near_equality():
    true = 1.1082562376599
    for power, off in ((1 + 1e-10, 1e-6), (1 + 1e-12, 1e-4), (1 + 1e-14, 5e-3)):
        for value in (
            mean_tweedie_deviance([5.0], [3.0], power=power),
            float(tweedie_deviance_score(torch.tensor([3.0]).double(), torch.tensor([5.0]).double(), power=power)),
        ):
            assert abs(value - true) > off
        assert TWEEDIE([3.0], [5.0], power=power) == pytest.approx(true, rel=1e-9)
    y, mean = np.array([5.0]), np.array([5 * (1 + 1e-8)])
    assert mean_tweedie_deviance(y, mean, power=1.5) == 0
    assert TWEEDIE(mean, y, power=1.5) == pytest.approx(5**0.5 * 1e-16, rel=1e-6)


def test_torch_agrees_on_the_likelihood_of_counts_and_its_full_one_is_stirlings(rng):
    z, y = counts(rng)
    agree(ours(POISSON_NLL, z, y), by_autograd(functional.poisson_nll_loss, z, y))

    def theirs(count):
        given = (torch.tensor([math.log(count or 1)]).double(), torch.tensor([count]).double())
        return float(functional.poisson_nll_loss(*given, full=True))

    assert theirs(2.0) - POISSON_NLL([math.log(2)], [2], full=True) == pytest.approx(-0.0413, abs=1e-4)
    assert theirs(0.5) - POISSON_NLL([math.log(0.5)], [0.5], full=True) == pytest.approx(0.1208, abs=1e-4)
    told = lossbook.diagnose(functional.poisson_nll_loss, POISSON_NLL, library="torch")
    assert told.agrees


def test_an_epsilon_in_the_logarithm_of_small_means():
    given = torch.tensor([1e-9]).double(), torch.tensor([1.0]).double()
    assert float(functional.poisson_nll_loss(*given, log_input=False)) == pytest.approx(18.33, abs=0.01)
    assert POISSON_NLL([math.log(1e-9)], [1]) == pytest.approx(20.72, abs=0.01)
    # Keras adds 1e-7, and takes the mean itself.
    assert float(keras.losses.poisson(given[1], given[0])) == pytest.approx(-math.log(1e-9 + 1e-7), rel=1e-5)


def test_counts_and_means_below_0_are_refused_where_torch_takes_them():
    given = torch.tensor([0.5]).double(), torch.tensor([-1.0]).double()
    assert float(functional.poisson_nll_loss(*given)) == pytest.approx(math.exp(0.5) + 0.5)
    with pytest.raises(ValueError, match=r"target\[0\] = -1"):
        POISSON_NLL([0.5], [-1.0])
    assert math.isnan(float(functional.poisson_nll_loss(-given[0], -given[1], log_input=False)))
    with pytest.raises(ValueError, match=r"mean\[0\] = -0\.5"):
        POISSON([-0.5], [1.0])


def test_keras_agrees_for_means_that_are_not_small(rng):
    z, y = counts(rng)
    theirs = keras.losses.poisson(torch.tensor(y), torch.tensor(np.exp(z)))
    assert float(theirs) == pytest.approx(POISSON_NLL(z, y), rel=1e-5)


def test_scipy_asks_for_the_chance_of_success_and_torch_for_the_other():
    r, p = 5.0, 0.3
    means = r * (1 - p) / p, r * p / (1 - p)
    assert [round(m, 2) for m in means] == [11.67, 2.14]
    y = torch.tensor([4.0])
    of_torch = torch.distributions.NegativeBinomial(torch.tensor(r), torch.tensor(p)).log_prob(y)
    assert float(-of_torch) == pytest.approx(BINOMIAL([means[1]], [4], dispersion=r), rel=1e-6)
    assert -scipy.stats.nbinom.logpmf(4, r, p) == pytest.approx(BINOMIAL([means[0]], [4], dispersion=r), rel=1e-12)


def test_a_large_size_loses_the_likelihood_elsewhere():
    """With a size of 1e15 the logarithm of a chance is above 0 in PyTorch and SciPy; the Poisson distribution is its limit."""
    true = 1.7123179275482191
    for size, least in ((1e15, 0.1), (1e18, 10)):
        p = size / (size + 2)
        logits = torch.tensor([math.log(2 / size)]).double()
        found = torch.distributions.NegativeBinomial(torch.tensor([size]).double(), logits=logits).log_prob(torch.tensor([3.0]).double())
        assert abs(float(found) + true) > least
        assert not abs(scipy.stats.nbinom.logpmf(3, size, p) + true) <= least
        assert not abs(float(jax.scipy.stats.nbinom.logpmf(3, size, p)) + true) <= 0.1
        assert BINOMIAL([2.0], [3], dispersion=size) == pytest.approx(true, rel=1e-14)
    assert scipy.stats.nbinom.logpmf(39, 6e16, 6e16 / (6e16 + math.exp(4))) > 100
    assert BINOMIAL([math.exp(4)], [39], dispersion=6e16) == pytest.approx(5.22991, rel=1e-6)


def test_by_autograd_through_torchs_distribution(rng):
    mean, y = rng.exponential(3, 30) + 0.1, rng.poisson(3, 30).astype(float)
    for r in (0.3, 2.5, 40.0):

        def theirs(m, t, r=r):
            return -torch.distributions.NegativeBinomial(torch.tensor(r, dtype=torch.float64), logits=m.log() - math.log(r)).log_prob(t)

        agree(ours(BINOMIAL, mean, y, dispersion=r, reduction="none"), by_autograd(theirs, mean, y), rtol=1e-10)


def told_by_xgboost(objective, metric, z, y, **more):
    data = xgboost.DMatrix(np.zeros((len(y), 1)), y, base_margin=z)
    booster = xgboost.Booster({"objective": objective, "eval_metric": metric, **more}, [data])
    return float(booster.eval(data).rpartition(":")[2])


def test_what_xgboost_reports(rng):
    z, y = (array.astype(np.float32) for array in counts(rng))
    assert told_by_xgboost("count:poisson", "poisson-nloglik", z, y) == pytest.approx(POISSON_NLL(z, y, full=True), rel=1e-4)
    y += 0.5
    assert told_by_xgboost("reg:gamma", "gamma-nloglik", z, y) == pytest.approx(GAMMA_NLL(z, y), rel=1e-4)
    assert told_by_xgboost("reg:gamma", "gamma-deviance", z, y) == pytest.approx(GAMMA(np.exp(z), y), rel=1e-4)
    # Half of what depends on the prediction.
    mean = np.exp(z)
    told = told_by_xgboost("reg:tweedie", "tweedie-nloglik@1.5", z, y, tweedie_variance_power=1.5)
    assert told == pytest.approx(np.mean(2 * y * mean**-0.5 + 2 * mean**0.5), rel=1e-4)


def test_what_lightgbm_reports(rng):
    z, y = counts(rng)
    y += 0.5
    mean, y = np.exp(z), y.astype(np.float32).astype(float)
    for objective, metric, expected in (
        ("poisson", "poisson", POISSON_NLL(z, y)),
        ("gamma", "gamma_deviance", GAMMA(mean, y, reduction="sum")),
        ("tweedie", "tweedie", np.mean(2 * y * mean**-0.5 + 2 * mean**0.5)),
    ):
        history = {}
        rows = lightgbm.Dataset(np.zeros((30, 1)), y, init_score=z, params={"verbose": -1})
        params = {"objective": objective, "metric": metric, "verbose": -1, "learning_rate": 1e-12, "tweedie_variance_power": 1.5}
        lightgbm.train(params, rows, 1, valid_sets=[rows], callbacks=[lightgbm.record_evaluation(history)])
        (found,) = history["training"].values()
        assert found[0] == pytest.approx(expected, rel=1e-4), metric


def test_half_the_deviance_and_the_score(rng):
    z, y = counts(rng)
    value, slope = ours(POISSON, np.exp(z), y, reduction="none")
    best = np.where(y > 0, y - y * np.log(np.maximum(y, 1)), 0)
    agree(scaled((value, slope * np.exp(z)), 0.5), (POISSON_NLL(z, y, reduction="none") - best, np.exp(z) - y), rtol=1e-11, atol=1e-11)
