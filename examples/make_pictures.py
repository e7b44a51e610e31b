"""Make the pictures that README.md shows: python examples/make_pictures.py."""

import io
from pathlib import Path

import soundfile
from PIL import Image

import tdsep
from tdsep import plots

HERE = Path(__file__).parent

mixture, rate = soundfile.read(HERE.parent / "data" / "two_talkers.wav")
separation = tdsep.separate_talkers(mixture.T, rate, spacing=0.04)
sheet = Image.open(io.BytesIO(plots.to_png(plots.talker_sheet(separation, "two_talkers.wav"))))
small = sheet.convert("RGB").resize((1200, 1040), Image.Resampling.LANCZOS).quantize(256)
small.save(HERE / "two_talkers.gmm.png", optimize=True)
