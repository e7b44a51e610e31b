"""The curves of each command's manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tdsep.report.charts import Chart, Curve, bars, chart, ridges, stairs

#: What is explained beside a known background.
_NEW = {"nmf-vocal": "voice", "nmf-remove": "foreground"}


def charts_of(document: dict[str, Any]) -> list[Chart]:
    """Draw a manifest's curves."""
    return _CHARTS[document["command"]](document)


def _talker_charts(document: dict[str, Any]) -> list[Chart]:
    found = document["separation"]
    limit = found["histogram"]["limit"]
    x, density = stairs(found["histogram"]["density"], 1e3 * limit)
    curves = [Curve("observed", x, 1e-3 * density, filled=True)]
    mixture = found["gaussian_mixture"]
    grid = np.linspace(-limit, limit, 400)
    numbers = zip(mixture["weights"], mixture["means"], mixture["variances"], strict=True)
    for part, (weight, mean, variance) in enumerate(numbers):
        bell = weight * np.exp(-((grid - mean) ** 2) / (2 * variance))
        bell /= np.sqrt(2 * np.pi * variance)
        curves.append(Curve(f"Gaussian {part + 1}", 1e3 * grid, 1e-3 * bell, part))
    highest = max(float(density.max()) * 1e-3, 1e-9)
    drawn = [
        chart("Time differences and the Gaussians fitted", "Time difference (ms)", "Density (1/ms)",
              curves, y_range=(0, 1.25 * highest)),
        bars("Evidence by number of talkers", "Talkers", "Score: believed above the line",
             found["evidence"]["score"], str(found["talkers"]), found["evidence"]["threshold"]),
        _gains(found),
    ]  # fmt: skip
    if len(found["overlap"]) > 1:
        rate = document["output"]["rate"]
        overlaps = {f"{1e3 * int(n) / rate:.0f}": 100 * o for n, o in found["overlap"].items()}
        chosen = f"{1e3 * found['n_fft'] / rate:.0f}"
        drawn.append(bars("Window", "Window (ms)", "Overlap of the talkers (%)", overlaps, chosen))
    return drawn


def _gains(found: dict[str, Any]) -> Chart:
    """Draw what each stage's iterations gained."""
    stages = {"Gaussians": found["gaussian_mixture"]["log_likelihood"]}
    if "phase_mixture" in found:
        stages["wrapped phases"] = found["phase_mixture"]["log_likelihood"]
    stages |= found.get("spatial_log_likelihood", {})
    gained = {name: np.array(values) - values[0] for name, values in stages.items()}
    return _iterations("Log-likelihood of each stage", "Log-likelihood gained (nats)", gained)


def _vocal_charts(document: dict[str, Any]) -> list[Chart]:
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
        chart(f"How loud the {new} is in the model of all", "Time (s)", "Loudness", over_time),
        _iterations("Divergence while the background was learned", "Divergence",
                    {"background": found["background_divergence"]}, logarithmic=True),
        _iterations("Divergence while all was explained", "Divergence",
                    {"all": found["divergence"]}, logarithmic=True),
    ]  # fmt: skip


def _part_charts(document: dict[str, Any]) -> list[Chart]:
    found = document["separation"]
    rate, frames = document["output"]["rate"], document["output"]["frames"]
    names = [part["note"] or str(number) for number, part in enumerate(found["parts"], start=1)]
    bases = np.array(found["bases"])
    bases = np.clip(1 + np.log10(np.maximum(bases, 1e-6)) / 2.5, 0, 1)  # 50 dB
    learned = sum(last - first for first, last in found["learned_from"])
    whole = learned >= 0.999 * frames / rate
    when = "Time (s)" if whole else "Seconds of the passages learned from"
    return [
        ridges("Bases: what each part looks like (50 dB)", "Frequency (kHz)", bases, rate / 2e3,
               names),
        ridges("Activations: when each is heard", when, np.array(found["activations"]), learned,
               names),
        _iterations("Divergence", "Divergence", {"all": found["divergence"]}, logarithmic=True),
    ]  # fmt: skip


def _rank_charts(document: dict[str, Any]) -> list[Chart]:
    found = document["choice"]
    candidates = np.array(found["candidates"], np.float64)
    held_out = np.array(found["held_out_errors"], np.float64)
    curves = [
        Curve("on what was learned from", candidates, _numbers(found["errors"]), dotted=True),
        Curve("on held-out entries", candidates, held_out.mean(axis=1), colour=0, dotted=True),
    ]
    if found["components"] is not None:
        at = np.array([found["components"]] * 2, np.float64)
        everything = np.concatenate([curve.y for curve in curves])
        ends = np.array([np.nanmin(everything), np.nanmax(everything)])
        curves.append(Curve(f"{found['components']} components", at, ends, colour=1, dashed=True))
    return [chart("Error against the number of components", "Components", "Error", curves,
                  whole_x=True)]  # fmt: skip


def _topic_charts(document: dict[str, Any]) -> list[Chart]:
    found = document["topics"]
    sizes = {str(number): size for number, size in enumerate(found["cluster_sizes"], start=1)}
    return [
        bars("Documents of each topic", "Topic", "Documents", sizes),
        _iterations("Divergence of the model", "Divergence", {"model": found["divergence"]},
                    logarithmic=True),
    ]  # fmt: skip


def _joint_charts(document: dict[str, Any]) -> list[Chart]:
    found = document["joint"]
    curves = {f"prior {prior}": losses for prior, losses in found["divergence"].items()}
    drawn = [_iterations("Divergence by prior", "Divergence", curves, logarithmic=True)]
    if len(found["prior_errors"]) > 1:
        drawn.append(bars("Error of known cells kept aside", "Prior", "Divergence of a cell",
                          found["prior_errors"], f"{found['prior']:g}"))  # fmt: skip
    if "held_out" in found:
        drawn.append(bars("Error of held-out cells", "Predicted by", "Divergence of a cell",
                          found["held_out"]["mean_divergence"], "together"))  # fmt: skip
    return drawn


def _iterations(
    title: str, y_label: str, stages: dict[str, Any], logarithmic: bool = False
) -> Chart:
    """Draw what came of each iteration, of one stage or several."""
    curves = [
        Curve(name, np.arange(len(values), dtype=float), _numbers(values),
              colour=colour if len(stages) > 1 else None, dotted=len(values) <= 40)
        for colour, (name, values) in enumerate(stages.items())
    ]  # fmt: skip
    return chart(title, "Iteration", y_label, curves, logarithmic=logarithmic, whole_x=True)


def _numbers(values: Iterable[float | None]) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], np.float64)


_CHARTS: dict[str, Callable[[dict[str, Any]], list[Chart]]] = {
    "gmm-separate": _talker_charts,
    "nmf-vocal": _vocal_charts,
    "nmf-remove": _vocal_charts,
    "nmf-parts": _part_charts,
    "nmf-rank": _rank_charts,
    "nmf-topics": _topic_charts,
    "nmf-joint": _joint_charts,
    "simulate": lambda _: [],
}
