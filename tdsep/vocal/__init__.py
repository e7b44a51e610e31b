"""The voice of a song, or any other sound over a background that is heard alone somewhere."""

#: Ways to explain the voice, the best first; the other two are the lecture's.
METHODS = ("source-filter", "nmf", "cnmf")
#: The figures of a separation, in the order of its sheet.
VOCAL_FIGURES = (
    "spectrogram",
    "mask",
    "background-bases",
    "background-activations",
    "voice-bases",
    "voice-activations",
    "voice",
    "background",
    "background-divergence",
    "divergence",
)
