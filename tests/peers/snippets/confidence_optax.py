import jax
import jax.numpy as jnp
import optax

student, teacher = jnp.array([[1.0, 2.0, -1.0], [0.0, 1.0, 1.0]]), jnp.array([[0.5, 1.0, 3.0], [2.0, 0.0, 1.0]])
T = 4.0
loss = (
    T**2
    * optax.losses.kl_divergence_with_log_targets(
        jax.nn.log_softmax(student / T), jax.nn.log_softmax(teacher / T)
    ).mean()
)
assert abs(loss - 1.70716) < 1e-4
