"""What texts are about: words that occur together, found by factorising their counts."""

#: What is factorised: counts of words weighed by how much they tell, or as they are.
WEIGHTINGS = ("informative", "counts")
#: Words of letters, two or more.
TOKEN_PATTERN = r"(?u)\b[^\W\d_]{2,}\b"
#: The cluster of a document that holds no word.
NO_CLUSTER = -1
#: The figures of topics, in the order of their sheet.
TOPIC_FIGURES = ("topics", "documents", "mixtures", "clusters", "divergence")
