"""The two cards of the Writing page: the page itself with its head and foot, and the strip of surprise below it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from llmstudio.base import units
from llmstudio.gui.tabs.playground.presenter import State, WritePresenter
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button, icon_button
from llmstudio.gui.widgets.card import Card, line
from llmstudio.gui.widgets.fixit import FixIt, Remedy
from llmstudio.gui.widgets.surprise import Surprise, sentence
from llmstudio.gui.widgets.text import ElidedLabel, Label
from llmstudio.gui.widgets.toggle import Toggle
from llmstudio.gui.widgets.writing import LEVELS, Ink, Writing


class Legend(QWidget):
    """Five swatches from surprising to expected, between the two words."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(theme.px(100), theme.px(20))
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The swatches."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wide, gap = self._theme.px(18), self._theme.px(2)
        shares = [share for _, share in reversed(LEVELS)] + [0.0]
        for at, share in enumerate(shares):
            colour = self._theme.plot(1)[0]
            colour.setAlphaF(share)
            painter.setBrush(colour)
            painter.setPen(self._theme.colour("line") if share < 0.3 else Qt.PenStyle.NoPen)
            painter.drawRoundedRect(at * (wide + gap), self.height() // 2 - 3, wide - 1, self._theme.px(7), 2, 2)
        painter.end()


class Page(QFrame):
    """What the model wrote, for tests and for screen readers: the frame around the text answers for it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("playground.output")
        self._written = ""

    def set_written(self, text: str) -> None:
        """The model's part of the page."""
        if text != self._written:
            self._written = text
            self.setProperty("text", text)
            self.setAccessibleDescription(text)

    def text(self) -> str:
        """The model's part of the page."""
        return self._written

    def toPlainText(self) -> str:
        """The same under the name text widgets have for it."""
        return self._written


class PageCard(Card):
    """Head with legend and switch, the page, and a foot with counts."""

    sampling_requested = Signal()

    def __init__(self, theme: Theme, presenter: WritePresenter) -> None:
        super().__init__("From a prompt", padding=0, spacing=0)
        self._theme, self._presenter = theme, presenter
        self.writing = Writing(theme)
        self.writing.setObjectName("playground.prompt")
        self.writing.setAccessibleName("The page: prompt and what the model writes")
        self.writing.setPlaceholderText("Type the beginning of a text, then Continue")
        self.earlier = icon_button(theme, "chevron-left", "Earlier version", lambda: self._step(-1))
        self.later = icon_button(theme, "chevron-right", "Later version", lambda: self._step(1))
        self.which = Label("", "caption", "muted")
        self.legend = Legend(theme)
        self.ends = (Label("surprising", "caption", "muted"), Label("expected", "caption", "muted"))
        self.coloured = Toggle(theme, "Colour by probability", words_first=True)
        self.sampling_button = Button(
            "Sampling", "second", icon="filter", theme=theme, run=self.sampling_requested.emit
        )
        self.sampling_button.hide()
        self.trouble = FixIt(theme)
        self.loading = ElidedLabel("", "caption", "muted")
        self.left = ElidedLabel("", "caption", "muted")
        self.right = ElidedLabel("", "caption", "muted")
        self._lay_out()
        self.coloured.toggled.connect(presenter.set_coloured)
        self.writing.edited.connect(presenter.edit)

    def _lay_out(self) -> None:
        px = self._theme.px
        outer = self.layout()
        if outer is not None:
            outer.setContentsMargins(0, 0, 0, 0)
        self._head.setContentsMargins(px(23), px(8), px(23), px(8))
        self._head.setSpacing(8)
        self.note.hide()
        self._head.addStretch(1)
        for widget in (self.earlier, self.which, self.later):
            self.add_control(widget)
        self._head.addSpacing(12)
        for part in (self.ends[0], self.legend, self.ends[1]):
            self.add_control(part)
        self._head.addSpacing(12)
        self.add_control(self.coloured)
        self.add_control(self.sampling_button)
        self.page = Page()
        inside = QVBoxLayout(self.page)
        inside.setContentsMargins(px(23), px(16), px(8), px(8))
        inside.addWidget(self.writing)
        holder = QWidget()
        trouble = QVBoxLayout(holder)
        trouble.setContentsMargins(16, 16, 16, 0)
        trouble.addWidget(self.trouble)
        self._trouble_holder = holder
        foot = QHBoxLayout()
        foot.setContentsMargins(px(23), px(10), px(23), px(11))
        foot.setSpacing(16)
        foot.addWidget(self.left, 1)
        foot.addWidget(self.right)
        for item in (line(), holder, self.page, line()):
            self.body.addWidget(item, 1 if item is self.page else 0)
        self.body.addLayout(foot)

    def set_small(self, small: bool) -> None:
        """In small windows the legend goes and a button opens the sampling settings."""
        for widget in (self.legend, *self.ends):
            widget.setVisible(not small)
        self.sampling_button.setVisible(small)

    # -- rendering

    def render_state(self, state: State) -> None:
        """Show a state; asking twice changes nothing."""
        version = state.version
        ink = [Ink(start, end, token.surprise) for start, end, token in version.places()]
        self.writing.set_writing(state.busy or state.read_only)
        self.writing.show_text(version.text, ink, coloured=state.coloured, follow=state.busy)
        self.writing.mark(state.cursor)
        self.page.set_written(version.written)
        self.coloured.blockSignals(True)
        self.coloured.setChecked(state.coloured)
        self.coloured.blockSignals(False)
        self._render_versions(state)
        self._render_trouble(state)
        self.left.setText(_left(state))
        self.right.setText(_right(state))

    def _render_versions(self, state: State) -> None:
        many = state.count > 1
        for widget in (self.earlier, self.which, self.later):
            widget.setVisible(many)
        self.which.setText(f"Version {state.index + 1} of {state.count}")
        self.earlier.setEnabled(state.index > 0 and not state.busy)
        self.later.setEnabled(state.index < state.count - 1 and not state.busy)

    def _render_trouble(self, state: State) -> None:
        failure = state.failure
        self._trouble_holder.setVisible(failure is not None)
        if failure is None:
            self.trouble.hide()
            return
        self.trouble.show_trouble(
            failure.title,
            failure.text,
            [Remedy("Try again", self._presenter.try_again, "regenerate")],
            details=failure.details,
        )

    def _step(self, steps: int) -> None:
        self._presenter.show_version(self._presenter.state.index + steps)


class StripCard(Card):
    """Bits of surprise for each token written, with a sentence below."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("Surprise, token by token", padding=16, spacing=0)
        self._head.setContentsMargins(8, 0, 8, 0)
        self.caption = Label(
            "Bits of surprise for each token written; tall bars are words the model found unlikely",
            "caption",
            "muted",
            wrap=True,
        )
        self.bars = Surprise(theme)
        self.sentence = ElidedLabel("", "caption", "muted")
        self.caption.setContentsMargins(8, 0, 8, 0)
        self.sentence.setContentsMargins(8, 0, 8, 0)
        self.add(self.caption)
        self.add(self.bars, 1)
        self.add(self.sentence)
        self.setFixedHeight(theme.px(188))
        self._theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_small(self, small: bool) -> None:
        """In small windows the explanation goes."""
        self.caption.setVisible(not small)
        self.title.setVisible(not small)
        self.note.setVisible(not small)
        self.setFixedHeight(self._theme.px(136 if small else 188))

    def render_state(self, state: State) -> None:
        """Show a state; asking twice changes nothing."""
        tokens = state.version.tokens
        words, bits = [token.text for token in tokens], [token.surprise for token in tokens]
        self.bars.show_bits(words, bits)
        self.bars.set_cursor(state.cursor)
        self.sentence.setText(sentence(words, bits))


def _left(state: State) -> str:
    version = state.version
    if state.phase == "loading":
        chosen = state.chosen
        return f"Loading {chosen.title}, {chosen.note}" if chosen and chosen.note else "Loading the model"
    count = len(version.tokens)
    if not count:
        return "Writing" if state.busy else "Nothing written yet"
    words = [f"{units.plural(count, 'token')} written"]
    if version.speed and not state.busy:
        words.append(f"{version.speed:,.0f} per second")
    if version.seed is not None:
        words.append(f"seed {version.seed}")
    return ", ".join(words)


def _right(state: State) -> str:
    version, chosen = state.version, state.chosen
    if not version.ids_known() or chosen is None:
        return f"Context of {units.plural(chosen.context, 'token')}" if chosen and chosen.context else ""
    prompt, total = version.prompt_tokens, len(version.ids)
    words = f"Prompt {units.plural(prompt, 'token')}"
    if chosen.context and total > chosen.context:
        return f"{words}, {total:,} in all; the model sees the last {chosen.context:,}"
    return f"{words}, {total:,} of {chosen.context:,} in the context" if chosen.context else words
