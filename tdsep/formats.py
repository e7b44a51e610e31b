"""What each kind of sound file that tdsep writes can hold."""

from __future__ import annotations

from dataclasses import dataclass

from tdsep.errors import ParameterError


@dataclass(frozen=True)
class Kind:
    """A kind of sound file.

    Attributes
    ----------
    subtypes : tuple of str
        Sample formats, in libsndfile's names; the first is taken where nothing speaks for another.
    nearest : dict
        What stands for sample formats that the kind lacks; for others the first does.
    most_channels : int
    """

    subtypes: tuple[str, ...]
    nearest: dict[str, str]
    most_channels: int


_INTEGERS = {"ALAC_20": "PCM_24", "ALAC_24": "PCM_24", "DWVW_24": "PCM_24"}

#: By what `--format` calls them, which is the ending of the files' names, too.
FORMATS = {
    "wav": Kind(
        ("PCM_16", "PCM_24", "PCM_32", "PCM_U8", "FLOAT", "DOUBLE", "ULAW", "ALAW"),
        {"PCM_S8": "PCM_U8", "ALAC_32": "PCM_32"} | _INTEGERS,
        1024,
    ),
    "flac": Kind(
        ("PCM_16", "PCM_24", "PCM_S8"),
        {"PCM_U8": "PCM_S8", "ALAC_32": "PCM_24"}
        | dict.fromkeys(("PCM_32", "FLOAT", "DOUBLE"), "PCM_24")
        | _INTEGERS,
        8,
    ),
    "ogg": Kind(("VORBIS", "OPUS"), {}, 255),
    "mp3": Kind(("MPEG_LAYER_III",), {}, 2),
}
#: All sample formats, as `--subtype` calls them.
SUBTYPES = tuple(
    dict.fromkeys(subtype.lower() for kind in FORMATS.values() for subtype in kind.subtypes)
)
#: Those that give back something near what was written.
LOSSY = frozenset({"VORBIS", "OPUS", "MPEG_LAYER_III"})

_OPUS_RATES = (8000, 12000, 16000, 24000, 48000)
#: Rates in Hz that MP3 has.
MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


def nearest_subtype(form: str, subtype: str, rate: int) -> str:
    """Sample format for a file made from one of another kind: the same, where there is such.

    Parameters
    ----------
    form : str
        A key of `FORMATS`.
    subtype : str
        What the sound comes from, in libsndfile's name.
    rate : int
        In Hz.
    """
    kind = FORMATS[form]
    if subtype == "OPUS" and rate not in _OPUS_RATES:
        return kind.subtypes[0]
    wanted = kind.nearest.get(subtype, subtype)
    return wanted if wanted in kind.subtypes else kind.subtypes[0]


def check_subtype(form: str, subtype: str) -> None:
    """Find out whether a kind of file has a sample format.

    Raises
    ------
    ParameterError
        If it has not.
    """
    if subtype not in FORMATS[form].subtypes:
        known = ", ".join(each.lower() for each in FORMATS[form].subtypes)
        raise ParameterError(f"{form} has no {subtype.lower()}: choose from {known}")


def check_sound(form: str, subtype: str, rate: int, n_channels: int) -> None:
    """Find out whether a kind of file can hold sound of some rate and so many channels.

    Raises
    ------
    ParameterError
        If it cannot.
    """
    check_subtype(form, subtype)
    most = FORMATS[form].most_channels
    if n_channels > most:
        raise ParameterError(f"{form} holds up to {most} channels, not {n_channels}: {_CURE}")
    if subtype == "MPEG_LAYER_III" and rate not in MP3_RATES:
        raise ParameterError(f"mp3 holds {_listed(MP3_RATES)} Hz, not {rate}: {_CURE}")
    if subtype == "OPUS" and rate not in _OPUS_RATES:
        raise ParameterError(f"opus holds {_listed(_OPUS_RATES)} Hz, not {rate}: {_CURE}")
    if subtype == "VORBIS" and rate > 200_000:
        raise ParameterError(f"vorbis holds up to 200000 Hz, not {rate}: {_CURE}")
    if form == "flac" and rate > 65535 and (rate > 655350 or rate % 10):
        raise ParameterError(f"flac holds no {rate} Hz: {_CURE}")


_CURE = "choose another --format or --subtype"


def _listed(rates: tuple[int, ...]) -> str:
    return ", ".join(map(str, rates))
