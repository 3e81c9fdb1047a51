import xgboost
from sklearn.datasets import load_breast_cancer

import lossbook
from lossbook.bridges.boosting import xgboost_objective

x, y = load_breast_cancer(return_X_y=True)
data = xgboost.DMatrix(x, y)
focal = xgboost_objective(lossbook.sigmoid_focal_loss, minimum=1e-3)
trees = xgboost.train({"base_score": 0.0}, data, 20, obj=focal)
logits = trees.predict(data, output_margin=True)
assert ((logits > 0) == y).mean() > 0.99
