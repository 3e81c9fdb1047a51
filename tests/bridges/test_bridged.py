"""What the bridges have in common: they are loaded when asked for, and know a value's shape before it is computed."""

import copy
import importlib
import inspect
import pickle
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from bridged import CASES, DIFFERENTIABLE, IDS, arguments, prediction

import lossbook
from lossbook.bridges.bridged import Bridged


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_importing_the_package_loads_no_bridge():
    assert (
        run("import sys, lossbook; print([m for m in sys.modules if 'bridges' in m or m in ('torch', 'jax')])") == "[]"
    )


def test_the_bridges_are_attributes_and_load_no_library():
    code = "import sys, lossbook; print(lossbook.bridges.torch.__name__, lossbook.bridges.jax.__name__, "
    code += "lossbook.bridges.boosting.__name__, {'torch', 'jax', 'xgboost', 'lightgbm'} & set(sys.modules))"
    assert run(code) == "lossbook.bridges.torch lossbook.bridges.jax lossbook.bridges.boosting set()"


def test_a_bridge_that_is_not_there_is_no_attribute():
    with pytest.raises(AttributeError, match=r"'lossbook\.bridges' has no attribute 'tensorflow'"):
        _ = lossbook.bridges.tensorflow
    with pytest.raises(AttributeError, match="'lossbook' has no attribute 'bridge'"):
        _ = lossbook.bridge


@pytest.mark.parametrize("name", ["torch", "jax"])
def test_a_library_that_is_missing_is_named_with_the_extra_that_brings_it(name, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    module = importlib.import_module(f"lossbook.bridges.{name}")
    with pytest.raises(
        ModuleNotFoundError, match=rf"lossbook\.bridges\.{name} needs {name}.*Install lossbook\[{name}\]"
    ):
        module.differentiable(lossbook.mse_loss)


@pytest.mark.parametrize(("record", "options"), CASES, ids=IDS)
def test_the_axes_that_a_value_has_lost_are_known_before_it_is_computed(record, options):
    given = arguments(record, np.random.default_rng(0))
    shape = given[prediction(record)].shape
    axes = Bridged(record.function).summed_axes(dict(options), len(shape))
    value = record.function(*given, **options)
    assert np.shape(value) == tuple(n for axis, n in enumerate(shape) if axis not in axes)


def test_the_axes_follow_what_a_partial_has_bound():
    bridged = Bridged(partial(lossbook.dice_loss, axis=1, reduction="none"))
    assert bridged.summed_axes(bridged.bind(([], []), {}), 3) == (1,)
    assert bridged.summed_axes(bridged.bind(([], []), {"reduction": "mean"}), 3) == (0, 1, 2)


def test_it_is_a_function_like_the_loss():
    class Called(Bridged):
        text = "``{name}`` for ``{prediction}``."

        def __call__(self):
            """Only what can be called has a signature."""

    bridged = Called(lossbook.kl_divergence)
    assert inspect.signature(bridged) == inspect.signature(lossbook.kl_divergence)
    assert bridged.__name__ == "differentiable(kl_divergence)"
    assert bridged.prediction == "q"
    assert repr(bridged) == "<differentiable(kl_divergence)>"
    assert bridged.__doc__ == "``kl_divergence`` for ``q``."


@pytest.mark.parametrize("record", DIFFERENTIABLE, ids=lambda record: record.name)
def test_it_pickles_and_copies_to_an_equal_one(record):
    bridged = Bridged(record.function)
    for other in (pickle.loads(pickle.dumps(bridged)), copy.deepcopy(bridged), Bridged(record.function)):
        assert other == bridged
        assert hash(other) == hash(bridged)


def test_those_of_other_losses_and_options_differ():
    one = Bridged(partial(lossbook.dice_loss, smooth=1.0))
    assert one == Bridged(partial(lossbook.dice_loss, smooth=1.0))
    assert one != Bridged(partial(lossbook.dice_loss, smooth=2.0))
    assert one != Bridged(lossbook.dice_loss)


def test_what_has_no_gradient_is_refused():
    with pytest.raises(TypeError, match="hard_dice_coefficient has no gradient"):
        Bridged(lossbook.hard_dice_coefficient)
    with pytest.raises(TypeError, match="is not a loss of lossbook"):
        Bridged(np.mean)


def test_arguments_that_do_not_fit_are_refused_in_pythons_words():
    bridged = Bridged(lossbook.mse_loss)
    with pytest.raises(TypeError, match="missing a required argument: 'target'"):
        bridged.bind(([0.0],), {})
    with pytest.raises(TypeError, match="got an unexpected keyword argument 'gamma'"):
        bridged.bind(([0.0], [0.0]), {"gamma": 2})
