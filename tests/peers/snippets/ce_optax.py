import jax.numpy as jnp
import optax

logits, labels = jnp.array([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0]]), jnp.array([0, 2])
loss = optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()
from_distributions = optax.softmax_cross_entropy(logits, jnp.eye(3)[labels]).mean()
assert abs(loss - 1.28873) < 1e-5
assert abs(from_distributions - loss) < 1e-6
