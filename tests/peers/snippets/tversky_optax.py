import jax.numpy as jnp
import optax

probs = jnp.array([0.9, 0.6, 0.2, 0.1]).reshape(1, 4, 1)
target = jnp.array([1.0, 1.0, 0.0, 0.0]).reshape(1, 4, 1)
logits = jnp.log(probs / (1 - probs))
tversky = optax.losses.dice_loss(logits, target, smooth=0.0, alpha=0.3, beta=0.7)[0]
assert abs(tversky - 0.22680) < 1e-5

bce = optax.losses.sigmoid_binary_cross_entropy(logits, target).mean()
dice_loss = optax.losses.dice_loss(logits, target, smooth=0.0)[0]
assert abs(bce + dice_loss - 0.44670) < 1e-5
assert abs(bce - jnp.log1p(-dice_loss) - 0.47256) < 1e-5
