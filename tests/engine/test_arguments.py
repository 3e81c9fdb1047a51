"""Reading input: what is accepted, and the whole of each message, since a message is what a user gets of a refusal."""

import re

import numpy as np
import pytest

from lossbook.engine import arguments
from lossbook.engine.arguments import BINARY, LABELS, NON_NEGATIVE, PROBS, REAL, Kind

LONG_LIST = [0.5] * 9 + ["x"]


class Unreadable:
    """What a tensor of another library is to NumPy."""

    def __init__(self, error):
        self.error = error

    def __array__(self, dtype=None, copy=None):
        raise self.error


def argument(*entries, kind=PROBS, name="probs"):
    return kind.read(name, np.array(entries))


def labels(value, shape=(2, 3), axis=-1, ignore_index=None):
    """Read labels along an axis of scores of the given shape."""
    scores = REAL.read("logits", np.zeros(shape))
    return arguments.labels_along(LABELS.read("labels", value), scores, axis % len(shape), ignore_index)


REFUSED = [
    (
        lambda: argument(0.5, 1.5, 2.5).check_all(),
        ValueError,
        "probs must hold probabilities in [0, 1], but probs[1] = 1.5. "
        "Apply a sigmoid or softmax first, or use the loss that takes logits.",
    ),
    (
        lambda: PROBS.read("probs", -0.5).check_all(),
        ValueError,
        "probs must hold probabilities in [0, 1], but probs = -0.5. "
        "Apply a sigmoid or softmax first, or use the loss that takes logits.",
    ),
    (
        lambda: BINARY.read("target", [[0, 1], [1, 7]]).check_all(),
        ValueError,
        "target must hold labels 0 or 1, but target[1, 1] = 7. "
        "Encode the negative class as 0 and the positive class as 1.",
    ),
    (
        lambda: arguments.as_array("probs", np.ma.masked_array([0.5, 0.5], [True, False])),
        TypeError,
        "probs has a mask, which would be lost. Select the valid entries before the call.",
    ),
    (
        lambda: arguments.as_array("probs", [np.ma.masked_array([0.5, 0.5], [True, False])]),
        TypeError,
        "probs has a mask, which would be lost. Select the valid entries before the call.",
    ),
    (
        lambda: arguments.as_array("probs", Unreadable(ValueError("it is elsewhere"))),
        TypeError,
        "probs must be an array or a list of real numbers, but NumPy cannot read it: it is elsewhere. "
        "Pass numbers, such as those of a detached tensor.",
    ),
    (
        lambda: arguments.as_array("probs", Unreadable(RuntimeError("it requires a gradient."))),
        TypeError,
        "probs must be an array or a list of real numbers, but NumPy cannot read it: it requires a gradient. "
        "Pass numbers, such as those of a detached tensor.",
    ),
    (
        lambda: arguments.read_number("gamma", "2", what="a finite number ≥ 0"),
        TypeError,
        "gamma must be a finite number ≥ 0, but it is str '2'. Convert it to numbers.",
    ),
    (
        lambda: arguments.read_number("gamma", True, what="a finite number ≥ 0"),
        TypeError,
        "gamma must be a finite number ≥ 0, but it is bool True. Pass a number.",
    ),
    (
        lambda: arguments.read_ignore_index(True),
        TypeError,
        "ignore_index must be an integer or None, but it is bool True. Pass a label.",
    ),
    (
        lambda: arguments.read_axis(np.True_, 2, "probs"),
        TypeError,
        f"axis must be one integer, but it is {type(np.True_).__name__} {np.True_!r}. Pass the class axis of probs.",
    ),
    (
        lambda: arguments.read_axes(0, 0, "probs"),
        ValueError,
        "axis = 0 does not exist: probs has 0 axes. Pass an array that has axes.",
    ),
    (
        lambda: arguments.as_array("probs", [[1.0], [1.0, 2.0]]),
        ValueError,
        "probs is ragged: its rows differ in length. Give every row the same length.",
    ),
    (
        lambda: arguments.as_array("probs", "0.5"),
        TypeError,
        "probs must be an array or a list of real numbers, but it is str '0.5'. Convert it to numbers.",
    ),
    (
        lambda: arguments.as_array("probs", np.array([1j])),
        TypeError,
        "probs must be an array or a list of real numbers, but it is an array of dtype complex128. Convert it to numbers.",
    ),
    (
        lambda: arguments.as_array("probs", LONG_LIST),
        TypeError,
        "probs must be an array or a list of real numbers, but it is list "
        "[0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.... Convert it to numbers.",
    ),
    (
        lambda: PROBS.read("probs", np.empty((0, 3))),
        ValueError,
        "probs is empty (shape (0, 3)): a loss over nothing is undefined. Pass at least one element.",
    ),
    (
        lambda: arguments.same_shape(argument(0.5, 0.5), argument([0.5], [0.5], name="target")),
        ValueError,
        "target has shape (2, 1), but probs has shape (2,). "
        "Reshape one of them: shapes must match exactly and are never broadcast.",
    ),
    (
        lambda: arguments.read_weight("weight", [1.0], argument(0.5, 0.5, name="target")),
        ValueError,
        "weight has shape (1,), but target has shape (2,). "
        "Reshape one of them: shapes must match exactly and are never broadcast.",
    ),
    (
        lambda: arguments.read_weight("weight", [1.0, -1.0], argument(0.5, 0.5)),
        ValueError,
        "weight must hold finite numbers ≥ 0, but weight[1] = -1.0. Use finite entries that are not negative.",
    ),
    (
        lambda: arguments.read_class_weight("weight", [1.0, 1.0], 3, "sum"),
        ValueError,
        "weight has shape (2,), but there are 3 classes. Pass 3 numbers, one for each class.",
    ),
    (
        lambda: arguments.read_class_weight("weight", [1.0, np.inf], 2, "sum"),
        ValueError,
        "weight must hold finite numbers ≥ 0, but weight[1] = inf. Use finite entries that are not negative.",
    ),
    (
        lambda: arguments.read_number("gamma", [1, 2], 0, what="a finite number ≥ 0"),
        TypeError,
        "gamma must be one number, but it has shape (2,). Pass a finite number ≥ 0.",
    ),
    (
        lambda: arguments.read_number("gamma", -1, 0, what="a finite number ≥ 0"),
        ValueError,
        "gamma must be a finite number ≥ 0, but gamma = -1. Choose a value in that range.",
    ),
    (
        lambda: arguments.read_vector("alpha", [0.5] * 2, 3, PROBS, "class"),
        ValueError,
        "alpha has shape (2,). Pass one number, or 3 numbers, one for each class.",
    ),
    (
        lambda: arguments.read_vector("alpha", [0.5, 1.5, 0], 3, arguments.ALPHA, "class"),
        ValueError,
        "alpha must hold factors in [0, 1], but alpha[1] = 1.5. Divide them all by their largest.",
    ),
    (
        lambda: arguments.read_choice("order", 3, (1, 2)),
        ValueError,
        "order must be one of 1, 2, but order = 3. Pass one of them.",
    ),
    (
        lambda: arguments.read_flag("squared", 1),
        TypeError,
        "squared must be True or False, but it is int 1. Pass a bool.",
    ),
    (
        lambda: arguments.read_axis(0.5, 2, "probs"),
        TypeError,
        "axis must be one integer, but it is float 0.5. Pass the class axis of probs.",
    ),
    (
        lambda: arguments.read_axis(2, 2, "probs"),
        ValueError,
        "axis = 2 does not exist: probs has 2 axes. Choose one in [-2, 1].",
    ),
    (
        lambda: arguments.read_axes((0, -2), 2, "probs"),
        ValueError,
        "axis = (0, -2) names an axis of probs twice. Name each axis once.",
    ),
    (
        lambda: arguments.read_axes([0, "x"], 2, "probs"),
        TypeError,
        "axis must be an integer, a tuple of integers, or None, but it is str 'x'. Pass the axes that are summed over in probs.",
    ),
    (
        lambda: arguments.read_class_axis(0, PROBS.read("probs", 0.5)),
        ValueError,
        "probs is one number, without a class axis. Pass an array that has one.",
    ),
    (
        lambda: arguments.read_class_axis(1, argument(0.5)),
        ValueError,
        "axis = 1 does not exist: probs has 1 axes. Choose one in [-1, 0].",
    ),
    (
        lambda: arguments.read_ignore_index("void"),
        TypeError,
        "ignore_index must be an integer or None, but it is str 'void'. Pass a label.",
    ),
    (
        lambda: labels([0.0, 1.0]),
        TypeError,
        "labels must be integer class indices, but its dtype is float64. Convert it with .astype(int), "
        "or pass a distribution where the loss accepts one.",
    ),
    (
        lambda: labels([[0, 1]]),
        ValueError,
        "labels has shape (1, 2), but the prediction without its class axis has shape (2,). "
        "Reshape labels: shapes must match exactly and are never broadcast.",
    ),
    (
        lambda: labels([0, 3]).check_all(),
        ValueError,
        "labels must hold class indices from 0 to 2, but labels[1] = 3. "
        "Shift the labels, or name the label to leave out with ignore_index.",
    ),
]


@pytest.mark.parametrize(("run", "error", "message"), REFUSED, ids=[message[:40] for _, _, message in REFUSED])
def test_a_message_names_the_argument_the_place_the_value_and_the_fix(run, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        run()


KINDS = {name: value for name, value in vars(arguments).items() if isinstance(value, Kind)}


@pytest.mark.parametrize("kind", list(KINDS.values()), ids=list(KINDS))
def test_every_kind_says_what_it_takes_and_what_to_do(kind):
    with pytest.raises(ValueError, match=r"^x must hold \w+ .*, but x(\[0\])? = nan\. [A-Z]\w+ (?!None).+\.$"):
        kind.read("x", [np.nan] if kind.axes else np.nan).check_all()


@pytest.mark.parametrize(("length", "ending"), [(38, "'"), (39, "...")])
def test_a_value_of_up_to_forty_characters_is_shown_whole(length, ending):
    shown = arguments.describe("x" * length)
    assert shown.startswith("str 'xxx")
    assert shown.endswith(ending)
    assert len(shown) == len("str ") + 40


def test_a_kind_may_ask_for_one_axis():
    with pytest.raises(ValueError, match=r"^x must have one axis, but it has shape \(1, 2\)\. Pass a vector\.$"):
        arguments.SAMPLE.read("x", [[1.0, 2.0]])
    np.testing.assert_array_equal(arguments.SAMPLE.read("x", [1.0, 2.0]).array, [1, 2])


@pytest.mark.parametrize(
    ("kind", "fits", "does_not"),
    [
        (PROBS, [0, 1, -0.0, 5e-324, 1 - 2**-53], [-5e-324, 1 + 2**-52, np.nan, np.inf]),
        (BINARY, [0, 1], [0.5, -1, 2, 1 - 2**-53]),
        (REAL, [1.7976931348623157e308, -1.7976931348623157e308], [np.inf, -np.inf, np.nan]),
        (NON_NEGATIVE, [0, 1.7976931348623157e308], [-5e-324, np.inf]),
        (arguments.LOGITS, [np.inf, -np.inf, 0], [np.nan]),
        (arguments.LOG_PROBS, [-np.inf, 0], [5e-324, np.inf, np.nan]),
        (Kind("labels", 0, 1, "", integral=True, ignore=7), [0, 1, -0.0, 7], [0.5, 2]),
        (Kind("labels", 0, 2, "", ignore=255), [0, 2, 255], [-1, 3, 254, 256, np.nan]),
        (Kind("labels", 0, 2, "", integral=True, ignore=-1), [0, 1, 2, -1], [0.5, -2, 3, -0.5]),
    ],
    ids=lambda value: value.what if isinstance(value, Kind) else "",
)
def test_bounds_belong_to_an_interval_and_what_is_beyond_them_does_not(kind, fits, does_not):
    assert kind.holds(np.array(fits, float))
    for one in fits:
        assert kind.holds(np.array([one], float))
    for one in does_not:
        spoilt = np.array([fits[0], one, fits[1]], float)
        assert not kind.holds(spoilt)
        with pytest.raises(ValueError, match=re.escape(f"x[1] = {spoilt[1].item()!r}")):
            arguments.Argument("x", spoilt, kind).check_all()


@pytest.mark.parametrize("dtype", ["f2", "<f4", ">f4", "<f8", ">f8", "g", "u1", "?"])
def test_probabilities_may_have_any_dtype(dtype):
    fits = np.array([0, 1, 1, -0.0], dtype)
    assert PROBS.holds(fits)
    if fits.dtype.kind == "f":
        for one in (1 + np.finfo(dtype).eps, -np.finfo(dtype).smallest_subnormal, np.nan):
            assert not PROBS.holds(np.array([0, one, 1], dtype))


def test_a_block_that_fits_does_not_show_what_is_wrong_elsewhere():
    whole = argument(0.5, 1.5)
    whole.check(whole.array[:1])
    with pytest.raises(ValueError, match=r"probs\[1\]"):
        whole.check(whole.array[1:])


def test_what_is_read_is_what_was_given():
    np.testing.assert_array_equal(arguments.read_weight("weight", [0, 2], argument(0.5, 0.5)), [0, 2])
    np.testing.assert_array_equal(arguments.read_class_weight("weight", [0, 2], 2, "sum"), [0, 2])
    # Of a mean only the proportions count.
    np.testing.assert_array_equal(arguments.read_class_weight("weight", [0, 1e308], 2, "mean"), [0, 1e308 * 2.0**-1024])
    np.testing.assert_array_equal(arguments.read_vector("alpha", [0.5, 1], 2, PROBS, "class"), [0.5, 1])
    assert arguments.read_vector("alpha", 0.5, 2, PROBS, "class") == 0.5
    assert arguments.read_choice("order", 2, (1, 2)) == 2
    assert type(arguments.read_choice("order", np.int8(2), (1, 2))) is int
    assert arguments.read_choice("reduction", np.str_("sum"), ("mean", "sum")) == "sum"
    assert arguments.read_flag("squared", np.True_) is True
    assert arguments.read_flag("squared", False) is False
    assert arguments.read_ignore_index(np.int64(-100)) == -100


@pytest.mark.parametrize("choice", [1.0, True, "1"])
def test_a_choice_is_not_one_of_another_type(choice):
    with pytest.raises(ValueError, match=re.escape(f"order = {choice!r}")):
        arguments.read_choice("order", choice, (1, 2))


def test_the_ends_of_a_range_belong_to_it_unless_it_is_open_below():
    for end in (0, 1):
        assert arguments.read_number("x", end, 0, 1, what="in [0, 1]") == end
    assert arguments.read_number("x", 1, 0, 1, above=True, what="in (0, 1]") == 1
    with pytest.raises(ValueError, match="x = 0"):
        arguments.read_number("x", 0, 0, 1, above=True, what="in (0, 1]")
    assert arguments.read_number("x", np.float32(0.5), what="a number") == 0.5
    assert type(arguments.read_number("x", 1, what="a number")) is float
    for bound in (-np.inf, np.inf):
        assert arguments.read_number("x", bound, what="a number") == bound
    with pytest.raises(ValueError, match="x = nan"):
        arguments.read_number("x", np.nan, what="a number")


def test_axes_are_counted_from_either_end():
    assert [arguments.read_axis(n, 3, "x") for n in (-3, -2, -1, 0, 1, 2)] == [0, 1, 2, 0, 1, 2]
    assert arguments.read_axes(None, 3, "x") == (0, 1, 2)
    assert arguments.read_axes(-1, 3, "x") == (2,)
    assert arguments.read_axes((2, -3), 3, "x") == (0, 2)
    assert arguments.read_axes([2, 0], 3, "x") == (0, 2)
    assert arguments.read_axes((), 3, "x") == ()


def test_labels_of_any_integer_dtype_are_read_and_one_may_be_ignored():
    np.testing.assert_array_equal(labels(np.array([0, 2], np.uint8)).check_all().array, [0, 2])
    np.testing.assert_array_equal(labels([0, 255], ignore_index=255).check_all().array, [0, 255])
    with pytest.raises(ValueError, match=r"labels\[1\] = 255"):
        labels([0, 255]).check_all()


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_labels_have_the_shape_of_the_prediction_without_its_class_axis(axis):
    shape = tuple(n for k, n in enumerate((2, 3, 4)) if k != axis)
    found = labels(np.ones(shape, int), (2, 3, 4), axis, -100)
    assert found.kind.high == (2, 3, 4)[axis] - 1
    assert found.kind.ignore == -100
    with pytest.raises(ValueError, match=re.escape(f"has shape {shape}")):
        labels(np.ones((2, 3, 4), int), (2, 3, 4), axis)


@pytest.mark.parametrize(
    ("dtypes", "expected"),
    [
        (["float32"], "float32"),
        (["float16"], "float32"),
        (["float64"], "float64"),
        (["int8"], "float64"),
        (["bool", "uint8"], "float64"),
        (["float32", "int64"], "float32"),
        (["int64", "float32"], "float32"),
        (["float16", "float64"], "float64"),
        (["float64", "float32"], "float64"),
        (["longdouble"], "float64"),
    ],
)
def test_the_computation_has_the_widest_float_that_was_given(dtypes, expected):
    given = [REAL.read("x", np.ones(2, dtype)) for dtype in dtypes]
    assert arguments.float_dtype(*given) == np.dtype(expected)


@pytest.mark.parametrize(
    ("dtype", "expected"), [("float64", 2**-26), ("float32", 2**-11.5), ("float16", 2**-5), ("int64", 2**-26)]
)
def test_a_sum_may_be_off_by_the_root_of_its_own_dtypes_epsilon(dtype, expected):
    assert PROBS.read("p", np.ones(2, dtype)).tolerance() == pytest.approx(expected, rel=1e-15, abs=0)
