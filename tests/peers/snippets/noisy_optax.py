import jax
import jax.numpy as jnp
import optax

logits, labels = jnp.array([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0]]), jnp.array([0, 2])
loss = optax.losses.poly_loss_cross_entropy(logits, jax.nn.one_hot(labels, 3), epsilon=1.0).mean()
assert abs(loss - 1.89901) < 1e-5
