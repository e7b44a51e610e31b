import io
from base64 import b64decode

import numpy as np
import pytest
from PIL import Image

from tdsep.report import images


def pixels(uri):
    kind, content = uri.split(",")
    assert kind == "data:image/webp;base64"
    with Image.open(io.BytesIO(b64decode(content))) as image:
        return np.asarray(image.convert("RGB"), np.float64)


@pytest.fixture
def smooth(rng):
    """Powers of three parts, without edges that a lossy picture would blur."""
    waves = [1 + np.sin(np.linspace(a, a + 5, 64)) for a in rng.uniform(0, 6, 6)]
    return np.array([np.outer(waves[2 * n], waves[2 * n + 1]) + 1e-3 for n in range(3)])


def test_the_shares_add_up_to_the_whole(smooth):
    total = smooth.sum(axis=0)
    shares = sum(pixels(images.share(part, total, total.max(), "#ffffff")) for part in smooth)
    whole = pixels(images.share(total, total, total.max(), "#ffffff"))
    assert np.abs(shares - whole).mean() < 4


def test_where_nothing_is_nobody_has_a_share():
    nothing = np.zeros((8, 8))
    assert pixels(images.share(nothing, nothing, 1.0, "#ffffff")).max() < 4


def test_levels_run_from_black_through_the_colour_to_white_and_low_ones_are_below():
    levels = np.logspace(-7, 0, 71)[:, None] * np.ones(32)
    picture = pixels(images.spectrogram(levels, 1.0, "#1f77b4")).mean(axis=1)
    assert picture[0].min() > 240
    assert picture[-1].max() < 12
    assert (np.diff(picture.sum(axis=1)) < 8).all()
    nearest = np.abs(picture - [0x1F, 0x77, 0xB4]).sum(axis=1).min()
    assert nearest < 30


def test_a_sheet_becomes_no_wider_than_can_be_seen():
    file = io.BytesIO()
    Image.new("RGBA", (4000, 2000), "#ff8800").save(file, "PNG")
    assert pixels(images.sheet(file.getvalue())).shape == (900, 1800, 3)
