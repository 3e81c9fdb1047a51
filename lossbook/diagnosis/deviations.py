"""What goes wrong when a loss is written once more: each deviation as a change of the loss's recipe.

A deviation returns the changed recipe, or None where it has no meaning for the loss. One with a parameter, such as an ε, is
given its value, which is estimated from one input. Those of an earlier stage are applied first; of two that give the same
numbers the one that stands first is told.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from lossbook.diagnosis import recipes
from lossbook.diagnosis.recipes import expit, softmax
from lossbook.numerics.limits import times

STAGES = ("input", "option", "formula", "value", "reduction", "result")

#: Where a small number is looked for, where a share in [0, 1], and where any number that is not negative.
SMALL = (1e-10, 1e-7, 1e-4, 1e-2, 0.1, 0.5, 1, 10, 1e3)
BOUNDS = (1e-10, 1e-4, 1e-2, 0.1, 0.25, 0.45)
NUMBERS = (0, 1e-9, 1e-6, 1e-3, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 1, 1.4, 2, 3, 5, 10, 100)


@dataclass(frozen=True)
class Deviation:
    """One thing that may have been done differently.

    ``said`` is its sentence, with a place for the parameter ``t`` if there is one, or a function of the recipe that
    returns it. ``grid`` are the values between which ``t`` is looked for. One that ``leaves_domain`` takes logarithms of
    negative numbers: what becomes of NaN depends on how it is written.
    """

    name: str
    said: str | Callable
    stage: str
    change: Callable
    grid: tuple | None = None
    leaves_domain: bool = False

    def __call__(self, recipe, t=None):
        """Change a recipe."""
        return self.change(recipe) if self.grid is None else self.change(recipe, t)

    def text(self, recipe, t=None):
        """Say what was done differently."""
        said = self.said(recipe) if callable(self.said) else self.said
        return said if t is None else said.format(t=f"{t:.4g}")


_DEVIATIONS = []


def deviation(stage, said, **more):
    """Enter a deviation; its name is that of the function."""

    def enter(change):
        _DEVIATIONS.append(Deviation(change.__name__, said, stage, change, **more))
        return change

    return enter


def deviations(recipe):
    """List the deviations that have a meaning for a loss, those of its own options included."""
    listed = [*_of_options(recipe), *_DEVIATIONS]
    return [d for d in listed if d(recipe, d.grid and d.grid[-1]) is not None]


def _kinds(recipe):
    return [kind.name for kind in recipe.case.loss.arguments.values()]


def _place(recipe):
    """Where the prediction stands among the arguments."""
    loss = recipe.case.loss
    return list(loss.arguments).index(loss.prediction)


def _with_prediction(recipe, change):
    """Give another prediction."""
    place = _place(recipe)
    return recipe.given(*(change(a) if n == place else a for n, a in enumerate(recipe.arguments)))


def _with_target(recipe, change):
    first, second = recipe.arguments
    return recipe.given(first, change(second))


def _is(recipe, *classes):
    return isinstance(recipe, classes)


def _is_binary(recipe):
    """Whether there is a mask, or labels 0 and 1, as target."""
    return _kinds(recipe)[1:] in (["binary"], ["unit"])


def _is_region(recipe):
    return recipe.case.loss.declaration.each == "region"


# Inputs


def _said_swapped(recipe):
    if list(recipe.case.loss.arguments) == ["p", "q"]:
        return "the arguments are swapped: q is taken for p, and p for q (the reverse divergence)"
    return "the arguments are swapped: the target is taken for the prediction"


@deviation("input", _said_swapped)
def arguments_swapped(recipe):
    arguments = recipe.arguments
    if len(arguments) != 2 or callable(arguments[0]) or np.shape(arguments[0]) != np.shape(arguments[1]):
        return None
    return recipe.given(*reversed(arguments))


def _said_twice(recipe):
    return {
        "logits": "the sigmoid is applied twice: the logits went through one already",
        "probs": "the sigmoid is applied to what are probabilities already",
        "distribution": "the softmax is applied to what are probabilities already",
        "scores": "the softmax is applied twice: the logits went through one already",
    }[_kinds(recipe)[_place(recipe)]]


@deviation("input", _said_twice)
def squashed_again(recipe):
    kind = _kinds(recipe)[_place(recipe)]
    if kind in ("logits", "probs"):
        return _with_prediction(recipe, expit)
    if kind in ("scores", "distribution"):
        return _with_prediction(recipe, partial(softmax, axis=recipe.options["axis"]))
    return None


@deviation("input", "the softmax is applied to both distributions, which are probabilities already")
def both_squashed(recipe):
    if _kinds(recipe) != ["distribution", "distribution"]:
        return None
    return recipe.given(*(softmax(a, recipe.options["axis"]) for a in recipe.arguments))


@deviation("input", "the prediction is thresholded at 1/2 first")
def thresholded(recipe):
    return _with_prediction(recipe, lambda p: (p > 0.5) * 1.0) if _kinds(recipe)[0] == "probs" else None


@deviation("input", "the target is turned round: 1 − y is taken for y")
def target_flipped(recipe):
    return _with_target(recipe, lambda y: 1 - y) if _is_binary(recipe) else None


@deviation("input", "foreground and background are exchanged: 1 − p and 1 − g are compared")
def background(recipe):
    if not _is_region(recipe):
        return None
    return recipe.given(*(1 - a for a in recipe.arguments))


@deviation("input", "the labels are read as −1 and 1, not as 0 and 1")
def labels_of_either_sign(recipe):
    return _with_target(recipe, lambda y: 2 * y - 1) if _is_binary(recipe) else None


def _shifted(by):
    def shift(recipe):
        if _kinds(recipe)[-1] not in ("labels", "labels or distribution") or recipe.arguments[1].dtype.kind == "f":
            return None
        classes = np.shape(recipe.arguments[0])[recipe.options["axis"]]
        ignored = recipe.options.get("ignore_index")
        return _with_target(recipe, lambda k: np.where(k == ignored, k, (k + by) % classes) if ignored is not None else (k + by) % classes)

    return shift


_DEVIATIONS += [
    Deviation("labels_from_one", "the labels are counted from 1: each class is taken for the one before it", "input", _shifted(-1)),
    Deviation("labels_from_minus_one", "each label is taken for the class after it", "input", _shifted(1)),
]


@deviation("input", "false positives and false negatives are exchanged")
def counts_exchanged(recipe):
    if _kinds(recipe) != ["counts"]:
        return None
    counts = recipe.arguments[0]
    return recipe.given(counts._replace(fp=counts.fn, fn=counts.fp))


@deviation("input", "the positives are taken for the negatives: tn stands for tp, and fn for fp")
def counts_of_negatives(recipe):
    if _kinds(recipe) != ["counts"]:
        return None
    counts = recipe.arguments[0]
    return recipe.given(counts._replace(tp=counts.tn, tn=counts.tp, fp=counts.fn, fn=counts.fp))


# Options: those of any loss, from its signature

_SAID_OF_FLAGS = {
    ("squared", True): "the denominator is squared: Σ p² + Σ g² in place of Σ p + Σ g",
    ("squared", False): "the denominator is not squared: Σ p + Σ g in place of Σ p² + Σ g²",
    ("per_image", True): "the loss is taken image by image and then averaged, not over the whole batch: per_image=True",
    ("per_image", False): "the loss is taken over the whole batch, not image by image: per_image=False",
    ("classes", "all"): 'absent classes are averaged in: classes="all"',
    ("classes", "present"): 'only the classes that are present are averaged: classes="present"',
    ("alpha", None): "α is left out: alpha=None",
    ("order", 1): "order 1, not 2",
    ("order", 2): "order 2, not 1",
}
_SAID_OF_VALUES = {
    "smooth": "{{t}} is added to numerator and denominator (smooth={{t}}, not {value})",
    "alpha": "α is {{t}}, not {value}",
    "gamma": "γ is {{t}}, not {value}",
    "label_smoothing": "the label smoothing ε is {{t}}, not {value}",
}
_SAID_OF_OMISSIONS = {"ignore_index": "ignore_index is left out: what is to be ignored is counted (−1 is the last class)"}
_SAID_OF_EXCHANGES = {
    frozenset({"alpha", "gamma"}): "α and γ are exchanged: γ is taken for α",
    frozenset({"fp_weight", "fn_weight"}): (
        "the weights of false positives and false negatives are swapped (or, what is the same, the arguments)"
    ),
}


def _set(name, value, recipe):
    return None if np.array_equal(recipe.options[name], value) else recipe.given(**{name: value})


def _of_options(recipe):
    """Make the deviations of a loss's options: one left out, a flag turned, a number that is another, two exchanged."""
    loss = recipe.case.loss
    defaults = {n: p.default for n, p in inspect.signature(loss).parameters.items() if p.default is not p.empty}
    numbers = []
    for name, default in defaults.items():
        value = recipe.options[name]
        if name in ("reduction", "return_flow"):
            continue
        if name in recipe.case.options and name != "axis":
            said = _SAID_OF_OMISSIONS.get(name, f"{name} is left out: it is {default}")
            yield Deviation(f"{name}_left_out", said, "option", partial(_set, name, default))
        for other in _alternatives(name, value):
            said = _SAID_OF_FLAGS.get((name, other), f"{name} is {other}, not {value}")
            yield Deviation(f"{name}_is_{other}", said, "option", partial(_set, name, other))
        if isinstance(value, (float, np.floating)) or (name in _SAID_OF_VALUES and isinstance(value, int)):
            if name in ("empty", "zero_division", "threshold"):
                continue
            numbers.append(name)
    if _is(recipe, recipes.Binary) and recipe.options.get("alpha") is not None:
        yield Deviation("alpha_on_the_other_class", "α is on the other class: the negatives have α, the positives 1 − α", "option", _alpha_turned)
    for n, one in enumerate(numbers):
        for other in numbers[n + 1 :]:
            pair = frozenset({one, other})
            if not (pair <= recipe.case.options.keys() or pair in _SAID_OF_EXCHANGES):
                continue
            said = _SAID_OF_EXCHANGES.get(pair, f"{one} and {other} are exchanged")
            yield Deviation(f"{one}_and_{other}_exchanged", said, "option", partial(_exchanged, one, other))
    for name in numbers:
        said = _SAID_OF_VALUES.get(name, f"{name} is {{{{t}}}}, not {{value}}").format(value=f"{recipe.options[name]:g}")
        yield Deviation(f"another_{name}", said, "option", partial(_another, name), NUMBERS)


def _alternatives(name, value):
    """Other values of an option that has few."""
    if isinstance(value, bool):
        return [not value]
    others = {"classes": ["all", "present"], "order": [1, 2], "alpha": [None]}.get(name, [])
    return [other for other in others if not np.array_equal(other, value)]


def _alpha_turned(recipe):
    return recipe.given(alpha=1 - recipe.options["alpha"])


def _exchanged(one, other, recipe):
    first, second = recipe.options[one], recipe.options[other]
    return None if first == second else recipe.given(**{one: second, other: first})


def _another(name, recipe, t):
    return recipe.given(**{name: t})


@deviation("option", lambda recipe: (
    "a mean over the batch stands before the quotient: one region for the whole batch, not one for each image"
    if recipe.options["axis"] is not None
    else "each image is a region of its own, and their values are averaged, where the loss takes the whole batch: axis from 1 on"
))  # fmt: skip
def other_regions(recipe):
    if not _is_region(recipe):
        return None
    axes = tuple(range(1, np.ndim(recipe.arguments[0])))
    return recipe.given(axis=None if recipe.options["axis"] is not None else axes or None)


@deviation("option", "each class, the last axis, is a region of its own: all axes but the last are summed over")
def region_of_a_class(recipe):
    if not _is_region(recipe):
        return None
    axes = tuple(range(np.ndim(recipe.arguments[0]) - 1))
    return recipe.given(axis=axes or None)


@deviation("option", "it is taken along the first axis, not along that of the classes")
def first_axis(recipe):
    if recipe.axis in (None, 0) or np.ndim(recipe.arguments[0]) < 2 or not _is(recipe, recipes._Divergence, recipes._Cumulative):
        return None
    return recipe.given(axis=0)


@deviation("option", "α is the share of the positives: on the other class")
def balance_turned(recipe):
    if not _is(recipe, recipes.Binary) or recipe.options.get("alpha", 0) is not None or "gamma" in recipe.options:
        return None
    return recipe.given(alpha=np.mean(recipe.case.arguments[1]))


# Formulas: probabilities and their logarithm

_LOGARITHMIC = (recipes.Binary, recipes.Categorical, recipes._Divergence)


def _has_log(recipe):
    return _is(recipe, *_LOGARITHMIC) or getattr(recipe, "mixed", None) is not None


@deviation("formula", lambda recipe: (
    "there is no sigmoid: the logits are taken for probabilities"
    if _is(recipe, recipes.Binary)
    else "there is no softmax: the logits are taken for probabilities"
), leaves_domain=True)  # fmt: skip
def not_squashed(recipe):
    if not _is(recipe, recipes.Binary, recipes.Categorical) or _kinds(recipe)[0] not in ("logits", "scores"):
        return None
    return recipe.turned(link=lambda z: z)


@deviation("formula", "there is a sigmoid in place of the softmax")
def sigmoid_for_softmax(recipe):
    return recipe.turned(link=expit) if _kinds(recipe)[0] == "scores" and _is(recipe, recipes.Categorical) else None


@deviation("formula", "the softmax is taken along the first axis, over the batch, not over the classes")
def softmax_over_batch(recipe):
    if _kinds(recipe)[0] != "scores" or not _is(recipe, recipes.Categorical):
        return None
    return recipe.turned(link=partial(softmax, axis=0))


@deviation("formula", "the logarithm is missing: p stands in place of log p")
def no_logarithm(recipe):
    return recipe.turned(log=lambda p: p) if _is(recipe, recipes.Binary, recipes.Categorical) else None


@deviation("formula", "a squared error (1 − p)² stands in place of −log p")
def squares_for_logarithms(recipe):
    return recipe.turned(log=lambda p: -((1 - p) ** 2)) if _is(recipe, recipes.Binary, recipes.Categorical) else None


@deviation("formula", "an ε of {t} is added in the logarithm: log(p + ε)", grid=SMALL)
def epsilon_in_logarithm(recipe, t):
    return recipe.turned(log=lambda p: np.log(p + t)) if _has_log(recipe) else None


@deviation("formula", "an ε of {t} is added in the logarithm of q alone: log(q + ε)", grid=SMALL)
def epsilon_in_second_logarithm(recipe, t):
    if not _is(recipe, recipes.KullbackLeibler):
        return None
    base = recipe.options["base"]
    log_p = lambda p: np.log(p) / (1 if base is None else np.log(base))  # noqa: E731
    return recipe.turned(log=lambda p: np.log(p + t), log_p=log_p)


@deviation("formula", "the probabilities are clipped at ε = {t}, to [ε, 1 − ε]", grid=BOUNDS)
def clipped(recipe, t):
    return recipe.turned(bound=t) if _has_log(recipe) else None


@deviation("formula", "the positive term alone is there: (1 − y) log(1 − p) is missing")
def positives_alone(recipe):
    return recipe.turned(signs=(1, 0)) if _is(recipe, recipes.Binary) else None


@deviation("formula", "the negative term alone is there: y log p is missing")
def negatives_alone(recipe):
    return recipe.turned(signs=(0, 1)) if _is(recipe, recipes.Binary) else None


@deviation("formula", "the sign of the second term is lost: + (1 − y) log(1 − p) in place of −")
def second_sign_lost(recipe):
    return recipe.turned(signs=(1, -1)) if _is(recipe, recipes.Binary) else None


@deviation("formula", "the sign of the first term is lost: + y log p in place of −")
def first_sign_lost(recipe):
    return recipe.turned(signs=(-1, 1)) if _is(recipe, recipes.Binary) else None


def _factor_name(recipe):
    return "α" if recipe.options.get("alpha", None) is not None else "pos_weight"


def _has_factor(recipe):
    if not _is(recipe, recipes.Binary):
        return False
    return "alpha" in recipe.options or recipe.options.get("pos_weight") is not None


@deviation("formula", lambda recipe: f"{_factor_name(recipe)} is on both classes, so that it balances nothing")
def factor_on_both(recipe):
    return recipe.turned(sides=lambda on, off: (on, on)) if _has_factor(recipe) else None


@deviation("formula", "α is on the positives alone: the negatives have 1, not 1 − α")
def factor_on_positives(recipe):
    if not _has_factor(recipe) or "alpha" not in recipe.options:
        return None
    return recipe.turned(sides=lambda on, off: (on, 1.0))


@deviation("formula", "pos_weight is on the negatives, the other class")
def factor_on_negatives(recipe):
    return recipe.turned(sides=lambda on, off: (off, on)) if recipe.options.get("pos_weight") is not None else None


@deviation("formula", "the positives weigh n_neg/n_pos and the negatives 1: the weights are not divided by their sum")
def balance_as_ratio(recipe):
    if not _has_factor(recipe) or recipe.options.get("alpha", 0) is not None:
        return None
    return recipe.turned(sides=lambda on, off: (on / off, 1.0))


@deviation("formula", "p is raised to γ, not 1 − p: the well classified are turned up")
def focus_on_easy(recipe):
    return recipe.turned(focus=lambda p: p) if recipe.options.get("gamma") else None


@deviation("formula", "1 − p, p being that of label 1, is raised to γ for negatives too")
def focus_by_one_side(recipe):
    if not recipe.options.get("gamma") or not _is(recipe, recipes.Binary):
        return None
    return recipe.turned(focus=lambda _: 1 - expit(recipe.arguments[0]))


@deviation("formula", "the weight is inside of the probability: p is exp(−w·CE), the power w of what it should be")
def weight_inside(recipe):
    if not _is(recipe, recipes.Categorical) or not recipe.options.get("gamma") or recipe.options.get("alpha") is None:
        return None
    return recipe.turned(inside=True)


@deviation("formula", "the weight is applied twice")
def weight_twice(recipe):
    if recipe.options.get("weight") is None or not _is(recipe, recipes.Binary, recipes.Categorical, recipes.Errors):
        return None
    return recipe.turned(power=2)


@deviation("formula", "label smoothing spreads ε over the K − 1 other classes: ε/(K − 1), with 1 − ε at the label")
def smoothing_over_others(recipe):
    return _smoothed(recipe, lambda t, e, K: (1 - e) * t + e * (1 - t) / (K - 1))


@deviation("formula", "label smoothing adds 1/K, not ε/K")
def smoothing_by_one(recipe):
    return _smoothed(recipe, lambda t, e, K: (1 - e) * t + 1 / K)


@deviation("formula", "label smoothing adds ε/K and takes nothing off the label, so that the target sums to 1 + ε")
def smoothing_added(recipe):
    return _smoothed(recipe, lambda t, e, K: t + e / K)


@deviation("formula", "label smoothing gives ε, not ε/K, to every class")
def smoothing_whole(recipe):
    return _smoothed(recipe, lambda t, e, K: (1 - e) * t + e)


def _smoothed(recipe, target):
    has_smoothing = _is(recipe, recipes.Categorical) and recipe.options.get("label_smoothing")
    return recipe.turned(smoothed=target) if has_smoothing else None


@deviation("formula", "ignored labels are counted, as an index from the end would be: −1 is the last class")
def ignored_as_last(recipe):
    if not _is(recipe, recipes.Categorical) or recipe.options.get("ignore_index") is None:
        return None
    return recipe.turned(all_counted=True, index=lambda k, K: k % K)


@deviation("formula", "every class has a binary cross entropy: −log(1 − p) of the other classes is added")
def every_class(recipe):
    return recipe.turned(every_class=True) if _is(recipe, recipes.Categorical) else None


# Formulas: divergences and CDFs


@deviation("formula", "the entropy of p is not taken off: this is the cross entropy, not the KL divergence")
def entropy_added(recipe):
    if not _is(recipe, recipes.KullbackLeibler):
        return None
    unit = 1.0 if recipe.options["base"] is None else np.log(recipe.options["base"])
    return recipe.turned(added=lambda p, q: -times(p, np.log(p)).sum(axis=-1) / unit)


@deviation("formula", "q stands in place of log q, as where PyTorch's kl_div, which wants log-probabilities first, is given probabilities")
def no_second_logarithm(recipe):
    if not _is(recipe, recipes.KullbackLeibler) or recipe.options["base"] is not None:
        return None
    return recipe.turned(log=lambda q: q, log_p=np.log)


@deviation("formula", "the entropy of q is taken off, not that of p")
def other_entropy(recipe):
    if not _is(recipe, recipes.KullbackLeibler):
        return None
    entropy = lambda p: -times(p, np.log(p)).sum(axis=-1)  # noqa: E731
    unit = 1.0 if recipe.options["base"] is None else np.log(recipe.options["base"])
    return recipe.turned(added=lambda p, q: (entropy(p) - entropy(q)) / unit)


@deviation("formula", "both directions are added: D(p‖q) + D(q‖p)")
def both_directions(recipe):
    if not _is(recipe, recipes.KullbackLeibler):
        return None
    unit = 1.0 if recipe.options["base"] is None else np.log(recipe.options["base"])
    return recipe.turned(added=lambda p, q: times(q, np.log(q) - np.log(p)).sum(axis=-1) / unit)


@deviation("formula", "the divergences are those from the middle, D(m‖p) and D(m‖q), not those to it")
def from_middle(recipe):
    return recipe.turned(from_middle=True) if _is(recipe, recipes.JensenShannon) else None


@deviation("formula", "the middle is p + q: its half is missing")
def middle_not_halved(recipe):
    return recipe.turned(middle=lambda p, q: p + q) if _is(recipe, recipes.JensenShannon) else None


@deviation("formula", "the CDF is missing: the masses themselves are compared, not their cumulative sums")
def no_cdf(recipe):
    return recipe.turned(cumulated=lambda d: d) if _is(recipe, recipes._Cumulative) else None


@deviation("formula", "the cumulative sums run over the batch, not over the classes")
def cdf_over_batch(recipe):
    if not _is(recipe, recipes._Cumulative) or np.ndim(recipe.arguments[0]) < 2:
        return None
    return recipe.turned(cumulated=lambda d: d.cumsum(axis=0))


@deviation("formula", "the sum over the classes is not divided by their number: 1/K is missing")
def no_mean_over_classes(recipe):
    return recipe.turned(total=lambda x: x.sum(axis=-1)) if _is(recipe, recipes.EarthMovers) else None


@deviation("formula", "there is a mean over the K classes, not a sum: a factor 1/K")
def mean_over_classes(recipe):
    if not _is(recipe, recipes.SquaredEarthMovers, recipes.Wasserstein):
        return None
    return recipe.turned(total=lambda x: x.mean(axis=-1))


@deviation("formula", "the root is missing")
def no_root(recipe):
    return recipe.turned(no_root=True) if _is(recipe, recipes.EarthMovers) else None


@deviation("formula", "absolute differences of the CDFs are taken, not their squares")
def cdf_not_squared(recipe):
    return recipe.turned(size=np.abs) if _is(recipe, recipes.SquaredEarthMovers) else None


@deviation("formula", "the differences of the CDFs are squared")
def cdf_squared(recipe):
    return recipe.turned(size=np.square) if _is(recipe, recipes.Wasserstein) else None


def _by_rows(recipe, function):
    """Replace each pair's value by a function of the pair, the classes last."""
    pair = [np.moveaxis(np.asarray(a, dtype=float), recipe.axis, -1) for a in recipe.arguments]
    return recipe.then(lambda _: function(*pair))


def _is_pair_of_histograms(recipe):
    return recipe.case.loss.declaration.family == "transport" and _kinds(recipe) == ["distribution", "distribution"]


@deviation("formula", "the masses are taken for positions: two samples are compared, as scipy's wasserstein_distance(p, q) does")
def masses_as_positions(recipe):
    if not _is_pair_of_histograms(recipe):
        return None
    return _by_rows(recipe, lambda p, q: abs(np.sort(p, axis=-1) - np.sort(q, axis=-1)).mean(axis=-1))


@deviation("formula", "only the means of the two distributions are compared")
def means_alone(recipe):
    if _is_pair_of_histograms(recipe):
        places = recipe.options.get("positions")
        return _by_rows(recipe, lambda p, q: abs((p - q) @ (np.arange(p.shape[-1]) if places is None else places)))
    if _kinds(recipe) == ["sample", "sample"]:
        x, y = recipe.arguments
        return recipe.then(lambda _: abs(x.mean() - y.mean()))
    return None


@deviation("formula", "the samples are compared in the order in which they stand: they are not sorted")
def not_sorted(recipe):
    if _kinds(recipe) != ["sample", "sample"] or len(recipe.arguments[0]) != len(recipe.arguments[1]):
        return None
    x, y, order = *recipe.arguments, recipe.options["order"]
    return recipe.then(lambda _: (abs(x - y) ** order).mean() ** (1 / order))


@deviation("formula", "the work is not divided by the flow: it is that of all the mass, not of a unit")
def work_of_all(recipe):
    if _kinds(recipe)[:2] != ["masses", "masses"]:
        return None
    flow = min(np.sum(a) for a in recipe.arguments[:2])
    return recipe.then(lambda v: v * flow)


@deviation("formula", "P and R are averaged by their arithmetic mean, not by the harmonic one")
def arithmetic_mean(recipe):
    if _kinds(recipe) != ["counts"]:
        return None
    tp, fp, fn, _ = recipe.arguments[0]
    return recipe.then(lambda _: (tp / (tp + fp) + tp / (tp + fn)) / 2)


@deviation("formula", "the accuracy is computed: true negatives count")
def accuracy(recipe):
    if _kinds(recipe) != ["counts"]:
        return None
    tp, fp, fn, tn = recipe.arguments[0]
    return recipe.then(lambda _: (tp + tn) / (tp + fp + fn + tn))


@deviation("formula", "β is not squared")
def beta_not_squared(recipe):
    return recipe.given(beta=np.sqrt(recipe.options["beta"])) if recipe.options.get("beta", 1) != 1 else None


# Formulas: overlap


def _sums(p, g, axis):
    return p.sum(axis=axis) + g.sum(axis=axis)


def _union(p, g, axis):
    return _sums(p, g, axis) - (p * g).sum(axis=axis)


def _is_dice(recipe):
    return _is(recipe, recipes._Overlap) and recipe.c == 2


def _is_iou(recipe):
    return _is(recipe, recipes._Overlap) and recipe.c == 1 and "fp_weight" not in recipe.options


@deviation("formula", "the 2 is missing: the intersection I in place of 2 I")
def no_two(recipe):
    return recipe.turned(c=1) if _is_dice(recipe) else None


@deviation("formula", "this is the IoU, not Dice: the intersection over the union")
def iou_for_dice(recipe):
    return recipe.turned(c=1, whole=lambda whole, p, g, axis: _union(p, g, axis)) if _is_dice(recipe) else None


@deviation("formula", "this is Dice, not the IoU: 2 I over the sum of both masks")
def dice_for_iou(recipe):
    return recipe.turned(c=2, whole=lambda whole, p, g, axis: _sums(p, g, axis)) if _is_iou(recipe) else None


@deviation("formula", "twice the intersection stands over the union: it is half Dice, half IoU")
def two_over_union(recipe):
    if _is_iou(recipe):
        return recipe.turned(c=2)
    return recipe.turned(whole=lambda whole, p, g, axis: _union(p, g, axis)) if _is_dice(recipe) else None


@deviation("formula", "the intersection is not taken off: I over the sum of both masks, not over the union")
def sum_for_union(recipe):
    return recipe.turned(whole=lambda whole, p, g, axis: _sums(p, g, axis)) if _is_iou(recipe) else None


@deviation("formula", "the denominator is squared: Σ p² + Σ g² in place of Σ p + Σ g")
def squared_denominator(recipe):
    if not _is(recipe, recipes._Overlap) or "fp_weight" in recipe.options or "squared" in recipe.options:
        return None
    overlap = recipe.c == 1

    def whole(whole, p, g, axis):
        return (p**2).sum(axis=axis) + (g**2).sum(axis=axis) - overlap * (p * g).sum(axis=axis)

    return recipe.turned(whole=whole)


@deviation("formula", "{t} is added to the numerator alone", grid=SMALL)
def smooth_above(recipe, t):
    return recipe.turned(above=t, below=0.0) if _is(recipe, recipes._Overlap) else None


@deviation("formula", "an ε of {t} is added to the denominator alone", grid=SMALL)
def smooth_below(recipe, t):
    return recipe.turned(above=0.0, below=t) if _is(recipe, recipes._Overlap) else None


@deviation("formula", "what is added above is doubled: 2 (I + κ)/(U + κ) with κ = {t}", grid=SMALL)
def smooth_doubled(recipe, t):
    return recipe.turned(above=2 * t, below=t) if _is_dice(recipe) else None


@deviation("formula", "{t} is added to numerator and denominator, which are means over the pixels, not sums", grid=SMALL)
def smooth_of_means(recipe, t):
    if not _is(recipe, recipes._Overlap):
        return None
    count = np.size(recipe.arguments[0]) / max(1, np.size(recipe.case.loss(*recipe.arguments, **recipe.options | {"reduction": "none"})))
    return recipe.turned(above=t * count, below=t * count)


@deviation("formula", "{t} is added to the numerator, and twice as much to the denominator", grid=SMALL)
def smooth_of_union(recipe, t):
    if not _is_iou(recipe):
        return None
    return recipe.turned(above=t, below=2 * t)


def _mixed(recipe, mixed):
    return recipe.turned(mixed=mixed) if getattr(recipe, "mixed", None) is not None else None


@deviation("formula", "the cross entropy is missing")
def dice_alone(recipe):
    return _mixed(recipe, lambda bce, dice, o: o.get("dice_weight", 1) * (1 - dice) if "dice_weight" in o else -np.log(dice))


@deviation("formula", "the Dice term is missing")
def bce_alone(recipe):
    return _mixed(recipe, lambda bce, dice, o: bce)


@deviation("formula", "the weight is on the cross entropy, not on the Dice term")
def weight_on_bce(recipe):
    return _mixed(recipe, lambda bce, dice, o: o["dice_weight"] * bce + 1 - dice) if "dice_weight" in recipe.options else None


@deviation("formula", "the cross entropy has the weight 1 − w, not 1")
def weight_as_share(recipe):
    if "dice_weight" not in recipe.options:
        return None
    return _mixed(recipe, lambda bce, dice, o: (1 - o["dice_weight"]) * bce + o["dice_weight"] * (1 - dice))


@deviation("formula", "the Dice coefficient is subtracted: the 1 of 1 − Dice is missing")
def dice_subtracted(recipe):
    return _mixed(recipe, lambda bce, dice, o: bce - o.get("dice_weight", 1) * dice)


@deviation("formula", lambda recipe: (
    "the logarithm of Dice is taken, not 1 − Dice" if "dice_weight" in recipe.options else "1 − Dice is added, not −log Dice"
))  # fmt: skip
def other_dice_term(recipe):
    return _mixed(recipe, lambda b, d, o: b - o["dice_weight"] * np.log(d) if "dice_weight" in o else b + 1 - d)


@deviation("formula", "the cross entropy is summed over the pixels, not averaged")
def bce_summed(recipe):
    if getattr(recipe, "mixed", None) is None:
        return None
    own, axis = type(recipe).mixed, recipe.options["axis"]
    shape = np.shape(recipe.arguments[0])
    axes = range(len(shape)) if axis is None else np.atleast_1d(axis)
    pixels = np.prod([shape[n] for n in axes])
    return _mixed(recipe, lambda bce, dice, o: own(bce * pixels, dice, o))


# Formulas: errors and the hinge


@deviation("formula", "the absolute error is taken, not its square")
def absolute_errors(recipe):
    return recipe.turned(size=np.abs) if type(recipe) is recipes.Errors else None


@deviation("formula", "the error is squared, not taken by its absolute value")
def squared_errors(recipe):
    return recipe.turned(size=np.square) if _is(recipe, recipes.AbsoluteErrors) else None


@deviation("formula", "the errors keep their sign: neither squared nor absolute")
def signed_errors(recipe):
    return recipe.turned(size=lambda e: e) if _is(recipe, recipes.Errors) else None


def _huber(error, t):
    size = abs(error)
    return np.where(size <= t, error**2 / 2, t * (size - t / 2))


@deviation("formula", "this is Huber's loss, with δ = {t}", grid=(1e-3, 0.1, 0.5, 1, 2, 5, 100))
def huber(recipe, t):
    return recipe.turned(size=partial(_huber, t=t)) if _is(recipe, recipes.Errors) else None


@deviation("formula", "this is the smooth L1 loss, Huber's divided by its threshold β = {t}", grid=(1e-3, 0.1, 0.5, 1, 2, 5, 100))
def smooth_l1(recipe, t):
    return recipe.turned(size=lambda e: _huber(e, t) / t) if _is(recipe, recipes.Errors) else None


@deviation("formula", "this is the logarithm of the hyperbolic cosine of the error")
def log_cosh(recipe):
    return recipe.turned(size=lambda e: np.log(np.cosh(e))) if _is(recipe, recipes.Errors) else None


@deviation("formula", "the 1 of the hinge's margin is missing: max(0, −s z) in place of max(0, 1 − s z)")
def no_margin(recipe):
    return recipe.turned(margin=0) if _is(recipe, recipes.Hinge) else None


@deviation("formula", "the maximum with 0 is missing: errors below 0 count")
def no_clamp(recipe):
    return recipe.turned(clamp=lambda e: e) if _is(recipe, recipes.Hinge) else None


@deviation("formula", "elu(e) + 1 stands in place of max(0, e)")
def elu(recipe):
    return recipe.turned(clamp=lambda e: np.where(e > 0, e + 1, np.exp(np.minimum(e, 0)))) if _is(recipe, recipes.Hinge) else None


@deviation("formula", "the signs are those of the predictions, not of the labels")
def signs_of_predictions(recipe):
    return recipe.turned(signs=lambda z, y: np.where(z > 0, 1, -1)) if _is(recipe, recipes.Hinge) else None


@deviation("formula", "the signs are 2 z − 1 of the predictions, not 2 y − 1 of the labels")
def signs_from_scores(recipe):
    return recipe.turned(signs=lambda z, y: 2 * z - 1) if _is(recipe, recipes.Hinge) else None


@deviation("formula", "the labels are not sorted with the errors")
def labels_not_sorted(recipe):
    return recipe.turned(sorted_labels=False) if _is(recipe, recipes.Hinge) else None


@deviation("formula", "absent classes are averaged in, with a loss of 0")
def absent_as_zero(recipe):
    if recipe.options.get("classes") != "present" or recipe.options["per_image"]:
        return None
    labels, ignored = recipe.arguments[1], recipe.options["ignore_index"]
    present = np.unique(labels if ignored is None else labels[labels != ignored]).size
    classes = np.shape(recipe.arguments[0])[recipe.options["axis"]]
    return recipe.then(lambda v: v * present / classes)


# Values


@deviation("value", "the sign is lost: the minus is missing")
def sign_lost(recipe):
    return recipe.then(np.negative)


def _said_complement(recipe):
    if recipe.case.loss.declaration.role == "score":
        return "the loss, 1 − the coefficient, is returned, not the coefficient"
    return "the coefficient is returned, not the loss: 1 − is missing"


@deviation("value", _said_complement)
def complement(recipe):
    return recipe.then(lambda v: 1 - v) if recipe.case.loss.declaration.family == "overlap" else None


@deviation("value", "the coefficient is returned with a minus, as a loss: −D in place of 1 − D")
def negative_coefficient(recipe):
    declaration = recipe.case.loss.declaration
    return recipe.then(lambda v: v - 1) if declaration.family == "overlap" and declaration.role == "loss" else None


def _in_other_units(recipe, base):
    if not _is(recipe, *_LOGARITHMIC):
        return None
    own = recipe.options.get("base")
    return None if own == base else recipe.then(lambda v: v * (np.log(own) if own else 1.0) / np.log(base))


@deviation("value", "the logarithm has base 2 (log2)")
def base_two(recipe):
    return _in_other_units(recipe, 2)


@deviation("value", "the logarithm has base 10 (log10)")
def base_ten(recipe):
    return _in_other_units(recipe, 10)


@deviation("formula", "the logarithm of the cross entropy has base 2 (log2)")
def bce_base_two(recipe):
    return recipe.turned(log=np.log2) if getattr(recipe, "mixed", None) is not None else None


@deviation("value", "the square root is taken of each value")
def root_of_values(recipe):
    return recipe.then(np.sqrt)


@deviation("value", "each value is squared: its root is missing")
def values_squared(recipe):
    return recipe.then(np.square)


@deviation("value", "the logarithm of the coefficient is taken: −log(1 − loss)")
def log_of_coefficient(recipe):
    declaration = recipe.case.loss.declaration
    is_share = declaration.family == "overlap" and "smooth" in recipe.options and getattr(recipe, "mixed", None) is None
    return recipe.then(lambda v: -np.log(1 - v)) if is_share and declaration.role == "loss" else None


@deviation("value", "the probability is returned, not its negative logarithm")
def probability(recipe):
    is_log_loss = _is(recipe, recipes.Binary, recipes.Categorical) and "gamma" not in recipe.options
    return recipe.then(lambda v: np.exp(-v)) if is_log_loss else None


# Reductions


def _said_none(recipe):
    return 'nothing is reduced: one value each is returned, as by reduction="none"'


@deviation("reduction", 'the values are summed, not averaged: reduction="sum"')
def summed(recipe):
    return _combined(recipe, np.sum, unless="sum")


@deviation("reduction", _said_none)
def not_reduced(recipe):
    return _combined(recipe, np.asarray, unless="none")


def _said_mean(recipe):
    options = recipe.options
    if options.get("reduction") == "mean" and options.get("ignore_index") is not None:
        return "what is ignored is counted in the divisor of the mean (ignore_index)"
    if options.get("reduction") == "mean" and any(options.get(name) is not None for name in ("weight", "sample_weight")):
        return "the weights are not in the divisor: the mean divides by the number of values, not by the sum of their weights"
    if options.get("reduction") == "mean" and options.get("where") is not None:
        return "what is not selected is counted in the divisor of the mean (where)"
    return 'the values are averaged: reduction="mean"'


@deviation("reduction", _said_mean)
def plain_mean(recipe):
    return _combined(recipe, np.mean)


def _combined(recipe, combine, unless=None):
    if "reduction" in recipe.options and recipe.options["reduction"] == unless:
        return None
    if not recipe.is_reduced and recipe.case.loss.declaration.each not in ("distribution", "count"):
        return None
    return recipe.combined(combine)


@deviation("reduction", 'the sum is divided by the length of the first axis, the batch ("batchmean")')
def batch_mean(recipe):
    return _combined(recipe, lambda v: v.sum() / (len(v) if v.ndim else 1))


@deviation("reduction", "the values are summed over the last axis, and their sums averaged")
def mean_of_row_sums(recipe):
    return _combined(recipe, lambda v: v.sum(axis=-1).mean() if v.ndim else v)


@deviation("reduction", "the mean is taken over all entries, those of the classes too: it divides by N · K, not by N")
def mean_of_entries(recipe):
    if recipe.axis is None:
        return None
    return _combined(recipe, lambda v: v.sum() / np.size(recipe.arguments[0]))


@deviation("reduction", "the sum is divided by the number of classes")
def mean_of_classes(recipe):
    if recipe.axis is None:
        return None
    return _combined(recipe, lambda v: v.sum() / np.shape(recipe.arguments[0])[recipe.axis])


@deviation("reduction", "the sum is divided by the number of positives")
def by_positives(recipe):
    if not _is_binary(recipe) or not _is(recipe, recipes.Binary):
        return None
    return _combined(recipe, lambda v: v.sum() / recipe.case.arguments[1].sum())


@deviation("reduction", "the sum is divided by the number of pixels")
def by_pixels(recipe):
    return _combined(recipe, lambda v: v.sum() / np.size(recipe.arguments[0])) if _is_region(recipe) else None


@deviation("reduction", "the values are averaged over the last axis alone: one each is left for the other axes")
def mean_of_rows(recipe):
    return _combined(recipe, lambda v: v.mean(axis=-1) if v.ndim else v)


@deviation("reduction", "the values are summed over the last axis alone: one sum each is left for the other axes")
def sum_of_rows(recipe):
    return _combined(recipe, lambda v: v.sum(axis=-1) if v.ndim else v)


def _said_factor_in_divisor(recipe):
    name = "α" if "alpha" in recipe.options else "pos_weight" if "pos_weight" in recipe.options else "weight"
    return f"{name} is in the divisor: the mean divides by the sum of the weights"


@deviation("reduction", _said_factor_in_divisor)
def factor_in_divisor(recipe):
    if _has_factor(recipe):
        y = recipe.arguments[1]
        on, off = recipe.sides()
        return _combined(recipe, lambda v: v.sum() / (on * y + off * (1 - y)).sum())
    alpha = recipe.options.get("alpha")
    if not _is(recipe, recipes.Categorical) or not np.ndim(alpha):
        return None
    labels, ignored = np.asarray(recipe.arguments[1]), recipe.options["ignore_index"]
    counted = labels if ignored is None else labels[labels != ignored]
    return _combined(recipe, lambda v: v.sum() / np.asarray(alpha, dtype=float)[counted].sum())


@deviation("reduction", "the mean is taken before the logarithm: −log of the mean probability, not the mean of −log")
def log_of_mean(recipe):
    if not _is(recipe, recipes.Binary, recipes.Categorical) or recipe.options.get("gamma") or recipe.options.get("weight") is not None:
        return None
    return _combined(recipe, lambda v: -np.log(np.exp(-v).mean()))


@deviation("reduction", "a mean over the batch stands before the focal factor: the batch has one p")
def focus_after_mean(recipe):
    gamma = recipe.options.get("gamma")
    if not gamma:
        return None
    plain = recipe.given(gamma=0.0)
    if _is(recipe, recipes.Binary):
        plain = plain.given(alpha=None)

    def combine(_):
        mean = plain.values().mean()
        return (1 - np.exp(-mean)) ** gamma * mean

    return _combined(recipe, combine)


@deviation("reduction", "only the largest value is returned")
def largest(recipe):
    return _combined(recipe, np.max)


# Results


@deviation("result", "the square root is taken of the result (RMSE)")
def root_of_result(recipe):
    return recipe.finally_(np.sqrt)


@deviation("result", "the exponential of the mean is returned: the perplexity")
def perplexity(recipe):
    return recipe.finally_(np.exp) if _is(recipe, recipes.Binary, recipes.Categorical) else None


@deviation("result", "it is half of it: a constant factor of 1/2")
def halved(recipe):
    return recipe.finally_(lambda v: v / 2)


@deviation("result", "there is a constant factor of {t}", grid=())
def factor(recipe, t):
    return recipe.finally_(lambda v: v * t)
