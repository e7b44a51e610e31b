import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from tdsep.topics import TOKEN_PATTERN
from tdsep.topics.counting import WordCounts, stop_words_of
from tdsep.topics.weighting import informative_counts, residual_idf


def bag(words: WordCounts) -> list[dict[str, int]]:
    return [
        {str(words.vocabulary[i]): int(row[i]) for i in np.flatnonzero(row)}
        for row in words.counts.toarray()
    ]


def test_words_are_counted():
    words = WordCounts.of_texts(["Red, red ROSES!", "", "Élan vital; 7 of 9 x2 a _b_ don't"])
    assert bag(words) == [
        {"red": 2, "roses": 1}, {}, {"élan": 1, "vital": 1, "of": 1, "don": 1}
    ]  # fmt: skip


def test_words_with_spaces_between_them_of_any_language():
    words = WordCounts.of_texts(["猫 は 魚 が 好き", "魚 が ない"], r"\S+")
    assert bag(words)[1] == {"魚": 1, "が": 1, "ない": 1}


def test_stop_words():
    assert stop_words_of(None, "") == stop_words_of("none", "") == frozenset()
    assert stop_words_of("english", "") > ENGLISH_STOP_WORDS
    assert stop_words_of(["Don't", "dass"], TOKEN_PATTERN) == {"don", "dass"}
    texts = ["I don't know they've been, you'll see", "isn't it so"] * 2
    left = WordCounts.of_texts(texts).selected(stop_words_of("english", ""), 1, 1.0)
    assert left.vocabulary.tolist() == ["know"]


texts = st.lists(
    st.lists(st.sampled_from(["red", "green", "blue", "grey"])).map(" ".join), min_size=1
)


@given(texts, st.integers(1, 4), st.integers(1, 6))
def test_limits_are_those_of_scikit_learn(texts, least, most):
    from sklearn.feature_extraction.text import CountVectorizer

    try:
        theirs = CountVectorizer(min_df=least, max_df=max(least, most)).fit(texts)
        expected = theirs.get_feature_names_out().tolist()
    except ValueError:
        return
    ours = WordCounts.of_texts(texts).selected((), least, max(least, most))
    assert ours.vocabulary.tolist() == expected
    assert (ours.counts != theirs.transform(texts)).nnz == 0


def test_shares_are_of_the_documents_that_hold_words():
    words = WordCounts.of_texts(["red blue", "red", "red", "blue grey", "", "", "", ""])
    assert words.selected((), 1, 0.5).vocabulary.tolist() == ["blue", "grey"]
    assert words.selected((), 0.75, 1.0).vocabulary.tolist() == ["red"]


def test_residual_idf_is_the_papers():
    """-log2(df / D) + log2(1 - exp(-cf / D)), in nats; 0 where it would be negative."""
    counts = np.array([[3, 1, 0], [0, 1, 0], [0, 1, 2], [0, 0, 0]])
    df, cf = (counts > 0).sum(axis=0), counts.sum(axis=0)
    expected = np.maximum(np.log(4 / df) + np.log(1 - np.exp(-cf / 4)), 0)
    np.testing.assert_allclose(residual_idf(sp.csr_array(counts)), expected)
    assert expected[0] > 0.5 > expected[1]


def test_words_strewn_by_chance_tell_nothing(rng):
    counts = sp.csr_array(rng.poisson(0.2, (20000, 5)))
    np.testing.assert_allclose(residual_idf(counts), 0, atol=0.03)


def test_of_short_texts_all_words_count_alike():
    counts = sp.csr_array(np.eye(6, dtype=int))
    np.testing.assert_allclose(informative_counts(counts).toarray(), np.sqrt(0.1) * np.eye(6))


@given(st.integers(1, 50), st.integers(2, 5))
def test_more_of_a_word_is_more(n, factor):
    counts = sp.csr_array(np.array([[n, 1], [factor * n, 1], [0, 1]]))
    weighed = informative_counts(counts).toarray()
    assert weighed[1, 0] == pytest.approx(np.sqrt(factor) * weighed[0, 0])
    assert weighed.dtype == np.float32
