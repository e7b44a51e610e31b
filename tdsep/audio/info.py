"""What a sound file says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class AudioInfo:
    """What a sound file says of itself.

    Attributes
    ----------
    rate : int
        Sampling rate in Hz.
    channels : int
    frames : int
        Samples per channel.
    subtype : str
        Sample format, in libsndfile's name: PCM_16, PCM_24, FLOAT, …; of sound that FFmpeg
        decodes the codec's name: AAC, ALAC, …
    cut_off : bool
        Whether the file is shorter than its header promises.
    tags : mapping
        Of title, artist, album, date, genre, comment, tracknumber and copyright what there is.
    notes : tuple of str
        What was found when it was decoded: that there are several sound tracks, for example.
    """

    rate: int
    channels: int
    frames: int
    subtype: str
    cut_off: bool = False
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    notes: tuple[str, ...] = ()

    @property
    def remarks(self) -> list[str]:
        """What whoever hears the result should know of the file."""
        cut_off = "the file is shorter than its header says: the end of it is missing"
        return [*self.notes, *([cut_off] if self.cut_off else [])]
