import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tdsep.cli.main import main
from tests.conftest import dead_room_mixture, encode_wav


@dataclass(frozen=True)
class Run:
    status: int
    out: str
    err: str


@pytest.fixture
def tdsep(monkeypatch, capsys, tmp_path):
    """Run the command line in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Run:
        monkeypatch.setattr(sys, "argv", ["tdsep", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Run(int(end.value.code or 0), out, err)

    return run


@pytest.fixture(scope="session")
def mixture_bytes() -> bytes:
    mixture, _ = dead_room_mixture(np.random.default_rng(1), [-8e-5, 9e-5], seconds=2)
    return bytes(encode_wav(mixture, 16000, "PCM_16"))


@pytest.fixture
def mix(tmp_path, mixture_bytes) -> Path:
    path = tmp_path / "mix.wav"
    path.write_bytes(mixture_bytes)
    return path
