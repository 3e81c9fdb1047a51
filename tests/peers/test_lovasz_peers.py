"""The Lovász losses in other libraries: which classes and which pixels they count."""

import kornia
import numpy as np
import pytest
import segmentation_models_pytorch as smp
import torch
from compare import agree, by_autograd, ours, through_softmax
from torch.nn import functional

import lossbook

HINGE, SOFTMAX = lossbook.lovasz_hinge, lossbook.lovasz_softmax
PIXELS = (3, 5, 7)


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 1])
def test_kornia_agrees_on_the_hinge_for_each_image(rng, share):
    z, y = rng.normal(size=PIXELS), (rng.uniform(size=PIXELS) < share).astype(int)
    value, gradient = by_autograd(lambda a, b: kornia.losses.lovasz_hinge_loss(a[:, None], b), z, y)
    agree(ours(HINGE, z, y, per_image=True), (value, gradient))


def test_kornia_agrees_on_the_softmax_loss_over_all_classes(rng):
    """Kornia takes logits."""
    scores, labels = rng.normal(size=(3, 4, 5, 7)), rng.integers(0, 4, PIXELS)
    labels[0] = np.minimum(labels[0], 2)  # an image from which a class is absent
    theirs = by_autograd(kornia.losses.lovasz_softmax_loss, scores, labels)
    p = torch.tensor(scores).softmax(1).numpy()
    value, gradient = ours(SOFTMAX, p, labels, classes="all", per_image=True, axis=1)
    agree((value, through_softmax(p, gradient)), theirs)


def test_kornia_counts_absent_classes_which_lossbook_leaves_out_by_default():
    """Two classes, all pixels of class 0: the loss of class 1 is its largest probability."""
    p = np.array([[[[0.75, 0.5]], [[0.25, 0.5]]]])
    labels = np.zeros((1, 1, 2), int)
    of_kornia = kornia.losses.lovasz_softmax_loss(torch.tensor(np.log(p)), torch.tensor(labels)).item()
    # Class 0: errors ½ and ¼, each increment ½.
    assert SOFTMAX(p, labels, axis=1) == pytest.approx(3 / 8)
    assert of_kornia == pytest.approx((3 / 8 + 1 / 2) / 2)


def test_kornia_takes_a_void_label_for_a_number_where_lossbook_refuses_or_ignores(rng):
    z, y = rng.normal(size=PIXELS), rng.integers(0, 2, PIXELS)
    void = y.copy()
    void[:, 0] = 255
    of_kornia = kornia.losses.lovasz_hinge_loss(torch.tensor(z[:, None]), torch.tensor(void)).item()
    expected = HINGE(z[:, 1:], y[:, 1:], per_image=True)
    assert HINGE(z, void, per_image=True, ignore_index=255) == pytest.approx(expected)
    assert not np.isclose(of_kornia, expected)
    with pytest.raises(ValueError, match="255"):
        HINGE(z, void)


def single(*arrays):
    """In float32: smp counts in it, and refuses to multiply float64 by it."""
    return [a.astype(np.float32) if a.dtype.kind == "f" else a for a in arrays]


@pytest.mark.parametrize("share", [0.1, 0.5, 1])
@pytest.mark.parametrize("per_image", [False, True])
@pytest.mark.parametrize("ignored", [None, 255])
def test_smp_agrees_on_the_hinge_with_void_pixels_by_image_and_by_batch(rng, ignored, per_image, share):
    z, y = rng.normal(size=PIXELS), (rng.uniform(size=PIXELS) < share).astype(int)
    if ignored is not None:
        y[:, 1:3] = ignored
    loss = smp.losses.LovaszLoss("binary", per_image=per_image, ignore_index=ignored)
    theirs = by_autograd(loss, *single(z, y))
    agree(ours(HINGE, *single(z, y), per_image=per_image, ignore_index=ignored), theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("per_image", [False, True])
@pytest.mark.parametrize("ignored", [None, 255])
def test_smp_agrees_on_the_softmax_loss_over_the_classes_that_are_present(rng, ignored, per_image):
    scores, labels = rng.normal(size=(3, 4, 5, 7)), rng.integers(0, 4, PIXELS)
    labels[0] = np.minimum(labels[0], 1)  # an image from which two classes are absent
    if ignored is not None:
        labels[:, 1:3] = ignored
    loss = smp.losses.LovaszLoss("multiclass", per_image=per_image, ignore_index=ignored)
    theirs = by_autograd(loss, *single(scores, labels))
    p = torch.tensor(scores).softmax(1).numpy()
    value, gradient = ours(SOFTMAX, p, labels, per_image=per_image, ignore_index=ignored, axis=1)
    agree((value, through_softmax(p, gradient)), theirs, rtol=1e-4, atol=1e-6)


def test_smp_returns_no_number_where_every_pixel_is_void():
    """bermanmaxim#14: the probabilities of no pixel, times 0."""
    scores, void = np.zeros((1, 3, 2, 2)), np.full((1, 2, 2), 255)
    of_smp = smp.losses.LovaszLoss("multiclass", ignore_index=255)(*map(torch.tensor, single(scores, void)))
    assert of_smp.shape == (0, 3)
    p = np.full((1, 3, 2, 2), 1 / 3)
    value, gradient = ours(SOFTMAX, p, void, ignore_index=255, axis=1)
    assert value == 0
    np.testing.assert_array_equal(gradient, np.zeros_like(p))


def test_smp_applies_the_softmax_to_probabilities_though_told_not_to():
    """Two pixels of two classes, each right with ¾: errors ¼, so the loss of both classes is ¼."""
    p = np.array([[[[0.75, 0.25]], [[0.25, 0.75]]]])
    labels = np.array([[[0, 1]]])
    assert SOFTMAX(p, labels, axis=1) == 0.25
    of_smp = smp.losses.LovaszLoss("multiclass", from_logits=False)(*map(torch.tensor, single(p, labels)))
    assert of_smp.item() == pytest.approx(1 / (1 + np.exp(0.5)))


def test_autograd_of_a_sorted_sum_agrees_on_the_extension_of_a_set_function(rng):
    """The definition as a sum over ranks, of a function of the size alone and of one that weighs its elements."""
    errors, weights = rng.normal(size=9), rng.uniform(size=9)

    def concave(mask):
        return float(np.sqrt(weights[mask].sum()))

    def written(e):
        order = torch.argsort(e, descending=True).numpy()
        chain = [concave(np.isin(np.arange(9), order[:k])) for k in range(10)]
        return (e[torch.tensor(order)] * torch.tensor(np.diff(chain))).sum()

    value, gradient = by_autograd(written, errors)
    mine = lossbook.value_and_grad(lossbook.lovasz_extension)(concave, errors)
    agree(mine, (value, gradient))


def test_autograd_of_the_mean_hinge_agrees_where_all_pixels_are_foreground(rng):
    """The set function is then the share of errors, whose extension is the mean."""
    z = rng.normal(size=(4, 5))
    theirs = by_autograd(lambda a: functional.relu(1 - a).mean(), z)
    agree(ours(HINGE, z, np.ones((4, 5), int)), theirs)
