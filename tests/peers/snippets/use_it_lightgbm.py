import lightgbm
from sklearn.datasets import load_wine

import lossbook
from lossbook.bridges.boosting import lightgbm_objective

x, k = load_wine(return_X_y=True)
smoothed = lightgbm_objective(lossbook.cross_entropy, label_smoothing=0.1)
parameters = {"objective": smoothed, "num_class": 3, "verbosity": -1}
trees = lightgbm.train(parameters, lightgbm.Dataset(x, k), 20)
scores = trees.predict(x, raw_score=True)
assert (scores.argmax(1) == k).mean() > 0.99
