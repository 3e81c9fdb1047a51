"""Losses for long tails as their authors' code and other libraries compute them, and where these part."""

import numpy as np
import pytest
import torch
from compare import agree, by_autograd, ours
from sklearn.utils.class_weight import compute_class_weight
from torch.nn import functional

import lossbook

CB, LDAM, BALANCED = lossbook.class_balanced_weights, lossbook.ldam_loss, lossbook.balanced_softmax_loss
LA, CE = lossbook.logit_adjusted_cross_entropy, lossbook.cross_entropy
COUNTS = np.array([900.0, 90.0, 9.0, 1.0])


def classified(rng):
    return 2 * rng.normal(size=(6, 4)), rng.integers(0, 4, 6)


def test_torch_agrees_on_scores_that_are_moved_by_logarithms(rng):
    z, k = classified(rng)
    shares = COUNTS / COUNTS.sum()
    moved = torch.tensor(np.log(shares))
    agree(ours(BALANCED, z, k, counts=COUNTS), by_autograd(lambda z, k: functional.cross_entropy(z + moved, k), z, k))
    theirs = by_autograd(lambda z, k: functional.cross_entropy(z + 0.7 * moved, k), z, k)
    agree(ours(LA, z, k, priors=shares, tau=0.7), theirs)


def test_the_authors_margin_loss(rng):
    """The class LDAMLoss of github.com/kaidic/LDAM-DRW, losses.py, in double precision."""
    z, k = classified(rng)
    m_list = 1.0 / np.sqrt(np.sqrt(COUNTS))
    m_list = torch.tensor(m_list * (0.5 / np.max(m_list)))
    weight = torch.tensor(CB(COUNTS, beta=0.99))

    def theirs(x, target):
        index = torch.zeros_like(x, dtype=torch.bool)
        index.scatter_(1, target.data.view(-1, 1), 1)
        batch_m = torch.matmul(m_list[None, :], index.double().transpose(0, 1))
        x_m = x - batch_m.view((-1, 1))
        return functional.cross_entropy(30 * torch.where(index, x_m, x), target, weight=weight)

    agree(ours(LDAM, z, k, counts=COUNTS, weight=weight.numpy()), by_autograd(theirs, z, k))


def test_a_factor_on_the_margin_alone_is_the_loss_of_scores_that_are_divided(rng):
    z, k = classified(rng)
    margin = torch.tensor(lossbook.ldam_margins(COUNTS))

    def theirs(z, k):
        return functional.cross_entropy(z - 30 * functional.one_hot(k, 4) * margin, k)

    value, _ = by_autograd(theirs, z, k)
    assert float(value) == pytest.approx(LDAM(z / 30, k, counts=COUNTS), rel=1e-11)
    assert float(value) != pytest.approx(LDAM(z, k, counts=COUNTS), rel=0.1)


def test_balanced_weights_of_scikit_learn_are_those_of_beta_1_up_to_a_factor():
    labels = np.repeat(np.arange(4), COUNTS.astype(int))
    theirs = compute_class_weight("balanced", classes=np.arange(4), y=labels)
    np.testing.assert_allclose(theirs / CB(COUNTS, beta=1), np.full(4, theirs.sum() / 4), rtol=1e-14)


def test_the_quotient_as_it_is_printed_loses_digits_near_1_and_is_nan_at_1():
    for dtype, beta, count, off in ((torch.float64, 1 - 1e-9, 5.0, 2.0e-9), (torch.float32, 0.9999, 7.0, 4.1e-5)):
        beta = torch.tensor(beta, dtype=dtype)
        theirs = float((1 - beta) / (1 - beta**count))
        error = abs(theirs / CB([count], beta=float(beta), normalize=False)[0] - 1)
        assert error == pytest.approx(off, rel=0.1)
    assert (torch.tensor(0.0) / (1 - torch.tensor(1.0) ** 5)).isnan()
    assert CB([5.0], beta=1, normalize=False)[0] == 0.2


def test_weights_mean_another_divisor_for_labels_than_for_distributions_in_torch():
    z, weight = torch.tensor([[2.0, 0.5], [0.0, 0.25]]), torch.tensor([0.5, 1.5])
    labels = torch.tensor([0, 1])
    of_labels = functional.cross_entropy(z, labels, weight)
    of_rows = functional.cross_entropy(z, functional.one_hot(labels, 2).float(), weight)
    each = functional.cross_entropy(z, labels, weight, reduction="none")
    assert float(of_labels) == pytest.approx(float(each.sum() / 2.0), rel=1e-6)
    labels = torch.tensor([1, 1])
    each = functional.cross_entropy(z, labels, weight, reduction="none")
    of_rows = functional.cross_entropy(z, functional.one_hot(labels, 2).float(), weight)
    assert float(functional.cross_entropy(z, labels, weight)) == pytest.approx(float(each.sum() / 3), rel=1e-6)
    assert float(of_rows) == pytest.approx(float(each.sum() / 2), rel=1e-6)
    one_hot = np.array([[0.0, 1.0], [0.0, 1.0]])
    assert CE(z.numpy(), one_hot, weight=weight.numpy()) == pytest.approx(float(each.sum() / 3), rel=1e-6)


def test_the_focal_weight_of_class_balanced_code_is_0_for_the_worst_positive():
    """exp(−γ y z − γ log(1 + e^−z)), as class-balanced-loss and balanced-loss write it, in single precision."""
    z, y, gamma = torch.tensor(-100.0), 1.0, 2.0
    modulator = torch.exp(-gamma * y * z - gamma * torch.log1p(torch.exp(-z)))
    assert float(modulator * functional.binary_cross_entropy_with_logits(z, torch.tensor(y))) == 0
    assert lossbook.sigmoid_focal_loss(np.float32([-100]), [1], alpha=None) == 100


def test_in_torch_too_a_class_without_examples_is_out():
    logs = torch.tensor([-np.inf, 0.0, 0.0])
    value, gradient = by_autograd(lambda z, k: functional.cross_entropy(z + logs, k), np.zeros((1, 3)), np.array([1]))
    agree(ours(BALANCED, np.zeros((1, 3)), np.array([1]), counts=[0, 1, 1]), (value, gradient))
