"""The sheet with all rows of a kind: a table to walk through, and the row below in full."""

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from llmstudio.base import units
from llmstudio.gui.tabs.evaluate.presenter_rows import Said
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.sheet import Sheet
from llmstudio.gui.widgets.table import Column, Table
from llmstudio.gui.widgets.textview import TextView

SHOWN = 200  # characters of a cell


def columns(rows: Sequence[Said], names: Sequence[str]) -> list[Column]:
    """No., text, reference, what each model said, certainty."""
    found = [
        Column("No.", lambda said: units.number(said.row), 72, number=True, sort=lambda said: said.row),
        Column("Text", lambda said: said.text[:SHOWN], 0, sort=lambda said: said.text.casefold()),
        Column("True", lambda said: said.reference[:SHOWN], 144),
        Column(names[0] if names else "Said", lambda said: said.first[:SHOWN], 144),
    ]
    if any(said.second for said in rows):
        found.append(Column(names[1] if len(names) > 1 else "Other", lambda said: said.second[:SHOWN], 144))
    if any(said.certainty is not None for said in rows):
        found.append(
            Column(
                "Certainty",
                lambda said: "–" if said.certainty is None else units.percent(said.certainty),
                96,
                number=True,
                sort=lambda said: said.certainty if said.certainty is not None else -1.0,
            )
        )
    return found


class RowsSheet(Sheet):
    """A table of rows, and the one below the cursor in full."""

    def __init__(
        self,
        theme: Theme,
        title: str,
        rows: Sequence[Said],
        names: Sequence[str],
        *,
        first: Said | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, title, size=QSize(880, 640), parent=parent)
        self._names = tuple(names)
        self.table = Table(theme, columns(rows, names), title, sortable=True)
        self.table.set_rows(rows)
        self.text = TextView(theme, "The row in full")
        self.text.setMinimumHeight(theme.px(120))
        self.add(self.table, 3)
        self.add(self.text, 2)
        self.note.setText(units.plural(len(rows), "row"))
        self.add_button("Close", "primary")
        self.table.picked.connect(self._show)
        wanted = first if first is not None else (rows[0] if rows else None)
        if wanted is not None:
            self.table.select_where(lambda said: said == wanted)
            self._show(wanted)

    def _show(self, said: Said | None) -> None:
        if said is None:
            return
        parts = [said.text, f"True: {said.reference}"]
        pairs = zip(self._names, (said.first, said.second), strict=False)
        parts += [f"{name}: {words}" for name, words in pairs if words]
        self.text.show_text("\n\n".join(part for part in parts if part))
