import warnings

from sklearn.metrics import confusion_matrix, f1_score, fbeta_score

target = [1, 1, 0, 1, 0, 1, 0, 0, 0, 0]
scores = [0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]
marks = [score > 0.5 for score in scores]
assert confusion_matrix(target, marks).ravel().tolist() == [4, 2, 1, 3]
assert abs(f1_score(target, marks) - 2 / 3) < 1e-12
assert abs(fbeta_score(target, marks, beta=2) - 5 / 7) < 1e-12

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    assert f1_score([0, 0], [0, 0]) == 0
assert "ill-defined" in str(caught[0].message)
