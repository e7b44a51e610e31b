"""`simulate` on several talkers: read, place in a room, write what is heard, and the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np

from tdsep.audio import SoundFormat, read_audio, write_parts
from tdsep.errors import OutputError, ParameterError
from tdsep.gmm.geometry import SPEED_OF_SOUND
from tdsep.jobs import stages
from tdsep.jobs.places import Places
from tdsep.jobs.results import about
from tdsep.outputs import OutputNames, check_name
from tdsep.report.manifest import audio_entry, manifest
from tdsep.simulate import DEFAULT_ROOM, SimulatedMixture, simulate_mixture
from tdsep.sounds import checked_sound

COMMAND = "simulate"
MIXTURE = "mix.wav"
#: Folder of the truth, beside the mixture.
TRUTH = "truth"
#: Largest sample that is written.
_PEAK = 0.5
#: Less of a talker, in seconds, may be over before it is heard.
_SHORTEST = 0.5
#: Talkers whose angles are not given stand between this many degrees to the right and left.
_WIDEST = 45.0
#: Talkers whose time differences are closer than this share of the longest, that of a sound from
#: the side, are hardly told apart: 9 degrees straight ahead, 30 to the side.
_ALIKE = 0.15


@dataclass(frozen=True)
class SimulationOptions:
    """What the user asked for; the names are the command line's."""

    spacing: float = 0.04
    angles: tuple[float, ...] | None = None
    rt60: float = 0.15
    distance: float = 1.1
    snr: float = 40.0
    seed: int = 0

    def angles_of(self, files: Sequence[Path]) -> list[float]:
        """Return the direction of each talker.

        Raises
        ------
        ParameterError
            If there are more or fewer than talkers.
        """
        if self.angles is None:
            alone = len(files) == 1
            return [0.0] if alone else np.linspace(-_WIDEST, _WIDEST, len(files)).tolist()
        if len(self.angles) != len(files):
            raise ParameterError(
                f"{len(files)} talkers and {len(self.angles)} --angles were given: "
                "give one angle for each talker"
            )
        return list(self.angles)

    def places(self, files: Sequence[Path], names: OutputNames, **wanted: Any) -> Places:
        """Where mixture and truth go, which no other's truth may lie among.

        `wanted` are the further attributes of `Places`.

        Raises
        ------
        ParameterError
            If two talkers have the same name.
        OutputError
            If the truth of another mixture is there, or the folder cannot be.
        """
        truth = [f"{TRUTH}/{file.stem}.wav" for file in files]
        for number, result in enumerate(truth):
            if result in truth[:number]:
                raise ParameterError(
                    f"{files[number]}: another talker is called {files[number].stem}, too: "
                    "rename one, for the truth is named after them"
                )
        check_name(names.directory / TRUTH)
        for path in sorted((names.directory / TRUTH).glob("*")):
            if f"{TRUTH}/{path.name}" not in truth and not path.name.startswith("."):
                raise OutputError(
                    f"{path}: would lie among the truth of this mixture and is not: remove it, or "
                    "choose another --output-dir"
                )
        return Places(
            COMMAND, f"mix.{COMMAND}", names, (MIXTURE, *truth), (), further=tuple(files[1:]),
            describe=lambda first: {
                **audio_entry(first), "talkers": [audio_entry(file) for file in files]
            }, **wanted,
        )  # fmt: skip


@dataclass(frozen=True)
class SimulationJob:
    """Lets some talkers be heard together in a room."""

    files: tuple[Path, ...]
    options: SimulationOptions
    places: Places

    def run(
        self, source: Path, progress: Callable[[float], None] | None = None
    ) -> dict[str, Any] | None:
        """Simulate the mixture and write the results, which appear together.

        Parameters
        ----------
        source : Path
            The first of the files.
        progress : callable, optional

        Returns
        -------
        dict or None
            The manifest; None if it was done before and existing results are skipped.

        Raises
        ------
        TdsepError
            One line.
        """
        options = self.options
        angles = options.angles_of(self.files)
        if self.places.is_done(source, asdict(options)):
            return None
        talkers, rate, warnings = _read(self.files)
        stages.enter("simulating")
        simulated = simulate_mixture(
            talkers,
            rate,
            angles=angles,
            spacing=options.spacing,
            rt60=options.rt60,
            distance=options.distance,
            snr=options.snr,
            seed=options.seed,
        )
        warnings += _coincidences(self.files, simulated.delays, options.spacing)
        return self._write(source, simulated, angles, warnings)

    def _write(
        self, source: Path, simulated: SimulatedMixture, angles: list[float], warnings: list[str]
    ) -> dict[str, Any]:
        """Write the mixture and the images at one gain; in floats, which round hardly anything."""
        places = self.places
        sounds = [simulated.mixture, *simulated.images]
        gain = _PEAK / max(float(np.abs(sound).max()) for sound in sounds)
        n_microphones, n_samples = simulated.mixture.shape
        form = SoundFormat(simulated.rate, n_microphones, n_samples, "FLOAT")
        with places.gather(source) as results:
            for name, sound in zip(places.results, sounds, strict=True):
                path = places.path(source, name)
                with results.create(path) as file:
                    try:
                        write_parts([file], [sound[None]], form, gain)
                    except OutputError as error:
                        raise OutputError(f"{path}: {error}") from None
            truth = zip(self.files, places.results[1:], strict=True)
            document = manifest(
                COMMAND, asdict(self.options), self.options.seed, input=places.describe(source),
                mixture=MIXTURE, parts={file.stem: name for file, name in truth},
                rate=form.rate, seconds=form.frames / form.rate, gain=gain,
                scene=_scene(simulated, angles, places.results[1:], self.options.rt60),
                warnings=warnings,
            )  # fmt: skip
            return results.finish(document, {})


def _read(files: Sequence[Path]) -> tuple[list[np.ndarray], int, list[str]]:
    """Read dry talkers, at the lowest of their rates and as long as the shortest.

    Returns
    -------
    talkers : list of ndarray [samples], float64
    rate : int
    notes : list of str
        What was done to them.
    """
    notes = []
    read = [read_audio(file) for file in files]
    rate = min(info.rate for _, info in read)
    talkers = []
    for file, (sound, info) in zip(files, read, strict=True):
        notes += [f"{file.name}: {remark}" for remark in info.remarks]
        talker = sound[0].astype(np.float64)
        if info.channels > 1:
            notes.append(f"{file.name}: of {info.channels} channels the first is taken")
        if info.rate != rate:
            from scipy.signal import resample_poly  # takes a while to load

            common = gcd(rate, info.rate)
            talker = resample_poly(talker, rate // common, info.rate // common)
            notes.append(f"{file.name}: resampled from {info.rate} to {rate} Hz")
        talkers.append(talker)
    length = min(map(len, talkers))
    if max(map(len, talkers)) > length:
        notes.append(f"all are cut to {length / rate:.3f} s, the length of the shortest")
    for file, talker in zip(files, talkers, strict=True):
        with about(file, "simulating"):
            checked_sound(talker[:length], rate, _SHORTEST)
    return talkers, rate, notes


def _coincidences(files: Sequence[Path], delays: np.ndarray, spacing: float) -> Iterator[str]:
    """Tell of talkers that no separation by time differences can tell apart."""
    order = np.argsort(delays, kind="stable")
    for one, next_one in pairwise(order.tolist()):
        if delays[next_one] - delays[one] < _ALIKE * spacing / SPEED_OF_SOUND:
            first, second = sorted((one, next_one))
            yield (
                f"{files[first].name} and {files[second].name}: their time differences, "
                f"{1e3 * delays[first]:+.3f} and {1e3 * delays[second]:+.3f} ms, are too close to "
                "be told apart: give --angles farther apart"
            )


def _scene(
    simulated: SimulatedMixture, angles: list[float], truth: Sequence[str], rt60: float
) -> dict[str, Any]:
    """Describe the room: lengths in metres, times in seconds, angles in degrees."""
    paths = simulated.positions[:, None] - simulated.microphones
    arrivals = np.linalg.norm(paths, axis=2) / SPEED_OF_SOUND
    return {
        "room": DEFAULT_ROOM,
        "rt60": rt60,
        "speed_of_sound": SPEED_OF_SOUND,
        "microphones": simulated.microphones,
        "talkers": [
            {
                "truth": name,
                "angle": angle,
                "position": position,
                "arrival": arrival,
                # as gmm-separate tells it: positive where microphone 2 hears the talker later
                "delay": arrival[1] - arrival[0],
            }
            for name, angle, position, arrival in zip(
                truth, angles, simulated.positions, arrivals, strict=True
            )
        ],
    }
