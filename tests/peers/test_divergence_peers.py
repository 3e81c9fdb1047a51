"""Entropy, KL and JS in other libraries: where they agree, and how many digits they keep."""

import math

import jax.numpy as jnp
import keras
import kornia
import numpy as np
import optax
import pytest
import sympy as sp
import torch
from compare import agree, by_autograd, by_jax, ours, scaled
from scipy.spatial.distance import jensenshannon
from scipy.special import rel_entr
from scipy.stats import entropy
from torch.nn import functional
from torchmetrics.functional.regression import jensen_shannon_divergence, kl_divergence

import lossbook
from lossbook import proof
from lossbook.cards import card

ENTROPY, KL, JS = lossbook.entropy, lossbook.kl_divergence, lossbook.js_divergence
REDUCTIONS = ["mean", "sum", "none"]
BASES = [None, 2, 10]


def true_value(name, p, q):
    """The card at a pair of distributions, to fifty digits."""
    exact = [list(map(proof.exact, side)) for side in (p, q)]
    return float(proof.digits(sp.sympify(card(name).evaluate(*exact))))


def pair(rng, shape=(4, 6)):
    return rng.dirichlet(np.ones(shape[-1]), size=shape[:-1]), rng.dirichlet(np.ones(shape[-1]), size=shape[:-1])


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_scipy_agrees_on_all_three_for_every_base_and_axis(rng, base, axis):
    p, q = (np.moveaxis(a, -1, axis) for a in pair(rng, (4, 3, 6)))
    agree(ENTROPY(p, base=base, axis=axis), entropy(p, base=base, axis=axis))
    agree(KL(p, q, base=base, axis=axis, reduction="none"), entropy(p, q, base=base, axis=axis))
    agree(JS(p, q, base=base, axis=axis, reduction="none"), jensenshannon(p, q, base=base, axis=axis) ** 2)


@pytest.mark.parametrize("base", BASES)
def test_autograd_of_torchs_entr_agrees_on_the_entropy(rng, base):
    p, _ = pair(rng)
    theirs = by_autograd(lambda a: torch.special.entr(a).sum(-1) / math.log(base or math.e), p)
    agree(ours(ENTROPY, p, base=base), theirs)


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")  # PyTorch says itself that its mean is not one
def test_torch_agrees_on_kl_but_its_mean_divides_by_elements(rng, reduction, base):
    """pytorch#2259, #6622: the divergence of a distribution is a sum, and only distributions are averaged."""
    p, q = pair(rng)
    scale = 1 / math.log(base or math.e)
    of_torch = by_autograd(lambda b, a: functional.kl_div(b.log(), a, reduction=reduction) * scale, q, p)
    value, gradient = ours(KL, p, q, base=base, reduction=reduction)
    if reduction == "mean":
        agree(scaled((value, gradient), 1 / p.shape[1]), of_torch)
        agree(
            (value, gradient),
            by_autograd(lambda b, a: functional.kl_div(b.log(), a, reduction="batchmean") * scale, q, p),
        )
    else:
        agree((value, gradient), (of_torch[0].sum(-1) if reduction == "none" else of_torch[0], of_torch[1]))


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_torchmetrics_and_kornia_agree_on_kl_and_js(rng, reduction):
    p, q = pair(rng)
    # torchmetrics normalises, which projects the gradient: only its values compare.
    agree(KL(p, q, reduction=reduction), kl_divergence(*map(torch.tensor, (p, q)), reduction=reduction).numpy())
    agree(
        JS(p, q, reduction=reduction),
        jensen_shannon_divergence(*map(torch.tensor, (p, q)), reduction=reduction).numpy(),
    )
    for loss, theirs in ((KL, kornia.losses.kl_div_loss_2d), (JS, kornia.losses.js_div_loss_2d)):
        value, gradient = by_autograd(
            lambda b, a, f=theirs: f(b[:, None, None], a[:, None, None], reduction).squeeze(), q, p
        )
        agree(ours(loss, p, q, reduction=reduction), (value, gradient))


def test_optax_and_keras_agree_on_kl(rng):
    p, q = pair(rng)
    mine = ours(KL, p, q, reduction="none")
    agree(mine, by_jax(lambda b, a: optax.losses.kl_divergence(jnp.log(b), a), q, p))
    agree(mine, by_jax(lambda b, a: optax.losses.kl_divergence_with_log_targets(jnp.log(b), jnp.log(a)), q, p))
    agree(mine, by_autograd(lambda b, a: keras.losses.kl_divergence(a, b), q, p))


def test_keras_and_kornia_have_the_reference_second_and_kl_is_not_symmetric(rng):
    p, q = pair(rng)
    agree(keras.losses.kl_divergence(torch.tensor(p), torch.tensor(q)).numpy(), KL(p, q, reduction="none"))
    of_kornia = kornia.losses.kl_div_loss_2d(torch.tensor(p)[:, None, None], torch.tensor(q)[:, None, None])
    assert of_kornia.item() == pytest.approx(KL(q, p))
    assert of_kornia.item() != pytest.approx(KL(p, q))


def test_autograd_of_the_definition_agrees_on_js_with_any_base(rng):
    p, q = pair(rng)

    def theirs(b, a):
        middle = (a + b) / 2
        return (a * (a / middle).log() + b * (b / middle).log()).sum(-1).mean() / 2 / math.log(2)

    agree(ours(JS, p, q, base=2), by_autograd(theirs, q, p))


def test_scipy_and_kornia_agree_that_a_missing_class_is_infinite_for_kl_and_log_two_for_js():
    p, q = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    assert KL(p, q) == entropy(p, q) == rel_entr(p, q).sum() == math.inf
    assert JS(p, q) == pytest.approx(jensenshannon(p, q) ** 2, rel=1e-15, abs=0)
    flat = [torch.tensor(a)[None, None, None] for a in (q, p)]
    assert kornia.losses.js_div_loss_2d(*flat).item() == pytest.approx(JS(p, q), rel=1e-15, abs=0)
    # Keras clips both at 1e-7.
    assert keras.losses.kl_divergence(torch.tensor(p), torch.tensor(q)).item() < 17


def test_torch_and_optax_lose_every_digit_of_kl_and_torchmetrics_its_sign_where_the_card_has_them():
    """Floats that sum to 1 exactly, at a relative distance of 1e-8."""
    p, q = np.array([0.25, 0.25, 0.5]), np.array([0.25 + 2**-29, 0.25 - 2**-30, 0.5 - 2**-30])
    true = true_value("kl_divergence", p, q)
    assert true == pytest.approx(9.54e-18, rel=1e-3, abs=0)
    assert KL(p, q) == pytest.approx(true, rel=1e-15, abs=0)
    assert entropy(p, q) == pytest.approx(true, rel=1e-8, abs=0)
    assert functional.kl_div(torch.tensor(q).log(), torch.tensor(p), reduction="sum") == 0
    assert optax.losses.kl_divergence(jnp.log(q), jnp.array(p)) == 0
    assert kl_divergence(torch.tensor(p)[None], torch.tensor(q)[None]) < 0


@pytest.mark.parametrize(
    ("p", "q"), [([0.5, 0.5], [0.5 + 1e-9, 0.5 - 1e-9]), ([0.1, 0.2, 0.7], [0.1 + 1e-9, 0.2 - 1e-9, 0.7])]
)
def test_scipy_has_no_root_of_js_and_torchmetrics_no_js_where_the_card_has_digits(p, q):
    """scipy#19436, #20083: the square root of a negative sum."""
    true = true_value("js_divergence", p, q)
    assert true > 0
    assert JS(p, q) == pytest.approx(true, rel=1e-15, abs=0)
    with np.errstate(invalid="ignore"):
        assert np.isnan(jensenshannon(p, q))
    assert jensen_shannon_divergence(torch.tensor([p]).double(), torch.tensor([q]).double()) == 0


def test_torch_and_optax_have_no_gradient_at_a_target_of_zero_for_which_kl_needs_none():
    """pytorch's and optax's 0 · log 0, differentiated."""
    p, q = np.array([[0.0, 1.0]]), np.array([[0.25, 0.75]])
    by_target = by_autograd(lambda a, b: functional.kl_div(b.log(), a, reduction="sum"), p, q)[1]
    assert not np.isfinite(by_target[0, 0])
    assert not np.isfinite(by_jax(lambda a, b: optax.losses.kl_divergence(jnp.log(b), a), p, q)[1][0, 0])
    agree(ours(KL, p, q), (math.log(4 / 3), [[0, -4 / 3]]))


def test_torch_broadcasts_one_distribution_against_many_where_lossbook_refuses(rng):
    """pytorch pull request 138810: and then batchmean divides by the wrong number."""
    p, q = rng.dirichlet(np.ones(3)), rng.dirichlet(np.ones(3), size=5)
    both = [functional.kl_div(torch.tensor(q).log(), torch.tensor(p), reduction=r) for r in ("sum", "batchmean")]
    assert both[0] == pytest.approx(5 * both[1])
    with pytest.raises(ValueError, match="shape"):
        KL(p, q)
