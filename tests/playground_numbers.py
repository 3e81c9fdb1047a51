"""What the playgrounds must answer: the package's own values and derivatives, found without the cards.

The chain rule of a sigmoid, of a margin and of a residual is written out here, and only here.
"""

import numpy as np

import lossbook
from lossbook.show import playgrounds

RECORDS = {record.name: record for record in lossbook.catalogue()}
#: Nine digits; what is smaller than the first tolerance is zero beside a loss of the size of 1.
CLOSE = {"rtol": 1e-9, "atol": 1e-13}


def options_of(name, values):
    """Name the values of a loss's parameters as its function does."""
    parameters = playgrounds.parameters(RECORDS[name])
    return {parameter.option: value for parameter, value in zip(parameters, values, strict=True)}


def of_element(name, over, x, y, values=()):
    """Return value, slope and curvature in x of a loss over an axis of *Compare losses*."""
    record = RECORDS[name]
    sign = 2 * y - 1 if over == "margin" else 1
    if over == "residual":
        at, first, second = x + y, 1.0, 0.0
    elif record.arguments[record.function.prediction] == "logits":
        at, first, second = sign * x, sign, 0.0
    else:
        at = 1 / (1 + np.exp(-sign * x))
        first, second = sign * at * (1 - at), at * (1 - at) * (1 - 2 * at)
    given = [at], [y]
    how = options_of(name, values) | {"reduction": "sum"}
    if "squared" in how:
        how["squared"] = how["squared"] == 2
    value, (slope,) = lossbook.value_and_grad(record.function)(*given, **how)
    (curvature,) = lossbook.hessian_diag(record.function)(*given, **how)
    return value, slope * first, curvature * first**2 + slope * second


def of_masks(name, state):
    """Return value and slopes in the probabilities of a loss on the two masks of *Paint a mask*."""
    record, p, g = RECORDS[name], np.array(state["p"]), np.array(state["g"])
    function = lossbook.value_and_grad(record.function)
    if name == "lovasz_softmax":
        value, slopes = function(np.stack([1 - p, p], axis=-1)[None], g[None], classes=[1])
        return value, slopes[0, :, 1]
    if record.arguments[record.function.prediction] == "logits":
        # The page's own logits, to the last bit: which of two errors is the larger must not depend on who computed them.
        z = np.array([score for score, _ in state["scores"][name]])
        np.testing.assert_allclose(z, np.log(p / (1 - p)), rtol=1e-12, atol=1e-12)
        value, slopes = function(z.reshape(1, 16, 16), g.reshape(1, 16, 16))
        return value, slopes.ravel() / (p * (1 - p))
    options = {option: state["options"][option] for option in (q.option for q in playgrounds.parameters(record))}
    if "squared" in options:
        options["squared"] = options["squared"] == 2
    return function(p, g, **options)


def check_masks(state):
    """Compare all that *Paint a mask* answers with the package."""
    assert [answer["name"] for answer in state["answers"]] == [record.name for record in playgrounds.of_masks()]
    for answer in state["answers"]:
        value, slopes = of_masks(answer["name"], state)
        np.testing.assert_allclose(answer["value"], value, **CLOSE, err_msg=answer["name"])
        np.testing.assert_allclose(answer["slopes"], slopes, **CLOSE, err_msg=answer["name"])
