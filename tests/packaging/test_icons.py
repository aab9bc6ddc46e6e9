"""The icons: the right sizes, in containers that other programs read."""

import struct
from pathlib import Path

import pytest

from tests.packaging.modules import load

icons = load("icons")
pytest.importorskip("PySide6.QtSvg", exc_type=ImportError)


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_every_size_is_drawn(tmp_path: Path) -> None:
    icons.make(tmp_path)
    for size in icons.SIZES:
        png = (tmp_path / "hicolor" / f"{size}x{size}" / "apps" / "llmstudio.png").read_bytes()
        assert size_of(png) == (size, size)
    drawing = tmp_path / "hicolor" / "scalable" / "apps" / "llmstudio.svg"
    assert drawing.read_bytes() == icons.SOURCE.read_bytes()


def test_the_windows_icon_holds_pngs_where_its_directory_says() -> None:
    pictures = icons.pngs()
    data = icons.ico(pictures)
    _, kind, count = struct.unpack("<HHH", data[:6])
    assert (kind, count) == (1, len(icons.ICO_SIZES))
    for index, size in enumerate(icons.ICO_SIZES):
        entry = struct.unpack("<BBBBHHII", data[6 + 16 * index : 22 + 16 * index])
        length, offset = entry[6:]
        assert entry[0] == size % 256
        assert data[offset : offset + length] == pictures[size]


def test_the_apple_icon_holds_pngs_of_the_sizes_its_types_mean() -> None:
    data = icons.icns(icons.pngs((*icons.SIZES, 1024)))
    assert data[:4] == b"icns"
    assert struct.unpack(">I", data[4:8]) == (len(data),)
    position, seen = 8, {}
    while position < len(data):
        kind, (length,) = data[position : position + 4], struct.unpack(">I", data[position + 4 : position + 8])
        seen[kind] = size_of(data[position + 8 : position + length])[0]
        position += length
    assert seen == {kind: size for size, kind in icons.ICNS_TYPES.items()}


def test_a_drawn_icon_is_no_empty_square() -> None:
    from PySide6.QtGui import QImage

    image = QImage.fromData(icons.pngs((64,))[64])
    colours = {image.pixelColor(x, y).name() for x in range(64) for y in range(64)}
    assert {"#2554b4", "#ffffff"} <= colours
    assert image.pixelColor(0, 0).alpha() == 0
