"""Texts to counts of words, and which words count."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from tdsep.errors import ParameterError, UnsuitableInputError
from tdsep.topics import TOKEN_PATTERN

#: What the largest count may be.
_LEAST, _MOST = 1e-6, 1e12
#: What the pattern leaves of don't, they've, isn't, …, and scikit-learn's list does not hold.
_FRAGMENTS = frozenset(
    ("ain", "aren", "couldn", "didn", "doesn", "don", "hadn", "hasn", "haven", "isn", "ll", "mustn",
     "needn", "shan", "shouldn", "ve", "wasn", "weren", "wouldn")
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class WordCounts:
    """A bag of words for each document.

    Attributes
    ----------
    counts : csr_array [documents, words]
    vocabulary : ndarray [words] of str
    """

    counts: Any
    vocabulary: np.ndarray

    @classmethod
    def of_texts(cls, texts: Sequence[str], token_pattern: str = TOKEN_PATTERN) -> WordCounts:
        """Count the words of texts, in small letters.

        Parameters
        ----------
        texts : sequence of str
        token_pattern : str
            A regular expression for words; of one with a group, what the group finds.

        Raises
        ------
        ParameterError
            If the pattern is none, or has several groups.
        UnsuitableInputError
            If there is no word.
        """
        from sklearn.feature_extraction.text import CountVectorizer  # takes long to load

        _check_pattern(token_pattern)
        counter = CountVectorizer(token_pattern=token_pattern, dtype=np.int32)
        try:
            counts = counter.fit_transform(texts)
        except ValueError as error:
            if "empty vocabulary" not in str(error):
                raise
            raise UnsuitableInputError(
                f"no word is found by the token pattern {token_pattern!r}: look at the texts, or "
                "choose another pattern"
            ) from None
        return cls(sp.csr_array(counts), counter.get_feature_names_out())

    @classmethod
    def of_matrix(cls, matrix: Any, vocabulary: Sequence[str] | None = None) -> WordCounts:
        """Take counts that were made elsewhere.

        Parameters
        ----------
        matrix : array_like or sparse [documents, words]
        vocabulary : sequence of str, optional
            The words; numbered from 1 by default.

        Raises
        ------
        ParameterError
            If there are more or fewer words than columns.
        UnsuitableInputError
            If a count is negative, not finite or beyond all reason, or all are zero.
        """
        counts = sp.csr_array(matrix if sp.issparse(matrix) else np.asarray(matrix, np.float64))
        counts = counts.astype(np.float64)
        counts.sum_duplicates()
        n_words = counts.shape[1]
        if vocabulary is None:
            vocabulary = [str(number) for number in range(1, n_words + 1)]
        if len(vocabulary) != n_words:
            raise ParameterError(
                f"the vocabulary has {len(vocabulary)} words and the matrix {n_words} columns: "
                "give one word a column (documents are rows)"
            )
        if not np.isfinite(counts.data).all() or (counts.data < 0).any():
            raise UnsuitableInputError("holds numbers that are negative or not finite: give counts")
        most = counts.data.max(initial=0)
        if most == 0:
            raise UnsuitableInputError("holds no word: all counts are zero")
        if not _LEAST <= most <= _MOST:
            raise UnsuitableInputError(
                f"holds numbers of up to {most:.1g}: give counts, or numbers of about their size"
            )
        return cls(counts, np.array(vocabulary, object))

    def selected(
        self, stop_words: Collection[str] = (), min_df: float = 2, max_df: float = 0.5
    ) -> WordCounts:
        """Leave out words that tell nothing.

        Parameters
        ----------
        stop_words : collection of str
        min_df, max_df : int or float
            In how many documents a word must and may be: an int is their number, a float their
            share of the documents that hold words.

        Raises
        ------
        ParameterError
            If none is left.
        """
        present = self.counts.astype(bool)
        in_documents = np.asarray(present.sum(axis=0)).ravel()
        n_documents = np.count_nonzero(present.sum(axis=1))
        least, most = (
            limit * n_documents if isinstance(limit, float) else limit for limit in (min_df, max_df)
        )
        kept = (in_documents >= max(least, 1)) & (in_documents <= most)
        stop = frozenset(stop_words)
        kept &= np.array([word not in stop for word in self.vocabulary], bool)
        if not kept.any():
            raise ParameterError(
                f"no word is in at least {_limit(min_df)} and at most {_limit(max_df)} of the "
                f"{n_documents} documents that hold words (stop words do not count): "
                "choose another `min_df` or `max_df`"
            )
        return WordCounts(sp.csr_array(self.counts[:, kept]), self.vocabulary[kept])


def stop_words_of(words: str | Collection[str] | None, token_pattern: str) -> frozenset[str]:
    """Words to leave out: none, English ones, or those of a list, split as the texts are.

    Raises
    ------
    ParameterError
        If they are the name of something else, or the pattern is none.
    """
    if words is None or words == "none":
        return frozenset()
    if isinstance(words, str):
        if words != "english":
            raise ParameterError(
                f"there are no stop words {words!r}: give 'english', 'none', or a list of words"
            )
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        return ENGLISH_STOP_WORDS | _FRAGMENTS
    _check_pattern(token_pattern)
    pattern = re.compile(token_pattern)
    return frozenset(part for word in words for part in pattern.findall(word.lower()))


def _check_pattern(pattern: str) -> None:
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise ParameterError(
            f"the token pattern {pattern!r} is no regular expression ({error})"
        ) from None
    if re.search(pattern, "") is not None:
        raise ParameterError(
            f"the token pattern {pattern!r} finds words in nothing: let it ask for a letter or more"
        )
    if groups > 1:
        raise ParameterError(
            f"the token pattern {pattern!r} has {groups} groups: write (?:…) for all but one"
        )


def _limit(limit: float) -> str:
    return f"{100 * limit:g} %" if isinstance(limit, float) else str(limit)
