"""Losses with probabilities of 0 in other libraries, and where these divide otherwise, add a rival, or lose digits."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import optax
import pytest
import sklearn.metrics
import torch
import torchmetrics.functional.classification as metrics
from compare import agree, by_autograd, by_jax, ours
from torch.nn import functional

import lossbook

CS, WW = lossbook.crammer_singer_loss, lossbook.weston_watkins_loss
SPARSE, ENTMAX, YOUNG = lossbook.sparsemax_loss, lossbook.entmax_loss, lossbook.fenchel_young_loss


def classified(rng):
    return 2 * rng.normal(size=(8, 4)), np.array([0, 1, 2, 3, 0, 1, 2, 3])


def test_optax_and_scikit_learn_agree_on_the_best_rival(rng):
    z, k = classified(rng)
    agree(ours(CS, z, k, reduction="none"), by_jax(optax.losses.multiclass_hinge_loss, z, k))
    assert sklearn.metrics.hinge_loss(k, z) == pytest.approx(CS(z, k), rel=1e-14)


@pytest.mark.parametrize("margin", [1.0, 0.25])
def test_torch_agrees_on_the_sum_of_the_rivals_divided_by_the_number_of_classes(rng, margin):
    z, k = classified(rng)
    theirs = by_autograd(lambda z, k: 4 * functional.multi_margin_loss(z, k, margin=margin), z, k)
    agree(ours(WW, z, k, margin=margin), theirs)
    # The example of its documentation: (0.3 + 0.4 + 0.6)/4, in which three rivals are divided by four.
    x = torch.tensor([[0.1, 0.2, 0.4, 0.8]])
    assert functional.multi_margin_loss(x, torch.tensor([3])).item() == pytest.approx(0.325)
    assert WW(x.numpy(), [3]) == pytest.approx(1.3)


def test_at_the_kink_torch_takes_the_flat_side_too_and_optax_the_middle():
    z, k = np.array([[1.0, 0.0]]), np.array([0])
    assert (by_autograd(functional.multi_margin_loss, z, k)[1] == 0).all()
    assert (ours(WW, z, k)[1] == 0).all()
    assert (ours(CS, z, k)[1] == 0).all()
    np.testing.assert_array_equal(by_jax(optax.losses.multiclass_hinge_loss, z, k)[1], [[-0.5, 0.5]])


def test_keras_adds_a_rival_of_score_0():
    # keras, issue 8083.
    theirs = keras.losses.CategoricalHinge()
    one_hot = torch.tensor([[1.0, 0.0]])
    assert float(theirs(one_hot, torch.tensor([[-3.0, -5.0]]))) == 4
    assert CS([[-3.0, -5.0]], [0]) == 0
    assert float(theirs(one_hot, torch.tensor([[0.25, 0.5]]))) == CS([[0.25, 0.5]], [0])


def test_torchmetrics_takes_a_softmax_when_a_score_leaves_0_to_1():
    k = torch.tensor([0])
    inside, outside = torch.tensor([[0.9, 0.5, 0.1]]), torch.tensor([[2.0, 0.5, 0.1]])
    assert float(metrics.multiclass_hinge_loss(inside, k, num_classes=3)) == pytest.approx(CS(inside.numpy(), [0]))
    assert float(metrics.multiclass_hinge_loss(outside, k, num_classes=3)) == pytest.approx(CS(outside.softmax(1).numpy(), [0]), rel=1e-6)
    assert CS(outside.numpy(), [0]) == 0


def test_optax_agrees_on_sparsemax_of_labels(rng):
    z, k = classified(rng)
    agree(ours(SPARSE, z, k, reduction="none"), by_jax(optax.losses.multiclass_sparsemax_loss, z, k))


def test_optax_loses_digits_where_all_scores_are_large():
    k = jnp.array([0])
    for offset, dtype in ((1000.0, jnp.float32), (2.0**30, jnp.float64)):
        z = jnp.array([[0.2, 0.0]], dtype) + dtype(offset)
        theirs, mine = float(optax.losses.multiclass_sparsemax_loss(z, k)[0]), SPARSE(np.asarray(z), [0])
        exact = (1 - (float(z[0, 0]) - offset)) ** 2 / 4
        assert mine == pytest.approx(exact, rel=2 * float(jnp.finfo(dtype).eps))
        assert abs(theirs - exact) > 1e-7


def test_optax_leaves_out_the_targets_own_term():
    theirs = optax.losses.make_fenchel_young_loss(jax.scipy.special.logsumexp)
    z = np.array([[1.0, 0.0, -1.0, 0.5]])
    p = np.exp(z) / np.exp(z).sum()
    assert float(theirs(jnp.array(z), jnp.array(p))[0]) == pytest.approx(-(p * np.log(p)).sum(), rel=1e-14)
    assert ENTMAX(z, p, alpha=1) == pytest.approx(0, abs=1e-15)

    def shannon(z):
        return np.logaddexp.reduce(z, axis=1), np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])

    # Of labels it is the whole loss, and the gradient is that of both.
    one_hot = jnp.array([[0.0, 1.0, 0.0, 0.0]])
    agree(ours(YOUNG, z, np.array([1]), conjugate=shannon, reduction="none"), by_jax(theirs, z, one_hot))
    agree(ours(ENTMAX, z, p, alpha=1, reduction="none")[1], by_jax(theirs, z, p)[1])


@pytest.mark.parametrize("alpha", [1.2, 1.5, 2.5])
def test_autograd_of_the_formula_has_the_gradient_p_less_the_target(rng, alpha):
    z, k = classified(rng)

    def by_formula(z, k, p):
        e = functional.one_hot(k, 4)
        # At its maximum the gradient of Ω* does not see that p changes.
        return ((p - e) * z).sum(1) + (1 - (p**alpha).sum(1)) / (alpha * (alpha - 1))

    theirs = by_autograd(by_formula, z, k, lossbook.entmax(z, alpha=alpha))
    agree(ours(ENTMAX, z, k, alpha=alpha, reduction="none"), theirs, rtol=1e-11)
