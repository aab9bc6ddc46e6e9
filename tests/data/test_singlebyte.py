"""Single-byte encodings are told apart by how the text reads."""

import pytest

from llmstudio.data import alphabets, singlebyte


@pytest.mark.parametrize(
    "text", ["déjà vu, ça va très bien", "Größe für Mädchen", "El niño comió allí", "It’s “so” — he said…", "s£ and §5"]
)
def test_western_text_is_taken(text: str) -> None:
    assert singlebyte.recognise(text.encode("cp1252")) == ("cp1252", ())


def test_two_readings_that_both_make_sense_are_a_question() -> None:
    name, candidates = singlebyte.recognise("Pedal kasni, čaj čeka, žaba šeće".encode("cp1250"))
    assert name == ""
    assert {"cp1250", "cp1252"} & set(candidates)


def test_capitals_inside_words_speak_against_an_encoding() -> None:
    assert singlebyte.recognise("Größe für Mädchen".encode("cp850"))[0] == ""


def test_anything_decodable_is_a_candidate_of_last_resort() -> None:
    assert "koi8-r" in singlebyte.possible(b"\xc3c\xc6x")
    assert singlebyte.possible(b"abc")[0] == "cp1252"


def test_alphabets_hold_letters_beyond_ascii_only() -> None:
    for alphabet in [*alphabets.WESTERN.values(), *alphabets.OTHER_LATIN.values(), *alphabets.COMMON.values()]:
        assert not any(letter.isascii() for letter in alphabet)
