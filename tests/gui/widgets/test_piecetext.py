"""What stands on a piece, and what is said of it."""

import pytest

from llmstudio.data import pieces
from llmstudio.data.pieces import Piece
from llmstudio.gui.widgets import piecetext
from llmstudio.gui.widgets.piecetext import Run


def piece(data: bytes, start: int = 0, end: int = 1) -> Piece:
    text = data.decode("utf-8", "replace")
    return Piece(7, text, start, end, data, 0, len(data), data.hex(" "), "\ufffd" in text)


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b" boats", "·boats"),
        (b"\n", "↵"),
        (b"\t", "⇥"),
        (b"\x07", "07"),
        ("\u200b".encode(), "200B"),
        (b"\xe2\x80", "E2·80"),
        (b" \xe2\x80", "·E2·80"),
        (b"\x99s", "99s"),
        ("né".encode(), "né"),
        (b"<b>", "<b>"),
    ],
)
def test_what_stands_on_a_piece(data: bytes, shown: str) -> None:
    assert piecetext.face(piece(data)).text == shown


def test_spaces_are_muted_and_can_be_left_blank() -> None:
    assert piecetext.face(piece(b" a")).runs == (Run("·", True), Run("a", False))
    assert piecetext.face(piece(b" a"), spaces=False).text == " a"


def test_only_half_characters_are_partial() -> None:
    assert piecetext.face(piece(b"\xe2\x80")).partial
    assert not piecetext.face(piece("’".encode())).partial


def test_a_very_long_piece_is_cut_short() -> None:
    shown = piecetext.face(piece(b"x" * 10_000)).text
    assert len(shown) <= piecetext.LONGEST + 1
    assert shown.endswith("…")


def test_a_piece_is_said_in_words() -> None:
    assert piecetext.spoken(piece(b" "), 0, 9) == "Piece 1 of 9: space, id 7, characters 0 to 1"
    assert "part of a character" in piecetext.spoken(piece(b"\x80"), 1, 9)


def test_every_byte_string_has_a_face() -> None:
    for first in range(256):
        for second in (0, 32, 65, 128, 200, 255):
            assert piecetext.face(piece(bytes([first, second]))).text


def test_bytes_and_offsets() -> None:
    one = pieces.inspect(_Bytes(), "a")[0]
    assert piecetext.spaced_hex(one) == "61"
    assert piecetext.offsets(one) == "0 to 1"


class _Bytes:
    """One piece for the whole text."""

    def spans(self, text: str) -> list[tuple[int, int, int]]:
        return [(1, 0, len(text.encode()))]
