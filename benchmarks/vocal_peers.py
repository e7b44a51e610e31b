"""What tdsep.separate_vocals is measured against: nussl's methods, librosa's recipe, scikit-learn.

Each takes a song [channels, samples], its rate, how many seconds nobody sings at its start, and a
window in seconds, which is rounded up to a power of two samples, as nussl does it; each returns
the voice [channels, samples]. Only scikit-learn's uses the intro: the others are blind. A peer
that is not installed is None, after a line that says how to install it.

REPET, REPET-SIM, 2DFT and RPCA are those of nussl 1.1.9, with all their defaults but the window,
which is a Hann window (nussl's is its square root): that is as good for the first three and better
for RPCA.
nussl asks for packages that do not install any more and that these four do not need, so
`pip install --no-deps nussl` is enough: what it would import for nothing is left out here, and
three names that SciPy has moved are given back.

References
----------
Z. Rafii, B. Pardo, "Repeating pattern extraction technique (REPET)", IEEE TASLP 21 (1), 2013.
Z. Rafii, B. Pardo, "Music/voice separation using the similarity matrix", ISMIR 2012.
P. Seetharaman, F. Pishdadian, B. Pardo, "Music/voice separation using the 2D Fourier transform",
WASPAA 2017.
P.-S. Huang, S. D. Chen, P. Smaragdis, M. Hasegawa-Johnson, "Singing-voice separation from
monaural recordings using robust principal component analysis", ICASSP 2012.
D. FitzGerald, "Vocal separation using nearest neighbours and median filtering", ISSC 2012; the
recipe: https://librosa.org/doc/latest/auto_examples/plot_vocal_separation.html
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable
from functools import cache
from types import ModuleType
from unittest.mock import MagicMock, patch

import numpy as np
import scipy.signal

from tdsep.stft import istft, stft

#: Song [channels, samples], rate, seconds of intro, seconds of window -> voice, of the same shape.
Peer = Callable[[np.ndarray, int, float, float], np.ndarray]

#: What nussl imports for its networks, its data sets and its effects.
_NOT_NEEDED = (
    "ffmpeg",
    "gpytorch",
    "ignite",
    "ignite.contrib",
    "ignite.contrib.handlers",
    "ignite.engine",
    "ignite.handlers",
    "ignite.metrics",
    "importlib_resources",
    "jams",
    "musdb",
    "museval",
    "norbert",
    "numcodecs",
    "pandas",
    "pyloudnorm",
    "six",
    "six.moves",
    "six.moves.urllib",
    "six.moves.urllib.error",
    "six.moves.urllib.request",
    "six.moves.urllib_parse",
    "sox",
    "soxbindings",
    "termtables",
    "torch",
    "torch.nn",
    "torch.utils",
    "torch.utils.checkpoint",
    "torch.utils.data",
    "torch.utils.tensorboard",
    "tqdm",
    "vamp",
    "yaml",
    "zarr",
)


@cache
def installed(module: str, *install: str) -> ModuleType | None:
    """Import a peer, or say once how to get it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        name = module.partition(".")[0]
        print(f"  {name} is not installed ({error}): pip install {' '.join(install)}")
        return None


@cache
def nussl() -> ModuleType | None:
    """Import nussl without what its networks and data sets need."""
    for name in ("hamming", "hann", "blackman"):
        if not hasattr(scipy.signal, name):
            setattr(scipy.signal, name, getattr(scipy.signal.windows, name))
    left_out = {name: MagicMock(name=name) for name in _NOT_NEEDED}
    left_out["torch"].nn = left_out["torch.nn"]
    left_out["torch.nn"].Module = type("Module", (), {})
    left_out["torch.utils.data"].Dataset = type("Dataset", (), {})
    with patch.dict(sys.modules), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        present = set(sys.modules)
        sys.modules.update(left_out)
        found = installed("nussl", "--no-deps nussl && pip install librosa scikit-learn soundfile")
        added = {
            name: module
            for name, module in sys.modules.items()
            if name not in present and name not in left_out
        }
    sys.modules.update(added)
    return found


def power_of_two(rate: int, window: float) -> int:
    """Round a window up to a power of two samples."""
    return 2 ** int(np.ceil(np.log2(window * rate)))


def nussl_method(group: str, name: str) -> Peer | None:
    """Return a method of nussl, e.g. `primitive.Repet`, with its defaults."""
    if (peer := nussl()) is None:
        return None
    method = getattr(getattr(peer.separation, group), name)

    def separate(song: np.ndarray, rate: int, intro: float, window: float) -> np.ndarray:
        n_fft = power_of_two(rate, window)
        frames = peer.STFTParams(n_fft, n_fft // 4, "hann")
        signal = peer.AudioSignal(audio_data_array=song, sample_rate=rate, stft_params=frames)
        with warnings.catch_warnings():  # bins that repeat nowhere
            warnings.simplefilter("ignore")
            _, foreground = method(signal)()
        return foreground.audio_data[:, : song.shape[1]]

    return separate


def repet() -> Peer | None:
    """Repeating pattern extraction, with one period (Rafii and Pardo, 2013)."""
    return nussl_method("primitive", "Repet")


def repet_sim() -> Peer | None:
    """Repeating pattern extraction with a similarity matrix (Rafii and Pardo, 2012)."""
    return nussl_method("primitive", "RepetSim")


def two_dimensional_fourier() -> Peer | None:
    """Peaks of the spectrogram's 2D Fourier transform (Seetharaman et al., 2017)."""
    return nussl_method("primitive", "FT2D")


def robust_pca() -> Peer | None:
    """Low rank and sparse parts of the spectrogram (Huang et al., 2012)."""
    return nussl_method("factorization", "RPCA")


def librosa_recipe() -> Peer | None:
    """Nearest neighbours and soft masks, with the margins of librosa's gallery.

    The recipe makes a mask for the accompaniment too, by a margin of 2; here it is what is left.
    """
    if (peer := installed("librosa", "librosa")) is None:
        return None

    def separate(song: np.ndarray, rate: int, intro: float, window: float) -> np.ndarray:
        n_fft = power_of_two(rate, window)
        spectrum = peer.stft(song, n_fft=n_fft)
        vocals = []
        for channel in spectrum:
            magnitude = np.abs(channel)
            apart = int(peer.time_to_frames(2, sr=rate, hop_length=n_fft // 4))
            repeated = peer.decompose.nn_filter(
                magnitude, aggregate=np.median, metric="cosine", width=apart
            )
            repeated = np.minimum(magnitude, repeated)
            mask = peer.util.softmask(magnitude - repeated, 10 * repeated, power=2)
            vocals.append(peer.istft(mask * channel, n_fft=n_fft, length=song.shape[1]))
        return np.stack(vocals)

    return separate


def scikit_learn_nmf() -> Peer | None:
    """Learn 30 bases of the intro, explain the song by them alone: the voice is the residual.

    Kullback-Leibler divergence of magnitudes. scikit-learn cannot add bases to fixed ones.
    """
    if (peer := installed("sklearn.decomposition", "scikit-learn")) is None:
        return None

    def separate(song: np.ndarray, rate: int, intro: float, window: float) -> np.ndarray:
        n_fft = power_of_two(rate, window)
        spectrum = stft(song, n_fft)
        vocals = []
        for channel in spectrum:
            magnitude = np.abs(channel)
            first_sung = int(intro * rate) // (n_fft // 4)
            model = peer.NMF(
                30, init="nndsvda", solver="mu", beta_loss="kullback-leibler", random_state=0
            )
            with warnings.catch_warnings():  # that 200 iterations, its default, are too few
                warnings.simplefilter("ignore")
                model.fit(magnitude[:, :first_sung].T)
                background = (model.transform(magnitude.T) @ model.components_).T
            mask = np.maximum(magnitude - background, 0) / np.maximum(magnitude, 1e-12)
            vocals.append(istft(mask * channel, song.shape[1], n_fft))
        return np.stack(vocals)

    return separate


#: Row of a table -> what makes the peer.
PEERS: dict[str, Callable[[], Peer | None]] = {
    "REPET (nussl)": repet,
    "REPET-SIM (nussl)": repet_sim,
    "2DFT (nussl)": two_dimensional_fourier,
    "RPCA (nussl)": robust_pca,
    "librosa gallery": librosa_recipe,
    "scikit-learn NMF": scikit_learn_nmf,
}
