import jax.numpy as jnp
import optax

probs = jnp.array([0.9, 0.6, 0.2, 0.1]).reshape(1, 4, 1)
target = jnp.array([1.0, 1.0, 0.0, 0.0]).reshape(1, 4, 1)
logits = jnp.log(probs / (1 - probs))
assert abs(optax.losses.dice_loss(logits, target, smooth=0.0)[0] - 0.21053) < 1e-5
assert abs(optax.losses.dice_loss(logits, target)[0] - 0.13793) < 1e-5

empty = jnp.zeros((1, 4, 1))
nothing, alarm = empty - 100, jnp.array([100.0, -100.0, -100.0, -100.0]).reshape(1, 4, 1)
assert optax.losses.dice_loss(nothing, empty)[0] == 0
assert abs(optax.losses.dice_loss(alarm, empty)[0] - 1 / 3) < 1e-6
