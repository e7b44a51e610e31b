import sys

import numpy as np
import pytest

from tdsep.errors import MissingDependencyError, ParameterError
from tdsep.evaluate import MOST_DB, evaluate, score_pairs
from tests.conftest import voice_like


def test_a_known_amount_of_noise(rng):
    references = rng.standard_normal((2, 20000))
    estimates = references + 0.1 * rng.standard_normal((2, 20000))
    scores = evaluate(references, estimates)
    np.testing.assert_allclose(scores.si_sdr, 20, atol=0.3)
    np.testing.assert_allclose(scores.sdr, 20, atol=0.3)


def test_order_and_level_do_not_matter(rng):
    references = rng.standard_normal((3, 8000))
    estimates = references + 0.3 * rng.standard_normal((3, 8000))
    here = evaluate(references, estimates)
    there = evaluate(references, [[1e-200], [-7], [1e200]] * estimates[[2, 0, 1]])
    np.testing.assert_array_equal(there.permutation, [1, 2, 0])
    for name in ("sdr", "sir", "sar", "si_sdr"):
        np.testing.assert_allclose(getattr(there, name), getattr(here, name))


def test_si_sdr_is_that_of_its_definition(rng):
    reference, estimate = rng.standard_normal((2, 1, 8000))
    estimate += reference
    target = (estimate @ reference.T) / (reference @ reference.T) * reference
    expected = 10 * np.log10((target**2).sum() / ((estimate - target) ** 2).sum())
    np.testing.assert_allclose(evaluate(reference, estimate).si_sdr, expected)


def test_the_perfect_and_the_useless_have_finite_scores(rng):
    references = rng.standard_normal((2, 8000))
    perfect = evaluate(references, references[::-1])
    for name in ("sdr", "sir", "sar", "si_sdr"):
        assert (getattr(perfect, name) > 100).all()
        assert (getattr(perfect, name) <= MOST_DB).all()
    early, late = np.zeros((2, 1, 8000))
    early[0, 0] = late[0, -1] = 1  # no filter of 512 taps leads from one to the other
    pairs = score_pairs(early, late)
    np.testing.assert_allclose([pairs.sdr, pairs.sar, pairs.si_sdr], -MOST_DB)


@pytest.mark.parametrize(("noise", "voices"), [(1, False), (0.1, True), (1e-3, False)])
def test_agrees_with_mir_eval(rng, noise, voices):
    separation = pytest.importorskip("mir_eval").separation
    if voices:
        references = np.array([voice_like(rng, 16000) for _ in range(2)])
    else:
        references = rng.standard_normal((2, 8000))
    leaked = np.roll(references, 3, axis=1)[::-1] * 0.5 + 0.2 * noise * references
    estimates = leaked + noise * 0.1 * rng.standard_normal(leaked.shape)
    scores = evaluate(references, estimates)
    with pytest.warns(FutureWarning):
        sdr, sir, sar, permutation = separation.bss_eval_sources(references, estimates)
    np.testing.assert_array_equal(scores.permutation, permutation)
    np.testing.assert_allclose(scores.sdr, sdr, atol=0.01)
    np.testing.assert_allclose(scores.sir, sir, atol=0.01)
    np.testing.assert_allclose(scores.sar, sar, atol=0.01)


def test_more_estimates_than_references(rng):
    references = rng.standard_normal((2, 8000))
    estimates = references + 0.3 * rng.standard_normal((2, 8000))
    both = score_pairs(references, [*estimates, references.sum(axis=0)])
    matched = evaluate(references, estimates)
    np.testing.assert_allclose(both.sdr[:, :2].diagonal(), matched.sdr)
    np.testing.assert_allclose(both.sdr[:, 2], 0, atol=1)


def test_refuses_what_has_no_score(rng):
    sound = rng.standard_normal((2, 8000))
    with pytest.raises(ParameterError, match="shape"):
        evaluate(sound, sound[:, 1:])
    with pytest.raises(ParameterError, match="estimate 2 is silent"):
        evaluate(sound, sound * [[1], [0]])
    with pytest.raises(ParameterError, match="references 1 and 3 are the same sound"):
        evaluate([*sound, -2 * sound[0]], [*sound, sound[0]])


def test_without_the_extra(monkeypatch, rng):
    monkeypatch.setitem(sys.modules, "fast_bss_eval.numpy.metrics", None)
    with pytest.raises(MissingDependencyError, match=r"tdsep\[evaluate\]"):
        evaluate(*rng.standard_normal((2, 1, 8000)))
