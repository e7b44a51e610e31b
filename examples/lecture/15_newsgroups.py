"""Twenty newsgroups, found again from their words.

In 1993 people wrote to each other in newsgroups, each on a subject of its own. The picture is of
all 18,828 messages of a well-known collection from twenty groups, shuffled for our purpose into
one heap: a matrix of more than fifty thousand words by as many documents as messages, of which
fewer than two entries in a thousand are not zero. Its factorisation into twenty topics is told
nothing of the groups.

Below, each topic is named by its three most relevant words; each row is a group, and shows what
share of its messages has which topic for its strongest. Where the diagonal is dark, a group has
been found again. What lies beside it tells as much: drives of PCs and of Macs are one topic,
and so are whatever believers argue about, in whichever group they do. One topic is no theme at
all but files that were posted as letters: a model of words takes what it is given.

The messages are not part of this project. Where the variable TDSEP_DATA does not name a folder with
`E_20news/20news-18828.tar.xz`, this script takes the letters in `data/`, on six things; there all
comes out clean.
"""

import json
import os
import tarfile
from pathlib import Path

from matplotlib.figure import Figure

import tdsep
from tdsep.topics.agreement import agreement

archive = Path(os.environ.get("TDSEP_DATA", "")) / "E_20news" / "20news-18828.tar.xz"
if archive.is_file():
    texts, labels = [], []
    with tarfile.open(archive) as files:
        for member in filter(tarfile.TarInfo.isfile, files):
            texts.append(files.extractfile(member).read().decode("latin-1"))
            labels.append(Path(member.name).parent.name)
else:
    sample = Path(__file__).parents[2] / "data" / "letters.jsonl"
    letters = [json.loads(line) for line in sample.read_text(encoding="utf-8").splitlines()]
    texts, labels = zip(*((letter["text"], letter["label"]) for letter in letters), strict=True)

topics = tdsep.find_topics(texts, len(set(labels)))
found = agreement(topics.clusters, labels, topics.n_topics)
assert found.nmi > 0.6
shares = found.counts[:, found.order] / found.counts.sum(axis=1, keepdims=True)
names = [" ".join(word.word for word in top) for top in topics.top_words(3)]

figure = Figure(figsize=(11, 9), layout="constrained")
axes = figure.subplots()
picture = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
figure.colorbar(picture, ax=axes, shrink=0.8, label="Share of the group's messages")
axes.set_yticks(range(len(found.labels)), found.labels)
axes.set_xticks(range(topics.n_topics), [names[k] for k in found.order], rotation=90)
axes.set_title(f"Purity {found.purity:.2f}, normalised mutual information {found.nmi:.2f}")

if __name__ == "__main__":
    figure.savefig("newsgroups.png")
