"""The house: which room may call which, and what a mere --help may load."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import tdsep

PACKAGE = Path(tdsep.__file__).parent
#: Rooms from the ground up; each may import only what stands before it, and itself.
STOREYS = [
    {"_version", "errors", "stopping"},
    {"inputs", "sounds", "passages", "formats", "palette"},
    {"stft", "masks", "frames", "workers", "cluster", "audio", "outputs", "tables", "corpus"},
    {"spatial", "nmf"},
    {"gmm"},
    {"vocal", "parts", "topics"},
    {"evaluate", "simulate", "plots", "report", "inspect"},
    {"jobs"},
    {"batch"},
    {"cli"},
]
NUMERICAL = {
    "gmm", "nmf", "spatial", "vocal", "parts", "topics", "sounds", "passages", "stft", "masks",
    "frames", "inspect",
}  # fmt: skip
NOT_IN_NUMERICAL = {"click", "matplotlib", "soundfile", "pathlib", "os", "json", "sys"}


def room(module: str) -> str:
    """'tdsep.gmm.mixture' -> 'gmm'."""
    return module.split(".")[1]


def imports(path: Path) -> set[str]:
    """Modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            if node.module == "tdsep":
                found |= {f"tdsep.{alias.name}" for alias in node.names}
            else:
                found.add(node.module)
    return found


FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def home(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_every_room_has_its_storey():
    assert {home(path) for path in FILES} == set.union(*STOREYS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_downwards(path):
    storey = {name: level for level, names in enumerate(STOREYS) for name in names}
    own = home(path)
    for module in imports(path):
        if module.startswith("tdsep."):
            other = room(module)
            assert other == own or storey[other] < storey[own], f"{path.name} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_numerical_rooms_know_no_file_and_no_screen(path):
    if home(path) in NUMERICAL:
        assert not {module.split(".")[0] for module in imports(path)} & NOT_IN_NUMERICAL


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_command_line_prints_and_exits(path):
    if home(path) == "cli":
        return
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"print", "exit", "quit"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_stay_small(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 320


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["gmm-separate", "--help"],
        ["nmf-vocal", "--help"],
        ["nmf-topics", "--help"],
        ["info", "--help"],
        ["evaluate", "--help"],
        ["simulate", "--help"],
        ["--version"],
    ],
)
def test_help_loads_nothing_heavy(arguments):
    heavy = (
        "numpy", "scipy", "librosa", "numba", "sklearn", "matplotlib", "soundfile", "joblib",
        "distributed",
    )  # fmt: skip
    program = (
        "import sys\nfrom tdsep.cli.main import main\n"
        f"sys.argv[1:] = {arguments!r}\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        f"print('LOADED', [name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.endswith("LOADED []\n"), done.stdout + done.stderr


def test_public_names_are_there():
    assert set(dir(tdsep)) == set(tdsep.__all__)
    for name in tdsep.__all__:
        assert getattr(tdsep, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        tdsep.nonsense  # noqa: B018
