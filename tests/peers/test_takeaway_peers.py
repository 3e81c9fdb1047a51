"""The code that the chapters offer to take away: values and gradients beside lossbook's, in each library."""

from functools import partial

import compare  # noqa: F401  before JAX is imported
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from takeaway import BLOCKS, agree, cases, prediction, reference


def by_numpy(function, place):
    return function


def by_torch(function, place):
    def run(*args):
        given = [torch.tensor(array) for array in args]
        given[place].requires_grad_()
        value = function(*given)
        value.backward()
        return value.detach().numpy(), given[place].grad.numpy()

    return run


def by_jax(function, place):
    """Compiled, as it would be used."""
    return jax.jit(jax.value_and_grad(function, argnums=place))


DERIVED = {"numpy": by_numpy, "torch": by_torch, "jax": by_jax}
ARRAYS = {"numpy": np.array, "torch": torch.tensor, "jax": jnp.array}


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_block_gives_the_value_and_gradient_of_lossbook(block):
    function, runs = block.function(), {}
    for args, options in cases(block, np.random.default_rng(1)):
        key = str(options)  # one function for each set of options, lest JAX compile it for each case
        if key not in runs:
            make = ARRAYS[block.library]
            given = {name: make(o) if isinstance(o, np.ndarray) else o for name, o in options.items()}
            runs[key] = DERIVED[block.library](partial(function, **given), prediction(block.name))
        agree(block, runs[key](*args), reference(block.name)(*args, **options))
