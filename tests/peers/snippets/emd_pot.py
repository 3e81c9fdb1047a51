import numpy as np
import ot

p, q = np.array([0.2, 0.5, 0.3]), np.array([0.5, 0.25, 0.25])
places = np.arange(3.0)
work = ot.emd2(p, q, abs(places[:, None] - places))
on_the_line = ot.wasserstein_1d(places, places, p, q, p=1)
assert abs(work - 0.35) < 1e-12
assert abs(on_the_line - 0.35) < 1e-12
