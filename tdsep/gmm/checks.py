"""What a recording and the options must be for talkers to be told apart."""

from __future__ import annotations

from tdsep.errors import ParameterError, UnsuitableInputError
from tdsep.gmm import MASKS, MAX_CHANNELS, MAX_TALKERS, METHODS, OUTPUTS
from tdsep.gmm.talkers import SEARCH_WINDOW
from tdsep.gmm.windows import WINDOWS
from tdsep.sounds import Sound
from tdsep.stft import checked_hop, window_length

#: A channel this much weaker than the others (in amplitude) holds nothing.
SILENT = 1e-4
#: Lowest sampling rate in Hz: below it nothing is left of a voice.
LOWEST_RATE = 2000
#: Windows that may overlap at most.
MOST_OVERLAP = 64
#: Channels that differ by less than this (in amplitude) are one recording twice.
SAME = 1e-3


def check_options(
    n_talkers: int | None, method: str, output: str, mask: str, spacing: float | None
) -> None:
    """Raise ParameterError where an option has a value that cannot work."""
    if n_talkers is not None and not 1 <= n_talkers <= MAX_TALKERS:
        raise ParameterError(f"{n_talkers} talkers were asked for: give 1 to {MAX_TALKERS}")
    for name, value, choices in (
        ("method", method, METHODS), ("output", output, OUTPUTS), ("mask", mask, MASKS),
    ):  # fmt: skip
        if value not in choices:
            raise ParameterError(f"`{name}` is {value!r}: choose from {', '.join(choices)}")
    if spacing is not None and not 0.001 <= spacing <= 2.0:
        raise ParameterError(
            f"`spacing` is {spacing:g} m: give the distance between the microphones, "
            "0.001 to 2 metres"
        )


def check_rate(rate: int) -> None:
    """Raise UnsuitableInputError where the sampling rate, in Hz, leaves nothing of a voice."""
    if rate < LOWEST_RATE:
        raise UnsuitableInputError(
            f"has {rate} samples a second, too few for voices: record at {LOWEST_RATE} Hz or more"
        )


def check_shape(mixture: Sound) -> None:
    """Raise unless the mixture has channels, two or some more, by samples."""
    if mixture.dtype.kind not in "fiu" or len(mixture.shape) not in (1, 2):
        raise ParameterError(
            f"the mixture is a {len(mixture.shape)}-dimensional array of {mixture.dtype}: "
            "give real samples, channels by samples"
        )
    n_channels, n_samples = mixture.shape if len(mixture.shape) == 2 else (1, *mixture.shape)
    if 1 < n_samples < n_channels:
        raise ParameterError(
            f"the mixture has the shape {mixture.shape}: give channels by samples (transpose)"
        )
    if n_channels == 1:
        raise UnsuitableInputError(
            "has one channel, and a time difference needs two: record with two microphones"
        )
    if n_channels > MAX_CHANNELS:
        raise UnsuitableInputError(
            f"has {n_channels} channels: choose {MAX_CHANNELS} microphones or fewer"
        )


def check_length(n_samples: int, rate: int, n_fft: int | None, hop_length: int | None) -> None:
    """Raise unless a recording is as long as one window, and the hop is a sensible one."""
    shortest = window_length(rate, WINDOWS["mask"][0]) if n_fft is None else n_fft
    hop_length = checked_hop(shortest, hop_length)
    if hop_length < shortest // MOST_OVERLAP:
        raise ParameterError(
            f"the hop (`hop_length`) is {hop_length} samples long, which takes time and memory and "
            f"gains nothing: give {shortest // MOST_OVERLAP} or more"
        )
    shortest = max(shortest, window_length(rate, SEARCH_WINDOW))
    if n_samples < shortest:
        raise UnsuitableInputError(
            f"its length of {n_samples} is shorter than one window of {shortest} samples: "
            "give a longer recording or a smaller window (`n_fft`)"
        )
