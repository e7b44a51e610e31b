import numpy as np
import pytest

from tdsep.errors import ParameterError
from tdsep.evaluate import evaluate


def test_a_known_amount_of_noise(rng):
    references = rng.standard_normal((2, 20000))
    estimates = references + 0.1 * rng.standard_normal((2, 20000))
    scores = evaluate(references, estimates)
    np.testing.assert_allclose(scores.si_sdr, 20, atol=0.3)
    np.testing.assert_allclose(scores.sdr, 20, atol=0.3)


def test_order_and_level_do_not_matter_to_si_sdr(rng):
    references = rng.standard_normal((3, 8000))
    estimates = references + 0.3 * rng.standard_normal((3, 8000))
    here = evaluate(references, estimates)
    there = evaluate(references, 7 * estimates[[2, 0, 1]])
    np.testing.assert_array_equal(there.permutation, [1, 2, 0])
    np.testing.assert_allclose(there.si_sdr, here.si_sdr)
    np.testing.assert_allclose(there.sdr, here.sdr)


def test_agrees_with_mir_eval(rng):
    separation = pytest.importorskip("mir_eval").separation
    references = rng.standard_normal((2, 8000))
    estimates = references @ np.eye(8000, k=3) * 0.5 + 0.2 * references[::-1]
    scores = evaluate(references, estimates)
    with pytest.warns(FutureWarning):
        sdr, sir, sar, permutation = separation.bss_eval_sources(references, estimates)
    np.testing.assert_allclose(scores.sdr, sdr, atol=0.01)
    np.testing.assert_allclose(scores.sir, sir, atol=0.01)
    np.testing.assert_allclose(scores.sar, sar, atol=0.01)
    np.testing.assert_array_equal(scores.permutation, permutation)


def test_refuses_what_has_no_score(rng):
    sound = rng.standard_normal((2, 8000))
    with pytest.raises(ParameterError, match="shape"):
        evaluate(sound, sound[:, 1:])
    with pytest.raises(ParameterError, match="estimate 2 is silent"):
        evaluate(sound, sound * [[1], [0]])
