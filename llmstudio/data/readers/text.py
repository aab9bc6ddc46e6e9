"""Plain text: the whole file is a document, or it is cut at blank lines, lines or a separator."""

import re
from collections.abc import Iterator
from itertools import chain

from llmstudio.base.errors import UserError
from llmstudio.config.dataset import ImportConfig
from llmstudio.data.readers.document import Document
from llmstudio.data.readers.lines import head, lines

LONG = 4 << 20
LONGEST_PIECE = 64 << 20
_BLANK = re.compile(r"(?:\r\n|\r|\n)(?:[ \t]*(?:\r\n|\r|\n))+")


def read(blocks: Iterator[str], source: str, config: ImportConfig) -> Iterator[Document]:
    """The documents of one text. Text longer than four million characters comes as blocks, never whole."""
    if config.documents == "file":
        yield _whole(blocks, source)
    elif config.documents == "line":
        for line in lines(blocks, source):
            yield Document(source, line.rstrip("\r\n"))
    elif config.documents == "blank line":
        yield from (Document(source, text) for text in _cut(blocks, source, _BLANK))
    else:
        pattern = re.compile(r"[\r\n]*" + re.escape(config.separator) + r"[\r\n]*")
        yield from (Document(source, text) for text in _cut(blocks, source, pattern))


def propose(text: str) -> tuple[str, str]:
    """(value for `documents`, why) if the head of a text looks like several documents, ("", "") otherwise."""
    marks = text.count("<|endoftext|>")
    if marks:
        return "separator", f"<|endoftext|> stands {marks:,} times in it."
    return "", ""


def _whole(blocks: Iterator[str], source: str) -> Document:
    text, complete = head(blocks, LONG)
    return Document(source, text) if complete else Document(source, blocks=chain([text], blocks))


def _cut(blocks: Iterator[str], source: str, pattern: re.Pattern[str]) -> Iterator[str]:
    rest = ""
    for block in blocks:
        # The last two pieces stay: what cuts them apart may go on in the next block.
        pieces = _pieces(rest + block, pattern)
        yield from (text for text, _ in pieces[:-2])
        rest = "".join(text + gap for text, gap in pieces[-2:])
        if len(rest) > LONGEST_PIECE:
            message = f"{source} has no place to cut it within 64 million characters."
            raise UserError(message, "Take the file as one document.", field="documents")
    yield from (text for text, _ in _pieces(rest, pattern))


def _pieces(text: str, pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """(piece, the gap that follows it) all through the text."""
    found, start = [], 0
    for match in pattern.finditer(text):
        found.append((text[start : match.start()], match[0]))
        start = match.end()
    return [*found, (text[start:], "")]
