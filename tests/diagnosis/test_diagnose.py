"""What diagnose says of right functions, of edges, of functions that raise, and of input that is none."""

import math
import warnings
from functools import partial

import numpy as np
import pytest
from ready import needed, pairs, ready
from scipy.special import xlogy
from scipy.stats import wasserstein_distance
from takeaway import BLOCKS

import lossbook
from lossbook.diagnosis.battery import ALONE, batteries
from lossbook.engine.arguments import BINARY, LABELS, LOGITS, SCORES, labels_along
from lossbook.engine.columns import Labelled
from lossbook.engine.elementwise import Elementwise
from lossbook.engine.loss import Declaration, Loss

RECORDS = (*ready(3), *pairs())
LOSSES = {record.name: record.function for record in RECORDS}
#: The listings of the chapters, written in plain NumPy without lossbook, that are losses of the catalogue.
LISTINGS = [b for b in BLOCKS if b.library == "numpy" and b.name in LOSSES and b.name != "earth_movers_distance"]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def dice(p, g):
    return 1 - 2 * (p * g).sum() / (p.sum() + g.sum())


def bce(p, y):
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def labels_of(found):
    return [one.label for one in found.found]


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.name)
def test_a_loss_agrees_with_itself_without_edges(record):
    found = lossbook.diagnose(record.function, record.function)
    assert found.agrees
    assert found.difference is None
    assert found.explanation is None
    assert found.edges == []


@pytest.mark.parametrize("block", LISTINGS, ids=str)
def test_right_implementations_agree_in_value_and_gradient(block):
    options = {"weight": [1.0, 5, 0.5, 0.25]} if block.page == "unequal/weighted_cross_entropy" else {}
    if block.name != "cross_entropy":
        options = needed(block.name)
    function = partial(block.function(), **needed(block.name))
    found = lossbook.diagnose(function, LOSSES[block.name], **options)
    assert found.agrees, found
    assert found.explanation is None
    # They take whatever is finite.
    assert all("∞" in label or "infinite" in label for label in labels_of(found)), found


@pytest.mark.parametrize(
    ("name", "options", "function"),
    [
        ("mse_loss", {}, lambda a, b: ((a - b) ** 2).mean()),
        ("mse_loss", {"reduction": "none"}, lambda a, b: (a - b) ** 2),
        ("mse_loss", {"reduction": "sum"}, lambda a, b: float(((a - b) ** 2).sum())),
        ("mae_loss", {}, lambda a, b: [abs(a - b).mean()]),
        ("binary_cross_entropy", {"reduction": "sum"}, lambda p, y: p.size * bce(p, y)),
        ("dice_loss", {"axis": (2, 3)}, lambda p, g: np.mean([[dice(*c) for c in zip(a, b)] for a, b in zip(p, g)])),  # noqa: B905
        ("tversky_loss", {}, dice),
        ("entropy", {"base": 2}, lambda p: -(p * np.log2(p)).sum(-1)),
        ("f1_score", {}, lambda c: 2 * c.tp / (2 * c.tp + c.fp + c.fn)),
        ("confusion_counts", {}, lambda p, y: [((p > 0.5) & (y == 1)).sum(), ((p > 0.5) & (y == 0)).sum(), ((p <= 0.5) & (y == 1)).sum(), ((p <= 0.5) & (y == 0)).sum()]),
        ("wasserstein_samples", {}, lambda x, y: abs(np.sort(x) - np.sort(y)).mean()),
        ("lovasz_extension", {}, lambda f, m: sum(
            m[i] * (f(np.isin(np.arange(m.size), o[: n + 1])) - f(np.isin(np.arange(m.size), o[:n])))
            for o in [np.argsort(-m)] for n, i in enumerate(o))),
    ],
)  # fmt: skip
def test_right_functions_of_each_form_agree(name, options, function):
    found = lossbook.diagnose(function, LOSSES[name], **options)
    assert found.agrees, found


def test_what_a_cross_entropy_takes_as_target_is_found_out():
    def of_labels(z, y):
        return -np.log(np.exp(z[np.arange(len(y)), y]) / np.exp(z).sum(1)).mean()

    def of_vectors(z, y):
        return -(y * np.log(np.exp(z) / np.exp(z).sum(1, keepdims=True))).sum(1).mean()

    for function, form in ((of_labels, "labels as target"), (of_vectors, "one-hot target")):
        found = lossbook.diagnose(function, lossbook.cross_entropy)
        assert found.agrees
        assert form in str(found)
    assert labels_of(lossbook.diagnose(of_vectors, lossbook.cross_entropy)).count("soft target") == 0


def test_options_go_to_the_loss_and_to_a_function_that_names_them():
    seen = []

    def focal(z, y, gamma=7.0):
        seen.append(gamma)
        p = np.where(y == 1, sigmoid(z), sigmoid(-z))
        return -((1 - p) ** gamma * np.log(p)).mean()

    assert lossbook.diagnose(focal, lossbook.sigmoid_focal_loss, gamma=1.5, alpha=None).agrees
    assert set(seen) == {1.5}
    found = lossbook.diagnose(lambda z, y, **more: focal(z, y, **more), lossbook.sigmoid_focal_loss, gamma=1.5, alpha=None)
    assert found.explanation == "γ is 7, not 1.5"


def test_options_may_be_bound_by_a_partial():
    smooth = partial(lossbook.dice_loss, smooth=1.0)

    def right(p, g):
        return 1 - (2 * (p * g).sum() + 1) / (p.sum() + g.sum() + 1)

    assert lossbook.diagnose(right, smooth).agrees
    assert not lossbook.diagnose(right, smooth, smooth=2.0).agrees


def test_an_option_of_fixed_length_decides_the_shapes():
    weight = np.array([1.0, 2.0, 0.5, 4.0, 3.0])

    def weighted(z, y):
        w = weight[y]
        return (w * (np.log(np.exp(z).sum(1)) - z[np.arange(len(y)), y])).sum() / w.sum()

    found = lossbook.diagnose(weighted, lossbook.cross_entropy, weight=weight)
    assert found.agrees, found
    unequal = lossbook.diagnose(lambda z, y: weighted(z, y) / 2, lossbook.cross_entropy, weight=weight)
    assert unequal.difference.arguments["logits"].shape[1] == 5


def test_the_difference_is_the_smallest_input_and_can_be_tried():
    found = lossbook.diagnose(lambda p, g: dice(p, g) + 1, lossbook.dice_loss)
    arguments, theirs, ours = found.difference
    assert arguments["probs"].size == 2
    assert theirs == dice(*arguments) + 1
    assert ours == lossbook.dice_loss(*arguments) == lossbook.dice_loss(**arguments)
    only_wide = lossbook.diagnose(lambda p, g: dice(p, g) + (p.shape[-1] == 5), lossbook.dice_loss)
    assert only_wide.difference.arguments["probs"].shape == (5,)


def test_edges_have_an_input_both_values_and_a_page():
    found = lossbook.diagnose(dice, lossbook.dice_loss)
    assert found.agrees
    assert found.difference is None
    (edge,) = found.edges
    assert edge._fields == ("arguments", "theirs", "ours", "page")
    assert edge.arguments["probs"].ndim == 2
    assert not edge.arguments["probs"].any()
    assert np.isnan(edge.theirs)
    assert edge.ours == 0
    assert edge.page == "book/regions/dice.html"
    assert found.explanation is None


@pytest.mark.parametrize(
    ("name", "function", "expected"),
    [
        ("binary_cross_entropy", bce, {"probabilities 0 and 1, all right"}),
        ("binary_cross_entropy", lambda p, y: bce(np.clip(p, 1e-7, 1 - 1e-7), y), {"probabilities 0 and 1, all wrong"}),
        ("binary_cross_entropy_with_logits", lambda z, y: bce(sigmoid(z), y), {
            "logits of ±50, all wrong", "logits of ±1000, all wrong", "infinite logits, all right", "logits of ±1000, all right"}),
        ("binary_cross_entropy", lambda p, y: -np.log(np.where(y == 1, p, 1 - p)).mean(), {"soft target"}),
        ("kl_divergence", lambda p, q: (p * np.log(p / q)).sum(-1).mean(), {"a class that neither has", "disjoint"}),
        ("precision", lambda c: c.tp / (c.tp + c.fp), {"no positive, none predicted", "none predicted"}),
        ("iou_loss", lambda p, g: 1 - np.minimum(p, g).sum() / np.maximum(p, g).sum(), {"soft target", "both empty"}),
        ("wasserstein_samples", lambda x, y: abs(np.sort(x) - np.sort(y)).mean(), {"another number of entries"}),
        ("earth_movers_distance", lambda s, d, c: lossbook.earth_movers_distance(s, d, c) * s.sum() / d.sum(), {"unequal totals"}),
        ("lovasz_softmax", lambda p, y: lossbook.lovasz_softmax(p, y) if y.any() else 1.0, {"one class alone"}),
    ],
)  # fmt: skip
def test_what_differs_at_the_edges_is_told(name, function, expected):
    found = lossbook.diagnose(function, LOSSES[name])
    assert found.agrees, found
    assert expected <= set(labels_of(found))


def test_everything_ignored_is_an_edge():
    def mean_of_kept(z, y):
        kept = y != -1
        each = np.log(np.exp(z).sum(1)) - z[np.arange(len(y)), y]
        return each[kept].sum() / kept.sum()

    found = lossbook.diagnose(mean_of_kept, lossbook.cross_entropy, ignore_index=-1)
    assert found.agrees
    assert "everything ignored" in labels_of(found)


def test_a_function_that_is_explained_has_only_the_edges_that_are_left():
    """A stable implementation that sums has no edge; the naive one has its own."""
    summed = partial(lossbook.binary_cross_entropy_with_logits, reduction="sum")
    assert lossbook.diagnose(lambda z, y: summed(z, y), lossbook.binary_cross_entropy_with_logits).edges == []
    naive = lossbook.diagnose(lambda z, y: bce(sigmoid(z), y) * z.size, lossbook.binary_cross_entropy_with_logits)
    assert naive.deviations == ("summed",)
    assert "infinite logits, all right" in labels_of(naive)
    stable = lossbook.diagnose(
        lambda z, y: 3 * lossbook.binary_cross_entropy_with_logits(z, y),
        lossbook.binary_cross_entropy_with_logits,
        pos_weight=3.0,
    )
    assert stable.deviations == ("factor_on_both",)
    assert stable.edges == []
    clipped = lossbook.diagnose(
        lambda z, y: bce(np.clip(sigmoid(z), 1e-7, 1 - 1e-7), y) * z.size, lossbook.binary_cross_entropy_with_logits
    )
    edge = clipped.edges[labels_of(clipped).index("logits of ±50, all wrong")]
    assert np.isfinite([edge.theirs, edge.ours]).all()
    assert edge.ours == lossbook.binary_cross_entropy_with_logits(*edge.arguments)


def test_a_plain_formula_that_overflows_makes_no_edge():
    """The cross entropy itself is finite where neither distribution has a class; the formula beside it is not."""
    found = lossbook.diagnose(lambda p, q: -xlogy(p, q).sum(-1).mean(), lossbook.kl_divergence)
    assert found.deviations == ("entropy_added",)
    assert found.edges == []


def test_a_function_that_always_raises_is_reported():
    def broken(p, g):
        raise RuntimeError("no luck")

    found = lossbook.diagnose(broken, lossbook.dice_loss)
    assert not found.agrees
    assert isinstance(found.difference.theirs, RuntimeError)
    assert "raises RuntimeError: no luck" in str(found)
    assert found.explanation is None
    assert found.edges == []


def test_a_function_that_raises_on_some_shapes_agrees_on_the_others():
    def of_vectors(p, g):
        if p.ndim != 1:
            raise TypeError("one axis")
        return dice(p, g)

    found = lossbook.diagnose(of_vectors, lossbook.dice_loss)
    assert found.agrees
    assert {"shape (2, 3)", "shape (4, 3)", "shape (3, 5)", "three axes"} <= set(labels_of(found))
    assert all(isinstance(e.theirs, TypeError) for e in found.edges if e.arguments["probs"].ndim > 1)
    # The other edges have a shape that it takes.
    assert "both empty" in labels_of(found)
    assert "float32" not in labels_of(found)


def test_a_function_of_one_number_or_one_distribution_is_given_one_at_a_time():
    def of_numbers(p, y):
        return -math.log(p) if y else -math.log(1 - p)

    def of_vectors(p, q):
        (k,) = p.shape
        return sum(p[i] * math.log(p[i] / q[i]) for i in range(k))

    found = lossbook.diagnose(of_numbers, lossbook.binary_cross_entropy)
    assert found.agrees, found
    assert "agree (one at a time)" in str(found)
    assert "probabilities 0 and 1, all wrong" in labels_of(found)
    assert "three axes" not in labels_of(found)
    found = lossbook.diagnose(of_vectors, lossbook.kl_divergence)
    assert found.agrees, found
    assert found.edges[0].arguments["p"].ndim == 1
    assert lossbook.diagnose(lambda p, q: of_vectors(q, p), lossbook.kl_divergence).deviations == ("arguments_swapped",)
    assert lossbook.diagnose(wasserstein_distance, lossbook.wasserstein_histograms).deviations == ("masses_as_positions",)


def test_a_function_of_batches_is_given_batches():
    """A sum agrees with the mean of one."""
    found = lossbook.diagnose(lambda p, q: (p * np.log(p / q)).sum(), lossbook.kl_divergence)
    assert found.deviations == ("summed",)


def test_a_function_may_write_to_its_input_warn_and_print():
    def careless(p, g):
        value = dice(p, g)
        p[:] = 0
        g *= 7
        np.log(np.zeros(1))
        warnings.warn("take care", stacklevel=1)
        return value

    assert lossbook.diagnose(careless, lossbook.dice_loss).agrees
    wrong = lossbook.diagnose(lambda p, g: 2 * careless(p, g), lossbook.dice_loss)
    assert wrong.difference.arguments["probs"].all()
    assert wrong.explanation == "there is a constant factor of 2"


def test_numpys_errors_may_be_set_to_raise():
    usual = lossbook.diagnose(bce, lossbook.binary_cross_entropy)
    with np.errstate(all="raise"):
        assert str(lossbook.diagnose(bce, lossbook.binary_cross_entropy)) == str(usual)
        assert lossbook.diagnose(lambda p, y: np.cos(bce(p, y)), lossbook.binary_cross_entropy).explanation is None


@pytest.mark.parametrize("value", ["text", {"loss": 1.0}, object(), [[1.0], [1.0, 2.0]], 1j])
def test_a_value_that_is_no_number_is_reported(value):
    found = lossbook.diagnose(lambda p, g: value, lossbook.dice_loss)
    assert not found.agrees
    assert found.difference.theirs is value
    assert str(found)
    assert found._repr_html_()


def test_a_wrong_gradient_is_a_difference():
    def pair(a, b):
        return ((a - b) ** 2).mean(), a - b  # bfortuner/ml-glossary, MSE_prime

    found = lossbook.diagnose(pair, lossbook.mse_loss)
    assert not found.agrees
    assert "differ in the gradient" in str(found)
    prediction, target = found.difference.arguments
    np.testing.assert_array_equal(found.difference.theirs, prediction - target)
    # Of two numbers it is right: 2/n is 1.
    np.testing.assert_allclose(found.difference.ours, 2 / 3 * (prediction - target))


def test_nothing_random_decides():
    def wrong(p, g):
        return dice(p, g) ** 1.5

    assert str(lossbook.diagnose(wrong, lossbook.dice_loss)) == str(lossbook.diagnose(wrong, lossbook.dice_loss))


@pytest.mark.parametrize(
    ("arguments", "options", "error", "said"),
    [
        ((3, lossbook.dice_loss), {}, TypeError, "function must be callable, but it is 3"),
        ((None, lossbook.dice_loss), {}, TypeError, "function must be callable"),
        ((dice, np.sum), {}, TypeError, "loss = sum is not a loss of lossbook"),
        ((dice, "dice_loss"), {}, TypeError, "loss = 'dice_loss' is not a loss of lossbook"),
        ((dice, lossbook.grad(lossbook.dice_loss)), {}, TypeError, "is not a loss of lossbook"),
        ((dice, lossbook.dice_loss), {"library": "tensorflow"}, ValueError, "library must be one of 'numpy', 'torch', 'jax'"),
        ((dice, lossbook.dice_loss), {"smoth": 1.0}, TypeError, "smoth"),
        ((dice, lossbook.dice_loss), {"smooth": -1.0}, ValueError, "smooth must be a finite number"),
        ((dice, lossbook.dice_loss), {"reduction": "average"}, ValueError, "reduction must be one of"),
        ((dice, lossbook.cross_entropy), {"weight": [1.0, -1.0]}, ValueError, "weight"),
        ((dice, lossbook.dice_loss), {"target": [1.0]}, TypeError, "target is an argument of dice_loss"),
        ((dice, partial(lossbook.dice_loss, [0.5])), {}, TypeError, "arguments bound"),
        ((dice, partial(lossbook.dice_loss, probs=[0.5])), {}, TypeError, "arguments bound"),
        ((dice, lossbook.earth_movers_distance), {"return_flow": True}, ValueError, "return_flow = True"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(arguments, options, error, said):
    with pytest.raises(error, match=said):
        lossbook.diagnose(*arguments, **options)


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_a_library_that_is_missing_is_named(library, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ImportError, match=f'library = "{library}" is not installed'):
        lossbook.diagnose(dice, lossbook.dice_loss, library=library)


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.name)
def test_every_loss_has_inputs_of_several_sizes_and_edges(record):
    loss, options = getattr(record.function, "func", record.function), getattr(record.function, "keywords", {})
    for battery in batteries(loss, options):
        assert len(battery.ordinary) >= 5
        sizes = [case.size for case in battery.ordinary]
        assert sizes == sorted(sizes)
        assert all(np.isfinite(case.ours).all() for case in battery.ordinary)
        edges = battery.edges(battery.like(battery.ordinary))
        assert len(edges) >= (3 if battery.form == ALONE else 4)
        labels = [case.label for case in edges]
        assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("loss", [lossbook.dice_loss, lossbook.lovasz_hinge], ids=["unit", "binary"])
def test_each_row_of_a_mask_has_foreground_and_background(loss):
    masks = [case.arguments["target"] for case in batteries(loss, {})[0].ordinary]
    assert all((mask.max(axis=-1) == 1).all() and (mask.min(axis=-1) == 0).all() for mask in masks)
    assert len({float(mask.mean()) for mask in masks}) > 3


def margin_loss(logits, target, *, margin=1.0, weight=None, reduction="mean"):
    def kernel(z, y):
        yield np.maximum(0, margin - (2 * y - 1) * z)

    return Elementwise(kernel, logits, target, weight=weight, reduction=reduction)


def test_a_new_loss_needs_nothing_but_its_declaration():
    arguments = {"logits": LOGITS, "target": BINARY}
    declared = Declaration(family="new", group="new", arguments=arguments, each="element", page="book/new")
    new = Loss(margin_loss, declared)

    def of(margin, combine):
        return lambda z, y: combine(np.maximum(0, margin - np.where(y == 1, z, -z)))

    assert lossbook.diagnose(of(1.0, np.mean), new).agrees
    assert lossbook.diagnose(of(1.0, np.sum), new).deviations == ("summed",)
    assert lossbook.diagnose(of(0.4, np.mean), new).explanation == "margin is 0.4, not 1"
    assert set(lossbook.diagnose(of(2.5, np.sum), new).deviations) == {"summed", "another_margin"}
    assert lossbook.diagnose(of(1.0, np.mean), new, margin=2.0).explanation == "margin is left out: it is 1.0"
    assert lossbook.diagnose(lambda z, y: np.cos(z).sum(), new).explanation is None


def crammer_singer(logits, labels, *, reduction="mean"):
    def kernel(z, k):
        label = k, np.arange(len(k))
        others = z.copy()
        others[label] = -np.inf
        yield np.maximum(0, 1 + others.max(axis=0) - z[label])

    last = logits.array.ndim - 1
    return Labelled(kernel, logits, labels_along(labels, logits, last, None), axis=last, reduction=reduction)


def test_a_new_loss_may_lack_options_that_others_have():
    arguments = {"logits": SCORES, "labels": LABELS}
    new = Loss(crammer_singer, Declaration(family="new", group="new", arguments=arguments, each="column"))

    def mine(z, y):
        others = np.where(np.eye(z.shape[1])[y] == 1, -np.inf, z)
        return np.maximum(0, 1 + others.max(axis=1) - z[np.arange(len(y)), y])

    assert lossbook.diagnose(lambda z, y: mine(z, y).mean(), new).agrees
    assert lossbook.diagnose(lambda z, y: mine(z, y).sum(), new).deviations == ("summed",)
    assert lossbook.diagnose(lambda z, y: np.cos(z).sum(), new).explanation is None


def test_a_kind_of_argument_without_inputs_is_named():
    class Graph:
        name = "graph"

    declared = Declaration(family="new", group="new", arguments={"graph": Graph()}, each="element")
    new = Loss(dice_of_a_graph, declared)
    with pytest.raises(ValueError, match="has an argument of the kind 'graph', for which no inputs are made"):
        lossbook.diagnose(dice, new)


def dice_of_a_graph(graph):
    raise NotImplementedError


def test_one_example_without_a_batch_axis_has_a_label_without_axis():
    battery, *_ = batteries(lossbook.cross_entropy, {})
    case = next(c for c in battery.edges(battery.like(battery.ordinary)) if c.label.startswith("one example"))
    assert [a.shape for a in case.arguments] == [(4,), ()]
