import keras
import numpy as np

target = np.array([1, 1, 0, 1, 0, 1, 0, 0, 0, 0], "float32")[:, None]
scores = np.array([0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1])[:, None]
f1 = keras.metrics.F1Score(threshold=0.5)
for batch in (slice(5), slice(5, 10)):
    f1.update_state(target[batch], scores[batch])
assert abs(float(f1.result()[0]) - 2 / 3) < 1e-6

recall = keras.metrics.Recall()
recall.update_state(target, scores)
assert float(recall.result()) == 0.75
