import numpy as np
import pytest
import soundfile

from tdsep.errors import TdsepError
from tdsep.gmm.separate import separate_talkers
from tdsep.inspect.costs import COSTS, Cost
from tdsep.inspect.survey import survey
from tdsep.inspect.verdicts import verdicts
from tdsep.parts.separate import separate_parts
from tdsep.vocal.passages import checked_passages
from tdsep.vocal.separate import separate_vocals
from tests.conftest import SAMPLES, dead_room_mixture, voice_like

RATE = 16000


def judged(sound, rate=RATE):
    return {verdict.command: verdict for verdict in verdicts(survey(sound, rate))}


def load(name):
    samples, rate = soundfile.read(SAMPLES / f"{name}.wav", dtype="float32", always_2d=True)
    return samples.T, rate


def test_talkers_and_their_delays(rng):
    mixture, _ = dead_room_mixture(rng, [-2e-4, 1.5e-4])
    found = survey(mixture.astype(np.float32), RATE)
    np.testing.assert_allclose(found.talkers.delays, [-2e-4, 1.5e-4], atol=1e-5)
    assert found.talkers.pair == (0, 1)
    verdict = judged(mixture.astype(np.float32))["gmm-separate"]
    assert verdict.suits
    assert verdict.options == ()


def test_four_talkers_may_be_more(rng):
    mixture, _ = dead_room_mixture(rng, [-6e-4, -2e-4, 2e-4, 6e-4], seconds=8)
    verdict = judged(mixture.astype(np.float32))["gmm-separate"]
    assert verdict.suits
    assert "4 talkers stand apart by their delays, the most that are counted" in verdict.reason


def test_of_many_channels_those_that_tell_something(rng):
    mixture, _ = dead_room_mixture(rng, [-2e-4, 1.5e-4])
    first, second = mixture.astype(np.float32)
    found = survey(np.stack([first, 0 * first, -first, second]), RATE)
    assert found.microphones == found.talkers.pair == (0, 3)
    (verdict,) = [v for v in verdicts(found) if v.command == "gmm-separate"]
    assert verdict.options == ("--channels", "1,4")
    assert verdict.seconds == pytest.approx(COSTS["gmm-separate"].of(RATE, 2, 4.0)[0])


def test_levels_are_no_delays(rng):
    one, other = voice_like(rng, 4 * RATE), voice_like(rng, 4 * RATE)
    panned = np.stack([0.8 * one + 0.2 * other, 0.3 * one + 0.7 * other]).astype(np.float32)
    verdict = judged(panned)["gmm-separate"]
    assert verdict.suits is False
    assert "one direction" in verdict.reason


def test_channels_with_nothing_in_common(rng):
    apart = rng.standard_normal((2, 4 * RATE)).astype(np.float32)
    assert survey(apart, RATE).talkers.delays.size == 0
    verdict = judged(apart)["gmm-separate"]
    assert verdict.suits is False
    assert "no direction" in verdict.reason


def test_a_song_and_its_intro():
    sound, rate = load("song")
    found = judged(sound, rate)
    assert found["nmf-vocal"].suits
    flag, passage = found["nmf-vocal"].options
    assert flag == "--intro"
    start, end = passage.removesuffix("s").split("-")
    assert float(start) == 0
    assert 3 < float(end) <= 4  # the singer sets in at 4 s
    assert found["nmf-remove"].options == ("--background", passage)
    assert found["gmm-separate"].suits is False


def test_a_drum_loop_is_hardly_a_song():
    found = judged(*load("drums"))
    assert found["nmf-vocal"].suits is None
    assert found["nmf-parts"].suits is None


def test_a_background_may_be_alone_where_it_is_softest(rng):
    speech = voice_like(rng, 6 * RATE)
    speech[2 * RATE : int(3.5 * RATE)] = 0
    noisy = (speech + 1e-3 * rng.standard_normal(speech.size)).astype(np.float32)[None]
    found = judged(noisy)["nmf-remove"]
    assert found.suits is None
    start, end = map(float, found.options[1].removesuffix("s").split("-"))
    assert 2 <= start < end <= 3.5
    checked_passages([(start, end)], 6.0)


def test_a_sound_that_fades_away_is_no_background(rng):
    time = np.arange(4 * RATE) / RATE
    fading = (rng.standard_normal(time.size) * 10 ** (-20 * time / 20)).astype(np.float32)
    assert judged(0.1 * fading[None])["nmf-remove"].suits is False


def test_those_that_suit_come_first():
    sound, rate = load("two_talkers")
    order = [verdict.suits for verdict in verdicts(survey(sound, rate))]
    assert order == sorted(order, key=(True, None, False).index)
    assert order[0] is True


@pytest.mark.parametrize(
    ("channels", "seconds", "rate"), [(1, 2, RATE), (2, 0.01, RATE), (2, 4, 1000), (9, 0.2, 1999)]
)
def test_refusals_are_the_commands_own_words(rng, channels, seconds, rate):
    sound = rng.standard_normal((channels, round(seconds * rate))).astype(np.float32)
    check_refusals(sound, rate)


def test_refusals_of_silence_and_copies(rng):
    sound = rng.standard_normal((2, 2 * RATE)).astype(np.float32)
    check_refusals(0 * sound, RATE)
    check_refusals(sound[[0, 0]], RATE)
    check_refusals(sound * [[1], [0]], RATE)


def check_refusals(sound, rate):
    """What a command says of the sound is what is told of it beforehand."""
    found = survey(sound, rate)
    for refusal, command in (
        (found.talkers.refusal, lambda: separate_talkers(sound, rate)),
        (None if found.calm.is_song else found.calm.refusal,
         lambda: separate_vocals(sound, rate, None)),
        (found.parts_refusal, lambda: separate_parts(sound, rate, 2, n_iter=2)),
    ):  # fmt: skip
        if refusal is not None:
            with pytest.raises(TdsepError) as said:
                command()
            assert said.value.in_options == refusal
    assert found.talkers.refusal is not None


def test_costs_grow_with_what_is_held():
    cost = Cost(1.0, 2.0, 0.5, 100.0, 10.0, 1.0, held=40.0)
    assert cost.of(10000, 2, 50.0) == pytest.approx((1 + 2 * 0.8 + 0.5 * 1.0, 100 + 10 * 0.8))
    assert cost.of(10000, 2, 10.0) == pytest.approx((1 + 2 * 0.2 + 0.5 * 0.2, 100 + 10 * 0.2))
    whole = Cost(1.0, 2.0, 0.0, 100.0, 10.0, 0.5)
    assert whole.of(10000, 3, 1000.0) == pytest.approx((1 + 2 * 20, 100 + 10 * 20))
