"""F1: explains the row that has the focus, the term it is about, or the tab, in a popover beside it.

The popover leads on to the page of the manual.
"""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QWidget

from llmstudio.base.errors import UserError
from llmstudio.base.paths import resource
from llmstudio.gui import glossary, manual
from llmstudio.gui.widgets.statusbar import explain

if TYPE_CHECKING:
    from llmstudio.gui.forms.row import FormRow
    from llmstudio.gui.session import Session
    from llmstudio.gui.window import Window

EXPLAINED_PRESETS = ("studio-small",)
SHOWN = 2  # paragraphs of a page in the popover
MORE = "Read on in the manual"


def explain_here(window: "Window") -> None:
    """Explain the focused form row, or the term that what has the focus is named after, or else the tab."""
    page = window.current_page()
    focused = QApplication.focusWidget() or window.focusWidget()
    if page is None:
        window.session.go("manual")
    elif page.key != "manual" and not explain_widget(window.session, focused, page.key):
        title, text = topic(page.key)
        short = "\n\n".join(text.split("\n\n")[:SHOWN])
        anchor = window.rail.items[page.key]
        explain(window.theme, anchor, title or page.title, short, *_way_on(window.session, page.key))


def explain_widget(session: "Session", focused: QWidget | None, page: str = "") -> bool:
    """Explain a control of a form, or one that is named after a term; False for any other."""
    row = _row_of(focused)
    if row is not None:
        title, text = _told_of(row)
        explain(session.theme, row.editor, title, text, *_way_on(session, page, glossary.find(row.info.title)))
        return True
    term = glossary.find(focused.accessibleName().partition(",")[0]) if focused is not None else None
    if term is None or focused is None:
        return False
    explain(session.theme, focused, term.title, term.text, *_way_on(session, page, term))
    return True


def _way_on(session: "Session", page: str, term: glossary.Term | None = None) -> "tuple[str, partial[None] | None]":
    """The words and the deed of the link below an explanation; none over a sheet, which has to be closed first."""
    if term is not None and page:
        return MORE, partial(session.go, "manual", page=glossary.TOPIC, place=term.key)
    return (MORE, partial(session.go, "manual", page=page)) if page else ("", None)


def _told_of(row: "FormRow") -> tuple[str, str]:
    """What a row is for, what its term means, and for a preset with a page of its own how its values were chosen."""
    title, text = row.explanation()
    term = glossary.find(title)
    if term is not None and term.text not in text:
        text = f"{text}\n\n{term.text}"
    chosen = str(row.editor.value()) if row.info.name == "preset" else ""
    return title, f"{text}\n\n{topic(chosen)[1]}" if chosen in EXPLAINED_PRESETS else text


def _row_of(widget: QWidget | None) -> "FormRow | None":
    from llmstudio.gui.forms.row import FormRow  # forms come with the options: not while the window opens

    while widget is not None and not isinstance(widget, FormRow):
        widget = widget.parentWidget()
    return widget


def topic(key: str) -> tuple[str, str]:
    """Title and text of a help topic: the first line of `resources/help/KEY.md` and what stands above its first
    heading, without tables and pictures.
    """
    try:
        text = resource(f"help/{key}.md").read_text(encoding="utf-8")
    except UserError:
        return "", "There is no help for this place yet. Ctrl+K finds what can be done here."
    head, _, body = text.partition("\n")
    parts = body.partition("\n## ")[0].strip().split("\n\n")
    paragraphs = [manual.plain(part) for part in parts if not part.startswith(("|", "!"))]
    return head.lstrip("# ").strip(), "\n\n".join(paragraphs)
