"""Cuts decoded text into lines in bounded memory; a line ends at LF, CR or CR LF and at nothing else."""

import re
from collections.abc import Iterable, Iterator

from llmstudio.base.errors import UserError

LONGEST = 16 << 20
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


def lines(blocks: Iterable[str], source: str, longest: int = LONGEST) -> Iterator[str]:
    """Every line with its end; raises UserError for a line of more than `longest` characters."""
    rest, number = "", 0
    for block in blocks:
        text = rest + block
        found = _cut(text)
        rest = found.pop() if found else ""
        if len(rest) > longest:
            message = f"{source}: line {number + len(found) + 1:,} is longer than {longest >> 20} million characters."
            raise UserError(
                message, "Choose another format.", field="format", location=f"line {number + len(found) + 1}"
            )
        number += len(found)
        yield from found
    if rest:
        yield from _LINE.findall(rest)


def _cut(text: str) -> list[str]:
    """The lines of a text; the last one may go on in the next block."""
    if "\r" not in text:
        found = text.split("\n")
        last = found.pop()
        return [line + "\n" for line in found] + [last]
    found = _LINE.findall(text)
    if found and found[-1].endswith("\n"):
        found.append("")
    return found


def head(blocks: Iterator[str], characters: int) -> tuple[str, bool]:
    """At least `characters` of text if there are that many, and whether that is all of it."""
    gathered: list[str] = []
    size = 0
    for block in blocks:
        gathered.append(block)
        size += len(block)
        if size >= characters:
            return "".join(gathered), False
    return "".join(gathered), True
