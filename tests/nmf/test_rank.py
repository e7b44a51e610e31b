"""The number of components, from data whose number is known."""

import numpy as np
import pytest
from scipy import sparse

from tdsep.errors import ParameterError
from tdsep.nmf import choose_rank
from tdsep.nmf.verdict import Verdict
from tests.nmf import oracle
from tests.nmf.cases import clear, rough


def loud(rng, rank):
    """Poisson counts around a product of `rank` components, most of them not zero."""
    bases, activations = rng.gamma(0.5, 1, (60, rank)), rng.gamma(0.5, 1, (rank, 70))
    return rng.poisson(60 / rank * bases @ activations).astype(np.float64)


def rare(rng, rank):
    """The same, most of them zero, in a sparse matrix."""
    bases, activations = rng.gamma(0.3, 1, (90, rank)), rng.gamma(0.3, 1, (rank, 80))
    return sparse.csr_array(rng.poisson(3 * bases @ activations).astype(np.float64))


@pytest.mark.parametrize("rank", [1, 3])
@pytest.mark.parametrize("make", [loud, rare])
def test_finds_the_number_and_shows_the_over_fitting(rng, make, rank):
    choice = choose_rank(make(rng, rank), [1, 2, 3, 6], max_iter=60, seed=0)
    assert choice.n_components == rank
    assert list(choice.candidates) == [1, 2, 3, 6]
    assert choice.errors.shape == (4,)
    assert choice.held_out_errors.shape == (4, 3)
    held_out = choice.held_out_errors.mean(axis=1)
    assert held_out[-1] > held_out[rank - 1]
    # Fits of all data get better with the components, fits of unseen data do not.
    assert (choice.errors > 0).all()
    assert (choice.errors[1:] < choice.errors[:-1]).all()


def test_the_reason_says_what_was_chosen(rng):
    choice = choose_rank(loud(rng, 2), [1, 2, 5], seed=0)
    assert str(choice.n_components) in choice.reason
    assert "\n" not in choice.reason


@pytest.mark.parametrize("kind", ["euclidean", "itakura-saito", 0.5])
def test_finds_the_number_by_any_divergence(rng, kind):
    choice = choose_rank(clear(rng), range(1, 6), divergence=kind, seed=0)
    assert choice.n_components == 3


def test_finds_the_number_of_patterns_of_several_frames(rng):
    bases, activations = rng.gamma(0.5, 1, (30, 2, 2)), rng.gamma(0.3, 1, (2, 120))
    X = rng.poisson(20 * oracle.product(bases, activations)).astype(np.float64)
    choice = choose_rank(X, [1, 2, 4], width=2, repeats=2, seed=0)
    assert choice.n_components == 2
    assert choice.held_out_errors.shape == (3, 2)


def test_errors_are_a_divergence_per_entry(rng):
    # A rank-one fit of Poisson counts is known: the product of the margins.
    X = rng.poisson(20 * np.outer(rng.random(60) + 0.2, rng.random(70) + 0.2)).astype(np.float64)
    choice = choose_rank(X, [1], repeats=2, seed=0)
    margins = np.outer(X.sum(axis=1), X.sum(axis=0)) / X.sum()
    expected = oracle.divergence(X, margins, 1) / X.size
    assert choice.errors[0] == pytest.approx(expected, rel=1e-2)
    np.testing.assert_allclose(choice.held_out_errors, expected, rtol=0.25)


def test_the_same_seed_gives_the_same_choice(rng):
    X = rough(rng)
    first, same, other = (choose_rank(X, [1, 3], max_iter=20, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.held_out_errors, same.held_out_errors)
    np.testing.assert_array_equal(first.errors, same.errors)
    assert first.reason == same.reason
    assert not np.array_equal(first.held_out_errors, other.held_out_errors)


def test_the_order_of_the_candidates_does_not_matter(rng):
    X = loud(rng, 2)
    tidy = choose_rank(X, [1, 2, 4], max_iter=50, seed=0)
    mixed = choose_rank(X, [4, 1, 2, 2, 4], max_iter=50, seed=0)
    assert mixed.n_components == tidy.n_components
    for name in ("errors", "held_out_errors"):
        table = dict(zip(map(int, mixed.candidates), getattr(mixed, name), strict=True))
        np.testing.assert_allclose([table[k] for k in (1, 2, 4)], getattr(tidy, name), rtol=1e-6)


@pytest.mark.parametrize("make", [loud, rare])
def test_leaves_the_data_as_they_are(rng, make):
    X = make(rng, 2)
    before = X.copy()
    choose_rank(X, [1, 2], max_iter=5, seed=0)
    assert abs(X - before).max() == 0


def test_sparse_is_dense_in_what_it_finds(rng):
    X = rare(rng, 2)
    thin, full = (choose_rank(data, [1, 2, 4], max_iter=60, seed=0) for data in (X, X.toarray()))
    assert thin.n_components == full.n_components == 2
    np.testing.assert_allclose(thin.errors, full.errors, rtol=0.05)


def test_sparse_data_must_be_counts(rng):
    with pytest.raises(ParameterError, match="counts"):
        choose_rank(rare(rng, 2) * 0.5, [1, 2], seed=0)


def test_a_perfect_fit_is_not_improved_by_rounding(rng):
    X = rng.random((60, 4)) @ rng.random((4, 50))
    assert choose_rank(X, range(2, 8), seed=0).n_components == 4


def verdict(numbers: list[int], unseen: np.ndarray) -> Verdict:
    """Judge means [numbers, repeats] over entries that all have the mean error."""
    tables = [[(mean, np.full(20, mean)) for mean in repeat] for repeat in unseen.T]
    return Verdict.of(np.array(numbers), tables, [20.0] * len(tables))


def test_one_wild_repeat_does_not_decide():
    unseen = np.array([[3.0, 3.1, 3.05], [2.0, 2.1, 2.05], [2.3, 2.4, 2.35]])
    wild = unseen.copy()
    wild[1, 0] = 300
    assert verdict([1, 2, 3], unseen).choice == verdict([1, 2, 3], wild).choice == 2
    assert verdict([1, 2, 3], unseen).convincing


@pytest.mark.parametrize(
    ("numbers", "middle", "words"),
    [
        ([1, 2, 3], [1, 2, 3], "no more than how large rows and columns are"),
        ([3, 4, 5], [1, 2, 3], "fewer may do"),
        ([3, 4, 5], [3, 2, 1], "more may be better"),
        ([7], [1], "only number tried"),
    ],
)
def test_says_so_where_nothing_stands_out(numbers, middle, words):
    found = verdict(numbers, np.array(middle)[:, None] + [[0.0, 0.01, -0.01]])
    assert not found.convincing
    assert words in found.reason


def test_repeats_that_differ_are_told():
    unseen = np.full((9, 3), 5.0)
    unseen[[1, 4, 7], [0, 1, 2]] = 1.0
    found = verdict(list(range(1, 10)), unseen)
    assert not found.convincing
    assert found.choices.tolist() == [2, 5, 8]


@pytest.mark.parametrize("rank", [3, 5])
def test_planted_numbers_under_exponential_noise(rank):
    rng = np.random.default_rng(rank)
    means = rng.gamma(0.5, 1, (120, rank)) @ rng.gamma(0.5, 1, (rank, 200))
    powers = means * rng.exponential(1, means.shape)
    found = choose_rank(powers, range(1, 8), divergence="itakura-saito", seed=0)
    assert (found.n_components, found.convincing) == (rank, True)


def test_chance_alone_convinces_of_nothing(rng):
    for matrix, divergence in (
        (rng.poisson(5, (60, 80)), "kullback-leibler"),
        (rng.exponential(1, (60, 80)), "itakura-saito"),
    ):
        found = choose_rank(matrix, range(1, 6), divergence=divergence, seed=0)
        assert (found.n_components, found.convincing) == (1, False)


def test_progress_rises_to_one(rng):
    shares = []
    choose_rank(rough(rng), [1, 2], max_iter=10, seed=0, progress=shares.append)
    assert len(shares) > 2
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
