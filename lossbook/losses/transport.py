"""Losses of transport: how much mass has to travel how far to turn one distribution into another.

The linear programme, its collapse to cumulative sums on a line, and the losses built from them are derived in the
chapter *EMD as a difference of CDFs* of the book.
"""

from __future__ import annotations

import math
import warnings
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from lossbook.engine.arguments import (
    COSTS,
    DISTRIBUTION,
    MASSES,
    REAL,
    SAMPLE,
    entry,
    float_dtype,
    in_proportion,
    read_choice,
    read_class_axis,
    read_flag,
    read_number,
    read_weight,
)
from lossbook.engine.columns import Distributions
from lossbook.engine.loss import loss
from lossbook.engine.parts import Parts
from lossbook.numerics.sorting import ascending, in_order, rising
from lossbook.numerics.sums import accumulate, subtract

if TYPE_CHECKING:
    from typing import Any, Literal

    from numpy.typing import ArrayLike

    from lossbook.engine.types import Reduction


_FAMILY = {"family": "transport", "group": "distributions"}
_PAGE = "book/distributions/emd_cdf"
_VALLENDER_1974 = (
    "S. S. Vallender, Calculation of the Wasserstein distance between probability distributions on the "
    "line, Theory of Probability and Its Applications 18(4), 1974."
)


# The network simplex rarely needs more than a few pivots a node; this bound only keeps it from running for ever.
_PIVOTS = 100_000_000

# How far the flow may miss its totals, relative to their sum, and its work the least, relative to itself.
_SLACK = 1e-10
_RELATIVE = 1e-9

# Costs below it, once the largest is 1, have lost digits.
_NORMAL = float(np.finfo(np.float64).tiny)

# How often prices are mended before a flow is given up.
_ROUNDS = 64


def _exponent(values):
    """Return e with max|values| ≤ 2^e. Dividing by a power of two loses nothing and keeps squares in range."""
    return math.frexp(float(np.max(np.abs(values))))[1]


def _unit(*arrays):
    """Return e to divide by 2^e, for places whose squares would leave the range of float64; 0 for all others."""
    exponent = max(_exponent(values) for values in arrays)
    return exponent if abs(exponent) > 256 else 0


def _cheapest_flow(supply, demand, cost):
    """Solve the balanced transport programme for positive masses, and check the answer by its dual.

    Where a few costs are so huge that the solver's prices lose the digits of the others, it is solved with costs cut off at
    some height. A flow that makes no use of what was cut costs as much as before, and is optimal for the uncut costs if it is
    for the lower ones.
    """
    reason = None
    for height in _heights(cost):
        # The solver takes differences for none that are small beside 1.
        cut = np.ldexp(np.minimum(cost, height), -_exponent(np.array(height)))
        vanished = _NORMAL if np.any((cut < _NORMAL) & (cost > 0)) else 0.0
        flow, prices, warning = _solved(supply, demand, cut)
        reason = reason or warning
        if (
            flow is not None
            and not flow[cost > height].any()
            and _is_optimal(flow, prices, supply, demand, cut, vanished)
        ):
            return flow
    raise RuntimeError(
        f"POT left the transport programme unsolved: {reason or 'its flow is not optimal'}. "
        f"Merge piles, or make the entries of supply, demand and cost differ by fewer orders of magnitude."
    )


def _heights(cost):
    """Yield the heights at which costs are cut off: first none, then from the least that a flow may need on."""
    largest = float(cost.max())
    yield largest
    height = 4 * float(max(cost.min(axis=0).max(), cost.min(axis=1).max()))
    while height < largest:
        if height > 0:
            yield height
        height = height * 2.0**12 or float(np.min(cost[cost > 0]))


def _solved(supply, demand, cost):
    """Return POT's flow, its prices of the supply, and its warning; None for a flow that does not move the masses."""
    from ot.lp import emd  # 3 s to import, and needed here alone

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        flow, log = emd(supply, demand, cost, numItermax=_PIVOTS, log=True, center_dual=False, check_marginals=False)
    missed = max(abs(flow.sum(1) - supply).max(), abs(flow.sum(0) - demand).max())
    # Written so that NaN fails.
    is_flow = flow.min() >= 0 and missed <= _SLACK * supply.sum()
    return flow if is_flow else None, log["u"], log["warning"]


def _is_optimal(flow, prices, supply, demand, cost, vanished):
    """Whether no flow needs noticeably less work, by weak duality.

    With any prices u of the supply, and v_j = min_i (c_ij − u_i) of the demand, every flow's work is at least
    Σ u_i s_i + Σ v_j d_j. What this one's work has beyond that is Σ f_ij (c_ij − u_i − v_j), a sum without cancellation.
    That needs care only where rounding, of the largest cost, is not small beside the work. Prices that are not quite right are raised where mass flows at a loss, which moves them towards the right ones; they are
    kept in two parts each, since a small distance may be left of large costs. Costs up to ``vanished`` have lost digits.
    """
    work = np.sum(flow * cost)
    if not work > 0:
        return work == 0 and not vanished  # and cannot be less
    reduced = cost - prices[:, None]
    bound = prices @ supply + reduced.min(axis=0) @ demand
    epsilon, allowed = np.finfo(np.float64).eps, _RELATIVE * work
    total = supply.sum()
    rounded = 8 * epsilon * (cost.max() + abs(prices).max()) * total
    if work - bound + rounded <= allowed:
        return True
    if not epsilon * rounded + vanished * total <= allowed / 8:  # prices in two parts would not do either
        return False
    used = flow > 0
    high, low = prices.astype(np.float64), np.zeros(len(prices))
    for _ in range(_ROUNDS):
        first, rest = subtract(cost, high[:, None])
        rest -= low[:, None]
        whole = first + rest
        least = whole.argmin(axis=0)
        at = least, np.arange(cost.shape[1])
        loss = (first - first[at]) + (rest - rest[at])
        if np.sum(flow[used] * loss[used]) <= allowed:
            return True
        raised = np.where(used, loss, 0).max(axis=1)
        high, slip = subtract(high, -raised)
        low += slip
    return False


@loss(
    **_FAMILY,
    page=_PAGE,
    each="distribution",
    arguments={"supply": MASSES, "demand": MASSES, "cost": COSTS},
    no_gradient="the cheapest flow jumps from one vertex of a polytope to another; on a line, use a CDF form instead",
    references=(
        (
            "Y. Rubner, C. Tomasi and L. J. Guibas, The earth mover's distance as a metric for image retrieval, "
            "International Journal of Computer Vision 40(2), 2000."
        ),
    ),
)
def earth_movers_distance(supply: ArrayLike, demand: ArrayLike, cost: ArrayLike, *, return_flow: bool = False) -> Any:
    r"""Earth mover's distance: the least work that moves the supply into the demand, for each unit moved.

    Use it to compare masses at any places, between which a cost of transport is known. On a line of bins
    :func:`wasserstein_histograms` gives the same number by a cumulative sum.

    .. math::

        \mathrm{EMD} = \frac{\sum_{ij} c_{ij} f_{ij}}{\sum_{ij} f_{ij}}, \qquad
        f = \arg\min_{f \ge 0} \sum_{ij} c_{ij} f_{ij}, \quad
        \sum_j f_{ij} \le s_i, \quad \sum_i f_{ij} \le d_j, \quad
        \sum_{ij} f_{ij} = \min\Bigl(\sum_i s_i, \sum_j d_j\Bigr)

    The linear programme is solved by the network simplex of POT in float64, and the flow is checked against the
    solver's prices (weak duality): its work is the least to a relative 10⁻⁹, also where "forbidden" costs of 1e15 stand beside
    ordinary ones. With unequal totals the smaller one is moved, and what is left over costs nothing.

    Parameters
    ----------
    supply : array_like
        Masses s at the n sources, not negative, shape (n,).
    demand : array_like
        Masses d at the m sinks, not negative, shape (m,).
    cost : array_like
        Cost c of moving one unit from source i to sink j, not negative, shape (n, m).
    return_flow : bool
        Whether to return the flow as well.

    Returns
    -------
    numpy.float64 or (numpy.float64, numpy.ndarray)
        The distance in units of cost, and with ``return_flow`` the flow f of shape (n, m) in units of mass. The flow is
        one of possibly many optimal ones.

    Raises
    ------
    ValueError
        If a shape or a value is out of range, a total is zero, or the input is empty.
    TypeError
        If an argument is not numeric.
    RuntimeError
        If the solver finds no optimal flow, which masses or costs of very different sizes can cause.

    See Also
    --------
    wasserstein_histograms : Two histograms on one line of bins.
    wasserstein_samples : Two samples on the real line.

    Examples
    --------
    >>> import lossbook
    >>> value, flow = lossbook.earth_movers_distance([3, 1], [2, 2], [[0, 1], [1, 0]], return_flow=True)
    >>> print(value)
    0.25
    >>> print(flow)
    [[2. 1.]
     [0. 1.]]
    """
    for argument in (supply, demand):
        if not argument.check_all().array.any():
            raise ValueError(
                f"{argument.name} sums to 0, so there is nothing to move. Pass at least one positive mass."
            )
    masses = [argument.array.astype(np.float64) for argument in (supply, demand)]
    costs = cost.check_all().array.astype(np.float64)
    shape = (len(masses[0]), len(masses[1]))
    if costs.shape != shape:
        raise ValueError(
            f"cost has shape {costs.shape}, but supply and demand have {shape[0]} and {shape[1]} entries. "
            f"Pass a cost of shape {shape}: one row for each source, one column for each sink."
        )
    wanted = read_flag("return_flow", return_flow)

    # No pile can send, and no pit can take, more than the smaller total: cut off what would only lose digits.
    smaller = min(masses, key=np.max)
    unit = _exponent(smaller)
    limit = math.fsum(np.ldexp(smaller, -unit))
    with np.errstate(over="ignore"):
        scaled = [np.minimum(np.ldexp(m, -unit), limit) for m in masses]
    # What holds no mass has no part in it.
    rows, columns = (np.flatnonzero(m) for m in scaled)
    a, b, c = scaled[0][rows], scaled[1][columns], costs[np.ix_(rows, columns)]
    excess = math.fsum(a) - math.fsum(b)
    # A dummy sink of cost 0 takes the supply that is left over; a dummy source delivers what is short.
    if excess > 0:
        moved = _cheapest_flow(a, np.append(b, excess), np.pad(c, ((0, 0), (0, 1))))[:, :-1]
    elif excess < 0:
        moved = _cheapest_flow(np.append(a, -excess), b, np.pad(c, ((0, 1), (0, 0))))[:-1]
    else:
        moved = _cheapest_flow(a, b, c)
    paid = np.where(moved > 0, c, 0)
    price = _exponent(paid)
    value = np.ldexp(np.sum(moved * np.ldexp(paid, -price)) / np.sum(moved), price)
    if not wanted:
        return value
    flow = np.zeros(shape)
    flow[np.ix_(rows, columns)] = np.ldexp(moved, unit)
    return value, flow


def _cdf_difference(p, q):
    """Return F_k = Σ_{j≤k} (p_j − q_j); the difference of two sums would lose digits."""
    return accumulate(np.subtract(p, q, dtype=np.float64))


def _sums_from(terms):
    """Return Σ_{k≥i} terms_k, perhaps in place: the mass of bin i is part of the CDF at every bin from i on."""
    return accumulate(terms[::-1])[::-1]


def _tied(difference, p, q):
    """Where two CDFs differ by no more than the rounding of the masses they sum, as 0.1 + 0.2 and 0.3 do."""
    size, epsilon = abs(difference), np.finfo(p.dtype).eps
    if size.min(initial=1) > 4 * epsilon:  # the masses sum to 2 at most, but for their own rounding
        return np.False_
    masses = np.add(p, q, dtype=np.float64)
    masses *= epsilon
    return size <= accumulate(masses)


def _squared_emd(p, q):
    """Value and derivative of Σ F_k²."""
    difference = _cdf_difference(p, q)
    yield np.add.reduce(difference**2)
    yield 2 * _sums_from(difference)


def _emd(p, q, r):
    """Value and derivative of m (mean (|F_k|/m)^r)^(1/r); m = max |F_k| keeps powers in range."""
    difference = _cdf_difference(p, q)
    if r <= 1:
        tied = _tied(difference, p, q)
    if r < 1:  # a tie's rounding would be blown up: (1e-17)^(1/2) is 3e-9
        difference[tied] = 0
    share = abs(difference)
    largest = np.max(share, axis=0)
    share /= np.where(largest > 0, largest, 1)
    powers = share**r
    total = np.sum(powers, axis=0)
    norm = (total / len(p)) ** (1 / r)
    yield largest * norm
    slope = np.copysign(share ** (r - 1), difference)
    slope *= norm / np.where(total > 0, total, 1)
    if r <= 1:  # the slope jumps at 0, and for r < 1 it is infinite there
        slope[tied] = 0
    yield _sums_from(slope)


def _wasserstein_1(p, q, gaps):
    """Value and derivative of Σ |F_k| Δx_k; the derivative is the potential that is 0 at the last bin."""
    difference = _cdf_difference(p, q)[:-1]
    yield np.sum(abs(difference) * gaps, axis=0)
    sign = np.sign(difference) * ~_tied(difference, p[:-1], q[:-1])
    yield _ending_in_zero(_sums_from(sign * gaps))


def _wasserstein_2(p, q, positions):
    """Value and derivative of the root of ∫ (x(u) − y(u))² du, for the quantile functions x of p and y of q.

    ∂W²/∂F_i = (x_i − y)² − (x_{i+1} − y)², where y is q's quantile at the level where p steps from x_i to x_{i+1}.
    """
    mass, i, j = _monotone_coupling(p.astype(np.float64, copy=False), q.astype(np.float64, copy=False))
    value = np.sqrt(np.sum(mass * (positions[i] - positions[j]) ** 2, axis=0))
    yield value
    quantile = _quantiles(p, q, positions)
    low, high = positions[:-1, None], positions[1:, None]
    slope = (high - low) * ((quantile - low) + (quantile - high))
    yield _ending_in_zero(_sums_from(slope)) / np.where(value > 0, 2 * value, np.inf)


def _ending_in_zero(sums):
    return np.concatenate([sums, np.zeros_like(sums, shape=(1, *sums.shape[1:]))])


def _prefix_sums(p):
    """Return Σ_{j≤k} p_j as the sum of two arrays: the second holds what the first rounds off."""
    high = np.cumsum(p, axis=0)
    before = np.concatenate([np.zeros_like(high[:1]), high[:-1]])
    added = high - before
    low = np.cumsum((before - (high - added)) + (p - added), axis=0)
    total = high + low
    return total, low - (total - high)


def _monotone_coupling(p, q):
    """Cut the quantile axis at every step of either CDF: the pieces' masses, and the bin of p and of q on each."""
    sums = [np.concatenate([a[:-1], b[:-1]]) for a, b in zip(_prefix_sums(p), _prefix_sums(q), strict=True)]
    order, steps = _merged(*sums)
    ends = [np.concatenate([s, t[-1:]]) for s, t in zip(steps, _prefix_sums(p), strict=True)]
    mass = np.maximum(sum(np.diff(end, axis=0, prepend=0) for end in ends), 0)
    of_p = order < len(p) - 1
    first = np.zeros_like(order, shape=(1, *order.shape[1:]))
    steps = (np.cumsum(of_p, axis=0), np.cumsum(~of_p, axis=0))
    return mass, *(np.concatenate([first, step]) for step in steps)


def _merged(high, low):
    """Return the order of sums in two parts, equal ones in the order in which they stand, and the parts in that order.

    The stable sort merges sorted stretches in one pass; only where the first parts tie can the second ones matter.
    """
    order = np.argsort(high, axis=0, kind="stable")
    parts = [np.take_along_axis(part, order, axis=0) for part in (high, low)]
    if np.any((parts[0][1:] == parts[0][:-1]) & (parts[1][1:] < parts[1][:-1])):
        order = np.lexsort((low, high), axis=0)
        parts = [np.take_along_axis(part, order, axis=0) for part in (high, low)]
    return order, parts


def _quantiles(p, q, positions):
    """Return q's quantile at each step of p's CDF; where the two CDFs tie, the middle of the jump."""
    epsilon = 2 * np.finfo(p.dtype).eps
    levels, steps = (np.cumsum(a[:-1], axis=0, dtype=np.float64) for a in (p, q))
    before = _counts(steps, levels * (1 - epsilon))
    after = _counts(steps, levels * (1 + epsilon))
    return (positions[before] + positions[after]) / 2


def _counts(steps, levels):
    """Count, in each column, the steps at or below each level; both are sorted, so the levels keep their order."""
    order = np.argsort(np.concatenate([steps, levels]), axis=0, kind="stable")
    is_step = order < len(steps)
    return np.cumsum(is_step, axis=0).T[~is_step.T].reshape(levels.shape[::-1]).T


@loss(
    **_FAMILY,
    page=_PAGE,
    each="distribution",
    arguments={"p": DISTRIBUTION, "q": DISTRIBUTION},
    references=(_VALLENDER_1974,),
)
def wasserstein_histograms(
    p: ArrayLike,
    q: ArrayLike,
    *,
    positions: ArrayLike | None = None,
    order: Literal[1, 2] = 1,
    sample_weight: ArrayLike | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Wasserstein distance W₁ or W₂ of two histograms on one line of bins.

    Use it where the classes are places on a line: ages, grades, depths. The arguments are masses; for two lists of
    measurements, :func:`wasserstein_samples` is meant.

    .. math::

        W_1 = \sum_{k=1}^{K-1} |F_k|\,(x_{k+1} - x_k), \qquad
        W_2 = \Bigl(\int_0^1 \bigl(x_p(u) - x_q(u)\bigr)^2\, du\Bigr)^{1/2}

    with :math:`F_k = \sum_{j \le k} (p_j - q_j)` and the quantile functions :math:`x_p`, :math:`x_q`.

    Parameters
    ----------
    p : array_like
        Predicted distributions, any shape; they sum to 1 along ``axis``, of length K.
    q : array_like
        Target distributions; same shape.
    positions : array_like, optional
        Positions x of the K bins, finite and not decreasing. Without them: 0, 1, 2, …
    order : {1, 2}
        Order of the distance; W₂ is returned, not its square.

    Returns
    -------
    numpy.floating or numpy.ndarray
        The distance in units of the positions: a scalar, or for ``"none"`` an array of the shape of ``p`` without
        ``axis``.

    See Also
    --------
    wasserstein_samples : Two samples on the real line.
    emd_loss : The mean of the CDF differences, in the r-norm.

    Notes
    -----
    The gradient with respect to p is a Kantorovich potential, the one that is 0 at the last bin: for order 1 it is
    :math:`\sum_{k \ge i} \operatorname{sign}(F_k)\,(x_{k+1} - x_k)`; for order 2
    :math:`\sum_{k \ge i} \bigl((x_k - y_k)^2 - (x_{k+1} - y_k)^2\bigr) / (2 W_2)` with q's quantile
    :math:`y_k = x_q(\sum_{j \le k} p_j)`. Where the two CDFs tie (to the rounding of the masses), :math:`y_k` is the
    middle of the quantile's jump, so sign(0) = 0. Where W₂ = 0 the gradient is 0.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.wasserstein_histograms([0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]))
    2.0
    >>> print(lossbook.wasserstein_histograms([1, 0, 0], [0, 0, 1], positions=[0, 1, 10], order=2))
    10.0
    """
    order = read_choice("order", order, (1, 2))
    places = _read_positions(positions, p.array.shape[read_class_axis(axis, p)])
    unit = _unit(places)
    places = np.ldexp(places, -unit)
    if order == 1:
        kernel = partial(_wasserstein_1, gaps=np.diff(places)[:, None])
    else:
        kernel = partial(_wasserstein_2, positions=places)
    if unit:
        kernel = partial(_rescaled, kernel, unit)
    return Distributions(kernel, p, q, sample_weight=sample_weight, axis=axis, reduction=reduction)


def _rescaled(kernel, unit, p, q):
    """Run a kernel whose positions were divided by 2^unit: value and derivative are lengths."""
    yield from (np.ldexp(result, unit) for result in kernel(p, q))


def _read_positions(positions, bins):
    """Read the positions of the bins as float64: finite, not decreasing, one for each bin."""
    if positions is None:
        return np.arange(bins, dtype=np.float64)
    argument = REAL.read("positions", positions).check_all()
    if argument.array.shape != (bins,):
        raise ValueError(
            f"positions has shape {argument.array.shape}, but there are {bins} bins. Pass one position for each bin."
        )
    places = argument.array.astype(np.float64)
    falls = np.flatnonzero(places[1:] < places[:-1])
    if falls.size:
        index = (falls[0] + 1,)
        raise ValueError(
            f"positions must not decrease, but {entry('positions', argument.array, index)} comes after "
            f"{argument.array[falls[0]].item()!r}. Sort the bins, and p and q with them."
        )
    return places


@loss(
    **_FAMILY,
    page=_PAGE,
    each="distribution",
    arguments={"x": SAMPLE, "y": SAMPLE},
    references=(_VALLENDER_1974,),
)
def wasserstein_samples(
    x: ArrayLike,
    y: ArrayLike,
    *,
    x_weights: ArrayLike | None = None,
    y_weights: ArrayLike | None = None,
    order: Literal[1, 2] = 1,
) -> Any:
    r"""Wasserstein distance W₁ or W₂ of two samples on the real line.

    Use it to compare two sets of measurements, of any two sizes. The arguments are places; for two histograms,
    :func:`wasserstein_histograms` is meant.

    .. math:: W_r = \Bigl(\int_0^1 |x(u) - y(u)|^r\, du\Bigr)^{1/r}

    with the quantile functions of the two samples. For equal sizes without weights it is the r-norm mean of
    :math:`|x_{(i)} - y_{(i)}|` over the sorted samples.

    Parameters
    ----------
    x : array_like
        First sample, finite, shape (n,). The gradient is taken with respect to it.
    y : array_like
        Second sample, finite, shape (m,).
    x_weights : array_like, optional
        Weight of each entry of ``x``, not negative, shape (n,). Only its share of the sum counts.
    y_weights : array_like, optional
        Weight of each entry of ``y``, not negative, shape (m,). Only its share of the sum counts.
    order : {1, 2}
        Order r of the distance; W₂ is returned, not its square.

    Returns
    -------
    numpy.floating
        The distance in units of the samples.

    Raises
    ------
    ValueError
        If a shape, a value or an option is out of range, the weights sum to 0, or the input is empty.
    TypeError
        If an argument is not numeric.

    See Also
    --------
    wasserstein_histograms : Two histograms on one line of bins.

    Notes
    -----
    Entry :math:`x_i` owns a stretch of the quantile axis as long as its share of the weight. The gradient is the
    integral over it of :math:`\operatorname{sign}(x_i - y(u))` for order 1, with sign(0) = 0, and of
    :math:`(x_i - y(u)) / W_2` for order 2, 0 where W₂ = 0. Equal entries of x own their stretches in the order in
    which they stand.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.wasserstein_samples([3, 1, 2], [4, 2, 3]))
    1.0
    >>> print(lossbook.wasserstein_samples([0, 10], [0], x_weights=[3, 1]))
    2.5
    """
    order = read_choice("order", order, (1, 2))
    samples = x.check_all(), y.check_all()
    weights = [_read_shares("x_weights", x_weights, x), _read_shares("y_weights", y_weights, y)]
    dtype = float_dtype(*samples)
    places = [s.array.astype(float_dtype(s), copy=False) for s in samples]
    run = partial(_sample_distance, *places, *weights, order)
    return Parts(places[0].shape, dtype, [(slice(None), 1.0, run)])


def _read_shares(name, weights, like):
    """Read the weights of a sample, of which only the proportions count."""
    weights = read_weight(name, weights, like)
    if weights is None:
        return None
    if not weights.any():
        raise ValueError(f"{name} sums to 0, so no entry has a share. Pass at least one positive weight.")
    return in_proportion(weights).astype(np.float64)


def _sample_distance(x, y, x_weights, y_weights, power, order):
    """Return W of two samples and, where ``order`` is 1, its derivative with respect to x."""
    unit = _unit(x, y)
    if unit:
        x, y = (np.ldexp(a.astype(np.float64), -unit) for a in (x, y))
    # Equal shares: the entries pair off. Otherwise each owns some pieces of the quantile axis.
    if x_weights is None and y_weights is None and len(x) == len(y):
        value, gradient = (_first_of_pairs if power == 1 else _second_of_pairs)(x, rising(y), order)
    else:
        mass, owner, partner = _sample_coupling(x, y, x_weights, y_weights)
        value, slope = _norm(np.subtract(x[owner], y[partner], dtype=np.float64), mass, power)
        gradient = np.bincount(owner, mass * slope, minlength=len(x)) if order else None
    return np.ldexp(value, unit), gradient


def _norm(distance, mass, power):
    """Return the norm of the distances of pieces with a mass, and its derivative with respect to each, but for the mass."""
    size = abs(distance)
    if power == 1:
        return np.sum(mass * size), np.sign(distance)
    largest = np.max(size) or 1.0
    size /= largest
    value = largest * np.sqrt(np.sum(mass * size**2))
    return value, distance / value if value else np.zeros_like(distance)


def _first_of_pairs(x, partners, order):
    """Return the mean distance of the entries of x, in their order, from as many partners in theirs, and its gradient where asked for."""
    total, mass, start = 0.0, 1 / len(x), 0
    gradient = np.empty(len(x), x.dtype) if order else None
    for owner, places, _ in in_order(x):
        distance = np.subtract(places, partners[start : start + len(places)], dtype=np.float64)
        start += len(places)
        total += np.sum(mass * abs(distance))
        if order:
            gradient[owner] = mass * np.sign(distance)
    return total, gradient


def _second_of_pairs(x, partners, order):
    """Return the root of the mean square of the same distances, and its gradient."""
    owner, places = ascending(x)
    value, slope = _norm(np.subtract(places, partners, dtype=np.float64), 1 / len(x), 2)
    gradient = np.empty(len(x)) if order else None
    if order:
        gradient[owner] = slope / len(x)
    return value, gradient


def _sample_coupling(x, y, x_weights, y_weights):
    """Return the pieces of the quantile axis that have mass: their masses, and the entries of x and of y that own them."""
    by_x, by_y = ascending(x)[0], ascending(y)[0]
    shares = [np.ones(len(a)) if w is None else w for a, w in ((x, x_weights), (y, y_weights))]
    totals = [math.fsum(share.tolist()) for share in shares]
    # Bring both weights to one total by products, not quotients: whole numbers, such as none given, stay exact.
    if totals[0] != totals[1]:
        shares = shares[0] * totals[1], shares[1] * totals[0]
    mass, i, j = (c[:, 0] for c in _monotone_coupling(shares[0][by_x, None], shares[1][by_y, None]))
    kept = mass > 0
    return mass[kept] / np.sum(mass), by_x[i[kept]], by_y[j[kept]]


@loss(
    **_FAMILY,
    page=_PAGE,
    each="distribution",
    arguments={"probs": DISTRIBUTION, "target": DISTRIBUTION},
    references=(
        (
            "H. Talebi and P. Milanfar, NIMA: neural image assessment, IEEE Transactions on Image Processing "
            "27(8), 2018."
        ),
    ),
)
def emd_loss(
    probs: ArrayLike,
    target: ArrayLike,
    *,
    r: float = 2.0,
    sample_weight: ArrayLike | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""EMD loss of ordered classes: the r-norm mean of the differences of two CDFs (NIMA).

    Use it to train a model of ratings or grades, whose mistakes should cost the more the further off they are.

    .. math:: \ell(p, q) = \Bigl(\frac1K \sum_{k=1}^K \Bigl|\sum_{j \le k} (p_j - q_j)\Bigr|^r\Bigr)^{1/r}

    Parameters
    ----------
    r : float
        Exponent, positive. 1 gives W₁ / K for classes one apart; ∞ gives the largest difference (Kolmogorov's).

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, of a distribution between 0 and ((K − 1)/K)^(1/r), before it is weighed: a scalar, or for ``"none"`` an array of
        the shape of ``probs`` without ``axis``.

    See Also
    --------
    squared_emd_loss : The sum of squares, without the root.
    wasserstein_histograms : The distance itself, for bins at any positions.

    Notes
    -----
    The subgradient is 0 at a CDF difference of 0, and therefore 0 where p = q. For r ≤ 1, where the slope jumps there,
    a difference within the rounding of the masses counts as 0. For r = ∞ equally large differences share the slope.

    Examples
    --------
    >>> import lossbook
    >>> four, one, five = [0, 0, 0, 1, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 1]
    >>> print(lossbook.emd_loss([four, one], [five, five], r=1, reduction="none"))
    [0.2 0.8]
    """
    r = read_number("r", r, 0, above=True, what="a positive number")
    return Distributions(
        partial(_emd, r=r),
        probs,
        target,
        sample_weight=sample_weight,
        axis=axis,
        reduction=reduction,
    )


@loss(
    **_FAMILY,
    page=_PAGE,
    each="distribution",
    arguments={"probs": DISTRIBUTION, "target": DISTRIBUTION},
    references=(
        (
            "L. Hou, C.-P. Yu and D. Samaras, Squared earth mover's distance-based loss for training deep neural "
            "networks, arXiv:1611.05916, 2016."
        ),
    ),
)
def squared_emd_loss(
    probs: ArrayLike,
    target: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    axis: int = -1,
    reduction: Reduction = "mean",
) -> Any:
    r"""Squared EMD loss of ordered classes: the sum of the squared differences of two CDFs.

    Use it like :func:`emd_loss`; without the root its gradient is linear in p and fades as p approaches the target.
    For classes one apart it is the squared Cramér distance and half the squared energy distance; it is not W₂².

    .. math:: \ell(p, q) = \sum_{k=1}^K \Bigl(\sum_{j \le k} (p_j - q_j)\Bigr)^2

    Returns
    -------
    numpy.floating or numpy.ndarray
        The loss, of a distribution between 0 and K − 1, before it is weighed: a scalar, or for ``"none"`` an array of the shape of
        ``probs`` without ``axis``.

    See Also
    --------
    emd_loss : The r-norm mean of the same differences.

    Examples
    --------
    >>> import lossbook
    >>> print(lossbook.squared_emd_loss([[0, 1, 0], [0, 0, 1]], [[1, 0, 0], [1, 0, 0]], reduction="none"))
    [1. 2.]
    """
    return Distributions(
        _squared_emd,
        probs,
        target,
        sample_weight=sample_weight,
        axis=axis,
        reduction=reduction,
    )
