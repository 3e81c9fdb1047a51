"""What holds for every loss whose prediction has two parts: each is checked, selected and derived by its own name."""

import inspect
import math

import numpy as np
import pytest
from ready import pairs

import lossbook
from lossbook.bridges.boosting import lightgbm_objective
from lossbook.engine import blocks

NAN, INF = math.nan, math.inf
RECORDS = pairs()
EACH = pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.name)
SHAPE = (6, 5)

#: Options beside those that all losses of elements have: values away from the default, and values that are refused.
GOOD = {"full": [True], "df": [1e-3, 1.0, 30.0, 1e16, INF], "alpha": [0.05, 0.5]}
BAD = {
    "full": [(1, TypeError), ("yes", TypeError), (None, TypeError)],
    "df": [
        (0, ValueError),
        (-1.0, ValueError),
        (NAN, ValueError),
        ([1.0, 2.0], TypeError),
        ("1", TypeError),
        (True, TypeError),
        (None, TypeError),
    ],
    "alpha": [
        (0, ValueError),
        (1, ValueError),
        (NAN, ValueError),
        ([0.1, 0.9], TypeError),
        ("1/2", TypeError),
        (None, TypeError),
    ],
    "weight": [
        (-np.ones(SHAPE), ValueError),
        (np.full(SHAPE, NAN), ValueError),
        (np.ones(3), ValueError),
        ("balanced", TypeError),
    ],
    "where": [(np.ones(SHAPE), TypeError), (np.ones(3, bool), ValueError)],
    "reduction": [("average", ValueError), (None, ValueError)],
}
COMMON = {"weight", "where", "reduction"}


def kind(record):
    return record.function.arguments[record.function.prediction]


def drawn(record, rng, shape=SHAPE):
    """A prediction and a target at random."""
    first, second = rng.normal(size=shape), rng.normal(size=shape)
    if kind(record).ordered:
        first, second = np.minimum(first, second), np.maximum(first, second)
    elif kind(record).kinds[1].low == 0:
        second = np.exp(second)
    return (first, second), rng.normal(size=shape)


def flat(result):
    """The value, or the two gradients, as one list of arrays."""
    value, gradient = result
    return [value, *gradient]


def run(record, *args, **options):
    """Value, both slopes and both second derivatives."""
    return [
        *flat(lossbook.value_and_grad(record.function)(*args, **options)),
        *lossbook.hessian_diag(record.function)(*args, **options),
    ]


def same(one, other, rtol=1e-12):
    for x, y in zip(one, other, strict=True):
        np.testing.assert_allclose(x, y, rtol=rtol, atol=1e-14)


@EACH
def test_values_and_derivatives_have_the_shapes_and_dtypes_of_the_parts(record):
    prediction, target = drawn(record, np.random.default_rng(0))
    assert inspect.signature(lossbook.grad(record.function)) == inspect.signature(record.function)
    assert "a pair of arrays, one for each part of ``prediction``" in lossbook.grad(record.function).__doc__
    for dtype in (np.float16, np.float32, np.float64):
        given = tuple(part.astype(dtype) for part in prediction), target.astype(dtype)
        for options in ({}, *({name: value} for name in record.options for value in GOOD.get(name, ()))):
            value, *derived = run(record, *given, **options)
            assert {part.dtype for part in (value, *derived)} == {
                np.dtype(max(dtype, np.float32, key=lambda d: np.dtype(d).itemsize))
            }
            assert {part.shape for part in derived} == {SHAPE}
            assert np.isfinite([value, *map(np.sum, derived)]).all()


@EACH
def test_slopes_are_those_of_the_values(record):
    rng, step = np.random.default_rng(1), 1e-6
    (first, second), target = drawn(record, rng)
    for options in (
        {},
        {"weight": rng.uniform(0.5, 2, SHAPE)},
        *({name: value} for name in record.options for value in GOOD.get(name, ())),
    ):
        _, *slopes, by_first, by_second = run(record, (first, second), target, reduction="sum", **options)

        def value(a, b, options=options):
            return record.function((first + a, second + b), target, reduction="none", **options)

        def slope(a, b, place, options=options):
            return lossbook.grad(record.function)((first + a, second + b), target, reduction="sum", **options)[place]

        numeric = [(value(step, 0) - value(-step, 0)) / (2 * step), (value(0, step) - value(0, -step)) / (2 * step)]
        np.testing.assert_allclose(slopes, numeric, rtol=1e-5, atol=1e-6)
        numeric = [
            (slope(step, 0, 0) - slope(-step, 0, 0)) / (2 * step),
            (slope(0, step, 1) - slope(0, -step, 1)) / (2 * step),
        ]
        np.testing.assert_allclose([by_first, by_second], numeric, rtol=1e-5, atol=1e-5)


@EACH
def test_mean_and_sum_are_those_of_the_elements_weighed_or_not(record):
    rng = np.random.default_rng(2)
    given, weight = drawn(record, rng), rng.uniform(0, 2, SHAPE)
    weight[0] = 0
    values, *slopes = run(record, *given, reduction="none")
    same(run(record, *given, reduction="sum"), [values.sum(), *slopes])
    same(run(record, *given), [values.mean(), *(slope / values.size for slope in slopes)])
    same(run(record, *given, weight=weight, reduction="none"), [weight * part for part in (values, *slopes)])
    total = weight.sum()
    same(
        run(record, *given, weight=weight),
        [(weight * values).sum() / total, *(weight * slope / total for slope in slopes)],
    )


@EACH
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_the_selected_alone_count_whatever_the_others_hold(record, reduction):
    rng = np.random.default_rng(3)
    prediction, target = drawn(record, rng)
    where = rng.random(SHAPE) < 0.6
    expected = run(record, tuple(part[where] for part in prediction), target[where], reduction=reduction)
    spoilt = tuple(np.where(where, part, bad) for part, bad in zip(prediction, (NAN, -7.0), strict=True))
    found = run(record, spoilt, np.where(where, target, INF), where=where, reduction=reduction)
    for part, wanted in zip(found, expected, strict=True):
        if part.ndim:
            assert not part[~where].any()
        np.testing.assert_allclose(part[where] if part.ndim else part, wanted, rtol=1e-12)
    nothing = run(record, spoilt, target, where=np.zeros(SHAPE, bool), reduction=reduction)
    assert not any(np.any(part) for part in nothing)


@EACH
@pytest.mark.parametrize("order", ["C", "F"])
def test_layouts_lists_and_threads_change_nothing_and_nothing_is_written_to(record, order, monkeypatch):
    (first, second), target = drawn(record, np.random.default_rng(4))
    expected = run(record, (first, second), target)
    for array in (first, second, target):
        array.flags.writeable = False
    same(run(record, (np.asarray(first, order=order), second), np.asarray(target, order=order)), expected)
    same(run(record, [first.tolist(), second.tolist()], target.tolist()), expected)
    monkeypatch.setattr(blocks, "BLOCK", 64)
    alone = run(record, (first, second), target)
    same(alone, expected)
    with lossbook.threads(2):
        for one, other in zip(run(record, (first, second), target), alone, strict=True):
            np.testing.assert_array_equal(one, other)


@EACH
def test_an_entry_out_of_range_is_named_with_its_part_and_its_index(record):
    (first, second), target = drawn(record, np.random.default_rng(5))
    for place, (name, own) in enumerate(zip(kind(record).parts, kind(record).kinds, strict=True)):
        for bad in (NAN, INF, -INF, *([] if own.without is None else [own.without, -1.0])):
            for dtype in (np.float32, np.float64):
                spoilt = [part.astype(dtype) for part in (first, second)]
                spoilt[place][2, 1] = bad
                for options in ({}, {"reduction": "none"}, {"weight": np.ones(SHAPE)}):
                    # Ends that cross are refused as such, before infinity is.
                    with pytest.raises(ValueError, match=rf"\b{name}\[2, 1\] = {bad}.*\. [A-Z][^.]*\.$"):
                        record.function(tuple(spoilt), target.astype(dtype), **options)
    for bad in (NAN, INF, -INF):
        spoilt = target.copy()
        spoilt[2, 1] = bad
        with pytest.raises(ValueError, match=rf"\btarget\[2, 1\] = {bad}"):
            record.function((first, second), spoilt)
    # ∞ − ∞ is no number, and no difference either.
    both = [first.copy(), second, target.copy()]
    both[0][2, 1] = both[2][2, 1] = -INF
    with pytest.raises(ValueError, match=r"\[2, 1\] = -inf"):
        record.function((both[0], both[1]), both[2])


@EACH
def test_what_is_no_pair_of_arrays_of_one_shape_is_refused(record):
    (first, second), target = drawn(record, np.random.default_rng(6))
    one, other = kind(record).parts
    for bad, error, words in (
        (first, TypeError, rf"prediction must be the pair \({one}, {other}\), but it is an array"),
        (None, TypeError, "prediction must be the pair"),
        ("text", TypeError, "prediction must be the pair"),
        ((first,), ValueError, "prediction .* has 1 parts"),
        ((first, second, second), ValueError, "prediction .* has 3 parts"),
        ((first, second[:, :1]), ValueError, f"{other} has shape"),
        ((first, 1.0), ValueError, f"{other} has shape"),
        ((first, "x"), TypeError, other),
        ((first, [[1.0], [1.0, 2.0]]), ValueError, other),
        ((np.ma.array(first, mask=first > 0), second), TypeError, f"{one} has a mask"),
    ):
        with pytest.raises(error, match=words):
            record.function(bad, target)
    with pytest.raises(ValueError, match="target has shape"):
        record.function((first, second), target[:, :1])
    with pytest.raises(ValueError, match="is empty"):
        record.function(([], []), [])


@EACH
def test_an_option_out_of_range_is_refused_by_name(record):
    given = drawn(record, np.random.default_rng(7))
    for option in record.options:
        for bad, error in BAD[option]:
            with pytest.raises(error, match=rf"\b{option}\b.*\. [A-Z][^.]+\.$"):
                record.function(*given, **{option: bad})
    assert set(record.options) <= COMMON | GOOD.keys()


@EACH
def test_boosted_trees_are_told_that_they_predict_one_number(record):
    with pytest.raises(
        TypeError,
        match=rf"takes a pair \({kind(record).parts[0]}, {kind(record).parts[1]}\).*\. Pass a loss of one prediction",
    ):
        lightgbm_objective(record.function)
