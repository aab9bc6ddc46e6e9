"""Draws the application's icon in every size that Linux, Windows and macOS ask for, from resources/app.svg."""

import os
import struct
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "resources" / "app.svg"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
ICO_SIZES = (16, 24, 32, 48, 64, 256)
# Apple's names for a PNG of so many pixels (Icon Services Reference).
ICNS_TYPES = {16: b"icp4", 32: b"icp5", 64: b"icp6", 128: b"ic07", 256: b"ic08", 512: b"ic09", 1024: b"ic10"}


def pngs(sizes: tuple[int, ...] = SIZES) -> dict[int, bytes]:
    """The icon as PNG files, by their width in pixels."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    application = QGuiApplication.instance() or QGuiApplication(sys.argv[:1])
    renderer = QSvgRenderer(str(SOURCE))
    found = {}
    for size in sizes:
        image = QImage(size, size, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = QPainter(image)
        renderer.render(painter, QRectF(0, 0, size, size))
        painter.end()
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG")
        found[size] = bytes(data.data())
    del application
    return found


def ico(pictures: dict[int, bytes]) -> bytes:
    """A Windows icon: a directory of (width, height, colours, planes, bits, length, offset), then the PNGs."""
    chosen = [(size, pictures[size]) for size in ICO_SIZES]
    offset = 6 + 16 * len(chosen)
    head, body = struct.pack("<HHH", 0, 1, len(chosen)), b""
    for size, data in chosen:
        side = size % 256  # 0 stands for 256
        head += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(data), offset + len(body))
        body += data
    return head + body


def icns(pictures: dict[int, bytes]) -> bytes:
    """An Apple icon: a length, then for each picture its type, its length with this head, and the PNG."""
    body = b"".join(
        kind + struct.pack(">I", 8 + len(pictures[size])) + pictures[size]
        for size, kind in ICNS_TYPES.items()
        if size in pictures
    )
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def make(folder: Path) -> None:
    """Write llmstudio.ico, llmstudio.icns and hicolor/SIZE/apps/llmstudio.png (and the drawing) into `folder`."""
    pictures = pngs((*SIZES, 1024))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "llmstudio.ico").write_bytes(ico(pictures))
    (folder / "llmstudio.icns").write_bytes(icns(pictures))
    for size in SIZES:
        target = folder / "hicolor" / f"{size}x{size}" / "apps" / "llmstudio.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(pictures[size])
    drawing = folder / "hicolor" / "scalable" / "apps" / "llmstudio.svg"
    drawing.parent.mkdir(parents=True, exist_ok=True)
    drawing.write_bytes(SOURCE.read_bytes())


if __name__ == "__main__":
    make(Path(sys.argv[1]))
