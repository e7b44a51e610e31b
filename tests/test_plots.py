import io

import numpy as np
import pytest
from PIL import Image

import tdsep
from tdsep import plots
from tdsep.gmm import TALKER_FIGURES
from tdsep.nmf import RankChoice
from tdsep.parts import PART_FIGURES
from tdsep.topics import TOPIC_FIGURES
from tdsep.topics.agreement import agreement
from tdsep.vocal import VOCAL_FIGURES
from tests.conftest import dead_room_mixture, voice_like


@pytest.fixture(scope="module", params=[(1, "auto"), (2, "mask"), (2, "demix"), (6, "wiener")])
def separation(request):
    n_talkers, output = request.param
    mixture, _ = dead_room_mixture(np.random.default_rng(1), [-8e-5, 9e-5], seconds=2)
    method = "lecture" if output == "mask" else "wrapped-phase"
    return tdsep.separate_talkers(mixture, 16000, n_talkers, method=method, output=output)


def test_the_sheet_shows_every_panel(separation):
    sheet = plots.talker_sheet(separation, title="a $ 絆 \n name_{x}.wav")
    titles = [axes.get_title() for axes in sheet.axes]
    n_talkers = len(separation.masks)
    rows = ["By time", "By direction"] if separation.model.room else ["Mask"]
    for start in (*rows, "Talker"):
        assert sum(title.startswith(start) for title in titles) == n_talkers, start
    for words in (
        "Mixture", "Time difference of", "Gaussians fitted", "Log-likelihood", "Number", "Window",
        "Angular spectrum",
    ):  # fmt: skip
        assert any(words in title for title in titles), words
    image = Image.open(io.BytesIO(plots.to_png(sheet)))
    assert image.width >= 1200
    assert len(image.getcolors(maxcolors=1 << 24)) > 100


def test_the_histogram_shows_each_gaussian_and_their_sum(separation):
    sheet = dict(plots.talker_figures(separation))["histogram"]
    (axes,) = sheet.axes
    curves = {line.get_label(): line.get_ydata() for line in axes.lines}
    parts = [values for label, values in curves.items() if label.startswith("Gaussian")]
    assert len(parts) == len(separation.masks)
    if len(parts) > 1:
        np.testing.assert_allclose(np.sum(parts, axis=0), curves["sum"])


def test_every_panel_as_a_figure_of_its_own(separation):
    names = [name for name, _ in plots.talker_figures(separation)]
    assert names == list(TALKER_FIGURES)


def test_the_curve_is_the_history(separation):
    figure = dict(plots.talker_figures(separation))["log-likelihood"]
    history = separation.model.mixture.log_likelihood
    np.testing.assert_allclose(figure.axes[0].lines[0].get_ydata(), history - history[0])
    phases, refined = separation.model.phase_mixture, separation.model.room
    n_stages = 1 + (phases is not None) + len(refined.log_likelihood if refined else ())
    assert len(figure.axes[0].lines) == n_stages


@pytest.fixture(scope="module", params=["source-filter", "nmf", "cnmf"])
def vocal_separation(request):
    rng = np.random.default_rng(1)
    hum = np.sin(2 * np.pi * 200 * np.arange(48000) / 16000) + 0.1 * rng.standard_normal(48000)
    voice = np.r_[np.zeros(16000), voice_like(rng, 32000)]
    return tdsep.separate_vocals(hum + voice, 16000, 1.0, method=request.param, n_iter=3, n_bases=5)


def test_the_vocal_sheet_shows_every_panel(vocal_separation):
    sheet = plots.vocal_sheet(vocal_separation, title="a $ b.wav")
    titles = " / ".join(axes.get_title() for axes in sheet.axes)
    for words in ("The recording", "Mask", "5 bases", "The voice", "background", "Divergence"):
        assert words in titles, words
    image = Image.open(io.BytesIO(plots.to_png(sheet)))
    assert len(image.getcolors(maxcolors=1 << 24)) > 100


def test_vocal_figures_have_their_names_and_histories(vocal_separation):
    figures = dict(plots.vocal_figures(vocal_separation))
    assert tuple(figures) == VOCAL_FIGURES
    for name, losses in (
        ("divergence", vocal_separation.explanation.losses),
        ("background-divergence", vocal_separation.background.sounds.losses),
    ):
        np.testing.assert_array_equal(figures[name].axes[0].lines[0].get_ydata(), losses)


def test_the_new_sound_may_have_another_name(vocal_separation):
    sheet = plots.vocal_sheet(vocal_separation, sound="foreground")
    titles = [axes.get_title() for axes in sheet.axes]
    assert "The foreground" in titles
    assert not any("voice" in title for title in titles)


@pytest.fixture(scope="module", params=[1, 7, 34])
def topics(request):
    rng = np.random.default_rng(1)
    chances = 0.05 + 3 * (rng.random((40, 60)) < 0.1)
    counts = rng.poisson(chances[np.arange(120) % 40])
    names = [f"${number}_{{折}}" for number in range(60)]
    return tdsep.find_topics(counts, request.param, vocabulary=names, max_df=1.0)


@pytest.mark.parametrize("labelled", [True, False])
def test_the_topic_sheet_shows_every_panel(topics, labelled):
    labels = [f"$label_{number % 45}" for number in range(120)]
    compared = agreement(topics.clusters, labels, topics.n_topics) if labelled else None
    sheet = plots.topic_sheet(topics, compared, "a $ b")
    titles = [axes.get_title() for axes in sheet.axes]
    shown = sum(title.startswith("Topic ") for title in titles)
    assert shown == min(topics.n_topics, 30)
    for words in ("V: counts", "H: the mixture", "NMI" if labelled else "How many", "divergence"):
        assert any(words in title for title in titles), words
    image = Image.open(io.BytesIO(plots.to_png(sheet)))
    assert len(image.getcolors(maxcolors=1 << 24)) > 100


def test_topic_figures_have_their_names_and_histories(topics):
    figures = dict(plots.topic_figures(topics))
    assert tuple(figures) == TOPIC_FIGURES
    curve, starts = figures["divergence"].axes[0].lines
    np.testing.assert_array_equal(curve.get_ydata(), topics.losses)
    np.testing.assert_array_equal(starts.get_ydata(), topics.start_losses)


def test_the_errors_of_ranks():
    choice = RankChoice(
        2, True, "because", np.arange(1, 5), np.arange(4, 0, -1), np.ones((4, 3)), np.full(3, 2)
    )
    sheet = plots.rank_sheet(choice, "a $ name.npz")
    assert "2 components: because" in sheet.get_suptitle()
    assert [len(axes.lines) for axes in sheet.axes] == [2, 5]
    assert plots.to_png(sheet)


def test_the_parts_of_a_sound():
    time = np.arange(16000) / 16000
    noise = 0.1 * np.random.default_rng(0).standard_normal(16000)
    sound = np.sin(2 * np.pi * 440 * time) * (time < 0.5) + noise
    found = tdsep.separate_parts(sound, 16000, 5, n_iter=10)
    titles = [axes.get_title() for axes in plots.part_sheet(found, "a $ 絆.wav").axes]
    for words in ("The sound", "Bases:", "Activations:", "5 parts, as asked for", "Divergence"):
        assert any(title.startswith(words) for title in titles), words
    assert sum(title[:1].isdigit() for title in titles) == 6  # the parts, and "5 parts"
    names = [name for name, figure in plots.part_figures(found) if plots.to_png(figure)]
    assert tuple(names) == PART_FIGURES
