"""The options that stand anywhere on the line. Light: the window needs nothing else of the command line."""

import re
from collections.abc import Iterable

from llmstudio.base.errors import UserError


def globals_of(arguments: list[str]) -> tuple[list[str], dict[str, str], set[str]]:
    """Take `--workspace DIR` and `--json` out of the arguments, wherever they stand.

    Returns (the rest, named values, flags). Everything after a bare `--` is left alone.
    """
    rest: list[str] = []
    values: dict[str, str] = {}
    flags: set[str] = set()
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            return [*rest, argument, *waiting], values, flags
        if argument == "--json":
            flags.add("json")
        elif argument == "--workspace":
            values["workspace"] = _value_of(argument, waiting)
        elif match := re.fullmatch(r"--workspace=(.*)", argument, re.DOTALL):
            values["workspace"] = _value_of("--workspace", [match[1]])
        else:
            rest.append(argument)
    return rest, values, flags


def _value_of(option: str, waiting: Iterable[str]) -> str:
    value = next(iter(waiting), "")
    if value.strip():  # nothing would mean the folder one happens to be in
        return value
    raise UserError(f"{option} needs a value.", f"Write {option} FOLDER.")
