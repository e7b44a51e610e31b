import numpy as np
import pytest

from tdsep.gmm.geometry import SPEED_OF_SOUND, delay_of_angle, least_spacing, widest_spacing


@pytest.mark.parametrize("frequency", [500.0, 4000.0, 24000.0])
def test_up_to_the_widest_spacing_every_phase_tells_its_angle(frequency):
    spacing = widest_spacing(frequency)
    assert spacing == pytest.approx(SPEED_OF_SOUND / frequency / 2)  # half a wavelength
    angles = np.linspace(-89, 89, 300)

    def phases(width):
        return np.angle(np.exp(2j * np.pi * frequency * delay_of_angle(angles, width)))

    assert (np.diff(phases(spacing)) > 0).all()
    assert (np.diff(phases(1.05 * spacing)) < 0).any()


def test_a_delay_tells_the_least_spacing():
    for angle in (-90, -30, 20, 90):
        assert least_spacing(float(delay_of_angle(angle, 0.3))) <= 0.3 + 1e-12
    assert least_spacing(float(delay_of_angle(-90, 0.3))) == pytest.approx(0.3)
