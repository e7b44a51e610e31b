"""Sound files to arrays and back."""

from tdsep.audio.files import (
    AudioInfo,
    common_gain,
    decode,
    decoded_sum,
    encode_parts,
    encode_wav,
    probe,
    read_audio,
)

__all__ = [
    "AudioInfo",
    "common_gain",
    "decode",
    "decoded_sum",
    "encode_parts",
    "encode_wav",
    "probe",
    "read_audio",
]
