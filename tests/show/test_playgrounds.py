"""The playgrounds' formulas, printed from the cards, give the package's numbers; a loss enters by its declaration and card."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import playground_numbers as numbers
import pytest
import quickjs
import sympy as sp

import lossbook
from lossbook.cards import cards
from lossbook.catalogue import Record
from lossbook.engine.arguments import Pair
from lossbook.show import playgrounds

ASSETS = Path(__file__).resolve().parents[2] / "book" / "assets"
PLACES = (-5.75, -2.0, -0.5, 0.3, 1.0, 4.2)


def engine(script, formulas):
    context = quickjs.Context()
    context.eval((ASSETS / script).read_text(encoding="utf-8"))
    context.eval(f"globalThis.formulas = {formulas}")
    infinite = '(_, value) => value === Infinity ? "∞" : value'
    return lambda code: json.loads(context.eval(f"JSON.stringify({code}, {infinite})").replace('"∞"', "Infinity"))


@pytest.fixture(scope="module")
def compare():
    return engine("compare.js", playgrounds.comparable())


@pytest.fixture(scope="module")
def paint():
    return engine("paint.js", playgrounds.paintable())


def cases():
    for number, record in enumerate(playgrounds.of_elements()):
        yield from (
            pytest.param(number, record, over, id=f"{record.name}-{over}") for over in playgrounds.predictions(record)
        )


@pytest.mark.parametrize(("number", "record", "over"), list(cases()))
def test_value_slope_and_curvature_are_those_of_the_package(compare, number, record, over):
    targets = (
        (-1.5, 2.0)
        if over == "residual"
        else (0, 1)
        if over == "margin" or compare(f"formulas[{number}].hard")
        else (0, 0.35, 1)
    )
    sliders = playgrounds.parameters(record)
    for share in (0.1, 0.45, 0.8):
        at = [s.low + share * (s.high - s.low) for s in sliders]
        values = [10**v if s.log else round(v) if s.step == 1 else v for s, v in zip(sliders, at, strict=True)]
        for y in targets:
            # What holds at an end that the card leaves out is a limit, which is not drawn.
            region = record.card.domain[next(s for s in record.card.domain if s.name == "y")]
            if y == 0 and y not in region:
                continue
            for x in PLACES:
                prediction, *found = compare(f"formulas[{number}].over.{over}({x}, {y}, {values})")
                try:
                    wanted = numbers.of_element(record.name, over, x, y, values)
                except ValueError:  # outside of the domain, where nothing is drawn
                    assert not np.isfinite(np.array(found, float)).all() or prediction <= record.card.domain[record.card.prediction].inf or y < region.inf
                    continue
                np.testing.assert_allclose(found, wanted, **numbers.CLOSE, err_msg=f"x = {x}, y = {y}, {values}")


@pytest.mark.parametrize("over", ["logit", "residual"])
@pytest.mark.parametrize(("alpha", "scale"), [(0, 1), (0, 1.7), (2, 1), (2, 0.6), (0.1, 1)])
def test_at_a_shape_that_barrons_formula_leaves_out_its_limit_is_drawn(compare, over, alpha, scale):
    sliders = playgrounds.parameters(numbers.RECORDS["barron_loss"])
    at = [np.log10(scale) if slider.log else alpha for slider in sliders]
    state = {"over": over, "x": 0.7, "y": 1, "chosen": [{"name": "barron_loss", "at": at}]}
    (answer,) = compare(f"compareLosses(formulas).answers({json.dumps(state)})")
    wanted = numbers.of_element("barron_loss", over, 0.7, 1, answer["options"])
    np.testing.assert_allclose(answer["found"], wanted, **numbers.CLOSE)


@pytest.mark.parametrize("preset", ["Soft edge", "Empty mask", "One pixel off", "Tiny object"])
@pytest.mark.parametrize(
    "options",
    [
        {"smooth": 0, "squared": 1, "fp_weight": 0.5, "fn_weight": 0.5, "dice_weight": 1},
        {"smooth": 1.5, "squared": 2, "fp_weight": 0.3, "fn_weight": 1.7, "dice_weight": 0.4},
    ],
)
def test_every_loss_of_masks_answers_as_the_package_does(paint, preset, options):
    state = paint(f"{{...paintMask(formulas).preset({json.dumps(preset)}), options: {json.dumps(options)}}}")
    state["answers"] = paint(f"paintMask(formulas).answers({json.dumps(state)})")
    logit = [loss for loss in paint("formulas.losses.map(l => [l.name, l.kind])") if loss[1] == "ranks"]
    state["scores"] = {
        name: paint(f"{state['p']}.map(p => formulas.losses.find(l => l.name === '{name}').score(p))")
        for name, _ in logit
    }
    numbers.check_masks(state)


def test_every_preset_is_tested(paint):
    assert paint("paintMask(formulas).presets") == ["Soft edge", "Empty mask", "One pixel off", "Tiny object"]


def test_all_losses_of_elements_with_a_card_are_offered():
    single = (r for r in lossbook.catalogue() if not isinstance(r.function.arguments[r.function.prediction], Pair))
    named = [r.name for r in single if r.function.declaration.each == "element" and r.card]
    assert [record.name for record in playgrounds.of_elements()] == named
    assert len(named) >= 6


def test_all_losses_of_regions_are_offered_and_both_of_ranks():
    names = {record.name for record in playgrounds.of_masks()}
    assert names >= {
        r.name for r in lossbook.catalogue() if r.function.declaration.each == "region" and r.role == "loss"
    }
    assert names >= {"binary_cross_entropy", "lovasz_hinge", "lovasz_softmax"}


@pytest.mark.parametrize(
    "record", [*playgrounds.of_elements(), *playgrounds.of_masks()], ids=lambda record: record.name
)
def test_a_slider_has_the_name_of_an_option_and_moves_within_its_domain(record):
    for symbol, slider in zip(record.card.params, playgrounds.parameters(record), strict=True):
        assert slider.option in record.options
        assert slider.low <= slider.start <= slider.high
        for at in (slider.low, slider.start, slider.high):
            assert sp.nsimplify(10**at if slider.log else at) in record.card.domain[symbol]


def test_a_new_loss_enters_by_its_declaration_and_card(monkeypatch):
    y_hat, y, delta = sp.symbols(r"\hat{y} y delta", real=True)
    squared = lossbook.mse_loss
    made = dataclasses.replace(
        cards()["mse_loss"],
        name="invented_loss",
        title="Invented loss",
        formula=delta**2 * (sp.sqrt(1 + ((y_hat - y) / delta) ** 2) - 1),
        domain={y_hat: sp.Reals, y: sp.Reals, delta: sp.Interval.open(0, sp.oo)},
        params=(delta,),
        defaults={delta: 1},
        claims=(),
    )

    class New(Record):
        name, card, options = "invented_loss", made, ("delta",)

    monkeypatch.setattr(playgrounds, "catalogue", lambda: [*lossbook.catalogue(), New(squared)])
    playgrounds.comparable.cache_clear()
    try:
        compare = engine("compare.js", playgrounds.comparable())
    finally:
        playgrounds.comparable.cache_clear()
    *_, new = compare("formulas.map(({name, title, parameters}) => ({name, title, parameters}))")
    assert (new["name"], new["title"]) == ("invented_loss", "Invented loss")
    assert [(p["symbol"], p["option"], p["log"]) for p in new["parameters"]] == [("δ", "delta", True)]
    found = compare("formulas.at(-1).over.residual(1.5, 2, [0.5])")
    assert found[1:] == pytest.approx([0.25 * (np.sqrt(10) - 1), 1.5 / np.sqrt(10), 10**-1.5], rel=1e-12)
    assert "Invented loss" in compare(
        'compareLosses(formulas).markup(compareLosses(formulas).started(["mse_loss"])).list'
    )


def test_what_no_argument_stands_for_is_refused():
    with pytest.raises(ValueError, match=r"holds \['b'\], which no argument stands for"):
        playgrounds.javascript({"x": sp.Symbol("a")}, sp.Symbol("a") + sp.Symbol("b"))


def test_common_parts_are_computed_once_and_steps_are_cases():
    x = sp.Symbol("x", real=True)
    assert playgrounds.javascript({"x": x}, sp.Heaviside(x)) == "(x)=>{return[((x > 0) ? (1): (0))]}"
    assert playgrounds.javascript({"x": x}, sp.diff(abs(x), x, 2)) == "(x)=>{return[0]}"
    assert playgrounds.javascript({"x": x}, sp.exp(x) + 1, sp.exp(x)) == "(x)=>{const t0=Math.exp(x);return[t0 + 1,t0]}"
    assert playgrounds.javascript({"x": x}, sp.log(sp.cosh(x))) == "(x)=>{return[Math.log(Math.cosh(x))]}"
