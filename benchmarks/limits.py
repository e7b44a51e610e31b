"""Where gmm-separate ends, measured on the project's own samples.

    python benchmarks/limits.py

1. The samples: SDR of the mixture and of what is separated.
2. Noise: the two talkers of a sample under ever more white noise.
3. Lossy codecs: the delays found after a round trip.
4. Memory and time of a minute of stereo at 48 and 16 kHz, in a process of its own.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import scipy.signal
import soundfile

import tdsep
from tdsep.evaluate import evaluate

SAMPLES = Path(__file__).parents[1] / "data"
RATE = 16000
#: Run in a process of its own, on Linux: the peak of memory beyond what the imports take.
MINUTE = """
import pathlib, re, sys, time
import soundfile, tdsep.gmm.separate
def peak():  # rusage would count the parent's memory too
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) / 1e6
imports = peak()
samples, rate = soundfile.read(sys.argv[1], dtype="float32")
start = time.perf_counter()
tdsep.separate_talkers(samples.T, rate)
print(f"{peak() - imports:.2f} GB, {time.perf_counter() - start:.1f} s")
"""


def load(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a sample [2, samples] and its truth at microphone 1, [talkers, samples]."""
    mixture = soundfile.read(SAMPLES / f"{name}.wav")[0].T
    truth = [soundfile.read(path)[0][:, 0] for path in sorted(SAMPLES.glob(f"{name}.truth*.flac"))]
    return mixture, np.stack(truth)


def describe(separation: tdsep.Separation) -> str:
    """Say how many talkers there are, and where."""
    delays = ", ".join(f"{1e3 * delay:+.3f}" for delay in separation.delays)
    return f"{separation.search.n_talkers} talkers at {delays} ms"


def samples() -> None:
    """Print the SDR of each sample before and after."""
    for name in ("two_talkers", "two_talkers_in_turn", "three_talkers_wide"):
        mixture, truth = load(name)
        separation = tdsep.separate_talkers(mixture, RATE)
        before = evaluate(truth, np.repeat(mixture[:1], len(truth), axis=0)).sdr.mean()
        line = f"{name}: {describe(separation)}"
        if separation.search.n_talkers == len(truth):
            after = evaluate(truth, separation.sources[:, 0]).sdr.mean()
            line += f", SDR {before:.1f} -> {after:.1f} dB"
        print(line)


def noise() -> None:
    """Print what is found and separated under noise."""
    mixture, truth = load("two_talkers")
    white = np.random.default_rng(0).standard_normal(mixture.shape)
    white *= np.sqrt(np.mean(mixture**2))
    for snr in (30, 20, 15, 10, 5, 0):
        noisy = mixture + white * 10 ** (-snr / 20)
        alone = tdsep.separate_talkers(noisy, RATE)
        told = tdsep.separate_talkers(noisy, RATE, 2)
        masked = tdsep.separate_talkers(noisy, RATE, 2, output="mask")
        sdr, by_masks = (
            evaluate(truth, parts.sources[:, 0]).sdr.mean() for parts in (told, masked)
        )
        print(
            f"noise at {snr} dB: {describe(alone)}; told 2: {describe(told)}, SDR {sdr:.1f} dB, "
            f"by masks {by_masks:.1f} dB"
        )


def codecs() -> None:
    """Print the delays found after lossy coding at libsndfile's usual quality."""
    mixture, _ = load("two_talkers")
    for container, subtype in (("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III")):
        coded = io.BytesIO()
        soundfile.write(coded, mixture.T, RATE, subtype, format=container)
        coded.seek(0)
        decoded, rate = soundfile.read(coded)
        print(f"{subtype}: {describe(tdsep.separate_talkers(decoded.T, rate))}")


def minute() -> None:
    """Print what a minute costs."""
    mixture, _ = load("two_talkers")
    for rate in (48000, 16000):
        long = np.tile(scipy.signal.resample_poly(mixture.T, rate // RATE, 1), (6, 1))
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            soundfile.write(file.name, long, rate)
            command = [sys.executable, "-c", MINUTE, file.name]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
        print(f"a minute of stereo at {rate} Hz: {done.stdout.strip()}")


if __name__ == "__main__":
    samples()
    noise()
    codecs()
    minute()
