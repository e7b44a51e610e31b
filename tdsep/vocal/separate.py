"""The voice of a song and what accompanies it, learned from passages without a voice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.special import expit

from tdsep.errors import ParameterError, UnsuitableInputError
from tdsep.frames import StoredFrames
from tdsep.sounds import AnySound, Sound, checked_sound
from tdsep.stft import Block, blocks, frequencies, istft, stft_frames, window_length
from tdsep.vocal import METHODS
from tdsep.vocal.background import Background
from tdsep.vocal.explanation import Explanation, Joined
from tdsep.vocal.intro import find_passages
from tdsep.vocal.lecture import Newcomer
from tdsep.vocal.panorama import sharpen
from tdsep.vocal.passages import SHORTEST, Passage, checked_passages
from tdsep.vocal.recording import Recording
from tdsep.vocal.segments import segments
from tdsep.vocal.singer import Singer
from tdsep.vocal.wanted import BASES, VOICE_BASES, Wanted
from tdsep.workers import a_few_ahead

#: Window in seconds.
WINDOW = 0.096
#: In Hz: voices have nothing below.
HIGH_PASS = 120.0
#: Lowest sampling rate in Hz: below it little is left of a voice.
LOWEST_RATE = 2000
#: Segments of a long song, and their overlap, in seconds.
_SEGMENT, _OVERLAP = 40.0, 3.0
#: Where the voice's share of the sound, over so many seconds, falls below this share of what it is
#: where it sings (the quantile), nobody is taken to sing; the gate opens over a band this wide.
_GATE, _GATE_SECONDS, _SINGING, _GATE_SOFTNESS = 0.35, 0.5, 0.8, 0.15


@dataclass(frozen=True, eq=False)
class VocalSeparation:
    """A song's voice, its background, and how they were told apart.

    Attributes
    ----------
    song : Sound [channels, samples]
    passages : list of (start, end)
        Where the background was learned, in seconds.
    mask : StoredFrames [frequency, frame], float16
        The voice's share of each bin.
    background : Background
    explanation : Explanation
    recording : Recording
    method : str
    power : int
        Whether bases and activations are of magnitudes (1) or of powers (2).
    """

    song: Sound
    passages: list[tuple[float, float]]
    mask: StoredFrames
    background: Background
    explanation: Explanation
    recording: Recording
    method: str
    power: int

    def blocks(self) -> Iterator[np.ndarray]:
        """Separate the song, block after block: voice and rest, [2, channels, samples].

        In memory for a few blocks, however long it is.
        """
        shape = self.recording.n_fft, self.recording.hop_length

        def take(block: Block) -> np.ndarray:
            spectrum = stft_frames(self.song, block.frames.start, block.frames.stop, *shape)
            spectrum *= self.mask[:, block.frames]
            vocals = istft(spectrum, block.n_samples, *shape)
            return np.stack([vocals, self.song[..., block.samples] - vocals])

        return a_few_ahead(take, blocks(self.song.shape[1], *shape))

    @cached_property
    def vocals(self) -> np.ndarray:
        """The voice, [channels, samples]."""
        return np.concatenate([voice for voice, _ in self.blocks()], axis=1)

    @property
    def accompaniment(self) -> np.ndarray:
        """What is not the voice, [channels, samples]: it adds up to the song with it."""
        return self.song[..., :] - self.vocals


def separate_vocals(
    song: Sound,
    rate: int,
    intro: float | Sequence[Passage] | None,
    *,
    method: str = METHODS[0],
    n_bases: int = BASES,
    n_vocal_bases: int = VOICE_BASES,
    width: int | None = None,
    divergence: str | float | None = None,
    n_iter: int | None = None,
    high_pass: float = HIGH_PASS,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> VocalSeparation:
    """Separate a song's voice from its accompaniment, which is learned where it is alone.

    What is learned need not be an accompaniment, nor the rest a voice (for what is neither sung
    nor spoken choose the method "nmf"): a hum, a machine, a café.

    Parameters
    ----------
    song : Sound [channels, samples], or array_like [channels, samples] or [samples]
        Any number of channels; all are masked alike. It is read again and again, in pieces: a
        file that is (`tdsep.audio.open_sound`) has to stay open.
    rate : int
        Sampling rate in Hz.
    intro : float, sequence of (start, end), or None
        Where nobody sings: the first so many seconds, passages in seconds, or None to look for
        them.
    method : {"source-filter", "nmf", "cnmf"}
        The voice by its pitches and formants; or, the lecture's, by new bases beside the
        accompaniment's, each a spectrum or as wide as `width`.
    n_bases : int
        Of the accompaniment.
    n_vocal_bases : int
        Of the voice (nmf, cnmf).
    width : int, optional
        Frames that a basis spans (cnmf): 12 by default.
    divergence : str or float, optional
        See `tdsep.nmf.factorize` (nmf, cnmf); "itakura-saito" by default. That one compares
        powers, any other magnitudes.
    n_iter : int, optional
        Iterations: of the longest fit to the song by the source-filter model (30 by default), of
        every factorisation by the others (nmf 30, cnmf 20): more make the voice no better.
    high_pass : float
        In Hz: what is lower belongs to the accompaniment.
    seed : int
        Of the random start; the same gives the same bytes.
    progress : callable, optional
        Called with the share of the work done, 0 to 1.

    Returns
    -------
    VocalSeparation

    Raises
    ------
    UnsuitableInputError
        If the song is silent, or where its background is to be learned, or too short.
    ParameterError
        If an option has a value that cannot work.

    Examples
    --------
    >>> import soundfile, tdsep
    >>> song, rate = soundfile.read("data/song.wav", always_2d=True)
    >>> separation = tdsep.separate_vocals(song.T, rate, 4.0)
    >>> separation.vocals.shape == separation.accompaniment.shape == song.T.shape
    True
    """
    report = progress or (lambda share: None)
    song = checked_song(song, rate)
    wanted = Wanted.checked(method, n_bases, n_vocal_bases, width, divergence, n_iter, high_pass)
    n_fft = window_length(rate, WINDOW)
    recording = Recording.of(song, rate, n_fft, n_fft // 4)
    if high_pass >= rate / 2:
        raise ParameterError(
            f"`high_pass` is {high_pass:g} Hz, where nothing is left of the recording: "
            f"give less than half its rate, {rate / 2:g} Hz"
        )
    if intro is None:
        passages = find_passages(recording)
    else:
        given = [(0.0, float(intro))] if isinstance(intro, int | float) else intro
        passages = checked_passages(given, song.shape[1] / rate)
    alone = _alone(recording, passages, n_fft)
    report(0.05)
    background = wanted.background(recording, alone, seed)
    report(0.15)
    explanation = _explained(
        wanted.explainer(recording, background), recording, ~alone, seed,
        lambda share: report(0.15 + 0.8 * share),
    )  # fmt: skip
    mask = explanation.mask
    assert isinstance(mask, StoredFrames)
    if method == "source-filter" and recording.n_views == 2:
        sharpen(mask, recording, ~alone)
    gate = np.ones(recording.n_frames)
    if method == "source-filter":
        gate = _gate(explanation.loudness, ~alone, recording.hop)
        if explanation.melody is not None:
            explanation.melody[gate < 0.5] = np.nan
    passed = frequencies(rate, n_fft)[:, None] >= high_pass
    for start, stop in recording.blocks():
        mask[:, start:stop] = mask[:, start:stop] * gate[start:stop] * passed
    report(1.0)
    return VocalSeparation(
        song, passages, mask, background, explanation, recording, method, wanted.power
    )


def _explained(
    explainer: Singer | Newcomer,
    recording: Recording,
    sung: np.ndarray,
    seed: int,
    progress: Callable[[float], None],
) -> Explanation:
    """Explain a song segment by segment; those without a voice need no explanation."""
    length, overlap = round(_SEGMENT / recording.hop), round(_OVERLAP / recording.hop)
    parts = segments(recording.n_frames, length, overlap)
    parts = [part for part in parts if sung[part.frames].any()]
    joined = Joined(recording.n_frames)
    for number, part in enumerate(parts):
        found = explainer.explain(
            part, sung[part.frames], np.random.default_rng([seed, number]),
            _within(progress, number, len(parts)),
        )  # fmt: skip
        joined.add(part, found)
    assert joined.whole is not None  # something is sung
    return joined.whole


def _within(progress: Callable[[float], None], number: int, count: int) -> Callable[[float], None]:
    """Progress of one of several parts."""
    return lambda share: progress((number + share) / count)


def _gate(loudness: np.ndarray, sung: np.ndarray, hop: float) -> np.ndarray:
    """Close where nobody sings, by the voice's share of the sound, [frame], 0 to 1."""
    frames = max(1, round(_GATE_SECONDS / hop))
    voice, total = uniform_filter1d(loudness.astype(np.float64), frames, mode="nearest")
    share = voice / np.maximum(total, np.finfo(np.float32).tiny)
    threshold = _GATE * float(np.quantile(share[sung], _SINGING))
    if threshold == 0:
        return np.zeros_like(share)
    return expit((share - threshold) / (_GATE_SOFTNESS * threshold))


def _alone(recording: Recording, passages: list[Passage], n_fft: int) -> np.ndarray:
    """Which frames hold the background alone."""
    alone = recording.frames_within(passages)
    if not alone.any():
        raise ParameterError(
            "the background's passages are shorter than one window, "
            f"{n_fft / recording.rate:.3f} s: give longer ones"
        )
    return alone


def checked_song(song: AnySound, rate: int) -> AnySound:
    """Return a song as [channels, samples]; raise where it cannot be one."""
    if rate < LOWEST_RATE:
        raise UnsuitableInputError(
            f"has {rate} samples a second, too few for voices: record at {LOWEST_RATE} Hz or more"
        )
    return checked_sound(song, rate, 2 * SHORTEST)
