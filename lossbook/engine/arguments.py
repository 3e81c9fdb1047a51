"""Reading input: kinds of arguments, shapes, ranges, dtypes, and the errors that explain them.

Every argument of a loss is read here, and only here. A value that does not fit raises at once, with a message that
names the argument, the first offending value, its index and the fix; nothing is clipped, renormalised or broadcast.
"""

import functools
import math
import operator
from dataclasses import dataclass, replace

import numpy as np

from lossbook.numerics.intervals import is_whole, within
from lossbook.numerics.limits import only

DOUBLE, SINGLE = np.dtype(np.float64), np.dtype(np.float32)

#: The name of the dtype that ml_dtypes adds to NumPy; it has 8 bits of mantissa, and is read as float32.
BFLOAT16 = "bfloat16"

LARGEST = float(np.finfo(np.float64).max)
_INF = math.inf

REDUCTIONS = ("mean", "sum", "none")


@dataclass(frozen=True, slots=True)
class Kind:
    """What an argument may hold: an interval of real numbers, or the integers in it, and one number to ``ignore`` where it lies.

    ``without`` is a number of the interval that it may not hold, such as an end that does not belong to it.
    ``name`` is what the catalogue calls it. ``axes`` is the number of axes, where that is fixed. ``shows`` says that an entry
    that does not fit makes the loss NaN or infinite, so that a finite sum of losses is as good as a check.
    """

    what: str
    low: float
    high: float
    fix: str
    integral: bool = False
    ignore: int | None = None
    without: float | None = None
    shows: bool = False
    axes: int | None = None
    name: str = ""

    def holds(self, block):
        """Whether every entry of a non-empty block fits."""
        if not within(block, self.low, self.high) or (self.integral and not is_whole(block)):
            kept = block if self.ignore is None else block[block != self.ignore]
            return kept.size < block.size and (not kept.size or replace(self, ignore=None).holds(kept))
        return self.without is None or not (block == self.without).any()

    def read(self, name, value):
        """Read an argument of this kind; that its entries fit is checked later, block by block or at once."""
        array = as_array(name, value)
        if array.size == 0:
            raise ValueError(
                f"{name} is empty (shape {array.shape}): a loss over nothing is undefined. Pass at least one element."
            )
        if self.axes is not None and array.ndim != self.axes:
            raise ValueError(f"{name} must have one axis, but it has shape {array.shape}. Pass a vector.")
        if array.dtype.kind == "V":  # it passed for numbers, so it is bfloat16
            return Argument(name, array.astype(SINGLE), self, epsilon=2.0**-7)
        return Argument(name, array, self)


@dataclass(frozen=True, slots=True)
class Pair:
    """A prediction of two parts, such as a location and a scale: two arrays of one shape, each with a kind and a name of its own.

    ``ordered`` says that no entry of the first may be above that of the second. ``name`` is what the catalogue calls it.
    """

    kinds: tuple[Kind, Kind]
    parts: tuple[str, str]
    name: str
    ordered: bool = False

    def split(self, name, value):
        """Return the two parts, of whatever library they are arrays."""
        both = f"({', '.join(self.parts)})"
        if not isinstance(value, (tuple, list)):
            raise TypeError(f"{name} must be the pair {both}, but it is {describe(value)}. Pass a tuple of two arrays.")
        if len(value) != 2:
            raise ValueError(
                f"{name} must be the pair {both}, but it has {len(value)} parts. Pass a tuple of two arrays."
            )
        return value

    def read(self, name, value):
        """Read an argument of this kind; that its entries fit is checked later, as for an array."""
        both = zip(self.kinds, self.parts, self.split(name, value), strict=True)
        first, second = (kind.read(part, one) for kind, part, one in both)
        same_shape(first, second)
        return PairArgument(first, second, ordered=self.ordered)


LOGITS = Kind(
    "real scores without NaN", -_INF, _INF, "Replace NaN before the loss is called.", shows=True, name="logits"
)
SCORES = replace(LOGITS, name="scores")
COSINES = Kind(
    "cosines in [−1, 1]",
    -1,
    1,
    "Divide both vectors by their lengths, then np.clip(cosines, -1, 1) against rounding.",
    name="cosines",
)
PROBS = Kind(
    "probabilities in [0, 1]",
    0,
    1,
    "Apply a sigmoid or softmax first, or use the loss that takes logits.",
    name="probs",
)
DISTRIBUTION = Kind(
    "probabilities in [0, 1]", 0, 1, "Apply a softmax to scores, or divide masses by their sum.", name="distribution"
)
ONE_HOT = replace(
    DISTRIBUTION, fix="Pass class labels in the shape of logits without its class axis, or one-hot vectors."
)
LABELS_OR_DISTRIBUTION = replace(DISTRIBUTION, name="labels or distribution")
LOG_PROBS = Kind(
    "logarithms of probabilities, at most 0",
    -_INF,
    0,
    "Pass log_softmax(logits), not logits.",
    name="log-probabilities",
)
UNIT = Kind("values in [0, 1]", 0, 1, "Rescale the target to [0, 1].", name="unit")
#: Targets of which many lie between 0 and 1.
GRADES = replace(UNIT, name="grades")
#: One of several labels that do not exclude one another, along an axis.
MULTI_LABEL = replace(UNIT, name="multi-label")
BINARY = Kind(
    "labels 0 or 1",
    0,
    1,
    "Encode the negative class as 0 and the positive class as 1.",
    integral=True,
    name="binary",
)
ALPHA = Kind("factors in [0, 1]", 0, 1, "Divide them all by their largest.")
REAL = Kind("finite real numbers", -LARGEST, LARGEST, "Remove NaN and infinite entries.", shows=True, name="real")
NUMBER = replace(REAL, name="number")
SAMPLE = replace(REAL, name="sample", axes=1)
SCALE = Kind(
    "finite numbers above 0",
    0,
    LARGEST,
    "Pass standard deviations, such as the exponential of any number.",
    without=0.0,
    name="scale",
)
# A location that is infinite where the target is, too, shows in no sum of losses.
LOCATION_AND_SCALE = Pair((replace(NUMBER, shows=False), SCALE), ("loc", "scale"), "location and scale")
NON_NEGATIVE = Kind("finite numbers ≥ 0", 0, LARGEST, "Use finite entries that are not negative.")
#: How many examples there are of each class.
COUNTS_OF_CLASSES = replace(
    NON_NEGATIVE, what="finite numbers of examples", fix="Count the labels of the training set.", name="class counts"
)
POSITIVE_COUNTS = Kind(
    "finite numbers of examples > 0", 0, LARGEST, "Leave out classes without examples.", without=0.0, axes=1, name="class counts"
)
EXAMPLES = Kind(
    "finite numbers of examples ≥ 1", 1, LARGEST, "Leave out classes without examples.", axes=1, name="class counts"
)
PRIORS = replace(DISTRIBUTION, fix="Divide the counts of the classes by their sum.")
MASSES = replace(NON_NEGATIVE, name="masses", axes=1)
COSTS = replace(NON_NEGATIVE, name="costs")
#: Class indices; which are in range depends on the prediction: see `labels_along`.
LABELS = Kind("class indices", 0, LARGEST, "Pass integers from 0 on.", integral=True, name="labels")


class Argument:
    """An argument that was read: its name, its values, and the kind of numbers they have to be.

    ``where`` marks the entries that count (None: all do); what the others hold is nobody's business. ``epsilon`` is the machine
    epsilon of what the values were given in.
    """

    __slots__ = ("array", "epsilon", "kind", "name", "where")

    def __init__(self, name, array, kind, *, where=None, epsilon=None):
        self.name = name
        self.array = array
        self.kind = kind
        self.where = where
        self.epsilon = epsilon

    @property
    def parts(self):
        """The argument itself, as the only one of its parts: see `PairArgument`."""
        return (self,)

    def check(self, block):
        """Check one block of the array; on failure look for the first offender in the whole array."""
        if not self.kind.holds(block):
            self.refuse()

    def check_all(self):
        """Check the whole array at once."""
        array = self.array if self.where is None else self.array[self.where]
        if array.size:
            self.check(array)
        return self

    def of(self, kind):
        """Return the same values as an argument of another kind."""
        return Argument(self.name, self.array, kind, where=self.where, epsilon=self.epsilon)

    def within(self, where):
        """Return the same values, of which only those count that ``where`` selects."""
        return self if where is None else Argument(self.name, self.array, self.kind, where=where, epsilon=self.epsilon)

    def replaced(self):
        """Return the values, with 0 for those that do not count."""
        return self.array if self.where is None else only(self.array, self.where)

    def tolerance(self):
        """How far the sum of a distribution may be from 1: the square root of the machine epsilon of its own dtype."""
        return math.sqrt(self.epsilon or _epsilon(self.array.dtype))

    def tolerates(self, off):
        """Whether a sum may be so far from 1; in float64, what single precision computed is judged as that."""
        if off <= self.tolerance():
            return True
        if self.epsilon is None and self.array.dtype == DOUBLE:
            is_single = np.array_equal(self.array, self.array.astype(SINGLE))
            self.epsilon = _epsilon(SINGLE if is_single else DOUBLE)
        return off <= self.tolerance()

    def refuse(self):
        """Raise the error for the first entry that does not fit."""
        array, kind = self.array.astype(np.float64), self.kind
        fits = (array >= kind.low) & (array <= kind.high)
        if kind.integral:
            fits &= array == np.rint(array)
        if kind.without is not None:
            fits &= array != kind.without
        if kind.ignore is not None:
            fits |= array == kind.ignore
        if self.where is not None:
            fits |= ~self.where
        index = np.unravel_index(int(np.argmin(fits)), array.shape)
        raise ValueError(f"{self.name} must hold {kind.what}, but {entry(self.name, self.array, index)}. {kind.fix}")


class PairArgument:
    """A prediction of two parts that was read."""

    __slots__ = ("ordered", "parts")

    def __init__(self, first, second, *, ordered=False):
        self.parts = first, second
        self.ordered = ordered

    def within(self, where):
        """Return the same values, of which only those count that ``where`` selects."""
        return PairArgument(*(part.within(where) for part in self.parts), ordered=self.ordered)

    def check_order(self):
        """Check that no entry of the first part is above that of the second, if they are ordered; what is no number is left to the kinds."""
        low, high = self.parts
        if self.ordered and (crossed := low.replaced() > high.replaced()).any():
            index = np.unravel_index(int(np.argmax(crossed)), crossed.shape)
            raise ValueError(
                f"{low.name} may not be above {high.name}, but {entry(low.name, low.array, index)} and "
                f"{entry(high.name, high.array, index)}. Exchange the two where they cross."
            )
        return self


def entry(name, array, index):
    """Name one entry the way a reader would type it: ``probs[2, 0] = 1.5``."""
    where = ", ".join(str(int(i)) for i in index)
    place = f"{name}[{where}]" if where else name
    return f"{place} = {array[tuple(index)].item()!r}"


def as_array(name, value, what="an array or a list of real numbers"):
    """Read numbers into an array; anything else is a ``TypeError``, a ragged list a ``ValueError``."""
    if type(value) is np.ndarray and value.dtype.kind in "biuf":
        return value
    if _has_mask(value):
        raise TypeError(f"{name} has a mask, which would be lost. Select the valid entries before the call.")
    try:
        array = np.asarray(value)
    except Exception as error:
        if isinstance(error, ValueError) and "inhomogeneous" in str(error):
            raise ValueError(f"{name} is ragged: its rows differ in length. Give every row the same length.") from error
        raise TypeError(
            f"{name} must be {what}, but NumPy cannot read it: {str(error).rstrip('.')}. "
            f"Pass numbers, such as those of a detached tensor."
        ) from error
    if array.dtype.kind not in "biuf" and array.dtype.name != BFLOAT16:
        raise TypeError(f"{name} must be {what}, but it is {describe(value)}. Convert it to numbers.")
    return array


def _has_mask(value):
    """Whether a masked array is anywhere in it, at any depth of lists: its mask would be lost."""
    if not isinstance(value, (list, tuple)):
        return isinstance(value, np.ma.MaskedArray)
    kinds = set(map(type, value))
    if any(issubclass(kind, np.ma.MaskedArray) for kind in kinds):
        return True
    return any(issubclass(kind, (list, tuple)) for kind in kinds) and any(map(_has_mask, value))


def describe(value):
    """Say what kind of thing was passed, for an error message."""
    if isinstance(value, np.ndarray):
        return f"an array of dtype {value.dtype}"
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 40 else text[:37] + '...'}"


def same_shape(first, second):
    """Demand equal shapes, so that (N,) against (N, 1) is an error and never an N×N table."""
    if first.array.shape != second.array.shape:
        raise ValueError(
            f"{second.name} has shape {second.array.shape}, but {first.name} has shape {first.array.shape}. "
            f"Reshape one of them: shapes must match exactly and are never broadcast."
        )


def read_where(where, like):
    """Read which entries count: booleans of the target's shape. None stands for all of them, too."""
    if where is None:
        return None
    array = as_array("where", where, "an array or a list of booleans")
    if array.dtype != bool:
        raise TypeError(f"where must hold booleans, but it is {describe(where)}. Compare, as in ``target != 255``.")
    same_shape(like, Argument("where", array, None))
    return None if array.all() else array


def read_weight(name, value, like, where=None):
    """Read an elementwise weight: finite, not negative, and of the target's shape; 0 where an element does not count."""
    if value is None:
        return None
    weight = NON_NEGATIVE.read(name, value).within(where).check_all()
    same_shape(like, weight)
    return weight.replaced()


def read_sample_weight(value, shape):
    """Read a weight of the values that a loss has for ``reduction="none"``: finite, not negative, and of their shape."""
    if value is None:
        return None
    weight = NON_NEGATIVE.read("sample_weight", value).check_all().array
    if weight.shape != shape:
        raise ValueError(
            f"sample_weight has shape {weight.shape}, but the values that it weighs have shape {shape}. "
            f"Pass one number for each value."
        )
    return weight


def read_region_weight(value, shape):
    """Read a weight of the regions, broadcast against the values that a loss has for ``reduction="none"``."""
    if value is None:
        return None
    weight = NON_NEGATIVE.read("weight", value).check_all().array
    try:
        return np.broadcast_to(weight, shape)
    except ValueError as error:
        raise ValueError(
            f"weight has shape {weight.shape}, which does not broadcast to the shape {shape} of the regions. "
            f"Pass one number for each region."
        ) from error


def in_proportion(weights):
    """Bring the weights of a mean near 1, by a power of two, where their sum or a narrower dtype could not hold them."""
    largest = float(np.max(weights))
    if largest == 0 or 2.0**-64 < largest < 2.0**64:
        return weights
    return np.ldexp(weights.astype(np.float64), -math.frexp(largest)[1])


def read_class_weight(name, value, classes, reduction):
    """Read a weight of the classes: finite, not negative, one for each; where a mean divides by their sum, only their proportions count."""
    if value is None:
        return None
    weight = read_of_classes(NON_NEGATIVE.read(name, value), classes)
    return in_proportion(weight) if reduction == "mean" else weight


def read_of_classes(argument, classes):
    """Read numbers, one for each class, that fit their kind."""
    array = argument.check_all().array
    if array.shape != (classes,):
        raise ValueError(
            f"{argument.name} has shape {array.shape}, but there are {classes} classes. Pass {classes} numbers, one for each class."
        )
    return array


def read_priors(name, value, classes):
    """Read the probabilities of the classes, which sum to 1."""
    priors = PRIORS.read(name, value)
    array = read_of_classes(priors, classes)
    total = float(np.sum(array, dtype=np.float64))
    if not priors.tolerates(abs(total - 1)):
        raise ValueError(f"{name} must sum to 1, but the sum is {total!r}. Divide counts by their sum.")
    return array


def read_number(name, value, low=-_INF, high=_INF, *, above=False, what):
    """Read one real parameter within [low, high], or within (low, high] when ``above`` is set."""
    number = value if type(value) is float else _one_number(name, value, what)
    if not (low < number if above else low <= number) or not number <= high:
        raise ValueError(f"{name} must be {what}, but {name} = {value!r}. Choose a value in that range.")
    return number


def _one_number(name, value, what):
    array = as_array(name, value, what)
    if array.ndim:
        raise TypeError(f"{name} must be one number, but it has shape {array.shape}. Pass {what}.")
    if array.dtype == bool:
        raise TypeError(f"{name} must be {what}, but it is {describe(value)}. Pass a number.")
    return float(array)


def read_integer(value, refusal):
    """Read an integer; ``refusal`` is the message for anything else, a bool included, with a place for what it is."""
    if type(value) is int:
        return value
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError("a bool is no integer here")
        return operator.index(value)
    except TypeError as error:
        raise TypeError(refusal.format(describe(value))) from error


def read_count(name, value):
    """Read an integer of at least 1."""
    count = read_integer(value, name + " must be an integer, but it is {}. Pass a whole number.")
    if count < 1:
        raise ValueError(f"{name} must be at least 1, but {name} = {value!r}. Pass a positive integer.")
    return count


def read_vector(name, value, length, kind, what):
    """Read one number, or one for each of ``length`` positions (``what`` names them)."""
    if type(value) is float and not kind.integral and kind.low <= value <= kind.high and value != kind.without:
        return np.asarray(value)
    argument = kind.read(name, value).check_all()
    if argument.array.shape not in ((), (length,)):
        raise ValueError(
            f"{name} has shape {argument.array.shape}. Pass one number, or {length} numbers, one for each {what}."
        )
    return argument.array


def read_choice(name, value, choices):
    """Read one of a few named options."""
    if isinstance(value, (str, int, np.integer)) and not isinstance(value, bool):
        for choice in choices:
            if value == choice:
                return choice
    allowed = ", ".join(repr(choice) for choice in choices)
    raise ValueError(f"{name} must be one of {allowed}, but {name} = {value!r}. Pass one of them.")


def read_reduction(value):
    """Read how the values of a loss are combined."""
    return read_choice("reduction", value, REDUCTIONS)


def read_flag(name, value):
    """Read True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be True or False, but it is {describe(value)}. Pass a bool.")
    return bool(value)


_ONE_AXIS = "axis must be one integer, but it is {}. Pass the class axis of "
_AXES = "axis must be an integer, a tuple of integers, or None, but it is {}. Pass the axes that are summed over in "


def read_axis(axis, ndim, name, what=_ONE_AXIS):
    """Read one axis of an array with ``ndim`` axes, as a number that is not negative."""
    index = read_integer(axis, f"{what}{name}.")
    if not -ndim <= index < ndim:
        choice = f"Choose one in [{-ndim}, {ndim - 1}]" if ndim else "Pass an array that has axes"
        raise ValueError(f"axis = {axis} does not exist: {name} has {ndim} axes. {choice}.")
    return index % ndim


def read_axes(axis, ndim, name):
    """Read one axis, several, or None for all of them; return a sorted tuple of numbers that are not negative."""
    if axis is None:
        return tuple(range(ndim))
    several = axis if isinstance(axis, (tuple, list)) else (axis,)
    found = sorted(read_axis(one, ndim, name, _AXES) for one in several)
    if len(set(found)) < len(found):
        raise ValueError(f"axis = {axis} names an axis of {name} twice. Name each axis once.")
    return tuple(found)


def read_class_axis(axis, argument):
    """Read the class axis of an argument, as a number that is not negative."""
    if argument.array.ndim == 0:
        raise ValueError(f"{argument.name} is one number, without a class axis. Pass an array that has one.")
    return read_axis(axis, argument.array.ndim, argument.name)


def read_ignore_index(value):
    """Read the label that marks elements left out, or None."""
    if value is None:
        return None
    return read_integer(value, "ignore_index must be an integer or None, but it is {}. Pass a label.")


@functools.lru_cache
def _labels_of(classes, ignore_index):
    fix = "Shift the labels, or name the label to leave out with ignore_index."
    return Kind(f"class indices from 0 to {classes - 1}", 0, classes - 1, fix, ignore=ignore_index)


def labels_along(labels, prediction, axis, ignore_index):
    """Return labels as class indices of a prediction with its classes along ``axis``; their range is still to be checked."""
    array, name = labels.array, labels.name
    shape, ignore_index = prediction.array.shape, read_ignore_index(ignore_index)
    classes, expected = shape[axis], shape[:axis] + shape[axis + 1 :]
    if array.dtype.kind == "f":
        raise TypeError(
            f"{name} must be integer class indices, but its dtype is {array.dtype}. Convert it with .astype(int), "
            f"or pass a distribution where the loss accepts one."
        )
    if array.shape != expected:
        raise ValueError(
            f"{name} has shape {array.shape}, but the prediction without its class axis has shape {expected}. "
            f"Reshape {name}: shapes must match exactly and are never broadcast."
        )
    return labels.of(_labels_of(classes, ignore_index))


def distributions_along(target, prediction, axis, ignore_index):
    """Return a target of labels or distributions as the latter, if it has the shape of the prediction; None: it holds labels."""
    shape, are_floats = prediction.array.shape, target.array.dtype.kind == "f"
    if target.array.shape == shape:
        if ignore_index is not None:
            raise ValueError(
                f"ignore_index = {ignore_index!r} names a label, but {target.name} holds distributions: it has the shape of "
                f"{prediction.name}. Pass labels, or select the elements that count."
            )
        return target if are_floats else target.of(ONE_HOT)
    if are_floats and target.array.shape != shape[:axis] + shape[axis + 1 :]:
        raise ValueError(
            f"{target.name} has shape {target.array.shape}, but {prediction.name} has shape {shape}. Pass distributions in the shape "
            f"of {prediction.name}, or integer labels in that shape without axis {axis}: shapes must match exactly and are never broadcast."
        )
    return None


def float_dtype(prediction, *others):
    """Choose the dtype of the computation: the widest float given, or float64 where there is none.

    Integers and booleans follow the floats; float16 is computed in float32, so that sums do not overflow.
    """
    sizes = [a.array.itemsize for a in (prediction, *others) if a.array.dtype.kind == "f"]
    return SINGLE if sizes and max(sizes) <= 4 else DOUBLE


@functools.cache
def _epsilon(dtype):
    return float(np.finfo(dtype if dtype.kind == "f" else np.float64).eps)
