"""Other libraries: Keras computes with PyTorch, JAX in float64."""

import os

os.environ |= {"KERAS_BACKEND": "torch", "JAX_ENABLE_X64": "1", "JAX_PLATFORMS": "cpu"}
