"""Where each message went in what a template wrote, whatever the template did with it."""

import functools

import pytest

from llmstudio.base.errors import UserError
from llmstudio.data import chat_jinja, chat_marks
from llmstudio.data.chat_pieces import Piece
from llmstudio.data.messages import Message

TALK = (Message("user", "Hi"), Message("assistant", "Hello"))


def pieces(source: str, messages: tuple[Message, ...] = TALK, specials: tuple[str, ...] = ("<e>",)) -> list[Piece]:
    run = functools.partial(chat_jinja.render, source, open_answer=False, tokens={})
    return chat_marks.pieces(run, messages, specials, source)


def test_messages_are_found_even_where_the_template_says_the_same() -> None:
    found = pieces("{% for m in messages %}Hello Hi {{ m.content }}<e>{% endfor %}")
    assert found == [
        Piece("Hello Hi ", "template"),
        Piece("Hi", "user"),
        Piece("<e>Hello Hi ", "template"),
        Piece("Hello", "answer"),
        Piece("<e>", "template"),
    ]


def test_white_space_that_a_template_strips_is_no_trouble() -> None:
    spaced = (Message("user", " Hi\n"), Message("assistant", "\n Hello "))
    assert pieces("{% for m in messages %}{{ m.content | trim }}|{% endfor %}", spaced) == [
        Piece("Hi", "user"),
        Piece("|", "template"),
        Piece("Hello", "answer"),
        Piece("|", "template"),
    ]


def test_a_part_of_an_answer_is_found() -> None:
    thinking = (Message("user", "Hi"), Message("assistant", "<think>a</think>Hello"))
    found = pieces("{% for m in messages %}:{{ m.content.split('</think>')[-1] }}{% endfor %}", thinking)
    assert found[-1] == Piece("Hello", "answer")
    first = pieces("{% for m in messages %}>{{ m.content.split('</think>')[0] }}.{% endfor %}", thinking)
    assert first[-2:] == [Piece("<think>a", "answer"), Piece(".", "template")]


def test_a_template_that_looks_at_beginnings_is_searched() -> None:
    source = "{% for m in messages %}{{ '(' if m.content.startswith('H') else '[' }}{{ m.content }})"
    assert pieces(source + "{% endfor %}")[-2:] == [Piece("Hello", "answer"), Piece(")", "template")]


def test_a_changed_answer_is_refused() -> None:
    with pytest.raises(UserError, match="changes what answers say"):
        pieces("{% for m in messages %}{{ m.content | length }}{% endfor %}")


def test_a_name_of_a_special_token_stays_broken_where_a_template_tears_a_message_apart() -> None:
    said = (Message("user", "a|b<e>c"), Message("assistant", "Hello"))
    found = pieces(
        "{{ messages[0].content.split('|') | last | upper }}<e>{{ messages[1].content }}", said, ("<e>", "<E>")
    )
    assert "".join(piece.text for piece in found) == "B<E>C<e>Hello"
    assert Piece("B", "template") not in [piece for piece in found if "<E>" in piece.text and piece.by == "template"]
    assert not any("<E>" in piece.text and piece.by == "template" for piece in found)


def test_private_characters_in_a_message_are_left_alone() -> None:
    odd = (Message("user", "\U000f0000\U000f0003"), Message("assistant", "\U000f0001"))
    found = pieces("{% for m in messages %}<{{ m.content }}>{% endfor %}", odd)
    assert [piece.text for piece in found if piece.by != "template"] == ["\U000f0000\U000f0003", "\U000f0001"]
