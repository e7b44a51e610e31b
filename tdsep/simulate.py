"""Mixtures at two microphones or more, with known truth, in simulated rooms.

The rooms are pyroomacoustics'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tdsep.errors import MissingDependencyError, ParameterError
from tdsep.gmm.geometry import SPEED_OF_SOUND, delay_of_angle

#: Length, width and height in metres of the room used unless another is given.
DEFAULT_ROOM = (4.45, 3.55, 2.5)


@dataclass(frozen=True)
class SimulatedMixture:
    """A mixture and everything that went into it.

    Attributes
    ----------
    mixture : ndarray [microphones, samples]
        What the microphones record: the sum of the images and of the sensor noise.
    images : ndarray [talkers, microphones, samples]
        Each talker alone, as all microphones hear that talker.
    delays : ndarray [talkers]
        Time difference of the direct sound in seconds, from each microphone to the next; positive
        when microphone 2 hears it later.
    rate : int
        Sampling rate in Hz.
    microphones : ndarray [microphones, 3]
        Where they are in the room, in metres.
    positions : ndarray [talkers, 3]
        Where the talkers are.
    """

    mixture: np.ndarray
    images: np.ndarray
    delays: np.ndarray
    rate: int
    microphones: np.ndarray
    positions: np.ndarray


def simulate_mixture(
    talkers: Sequence[np.ndarray],
    rate: int,
    *,
    angles: Sequence[float],
    spacing: float = 0.04,
    n_microphones: int = 2,
    rt60: float = 0.0,
    distance: float = 1.1,
    room: Sequence[float] = DEFAULT_ROOM,
    snr: float = 40.0,
    levels: Sequence[float] | None = None,
    seed: int = 0,
) -> SimulatedMixture:
    """Place dry talkers around two microphones, or more in a line, in a shoebox room.

    Parameters
    ----------
    talkers : sequence of ndarray [samples]
        Dry recordings; all are cut to the shortest.
    rate : int
        Sampling rate in Hz.
    angles : sequence of float
        Direction of each talker in degrees, 0 straight ahead, positive towards microphone 1.
    spacing : float
        Distance between neighbouring microphones in metres.
    n_microphones : int
        Two or more.
    rt60 : float
        Reverberation time in seconds; 0 for a room without echoes.
    distance : float
        From the middle of the microphones to each talker, in metres.
    room : (float, float, float)
        Length, width and height in metres.
    snr : float
        Level of the mixture over the white noise of each microphone, in dB.
    levels : sequence of float, optional
        Level of each talker at microphone 1 in dB; all equal by default.
    seed : int
        Seed of the sensor noise.

    Returns
    -------
    SimulatedMixture

    Raises
    ------
    ParameterError
        If the numbers of talkers, angles and levels differ, a talker stands outside the room, or
        no walls give the room its reverberation time.
    MissingDependencyError
        If pyroomacoustics is not installed.

    References
    ----------
    J. B. Allen, D. A. Berkley, "Image method for efficiently simulating small-room acoustics",
    J. Acoust. Soc. Am. 65 (4), 1979.
    """
    try:
        import pyroomacoustics as pra
    except ImportError as error:
        raise MissingDependencyError("simulating a room", "pyroomacoustics", "rooms") from error

    levels = [0.0] * len(talkers) if levels is None else levels
    if not len(talkers) == len(angles) == len(levels) > 0:
        raise ParameterError(
            f"{len(talkers)} talkers, {len(angles)} angles and {len(levels)} levels were given: "
            "give one angle and one level for each talker"
        )
    n_samples = min(len(talker) for talker in talkers)
    centre = np.array([room[0] / 2, room[1] / 3, min(1.2, room[2] / 2)])
    microphones = np.tile(centre[:, None], n_microphones)
    microphones[0] += spacing * (np.arange(n_microphones) - (n_microphones - 1) / 2)

    images = np.empty((len(talkers), n_microphones, n_samples))
    theta = np.deg2rad(np.asarray(angles, float))
    positions = centre + distance * np.stack([-np.sin(theta), np.cos(theta), 0 * theta], axis=1)
    absorption, max_order = _walls(rt60, room)
    for image, talker, angle, level, position in zip(
        images, talkers, angles, levels, positions, strict=True
    ):
        if not (np.all(position > 0) and np.all(position < room)):
            raise ParameterError(
                f"a talker {distance} m away at {angle} degrees stands outside the room "
                f"{tuple(room)}: bring the talker closer or enlarge the room"
            )
        space = pra.ShoeBox(room, fs=rate, materials=pra.Material(absorption), max_order=max_order)
        space.set_sound_speed(SPEED_OF_SOUND)
        space.add_microphone_array(microphones)
        space.add_source(position, signal=talker[:n_samples])
        space.simulate()
        heard = space.mic_array.signals[:, :n_samples]
        image[:] = heard * 10 ** (level / 20) / np.sqrt(np.mean(heard[0] ** 2))

    mixture = images.sum(axis=0)
    noise = np.random.default_rng(seed).standard_normal(mixture.shape)
    mixture += noise * np.sqrt(np.mean(mixture**2)) * 10 ** (-snr / 20)
    return SimulatedMixture(
        mixture, images, delay_of_angle(np.asarray(angles), spacing), rate, microphones.T, positions
    )


def _walls(rt60: float, room: Sequence[float]) -> tuple[float, int]:
    """Find how much sound the walls swallow, and how many echoes in a row are heard."""
    import pyroomacoustics as pra

    if rt60 == 0:
        return 1.0, 0
    try:
        absorption, max_order = pra.inverse_sabine(rt60, room)
    except ValueError:
        raise ParameterError(
            f"not even walls that swallow everything give a room of {tuple(room)} m a "
            f"reverberation time of {rt60:g} s: choose a longer one, or 0 for no echoes"
        ) from None
    return float(absorption), int(max_order)
