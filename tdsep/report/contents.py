"""What a page tells of each command's manifest beside the sound."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tdsep.report.charts import Chart, Curve, bars, chart, ridges, stairs

#: A table: its title, its header, its rows.
Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]


def charts_of(document: dict[str, Any]) -> list[Chart]:
    """Draw a manifest's curves."""
    return _CHARTS[document["command"]](document)


def tables_of(document: dict[str, Any]) -> list[Table]:
    """Write down what of a manifest is a table."""
    return _TABLES.get(document["command"], lambda _: [])(document)


def facts_of(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Name the figures by which a result is judged, each with its value in words."""
    facts = [("input", document["input"]["name"])]
    entry = document["input"]
    if "rate" in entry:
        seconds = entry["frames"] / entry["rate"]
        channels = "1 channel" if entry["channels"] == 1 else f"{entry['channels']} channels"
        facts.append(
            ("sound", f"{entry['rate']} Hz, {channels}, {seconds:.2f} s, {entry['subtype']}")
        )
    if "residual_db" in document:
        residual = document["residual_db"]
        exactly = "exactly" if residual is None else f"within {residual:.0f} dB"
        facts.append(("sum", f"the parts add up to the mixture {exactly}"))
    if document.get("gain", 1) != 1:
        facts.append(("gain", f"all files are at {document['gain']:.3g} of their level"))
    facts += _FACTS[document["command"]](document)
    facts.append(("made by", f"tdsep {document['tdsep']}"))
    return facts


def captions_of(document: dict[str, Any]) -> dict[str, str]:
    """Say in a few words what each part is."""
    separation = document.get("separation", {})
    if document["command"] == "gmm-separate":
        angles = separation["angles"] or [None] * len(separation["delays"])
        places = [
            f"{1e3 * delay:+.3f} ms" + ("" if angle is None else f", {angle:+.0f}°")
            for delay, angle in zip(separation["delays"], angles, strict=True)
        ]
        return dict(zip(document["parts"], places, strict=False))
    if document["command"] == "nmf-parts":
        told = [
            f"{part['note'] or 'no pitch'}, {100 * part['share']:.0f} %"
            for part in separation["parts"]
        ]
        return dict(zip(document["parts"], told, strict=False))
    if document["command"] == "simulate":
        told = [f"{talker['angle']:+.0f}°" for talker in document["scene"]["talkers"]]
        return dict(zip(document["parts"], told, strict=False))
    return {}


def passages_of(document: dict[str, Any]) -> list[tuple[float, float]]:
    """Where a background was learned, in seconds of the written files."""
    start = document["options"].get("start", 0.0)
    passages = document.get("separation", {}).get("background_passages", [])
    return [(first - start, last - start) for first, last in passages]


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
    new, known = [*document["parts"], "rest"][:2]
    time = np.linspace(0, seconds, len(voice))
    over_time = [
        Curve(f"all ({new} and {known})", time, whole, filled=True),
        Curve(new, time, voice, 0, filled=True),
    ]
    return [
        chart("How loud the voice's model is in the whole", "Time (s)", "Loudness", over_time),
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
        Curve("on held-out entries", candidates, held_out.mean(axis=1), 0, dotted=True),
    ]
    if found["components"] is not None:
        at = np.array([found["components"]] * 2, np.float64)
        everything = np.concatenate([curve.y for curve in curves])
        ends = np.array([np.nanmin(everything), np.nanmax(everything)])
        curves.append(Curve(f"{found['components']} components", at, ends, 1, dashed=True))
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
              part if len(stages) > 1 else None, dotted=len(values) <= 40)
        for part, (name, values) in enumerate(stages.items())
    ]  # fmt: skip
    return chart(title, "Iteration", y_label, curves, logarithmic=logarithmic, whole_x=True)


def _numbers(values: Iterable[float | None]) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _talker_facts(document: dict[str, Any]) -> list[tuple[str, str]]:
    found = document["separation"]
    chosen = "found in the recording" if found["evidence"]["chosen_by"] == "recording" else "given"
    milliseconds = 1e3 * found["n_fft"] / document["output"]["rate"]
    return [
        ("talkers", f"{found['talkers']}, {chosen}"),
        ("parts by", f"{found['output']}, window {milliseconds:.0f} ms"),
    ]


def _vocal_facts(document: dict[str, Any]) -> list[tuple[str, str]]:
    found = document["separation"]
    passages = ", ".join(f"{a:.2f}–{b:.2f} s" for a, b in found["background_passages"])
    return [
        ("background", f"learned at {passages}, {found['background_bases']} bases"),
        ("method", f"{found['method']}: {100 * found['voice_share']:.0f} % is the new sound's"),
    ]


def _part_facts(document: dict[str, Any]) -> list[tuple[str, str]]:
    found = document["separation"]
    chosen = "found in the sound" if found["chosen_by"] == "recording" else "given"
    return [("parts", f"{len(found['parts'])}, {chosen}")]


def _rank_facts(document: dict[str, Any]) -> list[tuple[str, str]]:
    rows, columns = document["matrix"]["shape"]
    return [("matrix", f"{rows} by {columns}"), ("choice", document["choice"]["reason"])]


def _topic_facts(document: dict[str, Any]) -> list[tuple[str, str]]:
    found = document["topics"]
    facts = [("texts", f"{found['documents']} documents, {found['words']} words")]
    if found["agreement"]:
        scores = found["agreement"]
        facts.append(("labels", f"purity {scores['purity']:.2f}, NMI {scores['nmi']:.2f}"))
    return facts


def _joint_facts(document: dict[str, Any]) -> list[tuple[str, str]]:
    found = document["joint"]
    modes = ", ".join(f"{n} {mode}" for mode, n in found["modes"].items())
    return [("names", modes), ("components", str(found["components"]))]


def _scene_facts(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [("reverberation", f"{document['scene']['rt60']:g} s")]


def _topic_tables(document: dict[str, Any]) -> list[Table]:
    found = document["topics"]
    pairs = zip(found["cluster_sizes"], found["top_words"], strict=True)
    rows = [(str(n), str(size), " ".join(words)) for n, (size, words) in enumerate(pairs, start=1)]
    tables: list[Table] = [("Topics", ("topic", "documents", "words"), rows)]
    if found["agreement"]:
        scores = found["agreement"]
        header = ("label", *map(str, range(1, len(found["top_words"]) + 1)))
        lines = zip(scores["labels"], scores["confusion"], strict=True)
        counted = [(label, *map(str, counts)) for label, counts in lines]
        tables.append(("Documents by label and topic", header, counted))
    return tables


def _joint_tables(document: dict[str, Any]) -> list[Table]:
    rows = [
        ("/".join(table["modes"]), str(table["known_cells"]), f"{table['weight']:.3g}")
        for table in document["joint"]["tables"]
    ]
    return [("Tables", ("table", "known cells", "weight"), rows)]


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
_FACTS: dict[str, Callable[[dict[str, Any]], list[tuple[str, str]]]] = {
    "gmm-separate": _talker_facts,
    "nmf-vocal": _vocal_facts,
    "nmf-remove": _vocal_facts,
    "nmf-parts": _part_facts,
    "nmf-rank": _rank_facts,
    "nmf-topics": _topic_facts,
    "nmf-joint": _joint_facts,
    "simulate": _scene_facts,
}
_TABLES: dict[str, Callable[[dict[str, Any]], list[Table]]] = {
    "nmf-topics": _topic_tables,
    "nmf-joint": _joint_tables,
}
