"""What is said of wrong use is in the words of the command line, and says where the fault is."""

from pathlib import Path

import pytest

from tests.conftest import SAMPLES

SHOP = [SAMPLES / f"shop_{name}.csv" for name in ("customer_good", "good_word")]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("gmm-separate", "--n-fft", 17), "window (--n-fft) is 17 samples long"),
        (("gmm-separate", "--hop-length", 1), "hop (--hop-length) is 1 samples long, which"),
        (("gmm-separate", "--n-fft", 65536), "a smaller window (--n-fft)"),
        (("gmm-separate", "--spacing", 55), "--spacing is 55 m"),
        (("gmm-separate", "-n", 3, "--output", "demix"), "choose --output wiener or auto"),
        (("gmm-separate", "--mask", "binary", "--output", "demix"), "--mask binary is for --ou"),
        (("nmf-parts", "-k", 2, "--width", 10**6), "--width is 1000000 columns"),
        (("nmf-parts", "-k", 50, "--n-fft", 16384), "a shorter --hop-length"),
        (("nmf-vocal", "--intro", "1s", "--width", 3), "only --method cnmf has a --width"),
        (("nmf-vocal", "--intro", "1s", "--divergence", 1), "has a --divergence of its own"),
        (("nmf-vocal", "--intro", "1s", "--high-pass", 9000), "--high-pass is 9000 Hz"),
        (("nmf-rank", "--n-fft", 17), "window (--n-fft) is 17 samples long"),
    ],
)
def test_options_are_called_by_their_names(tdsep, mix, arguments, words):
    run = tdsep(*arguments, mix, "--plots", "none")
    assert run.status in (1, 2, 4)
    assert words in run.err
    assert "`" not in run.err
    assert run.err.count("\n") == 1


def test_options_of_texts_and_tables(tdsep):
    Path("few.jsonl").write_text('"apple pear"\n"plum"\n')
    run = tdsep("nmf-topics", "few.jsonl", "-k", 1, "--min-df", 2)
    assert "choose another --min-df or --max-df" in run.err
    run = tdsep("nmf-joint", *SHOP, "--unlisted", "zero,zero,zero")
    assert "--unlisted tells of 3 tables, and there are 2" in run.err


def test_a_text_that_is_called_a_film(tdsep):
    for name in ("film.mp4", "song.m4a", "sound.wav"):
        Path(name).write_text("no sound at all\n")
        run = tdsep("info", name)
        assert run.status == 3
        assert run.err.startswith(f"tdsep: {name}: is not a sound file that can be read (")
        assert run.err.endswith("choose another, copy it anew, or convert it to WAV or FLAC\n")


def test_processes_and_a_cluster_exclude_each_other(tdsep, mix):
    for jobs in ("1", "2", "auto"):
        run = tdsep("gmm-separate", mix, "-j", jobs, "--dask", "tcp://localhost:1")
        assert run.status == 2
        assert "-j and --dask exclude each other: choose one" in run.err
        assert run.err.count("\n") == 1
    assert "scheduler" in tdsep("gmm-separate", mix, "--dask", "localhost:1").err


def test_who_set_a_wrong_value_is_named(tdsep, mix, monkeypatch):
    """On the command line the option is; of the file its name and the key; of the environment."""
    assert "'--seed'" in tdsep("gmm-separate", mix, "--seed", "-1").err
    Path("tdsep.toml").write_text('subtype = "vorbis"\n')
    assert tdsep("gmm-separate", mix).err.startswith("tdsep: tdsep.toml: subtype: wav has no vorb")
    assert tdsep("gmm-separate", mix, "--subtype", "opus").err.startswith("tdsep: Invalid value f")
    monkeypatch.setenv("TDSEP_GMM_SEPARATE_SUBTYPE", "opus")
    run = tdsep("gmm-separate", mix)
    assert run.err.startswith("tdsep: TDSEP_GMM_SEPARATE_SUBTYPE: wav has no opus")
    monkeypatch.setenv("TDSEP_GMM_SEPARATE_N_FFT", "7")
    run = tdsep("gmm-separate", mix, "--subtype", "float")
    assert run.err.startswith("tdsep: TDSEP_GMM_SEPARATE_N_FFT: 7 is not in the range")


@pytest.mark.parametrize("value", ["1.5", "-1", "'many'", "nan", "inf"])
def test_wrong_numbers_in_the_file(tdsep, mix, value):
    Path("tdsep.toml").write_text(f"seed = {value}\n")
    run = tdsep("gmm-separate", mix)
    assert run.status == 2
    assert run.err.startswith("tdsep: tdsep.toml: seed (for gmm-separate): ")
    assert run.err.count("\n") == 1
