import jax.numpy as jnp
import optax

prediction, target = jnp.array([1.0, 5.0]), jnp.array([0.0, 0.0])
assert optax.huber_loss(prediction, target).mean() == 2.5
assert optax.huber_loss(prediction, target, delta=2.0).mean() == 4.25
assert optax.huber_loss(prediction, target, delta=-1.0).mean() < 0
