"""Non-negative matrix factorisation under beta-divergences: dense, sparse, convolutive, joint."""

from tdsep.nmf.completion import Completion, complete_jointly
from tdsep.nmf.distributed import BlockMatrix
from tdsep.nmf.divergences import divergence
from tdsep.nmf.factorize import Factorization, factorize
from tdsep.nmf.held_out import Comparison, compare_held_out
from tdsep.nmf.joint import JointFactorization, factorize_jointly
from tdsep.nmf.rank import RankChoice, choose_rank

#: The figures of matrices factorised together, in their order on the sheet; the last one where
#: entries were held out.
JOINT_FIGURES = ("tables", "factors", "divergence", "prior", "held-out")

__all__ = [
    "JOINT_FIGURES",
    "BlockMatrix",
    "Comparison",
    "Completion",
    "Factorization",
    "JointFactorization",
    "RankChoice",
    "choose_rank",
    "compare_held_out",
    "complete_jointly",
    "divergence",
    "factorize",
    "factorize_jointly",
]
