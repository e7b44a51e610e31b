"""What a page says of each command's manifest, in words and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

#: A table: its title, its header, its rows.
Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]


def tables_of(document: Mapping[str, Any]) -> list[Table]:
    """Write down what of a manifest is a table."""
    return _TABLES.get(document["command"], lambda _: [])(document)


def title_of(document: Mapping[str, Any]) -> str:
    """Name what a run was about: its input, or the mixture it made."""
    return str(document.get("mixture", document["input"]["name"]))


def facts_of(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name the figures by which a result is judged, each with its value in words."""
    facts = [("command", f"{document['command']}: {_DOES[document['command']]}")]
    if "output" in document:
        entry = document["input"]
        facts.append(("recording", _sound(**entry)))
        output = document["output"]
        if output["frames"] < entry["frames"]:
            start = document["options"]["start"]
            end = start + output["frames"] / output["rate"]
            told = f"{start:.2f}–{end:.2f} s of it; files and clock begin with that"
            facts.append(("excerpt", told))
    if "residual_db" in document and whole_of(document):
        facts.append(("sum", how_well(document)))
    if document.get("gain", 1) != 1:
        facts.append(("gain", f"all files are at {document['gain']:.3g} of their level"))
    facts += _FACTS[document["command"]](document)
    facts.append(("made by", f"tdsep {document['tdsep']}"))
    return facts


def whole_of(document: Mapping[str, Any]) -> bool:
    """Whether all parts of a mixture are there."""
    return document["options"].get("only") is None


def how_well(document: Mapping[str, Any]) -> str:
    """Say how far the written parts' sum is from the mixture; None stands for not at all."""
    residual = document["residual_db"]
    exactly = "exactly" if residual is None else f"within {residual:.0f} dB"
    return f"the parts add up to the mixture {exactly}"


def _sound(rate: int, channels: int, frames: float, subtype: str, **_: Any) -> str:
    """Describe a sound by its entry in a manifest."""
    told = "1 channel" if channels == 1 else f"{channels} channels"
    return f"{rate} Hz, {told}, {frames / rate:.2f} s, {subtype}"


def captions_of(document: Mapping[str, Any]) -> dict[str, str]:
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
        told = [
            f"{1e3 * talker['delay']:+.3f} ms, {talker['angle']:+.0f}°"
            for talker in document["scene"]["talkers"]
        ]
        return dict(zip(document["parts"], told, strict=False))
    return {}


def passages_of(document: Mapping[str, Any]) -> list[tuple[float, float]]:
    """Where a background was learned, in seconds of the written files."""
    start = document["options"].get("start", 0.0)
    passages = document.get("separation", {}).get("background_passages", [])
    return [(first - start, last - start) for first, last in passages]


def _talker_facts(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = document["separation"]
    chosen = "found in the recording" if found["evidence"]["chosen_by"] == "recording" else "given"
    milliseconds = 1e3 * found["n_fft"] / document["output"]["rate"]
    return [
        ("talkers", f"{found['talkers']}, {chosen}"),
        ("parts by", f"{found['output']}, window {milliseconds:.0f} ms"),
    ]


def _vocal_facts(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = document["separation"]
    passages = ", ".join(f"{a:.2f}–{b:.2f} s" for a, b in found["background_passages"])
    return [
        ("background", f"learned at {passages}, {found['background_bases']} bases"),
        ("method", f"{found['method']}: {100 * found['voice_share']:.0f} % is the new sound's"),
    ]


def _part_facts(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = document["separation"]
    chosen = "found in the sound" if found["chosen_by"] == "recording" else "given"
    return [("parts", f"{len(found['parts'])}, {chosen}")]


def _rank_facts(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows, columns = document["matrix"]["shape"]
    return [("matrix", f"{rows} by {columns}"), ("choice", document["choice"]["reason"])]


def _topic_facts(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = document["topics"]
    facts = [("texts", f"{found['documents']} documents, {found['words']} words")]
    if found["agreement"]:
        scores = found["agreement"]
        facts.append(("labels", f"purity {scores['purity']:.2f}, NMI {scores['nmi']:.2f}"))
    return facts


def _joint_facts(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = document["joint"]
    modes = ", ".join(f"{n} {mode}" for mode, n in found["modes"].items())
    return [("names", modes), ("components", str(found["components"]))]


def _scene_facts(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    talkers = ", ".join(talker["name"] for talker in document["input"]["talkers"])
    rate, seconds = document["rate"], document["seconds"]
    spacing, n_microphones = document["options"]["spacing"], len(document["scene"]["microphones"])
    room = " × ".join(f"{length:g}" for length in document["scene"]["room"])
    return [
        ("talkers", talkers),
        ("mixture", _sound(rate, n_microphones, rate * seconds, "FLOAT")),
        ("room", f"{room} m, reverberation {document['scene']['rt60']:g} s"),
        ("microphones", f"{100 * spacing:g} cm apart"),
    ]


def _topic_tables(document: Mapping[str, Any]) -> list[Table]:
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


def _joint_tables(document: Mapping[str, Any]) -> list[Table]:
    rows = [
        ("/".join(table["modes"]), str(table["known_cells"]), f"{table['weight']:.3g}")
        for table in document["joint"]["tables"]
    ]
    return [("Tables", ("table", "known cells", "weight"), rows)]


#: In a line for whoever was sent the page.
_DOES = {
    "gmm-separate": "people who talk at once, a file each, by when two microphones hear them",
    "nmf-vocal": "a voice and its backing, which was learned from where nobody sings",
    "nmf-remove": "a recording without a background, which was learned from where it is alone",
    "nmf-parts": "sounds that recur, a file each",
    "nmf-rank": "how many components there are, by entries that were kept aside",
    "nmf-topics": "what texts are about: words that occur together, and each text's share of them",
    "nmf-joint": "tables that know of the same things, explained together; missing cells predicted",
    "simulate": "talkers in front of two microphones in a room, and each alone",
}
_FACTS: dict[str, Callable[[Mapping[str, Any]], list[tuple[str, str]]]] = {
    "gmm-separate": _talker_facts,
    "nmf-vocal": _vocal_facts,
    "nmf-remove": _vocal_facts,
    "nmf-parts": _part_facts,
    "nmf-rank": _rank_facts,
    "nmf-topics": _topic_facts,
    "nmf-joint": _joint_facts,
    "simulate": _scene_facts,
}
_TABLES: dict[str, Callable[[Mapping[str, Any]], list[Table]]] = {
    "nmf-topics": _topic_tables,
    "nmf-joint": _joint_tables,
}
