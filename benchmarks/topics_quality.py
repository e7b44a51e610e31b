"""Topics of 20 Newsgroups beside those of scikit-learn, by how they tell the groups apart.

    python benchmarks/topics_quality.py [--corpus NAME] [--seeds N]

NMI and purity of each document's strongest topic against its group, and the seconds of the fit,
medians over seeds with the least and the most in brackets. All get the same counts, tdsep's: words
of two letters or more, but for English stop words, those in one document only and those in more
than half of them. Then, of all 20 groups, the themes that tdsep's topics show: a theme is there if
two of its words are among a topic's first ten.

The corpora are all 20 groups; 5 and 10 of them, and the other 10; 1,500 messages of all; and 9,000
without headers, quotes and the lines that announce them. The messages are in the folder that
TDSEP_DATA names.
"""

from __future__ import annotations

import argparse
import os
import tarfile
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from time import perf_counter

import numpy as np
import scipy.sparse as sp
from sklearn.cluster import KMeans
from sklearn.decomposition import NMF, LatentDirichletAllocation
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfTransformer

from tdsep.topics.agreement import agreement
from tdsep.topics.counting import WordCounts, stop_words_of
from tdsep.topics.find import Topics, find_topics

DATA = Path(os.environ.get("TDSEP_DATA", Path(__file__).parents[2] / "shared" / "data"))
FIVE = ("comp.graphics", "rec.autos", "sci.med", "sci.space", "talk.politics.mideast")
TEN = (
    "comp.windows.x", "misc.forsale", "rec.motorcycles", "rec.sport.hockey", "sci.crypt",
    "sci.electronics", "sci.med", "soc.religion.christian", "talk.politics.guns",
    "talk.politics.misc",
)  # fmt: skip
THEMES = {
    "hockey": "hockey nhl playoff playoffs goal leafs team game espn",
    "baseball": "baseball pitcher pitching braves inning hit team game players runs",
    "space": "space nasa orbit launch shuttle moon",
    "encryption": "clipper encryption key keys escrow pgp nsa",
    "guns": "gun guns firearms weapons weapon batf atf",
    "Christianity": "god jesus christ bible church christian christians",
    "atheism": "atheism atheists atheist morality moral objective",
    "Israel": "israel israeli arab arabs jews jewish palestinian",
    "Armenia": "armenian armenians turkish turkey armenia azerbaijan",
    "medicine": "medical disease doctor patients cancer medicine health",
    "drives": "scsi drive drives disk ide controller",
    "cars": "car cars engine ford dealer miles oil",
    "motorcycles": "bike bikes dod ride riding bmw motorcycle rider",
    "for sale": "sale shipping offer price condition sell forsale",
    "X and Motif": "motif widget xterm server window lib",
    "Windows": "windows dos microsoft drivers ms driver os",
    "Mac": "mac apple centris quadra macintosh",
    "graphics": "image images graphics jpeg gif format",
    "electronics": "circuit voltage battery wire radio amp signal power",
    "politics": "president government clinton tax people rights law",
}
#: A bag of words, the number of topics, a seed -> the cluster of each document.
Method = Callable[[WordCounts, int, int], np.ndarray]


@cache
def messages() -> tuple[list[str], np.ndarray]:
    """Read all messages and their groups."""
    archive = DATA / "E_20news" / "20news-18828.tar.xz"
    if not archive.is_file():
        raise SystemExit(f"no messages at {archive}: set TDSEP_DATA to the folder of E_20news")
    texts, groups = [], []
    with tarfile.open(archive) as files:  # read once, in order
        for member in files:
            if file := files.extractfile(member) if member.isfile() else None:
                texts.append(file.read().decode("latin-1"))
                groups.append(Path(member.name).parent.name)
    return texts, np.array(groups)


def corpora() -> dict[str, Callable[[], tuple[list[str], np.ndarray]]]:
    """Name the corpora, each made when it is asked for."""

    def chosen(where: Callable[[np.ndarray], np.ndarray]) -> tuple[list[str], np.ndarray]:
        texts, groups = messages()
        rows = np.flatnonzero(where(groups))
        return [texts[row] for row in rows], groups[rows]

    def drawn(n_messages: int) -> tuple[list[str], np.ndarray]:
        rng = np.random.default_rng(0)
        return chosen(lambda groups: rng.permutation(groups.size) < n_messages)

    def bodies() -> tuple[list[str], np.ndarray]:
        texts, groups = drawn(9000)
        return [body(text) for text in texts], groups

    return {
        "20 groups": messages,
        "5 groups": lambda: chosen(lambda groups: np.isin(groups, FIVE)),
        "10 groups": lambda: chosen(lambda groups: np.isin(groups, TEN)),
        "the other 10": lambda: chosen(lambda groups: ~np.isin(groups, TEN)),
        "1,500 messages": lambda: drawn(1500),
        "bodies": bodies,
    }


def body(text: str) -> str:
    """Leave out a message's header, what it quotes and whom."""
    lines = text.partition("\n\n")[2].split("\n")
    quotes = (">", "|", ":")
    return "\n".join(
        line for line in lines if not line.lstrip().startswith(quotes) and "writes:" not in line
    )


def tdsep(words: WordCounts, n_topics: int, seed: int, **options: str) -> Topics:
    """Find topics by tdsep, on all the words."""
    return find_topics(words.counts, n_topics, vocabulary=words.vocabulary.tolist(),
                       stop_words=None, min_df=1, max_df=1.0, seed=seed, **options)  # fmt: skip


def nmf(words: WordCounts, n_topics: int, seed: int) -> np.ndarray:
    """Factorise the counts by scikit-learn, under the same divergence."""
    model = NMF(n_topics, beta_loss="kullback-leibler", solver="mu", init="random",
                random_state=seed)  # fmt: skip
    activations = model.fit_transform(sp.csr_matrix(words.counts.astype(np.float64)))
    return (activations * model.components_.sum(axis=1)).argmax(axis=1)


def lda(words: WordCounts, n_topics: int, seed: int) -> np.ndarray:
    """Fit latent Dirichlet allocation by scikit-learn."""
    model = LatentDirichletAllocation(n_topics, learning_method="batch", random_state=seed)
    return model.fit_transform(sp.csr_matrix(words.counts)).argmax(axis=1)


def k_means(words: WordCounts, n_topics: int, seed: int) -> np.ndarray:
    """Cluster TF-IDF vectors by scikit-learn."""
    vectors = TfidfTransformer(sublinear_tf=True).fit_transform(sp.csr_matrix(words.counts))
    return KMeans(n_topics, n_init=1, random_state=seed).fit_predict(vectors)


METHODS: dict[str, Method] = {
    "tdsep": lambda words, n_topics, seed: tdsep(words, n_topics, seed).clusters,
    "tdsep, counts as they are": lambda words, n_topics, seed: (
        tdsep(words, n_topics, seed, weighting="counts").clusters
    ),
    "scikit-learn NMF, Kullback-Leibler": nmf,
    "scikit-learn LDA": lda,
    "k-means of TF-IDF": k_means,
}


def line(values: Sequence[float], digits: int) -> str:
    """Write a median with its range."""
    middle, least, most = np.median(values), min(values), max(values)
    return f"{middle:.{digits}f} ({least:.{digits}f} to {most:.{digits}f})"


def compare(name: str, texts: Sequence[str], groups: np.ndarray, seeds: int) -> WordCounts:
    """Print a table of all methods on one corpus; return its words."""
    words = WordCounts.of_texts(texts).selected(stop_words_of("english", ""))
    n_topics = np.unique(groups).size
    print(f"\n{name}: {len(texts)} documents, {len(words.vocabulary)} words, K = {n_topics}")
    print(f"{'':36}{'NMI':26}{'purity':26}seconds")
    for title, method in METHODS.items():
        rows = []
        for seed in range(seeds):
            start = perf_counter()
            clusters = method(words, n_topics, seed)
            seconds = perf_counter() - start
            found = agreement(clusters, groups.tolist(), n_topics)
            assert found is not None
            rows.append((found.nmi, found.purity, seconds))
        nmis, purities, times = zip(*rows, strict=True)
        print(f"{title:36}{line(nmis, 3):26}{line(purities, 3):26}{line(times, 1)}", flush=True)
    return words


def themes(words: WordCounts, seeds: int) -> None:
    """Print where each theme is found, and how many are with each seed."""
    counts = []
    for seed in range(seeds):
        tops = [[word.word for word in top] for top in tdsep(words, 20, seed).top_words(10)]
        found = {}
        for theme, known in THEMES.items():
            best = max(tops, key=lambda top, known=known: len({*known.split()} & {*top}))
            if len({*known.split()} & {*best}) >= 2:
                found[theme] = best
        counts.append(len(found))
        if seed == 0:
            print("\nThemes, seed 0")
            for theme in THEMES:
                print(f"  {theme:14}{' '.join(found.get(theme, ['-']))}")
    print(f"themes found of {len(THEMES)}, by seed: {counts}")


def main() -> None:
    """Measure and print."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", choices=corpora(), help="all, if not given")
    parser.add_argument("--seeds", type=int, metavar="N", default=5)
    options = parser.parse_args()
    for name, read in corpora().items():
        if options.corpus in (None, name):
            words = compare(name, *read(), options.seeds)
            if name == "20 groups":
                themes(words, options.seeds)


if __name__ == "__main__":
    main()
