"""The engine: blocks, weights, reduction, derivatives, and the kinds of functions that have none."""

import itertools
import math
import re
import threading
import time
import tracemalloc
import warnings

import numpy as np
import pytest
from ready import ready

import lossbook
from lossbook.engine import blocks
from lossbook.engine.arguments import PROBS, REAL
from lossbook.engine.columns import Distributions
from lossbook.engine.elementwise import Elementwise
from lossbook.engine.parts import Parts
from lossbook.numerics.limits import times

BCE = lossbook.binary_cross_entropy_with_logits
RNG = np.random.default_rng(5)


def square(prediction, target):
    yield (prediction - target) ** 2
    yield 2 * (prediction - target)
    yield np.full_like(prediction, 2)


def elementwise(prediction, target, **options):
    options = {"reduction": "mean"} | options
    return Elementwise(square, REAL.read("prediction", prediction), REAL.read("target", target), **options)


def test_zero_times_infinity_is_zero_and_nan_stays_nan():
    x = np.array([0.0, np.inf, -np.inf, 2.0, np.nan, 0.0, np.inf])
    y = np.array([np.inf, 0.0, 0.0, np.inf, 0.0, np.nan, 3.0])
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(times(x, y), [0, 0, 0, np.inf, np.nan, np.nan, np.inf])


@pytest.mark.parametrize("size", [1, blocks.BLOCK - 1, blocks.BLOCK, blocks.BLOCK + 1, 3 * blocks.BLOCK + 7])
def test_blocks_leave_no_element_out(size):
    prediction, target = RNG.normal(size=(2, size))
    weight = RNG.random(size)
    value, gradient, curvature = elementwise(prediction, target, weight=weight, reduction="sum").run(2)
    assert value == pytest.approx(np.sum(weight * (prediction - target) ** 2), rel=1e-12, abs=0)
    np.testing.assert_allclose(gradient, 2 * weight * (prediction - target), rtol=1e-14)
    np.testing.assert_allclose(curvature, 2 * weight)


def test_blocks_of_rows_keep_a_parameter_vector_on_the_last_axis():
    z, y = RNG.normal(size=(2, 5000, 7))
    y = (y > 0).astype(float)
    pos_weight = np.arange(1.0, 8.0)
    whole = lossbook.value_and_grad(BCE)(z, y, pos_weight=pos_weight, reduction="sum")
    columns = [
        lossbook.value_and_grad(BCE)(z[:, c], y[:, c], pos_weight=pos_weight[c], reduction="sum") for c in range(7)
    ]
    assert whole[0] == pytest.approx(sum(v for v, _ in columns), rel=1e-13)
    np.testing.assert_array_equal(whole[1], np.stack([g for _, g in columns], axis=1))


def test_an_entry_out_of_range_in_a_late_block_is_found_at_its_own_index():
    probs = np.full((3, 9000), 0.5)
    probs[2, 8765] = 1.5
    with pytest.raises(ValueError, match=r"probs\[2, 8765\] = 1\.5"):
        lossbook.binary_cross_entropy(probs, np.zeros((3, 9000)))


def test_the_weighted_mean_divides_by_the_sum_of_the_weights():
    value, gradient = elementwise([1.0, 3.0], [0.0, 0.0], weight=np.array([3.0, 1.0])).run(1)
    assert value == (3 * 1 + 1 * 9) / 4
    np.testing.assert_array_equal(gradient, [3 * 2 / 4, 6 / 4])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1e-308, 1e-46, 1e39, 1.5e308])
def test_only_the_proportions_of_weights_count_in_a_mean(size, dtype):
    z, labels = np.array([[1, 2], [0.5, 0], [3, 1]], dtype), np.array([0, 1, 0])
    shares = np.eye(2)[labels].astype(dtype)
    log_probs = -np.logaddexp(0, -z)
    cases = [
        (lossbook.mse_loss, (z, np.zeros_like(z)), np.array([[1, 0.5], [0, 0.25], [1, 1]]), {}),
        (lossbook.binary_cross_entropy_with_logits, (z, shares), np.array([[1, 0.5], [0, 0.25], [1, 1]]), {}),
        (lossbook.nll_loss, (log_probs, labels), np.array([1, 0.5]), {}),
        (lossbook.cross_entropy, (z, labels), np.array([1, 0.5]), {}),
        (lossbook.cross_entropy, (z, labels), np.array([1, 0.5]), {"label_smoothing": 0.5}),
        (lossbook.cross_entropy, (z, shares), np.array([1, 0.5]), {}),
    ]
    for loss, arguments, weight, options in cases:
        run = lossbook.value_and_grad(loss)
        expected, found = run(*arguments, weight=weight, **options), run(*arguments, weight=size * weight, **options)
        np.testing.assert_allclose(found[0], expected[0], rtol=1e-6 if dtype is np.float32 else 1e-15)
        np.testing.assert_allclose(found[1], expected[1], rtol=1e-6 if dtype is np.float32 else 1e-14)
        assert found[0].dtype == dtype


def test_a_sum_is_not_rescaled():
    for size in (2.0**-100, 2.0**100):
        total = lossbook.mse_loss([1.0, 3.0], [0.0, 0.0], weight=[size, size], reduction="sum")
        assert total == 10 * size
        assert lossbook.cross_entropy([[0.0, 0.0]], [0], weight=[size, 1], reduction="sum") == size * np.log(2)


def test_a_factor_that_single_precision_cannot_hold_is_multiplied_in_double():
    z, y = np.array([0.5, -0.25], np.float32), np.zeros(2, np.float32)
    run = lossbook.value_and_grad(lossbook.binary_cross_entropy_with_logits)
    for found, expected in zip(run(z, y, pos_weight=1e39), run(z, y, pos_weight=1), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    value, gradient = run(z - 80, y, weight=[1e39, 1e39], reduction="sum")
    np.testing.assert_allclose(
        [value, *gradient], np.array([np.exp(z).sum(), *np.exp(z)]) * np.exp(-80) * 1e39, rtol=1e-5
    )
    found = lossbook.cross_entropy(-80 * np.eye(2, dtype=np.float32), [1, 0], weight=[1e39, 1e39], reduction="none")
    np.testing.assert_allclose(found, 1e39 * np.exp(-80.0), rtol=1e-6)


def test_a_weight_of_one_position_serves_one_number():
    plain = lossbook.binary_cross_entropy_with_logits(0.5, 1)
    assert lossbook.binary_cross_entropy_with_logits(0.5, 1, pos_weight=[3.0]) == pytest.approx(3 * plain)


def test_weights_that_are_all_zero_give_a_loss_of_zero_without_gradient():
    value, gradient = elementwise([1.0, 3.0], [0.0, 0.0], weight=np.zeros(2)).run(1)
    assert value == 0
    np.testing.assert_array_equal(gradient, 0)


def test_an_element_of_weight_zero_does_not_count_even_where_its_loss_is_infinite():
    value, gradient = lossbook.value_and_grad(lossbook.binary_cross_entropy)([0.0, 0.5], [1, 1], weight=[0, 1])
    assert value == pytest.approx(np.log(2))
    np.testing.assert_array_equal(gradient, [0, -2])


def test_reduction_none_gives_elements_and_the_gradient_of_their_sum():
    value, gradient = elementwise([[1.0, 3.0]], [[0.0, 1.0]], weight=np.array([[2.0, 1.0]]), reduction="none").run(1)
    np.testing.assert_array_equal(value, [[2, 4]])
    np.testing.assert_array_equal(gradient, [[4, 4]])


def test_reduction_none_fills_in_every_block(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 64)
    prediction = RNG.normal(size=(5, 7))
    value = elementwise(prediction, np.zeros((5, 7)), weight=np.full((5, 7), 2.0), reduction="none").run(0)
    np.testing.assert_array_equal(value, 2 * prediction**2)


def test_weights_of_float32_are_summed_in_float64():
    weight = np.random.default_rng(0).random(10_001, np.float32)
    value = elementwise(np.ones(10_001), np.zeros(10_001), weight=weight).run(0)
    assert value == pytest.approx(1, rel=1e-14, abs=0)


def test_one_number_gives_a_numpy_scalar_under_every_reduction():
    for reduction in ("mean", "sum", "none"):
        value = BCE(0.0, 1, reduction=reduction)
        assert isinstance(value, np.float64)
        assert value == np.log(2)


def test_sums_in_float32_are_accumulated_in_float64():
    count = 2**21
    value = elementwise(np.full(count, 0.1, np.float32), np.zeros(count, np.float32), reduction="sum").run(0)
    assert value.dtype == np.float32
    assert value == np.float32(count * float(np.float32(0.1) * np.float32(0.1)))
    errors = np.random.default_rng(0).random((20, 2**14), np.float32)
    for row in errors:
        value = elementwise(row, np.zeros_like(row), reduction="sum").run(0)
        assert value == np.float32(np.sum(row * row, dtype=np.float64))


def test_a_sum_too_large_for_float32_is_infinite_without_a_warning():
    assert elementwise(np.full(4, 1e19, np.float32), np.zeros(4, np.float32), reduction="sum").run(0) == np.inf


@pytest.mark.parametrize(
    ("prediction", "target", "expected"),
    [
        ("float32", "int64", "float32"),
        ("float32", "float64", "float64"),
        ("float16", "bool", "float32"),
        ("uint8", "uint8", "float64"),
    ],
)
def test_integers_follow_the_floats_and_floats_widen(prediction, target, expected):
    assert elementwise(np.ones(2, prediction), np.ones(2, target)).run(0).dtype == expected


def test_integers_do_not_wrap_around():
    assert elementwise(np.array([3], np.uint8), np.array([250], np.uint8)).run(0) == 247**2


def test_arrays_that_are_not_contiguous_give_the_same_result():
    z, y = RNG.normal(size=(2, 40, 30))
    y = (y > 0).astype(float)
    value, gradient = lossbook.value_and_grad(BCE)(z, y)
    other, slope = lossbook.value_and_grad(BCE)(z.T[::-1], y.T[::-1])
    assert other == pytest.approx(value, rel=1e-14, abs=0)
    np.testing.assert_array_equal(slope[::-1].T, gradient)


@pytest.mark.parametrize("shape", [(1, 3, 1), (700, 50, 1), (1, 3, 9001), (3, 5, 4000), (2, 20000, 3), (30000, 2, 1)])
def test_distributions_are_cut_into_blocks_whatever_their_axis(shape):
    p = RNG.random(shape)
    p /= p.sum(axis=1, keepdims=True)
    q = np.roll(p, 1, axis=1)

    def kernel(p, q):
        yield np.sum(p * q * np.arange(len(p))[:, None], axis=0)
        yield q * np.arange(len(p))[:, None]

    def plan(reduction):
        return Distributions(kernel, PROBS.read("p", p), PROBS.read("q", q), axis=1, reduction=reduction)

    ranks = np.arange(shape[1])[:, None]
    expected = np.sum(p * q * ranks, axis=1)
    np.testing.assert_allclose(plan("none").run(0), expected, rtol=1e-12)
    value, gradient = plan("mean").run(1)
    assert value == pytest.approx(expected.mean(), rel=1e-12, abs=0)
    np.testing.assert_allclose(gradient, q * ranks / expected.size, rtol=1e-12)


def test_one_number_is_not_a_distribution():
    with pytest.raises(ValueError, match="probs is one number"):
        lossbook.emd_loss(1.0, 1.0)


def test_no_part_at_all_gives_zero_with_zero_gradient():
    value, gradient = Parts((2, 2), np.dtype(np.float32), []).run(1)
    assert value == 0
    np.testing.assert_array_equal(gradient, np.zeros((2, 2), np.float32))


def test_parts_add_up_with_their_factors():
    parts = [((0,), 0.25, lambda order: (8.0, np.ones(2))), ((1,), 0.75, lambda order: (4.0, np.full(2, 2.0)))]
    value, gradient = Parts((2, 2), np.dtype(float), parts).run(1)
    assert value == 5
    np.testing.assert_array_equal(gradient, [[0.25, 0.25], [1.5, 1.5]])


def large(kind, rng):
    """Arguments of some thousand numbers, many blocks once blocks are made small."""
    shape = (300, 7)
    scores = rng.normal(size=shape)
    positive = rng.dirichlet(np.ones(7), size=300)
    return {
        "logits": scores,
        "scores": scores,
        "cosines": np.tanh(scores),
        "number": scores,
        "nonzero": scores,
        "above −1": np.exp(scores) - 0.5,
        "positive": np.exp(scores),
        "not negative": np.exp(scores),
        "log-mean": scores,
        "sample": scores.ravel(),
        "probs": rng.random(shape),
        "unit": rng.random(shape),
        "grades": rng.random(shape),
        "binary": rng.integers(0, 2, shape),
        "multi-label": rng.random(shape),
        "labels": rng.integers(0, 7, 300),
        "labels or distribution": positive,
        "distribution": positive,
        "log-probabilities": np.log(positive),
        "real": scores[:5],
        "set function": lambda mask: float(np.sqrt(mask.sum())),
    }[kind]


def trainable(classes):
    return [r for r in ready(classes) if r.function.declaration.no_gradient is None]


TRAINABLE = trainable(7)


@pytest.mark.parametrize("record", TRAINABLE, ids=lambda record: record.name)
def test_threads_change_no_bit_of_a_result(record, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 1 << 10)
    rng = np.random.default_rng(11)
    arguments = [large(kind, rng) for kind in record.arguments.values()]
    run = lossbook.value_and_grad(record.function)
    alone = run(*arguments)
    with lossbook.threads(3):
        together = run(*arguments)
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_threads_are_used_inside_the_with_block_and_only_there(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 1 << 10)
    seen = set()

    def note(block):
        seen.add(threading.get_ident())
        time.sleep(0.01)  # so that the first thread cannot take all blocks

    def run():
        seen.clear()
        list(blocks.run_blocks(note, range(blocks.FEW)))
        return len(seen)

    with lossbook.threads(4):
        assert run() == 4
        with lossbook.threads(1):
            assert run() == 1
    assert run() == 1


def test_two_threads_work_at_the_same_time():
    meeting = threading.Barrier(2)
    with lossbook.threads(2):
        list(blocks.run_blocks(lambda block: meeting.wait(60), range(blocks.FEW)))


def test_threads_are_hired_once_and_let_go_where_the_block_ends():
    before = threading.active_count()
    with lossbook.threads(2):
        for _ in range(5):
            list(blocks.run_blocks(abs, range(blocks.FEW)))
        assert threading.active_count() <= before + 2
        list(blocks.run_blocks(abs, range(blocks.FEW - 1)))
    assert threading.active_count() == before


def test_few_blocks_are_left_to_one_thread():
    seen = set()
    with lossbook.threads(4):
        list(blocks.run_blocks(lambda block: seen.add(threading.get_ident()), range(blocks.FEW - 1)))
    assert seen == {threading.get_ident()}


@pytest.mark.parametrize("count", [1, 3])
def test_the_first_misfit_is_named_however_many_threads_look(count, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 1 << 10)
    probs = np.full(5000, 0.5)
    probs[[300, 4000]] = 1.5, -2
    with lossbook.threads(count), pytest.raises(ValueError, match=r"probs\[300\] = 1\.5"):
        lossbook.binary_cross_entropy(probs, np.zeros(5000))


@pytest.mark.parametrize(
    ("count", "error", "message"),
    [
        (0, ValueError, "count must be at least 1, but count = 0. "),
        (-1, ValueError, "count must be at least 1, but count = -1. "),
        (1.5, TypeError, "count must be an integer, but it is float 1.5. "),
        ("2", TypeError, "count must be an integer, but it is str '2'. "),
    ],
)
def test_a_count_of_threads_that_is_none_is_refused(count, error, message):
    with pytest.raises(error, match="^" + re.escape(message)), lossbook.threads(count):
        pass


def test_limits_are_taken_without_a_warning_in_every_thread(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 1 << 10)
    logits = np.full(5000, np.inf)
    with lossbook.threads(3), warnings.catch_warnings():
        warnings.simplefilter("error")
        value, gradient = lossbook.value_and_grad(lossbook.binary_cross_entropy_with_logits)(logits, np.ones(5000))
    assert value == 0
    np.testing.assert_array_equal(gradient, 0)


SORTING = {"lovasz_extension", "lovasz_hinge", "lovasz_softmax", "wasserstein_samples"}


@pytest.mark.parametrize(
    "record", [record for record in trainable(10) if record.name not in SORTING], ids=lambda record: record.name
)
def test_a_loss_that_does_not_sort_needs_little_memory_beside_its_gradient(record):
    rng = np.random.default_rng(12)
    size = (300_000, 10)
    arguments = []
    for kind in record.arguments.values():
        if kind in {"distribution", "labels or distribution", "log-probabilities"}:
            made = rng.random(size)
            made /= made.sum(axis=1, keepdims=True)
            arguments.append(np.log(made) if kind == "log-probabilities" else made)
        elif kind == "labels":
            arguments.append(rng.integers(0, 10, size[0]))
        elif kind == "binary":
            arguments.append((rng.random(size) < 0.5).astype(float))
        else:
            arguments.append(rng.random(size))
    lossbook.mse_loss(1.0, 0.0)  # the first call of all imports a part of NumPy
    # What the first block in a process takes, and gives back at once.
    blocks._keep_freed_memory()
    tracemalloc.start()
    try:
        lossbook.value_and_grad(record.function)(*arguments)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= 8 * math.prod(size) + (10 << 20)


@pytest.mark.parametrize(
    ("loss", "options"),
    [
        (lossbook.dice_loss, {"axis": -1}),
        (lossbook.mse_loss, {}),
        (lossbook.squared_emd_loss, {}),
        (lossbook.cross_entropy, {}),
    ],
)
def test_the_widest_float_decides_about_the_dtype_whichever_argument_has_it(loss, options):
    p, q = np.array([[0.25, 0.75]]), np.array([[0.5, 0.5]])
    for first, second in itertools.product((np.float32, np.float64), repeat=2):
        given = p.astype(first), q.astype(second)
        value, gradient = lossbook.value_and_grad(loss)(*given, **options)
        values = loss(*given, reduction="none", **options)
        assert value.dtype == gradient.dtype == values.dtype == np.promote_types(first, second)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize(
    ("loss", "options"),
    [
        (BCE, {}),
        (BCE, {"pos_weight": 3.0}),
        (lossbook.sigmoid_focal_loss, {"alpha": 0.3, "gamma": 1.5}),
        (lossbook.huber_loss, {"delta": 0.7}),
        (lossbook.mse_loss, {}),
    ],
)
def test_few_elements_take_a_shorter_way_to_the_same_bits(monkeypatch, loss, options, reduction, dtype):
    scores, labels = RNG.normal(size=(2, 5, 4)).astype(dtype)
    arguments = (scores, (labels > 0).astype(dtype))
    shape = scores.shape
    short = loss.plan(*arguments, reduction=reduction, **options).run(2)
    monkeypatch.setattr("lossbook.engine.elementwise.SMALL", 0)
    long = loss.plan(*arguments, reduction=reduction, **options).run(2)
    for one, other in zip(short, long, strict=True):
        assert one.dtype == other.dtype == dtype
        assert np.array_equal(one, other)
    assert short[1].shape == short[2].shape == shape


@pytest.mark.parametrize("size", [3, 1 << 15])
@pytest.mark.parametrize("bad", [np.nan, 2.0, -1.0])
def test_what_does_not_fit_is_found_among_few_and_among_many(size, bad):
    target = np.zeros(size)
    target[1] = bad
    with pytest.raises(ValueError, match=r"target\[1\] = "):
        BCE(np.zeros(size), target)
    with pytest.raises(ValueError, match=r"logits\[2\] = nan"):
        BCE(np.where(np.arange(size) == 2, np.nan, 0.0), np.zeros(size))
