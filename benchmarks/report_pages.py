"""What a page of `--report` weighs, and what it costs.

    python benchmarks/report_pages.py [RESULTS ...]

1. Half a minute of 48 kHz stereo in two to six parts: the song of the sample, played three times as
   fast, with noise, which compresses badly; without and with a sheet of figures.
2. The pages of results that are given: folders in which a command has written.

Seconds are those of making the page again from the files, on as many cores as there are.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from tdsep.cli.main import cli
from tdsep.jobs.report import add_page, manifests_in

SONG = Path(__file__).parents[1] / "data" / "song.wav"
SECONDS = 30


def half_a_minute(path: Path) -> None:
    """Write a hard case: at three times the sample's rate, and noisy at all frequencies."""
    song, rate = soundfile.read(SONG)
    long = np.tile(song, (3, 1))[: SECONDS * rate]
    noise = 0.01 * np.random.default_rng(0).standard_normal((3 * len(long), 2))
    soundfile.write(path, 0.5 * (np.repeat(long, 3, axis=0) + noise), 3 * rate)


def tell(name: str, manifest: Path) -> None:
    """Make the page of a run, and print what it weighs and took."""
    began = time.perf_counter()
    document = add_page(manifest)
    took = time.perf_counter() - began
    page = manifest.with_suffix(".html")
    print(
        f"{name:40}{len(document['parts']):7}{page.stat().st_size / 1e6:8.2f}{took:9.1f}",
        flush=True,
    )


def main() -> None:
    """Print a line for each page."""
    print(f"{'':40}{'parts':>7}{'MB':>8}{'seconds':>9}")
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "half.wav"
        half_a_minute(sound)
        for count, plots in ((2, "none"), (3, "none"), (4, "none"), (6, "none"), (6, "sheet")):
            results = Path(folder) / f"{count}-{plots}"
            options = ["-n", str(count), "--method", "lecture", "-q", "-o", str(results)]
            options += ["--plots", "none"] if plots == "none" else []
            cli.main(["gmm-separate", str(sound), *options], standalone_mode=False)
            name = "half a minute" + ("" if plots == "none" else ", with a sheet")
            tell(name, results / "half.gmm.json")
    for folder in sys.argv[1:]:
        for manifest in manifests_in(Path(folder)):
            tell(manifest.stem[:38], manifest)


if __name__ == "__main__":
    main()
