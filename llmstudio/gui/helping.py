"""F1: explains the row that has the focus, or the tab, in a popover beside it."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QWidget

from llmstudio.base.errors import UserError
from llmstudio.base.paths import resource
from llmstudio.gui.widgets.statusbar import explain

if TYPE_CHECKING:
    from llmstudio.gui.forms.row import FormRow
    from llmstudio.gui.window import Window

EXPLAINED_PRESETS = ("studio-small",)


def explain_here(window: "Window") -> None:
    """Explain the focused form row; elsewhere what the tab is for."""
    row = _row_of(QApplication.focusWidget() or window.focusWidget())
    if row is not None:
        title, text = _told_of(row)
        explain(window.theme, row.editor, title, text)
        return
    page = window.current_page()
    if page is None:
        return
    title, text = topic(page.key)
    explain(window.theme, window.rail.items[page.key], title or page.title, text)


def _told_of(row: "FormRow") -> tuple[str, str]:
    """What a row is for; for a preset with a page of its own also how its values were chosen."""
    title, text = row.explanation()
    chosen = str(row.editor.value()) if row.info.name == "preset" else ""
    return title, f"{text}\n\n{topic(chosen)[1]}" if chosen in EXPLAINED_PRESETS else text


def _row_of(widget: QWidget | None) -> "FormRow | None":
    from llmstudio.gui.forms.row import FormRow  # forms come with the options: not while the window opens

    while widget is not None and not isinstance(widget, FormRow):
        widget = widget.parentWidget()
    return widget


def topic(key: str) -> tuple[str, str]:
    """Title and text of a help topic: the first line and the rest of `resources/help/KEY.md`."""
    try:
        text = resource(f"help/{key}.md").read_text(encoding="utf-8")
    except UserError:
        return "", "There is no help for this place yet. Ctrl+K finds what can be done here."
    head, _, body = text.partition("\n")
    parts = [part for part in body.strip().split("\n\n") if not part.startswith("|")]  # tables need a wide page
    paragraphs = [" ".join(part.split()) for part in parts]
    return head.lstrip("# ").strip(), "\n\n".join(paragraphs)
