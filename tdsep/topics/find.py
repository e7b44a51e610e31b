"""Texts to topics: counts of words, factorised under the Kullback-Leibler divergence."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import scipy.sparse as sp

from tdsep.errors import ParameterError
from tdsep.nmf import BlockMatrix, Factorization, factorize
from tdsep.nmf.options import checked_count
from tdsep.nmf.start import generator
from tdsep.topics import NO_CLUSTER, TOKEN_PATTERN, WEIGHTINGS
from tdsep.topics.counting import WordCounts, stop_words_of
from tdsep.topics.start import Neighbourhoods
from tdsep.topics.weighting import informative_counts

if TYPE_CHECKING:
    from distributed import Client

#: Starts, and the iterations after which the best of them goes on.
_STARTS = 20
TRIAL = 10
#: Iterations from there, at most.
_ITERATIONS = 200
#: How much a word's weight in a topic counts in its rank, against how much of it is the topic's.
_RELEVANCE = 0.6


class TopWord(NamedTuple):
    """A word of a topic: its share of the topic, and how many times its share of the corpus."""

    word: str
    weight: float
    lift: float


@dataclass(frozen=True, eq=False)
class Topics:
    """Topics of a corpus, the largest first.

    Attributes
    ----------
    words : WordCounts
        The words that counted, and how often each document holds them.
    bases : ndarray [words, K]
        What each word weighs in each topic; the words of a topic add up to 1.
    activations : ndarray [K, documents]
        How much of each document is each topic's. With the weighting "counts", in words: each
        document's add up to its number of words.
    losses : ndarray [iterations + 1]
        The divergence at the start and after each iteration.
    start_losses : ndarray [starts]
        The divergence of each start when the best was chosen.
    weighting : str
    """

    words: WordCounts
    bases: np.ndarray
    activations: np.ndarray
    losses: np.ndarray
    start_losses: np.ndarray
    weighting: str

    @property
    def n_topics(self) -> int:
        """How many topics there are, K."""
        return len(self.activations)

    @property
    def shares(self) -> np.ndarray:
        """The mixture of topics in each document, [K, documents]; zeros where it has no word."""
        total = self.activations.sum(axis=0, dtype=np.float64)
        return np.divide(
            self.activations, total, out=np.zeros(self.activations.shape), where=total > 0
        )

    @property
    def clusters(self) -> np.ndarray:
        """Each document's strongest topic, [documents]; `NO_CLUSTER` where it has no word."""
        strongest = self.activations.argmax(axis=0)
        return np.where(self.activations.any(axis=0), strongest, NO_CLUSTER)

    @property
    def sizes(self) -> np.ndarray:
        """How many documents each topic is the strongest of, [K]."""
        clusters = self.clusters
        return np.bincount(clusters[clusters != NO_CLUSTER], minlength=self.n_topics)

    def top_words(self, n_words: int) -> list[list[TopWord]]:
        """List the words that characterise each topic, the most relevant first.

        Notes
        -----
        Relevance is the logarithm of a word's weight, raised by how much more it weighs here than
        in the whole corpus: words that every topic holds are of none.

        References
        ----------
        C. Sievert, K. Shirley, "LDAvis: a method for visualizing and interpreting topics",
        Workshop on Interactive Language Learning, Visualization, and Interfaces 2014.
        """
        bases = self.bases.astype(np.float64)
        strength = self.activations.sum(axis=1, dtype=np.float64)
        lift = bases / (bases @ (strength / strength.sum()))[:, None]
        tiny = np.finfo(np.float32).tiny
        relevance = np.log(bases + tiny) + (1 - _RELEVANCE) / _RELEVANCE * np.log(lift + tiny)
        order = np.argsort(-relevance, axis=0, kind="stable")[:n_words]
        return [
            [TopWord(str(self.words.vocabulary[i]), bases[i, k], lift[i, k]) for i in order[:, k]]
            for k in range(bases.shape[1])
        ]


def find_topics(
    documents: Sequence[str] | Any,
    n_topics: int = 10,
    *,
    vocabulary: Sequence[str] | None = None,
    stop_words: str | Collection[str] | None = "english",
    min_df: float = 2,
    max_df: float = 0.5,
    token_pattern: str = TOKEN_PATTERN,
    weighting: str = WEIGHTINGS[0],
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
    client: Client | None = None,
) -> Topics:
    r"""Find what texts are about: words that occur together.

    Parameters
    ----------
    documents : sequence of str, or array or sparse matrix [documents, words]
        Texts, or counts of words.
    n_topics : int
    vocabulary : sequence of str, optional
        The words of a matrix's columns; numbered from 1 by default.
    stop_words : {"english", "none"}, collection of str, or None
        Words to leave out.
    min_df, max_df : int or float
        In how many documents a word must and may be: an int is their number, a float their share
        of the documents that hold words.
    token_pattern : str
        What a word is, in texts: a regular expression. By default two letters or more; for texts
        with spaces between all words, of any language, ``r"\S+"``.
    weighting : {"informative", "counts"}
        Counts weighed by how much their words tell of a theme, and their roots; or as they are,
        the lecture's.
    seed : int
        Of the random starts; the same gives the same bytes.
    progress : callable, optional
        Called with the share of the work done, 0 to 1.
    client : distributed.Client, optional
        Factorises on its Dask cluster, each worker the counts of its share of the documents. The
        topics are the same, up to rounding.

    Returns
    -------
    Topics

    Raises
    ------
    UnsuitableInputError
        If the documents hold no word, or a matrix what cannot be a count.
    ParameterError
        If an option has a value that cannot work, or there are more topics than documents or
        words.
    ClusterError
        If the cluster is lost.

    Notes
    -----
    Of twenty starts the best after ten iterations goes on. Factorising counts under this
    divergence is probabilistic latent semantic analysis.

    References
    ----------
    D. D. Lee, H. S. Seung, "Algorithms for non-negative matrix factorization", NIPS 2000.
    E. Gaussier, C. Goutte, "Relation between PLSA and NMF and implications", SIGIR 2005.

    Examples
    --------
    >>> texts = ["red apples, ripe plums", "ripe plums and red apples", "the apples are ripe"]
    >>> texts += ["fast trains at night", "night trains are late", "late, but fast: trains"]
    >>> topics = find_topics(texts, 2)
    >>> topics.clusters.tolist()
    [0, 0, 0, 1, 1, 1]
    """
    if weighting not in WEIGHTINGS:
        raise ParameterError(f"there is no weighting {weighting!r}: give one of {WEIGHTINGS}")
    rng = generator(seed)
    stop = stop_words_of(stop_words, token_pattern)
    words = _counted(documents, vocabulary, token_pattern)
    words = words.selected(stop, min_df, max_df)
    n_documents = int(np.count_nonzero(words.counts.sum(axis=1)))
    most = min(n_documents, len(words.vocabulary))
    if checked_count(n_topics, "n_topics", 1) > most:
        raise ParameterError(
            f"{n_topics} topics of {n_documents} documents that hold {len(words.vocabulary)} "
            f"words: give 1 to {most}"
        )
    counts = words.counts
    matrix = informative_counts(counts) if weighting == "informative" else _as_they_are(counts)
    found, losses, start_losses = _fitted(matrix, n_topics, rng, progress, client)
    order = np.argsort(-found.activations.sum(axis=1, dtype=np.float64), kind="stable")
    bases, activations = found.bases[:, order], found.activations[order]
    return Topics(words, bases, activations, losses, start_losses, weighting)


def _counted(documents: Any, vocabulary: Sequence[str] | None, token_pattern: str) -> WordCounts:
    """Count the words of texts, or take a matrix of counts."""
    if getattr(documents, "ndim", 1) == 2:
        return WordCounts.of_matrix(documents, vocabulary)
    texts = [] if isinstance(documents, str) else list(documents)
    if not texts or not all(isinstance(text, str) for text in texts):
        raise ParameterError("documents must be a list of texts, or a matrix of counts")
    return WordCounts.of_texts(texts, token_pattern)


def _as_they_are(counts: Any) -> Any:
    return sp.csr_array(counts.astype(np.float32))


def _fitted(
    matrix: Any,
    n_topics: int,
    rng: np.random.Generator,
    progress: Callable[[float], None] | None,
    client: Client | None,
) -> tuple[Factorization, np.ndarray, np.ndarray]:
    """Factorise [words, documents] from the best of several starts; its losses and those of all."""
    report = progress or (lambda share: None)
    fit = (
        partial(factorize, sp.csr_array(matrix.T))
        if client is None
        else BlockMatrix(client, matrix.T, axis=1).factorize
    )
    neighbourhoods = Neighbourhoods.of(matrix)
    total = _STARTS * TRIAL + _ITERATIONS
    best, losses = None, []
    for number, chance in enumerate(rng.spawn(_STARTS)):
        bases, activations = neighbourhoods.draw(n_topics, chance)
        trial = fit(n_topics, bases=bases, activations=activations, max_iter=TRIAL)
        losses.append(trial.losses[-1])
        if best is None or losses[-1] < best.losses[-1]:
            best = trial  # only the best is kept: all would fill the memory
        report((number + 1) * TRIAL / total)
    assert best is not None
    found = fit(
        n_topics, bases=best.bases, activations=best.activations, max_iter=_ITERATIONS,
        progress=lambda share: report((_STARTS * TRIAL + share * _ITERATIONS) / total),
    )  # fmt: skip
    return found, np.concatenate([best.losses, found.losses[1:]]), np.array(losses)
