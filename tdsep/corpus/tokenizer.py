"""Words by a program of the user's, for languages that put no spaces between them."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence

from tdsep.errors import ParameterError
from tdsep.inputs import reason


def split_by_command(texts: Sequence[str], command: str) -> tuple[str, ...]:
    """Let a program put spaces between words: it reads lines and writes as many.

    It is run once, without a shell, on the lines of all texts; empty ones are left out.

    Parameters
    ----------
    texts : sequence of str
    command : str
        As one would type it: ``"mecab -O wakati"``.

    Returns
    -------
    tuple of str
        What it made of each text.

    Raises
    ------
    ParameterError
        If it cannot be run, fails, or writes another number of lines.
    """
    lines = [[line for line in text.splitlines() if line.strip()] for text in texts]
    written = _run(command, [line for group in lines for line in group])
    wanted = sum(map(len, lines))
    if len(written) != wanted:
        raise ParameterError(
            f"the tokenizer {command!r} made {len(written)} lines of {wanted}: it must write one "
            "line for each that it reads, with spaces between the words"
        )
    rest = iter(written)
    return tuple("\n".join(next(rest) for _ in group) for group in lines)


def _run(command: str, lines: Sequence[str]) -> list[str]:
    """Return the lines that a program writes for those it reads."""
    try:
        if not (words := shlex.split(command)):
            raise ValueError("no program is named")
        done = subprocess.run(
            words, input="".join(f"{line}\n" for line in lines).encode(),
            capture_output=True, check=True,
        )  # fmt: skip
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().split("\n")[-1]
        problem = f"ended with status {error.returncode}{said and f' ({said})'}"
    except (OSError, ValueError) as error:
        problem = f"cannot be run ({reason(error)})"
    else:
        text = done.stdout.decode("utf-8", "replace")
        return text.removesuffix("\n").split("\n") if text else []
    raise ParameterError(f"the tokenizer {command!r} {problem}: try it on a line of text")
