import numpy as np
from scipy.stats import laplace, norm, t

loc, scale, target = np.array([0.0, 3.0]), np.array([1.0, 2.0]), np.array([1.0, -1.0])
gaussian = -norm.logpdf(target, loc, scale).mean()
assert abs(gaussian - 2.51551) < 1e-5
student = -t.logpdf(target, 4.0, loc, scale).mean()
assert abs(student - 2.47277) < 1e-5
assert abs(-laplace.logpdf(target, loc, scale).mean() - 2.53972) < 1e-5
