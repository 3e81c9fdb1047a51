"""Losses of angles as they are written in PyTorch, and where autograd and angles part from the closed form."""

import math

import numpy as np
import pytest
import torch
from compare import agree, by_autograd, ours
from torch.nn import functional

import lossbook

ARC, COS, SPHERE = lossbook.arcface_loss, lossbook.cosface_loss, lossbook.sphereface_loss


def classified(rng):
    return rng.uniform(-0.99, 0.99, size=(40, 4)), rng.integers(0, 4, 40)


def margin_softmax(psi, scale):
    """The cross entropy of scaled cosines, with psi of the label's."""

    def loss(c, k):
        is_label = functional.one_hot(k, c.shape[1]) > 0
        return functional.cross_entropy(scale * torch.where(is_label, psi(c), c), k, reduction="none")

    return loss


def turned(m):
    return lambda c: torch.where(c >= -math.cos(m), torch.cos(torch.acos(c) + m), c - m * math.sin(m))


def multiplied(m):
    def psi(c):
        angle = m * torch.acos(c)
        n = torch.floor(angle.detach() / math.pi)
        return (-1) ** n * torch.cos(angle) - 2 * n

    return psi


@pytest.mark.parametrize("margin", [0.1, 0.5, 2.0])
def test_torch_by_the_formula_agrees_on_arcface(rng, margin):
    c, k = classified(rng)
    agree(ours(ARC, c, k, margin=margin, scale=6, reduction="none"), by_autograd(margin_softmax(turned(margin), 6), c, k), 1e-11)


def test_torch_by_the_formula_agrees_on_cosface(rng):
    c, k = classified(rng)
    agree(ours(COS, c, k, reduction="none"), by_autograd(margin_softmax(lambda c: c - 0.35, 64), c, k), 1e-11)


@pytest.mark.parametrize("margin", [1, 2, 3, 4])
def test_torch_by_the_formula_agrees_on_sphereface(rng, margin):
    c, k = classified(rng)
    agree(ours(SPHERE, c, k, margin=margin, reduction="none"), by_autograd(margin_softmax(multiplied(margin), 1), c, k), 1e-11)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_autograd_through_an_arc_cosine_is_nan_where_the_embedding_is_the_prototype(dtype):
    x, w = torch.tensor([1.0, 0.0], dtype=dtype, requires_grad=True), torch.eye(2, dtype=dtype)
    c = functional.normalize(x, dim=0) @ w
    margin_softmax(turned(0.5), 4)(c[None], torch.tensor([0])).sum().backward()
    assert torch.isnan(x.grad).all()
    slope = lossbook.grad(ARC)(c.detach().numpy()[None], [0], scale=4)
    assert np.isfinite(slope).all()
    # The cosine does not change to first order there: what is left is what the other class pushes.
    back = torch.autograd.grad(functional.normalize(x, dim=0) @ w, x, torch.tensor(slope[0], dtype=dtype))[0]
    assert torch.isfinite(back).all()
    assert back[0] == 0


def test_a_larger_angle_that_is_computed_without_gradient_has_another_slope():
    """The angle and its cosine under no_grad: the slope is that of the score, and lacks sin(θ + m)/sin θ (insightface, issue 2309)."""
    lacking = {}
    for angle in (math.pi / 2, math.pi / 3, math.acos(0.99)):
        scores = torch.tensor([[math.cos(angle), 0.0]], dtype=torch.float64, requires_grad=True)
        logits = scores * 1.0
        with torch.no_grad():
            logits[0, 0] = torch.cos(torch.acos(logits[0, 0]) + 0.5)
        functional.cross_entropy(logits, torch.tensor([0])).backward()
        slope = lossbook.grad(ARC)(scores.detach().numpy(), [0], scale=1)
        assert float(scores.grad[0, 1]) == pytest.approx(slope[0, 1], rel=1e-12)
        lacking[round(math.degrees(angle))] = round(slope[0, 0] / -slope[0, 1], 3)
    assert lacking == {90: 0.878, 60: 1.154, 8: 4.242}


def test_a_margin_in_degrees_that_is_given_in_radians_is_hardly_one():
    c = np.array([[0.5, 0.0]])
    asked, given = ARC(c, [0], scale=8), ARC(c, [0], margin=math.radians(0.5), scale=8)
    none = ARC(c, [0], margin=0, scale=8)
    assert none < given < none + 0.002
    assert asked > 10 * given


def test_an_arc_cosine_of_a_float32_cosine_loses_small_angles():
    c = torch.cos(torch.tensor(1e-4, dtype=torch.float64)).float()
    assert torch.acos(c) == 0
