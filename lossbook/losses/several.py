"""Losses of several classes in which probabilities can be exactly 0, and the maps from scores to such probabilities.

Two ask for a margin over the rivals; the others are Fenchel–Young losses, whose gradient is p − q, with p the map of the scores. All are
computed in float64, whatever the dtype of the scores. The formulas and what is proved of them stand on the cards in
:mod:`lossbook.cards.several`.
"""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from lossbook.engine.arguments import (
    LABELS,
    LABELS_OR_DISTRIBUTION,
    REAL,
    SCORES,
    SINGLE,
    as_array,
    distributions_along,
    float_dtype,
    labels_along,
    read_class_axis,
    read_number,
)
from lossbook.engine.columns import Labelled, Targeted
from lossbook.engine.loss import Declaration, Loss, loss
from lossbook.numerics import powers, tempered
from lossbook.numerics.limits import times
from lossbook.numerics.sums import add_up, lost, subtract

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from numpy.typing import ArrayLike, NDArray

    from lossbook.engine.types import Reduction


_FAMILY = {
    "family": "several classes",
    "group": "margins",
    "each": "column",
    "page": "book/margins/several_classes",
}
_OF_LABELS = _FAMILY | {"arguments": {"logits": SCORES, "labels": LABELS}}
_OF_TARGETS = _FAMILY | {"arguments": {"logits": SCORES, "target": LABELS_OR_DISTRIBUTION}}


# --- Margins over the rivals -----------------------------------------------------------------------------------------------


def _excess(z, k, margin):
    """Return margin + z_j − z_k of each class j, in which nothing is lost where it is near 0, and where the labels are."""
    label = k, np.arange(len(k))
    difference, rest = subtract(z, z[label])
    total, slip = subtract(np.full_like(z, margin), -difference)
    return total + (slip + rest), label


def _crammer_singer(z, k, margin):
    """Value and derivative of the largest excess among the rivals, if it is positive."""
    excess, label = _excess(z, k, margin)
    excess[label] = -np.inf
    value = np.maximum(excess.max(axis=0), 0)
    yield value
    rivals = z.copy()
    rivals[label] = -np.inf
    best = rivals.argmax(axis=0)
    # Where every rival is −∞, the first of them is meant.
    best = np.where(best == k, 1, best) % len(z)
    gradient = np.zeros_like(z)
    gradient[best, label[1]] = value > 0
    gradient[label] -= value > 0
    yield gradient


def _weston_watkins(z, k, margin):
    """Value and derivative of the sum of what is positive of the rivals' excess."""
    excess, label = _excess(z, k, margin)
    excess[label] = 0
    yield add_up(np.maximum(excess, 0))
    gradient = (excess > 0).astype(z.dtype)
    gradient[label] = 0 - add_up(gradient)
    yield gradient


# --- Maps to probabilities that can be 0 -----------------------------------------------------------------------------------
#
# p = (β (z − τ))_+^(1/β), β = α − 1, with τ such that the sum is 1. With e the last class of the support, p is (w + β (z − z_e))_+^(1/β), a sum
# of terms that are not negative, and w = p_e^β. How many classes belong to the support is read from the sorted scores.


def _support(z, beta):
    """Return how many classes of each column have a probability, and the smallest score among theirs.

    The k largest have, while Σ (β (z_i − z_k))^(1/β) over them is below 1.
    """
    ordered = -np.sort(-z, axis=0)
    gap = subtract(ordered[0], ordered)[0]
    number = np.arange(1.0, len(z) + 1)[:, None]
    if beta == 1:
        size = (number * gap - np.cumsum(gap, axis=0) < 1).sum(axis=0)
    elif beta == 0.5:
        half = 0.5 * gap
        sums, squares = np.cumsum(half, axis=0), np.cumsum(half**2, axis=0)
        size = (number * half**2 - 2 * half * sums + squares < 1).sum(axis=0)
    else:
        low, high = np.ones(z.shape[1], int), np.full(z.shape[1], len(z))
        while (low < high).any():
            middle = (low + high + 1) // 2
            below = subtract(ordered, ordered[middle - 1, np.arange(z.shape[1])])[0]
            fits = add_up(_root(beta, np.maximum(below, 0))) < 1
            low, high = np.where(fits, middle, low), np.where(fits, high, middle - 1)
        size = low
    return size, ordered[size - 1, np.arange(z.shape[1])]


def _root(beta, gap, log_w=None):
    """Return (w + β gap)^(1/β), by logarithms, since β gap may overflow and w underflow; without ``log_w``, w is 0."""
    log = np.log(beta) + np.log(gap)
    return np.exp((log if log_w is None else np.logaddexp(log, log_w)) / beta)


class _Probabilities:
    """Probabilities p of a map, and what a loss needs of them.

    ``shares`` is proportional to p^(2 − α) on the support, and ``scale`` the factor that is left out.
    """

    def second(self):
        """Return ∂p_i/∂z_i = s_i Σ_{j≠i} s_j/Σ s, s = p^(2 − α) on the support."""
        shares = self.shares
        largest = shares.argmax(axis=0), np.arange(shares.shape[1])
        total = add_up(shares)
        others = total - shares
        rest = shares.copy()
        rest[largest] = 0
        others[largest] = add_up(rest)
        return times(self.scale, shares * (others / total))


class _ByTemper(_Probabilities):
    """The map for 1 ≤ α < 2: the softmax of temperature 2 − α, in twice the precision."""

    def __init__(self, z, alpha, single):
        self.beta = Fraction(alpha) - 1
        self.z = z
        self.top, self.missing, self.logs = tempered.tempered(z, 2 - alpha, single)
        self.p = tempered.power(self.logs, Fraction(1))

    def over(self, q):
        """Return p − q; for the largest, which may be next to 1, from 1 − p."""
        over, top = self.p - q, self.top
        over[top] = np.where(self.p[top] > 0.5, (1 - q[top]) - self.missing[top], over[top])
        return over

    def divergence(self, q, over):
        """Return what each class adds to the loss."""
        value = tempered.divergence(self.p, q, over, self.logs, self.beta)
        is_zero = np.isinf(self.logs[0])
        if not (self.beta and is_zero.any()):
            return value
        log = self.logs[0][self.top], self.logs[1][self.top]
        edge = tempered.power(log, self.beta) / float(self.beta)
        below = np.maximum(subtract(self.z[self.top], self.z)[0] - edge, 0)
        return value + np.where(is_zero, times(q, below), 0)

    @property
    def shares(self):
        """p^(2 − α)."""
        return tempered.power(self.logs, 1 - self.beta)

    scale = 1.0


class _BySquares(_Probabilities):
    """The map for α = 2 and α = 3/2: p is x or x², x = w + β (z − z_e), with the threshold in twice the precision."""

    def __init__(self, z, alpha, single):
        self.squared = alpha != 2
        beta = 0.5 if self.squared else 1.0
        size, edge = _support(z, beta)
        above = tuple(beta * part for part in subtract(z, edge))
        self.inside = z >= edge
        self.above = above
        c = tuple(np.where(self.inside, part, 0.0) for part in above)
        w = np.zeros(z.shape[1]), np.zeros(z.shape[1])
        if self.squared:
            room, total = _left(powers.square(c)), add_up(c[0])
            room = np.maximum(room, 0)
            w = room / (total + np.sqrt(total**2 + size * room)), w[1]
        for _ in range(2):
            x = self.base(c, w)
            slope = 2 * add_up(x[0]) if self.squared else size
            w = powers.add(w, (_left(powers.square(x) if self.squared else x) / slope, 0.0))
        self.w = _clipped(w)
        self.x = self.base(c, self.w)
        self.pair = powers.square(self.x) if self.squared else self.x
        self.p = self.pair[0] + self.pair[1]

    def base(self, c, w):
        """Return w + c on the support."""
        x = _clipped(powers.add(c, tuple(np.broadcast_to(part, c[0].shape) for part in w)))
        return tuple(np.where(self.inside, part, 0.0) for part in x)

    def over(self, q):
        """Return p − q."""
        return np.add(*powers.add(self.pair, (-q, 0.0)))

    def divergence(self, q, over):
        """Return what each class adds to the loss: ½ (p − q)² or ⅔ (√q − √p)² (2√q + √p), and beyond the support q times how far."""
        below = np.maximum(-(self.above[0] + self.w[0]) - (self.above[1] + self.w[1]), 0)
        off = times(q, np.where(self.inside, 0.0, below))
        if not self.squared:
            return 0.5 * over * over + off
        x, root = self.x[0], np.sqrt(q)
        both = x + root
        distance = over / np.where(both > 0, both, 1)
        return 2 / 3 * distance * distance * (2 * root + x) + 2 * off

    @property
    def shares(self):
        """1 or √p on the support."""
        return self.x[0] if self.squared else (self.p > 0).astype(float)

    scale = 1.0


def _left(terms):
    """Return 1 less a sum of pairs along the first axis, nearly in twice the precision."""
    total = add_up(terms[0])
    upper, rest = subtract(np.ones_like(total), total)
    return upper + (rest - (lost(terms[0], total) + add_up(terms[1])))


def _clipped(pair):
    """Return a pair with its sum as the first part, and 0 where that is negative."""
    total = pair[0] + pair[1]
    rest = (pair[0] - total) + pair[1]
    return np.maximum(total, 0), np.where(total > 0, rest, 0.0)


class _ByEdge(_Probabilities):
    """The map for α > 2: Newton's method for p_e, the smallest probability above 0, in which the sum is convex.

    The sum of the others is rounded, so that a probability near 0 keeps its absolute digits, not all of its relative ones.
    """

    def __init__(self, z, alpha, single):
        self.alpha, self.beta = alpha, alpha - 1
        size, edge = _support(z, self.beta)
        self.inside = z >= edge
        self.above = subtract(z, edge)[0]
        gap = np.where(self.inside, self.above, 0.0)
        smallest = 1.0 / size
        for _ in range(100):
            p = self.at(gap, smallest)
            slope = add_up(np.where(self.inside, (smallest / p) ** (self.beta - 1), 0.0))
            # Beyond the last digit a step would only move between neighbours.
            step = np.maximum((add_up(p) - 1) / slope, 0)
            smallest = np.maximum(smallest - step, 5e-324)
            if np.max(step / smallest) < 1e-15:
                break
        self.smallest = smallest
        self.p = self.at(gap, smallest)

    def at(self, gap, smallest):
        """Return the probabilities on the support, where the smallest is this."""
        p = _root(self.beta, gap, self.beta * np.log(smallest))
        return np.where(self.inside, np.where(gap > 0, p, smallest), 0.0)

    def over(self, q):
        """Return p − q."""
        return self.p - q

    def divergence(self, q, over):
        """Return what each class adds to the loss: (q (q^β − p^β) − β p^β (q − p))/αβ, and beyond the support q times how far."""
        alpha, beta, p = self.alpha, self.beta, self.p
        upper, lower = np.maximum(p, q), np.minimum(p, q)
        log = np.log1p(-abs(over) / np.where(upper > 0, upper, 1))
        grown = -np.expm1(beta * log) * upper**beta / beta
        power = lower**beta
        far = np.where(q >= p, q * grown - power * (q - p), upper**beta * (p - q) - q * grown)
        m = -over / np.where(q > 0, q, 1)
        near = (q > 0) & (beta * abs(m) <= 0.5)
        m, series = np.where(near, m, 0.0), np.zeros_like(p)
        term = np.ones_like(p)
        for n in range(_TERMS):
            series += term / (n + 2)
            term = term * (m * ((1 - beta + n) / (n + 1)))
        value = np.where(near, q**alpha * m * m * series, np.maximum(far, 0) / alpha)
        value = np.where(q > 0, value, p**alpha / alpha)
        below = np.maximum(-self.above - self.smallest**beta / beta, 0)
        return value + times(q, np.where(self.inside, 0.0, below))

    @property
    def shares(self):
        """(p/p_e)^(2 − α) on the support, at most 1."""
        p = np.where(self.inside, self.p, 1.0)
        return np.where(self.inside, (self.smallest / p) ** (self.beta - 1), 0.0)

    @property
    def scale(self):
        """p_e^(2 − α)."""
        return self.smallest ** (1 - self.beta)


# Σ_n (1 − β)_n/n! m^n/(n + 2) where β |m| ≤ ½: what follows adds nothing.
_TERMS = 56


def _map(z, alpha, single=False):
    """Return the probabilities that α-entmax gives the scores, with what a loss needs of them."""
    kind = _BySquares if alpha in (1.5, 2) else _ByTemper if alpha < 2 else _ByEdge
    return kind(z, alpha, single)


def _regularised(z, q, alpha, single):
    """Value and derivatives of Ω(q) + Ω*(z) − ⟨q, z⟩, as a sum of terms of which none is negative."""
    found = _map(z, alpha, single)
    over = found.over(q)
    yield add_up(found.divergence(q, over))
    yield over + 0
    yield found.second()


def _of_label(kernel):
    """Make a kernel of targets one of labels, which are distributions with a 1."""

    def of_label(z, k):
        q = np.zeros_like(z)
        q[k, np.arange(len(k))] = 1
        yield from kernel(z, q)

    return of_label


def _custom(z, q, conjugate, regularizer):
    """Value and derivative of Ω(q) + Ω*(z) − ⟨q, z⟩, with Ω* and Ω as somebody's functions of rows."""
    rows = np.ascontiguousarray(z.T)
    given = conjugate(rows)
    if not isinstance(given, tuple) or len(given) != 2:
        raise TypeError(
            "conjugate must return a pair, the values and the gradients, but it returned "
            f"{type(given).__name__}. Return (values, gradients), of shapes (n,) and (n, K)."
        )
    value = _returned("conjugate", given[0], rows.shape[:1])
    gradient = _returned("conjugate", given[1], rows.shape)
    if regularizer is not None:
        value = value + _returned("regularizer", regularizer(np.ascontiguousarray(q.T)), rows.shape[:1])
    yield value - add_up(times(q, z))
    yield gradient.T - q


def _returned(name, value, shape):
    """Check what somebody's function has returned."""
    array = as_array(f"what {name} returns", value).astype(np.float64)
    if array.shape != shape:
        raise ValueError(
            f"{name} must return an array of shape {shape} here, but it has shape {array.shape}. Return one for each row."
        )
    return array


# --- The maps --------------------------------------------------------------------------------------------------------------


def sparsemax(logits: ArrayLike, *, axis: int = -1) -> NDArray[Any]:
    r"""Sparsemax: the distribution that is nearest to the scores, in which the low scores have probability 0.

    Use it in place of a softmax whose small probabilities are in the way, in attention or as the last layer before :func:`sparsemax_loss`.

    .. math:: p = \operatorname{argmin}_{q} \textstyle\sum_k (q_k - z_k)^2, \qquad p_k = (z_k - \tau)_+,

    over the distributions q; τ is the number for which the sum is 1.

    Parameters
    ----------
    logits : array_like
        Scores z, any real numbers including ±∞, with K classes along ``axis``.
    axis : int
        The class axis; 1 for N×C×H×W.

    Returns
    -------
    numpy.ndarray
        Probabilities in the shape of ``logits``, float32 for float32. Infinite logits give the limit for ±∞ read as ±t, t → ∞.

    Raises
    ------
    ValueError
        If ``logits`` is empty or holds NaN, or ``axis`` does not exist.
    TypeError
        If ``logits`` is not numeric.

    See Also
    --------
    entmax : Between the softmax and this map, and beyond.
    sparsemax_loss : The loss whose gradient is this map less the target.

    Notes
    -----
    A class has probability 0 where the others leave nothing for it: of two, the one whose score is lower by 1 or more.

    References
    ----------
    A. F. T. Martins and R. F. Astudillo, From softmax to sparsemax: A sparse model of attention and multi-label classification,
    ICML 2016.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.sparsemax([[0.75, 0.25, -1.0], [3.0, 1.0, 0.0]]))
    [[0.75 0.25 0.  ]
     [1.   0.   0.  ]]
    """
    return _mapped(logits, 2.0, axis)


def entmax(logits: ArrayLike, *, alpha: float = 1.5, axis: int = -1) -> NDArray[Any]:
    r"""α-entmax: from the softmax at α = 1 to sparsemax at α = 2, and beyond.

    Use it where probabilities shall be 0 for what is out of the question, and smooth between the others.

    .. math:: p = \operatorname{argmax}_{q} \textstyle\sum_k q_k z_k + \frac{1 - \sum_k q_k^{\alpha}}{\alpha (\alpha - 1)}, \qquad
        p_k = \left((\alpha - 1) (z_k - \tau)\right)_+^{1/(\alpha - 1)},

    over the distributions q; τ is the number for which the sum is 1.

    Parameters
    ----------
    logits : array_like
        Scores z, any real numbers including ±∞, with K classes along ``axis``.
    alpha : float
        The parameter α, finite and at least 1: 1 is the softmax, 2 is :func:`sparsemax`; the larger, the fewer classes have a probability.
    axis : int
        The class axis; 1 for N×C×H×W.

    Returns
    -------
    numpy.ndarray
        Probabilities in the shape of ``logits``, float32 for float32. Infinite logits give the limit for ±∞ read as ±t, t → ∞.

    Raises
    ------
    ValueError
        If ``logits`` is empty or holds NaN, ``alpha`` is out of range, or ``axis`` does not exist.
    TypeError
        If an argument is not numeric.

    See Also
    --------
    sparsemax : The map at α = 2.
    entmax_loss : The loss whose gradient is this map less the target.

    Notes
    -----
    At α = 3/2 and α = 2 the scores are sorted and the threshold is exact; otherwise it is found by Newton's method. For α > 2 a probability
    near 0 is right to the absolute rounding error of a sum of 1.

    References
    ----------
    B. Peters, V. Niculae and A. F. T. Martins, Sparse sequence-to-sequence models, ACL 2019.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.entmax([1.0, 0.0, -1.0]).round(4))
    [0.8307 0.1693 0.    ]
    >>> print(lossbook.entmax([1.0, 0.0, -1.0], alpha=1).round(4))
    [0.6652 0.2447 0.09  ]
    """
    return _mapped(logits, _read_alpha(alpha), axis)


def _read_alpha(alpha):
    return read_number("alpha", alpha, 1, REAL.high, what="a finite number ≥ 1")


#: Columns that are worked off together.
_COLUMNS = 4096


def _mapped(logits, alpha, axis):
    """Apply a map along one axis."""
    argument = SCORES.read("logits", logits)
    axis = read_class_axis(axis, argument)
    argument.check_all()
    rows = np.moveaxis(argument.array, axis, -1)
    flat = rows.reshape(-1, rows.shape[-1])
    found = np.empty(flat.shape, float_dtype(argument))
    with np.errstate(all="ignore"):
        for start in range(0, len(flat), _COLUMNS):
            part = slice(start, start + _COLUMNS)
            z = np.ascontiguousarray(flat[part].T, dtype=np.float64)
            found[part] = _map(z, alpha, found.dtype == SINGLE).p.T
    return np.moveaxis(found.reshape(rows.shape), -1, axis)


# --- The losses ------------------------------------------------------------------------------------------------------------


def _of_targets(kernel, logits, target, ignore_index, axis, **options):
    """Put a kernel of targets and its arguments together; return which kind the targets are of, too."""
    axis = read_class_axis(axis, logits)
    q = distributions_along(target, logits, axis, ignore_index)
    if q is not None:
        return Targeted(kernel, logits, q, axis=axis, **options)
    k = labels_along(target, logits, axis, ignore_index)
    return Labelled(_of_label(kernel), logits, k, double=True, axis=axis, **options)


_MARGIN = {"low": 0, "high": REAL.high, "what": "a finite number ≥ 0"}


@loss(
    **_OF_LABELS,
    references=(
        (
            "K. Crammer and Y. Singer, On the algorithmic implementation of multiclass kernel-based vector machines, Journal of "
            "Machine Learning Research 2, 2001."
        ),
    ),
)
def crammer_singer_loss(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    margin: float = 1.0,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Crammer–Singer loss: by how much the label's score fails to be a margin above that of its best rival.

    Use it to train a support vector machine of several classes where each input has one class that is likelier than all others together.

    .. math:: \ell(z, k) = \max\left(0,\; \mu + \max_{j \ne k} z_j - z_k\right)

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, a number ≥ 0 in the unit of the scores: a scalar, or an array of the shape of ``labels`` for ``"none"``; 0 where an
        element is left out. Infinite logits give the limit for ±∞ read as ±t, t → ∞, so that equal infinities go together.

    See Also
    --------
    weston_watkins_loss : The sum over the rivals.
    hinge_loss : For two classes, with the difference of the scores for z.

    Notes
    -----
    The slope is −1 at the label and 1 at the best rival, the first of them where several are equal; where the loss is 0 it is 0, at the
    kink too. One class alone has no rival and costs 0. Where no class has a probability above ½, the loss may be smallest at scores that
    are all equal.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.crammer_singer_loss([[2.0, 1.5, 1.5], [2.0, 0.0, 0.0]], [0, 0], reduction="none"))
    [0.5 0. ]
    >>> print(lossbook.grad(lossbook.crammer_singer_loss)([[2.0, 1.5, 1.5]], [0]))
    [[-1.  1.  0.]]
    """
    kernel = partial(_crammer_singer, margin=read_number("margin", margin, **_MARGIN))
    return Labelled.of(kernel, logits, labels, sample_weight, ignore_index, axis, reduction)


@loss(
    **_OF_LABELS,
    references=(
        "J. Weston and C. Watkins, Support vector machines for multi-class pattern recognition, ESANN 1999.",
        ("Y. Wang and C. Scott, Weston-Watkins hinge loss and ordered partitions, NeurIPS 2020."),
    ),
)
def weston_watkins_loss(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    margin: float = 1.0,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Weston–Watkins loss: what each rival lacks to being a margin below the label, summed over the rivals.

    Use it to train a support vector machine of several classes whose label shall be above every rival, not only above the best.

    .. math:: \ell(z, k) = \sum_{j \ne k} \max(0,\; \mu + z_j - z_k)

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, a number ≥ 0 in the unit of the scores: a scalar, or an array of the shape of ``labels`` for ``"none"``; 0 where an
        element is left out. Infinite logits give the limit for ±∞ read as ±t, t → ∞, so that equal infinities go together.

    See Also
    --------
    crammer_singer_loss : The best rival alone.

    Notes
    -----
    It is a sum; PyTorch's ``multi_margin_loss`` divides it by the number of classes. The slope is 1 at each rival that is too near, minus
    their number at the label; a rival at exactly the margin counts as far enough.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.weston_watkins_loss([[2.0, 1.5, 1.5], [2.0, 0.0, 0.0]], [0, 0], reduction="none"))
    [1. 0.]
    >>> print(lossbook.grad(lossbook.weston_watkins_loss)([[2.0, 1.5, 1.5]], [0]))
    [[-2.  1.  1.]]
    """
    kernel = partial(_weston_watkins, margin=read_number("margin", margin, **_MARGIN))
    return Labelled.of(kernel, logits, labels, sample_weight, ignore_index, axis, reduction)


@loss(
    **_OF_TARGETS,
    references=(
        (
            "A. F. T. Martins and R. F. Astudillo, From softmax to sparsemax: A sparse model of attention and multi-label "
            "classification, ICML 2016."
        ),
    ),
)
def sparsemax_loss(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Sparsemax loss: the cross entropy's counterpart for sparsemax, 0 as soon as the label is 1 above its rivals.

    Use it where the model shall say probability 0, and a label that is right by a margin shall not pull any more.

    .. math:: \ell(z, q) = \tfrac{1}{2} \sum_k \left((q_k - z_k)^2 - (p_k - z_k)^2\right), \qquad p_k = (z_k - \tau)_+

    Parameters
    ----------
    target : array_like
        Class labels, integers from 0 to K − 1 (booleans are read as 0 and 1) in the shape of ``logits`` without
        ``axis``, for which q is 1 at the label and 0 elsewhere; or distributions q, in the shape of ``logits``, which
        sum to 1 along ``axis`` (one-hot integers are such).
    ignore_index : int, optional
        Label of the elements that are left out, such as 255 or −1. They do not count in the mean; if all are left out,
        the loss and its gradient are zero. Only for labels.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, a number ≥ 0: a scalar, or an array of the shape of ``logits`` without ``axis`` for ``"none"``; 0 where an
        element is left out. Infinite logits give the limit for ±∞ read as ±t, t → ∞, so that equal infinities go together.

    See Also
    --------
    sparsemax : The probabilities p.
    entmax_loss : The family to which it belongs, at ``alpha`` 2.
    smoothed_hinge_loss : The loss of two classes, for ``gamma`` 2 and the difference of the scores.

    Notes
    -----
    The gradient is p − q. The second derivative is (n − 1)/n at the n classes with a probability, and 0 elsewhere. It is below the error
    count in places: a tie of two classes costs ¼.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.sparsemax_loss([[0.0, 0.0], [1.0, 0.0], [-3.0, 0.0]], [0, 0, 0], reduction="none"))
    [0.25 0.   3.  ]
    >>> print(lossbook.grad(lossbook.sparsemax_loss)([[0.75, 0.25, -1.0]], [0]))
    [[-0.25  0.25  0.  ]]
    """
    kernel = partial(_regularised, alpha=2.0, single=False)
    options = {"axis": axis, "reduction": reduction, "sample_weight": sample_weight, "derivatives": 2}
    return _of_targets(kernel, logits, target, ignore_index, **options)


@loss(
    **_OF_TARGETS,
    references=(
        ("B. Peters, V. Niculae and A. F. T. Martins, Sparse sequence-to-sequence models, ACL 2019."),
        "M. Blondel, A. F. T. Martins and V. Niculae, Learning with Fenchel-Young losses, Journal of Machine Learning Research 21, 2020.",
    ),
)
def entmax_loss(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    alpha: float = 1.5,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Entmax loss: from the cross entropy at α = 1 to the sparsemax loss at α = 2, and beyond.

    Use it where the model shall say probability 0 to what is out of the question; ``alpha`` says how soon.

    .. math:: \ell(z, q) = \sum_k (p_k - q_k)\, z_k + \frac{\sum_k \left(q_k^{\alpha} - p_k^{\alpha}\right)}{\alpha (\alpha - 1)}, \qquad
        p_k = \left((\alpha - 1) (z_k - \tau)\right)_+^{1/(\alpha - 1)}

    Parameters
    ----------
    target : array_like
        Class labels, integers from 0 to K − 1 (booleans are read as 0 and 1) in the shape of ``logits`` without
        ``axis``, for which q is 1 at the label and 0 elsewhere; or distributions q, in the shape of ``logits``, which
        sum to 1 along ``axis`` (one-hot integers are such).
    alpha : float
        The parameter α of the map, finite and at least 1; towards 1 the limit is :func:`cross_entropy` of labels, and of distributions
        the KL divergence. τ is the number for which the probabilities sum to 1.
    ignore_index : int, optional
        Label of the elements that are left out, such as 255 or −1. They do not count in the mean; if all are left out,
        the loss and its gradient are zero. Only for labels.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, a number ≥ 0: a scalar, or an array of the shape of ``logits`` without ``axis`` for ``"none"``; 0 where an
        element is left out. Infinite logits give the limit for ±∞ read as ±t, t → ∞, so that equal infinities go together.

    See Also
    --------
    entmax : The probabilities p.
    sparsemax_loss : The loss at ``alpha`` 2.
    fenchel_young_loss : The same construction from a function of your own.
    bi_tempered_loss : The same at t1 = t2 = 2 − ``alpha`` as long as no class of the target has p = 0.

    Notes
    -----
    The gradient is p − q: 1 at most, also where the label has probability 0. A label costs nothing as soon as it is 1/(α − 1) above its
    rivals. The second derivative is taken on the classes with p > 0, and is 0 elsewhere. For α > 2, values and slopes near 0 are right to
    the rounding error of a sum of 1.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.entmax_loss([[2.0, 1.0, 0.0], [2.0, 0.0, 0.0]], [0, 0], reduction="none").round(4))
    [0.0617 0.    ]
    >>> print(lossbook.entmax_loss([[2.0, 1.0, 0.0]], [0], alpha=1).round(4))
    0.4076
    """
    alpha = _read_alpha(alpha)
    single = float_dtype(logits, target) == SINGLE
    options = {"axis": axis, "reduction": reduction, "sample_weight": sample_weight, "derivatives": 2}
    return _of_targets(partial(_regularised, alpha=alpha, single=single), logits, target, ignore_index, **options)


def _outside_of_the_catalogue(**declared):
    """Declare a loss that is not listed: it takes a function, and what is asked of a listed loss has no answer without it."""
    return lambda definition: Loss(definition, Declaration(**declared))


@_outside_of_the_catalogue(
    **_FAMILY | {"arguments": {"logits": REAL, "target": LABELS_OR_DISTRIBUTION}},
    references=(
        "M. Blondel, A. F. T. Martins and V. Niculae, Learning with Fenchel-Young losses, Journal of Machine Learning Research 21, 2020.",
    ),
)
def fenchel_young_loss(
    logits: ArrayLike,
    target: ArrayLike,
    *,
    conjugate: Callable[[NDArray[Any]], tuple[ArrayLike, ArrayLike]],
    regularizer: Callable[[NDArray[Any]], ArrayLike] | None = None,
    sample_weight: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Fenchel–Young loss of your own regulariser: what the scores and the target lack to being each other's best.

    Use it to make a convex loss whose gradient is a map of your own less the target.

    .. math:: \ell(z, q) = \Omega(q) + \Omega^*(z) - \sum_k q_k z_k, \qquad \Omega^*(z) = \max_p \textstyle\sum_k p_k z_k - \Omega(p)

    Parameters
    ----------
    logits : array_like
        Scores z, finite, with K classes along ``axis``.
    target : array_like
        Class labels, integers from 0 to K − 1 (booleans are read as 0 and 1) in the shape of ``logits`` without
        ``axis``, for which q is 1 at the label and 0 elsewhere; or distributions q, in the shape of ``logits``, which
        sum to 1 along ``axis`` (one-hot integers are such).
    conjugate : callable
        Ω* and its gradient, the map: given scores as an (n, K) array of float64, one element a row, it returns a pair, the n values
        Ω*(z), and the (n, K) array of the p at which the maximum is reached.
    regularizer : callable, optional
        Ω: given an (n, K) array of targets it returns their n values. Without it Ω(q) = 0, which is right for labels where Ω is an entropy
        with the sign turned, 0 where a class has probability 1; distributions are refused without it.
    ignore_index : int, optional
        Label of the elements that are left out, such as 255 or −1. They do not count in the mean; if all are left out,
        the loss and its gradient are zero. Only for labels.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss: a scalar, or an array of the shape of ``logits`` without ``axis`` for ``"none"``; 0 where an element is left out. It is
        at least 0, but for rounding, if ``conjugate`` and ``regularizer`` belong together.

    See Also
    --------
    entmax_loss : The losses of a family of regularisers, with all their digits.

    Notes
    -----
    It is the difference of the terms as they are written, and has their rounding errors. A block of elements at a time is given to
    the functions, by several threads if :func:`threads` allows that. Some codes leave Ω(q) out: the gradient is the same, but the smallest
    value is not 0.

    Examples
    --------
    >>> import lossbook, numpy
    >>> def squares(z):
    ...     p = lossbook.sparsemax(z)
    ...     return (p * z).sum(axis=1) - ((p**2).sum(axis=1) - 1) / 2, p
    >>> print(lossbook.fenchel_young_loss([[0.0, 0.0], [1.0, 0.0]], [0, 0], conjugate=squares, reduction="none"))
    [0.25 0.  ]
    """
    for name, function in (("conjugate", conjugate), ("regularizer", regularizer)):
        if not (callable(function) or (function is None and name == "regularizer")):
            raise TypeError(
                f"{name} must be callable, but it is {type(function).__name__} {function!r}. Pass a function."
            )
    if regularizer is None and target.array.shape == logits.array.shape:
        raise ValueError(
            "regularizer is missing: for a target of distributions the loss needs Ω of the target. Pass it, or pass labels."
        )
    kernel = partial(_custom, conjugate=conjugate, regularizer=regularizer)
    options = {"axis": axis, "reduction": reduction, "sample_weight": sample_weight}
    return _of_targets(kernel, logits, target, ignore_index, **options)
