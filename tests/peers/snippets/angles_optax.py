import jax
import jax.numpy as jnp
import optax

embeddings, prototypes = jnp.array([[2.0, 1.0], [0.0, 3.0]]), jnp.eye(2)
labels, margin, scale = jnp.array([0, 1]), 0.35, 4.0
cosines = embeddings / jnp.linalg.norm(embeddings, axis=1, keepdims=True) @ prototypes.T
scores = scale * (cosines - margin * jax.nn.one_hot(labels, 2))
loss = optax.losses.softmax_cross_entropy_with_integer_labels(scores, labels).mean()
assert abs(loss - 0.29457) < 1e-5
