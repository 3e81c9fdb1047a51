"""Break a formula, and its card notices: at least one of its claims goes."""

import os
from functools import cache

import pytest
import sympy as sp

from lossbook.cards import cards
from lossbook.proof import Gradient, NotProved, Range, Untrue, Value, kernel, prove, ranks, views
from lossbook.proof.views import put

REFUTED = "it refutes, and what a broken formula says is not true either"
KEPT = "all of these breaks keep it: a multiple, plus one, an option that is shifted, arguments that are exchanged"
BOTH = "a multiple keeps it, plus one as well, and so does exchanging the two arguments, which is what it is about"
ZERO = "it says that a slope is 0 or goes to 0, which a multiple and a constant leave so"

GIVEN = "it is about what the label is given in the place of its cosine, not about the loss"

#: Claims that no break of this file takes away, with the reason.
UNBROKEN = {
    ("balanced_binary_cross_entropy_with_logits", "calibrated"): REFUTED,
    ("binary_cross_entropy_with_logits", "pos_weight keeps the minimiser"): REFUTED,
    ("binary_cross_entropy_with_logits", "strongly convex"): ZERO,
    ("precision", "homogeneous"): KEPT,
    ("f1_score", "homogeneous"): KEPT,
    ("f1_score", "arithmetic mean"): REFUTED,
    ("cross_entropy", "one convention"): REFUTED,
    ("nll_loss", "other classes"): ZERO,
    ("dice_coefficient", "printed as jaccard"): REFUTED,
    ("dice_coefficient", "true negatives"): KEPT,
    ("dice_coefficient", "symmetric"): BOTH,
    ("kl_divergence", "printed with the model's entropy"): REFUTED,
    ("js_divergence", "infinite when the supports are disjoint"): REFUTED,
    ("js_divergence", "no pull on a class given up"): ZERO,
    ("sigmoid_focal_loss", "one factor for both"): REFUTED,
    ("softmax_focal_loss", "shift"): KEPT,
    ("softmax_focal_loss", "exp of the loss"): REFUTED,
    ("iou_coefficient", "sum in the denominator"): REFUTED,
    ("iou_coefficient", "symmetric"): BOTH,
    ("iou_loss", "linear on the foreground"): ZERO,
    ("iou_loss", "the Lovász extension"): REFUTED,
    ("mse_loss", "shift"): KEPT,
    ("mse_loss", "flat behind a sigmoid"): ZERO,
    ("mse_loss", "symmetric"): BOTH,
    ("mae_loss", "strictly convex"): REFUTED,
    ("mae_loss", "mean"): REFUTED,
    ("mae_loss", "shift"): KEPT,
    ("mae_loss", "symmetric"): BOTH,
    ("huber_loss", "strictly convex"): REFUTED,
    ("huber_loss", "mean"): REFUTED,
    ("huber_loss", "median"): REFUTED,
    ("huber_loss", "printed with a cube"): REFUTED,
    ("pseudo_huber_loss", "flat far away"): ZERO,
    ("log_cosh_loss", "strongly convex"): ZERO,
    ("log_cosh_loss", "printed as half the square"): REFUTED,
    ("barron_loss", "redescending"): ZERO,
    ("distillation_loss", "shift"): KEPT,
    ("distillation_loss", "shift of the teacher"): KEPT,
    ("distillation_loss", "without a softmax"): REFUTED,
    ("distillation_loss", "without the square of the temperature"): REFUTED,
    ("crps_ensemble", "shift"): KEPT,
    ("crps_ensemble", "each pair halved twice"): REFUTED,
    ("crps_quantile", "shift"): KEPT,
    ("crps_quantile", "printed without the two"): REFUTED,
    ("crps_gaussian", "jointly convex"): KEPT,
    ("crps_gaussian", "best scale"): ZERO,
    ("interval_score", "written without the conditions"): REFUTED,
    ("poisson_deviance", "printed with the 2 on one term"): REFUTED,
    ("gamma_deviance", "homogeneous"): KEPT,
    ("tweedie_deviance", "printed with the 2 on one term"): REFUTED,
    ("poisson_nll_loss", "read as the mean"): REFUTED,
    ("gamma_nll_loss", "read as the mean"): REFUTED,
    ("negative_binomial_nll_loss", "with the chances exchanged"): REFUTED,
    ("wing_loss", "mean"): REFUTED,
    ("wing_loss", "symmetric"): BOTH,
    ("mae_classification_loss", "no pull far out"): ZERO,
    ("mae_classification_loss", "shift"): KEPT,
    ("generalized_cross_entropy", "no pull far out"): ZERO,
    ("generalized_cross_entropy", "shift"): KEPT,
    ("generalized_cross_entropy", "sum over the labels"): REFUTED,
    ("symmetric_cross_entropy", "shift"): KEPT,
    ("taylor_cross_entropy", "shift"): KEPT,
    ("bi_tempered_loss", "without the second term"): REFUTED,
    ("crammer_singer_loss", "with a rival of score 0"): REFUTED,
    ("weston_watkins_loss", "mean over the classes"): REFUTED,
    ("entmax_loss", "without the target's own term"): REFUTED,
    ("balanced_softmax_loss", "shift"): KEPT,
    ("balanced_softmax_loss", "with the sign of the test"): REFUTED,
    ("logit_adjusted_cross_entropy", "shift"): KEPT,
    ("ldam_loss", "shift"): KEPT,
    ("ldam_margins", "proportions"): KEPT,
    ("pinball_loss", "strictly convex"): REFUTED,
    ("pinball_loss", "median"): REFUTED,
    ("pinball_loss", "shift"): KEPT,
    ("expectile_loss", "mean"): REFUTED,
    ("expectile_loss", "quantile"): REFUTED,
    ("quantile_huber_loss", "quantile"): REFUTED,
    ("epsilon_insensitive_loss", "strictly convex"): REFUTED,
    ("epsilon_insensitive_loss", "median"): REFUTED,
    ("epsilon_insensitive_loss", "symmetric"): BOTH,
    ("mape_loss", "median"): REFUTED,
    ("msle_loss", "mean"): REFUTED,
    ("msle_loss", "flat far above"): ZERO,
    ("msle_loss", "ratio"): KEPT,
    ("msle_loss", "symmetric"): BOTH,
    ("quality_focal_loss", "proper"): REFUTED,
    ("quality_focal_loss", "with a balance"): REFUTED,
    ("varifocal_loss", "slope with a constant weight"): REFUTED,
    ("ghm_loss", "cross entropy"): REFUTED,
    ("multilabel_soft_margin_loss", "divided by its weights"): REFUTED,
    ("gaussian_nll_loss", "standard deviation taken for a variance"): REFUTED,
    ("laplace_nll_loss", "mean"): REFUTED,
    ("student_t_nll_loss", "mean"): REFUTED,
    ("student_t_nll_loss", "median"): REFUTED,
    ("student_t_nll_loss", "redescending"): ZERO,
    ("perceptron_loss", "strictly convex"): REFUTED,
    ("hinge_loss", "proper"): REFUTED,
    ("exponential_loss", "proper at the logit"): REFUTED,
    ("brier_score", "mean over the classes"): REFUTED,
    ("spherical_score", "scale"): KEPT,
    ("log_score", "local"): ZERO,
    ("earth_movers_distance", "units"): KEPT,
    ("cosface_loss", "shift"): KEPT,
    ("arcface_loss", "asks for more"): GIVEN,
    ("arcface_loss", "asks for more without its guard"): GIVEN,
    ("arcface_loss", "without its guard"): REFUTED,
    ("arcface_loss", "with a margin that counts as constant"): REFUTED,
    ("sphereface_loss", "asks for more"): GIVEN,
    ("sphereface_loss", "without its pieces"): REFUTED,
}


SWAPPED = "arguments swapped"


@cache
def breaks(card):
    """Return changed formulas by their names; a loss that is symmetric is not broken by exchanging its arguments."""
    return {what: formula for what, formula in _breaks(card) if what != SWAPPED or _differs(formula, card.formula, card)}


def _differs(formula, other, card):
    """Whether two formulas differ somewhere."""
    if not isinstance(formula, sp.MatrixBase) and not ranks.ordered(card.domain):
        try:
            views.refute(kernel.Zero(formula - other), card.domain)
        except Untrue:
            return True
        except NotProved:
            pass
    return sp.simplify(formula - other) != 0


def _breaks(card):
    formula = card.formula
    matrix = isinstance(formula, sp.MatrixBase)
    yield "0", formula * 0
    yield "minus", -formula
    yield "twice", 2 * formula
    yield "plus one", formula.applyfunc(lambda e: e + 1) if matrix else formula + 1
    arguments = [s for s in card.domain if s not in card.params and not getattr(s, "is_integer", False)][:2]
    if len(arguments) == 2 and type(arguments[0]) is type(arguments[1]):
        yield SWAPPED, put(formula, dict(zip(arguments, arguments[::-1], strict=True)))
    for number, term in enumerate(formula.args if formula.is_Add else ()):
        yield f"without term {number}", formula - term
    for symbol in card.params:
        if formula.has(symbol):
            yield f"{symbol} shifted", put(formula, {symbol: symbol + 1})


def _goes_at_once(card, formula, monkeypatch):
    """Whether a claim is found false before anything long is tried."""
    broken = card.with_formula(formula)
    monkeypatch.setattr(kernel, "BUDGET", 0.5)
    for claim in _in_order(card):
        try:
            prove(broken, claim)
        except Untrue:
            return True
        except NotProved:
            continue
    return False


def _in_order(card):
    """List the claims: first those that notice most things soonest."""
    first = (Value, Gradient, Range)
    return sorted(card.claims, key=lambda claim: first.index(type(claim)) if type(claim) in first else len(first))


def _goes(card, claim, formula):
    """Whether a claim is no longer proved."""
    try:
        prove(card.with_formula(formula), claim)
    except NotProved:
        return True
    return False


# Whether a loss is symmetric takes long to see, and every process collects all tests.
BROKEN = [(name, what) for name, card in cards().items() for what, _ in _breaks(card)]


@pytest.mark.parametrize(("name", "what"), BROKEN)
def test_a_broken_formula_is_noticed(name, what, monkeypatch):
    """At least one claim is no longer proved."""
    card = cards()[name]
    formula = breaks(card).get(what)
    if formula is None:
        pytest.skip("the loss is symmetric")
    if not _goes_at_once(card, formula, monkeypatch):
        monkeypatch.undo()
        assert any(_goes(card, claim, formula) for claim in _in_order(card))


@pytest.mark.skipif("LOSSBOOK_WHOLE" not in os.environ, reason="make broken runs every claim against every break")
@pytest.mark.parametrize("name", cards())
def test_each_claim_goes_for_some_break(name):
    """A claim that no break takes away is listed, with the reason."""
    card = cards()[name]
    never = {claim.key for claim in card.claims if not any(_goes(card, claim, formula) for formula in breaks(card).values())}
    assert never == {key for loss, key in UNBROKEN if loss == name}


def test_reasons_are_about_claims_that_exist():
    """A reason whose claim is gone is an error."""
    assert set(UNBROKEN) <= {(name, claim.key) for name, card in cards().items() for claim in card.claims}
