"""`tdsep nmf-topics`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tdsep.cli import options
from tdsep.cli.runner import Job, run_job
from tdsep.cli.types import DocumentLimit, StopWords
from tdsep.topics import WEIGHTINGS


@click.command("nmf-topics")
@click.argument("corpora", nargs=-1, required=True, metavar="DIR|FILE...",
                type=click.Path(readable=False, path_type=Path))  # fmt: skip
@click.option("-k", "--topics", type=click.IntRange(min=1), default=10, show_default=True,
              help="How many.")  # fmt: skip
@click.option("--stop-words", type=StopWords(), default="english", show_default=True,
              help="Words to leave out: none, English ones, or those of a file, one a line.",
)  # fmt: skip
@click.option("--min-df", type=DocumentLimit(), default="2", show_default=True,
              help="Leave out words in fewer documents: 5, or a share of them: 1%.")  # fmt: skip
@click.option("--max-df", type=DocumentLimit(), default="50%", show_default=True,
              help="Leave out words in more documents.")  # fmt: skip
@click.option("--token-pattern", metavar="REGEX",
              help=r"What a word is; two letters or more by default. For texts with spaces between "
                   r"all words: '\S+'.")  # fmt: skip
@click.option("--tokenizer", metavar="COMMAND",
              help="A program that puts spaces between the words of each line it reads: "
                   "'mecab -O wakati'.")  # fmt: skip
@click.option("--vocabulary", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              metavar="FILE", help="The words of a matrix's columns, one a line.")  # fmt: skip
@click.option("--weighting", type=click.Choice(WEIGHTINGS), default=WEIGHTINGS[0],
              show_default=True,
              help="What is factorised: counts weighed by how much their words tell, or the counts "
                   "themselves, as in a lecture.")  # fmt: skip
@click.option("--top-words", type=click.IntRange(min=1), default=10, show_default=True,
              help="Words of each topic in the table.")  # fmt: skip
@click.option("--dask", "cluster", metavar="ADDRESS",
              help="Factorise on the Dask cluster whose scheduler is there: tcp://host:8786.",
)  # fmt: skip
@options.output
@options.jobs
@options.talk
def nmf_topics(corpora: tuple[Path, ...], **chosen: Any) -> None:
    """Find what texts are about: topics, and the mixture of them in each document.

    Counts of words are factorised under the Kullback-Leibler divergence into topics, which are
    words that occur together, and what each document has of each topic. A corpus is a folder of
    texts (sub-folders are labels), a file of JSON lines ("text", perhaps "id" and "label"), or a
    matrix of counts, documents x words, that SciPy or NumPy saved (.npz, .npy). Writes
    DIR.topics.csv with the words of each topic, DIR.documents.csv with each document's topics,
    DIR.nmf-topics.png with the pictures that explain them, and DIR.nmf-topics.json with the
    figures; where there are labels, these tell how topics agree with them.
    """  # fmt: skip
    # The results take their names from the folder's: "." has none.
    named = tuple(path if path.name not in ("", "..") else path.resolve() for path in corpora)
    run_job(named, chosen, "tdsep.jobs.topics", _job, _summary, _details)


def _job(chosen: dict[str, Any], places: dict[str, Any]) -> Job:
    """Make the job where it is to run."""
    from tdsep.jobs.topics import TopicJob, TopicOptions  # not for --help

    wanted = TopicOptions(**{name: chosen[name] for name in chosen if name != "cluster"})
    return TopicJob(wanted, wanted.places(**places), chosen["cluster"])


def _summary(manifest: dict[str, Any]) -> str:
    """Tell in one line what was found."""
    found = manifest["topics"]
    compared = found["agreement"]
    scores = (
        f", purity {compared['purity']:.2f} and NMI {compared['nmi']:.2f} against "
        f"{len(compared['labels'])} labels"
        if compared
        else ""
    )
    return (
        f"{len(found['top_words'])} topics of {found['documents']} documents and "
        f"{found['words']} words{scores} -> {', '.join(manifest['files'])}"
    )


def _details(manifest: dict[str, Any]) -> str:
    """Tell each topic's words, a line each."""
    found = manifest["topics"]
    return "\n".join(
        f"  topic {number}, {size} documents: {' '.join(words)}"
        for number, (words, size) in enumerate(
            zip(found["top_words"], found["cluster_sizes"], strict=True), start=1
        )
    )
