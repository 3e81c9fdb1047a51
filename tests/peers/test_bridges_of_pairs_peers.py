"""The bridges of losses whose prediction is a pair: both parts have their gradients, and are named where they do not fit."""

import compare  # noqa: F401  before any peer is imported
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from ready import pairs

import lossbook
from lossbook.bridges.jax import differentiable as in_jax
from lossbook.bridges.torch import differentiable as in_torch

RECORDS = pairs()
CASES = pytest.mark.parametrize(
    ("record", "options"),
    [pytest.param(r, {"reduction": how}, id=f"{r.name}-{how}") for r in RECORDS for how in ("mean", "sum", "none")],
)
EACH = pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.name)


def drawn(record, rng, shape=(4, 3)):
    ordered = record.function.arguments["prediction"].ordered
    first, gap = rng.normal(size=shape), np.exp(rng.normal(size=shape))
    return (first, first + gap if ordered else gap), rng.normal(size=shape)


@CASES
def test_value_and_gradients_in_torch_are_those_of_lossbook(record, options):
    (first, second), target = drawn(record, np.random.default_rng(0))
    value, slopes = lossbook.value_and_grad(record.function)((first, second), target, **options)
    one, other = (torch.tensor(part, requires_grad=True) for part in (first, second))
    found = in_torch(record.function)((one, other), torch.tensor(target), **options)
    found.sum().backward()
    np.testing.assert_array_equal(found.detach(), value)
    np.testing.assert_array_equal(one.grad, slopes[0])
    np.testing.assert_array_equal(other.grad, slopes[1])


@CASES
def test_gradcheck_passes(record, options):
    (first, second), target = drawn(record, np.random.default_rng(1))
    given = [torch.tensor(part, requires_grad=True) for part in (first, second)]
    loss = in_torch(record.function)
    assert torch.autograd.gradcheck(lambda a, b: loss((a, b), target, **options), given, check_batched_grad=True)


@EACH
def test_a_part_alone_may_be_learnt_and_each_value_weighs_its_own(record):
    (first, second), target = drawn(record, np.random.default_rng(2))
    one, other = torch.tensor(first, requires_grad=True), torch.tensor(second)
    loss, weight = in_torch(record.function), np.arange(12.0).reshape(4, 3)
    (loss((one, other), torch.tensor(target), reduction="none") * torch.tensor(weight)).sum().backward()
    slope, _ = lossbook.grad(record.function)((first, second), target, reduction="none")
    np.testing.assert_allclose(one.grad, weight * slope, rtol=1e-15)
    half = in_torch(record.function)((one.half(), other.half()), torch.tensor(target))
    assert half.dtype == torch.float16


@EACH
def test_torch_names_the_part_that_does_not_fit(record):
    (first, second), target = drawn(record, np.random.default_rng(3))
    name, other = record.function.arguments["prediction"].parts
    loss, part = in_torch(record.function), torch.tensor(first)
    for bad, error, words in (
        (part, TypeError, "prediction must be the pair"),
        ((part, second), TypeError, f"{other} must be a tensor"),
        ((part.tolist(), torch.tensor(second)), TypeError, f"{name} must be a tensor"),
        ((part, torch.tensor(second)[0]), ValueError, rf"{other} has shape \(3,\), but {name} has shape \(4, 3\)"),
    ):
        with pytest.raises(error, match=words):
            loss(bad, target)
    with pytest.raises(ValueError, match=rf"{name}\[0, 0\] = nan"):
        loss((part * torch.nan, torch.tensor(second)), target)


@CASES
def test_value_and_gradients_in_jax_are_those_of_lossbook_compiled_or_not(record, options):
    prediction, target = drawn(record, np.random.default_rng(4))
    value, slopes = lossbook.value_and_grad(record.function)(prediction, target, **options)
    loss = in_jax(record.function)

    def run(prediction, target):
        found, pull = jax.vjp(lambda pair: loss(pair, target, **options), prediction)
        return found, pull(jnp.ones_like(found))[0]

    given = tuple(map(jnp.asarray, prediction)), jnp.asarray(target)
    for found, pair in (run(*given), jax.jit(run)(*given)):
        np.testing.assert_array_equal(found, value)
        for one, other in zip(pair, slopes, strict=True):
            np.testing.assert_array_equal(one, other)


@EACH
def test_jax_maps_it_over_a_batch_and_names_the_part_that_does_not_fit(record):
    (first, second), target = drawn(record, np.random.default_rng(5), (3, 4, 2))
    loss = in_jax(record.function)
    values = jax.vmap(lambda a, b, y: loss((a, b), y))(*map(jnp.asarray, (first, second, target)))
    expected = [record.function((a, b), y) for a, b, y in zip(first, second, target, strict=True)]
    np.testing.assert_allclose(values, expected, rtol=1e-15)
    with pytest.raises(TypeError, match="prediction must be the pair"):
        loss(jnp.asarray(first), target)
    name, other = record.function.arguments["prediction"].parts
    with pytest.raises(ValueError, match=f"{other} has shape .* but {name} has shape"):
        loss((jnp.asarray(first), jnp.asarray(second[0])), target)


@pytest.mark.parametrize("library", ["torch", "jax"])
@EACH
def test_a_diagnosis_compares_both_gradients(record, library):
    bridge = in_torch if library == "torch" else in_jax
    options = record.function.keywords if record.function.__class__.__name__ == "Ready" else {}
    loss = getattr(record.function, "func", record.function)
    right, stack = bridge(loss), torch.stack if library == "torch" else jnp.stack
    assert lossbook.diagnose(lambda pair, y: right(pair, y, **options), loss, library=library, **options).agrees

    def detached(pair, y):
        first, second = pair
        frozen = second.detach() if library == "torch" else jax.lax.stop_gradient(second)
        return right((first, stack([frozen])[0]), y, **options)

    found = lossbook.diagnose(detached, loss, library=library, **options)
    assert not found.agrees
    assert found.what == "gradient"
