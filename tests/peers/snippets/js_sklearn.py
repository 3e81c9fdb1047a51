from sklearn.metrics import mutual_info_score

values = [0, 0, 1, 1, 0, 1, 1, 1]
source = [0, 0, 0, 0, 1, 1, 1, 1]
loss = mutual_info_score(source, values)
assert abs(loss - 0.033822) < 1e-6
