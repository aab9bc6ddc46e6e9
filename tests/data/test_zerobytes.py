"""UTF-16 and UTF-32 without a mark are seen by their zero bytes; other zero bytes are not mistaken for them."""

import pytest

from llmstudio.data.zerobytes import Zeros


def judged(content: bytes, block: int = 7) -> str:
    zeros = Zeros()
    for start in range(0, len(content), block):
        zeros.take(content[start : start + block], start)
    assert zeros.count == content.count(0)
    return zeros.encoding(content, len(content))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", ["plain words\n", "Größe und молоко 海 🎉 mit Worten\n"])
def test_wide_text_is_recognised(encoding: str, text: str) -> None:
    assert judged((text * 4).encode(encoding)) == encoding


@pytest.mark.parametrize("content", [b"\0" * 64, b"ab\0cd\0e\0", bytes(range(256)) * 2, b"a\0b\0c"])
def test_other_zero_bytes_are_not(content: bytes) -> None:
    assert judged(content) == ""
