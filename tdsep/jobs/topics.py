"""`nmf-topics` on one corpus: read, count words, find topics, write tables and pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tdsep.cluster import connected
from tdsep.corpus import read_corpus, read_words, split_by_command
from tdsep.errors import ParameterError
from tdsep.inputs import is_folder
from tdsep.jobs.places import Places
from tdsep.jobs.results import about, pictures
from tdsep.jobs.texts import texts_entry
from tdsep.outputs import OutputNames
from tdsep.report.entries import topics_entry
from tdsep.report.manifest import input_entry, manifest
from tdsep.tables import csv_bytes, read_matrix
from tdsep.tables.matrices import MATRIX_ENDINGS
from tdsep.topics import NO_CLUSTER, TOKEN_PATTERN, TOPIC_FIGURES, WEIGHTINGS
from tdsep.topics.agreement import agreement
from tdsep.topics.find import Topics, find_topics

_COMMAND = "nmf-topics"
_TOPICS, _DOCUMENTS = "topics.csv", "documents.csv"
#: What a word is where a program has put spaces between them.
_BETWEEN_SPACES = r"\S+"


@dataclass(frozen=True)
class TopicOptions:
    """What the user asked for; the names are the command line's."""

    topics: int = 10
    stop_words: str | Path = "english"
    min_df: float = 2
    max_df: float = 0.5
    token_pattern: str | None = None
    tokenizer: str | None = None
    vocabulary: Path | None = None
    weighting: str = WEIGHTINGS[0]
    top_words: int = 10
    seed: int = 0

    def places(self, names: OutputNames, **wanted: Any) -> Places:
        """Where the results go; `wanted` are the further attributes of `Places`."""
        describe = partial(_described, options=self, results=names.directory)
        return Places(_COMMAND, _COMMAND, names, (_TOPICS, _DOCUMENTS), TOPIC_FIGURES,
                      describe=describe, **wanted)  # fmt: skip

    @property
    def pattern(self) -> str:
        """What a word is, in the end."""
        if self.token_pattern is None:
            return TOKEN_PATTERN if self.tokenizer is None else _BETWEEN_SPACES
        return self.token_pattern

    @property
    def entry(self) -> dict[str, Any]:
        """What the manifest tells of the options: of files of words the names, not the folders."""
        return asdict(self) | {name: path.name for name, path in self.lists.items()}

    @property
    def lists(self) -> dict[str, Path]:
        """The files of words that were named."""
        named = {"vocabulary": self.vocabulary, "stop_words": self.stop_words}
        return {name: path for name, path in named.items() if isinstance(path, Path)}


@dataclass(frozen=True, eq=False)
class _Documents:
    """A corpus as the method takes it: texts, or a matrix of counts."""

    content: Any
    names: tuple[str, ...]
    labels: tuple[str | None, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class TopicJob:
    """Finds the topics of one corpus after another.

    Attributes
    ----------
    options : TopicOptions
    places : Places
    cluster : str, optional
        Address of the scheduler of a Dask cluster that is to factorise.
    """

    options: TopicOptions
    places: Places
    cluster: str | None = None

    def run(
        self, source: Path, progress: Callable[[float], None] | None = None
    ) -> dict[str, Any] | None:
        """Find the topics of one corpus and write its results, which appear together.

        Returns
        -------
        dict or None
            The manifest; None if the corpus was done before and existing results are skipped.

        Raises
        ------
        TdsepError
            One line that begins with the corpus's name.
        """
        options = self.options
        if self.places.is_done(source, options.entry):
            return None
        with (
            nullcontext() if self.cluster is None else connected(self.cluster) as client,
            about(source, "finding topics"),
        ):
            documents = self._documents(source)
            lists: dict[str, Any] = {name: read_words(path) for name, path in options.lists.items()}
            topics = find_topics(
                documents.content, options.topics,
                **{"stop_words": options.stop_words} | lists,
                min_df=options.min_df, max_df=options.max_df,
                token_pattern=options.pattern,
                weighting=options.weighting, seed=options.seed, progress=progress,
                client=client,
            )  # fmt: skip
        return self._write(source, documents, topics)

    def _documents(self, source: Path) -> _Documents:
        options = self.options
        if source.suffix.lower() in MATRIX_ENDINGS and not is_folder(source):
            if (options.tokenizer, options.token_pattern) != (None, None):
                raise ParameterError("holds counts: --tokenizer and --token-pattern are for texts")
            matrix = read_matrix(source)
            numbers = tuple(str(number) for number in range(1, matrix.shape[0] + 1))
            remark = "the words are numbered as the columns: --vocabulary FILE names them"
            remarks = () if options.vocabulary is not None else (remark,)
            return _Documents(matrix, numbers, (None,) * len(numbers), remarks)
        if options.vocabulary is not None:
            raise ParameterError("holds no counts: --vocabulary names the columns of a matrix")
        corpus = read_corpus(source, self.places.names.directory)
        texts = corpus.texts
        if options.tokenizer is not None:
            texts = split_by_command(texts, options.tokenizer)
        return _Documents(texts, corpus.names, corpus.labels, corpus.remarks)

    def _write(self, source: Path, documents: _Documents, topics: Topics) -> dict[str, Any]:
        options = self.options
        compared = agreement(topics.clusters, documents.labels, topics.n_topics)
        n_empty = int((topics.clusters == NO_CLUSTER).sum())
        remarks = list(documents.remarks)
        if n_empty:
            remarks.append(f"{n_empty} of {len(documents.names)} documents hold no word that "
                           "counts: they are in no cluster")  # fmt: skip
        document = manifest(
            _COMMAND, options.entry, options.seed, input=self.places.describe(source),
            topics=topics_entry(topics, compared, options.top_words), warnings=remarks,
        )  # fmt: skip
        tables = {
            self.places.path(source, _TOPICS): _topics_table(topics, options.top_words),
            self.places.path(source, _DOCUMENTS): _documents_table(topics, documents),
        }
        drawn = pictures(
            self.places, source, lambda plots: plots.topic_sheet(topics, compared, source.name),
            lambda plots: plots.topic_figures(topics, compared),
        )  # fmt: skip
        return self.places.write(source, tables | drawn, document)


def _described(source: Path, options: TopicOptions, results: Path) -> dict[str, Any]:
    """Tell of texts and of the lists of words what they hold."""
    lists = {name: input_entry(path) for name, path in options.lists.items()}
    return texts_entry(source, results) | lists


def _topics_table(topics: Topics, n_words: int) -> bytes:
    rows = (
        (number, rank, word.word, word.weight, word.lift)
        for number, words in enumerate(topics.top_words(n_words), start=1)
        for rank, word in enumerate(words, start=1)
    )
    return csv_bytes(("topic", "rank", "word", "weight", "lift"), rows)


def _documents_table(topics: Topics, documents: _Documents) -> bytes:
    """Write a line for each document, with empty cells where it holds no word that counts."""
    labelled = any(label is not None for label in documents.labels)
    header = ("document", *(("label",) if labelled else ()), "cluster")
    shares = [f"topic{number}" for number in range(1, topics.n_topics + 1)]

    def rows() -> Iterator[tuple[Any, ...]]:
        mixtures = topics.shares.T
        for i, cluster in enumerate(topics.clusters.tolist()):
            label = (documents.labels[i] or "",) if labelled else ()
            known = cluster != NO_CLUSTER
            cells = (cluster + 1, *mixtures[i]) if known else ("",) * (1 + len(shares))
            yield (documents.names[i], *label, *cells)

    return csv_bytes((*header, *shares), rows())
