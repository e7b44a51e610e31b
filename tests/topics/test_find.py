import re

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.optimize import linear_sum_assignment

import tdsep
from tdsep.corpus import read_corpus
from tdsep.errors import ParameterError, UnsuitableInputError
from tdsep.nmf import factorize
from tdsep.topics import NO_CLUSTER, WEIGHTINGS
from tdsep.topics.agreement import agreement
from tests.conftest import SAMPLES

ALL_WORDS = {"stop_words": None, "min_df": 1, "max_df": 1.0}


def find(planted, n_topics=4, **options):
    return tdsep.find_topics(planted.counts, n_topics, **(ALL_WORDS | options))


@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("seed", range(3))
def test_planted_topics_are_found(planted, weighting, seed):
    topics = find(planted, weighting=weighting, seed=seed)
    found = agreement(topics.clusters, planted.main.astype(str).tolist(), 4)
    assert found.nmi > 0.9
    if weighting == "counts":
        present = topics.words.vocabulary.astype(int) - 1
        overlap = np.minimum(planted.bases[present][:, :, None], topics.bases[:, None]).sum(axis=0)
        rows, columns = linear_sum_assignment(overlap, maximize=True)
        assert overlap[rows, columns].min() > 0.8


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_what_adds_up(planted, weighting):
    topics = find(planted, weighting=weighting)
    np.testing.assert_allclose(topics.bases.sum(axis=0), 1, rtol=1e-5)
    np.testing.assert_allclose(topics.shares.sum(axis=0), 1)
    assert topics.sizes.sum() == 300
    assert (np.diff(topics.losses) <= 0).all()
    assert topics.losses[-1] <= topics.start_losses.min()
    sizes = topics.activations.sum(axis=1)
    assert (np.diff(sizes) <= 0).all()


def test_of_plain_counts_activations_are_words(planted):
    topics = find(planted, weighting="counts")
    np.testing.assert_allclose(topics.activations.sum(axis=0), 80, rtol=1e-2)
    explained = topics.bases @ topics.activations.sum(axis=1)
    np.testing.assert_allclose(explained, topics.words.counts.sum(axis=0), atol=0.5)


def test_the_start_is_better_than_random_ones(planted):
    ours = find(planted, weighting="counts").losses[-1]
    columns = sp.csr_array(planted.counts.T.astype(np.float32))
    random = [factorize(columns, 4, seed=seed).losses[-1] for seed in range(5)]
    assert ours <= min(random) * 1.001


def test_the_same_seed_gives_the_same_bytes(planted):
    first, again, other = (find(planted, seed=seed) for seed in (1, 1, 2))
    assert first.bases.tobytes() == again.bases.tobytes()
    assert first.activations.tobytes() == again.activations.tobytes()
    assert first.start_losses.tolist() != other.start_losses.tolist()


def test_documents_without_words_are_in_no_cluster(planted):
    gap = planted.counts.toarray()
    gap[[0, 17]] = 0
    topics = tdsep.find_topics(gap, 4, **ALL_WORDS)
    assert np.flatnonzero(topics.clusters == NO_CLUSTER).tolist() == [0, 17]
    assert not topics.shares[:, [0, 17]].any()
    assert topics.sizes.sum() == 298
    assert np.isfinite(topics.activations).all()


def test_dense_sparse_and_fractional_counts(planted):
    dense = tdsep.find_topics(planted.counts.toarray(), 4, **ALL_WORDS)
    assert dense.bases.tobytes() == find(planted).bases.tobytes()
    for kind in (np.float16, np.uint8, bool):
        plain = planted.counts.toarray().astype(kind)
        assert np.isfinite(tdsep.find_topics(plain, 4, **ALL_WORDS).bases).all()
    wide = tdsep.find_topics(planted.counts * np.exp(np.arange(200) / 9), 4, **ALL_WORDS)
    assert np.isfinite(wide.activations).all()
    halves = tdsep.find_topics(planted.counts * 0.5, 4, weighting="counts", **ALL_WORDS)
    np.testing.assert_array_equal(halves.clusters, find(planted, weighting="counts").clusters)


def test_texts_of_known_themes():
    letters = read_corpus(SAMPLES / "letters.jsonl")
    topics = tdsep.find_topics(letters.texts, 6)
    found = agreement(topics.clusters, letters.labels, 6)
    assert found.nmi > 0.95
    tops = [" ".join(word.word for word in words) for words in topics.top_words(10)]
    for theme in ("recipe|oven", "rails|railway", "soil|compost", "melody|singers", "doctor|fever"):
        assert any(re.search(theme, top) for top in tops), theme


def test_top_words_are_the_topics_own(planted):
    vocabulary = [f"word{number}" for number in range(200)]
    topics = find(planted, vocabulary=vocabulary)
    for k, words in enumerate(topics.top_words(5)):
        assert len(words) == 5
        for word in words:
            column = topics.words.vocabulary.tolist().index(word.word)
            assert word.weight == pytest.approx(topics.bases[column, k])
            assert word.lift > 1
    mean = topics.bases @ (topics.activations.sum(axis=1) / topics.activations.sum())
    np.testing.assert_allclose(mean.sum(), 1, rtol=1e-5)


def test_a_word_of_all_topics_is_less_relevant_than_heavy(planted):
    common = np.full((300, 1), 10)
    topics = tdsep.find_topics(np.hstack([common, planted.counts.toarray()]), 4,
                               weighting="counts", **ALL_WORDS)  # fmt: skip
    n_words = len(topics.words.vocabulary)
    for k, words in enumerate(topics.top_words(n_words)):
        assert sorted(word.word for word in words) == sorted(topics.words.vocabulary)
        relevant = [word.word for word in words].index("1")
        heavy = (topics.bases[:, k] > topics.bases[0, k]).sum()
        assert words[relevant].lift == pytest.approx(1, abs=0.01)
        assert relevant > heavy


def test_as_many_topics_as_documents_or_one():
    texts = ["one two two", "two three three", "three one one"]
    for n_topics in (1, 3):
        topics = tdsep.find_topics(texts, n_topics, **ALL_WORDS)
        assert topics.n_topics == n_topics
        assert np.isfinite(topics.bases).all()


def test_a_document_many_times():
    topics = tdsep.find_topics(["same old words"] * 20 + ["other new things"] * 20, 4, max_df=1.0)
    assert np.isfinite(topics.activations).all()


def test_progress_rises_to_the_end(planted):
    told = []
    find(planted, progress=told.append)
    assert told[-1] == pytest.approx(1)
    assert (np.diff(told) >= 0).all()


@pytest.mark.parametrize(
    ("documents", "options", "words"),
    [
        ("a text", {}, "a list of texts"),
        ([1, 2], {}, "a list of texts"),
        ([], {}, "a list of texts"),
        ([[1, 2], [3, 4]], {}, "a list of texts"),
        (["red", "blue"], {"seed": -1}, "is no seed"),
        (["red blue", "red blue"], {"n_topics": 1.5, "max_df": 1.0}, "a whole number"),
        (["a b", "c d"], {}, "no word is found by the token pattern"),
        (["red blue", "red blue"], {"n_topics": 3, "max_df": 1.0}, "give 1 to 2"),
        (["red blue", "red blue"], {"n_topics": 0, "max_df": 1.0}, "a whole number"),
        (["red blue", "red blue"], {}, "at least 2 and at most 50 % of the 2 documents"),
        (["red", "red", "blue", "blue"], {"min_df": 0.9}, "at least 90 % and at most 50 %"),
        (["red", "blue"], {"token_pattern": "("}, "no regular expression"),
        (["red", "blue"], {"token_pattern": "(r)(e)"}, "has 2 groups"),
        (["red", "blue"], {"token_pattern": r"\w*"}, "finds words in nothing"),
        (["red", "blue"], {"stop_words": "klingon"}, "no stop words 'klingon'"),
        (["red", "blue"], {"weighting": "magic"}, "no weighting 'magic'"),
        (np.eye(4), {"vocabulary": ["a"]}, "1 words and the matrix 4 columns"),
        (-np.eye(4), {}, "negative or not finite"),
        (np.full((4, 4), np.nan), {}, "negative or not finite"),
        (np.zeros((4, 4)), {}, "all counts are zero"),
        (np.zeros((0, 4)), {}, "all counts are zero"),
        (1e300 * np.eye(4), {}, "up to 1e\\+300"),
        (1e-300 * np.eye(4), {}, "up to 1e-300"),
    ],
)
def test_bad_input(documents, options, words):
    with pytest.raises((ParameterError, UnsuitableInputError), match=words):
        tdsep.find_topics(documents, **options)


def test_real_news_are_told_apart(real_data):
    import tarfile

    wanted = ("rec.sport.hockey", "sci.space", "talk.politics.mideast", "sci.crypt", "rec.autos")
    texts, groups = [], []
    with tarfile.open(real_data / "E_20news" / "20news-18828.tar.xz") as archive:
        for member in archive:
            group = member.name.split("/")[-2] if member.isfile() else ""
            if group in wanted and len(texts) < 5000:
                texts.append(archive.extractfile(member).read().decode("latin-1"))
                groups.append(group)
    topics = tdsep.find_topics(texts, 5)
    found = agreement(topics.clusters, groups, 5)
    assert found.nmi > 0.8
    assert found.purity > 0.9
