"""What selects and weighs: each option against its meaning, alone and together with the others, in any layout."""

import itertools
from functools import partial

import numpy as np
import pytest
from ready import ready

import lossbook
from lossbook.engine import blocks

RECORDS = ready(4)
NAN = np.nan


def having(option, *each):
    """The losses that have an option, of elements, columns, distributions, regions or images."""
    return [
        pytest.param(r, id=r.name)
        for r in RECORDS
        if option in r.options and (not each or r.function.declaration.each in each)
    ]


def drawn(record, rng, shape):
    """Random arguments with the given shape, whose last axis is that of the classes."""
    p = rng.dirichlet(np.ones(shape[-1]), size=shape[:-1])
    made = {
        "logits": lambda: rng.normal(size=shape),
        "scores": lambda: 2 * rng.normal(size=shape),
        "cosines": lambda: rng.uniform(-1, 1, shape),
        "number": lambda: rng.normal(size=shape),
        "nonzero": lambda: rng.normal(size=shape),
        "above −1": lambda: rng.exponential(size=shape) - 0.5,
        "positive": lambda: rng.exponential(size=shape) + 0.1,
        "not negative": lambda: rng.poisson(2, shape),
        "log-mean": lambda: rng.normal(size=shape),
        "probs": lambda: rng.uniform(0.05, 0.95, shape),
        "unit": lambda: rng.random(shape),
        "grades": lambda: rng.random(shape),
        "binary": lambda: rng.integers(0, 2, shape),
        "multi-label": lambda: rng.random(shape),
        "labels": lambda: rng.integers(0, shape[-1], shape[:-1]),
        "labels or distribution": lambda: rng.integers(0, shape[-1], shape[:-1]),
        "distribution": lambda: rng.dirichlet(np.ones(shape[-1]), size=shape[:-1]),
        "log-probabilities": lambda: np.log(p),
    }
    return [made[kind]() for kind in record.arguments.values()]


def runs(record):
    """The derivatives that a loss has, as functions of its arguments that return tuples; else the value alone."""
    if record.function.declaration.no_gradient is not None:
        return lambda *a, **o: (record.function(*a, **o),)
    return lossbook.value_and_grad(record.function)


def assert_close(one, other, rtol=1e-12):
    np.testing.assert_allclose(one, other, rtol=rtol, atol=1e-14)


def others(record, shape, rng):
    """Products of a loss's other options, each away from its default."""
    given = {
        "weight": rng.uniform(0.5, 2, shape),
        "pos_weight": rng.uniform(0.5, 2, shape[-1]),
        "alpha": 0.3,
        "gamma": 1.5,
    }
    names = [name for name in given if name in record.options]
    for chosen in itertools.product((False, True), repeat=len(names)):
        yield {name: given[name] for name, is_chosen in zip(names, chosen, strict=True) if is_chosen}


@pytest.mark.parametrize("record", having("where", "element"))
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_of_elements_the_selected_alone_count_whatever_the_others_hold(record, reduction):
    rng = np.random.default_rng(1)
    shape = (5, 4)
    where = rng.random(shape) < 0.6
    for options in others(record, shape, rng):
        arguments = drawn(record, rng, shape)
        if "pos_weight" in options:
            # Compressed, a vector along an axis has no meaning; one number has.
            options["pos_weight"] = 1.7
        alone = {n: v[where] if np.ndim(v) else v for n, v in options.items()}
        expected = runs(record)(*(a[where] for a in arguments), **alone, reduction=reduction)
        spoilt = [np.where(where, a, bad) for a, bad in zip(arguments, (NAN, -7.5), strict=True)]
        if "weight" in options:
            options["weight"] = np.where(where, options["weight"], NAN)
        value, gradient = runs(record)(*spoilt, **options, where=where, reduction=reduction)
        assert_close(value[where] if reduction == "none" else value, expected[0])
        assert_close(gradient[where], expected[1])
        np.testing.assert_array_equal(gradient[~where], 0)
        if reduction == "none":
            np.testing.assert_array_equal(value[~where], 0)
        curvature = lossbook.hessian_diag(record.function)(*spoilt, **options, where=where, reduction=reduction)
        plain = lossbook.hessian_diag(record.function)(*(a[where] for a in arguments), **alone, reduction=reduction)
        assert_close(curvature[where], plain)


@pytest.mark.parametrize("record", having("where", "element", "image"))
def test_where_nothing_is_selected_the_loss_is_zero_with_zero_gradient(record):
    rng = np.random.default_rng(2)
    for reduction in ["mean", "sum"] if "reduction" in record.options else [None]:
        options = {} if reduction is None else {"reduction": reduction}
        value, gradient = runs(record)(
            np.full((2, 3), NAN), rng.random((2, 3)) * NAN, where=np.zeros((2, 3), bool), **options
        )
        assert value == 0
        np.testing.assert_array_equal(gradient, np.zeros((2, 3)))


@pytest.mark.parametrize("record", having("where"))
def test_an_entry_that_counts_is_still_checked_and_named_and_a_selection_of_all_changes_nothing(record):
    rng = np.random.default_rng(3)
    arguments = drawn(record, rng, (3, 4))
    where = np.ones((3, 4), bool)
    for one, other in zip(runs(record)(*arguments, where=where), runs(record)(*arguments), strict=True):
        np.testing.assert_array_equal(one, other)
    name = next(iter(record.arguments))
    where[0, 0] = False
    spoilt = arguments[0].astype(float)
    spoilt[0, 0] = spoilt[2, 1] = NAN
    with pytest.raises(ValueError, match=rf"{name}\[2, 1\] = nan"):
        record.function(spoilt, *arguments[1:], where=where)
    spoilt[2, 1] = arguments[0][2, 1]
    assert np.isfinite(np.sum(np.asarray(record.function(spoilt, *arguments[1:], where=where))))


@pytest.mark.parametrize("record", having("where", "region", "count"))
@pytest.mark.parametrize("axis", [None, -1, 0, 1, (0, 2)])
def test_of_regions_the_selected_alone_count(record, axis):
    rng = np.random.default_rng(4)
    shape = (4, 5, 3)
    given = {"smooth": 0.7, "empty": 0.25, "squared": True, "dice_weight": 0.3, "fp_weight": 0.2, "fn_weight": 1.9}
    arguments = drawn(record, rng, shape)
    if record.name == "bce_log_dice_loss":
        given.pop("smooth")
    options = {n: v for n, v in given.items() if n in record.options}
    where = rng.random(shape) < 0.6
    where[1, :, 1] = where[:, 2, :] = where[0, 0, :] = False
    spoilt = [np.where(where, a, NAN) for a in arguments]
    reduction = {"reduction": "none"} if "reduction" in record.options else {}
    found = runs(record)(*spoilt, axis=axis, **options, **reduction, where=where)
    summed = (0, 1, 2) if axis is None else tuple(np.atleast_1d(axis) % 3)
    kept = [n for n in range(3) if n not in summed]
    for place in np.ndindex(*(shape[n] for n in kept)):
        index = [slice(None)] * 3
        for n, at in zip(kept, place, strict=True):
            index[n] = at
        chosen = where[tuple(index)]
        parts = [a[tuple(index)][chosen] for a in arguments]
        if chosen.any():
            expected = runs(record)(*parts, **options)
            assert_close(np.asarray(found[0])[(..., *place)], expected[0])
            if len(expected) > 1:
                assert_close(found[1][tuple(index)][chosen], expected[1])
        elif "empty" in options and "smooth" not in options:
            nothing = record.function([0.0], [0.0], **options)
            assert found[0][place] == nothing
        if len(found) > 1:
            np.testing.assert_array_equal(found[1][tuple(index)][~chosen], 0)


@pytest.mark.parametrize("per_image", [False, True])
def test_the_hinge_leaves_out_what_is_not_selected_as_it_leaves_out_an_ignored_label(per_image):
    rng = np.random.default_rng(5)
    z, y = rng.normal(size=(3, 40)), rng.integers(0, 2, (3, 40))
    where, void = rng.random((2, 3, 40)) < 0.8
    where[1] = False
    run = lossbook.value_and_grad(lossbook.lovasz_hinge)
    expected = run(z, np.where(where & void, y, 255), per_image=per_image, ignore_index=255)
    spoilt = np.where(where, z, NAN), np.where(where, np.where(void, y, 255), -3)
    found = run(*spoilt, per_image=per_image, ignore_index=255, where=where)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def column_options(record, rng, classes):
    """Products of the other options of a loss of columns."""
    given = {
        "weight": [None, rng.uniform(0.5, 2, classes)],
        "label_smoothing": [0.0, 0.2],
        "ignore_index": [None, 1],
        "alpha": [None, rng.uniform(0.5, 1, classes)],
        "base": [None, 2],
    }
    if record.family == "noisy labels":
        given["alpha"] = [0.0, 2.0]
    if record.family == "several classes":
        given["alpha"] = [1.5, 2.5]
    names = [name for name in given if name in record.options]
    for values in itertools.product(*(given[name] for name in names)):
        yield dict(zip(names, values, strict=True))


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("record", having("sample_weight"))
def test_a_sample_that_weighs_three_counts_as_three_samples(record, soft):
    rng = np.random.default_rng(6)
    arguments, times = drawn(record, rng, (6, 4)), np.array([1, 3, 0, 2, 1, 1])
    if soft and "labels or distribution" in record.arguments.values():
        arguments[1] = rng.dirichlet(np.ones(4), 6)
    for options in column_options(record, rng, 4):
        if arguments[1].ndim == 2 and options.get("ignore_index") is not None:
            continue
        run = partial(runs(record), **options)
        repeated = [np.repeat(a, times, axis=0) for a in arguments]
        weighted = run(*arguments, sample_weight=times)
        assert weighted[0] == pytest.approx(run(*repeated)[0], rel=1e-12)
        gradient = np.stack([part.sum(axis=0) for part in np.split(run(*repeated)[1], np.cumsum(times)[:-1])])
        assert_close(weighted[1], gradient)
        values, slopes = run(*arguments, reduction="none")
        found = run(*arguments, sample_weight=times, reduction="none")
        assert_close(found[0], times * values)
        assert_close(found[1], times[:, None] * slopes)
        total, _ = run(*arguments, sample_weight=times, reduction="sum")
        assert total == pytest.approx(times @ values, rel=1e-12)


@pytest.mark.parametrize("record", having("sample_weight"))
def test_samples_that_weigh_nothing_have_loss_zero_even_where_it_is_infinite(record):
    rng = np.random.default_rng(7)
    arguments = drawn(record, rng, (3, 4))
    value, gradient = runs(record)(*arguments, sample_weight=np.zeros(3))
    assert value == 0
    np.testing.assert_array_equal(gradient, 0)
    for size in (1e-308, 1.5e308):  # only proportions count in a mean
        weighted = runs(record)(*arguments, sample_weight=size * np.array([1, 0.5, 0.25]))
        expected = runs(record)(*arguments, sample_weight=[1, 0.5, 0.25])
        for one, other in zip(weighted, expected, strict=True):
            assert_close(one, other)


def test_a_sample_of_infinite_loss_may_weigh_nothing():
    value, gradient = lossbook.value_and_grad(lossbook.kl_divergence)(
        [[1.0, 0], [0.5, 0.5]], [[0.0, 1], [0.25, 0.75]], sample_weight=[0, 2]
    )
    assert value == pytest.approx(lossbook.kl_divergence([0.5, 0.5], [0.25, 0.75]))
    np.testing.assert_array_equal(gradient[0], 0)


@pytest.mark.parametrize("record", having("sample_weight"))
def test_sample_weights_follow_any_axis(record):
    rng = np.random.default_rng(8)
    arguments, weight = drawn(record, rng, (3, 5, 4)), rng.random((3, 5))
    expected = runs(record)(*arguments, sample_weight=weight)
    moved = [np.ascontiguousarray(np.moveaxis(a, -1, 1)) if a.ndim == 3 else a for a in arguments]
    found = runs(record)(*moved, sample_weight=weight, axis=1)
    assert found[0] == pytest.approx(expected[0], rel=1e-13)
    assert_close(np.moveaxis(found[1], 1, -1), expected[1])


@pytest.mark.parametrize("record", having("weight", "region"))
@pytest.mark.parametrize(
    ("axis", "shape"), [((2,), (3, 1)), ((2,), (4,)), (1, (3, 5)), (1, (1, 5)), ((0, 2), (4,)), (None, ())]
)
def test_a_region_weight_multiplies_each_region_and_the_mean_divides_by_its_sum(record, axis, shape):
    rng = np.random.default_rng(9)
    arguments, weight = drawn(record, rng, (3, 4, 5)), rng.uniform(0.5, 2, shape)
    if weight.ndim:
        weight[(0,) * weight.ndim] = 0
    run = partial(runs(record), *arguments, axis=axis)
    plain = run(reduction="none")
    whole = np.broadcast_to(weight, plain[0].shape)
    expected = {
        "none": whole * plain[0],
        "sum": np.sum(whole * plain[0]),
        "mean": np.sum(whole * plain[0]) / np.sum(whole),
    }
    summed = axis if isinstance(axis, tuple) else (0, 1, 2) if axis is None else (axis,)
    for reduction, value in expected.items():
        found = run(weight=weight, reduction=reduction)
        assert_close(found[0], value)
        if len(found) > 1:
            scale = np.sum(whole) if reduction == "mean" else 1
            assert_close(found[1], np.expand_dims(whole, summed) * plain[1] / scale)


@pytest.mark.parametrize("record", having("weight", "region"))
def test_regions_that_weigh_nothing_have_loss_zero(record):
    arguments = drawn(record, np.random.default_rng(10), (3, 4))
    for part in runs(record)(*arguments, axis=1, weight=0):
        np.testing.assert_array_equal(part, 0)


@pytest.mark.parametrize("block", [64, 400, blocks.BLOCK])
@pytest.mark.parametrize("axis", [0, 1, 2, 3, -1, -3])
def test_pos_weight_lies_along_the_axis_that_is_said(axis, block, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", block)
    rng = np.random.default_rng(11)
    shape = (3, 4, 5, 2)
    z, y, weight = rng.normal(size=shape), rng.integers(0, 2, shape), rng.uniform(0.2, 3, shape[axis])
    run = lossbook.value_and_grad(lossbook.binary_cross_entropy_with_logits)
    for options in ({}, {"where": rng.random(shape) < 0.5}, {"weight": rng.random(shape)}):
        for reduction in ("mean", "none"):
            moved = [np.moveaxis(a, axis, -1) for a in (z, y)]
            turned = {n: np.moveaxis(v, axis, -1) for n, v in options.items()}
            expected = run(*moved, pos_weight=weight, **turned, reduction=reduction)
            found = run(z, y, pos_weight=weight, axis=axis, **options, reduction=reduction)
            assert_close(found[0] if reduction == "mean" else np.moveaxis(found[0], axis, -1), expected[0])
            assert_close(np.moveaxis(found[1], axis, -1), expected[1])


SHAPE = (6, 5, 3, 4)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[1::3])
@pytest.mark.parametrize("record", [r for r in RECORDS if r.function.declaration.each in ("element", "column", "distribution", "region") and not {"sample", "masses"} & set(r.arguments.values())], ids=lambda r: r.name)  # fmt: skip
def test_no_layout_in_memory_changes_a_result(record, order):
    rng = np.random.default_rng(12)
    arguments = drawn(record, rng, SHAPE)
    options = {"axis": 1} if record.function.declaration.each == "region" else {}
    reductions = ["mean", "none"] if "reduction" in record.options else [None]
    turned = [
        np.ascontiguousarray(a.transpose(order)).transpose(np.argsort(order)) if a.ndim == 4 else a for a in arguments
    ]
    for reduction in reductions:
        chosen = options | ({"reduction": reduction} if reduction else {})
        for one, other in zip(runs(record)(*turned, **chosen), runs(record)(*arguments, **chosen), strict=True):
            assert np.shape(one) == np.shape(other)
            assert_close(one, other)


@pytest.mark.parametrize("record", having("reduction", "region"))
@pytest.mark.parametrize(("shape", "axis"), [((700, 6, 3), 1), ((4, 900, 2), 1), ((3, 5, 70), 1), ((2000, 2), 0)])
def test_sums_along_a_middle_axis_are_those_along_the_last(record, shape, axis):
    rng = np.random.default_rng(13)
    arguments = drawn(record, rng, shape)
    where = rng.random(shape) < 0.8
    for options in ({}, {"where": where}):
        moved = [np.ascontiguousarray(np.moveaxis(a, axis, -1)) for a in arguments]
        turned = {n: np.moveaxis(v, axis, -1) for n, v in options.items()}
        expected = runs(record)(*moved, axis=-1, reduction="none", **turned)
        found = runs(record)(*arguments, axis=axis, reduction="none", **options)
        assert_close(found[0], expected[0])
        if len(found) > 1:
            assert_close(np.moveaxis(found[1], axis, -1), expected[1])


@pytest.mark.parametrize("loss", [lossbook.cross_entropy, lossbook.softmax_focal_loss])
def test_second_derivatives_of_columns_are_those_of_the_slopes(loss):
    rng = np.random.default_rng(14)
    z, labels, step = 3 * rng.normal(size=(8, 5)), rng.integers(0, 5, 8), 1e-5
    record = next(r for r in RECORDS if r.function is loss)
    targets = [labels, rng.dirichlet(np.ones(5), 8)] if loss is lossbook.cross_entropy else [labels]
    for target, options in itertools.product(targets, column_options(record, rng, 5)):
        if target is not labels and options["ignore_index"] is not None:
            continue
        for reduction, weight in itertools.product(("mean", "sum", "none"), (None, rng.random(8))):
            options |= {"reduction": reduction, "sample_weight": weight}
            found = lossbook.hessian_diag(loss)(z, target, **options)
            for j in range(5):
                ahead, behind = (
                    lossbook.grad(loss)(z + side * step * np.eye(5)[j], target, **options)[:, j] for side in (1, -1)
                )
                np.testing.assert_allclose(found[:, j], (ahead - behind) / (2 * step), rtol=1e-6, atol=1e-9)


def test_of_two_classes_the_second_derivatives_are_those_of_the_sigmoid():
    z = np.linspace(-40, 40, 23)
    pair = np.stack([np.zeros_like(z), z], axis=1)
    for gamma in (0.0, 0.5, 2.0):
        two = lossbook.hessian_diag(lossbook.softmax_focal_loss)(pair, np.ones(23, int), gamma=gamma, reduction="sum")
        one = lossbook.hessian_diag(lossbook.sigmoid_focal_loss)(
            z, np.ones(23), alpha=None, gamma=gamma, reduction="sum"
        )
        np.testing.assert_allclose(two[:, 1], one, rtol=2e-13)
        np.testing.assert_allclose(two[:, 0], one, rtol=2e-13)
    entropy = lossbook.hessian_diag(lossbook.cross_entropy)(pair, np.ones(23, int), reduction="sum")
    plain = lossbook.hessian_diag(lossbook.binary_cross_entropy_with_logits)(z, np.ones(23), reduction="sum")
    np.testing.assert_allclose(entropy[:, 1], plain, rtol=1e-14)


def test_second_derivatives_at_infinite_scores_are_the_limits():
    scores = [[np.inf, 0, -np.inf], [np.inf, np.inf, 0], [0, 0, np.inf]]
    for loss in (lossbook.cross_entropy, lossbook.softmax_focal_loss):
        found = lossbook.hessian_diag(loss)(scores, [0, 1, 0], reduction="sum")
        np.testing.assert_array_equal(found[[0, 2]], 0)
        assert found[1, 0] == pytest.approx(found[1, 1], rel=1e-15)


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("record", [r for r in RECORDS if "distribution" in r.arguments.values()], ids=lambda r: r.name)
def test_what_a_float32_softmax_gave_is_a_distribution_in_float64_too(record):
    rng = np.random.default_rng(15)
    single = [softmax(5 * rng.normal(size=(2000, 10)).astype(np.float32)) for _ in range(2)]
    assert abs(single[0].astype(float).sum(axis=-1) - 1).max() > 2e-8
    labels = rng.integers(0, 10, 2000)
    pick = [labels if kind == "labels" else single[n] for n, kind in enumerate(record.arguments.values())]
    value = record.function(*(a.astype(float) if a.dtype == np.float32 else a for a in pick))
    assert np.isfinite(value).all()
    np.testing.assert_array_equal(value, record.function(*(a.tolist() for a in pick)))
    # One number that float32 cannot hold, and all are judged as float64 again.
    spoilt = single[0].astype(float)
    spoilt[0, :2] += [1e-12, -1e-12]
    with pytest.raises(ValueError, match="sums to"):
        record.function(spoilt, *pick[1:])


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_a_mask_is_refused_at_any_depth_of_lists(depth):
    masked, plain = np.ma.array([1.0, 100.0], mask=[0, 1]), [1.0, 0.0]
    for n in range(depth):
        masked, plain = ([masked], [plain]) if n % 2 else ((masked,), (plain,))
    for given in ((masked, plain), (plain, masked)):
        with pytest.raises(TypeError, match=r"(prediction|target) has a mask, which would be lost\."):
            lossbook.mse_loss(*given)
    with pytest.raises(TypeError, match=r"weight has a mask"):
        lossbook.mse_loss(plain, plain, weight=masked)


def test_a_mean_of_squares_beyond_single_precision_is_computed_in_double():
    prediction = np.zeros(1000, np.float32)
    prediction[3] = 1e20
    value, gradient = lossbook.value_and_grad(lossbook.mse_loss)(prediction, np.zeros(1000, np.float32))
    assert value == pytest.approx(1e37, rel=1e-6)
    assert value.dtype == gradient.dtype == np.float32
    assert lossbook.mse_loss(prediction, np.zeros(1000, np.float32), reduction="sum") == np.inf


@pytest.mark.parametrize("counts", [(1e308, 1e308, 0, 0), (1e308, 1e308, 1e308, 1e308), (1.7e308, 1.7e308, 1.7e308, 0)])
def test_scores_of_huge_counts_are_those_of_their_proportions(counts):
    small = np.array(counts) / 1e300
    for score in (lossbook.precision, lossbook.recall, lossbook.f1_score, partial(lossbook.fbeta_score, beta=0.3)):
        assert score(counts) == pytest.approx(score(small), rel=1e-15)


@pytest.mark.parametrize("loss", [lossbook.mse_loss, lossbook.mae_loss])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_mean_is_in_range_where_its_terms_or_their_sum_are_not(loss, dtype):
    huge = float(np.finfo(dtype).max) / 4
    if loss is lossbook.mse_loss:
        huge = huge**0.5 * 8
    prediction, target = np.zeros((2, 400), dtype)
    prediction[:8], target[:4] = huge, -huge / 2
    small = [array.astype(float) / huge for array in (prediction, target)]
    value, gradient = lossbook.value_and_grad(loss)(prediction, target)
    expected, slope = lossbook.value_and_grad(loss)(*small)
    degree = 2 if loss is lossbook.mse_loss else 1
    assert np.isfinite(value)
    assert value / huge ** (degree - 1) == pytest.approx(expected * huge, rel=1e-6 if dtype is np.float32 else 1e-14)
    np.testing.assert_allclose(gradient, slope * huge ** (degree - 1), rtol=1e-6 if dtype is np.float32 else 1e-14)


def test_means_of_huge_losses_are_in_range():
    assert lossbook.cross_entropy([[1e308, 0.0]] * 4, [1] * 4) == 1e308
    assert lossbook.binary_cross_entropy_with_logits([1e308] * 4, [0] * 4) == 1e308
    assert lossbook.sigmoid_focal_loss([1e308] * 4, [0] * 4, alpha=None) == 1e308
    assert lossbook.nll_loss([[-1.7e308, -1.0]] * 3, [0, 0, 0]) == pytest.approx(1.7e308)
    smoothed = lossbook.cross_entropy([[1.7e308, -1.7e308]], [0], label_smoothing=0.1)
    assert smoothed == pytest.approx(1.7e307, rel=1e-14)
    assert lossbook.cross_entropy([[1e308, 0.0]] * 4, [1] * 4, reduction="sum") == np.inf


@pytest.mark.parametrize("size", [1e-100, 1e-160, 1e-200, 1e-300])
def test_a_mask_of_tiny_numbers_keeps_its_ratios(size):
    for p, g in (([size, size], [size, 0]), ([[size, size], [0.5, 1]], [[size, 0], [1, 1]])):
        value, gradient = lossbook.value_and_grad(lossbook.dice_loss)(p, g, squared=True, axis=-1, reduction="none")
        expected, slope = lossbook.value_and_grad(lossbook.dice_loss)([1, 1], [1, 0], squared=True)
        assert np.ravel(value)[0] == pytest.approx(expected, rel=1e-15)
        np.testing.assert_allclose(np.atleast_2d(gradient)[0] * size, slope, rtol=1e-14)
    value, gradient = lossbook.value_and_grad(lossbook.bce_log_dice_loss)([size, size], [size, 0])
    # −log(2t²/3t), and of its slope what grows as 1/t.
    assert value == pytest.approx(-np.log(2 * size / 3), rel=1e-14)
    np.testing.assert_allclose(gradient * size, [-1 + 1 / 3, 1 / 3], rtol=1e-14)
