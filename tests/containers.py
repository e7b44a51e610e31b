"""Files that libsndfile does not read, made with PyAV."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np


def encode_container(
    path: Path,
    tracks: list[np.ndarray],
    rate: int,
    codec: str,
    video: str | None = None,
    tags: Mapping[str, str] | None = None,
    late: int = 0,
    gap: int = 0,
) -> None:
    """Write sound tracks [channels, samples], beside a small video; the first starts `late`.

    After its first half the time stands still for `gap` samples.
    """
    import av

    moov_first = {"movflags": "faststart"} if path.suffix in (".m4a", ".mp4") else {}
    with av.open(str(path), "w", options=moov_first) as container:
        container.metadata.update(tags or {})
        pictures = container.add_stream(video, rate=25) if video else None
        layouts = [{1: "mono", 2: "stereo"}[len(samples)] for samples in tracks]
        streams = [container.add_stream(codec, rate=rate, layout=layout) for layout in layouts]
        if pictures:
            pictures.width = pictures.height = 64
            pictures.pix_fmt = "yuv420p"
            for shade in range(tracks[0].shape[1] * 25 // rate):
                image = np.full((64, 64, 3), shade % 256, np.uint8)
                container.mux(pictures.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
            container.mux(pictures.encode())
        for number, (samples, stream) in enumerate(zip(tracks, streams, strict=True)):
            form, size = stream.codec_context.format, stream.codec_context.frame_size or 1024
            for start in range(0, samples.shape[1], size):
                piece = _converted(samples[:, start : start + size], form)
                frame = av.AudioFrame.from_ndarray(piece, form.name, layouts[number])
                frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
                moved = gap if start > samples.shape[1] // 2 else 0
                frame.pts = start + moved + (0 if number else late)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())


def _converted(samples: np.ndarray, form: Any) -> np.ndarray:
    """Samples in FFmpeg's format, as PyAV wants them."""
    types = {"u8": np.uint8, "s16": np.int16, "s32": np.int32, "flt": np.float32}
    kind = types[form.name.removesuffix("p")]
    if kind is np.uint8:
        samples = samples * 127 + 128
    elif kind is not np.float32:
        samples = samples * np.iinfo(kind).max
    rows = samples if form.is_planar else samples.T.reshape(1, -1)
    return np.ascontiguousarray(rows, kind)
