"""Each rule that takes sums apart: what it gives, and what it must refuse."""

import pytest
import sympy as sp

from lossbook.cards.notation import K, N, i, j, k, mask, probs, scores
from lossbook.cards.notation import target as q
from lossbook.proof import Balance, Card, Convex, Each, Not, NotProved, Simplex, Untrue, prove, views
from lossbook.proof.kernel import Sign, Tends, Zero
from lossbook.proof.views import Apart

REALS, UNIT = sp.Reals, sp.Interval(0, 1)
CLASSES = {probs: Simplex(), q: Simplex(open=True), K: sp.Range(1, sp.oo)}
SCORES = {scores: Each(REALS), q: Simplex(), K: sp.Range(1, sp.oo)}
PIXELS = {probs: Each(UNIT), mask: Each(UNIT), N: sp.Range(1, sp.oo)}


def over(term, length=K):
    return sp.Sum(term, (k, 1, length))


def slope(expr, entry, order=1):
    return sp.Derivative(expr, (entry, order), evaluate=False)


KL = over(probs[k] * sp.log(probs[k] / q[k]))
EXPONENTIALS = sp.Sum(sp.exp(scores[j]), (j, 1, K))


def test_an_entry_is_singled_out_for_every_length():
    step = views.split(Zero(slope(sp.log(EXPONENTIALS), scores[i]) - sp.exp(scores[i]) / EXPONENTIALS), SCORES, ())
    assert step.status == "proved"


def test_the_others_of_a_distribution_sum_to_what_is_left_but_only_after_the_derivatives():
    # The plain partial derivative of Σ p is 1, although Σ p is 1.
    assert views.split(Zero(slope(over(probs[k]), probs[i]) - 1), CLASSES, ()).status == "proved"
    assert views.split(Zero(over(probs[k]) - 1 + 0 * probs[i] + probs[i] - probs[i] * over(probs[k])), CLASSES, ()).status == "proved"


SPLIT = {
    "no entry": Zero(over(probs[k]) - 1),
    "what the others know of the entry": Sign(over(sp.exp(scores[k] * scores[i]))),
    "part of the range": Sign(sp.Sum(probs[k], (k, 2, K)) + probs[i]),
    "a sum inside that depends on the index": Sign(over(sp.Sum(probs[j], (j, 1, k)) ** 2) + probs[i]),
    "whether all are equal": Apart(KL + 0 * q[i], probs, q),
    "an entry of a distribution that moves alone": Tends(over(q[k] ** 2) + q[i] - q[i], q[i], sp.S.Zero, sp.S.Zero),
}


@pytest.mark.parametrize("name", SPLIT)
def test_an_entry_is_not_singled_out_of(name):
    with pytest.raises(NotProved):
        views.split(SPLIT[name], CLASSES | SCORES, ())


def test_terms_need_a_certificate():
    assert "null sum" in views.by_terms(Sign(KL), CLASSES, ()).rule
    assert "unit sum" in views.by_terms(Sign(1 - over(probs[k] ** 2)), CLASSES, ()).rule


TERMS = {
    "a bound on each term": Sign(1 - over((sp.sqrt(probs[k]) - sp.sqrt(q[k])) ** 2)),
    "a constant without distributions": (Sign(over(sp.exp(scores[k])) - 1), SCORES | {q: Each(REALS)}),
    "a null sum of what is no distribution": (Sign(over(probs[k] - q[k])), PIXELS | {q: Each(UNIT)}),
    "a balance that does not fit": (Sign(KL), CLASSES, (Balance(sp.Integer(3)),)),
    "the limit of one term for that of the sum": Tends(KL, q[k], sp.S.One, sp.S.Zero),
    "two entries in a term": Sign(over(probs[k] * probs[k + 1])),
    "a product of sums": Sign(KL * KL),
    "a term that is not positive off the diagonal": Apart(over((probs[k] - q[k]) ** 3), probs, q),
}


@pytest.mark.parametrize("name", TERMS)
def test_a_sum_is_not_settled_term_by_term(name):
    found = TERMS[name]
    obligation, domain, by = (*found, ())[:3] if isinstance(found, tuple) else (found, CLASSES, ())
    with pytest.raises(NotProved):
        views.by_terms(obligation, domain, by)


def test_a_sum_goes_to_infinity_with_one_term_if_the_others_are_bounded_below():
    domain = CLASSES | {probs: Simplex(open=True)}
    assert views.by_terms(Tends(KL, q[k], sp.S.Zero, sp.oo), domain, ()).status == "proved"
    # Without a bound below the others may go the other way.
    with pytest.raises(NotProved):
        views.by_terms(Tends(over(sp.log(probs[k]) - sp.log(q[k])), q[k], sp.S.Zero, sp.oo), domain, ())


def sums(term):
    return sp.Sum(term, (i, 1, N))


def test_products_of_masks_become_counts():
    dice = 2 * sums(probs[i] * mask[i]) / (sums(probs[i]) + sums(mask[i]))
    assert views.by_counts(Sign(1 - dice), PIXELS, ()).status == "proved"


COUNTS = {
    "cubes": (Sign(1 - sums(probs[i] ** 3)), PIXELS),
    "squares with two factors": (Sign(sums(probs[i] ** 2 + 2 * mask[i] ** 2 - probs[i] * mask[i])), PIXELS),
    "what is no mask": (Sign(sums(probs[i] * mask[i])), PIXELS | {probs: Each(REALS)}),
    "a single pixel": (Sign(sums(probs[i]) + probs[k]), PIXELS),
    "whether two masks are equal": (Apart(sums(probs[i] * mask[i]), probs, mask), PIXELS),
    "a negative combination": (Sign(sums(probs[i] * mask[i]) - sums(probs[i]) / 2), PIXELS),
}


@pytest.mark.parametrize("name", COUNTS)
def test_counts_do_not_settle(name):
    with pytest.raises(NotProved):
        views.by_counts(*COUNTS[name], ())


def cdf(term):
    return sp.Sum(term, (j, 1, k))


def test_cumulative_sums_of_distributions_lie_between_0_and_1_and_end_at_1():
    squared = over(cdf(probs[j] - q[j]) ** 2)
    assert views.by_cdfs(Sign(K - 1 - squared), CLASSES, ()).status == "proved"


CDFS = {
    "one term too few": (Sign(K - 2 - over(cdf(probs[j] - q[j]) ** 2)), CLASSES),
    "what is no distribution": (Sign(K - 1 - over(cdf(scores[j]) ** 2)), SCORES),
    "sums that do not start at the first": (Sign(K - 1 - over(sp.Sum(probs[j], (j, 2, k)) ** 2)), CLASSES),
    "more than cumulative sums": (Sign(K - 1 - over(probs[k] * cdf(probs[j]) ** 2)), CLASSES),
    "an identity": (Zero(over(cdf(probs[j] - q[j]))), CLASSES),
}


@pytest.mark.parametrize("name", CDFS)
def test_cumulative_sums_do_not_settle(name):
    with pytest.raises(NotProved):
        views.by_cdfs(*CDFS[name], ())


def test_what_is_written_out_is_never_called_proved():
    step = views.written_out(Sign(over(cdf(probs[j] - q[j]) ** 2)), CLASSES, (), sizes=(1, 2))
    assert step.status == "exhaustive"
    with pytest.raises(NotProved):
        views.written_out(Apart(KL, probs, q), CLASSES, ())


def test_what_holds_for_two_classes_only_is_refuted_by_three():
    domain = {q: Simplex(open=True), K: sp.Range(1, sp.oo)}
    with pytest.raises(Untrue):
        views.settle(Sign(sp.log(2) + over(q[k] * sp.log(q[k]))), domain)


def test_a_closed_distribution_has_zeros_among_its_points():
    writing = views.Writing(CLASSES, 2)
    writing(probs[1])
    assert all(region.contains(0) for symbol, region in writing.scalars.items() if "m_p" in symbol.name)


def card_of(formula, prediction, domain):
    return Card("toy", "Toy", sp.Function("ell")(scores), formula, prediction, domain)


def test_a_log_of_summed_exponentials_is_convex_for_every_length():
    assert prove(card_of(sp.log(EXPONENTIALS), scores[i], SCORES), Convex()).status == "proved"


LAPLACIANS = {
    "a mean of exponentials' logs with other weights": sp.log(EXPONENTIALS) - sp.log(sp.Sum(sp.exp(2 * scores[j]), (j, 1, K))) / 2,
    "minus the log": -sp.log(EXPONENTIALS),
    "a product with an entry": scores[i] * sp.log(EXPONENTIALS),
    "weights that differ": sp.log(sp.Sum(q[j] * sp.exp(scores[j]), (j, 1, K)) ** 2 / EXPONENTIALS),
}


@pytest.mark.parametrize("name", LAPLACIANS)
def test_convexity_in_all_scores_is_not_lifted_from_one(name):
    with pytest.raises(NotProved):
        prove(card_of(LAPLACIANS[name], scores[i], SCORES), Convex())


def test_convexity_in_single_entries_is_no_convexity():
    # p₁p₂ is linear in each entry.
    product = sp.Sum(probs[i], (i, 1, N)) ** 2 - sp.Sum(probs[i] ** 2, (i, 1, N))
    with pytest.raises(NotProved):
        prove(card_of(product, probs[k], PIXELS), Convex())


def test_a_closed_way_to_convexity_refutes_nothing_and_one_bent_entry_does():
    square = sp.Sum(probs[i], (i, 1, N)) ** 2
    with pytest.raises(NotProved):
        prove(card_of(square, probs[k], PIXELS), Not(Convex(), {probs: (1, 0), k: 1}))
    assert prove(card_of(-square, probs[k], PIXELS), Not(Convex(), {probs: (1, 0), k: 1})).status == "refuted"


def test_numbers_are_put_in_all_at_once_and_under_sums():
    assert views.put(over(probs[k] * q[k]), {probs: q, q: probs}) == over(probs[k] * q[k])
    assert views.put(over(probs[k] * q[k]), {q: sp.Integer(3)}) == over(3 * probs[k])
    shown = views.instance(over(probs[k] * q[k]), {probs: (1, 2), q: (3, 4)}, {probs: Each(REALS), q: Each(REALS), K: sp.Range(1, sp.oo)})
    assert shown == 11
    with pytest.raises(NotProved, match="length"):
        views.instance(over(probs[k] * q[k]), {probs: (1, 2), q: (3,)}, CLASSES)


HARD = Each(sp.FiniteSet(0, 1))
LEVEL = sp.Symbol("t", nonnegative=True)
THRESHOLDED = PIXELS | {LEVEL: sp.Interval.open(0, 1)}
MARKS = sp.Heaviside(probs[k] - LEVEL, 0)


def test_an_entry_may_have_a_region_of_its_own_which_the_sum_does_not_take_over():
    difference = over(probs[k] * mask[k], N) - over(probs[k], N)
    with pytest.raises(Untrue):
        views.settle(Zero(slope(difference, probs[j])), PIXELS)
    assert views.settle(Zero(slope(difference, probs[j])), PIXELS | {mask[j]: sp.FiniteSet(1)}).status == "proved"
    with pytest.raises(NotProved):
        views.settle(Zero(difference + mask[j] - 1), PIXELS | {mask[j]: sp.FiniteSet(1)})


def test_an_instance_outside_of_an_entrys_own_region_is_refused():
    domain, expr = PIXELS | {mask[j]: sp.FiniteSet(1)}, probs[j] * mask[j]
    assert views.instance(expr, {probs: (1, 1), mask: (0, 1), j: 2}, domain) == 1
    with pytest.raises(NotProved, match="has to lie in"):
        views.instance(expr, {probs: (1, 1), mask: (0, 1), j: 1}, domain)


def test_a_symbol_with_finitely_many_values_is_given_each_of_them():
    r = sp.Symbol("r", positive=True)
    least = over(probs[k], N) - over(probs[k] ** r, N)
    assert views.settle(Sign(least), {probs: HARD, N: PIXELS[N], r: sp.FiniteSet(1, 2)}).status == "proved"
    # It holds for 2, and not for ½.
    with pytest.raises(Untrue):
        views.settle(Sign(least), PIXELS | {r: sp.FiniteSet(sp.Rational(1, 2), 2)})


def test_hard_masks_are_their_own_squares_and_soft_ones_are_not():
    square = Zero(over(probs[k] ** 2 * mask[k], N) - over(probs[k] * mask[k], N))
    assert views.by_counts(square, PIXELS | {probs: HARD}, ()).status == "proved"
    with pytest.raises(NotProved):
        views.by_counts(square, PIXELS | {mask: HARD}, ())


def test_a_step_counts_as_a_hard_mask_if_it_is_the_same_everywhere():
    square = over(MARKS**2 * mask[k], N) - over(MARKS * mask[k], N)
    assert views.by_counts(Zero(square), THRESHOLDED, ()).status == "proved"
    for other in (sp.Heaviside(probs[k] - LEVEL / 2, 0), sp.Heaviside(probs[k] - LEVEL), probs[k]):
        with pytest.raises(NotProved):
            views.by_counts(Sign(over(MARKS, N) - over(other * mask[k], N) + over(mask[k], N)), THRESHOLDED, ())


def test_the_slope_of_a_step_is_nothing_only_where_the_domain_keeps_away_from_it():
    flat = Zero(slope(over(MARKS, N), probs[j]))
    assert views.split(flat, THRESHOLDED | {probs[j]: sp.Interval.Lopen(LEVEL, 1)}, ()).status == "proved"
    for region in (sp.Interval(LEVEL, 1), sp.Interval(0, 1)):
        with pytest.raises(NotProved):
            views.split(flat, THRESHOLDED | {probs[j]: region}, ())


def test_what_the_rest_adds_may_depend_on_a_symbol_unless_that_moves():
    power = sp.Symbol("s", positive=True)
    domain = PIXELS | {power: sp.Interval.open(0, sp.oo)}
    assert views.split(Sign(over(probs[k] ** power, N) - probs[j] ** power), domain, ()).status == "proved"
    with pytest.raises(NotProved, match="depends"):
        views.split(Zero(slope(over(probs[k] ** power, N) - probs[j] ** power, power)), domain, ())


def test_an_impulse_is_not_nothing_because_it_is_nothing_inside():
    t = sp.Symbol("t", real=True)
    with pytest.raises(NotProved, match="at the step"):
        views.settle(Zero(sp.DiracDelta(t)), {t: sp.Interval(0, 1)})
def test_a_label_is_not_captured_by_the_index_of_a_sum():
    # Σ_k q_k z_k at the label k is z_k, not Σ_k z_k.
    at_label = views.put(over(q[k] * scores[k]), {q: views.label(k)})
    assert views.split(Zero(at_label - scores[k]), SCORES, ()).status == "proved"
    with pytest.raises(NotProved):
        views.settle(Zero(at_label - over(scores[k])), SCORES)


def test_values_are_put_in_entry_by_entry_and_all_at_once():
    assert views.put(probs[i] + q[j], {probs: q, q: probs}) == q[i] + probs[j]
    assert views.put(scores[i], {scores: sp.log(probs) + K}) == sp.log(probs[i]) + K
    # The index of a sum is its own: a value for k is meant for the k outside.
    assert views.put(over(probs[k]) + probs[k], {k: 2}) == over(probs[k]) + probs[2]


def test_a_known_length_is_written_out_and_proves():
    two = sp.Sum(q[k], (k, 1, 2))
    assert views.settle(Zero(two - q[1] - q[2]), CLASSES).status == "proved"
    with pytest.raises(NotProved):
        views.settle(Zero(two - q[1] - q[3]), CLASSES)
    with pytest.raises(NotProved):
        views.settle(Zero(sp.Sum(q[k], (k, 1, 3)) - q[1] - q[2]), CLASSES)


def test_the_rest_of_a_positive_sum_is_positive_only_if_there_is_a_rest():
    rest = Sign(EXPONENTIALS - sp.exp(scores[i]), strict=True)
    assert views.split(rest, SCORES | {K: sp.Range(2, sp.oo)}, ()).status == "proved"
    with pytest.raises(NotProved):
        views.split(rest, SCORES, ())


def test_a_sum_of_ones_is_the_length():
    counted = sp.Sum(sp.S.One, (k, 1, K))
    assert views.split(Zero(counted * probs[i] - K * probs[i]), CLASSES, ()).status == "proved"
    with pytest.raises(NotProved):
        views.settle(Zero(counted * probs[i] - (K - 1) * probs[i]), CLASSES)


def test_sums_of_products_are_numbers_whatever_their_index_is_called():
    squares = sp.Sum(probs[j] ** 2, (j, 1, K))
    for zero in (
        over((probs[k] - q[k]) ** 2) - squares + sp.Sum(2 * probs[j] * q[j], (j, 1, K)) - over(q[k] ** 2),
        over((probs[k] / sp.sqrt(squares)) ** 2) - 1,
        # Σ q is 1.
        over(q[k] * squares) - over(probs[k] ** 2),
        over(1) - K,
    ):
        assert views.by_products(Zero(zero), CLASSES, ()).status == "proved"


PRODUCTS = {
    "a sign": Sign(over(probs[k] ** 2)),
    "an entry that is singled out": Zero(over(probs[k] ** 2) - probs[i]),
    "a part of a distribution, which does not sum to 1": Zero(sp.Sum(probs[k], (k, 1, j)) - 1),
    "a sum inside that depends on the index": Zero(over(q[k] * sp.Sum(probs[j], (j, 1, k))) - sp.Sum(probs[j], (j, 1, k))),
    "the index itself": Zero(over(k * probs[k]) - k * over(probs[k])),
    "entries that do not sum to 1": Zero(sp.Sum(scores[k], (k, 1, K)) - 1),
    "the square of a sum for the sum of squares": Zero(over(probs[k] * q[k]) ** 2 - over(probs[k] ** 2 * q[k] ** 2)),
    "no sum": Zero(K - K**2),
    "ones over a triangle": Zero(sp.Sum(1, (j, 1, k), (k, 1, K)) - k),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_sums_of_products_do_not_settle(name):
    with pytest.raises(NotProved):
        views.by_products(PRODUCTS[name], CLASSES | SCORES, ())


def test_parts_are_the_same_as_sums_of_products_and_a_square_root_has_no_sign():
    squares = sp.Sum(probs[j] ** 2, (j, 1, K))
    gap = squares - 2 * over(probs[k] * q[k]) + over(q[k] ** 2)
    root = sp.sqrt(squares)
    step = views.by_parts(Sign(gap * root), CLASSES, ((root * over((probs[k] - q[k]) ** 2),),))
    assert {part.status for part in step.parts} == {"proved"}
    for expr, part in (
        (gap * root, root * over((probs[k] + q[k]) ** 2)),
        (-gap * root, -root * over((probs[k] - q[k]) ** 2)),
        (-root, -root),
    ):
        with pytest.raises(NotProved):
            views.by_parts(Sign(expr), CLASSES, ((part,),))


def test_a_cumulative_sum_says_not_how_many_entries_there_are():
    two = sp.Sum(sp.Sum(probs[j] - q[j], (j, 1, k)) ** 2, (k, 1, 2))
    assert views.settle(Zero(two - (probs[1] - q[1]) ** 2), CLASSES).status == "proved"
    with pytest.raises(NotProved):
        views.settle(Zero(two.subs(2, K) - (probs[1] - q[1]) ** 2), CLASSES)
