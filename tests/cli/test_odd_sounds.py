"""Sounds that numbers may trip over: finite results that add up, or one clear line."""

import json
from pathlib import Path

import numpy as np
import pytest

from tdsep.audio import read_audio
from tests.cli.commands import COMMANDS
from tests.conftest import dead_room_mixture, encode_wav

RATE = 16000
SEPARATING = ("gmm-separate", "nmf-vocal", "nmf-remove", "nmf-parts")
RANK = ("--plots", "none", "--to", "3", "--iterations", "3", "--repeats", "1")


def odd_sounds() -> dict[str, tuple[np.ndarray, str]]:
    """Samples [2, samples] and the sample format that they are written in."""
    rng = np.random.default_rng(1)
    mixture, _ = dead_room_mixture(rng, [-8e-5, 9e-5], seconds=1.5)
    alone, _ = dead_room_mixture(rng, [5e-5], seconds=1.5)
    time = np.arange(mixture.shape[1]) / RATE
    tone = 0.3 * np.sin(2 * np.pi * 440 * time + [[0.0], [0.2]])
    click = np.where(np.arange(time.size) == time.size // 2, 0.5, 0.0)
    return {
        "silence": (0 * mixture, "PCM_16"),
        "silence in one channel": (mixture * [[0], [1]], "PCM_16"),
        "silence in the second half": (np.where(time < 0.75, mixture, 0), "PCM_16"),
        "an offset": (mixture + 0.4, "FLOAT"),
        "an offset above all": (1e-4 * mixture + 0.9, "FLOAT"),
        "a click": (np.stack([click, click]), "PCM_16"),
        "a click in it": (mixture + click, "FLOAT"),
        "clipping": (np.clip(30 * mixture, -1, 1 - 2**-15), "PCM_16"),
        "1e-30": (1e-30 * mixture, "FLOAT"),
        "1e-11": (1e-11 * mixture, "FLOAT"),
        "1e11": (1e11 * mixture, "FLOAT"),
        "1e30": (1e30 * mixture, "FLOAT"),
        "1e-300": (1e-300 * mixture, "DOUBLE"),
        "1e300": (1e300 * mixture, "DOUBLE"),
        "a constant": (np.full(mixture.shape, 0.3), "PCM_16"),
        "a tone": (tone, "PCM_16"),
        "white noise": (0.1 * rng.standard_normal(mixture.shape), "PCM_16"),
        "the last bit": (rng.integers(0, 2, mixture.shape) / 2**15, "PCM_16"),
        "equal channels": (mixture[[0, 0]], "PCM_16"),
        "opposite channels": (np.stack([mixture[0], -mixture[0]]), "PCM_16"),
        "one talker": (alone, "PCM_16"),
    }


ODD = odd_sounds()
#: What no command can make sense of, what is too far from 1 for those but gmm-separate, and what
#: that alone cannot separate: words of the line.
NOTHING = dict.fromkeys(("silence", "a constant"), "is silent")
TOO_FAR = dict.fromkeys(("1e-30", "1e30", "1e-300", "1e300"), "scale it to about 1")
ONE_MICROPHONE = {
    "silence in one channel": "channel 1 is silent",
    **dict.fromkeys(("a click", "equal channels", "opposite channels"), "same sound"),
}


def refusal(command: str, kind: str) -> str | None:
    """Words of the line in which a command refuses a sound; None where it takes it."""
    if command == "gmm-separate":
        return (NOTHING | ONE_MICROPHONE).get(kind)
    if command in ("nmf-vocal", "nmf-remove") and kind == "a click":
        return "is silent where its background is to be learned"
    return (NOTHING | TOO_FAR).get(kind)


@pytest.mark.parametrize("kind", ODD)
def test_finite_results_that_add_up_or_one_clear_line(tdsep, kind):
    """A RuntimeWarning would be an error, and that a fault."""
    samples, subtype = ODD[kind]
    Path("in.wav").write_bytes(encode_wav(samples, RATE, subtype))
    sound, info = read_audio("in.wav")
    for command in (*SEPARATING, "nmf-rank"):
        options = RANK if command == "nmf-rank" else COMMANDS[command][1]
        run = tdsep(command, *options, "-o", command, "in.wav")
        words = refusal(command, kind)
        if words is not None:
            assert (run.status, run.err.count("\n")) == (4, 1), run.err
            assert words in run.err
            assert not Path(command).exists()
            continue
        assert run.status == 0, run.err
        if command == "nmf-rank":
            continue
        document = json.loads(Path(f"{command}/in.{_kind(command)}.json").read_text())
        parts = [read_audio(path)[0] for path in sorted(Path(command).glob("*.wav"))]
        assert all(part.shape == sound.shape for part in parts)
        assert (document["gain"] == 1) == (subtype != "PCM_16" or kind != "clipping")
        step = 2**-15 if subtype == "PCM_16" else 2**-21 * np.abs(sound).max()
        total = np.sum(parts, axis=0, dtype=np.float64)
        np.testing.assert_allclose(total, document["gain"] * sound, rtol=0, atol=step)
        assert document["output"]["subtype"] == info.subtype == subtype


def _kind(command: str) -> str:
    return "gmm" if command == "gmm-separate" else command


@pytest.mark.parametrize("kind", ["one talker", "a tone", "white noise"])
def test_one_direction_is_a_warning(tdsep, kind):
    """It looks like any other result; who says that there is one talker knows."""
    Path("in.wav").write_bytes(encode_wav(ODD[kind][0], RATE, "PCM_16"))
    run = tdsep("gmm-separate", "in.wav", *COMMANDS["gmm-separate"][1])
    assert run.status == 0
    assert "warning: only one talker was found, and the whole recording is in" in run.err
    given = tdsep("gmm-separate", "in.wav", "-n", "1", "--overwrite", "--plots", "none")
    assert "warning" not in given.err


@pytest.mark.parametrize("command", [*SEPARATING, "nmf-rank"])
@pytest.mark.parametrize("frames", [1, 2, 100, 799])
def test_too_short_a_sound_is_one_clear_line(tdsep, command, frames):
    samples = np.random.default_rng(1).uniform(-0.5, 0.5, (2, frames))
    Path("in.wav").write_bytes(encode_wav(samples, RATE, "PCM_16"))
    for options in COMMANDS[command][1], ("--plots", "none"):
        if command == "nmf-remove" and "--background" not in options:
            continue
        run = tdsep(command, *options, "in.wav")
        assert run.status in (2, 4)
        assert run.err.count("\n") == 1
        assert "in.wav: " in run.err
        assert not Path("separated").exists()
