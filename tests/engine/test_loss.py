"""The loss as an object, its derivatives, its docstring, and its entry in the register."""

import copy
import functools
import inspect
import pickle

import numpy as np
import pytest

import lossbook
from lossbook.engine import register
from lossbook.engine.arguments import DISTRIBUTION, LABELS, LOGITS, UNIT
from lossbook.engine.docstrings import complete
from lossbook.engine.loss import Declaration, Loss

BCE, MSE = lossbook.binary_cross_entropy_with_logits, lossbook.mse_loss
DERIVE = [lossbook.value_and_grad, lossbook.grad, lossbook.hessian_diag]
EACH = pytest.mark.parametrize("derive", DERIVE)
DECLARATION = Declaration(family="f", group="g", each="element", arguments={"logits": LOGITS, "target": UNIT})


@pytest.mark.parametrize("record", lossbook.catalogue(), ids=lambda r: r.name)
def test_a_loss_is_pickled_by_reference_and_is_its_own_copy(record):
    loss = record.function
    assert pickle.loads(pickle.dumps(loss)) is copy.deepcopy(loss) is copy.copy(loss) is loss
    assert len(pickle.dumps(loss)) < 100
    assert loss.__qualname__ == loss.__name__ == record.name
    assert loss.__doc__ == inspect.getdoc(loss) + "\n"


def test_an_argument_may_be_given_by_name_and_what_python_refuses_is_refused_in_its_words():
    assert MSE(target=[1.0], prediction=[3.0]) == MSE([3.0], target=[1.0]) == 4
    with pytest.raises(TypeError, match=r"mse_loss\(\) missing 1 required positional argument: 'target'"):
        MSE([1.0])
    with pytest.raises(TypeError, match=r"mse_loss\(\) takes 2 positional arguments but 3 were given"):
        MSE([1.0], [1.0], [1.0])
    with pytest.raises(TypeError, match="multiple values for argument 'prediction'"):
        MSE([1.0], prediction=[1.0])
    with pytest.raises(TypeError, match="unexpected keyword argument 'factor'"):
        MSE([1.0], [1.0], factor=[1.0])


@EACH
def test_a_derivative_has_a_name_and_a_docstring_of_its_own_and_the_signature_of_its_loss(derive):
    derived = derive(BCE)
    assert derived.__name__ == derived.__qualname__ == f"{derive.__name__}(binary_cross_entropy_with_logits)"
    assert derived.__module__ == BCE.__module__
    assert inspect.signature(derived) == inspect.signature(BCE)
    assert inspect.getdoc(derived) != inspect.getdoc(BCE)
    for part in ("``logits``", "Returns\n-------", "in the shape of ``logits``"):
        assert part in derived.__doc__


def test_the_docstring_names_the_prediction_also_where_it_is_not_the_first_argument():
    assert "in the shape of ``q``" in lossbook.grad(lossbook.kl_divergence).__doc__
    assert "in the shape of ``errors``" in lossbook.grad(lossbook.lovasz_extension).__doc__


@EACH
def test_a_derivative_is_pickled_copied_and_equal_to_one_of_the_same_loss(derive):
    derived = derive(BCE)
    for other in (derive(BCE), pickle.loads(pickle.dumps(derived)), copy.deepcopy(derived)):
        assert other == derived
        assert hash(other) == hash(derived)
        np.testing.assert_array_equal(other([0.5], [1])[0], derived([0.5], [1])[0])
    assert derived != derive(MSE)
    assert [derived == other(BCE) for other in DERIVE].count(True) == 1


@EACH
def test_a_derivative_takes_a_partial_of_a_loss(derive):
    weight = np.array([3.0, 1.0])
    bound = functools.partial(MSE, reduction="sum", weight=weight)
    derived = derive(bound)
    for found, expected in zip(
        derived([1.0, 2.0], [0.0, 0.0]),
        derive(MSE)([1.0, 2.0], [0.0, 0.0], weight=weight, reduction="sum"),
        strict=True,
    ):
        np.testing.assert_array_equal(found, expected)
    assert str(inspect.signature(derived)) == str(inspect.signature(bound))
    assert pickle.loads(pickle.dumps(derived)) == copy.deepcopy(derived) == derived == derive(bound)
    assert derived != derive(MSE)
    assert derived != derive(functools.partial(MSE, reduction="sum", weight=2 * weight))
    assert derived != derive(functools.partial(MSE, reduction="mean", weight=weight))
    assert derive(functools.partial(MSE, [1.0]))([0.0]) is not None


@EACH
def test_a_derivative_is_no_loss(derive):
    for first in DERIVE:
        with pytest.raises(
            TypeError, match=r"\(mse_loss\) has no .*: it computes a derivative already, and only losses are"
        ):
            derive(first(MSE))


@pytest.mark.parametrize(("derive", "what"), [*zip(DERIVE, ["gradient", "gradient", "second derivative"], strict=True)])
def test_a_function_without_derivative_is_refused_with_the_reason(derive, what):
    for given in (lossbook.earth_movers_distance, functools.partial(lossbook.earth_movers_distance, [1.0])):
        with pytest.raises(TypeError, match=f"loss = earth_movers_distance has no {what}: the cheapest flow jumps"):
            derive(given)
    for given in (np.sum, functools.partial(np.sum, axis=0)):
        with pytest.raises(TypeError, match=f"loss = sum has no {what}: it is not a loss of lossbook"):
            derive(given)
    with pytest.raises(TypeError, match=f"loss = 3 has no {what}: it is not a loss of lossbook"):
        derive(3)


def test_a_loss_of_distributions_has_no_diagonal_second_derivative():
    with pytest.raises(TypeError, match="squared_emd_loss has no diagonal second derivative: it is neither"):
        lossbook.hessian_diag(lossbook.squared_emd_loss)([0.5, 0.5], [1, 0])


@pytest.mark.parametrize("record", lossbook.catalogue(), ids=lambda r: r.name)
def test_the_kinds_that_are_declared_are_those_of_the_first_parameters(record):
    loss = record.function
    parameters = inspect.signature(loss).parameters
    assert list(loss.arguments) == list(parameters)[: len(loss.arguments)]
    assert loss.prediction in loss.arguments
    with pytest.raises(TypeError):
        loss.arguments["prediction"] = UNIT


def test_a_name_is_declared_once(monkeypatch):
    monkeypatch.setattr(register, "_LOSSES", {})
    register.register(MSE)
    assert register.losses() == (MSE,)
    with pytest.raises(ValueError, match=r"two losses mse_loss: rename one"):
        register.register(MSE)


def some(logits, target, *, gain, weight=None, reduction="mean"):
    """Summarise.

    Parameters
    ----------
    gain : float
        How much.

        At least 1.

    Returns
    -------
    float
        A number.

    Examples
    --------
    >>> 1 + 1
    2
    """


def test_what_a_docstring_leaves_out_is_added_in_the_order_of_the_signature_and_of_numpydoc():
    declared = Declaration(
        family="f", group="g", each="element", arguments=DECLARATION.arguments, references=("A. One, Two, 1999.",)
    )
    found = complete(some.__doc__, inspect.signature(some), declared)
    headings = [
        line for line, under in zip(found.split("\n"), found.split("\n")[1:], strict=False) if under.startswith("---")
    ]
    assert headings == ["Parameters", "Returns", "Raises", "References", "Examples"]
    parameters = found.partition("Parameters")[2].partition("Returns")[0]
    assert [line.split(" :")[0] for line in parameters.split("\n") if " : " in line] == list(
        inspect.signature(some).parameters
    )
    assert "gain : float\n    How much.\n\n    At least 1.\nweight : array_like" in found
    assert 'reduction : {"mean", "sum", "none"}\n    How the elements are combined.' in found
    assert "A. One, Two, 1999." in found
    assert found.startswith("Summarise.\n\nParameters")


def test_errors_follow_from_the_kinds_unless_the_docstring_names_its_own():
    labelled = Declaration(family="f", group="g", each="element", arguments={"logits": LABELS, "target": DISTRIBUTION})
    found = complete(some.__doc__, inspect.signature(some), labelled)
    assert "a distribution does not sum to 1" in found
    assert "labels are not integers" in found
    own = some.__doc__.replace(
        "    Examples\n", "    Raises\n    ------\n    OSError\n        Never.\n\n    Examples\n"
    )
    assert "ValueError" not in complete(own, inspect.signature(some), labelled)


def test_a_parameter_that_nobody_describes_and_one_that_there_is_not_are_refused():
    with pytest.raises(ValueError, match="gain is not described"):
        complete(
            some.__doc__.replace("gain", "gian", 0).replace("gain : float", ""), inspect.signature(some), DECLARATION
        )
    with pytest.raises(ValueError, match="pain is described, but is no parameter"):
        complete(some.__doc__.replace("gain : ", "pain : "), inspect.signature(some), DECLARATION)


def test_without_docstrings_there_is_none():
    assert complete(None, inspect.signature(some), DECLARATION) is None


def test_a_loss_says_what_it_is():
    assert repr(MSE) == "<loss mse_loss>"
    assert repr(lossbook.grad(MSE)) == "<grad(mse_loss)>"
    assert isinstance(MSE, Loss)
