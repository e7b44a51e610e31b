"""Options' defaults from the environment and a file: `tdsep.toml`, or in `pyproject.toml`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from tdsep.cli.options import Own

#: Looked for in the current folder, in this order.
_FILE, _PROJECT = "tdsep.toml", "pyproject.toml"
#: Where a context remembers which file it was.
_READ = f"{__name__}.file"

#: Command -> its options by what they are called in the file, which is their name on the command
#: line without the dashes.
_Options = Mapping[str, Mapping[str, click.Option]]


def read_defaults(named: Path | None, ctx: click.Context) -> dict[str, dict[str, Any]]:
    """Read what the user wants by default.

    Parameters
    ----------
    named : Path or None
        The file; by default one of those in the current folder, if there is any.
    ctx : Context
        Of the group of all commands.

    Returns
    -------
    dict of str to dict
        What click calls a default map: by command, by parameter.

    Raises
    ------
    UsageError
        If the file cannot be read, or names a command, an option or a value that there is not.
    """
    path = named or next((p for p in (Path(_FILE), Path(_PROJECT)) if p.is_file()), None)
    entries = {} if path is None else _entries(path)
    if path is None or not entries:
        return {}
    ctx.meta[_READ] = path
    try:
        return _checked(entries, _options(ctx))
    except click.BadParameter as error:
        raise click.UsageError(f"{path}: {error.message}", ctx) from None


def _entries(path: Path) -> dict[str, Any]:
    """Read a file's entries, or a project file's that are ours."""
    try:
        with path.open("rb") as file:
            document = tomllib.load(file)
    except OSError as error:
        raise click.UsageError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{path}: is no TOML: {error or 'nested too deep'}") from None
    if path.name != _PROJECT:
        return document
    tools = document.get("tool", {})
    ours = tools.get("tdsep", {}) if isinstance(tools, dict) else {}
    return ours if isinstance(ours, dict) else {}


def name_variables(command: click.Command) -> click.Command:
    """Let each option be set by a variable: `TDSEP_GMM_SEPARATE_N_FFT`.

    click's own names for them are made of the parameters' names, which are not all the options'.
    """
    for option in command.params:
        if isinstance(option, click.Option):
            option.envvar = _variable(command.name, _called(option))
    return command


def check_variables(ctx: click.Context) -> None:
    """Raise UsageError where a variable names an option that the command called does not have.

    Parameters
    ----------
    ctx : Context
        Of the group of all commands.
    """
    group, name = ctx.command, ctx.invoked_subcommand
    assert isinstance(group, click.Group)
    command = group.get_command(ctx, name) if name else None
    if command is None:
        return
    known = [option.envvar for option in command.params]
    for variable in sorted(os.environ):
        if variable.startswith(_variable(name, "")) and variable not in known:
            guess = _guess(variable, [each for each in known if each])
            raise click.UsageError(f"{variable}: {name} has no such option{guess}", ctx)


def explained(error: click.ClickException) -> str:
    """Say what is wrong, and where: of a value in the file or the environment click does not."""
    if isinstance(error, click.BadParameter) and error.ctx:
        match error.param, error.ctx.get_parameter_source(str(error.param and error.param.name)):
            case click.Option() as option, ParameterSource.DEFAULT_MAP:
                return f"{error.ctx.meta[_READ]}: {_called(option)}: {error.message}"
            case click.Option() as option, ParameterSource.ENVIRONMENT:
                return f"{option.envvar}: {error.message}"
    return error.format_message()


def _variable(command: str | None, option: str) -> str:
    return f"TDSEP_{command}_{option}".replace("-", "_").upper()


def _called(option: click.Option) -> str:
    return max(option.opts, key=len).lstrip("-")


def _options(ctx: click.Context) -> _Options:
    group = ctx.command
    assert isinstance(group, click.Group)
    commands = {name: group.get_command(ctx, name) for name in group.list_commands(ctx)}
    return {
        name: {_called(each): each for each in command.params if isinstance(each, click.Option)}
        for name, command in commands.items()
        if command is not None
    }


def _checked(entries: Mapping[str, Any], options: _Options) -> dict[str, dict[str, Any]]:
    """Check all entries: a command's own go before those for all commands that have the option."""
    defaults: dict[str, dict[str, Any]] = {command: {} for command in options}
    for key, value in entries.items():
        if isinstance(value, dict):
            continue
        sharing = [
            command for command, own in options.items()
            if key in own and not isinstance(own[key], Own)
        ]  # fmt: skip
        if not sharing:
            shared = {name for own in options.values() for name in own}
            raise click.BadParameter(f"{key}: no command has such an option{_guess(key, shared)}")
        if len(sharing) == 1:
            raise click.BadParameter(
                f"{key}: {sharing[0]} alone has such an option: write it under [{sharing[0]}]"
            )
        for command in sharing:
            where = f"{key} (for {command})"
            _set(defaults[command], options[command][key], value, where)
    for command, table in entries.items():
        if not isinstance(table, dict):
            continue
        if command not in options:
            raise click.BadParameter(f"[{command}]: no such command{_guess(command, options)}")
        for key, value in table.items():
            if key not in options[command]:
                raise click.BadParameter(
                    f"[{command}] {key}: no such option{_guess(key, options[command])}"
                )
            _set(defaults[command], options[command][key], value, f"[{command}] {key}")
    return defaults


def _set(defaults: dict[str, Any], option: click.Option, value: Any, where: str) -> None:
    """Set one default as the command line would have it: as text, or as a flag."""
    if option.is_flag:
        if not isinstance(value, bool):
            raise click.BadParameter(f"{where}: {value!r} is neither true nor false")
    else:
        textual = isinstance(option.type, click.Path | click.types.StringParamType)
        if isinstance(value, bool) or not isinstance(value, str if textual else str | int | float):
            raise click.BadParameter(
                f"{where}: {value!r} will not do: write it as on the command line, in quotes"
            )
        value = str(value)
        try:
            option.type.convert(value, option, None)
        except click.BadParameter as error:
            raise click.BadParameter(f"{where}: {error.message}") from None
    assert option.name is not None
    defaults[option.name] = [value] if option.multiple else value


def _guess(word: str, known: Any) -> str:
    guesses = get_close_matches(word, known)
    return f": did you mean {guesses[0]!r}?" if guesses else ""
