import numpy as np
from scipy.spatial.distance import jensenshannon

p, q = np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]])
loss = (jensenshannon(p, q, axis=-1) ** 2).mean()
assert abs(loss - 0.033822) < 1e-6
assert abs(jensenshannon(p, q, axis=-1) - 0.183907).max() < 1e-6

in_bits = jensenshannon([1, 0], [0, 1], base=2) ** 2
assert abs(in_bits - 1) < 1e-12
