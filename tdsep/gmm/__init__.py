"""Talkers apart by the time differences between microphones."""

#: The ways from time differences to posteriors; the first is the default.
METHODS = ("wrapped-phase", "lecture")
#: The ways from posteriors to the parts; the first, the default, chooses by the numbers of talkers
#: and microphones.
OUTPUTS = ("auto", "demix", "wiener", "mask")
#: Soft masks share a bin out, binary masks give it to one talker; the first is the default.
MASKS = ("soft", "binary")
#: Most talkers that can be asked for, and most microphones.
MAX_TALKERS = 6
MAX_CHANNELS = 8
#: Names of the figures that explain a separation.
TALKER_FIGURES = (
    "spectrogram", "time-differences", "histogram", "angular-spectrum", "evidence",
    "log-likelihood", "windows", "posteriors", "masks", "talkers",
)  # fmt: skip
