from dataclasses import dataclass

import numpy as np
import pytest
import scipy.sparse as sp


@dataclass(frozen=True)
class Planted:
    """Counts drawn from known topics: a document has most of its words from one of them."""

    counts: sp.csr_array
    bases: np.ndarray
    main: np.ndarray


def plant(rng, n_topics=4, n_documents=300, n_words=200, length=80) -> Planted:
    bases = rng.dirichlet(np.full(n_words, 0.05), n_topics).T
    main = rng.integers(n_topics, size=n_documents)
    shares = np.full((n_documents, n_topics), 0.3 / n_topics)
    shares[np.arange(n_documents), main] += 0.7
    chances = shares @ bases.T
    counts = np.array([rng.multinomial(length, chance / chance.sum()) for chance in chances])
    return Planted(sp.csr_array(counts), bases, main)


@pytest.fixture(scope="session")
def planted() -> Planted:
    return plant(np.random.default_rng(3))
