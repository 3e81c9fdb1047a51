import jax.numpy as jnp

probs = jnp.array([[0.2, 0.5, 0.3]])
target = jnp.array([[0.5, 0.25, 0.25]])
difference = jnp.cumsum(probs - target, axis=-1)
squared_emd = jnp.sum(difference**2, axis=-1).mean()
emd = jnp.sqrt(jnp.mean(difference**2, axis=-1)).mean()
assert abs(squared_emd - 0.0925) < 1e-6
assert abs(emd - 0.175594) < 1e-6
