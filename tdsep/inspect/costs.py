"""What a separation costs, roughly: processor time and memory by what it has to work on."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True)
class Cost:
    """Constants of one command, with its sheet.

    Attributes
    ----------
    seconds : float
        Of processor time, whatever the recording.
    learning, passing : float
        Seconds for every million samples that are held, and of the whole recording.
    megabytes : float
        Of memory, whatever the recording.
    holding : float
        Megabytes for every million samples that are held.
    further : float
        What every channel after the first counts beside it.
    held : float
        Seconds of sound that are held at a time; all by default.
    """

    seconds: float
    learning: float
    passing: float
    megabytes: float
    holding: float
    further: float
    held: float = inf

    def of(self, rate: int, n_channels: int, duration: float) -> tuple[float, float]:
        """Estimate processor seconds and megabytes for a recording of `duration` seconds."""
        held, whole = self.millions(rate, n_channels, duration)
        seconds = self.seconds + self.learning * held + self.passing * whole
        return seconds, self.megabytes + self.holding * held

    def millions(self, rate: int, n_channels: int, duration: float) -> tuple[float, float]:
        """Millions of samples that are held, and of the whole recording."""
        a_second = rate / 1e6 * (1 + self.further * (n_channels - 1))
        return a_second * min(duration, self.held), a_second * duration


_VOCAL = Cost(3.0, 0.0, 5.5, 235.0, 130.0, 0.2, 40.0)
#: By command, as `benchmarks/info_costs.py` measures them: rough.
COSTS = {
    "gmm-separate": Cost(1.2, 8.2, 0.39, 178.0, 211.0, 1.0, 40.0),
    "nmf-vocal": _VOCAL,
    "nmf-remove": _VOCAL,
    "nmf-parts": Cost(6.5, 7.8, 0.76, 389.0, 39.0, 0.2, 120.0),
}
