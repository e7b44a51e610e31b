"""Sound files to arrays and back."""

from tdsep.audio.info import AudioInfo
from tdsep.audio.reading import SoundReader, open_sound, probe, read_audio
from tdsep.audio.writing import SoundFormat, gain_within, read_back, write_parts

__all__ = [
    "AudioInfo",
    "SoundFormat",
    "SoundReader",
    "gain_within",
    "open_sound",
    "probe",
    "read_audio",
    "read_back",
    "write_parts",
]
