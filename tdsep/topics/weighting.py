"""How much a word tells of what a text is about."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

#: What a word tells that comes again no more than by chance, in nats. Texts too short for any word
#: to come again thus have all words alike.
_FLOOR = 0.1


def informative_counts(counts: Any) -> Any:
    """Weigh counts by how much their words tell, and take the roots.

    A word that tells what a text is about comes again there: it is in fewer documents than if its
    occurrences were strewn by chance. By how many fewer is its residual IDF, which is near zero
    for words of grammar and for rare ones. The root lets the tenth occurrence in a document count
    less than the first.

    Parameters
    ----------
    counts : csr_array [documents, words]

    Returns
    -------
    csr_array [documents, words]
        Single precision.
    """
    weighted = counts @ sp.diags_array(residual_idf(counts) + _FLOOR)
    return sp.csr_array(weighted.sqrt().astype(np.float32))


def residual_idf(counts: Any) -> np.ndarray:
    """Logarithm of how many documents would hold each word by chance over how many do.

    Parameters
    ----------
    counts : csr_array [documents, words]
        Every word in some document.

    Returns
    -------
    ndarray [words]
        From 0 up, in nats.

    References
    ----------
    K. Church, W. Gale, "Inverse document frequency (IDF): a measure of deviations from Poisson",
    Workshop on Very Large Corpora 1995.
    """
    n_documents = counts.shape[0]
    share = np.asarray(counts.astype(bool).sum(axis=0)).ravel() / n_documents
    rate = np.asarray(counts.sum(axis=0, dtype=np.float64)).ravel() / n_documents
    by_chance = -np.expm1(-rate)  # Poisson: at least one
    return np.maximum(np.log(by_chance) - np.log(share), 0)
