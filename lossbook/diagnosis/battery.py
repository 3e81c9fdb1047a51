"""The inputs that two implementations of a loss are compared on, made from the kinds of its arguments.

On *ordinary* inputs two implementations of one loss give the same numbers, however they are written. The *edges* are
where they part: certainty, infinity, one class alone, nothing at all, single precision, another number of axes.
"""

import copy
import inspect
import math
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from lossbook.engine.arguments import Kind, Pair

SEED = 20
LABELS, ONE_HOT, ALONE = "labels as target", "one-hot target", "one at a time"
#: Edges that have a shape of their own.
OTHER_SHAPES = {"one element", "three axes", "one example without a batch axis"}
#: Kinds that have a class axis.
WITH_CLASSES = {"scores", "cosines", "log-probabilities", "distribution"}


class Arguments(tuple):
    """The array arguments of a call, as ``loss(*arguments)`` and as ``loss(**arguments)``."""

    def __new__(cls, names, values):
        """Pair the values with their names."""
        self = super().__new__(cls, values)
        self._names = tuple(names)
        return self

    def keys(self):
        """Return the names of the arguments."""
        return self._names

    def __getitem__(self, key):
        return super().__getitem__(self._names.index(key) if isinstance(key, str) else key)

    def __getnewargs__(self):
        return self._names, tuple(self)

    def __repr__(self):
        pairs = zip(self._names, self, strict=True)
        return "\n".join(f"{name} = {np.array2string(np.asarray(a), separator=', ')}" for name, a in pairs)


def each(change, argument):
    """Change an argument, or both parts of a pair."""
    return tuple(map(change, argument)) if type(argument) is tuple else change(argument)


def shape_of(argument):
    """Return the shape of an argument, or of each part of a pair."""
    return np.shape(argument[0] if type(argument) is tuple else argument)


@dataclass(frozen=True)
class Case:
    """One input: what it is called, the loss with its options, and the arguments."""

    label: str
    loss: object
    arguments: Arguments
    options: dict

    @cached_property
    def ours(self):
        """The value of the loss."""
        return _numbers(self.loss(*self.arguments, **self.options))

    @cached_property
    def divisor(self):
        """What the loss's own mean divides the sum by; where that is 0 or infinite, the number of values."""
        total, mean, each = (
            self.loss(*self.arguments, **self.options | {"reduction": reduction})
            for reduction in ("sum", "mean", "none")
        )
        known = math.isfinite(total) and mean != 0
        return float(total) / float(mean) if known else max(1, np.size(each))

    @property
    def size(self):
        """How many numbers are given."""
        return sum(np.size(argument) for argument in self.arguments)


def _numbers(value):
    """Read a result as an array of floats; a tuple of counts is one, too."""
    return np.asarray(value, dtype=float)


class Battery:
    """The inputs for one loss and one form of its target, such as labels or one-hot vectors.

    ``ordinary`` are sorted by size. Those at the edges, and ``probes``, have the shape of an ordinary one: see `like`. In
    the form ALONE each input is one number, or one distribution: it is made as a batch of one, whose axis is dropped.
    """

    def __init__(self, form, inputs, layout, accept):
        self.form, self._layout, self._accept = form, layout, accept
        self.ordinary = sorted(self._accepted((form, *arguments) for arguments in inputs), key=lambda case: case.size)

    def _accepted(self, inputs):
        if self.form == ALONE:
            inputs = (
                (label, *(each(lambda a: a[0], a) for a in batch))
                for label, *batch in inputs
                if label not in OTHER_SHAPES
            )
        return [case for label, *arguments in inputs if (case := self._accept(label, arguments))]

    @staticmethod
    def like(cases):
        """Return the arguments that the edges should be like: a large case, with two axes if there is one."""
        return max((case.arguments for case in cases), key=lambda a: (len(shape_of(a[0])) == 2, np.size(a[0])))

    def edges(self, like):
        """Return the inputs at the edges."""
        if self.form == ALONE:
            like = [each(lambda a: np.asarray(a)[None], a) for a in like]
        return self._accepted(self._layout.edges(like, self.form))

    def probes(self, like):
        """Return further inputs, on which an explanation is tried where ordinary ones give no finite number."""
        if self.form == ALONE:
            like = [each(lambda a: np.asarray(a)[None], a) for a in like]
        return self._accepted(("probe", *arguments) for arguments in self._layout.probes(like))


def batteries(loss, options):
    """Make the inputs for a loss with its options: a battery for each form that its target may have, ALONE the last.

    Inputs that the loss refuses with these options, because a weight has another length, say, are left out. If it
    refuses them all, the first refusal is raised: it says what is wrong with the options.
    """
    layout = _layout(loss)(loss, options)
    refusals = []

    def accept(label, arguments):
        case = Case(label, loss, Arguments(loss.arguments, arguments), options)
        try:
            return case if case.ours.size else None
        except (TypeError, ValueError) as refusal:
            refusals.append(refusal)
            return None

    forms = layout.forms() | {ALONE: layout.alone()}
    found = [Battery(form, inputs, layout, accept) for form, inputs in forms.items()]
    if not any(battery.ordinary for battery in found):
        raise refusals[0]
    return [battery for battery in found if battery.ordinary]


def _layout(loss):
    """Choose how the arguments fit together, by their kinds."""
    kinds = [kind.name for kind in loss.arguments.values()]
    if isinstance(loss.arguments[loss.prediction], Pair):
        return _Pairs
    for names, layout in _LAYOUTS:
        if names.intersection(kinds):
            return layout
    unknown = [kind.name for kind in loss.arguments.values() if not isinstance(kind, Kind)]
    if unknown:
        raise ValueError(
            f"loss = {loss.__name__} has an argument of the kind {unknown[0]!r}, for which no inputs are made. "
            f"Compare it by hand."
        )
    return _Elements


class _Layout:
    """How the arguments of a loss fit together."""

    def __init__(self, loss, options):
        self.rng = np.random.default_rng(SEED)
        self.kinds = list(loss.arguments.values())
        self.each = loss.declaration.each
        defaults = {n: p.default for n, p in inspect.signature(loss).parameters.items() if p.default is not p.empty}
        self.options = defaults | options
        #: Whether inputs are images: an axis is asked for, or a value for each image.
        self.of_images = options.get("axis") is not None or bool(options.get("per_image"))
        #: Shapes of options that are arrays: the arguments have to fit them.
        self.given = [np.shape(value) for value in options.values() if np.ndim(value)]

    def probes(self, like):
        """Further inputs."""
        return ()

    def alone(self):
        """Batches of one."""
        return ()

    def ignored(self, labels):
        """Mark some labels, but not all, to be ignored if that is asked for."""
        index = self.options.get("ignore_index")
        if index is None or labels.size < 3:
            return labels
        labels = labels.copy()
        labels.reshape(-1)[1::3] = index
        return labels


class _Elements(_Layout):
    """All arguments have one shape."""

    shapes = ((2,), (3,), (5,), (2, 3), (4, 3), (3, 5))
    images = ((1, 1, 2, 2), (2, 3, 2, 2), (3, 2, 2, 3))

    def forms(self):
        shapes = [*self.shapes, *(shape for shape in self.given if shape not in self.shapes)]
        if self.of_images:
            # A vector may lie along any axis of an image.
            lengths = {shape[0] for shape in self.given if len(shape) == 1}
            shapes += [*self.images, *((2, n, 2, 3) for n in lengths), *((n, 2, 2, 3) for n in lengths)]
        shapes += [(4, shape[0]) for shape in self.given if len(shape) == 1]
        ordinary = [self._draw(shape) for shape in shapes for _ in range(self._times(shape))]
        if self.kinds[0].low == -math.inf:
            # Numbers that could be probabilities, so that a missing sigmoid is seen in numbers and not in NaN.
            for shape in [shape for shape in shapes if len(shape) > 1 or shape == (3,)]:
                ordinary.append([self.rng.uniform(0.05, 0.95, shape), *self._draw(shape)[1:]])
        return {"ordinary": ordinary}

    def alone(self):
        return [self._draw((1,)) for _ in range(8)] if self.each == "element" else []

    def _times(self, shape):
        """How often inputs of a shape are drawn: a weight may leave no other."""
        return 6 if shape in self.given else 2 if len(shape) > 2 else 1

    def _draw(self, shape):
        first, *others = (self._values(kind, shape, place) for place, kind in enumerate(self.kinds))
        return [first, *map(self.ignored, others)]

    def _values(self, kind, shape, place):
        if kind.name == "grades":
            mask = self._mask(shape, float)
            return np.where(self.rng.random(shape) < 0.4, self.rng.uniform(0.1, 0.9, shape), mask)
        if place and kind.low == 0 and kind.high == 1:
            return self._mask(shape, int if kind.integral else float)
        if kind.low == 0 and kind.high == 1:
            return self.rng.uniform(0.03, 0.97, shape)
        if kind.low in (-1, 0):
            # Not below 0, so that a logarithm that lacks its 1 is seen in numbers and not in NaN.
            return self.rng.exponential(size=shape)
        return self.rng.normal(scale=1.5, size=shape)

    def _mask(self, shape, dtype):
        """Draw a mask with foreground in each row and, if there is room, background; how much differs by row."""
        mask = self.rng.random(shape) < 0.4
        mask[..., 0] |= mask.size > 1
        mask[..., 1:2] = False
        return mask.astype(dtype)

    def probes(self, like):
        kinds = [(kind.low, kind.high, kind.integral) for kind in self.kinds[1:]]
        if kinds == [(0, 1, False)]:
            for _ in range(3):
                yield self._draw(like[0].shape)[0], self.rng.uniform(0.1, 0.9, like[0].shape)

    def edges(self, like, form):
        shape = like[0].shape
        first, *others = self._draw(shape)
        yield "float32", np.float32(first), *(a.astype(np.float32) if a.dtype.kind == "f" else a for a in others)
        yield "one element", *self._draw((1,))
        yield "three axes", *self._draw((2, 2, 3))
        if len(self.kinds) != 2:
            return
        kind, second = self.kinds
        target = others[0]
        if second.low == 0 and second.high == 1:
            sign = np.where(target == 1, 1, -1)
            # All different, since a kink has no one slope.
            spread = 1 + np.arange(target.size).reshape(shape) / (10 * target.size)
            yield from self._certain(kind, target, sign, spread)
            ones, zeros = np.ones_like(target), np.zeros_like(target)
            yield "positives alone", first, ones
            yield "no positive", first, zeros
            if self.each == "region":
                yield "both empty", np.zeros(shape), zeros
            if not second.integral:
                yield "soft target", first, self.rng.uniform(0.1, 0.9, shape)
        else:
            yield "prediction equal to target", target.copy(), target
            yield "far off", 1e3 * (first if kind.low == -math.inf else abs(first)), target

    @staticmethod
    def _certain(kind, target, sign, spread):
        """Certain predictions, right and wrong."""
        right, wrong = target == 1, target == 0
        if kind.low == 0:
            yield "probabilities within 1e-6 of the target", abs(right - 1e-6 * spread), target
            yield "probabilities within 1e-6 of the wrong end", abs(wrong - 1e-6 * spread), target
            yield "probabilities 0 and 1, all right", right.astype(float), target
            yield "probabilities 0 and 1, all wrong", wrong.astype(float), target
            return
        for size in (12, 50, 1000):
            yield f"logits of ±{size}, all right", size * sign * spread, target
            yield f"logits of ±{size}, all wrong", -size * sign * spread, target
        yield "infinite logits, all right", math.inf * sign, target
        yield "infinite logits, all wrong", -math.inf * sign, target


class _Pairs(_Elements):
    """The prediction has two parts, of the target's shape."""

    def __init__(self, loss, options):
        super().__init__(loss, options)
        (pair, *_), (*_, second) = self.kinds[:1], self.kinds
        self.pair, self.kinds = pair, [*pair.kinds, second]

    def forms(self):
        shapes = [*self.shapes, *(shape for shape in self.given if shape not in self.shapes)]
        return {"ordinary": [self._draw(shape) for shape in shapes for _ in range(self._times(shape))]}

    def _draw(self, shape):
        first, second, target = (self._values(kind, shape, place) for place, kind in enumerate(self.kinds))
        if self.pair.ordered:
            first, second = np.minimum(first, second), np.maximum(first, second)
        return [(first, second), target]

    def _values(self, kind, shape, place):
        # Not beside 0, where numbers are so large that little else is seen.
        return 0.25 + self.rng.exponential(size=shape) if kind.low == 0 else super()._values(kind, shape, place)

    def edges(self, like, form):
        (first, second), target = self._draw(shape_of(like[0]))
        yield "float32", (np.float32(first), np.float32(second)), np.float32(target)
        yield "one element", *self._draw((1,))
        yield "three axes", *self._draw((2, 2, 3))
        if self.pair.ordered:
            yield "an end equal to the target", (target.copy(), target + abs(second)), target
            yield "ends that are equal", (first, first.copy()), target
            yield "far off", (first + 1e3, second + 1e3), target
            return
        yield "location equal to the target", (target.copy(), second), target
        yield "far off", (1e3 * first, second), target
        for scale in (1e-2, 1e-4, 1e-8):
            yield f"scales near {scale:g}", (target + scale * first, scale * second), target
        yield "large scales", (1e8 * first, 1e8 * second), 1e8 * target
        yield "errors whose square is beyond the range", (1e160 * first, 1e155 * second), 1e155 * target


class _Columns(_Layout):
    """There is a class axis: distributions, or vectors of scores, perhaps with a label each."""

    shapes = ((1, 3), (2, 3), (4, 3), (5, 4), (3, 2), (3, 5))
    images = ((1, 1, 2, 3), (2, 2, 3, 3), (3, 2, 2, 4))

    def __init__(self, loss, options):
        super().__init__(loss, options)
        self.axis = self.options.get("axis", -1)
        self.has_labels = any(kind.name.startswith("labels") for kind in self.kinds)

    def _shapes(self):
        lengths = [shape[0] for shape in self.given if len(shape) == 1]
        shapes = [*self.shapes]
        for n in lengths:
            shapes += [(1, n), (2, n), (4, n), (5, n), (n, 3), (n, 4)]
        shapes += [(*shape, 3) for shape in self.given if len(shape) > 1]
        if self.axis not in (-1, 0) or self.options.get("per_image"):
            shapes += [*self.images, *((2, 2, 3, n) for n in lengths)]
        return list(dict.fromkeys(shapes))

    def forms(self):
        shapes = self._shapes()
        ordinary = [self._draw(shape) for shape in shapes for _ in range(2 if len(shape) > 2 else 1)]
        if self.kinds[0].name == "scores":
            ordinary += [
                [self._turn(self.rng.uniform(0.05, 0.95, shape)), *self._draw(shape)[1:]]
                for shape in shapes
                if shape in ((2, 3), (4, 3), (5, 4), (3, 2), *shapes[len(self.shapes) :])
            ]
        if self.kinds[-1].name != "labels or distribution":
            return {"ordinary": ordinary}
        forms = {LABELS: ordinary}
        if self.options.get("ignore_index") is None:
            forms[ONE_HOT] = [[z, self._one_hot(y, z)] for z, y in ordinary]
        return forms

    def alone(self):
        if self.axis != -1:
            return []
        drawn = [self._draw((1, 2 + n % 4)) for n in range(8)]
        # Options with an entry for each class leave those of one length; further ones take nothing from the numbers of the edges.
        other = copy.copy(self)
        other.rng = np.random.default_rng(SEED + 1)
        return drawn + [other._draw((1, shape[0])) for shape in self.given if len(shape) == 1 for _ in range(6)]

    def _one_hot(self, labels, like):
        return self._turn(np.eye(like.shape[self.axis])[labels])

    def _turn(self, array):
        """Bring the classes, which are last, to their axis."""
        return np.moveaxis(array, -1, self.axis)

    def _draw(self, shape):
        return [self._values(kind, shape) for kind in self.kinds]

    def _values(self, kind, shape):
        if kind.name.startswith("labels"):
            return self._labels(shape)
        if kind.name == "multi-label":
            return self._turn((self.rng.random(shape) < 0.4).astype(float))
        if kind.name == "cosines":
            # Not near −1, where losses of angles have breaks: that is an edge.
            return self._turn(self.rng.uniform(-0.8, 0.9, shape))
        scores = self.rng.normal(scale=1.2, size=shape)
        if kind.name == "scores":
            return self._turn(scores)
        probs = np.exp(np.clip(scores, -2.5, 2.5))
        probs /= probs.sum(axis=-1, keepdims=True)
        return self._turn(probs if kind.name == "distribution" else np.log(probs))

    def _labels(self, shape):
        """Labels of which one class has more than its share, and some class none."""
        labels = self.rng.integers(shape[-1], size=shape[:-1])
        labels[self.rng.random(labels.shape) < 0.4] = 0
        labels.reshape(-1)[-1] = shape[-1] - 1
        return self.ignored(labels)

    def edges(self, like, form):
        shape = np.moveaxis(like[0], self.axis, -1).shape
        for label, *arguments in self._edges(shape):
            if form == ONE_HOT:
                arguments[1] = self._one_hot(arguments[1], arguments[0])
            yield label, *arguments
        if form == ONE_HOT:
            soft = self.rng.uniform(0.2, 1, shape)
            yield "soft target", self._draw(shape)[0], self._turn(soft / soft.sum(axis=-1, keepdims=True))

    def _edges(self, shape):
        first, *others = self._draw(shape)
        yield "float32", *(a.astype(np.float32) if a.dtype.kind == "f" else a for a in (first, *others))
        if self.kinds[-1].name == "multi-label":
            yield from self._with_several(first, *others)
        elif self.has_labels:
            yield from self._with_labels(shape, first)
        elif self.kinds[0].name == "scores":
            yield from self._with_scores(shape)
        else:
            yield from self._with_distributions(shape)
        yield "three axes", *self._draw((2, 3, shape[-1]))
        if self.axis not in (-1, 0):
            return
        alone = [self._values(kind, (1, shape[-1])) for kind in self.kinds]
        yield "one example without a batch axis", *(a.reshape(shape[-1:] if a.size > 1 else ()) for a in alone)

    def _with_labels(self, shape, first):
        labels = self._labels(shape)
        counted = labels != self.options.get("ignore_index")
        other = np.where(counted, (labels + 1) % shape[-1], 0)
        rows = np.eye(shape[-1])
        on, off = rows[labels * counted], rows[other]
        if self.kinds[0].name == "scores":
            for size in (12, 50, 1000):
                yield f"logits of {size}, all right", self._turn(size * on), labels
                yield f"logits of {size}, all wrong", self._turn(size * off), labels
            base = np.moveaxis(first, self.axis, -1)
            yield "a logit of −∞ off the label", self._turn(np.where(off == 1, -math.inf, base)), labels
            yield "a logit of +∞ at the label", self._turn(np.where(on == 1, math.inf, base)), labels
            yield "a logit of −∞ at the label", self._turn(np.where(on == 1, -math.inf, base)), labels
        else:
            sure = (0.0, -math.inf) if self.kinds[0].name == "log-probabilities" else (1.0, 0.0)
            yield "certain and right", self._turn(np.where(on == 1, *sure)), labels
            yield "certain and wrong", self._turn(np.where(off == 1, *sure)), labels
            if self.kinds[0].name == "cosines":
                base = np.moveaxis(first, self.axis, -1)
                yield "a label at an angle of 176°", self._turn(np.where(on == 1, -0.9976, base)), labels
                yield "a label at an angle of 0.5°", self._turn(np.where(on == 1, 0.99996, base)), labels
                yield "a label at the far end", self._turn(np.where(on == 1, -1.0, base)), labels
        yield "one class alone", first, np.zeros_like(labels)
        if self.options.get("ignore_index") is not None:
            yield "everything ignored", first, np.full_like(labels, self.options["ignore_index"])

    def _with_scores(self, shape):
        """Two vectors of scores."""
        rows = np.eye(shape[-1])
        at = np.arange(math.prod(shape[:-1])).reshape(shape[:-1]) % shape[-1]
        on, off = self._turn(rows[at]), self._turn(rows[(at + 1) % shape[-1]])
        first, second = (self._values(kind, shape) for kind in self.kinds)
        yield "equal scores", first, first.copy()
        yield "scores that differ by a constant", first + 10, first
        yield "scores that differ by 1e-6", first, first + 1e-6 * second
        for size in (12, 50, 1000):
            yield f"scores of {size}, the same class first", size * on, 1.1 * size * on
            yield f"scores of {size}, another class first", size * off, size * on
        without, other = (np.where(on == 1, -math.inf, scores) for scores in (first, second))
        yield "a score of −∞ that both have", without, other
        yield "a score of −∞ in the second", first, other
        yield "a score of −∞ in the first", without, second
        yield "a score of +∞ that both have", np.where(on == 1, math.inf, first), np.where(on == 1, math.inf, second)

    def _with_several(self, first, target):
        sign = 2 * target - 1
        for size in (12, 50, 1000, math.inf):
            yield f"logits of {size}, all right", size * sign, target
            yield f"logits of {size}, all wrong", -size * sign, target
        yield "positives alone", first, np.ones_like(target)
        yield "no positive", first, np.zeros_like(target)
        yield "soft target", first, self.rng.uniform(0.1, 0.9, target.shape)

    def _with_distributions(self, shape):
        rows = np.eye(shape[-1])
        at = np.arange(math.prod(shape[:-1])).reshape(shape[:-1]) % shape[-1]
        sure, other = self._turn(rows[at]), self._turn(rows[(at + 1) % shape[-1]])
        spread = self._values(self.kinds[0], shape)
        even = np.full_like(spread, 1 / shape[-1])
        if len(self.kinds) == 1:
            yield "certain", sure
            yield "uniform", even
            return
        partly = np.moveaxis(spread, self.axis, -1) * (1 - rows[at])
        partly = self._turn(partly / partly.sum(axis=-1, keepdims=True))
        yield "equal distributions", spread, spread.copy()
        yield "certain and equal", sure, sure.copy()
        yield "disjoint", sure, other
        yield "the first certain", sure, spread
        yield "the second certain", spread, sure
        yield "a class that neither has", partly, self._both_without(partly)
        yield "a class that the first has not", partly, spread
        yield "a class that the second has not", spread, partly

    def _both_without(self, partly):
        """Another distribution with the same zeros."""
        other = np.sqrt(partly)
        return other / other.sum(axis=self.axis, keepdims=True)


class _Samples(_Layout):
    """Two lists of numbers on the line."""

    def forms(self):
        lengths = [shape[0] for shape in self.given]
        pairs = [(n, n) for n in (2, 3, 4, 5, 7)]
        pairs += [(m, n) for m in (*lengths, 3) for n in (*lengths, 3)] if lengths else []
        draw = partial(self.rng.normal, scale=2.0)
        return {"ordinary": [[draw(size=m), 0.5 + draw(size=n)] for m, n in pairs]}

    def edges(self, like, form):
        draw = self.rng.normal
        yield "float32", draw(size=4).astype(np.float32), draw(size=4).astype(np.float32)
        yield "another number of entries", draw(size=3), draw(size=5)
        yield "one entry", draw(size=1), draw(size=1)
        yield "equal samples", np.array([1.0, 2.0, 4.0]), np.array([4.0, 1.0, 2.0])
        yield "ties", np.array([1.0, 1.0, 2.0]), np.array([2.0, 2.0, 2.0])
        yield "far off", 1e3 * draw(size=4), draw(size=4)


class _Forecasts(_Layout):
    """Members or quantiles along an axis, or vectors as members, and what was observed."""

    counts = (2, 3, 5)

    def __init__(self, loss, options):
        super().__init__(loss, options)
        self.axis = self.options.get("axis", -1)
        self.are_vectors = self.kinds[0].name == "ensemble of vectors"
        if np.ndim(self.options.get("levels")):
            self.counts = (len(self.options["levels"]),)

    def forms(self):
        shapes = [(n, *self.given_shape()) for n in (2, 4)] if self.given_shape() else [(1,), (2,), (4,), (5,), (2, 3)]
        return {"ordinary": [self._draw((*shape, count)) for count in self.counts for shape in shapes]}

    def given_shape(self):
        """Return what a weight of the values leaves of the shape."""
        weight = self.options.get("sample_weight")
        return np.shape(weight)[1:] if weight is not None else ()

    def alone(self):
        return [self._draw((1, count)) for count in (self.counts * 6)[:6]] if self.axis == -1 else []

    def _draw(self, shape, scale=2.0):
        last = (3,) if self.are_vectors else ()
        members = self.rng.normal(scale=scale, size=(*shape, *last))
        target = self.rng.normal(scale=scale, size=(*shape[:-1], *last))
        if self.kinds[0].name == "quantiles":
            members.sort(axis=-1)
        return [members if self.are_vectors else np.moveaxis(members, -1, self.axis), target]

    def edges(self, like, form):
        members, target = self._draw((4, self.counts[-1]))
        yield "float32", members.astype(np.float32), target.astype(np.float32)
        yield "all numbers far from 0", members + 1e8, target + 1e8
        yield "far off", *self._draw((4, self.counts[-1]), 1e3)
        yield "members that are equal", members * 0 + 1.0, target
        yield "all equal", members * 0 + 1.0, target * 0 + 1.0


class _Transport(_Layout):
    """Piles, pits, and what it costs to go from one to the other."""

    def forms(self):
        ordinary = []
        for total, m, n in ((1, 2, 2), (1, 2, 3), (1, 4, 3), (3, 2, 2), (2.5, 3, 4), (4, 3, 3)):
            supply, demand = self.rng.uniform(0.2, 1, m), self.rng.uniform(0.2, 1, n)
            cost = self.rng.uniform(0.1, 2, (m, n))
            ordinary.append([total * supply / supply.sum(), total * demand / demand.sum(), cost])
        return {"ordinary": ordinary}

    def edges(self, like, form):
        cost = np.array([[0.5, 1.5], [2.0, 0.25]])
        yield "unequal totals", np.array([1.0, 2.0]), np.array([0.5, 1.0]), cost
        yield "an empty pile", np.array([1.0, 0.0]), np.array([0.25, 0.75]), cost
        yield "one pile and one pit", np.array([1.0]), np.array([1.0]), np.array([[2.0]])
        yield "nothing costs", np.array([0.5, 0.5]), np.array([0.25, 0.75]), np.zeros((2, 2))


class _Counts(_Layout):
    """Four counts."""

    def forms(self):
        single = [(6, 2, 1, 9), (3, 5, 4, 8), (10, 1, 7, 2), (1, 4, 2, 5)]
        several = [np.array([2, 9, 4]), np.array([3, 1, 6]), np.array([5, 2, 1]), np.array([7, 8, 4])]
        return {"ordinary": [[self._read(counts)] for counts in (*single, several)]}

    def edges(self, like, form):
        for label, counts in (
            ("no positive, none predicted", (0, 0, 0, 9)),
            ("no positive", (0, 3, 0, 6)),
            ("none predicted", (0, 0, 4, 5)),
            ("all wrong", (0, 3, 4, 0)),
            ("all right", (4, 0, 0, 5)),
        ):
            yield label, self._read(counts)

    def _read(self, counts):
        return self.kinds[0].read("counts", [np.float64(count) if np.ndim(count) == 0 else count for count in counts])


class _ClassCounts(_Layout):
    """How many examples each class has."""

    def forms(self):
        return {
            "ordinary": [
                [np.array(counts)]
                for counts in ((30, 10), (9, 3, 1), (100, 40, 7), (60, 60, 5, 2), (500, 90, 20, 8, 3))
            ]
        }

    def edges(self, like, form):
        yield "float32", np.array([30, 10, 5], np.float32)
        yield "one class", np.array([7])
        yield "one example each", np.array([1, 1, 1])
        yield "equal counts", np.array([40, 40, 40])
        yield "millions of examples", np.array([10**7, 10**4, 10])


class _SetFunctions(_Layout):
    """A function of a set, and a point."""

    def forms(self):
        ordinary = []
        for size in (2, 3, 4, 5, 6):
            weights = self.rng.uniform(0.2, 1, size)
            root = partial(_root_of_weight, weights)
            ordinary += [[partial(_root_of_weight, np.ones(size)), self.rng.uniform(0, 1, size)]]
            ordinary += [[root, self.rng.normal(size=size)]]
        return {"ordinary": ordinary}

    def edges(self, like, form):
        root = partial(_root_of_weight, np.ones(3))
        yield "equal errors", root, np.full(3, 0.5)
        yield "errors of 0", root, np.zeros(3)
        yield "one error", partial(_root_of_weight, np.ones(1)), np.array([0.25])
        yield "float32", root, np.float32([0.5, 0.25, 1.5])
        yield "two axes", partial(_root_of_weight, np.ones((2, 2))), np.array([[0.5, 0.25], [1.5, 0.75]])


def _root_of_weight(weights, mask):
    """Return the root of what a set weighs, which is submodular."""
    return math.sqrt(float(weights[np.asarray(mask)].sum()))


_LAYOUTS = (
    ({"counts"}, _Counts),
    ({"class counts"}, _ClassCounts),
    ({"set function"}, _SetFunctions),
    ({"masses"}, _Transport),
    ({"sample"}, _Samples),
    ({"ensemble", "quantiles", "ensemble of vectors"}, _Forecasts),
    (WITH_CLASSES, _Columns),
)
