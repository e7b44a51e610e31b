"""Quality of gmm-separate on simulated rooms, beside its peers.

    python benchmarks/gmm_quality.py [--held-out]

For each condition the mean over three scenes of SDR, SIR, SAR (BSS Eval v3, 512 taps, permutation
resolved) and SI-SDR, in dB, against the talkers' images at microphone 1. tdsep is given the
mixture and the number of talkers, nothing else, but for the row that says so. The peers of
pyroomacoustics take as many talkers as microphones; each shows its best window of 128, 256 and
512 ms. Beside each row of SDR stand the seconds for a scene of ten, of all its windows. Then the
scene in which tdsep does worst against its masks alone, and a real recording of two talkers.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable

import numpy as np
import pyroomacoustics
import soundfile
from scenes import DATA, HELD_OUT, MAIN, RATE, RT60S, Condition, scenes

import tdsep
from tdsep.evaluate import evaluate
from tdsep.gmm.mixture import binned, fit_gaussian_mixture
from tdsep.gmm.time_difference import TimeDifferences
from tdsep.gmm.windows import WINDOWS
from tdsep.simulate import SimulatedMixture
from tdsep.stft import frequencies, istft, stft, window_length

OURS, MASKS = "tdsep", "tdsep --output mask"
FIGURES = ("sdr", "sir", "sar", "si_sdr")
PEER_WINDOWS = (2048, 4096, 8192)
Method = Callable[[SimulatedMixture, Condition], np.ndarray]


def tdsep_method(use_spacing: bool = False, **options: str | int) -> Method:
    """Separate by tdsep, given the number of talkers."""

    def run(scene: SimulatedMixture, condition: Condition) -> np.ndarray:
        spacing = condition.spacing if use_spacing else None
        separation = tdsep.separate_talkers(
            scene.mixture, scene.rate, condition.n_talkers, spacing=spacing, **options
        )
        return separation.sources[:, 0]

    return run


def unseparated(scene: SimulatedMixture, condition: Condition) -> np.ndarray:
    """Return the mixture itself for each talker."""
    return np.repeat(scene.mixture[:1], condition.n_talkers, axis=0)


def textbook(scene: SimulatedMixture, condition: Condition) -> np.ndarray:
    """Do what the lecture says to the letter: all bins alike, their phase taken as unwrapped."""
    n_fft = window_length(scene.rate, 0.064)
    spectrum = stft(scene.mixture, n_fft)
    observed = TimeDifferences.from_spectrum(spectrum, frequencies(scene.rate, n_fft))
    delays = observed.delay[1:].ravel()
    limit = 1.01 * float(np.abs(delays).max())
    positions, weights = binned(delays, np.ones_like(delays), 50_000, (-limit, limit))
    fitted = fit_gaussian_mixture(
        positions, condition.n_talkers, sample_weight=weights, n_init=3, seed=0
    )
    masks = fitted.responsibilities(observed.delay)
    return istft(masks * spectrum[0], scene.mixture.shape[1], n_fft)


def ideal_binary_mask(seconds: float) -> Method:
    """Give each bin to the talker who truly is the loudest in it."""

    def run(scene: SimulatedMixture, condition: Condition) -> np.ndarray:
        n_fft = window_length(scene.rate, seconds)
        level = np.abs(stft(scene.images[:, 0], n_fft))
        mask = level == level.max(axis=0)
        masked = mask * stft(scene.mixture[0], n_fft)
        return istft(masked, scene.mixture.shape[1], n_fft)

    return run


def determined_peer(separate: Callable[..., np.ndarray], window: int, **options: int) -> Method:
    """Separate by a method of pyroomacoustics that needs as many microphones as talkers."""

    def run(scene: SimulatedMixture, condition: Condition) -> np.ndarray:
        analysis = pyroomacoustics.hann(window)
        synthesis = pyroomacoustics.transform.stft.compute_synthesis_window(analysis, window // 4)
        spectrum = pyroomacoustics.transform.stft.analysis(
            scene.mixture.T, window, window // 4, win=analysis
        )
        np.random.seed(0)  # noqa: NPY002 (the peer draws from the global generator)
        parts = separate(spectrum, proj_back=True, **options)
        signals = pyroomacoustics.transform.stft.synthesis(
            parts, window, window // 4, win=synthesis
        )
        late = window - window // 4
        signals = signals[late : late + scene.mixture.shape[1]].T
        return np.pad(signals, ((0, 0), (0, scene.mixture.shape[1] - signals.shape[1])))

    return run


def methods(n_talkers: int) -> dict[str, list[Method]]:
    """Return each row of the table: of several ways the best on the mean is shown."""
    rows: dict[str, list[Method]] = {
        "mixture": [unseparated],
        "textbook to the letter": [textbook],
        "tdsep --method lecture": [tdsep_method(method="lecture")],
        MASKS: [tdsep_method(output="mask")],
        OURS: [tdsep_method()],
        "tdsep --spacing": [tdsep_method(use_spacing=True)],
    }
    for window in WINDOWS["demix" if n_talkers == 2 else "wiener"]:
        n_fft = window_length(RATE, window)
        rows[f"tdsep --n-fft {n_fft}"] = [tdsep_method(n_fft=n_fft)]
    if n_talkers == 2:
        rows["tdsep --output wiener"] = [tdsep_method(output="wiener")]
        bss = pyroomacoustics.bss
        rows["pyroomacoustics AuxIVA"] = [
            determined_peer(bss.auxiva, window, n_iter=40) for window in PEER_WINDOWS
        ]
        rows["pyroomacoustics ILRMA"] = [
            determined_peer(bss.ilrma, window, n_iter=40, n_components=2) for window in PEER_WINDOWS
        ]
    rows["ideal binary mask, 64 ms"] = [ideal_binary_mask(0.064)]
    rows["ideal binary mask, 128 ms"] = [ideal_binary_mask(0.128)]
    return rows


def measure(collection: dict) -> dict:
    """Score every method on every scene: {(row, variant): {condition: [scores, ...]}}.

    The last of the scores are the seconds.
    """
    results: dict = defaultdict(lambda: defaultdict(list))
    for condition, scene in scenes(collection):
        for row, variants in methods(condition.n_talkers).items():
            for variant, method in enumerate(variants):
                start = time.perf_counter()
                parts = method(scene, condition)
                seconds = time.perf_counter() - start
                scores = evaluate(scene.images[:, 0], parts)
                means = [float(getattr(scores, figure).mean()) for figure in FIGURES]
                results[condition.n_talkers, row, variant][condition].append([*means, seconds])
    return results


def best(results: dict, n_talkers: int, row: str, condition: Condition) -> np.ndarray:
    """Return the mean scores of a row's best variant."""
    variants = [
        np.mean(cells[condition], axis=0)
        for (n, name, _), cells in results.items()
        if n == n_talkers and name == row
    ]
    return max(variants, key=lambda scores: scores[0])


def print_tables(results: dict, spacings: tuple[float, ...]) -> None:
    """Print a table for each number of talkers and figure."""
    for n_talkers in (2, 3):
        conditions = [Condition(n_talkers, d, rt60) for d in spacings for rt60 in RT60S]
        for index, figure in enumerate(FIGURES):
            print(f"\n{n_talkers} talkers, {figure.upper().replace('_', '-')} (dB)")
            header = " ".join(f"{100 * c.spacing:3.0f}cm {c.rt60:4.2f}s" for c in conditions)
            print(f"{'':26}{header}")
            for row in methods(n_talkers):
                cells = [best(results, n_talkers, row, c)[index] for c in conditions]
                line = f"{row:26}" + " ".join(f"{cell:11.2f}" for cell in cells)
                print(line + (f"{seconds(results, n_talkers, row):9.2f} s" if index == 0 else ""))


def seconds(results: dict, n_talkers: int, row: str) -> float:
    """Median time of a scene, summed over a row's variants."""
    return sum(
        float(np.median([scores[-1] for cell in cells.values() for scores in cell]))
        for (n, name, _), cells in results.items()
        if n == n_talkers and name == row
    )


def print_worst(results: dict) -> None:
    """Print the scene in which the room's model does worst against masks alone."""
    gains = [
        (ours[0] - masks[0], condition, number)
        for n_talkers in (2, 3)
        for condition, cell in results[n_talkers, OURS, 0].items()
        for number, (ours, masks) in enumerate(
            zip(cell, results[n_talkers, MASKS, 0][condition], strict=True), start=1
        )
    ]
    worst, condition, number = min(gains, key=lambda gain: gain[0])
    print(
        f"\nSDR gained over masks alone: mean {np.mean([gain[0] for gain in gains]):.2f} dB, "
        f"least {worst:.2f} dB ({condition}, scene {number})"
    )


def print_real_recording() -> None:
    """Separate a live recording: 2 women, microphones 5 cm apart, RT60 130 ms."""
    folder = DATA / "B_stereo" / "sisec_und"
    truth = np.stack(
        [
            soundfile.read(folder / f"dev1_female4_liverec_130ms_5cm_sim_{talker}.wav")[0][:, 0]
            for talker in (1, 4)
        ]
    )
    mixture, rate = soundfile.read(DATA / "derived/stereo/sisec_f4_130ms_5cm_2spk_mix.wav")
    before = evaluate(truth, np.stack([mixture[:, 0]] * 2))
    print("\nReal recording (SiSEC, 2 women, 5 cm, RT60 130 ms), number of talkers not given")
    ways = {
        "lecture": {"method": "lecture"}, "mask": {"output": "mask"},
        "wiener": {"output": "wiener"}, "auto": {},
    }  # fmt: skip
    for name, options in ways.items():
        separation = tdsep.separate_talkers(mixture.T, rate, **options)
        delays = ", ".join(f"{1e3 * delay:+.3f}" for delay in separation.delays)
        line = f"{name:8} {separation.search.n_talkers} talkers at {delays} ms"
        if separation.search.n_talkers == 2:
            after = evaluate(truth, separation.sources[:, 0])
            line += "; mixture -> separated:"
            for figure in ("sdr", "si_sdr"):
                old, new = getattr(before, figure).mean(), getattr(after, figure).mean()
                line += f" {figure.upper().replace('_', '-')} {old:.2f} -> {new:.2f} dB,"
        print(line.rstrip(","))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--held-out", action="store_true", help="rooms no constant was chosen on")
    collection = HELD_OUT if parser.parse_args().held_out else MAIN
    print(f"rooms of {collection['room']} m, talkers {collection['distance']} m away, {RATE} Hz")
    results = measure(collection)
    print_tables(results, collection["spacings"])
    print_worst(results)
    print_real_recording()


if __name__ == "__main__":
    main()
