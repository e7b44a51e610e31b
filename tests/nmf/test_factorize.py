"""Dense factorisation: what never fails to hold, and agreement with slower codes."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import non_negative_factorization

from tdsep.nmf import divergence, factorize
from tests.nmf import oracle
from tests.nmf.cases import (
    KINDS,
    NAMED,
    SOLVERS,
    assert_falls,
    assert_never_rises,
    assert_sound,
    clear,
    holed,
    hundredths,
    mean_ratio,
    precision_gap,
    rough,
    scaled,
    spectrogram,
    start,
)

#: What a call may be told besides the data, each made for data of 24 x 31 and 4 components.
SITUATIONS = {
    "plain": lambda rng: {},
    "float64": lambda rng: {"dtype": np.float64},
    "weights": lambda rng: {"weights": rng.random((24, 31))},
    "missing": lambda rng: {"weights": (rng.random((24, 31)) < 0.7).astype(float)},
    "fixed bases": lambda rng: {"fixed_bases": rng.random((24, 2))},
    "fixed activations": lambda rng: {"fixed_activations": rng.random((1, 31))},
    "both fixed": lambda rng: {
        "fixed_bases": rng.random((24, 2)),
        "fixed_activations": rng.random((3, 31)),
    },
    "sparsity": lambda rng: {"sparsity": 0.2},
    "sparsity and weights": lambda rng: {"sparsity": 0.05, "weights": rng.random((24, 31))},
    "nndsvd": lambda rng: {"init": "nndsvd"},
    "all": lambda rng: {
        "fixed_bases": rng.random((24, 1)),
        "fixed_activations": rng.random((1, 31)),
        "weights": rng.random((24, 31)) * (rng.random((24, 31)) < 0.7),
        "sparsity": 0.1,
        "dtype": np.float64,
    },
}


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("data", [rough, holed])
def test_loss_never_rises_and_is_that_of_the_result(rng, data, situation, kind, solver):
    X, options = data(rng), SITUATIONS[situation](rng)
    fit = factorize(
        X, 4, divergence=kind, solver=solver, max_iter=40, tol=0, seed=0, **options
    )  # fmt: skip
    assert_sound(fit, X, kind, options.get("weights"), options.get("sparsity", 0.0))
    assert_falls(fit.losses, X, kind)
    assert fit.divergence == kind
    assert fit.bases.dtype == fit.activations.dtype == options.get("dtype", np.float32)


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    n_components=st.integers(1, 4),
    kind=st.one_of(st.sampled_from(NAMED), hundredths),
    solver=st.sampled_from(SOLVERS),
    dtype=st.sampled_from([np.float32, np.float64]),
    zeros=st.sampled_from([0.0, 0.3, 0.9]),
    missing=st.sampled_from([None, 0.0, 0.4]),
    sparsity=st.sampled_from([0.0, 0.0, 0.3]),
)
def test_loss_never_rises_whatever_is_asked_for(
    seed, shape, n_components, kind, solver, dtype, zeros, missing, sparsity
):
    rng = np.random.default_rng(seed)
    X = rng.gamma(0.5, 1.0, shape) * (rng.random(shape) >= zeros)
    X[0, 0] = 1.0
    weights = None
    if missing is not None:
        weights = rng.random(shape) * (rng.random(shape) >= missing)
        weights[0, 0] = 0.5
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # more components than both sides have
        fit = factorize(
            X, n_components, divergence=kind, solver=solver, dtype=dtype, weights=weights,
            sparsity=sparsity, max_iter=25, tol=0, seed=seed,
        )  # fmt: skip
    assert_sound(fit, X, kind, weights, sparsity)


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_loss_is_that_of_the_start_and_no_iteration_returns_it(rng, kind):
    X, (W, H) = holed(rng), start(rng, 24, 31, 4)
    fit = factorize(X, 4, divergence=kind, bases=W, activations=H, max_iter=0, dtype=np.float64)
    assert fit.n_iter == 0
    assert fit.losses[0] == pytest.approx(divergence(X, W @ H, kind), rel=1e-9)
    np.testing.assert_allclose(fit.reconstruction(), W @ H, rtol=1e-9)
    for factor, true in zip((fit.bases, fit.activations), scaled(W, H), strict=True):
        np.testing.assert_allclose(factor, true, rtol=1e-9)
    run = factorize(X, 4, divergence=kind, bases=W, activations=H, max_iter=3, dtype=np.float64)
    assert run.losses[0] == pytest.approx(fit.losses[0], rel=1e-9)


STEPS = {
    "plain": lambda rng: {},
    "weights": lambda rng: {"weights": rng.random((24, 31))},
    "missing": lambda rng: {"weights": (rng.random((24, 31)) < 0.7).astype(float)},
    "fixed bases": lambda rng: {"fixed_bases": rng.random((24, 2))},
    "fixed activations": lambda rng: {"fixed_activations": rng.random((2, 31))},
    "both fixed": lambda rng: {
        "fixed_bases": rng.random((24, 3)),
        "fixed_activations": rng.random((2, 31)),
        "weights": rng.random((24, 31)),
    },
}


def assert_follows(fit, bases, activations, losses, rtol=1e-6):
    """The same losses all the way, and the same factors but for how they share their scale."""
    np.testing.assert_allclose(fit.losses, losses, rtol=rtol)
    found = scaled(fit.bases.astype(np.float64), fit.activations.astype(np.float64))
    for factor, true in zip(found, scaled(bases, activations), strict=True):
        np.testing.assert_allclose(factor, true, rtol=100 * rtol, atol=rtol * true.mean())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("situation", STEPS)
def test_multiplicative_is_the_textbook_step_by_step(rng, situation, kind):
    X, options, (W, H) = rough(rng), STEPS[situation](rng), start(rng, 24, 31, 4)
    fit = factorize(
        X, 4, divergence=kind, solver="multiplicative", bases=W, activations=H, max_iter=15,
        tol=0, dtype=np.float64, **options,
    )  # fmt: skip
    assert_follows(fit, *oracle.multiplicative(X, W, H, kind, 15, **options))


@pytest.mark.parametrize("kind", [*NAMED, -0.5, 0.5, 1.5, 2.5])
def test_multiplicative_is_the_textbook_with_zeros_too(rng, kind):
    X, (W, H) = holed(rng), start(rng, 24, 31, 4)
    fit = factorize(
        X, 4, divergence=kind, solver="multiplicative", bases=W, activations=H, max_iter=15,
        tol=0, dtype=np.float64,
    )  # fmt: skip
    assert_follows(fit, *oracle.multiplicative(X, W, H, kind, 15))


@pytest.mark.parametrize("shape", [(600, 3000), (3000, 600), (5, 9000)])
@pytest.mark.parametrize("kind", NAMED)
def test_blocks_do_not_show(rng, shape, kind):
    X, (W, H) = rough(rng, *shape), start(rng, *shape, 5)
    options = {"divergence": kind, "bases": W, "activations": H, "tol": 0}
    fit = factorize(X, 5, solver="multiplicative", max_iter=2, dtype=np.float64, **options)
    assert_follows(fit, *oracle.multiplicative(X, W, H, kind, 2))
    assert_sound(factorize(X, 5, max_iter=3, **options), X, kind)


@pytest.mark.parametrize("shape", [(1200, 40), (40, 1200)])
def test_blocks_do_not_show_with_weights(rng, shape):
    X, weights, (W, H) = rough(rng, *shape), rng.random(shape), start(rng, *shape, 3)
    options = {"bases": W, "activations": H, "tol": 0, "weights": weights}
    fit = factorize(X, 3, solver="multiplicative", max_iter=3, dtype=np.float64, **options)
    assert_follows(fit, *oracle.multiplicative(X, W, H, 1, 3, weights))
    assert_sound(factorize(X, 3, max_iter=3, **options), X, 1, weights)


@pytest.mark.parametrize("kind", [0, 0.5, 1, 1.5, 2])
def test_multiplicative_agrees_with_scikit_learn(rng, kind):
    X, (W, H) = rough(rng), start(rng, 24, 31, 4)
    theirs_w, theirs_h, _ = non_negative_factorization(
        X, W.copy(), H.copy(), n_components=4, init="custom", solver="mu", beta_loss=kind,
        tol=0, max_iter=20,
    )  # fmt: skip
    fit = factorize(
        X, 4, divergence=kind, solver="multiplicative", bases=W, activations=H, max_iter=20,
        tol=0, dtype=np.float64,
    )  # fmt: skip
    assert fit.n_iter == 20
    np.testing.assert_allclose(fit.reconstruction(), theirs_w @ theirs_h, rtol=1e-5)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("step", [-1e-2, -1e-5, -1e-9, -2.2e-16, 2.2e-16, 1e-9, 1e-5, 1e-2])
@pytest.mark.parametrize("middle", [0.0, 1.0])
def test_a_beta_near_a_whole_number_gives_nearly_the_same(rng, middle, step, solver):
    X, (W, H) = rough(rng), start(rng, 24, 31, 4)
    options = {"bases": W, "activations": H, "solver": solver, "max_iter": 20, "tol": 0}
    near = factorize(X, 4, divergence=middle + step, **options)
    there = factorize(X, 4, divergence=middle, **options)
    assert_never_rises(near.losses)
    if solver == "multiplicative":
        np.testing.assert_allclose(near.losses, there.losses, rtol=10 * abs(step) + 1e-3)
    assert near.losses[-1] == pytest.approx(there.losses[-1], rel=0.1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("data", [clear, holed])
def test_accelerated_gets_at_least_as_far(rng, data, kind):
    X = data(rng, 60, 80)

    def loss(solver, seed):
        fit = factorize(X, 3, divergence=kind, solver=solver, max_iter=50, tol=0, seed=seed)
        return fit.losses[-1]

    assert mean_ratio(loss) < 1.03


@pytest.mark.parametrize("kind", [*NAMED, 0.5, 1.5])
def test_accelerated_gets_at_least_as_far_on_sound(kind):
    X = spectrogram(1.0)

    def loss(solver, seed):
        fit = factorize(X, 8, divergence=kind, solver=solver, max_iter=100, tol=0, seed=seed)
        return fit.losses[-1]

    assert mean_ratio(loss) < 1.03


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", KINDS)
def test_single_precision_gets_as_far_as_double(rng, kind, solver):
    X = clear(rng)

    def loss(dtype, seed):
        options = {"solver": solver, "dtype": dtype, "max_iter": 100, "tol": 0, "seed": seed}
        return factorize(X, 3, divergence=kind, **options).losses[-1]

    assert precision_gap(loss) < 1e-3


@pytest.mark.parametrize("solver", SOLVERS)
def test_digital_silence_does_not_stop_itakura_saito(solver):
    X = spectrogram()
    X[:, 40:60] = 0
    X[-3:] = 0
    fits = [
        factorize(X, 6, divergence="itakura-saito", solver=solver, seed=0, dtype=dtype)
        for dtype in (np.float32, np.float64)
    ]
    for fit in fits:
        assert_sound(fit, X, "itakura-saito")
    Y = fits[0].reconstruction()
    assert Y[:, 42:58].mean() < 1e-6 * Y.mean()
    assert Y[-3:].mean() < 1e-6 * Y.mean()


#: Positive, of rank two, and of whole tenths: small enough to follow by hand.
FOUR_BY_FIVE = np.array([[1, 0.2], [1, 2], [1, 1], [3, 0.5]]) @ np.array(
    [[1, 2, 1, 1, 3], [2, 1, 1, 4, 1]]
)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_four_by_five_matrix_of_rank_two_is_factorised_exactly(kind, solver):
    fit = factorize(
        FOUR_BY_FIVE, 2, divergence=kind, solver=solver, max_iter=2000, tol=0, seed=0,
        dtype=np.float64,
    )  # fmt: skip
    assert_sound(fit, FOUR_BY_FIVE, kind)
    assert fit.losses[-1] < 1e-9 * oracle.scale(FOUR_BY_FIVE, kind)
    np.testing.assert_allclose(fit.reconstruction(), FOUR_BY_FIVE, rtol=1e-3)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", ["euclidean", "kullback-leibler", 1.5])
def test_sparse_factors_are_recovered_up_to_scale_and_order(rng, kind, solver):
    W = rng.random((30, 3)) * (rng.random((30, 3)) < 0.5)
    H = rng.random((3, 40)) * (rng.random((3, 40)) < 0.5)
    fit = factorize(W @ H, 3, divergence=kind, solver=solver, max_iter=1000, tol=1e-9, seed=1)
    assert oracle.best_match(fit.bases, W).min() > 0.999
    assert oracle.best_match(fit.activations.T, H.T).min() > 0.999


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", ["euclidean", "kullback-leibler"])
def test_missing_entries_are_filled_in(rng, kind, solver):
    X = rng.random((30, 2)) @ rng.random((2, 40))
    known = rng.random(X.shape) > 0.3
    fit = factorize(
        np.where(known, X, 0), 2, divergence=kind, solver=solver, weights=known.astype(float),
        max_iter=1500, tol=0, seed=0, dtype=np.float64,
    )  # fmt: skip
    np.testing.assert_allclose(fit.reconstruction(), X, rtol=1e-2, atol=1e-2 * X.mean())


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", [*NAMED, 0.5, 2.5])
def test_what_stands_at_a_missing_entry_has_no_influence(rng, kind, solver):
    X, known = rough(rng), rng.random((24, 31)) > 0.3
    first, second = (
        factorize(
            np.where(known, X, other), 3, divergence=kind, solver=solver, weights=1.0 * known,
            max_iter=15, tol=0, seed=0, dtype=np.float64,
        )
        for other in (0.0, 1e3)
    )  # fmt: skip
    np.testing.assert_allclose(first.losses, second.losses, rtol=1e-9)
    np.testing.assert_allclose(first.reconstruction(), second.reconstruction(), rtol=1e-6)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_mask_is_a_weight(rng, solver):
    X, known = rough(rng), rng.random((24, 31)) > 0.3
    options = {"solver": solver, "max_iter": 10, "tol": 0, "seed": 0}
    mask, weight = (factorize(X, 3, weights=w, **options) for w in (known, known.astype(float)))
    np.testing.assert_array_equal(mask.losses, weight.losses)


@pytest.mark.parametrize("kind", KINDS)
def test_weights_of_one_are_no_weights(rng, kind):
    X = rough(rng)
    plain, ones = (
        factorize(
            X, 3, divergence=kind, solver="multiplicative", weights=weights, max_iter=15, tol=0,
            seed=0,
        )
        for weights in (None, np.ones(X.shape))
    )  # fmt: skip
    np.testing.assert_allclose(ones.losses, plain.losses, rtol=1e-4)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", NAMED)
@pytest.mark.parametrize("unit", [1e-6, 7, 1e6])
def test_the_unit_of_the_weights_does_not_matter(rng, unit, kind, solver):
    X, weights = rough(rng), rng.random((24, 31))
    plain, other = (
        factorize(
            X, 3, divergence=kind, solver=solver, weights=w, max_iter=15, tol=0, seed=0,
            dtype=np.float64,
        )
        for w in (weights, unit * weights)
    )  # fmt: skip
    np.testing.assert_allclose(other.losses, unit * plain.losses, rtol=1e-4)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_weight_counts_like_as_many_rows(rng, solver):
    X, (W, H), times = rough(rng), start(rng, 24, 31, 3), rng.integers(1, 4, 24)
    options = {"activations": H, "solver": solver, "max_iter": 10, "tol": 0, "dtype": np.float64}
    weights = np.broadcast_to(times[:, None], X.shape)
    weighted = factorize(X, 3, bases=W, weights=weights, **options)
    repeated = factorize(
        np.repeat(X, times, axis=0), 3, bases=np.repeat(W, times, axis=0),
        weights=np.ones((times.sum(), 31)), **options,
    )  # fmt: skip
    np.testing.assert_allclose(weighted.losses, repeated.losses, rtol=1e-9)
    np.testing.assert_allclose(
        np.repeat(weighted.reconstruction(), times, axis=0), repeated.reconstruction(), rtol=1e-6
    )


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", KINDS)
def test_transposing_the_data_transposes_the_result(rng, kind, solver):
    X, (W, H) = rough(rng), start(rng, 24, 31, 3)
    options = {"divergence": kind, "solver": solver, "max_iter": 100, "tol": 1e-6}
    fit = factorize(X, 3, bases=W, fixed_activations=H, dtype=np.float64, **options)
    turned = factorize(X.T, 3, fixed_bases=H.T, activations=W.T, dtype=np.float64, **options)
    assert fit.losses[-1] == pytest.approx(turned.losses[-1], rel=1e-3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", [1e-12, 1e12])
def test_the_level_does_not_matter(rng, level, kind):
    X = rough(rng)
    power = oracle.beta_of(kind)
    quiet, loud = (
        factorize(data, 3, divergence=kind, max_iter=15, tol=0, seed=0) for data in (X, level * X)
    )
    np.testing.assert_allclose(loud.losses, level**power * quiet.losses, rtol=1e-3)
    np.testing.assert_allclose(loud.reconstruction(), level * quiet.reconstruction(), rtol=1e-2)
    np.testing.assert_allclose(loud.bases, quiet.bases, rtol=1e-2, atol=1e-4)


def read_only(X):
    X = X.copy()
    X.setflags(write=False)
    return X


@pytest.mark.parametrize(
    "form",
    [
        lambda X: X.tolist(),
        lambda X: X.astype(np.int16),
        lambda X: X.astype(np.uint8),
        lambda X: X.astype(np.float16),
        lambda X: X.astype(">f4"),
        read_only,
        np.asfortranarray,
        lambda X: np.repeat(np.repeat(X, 2, axis=0), 3, axis=1)[::2, ::3],
        lambda X: X[::-1, ::-1].copy()[::-1, ::-1],
    ],
    ids=[
        "list",
        "int16",
        "uint8",
        "float16",
        "big-endian",
        "read-only",
        "Fortran",
        "strided",
        "reversed",
    ],
)
@pytest.mark.parametrize("kind", NAMED)
def test_any_form_of_the_same_numbers_gives_the_same(rng, form, kind):
    X = rng.integers(0, 9, (24, 31)).astype(np.float64)
    X[0, 0] = 1
    plain, other = (
        factorize(data, 3, divergence=kind, max_iter=10, tol=0, seed=0) for data in (X, form(X))
    )
    np.testing.assert_allclose(other.losses, plain.losses, rtol=1e-5)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", NAMED)
@pytest.mark.parametrize(
    ("shape", "n_components"),
    [((1, 1), 1), ((1, 20), 1), ((20, 1), 1), ((20, 30), 1), ((3, 500), 3), ((500, 3), 3)],
)
def test_any_shape(rng, shape, n_components, kind, solver):
    X = rng.random(shape) + 0.1
    fit = factorize(X, n_components, divergence=kind, solver=solver, seed=0, dtype=np.float64)
    assert fit.bases.shape == (shape[0], n_components)
    assert fit.activations.shape == (n_components, shape[1])
    assert_sound(fit, X, kind)
    if 1 in shape:
        np.testing.assert_allclose(fit.reconstruction(), X, rtol=1e-3)


@pytest.mark.parametrize("solver", SOLVERS)
def test_one_component_of_kullback_leibler_is_the_product_of_the_margins(rng, solver):
    X = holed(rng)
    fit = factorize(X, 1, solver=solver, tol=0, max_iter=30, seed=0, dtype=np.float64)
    margins = np.outer(X.sum(axis=1), X.sum(axis=0)) / X.sum()
    np.testing.assert_allclose(fit.reconstruction(), margins, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("solver", SOLVERS)
def test_kullback_leibler_keeps_the_sums_of_the_columns(rng, solver):
    X = rough(rng)
    fit = factorize(X, 4, solver=solver, tol=0, max_iter=300, seed=0, dtype=np.float64)
    np.testing.assert_allclose(fit.reconstruction().sum(axis=0), X.sum(axis=0), rtol=1e-3)


def test_numba_comes_only_with_sparse_matrices():
    program = (
        "import sys\nimport numpy as np\nimport tdsep.nmf\n"
        "heavy = ('numba', 'sklearn', 'librosa', 'matplotlib')\n"
        "assert not [name for name in heavy if name in sys.modules]\n"
        "tdsep.nmf.factorize(np.ones((3, 4)), 1, max_iter=2)\n"
        "print('LOADED', [name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "LOADED []\n", done.stdout + done.stderr
