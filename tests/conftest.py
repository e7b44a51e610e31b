"""Where the tests find recordings, and mixtures of known truth made on the spot."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tdsep.audio import SoundFormat, write_parts

if TYPE_CHECKING:
    from distributed import Client

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need real recordings, so that `-m real_data` selects them."""
    for item in items:
        if "real_data" in getattr(item, "fixturenames", ()):
            item.add_marker("real_data")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real recordings; tests that need it are skipped without it."""
    folder = Path(os.environ.get("TDSEP_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real recordings at {folder}: set TDSEP_DATA to their folder")
    return folder


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def encode_parts(parts, rate: int, subtype: str) -> list[bytes]:
    """Encode parts, each [channels, samples], as WAV files."""
    sound = SoundFormat(rate, *np.shape(parts)[1:], subtype)
    files = [tempfile.TemporaryFile() for _ in parts]  # noqa: SIM115
    write_parts(files, [np.asarray(parts)] if sound.frames else [], sound)
    contents = []
    for file in files:
        file.seek(0)
        contents.append(file.read())
        file.close()
    return contents


def encode_wav(samples: np.ndarray, rate: int, subtype: str) -> bytes:
    """Encode [channels, samples] as a WAV file."""
    return encode_parts([samples], rate, subtype)[0]


def voice_like(rng: np.random.Generator, n_samples: int, rate: int = 16000) -> np.ndarray:
    """Bursts of harmonic sound with gaps, as sparse in time and frequency as a voice."""
    time = np.arange(n_samples) / rate
    signal = np.zeros(n_samples)
    start = 0
    while start < n_samples:
        length = int(rng.uniform(0.08, 0.25) * rate)
        stop = min(start + length, n_samples)
        pitch = rng.uniform(90, 260)
        here = time[start:stop]
        envelope = np.hanning(stop - start + 2)[1:-1]
        for harmonic in range(1, int(0.45 * rate / pitch)):
            level = rng.uniform(0.2, 1) / harmonic**0.7
            phase = 2 * np.pi * (pitch * harmonic * here + rng.random())
            signal[start:stop] += level * envelope * np.sin(phase)
        start = stop + int(rng.uniform(0, 0.12) * rate)
    return signal / np.abs(signal).max()


def delayed(signal: np.ndarray, delay: float, rate: int = 16000) -> np.ndarray:
    """Shift a signal by any time, by its Fourier transform (circularly)."""
    spectrum = np.fft.rfft(signal)
    frequency = np.fft.rfftfreq(signal.size, 1 / rate)
    return np.fft.irfft(spectrum * np.exp(-2j * np.pi * frequency * delay), signal.size)


def dead_room_mixture(
    rng: np.random.Generator,
    delays: list[float],
    seconds: float = 4.0,
    rate: int = 16000,
    places: tuple[float, ...] = (0.0, 1.0),
) -> tuple[np.ndarray, np.ndarray]:
    """Mixture [channels, samples] and images [talkers, channels, samples], with little noise.

    A microphone hears each talker later than the first by its place times the talker's delay.
    """
    voices = [voice_like(rng, round(seconds * rate), rate) for _ in delays]
    images = np.array(
        [
            [delayed(voice, place * delay, rate) for place in places]
            for voice, delay in zip(voices, delays, strict=True)
        ]
    )
    images *= 0.3
    mixture = images.sum(axis=0)
    return mixture + 1e-3 * rng.standard_normal(mixture.shape), images


@pytest.fixture(scope="session")
def client() -> Iterator[Client]:
    """Client of a Dask cluster of two workers in processes of their own."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client
