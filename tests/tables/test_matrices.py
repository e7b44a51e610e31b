import numpy as np
import pytest
import scipy.sparse as sp

from tdsep.errors import InputError
from tdsep.tables import read_matrix


@pytest.fixture
def X(rng):
    return rng.random((4, 5)) * (rng.random((4, 5)) < 0.5)


def test_what_was_saved_is_read(tmp_path, X):
    np.save(tmp_path / "a.npy", X)
    np.savez(tmp_path / "b.npz", X)
    np.savez_compressed(tmp_path / "c.npz", anything=X)
    for name in ("a.npy", "b.npz", "c.npz"):
        np.testing.assert_array_equal(read_matrix(tmp_path / name), X)


@pytest.mark.parametrize("kind", [sp.csr_array, sp.csc_matrix, sp.coo_array])
def test_sparse_stays_sparse(tmp_path, X, kind):
    sp.save_npz(tmp_path / "x.npz", kind(X))
    found = read_matrix(tmp_path / "x.npz")
    assert sp.issparse(found) and found.format == "csr"
    np.testing.assert_array_equal(found.toarray(), X)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04 nothing of the kind", "is no matrix"),
        (b"\x93NUMPY\x01\x00", "is no matrix"),
        (b"RIFF....WAVE", "is no matrix"),
    ],
)
def test_what_is_no_matrix(tmp_path, content, words):
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(InputError, match=words):
        read_matrix(tmp_path / "x.npz")


def test_what_is_no_matrix_of_numbers(tmp_path, X):
    for array in (X[0], np.array([["a", "b"]]), X + 1j, np.array([[{}]])):
        np.save(tmp_path / "x.npy", array)
        with pytest.raises(InputError, match=r"x\.npy"):
            read_matrix(tmp_path / "x.npy")
    np.savez(tmp_path / "two.npz", a=X, b=X)
    with pytest.raises(InputError, match=r"2 arrays \(a, b\)"):
        read_matrix(tmp_path / "two.npz")
    with pytest.raises(InputError, match="no such file"):
        read_matrix(tmp_path / "missing.npz")
