"""Pictures of powers, as a page holds them."""

from __future__ import annotations

import io
from base64 import b64encode

import numpy as np
from PIL import Image

#: Levels shown, in dB under the loudest of the mixture.
_RANGE = 60.0
#: Of the ramp from black to white, where the colour itself stands.
_COLOUR_AT = 0.65
#: Of a sheet no more pixels across are kept.
_WIDEST = 1800


def data_uri(content: bytes, kind: str) -> str:
    """Write bytes down as an address that holds them: ``kind`` is ``"image/webp"``."""
    return f"data:{kind};base64,{b64encode(content).decode()}"


def spectrogram(powers: np.ndarray, reference: float, colour: str) -> str:
    """Draw levels from black through a colour to white, as the address of an image.

    Parameters
    ----------
    powers : ndarray [frequency, time]
    reference : float
        The power that is white.
    colour : str
        ``"#1f77b4"``.
    """
    level = _levels(powers, reference)[..., None]
    full = _rgb(colour)
    dark = full * (level / _COLOUR_AT)
    light = full + (255 - full) * ((level - _COLOUR_AT) / (1 - _COLOUR_AT))
    return _webp(np.where(level < _COLOUR_AT, dark, light))


def share(part: np.ndarray, total: np.ndarray, reference: float, colour: str) -> str:
    """Draw whose the bins are: a part's share of the power, as bright as the bin is loud.

    On a black ground the pictures of all parts add up to that of their sum.
    """
    portion = np.divide(part, total, out=np.zeros_like(part), where=total > 0)
    brightness = (_levels(total, reference) * portion[::-1])[..., None]
    return _webp(_rgb(colour) * brightness)


def sheet(png: bytes) -> str:
    """Make a sheet of figures smaller, as the address of an image."""
    with Image.open(io.BytesIO(png)) as image:
        image.thumbnail((_WIDEST, 4 * _WIDEST))
        return _encoded(image.convert("RGB"), quality=80)


def _levels(powers: np.ndarray, reference: float) -> np.ndarray:
    """Levels in dB, 0 for the softest and 1 for the loudest that is shown; low ones at the end."""
    level = 10 * np.log10(np.maximum(powers / max(reference, 1e-300), 1e-30))
    return np.clip(1 + level / _RANGE, 0, 1)[::-1]


def _rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float64)


def _webp(rgb: np.ndarray) -> str:
    return _encoded(Image.fromarray(np.rint(rgb).astype(np.uint8)), quality=70)


def _encoded(image: Image.Image, quality: int) -> str:
    file = io.BytesIO()
    image.save(file, "WEBP", quality=quality, method=4)
    return data_uri(file.getvalue(), "image/webp")
