import jax.numpy as jnp
from jax.scipy.special import rel_entr

p, q = jnp.array([[0.5, 0.5]]), jnp.array([[0.25, 0.75]])
m = (p + q) / 2
loss = (rel_entr(p, m) + rel_entr(q, m)).sum(axis=-1).mean() / 2
assert abs(loss - 0.033822) < 1e-6
