import tempfile

import numpy as np
import pytest
import soundfile

from tdsep.audio import SoundFormat, write_parts
from tdsep.errors import ParameterError
from tdsep.formats import FORMATS, LOSSY, SUBTYPES, check_sound, check_subtype, nearest_subtype

KINDS = [(form, subtype) for form, kind in FORMATS.items() for subtype in kind.subtypes]
RATES = (7999, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 65537, 96000, 192000,
         384000, 655350, 655360)  # fmt: skip


def written(form: str, subtype: str, rate: int, n_channels: int) -> bool:
    """Whether libsndfile writes it; where tdsep refuses, it is not asked: it may crash."""
    with tempfile.TemporaryFile() as file:
        sound = SoundFormat(rate, n_channels, 500, subtype, form)
        try:
            write_parts([file], [np.full((1, n_channels, 500), 0.1)], sound)
        except Exception:
            return False
        file.seek(0)
        with soundfile.SoundFile(file.fileno(), closefd=False) as found:
            return (found.samplerate, found.channels, found.frames) == (rate, n_channels, 500)


def allowed(form: str, subtype: str, rate: int, n_channels: int) -> bool:
    try:
        check_sound(form, subtype, rate, n_channels)
    except ParameterError as error:
        assert "--format" in str(error)
        return False
    return True


@pytest.mark.parametrize(("form", "subtype"), KINDS)
def test_what_is_allowed_can_be_written(form, subtype):
    allowed_rates = [rate for rate in RATES if allowed(form, subtype, rate, 2)]
    assert allowed_rates
    for rate in allowed_rates:
        assert written(form, subtype, rate, 2), rate
    most = FORMATS[form].most_channels
    for n_channels in (1, most):
        assert allowed(form, subtype, 48000, n_channels)
        assert written(form, subtype, 48000, n_channels), n_channels
    assert not allowed(form, subtype, 48000, most + 1)


@pytest.mark.parametrize(("form", "subtype"), [kind for kind in KINDS if kind[1] != "VORBIS"])
def test_what_is_refused_cannot_be_written(form, subtype):
    for rate in RATES:
        if not allowed(form, subtype, rate, 1):
            assert not written(form, subtype, rate, 1), rate
    if form != "wav":
        assert not written(form, subtype, 48000, FORMATS[form].most_channels + 1)


def test_the_nearest_subtype():
    for form, subtype in KINDS:
        assert nearest_subtype(form, subtype, 48000) == subtype
    assert nearest_subtype("flac", "FLOAT", 48000) == "PCM_24"
    assert nearest_subtype("flac", "PCM_U8", 48000) == "PCM_S8"
    assert nearest_subtype("wav", "ALAC_24", 48000) == "PCM_24"
    assert nearest_subtype("wav", "AAC", 48000) == "PCM_16"
    assert nearest_subtype("ogg", "PCM_16", 48000) == "VORBIS"
    assert nearest_subtype("ogg", "OPUS", 44100) == "VORBIS"
    assert nearest_subtype("mp3", "DOUBLE", 48000) == "MPEG_LAYER_III"


def test_a_subtype_of_another_kind_is_refused_with_those_there_are():
    with pytest.raises(ParameterError, match="flac has no float: choose from pcm_16, pcm_24"):
        check_subtype("flac", "FLOAT")
    assert {subtype for _, subtype in KINDS} == {name.upper() for name in SUBTYPES}
    assert {name.upper() for name in SUBTYPES} > LOSSY
