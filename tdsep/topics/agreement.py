"""Clusters beside labels that somebody gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from tdsep.errors import ParameterError
from tdsep.topics import NO_CLUSTER


@dataclass(frozen=True, eq=False)
class Agreement:
    """How clusters agree with labels, over the documents that have both.

    Attributes
    ----------
    labels : tuple of str
        In the order of the alphabet.
    counts : ndarray [labels, K] of int
        Documents of each label in each cluster.
    purity : float
        Share of documents whose label is the commonest of their cluster.
    nmi : float
        Mutual information of labels and clusters over the mean of their entropies: 0 if they know
        nothing of each other, 1 if one tells the other.
    order : ndarray [K] of int
        The clusters, those first that go best with the labels one to one, in their order; then the
        others, by their commonest label.
    """

    labels: tuple[str, ...]
    counts: np.ndarray
    purity: float
    nmi: float
    order: np.ndarray

    @property
    def n_documents(self) -> int:
        """How many documents were compared."""
        return int(self.counts.sum())


def agreement(
    clusters: np.ndarray, labels: Sequence[str | None], n_clusters: int
) -> Agreement | None:
    """Compare clusters with labels.

    Parameters
    ----------
    clusters : ndarray [documents] of int
        `NO_CLUSTER` for a document in none.
    labels : sequence of (str or None)
    n_clusters : int

    Returns
    -------
    Agreement or None
        None where fewer than two labels are known: then there is nothing to compare.

    Raises
    ------
    ParameterError
        If there are not as many labels as clusters.

    References
    ----------
    N. X. Vinh, J. Epps, J. Bailey, "Information theoretic measures for clusterings comparison",
    JMLR 11 (2010): NMI by the mean of the entropies.
    """
    from sklearn.metrics import normalized_mutual_info_score  # takes long to load

    if len(labels) != len(clusters):
        raise ParameterError(f"{len(labels)} labels of {len(clusters)} documents: give one each")
    known = [
        (label, cluster)
        for label, cluster in zip(labels, clusters, strict=True)
        if label is not None and cluster != NO_CLUSTER
    ]
    if len({label for label, _ in known}) < 2:
        return None
    names, rows = np.unique([label for label, _ in known], return_inverse=True)
    columns = np.array([cluster for _, cluster in known])
    counts = np.zeros((len(names), n_clusters), int)
    np.add.at(counts, (rows, columns), 1)
    return Agreement(
        tuple(map(str, names)),
        counts,
        float(counts.max(axis=0).sum() / counts.sum()),
        float(normalized_mutual_info_score(rows, columns)),
        _order(counts),
    )


def _order(counts: np.ndarray) -> np.ndarray:
    """Order clusters so that the table's large numbers stand on its diagonal."""
    _, matched = linear_sum_assignment(counts, maximize=True)
    rest = np.setdiff1d(np.arange(counts.shape[1]), matched)
    return np.concatenate(
        [matched, rest[np.argsort(counts[:, rest].argmax(axis=0), kind="stable")]]
    )
