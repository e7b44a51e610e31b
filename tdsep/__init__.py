"""Audio source separation without a trained network; the public names, loaded on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tdsep._version import __version__

if TYPE_CHECKING:
    from tdsep.errors import TdsepError as TdsepError
    from tdsep.gmm.separate import Separation as Separation
    from tdsep.gmm.separate import separate_talkers as separate_talkers
    from tdsep.parts.separate import PartsSeparation as PartsSeparation
    from tdsep.parts.separate import separate_parts as separate_parts
    from tdsep.topics.find import Topics as Topics
    from tdsep.topics.find import find_topics as find_topics
    from tdsep.vocal.separate import VocalSeparation as VocalSeparation
    from tdsep.vocal.separate import separate_vocals as separate_vocals

#: Public name -> module that holds it.
_HOME = {
    "PartsSeparation": "tdsep.parts.separate",
    "Separation": "tdsep.gmm.separate",
    "TdsepError": "tdsep.errors",
    "Topics": "tdsep.topics.find",
    "VocalSeparation": "tdsep.vocal.separate",
    "separate_parts": "tdsep.parts.separate",
    "find_topics": "tdsep.topics.find",
    "separate_talkers": "tdsep.gmm.separate",
    "separate_vocals": "tdsep.vocal.separate",
}

__all__ = [
    "PartsSeparation",
    "Separation",
    "TdsepError",
    "Topics",
    "VocalSeparation",
    "__version__",
    "find_topics",
    "separate_parts",
    "separate_talkers",
    "separate_vocals",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'tdsep' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
