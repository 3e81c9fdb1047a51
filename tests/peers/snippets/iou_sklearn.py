from scipy.spatial.distance import jaccard
from sklearn.metrics import jaccard_score

marked, target = [1, 1, 1, 0], [1, 1, 0, 0]
assert abs(jaccard_score(target, marked) - 2 / 3) < 1e-12
assert abs(jaccard(target, marked) - 1 / 3) < 1e-12

# Class 2 is nowhere.
labels, said = [0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 1, 1]
three = {"average": "macro", "labels": [0, 1, 2]}
assert abs(jaccard_score(labels, said, average="macro") - 0.7083) < 1e-4
assert abs(jaccard_score(labels, said, **three, zero_division=0) - 0.4722) < 1e-4
assert abs(jaccard_score(labels, said, **three, zero_division=1) - 0.8056) < 1e-4

empty, alarm = [0, 0, 0, 0], [1, 0, 0, 0]
assert jaccard_score(empty, empty, zero_division=0) == 0
assert jaccard_score(empty, alarm) == 0
assert jaccard(empty, empty) == 0
assert jaccard(empty, alarm) == 1
