import jax
import jax.numpy as jnp

import lossbook
from lossbook.bridges.jax import differentiable

loss_of = differentiable(lossbook.balanced_binary_cross_entropy_with_logits)
x = jax.random.normal(jax.random.key(0), (500, 3))
y = x @ jnp.array([1.0, -2.0, 0.5]) > 3  # one in twelve
step = jax.jit(jax.value_and_grad(lambda w: loss_of(x @ w[:3] + w[3], y)))
w = jnp.zeros(4)
for _ in range(200):
    loss, slope = step(w)
    w -= 10 * slope
assert loss < 0.02
