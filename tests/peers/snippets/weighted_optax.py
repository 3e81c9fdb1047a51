import jax.numpy as jnp
import optax

logits, target = jnp.array([2.0, -1.0, -3.0]), jnp.array([1.0, 0.0, 0.0])
weight = (1 + target) / 3
losses = weight * optax.sigmoid_binary_cross_entropy(logits, target)
assert abs(losses.mean() - 0.06841) < 1e-5
assert abs(losses.sum() / weight.sum() - 0.15393) < 1e-5
