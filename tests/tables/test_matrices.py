import io
import zipfile

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


def promising(shape: tuple[int, ...], kind: str = "<f8") -> bytes:
    """Bytes of an array whose header promises a shape, with a hundred zeros behind it."""
    file = io.BytesIO()
    header = {"descr": kind, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + bytes(800)


@pytest.mark.parametrize(
    ("shape", "kind"),
    [((201, 1), "<f8"), ((1 << 40, 1), "<f8"), ((1 << 70, 1), "<f8"), ((-1, 4), "<f8"),
     ((1 << 32, 1 << 32), "<f8"), ((1, 1), "<U1000000")],
)  # fmt: skip
def test_a_header_that_promises_more_than_there_is(tmp_path, shape, kind):
    (tmp_path / "x.npy").write_bytes(promising(shape, kind))
    for how in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(tmp_path / f"{how}.npz", "w", how) as archive:
            archive.writestr("x.npy", promising(shape, kind))
    for name in ("x.npy", f"{zipfile.ZIP_STORED}.npz", f"{zipfile.ZIP_DEFLATED}.npz"):
        with pytest.raises(InputError, match="its header promises") as caught:
            read_matrix(tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)


@pytest.mark.parametrize("shape", [(5, 1 << 40), (1 << 40, 5), (1 << 23, 1 << 23)])
def test_a_sparse_matrix_of_next_to_nothing_but_empty_rows(tmp_path, shape):
    cells = np.ones(3), (np.arange(3), np.arange(3))
    sp.save_npz(tmp_path / "x.npz", sp.coo_array(cells, shape))
    with pytest.raises(InputError, match="are empty"):
        read_matrix(tmp_path / "x.npz")
    sp.save_npz(tmp_path / "hashed.npz", sp.coo_array(cells, (3, 1 << 21)))
    assert read_matrix(tmp_path / "hashed.npz").shape == (3, 1 << 21)


@pytest.mark.parametrize("form", ["csr", "csc"])
@pytest.mark.parametrize("index", [7, 1 << 30, -1])
def test_a_sparse_matrix_whose_indices_lead_out_of_it(tmp_path, form, index):
    """What follows them reads, or writes, where nothing is."""
    np.savez(tmp_path / "x.npz", format=form.encode(), shape=np.array((3, 3)), data=np.ones(3),
             indices=np.array([0, index, 2]), indptr=np.arange(4))  # fmt: skip
    with pytest.raises(InputError, match="is no matrix"):
        read_matrix(tmp_path / "x.npz")
