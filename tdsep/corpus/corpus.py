"""What is read: documents, and what was not as it should be."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Corpus:
    """Texts and what is known of them.

    Attributes
    ----------
    names : tuple of str
    texts : tuple of str
    labels : tuple of (str or None)
        Where each document belongs, as far as that is known.
    remarks : tuple of str
        What was not as it should be, counted.
    """

    names: tuple[str, ...]
    texts: tuple[str, ...]
    labels: tuple[str | None, ...]
    remarks: tuple[str, ...] = ()


@dataclass
class Tally:
    """Counts what is to be said of single documents, and keeps the first of each kind."""

    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def add(self, words: str, name: str) -> None:
        """Note what is to be said of a document."""
        self.counts[words] += 1
        self.first.setdefault(words, name)

    def remarks(self) -> tuple[str, ...]:
        """Return one line for each thing to be said."""
        return tuple(
            f"{self.first[words]}{f' and {count - 1} more' if count > 1 else ''}: {words}"
            for words, count in self.counts.items()
        )
