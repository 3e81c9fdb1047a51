import jax.numpy as jnp
import optax

logits, target = jnp.array([2.0, -1.0]), jnp.array([1.0, 0.0])
loss = optax.sigmoid_binary_cross_entropy(logits, target).mean()
assert abs(loss - 0.22009) < 1e-5
