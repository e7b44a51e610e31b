"""The curves of each command's manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from tdsep.gmm.mixture import GaussianMixture
from tdsep.report.charts import Chart, Curve, bars, chart, ridges, stairs

#: What is explained beside a known background.
_NEW = {"nmf-vocal": "voice", "nmf-remove": "foreground"}
#: Said of every curve of a divergence.
_FAR = "How far the model is from what it explains."


def charts_of(document: Mapping[str, Any]) -> list[Chart]:
    """Draw a manifest's curves."""
    return _CHARTS[document["command"]](document)


def _talker_charts(document: Mapping[str, Any]) -> list[Chart]:
    found = document["separation"]
    limit = found["histogram"]["limit"]
    x, density = stairs(found["histogram"]["density"], 1e3 * limit)
    curves = [Curve("observed", x, 1e-3 * density, filled=True)]
    mixture = GaussianMixture(**{key: np.array(v) for key, v in found["gaussian_mixture"].items()})
    grid = np.linspace(-limit, limit, 400)
    for part, bell in enumerate(mixture.density(grid)):
        curves.append(Curve(f"Gaussian {part + 1}", 1e3 * grid, 1e-3 * bell, part))
    highest = max(float(density.max()) * 1e-3, 1e-9)
    drawn = [
        chart(
            "Time differences and the Gaussians fitted",
            "How much later microphone 2 hears each moment and frequency: a hill a talker.",
            "Time difference (ms)",
            "Density (1/ms)",
            curves,
            y_range=(0, 1.25 * highest),
        ),
        bars(
            "Evidence by number of talkers",
            "The largest number that is above the line is believed.",
            "Talkers",
            "Score: believed above the line",
            found["evidence"]["score"],
            str(found["talkers"]),
            found["evidence"]["threshold"],
        ),
        _gains(found),
    ]
    if len(found["overlap"]) > 1:
        rate = document["output"]["rate"]
        overlaps = {f"{1e3 * int(n) / rate:.0f}": 100 * o for n, o in found["overlap"].items()}
        chosen = f"{1e3 * found['n_fft'] / rate:.0f}"
        drawn.append(
            bars(
                "Window",
                "The window in which the talkers overlap least is taken.",
                "Window (ms)",
                "Overlap of the talkers (%)",
                overlaps,
                chosen,
            )
        )
    return drawn


def _gains(found: Mapping[str, Any]) -> Chart:
    """Draw what each stage's iterations gained."""
    stages = {"Gaussians": found["gaussian_mixture"]["log_likelihood"]}
    if "phase_mixture" in found:
        stages["wrapped phases"] = found["phase_mixture"]["log_likelihood"]
    stages |= found.get("spatial_log_likelihood", {})
    gained = {name: np.array(values) - values[0] for name, values in stages.items()}
    note = "How much better each iteration explains the recording, until nothing is gained."
    return _iterations("Log-likelihood of each stage", note, "Log-likelihood gained (nats)", gained)


def _vocal_charts(document: Mapping[str, Any]) -> list[Chart]:
    found = document["separation"]
    voice, whole = (np.array(row) for row in found["loudness"])
    seconds = document["output"]["frames"] / document["output"]["rate"]
    new = _NEW[document["command"]]
    time = np.linspace(0, seconds, len(voice))
    over_time = [
        Curve("all", time, whole, filled=True),
        Curve(new, time, voice, colour=0, filled=True),
    ]
    return [
        chart(
            f"How loud the {new} is in the model of all",
            "Nothing of it should be where the background was learned.",
            "Time (s)",
            "Loudness",
            over_time,
        ),
        _iterations(
            "Divergence while the background was learned",
            _FAR,
            "Divergence",
            {"background": found["background_divergence"]},
            logarithmic=True,
        ),
        _iterations(
            "Divergence while all was explained",
            f"{_FAR} Each jump begins another fit.",
            "Divergence",
            {"all": found["divergence"]},
            logarithmic=True,
        ),
    ]


def _part_charts(document: Mapping[str, Any]) -> list[Chart]:
    found = document["separation"]
    rate, frames = document["output"]["rate"], document["output"]["frames"]
    names = [part["note"] or str(number) for number, part in enumerate(found["parts"], start=1)]
    bases = np.array(found["bases"])
    bases = np.clip(1 + np.log10(np.maximum(bases, 1e-6)) / 2.5, 0, 1)  # 50 dB
    learned = sum(last - first for first, last in found["learned_from"])
    whole = learned >= 0.999 * frames / rate
    when = "Time (s)" if whole else "Seconds of the passages learned from"
    return [
        ridges(
            "Bases: what each part looks like",
            "Its spectrum, down to 50 dB under its peak.",
            "Frequency (kHz)",
            bases,
            rate / 2e3,
            names,
        ),
        ridges(
            "Activations: when each is heard",
            "And how strongly, beside its strongest moment.",
            when,
            np.array(found["activations"]),
            learned,
            names,
        ),
        _iterations(
            "Divergence", _FAR, "Divergence", {"all": found["divergence"]}, logarithmic=True
        ),
    ]


def _rank_charts(document: Mapping[str, Any]) -> list[Chart]:
    found = document["choice"]
    candidates = np.array(found["candidates"], np.float64)
    repeats = np.array(found["held_out_errors"], np.float64).T
    seen = [Curve("", candidates, _numbers(found["errors"]), dotted=True)]
    unseen = [
        *(
            Curve("" if number else "each repeat", candidates, errors, dashed=True)
            for number, errors in enumerate(repeats)
        ),
        Curve("their median", candidates, np.median(repeats, axis=0), colour=0, dotted=True),
    ]

    def drawn(title: str, note: str, curves: list[Curve]) -> Chart:
        values = np.concatenate([curve.y for curve in curves])
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        room = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
        if found["convincing"]:
            at = np.full(2, float(found["components"]))
            ends = np.array([low - room, high + room])
            curves = [*curves, Curve("the choice", at, ends, colour=1, dashed=True)]
        return chart(
            title,
            note,
            "Components",
            "Error of an entry",
            curves,
            y_range=(low - room, high + room),
            whole_x=True,
        )

    return [
        drawn("Error on entries learned from", "More components always explain them better.", seen),
        drawn(
            "Error on entries kept aside",
            "Where it falls no more, further components explain chance. It is of other entries, "
            "and may lie below that of those learned from.",
            unseen,
        ),
    ]


def _topic_charts(document: Mapping[str, Any]) -> list[Chart]:
    found = document["topics"]
    sizes = {str(number): size for number, size in enumerate(found["cluster_sizes"], start=1)}
    return [
        bars(
            "Documents of each topic",
            "Each document counts for its largest topic.",
            "Topic",
            "Documents",
            sizes,
        ),
        _iterations(
            "Divergence of the model",
            _FAR,
            "Divergence",
            {"model": found["divergence"]},
            logarithmic=True,
        ),
    ]


def _joint_charts(document: Mapping[str, Any]) -> list[Chart]:
    found = document["joint"]
    curves = {f"prior {prior}": losses for prior, losses in found["divergence"].items()}
    drawn = [
        _iterations(
            "Divergence by prior",
            f"{_FAR} A curve for each strength tried.",
            "Divergence",
            curves,
            logarithmic=True,
        )
    ]
    if len(found["prior_errors"]) > 1:
        drawn.append(
            bars(
                "Error of known cells kept aside",
                "How firmly factors are held near their mean: the least error decides.",
                "Prior",
                "Divergence of a cell",
                found["prior_errors"],
                f"{found['prior']:g}",
            )
        )
    if "held_out" in found:
        drawn.append(
            bars(
                "Error of held-out cells",
                "By all tables, by the first alone, by means.",
                "Predicted by",
                "Divergence of a cell",
                found["held_out"]["mean_divergence"],
                "together",
            )
        )
    return drawn


def _iterations(
    title: str, note: str, y_label: str, stages: dict[str, Any], logarithmic: bool = False
) -> Chart:
    """Draw what came of each iteration, of one stage or several."""
    curves = [
        Curve(
            name,
            np.arange(len(values), dtype=float),
            _numbers(values),
            colour=colour if len(stages) > 1 else None,
            dotted=len(values) <= 40,
        )
        for colour, (name, values) in enumerate(stages.items())
    ]
    return chart(title, note, "Iteration", y_label, curves, logarithmic=logarithmic, whole_x=True)


def _numbers(values: Iterable[float | None]) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], np.float64)


_CHARTS: dict[str, Callable[[Mapping[str, Any]], list[Chart]]] = {
    "gmm-separate": _talker_charts,
    "nmf-vocal": _vocal_charts,
    "nmf-remove": _vocal_charts,
    "nmf-parts": _part_charts,
    "nmf-rank": _rank_charts,
    "nmf-topics": _topic_charts,
    "nmf-joint": _joint_charts,
    "simulate": lambda _: [],
}
