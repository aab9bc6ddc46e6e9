"""The Train tab: the form before a training, the instrument during it, what was kept after it."""

from dataclasses import replace
from functools import cached_property
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from llmstudio.base.errors import UserError
from llmstudio.config import dial, propose
from llmstudio.config.probe import ProbeConfig
from llmstudio.config.train import PretrainConfig
from llmstudio.gui import keyboard, runtrouble, timing
from llmstudio.gui.probing import SECONDS, Probing
from llmstudio.gui.rundeeds import Deeds
from llmstudio.gui.runmodel import RunModel
from llmstudio.gui.runwords import Act
from llmstudio.gui.session import Session
from llmstudio.gui.tabs.train import presenter_run
from llmstudio.gui.tabs.train.corpus import Shelf
from llmstudio.gui.tabs.train.headers import Headers
from llmstudio.gui.tabs.train.machines import MachinesSheet
from llmstudio.gui.tabs.train.presenter_run import RunView
from llmstudio.gui.tabs.train.presenter_setup import Setup, SetupPresenter
from llmstudio.gui.tabs.train.runview import RING, RunWatch, now
from llmstudio.gui.tabs.train.setupview import SetupView
from llmstudio.gui.timing import Measured
from llmstudio.gui.widgets.chip import Chip
from llmstudio.gui.widgets.empty import Empty
from llmstudio.gui.widgets.page import Command, Header, TabPage
from llmstudio.store import machine

RENDER_MS = 250  # numbers change at most four times a second
MEASURED = "train.measured"
MINUTES = "train.minutes"
MARGINS = {"S": 16, "M": 24, "L": 24, "X": 24}


class TrainPage(TabPage):
    """Shows the setup, or one run; everything it decides is in the presenters."""

    key = "train"
    title = "Train"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.shelf = Shelf(session.workspace)
        facts = propose.machine_facts(machine.load() or {})
        self.presenter = SetupPresenter(self.shelf, timing.room(session.workspace.root), facts)
        self.presenter.read_only = session.read_only
        self.presenter.measured = Measured.load(session.settings.get(MEASURED))
        self.presenter.minutes = _offered(session.settings.get(MINUTES))
        self.setup = Setup()
        self.model: RunModel | None = None
        self.view: RunView | None = None
        self._watched: dict[str, frozenset[str]] = {}
        self._loading = ""
        self._stale = self._run_stale = False
        self._anew = False  # a form was asked for: no run that goes on takes its place
        self.deeds = Deeds(session, self)
        self.probing = Probing(session, self)
        self.empty = Empty(
            self.theme,
            "train",
            "No text to learn from",
            "A model learns from a dataset. Import some text first, then come back.",
            action="Open Data",
        )
        self.stack = QStackedWidget(self)
        self.setup_view = SetupView(session, self.stack)
        self.status = Chip(self.theme, parent=self)  # the run view takes it when it is made
        self.status.setObjectName("train.status")
        self.status.hide()
        self.headers = Headers(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(RENDER_MS)
        self._lay_out()
        self._connect()
        self.render_setup()

    def _lay_out(self) -> None:
        self._outer = QVBoxLayout(self)
        self._outer.addWidget(self.stack)
        for widget in (self.empty, self.setup_view):
            self.stack.addWidget(widget)
        self.fit("L")

    def _connect(self) -> None:
        session = self.session
        session.jobs.events.connect(self._events)
        session.jobs.ended.connect(self._ended)
        session.jobs.changed.connect(self._jobs_changed)
        session.datasets_changed.connect(self._shelf_changed)
        session.tokenizers_changed.connect(self._shelf_changed)
        session.models_changed.connect(self._shelf_changed)
        session.runs_changed.connect(self._runs_changed)
        self._timer.timeout.connect(self._follow_run)
        self.theme.changed.connect(lambda: self.fit(self.size_class))  # lengths follow the zoom
        self.setup_view.changed.connect(self.render_setup)
        self.setup_view.start_requested.connect(self.start)
        self.setup_view.machines.clicked.connect(self.show_machines)
        self.setup_view.dial.turned.connect(self._turn)
        self.setup_view.test_requested.connect(self._test)
        self.setup_view.data_requested.connect(lambda: session.go("data"))
        self.empty.action_requested.connect(lambda: session.go("data"))
        self.probing.changed.connect(self.render_setup)
        self.probing.measured.connect(self._take_measurement)

    @cached_property
    def run_view(self) -> RunWatch:
        """The instrument, made when the first run is shown."""
        view = RunWatch(self.session, self.status, self.stack)
        view.acted.connect(self.act)
        view.settings_requested.connect(self._show_settings)
        view.model_requested.connect(self._open_model)
        view.fit(self.size_class)
        self.stack.addWidget(view)
        return view

    def _open_model(self) -> None:
        self.session.go("models", model=self.view.model if self.view else "")

    # -- the frame's hooks

    def header(self) -> Header:
        """Buttons for what can be done now."""
        return self.headers.header()

    def shown(self) -> None:
        """Look at what has changed meanwhile; the first time, follow a run that goes on, or time this machine."""
        if self._stale:
            self._refresh_shelf()
        if self._run_stale:
            self.render_run()
        self._anew = False
        self._follow_live_run()
        if self.model is None and self.presenter.measured is None and self.setup.can_start:
            self._test_if_idle()

    def open(self, **args: object) -> None:
        """`run` shows a run; `settings` (and `dataset`, `tokenizer`) fill the form of a new one."""
        if args.get("run"):
            self.show_run(str(args["run"]))
            return
        settings = args.get("settings")
        values: dict[str, Any] = dict(settings) if isinstance(settings, dict) else {}
        values |= {name: str(args[name]) for name in ("dataset", "tokenizer", "preset") if args.get(name)}
        if values:
            self.new_run(values)

    def fit(self, size_class: str) -> None:
        """Lay out for a size of window."""
        self.size_class = size_class
        margin = self.theme.px(MARGINS[size_class])
        top, bottom = (8, 24) if size_class in ("L", "X") else (0, 16)
        edges = (margin, self.theme.px(top), margin, self.theme.px(bottom))
        self._outer.setContentsMargins(*(max(0, edge - RING) for edge in edges))
        self.setup_view.fit(size_class)
        if "run_view" in self.__dict__:
            self.run_view.fit(size_class)
        self.header_changed.emit()

    def commands(self) -> list[Command]:
        """What the palette offers here."""
        return self.headers.commands()

    def primary(self) -> None:
        """Ctrl+Enter: start, or go to what is missing; with a run the primary button of the header."""
        if self.stack.currentWidget() is not self.setup_view:
            super().primary()
        elif self.setup.can_start:
            self.start()
        else:
            self.setup_view.go_to_first_fault()

    # -- before

    def render_setup(self) -> None:
        """Work out and show everything that follows from the form."""
        self.setup = self.presenter.state(self.setup_view.said())
        busy = any(state.kind == "pretrain" for state in self.session.jobs.live())
        self.setup_view.show_setup(
            self.setup, testing=self.probing.running, busy=busy, read_only=self.session.read_only
        )
        if self.model is None:
            self._show(self.empty if self.setup.empty else self.setup_view)

    def _turn(self, minutes: float) -> None:
        self.presenter.minutes = minutes
        self.session.settings.set(MINUTES, minutes)
        self.render_setup()

    def new_run(self, values: dict[str, Any] | None = None) -> None:
        """Back to the form, with these settings if any."""
        self.model, self.view, self._anew = None, None, True
        if values is not None:
            known = {name: value for name, value in values.items() if name in PretrainConfig.model_fields}
            if "name" in known:
                known["name"] = self.presenter.free_name(str(known["name"]))
            self.setup_view.form.set_values(known)
        self.render_setup()
        self.header_changed.emit()

    def start(self) -> None:
        """Start the training as it is shown."""
        self.render_setup()
        config = self.setup.config
        if config is None or not self.setup.can_start:
            self.setup_view.go_to_first_fault()
            return
        self.probing.cancel()
        try:
            inputs = [name for name in (config.dataset, config.tokenizer) if name]
            run_id = self.session.jobs.submit("pretrain", config, title=config.name, inputs=inputs)
        except UserError as error:
            self.session.notices.error(error, "Starting the training")
            return
        self.session.changed("run")
        self.show_run(run_id)

    def show_machines(self) -> None:
        """The command line that runs this training on several machines."""
        if self.setup.config is None:
            self.setup_view.go_to_first_fault()
            return
        sheet = MachinesSheet(self.session.theme, self.session.workspace.root, self.setup.config)
        self.session.dialogs.sheet(sheet)

    def _take_measurement(self, result: dict[str, Any], setup: Setup) -> None:
        if self.presenter.take_measurement(result, setup) and self.presenter.measured:
            self.session.settings.set(MEASURED, self.presenter.measured.record())
        self.render_setup()

    def _test(self) -> None:
        setup = self.setup
        if setup.config is None or setup.corpus is None:
            return
        vocabulary = setup.corpus.facts.vocab_size
        settings = setup.config.model_dump(mode="json")
        self.probing.begin(ProbeConfig(settings=settings, vocab_size=vocabulary, seconds=SECONDS), setup)

    def _test_if_idle(self) -> None:
        if not self.session.jobs.live() and not self.session.read_only:
            self._test()

    def _shelf_changed(self) -> None:
        self._stale = True
        if self.isVisible():
            self._refresh_shelf()

    def _refresh_shelf(self) -> None:
        self._stale = False
        self.shelf.refresh()
        self.presenter.machine = timing.room(self.session.workspace.root)
        self.presenter.facts = propose.machine_facts(machine.load() or {})
        self.render_setup()

    # -- during and after

    def show_run(self, run_id: str) -> None:
        """Show a run; its log is read in the background."""
        self._loading = run_id
        folder = self.session.workspace.runs / run_id
        self.session.background.run(RunModel.load, folder, done=self._loaded, failed=self._not_loaded, owner=self)

    def _loaded(self, model: RunModel) -> None:
        if model.id != self._loading:
            return
        self._loading = ""
        if model.state.kind != "pretrain":
            self._show_training_of(model)
            return
        self.model = model
        model.poll()
        self.render_run()
        self._show(self.run_view)

    def _show_training_of(self, model: RunModel) -> None:
        """The quick start begins a training as a run of its own: show that one; other jobs have no curve."""
        begun = [str(a.facts.get("id", "")) for a in model.state.artifacts if a.what == "run"]
        if begun and begun[-1] != model.id:
            self.show_run(begun[-1])
        elif self.model is None:
            self.new_run()

    def _not_loaded(self, error: Exception) -> None:
        self._loading = ""
        self.session.notices.error(error, "Opening the run")

    def _follow_run(self) -> None:
        """Read on; what nobody sees is shown when the tab comes to the front again."""
        if self.isVisible():
            self.render_run()
        elif self.model is not None and self.model.folder.exists():
            self.model.poll()
            self._run_stale = True

    def render_run(self) -> None:
        """Show what the log of the run says now."""
        self._run_stale = False
        if self.model is None or not self.model.folder.exists():
            return
        jobs, model = self.session.jobs, self.model
        model.poll()
        status = model.status(followed=jobs.is_live(model.id))
        asked = "" if self.deeds.going_back(model.id) else jobs.asked(model.id)
        watched = self._watched.get(model.id, frozenset())
        before = (self.view.status, self.view.busy, self.view.title) if self.view else None
        names = self.shelf.titles()
        view = presenter_run.view(model, status, asked=asked, watched=watched, names=names, now=now())
        allowed = runtrouble.without_remedies(view.trouble) if self.session.read_only else view.trouble
        self.view = replace(view, trouble=allowed)
        self.run_view.show_view(model, self.view)
        if before != (self.view.status, self.view.busy, self.view.title):
            self.header_changed.emit()

    def act(self, act: Act) -> None:
        """Do what a button of a card offers."""
        if self.model is None:
            return
        match act.do:
            case "resume":
                self.resume(overrides=act.args.get("overrides"))
            case "settings":
                self.again()
            case "split":
                self.session.go("data", dataset=self.model.state.config.get("dataset", ""))
            case _:
                self.deeds.do(self.model.id, act)
        if act.do in ("rewind", "lower_rate", "keep_best", "watch_on"):
            self._dismiss()

    def resume(self, overrides: dict[str, Any] | None = None) -> None:
        """Go on from the newest checkpoint."""
        if self.model is not None and self.deeds.resume(self.model.id, overrides=overrides):
            self.render_run()

    def again(self) -> None:
        """Train again with changes: the form with this run's settings."""
        if self.model is not None:
            self.new_run(dict(self.model.state.config))

    def write_with_it(self) -> None:
        """Take the kept model to the playground."""
        if self.view is not None and self.view.model:
            self.session.go("playground", model=self.view.model)

    def _dismiss(self) -> None:
        if self.view is None or self.model is None:
            return
        keys = frozenset(runtrouble.alarm_key(alarm) for alarm in self.model.state.alarms)
        self._watched[self.model.id] = self._watched.get(self.model.id, frozenset()) | keys
        self.render_run()

    def _show_settings(self) -> None:
        if self.model is not None:
            rows = presenter_run.all_settings(self.model.state)
            text = "\n".join(f"{name}: {value}" for name, value in rows)
            self.session.dialogs.details(f"Settings of {self.model.state.title}", text)

    def _follow_live_run(self) -> None:
        live = [state for state in self.session.jobs.live() if state.kind == "pretrain"]
        if live and self.model is None and not self._loading and not self._anew:
            self.show_run(live[0].id)

    def _events(self, run_id: str, _batch: list[object]) -> None:
        if self.model is not None and run_id == self.model.id and not self._timer.isActive():
            self._timer.start()

    def _ended(self, run_id: str, _status: str) -> None:
        if self.model is not None and run_id == self.model.id:
            self._follow_run()

    def _runs_changed(self) -> None:
        """A run that was moved to the trash is not shown any more."""
        if self.model is not None and not self.model.folder.exists():
            self.new_run()

    def _jobs_changed(self) -> None:
        if self.model is not None:
            if not self._timer.isActive():
                self._timer.start()
        elif self.isVisible():
            self.render_setup()
            self._follow_live_run()

    def _show(self, widget: Any) -> None:
        if self.stack.currentWidget() is not widget:
            watched = isinstance(widget, RunWatch)
            keyboard.turn_to(self.stack, widget, widget.plot if watched else self)
            self.header_changed.emit()


def _offered(kept: object) -> float:
    """The time the person chose last, where it is one of those there are."""
    return float(kept) if isinstance(kept, int | float) and kept in dial.MINUTES else dial.USUAL
