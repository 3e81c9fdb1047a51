"""The Lovász extension of a set function, and the two losses on that of the Jaccard loss.

The formulas are sums over ranks. To evaluate them, the order is found by sorting and the wrong pixels are counted; errors, increments and
their sum are those that the formula has. ``jaccard`` is the Jaccard loss by sets, which the formulas write in counts: |M| / |{y = 1} ∪ M|.
"""

from fractions import Fraction
from functools import lru_cache, partial
from itertools import accumulate, combinations, permutations, product

import sympy as sp

from lossbook.cards.notation import Delta, G, K, N, S, a, b, i, k, m, pi, probs, scores
from lossbook.proof import (
    TINY,
    Card,
    Cases,
    Convex,
    Counted,
    Difference,
    Each,
    Exhaustive,
    Gradient,
    Holds,
    Homogeneous,
    Increments,
    Levels,
    Not,
    Order,
    Range,
    SetFunction,
    Submodular,
    WeightedMean,
)
from lossbook.proof.exact import calculated, fraction

_HALF = sp.Rational(1, 2)
_c, _n = sp.symbols("c n", integer=True, positive=True)
_shift = sp.Symbol("h", real=True)
_labels, _masses = sp.IndexedBase("y", integer=True), sp.IndexedBase("w", real=True)
#: How many of the pixels up to a rank are of the foreground and of the background, and the size of the foreground; with a class, of each.
_missed, _marked, _sizes = (sp.IndexedBase(name, integer=True, nonnegative=True) for name in "abG")
_LENGTH = {N: sp.Range(1, sp.oo)}


def _increment(function):
    return Difference(function, function.xreplace({i: i - 1}))


def _jaccard_of(missed, marked, total):
    return (missed + marked) / (total + marked)


# --- Evaluation ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _compiled(term):
    """Turn the term of a sum over ranks into a function of what stands in it; 0/0 is 0, the value of the empty set."""
    steps = [f for f in sp.Mul.make_args(term) if isinstance(f, Difference)]
    sides = [sp.fraction(sp.together(side)) for step in steps for side in step.args]
    named = {step: sp.Dummy() for step in steps}
    exprs = [term.xreplace(named), *(e for side in sides for e in side)]
    leaves = tuple(set().union(*map(_leaves, exprs)) - set(named.values()))
    named |= {leaf: sp.Dummy() for leaf in leaves}
    tools = [{"Difference": lambda after, before: after - before, "Max": lambda *values: calculated(sp.Max, map(fraction, values))}, "sympy"]
    arguments = [named[e] for e in (*steps, *leaves)]
    whole, *parts = (sp.lambdify(arguments, e.xreplace(named), tools) for e in exprs)

    def value(numbers):
        given = [fraction(numbers(leaf)) for leaf in leaves]
        found = [part(*[0] * len(steps), *given) for part in parts]
        shares = [0 if above == below == 0 else fraction(above) / below for above, below in zip(found[::2], found[1::2], strict=True)]
        return whole(*(after - before for after, before in zip(shares[::2], shares[1::2], strict=True)), *given)

    return value


def _leaves(expr):
    if isinstance(expr, (sp.Indexed, sp.Symbol, sp.core.function.AppliedUndef)):
        return {expr}
    return {leaf for part in expr.args for leaf in _leaves(part)}


def _summed(formula, length, numbers, classes=()):
    """Put numbers into a formula's sums over ranks; ``numbers`` makes them of a leaf, a rank and a class."""

    def total(found):
        value = _compiled(found.function)
        values = [value(partial(numbers, rank=n, label=c)) for c in classes or (None,) for n in range(1, length + 1)]
        return sp.sympify(calculated(sp.Add, map(fraction, values)))

    formula = sp.sympify(formula)
    sums = {found: total(found) for found in formula.atoms(sp.Sum)}
    return formula.xreplace(sums | {K: sp.Integer(len(classes) or 1)})


def _by_error(errors):
    return sorted(range(len(errors)), key=lambda pixel: -errors[pixel])


def _place(leaf, rank):
    """Read the rank that a leaf stands at, i or i − 1."""
    return rank if leaf.indices[-1] == i else rank - 1


def extension(set_function, errors):
    """Evaluate the Lovász extension; a set is a frozenset of positions in ``errors``, or its size for a ``Lambda``."""
    return _extension(set_functions.formula, set_function, errors)


def _extension(formula, set_function, errors):
    order = _by_error(errors)
    sized = isinstance(set_function, sp.Lambda)

    def numbers(leaf, rank, label):
        if isinstance(leaf, sp.Indexed):
            return errors[order[rank - 1]]
        first = _place(leaf.args[0], rank)
        return set_function(first) if sized else set_function(frozenset(order[:first]))

    return _summed(formula, len(errors), numbers)


def jaccard(target):
    """Return the Jaccard loss as a function of the set of wrong pixels: |M| / |{y = 1} ∪ M|."""
    foreground = frozenset(pixel for pixel, label in enumerate(target) if label == 1)

    def set_function(wrong):
        return Fraction(len(wrong), len(foreground | wrong)) if wrong else Fraction(0)

    return set_function


def _counted(order, target):
    """Count the pixels up to each rank that are in the target, and those that are not."""
    found = [0, *accumulate(int(target[pixel]) for pixel in order)]
    return {_missed: found, _marked: [n - count for n, count in enumerate(found)]}


def hinge(logits, target):
    """Evaluate the Lovász hinge."""
    return _hinge(binary.formula, logits, target)


def _hinge(formula, logits, target):
    return _hinge_once(formula, tuple(logits), tuple(target))


# The cases of a claim share scores and targets.
@lru_cache(maxsize=4096)
def _hinge_once(formula, logits, target):
    errors = [(Fraction(0), fraction(1 - (2 * label - 1) * score)) for score, label in zip(logits, target, strict=True)]
    order = _by_error([calculated(sp.Max, pair) for pair in errors])
    counts = _counted(order, target)

    def numbers(leaf, rank, label):
        if leaf == G:
            return int(sum(target))
        if leaf.base in counts:
            return counts[leaf.base][_place(leaf, rank)]
        return (logits if leaf.base == scores else target)[order[rank - 1]]

    return _summed(formula, len(logits), numbers)


def softmax(probs, labels, classes=None):
    """Evaluate the Lovász-softmax loss; ``probs`` has one row a pixel, ``classes`` are those present if none are given."""
    return _softmax(multiclass.formula, probs, labels, classes)


def _softmax(formula, rows, labels, classes=None):
    classes = sorted(set(labels)) if classes in (None, "present") else list(classes)
    targets = {c: [int(label == c) for label in labels] for c in classes}
    orders = {c: _by_error([abs(hit - row[c]) for hit, row in zip(targets[c], rows, strict=True)]) for c in classes}
    counts = {c: _counted(orders[c], targets[c]) for c in classes}

    def numbers(leaf, rank, label):
        if leaf == _c:
            return label
        if leaf.base == _sizes:
            return sum(targets[label])
        if leaf.base in counts[label]:
            return counts[label][leaf.base][_place(leaf, rank)]
        pixel = orders[label][rank - 1]
        return labels[pixel] if leaf.base == _labels else rows[pixel][label]

    return _summed(formula, len(labels), numbers, classes)


# --- Cases --------------------------------------------------------------------------------------------------------------


def _targets(largest):
    return Cases(f"targets of 1 to {largest} pixels", lambda: (t for size in range(1, largest + 1) for t in product((0, 1), repeat=size)))


def _subsets(size):
    return [frozenset(chosen) for count in range(size + 1) for chosen in combinations(range(size), count)]


def _sets(largest):
    return Cases("sets of pixels", lambda: (tuple(sorted(chosen)) for chosen in _subsets(largest)))


def _within(target, *sets):
    return all(pixel < len(target) for chosen in sets for pixel in chosen)


def _scores_wrong_at(target, wrong):
    """Return scores with an error of 1 at the wrong pixels and 0 at the others."""
    return tuple(0 if pixel in wrong else 2 * label - 1 for pixel, label in enumerate(target))


def _lost(target, wrong):
    """Compute 1 − IoU of the mask that is wrong at those pixels."""
    predicted = [label != (pixel in wrong) for pixel, label in enumerate(map(bool, target))]
    both = sum(p and bool(g) for p, g in zip(predicted, target, strict=True))
    either = sum(p or bool(g) for p, g in zip(predicted, target, strict=True))
    return 1 - Fraction(both, either) if either else 0


def _in_order(target, logits, order):
    """Add up the errors times the increments of the Jaccard loss in any order of the pixels."""
    loss = jaccard(target)
    errors = _hinges(target, logits)
    return sum(errors[order[n]] * (loss(frozenset(order[: n + 1])) - loss(frozenset(order[:n]))) for n in range(len(order)))


def _mean_jaccard(predicted, labels, classes):
    losses = []
    for c in sorted(set(labels)) if classes == "present" else classes:
        either = [e for e, pair in enumerate(zip(predicted, labels, strict=True)) if c in pair]
        both = [e for e in either if predicted[e] == labels[e]]
        losses.append(1 - Fraction(len(both), len(either)) if either else 0)
    return sp.sympify(sum(losses)) / len(losses)


def _labellings(words):
    return Cases(words, lambda: (labels for size in (1, 2, 3) for labels in product(range(3), repeat=size)))


_y, _z, _y2, _z2, _M, _M2, _order, _classes, _t = sp.symbols("y z y' z' M M' varsigma C t")
_mixed, _one, _other = sp.symbols("Delta m m'")
_p, _q, _guessed = sp.symbols(r"p p' \hat{y}")
_JaccardLoss, _Wrong, _Union, _Common, _InOrder, _Hinges, _Mean, _Largest, _Moved, _Joined, _OneHot, _Column = map(
    sp.Function, ("Delta_J", "wrong", "union", "common", "Sigma", "hinge", "mean", "max", "moved", "joined", "onehot", "column")
)
_ell, _Deltahat = sp.Function("ell"), sp.Function("Deltahat")


def _grid(largest):
    numbers = (-1, _HALF, 2)
    return Cases(f"scores −1, ½, 2 of 1 to {largest} pixels", lambda: (z for size in range(1, largest + 1) for z in product(numbers, repeat=size)))


def _alike(*arrays):
    return len({len(array) for array in arrays}) == 1


def _hinges(target, logits):
    return tuple(max(0, 1 - (2 * label - 1) * score) for score, label in zip(logits, target, strict=True))


# --- Cards --------------------------------------------------------------------------------------------------------------

_both = sp.Lambda(_t, sp.Max(0, _t - 1))

set_functions = Card(
    name="lovasz_extension",
    title="Lovász extension",
    symbol=_Deltahat(m),
    formula=sp.Sum(m[pi[i]] * _increment(Delta(S[i])), (i, 1, N)),
    prediction=m[pi[k]],
    domain={m: Each(sp.Reals), pi: Order(m[pi[i]]), Delta: SetFunction()} | _LENGTH,
    evaluator=_extension,
    claims=(
        Gradient(_increment(Delta(S[i])).xreplace({i: k}), remark="As long as the order stays: at equal errors the function has a kink."),
        Holds(
            sp.Eq(
                _Deltahat(m),
                sp.Sum((m[pi[i]] - m[pi[i + 1]]) * Delta(S[i]), (i, 1, N - 1)) + m[pi[N]] * Delta(S[N]),
            ),
            name="threshold integral",
            remark="Between two neighbouring errors t the set {m ≥ t} is S_i: for m ≥ 0 the sum is the integral of Δ({m ≥ t}) over t ≥ 0.",
        ),
        Levels(((1, k), (0, N)), Delta(S[k]), name="interpolates"),
        Homogeneous(1, m),
        Holds(sp.Eq(_Deltahat(m + _shift), _Deltahat(m) + _shift * Delta(S[N])), on={_shift: sp.Reals}, name="shift"),
        Convex(on={Delta: SetFunction(submodular=True)}, name="convex if submodular", remark="It is the largest of the linear functions that the orders of the pixels give."),
        Levels(
            ((2, k), (1, _n), (0, N)),
            Delta(S[k]) + Delta(S[_n]),
            name="submodular if convex",
            remark="With A ∩ B at the first ranks and A ∪ B before the zeros these are the errors 1_A + 1_B: where the extension is convex, Δ(A ∪ B) + Δ(A ∩ B) ≤ Δ(A) + Δ(B).",
        ),
        Holds(sp.Eq(_Deltahat(m), sp.Sum(_masses[pi[i]] * m[pi[i]], (i, 1, N))), on={Delta: SetFunction(weights=_masses), _masses: Each(sp.Reals)}, name="linear if modular"),
        Not(
            Exhaustive(sp.Le(_Deltahat(_mixed, (_one + _other) / 2), (_Deltahat(_mixed, _one) + _Deltahat(_mixed, _other)) / 2)),
            {_mixed: _both, _one: (1, 0), _other: (0, 1)},
            name="always convex",
        ),
    ),
)

_hinge_at = (2 * _labels[pi[i]] - 1) * scores[pi[i]]
_hinge_error = sp.Max(0, Difference(1, _hinge_at))
_binary_increment = _increment(_jaccard_of(_missed[i], _marked[i], G))

binary = Card(
    name="lovasz_hinge",
    title="Lovász hinge",
    symbol=_ell(scores, _labels),
    formula=sp.Sum(_hinge_error * _binary_increment, (i, 1, N)),
    prediction=scores[pi[k]],
    domain={
        scores: Each(sp.Reals),
        _labels: Each(sp.FiniteSet(0, 1)),
        pi: Order(_hinge_error),
        S: Counted(_missed[i], _marked[i], G),
        G: sp.Range(0, sp.oo),
    }
    | _LENGTH,
    evaluator=_hinge,
    claims=(
        Increments(
            1 / (G + b),
            (G - a) / ((G + b) * (G + b + 1)),
            (a, b),
            on={G: sp.Range(1, sp.oo)},
        ),
        Submodular(),
        Exhaustive(
            sp.Ge(
                _ell(_Wrong(_y, _M), _y) + _ell(_Wrong(_y, _M2), _y),
                _ell(_Wrong(_y, _Union(_M, _M2)), _y) + _ell(_Wrong(_y, _Common(_M, _M2)), _y),
            ),
            {_y: _targets(3), _M: _sets(3), _M2: _sets(3)},
            where=_within,
            remark="wrong(y, M) are scores with the error 1 at the pixels of M and 0 at the others.",
            helpers={
                "wrong": _scores_wrong_at,
                "union": lambda first, second: tuple({*first, *second}),
                "common": lambda first, second: tuple({*first} & {*second}),
            },
            name="submodular by pairs",
        ),
        Range(0, sp.oo, low_at=((1,), (1,)), high_at=((-1 / TINY,), (1,))),
        Gradient(
            -(2 * _labels[pi[k]] - 1) * _binary_increment.xreplace({i: k}) * sp.Heaviside(1 - _hinge_at.xreplace({i: k})),
            remark="As long as the order stays.",
        ),
        WeightedMean(),
        Exhaustive(
            sp.Ge(_ell(_z, _y), _InOrder(_y, _z, _order)),
            {_z: _grid(3), _y: _targets(3), _order: Cases("orders of the pixels", lambda: (o for size in (1, 2, 3) for o in permutations(range(size))))},
            where=_alike,
            helpers={"Sigma": _in_order},
            remark="Σ adds the hinges times the increments of the Jaccard loss in the order ς: the loss is the maximum over all orders.",
            name="base polytope",
        ),
        Exhaustive(
            sp.Eq(_ell(_Wrong(_y, _M), _y), _JaccardLoss(_y, _M)),
            {_y: _targets(4), _M: _sets(4)},
            where=_within,
            helpers={"wrong": _scores_wrong_at, "Delta_J": _lost},
            remark="Where the errors are 1 at the pixels of M and 0 at the others the loss is 1 − IoU of the mask that is wrong at M.",
            name="interpolates",
        ),
        Convex(),
        Exhaustive(
            sp.Eq(_ell(sp.Tuple(_z), sp.Tuple(_y)), sp.Max(0, 1 - (2 * _y - 1) * _z)),
            {_y: Cases("0 and 1", lambda: (sp.S.Zero, sp.S.One))},
            complete=True,
            name="one pixel",
        ),
        Exhaustive(
            sp.Eq(_ell(_z, _y), _Mean(_Hinges(_y, _z))),
            {_z: _grid(3), _y: Cases("all foreground", lambda: ((1,) * size for size in (1, 2, 3)))},
            where=_alike,
            helpers={"hinge": _hinges, "mean": lambda values: sp.sympify(sum(values)) / len(values)},
            name="all foreground",
        ),
        Exhaustive(
            sp.Eq(_ell(_z, _y), _Largest(_Hinges(_y, _z))),
            {_z: _grid(3), _y: Cases("no foreground", lambda: ((0,) * size for size in (1, 2, 3)))},
            where=_alike,
            helpers={"hinge": _hinges, "max": max},
            name="no foreground",
        ),
        Exhaustive(
            sp.Ge(_ell(_z, _y), _JaccardLoss(_y, _z)),
            {_z: _grid(3), _y: _targets(3)},
            where=_alike,
            helpers={"Delta_J": lambda target, logits: _lost(target, {n for n, score in enumerate(logits) if (score > 0) != bool(target[n])})},
            name="bounds the Jaccard loss",
        ),
        Exhaustive(
            sp.Eq(_ell(_Moved(_z, _order), _Moved(_y, _order)), _ell(_z, _y)),
            {
                _z: Cases("three scores", lambda: ((-1, _HALF, 2),)),
                _y: Cases("targets of three pixels", lambda: product((0, 1), repeat=3)),
                _order: Cases("orders of the pixels", lambda: permutations(range(3))),
            },
            helpers={"moved": lambda array, order: tuple(array[n] for n in order)},
            name="no places",
        ),
        Not(
            Exhaustive(sp.Eq(_ell(-_z, 1 - _y), _ell(_z, _y))),
            {_z: (0, -1), _y: (1, 0)},
            name="foreground and background alike",
        ),
        Not(
            Exhaustive(
                sp.Eq(_ell(_Joined(_z, _z2), _Joined(_y, _y2)), (_ell(_z, _y) + _ell(_z2, _y2)) / 2),
                helpers={"joined": lambda first, second: (*first, *second)},
            ),
            {_z: (-1,), _y: (1,), _z2: (1, 1, 1), _y2: (1, 1, 1)},
            name="mean of images",
        ),
    ),
)

_at_class = pi[_c, i]
_is_class = sp.KroneckerDelta(_c, _labels[_at_class])
_class_error = sp.Abs(Difference(_is_class, probs[_at_class, _c]))
_class_increment = _increment(_jaccard_of(_missed[_c, i], _marked[_c, i], _sizes[_c]))
_guess = sp.Rational(3, 4)


def _expected(rows):
    """Write the expected loss of a pixel whose class is that of y with probability ¾, that of y′ otherwise."""
    return _guess * _ell(rows, _y) + (1 - _guess) * _ell(rows, _y2)


multiclass = Card(
    name="lovasz_softmax",
    title="Lovász-softmax",
    symbol=_ell(probs, _labels),
    formula=sp.Sum(_class_error * _class_increment, (i, 1, N), (_c, 1, K)) / K,
    prediction=probs[pi[_c, k], _c],
    domain={
        probs: Each(sp.Interval(0, 1)),
        _labels: Each(sp.S.Naturals0),
        pi: Order(_class_error),
        S: Counted(_missed[_c, i], _marked[_c, i], _sizes[_c]),
        K: sp.Range(1, sp.oo),
    }
    | _LENGTH,
    evaluator=_softmax,
    claims=(
        Exhaustive(
            sp.Eq(_ell(_OneHot(_guessed), _y, _classes), _JaccardLoss(_guessed, _y, _classes)),
            {
                _y: _labellings("labels of 1 to 3 pixels of 3 classes"),
                _guessed: _labellings("predictions of as many"),
                _classes: Cases("the classes present, or one alone", lambda: ("present", (2,))),
            },
            where=lambda labels, predicted, _: len(labels) == len(predicted),
            helpers={
                "onehot": lambda predicted: tuple(tuple(int(c == guess) for c in range(3)) for guess in predicted),
                "Delta_J": _mean_jaccard,
            },
            name="mean IoU",
        ),
        Range(0, 1, low_at=(((1, 0),), (0,)), high_at=(((0, 1),), (0,))),
        Gradient(
            (1 - 2 * _is_class.xreplace({i: k})) * _class_increment.xreplace({i: k}) / K,
            on={probs: Each(sp.Interval.open(0, 1))},
            remark="As long as the order stays: minus on the pixels of the class.",
        ),
        Convex(),
        Exhaustive(
            sp.Eq(_ell(_p, _y, sp.Tuple(1)), _Largest(_Column(_p))),
            {
                _p: Cases("probabilities 0, ½, 1 of 1 to 3 pixels", lambda: (r for size in (1, 2, 3) for r in product(((1, 0), (_HALF, _HALF), (0, 1)), repeat=size))),
                _y: Cases("all of class 0", lambda: ((0,) * size for size in (1, 2, 3))),
            },
            where=_alike,
            helpers={"column": lambda rows: tuple(row[1] for row in rows), "max": max},
            name="absent class",
        ),
        Not(Exhaustive(sp.Eq(_ell(_p, _y, sp.Tuple(1)), 0)), {_p: ((_HALF, _HALF),), _y: (0,)}, name="absent class is free"),
        Not(
            Exhaustive(sp.Le(_expected(_p), _expected(_q))),
            {_p: ((1 - _guess, _guess),), _q: ((0, 1),), _y: (1,), _y2: (0,)},
            name="proper",
        ),
    ),
)
