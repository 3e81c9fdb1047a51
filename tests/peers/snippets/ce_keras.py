import keras
import numpy as np

logits, labels = np.array([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0]]), np.array([0, 2])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits)
one_hot = keras.losses.CategoricalCrossentropy(from_logits=True)(np.eye(3)[labels], logits)
assert abs(float(loss) - 1.28873) < 1e-5
assert abs(float(one_hot) - 1.28873) < 1e-5
