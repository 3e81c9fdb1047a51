import numpy as np
from sklearn.utils.class_weight import compute_class_weight

labels = np.repeat([0, 1, 2], [900, 90, 10])
weight = compute_class_weight("balanced", classes=np.arange(3), y=labels)
assert np.allclose(weight, 1000 / (3 * np.array([900, 90, 10])))
