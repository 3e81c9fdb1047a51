"""The losses inside PyTorch's autograd: values, gradients, dtypes, devices, and what is refused."""

import copy
import math
import pickle
from functools import partial

import compare  # noqa: F401  before any peer is imported
import numpy as np
import pytest
import torch
from bridged import CASES, DIFFERENTIABLE, IDS, arguments, prediction
from torch.nn import functional

import lossbook
from lossbook.bridges.torch import differentiable

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
#: From any real numbers to what a prediction of a kind may hold.
ACTIVATIONS = {
    "probs": torch.sigmoid,
    "distribution": partial(torch.softmax, dim=-1),
    "log-probabilities": partial(torch.log_softmax, dim=-1),
    "above −1": torch.exp,
    "positive": torch.exp,
    "cosines": torch.tanh,
}


def tensors(given):
    """Turn arrays into tensors; a set function stays what it is."""
    return [torch.tensor(one) if isinstance(one, np.ndarray) else one for one in given]


def of_prediction(record, given):
    """Return the bridged loss as a function of its prediction, and the prediction."""
    loss, place, given = differentiable(record.function), prediction(record), tensors(given)
    return (lambda p, **options: loss(*given[:place], p, *given[place + 1 :], **options)), given[place]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("record", "options"), CASES, ids=IDS)
def test_value_and_gradient_are_those_of_lossbook(record, options, device):
    rng = np.random.default_rng(0)
    given = arguments(record, rng)
    function, start = of_prediction(record, given)
    start = start.to(device).requires_grad_()
    value = function(start, **options)
    value.sum().backward()
    expected = lossbook.value_and_grad(record.function)(*given, **options)
    assert value.device == start.grad.device == start.device
    np.testing.assert_array_equal(value.detach().cpu(), expected[0])
    np.testing.assert_array_equal(start.grad.cpu(), expected[1])


@pytest.mark.parametrize(("record", "options"), CASES, ids=IDS)
def test_gradcheck_passes(record, options):
    rng = np.random.default_rng(0)
    function, _ = of_prediction(record, arguments(record, rng))
    activation = ACTIVATIONS.get(record.arguments[record.function.prediction], lambda z: z)
    # Any real numbers will do; apart, so that no difference is beside a kink.
    shape = {"sample": (4,), "ensemble of vectors": (4, 3, 2)}.get(record.arguments[record.function.prediction], (4, 3))
    z = torch.tensor(rng.permutation(np.linspace(-1.5, 1.7, math.prod(shape))).reshape(shape), requires_grad=True)
    assert torch.autograd.gradcheck(lambda z: function(activation(z), **options), z, check_batched_grad=True)


@pytest.mark.parametrize(("record", "options"), CASES, ids=IDS)
def test_each_value_has_a_gradient_of_its_own(record, options):
    rng = np.random.default_rng(0)
    function, start = of_prediction(record, arguments(record, rng))
    start.requires_grad_()
    value = function(start, **options)
    upstream = torch.tensor(rng.normal(size=tuple(value.shape)))
    (found,) = torch.autograd.grad(value, start, upstream)
    expected = torch.zeros_like(start)
    for place in np.ndindex(tuple(value.shape)):
        (row,) = torch.autograd.grad(function(start, **options)[place], start)
        expected += upstream[place] * row
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-16)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_value_and_gradient_have_the_predictions_dtype(dtype):
    z = torch.linspace(-3, 3, 12, dtype=dtype, requires_grad=True)
    y = torch.arange(12, dtype=torch.float64) % 2
    loss = differentiable(lossbook.binary_cross_entropy_with_logits)(z, y)
    loss.backward()
    assert loss.dtype == z.grad.dtype == dtype
    own = functional.binary_cross_entropy_with_logits(z.double(), y)
    torch.testing.assert_close(loss.double(), own, rtol=float(torch.finfo(dtype).eps), atol=0)


def test_a_small_slope_in_half_precision_is_multiplied_before_it_is_rounded():
    z = torch.zeros(1_000_000, dtype=torch.float16, requires_grad=True)
    loss = differentiable(lossbook.binary_cross_entropy_with_logits)(z, torch.zeros(1_000_000))
    (1024 * loss).backward()  # as a gradient scaler does; 5e-7 alone has three bits
    torch.testing.assert_close(z.grad, torch.full_like(z, 1024 * 0.5e-6))


def test_integers_are_read_as_float64_and_have_no_gradient():
    value = differentiable(lossbook.mse_loss)(torch.tensor([1, 2]), torch.tensor([0, 0]))
    assert value == 2.5
    assert value.dtype == torch.float64


def test_tensors_are_accepted_as_options():
    z, y = torch.linspace(-2, 2, 6, dtype=torch.float64).reshape(2, 3), torch.tensor([[1.0, 0, 1], [0, 1, 0]])
    weight, pos_weight = torch.tensor([[1.0, 2, 3], [0, 1, 2]]), torch.tensor([1.0, 5.0, 0.5])
    found = differentiable(lossbook.binary_cross_entropy_with_logits)(
        z.requires_grad_(), y.double(), weight=weight, pos_weight=pos_weight, reduction="sum"
    )
    own = functional.binary_cross_entropy_with_logits(
        z, y.double(), weight=weight, pos_weight=pos_weight, reduction="sum"
    )
    torch.testing.assert_close(found, own)
    torch.testing.assert_close(torch.autograd.grad(found, z), torch.autograd.grad(own, z))


@pytest.mark.parametrize(
    ("loss", "name", "value"),
    [
        (lossbook.sigmoid_focal_loss, "gamma", torch.tensor(3.0)),
        (lossbook.sigmoid_focal_loss, "alpha", torch.tensor(0.75)),
        (lossbook.dice_loss, "axis", torch.tensor(0)),
        (lossbook.dice_loss, "squared", torch.tensor(True)),
        (lossbook.dice_loss, "smooth", torch.tensor(1.0, dtype=torch.float16)),
    ],
)
def test_a_tensor_of_one_number_is_an_option(loss, name, value):
    p, y = torch.tensor([[0.25, 0.5], [0.75, 0.5]]), torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    assert differentiable(loss)(p, y, **{name: value}) == loss(p, y, **{name: value.item()})
    assert differentiable(loss)(p, y, **{name: value}) != loss(p, y)


def test_positions_and_labels_are_tensors_or_not():
    p, q = torch.softmax(torch.arange(12.0).reshape(3, 4) % 5, -1), torch.full((3, 4), 0.25)
    w = differentiable(lossbook.wasserstein_histograms)
    assert w(p, q, positions=torch.tensor([0, 1, 4, 9])) == w(p, q.numpy(), positions=[0, 1, 4, 9])
    z = torch.arange(6.0).reshape(2, 3)
    ce = differentiable(lossbook.cross_entropy)
    torch.testing.assert_close(ce(z, torch.tensor([0, 2])), functional.cross_entropy(z, torch.tensor([0, 2])))
    assert ce(z, [0, 2]) == ce(z, torch.tensor([0, 2]))


def test_any_memory_layout_will_do():
    z = torch.randn(3, 4, 5, dtype=torch.float64, generator=torch.manual_seed(0)).permute(2, 0, 1)[::2]
    y = (torch.arange(36).reshape(3, 3, 4) % 2).double().transpose(0, 1).expand(3, 3, 4)
    assert not z.is_contiguous()
    assert not y.is_contiguous()
    loss = differentiable(lossbook.binary_cross_entropy_with_logits)
    leaf = z.detach().requires_grad_()
    loss(leaf, y).backward()
    twin = z.contiguous().requires_grad_()
    loss(twin, y.contiguous()).backward()
    torch.testing.assert_close(leaf.grad, twin.grad, rtol=0, atol=0)
    negative = torch.conj(torch.tensor([1j, -2j])).imag  # whose sign is turned when it is read
    assert negative.is_neg()
    assert differentiable(lossbook.mse_loss)(negative, torch.zeros(2)) == 2.5
    assert differentiable(lossbook.mse_loss)(negative, torch.tensor([-1.0, 2.0])) == 0


def test_a_partial_keeps_its_options():
    z, y = torch.tensor([0.5, -1.0], requires_grad=True), torch.tensor([1.0, 0.0])
    bound = partial(lossbook.sigmoid_focal_loss, gamma=0.0, alpha=None)
    torch.testing.assert_close(differentiable(bound)(z, y), functional.binary_cross_entropy_with_logits(z, y))
    assert differentiable(bound)(z, y, gamma=2.0) == lossbook.sigmoid_focal_loss(z.detach(), y, alpha=None)


def test_an_argument_can_be_named():
    p, q = torch.tensor([[0.5, 0.5]]), torch.tensor([[0.25, 0.75]], requires_grad=True)
    differentiable(lossbook.kl_divergence)(q=q, p=p).backward()
    torch.testing.assert_close(q.grad, -p / q.detach())


def count_gradients(monkeypatch):
    """Count the plans that are run with a gradient."""
    orders = []
    plan = type(lossbook.mse_loss).plan

    def counted(self, *args, **kwargs):
        found = plan(self, *args, **kwargs)
        run = found.run
        found.run = lambda order: (orders.append(order), run(order))[1]
        return found

    monkeypatch.setattr(type(lossbook.mse_loss), "plan", counted)
    return orders


def test_a_gradient_that_nobody_asks_for_is_not_computed(monkeypatch):
    orders = count_gradients(monkeypatch)
    loss, x, y = differentiable(lossbook.mse_loss), torch.ones(3), torch.zeros(3)
    assert not loss(x, y).requires_grad
    x.requires_grad_()
    with torch.no_grad():
        assert not loss(x, y).requires_grad
    with torch.inference_mode():
        assert loss(x, y) == 1
    assert orders == [0, 0, 0]
    assert loss(x, y).requires_grad
    assert orders == [0, 0, 0, 1]


def test_what_gets_no_gradient_from_above_has_none_where_its_slope_is_infinite():
    p = torch.tensor([0.0, 0.5], requires_grad=True)
    values = differentiable(lossbook.binary_cross_entropy)(p, torch.ones(2), reduction="none")
    assert values[0] == math.inf
    values[1].backward()
    assert p.grad.tolist() == [0.0, -2.0]


def test_the_graph_may_go_on_before_and_after():
    w = torch.tensor([[0.3, -0.2], [0.1, 0.5]], dtype=torch.float64, requires_grad=True)
    x, k = torch.tensor([[1.0, 2.0], [3.0, -1.0]], dtype=torch.float64), torch.tensor([1, 0])
    ours, own = differentiable(lossbook.cross_entropy)(x @ w, k), functional.cross_entropy(x @ w, k)
    (found,), (expected,) = (torch.autograd.grad(loss.exp() + w.square().sum(), w) for loss in (ours, own))
    torch.testing.assert_close(found, expected)


def gradient_penalty(loss, x, y):
    """A term that is silently lost if the gradient forgets what it depends on."""
    (slope,) = torch.autograd.grad(loss(x, y), x, create_graph=True)
    return (loss(x, y) + slope.square().sum()).backward()


TWICE = {
    "create_graph": lambda loss, x, y: torch.autograd.grad(
        torch.autograd.grad(loss(x, y), x, create_graph=True)[0].sum(), x
    ),
    "penalty": gradient_penalty,
    "hessian": lambda loss, x, y: torch.autograd.functional.hessian(lambda x: loss(x, y), x),
    "torch.func": lambda loss, x, y: torch.func.jacrev(torch.func.grad(loss))(x, y),
}


@pytest.mark.parametrize("way", TWICE)
def test_a_second_derivative_is_refused_in_words(way):
    x, y = torch.tensor([1.0, 2.0], requires_grad=True), torch.zeros(2)
    with pytest.raises(RuntimeError, match=r"differentiable\(mse_loss\) has a first derivative only"):
        TWICE[way](differentiable(lossbook.mse_loss), x, y)


def test_a_recorded_gradient_that_is_not_differentiated_is_as_good():
    x, y = torch.tensor([1.0, 2.0], requires_grad=True), torch.zeros(2)
    (slope,) = torch.autograd.grad(differentiable(lossbook.mse_loss)(x, y), x, create_graph=True)
    assert slope.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("name", ["target", "weight"])
def test_a_gradient_of_anything_but_the_prediction_is_refused(name):
    given = {name: torch.ones(2) for name in ("prediction", "target", "weight")}
    given[name].requires_grad_()
    loss = differentiable(lossbook.mse_loss)
    with pytest.raises(
        TypeError, match=rf"{name} requires a gradient.*with respect to prediction only.*{name}\.detach\(\)"
    ):
        loss(**given)
    with torch.no_grad():
        assert loss(**given) == 0


def test_a_prediction_that_is_no_tensor_is_refused():
    with pytest.raises(TypeError, match=r"prediction must be a tensor, but it is list \[1\.0\]"):
        differentiable(lossbook.mse_loss)([1.0], torch.zeros(1))


def test_bad_input_raises_the_errors_of_the_loss():
    with pytest.raises(ValueError, match=r"probs\[1\] = 1\.5"):
        differentiable(lossbook.dice_loss)(torch.tensor([0.5, 1.5], requires_grad=True), torch.ones(2))
    with pytest.raises(ValueError, match=r"target has shape \(3,\), but prediction has shape \(2,\)"):
        differentiable(lossbook.mse_loss)(torch.zeros(2), torch.zeros(3))
    with pytest.raises(TypeError, match="complex"):
        differentiable(lossbook.mse_loss)(torch.zeros(2, dtype=torch.complex64), torch.zeros(2))


def test_the_transformations_of_torch_func():
    rng = torch.manual_seed(0)
    x, y = (torch.randn(4, 3, dtype=torch.float64, generator=rng) for _ in range(2))
    loss, slope = differentiable(lossbook.mse_loss), 2 * (x - y) / 3
    torch.testing.assert_close(torch.func.grad(loss)(x, y), slope / 4)
    torch.testing.assert_close(torch.func.vmap(loss)(x, y), (x - y).square().mean(1))
    torch.testing.assert_close(torch.func.vmap(torch.func.grad(loss))(x, y), slope)
    torch.testing.assert_close(torch.func.vmap(loss, in_dims=(1, None))(x, y[:, 0]), (x - y[:, :1]).square().mean(0))
    mapped = torch.func.grad(lambda x: torch.func.vmap(loss)(x, y).sum())(x)
    torch.testing.assert_close(mapped, slope)
    jacobian = torch.func.jacrev(partial(loss, target=y, reduction="none"))(x)
    torch.testing.assert_close(jacobian.sum((0, 1)), 2 * (x - y))


# The compiler looks at the gradient of every tensor, and tells itself that some are no leaves.
@pytest.mark.filterwarnings("ignore:The .grad attribute")
def test_the_compiler_leaves_it_as_it_is():
    torch._dynamo.reset()
    loss = differentiable(lossbook.mse_loss)
    x, y = torch.tensor([1.0, 2.0], requires_grad=True), torch.zeros(2)
    value = torch.compile(lambda x: 3 * loss(x.sin(), y), backend="eager")(x)
    value.backward()
    torch.testing.assert_close(value, 3 * x.sin().square().mean())
    torch.testing.assert_close(x.grad, 3 * x.sin() * x.cos())


@pytest.mark.parametrize("record", DIFFERENTIABLE, ids=lambda record: record.name)
def test_it_pickles_and_copies(record):
    loss = differentiable(record.function)
    assert pickle.loads(pickle.dumps(loss)) == copy.deepcopy(loss) == loss
    assert record.name in loss.__doc__


def train(loss, steps=300):
    """Fit a small network to a spiral of three arms; return the losses and the weights."""
    torch.manual_seed(0)
    t = torch.linspace(0.1, 1, 60, dtype=torch.float64).repeat(3)
    k = torch.arange(3).repeat_interleave(60)
    angle = 4 * t + k * 2 * math.pi / 3
    x = torch.stack([t * angle.sin(), t * angle.cos()], 1)
    layers = torch.nn.Linear(2, 16), torch.nn.Tanh(), torch.nn.Linear(16, 3)
    model = torch.nn.Sequential(*layers).double()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
    values = []
    for _ in range(steps):
        optimiser.zero_grad()
        value = loss(model(x), k)
        value.backward()
        optimiser.step()
        values.append(value.item())
    return values, torch.cat([p.detach().ravel() for p in model.parameters()])


def test_training_converges_to_the_weights_that_the_own_loss_gives():
    values, weights = train(differentiable(lossbook.cross_entropy))
    own_values, own_weights = train(functional.cross_entropy)
    assert values[-1] < 0.1 < 1 < values[0]
    np.testing.assert_allclose(values, own_values, rtol=1e-9)
    torch.testing.assert_close(weights, own_weights, rtol=1e-8, atol=1e-8)
