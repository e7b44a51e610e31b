"""Make the pictures that README.md shows: python examples/make_pictures.py."""

import io
from pathlib import Path

import soundfile
from matplotlib.figure import Figure
from PIL import Image

import tdsep
from tdsep import plots

HERE = Path(__file__).parent
WIDTH = 1200


def save(sheet: Figure, name: str) -> None:
    """Save a sheet, small."""
    image = Image.open(io.BytesIO(plots.to_png(sheet))).convert("RGB")
    size = WIDTH, round(WIDTH * image.height / image.width)
    small = image.resize(size, Image.Resampling.LANCZOS).quantize(256)
    small.save(HERE / name, optimize=True)


mixture, rate = soundfile.read(HERE.parent / "data" / "two_talkers.wav")
talkers = tdsep.separate_talkers(mixture.T, rate, spacing=0.04)
save(plots.talker_sheet(talkers, "two_talkers.wav"), "two_talkers.gmm.png")

song, rate = soundfile.read(HERE.parent / "data" / "song.wav")
vocals = tdsep.separate_vocals(song.T, rate, 4.0)
save(plots.vocal_sheet(vocals, "song.wav"), "song.nmf-vocal.png")
