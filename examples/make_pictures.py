"""Make all pictures of this folder and the page that shows them: python examples/make_pictures.py.

With names after it (`02_gaussian`), only those of the lecture, and the page.
"""

import ast
import io
import runpy
import sys
from pathlib import Path

import soundfile
from matplotlib.figure import Figure
from PIL import Image

import tdsep
from tdsep import plots
from tdsep.corpus import read_corpus
from tdsep.nmf import choose_rank
from tdsep.tables import read_matrix
from tdsep.topics.agreement import agreement

HERE = Path(__file__).parent
LECTURE = sorted((HERE / "lecture").glob("[0-9]*.py"))
INTRODUCTION = """\
# The lecture, figure by figure

Separation without a trained network rests on two methods, and both can be followed from first
principles. Each section is the prose of a script that draws the picture under it: run it, change
it. All is computed from the samples in `data/` or from what the script makes on the spot.

This page and its pictures are made by `python examples/make_pictures.py`; tests run every script.
"""


def save(figure: Figure, path: Path, width: int) -> None:
    """Save a figure, small."""
    image = Image.open(io.BytesIO(plots.to_png(figure))).convert("RGB")
    size = width, round(width * image.height / image.width)
    small = image.resize(size, Image.Resampling.LANCZOS).quantize(256, kmeans=1)
    small.save(path, optimize=True)


def page() -> str:
    """Put the gallery's page together from what the scripts say of themselves."""
    sections = [INTRODUCTION]
    for number, script in enumerate(LECTURE, start=1):
        prose = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8")))
        assert prose is not None, script
        title, text = prose.split("\n", 1)
        title = title.rstrip(".")
        picture = f"![{title}](pictures/{script.stem}.png)"
        source = f"[{script.name}](lecture/{script.name})"
        sections.append(f"## {number}. {title}\n\n{text.strip()}\n\n{picture}\n\n{source}\n")
    return "\n".join(sections)


def sheets() -> None:
    """Make the pictures of the project's own page."""
    mixture, rate = soundfile.read(HERE.parent / "data" / "two_talkers.wav")
    talkers = tdsep.separate_talkers(mixture.T, rate, spacing=0.04)
    save(plots.talker_sheet(talkers, "two_talkers.wav"), HERE / "two_talkers.gmm.png", 1200)

    song, rate = soundfile.read(HERE.parent / "data" / "song.wav")
    vocals = tdsep.separate_vocals(song.T, rate, 4.0)
    save(plots.vocal_sheet(vocals, "song.wav"), HERE / "song.nmf-vocal.png", 1200)

    notes, rate = soundfile.read(HERE.parent / "data" / "three_notes.wav")
    parts = tdsep.separate_parts(notes, rate, 3)
    save(plots.part_sheet(parts, "three_notes.wav"), HERE / "three_notes.nmf-parts.png", 1200)
    counts = read_matrix(HERE.parent / "data" / "counts.npz")
    choice = choose_rank(counts, range(1, 11), seed=0)
    save(plots.rank_sheet(choice, "counts.npz"), HERE / "counts.nmf-rank.png", 900)

    letters = read_corpus(HERE.parent / "data" / "letters.jsonl")
    topics = tdsep.find_topics(letters.texts, 6)
    compared = agreement(topics.clusters, letters.labels, topics.n_topics)
    sheet = plots.topic_sheet(topics, compared, "letters.jsonl")
    save(sheet, HERE / "letters.nmf-topics.png", 1200)


if __name__ == "__main__":
    wanted = sys.argv[1:]
    if not wanted:
        sheets()
    for script in LECTURE:
        if not wanted or script.stem in wanted:
            found = runpy.run_path(str(script))
            save(found["figure"], HERE / "pictures" / f"{script.stem}.png", 900)
    (HERE / "README.md").write_text(page(), encoding="utf-8")
