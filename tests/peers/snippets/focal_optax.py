import jax.numpy as jnp
import optax

logits, target = jnp.array([2.0, -1.0, -3.0]), jnp.array([1.0, 1.0, 0.0])
loss = optax.sigmoid_focal_loss(logits, target, alpha=0.25, gamma=2.0).mean()
assert abs(loss - 0.05867) < 1e-5
