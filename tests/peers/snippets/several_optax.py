import jax.numpy as jnp
import optax

logits, labels = jnp.array([[2.0, 1.5, 1.5], [0.0, 3.0, 1.0]]), jnp.array([0, 2])
crammer_singer = optax.losses.multiclass_hinge_loss(logits, labels).mean()
sparsemax = optax.losses.multiclass_sparsemax_loss(logits, labels).mean()
assert abs(crammer_singer - 1.75) < 1e-6
assert abs(sparsemax - 1.04167) < 1e-5
