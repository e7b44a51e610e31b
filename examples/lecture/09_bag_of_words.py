"""Sentences as a matrix: a bag of words.

A text says what it is about by its words, whatever their order. Thrown into a bag, only how often
each word occurs is left, and six sentences become a matrix V with a row for each word and a column
for each sentence. Words of grammar are left out (*the*, *and*, *is*: they occur everywhere), and
so are words that one sentence has for itself, which tie it to no other.

Nothing in V is negative, and it is much wider or taller than it is varied: the first three
sentences draw on one handful of words, the last three on another. The factorisation that took
sounds apart finds this, too. V becomes W H, where a column of W is a *topic*, words that occur
together, and a column of H is the mixture of topics in a sentence. The fourth sentence has words
of both.
"""

import numpy as np
from matplotlib.figure import Figure

from tdsep.nmf import factorize
from tdsep.topics.counting import WordCounts, stop_words_of

sentences = [
    "The cat chased the mouse, and the mouse hid from the cat.",
    "A mouse likes cheese, and a cat likes the mouse.",
    "Cheese is what the mouse found, and the cat slept.",
    "The cat slept on the train to the sea.",
    "A ticket for the train: the train leaves for the sea.",
    "No ticket, no sea, said the man on the train.",
]
words = WordCounts.of_texts(sentences).selected(
    stop_words_of("english", ""), min_df=2, max_df=len(sentences)
)
V = words.counts.toarray().T  # [words, sentences]
found = factorize(V, 2, max_iter=500, seed=0)
by_topic = np.argsort(found.bases[:, 0] - found.bases[:, 1])
assert found.activations[:, 3].min() > 0.2 * found.activations[:, 3].max()

figure = Figure(figsize=(11, 4), layout="constrained")
axes = figure.subplots(1, 3, width_ratios=(6, 2.2, 6))
W, H = found.bases[by_topic], found.activations
names = [words.vocabulary[row] for row in by_topic]
pictures = {"V: how often each word occurs": V[by_topic], "W: topics": W, "H: mixtures": H}
for place, (title, matrix) in zip(axes, pictures.items(), strict=True):
    place.imshow(matrix, cmap="gray_r", vmin=0, vmax=1.3 * matrix.max(), aspect="auto")
    for (row, column), value in np.ndenumerate(matrix):
        place.text(column, row, f"{value:.2g}" if value >= 0.005 else "0", ha="center", va="center")
    place.set_title(title)
    place.set_xticks(range(matrix.shape[1]), [str(n + 1) for n in range(matrix.shape[1])])
for place in axes[:2]:
    place.set_yticks(range(len(names)), names)
axes[2].set_yticks((0, 1), ("1", "2"))
axes[0].set_xlabel("Sentence")
axes[1].set_xlabel("Topic")
axes[2].set(xlabel="Sentence", ylabel="Topic")

if __name__ == "__main__":
    figure.savefig("bag_of_words.png")
