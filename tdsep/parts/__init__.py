"""A sound taken apart into patterns that recur in it: notes, drums, a machine's cycle."""

#: Most parts that can be asked for.
MOST_PARTS = 64
#: Names of the figures that explain the parts.
PART_FIGURES = ("factors", "parts", "joins", "divergence")
