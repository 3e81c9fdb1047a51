"""Importing the package stays near the cost of importing NumPy."""

import subprocess
import sys


def test_import_loads_none_of_the_heavy_libraries():
    code = "import sys, lossbook; print([m for m in ('scipy', 'sympy', 'matplotlib', 'ot', 'IPython') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
