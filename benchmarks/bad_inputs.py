"""What robustness.py tries: broken files, files of hostile names, and wrong uses."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

DATA = Path(__file__).parents[1] / "data"
FORMATS = ("WAV", "FLAC", "AIFF", "OGG", "MP3", "W64", "CAF")
NAMES = (
    b"-o.wav", b"--help.wav", b"a\nb.wav", b"{track}{part}.wav", b"..wav", b"%s %d.wav",
    b"a'b\"c.wav", b"\xff\xfe.wav", "ä€𝄞.wav".encode(), b"x" * 200 + b".wav", b"<script>.wav",
    b" .wav", b"a\\b.wav",
)  # fmt: skip
#: Command lines by what is wrong with them, one a line; words in braces are files of `materials`.
WRONG_USES = {
    "misspelt": """
        gmm-seperate {wav}
        gmm-separate --taklers 2 {wav}
        gmm-separate --method lectures {wav}
        info --jsno {wav}
        evaluate --refrence {wav} {other}
        evaluate -r {wav} --format xml {other}
        simulate --angels 1,2 {wav} {other}
        nmf-vocal --intro 1s --method magic {wav}
        nmf-topics --weighting tfidf {wav}
        gmm-separate --format mp4 {wav}
        gmm-separate --name {nonsense} {wav}
        --config {misspelt} info {wav}
    """,
    "missing": """
        gmm-separate
        info
        evaluate
        evaluate {wav}
        evaluate -r {wav}
        simulate
        nmf-remove {wav}
        gmm-separate -o
        gmm-separate missing.wav
        info missing.wav
        evaluate -r missing.wav {wav}
        evaluate -r {wav} missing.wav
        evaluate -r {wav} --mixture missing.wav {other}
        simulate {wav} missing.wav
        nmf-topics missing
        --config missing.toml info {wav}
        nmf-vocal {wav}
    """,
    "the wrong file": """
        gmm-separate {text}
        gmm-separate {mp4}
        gmm-separate {folder}
        gmm-separate {silence}
        gmm-separate {mono}
        nmf-parts {text}
        nmf-rank {text}
        nmf-joint {text}
        nmf-joint {table}
        nmf-topics {wav}
        info {text}
        info {mp4}
        info {folder}
        info {table}
        evaluate -r {wav} {text}
        evaluate -r {text} {wav}
        evaluate -r {folder} {wav}
        evaluate -r {wav} {folder}
        evaluate -r {silence} {wav}
        evaluate -r {wav} {silence}
        evaluate -r {wav} {long}
        evaluate -r {wav} {rate}
        evaluate -r {wav} --mixture {text} {other}
        simulate {text}
        simulate {wav} {mp4}
        simulate {folder}
        simulate {wav} {silence}
    """,
    "swapped or doubled": """
        {wav} info
        {wav} gmm-separate
        nmf-joint {wav} {table}
        nmf-joint {table} {table}
        nmf-vocal 4s --intro {wav}
        evaluate -r {wav} {other} {other}
        evaluate -r {wav} -r {wav} {other} {mono}
        evaluate -r {wav} {other} {mono}
        simulate {wav} {wav}
        gmm-separate --overwrite --skip-existing {wav}
        simulate --overwrite --skip-existing {wav}
        gmm-separate -j 2 --dask tcp://localhost:1 {wav}
        gmm-separate --start 2s --end 1s {wav}
        nmf-vocal --intro 1-0s {wav}
        gmm-separate -n {wav} 2
        nmf-rank --from 9 --to 2 {counts}
        gmm-separate {wav} {wav}
    """,
    "out of range": """
        gmm-separate --talkers two {wav}
        gmm-separate --talkers 0 {wav}
        gmm-separate --spacing -1 {wav}
        gmm-separate --spacing 4cm {wav}
        gmm-separate --spacing 99 {wav}
        gmm-separate --channels 1,9 {wav}
        gmm-separate --channels 1 {wav}
        gmm-separate --n-fft 7 {wav}
        gmm-separate --n-fft 17 {wav}
        gmm-separate --hop-length 1 {wav}
        gmm-separate --start 9h {wav}
        gmm-separate --seed -1 {wav}
        gmm-separate --format mp3 --subtype PCM_16 {wav}
        gmm-separate -j many {wav}
        gmm-separate --dask nowhere {wav}
        nmf-vocal --intro 99s {wav}
        nmf-vocal --intro 0.1s {wav}
        nmf-vocal --intro 1s --high-pass 1e9 {wav}
        nmf-parts -k 0 {wav}
        nmf-parts -k 1000 {wav}
        nmf-parts -k 2 --width 1000000 {wav}
        nmf-topics -k 99 {few}
        nmf-rank --from 999 --to 999 {counts}
        evaluate -r {wav} --channel 0 {other}
        evaluate -r {wav} --channel 9 {other}
        evaluate -r {wav} --window 1ms {other}
        evaluate -r {wav} --window soon {other}
        simulate --angles 1 {wav} {other}
        simulate --angles 91 {wav}
        simulate --angles left {wav}
        simulate --spacing 0 {wav}
        simulate --spacing 4cm {wav}
        simulate --rt60 9 {wav}
        simulate --rt60 0.02 {wav}
        simulate --distance 9 {wav}
        simulate --snr loud {wav}
        --config {wrong} info {wav}
    """,
    "no place for results": """
        gmm-separate -o {wav} {wav}
        gmm-separate -o /proc/nowhere {wav}
        gmm-separate --name ../{part} {wav}
        gmm-separate --name /tmp/{part} {wav}
        simulate -o {wav} {other}
        simulate -o /proc/nowhere {wav}
        nmf-parts -k 2 --plots {text} {wav}
        nmf-joint -o {wav} {table} {table2}
    """,
}


def sample(seconds: float = 1.5, form: str = "WAV") -> bytes:
    """Return the beginning of the two talkers in some format."""
    samples, rate = soundfile.read(DATA / "two_talkers.wav", round(16000 * seconds))
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=form)
    return file.getvalue()


def materials(folder: Path) -> dict[str, str]:
    """Write what wrong uses are about; return the files by their names in braces."""
    two, rate = soundfile.read(DATA / "two_talkers.wav", 24000)
    soundfile.write(folder / "wav.wav", two, rate)
    soundfile.write(folder / "other.wav", two[:, ::-1], rate)
    soundfile.write(folder / "mono.wav", two[:, 0], rate)
    soundfile.write(folder / "silence.wav", 0 * two, rate)
    soundfile.write(folder / "rate.wav", two, 2 * rate)
    (folder / "long.wav").write_bytes(sample(4))
    for name in ("text.txt", "mp4.mp4"):
        (folder / name).write_text("no sound at all\n")
    (folder / "few.jsonl").write_text('"apple pear"\n"apple plum"\n"pear plum"\n')
    (folder / "misspelt.toml").write_text("outputdir = 'x'\n")
    (folder / "wrong.toml").write_text("[gmm-separate]\nspacing = -1\n")
    (folder / "folder").mkdir()
    found = {f"{{{path.stem}}}": str(path) for path in folder.iterdir()}
    samples = {"table": "shop_customer_good.csv", "table2": "shop_good_word.csv",
               "counts": "counts.npz"}  # fmt: skip
    return found | {f"{{{name}}}": str(DATA / file) for name, file in samples.items()}


def mutations(folder: Path, count: int, seed: int) -> Iterator[tuple[str, Path]]:
    """Write broken files, one after another."""
    valid, rng = {form: sample(form=form) for form in FORMATS}, np.random.default_rng(seed)
    for number in range(count):
        form = FORMATS[number % len(FORMATS)]
        path = folder / f"broken.{form.lower()}"
        path.write_bytes(_mutated(valid[form], rng))
        yield f"{form} {number}", path


def _mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """Break a file in one of the ways in which files break."""
    broken = bytearray(content)
    header = min(len(broken), 200)
    kind = rng.integers(6)
    if kind == 0:  # bytes changed
        for place in rng.integers(len(broken), size=rng.integers(1, 20)):
            broken[place] = rng.integers(256)
    elif kind == 1:  # bytes of the header changed
        for place in rng.integers(header, size=rng.integers(1, 6)):
            broken[place] = rng.integers(256)
    elif kind == 2:  # the end cut off
        del broken[rng.integers(len(broken)) :]
    elif kind == 3:  # a piece cut out
        start, stop = np.sort(rng.integers(len(broken), size=2))
        del broken[start:stop]
    elif kind == 4:  # a piece doubled
        start, stop = np.sort(rng.integers(len(broken), size=2))
        broken[stop:stop] = broken[start:stop]
    else:  # a number of the header
        start = int(rng.integers(header - 8))
        number = (0, 2**32 - 1, 2**31, 2**40)[rng.integers(4)]
        size, order = (8 if number >= 2**32 else 4), ("little", "big")[rng.integers(2)]
        broken[start : start + size] = number.to_bytes(size, order)
    return bytes(broken)


def hostile_names(folder: Path) -> Iterator[tuple[str, Path]]:
    """Write a good file under bad names."""
    for name in NAMES:
        path = folder / os.fsdecode(name)
        path.write_bytes(sample())
        yield repr(name), path
