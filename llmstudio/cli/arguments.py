"""Command-line options derived from option declarations, and the values back into options."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from llmstudio.base.errors import UserError
from llmstudio.config.option import OptionInfo, Options, check, describe

Command = TypeVar("Command", bound=Callable[..., Any])
Made = TypeVar("Made", bound=Options)


def options_of(cls: type[Options], *, skip: Iterable[str] = ()) -> Callable[[Command], Command]:
    """A decorator that adds one command-line option per declared option, except those in `skip`.

    Nothing has a default here: what is not said is left out of the values, so that the class decides.
    """
    left_out = set(skip)

    def decorate(command: Command) -> Command:
        for info in reversed(describe(cls)):
            if info.name not in left_out:
                command = _click_option(info)(command)
        return command

    return decorate


def _click_option(info: OptionInfo) -> Callable[[Command], Command]:
    flag = "--" + info.name.replace("_", "-")
    words = f"{info.title}. {info.help}".strip()
    if info.unit:
        words += f" [{info.unit}]"
    if info.kind == "bool":
        return click.option(f"{flag}/--no-{flag[2:]}", info.name, default=None, help=words)
    if info.kind == "choice":
        return click.option(flag, info.name, default=None, help=words, metavar="|".join(info.choices))
    if info.kind == "list":
        return click.option(flag, info.name, multiple=True, help=words)
    return click.option(flag, info.name, default=None, help=words, metavar=info.kind.upper())


def said(values: dict[str, Any]) -> dict[str, Any]:
    """Only what the person said on the command line."""
    return {name: value for name, value in values.items() if value not in (None, ())}


def make(cls: type[Made], values: dict[str, Any]) -> Made:
    """Options from what was said; raises UserError that names the option at fault and a value that works."""
    options, faults = check(cls, said(values))
    if options is None:
        field, fault = next(iter(faults.items()))
        hint = "" if fault.suggestion in (None, "") else f"Use {fault.suggestion}."
        if field and hint:
            hint = f"Use --{field.replace('_', '-')} {fault.suggestion}."
        raise UserError(fault.message, "" if "Use " in fault.message else hint, field=field)
    return options  # type: ignore[no-any-return]
