"""Missing entries predicted by several matrices."""

import numpy as np
import pytest
from scipy import sparse

from tdsep.errors import ParameterError
from tdsep.nmf import compare_held_out, complete_jointly, divergence, factorize_jointly
from tdsep.nmf.completion import STRENGTHS
from tests.nmf import oracle
from tests.nmf.cases import KINDS, NAMED

SIZES = {"user": 60, "good": 50, "word": 40, "town": 12}
TARGET = ("user", "good")
PAIRS = [TARGET, ("good", "word"), ("user", "town")]
QUICK = {"prior": 3.0, "max_iter": 30, "seed": 0}


def tables(rng, share=0.05, n_components=3):
    """Three tables of the same components, and which entries of the first are known."""
    true = {mode: rng.gamma(0.5, 2.0, (n, n_components)) for mode, n in SIZES.items()}
    matrices = {
        (row, column): rng.gamma(5.0, 0.2, (SIZES[row], SIZES[column]))
        * (true[row] @ true[column].T)
        for row, column in PAIRS
    }
    known = (rng.random(matrices[TARGET].shape) < share).astype(np.float32)
    return matrices, {TARGET: known}


def test_the_others_help(rng):
    gains = []
    for _ in range(2):
        matrices, known = tables(rng)
        missing = 1 - known[TARGET]
        errors = [
            divergence(
                matrices[TARGET],
                complete_jointly(those, 3, weights=known, max_iter=80, seed=0).prediction(TARGET),
                weights=missing,
            )
            for those in (matrices, {TARGET: matrices[TARGET]})
        ]
        gains.append(errors[0] / errors[1])
    assert max(gains) < 0.8, gains


@pytest.mark.parametrize("kind", KINDS)
def test_missing_entries_are_never_looked_at(rng, kind):
    matrices, known = tables(rng, 0.2)
    other = np.where(known[TARGET] > 0, matrices[TARGET], 1e3 * rng.random(known[TARGET].shape))
    options = {"weights": known, "divergence": kind, "seed": 0, "max_iter": 5}
    one = complete_jointly(matrices, 3, **options)
    two = complete_jointly({**matrices, TARGET: other}, 3, **options)
    np.testing.assert_array_equal(one.prediction(TARGET), two.prediction(TARGET))
    assert one.prior_errors == two.prior_errors


@pytest.mark.parametrize("kind", NAMED)
def test_without_a_prior_it_is_the_joint_factorisation_of_the_scaled_matrices(rng, kind):
    matrices, known = tables(rng, 0.3)
    found = complete_jointly(matrices, 3, weights=known, divergence=kind, prior=0.0, seed=5)
    assert found.scales[TARGET] == pytest.approx(matrices[TARGET][known[TARGET] > 0].mean())
    sizes = {pair: X.size for pair, X in matrices.items()} | {TARGET: known[TARGET].sum()}
    for pair, weight in found.matrix_weights.items():
        assert weight == pytest.approx((max(sizes.values()) / sizes[pair]) ** 0.5)
    scaled = {pair: X / found.scales[pair] for pair, X in matrices.items()}
    losses = sum(
        found.matrix_weights[pair]
        * oracle.divergence(X, found.factorization.reconstruction(pair), kind, known.get(pair))
        for pair, X in scaled.items()
    )
    assert found.factorization.losses[-1] == pytest.approx(losses, rel=1e-3)
    assert np.diff(found.factorization.losses).max() <= 0
    np.testing.assert_allclose(
        found.prediction(TARGET),
        found.scales[TARGET] * found.factorization.reconstruction(TARGET),
        rtol=1e-6,
    )


@pytest.mark.parametrize("kind", NAMED)
def test_a_prior_that_holds_firmly_leaves_the_mean(rng, kind):
    matrices, known = tables(rng, 0.3)
    found = complete_jointly(matrices, 3, weights=known, divergence=kind, prior=1e6, seed=0)
    mean = matrices[TARGET][known[TARGET] > 0].mean()
    np.testing.assert_allclose(found.prediction(TARGET), mean, rtol=0.05)


def test_the_prior_is_a_gamma_prior(rng):
    """Its part of the loss: prior * (f / mean - log(f / mean) - 1) for each entry of a factor."""
    matrices, known = tables(rng, 0.3)
    fit = complete_jointly(matrices, 3, weights=known, prior=2.0, seed=0, dtype=np.float64)
    factors, mean = fit.factorization.factors, 3**-0.5
    assert set(factors) == set(SIZES)
    loss = sum(
        fit.matrix_weights[a, b]
        * oracle.divergence(X / fit.scales[a, b], factors[a] @ factors[b].T, 1, known.get((a, b)))
        for (a, b), X in matrices.items()
    )
    loss += sum(
        2.0 * (factor / mean - np.log(factor / mean) - 1).sum() for factor in factors.values()
    )
    assert fit.factorization.losses[-1] == pytest.approx(loss, rel=1e-6)


def test_what_nothing_is_known_of_gets_the_mean_of_its_like(rng):
    matrices, known = tables(rng, 0.3)
    known[TARGET][7] = 0
    alone = complete_jointly({TARGET: matrices[TARGET]}, 3, weights=known, **QUICK)
    factors = alone.factorization.factors
    np.testing.assert_allclose(factors["user"][7], 3**-0.5, rtol=1e-2)


def test_units_do_not_matter(rng):
    matrices, known = tables(rng, 0.3)
    gains = {TARGET: 1e3, PAIRS[1]: 1e-4, PAIRS[2]: 50.0}
    one = complete_jointly(matrices, 3, weights=known, **QUICK)
    other = complete_jointly(
        {pair: gains[pair] * X for pair, X in matrices.items()}, 3, weights=known, **QUICK
    )
    for pair in PAIRS:
        np.testing.assert_allclose(
            other.prediction(pair), gains[pair] * one.prediction(pair), rtol=1e-2
        )


def test_the_strength_is_the_one_that_predicts_best(rng):
    matrices, known = tables(rng, 0.1)
    found = complete_jointly(matrices, 3, weights=known, max_iter=50, seed=0)
    assert tuple(found.prior_errors) == STRENGTHS
    assert found.prior == min(STRENGTHS, key=lambda strength: found.prior_errors[strength])
    again = complete_jointly(matrices, 3, weights=known, max_iter=50, seed=0)
    np.testing.assert_array_equal(again.prediction(TARGET), found.prediction(TARGET))
    given = complete_jointly(matrices, 3, weights=known, max_iter=50, seed=0, prior=found.prior)
    np.testing.assert_array_equal(given.prediction(TARGET), found.prediction(TARGET))
    assert given.prior_errors == {}


def test_few_known_entries_choose_nothing(rng):
    matrices, known = tables(rng, 0.0)
    known[TARGET][3, :9] = 1
    found = complete_jointly(matrices, 3, weights=known, max_iter=10, seed=0)
    assert (found.prior, found.prior_errors) == (3.0, {})
    X = np.zeros((10, 10))
    X[0, 0] = 1  # held out, it would leave zeros only
    found = complete_jointly({TARGET: X}, 1, max_iter=10, seed=0)
    assert found.prior_errors == {}


def test_a_sparse_matrix_beside_the_target(rng):
    matrices, known = tables(rng, 0.2)
    matrices[PAIRS[1]] = rng.poisson(0.3 * matrices[PAIRS[1]]).astype(float)
    weights = known | {PAIRS[1]: (rng.random((50, 40)) < 0.8).astype(float)}
    full = complete_jointly(matrices, 3, weights=weights, prior=3.0, max_iter=300, seed=0)
    thin = complete_jointly(
        matrices | {PAIRS[1]: sparse.csr_array(matrices[PAIRS[1]])}, 3,
        weights=weights | {PAIRS[1]: sparse.csr_array(weights[PAIRS[1]])},
        prior=3.0, max_iter=300, seed=0,
    )  # fmt: skip
    assert thin.scales == pytest.approx(full.scales)
    assert thin.factorization.losses[-1] == pytest.approx(full.factorization.losses[-1], rel=0.01)


@pytest.mark.parametrize("prior", [None, 3.0])
def test_progress_rises_to_one(rng, prior):
    matrices, known = tables(rng, 0.2)
    for run in (complete_jointly, lambda *args, **kw: compare_held_out(*args, 0.1, **kw)):
        shares = []
        run(matrices, 3, weights=known, prior=prior, max_iter=5, seed=0, progress=shares.append)
        assert shares == sorted(shares)
        assert shares[-1] == 1
        assert len(shares) > 5


@pytest.mark.parametrize("kind", NAMED)
def test_held_out_entries_are_predicted_without_being_seen(rng, kind):
    matrices, known = tables(rng, 0.2)
    options = {"weights": known, "divergence": kind} | QUICK
    found = compare_held_out(matrices, 3, 0.25, **options)
    X, places = matrices[TARGET], (found.rows, found.columns)
    assert found.truth.size == round(0.25 * known[TARGET].sum())
    assert known[TARGET][places].all()
    np.testing.assert_array_equal(found.truth, X[places])
    changed = X.copy()
    changed[places] *= 1e3
    other = compare_held_out(matrices | {TARGET: changed}, 3, 0.25, **options)
    for name, prediction in found.predictions.items():
        np.testing.assert_array_equal(other.predictions[name], prediction)
        error = oracle.divergence(found.truth[None], prediction[None], kind) / found.truth.size
        assert found.errors[name] == pytest.approx(error, rel=1e-6)


def test_the_means(rng):
    matrices, known = tables(rng, 0.2)
    found = compare_held_out(matrices, 3, 0.1, weights=known, **QUICK)
    left = known[TARGET].copy()
    left[found.rows, found.columns] = 0
    X, mean = matrices[TARGET], matrices[TARGET][left > 0].mean()

    def drawn(values):
        return (values.sum() + 5 * mean) / (values.size + 5)

    for i, j, predicted in zip(found.rows, found.columns, found.predictions["means"], strict=True):
        row, column = X[i][left[i] > 0], X[:, j][left[:, j] > 0]
        assert predicted == pytest.approx(drawn(row) * drawn(column) / mean, rel=1e-5)


ONES = np.ones((6, 8))


@pytest.mark.parametrize(
    ("matrices", "options", "words"),
    [
        ({}, {}, "matrices"),
        ([ONES], {}, "matrices"),
        ({TARGET: ONES}, {"prior": -1}, "prior"),
        ({TARGET: ONES}, {"prior": np.nan}, "prior"),
        ({TARGET: ONES}, {"weights": {("a", "b"): ONES}}, "'a', 'b'"),
        ({TARGET: ONES}, {"weights": {TARGET: 0 * ONES}}, "zero"),
        ({TARGET: sparse.csr_array(ONES)}, {}, "is sparse"),
        ({TARGET: ONES, ("a", "good"): sparse.eye_array(8)}, {"divergence": 2}, "is sparse"),
        ({TARGET: ONES, ("good", "word"): np.ones((7, 3))}, {}, "8 in"),
    ],
)
def test_what_cannot_be(matrices, options, words):
    with pytest.raises(ParameterError, match=words):
        complete_jointly(matrices, 2, seed=0, **options)


@pytest.mark.parametrize("share", [0, 1, -0.5, np.nan, "much"])
def test_shares_that_cannot_be_held_out(share):
    with pytest.raises(ParameterError, match="share"):
        compare_held_out({TARGET: ONES}, 2, share)


def test_something_must_be_left():
    X = np.zeros((3, 3))
    X[1, 1] = 2
    with pytest.raises(ParameterError, match="too few known entries"):
        compare_held_out({TARGET: X}, 1, 0.1, weights={TARGET: X > 0})


def test_no_such_matrix(rng):
    found = complete_jointly({TARGET: ONES}, 1, prior=1.0, max_iter=2, seed=0)
    assert found.prediction(TARGET).shape == (6, 8)
    with pytest.raises(ParameterError, match="no matrix"):
        found.prediction(("good", "word"))


def test_it_starts_where_factorize_jointly_can(rng):
    """The factors are those of a joint factorisation: they can be kept in another."""
    matrices, known = tables(rng, 0.3)
    found = complete_jointly(matrices, 3, weights=known, **QUICK)
    fixed = {"good": found.factorization.factors["good"]}
    more = factorize_jointly({TARGET: matrices[TARGET]}, 3, fixed_factors=fixed, max_iter=2, seed=0)
    np.testing.assert_array_equal(more.factors["good"], fixed["good"])
