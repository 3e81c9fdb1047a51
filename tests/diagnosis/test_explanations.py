"""Every deviation is found in functions that know nothing of it, and none where there is none."""

import numpy as np
import pytest
from ready import pairs, ready
from wrong_losses import WRONG

import lossbook
from lossbook.diagnosis.battery import batteries
from lossbook.diagnosis.deviations.register import DEVIATIONS
from lossbook.diagnosis.recipes import Recipe, recipe_for

RECORDS = ready(3)
#: A loss with options whose defaults would hide a knob, and all losses as they are.
WITH_OPTIONS = [
    (lossbook.binary_cross_entropy, {"weight": [[1.0, 2.0, 3.0], [2.0, 0.5, 1.0]]}),
    (lossbook.binary_cross_entropy_with_logits, {"pos_weight": [2.0, 3.0, 0.5]}),
    (lossbook.balanced_binary_cross_entropy_with_logits, {"alpha": 0.3}),
    (lossbook.sigmoid_focal_loss, {"alpha": None, "gamma": 1.5}),
    (lossbook.softmax_focal_loss, {"alpha": [0.2, 0.5, 1.0], "ignore_index": 1}),
    (lossbook.cross_entropy, {"weight": [1.0, 2.0, 3.0, 4.0], "label_smoothing": 0.2, "axis": 1}),
    (lossbook.nll_loss, {"weight": [1.0, 2.0, 3.0], "ignore_index": 0, "axis": 0}),
    (lossbook.kl_divergence, {"base": 3.0, "axis": 0}),
    (lossbook.symmetric_cross_entropy, {"alpha": 0.5, "beta": 2.0, "log_zero": -3.0, "ignore_index": 1}),
    (lossbook.taylor_cross_entropy, {"order": 3, "axis": 0}),
    (lossbook.crammer_singer_loss, {"margin": 0.5, "ignore_index": 1}),
    (lossbook.weston_watkins_loss, {"margin": 2.0, "axis": 0}),
    (lossbook.sparsemax_loss, {"ignore_index": 1}),
    (lossbook.entmax_loss, {"alpha": 1.2, "axis": 0}),
    (lossbook.poly1_cross_entropy, {"epsilon": -0.5, "weight": [1.0, 2.0, 3.0]}),
    (lossbook.confidence_penalty_cross_entropy, {"beta": 1.5, "ignore_index": 1}),
    (lossbook.distillation_loss, {"temperature": 0.7, "axis": 0}),
    (lossbook.ldam_loss, {"counts": [9, 1, 4], "max_margin": 0.7, "scale": 2.0, "weight": [1.0, 2.0, 3.0], "axis": 1}),
    (lossbook.logit_adjusted_cross_entropy, {"priors": [0.5, 0.2, 0.3], "tau": 1.5, "ignore_index": 1, "axis": 0}),
    (lossbook.balanced_softmax_loss, {"counts": [9, 1, 4], "sample_weight": [1.0, 0.5, 2.0, 4.0]}),
    (lossbook.emd_loss, {"r": 3.0}),
    (lossbook.wasserstein_histograms, {"positions": [0.0, 1.0, 5.0]}),
    (lossbook.dice_loss, {"squared": True, "smooth": 0.5, "axis": (2, 3)}),
    (lossbook.tversky_loss, {"fp_weight": 0.3, "fn_weight": 0.9, "smooth": 2.0}),
    (lossbook.bce_dice_loss, {"dice_weight": 0.4, "axis": -1}),
    (lossbook.lovasz_hinge, {"per_image": True, "ignore_index": 255}),
    (lossbook.cross_entropy, {"weight": [1.0, 2.0, 3.0], "sample_weight": [1.0, 0.5, 2.0, 4.0]}),
    (lossbook.squared_emd_loss, {"sample_weight": [1.0, 0.5, 2.0, 4.0]}),
    (lossbook.binary_cross_entropy, {"where": [[True, False, True], [False, True, True]]}),
    (lossbook.binary_cross_entropy_with_logits, {"pos_weight": [2.0, 3.0, 0.5], "axis": 1}),
    (lossbook.iou_loss, {"where": [[True, False, True], [False, True, True]]}),
    (lossbook.asymmetric_loss, {"gamma_pos": 1.0, "gamma_neg": 2.0, "margin": 0.2}),
    (lossbook.multilabel_soft_margin_loss, {"weight": [1.0, 2.0, 0.5], "axis": 1}),
]
#: Losses without a formula of their own: only what is common to all is looked for.
PLAIN = {
    "earth_movers_distance",
    "wasserstein_samples",
    "confusion_counts",
    "precision",
    "recall",
    "fbeta_score",
    "f1_score",
}
PLAIN |= {"lovasz_extension", "lovasz_softmax", "bi_tempered_loss", "class_balanced_weights", "ldam_margins"}
PLAIN |= {r.name for r in RECORDS if r.family == "robust regression"}


def called(record):
    """A loss and the options that it needs."""
    return getattr(record.function, "func", record.function), getattr(record.function, "keywords", {})


@pytest.mark.parametrize("case", WRONG, ids=str)
def test_what_is_wrong_is_told(case):
    found = lossbook.diagnose(case.function, case.loss, **case.options)
    assert not found.agrees
    assert sorted(found.deviations) == sorted(case.deviations), found
    assert found.explanation in " ".join(str(found).split())
    np.testing.assert_array_equal(found.difference.ours, case.loss(*found.difference.arguments, **case.options))


def test_every_deviation_has_a_function_that_has_it():
    met = {name for case in WRONG for name in case.deviations}
    assert {d.name for d in DEVIATIONS} <= met
    assert len(DEVIATIONS) >= 100
    # Those of options are made from the signatures: each kind of them is met.
    for kind in ("left_out", "is_True", "is_all", "is_2", "is_None", "exchanged", "other_class"):
        assert any(name.endswith(kind) for name in met), kind
    assert any(name.startswith("another_") for name in met)


def test_pairs_of_deviations_are_met():
    assert len({case.deviations for case in WRONG if len(case.deviations) == 2}) >= 10


@pytest.mark.parametrize(
    ("loss", "options"), [*map(called, (*RECORDS, *pairs())), *WITH_OPTIONS], ids=lambda x: getattr(x, "__name__", "")
)
def test_the_formula_of_a_loss_gives_its_own_numbers(loss, options):
    for battery in batteries(loss, options):
        assert (recipe_for(battery.ordinary) is Recipe) == (loss.__name__ in PLAIN)


def told(loss, function, **options):
    return lossbook.diagnose(function, loss, **options).explanation


@pytest.mark.parametrize("epsilon", [1e-3, 1e-5, 1e-6, 1e-7, 1e-8, 0.25, 3.1416e-4])
def test_an_epsilon_is_estimated(epsilon):
    def dice(p, g):
        return 1 - 2 * (p * g).sum() / (p.sum() + g.sum() + epsilon)

    def bce(p, y):
        return -np.mean(y * np.log(p + epsilon) + (1 - y) * np.log(1 - p + epsilon))

    said = f"{epsilon:.4g}"
    assert told(lossbook.dice_loss, dice) == f"an ε of {said} is added to the denominator alone"
    assert told(lossbook.binary_cross_entropy, bce) == f"an ε of {said} is added in the logarithm: log(p + ε)"


@pytest.mark.parametrize("factor", [3.0, 1e4, -0.125, 1 / 3])
def test_a_factor_is_estimated(factor):
    found = told(lossbook.mse_loss, lambda a, b: factor * ((a - b) ** 2).mean())
    assert found == f"there is a constant factor of {factor:.4g}"


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.5, 5.0])
def test_an_option_that_is_another_number_is_estimated(gamma):
    def focal(z, y):
        p = 1 / (1 + np.exp(-z))
        pt = np.where(y == 1, p, 1 - p)
        return np.mean(np.where(y == 1, 0.25, 0.75) * (1 - pt) ** gamma * -np.log(pt))

    assert told(lossbook.sigmoid_focal_loss, focal) == f"γ is {gamma:.4g}, not 2"


def test_whole_numbers_are_numbers_too():
    def bce(z, y):
        p = 1 / (1 + np.exp(-z))
        return -np.mean(2.5 * y * np.log(p) + (1 - y) * np.log(1 - p))

    said = "pos_weight is 2.5, not 3"
    assert told(lossbook.binary_cross_entropy_with_logits, bce, pos_weight=3) == said
    assert told(lossbook.binary_cross_entropy_with_logits, bce, pos_weight=3.0) == said


def random_function(seed):
    """A function made at random of sums, products, logarithms and powers of the arguments."""
    rng = np.random.default_rng(seed)
    a, b, c, d = rng.uniform(0.3, 2, 4)
    shapes = [
        lambda x, y: a * np.log(b + abs(x)) * (c + y),
        lambda x, y: abs(x - d * y) ** (1 + a),
        lambda x, y: np.exp(-a * abs(x)) * np.cos(b * y + c),
        lambda x, y: (a * x + b * y) / (c + abs(x) + abs(y)),
        lambda x, y: np.log1p(np.exp(a * x - b * y)),
    ]
    inner, combine = shapes[rng.integers(len(shapes))], (np.mean, np.sum)[rng.integers(2)]
    return lambda x, y: combine(inner(np.asarray(x, dtype=float), np.resize(y, np.shape(x)) * 1.0))


OF_TWO_ARRAYS = [r for r in RECORDS if len(r.arguments) == 2 and "set function" not in r.arguments.values()]


@pytest.mark.parametrize("record", OF_TWO_ARRAYS, ids=lambda r: r.name)
def test_no_explanation_is_made_up(record):
    found = lossbook.diagnose(random_function(RECORDS.index(record)), record.function)
    assert not found.agrees
    assert found.explanation is None, found
    assert found.deviations == ()
    assert "No known deviation" in str(found)


def test_an_explanation_has_to_hold_on_every_ordinary_input():
    """Right but for inputs with an axis of length 5."""

    def mostly_summed(p, y):
        bce = -(y * np.log(p) + (1 - y) * np.log(1 - p))
        return bce.sum() * (1 + 1e-6 * (5 in p.shape))

    assert told(lossbook.binary_cross_entropy, mostly_summed) is None


def test_a_value_that_is_never_a_number_explains_nothing():
    assert told(lossbook.binary_cross_entropy, lambda p, y: np.nan) is None
    assert told(lossbook.binary_cross_entropy, lambda p, y: np.inf) is None
    assert told(lossbook.dice_loss, lambda p, g: 0.0) is None


def test_two_numbers_are_no_evidence():
    def without_softmax(shapes):
        def loss(z, y):
            return -np.log(z[np.arange(len(y)), y]).mean() if z.shape in shapes else np.nan

        return loss

    said = "there is no softmax: the logits are taken for probabilities"
    assert told(lossbook.cross_entropy, without_softmax({(3, 2), (2, 3)})) is None
    assert told(lossbook.cross_entropy, without_softmax({(3, 2), (2, 3), (4, 3)})) == said


def test_a_lost_return_is_told():
    def dice(p, g):
        1 - 2 * (p * g).sum() / (p.sum() + g.sum())

    found = lossbook.diagnose(dice, lossbook.dice_loss)
    assert found.explanation == "nothing is returned: a return is missing"
    assert found.difference.theirs is None


def test_single_precision_is_not_taken_for_a_deviation():
    def single(p, g):
        p, g = p.astype(np.float32), g.astype(np.float32)
        return float(1 - 2 * (p * g).sum() / (p.sum() + g.sum()))

    def mixed(p, g):
        p = p.astype(np.float32).astype(float)
        return 1 - 2 * (p * g).sum() / (p.sum() + g.sum())

    assert lossbook.diagnose(single, lossbook.dice_loss).agrees
    assert lossbook.diagnose(mixed, lossbook.dice_loss).agrees


def test_a_deviation_in_single_precision_is_told():
    def single(p, g):
        p, g = p.astype(np.float32), g.astype(np.float32)
        return float(2 * (p * g).sum() / (p.sum() + g.sum()))

    assert told(lossbook.dice_loss, single) == "the coefficient is returned, not the loss: 1 − is missing"
