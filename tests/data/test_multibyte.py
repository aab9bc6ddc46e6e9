"""East Asian encodings are told apart by what the text would say."""

import pytest

from llmstudio.data import multibyte

CHINESE = (
    "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。我们在这里，不是一个人。"
)
TRADITIONAL = (
    "人人生而自由，在尊嚴和權利上一律平等。他們賦有理性和良心，並應以兄弟關係的精神相對待。我們在這裡，不是一個人。"
)
KOREAN = "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 이것은 우리가 하는 이야기이다."
JAPANESE = "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(CHINESE, "gb2312"), (TRADITIONAL, "big5"), (KOREAN, "euc_kr"), (JAPANESE, "shift_jis"), (JAPANESE, "euc_jp")],
)
def test_each_family_is_recognised(text: str, encoding: str) -> None:
    assert multibyte.recognise(text.encode(encoding)) == (encoding, ())


@pytest.mark.parametrize("text", ["naïve café, très bien", "Größe für Mädchen"])
def test_western_bytes_are_no_east_asian_text(text: str) -> None:
    assert multibyte.recognise((text * 20).encode("cp1252"))[0] == ""


def test_seven_bit_forms_are_seen_and_plain_ascii_is_left_alone() -> None:
    assert multibyte.seven_bit(JAPANESE.encode("iso2022_jp")) == "iso2022_jp"
    assert multibyte.seven_bit(("\n".join(CHINESE.split("，")) * 5).encode("hz")) == "hz"
    assert multibyte.seven_bit(b"~{ not ~} chinese ~{ at ~} all") == ""
    assert multibyte.seven_bit(b"\x1b[31mred\x1b[0m") == ""
