"""The losses inside JAX: values and gradients, compiled and mapped, dtypes, and what is refused."""

import copy
import math
import os
import pickle
import subprocess
import sys
from functools import partial

import compare  # noqa: F401  before JAX is imported
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from bridged import CASES, DIFFERENTIABLE, IDS, arguments, prediction

import lossbook
from lossbook.bridges.jax import _Call as Call
from lossbook.bridges.jax import differentiable


def bridged(record, given):
    """Return the bridged loss as a function of (prediction, other arrays), and these; a set function is bound."""
    functions = [one for one in given if callable(one)]
    arrays = [jnp.asarray(one) for one in given[len(functions) :]]
    loss, place = differentiable(partial(record.function, *functions)), prediction(record) - len(functions)
    first = arrays.pop(place)
    return (lambda p, others, **options: loss(*others[:place], p, *others[place:], **options)), first, arrays


def both(function):
    """Value, and gradient of its sum."""

    def run(p, *args, **options):
        value, pull = jax.vjp(lambda p: function(p, *args, **options), p)
        return value, *pull(jnp.ones_like(value))

    return run


@pytest.mark.parametrize(("record", "options"), CASES, ids=IDS)
def test_value_and_gradient_are_those_of_lossbook_compiled_or_not(record, options):
    given = arguments(record, np.random.default_rng(0))
    function, p, others = bridged(record, given)
    run = both(partial(function, **options))
    expected = lossbook.value_and_grad(record.function)(*given, **options)
    for value, gradient in (run(p, others), jax.jit(run)(p, others)):
        np.testing.assert_array_equal(value, expected[0])
        np.testing.assert_array_equal(gradient, expected[1])
    np.testing.assert_array_equal(jax.jit(partial(function, **options))(p, others), expected[0])


@pytest.mark.parametrize("record", DIFFERENTIABLE, ids=lambda record: record.name)
def test_it_is_mapped_over_a_batch(record):
    drawn = [arguments(record, np.random.default_rng(seed)) for seed in range(3)]
    function, *_ = bridged(record, drawn[0])
    batches = [bridged(record, given)[1:] for given in drawn]
    p = jnp.stack([p for p, _ in batches])
    others = list(map(jnp.stack, zip(*(others for _, others in batches), strict=True)))
    for mapped in (jax.vmap(both(function)), jax.jit(jax.vmap(both(function)))):
        values, gradients = mapped(p, others)
        for n, given in enumerate(drawn):
            value, gradient = lossbook.value_and_grad(record.function)(*given)
            np.testing.assert_array_equal(values[n], value)
            np.testing.assert_array_equal(gradients[n], gradient)


@pytest.mark.parametrize(("record", "options"), CASES, ids=IDS)
def test_each_value_has_a_gradient_of_its_own(record, options):
    rng = np.random.default_rng(0)
    function, p, others = bridged(record, arguments(record, rng))
    value, pull = jax.vjp(lambda p: function(p, others, **options), p)
    upstream = rng.normal(size=value.shape)
    rows = jax.jacrev(lambda p: function(p, others, **options))(p)
    expected = np.tensordot(upstream, rows, value.ndim)
    np.testing.assert_allclose(pull(jnp.asarray(upstream))[0], expected, rtol=1e-13, atol=1e-16)


def test_compiled_code_calls_back_once_for_a_whole_batch(monkeypatch):
    calls = []
    compute = Call.compute
    monkeypatch.setattr(Call, "compute", lambda self, *args: (calls.append(args[0]), compute(self, *args))[1])
    x, y = jnp.ones((5, 3)), jnp.zeros((5, 3))
    run = jax.jit(jax.vmap(jax.value_and_grad(differentiable(lossbook.mse_loss))))
    jax.block_until_ready(run(x, y))
    assert calls == [1]
    jax.block_until_ready(run(x, y))
    assert calls == [1, 1]


DEVICES = """
import jax, jax.numpy as jnp, lossbook
from lossbook.bridges.jax import differentiable
first, second = jax.devices()
loss = differentiable(lossbook.mse_loss)
x, y = (jax.device_put(jnp.full(3, n), second) for n in (2.0, 1.0))
for run in (jax.value_and_grad(loss), jax.jit(jax.value_and_grad(loss))):
    value, gradient = run(x, y)
    assert value.devices() == gradient.devices() == {second}, (value.devices(), gradient.devices())
    assert value == 1 and gradient.sum() == 2
"""


def test_the_result_is_where_the_prediction_is():
    environment = os.environ | {"XLA_FLAGS": "--xla_force_host_platform_device_count=2"}
    done = subprocess.run([sys.executable, "-c", DEVICES], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def test_maps_may_be_nested_and_share_arguments():
    rng = np.random.default_rng(0)
    x, y = jnp.asarray(rng.normal(size=(2, 4, 3))), jnp.asarray(rng.normal(size=3))
    loss = differentiable(lossbook.mse_loss)
    nested = jax.jit(jax.vmap(jax.vmap(loss, in_axes=(0, None)), in_axes=(0, None)))(x, y)
    np.testing.assert_allclose(nested, ((x - y) ** 2).mean(-1))
    by_weight = jax.vmap(lambda w: loss(x[0, 0], y, weight=w, reduction="sum"))(jnp.eye(3))
    np.testing.assert_allclose(by_weight, (x[0, 0] - y) ** 2)
    slopes = jax.vmap(jax.grad(loss), in_axes=(1, None))(x[0], x[1, :, 0])
    np.testing.assert_allclose(slopes, (x[0].T - x[1, :, 0]) / 2)


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.float32, jnp.float64])
@pytest.mark.parametrize("compiled", [False, True])
def test_value_and_gradient_have_the_predictions_dtype(dtype, compiled):
    z, y = jnp.linspace(-3, 3, 12, dtype=dtype), jnp.arange(12) % 2
    run = jax.value_and_grad(differentiable(lossbook.binary_cross_entropy_with_logits))
    value, gradient = (jax.jit(run) if compiled else run)(z, y)
    assert value.dtype == gradient.dtype == dtype
    own = optax.sigmoid_binary_cross_entropy(z.astype(float), y).mean()
    np.testing.assert_allclose(value.astype(float), own, rtol=float(jnp.finfo(dtype).eps))


def test_a_small_slope_in_half_precision_is_multiplied_before_it_is_rounded():
    z = jnp.zeros(1_000_000, jnp.float16)
    loss = differentiable(lossbook.binary_cross_entropy_with_logits)
    slope = jax.grad(lambda z: 1024 * loss(z, jnp.zeros(1_000_000)))(z)  # 5e-7 alone has three bits
    np.testing.assert_allclose(slope.astype(float), 1024 * 0.5e-6, rtol=1e-3)


def test_without_float64_it_is_float32():
    with jax.enable_x64(False):
        loss = differentiable(lossbook.mse_loss)
        value, gradient = jax.jit(jax.value_and_grad(loss))(np.array([1.0, 2.0]), np.array([0.0, 0.0]))
        assert value.dtype == gradient.dtype == jnp.float32
        assert value == 2.5
        assert loss(jnp.array([1, 2]), jnp.array([0, 0])).dtype == jnp.float32


def test_options_are_values_or_arrays_traced_or_not():
    z, y = jnp.array([[0.5, -1.0], [2.0, 0.25]]), jnp.array([[1, 0], [0, 1]])
    focal = differentiable(lossbook.sigmoid_focal_loss)
    expected = lossbook.sigmoid_focal_loss(np.asarray(z), np.asarray(y), gamma=1.5, alpha=0.75)
    assert focal(z, y, gamma=1.5, alpha=0.75) == expected
    assert jax.jit(focal)(z, y, gamma=1.5, alpha=0.75) == expected
    assert jax.jit(lambda gamma: focal(z, y, gamma=gamma, alpha=jnp.array(0.75)))(1.5) == expected
    weight = np.array([[1.0, 2.0], [0.0, 3.0]])
    bce = differentiable(lossbook.binary_cross_entropy_with_logits)
    expected = lossbook.binary_cross_entropy_with_logits(np.asarray(z), np.asarray(y), weight=weight)
    for given in (weight, jnp.asarray(weight), weight.tolist()):
        np.testing.assert_allclose(jax.jit(lambda z, w=given: bce(z, y, weight=w))(z), expected, rtol=1e-15)
    dice = jax.jit(lambda p: differentiable(lossbook.dice_loss)(p, y, axis=(0, 1), squared=True))
    np.testing.assert_allclose(
        dice(z / 4 + 0.4), lossbook.dice_loss(np.asarray(z / 4 + 0.4), np.asarray(y), squared=True)
    )


@pytest.mark.parametrize(("name", "value"), [("axis", 1), ("squared", True), ("smooth", 1.0), ("empty", 0.5)])
def test_an_array_of_one_number_is_an_option(name, value):
    p, y = jnp.array([[0.25, 0.0], [0.75, 0.0]]), jnp.array([[1.0, 0.0], [0.0, 0.0]])
    options = {"axis": 0, "reduction": "none"}
    expected = lossbook.dice_loss(np.asarray(p), np.asarray(y), **options | {name: value})
    assert not np.array_equal(expected, lossbook.dice_loss(np.asarray(p), np.asarray(y), **options))
    loss = partial(differentiable(lossbook.dice_loss), target=y, **options | {name: jnp.array(value)})
    np.testing.assert_array_equal(loss(p), expected)
    np.testing.assert_array_equal(jax.jit(loss)(p), expected)


def test_lists_and_numpy_arrays_are_read():
    loss = differentiable(lossbook.cross_entropy)
    z, k = [[1.0, 2.0, 0.5], [0.0, 0.0, 3.0]], [1, 2]
    assert loss(z, k) == lossbook.cross_entropy(z, k)
    assert jax.grad(lambda z: loss(z, k))(jnp.array(z)).shape == (2, 3)
    with pytest.raises(TypeError, match="target has a mask"):
        loss(z, np.ma.masked_array(k))


def test_what_gets_no_gradient_from_above_has_none_where_its_slope_is_infinite():
    loss = differentiable(lossbook.binary_cross_entropy)
    p = jnp.array([0.0, 0.5])
    assert loss(p, jnp.ones(2), reduction="none")[0] == math.inf
    assert jax.grad(lambda p: loss(p, jnp.ones(2), reduction="none")[1])(p).tolist() == [0.0, -2.0]


def test_integers_as_labels_have_no_gradient():
    loss = differentiable(lossbook.cross_entropy)
    z, k = jnp.array([[1.0, 2.0, 0.5], [0.0, 0.0, 3.0]]), jnp.array([1, 2])
    _, pull = jax.vjp(loss, z, k)
    slope, none = pull(1.0)
    np.testing.assert_array_equal(slope, lossbook.grad(lossbook.cross_entropy)(np.asarray(z), np.asarray(k)))
    assert none.dtype == jax.dtypes.float0


REFUSED = {
    "hessian": lambda loss, x, y: jax.hessian(loss)(x, y),
    "grad of grad": lambda loss, x, y: jax.grad(lambda x: jax.grad(loss)(x, y).sum())(x),
    "compiled": lambda loss, x, y: jax.jit(jax.hessian(loss))(x, y),
}


@pytest.mark.parametrize("way", REFUSED)
def test_a_second_derivative_is_refused_in_words(way):
    with pytest.raises(TypeError, match=r"differentiable\(mse_loss\) has a first derivative only"):
        REFUSED[way](differentiable(lossbook.mse_loss), jnp.array([1.0, 2.0]), jnp.zeros(2))


@pytest.mark.parametrize("transform", [lambda f: f, jax.jit], ids=["eager", "compiled"])
def test_a_gradient_of_anything_but_the_prediction_is_refused(transform):
    x, y = jnp.array([1.0, 2.0]), jnp.zeros(2)
    loss = differentiable(lossbook.mse_loss)
    with pytest.raises(TypeError, match=r"target is differentiated.*jax\.lax\.stop_gradient\(target\)"):
        transform(jax.grad(loss, argnums=1))(x, y)
    with pytest.raises(TypeError, match="target is differentiated"):
        jax.grad(transform(lambda y: loss(x, y)))(y)
    stopped = transform(jax.grad(lambda x: loss(x, jax.lax.stop_gradient(x + 1))))(x)
    assert stopped.tolist() == [-1.0, -1.0]


def test_it_is_differentiated_inside_of_scans_and_checkpoints():
    rng = np.random.default_rng(0)
    x, y = (jnp.asarray(rng.normal(size=(4, 3))) for _ in range(2))
    loss = differentiable(lossbook.mse_loss)

    def along(w):
        return jax.lax.scan(lambda w, pair: (w, loss(w * pair[0], pair[1])), w, (x, y))[1].sum()

    expected = (2 * (1.5 * x - y) * x / 3).sum()
    np.testing.assert_allclose(jax.jit(jax.grad(along))(1.5), expected)
    np.testing.assert_allclose(jax.grad(jax.checkpoint(jax.jit(along)))(1.5), expected)
    # A value that nothing depends on has no gradient.
    assert jax.grad(lambda w: (loss(w * x, y), w)[1])(1.5) == 1


def test_bad_input_raises_the_errors_of_the_loss():
    loss, p, y = differentiable(lossbook.dice_loss), jnp.array([0.5, 1.5]), jnp.ones(2)
    for run in (loss, jax.grad(loss)):
        with pytest.raises(ValueError, match=r"probs\[1\] = 1\.5"):
            run(p, y)
    with pytest.raises(jax.errors.JaxRuntimeError, match=r"probs\[1\] = 1\.5"):
        jax.jit(loss)(p, y).block_until_ready()


def test_large_arrays_come_through_the_callback():
    z = jnp.asarray(np.random.default_rng(0).normal(size=3_000_000))
    run = jax.value_and_grad(differentiable(lossbook.binary_cross_entropy_with_logits))
    value, gradient = jax.jit(run)(z, z > 0)
    expected = lossbook.value_and_grad(lossbook.binary_cross_entropy_with_logits)(np.asarray(z), np.asarray(z > 0))
    assert value == expected[0]
    np.testing.assert_array_equal(gradient, expected[1])


@pytest.fixture
def compilations():
    """What JAX compiles during a test."""
    counted = []

    def count(event, *_, **__):
        if "backend_compile" in event:
            counted.append(event)

    jax.monitoring.register_event_duration_secs_listener(count)
    yield counted
    jax.monitoring.unregister_event_duration_listener(count)


def test_a_call_that_does_the_same_is_compiled_once(compilations):
    loss, x, y = differentiable(lossbook.mse_loss), jnp.ones((2, 3)), jnp.zeros((2, 3))

    def run(*weight, **options):
        jax.vmap(lambda x, y: loss(x, y, weight=np.array(weight), **options))(x, y)
        return len(compilations)

    first = run(1.0, 2.0, 3.0)
    assert 0 < first == run(1.0, 2.0, 3.0)
    second = run(1.0, 2.0, 4.0)
    assert first < second < run(1.0, 2.0, 4.0, reduction="sum")


@pytest.mark.parametrize("record", DIFFERENTIABLE, ids=lambda record: record.name)
def test_it_pickles_and_copies(record):
    loss = differentiable(record.function)
    assert pickle.loads(pickle.dumps(loss)) == copy.deepcopy(loss) == loss
    assert record.name in loss.__doc__


def fit(loss):
    """Fit a line of logits by gradient descent, compiled; return the weights and the last loss."""
    rng = np.random.default_rng(0)
    x = jnp.asarray(rng.normal(size=(100, 3)))
    y = jnp.asarray(rng.normal(size=100) < x @ jnp.array([1.0, -2.0, 0.5])).astype(float)
    step = jax.jit(jax.value_and_grad(lambda w: loss(x @ w, y)))
    w = jnp.zeros(3)
    for _ in range(200):
        value, slope = step(w)
        w -= slope
    return w, value


def test_training_converges_to_the_weights_that_the_own_loss_gives():
    w, value = fit(differentiable(lossbook.binary_cross_entropy_with_logits))
    own, own_value = fit(lambda z, y: optax.sigmoid_binary_cross_entropy(z, y).mean())
    assert value < 0.5
    np.testing.assert_allclose(value, own_value, rtol=1e-12)
    np.testing.assert_allclose(w, own, rtol=1e-10)
