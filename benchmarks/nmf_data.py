"""The matrices that nmf_speed.py factorises: spectrograms, counts of words, random ones."""

from __future__ import annotations

import os
import tarfile
from math import gcd
from pathlib import Path

import numpy as np
import scipy.optimize
import scipy.signal
import scipy.sparse
import soundfile

RATE = 16000
DATA = Path(os.environ.get("TDSEP_DATA", Path(__file__).parents[2] / "shared" / "data"))
if not DATA.is_dir():
    raise SystemExit(f"no data at {DATA}: set TDSEP_DATA to the folder that has derived/music")


def song(name: str) -> np.ndarray:
    """Read a song as one channel at 16 kHz."""
    samples, rate = soundfile.read(DATA / "derived" / "music" / f"{name}.wav", always_2d=True)
    common = gcd(RATE, rate)
    return scipy.signal.resample_poly(samples.mean(axis=1), RATE // common, rate // common)


def all_songs() -> np.ndarray:
    """Join all songs, each at the same loudness."""
    names = sorted(path.stem for path in (DATA / "derived" / "music").glob("*_mix.wav"))
    joined = [song(name) for name in (*names, "morin_on_the_run_30s")]
    return np.concatenate([samples / samples.std() for samples in joined])


def magnitudes(samples: np.ndarray, n_fft: int, hop_length: int) -> np.ndarray:
    """Return the magnitude spectrogram, frames not centred, periodic Hann window."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, n_fft)[::hop_length]
    return np.abs(np.fft.rfft(frames * np.hanning(n_fft + 1)[:-1])).T


def newsgroups() -> scipy.sparse.csr_array:
    """Count the words of 20 Newsgroups, [words, documents], float32.

    Of each body the words of four letters or more, but for English stop words and words that only
    one document has.
    """
    from sklearn.feature_extraction.text import CountVectorizer  # the other matrices do without

    with tarfile.open(DATA / "E_20news" / "20news-18828.tar.xz") as archive:  # read once, in order
        files = [archive.extractfile(member) for member in archive if member.isfile()]
        texts = [file.read().decode("latin-1").partition("\n\n")[2] for file in files if file]
    vectorizer = CountVectorizer(token_pattern=r"[^\W\d_]{4,}", stop_words="english", min_df=2)
    counts = vectorizer.fit_transform(texts)
    return scipy.sparse.csr_array(counts.T.tocsr().astype(np.float32))


def random_counts(n_rows: int, n_columns: int, n_counts: int) -> scipy.sparse.csr_array:
    """Draw a sparse matrix of counts whose rows are as unequal as words: Zipf's law.

    A row's non-zeros fall as 1 / rank, but are at most the columns.
    """
    rng = np.random.default_rng(0)
    ranks = np.arange(1, n_rows + 1)

    def sizes(most: float) -> np.ndarray:
        return np.minimum(n_columns, np.maximum(1, most / ranks)).astype(int)

    most = scipy.optimize.brentq(lambda most: sizes(most).sum() - n_counts, 1, n_counts * n_rows)
    per_row = rng.permutation(sizes(most))
    columns = [np.sort(rng.choice(n_columns, size, replace=False)) for size in per_row]
    indices = np.concatenate(columns).astype(np.int32)
    starts = np.concatenate([[0], np.cumsum(per_row)]).astype(np.int32)
    counts = rng.geometric(0.6, indices.size).astype(np.float32)
    return scipy.sparse.csr_array((counts, indices, starts), (n_rows, n_columns))


def random_powers(n_rows: int, n_columns: int) -> np.ndarray:
    """Draw a matrix like a power spectrogram: of low rank but for exponential noise, float32."""
    rng = np.random.default_rng(0)
    model = rng.gamma(0.5, size=(n_rows, 20)) @ rng.gamma(0.5, size=(20, n_columns))
    return (model * rng.standard_exponential(model.shape)).astype(np.float32)
