"""The letters of languages."""

from llmstudio.data import alphabets


def test_every_western_letter_is_in_the_western_encoding() -> None:
    for language, letters in alphabets.WESTERN.items():
        assert letters.encode("cp1252").decode("cp1252") == letters, language


def test_no_western_alphabet_hides_a_central_european_one() -> None:
    western = set("".join(alphabets.WESTERN.values()))
    for language in ("Polish", "Czech", "Croatian, Slovene", "Romanian", "Lithuanian", "Latvian"):
        assert set(alphabets.OTHER_LATIN[language]) - western, language


def test_simple_and_traditional_ideographs_differ() -> None:
    assert len(alphabets.HAN_SIMPLE) == len(alphabets.HAN_TRADITIONAL)
    assert alphabets.HAN_SIMPLE != alphabets.HAN_TRADITIONAL
