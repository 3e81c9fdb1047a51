"""Masks, weights and bfloat16 through the bridges."""

import compare  # noqa: F401  before JAX is imported
import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
import torch
from bridged import DIFFERENTIABLE, arguments, prediction
from ready import ready

import lossbook
from lossbook.bridges import jax as in_jax
from lossbook.bridges import torch as in_torch

OPTIONS = ("where", "sample_weight", "weight", "pos_weight")


def chosen(record, option, given):
    """An array for an option, that a loss of the record's kind takes."""
    rng = np.random.default_rng(1)
    shape = given[prediction(record)].shape
    each = record.function.declaration.each
    if option == "where":
        return rng.random(shape) < 0.6
    if option == "pos_weight":
        return rng.uniform(0, 3, shape[-1])
    if option == "sample_weight":
        return rng.uniform(0, 3, shape[:-2] if each == "ensemble" else shape[:-1])
    return rng.uniform(0, 3, {"element": shape, "column": shape[-1:], "region": shape[:-1]}[each])


CASES = [(record, option) for record in DIFFERENTIABLE for option in OPTIONS if option in record.options]


@pytest.mark.parametrize("reduction", ["mean", "none"])
@pytest.mark.parametrize(("record", "option"), CASES, ids=lambda case: getattr(case, "name", case))
def test_an_option_is_an_array_of_the_library(record, option, reduction):
    given = arguments(record, np.random.default_rng(0))
    array = chosen(record, option, given)
    options = {"reduction": reduction} if "reduction" in record.options else {}
    if record.function.declaration.each == "region":
        options["axis"] = -1
    value, gradient = lossbook.value_and_grad(record.function)(*given, **options, **{option: array})
    without = lossbook.value_and_grad(record.function)(*given, **options)[1]
    assert not np.array_equal(gradient, without)

    place = prediction(record)
    tensors = [torch.tensor(one) for one in given]
    tensors[place].requires_grad_()
    found = in_torch.differentiable(record.function)(*tensors, **options, **{option: torch.tensor(array)})
    found.sum().backward()
    np.testing.assert_array_equal(found.detach(), value)
    np.testing.assert_array_equal(tensors[place].grad, gradient)

    @jax.jit
    def run(p, others, array):
        def total(p):
            found = in_jax.differentiable(record.function)(
                *others[:place], p, *others[place:], **options, **{option: array}
            )
            return found.sum(), found

        return jax.grad(total, has_aux=True)(p)

    arrays = list(map(jnp.asarray, given))
    found_gradient, found_value = run(arrays.pop(place), arrays, jnp.asarray(array))
    np.testing.assert_array_equal(found_value, value)
    np.testing.assert_array_equal(found_gradient, gradient)


def test_there_are_cases():
    assert {option for _, option in CASES} == set(OPTIONS)


def test_what_a_mask_leaves_out_may_be_nan_and_gets_no_gradient():
    x, where = torch.tensor([1.0, torch.nan], requires_grad=True), torch.tensor([True, False])
    loss = in_torch.differentiable(lossbook.mse_loss)(x, torch.zeros(2), where=where)
    loss.backward()
    assert loss == 1
    assert x.grad.tolist() == [2.0, 0.0]
    run = jax.jit(jax.value_and_grad(in_jax.differentiable(lossbook.mse_loss)))
    value, gradient = run(jnp.array([1.0, jnp.nan]), jnp.zeros(2), where=jnp.array([True, False]))
    assert value == 1
    assert gradient.tolist() == [2.0, 0.0]


@pytest.mark.parametrize("record", DIFFERENTIABLE, ids=lambda record: record.name)
def test_bfloat16_is_computed_in_single_precision_and_rounded(record):
    given = [
        one.astype(ml_dtypes.bfloat16) if isinstance(one, np.ndarray) and one.dtype.kind == "f" else one
        for one in arguments(record, np.random.default_rng(0))
    ]
    value, gradient = lossbook.value_and_grad(record.function)(*given)
    assert value.dtype == np.float32
    place = prediction(record)

    tensors = [
        one if callable(one) else torch.tensor(one.astype(np.float32 if one.dtype.kind == "V" else one.dtype))
        for one in given
    ]
    tensors = [one.bfloat16() if isinstance(one, torch.Tensor) and one.is_floating_point() else one for one in tensors]
    tensors[place].requires_grad_()
    found = in_torch.differentiable(record.function)(*tensors)
    found.sum().backward()
    assert found.dtype == tensors[place].grad.dtype == torch.bfloat16
    np.testing.assert_array_equal(found.detach().float(), value.astype(ml_dtypes.bfloat16).astype(np.float32))
    np.testing.assert_array_equal(tensors[place].grad.float(), gradient.astype(ml_dtypes.bfloat16).astype(np.float32))

    arrays = [one if callable(one) else jnp.asarray(one) for one in given]
    loss = in_jax.differentiable(record.function)
    run = jax.jit(jax.value_and_grad(lambda p: loss(*arrays[:place], p, *arrays[place + 1 :]).sum()))
    found, slope = run(arrays[place])
    assert found.dtype == slope.dtype == jnp.bfloat16
    np.testing.assert_array_equal(slope, gradient.astype(ml_dtypes.bfloat16))


#: Where exponentials leave the range of numbers, and where what is left of them is subnormal.
EXTREME = np.array([-np.inf, -1e308, -745.1, -740.0, -720.0, -50.0, 0.0, 50.0, 720.0, 740.0, 745.1, 1e308, np.inf])
TINY = np.array([0.0, 5e-324, 1e-310, 2.3e-308, 1e-300, 1e-20, 0.5, 1 - 2.0**-53, 1.0])
PREDICTIONS = {
    "logits": EXTREME,
    "scores": np.stack([EXTREME, EXTREME[::-1]], 1),
    "probs": TINY,
    "distribution": np.stack([TINY, 1 - TINY], 1),
}
EXTREME_CASES = [
    record
    for record in ready(2)
    if not record.function.declaration.no_gradient and record.arguments[record.function.prediction] in PREDICTIONS
]


@pytest.mark.parametrize("record", EXTREME_CASES, ids=lambda record: record.name)
def test_compiled_code_that_flushes_subnormals_reads_them_as_zero_and_gives_no_nan(record):
    place = prediction(record)
    p = PREDICTIONS[record.arguments[record.function.prediction]]
    others = dict.fromkeys(("distribution", "multi-label", "scores"), np.tile([0.25, 0.75], (len(p), 1)))
    labels = np.arange(len(p)) % 2
    given = [others.get(kind, labels) for kind in record.arguments.values()]
    given[place] = np.where(abs(p) < np.finfo(float).tiny, 0, p)
    value, slope = lossbook.value_and_grad(record.function)(*given)
    assert not np.isnan(slope).any()

    loss = in_jax.differentiable(record.function)
    rest = [jnp.asarray(one) for n, one in enumerate(given) if n != place]
    run = jax.jit(jax.value_and_grad(lambda p: loss(*rest[:place], p, *rest[place:]).sum()))
    found_value, found_slope = run(jnp.asarray(p))
    np.testing.assert_allclose(found_value, value.sum(), rtol=1e-12)
    np.testing.assert_allclose(found_slope, slope, rtol=1e-12, atol=1e-300)
