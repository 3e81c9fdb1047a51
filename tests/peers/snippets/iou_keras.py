import keras
import numpy as np

probs, target = np.array([[0.9, 0.6, 0.2, 0.1]]), np.array([[1.0, 1.0, 0.0, 0.0]])
assert abs(float(keras.losses.tversky(target, probs, alpha=1.0, beta=1.0)) - 0.34783) < 1e-5


def score(target, probs, **options):
    return float(keras.metrics.BinaryIoU(**options)(target, probs))


marked, empty, alarm = np.array([[1.0, 1.0, 1.0, 0.0]]), np.zeros((1, 4)), np.array([[1.0, 0.0, 0.0, 0.0]])
assert abs(score(target, marked, target_class_ids=[1]) - 2 / 3) < 1e-6
assert abs(score(target, marked) - (2 / 3 + 1 / 2) / 2) < 1e-6
assert score(empty, empty, target_class_ids=[1]) == 0
assert score(empty, alarm, target_class_ids=[1]) == 0
