"""The `tdsep` command: a group whose subcommands are imported when they are called."""

from __future__ import annotations

import os
import signal
import sys
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click

from tdsep._version import __version__
from tdsep.batch import ExitStatus
from tdsep.cli.bar import clear_line, one_line
from tdsep.cli.defaults import check_variables, explained, name_variables, read_defaults
from tdsep.errors import TdsepError
from tdsep.stopping import ended_by_signals, wait_if_ending

#: Command -> module and attribute that hold it, and its line in the help.
_COMMANDS = {
    "evaluate": (
        "tdsep.cli.evaluate:evaluate",
        "How good a separation is, against the truth: SDR, SIR, SAR, SI-SDR.",
    ),
    "gmm-separate": (
        "tdsep.cli.gmm_separate:gmm_separate",
        "Two microphones, several talkers: one file a talker.",
    ),
    "info": (
        "tdsep.cli.info:info",
        "What a recording is, and which command suits it.",
    ),
    "nmf-joint": (
        "tdsep.cli.nmf_joint:nmf_joint",
        "Tables that share rows or columns: factors of all, missing cells predicted.",
    ),
    "nmf-parts": (
        "tdsep.cli.nmf_parts:nmf_parts",
        "A sound taken apart into patterns: notes, drums, a machine's cycle.",
    ),
    "nmf-rank": (
        "tdsep.cli.nmf_rank:nmf_rank",
        "How many components a matrix has: the error against their number.",
    ),
    "nmf-remove": (
        "tdsep.cli.nmf_vocal:nmf_remove",
        "A background out of a recording, learned where it is alone.",
    ),
    "nmf-topics": (
        "tdsep.cli.nmf_topics:nmf_topics",
        "What texts are about: topics, and the mixture of them in each document.",
    ),
    "nmf-vocal": (
        "tdsep.cli.nmf_vocal:nmf_vocal",
        "The voice and the backing of a song, learned from its intro.",
    ),
    "report": (
        "tdsep.cli.report:report",
        "A page to hear and see what a command found, for a folder of results.",
    ),
    "simulate": (
        "tdsep.cli.simulate:simulate",
        "Talkers in front of two microphones in a room, with the truth.",
    ),
}


class LazyGroup(click.Group):
    """A group that loads a subcommand's module only to run it, so that help comes at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[cmd_name][0].split(":")
        return name_variables(getattr(import_module(module), attribute))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command meant; guess at a misspelt one."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            guesses = get_close_matches(args[0], _COMMANDS)
            if not guesses:
                raise
            raise click.UsageError(f"{error.message} Did you mean {guesses[0]!r}?", ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tdsep")
@click.option(
    "--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    envvar="TDSEP_CONFIG",
    help="Defaults of the commands' options; else tdsep.toml, or [tool.tdsep] in pyproject.toml.",
)  # fmt: skip
@click.pass_context
def cli(ctx: click.Context, config: Path | None) -> None:
    """Audio source separation that learns from the very recording it is given.

    An option's default comes from the environment (TDSEP_CONFIG, TDSEP_GMM_SEPARATE_SPACING=0.04),
    else from the file of defaults, else it is built in.

    Shell completion: eval "$(_TDSEP_COMPLETE=bash_source tdsep)", and likewise zsh_source or
    fish_source.
    """  # fmt: skip
    check_variables(ctx)
    ctx.default_map = read_defaults(config, ctx)


def main() -> NoReturn:
    """Run the command line and exit; every failure is one line on stderr."""
    with ended_by_signals(_farewell):
        status = _run()
        wait_if_ending()
    sys.exit(status)


def _run() -> ExitStatus:
    """Run the command line; return the status to exit with."""
    status = ExitStatus.OK
    try:
        status = cli.main(prog_name="tdsep", standalone_mode=False) or ExitStatus.OK
        if sys.stdout:
            sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        status = ExitStatus.USAGE
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "tdsep"
        _say(f"{' '.join(explained(error).split())} (see {command} --help)")
        status = ExitStatus.USAGE
    except (click.Abort, KeyboardInterrupt):  # where signals cannot be watched
        _farewell(signal.SIGINT)
        status = ExitStatus.INTERRUPTED
    except TdsepError as error:
        _say(str(error))
        status = ExitStatus.of(type(error))
    except OSError as error:
        if error.filename is not None:  # stdout has none
            _say(f"{error.filename}: cannot be used ({error.strerror}): check its name")
            return ExitStatus.SOME_FAILED
        _forget_stdout()
        if not isinstance(error, BrokenPipeError):  # else whoever read it has seen enough
            _say(f"stdout: cannot be written ({error.strerror}): the results' files are whole")
        status = ExitStatus.SOME_FAILED
    return status


def _farewell(number: int) -> None:
    """Say why the process ends."""
    clear_line()
    _say("interrupted; unfinished files were removed")


def _say(line: str) -> None:
    click.echo(f"tdsep: {one_line(line)}", err=True)


def _forget_stdout() -> None:
    """Let nothing that is still to be written to stdout fail again at the exit."""
    if sys.stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
