"""Non-negative matrix factorisation under beta-divergences: dense, sparse, convolutive, joint."""

from tdsep.nmf.divergences import divergence
from tdsep.nmf.factorize import Factorization, factorize
from tdsep.nmf.joint import JointFactorization, factorize_jointly
from tdsep.nmf.rank import RankChoice, choose_rank

__all__ = [
    "Factorization",
    "JointFactorization",
    "RankChoice",
    "choose_rank",
    "divergence",
    "factorize",
    "factorize_jointly",
]
