"""Where topics start: documents far from each other, each with its nearest neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import scipy.sparse as sp

#: Documents that make a topic to start from.
_NEIGHBOURS = 20
#: Share of the whole corpus's words in it: updates that multiply never leave a zero.
_COMMON = 0.3


@dataclass(frozen=True, eq=False)
class Neighbourhoods:
    """Draws topics to start from.

    Random numbers start all topics alike, from where several share one theme at the end. Instead,
    a document is drawn, and with those nearest to it makes the first topic; the next document is
    drawn far from that, and so on, as k-means++ chooses its centres.

    Attributes
    ----------
    matrix : csr_array [documents, words]
    directions : csr_array [documents, words]
        The same with rows of norm 1.
    present : ndarray [documents] of bool
        Whether a document holds words.

    References
    ----------
    D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.
    """

    matrix: Any
    directions: Any
    present: np.ndarray

    @classmethod
    def of(cls, matrix: Any) -> Self:
        """Prepare for a matrix of weighted counts [documents, words]."""
        norms = np.sqrt(np.asarray(matrix.power(2).sum(axis=1)).ravel())
        inverse = np.divide(1, norms, out=np.zeros_like(norms), where=norms > 0)
        return cls(matrix, sp.csr_array(sp.diags_array(inverse) @ matrix), norms > 0)

    def draw(self, n_topics: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw bases [words, K] and activations [K, documents] to start from."""
        n_documents = int(np.count_nonzero(self.present))
        n_near = min(_NEIGHBOURS, max(n_documents // n_topics, 1))
        distance = self.present.astype(np.float64)
        bases = np.empty((self.matrix.shape[1], n_topics))
        for k in range(n_topics):
            total = distance.sum()
            chance = distance / total if total > 0 else self.present / n_documents
            seed = self.directions[[rng.choice(distance.size, p=chance)]].toarray()[0]
            near = np.argpartition(-(self.directions @ seed), n_near - 1)[:n_near]
            words = np.asarray(self.matrix[near].sum(axis=0), np.float64).ravel()
            bases[:, k] = words / words.sum()
            # Not by BLAS: its threads would wait for each other for longer than the sum takes.
            similarity = self.directions @ (words / np.sqrt(np.square(words).sum()))
            distance = np.minimum(distance, np.maximum(1 - similarity, 0))
        everywhere = np.asarray(self.matrix.sum(axis=0), np.float64).ravel()
        bases = (1 - _COMMON) * bases + _COMMON * (everywhere / everywhere.sum())[:, None]
        lengths = np.asarray(self.matrix.sum(axis=1), np.float64).ravel()
        return bases, np.tile(lengths / n_topics, (n_topics, 1))
