"""Fonts for words in scripts that matplotlib's own font lacks."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import matplotlib
from matplotlib import font_manager

#: Fonts that hold Chinese, Japanese and Korean, where one is installed.
_ASIAN = (
    "Noto Sans CJK JP", "Noto Sans JP", "Source Han Sans JP", "IPAGothic", "IPAexGothic",
    "TakaoGothic", "VL Gothic", "Hiragino Sans", "Yu Gothic", "MS Gothic", "WenQuanYi Zen Hei",
    "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "Malgun Gothic", "NanumGothic",
)  # fmt: skip


def families(texts: Iterable[str]) -> list[str]:
    """Fonts to draw some texts with: matplotlib's own, and behind it one for what it lacks."""
    own = list(matplotlib.rcParams["font.family"])
    known = _own_characters()
    if all(ord(character) in known for text in texts for character in text):
        return own
    installed = set(font_manager.get_font_names())
    return [*own, *[font for font in _ASIAN if font in installed][:1]]


@cache
def _own_characters() -> frozenset[int]:
    return frozenset(font_manager.get_font(font_manager.findfont("DejaVu Sans")).get_charmap())
