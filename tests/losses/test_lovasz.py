"""The Lovász family: hand-computed values, the cards in exact arithmetic, gradients, options and bad input."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st

import lossbook
from lossbook import lovasz_extension, lovasz_hinge, lovasz_softmax, value_and_grad
from lossbook.cards import card
from lossbook.losses.lovasz import STEP
from lossbook.numerics.sorting import LONG, SHORT
from lossbook.proof import digits, exact, ulps

hinge_and_grad = value_and_grad(lovasz_hinge)
softmax_and_grad = value_and_grad(lovasz_softmax)
extension_and_grad = value_and_grad(lovasz_extension)

scores = st.floats(-8, 8) | st.sampled_from([-2.0, -1.0, 0.0, 1.0, 0.5])


@st.composite
def masks(draw, largest=7):
    size = draw(st.integers(1, largest))
    logits = draw(st.lists(scores, min_size=size, max_size=size))
    return np.array(logits), np.array(draw(st.lists(st.integers(0, 1), min_size=size, max_size=size)))


@st.composite
def segmentations(draw, largest=5, classes=3):
    size = draw(st.integers(1, largest))
    rows = st.lists(st.integers(0, 40), min_size=classes, max_size=classes).filter(any)
    counts = np.array(draw(st.lists(rows, min_size=size, max_size=size)), float)
    labels = draw(st.lists(st.integers(0, classes - 1), min_size=size, max_size=size))
    return counts / counts.sum(axis=1, keepdims=True), np.array(labels)


def exact_hinge(logits, target):
    return card("lovasz_hinge").evaluate([exact(v) for v in logits], [int(v) for v in target])


def exact_softmax(probs, labels, classes=None):
    return card("lovasz_softmax").evaluate(
        [[exact(v) for v in row] for row in probs], [int(c) for c in labels], classes
    )


def central_difference(function, point, index, step=Fraction(1, 2**40)):
    """Exact: the functions are piecewise linear, so that within one piece the quotient is the derivative."""
    h = sp.Rational(step.numerator, step.denominator)
    up, down = [[exact(v) + s * h * int(i == index) for i, v in enumerate(point)] for s in (1, -1)]
    return float((function(up) - function(down)) / (2 * h))


def by_counting(errors, foreground):
    """Value and slopes by the errors, from the running Jaccard loss itself; an error that is not positive is left out."""
    order = np.argsort(-errors, kind="stable")
    missed, marked = (np.cumsum(kind[order]) for kind in (foreground, ~foreground))
    running = (missed + marked) / np.maximum(foreground.sum() + marked, 1)
    slopes = np.zeros(len(errors))
    slopes[order] = np.diff(running, prepend=0)
    slopes[errors <= 0] = 0
    return np.sum(errors * slopes), slopes


class TestHinge:
    def test_four_pixels_by_hand(self):
        # Errors 1.5 (foreground), 1.25 (background); increments 1/2 and (2 - 1)/(2 · 3).
        value, gradient = hinge_and_grad([2.0, -0.5, 0.25, -3.0], [1, 1, 0, 0])
        assert value == pytest.approx(1.5 / 2 + 1.25 / 6, abs=1e-15)
        assert gradient == pytest.approx([0, -1 / 2, 1 / 6, 0], abs=1e-15)

    def test_the_background_error_first_costs_more(self):
        # 2 (background), 1 (foreground), increments (1 - 0)/(1 · 2) and 1/2.
        assert lovasz_hinge([0.0, 1.0], [1, 0]) == pytest.approx(2 / 2 + 1 / 2)

    @pytest.mark.parametrize(
        ("logit", "label", "value"), [(0.5, 1, 0.5), (-2, 1, 3), (2, 1, 0), (0.5, 0, 1.5), (-1, 0, 0)]
    )
    def test_one_pixel_is_the_hinge(self, logit, label, value):
        assert lovasz_hinge([logit], [label]) == value

    @given(masks())
    def test_agrees_with_the_card_at_fifty_digits(self, case):
        logits, target = case
        assert ulps(lovasz_hinge(logits, target), digits(exact_hinge(logits, target))) <= 4

    @given(masks())
    def test_gradient_is_the_central_difference_of_the_card(self, case):
        logits, target = case
        errors = np.sort(1 - (2 * target - 1) * logits)
        assume(np.all(np.diff(errors) > 1e-6) and np.all(abs(errors) > 1e-6))
        gradient = lossbook.grad(lovasz_hinge)(logits, target)
        expected = [
            central_difference(lambda z: card("lovasz_hinge").evaluate(z, target.tolist()), logits, i)
            for i in range(len(logits))
        ]
        assert gradient == pytest.approx(expected, abs=1e-14)

    @given(masks(), st.lists(scores, min_size=7, max_size=7))
    def test_gradient_is_a_subgradient_even_at_ties_and_kinks(self, case, there):
        (logits, target), there = case, np.array(there[: len(case[0])])
        value, gradient = hinge_and_grad(logits, target)
        assert lovasz_hinge(there, target) >= value + gradient @ (there - logits) - 1e-12

    @given(masks())
    def test_is_at_least_one_minus_iou(self, case):
        logits, target = case
        predicted = logits > 0
        union = np.sum(predicted | (target == 1))
        iou = np.sum(predicted & (target == 1)) / union if union else 1
        assert lovasz_hinge(logits, target) >= 1 - iou - 1e-15

    def test_equal_errors_are_taken_in_the_order_in_which_they_stand(self):
        assert lossbook.grad(lovasz_hinge)([0.0, 0.0, 0.0], [0, 0, 1]).tolist() == [1 / 2, 1 / 6, -1 / 3]
        assert lossbook.grad(lovasz_hinge)([0.0, 0.0, 0.0], [1, 0, 0]).tolist() == [-1, 0, 0]

    def test_slope_is_zero_where_an_error_is_exactly_zero(self):
        for per_image in (False, True):
            value, gradient = hinge_and_grad([[1.0, -1.0], [2.0, -1.0]], [[1, 0], [1, 0]], per_image=per_image)
            assert value == 0
            assert gradient.tolist() == [[0, 0], [0, 0]]

    def test_without_foreground_it_is_the_largest_error(self):
        value, gradient = hinge_and_grad([-3.0, 2.0, 1.0], [0, 0, 0])
        assert value == 3
        assert gradient.tolist() == [0, 1, 0]

    def test_with_foreground_only_it_is_the_mean_hinge(self):
        value, gradient = hinge_and_grad([-3.0, 2.0, 0.5, -1.0], [1, 1, 1, 1])
        assert value == (4 + 0.5 + 2) / 4
        assert gradient.tolist() == [-1 / 4, 0, -1 / 4, -1 / 4]

    def test_per_image_is_the_mean_over_the_first_axis(self):
        rng = np.random.default_rng(0)
        logits, target = rng.normal(size=(3, 4, 5)), rng.integers(0, 2, (3, 4, 5))
        value, gradient = hinge_and_grad(logits, target, per_image=True)
        singles = [hinge_and_grad(z, y) for z, y in zip(logits, target, strict=True)]
        assert value == pytest.approx(np.mean([v for v, _ in singles]))
        assert gradient == pytest.approx(np.array([g for _, g in singles]) / 3)
        assert value != pytest.approx(lovasz_hinge(logits, target))

    @pytest.mark.parametrize("ignore_index", [255, -1, 0])
    def test_ignored_pixels_are_as_if_they_were_not_there(self, ignore_index):
        logits, target = np.array([2.0, -0.5, 0.25, -3.0, 7.0]), np.array([1, 1, 0, 0, ignore_index])
        value, gradient = hinge_and_grad(logits, target, ignore_index=ignore_index)
        kept = target != ignore_index
        alone, slopes = hinge_and_grad(logits[kept], target[kept])
        assert value == alone
        assert gradient[kept].tolist() == slopes.tolist()
        assert not gradient[~kept].any()

    def test_an_image_that_is_wholly_ignored_does_not_enter_the_mean(self):
        logits, target = np.array([[-1.0, 2.0], [3.0, -4.0], [0.0, 0.0]]), np.array([[1, 0], [255, 255], [255, 1]])
        value, gradient = hinge_and_grad(logits, target, per_image=True, ignore_index=255)
        assert value == (lovasz_hinge(logits[0], target[0]) + 1) / 2
        assert gradient[1:].tolist() == [[0, 0], [0, -0.5]]

    def test_infinite_logits_give_the_limit_and_a_finite_gradient(self):
        value, gradient = hinge_and_grad([np.inf, -np.inf, 0.0], [1, 0, 1])
        assert value == 0.5
        assert gradient.tolist() == [0, 0, -0.5]
        value, gradient = hinge_and_grad([-np.inf, 0.0], [1, 1])
        assert value == np.inf
        assert gradient.tolist() == [-0.5, -0.5]

    def test_an_infinite_error_without_increment_costs_nothing(self):
        # After the only foreground pixel is missed, a false positive does not change the IoU of 0.
        value, gradient = hinge_and_grad([-np.inf, np.inf, 0.0], [1, 0, 0])
        assert value == np.inf
        assert gradient.tolist() == [-1, 0, 0]
        value, gradient = hinge_and_grad([np.inf, np.inf, -5.0], [0, 0, 0])
        assert value == np.inf
        assert gradient.tolist() == [1, 0, 0]

    def test_the_largest_finite_logits_do_not_overflow(self):
        assert lovasz_hinge([-1.7e308, -1.7e308, 1.7e308], [1, 1, 0]) == pytest.approx(1.7e308)

    @pytest.mark.parametrize("size", [1, 8191, 8192, 20_000])
    def test_large_images_agree_with_exact_counting(self, size):
        rng = np.random.default_rng(size)
        logits, target = rng.normal(size=size), rng.integers(0, 2, size)
        errors = 1 - (2 * target - 1) * logits
        wrong, previous, expected, total = [0, 0], Fraction(0), Fraction(0), int(target.sum())
        for pixel in np.argsort(-errors):
            wrong[target[pixel]] += 1
            loss = Fraction(sum(wrong), total + wrong[0])
            expected += (loss - previous) * max(Fraction(float(errors[pixel])), 0)
            previous = loss
        assert lovasz_hinge(logits, target) == pytest.approx(float(expected), rel=1e-13)

    @pytest.mark.parametrize("size", [SHORT - 1, SHORT, SHORT + 1, STEP, STEP + 1, LONG + 1])
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    @pytest.mark.parametrize("decimals", [1, 9])
    def test_images_of_every_size_have_the_slopes_that_counting_gives(self, size, dtype, decimals):
        rng = np.random.default_rng(size)
        logits, target = rng.normal(size=size).round(decimals).astype(dtype), rng.random(size) < 0.3
        sign = np.where(target, -1.0, 1.0)
        value, slopes = by_counting(1 + sign * logits, target)
        found, gradient = hinge_and_grad(logits, target)
        assert found == pytest.approx(value, rel=4 * float(np.finfo(dtype).eps))
        assert np.allclose(gradient, sign * slopes, rtol=1e-6, atol=1e-11)
        assert np.array_equal(gradient == 0, slopes == 0)

    @pytest.mark.parametrize("size", [3, SHORT, SHORT + 1])
    def test_images_of_every_size_are_taken_each_for_itself(self, size):
        rng = np.random.default_rng(size)
        logits, target = rng.normal(size=(40, size)), rng.integers(0, 2, (40, size))
        target[rng.random(target.shape) < 0.2] = 255
        target[5], target[7] = 0, 255
        value, gradient = hinge_and_grad(logits, target, per_image=True, ignore_index=255)
        singles = [hinge_and_grad(z, y, ignore_index=255) for z, y in zip(logits, target, strict=True)]
        used = (target != 255).any(axis=1).sum()
        assert value == pytest.approx(sum(v for v, _ in singles) / used, rel=1e-14)
        assert np.allclose(gradient, np.array([g for _, g in singles]) / used, rtol=1e-14, atol=0)

    @pytest.mark.parametrize("size", [2, SHORT + 1])
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_logits_next_to_zero_are_sorted_though_their_errors_round_to_one_number(self, size, dtype):
        logits, target = np.zeros(size, dtype), np.zeros(size, int)
        logits[0], logits[1] = -0.0, 1e-30
        assert 1 + logits[1] == 1
        assert np.flatnonzero(lossbook.grad(lovasz_hinge)(logits, target)).tolist() == [1]

    def test_minus_zero_is_zero_in_images_of_every_size(self):
        for size in (3, SHORT + 1):
            logits = np.zeros(size)
            logits[1:] = -0.0
            gradient = lossbook.grad(lovasz_hinge)(logits, np.zeros(size, int))
            assert np.flatnonzero(gradient).tolist() == [0]

    def test_a_large_image_with_infinite_logits_has_the_limit_of_the_loss(self):
        logits, target = np.full(SHORT + 1, -3.0), np.zeros(SHORT + 1, int)
        # Of the errors ∞, ∞, 2 only the first has an increment once the one foreground pixel is missed.
        logits[[3, 5, 9]], target[3] = [-np.inf, np.inf, 1.0], 1
        value, gradient = hinge_and_grad(logits, target)
        assert value == np.inf
        assert np.flatnonzero(gradient).tolist() == [3]
        logits[[3, 5]] = [np.inf, -np.inf]
        value, gradient = hinge_and_grad(logits, target)
        assert value == 1.0  # the error 2, times (1 − 0)/(1 · 2)
        assert np.flatnonzero(gradient).tolist() == [9]

    def test_a_large_image_without_any_error_has_no_loss(self):
        target = np.arange(SHORT + 1) % 2
        value, gradient = hinge_and_grad(2.0 * target - 1, target)
        assert value == 0
        assert not gradient.any()

    def test_float32_stays_float32_and_keeps_its_digits(self):
        rng = np.random.default_rng(1)
        logits, target = rng.normal(size=300_000).astype(np.float32), rng.random(300_000) < 0.3
        value, gradient = hinge_and_grad(logits, target)
        value64, gradient64 = hinge_and_grad(logits.astype(np.float64), target)
        assert value.dtype == gradient.dtype == np.float32
        assert value == np.float32(value64)
        assert np.array_equal(gradient, gradient64.astype(np.float32))

    @pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, int, list])
    @pytest.mark.parametrize("label", [bool, np.uint8, int, float, list])
    def test_kinds_of_input_give_one_value(self, kind, label):
        logits, target = np.array([2, -1, 0, -3]), np.array([1, 1, 0, 0])
        logits = logits.tolist() if kind is list else logits.astype(kind)
        target = target.tolist() if label is list else target.astype(label)
        value, gradient = hinge_and_grad(logits, target)
        assert value == pytest.approx(2 / 2 + 1 / 6)
        assert value.dtype == gradient.dtype == (np.float32 if kind in (np.float16, np.float32) else np.float64)

    def test_memory_order_does_not_matter(self):
        rng = np.random.default_rng(2)
        logits, target = rng.normal(size=(4, 6)), rng.integers(0, 2, (4, 6))
        value, gradient = hinge_and_grad(logits, target)
        for z, y in [(np.asfortranarray(logits), target), (logits[:, ::-1][:, ::-1], np.asfortranarray(target))]:
            other, slopes = hinge_and_grad(z, y)
            assert other == value
            assert np.array_equal(slopes, gradient)

    def test_input_is_left_alone(self):
        logits, target = np.array([0.5, -1.0, 2.0]), np.array([1, 255, 0])
        before = logits.copy(), target.copy()
        hinge_and_grad(logits, target, ignore_index=255)
        assert np.array_equal(logits, before[0])
        assert np.array_equal(target, before[1])

    def test_one_number_is_one_pixel(self):
        value, gradient = hinge_and_grad(-1.0, 1)
        assert value == 2
        assert gradient.shape == ()
        assert gradient == -1

    @pytest.mark.parametrize(
        ("logits", "target", "options", "error", "says"),
        [
            ([1.0, np.nan], [0, 1], {}, ValueError, r"logits must hold .* logits\[1\] = nan"),
            ([1.0, 2.0], [0, 2], {}, ValueError, r"target must hold labels 0 or 1, but target\[1\] = 2"),
            ([1.0, 2.0], [0, 0.5], {}, ValueError, r"target\[1\] = 0\.5"),
            ([1.0, 2.0], [-1, 255], {"ignore_index": 255}, ValueError, r"target\[0\] = -1"),
            ([1.0, 2.0], [np.nan, 255], {"ignore_index": 255}, ValueError, r"target\[0\] = nan"),
            ([1.0, 2.0], [[0], [1]], {}, ValueError, r"target has shape \(2, 1\)"),
            ([], [], {}, ValueError, "logits is empty"),
            (["a"], [1], {}, TypeError, "logits must be an array"),
            ([[1.0], [1.0, 2.0]], [1, 0], {}, ValueError, "logits is ragged"),
            ([1.0], [1], {"per_image": 1}, TypeError, "per_image must be True or False"),
            (1.0, 1, {"per_image": True}, ValueError, "logits is one number"),
            ([1.0], [1], {"ignore_index": 0.5}, TypeError, "ignore_index must be an integer"),
        ],
    )
    def test_bad_input_is_named(self, logits, target, options, error, says):
        with pytest.raises(error, match=says):
            lovasz_hinge(logits, target, **options)


class TestSoftmax:
    probs = np.array([[0.75, 0.25, 0.0], [0.5, 0.5, 0.0], [0.25, 0.5, 0.25]])
    labels = np.array([0, 0, 1])

    def test_three_pixels_by_hand(self):
        # Class 0: errors .25, .5 (foreground), .25 (background): .5/2 + .25/2 + 0 · .25.
        # Class 1: .25, .5 (background), .5 (foreground): .5/2 + .5/2 + 0 · .25.
        value, gradient = softmax_and_grad(self.probs, self.labels)
        assert value == pytest.approx((0.375 + 0.5) / 2)
        assert gradient == pytest.approx(np.array([[-1 / 2, 0, 0], [-1 / 2, 1 / 2, 0], [0, -1 / 2, 0]]) / 2)

    @pytest.mark.parametrize(
        ("classes", "expected"), [([2], 0.25), ([0, 2], 0.3125), (np.array([1]), 0.5), (range(3), 0.375)]
    )
    def test_listed_classes_are_counted_present_or_not(self, classes, expected):
        assert lovasz_softmax(self.probs, self.labels, classes=classes) == pytest.approx(expected)

    @given(segmentations(), st.sampled_from([None, (0, 1, 2), (1,), (2, 0)]))
    def test_agrees_with_the_card_at_fifty_digits(self, case, classes):
        probs, labels = case
        found = lovasz_softmax(probs, labels, classes="present" if classes is None else classes)
        # A third of a rounded sum: the errors of float64 input are rounded once, in 1 - p.
        assert float(found) == pytest.approx(float(digits(exact_softmax(probs, labels, classes))), rel=1e-15, abs=1e-16)

    @given(segmentations())
    def test_gradient_is_the_central_difference_of_the_card(self, case):
        probs, labels = case
        one_hot = np.eye(3)[labels]
        errors = np.sort(abs(one_hot - probs), axis=0)
        assume(np.all(np.diff(errors, axis=0) > 1e-6) and np.all(errors > 1e-6))
        gradient = lossbook.grad(lovasz_softmax)(probs, labels, classes="all")

        def function(flat):
            rows = [flat[n : n + 3] for n in range(0, len(flat), 3)]
            return card("lovasz_softmax").evaluate(rows, labels.tolist(), range(3))

        expected = [central_difference(function, probs.ravel(), n) for n in range(probs.size)]
        assert gradient.ravel() == pytest.approx(expected, abs=1e-14)

    @given(segmentations())
    def test_stays_within_zero_and_one(self, case):
        for classes in ("present", "all"):
            assert 0 <= lovasz_softmax(*case, classes=classes) <= 1

    @given(segmentations(classes=4))
    def test_one_hot_predictions_give_one_minus_mean_iou(self, case):
        probs, labels = case
        predicted = probs.argmax(axis=1)
        present = np.unique(labels)
        ious = [np.sum((predicted == c) & (labels == c)) / np.sum((predicted == c) | (labels == c)) for c in present]
        assert lovasz_softmax(np.eye(4)[predicted], labels) == pytest.approx(1 - np.mean(ious))

    @pytest.mark.parametrize("size", [SHORT - 1, SHORT, SHORT + 1, STEP + 1, LONG + 1])
    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    def test_images_of_every_size_have_the_slopes_that_counting_gives(self, size, dtype):
        rng = np.random.default_rng(size)
        probs, labels = rng.dirichlet(np.ones(3), size), rng.choice([0, 1, 9], size)
        probs[: size // 3] = np.eye(3)[rng.integers(0, 3, size // 3)]
        probs, kept = probs.astype(dtype), labels != 9
        width = np.float32 if dtype == np.float16 else dtype
        value, slopes, errors = 0, np.zeros(probs.shape), abs(np.eye(10, 3)[labels] - probs).astype(width)
        for c in range(3):
            found, slopes[kept, c] = by_counting(errors[kept, c].astype(float), labels[kept] == c)
            slopes[:, c] *= np.where(labels == c, -1, 1) / 3
            value += found / 3
        for axis in (0, 1):
            turned = np.ascontiguousarray(np.moveaxis(probs, 1, axis))
            found, gradient = softmax_and_grad(turned, labels, classes="all", ignore_index=9, axis=axis)
            assert found == pytest.approx(value, rel=4 * float(np.finfo(width).eps))
            assert np.allclose(np.moveaxis(gradient, axis, 1), slopes, rtol=1e-6, atol=1e-11)

    def test_a_perfect_prediction_has_loss_and_gradient_zero(self):
        value, gradient = softmax_and_grad(np.eye(3)[[0, 2, 1]], [0, 2, 1])
        assert value == 0
        assert not gradient.any()

    @pytest.mark.parametrize("per_image", [False, True])
    @pytest.mark.parametrize("axis", [1, 2, 3, -1, -2])
    def test_the_class_axis_may_be_anywhere(self, axis, per_image):
        rng = np.random.default_rng(3)
        probs, labels = rng.dirichlet(np.ones(4), (2, 5, 3)), rng.integers(0, 4, (2, 5, 3))
        value, gradient = softmax_and_grad(probs, labels, per_image=per_image)
        moved, slopes = softmax_and_grad(np.moveaxis(probs, -1, axis), labels, per_image=per_image, axis=axis)
        assert moved == value
        assert np.array_equal(np.moveaxis(slopes, axis, -1), gradient)

    def test_class_axis_zero(self):
        assert lovasz_softmax(self.probs.T, self.labels, axis=0) == lovasz_softmax(self.probs, self.labels)

    def test_per_image_takes_the_classes_present_in_each_image(self):
        rng = np.random.default_rng(4)
        probs, labels = rng.dirichlet(np.ones(3), (2, 6)), np.array([[0, 0, 1, 1, 0, 1], [2, 2, 2, 2, 2, 2]])
        value, gradient = softmax_and_grad(probs, labels, per_image=True)
        singles = [softmax_and_grad(p, y) for p, y in zip(probs, labels, strict=True)]
        assert value == pytest.approx(np.mean([v for v, _ in singles]))
        assert gradient == pytest.approx(np.array([g for _, g in singles]) / 2)
        assert not gradient[1, :, :2].any()

    @pytest.mark.parametrize("ignore_index", [255, -1, 1])
    def test_ignored_pixels_are_as_if_they_were_not_there(self, ignore_index):
        rng = np.random.default_rng(5)
        probs, labels = rng.dirichlet(np.ones(3), 8), np.array([0, 2, 0, 2, 2, 0, ignore_index, ignore_index])
        for classes in ("present", "all"):
            value, gradient = softmax_and_grad(probs, labels, classes=classes, ignore_index=ignore_index)
            alone, slopes = softmax_and_grad(probs[:6], labels[:6], classes=classes)
            assert value == alone
            assert np.array_equal(gradient[:6], slopes)
            assert not gradient[6:].any()

    def test_an_image_that_is_wholly_ignored_does_not_enter_the_mean(self):
        probs = np.stack([self.probs, self.probs])
        labels = np.stack([self.labels, [9, 9, 9]])
        for classes in ("present", "all", [2]):
            value, gradient = softmax_and_grad(probs, labels, classes=classes, per_image=True, ignore_index=9)
            assert value == lovasz_softmax(self.probs, self.labels, classes=classes)
            assert not gradient[1].any()

    @pytest.mark.parametrize("dtype", [np.float16, np.float32])
    def test_small_floats_are_computed_in_float32(self, dtype):
        value, gradient = softmax_and_grad(self.probs.astype(dtype), self.labels.astype(np.uint8))
        assert value.dtype == gradient.dtype == np.float32
        assert value == 0.4375

    def test_integers_and_lists_are_read(self):
        assert lovasz_softmax([[1, 0], [0, 1], [1, 0]], [0, 1, 1]) == pytest.approx(1 / 2)

    @pytest.mark.parametrize(
        ("change", "error", "says"),
        [
            (
                {"probs": probs * 2 - 0.5},
                ValueError,
                r"probs must hold probabilities in \[0, 1\], but probs\[0, 2\] = -0\.5",
            ),
            ({"probs": probs / 2}, ValueError, r"probs\[0, :\] sums to 0\.5"),
            ({"probs": np.where(probs == 0, np.nan, probs)}, ValueError, r"probs\[0, 2\] = nan"),
            ({"probs": 1.0}, ValueError, "probs is one number"),
            ({"probs": []}, ValueError, "probs is empty"),
            ({"labels": [0, 3, 1]}, ValueError, r"labels\[1\] = 3"),
            ({"labels": [0, -1, 1]}, ValueError, r"labels\[1\] = -1"),
            ({"labels": [0, 255, -1], "ignore_index": 255}, ValueError, r"labels\[2\] = -1"),
            ({"labels": [0.0, 1.0, 1.0]}, TypeError, "labels must be integer class indices"),
            ({"labels": [[0], [1], [1]]}, ValueError, r"labels has shape \(3, 1\)"),
            ({"classes": "presents"}, ValueError, "classes must be one of 'present', 'all'"),
            ({"classes": []}, ValueError, "classes is empty"),
            ({"classes": [0, 3]}, ValueError, r"classes must hold class indices from 0 to 2, but classes\[1\] = 3"),
            ({"classes": [-1]}, ValueError, r"classes\[0\] = -1"),
            ({"classes": [2, 0, 2]}, ValueError, r"classes\[2\] = 2 is there twice"),
            ({"classes": [0.0, 1.0]}, TypeError, "classes must be"),
            ({"classes": [True, False, True]}, TypeError, "classes must be"),
            ({"classes": 1}, TypeError, "classes must be .* but it is int 1. "),
            ({"classes": None}, TypeError, "classes must be"),
            ({"axis": 2}, ValueError, "axis = 2 does not exist: probs has 2 axes"),
            ({"axis": 1.0}, TypeError, "axis must be one integer"),
            ({"per_image": "yes"}, TypeError, "per_image must be True or False"),
            ({"probs": np.eye(3), "per_image": True, "axis": 0}, ValueError, "axis = 0 is the class axis"),
            ({"probs": [1.0, 0.0], "labels": 0, "per_image": True}, ValueError, "labels is one number"),
            ({"ignore_index": "x"}, TypeError, "ignore_index must be an integer"),
        ],
    )
    def test_bad_input_is_named(self, change, error, says):
        arguments = {"probs": self.probs, "labels": self.labels} | change
        with pytest.raises(error, match=says):
            lovasz_softmax(arguments.pop("probs"), arguments.pop("labels"), **arguments)

    def test_a_sum_may_be_off_by_as_much_as_is_allowed(self):
        probs = [[0.5, 0.5 + 2.0**-26], [0.25, 0.75]]
        assert lovasz_softmax(probs, [0, 1]) > 0
        probs[0][1] += 2.0**-52
        with pytest.raises(ValueError, match=r"probs\[0, :\] sums to 1\.00000001"):
            lovasz_softmax(probs, [0, 1])


class TestExtension:
    @staticmethod
    def jaccard(target):
        foreground = np.asarray(target) == 1
        return lambda wrong: wrong.sum() / max(1, (foreground | wrong).sum())

    def test_by_hand_with_negative_errors(self):
        # Order 2, -1, -3; cut function of a path 0 - 1 - 2: values 1, 1, 0 of the growing set.
        def cut(mask):
            return float((mask[0] != mask[1]) + (mask[1] != mask[2]))

        value, gradient = extension_and_grad(cut, [2.0, -1.0, -3.0])
        assert value == 2 * 1 + -1 * 0 + -3 * -1
        assert gradient.tolist() == [1, 0, -1]

    def test_equal_errors_grow_the_set_in_their_order(self):
        _, gradient = extension_and_grad(lambda mask: mask.sum() ** 0.5, np.tile([1.0, 2.0], 50))
        slopes = np.diff(np.sqrt(np.arange(101)))
        assert gradient[1::2] == pytest.approx(slopes[:50])
        assert gradient[::2] == pytest.approx(slopes[50:])

    @given(masks())
    def test_of_the_jaccard_loss_is_the_hinge(self, case):
        logits, target = case
        errors = np.maximum(0, 1 - (2 * target - 1) * logits)
        assert lovasz_extension(self.jaccard(target), errors) == pytest.approx(lovasz_hinge(logits, target), abs=1e-13)

    @given(st.lists(st.floats(-5, 5), min_size=1, max_size=6), st.integers(0, 2**20))
    def test_agrees_with_the_card_for_any_set_function(self, errors, seed):
        table = np.random.default_rng(seed).normal(size=2 ** len(errors))
        table[0] = 0

        def on_mask(mask):
            return table[sum(1 << int(n) for n in np.flatnonzero(mask))]

        def on_set(chosen):
            return exact(table[sum(1 << n for n in chosen)])

        true = card("lovasz_extension").evaluate(on_set, [exact(e) for e in errors])
        assert lovasz_extension(on_mask, errors) == pytest.approx(float(true), abs=1e-12)

    @given(st.lists(st.floats(-5, 5), min_size=1, max_size=6), st.floats(0, 9))
    def test_is_positively_homogeneous(self, errors, factor):
        loss = self.jaccard([1, 0, 1, 0, 0, 1][: len(errors)])
        scaled = lovasz_extension(loss, factor * np.array(errors))
        assert scaled == pytest.approx(factor * lovasz_extension(loss, errors), abs=1e-12)

    def test_equal_errors_are_taken_in_the_order_in_which_they_stand(self):
        gradient = lossbook.grad(lovasz_extension)(lambda mask: mask.any(), [1.0, 3.0, 3.0])
        assert gradient.tolist() == [0, 1, 0]

    def test_the_set_is_given_in_the_shape_of_the_errors_and_may_be_changed(self):
        seen = []

        def keep(mask):
            seen.append(mask)
            count = mask.sum()
            mask[...] = True
            return count

        value = lovasz_extension(keep, [[3.0, 1.0], [2.0, 4.0]])
        assert value == 10
        assert len(seen) == 5
        assert all(mask.shape == (2, 2) and mask.dtype == bool for mask in seen)

    def test_float32_stays_float32(self):
        value, gradient = extension_and_grad(np.sum, np.array([1, 2], np.float32))
        assert value.dtype == gradient.dtype == np.float32
        assert lovasz_extension(np.any, [1, 2]).dtype == np.float64

    @pytest.mark.parametrize(
        ("set_function", "errors", "error", "says"),
        [
            ("sum", [1.0], TypeError, "set_function must be callable, but it is str 'sum'. "),
            (lambda mask: 1.0, [1.0], ValueError, r"set_function must be 0 at the empty set.* = 1\.0"),
            (
                lambda mask: mask.sum() / (mask.sum() < 2),
                [1.0, 2.0],
                ValueError,
                "finite numbers, but it returned inf for the 2 ",
            ),
            (lambda mask: mask * np.nan, [1.0], TypeError, "one number, but it returned an array"),
            (lambda mask: None, [1.0], TypeError, r"set_function\(mask\) must be an array or a list of real numbers"),
            (np.sum, [1.0, np.inf], ValueError, r"errors\[1\] = inf"),
            (np.sum, [np.nan], ValueError, r"errors\[0\] = nan"),
            (np.sum, [], ValueError, "errors is empty"),
        ],
    )
    @pytest.mark.filterwarnings("ignore:divide by zero")
    def test_bad_input_is_named(self, set_function, errors, error, says):
        with pytest.raises(error, match=says):
            lovasz_extension(set_function, errors)


def test_float32_margins_are_added_up_in_float64():
    rng = np.random.default_rng(0)
    for _ in range(50):
        z, y = rng.normal(size=30).astype(np.float32), rng.integers(0, 2, 30)
        value = lossbook.lovasz_hinge(z, y)
        assert value.dtype == np.float32
        assert value == np.float32(lossbook.lovasz_hinge(z.astype(np.float64), y))


def test_what_names_no_classes_is_refused_with_what_would():
    with pytest.raises(
        TypeError, match='classes must be "present", "all" or a list of class indices, but it is NoneType'
    ):
        lossbook.lovasz_softmax([[0.5, 0.5]], [1], classes=None)
