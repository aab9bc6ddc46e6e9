"""Built-in and own templates, piece by piece."""

import pytest

from llmstudio.base.errors import UserError
from llmstudio.data import chat_pieces
from llmstudio.data.chat_pieces import Exchange, Piece
from llmstudio.data.messages import Message

TALK = [Message("system", "Be kind."), Message("user", "Hi", "there"), Message("assistant", " Hello ")]


def test_chatml_and_llama_write_their_headers() -> None:
    assert "".join(piece.text for piece in chat_pieces.chatml(TALK, True, "<|im_end|>")) == (
        "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi\n\nthere<|im_end|>\n"
        "<|im_start|>assistant\n Hello <|im_end|>\n<|im_start|>assistant\n"
    )
    head = "<|start_header_id|>{}<|end_header_id|>\n\n"
    assert "".join(piece.text for piece in chat_pieces.llama3(TALK, False, "<|eot_id|>")) == (
        f"<|begin_of_text|>{head.format('system')}Be kind.<|eot_id|>{head.format('user')}Hi\n\nthere<|eot_id|>"
        f"{head.format('assistant')}Hello<|eot_id|>"
    )


def test_exchanges_join_questions_and_keep_the_open_one() -> None:
    asked = [Message("user", "One"), Message("user", "Two"), Message("assistant", "A"), Message("user", "Three")]
    assert chat_pieces.exchanges(asked, False) == [
        Exchange("", "One\n\nTwo", "", "A"),
        Exchange("", "Three", "", None),
    ]
    assert chat_pieces.exchanges(TALK, True)[-1] == Exchange()
    assert chat_pieces.exchanges(TALK, False) == [Exchange("Be kind.", "Hi", "there", " Hello ")]


def test_own_templates_fill_their_places() -> None:
    source = "System: {system}\n\nUser: {instruction}\n\nText: {input}\n\nBot: {answer}\n--\n"
    assert chat_pieces.own(source, TALK, False) == [
        Piece("System: ", "template"),
        Piece("Be kind.", "user"),
        Piece("\n\nUser: ", "template"),
        Piece("Hi", "user"),
        Piece("\n\nText: ", "template"),
        Piece("there", "user"),
        Piece("\n\nBot: ", "template"),
        Piece(" Hello ", "answer"),
        Piece("\n--\n", "template"),
    ]
    brief = "".join(piece.text for piece in chat_pieces.own(source, [Message("user", "{answer}")], True))
    assert brief == "User: {answer}\n\nBot: "


def test_what_has_no_place_is_not_lost() -> None:
    only = chat_pieces.own("{input}>{answer}", TALK, False)
    assert only[0] == Piece("Be kind.\n\nHi\n\nthere", "user")
    asked = chat_pieces.own("{instruction}>{answer}", TALK, False)
    assert asked[0] == Piece("Be kind.\n\nHi\n\nthere", "user")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{instruction}", "no {answer}"),
        ("{instruction}{answer}{answer}", "more than one {answer}"),
        ("{answer}", "neither {instruction} nor {input}"),
        ("{answer}{instruction}", "stands behind"),
        ("{instruction}{answer}" + "x" * 70_000, "longer than 64 KiB"),
    ],
)
def test_an_own_template_that_cannot_work_says_why(source: str, reason: str) -> None:
    with pytest.raises(UserError, match=reason) as caught:
        chat_pieces.check(source)
    assert caught.value.field == "template_own"
