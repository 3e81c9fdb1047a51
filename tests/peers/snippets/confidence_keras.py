import keras
import numpy as np

student, teacher = np.array([[1.0, 2.0, -1.0], [0.0, 1.0, 1.0]]), np.array([[0.5, 1.0, 3.0], [2.0, 0.0, 1.0]])
distillation = keras.distillation.LogitsDistillation(temperature=4.0, loss=keras.losses.KLDivergence())
loss = distillation.compute_loss(teacher, student)
assert abs(float(loss) - 1.70716) < 1e-4
