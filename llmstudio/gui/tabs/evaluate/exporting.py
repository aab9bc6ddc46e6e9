"""Writes what the tab shows: the table as CSV, JSON or Markdown, and the page as a picture."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QWidget

from llmstudio.base import files
from llmstudio.gui.tabs.evaluate.presenter import SECONDS, Table
from llmstudio.store import evaluations

FILTERS = "CSV table (*.csv);;JSON (*.json);;Markdown (*.md);;PNG picture (*.png)"
SCALE = 2


def report_of(table: Table) -> dict[str, Any]:
    """The table as one report, from whichever evaluations its rows came."""
    rows = [row for row in table.rows if row.state in ("done", "failed")]
    return {
        "dataset": {"id": table.dataset, "title": table.title},
        "split": table.split,
        "task": table.task,
        "rows": max((row.rows for row in rows), default=0),
        "measures": [_measure(one) for one in table.measures if one.key != SECONDS],
        "models": [_entry(row.entry, row.title, row.error, row.created) for row in rows],
    }


def _measure(measure: Any) -> dict[str, str]:
    return {"key": measure.key, "title": measure.title, "better": measure.better, "unit": measure.unit}


def _entry(entry: Mapping[str, Any], title: str, error: str, created: str) -> dict[str, Any]:
    known = {key: value for key, value in entry.items() if key != "predictions"}
    return {"id": "", "kind": "model", "metrics": {}, **known, "title": title, "error": error, "measured": created}


def write(path: Path, table: Table, page: QWidget) -> None:
    """Write by the file's ending. Raises OSError, UserError."""
    kind = path.suffix.casefold()
    if kind == ".png":
        files.write_bytes(path, picture(page))
    elif kind == ".json":
        files.write_text(path, evaluations.to_json(report_of(table)))
    elif kind == ".md":
        files.write_text(path, evaluations.to_markdown(report_of(table)))
    else:
        files.write_text(path, evaluations.to_csv(report_of(table)))


def picture(page: QWidget) -> bytes:
    """The page as it is seen, as a PNG file of twice its size."""
    pixmap = QPixmap(page.size() * SCALE)
    pixmap.setDevicePixelRatio(SCALE)
    page.render(pixmap)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    pixmap.save(buffer, "PNG")
    return bytes(data.data())


def file_name(table: Table) -> str:
    """A name to propose: the data and the part."""
    words = "".join(letter if letter.isalnum() else "-" for letter in table.words.casefold())
    return "-".join(part for part in words.split("-") if part) + ".csv"
