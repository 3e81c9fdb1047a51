import jax.numpy as jnp
import optax

logits, labels = jnp.array([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0]]), jnp.array([0, 2])
counts = jnp.array([900.0, 90.0, 10.0])
balanced = optax.losses.softmax_cross_entropy_with_integer_labels(logits + jnp.log(counts), labels).mean()
assert abs(balanced - 2.32442) < 1e-4
