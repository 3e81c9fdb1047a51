"""What holds for every loss: bad input is refused with a message that helps, options mean the same everywhere."""

import inspect
import math
import re
import subprocess
import sys

import numpy as np
import pytest
from ready import ready

import lossbook
from lossbook.catalogue import CHAPTERS
from lossbook.engine.arguments import Kind

NAN, INF = math.nan, math.inf
N, K = 4, 3


def distribution(*shape):
    """A fixed array of distributions along the last axis, none of them uniform."""
    raw = 1.0 + np.arange(math.prod(shape)).reshape(shape) % 5
    return raw / raw.sum(axis=-1, keepdims=True)


def valid(kind):
    """A valid argument of each kind; those of one loss fit together."""
    return {
        "probs": np.array([0.1, 0.4, 0.7, 0.9]),
        "unit": np.array([0.0, 0.25, 1.0, 1.0]),
        "grades": np.array([0.0, 0.25, 1.0, 1.0]),
        "binary": np.array([0, 1, 1, 0]),
        "logits": np.array([-2.0, 0.5, 1.5, 3.0]),
        "class counts": np.array([90.0, 10.0, 2.0, 1.0]),
        "real": np.array([0.5, -1.0, 2.0, 0.25]),
        "number": np.array([0.5, -1.0, 2.0, 0.25]),
        "nonzero": np.array([0.5, -1.0, 2.0, 0.25]),
        "above −1": np.array([0.5, -0.75, 2.0, 0.25]),
        "positive": np.array([0.5, 0.75, 2.0, 0.25]),
        "not negative": np.array([0.5, 0.0, 2.0, 3.0]),
        "log-mean": np.array([-2.0, 0.5, 1.5, 3.0]),
        "sample": np.array([0.5, -1.0, 2.0, 0.25]),
        "ensemble": 10 * distribution(N, K) - 3,
        "quantiles": 10 * distribution(N, K) - 3,
        "outcome": np.array([0.5, -1.0, 2.0, 0.25]),
        "ensemble of vectors": 10 * distribution(N, 3, 2) - 3,
        "vector": distribution(N, 2),
        "masses": np.array([1.0, 2.0, 0.5, 1.5]),
        "costs": 1.0 + np.arange(16.0).reshape(4, 4) % 7,
        "distribution": distribution(N, K),
        "multi-label": np.array([[0, 0.25, 1], [1, 1, 0], [0.5, 0, 0], [1, 0, 1]]),
        "labels": np.array([0, 2, 1, 0]),
        "labels or distribution": np.array([0, 2, 1, 0]),
        "scores": 10 * distribution(N, K) - 3,
        "cosines": 2 * distribution(N, K) - 1,
        "log-probabilities": np.log(distribution(N, K)),
        "set function": lambda mask: float(mask.sum()),
        "counts": np.array([6.0, 2.0, 1.0, 91.0]),
    }[kind]


def arguments(record):
    return [valid(kind) for kind in record.arguments.values()]


def outside(kind):
    """Single entries that an argument of a kind must not hold, from its bounds."""
    if kind.name.startswith("labels"):
        return [-1, K]
    if not isinstance(kind, Kind):
        return []
    tried = dict.fromkeys([kind.low - 0.1, kind.high + 0.1, (kind.low + 3 * kind.high) / 4, NAN, INF, -INF])
    found = [bad for bad in tried if not kind.low <= bad <= kind.high or (kind.integral and bad % 1)]
    return found if kind.without is None else list(dict.fromkeys([kind.without, *found]))


#: What a factor that is not negative must not be.
NOT_A_FACTOR = [(-1.0, ValueError), (NAN, ValueError), (INF, ValueError), ("1", TypeError), (None, TypeError)]

#: What a size must not be: 0, or anything that is not a number above it.
NOT_A_SIZE = [
    (0, ValueError),
    (-1.0, ValueError),
    (NAN, ValueError),
    ([1.0, 2.0], TypeError),
    ("1", TypeError),
    (True, TypeError),
    (None, TypeError),
]

#: Values that an option must not have, and the exception for each.
BAD_OPTIONS = {
    "reduction": [("average", ValueError), (None, ValueError), (0, ValueError)],
    "weight": [
        (np.array([1.0, -1.0, 1.0, 1.0]), ValueError),
        (np.array([1.0, NAN, 1.0, 1.0]), ValueError),
        (np.array([1.0, INF, 1.0, 1.0]), ValueError),
        (np.ones((4, 1)), ValueError),
        (np.ones(3), ValueError),
        ("balanced", TypeError),
    ],
    "where": [
        ([1, 0, 1, 1], TypeError),
        ("all", TypeError),
        (True, ValueError),
        (np.ones((4, 1), bool), ValueError),
        (np.ones(3, bool), ValueError),
    ],
    "sample_weight": [
        ([1.0, -1.0, 1.0, 1.0], ValueError),
        ([1.0, NAN, 1.0, 1.0], ValueError),
        ([1.0, INF, 1.0, 1.0], ValueError),
        (np.ones((4, 1)), ValueError),
        (1.0, ValueError),
        ("balanced", TypeError),
    ],
    "region weight": [
        (-1.0, ValueError),
        (NAN, ValueError),
        (INF, ValueError),
        ([1.0, 1.0], ValueError),
        (np.ones((1, 1)), ValueError),
        ("balanced", TypeError),
    ],
    "class weight": [
        ([1.0, -1.0, 1.0], ValueError),
        ([1.0, NAN, 1.0], ValueError),
        ([1.0, INF, 1.0], ValueError),
        ([1.0, 1.0], ValueError),
        (np.ones((3, 1)), ValueError),
        (2.0, ValueError),
        ("balanced", TypeError),
    ],
    "alpha": [(-0.1, ValueError), (1.1, ValueError), (NAN, ValueError), ("1/4", TypeError)],
    "factor alpha": [*NOT_A_FACTOR, ([1.0, 2.0], TypeError)],
    "sparse alpha": [
        (0.9, ValueError),
        (-1.5, ValueError),
        (NAN, ValueError),
        (INF, ValueError),
        ([1.0, 2.0], TypeError),
        ("1.5", TypeError),
        (None, TypeError),
    ],
    "margin": [*NOT_A_FACTOR, ([1.0, 2.0], TypeError), (True, TypeError)],
    "shape alpha": [
        (NAN, ValueError),
        ([1.0, 2.0], TypeError),
        ("cauchy", TypeError),
        (True, TypeError),
        (None, TypeError),
    ],
    "q": [*NOT_A_SIZE, (1.1, ValueError)],
    "log_zero": [
        (0, ValueError),
        (4.0, ValueError),
        (NAN, ValueError),
        (-INF, ValueError),
        ("-4", TypeError),
        (None, TypeError),
    ],
    "number of terms": [
        (0, ValueError),
        (-1, ValueError),
        (1001, ValueError),
        (1.5, TypeError),
        ("2", TypeError),
        (True, TypeError),
    ],
    "t1": [
        (-0.1, ValueError),
        (1.1, ValueError),
        (NAN, ValueError),
        ([0.5, 0.6], TypeError),
        ("1", TypeError),
        (None, TypeError),
    ],
    "t2": [*NOT_A_FACTOR, ([1.0, 2.0], TypeError)],
    "first coefficient": [
        (-1.1, ValueError),
        (NAN, ValueError),
        (INF, ValueError),
        ([1.0, 2.0], TypeError),
        ("1", TypeError),
        (None, TypeError),
    ],
    "angles margin": [
        (-0.1, ValueError),
        (4, ValueError),
        (NAN, ValueError),
        ([0.5, 0.5], TypeError),
        ("0.5", TypeError),
        (None, TypeError),
    ],
    "factor margin": [
        (0, ValueError),
        (-1, ValueError),
        (17, ValueError),
        (1.5, TypeError),
        ("2", TypeError),
        (True, TypeError),
    ],
    "share beta": [
        (-0.1, ValueError),
        (1.1, ValueError),
        (NAN, ValueError),
        ([0.5, 0.6], TypeError),
        ("1", TypeError),
        (None, TypeError),
    ],
    "normalize": [(1, TypeError), ("yes", TypeError), (None, TypeError)],
    "counts": [
        ([1.0, -1.0, 1.0], ValueError),
        ([1.0, NAN, 1.0], ValueError),
        ([1.0, INF, 1.0], ValueError),
        ([0, 0, 0], ValueError),
        ([1.0, 1.0], ValueError),
        (np.ones((3, 1)), ValueError),
        (2.0, ValueError),
        ("balanced", TypeError),
        (None, TypeError),
    ],
    "priors": [
        ([0.5, -0.5, 1.0], ValueError),
        ([0.5, NAN, 0.5], ValueError),
        ([0.5, 0.5, 0.5], ValueError),
        ([5, 3, 2], ValueError),
        ([0.5, 0.5], ValueError),
        (np.full((3, 1), 1 / 3), ValueError),
        (1.0, ValueError),
        ("balanced", TypeError),
        (None, TypeError),
    ],
    "strength tau": [*NOT_A_FACTOR, ([1.0, 2.0], TypeError), (True, TypeError)],
    "max_margin": [*NOT_A_FACTOR, ([1.0, 2.0], TypeError), (True, TypeError)],
    "delta": NOT_A_SIZE,
    "c": NOT_A_SIZE,
    "power": [
        (0.5, ValueError),
        (math.nextafter(1, 0), ValueError),
        (NAN, ValueError),
        (INF, ValueError),
        ([1.0, 1.5], TypeError),
        ("1.5", TypeError),
        (True, TypeError),
        (None, TypeError),
    ],
    "dispersion": NOT_A_SIZE,
    "full": [(1, TypeError), ("yes", TypeError), (None, TypeError)],
    "scale": [*NOT_A_SIZE, (INF, ValueError)],
    "width": [*NOT_A_SIZE, (INF, ValueError)],
    "curvature": [*NOT_A_SIZE, (INF, ValueError)],
    "tau": [
        (0, ValueError),
        (1, ValueError),
        (-0.1, ValueError),
        (NAN, ValueError),
        ([0.1, 0.9], TypeError),
        ("1/2", TypeError),
        (True, TypeError),
        (None, TypeError),
    ],
    "kappa": [*NOT_A_SIZE, (INF, ValueError)],
    "epsilon": [*NOT_A_FACTOR, ([0.1, 0.2], TypeError), (True, TypeError)],
    "fair": [(1, TypeError), ("yes", TypeError), (None, TypeError)],
    "levels": [
        ([0.1, 0.5], ValueError),
        ([0.1, 0.9, 0.5], ValueError),
        ([0.1, 0.1, 0.5], ValueError),
        ([0.0, 0.1, 0.5], ValueError),
        ([0.1, 0.5, 1.0], ValueError),
        ([10, 50, 90], ValueError),
        ([0.1, NAN, 0.5], ValueError),
        (0.5, ValueError),
        ("deciles", TypeError),
    ],
    "exponent beta": [*NOT_A_SIZE, (2.1, ValueError)],
    "gamma": [
        (-1.0, ValueError),
        (NAN, ValueError),
        (INF, ValueError),
        ([1.0, 2.0], TypeError),
        ("2", TypeError),
        (None, TypeError),
    ],
    "gamma_pos": [*NOT_A_FACTOR, ([1.0, 2.0], TypeError)],
    "gamma_neg": [*NOT_A_FACTOR, ([1.0, 2.0], TypeError)],
    "focusing beta": [*NOT_A_FACTOR, ([1.0, 2.0], TypeError), (True, TypeError)],
    "share margin": [
        (-0.1, ValueError),
        (1.0, ValueError),
        (NAN, ValueError),
        ([0.1, 0.2], TypeError),
        ("0", TypeError),
        (None, TypeError),
    ],
    "bins": [
        (0, ValueError),
        (-1, ValueError),
        (1.5, TypeError),
        ("10", TypeError),
        (True, TypeError),
        (None, TypeError),
    ],
    "width gamma": [*NOT_A_SIZE, (INF, ValueError)],
    "label_smoothing": [
        (-0.1, ValueError),
        (1.5, ValueError),
        (NAN, ValueError),
        ([0.1, 0.2], TypeError),
        ("0.1", TypeError),
        (None, TypeError),
    ],
    "pos_weight": [
        (-1.0, ValueError),
        (NAN, ValueError),
        (INF, ValueError),
        ([1.0, 2.0], ValueError),
        ("2", TypeError),
    ],
    "axis": [(2, ValueError), (-3, ValueError), (1.5, TypeError), ("last", TypeError)],
    "region axis": [
        (1, ValueError),
        (-2, ValueError),
        ((0, 0), ValueError),
        ((0, 1), ValueError),
        (0.5, TypeError),
        ("all", TypeError),
    ],
    "base": [
        (0, ValueError),
        (1, ValueError),
        (-2.0, ValueError),
        (NAN, ValueError),
        (INF, ValueError),
        ([2.0, 3.0], TypeError),
        ("2", TypeError),
    ],
    "smooth": NOT_A_FACTOR,
    "fp_weight": NOT_A_FACTOR,
    "fn_weight": NOT_A_FACTOR,
    "dice_weight": NOT_A_FACTOR,
    "empty": [(-0.1, ValueError), (1.1, ValueError), (NAN, ValueError), ("zero", TypeError), (None, TypeError)],
    "threshold": [
        (-0.1, ValueError),
        (1.1, ValueError),
        (NAN, ValueError),
        ([0.5, 0.6], TypeError),
        ("half", TypeError),
    ],
    "score threshold": [
        (NAN, ValueError),
        (INF, ValueError),
        (-INF, ValueError),
        ([0.5, 0.6], TypeError),
        ("half", TypeError),
        (None, TypeError),
    ],
    "beta": [(-0.1, ValueError), (NAN, ValueError), ([1.0, 2.0], TypeError), ("2", TypeError), (None, TypeError)],
    "worth of entropy": [*NOT_A_FACTOR, ([1.0, 2.0], TypeError)],
    "temperature": [*NOT_A_SIZE, (INF, ValueError)],
    "zero_division": [(-0.1, ValueError), (1.1, ValueError), (INF, ValueError), ("warn", TypeError), (None, TypeError)],
    "squared": [(1, TypeError), ("yes", TypeError), (None, TypeError)],
    "positions": [([0, 2, 1], ValueError), ([0, 1], ValueError), ([0, NAN, 2], ValueError), ([0, 1, INF], ValueError)],
    "order": [(0, ValueError), (3, ValueError), (1.5, ValueError), ("1", ValueError)],
    "r": [(0, ValueError), (-1.0, ValueError), (NAN, ValueError), ([1.0, 2.0], TypeError), ("2", TypeError)],
    "x_weights": [
        ([1, 1, 1, -1], ValueError),
        ([0, 0, 0, 0], ValueError),
        ([1, 1], ValueError),
        ([1, 1, 1, NAN], ValueError),
    ],
    "y_weights": [
        ([1, 1, 1, -1], ValueError),
        ([0, 0, 0, 0], ValueError),
        ([1, 1], ValueError),
        ([1, 1, 1, NAN], ValueError),
    ],
    "return_flow": [("yes", TypeError), (1, TypeError)],
    "per_image": [("yes", TypeError), (1, TypeError), (None, TypeError)],
    "ignore_index": [(0.5, TypeError), ("void", TypeError)],
    "classes": [
        ("absent", ValueError),
        ([], ValueError),
        ([0, 3], ValueError),
        ([-1], ValueError),
        ([0, 0], ValueError),
        ([0.5], TypeError),
    ],
}

ALL = lossbook.catalogue()
RECORDS = ready(K)
DIFFERENTIABLE = [r for r in RECORDS if r.function.declaration.no_gradient is None]


def option_kind(record, option):
    """The key of an option in ``BAD_OPTIONS``: a weight belongs to elements, classes or regions."""
    if option == "axis" and record.family == "overlap":
        return "region axis"
    if option == "alpha" and record.family == "robust regression":
        return "shape alpha"
    if option == "gamma" and record.family == "margins":
        return "width gamma"
    if option == "beta" and record.family == "confidence":
        return "worth of entropy"
    if option == "alpha" and record.family == "several classes":
        return "sparse alpha"
    if record.family == "noisy labels":
        option = {"alpha": "factor alpha", "order": "number of terms", "epsilon": "first coefficient"}.get(
            option, option
        )
    if option == "margin" and record.family == "graded targets":
        return "share margin"
    if option == "beta" and record.family == "graded targets":
        return "focusing beta"
    if option == "margin" and record.family == "angles":
        return "factor margin" if record.name == "sphereface_loss" else "angles margin"
    if option == "beta" and record.family == "forecasts":
        return "exponent beta"
    if record.family == "long tails":
        option = {"beta": "share beta", "tau": "strength tau"}.get(option, option)
    if option == "threshold" and "probs" not in record.arguments:
        return "score threshold"
    each = {"column": "class weight", "region": "region weight"}
    return each.get(record.function.declaration.each, option) if option == "weight" else option


def one_by_one(record):
    """Options with which each entry of an argument, or each row of it, has a value of its own."""
    return {"axis": ()} if record.family == "overlap" else {}


def cases(make):
    """One test case for each loss and each of the things that ``make`` yields for it."""
    return [
        pytest.param(r, *case, id=f"{r.name}-{'-'.join(map(str, case[:1]))}-{i}")
        for r in RECORDS
        for i, case in enumerate(make(r))
    ]


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.name)
def test_a_listed_loss_is_public_and_takes_its_listed_arguments_first(record):
    assert getattr(lossbook, record.name) is getattr(record.function, "func", record.function)
    assert record.name in lossbook.__all__
    parameters = inspect.signature(record.function).parameters
    assert [n for n, p in parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD] == list(record.arguments)
    assert np.isfinite(record.function(*arguments(record))).all()


@pytest.mark.parametrize("record", ALL, ids=lambda r: r.name)
def test_every_docstring_gives_formula_shapes_errors_an_example_and_a_source(record):
    doc = inspect.getdoc(record.function)
    for part in (
        ".. math::",
        "Parameters\n",
        "Returns\n",
        "Raises\n",
        "See Also\n",
        "References\n",
        "Examples\n",
        ">>> import lossbook",
    ):
        assert part in doc, part
    for argument in (*record.arguments, *record.options):
        assert f"\n{argument} : " in doc, argument
    assert record.references


def test_losses_stand_in_the_order_of_their_chapters_and_those_without_one_last():
    pages = [record.page for record in ALL]
    assert list(dict.fromkeys(page for page in pages if page)) == list(CHAPTERS)
    places = [CHAPTERS.index(page) if page else len(CHAPTERS) for page in pages]
    assert places == sorted(places)


def test_references_need_no_docstrings():
    code = "import lossbook; assert not __debug__; print([r.name for r in lossbook.catalogue() if not r.references])"
    done = subprocess.run([sys.executable, "-OO", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_loss_is_listed():
    others = {"value_and_grad", "grad", "hessian_diag", "catalogue", "diagnose", "threads"}
    # Maps, and a loss that takes a function.
    others |= {"entmax", "fenchel_young_loss", "sparsemax"}
    assert {r.name for r in ALL} == set(lossbook.__all__) - others


def test_the_losses_of_one_module_are_one_family_on_one_page_of_functions():
    for what in (lambda r: r.family, lambda r: r.group):
        found = {}
        for record in ALL:
            found.setdefault(record.function.__module__, set()).add(what(record))
        assert {len(names) for names in found.values()} == {1}


@pytest.mark.parametrize("record", ALL, ids=lambda r: r.name)
def test_references_are_whole_sources_one_a_line(record):
    for reference in record.references:
        # Initials, title, place, year or number, and nothing of what stands below.
        assert re.fullmatch(r"[A-Z]\..+, .+\d\.", reference), reference
        assert ">>>" not in reference
        assert "  " not in reference


def test_each_of_several_references_is_a_line_of_its_own():
    references = next(r.references for r in RECORDS if r.name == "tversky_loss")
    assert [r.partition(",")[0] for r in references] == ["A. Tversky", "S. S. M. Salehi"]


@pytest.mark.parametrize("record", [r for r in ALL if r.page], ids=lambda r: r.name)
def test_the_card_of_a_loss_is_found_on_its_record(record):
    assert record.card.name == record.name
    assert record.card.claims


def test_a_record_cannot_be_changed():
    with pytest.raises(AttributeError):
        RECORDS[0].family = "another"


@pytest.mark.parametrize(
    ("record", "name", "bad"),
    cases(lambda r: [(n, b) for n, k in r.function.arguments.items() for b in outside(k)]),
)
def test_an_entry_out_of_range_is_named_with_its_index(record, name, bad):
    given = dict(zip(record.arguments, arguments(record), strict=True))
    spoilt = np.array(given[name], dtype=int if record.arguments[name].startswith("labels") else float)
    index = (2, 1, 0)[: spoilt.ndim]
    spoilt[index] = bad
    given[name] = spoilt
    with pytest.raises(ValueError, match=rf"\b{name}\b") as raised:
        record.function(**given)
    message = str(raised.value)
    assert f"{name}[{', '.join(map(str, index))}] = {spoilt[index].item()!r}" in message
    assert message.count(".") >= 1
    assert message.endswith(".")


@pytest.mark.parametrize(
    ("record", "name"),
    cases(lambda r: [(n,) for n, k in r.arguments.items() if k != "set function"]),
)
@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ("text", TypeError),
        (["a", "b"], TypeError),
        (None, TypeError),
        (1j, TypeError),
        ([[1.0], [1.0, 2.0]], ValueError),
        ([], ValueError),
    ],
    ids=["text", "list of text", "None", "complex", "ragged", "empty"],
)
def test_an_argument_of_another_kind_is_refused_by_name(record, name, bad, error):
    given = dict(zip(record.arguments, arguments(record), strict=True)) | {name: bad}
    # Whatever is not four counts is of another kind.
    with pytest.raises(TypeError if record.arguments[name] == "counts" else error, match=rf"\b{name}\b"):
        record.function(**given)


@pytest.mark.parametrize(
    ("record", "name"),
    cases(lambda r: [(n,) for n, k in list(r.arguments.items())[1:] if k not in ("sample", "real")]),
)
def test_shapes_are_never_broadcast(record, name):
    given = dict(zip(record.arguments, arguments(record), strict=True))
    for other in (np.expand_dims(given[name], -1), given[name][:-1]):
        with pytest.raises(ValueError, match="shape"):
            record.function(**given | {name: other})


@pytest.mark.parametrize(
    ("record", "option", "bad", "error"),
    cases(lambda r: [(o, *c) for o in r.options for c in BAD_OPTIONS[option_kind(r, o)]]),
)
def test_an_option_out_of_range_is_refused_by_name(record, option, bad, error):
    with pytest.raises(error, match=rf"\b{option}\b") as raised:
        record.function(*arguments(record), **{option: bad})
    # What it may be, and what to do: two sentences, neither of them left out.
    assert re.search(r"\. [A-Z][^.]+\.$", str(raised.value)), raised.value
    assert not re.search(r"must be None|Pass None\.", str(raised.value)), raised.value


@pytest.mark.parametrize("record", [r for r in RECORDS if "distribution" in r.arguments.values()], ids=lambda r: r.name)
def test_a_distribution_that_does_not_sum_to_one_is_refused_with_its_place(record):
    for name, kind in record.arguments.items():
        if kind == "distribution":
            given = dict(zip(record.arguments, arguments(record), strict=True))
            given[name] = given[name].copy()
            given[name][2] = [0.25, 0.25, 0]
            with pytest.raises(ValueError, match=rf"{name}\[2, :\] sums to 0\.5"):
                record.function(**given)
            given[name] = valid(kind) * (1 + 1e-9)
            record.function(**given)


@pytest.mark.parametrize("record", [r for r in RECORDS if "distribution" in r.arguments.values()], ids=lambda r: r.name)
@pytest.mark.parametrize(("dtype", "off"), [("float16", 0.01), ("float32", 2e-4), ("float64", 1e-8)])
def test_how_far_a_sum_may_be_from_one_depends_on_the_distributions_own_dtype(record, dtype, off):
    for name, kind in record.arguments.items():
        if kind == "distribution":
            given = dict(zip(record.arguments, arguments(record), strict=True))
            given[name] = (valid(kind) * (1 + off)).astype(dtype)
            record.function(**given)
            given[name] = (valid(kind) * (1 + 5 * off)).astype(dtype)
            with pytest.raises(ValueError, match="sums to"):
                record.function(**given)


@pytest.mark.parametrize("record", [r for r in RECORDS if "reduction" in r.options], ids=lambda r: r.name)
def test_mean_and_sum_are_those_of_the_elements(record):
    options = one_by_one(record)
    elements = record.function(*arguments(record), **options, reduction="none")
    assert elements.shape == (N,)
    assert record.function(*arguments(record), **options, reduction="sum") == pytest.approx(
        elements.sum(), rel=1e-14, abs=0
    )
    assert record.function(*arguments(record), **options) == pytest.approx(elements.mean(), rel=1e-14, abs=0)


@pytest.mark.parametrize(
    ("record", "name"),
    cases(
        lambda r: [
            (n,)
            for n, k in r.arguments.items()
            if k in ("real", "number", "nonzero", "above −1", "positive", "not negative", "sample", "masses", "costs")
        ]
    ),
)
def test_a_float32_infinity_is_not_taken_for_a_finite_number(record, name):
    given = dict(zip(record.arguments, arguments(record), strict=True))
    given[name] = given[name].astype(np.float32)
    given[name].flat[1] = INF
    with pytest.raises(ValueError, match=rf"{name}\[.*1\] = inf"):
        record.function(**given)


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.name)
def test_lists_give_what_arrays_give(record):
    lists = [a if callable(a) else a.tolist() for a in arguments(record)]
    np.testing.assert_array_equal(record.function(*lists), record.function(*arguments(record)))


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.name)
def test_the_input_is_not_written_to(record):
    given = arguments(record)
    for array in given:
        if not callable(array):
            array.flags.writeable = False
    record.function(*given)
    if record.function.declaration.no_gradient is None:
        lossbook.value_and_grad(record.function)(*given)


@pytest.mark.parametrize("record", DIFFERENTIABLE, ids=lambda r: r.name)
def test_the_gradient_function_has_the_losss_signature_and_value(record):
    run = lossbook.value_and_grad(record.function)
    assert inspect.signature(run) == inspect.signature(record.function)
    value, gradient = run(*arguments(record))
    np.testing.assert_array_equal(value, record.function(*arguments(record)))
    assert isinstance(value, np.floating) == (record.name != "entropy")  # which has one value for each distribution
    prediction = next(a for a in arguments(record) if not callable(a))
    assert gradient.shape == prediction.shape
    np.testing.assert_array_equal(lossbook.grad(record.function)(*arguments(record)), gradient)


@pytest.mark.parametrize("record", DIFFERENTIABLE, ids=lambda r: r.name)
@pytest.mark.parametrize("dtype", ["float32", "float16", "float64"])
def test_the_result_has_the_predictions_precision(record, dtype):
    given = [a.astype(dtype) if not callable(a) and a.dtype.kind == "f" else a for a in arguments(record)]
    for i, kind in enumerate(record.arguments.values()):
        if kind == "distribution":
            given[i] = np.array([[0.25, 0.5, 0.25], [0.5, 0.5, 0], [0.125, 0.125, 0.75], [1, 0, 0]], dtype)
    value, gradient = lossbook.value_and_grad(record.function)(*given)
    expected = np.float64 if dtype == "float64" else np.float32
    assert value.dtype == gradient.dtype == expected


@pytest.mark.parametrize(
    "record",
    [r for r in RECORDS if "axis" in r.options and r.function.declaration.each in ("column", "distribution")],
    ids=lambda r: r.name,
)
def test_any_axis_can_be_the_class_axis(record):
    kinds = list(record.arguments.values())
    shape = (2, 5, 3, K)
    whole = {"distribution": distribution(*shape), "scores": 10 * distribution(*shape) - 3}
    whole["cosines"] = 2 * whole["distribution"] - 1
    whole |= dict.fromkeys(("ensemble", "quantiles"), whole["scores"])
    whole["log-probabilities"] = np.log(whole["distribution"])
    whole["multi-label"] = whole["distribution"]
    given = [whole.get(k, np.arange(30).reshape(2, 5, 3) % K) for k in kinds]
    given[-1] = given[-1][::-1] if kinds[-1] == "distribution" else given[-1]
    value, gradient = lossbook.value_and_grad(record.function)(*given)
    for axis in range(4):
        moved = [np.moveaxis(a, -1, axis) if a.ndim == 4 else a for a in given]
        for arrays in (moved, [np.ascontiguousarray(a) for a in moved]):
            other, slope = lossbook.value_and_grad(record.function)(*arrays, axis=axis)
            assert other == pytest.approx(value, rel=1e-13, abs=0)
            np.testing.assert_allclose(np.moveaxis(slope, axis, -1), gradient, rtol=1e-12, atol=1e-15)
