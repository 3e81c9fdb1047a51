import jax.numpy as jnp
import optax

prediction, target = jnp.array([2.0, -1.0]), jnp.array([1.0, 3.0])
assert optax.squared_error(prediction, target).mean() == 8.5
assert optax.l2_loss(prediction, target).mean() == 4.25
