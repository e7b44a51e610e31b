"""Every command that writes results, made quick."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from tests.conftest import SAMPLES, dead_room_mixture, encode_wav

_PLAIN = ("--plots", "none")
#: What each reads, by the ending of its name, and with which options.
COMMANDS = {
    "gmm-separate": (".wav", (*_PLAIN, "--method", "lecture")),
    "nmf-vocal": (
        ".wav", (*_PLAIN, "--intro", "0.7s", "--method", "nmf", "--iterations", "2")
    ),
    "nmf-remove": (
        ".wav", (*_PLAIN, "--background", "0.7s", "--method", "nmf", "--iterations", "2")
    ),
    "nmf-parts": (".wav", (*_PLAIN, "-k", "2", "--iterations", "5")),
    "nmf-rank": (".npy", (*_PLAIN, "--to", "2", "--iterations", "3", "--repeats", "1")),
    "nmf-topics": (".jsonl", (*_PLAIN, "-k", "2")),
    "nmf-joint": (".csv", (*_PLAIN, "-k", "2", "--prior", "1", "--iterations", "3")),
    "simulate": (".wav", ()),
}  # fmt: skip


def _matrix() -> bytes:
    rng, file = np.random.default_rng(1), io.BytesIO()
    np.save(file, rng.gamma(0.5, 1, (20, 3)) @ rng.gamma(0.5, 1, (3, 25)))
    return file.getvalue()


def _mixture() -> bytes:
    mixture, _ = dead_room_mixture(np.random.default_rng(1), [-8e-5, 9e-5], seconds=1.5)
    return encode_wav(mixture, 16000, "PCM_16")


#: An input of each kind, by the ending of its name.
CONTENTS = {
    ".wav": _mixture(),
    ".npy": _matrix(),
    ".jsonl": b"".join((SAMPLES / "letters.jsonl").read_bytes().splitlines(keepends=True)[:60]),
    ".csv": (SAMPLES / "shop_customer_good.csv").read_bytes(),
}


def prepared(command: str, *options: object, stem: str = "in") -> list[object]:
    """Write a command's input into the current folder; return the command line for it."""
    ending, quickly = COMMANDS[command]
    Path(stem + ending).write_bytes(CONTENTS[ending])
    further = [SAMPLES / "shop_good_word.csv"] if command == "nmf-joint" else []
    return [command, *quickly, *options, "--", stem + ending, *further]


def written(folder: Path = Path()) -> list[str]:
    """All files in a folder and below it."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
