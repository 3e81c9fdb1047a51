import keras
import numpy as np

probs, target = np.array([[0.9, 0.6, 0.2, 0.1]]), np.array([[1.0, 1.0, 0.0, 0.0]])
found = float(keras.losses.tversky(target, probs, alpha=0.3, beta=0.7))
assert abs(found - 0.19355) < 1e-5  # 0.22680 where alpha is on the false positives
swapped = float(keras.losses.tversky(target, probs, alpha=0.7, beta=0.3))
assert abs(swapped - 0.22680) < 1e-5

total = float(keras.losses.binary_crossentropy(target, probs)[0] + keras.losses.dice(target, probs))
assert abs(total - 0.44670) < 1e-5
