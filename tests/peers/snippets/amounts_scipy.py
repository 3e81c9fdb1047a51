import numpy as np
from scipy.stats import nbinom, poisson

mean, target = np.array([1.0, 2.5, 0.5]), np.array([1, 4, 0])
counts = -poisson.logpmf(target, mean).mean()
assert abs(counts - 1.17096) < 1e-5
# In SciPy p is the chance of the other outcome; the size is 2.
binomial = -nbinom.logpmf(target, 2, 2 / (2 + mean)).mean()
assert abs(binomial - 1.34208) < 1e-5
