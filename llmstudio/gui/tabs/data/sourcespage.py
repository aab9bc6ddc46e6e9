"""The Sources page: the files a dataset came from, the rows that were left out, and the dataset itself."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QHBoxLayout

from llmstudio.base import units
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.data.presenter_import import encoding_words
from llmstudio.gui.widgets.button import Button
from llmstudio.gui.widgets.card import Card
from llmstudio.gui.widgets.scroll import ScrollPage
from llmstudio.gui.widgets.table import Column, Table
from llmstudio.gui.widgets.text import ElidedLabel, Label
from llmstudio.store import origins
from llmstudio.store.catalog import Kept
from llmstudio.store.origins import Origin


class SourcesPage(ScrollPage):
    """Shows a manifest; `asked` carries "rename" or "delete"."""

    asked = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        theme = session.theme
        self.files = Table(theme, _file_columns(), "Files", compact=True)
        self.faults = Table(theme, _fault_columns(), "Rows left out", compact=True)
        self.fault_card = Card("Rows left out")
        self.fault_card.add(self.faults, 1)
        self.fault_card.setMinimumHeight(theme.px(200))
        self.skipped = ElidedLabel("", "caption", "muted")
        self.facts: dict[str, ElidedLabel] = {}
        self.rename = Button("Rename", "second", icon="edit", theme=theme, run=lambda: self.asked.emit("rename"))
        self.delete = Button("Delete", "danger", icon="trash", theme=theme, run=lambda: self.asked.emit("delete"))
        self.rename.setObjectName("data.rename_button")
        self.delete.setObjectName("data.delete_button")
        for button in (self.rename, self.delete):
            if session.read_only:
                button.hide()
        self.origin = Label("", "caption", "warning", wrap=True)
        self.again = Button("Import again", "second", icon="regenerate", theme=theme, run=self._import_again)
        self.again.setObjectName("data.again_button")
        self._session, self._shown, self._found = session, "", Origin(())
        self._px = theme.px
        self._lay_out()

    def show_dataset(self, kept: Kept | None) -> None:
        """Show a dataset's manifest."""
        if kept is None:
            return
        manifest = kept.manifest
        self._look(kept)
        sources = manifest.get("sources", [])
        self.files.set_rows(sources)
        self.files.setFixedHeight(self._px(40 + 24 * min(max(len(sources), 1), 18)))
        faults = manifest.get("faults", [])
        self.fault_card.setVisible(bool(faults))
        self.fault_card.set_title("Rows left out", units.plural(int(manifest.get("fault_count", 0)), "row"))
        self.faults.set_rows(faults)
        skipped = manifest.get("skipped", [])
        self.skipped.setVisible(bool(skipped))
        self.skipped.setText(f"Passed over: {', '.join(map(str, skipped[:20]))}")
        for title, value in facts(kept).items():
            self.facts[title].setText(value)

    def _look(self, kept: Kept) -> None:
        """Whether the files are still what was read: behind the window's back, for they may be large."""
        if self._shown == kept.id:
            return
        self._shown = kept.id
        self._show_origin(None)
        run, workspace = self._session.background.run, self._session.workspace
        run(
            origins.find,
            workspace,
            kept,
            done=lambda found: self._show_origin(found) if self._shown == kept.id else None,
            failed=lambda _error: None,  # what cannot be looked at is not told to have changed
            owner=self,
        )

    def _show_origin(self, found: Origin | None) -> None:
        self._found = found or Origin(())
        self.origin.setText(self._found.words)
        self.origin.setVisible(bool(self._found.words))
        self.again.setVisible(self._found.readable and not self._session.read_only)

    def _import_again(self) -> None:
        """As a new version: the dataset that is there stays what it is."""
        self._session.go("data", paths=list(self._found.paths))

    def fit(self, size_class: str) -> None:
        """S and M: one column, and no hash in the table of S."""
        way = QBoxLayout.Direction
        self._row.setDirection(way.TopToBottom if size_class in ("S", "M") else way.LeftToRight)
        self.files.setColumnHidden(4, size_class == "S")

    def _lay_out(self) -> None:
        files = Card("Files", "their text was copied into the dataset")
        files.add(self.files)
        files.add(self.skipped)
        files.add(self.origin)
        renewal = QHBoxLayout()
        renewal.addWidget(self.again)
        renewal.addStretch(1)
        files.add(renewal)
        about = Card("This dataset")
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        for row, title in enumerate(FACTS):
            self.facts[title] = ElidedLabel("")
            grid.addWidget(Label(title, "caption", "muted"), row, 0)
            grid.addWidget(self.facts[title], row, 1)
        grid.setColumnStretch(1, 1)
        about.add(grid)
        about.body.addSpacing(8)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.rename)
        buttons.addWidget(self.delete)
        about.add(buttons)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(16)
        self._row.addWidget(files, 664, Qt.AlignmentFlag.AlignTop)
        self._row.addWidget(about, 376, Qt.AlignmentFlag.AlignTop)
        self.body.setContentsMargins(24, 16, 24, 24)
        self.body.addLayout(self._row)
        self.add(self.fault_card)
        self.body.addStretch(1)


FACTS = ("Name", "Kept on", "Size", "Encoding", "Text column", "Label column", "Labels", "Folder", "Hash")


def facts(kept: Kept) -> dict[str, str]:
    """What is known of a dataset, in words; an en dash where there is nothing."""
    manifest: dict[str, Any] = kept.manifest
    labels = manifest.get("labels", {})
    shown = ", ".join(f"{name} {units.number(count)}" for name, count in list(labels.items())[:6])
    found = {
        "Name": kept.title,
        "Kept on": kept.created[:10],
        "Size": units.size(int(manifest.get("bytes", 0))) + " of text",
        "Encoding": str(manifest.get("encoding", "")),
        "Text column": str(manifest.get("text_column", "")),
        "Label column": str(manifest.get("label_column", "")),
        "Labels": shown,
        "Folder": f"datasets/{kept.id}",
        "Hash": str(manifest.get("documents_sha256", "")),
    }
    return {title: value or "–" for title, value in found.items()}


def _file_columns() -> list[Column]:
    return [
        Column("File", lambda row: str(row["name"]), tip=lambda row: str(row["name"])),
        Column("Format", lambda row: str(row["format"]), 72),
        Column("Encoding", lambda row: encoding_words(str(row["encoding"])), 120),
        Column("Size", lambda row: units.size(int(row["bytes"])), 88, number=True),
        Column("SHA-256", lambda row: str(row["sha256"])[:12], 120, style="mono", tip=lambda row: str(row["sha256"])),
    ]


def _fault_columns() -> list[Column]:
    return [
        Column("File", lambda row: str(row["source"]), 240),
        Column("Row", lambda row: units.number(int(row["row"])), 96, number=True),
        Column("Reason", lambda row: str(row["reason"]), tip=lambda row: str(row["reason"])),
    ]
