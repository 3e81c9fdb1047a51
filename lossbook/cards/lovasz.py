"""The Lovász extension of a set function, and the two losses on that of the Jaccard loss.

The formulas are sums over ranks, S_i being the i pixels with the largest errors. ``evaluate`` takes them at their word:
it sorts, counts sets and subtracts, in exact arithmetic.
"""

from fractions import Fraction
from itertools import combinations, permutations, product

import sympy as sp
from sympy.printing.precedence import PRECEDENCE

from lossbook.cards._card import AtLeast, Card, Claim, Equal, Exhaust, Fails
from lossbook.cards.notation import Delta, G, N, S, a, b, i, k, m, p, pi, y, z

_labels, _logits, _probs = (sp.IndexedBase(symbol.name, real=True) for symbol in (y, z, p))
_c = sp.Symbol("c", integer=True, positive=True)
_C = sp.Symbol("C", integer=True, positive=True)
_jaccard = sp.Function("Delta_J", real=True)
_jaccard_c = sp.Function(r"\Delta_{J_c}", real=True)


class Difference(sp.Function):
    """``after − before``, kept and printed in the order in which it is read; ``doit`` subtracts."""

    precedence = PRECEDENCE["Add"]

    @classmethod
    def eval(cls, after, before):
        """Subtract numbers at once."""
        return after - before if after.is_number and before.is_number else None

    def doit(self, **hints):
        """Subtract."""
        after, before = (argument.doit(**hints) for argument in self.args)
        return after - before

    def fdiff(self, argindex=1):
        """Return the derivative with respect to one of the two."""
        return sp.S.One if argindex == 1 else sp.S.NegativeOne

    def _latex(self, printer):
        after, before = self.args
        return f"{printer.doprint(after)} - {printer.parenthesize(before, PRECEDENCE['Mul'], strict=True)}"


def extension(set_function, errors):
    """Evaluate the Lovász extension by its definition; a set is a frozenset of positions in ``errors``."""
    order = sorted(range(len(errors)), key=lambda pixel: -errors[pixel])
    return sum(
        errors[order[rank]] * (set_function(frozenset(order[: rank + 1])) - set_function(frozenset(order[:rank])))
        for rank in range(len(errors))
    )


def jaccard(target):
    """Return the Jaccard loss as a function of the set of wrong pixels: |M| / |{y = 1} ∪ M|."""
    foreground = frozenset(pixel for pixel, label in enumerate(target) if label == 1)

    def set_function(wrong):
        return Fraction(len(wrong), len(foreground | wrong)) if wrong else Fraction(0)

    return set_function


def hinge(logits, target):
    """Evaluate the Lovász hinge by its definition."""
    errors = [sp.Max(0, 1 - (2 * label - 1) * score) for score, label in zip(logits, target, strict=True)]
    return sp.sympify(extension(jaccard(target), errors))


def softmax(probs, labels, classes=None):
    """Evaluate the Lovász-softmax loss by its definition; ``probs`` has one row a pixel, ``classes`` are those present."""
    classes = sorted(set(labels)) if classes is None else list(classes)
    return sp.sympify(sum(softmax_class(probs, labels, c) for c in classes)) / len(classes)


def softmax_class(probs, labels, c):
    """Evaluate the term of one class."""
    errors = [1 - row[c] if label == c else row[c] for row, label in zip(probs, labels, strict=True)]
    return extension(jaccard([label == c for label in labels]), errors)


def _rank_sum(errors, set_function):
    return sp.Sum(errors * Difference(set_function(S[i]), set_function(S[i - 1])), (i, 1, N))


def _subsets(size):
    return [frozenset(chosen) for count in range(size + 1) for chosen in combinations(range(size), count)]


def _targets(largest):
    return (target for size in range(1, largest + 1) for target in product((0, 1), repeat=size))


def _vertices(largest):
    """Every target with every set of wrong pixels."""
    return ((target, wrong) for target in _targets(largest) for wrong in _subsets(len(target)))


def _indicator(chosen, size):
    return [int(pixel in chosen) for pixel in range(size)]


# Any set function: a symbol for its value at each set, and a telescoping sum over ranks.
_n = sp.Symbol("n", integer=True, positive=True)
_t, _factor = sp.symbols("t lambda", positive=True)
_shift, _larger, _smaller = sp.symbols("h m_i m_j", real=True)
_gap, _excess = sp.symbols("u v", real=True)
_r = sp.Symbol("r", integer=True, nonnegative=True)
_none, _with_i, _with_j, _with_both = sp.symbols("Delta_A Delta_Ai Delta_Aj Delta_Aij", real=True)
_F = sp.IndexedBase("Delta", real=True)
_ranges = {symbol: sp.Interval(0, sp.oo) for symbol in (a, b, _r, _gap, _excess)} | {
    _factor: sp.Interval.open(0, sp.oo)
}


def _by_increments(n):
    """Return the n-th term of the sum of sorted increments."""
    return m[n] * (_F[n] - _F[n - 1])


def _telescope(first, last):
    """Return the sum of the increments from one rank to another, which SymPy telescopes."""
    return sp.Sum(_F[i] - _F[i - 1], (i, first, last)).doit()


def _up_to_threshold(n):
    """Return how much the threshold integral grows when a n-th, smallest error is appended: its last slabs change."""
    before = sp.integrate(_F[n - 1], (_t, 0, m[n - 1]))
    after = sp.integrate(_F[n - 1], (_t, m[n], m[n - 1])) + sp.integrate(_F[n], (_t, 0, m[n]))
    return after - before


_i_first = _larger * (_with_i - _none) + _smaller * (_with_both - _with_i)
_j_first = _smaller * (_with_j - _none) + _larger * (_with_both - _with_j)
_excess_of = _with_i + _with_j - _with_both - _none
# Larger error: m_i = m_j + u. Submodular: the excess is v.
_assumed = {_larger: _smaller + _gap, _with_i: _excess - _with_j + _with_both + _none}
_swap = (
    Equal(_i_first - _j_first, (_larger - _smaller) * _excess_of),
    AtLeast(_i_first.subs(_assumed), _j_first.subs(_assumed)),
)
_general = _rank_sum(m[pi[i]], Delta)


def _both(chosen):
    return sp.Integer(len(chosen) == 2)


set_functions = Card(
    name="lovasz_extension",
    title="Lovász extension",
    symbol=sp.Function("Deltahat")(m),
    formula=_general,
    prediction=m[k],
    domain={m[k]: sp.Reals} | _ranges,
    evaluate=extension,
    claims=(
        Claim(
            "gradient",
            r"$\partial\hat\Delta/\partial m_{\pi_i} = \Delta(S_i) - \Delta(S_{i-1})$, the increment, as long as the order stays",
            (Equal(sp.diff(_by_increments(i), m[i]), _F[i] - _F[i - 1]),),
        ),
        Claim(
            "threshold integral",
            r"$\hat\Delta(m) = \int_0^\infty \Delta(\{m \ge t\})\,dt$ for $m \ge 0$, for every $N$",
            # Induction: one pixel; then both grow by the same when a smallest error is appended.
            (
                Equal(_by_increments(1).subs(_F[0], 0), sp.integrate(_F[1], (_t, 0, m[1]))),
                Equal(_by_increments(_n + 1), _up_to_threshold(_n + 1)),
            ),
        ),
        Claim(
            "interpolates",
            r"$\hat\Delta$ equals $\Delta$ at every set ($m \in \{0, 1\}^N$)",
            # The first k errors are 1, the others 0: the sum telescopes, whatever k and N are.
            (Equal(_telescope(1, k), _F[k] - _F[0]),),
        ),
        Claim(
            "homogeneous",
            r"$\hat\Delta(\lambda m) = \lambda\,\hat\Delta(m)$ for $\lambda > 0$",
            (Equal(_by_increments(i).subs(m[i], _factor * m[i]), _factor * _by_increments(i)),),
        ),
        Claim(
            "shift",
            r"$\hat\Delta(m + h) = \hat\Delta(m) + h\,\Delta(\text{all})$",
            (
                Equal(
                    _by_increments(_n).subs(m[_n], m[_n] + _shift), _by_increments(_n) + _shift * (_F[_n] - _F[_n - 1])
                ),
                Equal(_telescope(1, N), _F[N] - _F[0]),
            ),
        ),
        Claim(
            "best order",
            r"if $\Delta$ is submodular, no order gives a larger sum: $\hat\Delta(m) = \max_\sigma \sum_i m_{\sigma_i}"
            r"\,(\Delta(\{\sigma_1 … \sigma_i\}) - \Delta(\{\sigma_1 … \sigma_{i-1}\}))$",
            _swap,
        ),
        Claim(
            "convex if submodular",
            r"if $\Delta$ is submodular, $\hat\Delta$ is convex: a maximum of linear functions",
            _swap,
        ),
        Claim(
            "submodular if convex",
            r"if $\hat\Delta$ is convex, $\Delta$ is submodular: $\Delta(A \cup B) + \Delta(A \cap B) = "
            r"\hat\Delta(1_A + 1_B) \le \hat\Delta(1_A) + \hat\Delta(1_B)$",
            # The errors are 2 on the k pixels of both sets, 1 on those of one, up to n, and 0 beyond.
            (Equal(2 * _telescope(1, k) + _telescope(k + 1, _n), _F[k] + _F[_n] - 2 * _F[0]),),
        ),
        Claim(
            "linear if modular",
            r"if $\Delta$ only adds up weights, $\hat\Delta(m) = \sum_i w_i m_i$",
            (Equal(_by_increments(_n).subs(_F[_n], _F[_n - 1] + _shift), _shift * m[_n]),),
        ),
        Claim(
            "always convex",
            r"$\hat\Delta$ is convex for every set function",
            (
                Fails(
                    sp.Le(
                        extension(_both, [sp.S.Half, sp.S.Half]),
                        (extension(_both, [1, 0]) + extension(_both, [0, 1])) / 2,
                    ),
                    r"$\Delta = 1$ for both of two pixels, else 0: $\hat\Delta = \min(m_1, m_2)$, "
                    r"$\tfrac12$ halfway between $(1, 0)$ and $(0, 1)$, where it is 0",
                ),
            ),
        ),
    ),
)

# The Jaccard loss with a of G foreground pixels missed and b background pixels marked: M has a + b pixels.
_loss = (a + b) / (G + b)
_miss = sp.Integer(1) / (G + b)
_mark = (G - a) / ((G + b) * (G + b + 1))
# Room for one more missed pixel: G = a + 1 + r. Where none is left, or none was there, the cases stand by themselves.
_room = {G: a + 1 + _r}
_full = Equal(_mark.subs(a, G), sp.S.Zero)
_empty = Equal(_loss.subs({a: 0, G: 0}, simultaneous=True), sp.S.One)
# Without foreground the first wrong pixel makes the loss 1, and no other changes it.
_only_the_first = (_empty, Equal(_mark.subs({a: 0, G: 0}, simultaneous=True), sp.S.Zero))


def _less(expr, change):
    """Claim that an increment does not grow when one more pixel is already wrong."""
    return AtLeast(expr.subs(_room), expr.subs(change, simultaneous=True).subs(_room))


_diminishing = (
    _less(_miss, {a: a + 1}),
    _less(_miss, {b: b + 1}),
    _less(_mark, {a: a + 1}),
    _less(_mark, {b: b + 1}),
    _full,
    _empty,
)
_increments_not_negative = (AtLeast(_miss.subs(_room)), AtLeast(_mark.subs(_room)), _full)
_sum_to_one = (Equal(_loss.subs(a, G), sp.S.One), _empty)


def _counts(case):
    target, wrong = case
    missed = sum(target[pixel] for pixel in wrong)
    return missed, len(wrong) - missed, sum(target)


def _is_counted(case):
    missed, marked, total = _counts(case)
    return jaccard(case[0])(case[1]) == (Fraction(missed + marked, total + marked) if total + marked else 0)


def _is_submodular(case):
    target, first, second = case
    loss = jaccard(target)
    return loss(first) + loss(second) >= loss(first | second) + loss(first & second)


def _relabelled(case):
    target, order = case
    errors = range(len(target))
    return extension(jaccard(target), errors) == extension(
        jaccard([target[e] for e in order]), [errors[e] for e in order]
    )


_images = (([-1], [1]), ([1, 1, 1], [1, 1, 1]))

binary = Card(
    name="lovasz_hinge",
    title="Lovász hinge",
    symbol=sp.Function("ell")(_logits, _labels),
    formula=_rank_sum(sp.Max(0, Difference(1, (2 * _labels[pi[i]] - 1) * _logits[pi[i]])), _jaccard),
    prediction=_logits[k],
    domain={_logits[k]: sp.Reals} | _ranges,
    evaluate=hinge,
    claims=(
        Claim(
            "counts",
            r"$\Delta_J(M) = (a + b)/(G + b)$, where $M$ misses $a$ of $G$ foreground pixels and marks $b$ of the background",
            (Exhaust(lambda: _vertices(5), _is_counted, "every target and set of up to 5 pixels"),),
        ),
        Claim(
            "increments",
            r"one more wrong pixel adds $\frac{1}{G + b}$ if it is foreground, $\frac{G - a}{(G + b)(G + b + 1)}$ if not",
            (Equal(_loss.subs(a, a + 1) - _loss, _miss), Equal(_loss.subs(b, b + 1) - _loss, _mark)),
        ),
        Claim(
            "submodular",
            r"$\Delta_J$ is submodular: no increment grows when another pixel is already wrong",
            _diminishing,
        ),
        Claim(
            "submodular by pairs",
            r"$\Delta_J(A) + \Delta_J(B) \ge \Delta_J(A \cup B) + \Delta_J(A \cap B)$",
            (
                Exhaust(
                    lambda: (
                        (target, *pair) for target in _targets(5) for pair in product(_subsets(len(target)), repeat=2)
                    ),
                    _is_submodular,
                    "every target and pair of sets of up to 5 pixels",
                ),
            ),
        ),
        Claim(
            "range",
            r"$\ell \ge 0$: neither the hinges nor the increments are negative",
            (*_increments_not_negative, AtLeast(sp.Max(0, z))),
        ),
        Claim(
            "gradient",
            r"$\partial\ell/\partial z_{\pi_i} = -(2 y_{\pi_i} - 1)\,(\Delta_J(S_i) - \Delta_J(S_{i-1}))$ where the error is positive, and 0 "
            r"where it is cut off at 0",
            (
                Equal(
                    sp.diff(sp.Max(0, 1 - (2 * y - 1) * z) * (_F[i] - _F[i - 1]), z),
                    -(2 * y - 1) * (_F[i] - _F[i - 1]) * sp.Heaviside(1 - (2 * y - 1) * z),
                ),
            ),
        ),
        Claim(
            "weighted mean",
            r"the increments are not negative and sum to 1: the loss is a weighted mean of the errors",
            (*_increments_not_negative, *_sum_to_one),
        ),
        Claim(
            "base polytope",
            r"the increments of every order sum to at most $\Delta_J(A)$ over every set $A$, so that $\hat\Delta_J$ is the "
            r"maximum over all orders, the convex closure of $\Delta_J$",
            # Without the pixels outside of A no increment is smaller, and those that are left telescope.
            (*_diminishing, Equal(_telescope(1, k), _F[k] - _F[0])),
        ),
        Claim(
            "interpolates",
            r"for errors 0 and 1, $\hat\Delta_J$ is $1 - \mathrm{IoU}$",
            (
                Exhaust(
                    lambda: _vertices(5),
                    lambda case: (
                        extension(jaccard(case[0]), _indicator(case[1], len(case[0]))) == jaccard(case[0])(case[1])
                    ),
                    "every target and set of up to 5 pixels",
                ),
            ),
        ),
        Claim(
            "convex",
            r"the loss is convex in $z$: a maximum over orders of sums of hinges with weights that are not negative",
            (*_increments_not_negative, *_diminishing, *_swap),
        ),
        Claim(
            "lipschitz",
            r"$|\ell(z, y) - \ell(z', y)| \le \max_i |z_i - z'_i|$, whatever the size of the image",
            (*_increments_not_negative, *_sum_to_one),
        ),
        Claim(
            "one pixel",
            r"for one pixel it is the hinge loss $\max(0, 1 - (2y - 1)z)$",
            (
                Equal(hinge([z], [1]), sp.Max(0, 1 - z)),
                Equal(hinge([z], [0]), sp.Max(0, 1 + z)),
            ),
        ),
        Claim(
            "all foreground",
            r"if every pixel is foreground, it is the mean of the hinges",
            (Equal(_miss.subs(b, 0), 1 / G),),
        ),
        Claim(
            "no foreground",
            r"if none is, it is the largest hinge",
            _only_the_first,
        ),
        Claim(
            "bounds the Jaccard loss",
            r"it is at least $1 - \mathrm{IoU}$ of the mask $z > 0$: a wrong pixel has an error $1 + |z| \ge 1$",
            (
                *_increments_not_negative,
                AtLeast(1 + _gap, sp.S.One),
            ),
        ),
        Claim(
            "no places",
            r"the loss does not know where a pixel is: the same order for scores and labels changes nothing",
            (
                Exhaust(
                    lambda: ((target, order) for target in _targets(5) for order in permutations(range(len(target)))),
                    _relabelled,
                    "every target and permutation of up to 5 pixels",
                ),
            ),
        ),
        Claim(
            "foreground and background alike",
            r"$\ell(-z, 1 - y) = \ell(z, y)$",
            (
                Fails(
                    sp.Eq(hinge([0, -1], [1, 0]), hinge([0, 1], [0, 1])),
                    r"$z = (0, -1)$, $y = (1, 0)$: 1; negated: $\tfrac12$",
                ),
            ),
        ),
        Claim(
            "mean of images",
            r"the loss of a batch is the mean of the losses of its images",
            (
                Fails(
                    sp.Eq(
                        hinge(_images[0][0] + _images[1][0], _images[0][1] + _images[1][1]),
                        sum(hinge(*image) for image in _images) / 2,
                    ),
                    r"$z = (-1)$, $y = (1)$ is missed, $z = (1, 1, 1)$, $y = (1, 1, 1)$ right: the mean is 1, together $\tfrac12$",
                ),
            ),
        ),
    ),
)

_class_errors = sp.Abs(sp.KroneckerDelta(_c, _labels[pi[_c, i]]) - _probs[pi[_c, i], _c])
_class_ranks = sp.Sum(_class_errors * Difference(_jaccard_c(S[_c, i]), _jaccard_c(S[_c, i - 1])), (i, 1, N))


def _labelled(largest):
    return ((labels, size) for size in range(1, largest + 1) for labels in product(range(3), repeat=size))


def _mean_jaccard(predicted, labels, classes):
    losses = []
    for c in classes:
        either = [e for e, pair in enumerate(zip(predicted, labels, strict=True)) if c in pair]
        both = [e for e in either if predicted[e] == labels[e]]
        losses.append(1 - Fraction(len(both), len(either)) if either else 0)
    return sp.sympify(sum(losses)) / len(losses)


def _is_mean_iou(case):
    labels, predicted, classes = case
    one_hot = [[int(c == guess) for c in range(3)] for guess in predicted]
    listed = sorted(set(labels)) if classes is None else classes
    return softmax(one_hot, labels, classes) == _mean_jaccard(predicted, labels, listed)


_guess = sp.Rational(3, 4)


def _expected(prob):
    """Return the expected loss of one pixel that is of class 1 with probability 3/4, where class 1 is given ``prob``."""
    rows = [[1 - prob, prob]]
    return _guess * softmax(rows, [1]) + (1 - _guess) * softmax(rows, [0])


multiclass = Card(
    name="lovasz_softmax",
    title="Lovász-softmax",
    symbol=sp.Function("ell")(_probs, _labels),
    formula=sp.Sum(_class_ranks, (_c, 1, _C)) / _C,
    prediction=_probs[k, _c],
    domain={_probs[k, _c]: sp.Interval(0, 1), p: sp.Interval(0, 1)} | _ranges,
    evaluate=softmax,
    claims=(
        Claim(
            "mean IoU",
            r"for predictions 0 and 1 it is $1 - \mathrm{mIoU}$ over the classes counted",
            (
                Exhaust(
                    lambda: (
                        (labels, predicted, classes)
                        for labels, size in _labelled(3)
                        for predicted in product(range(3), repeat=size)
                        for classes in (None, (0, 1, 2), (2,))
                    ),
                    _is_mean_iou,
                    "3 classes, up to 3 pixels, every labelling and prediction, classes present, all and one",
                ),
            ),
        ),
        Claim(
            "range",
            r"$0 \le \ell \le 1$: a mean of weighted means of errors in $[0, 1]$",
            (*_increments_not_negative, *_sum_to_one, AtLeast(1 - p), AtLeast(sp.S.One, 1 - p)),
        ),
        Claim(
            "gradient",
            r"$\partial\ell/\partial p_{\pi_i, c} = \pm\tfrac1C (\Delta_{J_c}(S_i) - \Delta_{J_c}(S_{i-1}))$, minus on the pixels of class $c$",
            (
                Equal(sp.diff((1 - p) * (_F[i] - _F[i - 1]) / _C, p), -(_F[i] - _F[i - 1]) / _C),
                Equal(sp.diff(p * (_F[i] - _F[i - 1]) / _C, p), (_F[i] - _F[i - 1]) / _C),
            ),
        ),
        Claim(
            "convex",
            r"the loss is convex in $p$: both errors, $1 - p$ on the class and $p$ off it, are linear",
            (*_diminishing, *_swap, Equal(sp.diff(1 - p, p, 2), sp.S.Zero), Equal(sp.diff(p, p, 2), sp.S.Zero)),
        ),
        Claim(
            "absent class",
            r"a class that no pixel has, where it is counted, contributes the largest probability it is given",
            (*_only_the_first,),
        ),
        Claim(
            "absent class is free",
            r"a class that no pixel has contributes nothing",
            (
                Fails(
                    sp.Eq(softmax_class([[sp.S.Half, sp.S.Half]], [0], 1), 0),
                    r"one pixel of class 0, $p = (\tfrac12, \tfrac12)$: class 1 contributes $\tfrac12$",
                ),
            ),
        ),
        Claim(
            "proper",
            r"the expected loss is smallest at the true probabilities",
            (
                Fails(
                    sp.Le(_expected(_guess), _expected(sp.S.One)),
                    r"one pixel, class 1 with probability $\tfrac34$: $\tfrac38$ at $p = \tfrac34$, but $\tfrac14$ at $p = 1$",
                ),
            ),
        ),
    ),
)
