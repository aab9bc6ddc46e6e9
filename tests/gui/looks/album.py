"""Pictures of the window, kept small, and how far one may differ from what is kept.

    python -m tests.gui.looks.album

takes all of them anew, after somebody looked at what changed. A picture is compared by the mean colour of small
squares, so that another edition of the same font passes and a control that moved or vanished does not.
"""

import os
import sys
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QLabel, QWidget

HERE = Path(__file__).parent
RECORD = "LLMSTUDIO_RECORD"
SIZE = QSize(480, 300)
SQUARE = 6  # pixels of a kept picture
DIFFERENT = 10.0  # mean of a square, of 255
MOST = 5  # squares of 4,000
MASKED = ("StatusBar", "MachineCard", "NeedsCard", "SparkTile")  # figures of this machine and this moment
GREY = QColor(128, 128, 128)


def take(window: QWidget) -> QImage:
    """A small picture of a window, with what depends on machine and moment covered."""
    picture = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    painter = QPainter(picture)
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and (type(widget).__name__ in MASKED or _tells_an_age(widget)):
            box = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
            painter.fillRect(box, GREY)
    painter.end()
    mode = Qt.TransformationMode.SmoothTransformation
    return picture.scaled(SIZE, Qt.AspectRatioMode.IgnoreAspectRatio, mode)


def _tells_an_age(widget: QWidget) -> bool:
    return isinstance(widget, QLabel) and widget.text().endswith(" ago")


def squares(picture: QImage) -> np.ndarray:
    """The mean colour of each square: (rows, columns, 3)."""
    image = picture.convertToFormat(QImage.Format.Format_RGB888)
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = flat[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(np.float32)
    rows, columns = image.height() // SQUARE, image.width() // SQUARE
    cut = pixels[: rows * SQUARE, : columns * SQUARE].reshape(rows, SQUARE, columns, SQUARE, 3)
    return cut.mean(axis=(1, 3))


def differing(one: QImage, other: QImage) -> int:
    """How many squares differ."""
    if one.size() != other.size():
        return int(1e9)
    return int((np.abs(squares(one) - squares(other)).max(axis=2) > DIFFERENT).sum())


def check(name: str, picture: QImage, aside: Path) -> str:
    """What is wrong with a picture, "" for nothing; where it differs it is put `aside` for somebody to look at."""
    kept = HERE / f"{name}.png"
    if os.environ.get(RECORD):
        picture.save(str(kept), "PNG", 0)
        return ""
    before = QImage(str(kept))
    if before.isNull():
        return f"{name}: no picture is kept"
    count = differing(before, picture)
    if count <= MOST:
        return ""
    picture.save(str(aside / f"{name}.png"))
    return f"{name}: {count} squares differ from {kept.name}, see {aside / kept.name}"


if __name__ == "__main__":
    import pytest

    os.environ[RECORD] = "1"
    sys.exit(pytest.main([str(HERE / "test_album.py"), "-q", "-k", "looks"]))
