"""Types of arguments, for those who check theirs."""

from typing import Literal

Reduction = Literal["mean", "sum", "none"]
