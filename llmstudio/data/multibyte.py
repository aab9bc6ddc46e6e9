"""Tells the East Asian encodings apart by what the text would say: kana, hangul, or the commonest ideographs."""

import codecs
import unicodedata
from collections.abc import Callable

from llmstudio.data.alphabets import HAN_SIMPLE, HAN_TRADITIONAL

ENOUGH = 10
_COMMON_HANGUL = set("이다는의을에하고지가한은로기사어나그리도를자인있아서")
_SIMPLE, _TRADITIONAL = set(HAN_SIMPLE), set(HAN_TRADITIONAL)


def recognise(sample: bytes) -> tuple[str, tuple[str, ...]]:
    """(encoding, ()) if exactly one family of encodings gives a real text, otherwise ("", candidates)."""
    found = [
        name for names, is_real in _FAMILIES if (name := _first(sample, names)) and is_real(_decode(sample, name) or "")
    ]
    return (found[0], ()) if len(found) == 1 else ("", tuple(found))


def seven_bit(sample: bytes) -> str:
    """The encoding of Japanese or Chinese hidden in ASCII bytes, "" for plain ASCII."""
    if b"\x1b$" in sample:
        return next((name for name in ("iso2022_jp", "iso2022_jp_2", "iso2022_kr") if _decode(sample, name)), "")
    if sample.count(b"~{") >= ENOUGH and abs(sample.count(b"~{") - sample.count(b"~}")) <= 1:
        text = _decode(sample, "hz") or ""
        return "hz" if _is_chinese(text, _SIMPLE) else ""
    return ""


def _first(sample: bytes, names: tuple[str, ...]) -> str:
    return next((name for name in names if _decode(sample, name) is not None), "")


def _decode(sample: bytes, encoding: str) -> str | None:
    """The sample's text; its end may fall inside a character."""
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(sample)
    except UnicodeError:
        return None


def _is_japanese(text: str) -> bool:
    kana = sum("\u3041" <= c <= "\u30fe" for c in text)
    return kana >= ENOUGH and kana >= 0.2 * _foreign(text)


def _is_korean(text: str) -> bool:
    hangul = [c for c in text if "\uac00" <= c <= "\ud7a3"]
    common = sum(c in _COMMON_HANGUL for c in hangul)
    return len(hangul) >= ENOUGH and len(hangul) >= 0.5 * _foreign(text) and common >= 0.15 * len(hangul)


def _is_chinese(text: str, common: set[str]) -> bool:
    han = [c for c in text if "\u4e00" <= c <= "\u9fff"]
    hits = sum(c in common for c in han)
    return len(han) >= ENOUGH and len(han) >= 0.6 * _foreign(text) and hits >= 0.2 * len(han)


def _foreign(text: str) -> int:
    """How many characters beyond ASCII there are; unassigned and private ones weigh heavily against a decoding."""
    beyond = [c for c in text if c > "\x7f"]
    strange = sum(unicodedata.category(c) in ("Cn", "Co", "Cc") for c in beyond)
    return len(beyond) + 50 * strange


_FAMILIES: tuple[tuple[tuple[str, ...], Callable[[str], bool]], ...] = (
    (("euc_jp",), _is_japanese),
    (("shift_jis", "cp932"), _is_japanese),
    (("gb2312", "gbk", "gb18030"), lambda text: _is_chinese(text, _SIMPLE)),
    (("big5", "big5hkscs"), lambda text: _is_chinese(text, _TRADITIONAL)),
    (("euc_kr", "cp949"), _is_korean),
)
