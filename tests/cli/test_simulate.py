import json
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.conftest import encode_wav, voice_like

RATE = 16000


def write(name, sound, rate=RATE):
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_bytes(encode_wav(np.atleast_2d(sound), rate, "PCM_16"))
    return name


@pytest.fixture
def voices(tdsep, rng):
    """Dry talkers ann.wav and bob.wav."""
    for name in ("ann", "bob"):
        write(f"{name}.wav", 0.5 * voice_like(rng, 2 * RATE))
    return "ann.wav", "bob.wav"


def read(name):
    samples, rate = soundfile.read(name)
    assert rate == RATE
    return samples.T


def files(folder="."):
    return sorted(str(path) for path in Path(folder).rglob("*") if path.is_file())


def test_writes_the_mixture_and_its_truth(tdsep, voices):
    run = tdsep("simulate", *voices, "--angles", "-40,30", "-o", "mix", "-v")
    assert run.status == 0, run.err
    assert run.out == ""
    assert run.err.startswith("ann.wav: 2 talkers at -40°, +30° -> mix.wav, truth/ann.wav, truth/")
    assert files("mix") == [
        "mix/mix.simulate.json", "mix/mix.wav", "mix/truth/ann.wav", "mix/truth/bob.wav"
    ]  # fmt: skip
    mixture, first, second = map(read, ("mix/mix.wav", "mix/truth/ann.wav", "mix/truth/bob.wav"))
    assert mixture.shape == first.shape == second.shape == (2, 2 * RATE)
    noise = mixture - first - second
    assert 10 * np.log10((mixture**2).mean() / (noise**2).mean()) == pytest.approx(40, abs=0.5)
    assert (first[0] ** 2).mean() == pytest.approx((second[0] ** 2).mean())
    assert max(map(np.max, (abs(mixture), abs(first), abs(second)))) == pytest.approx(0.5)


def test_without_noise_the_images_add_up(tdsep, voices):
    assert tdsep("simulate", *voices, "--snr", 120, "-o", "mix").status == 0
    mixture, first, second = map(read, ("mix/mix.wav", "mix/truth/ann.wav", "mix/truth/bob.wav"))
    np.testing.assert_allclose(first + second, mixture, atol=2e-6)


@pytest.mark.parametrize("spacing", [0.04, 0.2])
def test_the_delays_told_are_those_heard(tdsep, rng, spacing):
    voices = [write(f"noise{n}.wav", 0.1 * rng.standard_normal(2 * RATE)) for n in (1, 2, 3)]
    run = tdsep("simulate", *voices, "--rt60", 0, "--spacing", spacing, "-o", "mix", "--json", "-q")
    scene = json.loads(run.out)["scene"]
    assert [talker["angle"] for talker in scene["talkers"]] == [-45, 0, 45]
    first, second = np.array(scene["microphones"])
    assert np.linalg.norm(first - second) == pytest.approx(spacing)
    for talker in scene["talkers"]:
        left, right = np.fft.rfft(read(f"mix/{talker['truth']}"))
        lags = np.fft.irfft(right * left.conj(), 32 * 2 * RATE)
        lag = np.argmax(np.roll(lags, 1000)) - 1000
        assert lag / (32 * RATE) == pytest.approx(talker["delay"], abs=1e-5)
        near, far = (np.linalg.norm(talker["position"] - place) for place in (first, second))
        assert (far - near) / scene["speed_of_sound"] == pytest.approx(talker["delay"])


def test_the_lines_to_go_on_with_run(tdsep, voices):
    run = tdsep("simulate", *voices, "-o", "a mix")
    separate, score = run.err.split("go on with: ")[1].split(" && ")
    assert tdsep(*shlex.split(separate)[1:], "--plots", "none").status == 0
    run = tdsep(*shlex.split(score)[1:])
    assert run.status == 0, run.err
    head, *rows, mean = run.out.splitlines()
    assert [row.split()[0] for row in rows] == ["ann.wav", "bob.wav"]
    gained = float(mean.split()[head.split().index("SDRi") - 1])
    assert gained > 5


def test_the_same_seed_gives_the_same_bytes(tdsep, voices):
    contents = []
    for seed in (1, 1, 2):
        assert tdsep("simulate", *voices, "--overwrite", "--seed", seed).status == 0
        contents.append(Path("simulated/mix.wav").read_bytes())
    assert contents[0] == contents[1] != contents[2]


def test_other_rates_lengths_and_channels_are_told(tdsep, voices, rng):
    write("carl.wav", np.tile(0.5 * voice_like(rng, 36000, 24000), (2, 1)), rate=24000)
    run = tdsep("simulate", *voices, "carl.wav", "-o", "mix")
    assert run.status == 0
    assert run.err.splitlines()[1:] == [
        "  warning: carl.wav: of 2 channels the first is taken",
        "  warning: carl.wav: resampled from 24000 to 16000 Hz",
        "  warning: all are cut to 1.500 s, the length of the shortest",
    ]
    assert read("mix/truth/carl.wav").shape == (2, 24000)


def test_directions_that_coincide_are_warned_of(tdsep, voices, rng):
    """By their time differences, which to the side change little with the angle."""
    write("carl.wav", 0.5 * voice_like(rng, 2 * RATE))
    for angles in ("0,10", "40,60", "-90,90"):
        assert "warning" not in tdsep("simulate", *voices, "--angles", angles, "--overwrite").err
    run = tdsep("simulate", *voices, "carl.wav", "--angles", "60,-20,90", "-o", "mix")
    assert run.status == 0
    assert run.err.splitlines()[1:] == [
        "  warning: ann.wav and carl.wav: their time differences, +0.101 and +0.117 ms, are too "
        "close to be told apart: give --angles farther apart"
    ]
    assert "too close" in tdsep("simulate", *voices, "--angles", "7,7", "--overwrite").err


def test_nothing_is_overwritten_unasked(tdsep, voices):
    assert tdsep("simulate", *voices).status == 0
    before = {name: Path(name).stat().st_mtime_ns for name in files("simulated")}
    run = tdsep("simulate", *voices, "--angles", "0,20")
    assert run.status == 1
    assert "simulated/mix.wav: exists already: choose --overwrite" in run.err
    assert tdsep("simulate", *voices, "--skip-existing").status == 0
    assert tdsep("simulate", *voices, "--skip-existing", "--angles", "0,20").status == 1
    assert {name: Path(name).stat().st_mtime_ns for name in files("simulated")} == before
    assert tdsep("simulate", *voices, "--overwrite", "--angles", "0,20").status == 0


def test_another_truth_is_not_mixed_up_with_this_one(tdsep, voices, rng):
    assert tdsep("simulate", *voices).status == 0
    write("carl.wav", 0.5 * voice_like(rng, 2 * RATE))
    run = tdsep("simulate", "ann.wav", "carl.wav", "--overwrite")
    assert run.status == 1
    assert run.err.startswith("tdsep: simulated/truth/bob.wav: would lie among the truth")


WRONG = {
    "no talker": ([], 2, "Missing argument"),
    "too few angles": (["ann.wav", "bob.wav", "--angles", "20"], 2, "2 talkers and 1 --angles"),
    "no angle": (["ann.wav", "--angles", "left"], 2, "'left': give an angle from -90 to 90"),
    "an angle behind": (["ann.wav", "--angles", "120"], 2, "from -90 to 90"),
    "no number": (["ann.wav", "--angles", "nan"], 2, "from -90 to 90"),
    "no spacing": (["ann.wav", "--spacing", "0"], 2, "'--spacing'"),
    "a hall": (["ann.wav", "--rt60", "3"], 2, "'--rt60'"),
    "a room too dead": (["ann.wav", "--rt60", "0.01"], 2, "choose a longer one, or 0"),
    "out of the room": (["ann.wav", "--distance", "9"], 2, "stands outside the room"),
    "the same talker twice": (["ann.wav", "ann.wav"], 2, "another talker is called ann, too"),
    "no such file": (["ann.wav", "zoe.wav"], 3, "zoe.wav: no such file: check its name"),
    "no sound": (["text.wav"], 3, "text.wav: is not a sound file"),
    "a folder": (["folder"], 3, "folder: is a folder"),
    "a silent talker": (["ann.wav", "silent.wav"], 4, "silent.wav: is silent"),
    "too short": (["ann.wav", "brief.wav"], 4, "give 0.5 s or more"),
    "a file for a folder": (["ann.wav", "-o", "bob.wav"], 2, "'bob.wav' is a file"),
    "over an input": (["truth/ann.wav", "-o", ".", "--overwrite"], 2, "is an input"),
    "both": (["ann.wav", "--overwrite", "--skip-existing"], 2, "exclude each other"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use_is_one_clear_line(tdsep, voices, rng, name):
    write("silent.wav", np.zeros(2 * RATE))
    write("brief.wav", 0.1 * rng.standard_normal(1000))
    write("truth/ann.wav", 0.1 * rng.standard_normal(2 * RATE))
    Path("text.wav").write_text("no sound", encoding="utf-8")
    Path("folder").mkdir()
    before = files()
    arguments, status, words = WRONG[name]
    run = tdsep("simulate", *arguments)
    assert run.status == status, run.err
    assert (run.out, len(run.err.splitlines())) == ("", 1)
    assert run.err.startswith("tdsep: ")
    assert words in run.err
    assert files() == before


def test_without_the_extra(tdsep, voices, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyroomacoustics", None)
    run = tdsep("simulate", *voices)
    assert run.status == 1
    assert run.err == (
        "tdsep: simulating a room needs pyroomacoustics: install it with pip install "
        "'tdsep[rooms]'\n"
    )
    assert not Path("simulated").exists()
