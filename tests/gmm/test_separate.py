import numpy as np
import pytest
import soundfile

import tdsep
from tdsep.errors import ParameterError, UnsuitableInputError
from tdsep.evaluate import evaluate
from tdsep.masks import residual_level
from tests.conftest import SAMPLES, dead_room_mixture

RATE = 16000
DELAYS = [-8e-5, 9e-5]


@pytest.mark.parametrize("method", ["wrapped-phase", "lecture"])
@pytest.mark.parametrize("mask", ["soft", "binary"])
@pytest.mark.parametrize("n_talkers", [1, 2, 5])
def test_parts_add_up_to_the_mixture(rng, method, mask, n_talkers):
    mixture, _ = dead_room_mixture(rng, DELAYS)
    separation = tdsep.separate_talkers(mixture, RATE, n_talkers, method=method, mask=mask)
    assert separation.sources.shape == (n_talkers, *mixture.shape)
    np.testing.assert_allclose(separation.sources.sum(axis=0), mixture, atol=1e-5)
    np.testing.assert_allclose(separation.masks.sum(axis=0), 1, atol=1e-5)
    assert residual_level([separation.sources.sum(axis=0)], mixture) < -110


@pytest.mark.parametrize(
    ("delays", "least"), [(DELAYS, 8.0), ([-9e-4, 7e-4], 8.0), ([-1e-4, 0.0, 1e-4], 4.0)]
)
def test_separates_in_the_order_of_the_delays(rng, delays, least):
    mixture, images = dead_room_mixture(rng, delays, seconds=6)
    separation = tdsep.separate_talkers(mixture, RATE)
    np.testing.assert_allclose(separation.delays, delays, atol=3e-6)
    scores = evaluate(images[:, 0], separation.sources[:, 0])
    np.testing.assert_array_equal(scores.permutation, range(len(delays)))
    assert scores.si_sdr.min() > least
    at_microphone_2 = evaluate(images[:, 1], separation.sources[:, 1])
    assert at_microphone_2.si_sdr.min() > least


def test_the_lecture_method_fails_where_the_phase_wraps_and_ours_does_not(rng):
    mixture, images = dead_room_mixture(rng, [-9e-4, 7e-4], seconds=6)
    ours, lecture = (
        evaluate(images[:, 0], tdsep.separate_talkers(mixture, RATE, 2, method=m).sources[:, 0])
        for m in ("wrapped-phase", "lecture")
    )
    assert ours.si_sdr.mean() > lecture.si_sdr.mean() + 3


def test_one_talker_is_the_mixture(rng):
    mixture, _ = dead_room_mixture(rng, [5e-5])
    separation = tdsep.separate_talkers(mixture, RATE)
    assert separation.search.n_talkers == 1
    np.testing.assert_allclose(separation.sources[0], mixture, atol=1e-5)


def test_the_spacing_gives_angles_and_changes_nothing_else(rng):
    mixture, _ = dead_room_mixture(rng, DELAYS)
    known = tdsep.separate_talkers(mixture, RATE, spacing=0.04)
    unknown = tdsep.separate_talkers(mixture, RATE)
    assert unknown.angles is None
    np.testing.assert_allclose(np.sin(np.deg2rad(known.angles)) * 0.04 / 343, known.delays)
    np.testing.assert_allclose(known.sources, unknown.sources, atol=1e-3)


@pytest.mark.parametrize("level", [1e-200, 1e-30, 1e-3, 1e4, 1e30, 1e300])
def test_the_level_passes_through(rng, level):
    mixture, _ = dead_room_mixture(rng, DELAYS)
    quiet = tdsep.separate_talkers(level * mixture, RATE)
    usual = tdsep.separate_talkers(mixture, RATE)
    np.testing.assert_allclose(quiet.sources / level, usual.sources, atol=1e-3)


def test_swapping_the_microphones_turns_the_order(rng):
    mixture, _ = dead_room_mixture(rng, DELAYS)
    here = tdsep.separate_talkers(mixture, RATE)
    there = tdsep.separate_talkers(mixture[::-1], RATE)
    np.testing.assert_allclose(there.delays, -here.delays[::-1], atol=1e-6)


@pytest.mark.parametrize(("n_fft", "hop_length"), [(512, None), (1024, 100), (4096, 2048)])
def test_any_window_and_hop(rng, n_fft, hop_length):
    mixture, _ = dead_room_mixture(rng, DELAYS)
    separation = tdsep.separate_talkers(mixture, RATE, n_fft=n_fft, hop_length=hop_length)
    assert separation.masks.shape[1] == n_fft // 2 + 1
    assert residual_level([separation.sources.sum(axis=0)], mixture) < -100


def test_same_input_same_bytes(rng):
    mixture, _ = dead_room_mixture(rng, DELAYS)
    first, second = (tdsep.separate_talkers(mixture, RATE) for _ in range(2))
    assert first.sources.tobytes() == second.sources.tobytes()


def test_tells_its_progress(rng):
    mixture, _ = dead_room_mixture(rng, DELAYS)
    shares: list[float] = []
    tdsep.separate_talkers(mixture, RATE, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_odd_but_possible_sound_gives_finite_parts(rng):
    time = np.arange(RATE) / RATE
    tone = np.sin(2 * np.pi * 440 * time)
    for second in (
        0.3 * rng.standard_normal(RATE),  # nothing in common
        0.5 * np.sin(2 * np.pi * 440 * time + 1),  # one frequency alone
        5 + 0.1 * np.roll(tone, 3) + 0.01 * rng.standard_normal(RATE),  # an offset
        np.clip(9 * np.roll(tone, 5), -1, 1),  # overdriven
    ):
        separation = tdsep.separate_talkers(np.stack([tone, second]), RATE)
        assert np.isfinite(separation.sources).all()


def bad(rng, kind):
    sound = rng.standard_normal((2, RATE))
    match kind:
        case "mono":
            return sound[:1]
        case "one-dimensional":
            return sound[0]
        case "one channel twice":
            return np.concatenate([sound, sound[:1]])
        case "nine channels":
            return rng.standard_normal((9, RATE))
        case "short":
            return sound[:, :1000]
        case "empty":
            return sound[:, :0]
        case "silence":
            return 0 * sound
        case "offsets only":
            return 0 * sound + [[0.5], [0.2]]
        case "silent channel":
            return sound * [[1], [0]]
        case "identical":
            return np.repeat(sound[:1], 2, axis=0)
        case "scaled":
            return sound[:1] * [[1], [-0.3]]
        case "NaN":
            sound[0, 5] = np.nan
            return sound


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("mono", "one channel"),
        ("one-dimensional", "one channel"),
        ("one channel twice", "channels 1 and 3 hold the same sound"),
        ("nine channels", "9 channels"),
        ("short", "shorter than one window"),
        ("empty", "shorter than one window"),
        ("silence", "silent"),
        ("offsets only", "silent"),
        ("silent channel", "channel 2 is silent"),
        ("identical", "same sound"),
        ("scaled", "same sound"),
        ("NaN", "not numbers"),
    ],
)
def test_unsuitable_recordings(rng, kind, words):
    with pytest.raises(UnsuitableInputError, match=words):
        tdsep.separate_talkers(bad(rng, kind), RATE)


@pytest.mark.parametrize(
    "options",
    [
        {"n_talkers": 0}, {"n_talkers": 7}, {"method": "magic"}, {"mask": "wet"},
        {"output": "tape"}, {"output": "wiener", "mask": "binary"},
        {"output": "demix", "n_talkers": 3},
        {"spacing": 0.0}, {"spacing": -1.0}, {"spacing": float("nan")}, {"n_fft": 7},
        {"n_fft": 1024, "hop_length": 1000}, {"hop_length": 0},
    ],
)  # fmt: skip
def test_impossible_options(rng, options):
    mixture, _ = dead_room_mixture(rng, DELAYS, seconds=1)
    with pytest.raises(ParameterError):
        tdsep.separate_talkers(mixture, RATE, **options)


@pytest.mark.parametrize(
    "mixture",
    [np.zeros((1, 2, 9)), np.zeros((16000, 2)), np.zeros((2, 9), complex), "sound", None, 3.0],
)
def test_impossible_arrays(mixture):
    with pytest.raises(ParameterError, match="channels by samples"):
        tdsep.separate_talkers(mixture, RATE)


@pytest.mark.parametrize("kind", [np.int16, np.float16, np.float64, list])
def test_any_real_samples(rng, kind):
    mixture, _ = dead_room_mixture(rng, DELAYS)
    mixture = mixture / np.abs(mixture).max() * 30000
    given = mixture.tolist() if kind is list else mixture.astype(kind)
    separation = tdsep.separate_talkers(given, RATE)
    assert separation.sources.dtype in (np.float32, np.float64)
    np.testing.assert_allclose(separation.sources.sum(axis=0), mixture, atol=20)


@pytest.mark.parametrize("rate", [0, 1, 100, 1999])
def test_a_rate_too_low_for_voices(rng, rate):
    with pytest.raises(UnsuitableInputError, match="too few"):
        tdsep.separate_talkers(rng.standard_normal((2, RATE)), rate)


@pytest.mark.parametrize(
    ("name", "n_talkers", "gain"),
    [("two_talkers", 2, 10.0), ("two_talkers_in_turn", 2, 10.0), ("three_talkers_wide", 3, 8.0)],
)
def test_the_samples(name, n_talkers, gain):
    mixture, rate = soundfile.read(SAMPLES / f"{name}.wav")
    truth = np.stack(
        [soundfile.read(SAMPLES / f"{name}.truth{n + 1}.flac")[0][:, 0] for n in range(n_talkers)]
    )
    separation = tdsep.separate_talkers(mixture.T, rate)
    assert separation.search.n_talkers == n_talkers
    after = evaluate(truth, separation.sources[:, 0])
    before = evaluate(truth, np.repeat(mixture.T[:1], n_talkers, axis=0))
    np.testing.assert_array_equal(after.permutation, range(n_talkers))
    assert after.sdr.mean() - before.sdr.mean() > gain


def test_a_real_recording(real_data):
    mixture, rate = soundfile.read(
        real_data / "derived" / "stereo" / "sisec_f4_130ms_5cm_2spk_mix.wav"
    )
    folder = real_data / "B_stereo" / "sisec_und"
    truth = np.stack(
        [
            soundfile.read(folder / f"dev1_female4_liverec_130ms_5cm_sim_{n}.wav")[0][:, 0]
            for n in (1, 4)
        ]
    )
    separation = tdsep.separate_talkers(mixture.T, rate)
    np.testing.assert_allclose(separation.delays, [-0.109e-3, 0.094e-3], atol=2e-5)
    scores = evaluate(truth, separation.sources[:, 0])
    assert scores.sdr.mean() > 6.0


@pytest.mark.parametrize(
    ("seconds", "options", "output"),
    [
        (1.0, {}, "mask"), (3.0, {}, "wiener"), (5.0, {}, "demix"),
        (5.0, {"n_talkers": 3}, "wiener"), (5.0, {"n_talkers": 1}, "mask"),
        (5.0, {"method": "lecture"}, "mask"), (5.0, {"mask": "binary"}, "mask"),
        (1.0, {"output": "demix"}, "demix"), (5.0, {"output": "wiener"}, "wiener"),
    ],
)  # fmt: skip
def test_what_auto_stands_for(rng, seconds, options, output):
    mixture, _ = dead_room_mixture(rng, DELAYS, seconds=seconds)
    separation = tdsep.separate_talkers(mixture, RATE, **{"n_talkers": 2, **options})
    assert separation.output == output
    assert separation.model.n_fft == min(separation.overlaps, key=separation.overlaps.get)
    assert (separation.model.room is None) == (output == "mask")


@pytest.mark.parametrize("output", ["mask", "wiener", "demix"])
def test_the_smallest_window(rng, output):
    mixture, _ = dead_room_mixture(rng, DELAYS)
    separation = tdsep.separate_talkers(mixture, RATE, 2, output=output, n_fft=16)
    np.testing.assert_allclose(separation.sources.sum(axis=0), mixture, atol=1e-4)


def test_an_offset_of_the_converter_changes_nothing_but_itself(rng):
    mixture, images = dead_room_mixture(rng, DELAYS, seconds=6)
    offset = np.array([[0.5], [0.3]])
    separation = tdsep.separate_talkers(mixture + offset, RATE)
    assert separation.search.n_talkers == 2
    np.testing.assert_allclose(separation.sources.sum(axis=0), mixture + offset, atol=1e-5)
    heard = separation.sources[:, 0] - separation.sources[:, 0].mean(axis=1, keepdims=True)
    assert evaluate(images[:, 0], heard).si_sdr.min() > 10


def test_a_hop_that_would_fill_the_memory_is_refused(rng):
    mixture, _ = dead_room_mixture(rng, DELAYS)
    with pytest.raises(ParameterError, match="give 32 or more"):
        tdsep.separate_talkers(mixture, RATE, hop_length=1)
    given = tdsep.separate_talkers(mixture, RATE, 2, hop_length=512)
    assert given.model.hop_length == 512
    assert len(given.overlaps) == 1


def test_the_same_seed_gives_the_same_parts(rng):
    mixture, _ = dead_room_mixture(rng, DELAYS, seconds=5)
    one, same, other = (
        tdsep.separate_talkers(mixture, RATE, 2, n_fft=4096, seed=seed).sources
        for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
