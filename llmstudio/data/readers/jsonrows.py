"""JSON and JSON lines: every value strict and finite, arrays read element by element so that memory stays flat."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from llmstudio.base.errors import UserError
from llmstudio.data.readers.document import LEAVE_OUT, Faults
from llmstudio.data.readers.lines import lines

LONGEST = 64 << 20
_SPACE = re.compile(r"[ \t\r\n]*")
_NEAR_END = 64
_ENDS = (",", "]", "}", " ", "\t", "\r", "\n")
_SURROGATE = re.compile(r"\\ud[89a-f]", re.IGNORECASE)


def read_lines(blocks: Iterator[str], source: str, faults: Faults) -> Iterator[tuple[int, Any]]:
    """(line number, value) for each line that is not blank."""
    for row, line in enumerate(lines(blocks, source, LONGEST), 1):
        if line.isspace():
            continue
        try:
            value = _DECODER.decode(line.strip())
        except (ValueError, RecursionError) as error:
            remedy = LEAVE_OUT
            if row == 1 and line.strip() in ("[", "{"):
                remedy = "It looks like one JSON value over several lines: choose the format json."
            faults.add(source, row, _reason(error), remedy)
            continue
        yield row, _mended(value, line, faults)


def read_whole(blocks: Iterator[str], source: str, faults: Faults) -> Iterator[tuple[int, Any]]:
    """(number, value): the elements of a top-level array; of an object its rows, or the object itself."""
    text = _Buffer(blocks, source)
    text.skip_space()
    if text.peek() != "[":
        yield from enumerate(_rows_of(text.value(1, faults)), 1)
        text.end()
        return
    text.take("[")
    row = 0
    while text.peek() != "]":
        row += 1
        yield row, text.value(row, faults)
        if text.peek() != "]":
            text.take(",")
    text.take("]")
    text.end()


class _Buffer:
    """A window on the text that grows only while one value is incomplete."""

    def __init__(self, blocks: Iterator[str], source: str) -> None:
        self._blocks, self._source = blocks, source
        self._text, self._at, self._gone = "", 0, 0
        self._more = True

    def skip_space(self) -> None:
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text) or not self._grow():
                return

    def peek(self) -> str:
        self.skip_space()
        return self._text[self._at : self._at + 1]

    def take(self, mark: str) -> None:
        if self.peek() != mark:
            found = repr(self.peek()) if self.peek() else "the end"
            raise self._fault(f"has {found} where {mark!r} is needed")
        self._at += 1

    def value(self, row: int, faults: Faults) -> Any:
        self.skip_space()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError as error:
                raise self._fault(f"is nested too deeply in row {row:,}") from error
            except json.JSONDecodeError as error:
                if not self._could_go_on(error) or not self._grow():
                    raise self._fault(_reason(error), error.pos) from error
                continue
            except ValueError as error:
                raise self._fault(f"{_reason(error)} in row {row:,}") from error
            if isinstance(value, int | float) and self._text[end : end + 1] not in _ENDS and self._grow():
                continue  # a number at the end of a block may go on in the next
            raw, self._at = self._text[self._at : end], end
            return _mended(value, raw, faults)

    def end(self) -> None:
        if self.peek():
            hint = "It looks like JSON lines: choose the format jsonl." if self.peek() in '{["' else "Mend the file."
            raise self._fault("goes on after its value", hint=hint)

    def _could_go_on(self, error: json.JSONDecodeError) -> bool:
        return "Unterminated" in error.msg or error.pos >= len(self._text) - _NEAR_END

    def _grow(self) -> bool:
        """Drop what is done and at least double what is left, so that reading stays linear."""
        self._gone += self._at
        gathered, size = [self._text[self._at :]], len(self._text) - self._at
        self._at, wanted = 0, 2 * size
        grown = False
        while not grown or size < wanted:
            block = next(self._blocks, "")
            if not block:
                break
            gathered.append(block)
            size, grown = size + len(block), True
        self._text = "".join(gathered)
        if size > LONGEST:
            raise self._fault("has a value of more than 64 million characters")
        return grown

    def _fault(
        self, reason: str, at: int | None = None, hint: str = "Mend the file, or choose its format."
    ) -> UserError:
        place = self._gone + (self._at if at is None else at)
        message = f"{self._source} {reason}, at character {place:,}."
        return UserError(message, hint, field="format", location=f"character {place}")


def _rows_of(value: Any) -> Iterator[Any]:
    """A single row; or those inside: {"data": [...]}, {"a": {...}, "b": {...}} or {"text": [...], "label": [...]}."""
    if isinstance(value, dict) and value:
        lists = {key: inner for key, inner in value.items() if isinstance(inner, list)}
        if len(lists) == len(value) > 1 and len({len(inner) for inner in lists.values()}) == 1:
            for cells in zip(*lists.values(), strict=True):
                yield dict(zip(lists, cells, strict=True))
            return
        if len(value) > 1 and all(isinstance(inner, dict) for inner in value.values()):
            yield from value.values()
            return
        if len(lists) == 1 and all(isinstance(inner, dict | str) for inner in next(iter(lists.values()))):
            yield from next(iter(lists.values()))
            return
    yield value


def _mended(value: Any, raw: str, faults: Faults) -> Any:
    return _whole(value, faults) if _SURROGATE.search(raw) else value


def _whole(value: Any, faults: Faults) -> Any:
    if isinstance(value, str):
        return faults.whole(value)
    if isinstance(value, list):
        return [_whole(inner, faults) for inner in value]
    if isinstance(value, dict):
        return {faults.whole(key): _whole(inner, faults) for key, inner in value.items()}
    return value


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "is nested too deeply"
    if isinstance(error, json.JSONDecodeError):
        return f"is not valid JSON ({error.msg.lower()}, column {error.colno:,})"
    if "digit" in str(error):
        return "has a number of thousands of digits"
    return str(error) or "is not valid JSON"


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("has a number too large to keep")
    return value


def _refuse(text: str) -> None:
    raise ValueError(f"has {text}, which is not JSON")


_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_refuse)
