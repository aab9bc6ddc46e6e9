"""The card of sampling settings: preset, six knobs, seed, stop strings and precision."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from llmstudio.config.option import describe
from llmstudio.config.sampling import SamplingConfig
from llmstudio.gui.tabs.playground import knobs
from llmstudio.gui.tabs.playground.precisionrow import PrecisionRow
from llmstudio.gui.tabs.playground.presenter_sampling import SamplingRules
from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.button import Button, icon_button
from llmstudio.gui.widgets.card import Card, line
from llmstudio.gui.widgets.knob import Knob
from llmstudio.gui.widgets.picker import Entry, Picker
from llmstudio.gui.widgets.text import Label, Paragraph, set_property, set_tip

OWN = Entry("", "Own settings")
SEEDS = 2**31 - 1


class SamplingCard(Card):
    """Shows the settings and passes changes on."""

    closed = Signal()  # only offered where the card is a drawer

    def __init__(self, theme: Theme, rules: SamplingRules) -> None:
        super().__init__("Sampling")
        self._theme, self._rules = theme, rules
        self._helps = {info.name: info.help for info in describe(SamplingConfig)}
        self.reset = Button("Reset", "link", run=rules.reset)
        self.close_button = icon_button(theme, "close", "Close the sampling settings", self.closed.emit)
        self.close_button.hide()
        self.add_control(self.reset)
        self.add_control(self.close_button)
        entries = [Entry(key, title) for key, (title, _) in knobs.PRESETS.items()]
        self.preset = Picker(theme, "Sampling preset", entries, placeholder=OWN.text)
        self.preset.chosen.connect(rules.set_preset)
        self.add(self.preset)
        self.knobs = {knob.field: self._knob(knob) for knob in knobs.KNOBS}
        self.seed = QLineEdit()
        self.seed_lock = icon_button(theme, "lock", "Hold the seed, so that the same text comes again", rules.hold_seed)
        self.stop = QLineEdit()
        self.precision = PrecisionRow(theme)
        self.trouble = Paragraph("", "caption", "danger")
        self._lay_out()
        rules.changed.connect(self.render_rules)
        self.render_rules()

    def _knob(self, knob: knobs.Knob) -> Knob:
        made = Knob(
            self._theme, knob.title, knob.low, knob.high, knob.step, knob.decimals, self._helps.get(knob.field, "")
        )
        made.moved.connect(lambda value, field=knob.field: self._rules.set_value(field, value))
        return made

    def _lay_out(self) -> None:
        inside = QWidget()
        inside.setProperty("ground", "none")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(self._theme.px(8))
        for knob in self.knobs.values():
            column.addWidget(knob)
        column.addWidget(line())
        self.seed_lock.setCheckable(True)
        column.addLayout(self._row("Seed", self.seed, "drawn anew", self.seed_lock))
        column.addLayout(self._row("Stop at", self.stop, "none"))
        column.addWidget(self.trouble)
        column.addWidget(line())
        column.addWidget(self.precision)
        column.addStretch(1)
        set_tip(self.stop, "Words at which writing ends, separated by commas; \\n is a line end")
        self.seed.setValidator(QIntValidator(0, SEEDS, self.seed))
        self.seed.editingFinished.connect(self._seed_typed)
        self.stop.editingFinished.connect(lambda: self._rules.set_value("stop", knobs.read_stops(self.stop.text())))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        self.add(area, 1)

    def _row(self, title: str, field: QLineEdit, placeholder: str, extra: QWidget | None = None) -> QHBoxLayout:
        label = Label(title)
        label.setBuddy(field)
        field.setPlaceholderText(placeholder)
        field.setAccessibleName(title)
        field.setFixedWidth(self._theme.px(120))
        row = QHBoxLayout()
        row.addWidget(label)
        row.addStretch(1)
        if extra is not None:
            row.addWidget(extra)
        row.addWidget(field)
        return row

    # -- what the person does

    def _seed_typed(self) -> None:
        text = self.seed.text().strip()
        self._rules.set_value("seed", int(text) if text else None)

    # -- what is shown

    def render_rules(self) -> None:
        """Show the settings; asking twice changes nothing."""
        values, faults = self._rules.values, self._rules.faults
        self.preset.set_current("" if faults else knobs.preset_of(values))
        for name, knob in self.knobs.items():
            if name in faults:
                knob.set_fault(faults[name].message)
            else:
                knob.set_value(values[name])
                knob.set_fault("")
        held = values["seed"] is not None
        self.seed_lock.setChecked(held)
        self._show(self.seed, str(values["seed"]) if held else "")
        last = self._rules.last_seed
        self.seed.setPlaceholderText("drawn anew" if held or last is None else f"{last}, drawn")
        self._show(self.stop, knobs.show_stops(tuple(values["stop"])))
        self.trouble.setText(" ".join(fault.message for fault in faults.values()))
        self.trouble.setVisible(bool(faults))
        set_property(self.seed, "state", "fault" if "seed" in faults else "")
        changed = {**values, "stop": tuple(values["stop"])} != self._rules.proposal
        self.reset.setEnabled(changed or bool(faults))

    def _show(self, field: QLineEdit, text: str) -> None:
        if field.text() != text and not field.hasFocus():
            field.setText(text)
