"""Encodings are taken when nothing else fits, and asked for otherwise; text is never silently replaced."""

import codecs
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstudio.base.errors import UserError
from llmstudio.data import decode

# Which of Python's codecs an ending of a file name in the collection may mean. Latin1 stands for both that are
# called so: files with curly quotes are Windows-1252.
NAMED = {
    "Latin1": ("latin-1", "cp1252"),
    "UTF8": ("utf-8-sig",),
    "UTF8~": ("utf-8-sig",),
    "GB2312": ("gb2312",),
    "HZ": ("hz",),
    "EUC": ("euc_jp",),
    "JIS": ("iso2022_jp",),
    "SJIS": ("shift_jis",),
    "Unicode": ("utf-16",),
    "Latin2": ("iso8859-2",),
    "Cyrillic": ("iso8859-5",),
    "Greek": ("iso8859-7",),
    "Hebrew": ("iso8859-8",),
    "Arabic": ("iso8859-6", "cp1256"),
    "Turkish": ("iso8859-9",),
    "Baltic": ("iso8859-4", "cp1257"),
}


def whole(content: bytes, encoding: str = "auto") -> str:
    found = decode.recognise([content])
    if encoding == "auto":
        encoding = found.encoding
        if not encoding:
            raise decode.unsure("a.txt", found)
    return "".join(decode.text([content], encoding, "a.txt"))


def test_three_hundred_languages_are_read_as_their_names_say_or_asked_about(
    shared_file: Callable[[str], Path],
) -> None:
    outcome: Counter[str] = Counter()
    wrong = []
    with zipfile.ZipFile(shared_file("data/udhr_300_languages.zip")) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            content, ending = archive.read(info), info.filename.rsplit("-", 1)[-1]
            found = decode.recognise([content])
            if not found.encoding:
                assert found.candidates, info.filename
                outcome["asked"] += 1
            elif ending in NAMED:
                text = "".join(decode.text([content], found.encoding))
                right = any(text == content.decode(name, "replace") for name in NAMED[ending])
                outcome["right"] += right
                wrong += [] if right else [info.filename]
            else:
                outcome["named after no encoding"] += 1
    assert not wrong
    assert outcome["right"] >= 270
    assert outcome.total() == 335


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("utf-32-le", "utf-32-le"),
        ("utf-32-be", "utf-32-be"),
    ],
)
def test_unicode_is_recognised_with_and_without_a_mark(encoding: str, name: str) -> None:
    text = "Größe, naïve; молоко.\nline two\n" * 3
    content = text.encode(encoding)
    assert decode.recognise([content]).encoding == name
    assert whole(content) == text


def test_western_text_needs_no_question() -> None:
    assert (
        decode.recognise(["It’s a “grande école” — le cœur et l’âme à Orléans, où ça va".encode("cp1252")]).encoding
        == "windows-1252"
    )


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Příliš žluťoučký kůň úpěl ďábelské ódy", "windows-1250"),
        ("Zażółć gęślą jaźń", "windows-1250"),
        ("čaj je dobar, šećer i đak", "windows-1250"),
        ("Съешь же ещё этих мягких французских булок", "windows-1251"),
        ("Съешь же ещё этих мягких французских булок", "koi8-r"),
        ("Görüşmek üzere, ağaç ıslak", "windows-1254"),
        ("Größe für Mädchen", "mac-roman"),
        ("Größe für Mädchen", "cp850"),
    ],
)
def test_what_is_not_western_is_asked_with_the_right_candidate_first(text: str, encoding: str) -> None:
    found = decode.recognise([text.encode(encoding)])
    assert found.encoding == ""
    assert found.candidates[0] == encoding
    told = decode.unsure("a.txt", found)
    assert encoding in told.message
    assert told.candidates == found.candidates


@pytest.mark.parametrize("encoding", ["euc_jp", "shift_jis", "iso2022_jp"])
def test_japanese_is_recognised(encoding: str) -> None:
    text = "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。"
    assert whole(text.encode(encoding)) == text


def test_the_mark_is_no_part_of_the_text_whatever_encoding_is_named() -> None:
    assert whole(codecs.BOM_UTF8 + b"name,text", "utf-8") == "name,text"


def test_a_file_cut_inside_a_character_is_not_silently_shortened() -> None:
    content = "schön 海".encode()[:-1]
    found = decode.recognise([content])
    assert (found.encoding, found.cut, found.invalid) == ("", True, 7)
    assert "cut off" in decode.unsure("a.txt", found).message
    assert whole(content, "utf-8+replace") == "schön \ufffd"


def test_a_wrong_encoding_names_the_byte() -> None:
    with pytest.raises(UserError) as told:
        whole(b"abc\xff", "utf-8")
    assert told.value.location == "byte 3"
    assert told.value.field == "encoding"


def test_an_unknown_encoding_names_near_ones() -> None:
    with pytest.raises(UserError) as told:
        decode.resolve("windoze-1252")
    assert "windows-1252" in told.value.candidates


@pytest.mark.parametrize("name", ["base64", "rot13", "hex", "", "idna\0"])
def test_what_is_no_text_encoding_is_refused(name: str) -> None:
    with pytest.raises(UserError):
        decode.resolve(name)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\n", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG picture"),
        (bytes(range(256)) * 4, "not text"),
        (b"\0\0\0\0", "zero bytes"),
    ],
)
def test_what_is_no_text_says_what_it_is(content: bytes, words: str) -> None:
    found = decode.recognise([content])
    assert words in decode.unsure("a.txt", found).message


def test_one_zero_byte_does_not_make_a_text_binary() -> None:
    assert decode.recognise([b"some words\0 and more words"]).encoding == "utf-8"


def test_a_page_may_say_its_own_encoding() -> None:
    page = "<meta charset='windows-1250'><p>žluťoučký</p>".encode("cp1250")
    assert decode.recognise([page], declares=True).encoding == "windows-1250"
    assert decode.recognise([page]).encoding == ""


def test_evidence_deep_inside_a_large_file_counts() -> None:
    plain = b"plain words in many lines\n" * 50_000
    for late, expected in (("où ça va, le cœur et l’âme\n", "windows-1252"), ("Zażółć gęślą jaźń\n", "")):
        encoding = expected or "cp1250"
        found = decode.recognise([plain, plain + late.encode(encoding) + plain])
        assert found.encoding == expected


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\x1b")), st.integers(1, 7))
@settings(max_examples=60, deadline=None)
def test_any_utf8_comes_through_however_it_is_cut_into_blocks(text: str, size: int) -> None:
    content = text.encode()
    blocks = [content[i : i + size] for i in range(0, len(content), size)]
    found = decode.recognise(blocks)
    assert found.bytes == len(content)
    if found.encoding:
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        assert mark + "".join(decode.text(blocks, found.encoding)) == text
    else:
        assert found.binary  # control characters all through


@pytest.mark.parametrize(
    ("name", "spoken"), [("cp1252", "Windows-1252"), ("iso8859-2", "ISO 8859-2"), ("koi8-r", "KOI8-R")]
)
def test_encodings_are_spoken_as_people_write_them(name: str, spoken: str) -> None:
    assert decode.spoken(name) == spoken


@pytest.mark.parametrize("name", ["rot13", "zip", "hexx", "klingon", "utf9"])
def test_every_encoding_that_is_suggested_is_taken(name: str) -> None:
    with pytest.raises(UserError) as told:
        decode.resolve(name)
    for near in told.value.candidates:
        assert decode.resolve(near)
