import keras
import numpy as np

logits, labels = np.array([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0]]), np.array([0, 2])
probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
loss = keras.losses.CategoricalGeneralizedCrossEntropy(q=0.7)(labels, probs)
assert abs(float(loss) - 0.73520) < 1e-5
