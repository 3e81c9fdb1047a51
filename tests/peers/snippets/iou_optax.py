import jax.numpy as jnp
import optax

probs = jnp.array([0.9, 0.6, 0.2, 0.1]).reshape(1, 4, 1)
target = jnp.array([1.0, 1.0, 0.0, 0.0]).reshape(1, 4, 1)
logits = jnp.log(probs / (1 - probs))
iou = {"alpha": 1.0, "beta": 1.0}
assert abs(optax.losses.dice_loss(logits, target, smooth=0.0, **iou)[0] - 0.34783) < 1e-5
assert abs(optax.losses.dice_loss(logits, target, **iou)[0] - (1 - 2.5 / 3.3)) < 1e-5
