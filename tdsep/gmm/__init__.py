"""Talkers apart by the time differences between two microphones."""

#: The ways from time differences to masks; the first is the default.
METHODS = ("wrapped-phase", "lecture")
#: Soft masks share a bin out, binary masks give it to one talker; the first is the default.
MASKS = ("soft", "binary")
#: Most talkers that can be asked for.
MAX_TALKERS = 6
#: Names of the figures that explain a separation.
TALKER_FIGURES = (
    "spectrogram", "time-differences", "histogram", "log-likelihood", "evidence", "masks", "talkers"
)  # fmt: skip
