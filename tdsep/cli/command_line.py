"""The command line that a run can be repeated by, however its options were chosen."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource


def arguments(ctx: click.Context, without: Collection[str]) -> tuple[str, ...]:
    """Write down the options that were chosen: on the command line, in a file, by a variable.

    Parameters
    ----------
    ctx : click.Context
        Of the command.
    without : collection of str
        Names of options that change nothing in the results.
    """
    words: list[str] = []
    for option in ctx.command.params:
        name = option.name or ""
        chosen = ctx.get_parameter_source(name) not in (None, ParameterSource.DEFAULT)
        if not isinstance(option, click.Option) or name in without or not chosen:
            continue
        flag, value = max(option.opts, key=len), ctx.params[name]
        if option.is_flag:
            words += [flag] if value else []
            continue
        text = _written(value)
        words += [f"{flag}={text}"] if text.startswith("-") else [flag, text]
    return tuple(words)


def _written(value: Any) -> str:
    """Write a value as the types of `tdsep.cli.types` read it; of a file no more than its name."""
    if value is None:
        return "auto"
    if isinstance(value, tuple):
        spans = ("-".join(map(_written, each)) for each in value if isinstance(each, tuple))
        return ",".join(spans) or ",".join(map(_written, value))
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    return value.name if isinstance(value, Path) else str(value)
