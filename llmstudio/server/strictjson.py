"""JSON as strangers may send it: bounded in depth, only finite numbers, only text that can be written down again."""

import json
from typing import Any, NoReturn

DEPTH = 32


class BadJson(ValueError):
    """What is wrong with it, in half a sentence."""


def parse(data: bytes) -> Any:
    """The value. Raises `BadJson` for what is not JSON in UTF-8, nests deeper than 32, or holds NaN, infinite numbers,
    numbers of thousands of digits, a name twice in one object, or halves of surrogate pairs."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadJson(f"is not UTF-8 (byte {error.start})") from None
    try:
        value = json.loads(text, parse_constant=_constant, parse_float=_float, object_pairs_hook=_object)
    except BadJson:
        raise
    except RecursionError:
        raise BadJson(f"nests deeper than {DEPTH} levels") from None
    except json.JSONDecodeError as error:
        raise BadJson(f"cannot be read at character {error.pos}") from None
    except ValueError:  # the interpreter's own limit
        raise BadJson("holds a number of thousands of digits") from None
    _walk(value)
    return value


def _constant(word: str) -> NoReturn:
    raise BadJson(f"holds {word}, which is no number")


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise BadJson("holds a number that is too large")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadJson("says the same name twice in one object")
    return found


def _walk(value: Any) -> None:
    """Depth and text, without recursion."""
    level, depth = [value], 0
    while level:
        depth += 1
        below: list[Any] = []
        for one in level:
            if isinstance(one, str):
                _check_text(one)
            elif isinstance(one, list):
                below.extend(one)
            elif isinstance(one, dict):
                for name in one:
                    _check_text(name)
                below.extend(one.values())
        if depth > DEPTH and any(isinstance(one, list | dict) for one in level):
            raise BadJson(f"nests deeper than {DEPTH} levels")
        level = below


def _check_text(text: str) -> None:
    if text.isascii():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise BadJson("holds half of a surrogate pair") from None
