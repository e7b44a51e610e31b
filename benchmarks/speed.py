"""Where gmm-separate's time goes, as ratios taken in one run.

    python benchmarks/speed.py

1. The Gaussian mixture's fit against scikit-learn's on the same samples, to the same likelihood.
2. The separation's time as a share of the recording's length, against ILRMA of pyroomacoustics,
   and the share of each stage for each window.
3. `tdsep --help` against `python -c "import click"`.
4. The whole process on ten seconds against importing numpy, scipy.signal and soundfile.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pyroomacoustics
import soundfile
from sklearn.mixture import GaussianMixture as Peer

import tdsep
from tdsep.gmm.mixture import binned, fit_gaussian_mixture
from tdsep.gmm.separate import NOISE_WINDOW
from tdsep.gmm.talkers import find_talkers
from tdsep.gmm.time_difference import TimeDifferences
from tdsep.gmm.windows import WINDOWS, candidate_windows
from tdsep.gmm.wrapped_phase import fit_phase_mixture
from tdsep.spatial.angular_gaussian import fit_angular_mixture
from tdsep.spatial.demixing import fit_demixing
from tdsep.spatial.full_rank import fit_full_rank
from tdsep.spatial.noise import at_window, noise_floor
from tdsep.spatial.separate import learn_room
from tdsep.spatial.whitening import fit_whitening
from tdsep.stft import frequencies, istft, stft, window_length
from tdsep.workers import Map, workers

SAMPLE = Path(__file__).parents[1] / "data" / "two_talkers.wav"
RUNS = 7
TOLERANCES = (1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 1e-6, 1e-7)


def seconds(task: Callable[[], object], runs: int = RUNS) -> float:
    """Median time of a task, after a run that is not counted."""
    task()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return median(times)


def mixture_fit(mixture: np.ndarray, rate: int) -> None:
    """Compare the fit with scikit-learn's, both unweighted, from cold to the same likelihood."""
    n_fft = window_length(rate, WINDOWS["mask"][0])
    observed = TimeDifferences.from_spectrum(stft(mixture, n_fft), frequencies(rate, n_fft))
    limit = 1.1e-4
    delays = observed.delay[observed.unambiguous(limit)].ravel()
    delays = delays[np.abs(delays) < limit].astype(np.float64) * 1e6  # microseconds
    limit *= 1e6
    print(f"Gaussian mixture, {delays.size} samples: time, mean log-likelihood of a sample")
    for k in (2, 3, 4):

        def peer(k: int = k):
            return Peer(k, random_state=0).fit(delays[:, None])

        def ours(tol: float, k: int = k):
            positions, weights = binned(delays, np.ones_like(delays), 1024, (-limit, limit))
            return fit_gaussian_mixture(positions, k, sample_weight=weights, seed=0, tol=tol)

        def likelihood(tol: float) -> float:
            return float(np.log(ours(tol).density(delays).sum(axis=0)).mean())

        # The loosest tolerance that brings us as far as the peer's own stop.
        goal = float(peer().score(delays[:, None]))
        tol = next(t for t in TOLERANCES if likelihood(t) >= goal or t == TOLERANCES[-1])
        likelihoods = [likelihood(tol), goal]
        times = [seconds(lambda tol=tol, ours=ours: ours(tol)), seconds(peer)]
        print(
            f"  K = {k}: tdsep {1e3 * times[0]:.1f} ms, {likelihoods[0]:.4f};"
            f" scikit-learn {1e3 * times[1]:.0f} ms, {likelihoods[1]:.4f};"
            f" ratio {times[1] / times[0]:.0f}x"
        )


def separation(mixture: np.ndarray, rate: int) -> float:
    """Print the separation's share of the recording's length; return its seconds."""
    duration = mixture.shape[1] / rate
    total = seconds(lambda: tdsep.separate_talkers(mixture, rate))
    share = 100 * total / duration
    peer = seconds(lambda: ilrma(mixture))
    print(
        f"separation of {duration:.0f} s: {total:.3f} s, {share:.2f} % of its length; "
        f"pyroomacoustics' ILRMA {peer:.3f} s, ratio {total / peer:.2f}"
    )
    search = seconds(lambda: find_talkers(mixture, rate))
    print(f"  finding the talkers, once: {100 * search / duration:.2f} %")
    masks = seconds(lambda: tdsep.separate_talkers(mixture, rate, output="mask"))
    print(f"  by masks alone: {100 * masks / duration:.2f} %, ratio to ILRMA {masks / peer:.2f}")
    for output in ("demix", "wiener"):
        for n_fft in candidate_windows(output, rate, mixture.shape[1]):
            parts = ", ".join(
                f"{name} {100 * spent / duration:.2f}"
                for name, spent in stages(mixture, rate, n_fft, output == "demix").items()
            )
            print(f"  {output}, window {n_fft}, % of the length: {parts}")
    return total


def ilrma(mixture: np.ndarray) -> None:
    """Do what the peer does: 40 iterations at 4096 samples, and the way back to the signals."""
    window, hop = 4096, 1024
    analysis = pyroomacoustics.hann(window)
    transform = pyroomacoustics.transform.stft
    spectrum = transform.analysis(mixture.T.astype(float), window, hop, win=analysis)
    np.random.seed(0)  # noqa: NPY002 (the peer draws from the global generator)
    parts = pyroomacoustics.bss.ilrma(spectrum, n_iter=40, n_components=2, proj_back=True)
    transform.synthesis(parts, window, hop, win=transform.compute_synthesis_window(analysis, hop))


def stages(mixture: np.ndarray, rate: int, n_fft: int, demix: bool) -> dict[str, float]:
    """Seconds of each stage of the separation by one window."""
    spectrum = stft(mixture, n_fft)
    observed = TimeDifferences.from_spectrum(spectrum, frequencies(rate, n_fft))
    delays = find_talkers(mixture, rate).delays
    fitted = fit_phase_mixture(observed, delays)
    posteriors = fitted.responsibilities(observed)
    floor = noise_floor(mixture, window_length(rate, NOISE_WINDOW))
    noise = at_window(floor, n_fft) if demix else None
    whitening = fit_whitening(spectrum, 2)
    signal = whitening.signal(spectrum)
    learned = learn_room(whitening, signal, posteriors, noise=noise)
    images = list(learned.images(spectrum, posteriors))
    start = np.ascontiguousarray(posteriors.transpose(1, 0, 2))
    with workers() as share:
        tasks: dict[str, Callable[[], object]] = {
            "STFT": lambda: stft(mixture, n_fft),
            "phases": lambda: TimeDifferences.from_spectrum(spectrum, observed.frequencies),
            "EM over phases": lambda: fit_phase_mixture(observed, delays),
            "whitening": lambda: fit_whitening(spectrum, 2).signal(spectrum),
            "EM over directions": lambda: fit_angular_mixture(signal, start, share),
            "the room's model": lambda: room(signal, start, share, noise),
            "taking apart": lambda: list(learned.images(spectrum, posteriors)),
            "inverse STFT": lambda: [istft(i, mixture.shape[1], n_fft) for i in images],
        }
        return {name: seconds(task, 3) for name, task in tasks.items()}


def room(
    signal: np.ndarray, posteriors: np.ndarray, share: Map, noise: np.ndarray | None
) -> object:
    """Fit what takes the talkers apart."""
    fit = fit_full_rank if noise is None else fit_demixing
    return fit(signal, posteriors, share)


def process(*command: str) -> float:
    """Median seconds of a whole process."""
    return seconds(lambda: subprocess.run(command, check=True, capture_output=True))


def main() -> None:
    """Measure and print."""
    samples, rate = soundfile.read(SAMPLE, dtype="float32")
    mixture = np.ascontiguousarray(samples.T) / np.abs(samples).max()
    mixture_fit(mixture, rate)
    share = separation(mixture, rate)

    program = str(Path(sys.executable).with_name("tdsep"))
    ours, click = process(program, "--help"), process(sys.executable, "-c", "import click")
    print(f"tdsep --help: {ours:.3f} s, import click: {click:.3f} s, ratio {ours / click:.2f}")

    imports = process(sys.executable, "-c", "import numpy, scipy.signal, soundfile")
    needed = process(sys.executable, "-c", "import numpy, scipy.fft, soundfile")
    with tempfile.TemporaryDirectory() as folder:
        command = (program, "gmm-separate", str(SAMPLE), "--overwrite", "-q", "-o", folder)
        whole, with_sheet = process(*command, "--plots", "none"), process(*command)
    bound = 2 * imports + share
    print(
        f"gmm-separate on 10 s, whole process: {whole:.3f} s, of which imports {needed:.3f} s and "
        f"separation {share:.3f} s\n"
        f"  import numpy, scipy.signal, soundfile: {imports:.3f} s; twice that and the separation: "
        f"{bound:.3f} s; ratio {whole / bound:.2f}\n"
        f"  with the sheet: {with_sheet:.3f} s"
    )


if __name__ == "__main__":
    main()
