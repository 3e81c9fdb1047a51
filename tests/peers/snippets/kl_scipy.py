import numpy as np
from scipy.special import rel_entr
from scipy.stats import entropy

p, q = np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]])
loss = rel_entr(p, q).sum(axis=-1).mean()
assert abs(loss - 0.143841) < 1e-6
assert abs(entropy(p, q, axis=-1).mean() - loss) < 1e-12
assert abs(entropy(q, base=2, axis=-1).mean() - 0.811278) < 1e-6
