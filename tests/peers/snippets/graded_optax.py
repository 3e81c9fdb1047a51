import jax.numpy as jnp
from jax.nn import sigmoid
from optax.losses import sigmoid_binary_cross_entropy

logits, target = jnp.array([[2.0, -1.0, 0.0]]), jnp.array([[1.0, 0.0, 0.5]])
bce = sigmoid_binary_cross_entropy(logits, target)
quality = (abs(sigmoid(logits) - target) ** 2 * bce).mean()
assert abs(quality - 0.0081539) < 1e-6
