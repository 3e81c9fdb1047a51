import numpy as np
import xgboost

prediction, target = np.array([2.0, 1.0]), np.array([1.0, 3.0])
data = xgboost.DMatrix(np.zeros((2, 1)), target, base_margin=prediction)
options = {"objective": "reg:quantileerror", "quantile_alpha": 0.75}
told = xgboost.Booster(options, [data]).eval(data)
assert float(told.rpartition(":")[2]) == 0.875

several = options | {"quantile_alpha": [0.1, 0.9]}
rows = xgboost.DMatrix(np.zeros((99, 1)), np.arange(1.0, 100.0))
assert xgboost.train(several, rows, 5).predict(rows).shape == (99, 2)
