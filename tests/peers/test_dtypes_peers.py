"""Dtypes that another library adds to NumPy, and a processor that another library has set to flush subnormal numbers."""

import ml_dtypes
import numpy as np
import pytest
import torch
from ready import ready

import lossbook

RECORDS = [r for r in ready(3) if r.function.declaration.no_gradient is None]
RNG = np.random.default_rng(3)


def given(kind):
    distribution = np.array([[0.25, 0.5, 0.25], [0.5, 0.5, 0], [0.125, 0.125, 0.75], [1, 0, 0]])
    return {
        "probs": [0.25, 0.5, 0.75, 0.875],
        "unit": [0.0, 0.25, 1.0, 1.0],
        "grades": [0.0, 0.25, 1.0, 1.0],
        "logits": [-2.0, 0.5, 1.5, 3.0],
        "number": [0.5, -1.0, 2.0, 0.25],
        "nonzero": [0.5, -1.0, 2.0, 0.25],
        "above −1": [0.5, -0.75, 2.0, 0.25],
        "positive": [0.5, 0.75, 2.0, 0.25],
        "not negative": [0.5, 0.0, 2.0, 3.0],
        "log-mean": [-2.0, 0.5, 1.5, 3.0],
        "real": [0.5, -1.0, 2.0, 0.25],
        "sample": [0.5, -1.0, 2.0, 0.25],
        "ensemble": 4 * distribution[::-1],
        "quantiles": 4 * distribution[::-1],
        "outcome": [0.5, -1.0, 2.0, 0.25],
        "ensemble of vectors": 4 * np.stack([distribution, distribution[::-1]], axis=2),
        "vector": distribution[:, :2],
        "distribution": distribution,
        "multi-label": distribution,
        "scores": 4 * distribution[::-1],
        "cosines": 2 * distribution - 1,
        "log-probabilities": -4 * distribution,
    }.get(kind)


def arguments(record, dtype):
    whole = {"binary": np.array([0, 1, 1, 0]), "labels": np.array([0, 2, 1, 0])}
    whole |= {"labels or distribution": whole["labels"], "set function": lambda mask: float(mask.sum())}
    kinds = record.arguments.values()
    return [whole[kind] if given(kind) is None else np.array(given(kind)).astype(dtype) for kind in kinds]


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.name)
def test_bfloat16_is_read_as_float32(record):
    half = arguments(record, ml_dtypes.bfloat16)
    single = arguments(record, np.float32)
    run = lossbook.value_and_grad(record.function)
    for one, other in zip(run(*half), run(*single), strict=True):
        assert one.dtype == np.float32
        np.testing.assert_array_equal(one, other)


def test_a_softmax_of_bfloat16_is_a_distribution_by_its_own_precision():
    z = RNG.normal(size=(500, 10)).astype(ml_dtypes.bfloat16)
    e = np.exp(z)
    p = (e / e.sum(axis=-1, keepdims=True)).astype(ml_dtypes.bfloat16)
    assert abs(p.astype(float).sum(axis=-1) - 1).max() > 1e-3
    assert np.isfinite(lossbook.js_divergence(p, p[::-1]))
    with pytest.raises(ValueError, match=r"sums to 1\.25"):
        lossbook.js_divergence(np.array([0.75, 0.5], ml_dtypes.bfloat16), np.array([0.5, 0.5], ml_dtypes.bfloat16))


def test_a_mask_or_a_weight_of_bfloat16_is_read_too():
    weight = np.array([1, 2, 0.5], ml_dtypes.bfloat16)
    assert lossbook.mse_loss([1.0, 2.0, 3.0], [0.0, 0.0, 0.0], weight=weight) == pytest.approx(13.5 / 3.5)


@pytest.fixture
def flushed():
    if not torch.set_flush_denormal(True):
        pytest.skip("this processor cannot flush subnormal numbers")
    assert np.float64(1e-310) * 1 == 0
    yield
    torch.set_flush_denormal(False)


@pytest.mark.usefixtures("flushed")
@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.name)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_flushed_subnormals_never_make_nan(record, dtype):
    run = lossbook.value_and_grad(record.function)
    for result in run(*arguments(record, dtype)):
        assert not np.isnan(result).any()
    ends = {
        "probs": [0.0, 1.0, 1e-310, 1e-45],
        "unit": [0.0, 1.0, 1e-310, 0.0],
        "grades": [0.0, 1.0, 1e-310, 0.0],
        "logits": [np.inf, -np.inf, 800.0, -800.0],
        "scores": [[np.inf, 0, -np.inf], [0, 0, 800], [-800, 0, 800], [1e-310, 0, 0]],
        "distribution": [[0.5, 0.5, 0], [1, 0, 0], [1 - 1e-310, 1e-310, 0], [0, 0, 1]],
        "number": [1e-310, 1e300 if dtype is np.float64 else 1e30, 0.0, -1e-310],
        "ensemble": [[1e-310, 0, 1e-310], [1e30, -1e30, 0], [0, 0, 0], [-1e-310, 1, 1]],
        "quantiles": [[-1e-310, 0, 1e-310], [-1e30, 0, 1e30], [0, 0, 0], [-1e-310, 1, 1]],
        "outcome": [1e-310, 1e30, 0.0, -1e-310],
        "ensemble of vectors": 3 * [[[1e-310, 0], [1e30, -1e30], [0, 0]]] + [[[1e-310, 0], [0, 1e-310], [0, 0]]],
        "vector": [[1e-310, 0.0], [1e30, 0.0], [0.0, 0.0], [0.0, 1e-310]],
        "nonzero": [1.0, 1e300 if dtype is np.float64 else 1e30, -1.0, -1.0],
        "above −1": [1e-310, 1e300 if dtype is np.float64 else 1e30, 0.0, -1e-310],
        # One that is flushed is 0, and refused.
        "positive": [1e-30, 1e300 if dtype is np.float64 else 1e30, 1.0, 1e-30],
        "not negative": [1e-310, 1e300 if dtype is np.float64 else 1e30, 0.0, 1.0],
        "log-mean": [1e-310, -700.0, 0.0, -1e-310],
        "log-probabilities": [[-np.inf, 0, -1], [-1e-310, -1, -800], [0, -np.inf, -np.inf], [-1, -1, -1]],
    }
    kinds = list(record.arguments.values())
    edged = [
        np.array(ends[kind], dtype) if kind in ends else a for kind, a in zip(kinds, arguments(record, dtype), strict=True)
    ]
    for result in run(*edged):
        assert not np.isnan(result).any()


@pytest.mark.usefixtures("flushed")
def test_of_two_equal_distributions_with_a_class_of_neither_the_divergence_is_zero():
    assert lossbook.kl_divergence([0.5, 0.5, 0], [0.5, 0.5, 0]) == 0
    assert lossbook.js_divergence([0.5, 0.5, 0], [0.5, 0.5, 0]) == 0
