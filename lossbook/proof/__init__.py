"""Claims as data, and the prover that judges them.

:mod:`~lossbook.proof.kernel` is what is trusted: expressions and domains. :mod:`~lossbook.proof.views` takes sums apart.
:mod:`~lossbook.proof.kinds` makes obligations of claims, :mod:`~lossbook.proof.english` sentences. :mod:`~lossbook.proof.judge` puts them together.
"""

from lossbook.proof.card import Card
from lossbook.proof.exact import digits, exact, grid, ulps, worst_ulps
from lossbook.proof.judge import STATUSES, TINY, Verdict, prove, refuted_instance
from lossbook.proof.kernel import Anchor, NotProved, Step, Untrue
from lossbook.proof.kinds import (
    Bound,
    Cases,
    Claim,
    Convex,
    Curvature,
    Dual,
    Elicits,
    Exhaustive,
    Gradient,
    Holds,
    Homogeneous,
    Increments,
    Invariant,
    Levels,
    Likelihood,
    Limit,
    Lipschitz,
    Merging,
    Misprint,
    Monotone,
    Not,
    Proper,
    Range,
    RootMetric,
    Smooth,
    SpecialCase,
    Submodular,
    Symmetric,
    Taylor,
    Tensorises,
    Value,
    WeightedMean,
    ZeroOnlyAt,
    as_product,
    as_sum,
)
from lossbook.proof.ranks import Counted, Difference, Order, SetFunction
from lossbook.proof.store import Entry, judged, ledger
from lossbook.proof.views import Balance, Each, Simplex, Spread, label
