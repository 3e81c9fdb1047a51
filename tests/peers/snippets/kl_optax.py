import jax.numpy as jnp
from optax.losses import kl_divergence

p, q = jnp.array([[0.5, 0.5]]), jnp.array([[0.25, 0.75]])
loss = kl_divergence(jnp.log(q), p).mean()
assert abs(loss - 0.143841) < 1e-6
