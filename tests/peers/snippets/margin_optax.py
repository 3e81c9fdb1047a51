import jax.numpy as jnp
import optax

logits, target = jnp.array([2.0, -1.0, -0.5]), jnp.array([1.0, 1.0, 0.0])
sign = 2 * target - 1
hinge = optax.losses.hinge_loss(logits, sign).mean()
assert abs(hinge - 0.83333) < 1e-5
smoothed = optax.losses.sparsemax_loss(logits, target).mean()
assert abs(smoothed - 0.35417) < 1e-5
