import keras
import numpy as np

embeddings, prototypes = np.array([[2.0, 1.0], [0.0, 3.0]]), np.eye(2)
label, margin, scale = np.eye(2), 0.35, 4.0  # of one-hot labels
cosines = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True) @ prototypes.T
loss = keras.losses.CategoricalCrossentropy(from_logits=True)(label, scale * (cosines - margin * label))
assert abs(float(loss) - 0.29457) < 1e-5
