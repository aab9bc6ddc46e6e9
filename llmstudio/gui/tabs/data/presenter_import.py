"""The import: where the text comes from, what was understood of it, whether it is ready, and the job."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.base.files import checked_name
from llmstudio.config import option
from llmstudio.config.dataset import ImportConfig
from llmstudio.config.option import Fault, OptionInfo
from llmstudio.data.readers import sources
from llmstudio.gui.background import Handle
from llmstudio.gui.session import Session
from llmstudio.gui.widgets.readiness import Check
from llmstudio.store import catalog

if TYPE_CHECKING:
    from llmstudio.data.readers.preview import FileView, Preview

DEBOUNCE_MS = 250
HIDDEN = frozenset({"paths", "text"})
TABLES = frozenset({"csv", "tsv", "json", "jsonl", "parquet"})
COMMON_ENCODINGS = (
    *("utf-8", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-1250", "windows-1251"),
    *("koi8-r", "shift_jis", "euc-jp", "gb18030", "big5", "euc-kr", "windows-1253", "windows-1254", "windows-1255"),
)
MOST_CANDIDATES = 3
HEAD_SHOWN = 1 << 20  # characters of a document from which on its whole length is not known yet


@dataclass(frozen=True)
class ImportState:
    """Everything the import panel shows. `path` is what stands in the field: paths, or one pattern."""

    path: str = ""
    text: str = ""
    paths: tuple[str, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)
    busy: bool = False
    seen: "Preview | None" = None
    trouble: UserError | None = None
    taken: frozenset[str] = frozenset()
    proposed_name: str = ""
    faults: dict[str, Fault] = field(default_factory=dict)

    @property
    def given(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self.path.strip() or self.text)

    @property
    def name(self) -> str:
        """The name the dataset will have."""
        return str(self.values.get("name") or self.proposed_name)

    @property
    def files(self) -> "list[FileView]":
        """The files looked at."""
        return self.seen.files if self.seen is not None else []

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the first table."""
        return next((view.columns for view in self.files if view.columns), ())

    @property
    def guess(self) -> "FileView | None":
        """A file whose encoding a person has to confirm."""
        return next((view for view in self.files if view.confidence == "guess"), None)

    @property
    def tables(self) -> bool:
        """Whether tables are read, which have columns."""
        return any(view.format in TABLES for view in self.files)


def split_paths(text: str) -> tuple[str, ...]:
    """The paths in the field: one, or several between semicolons or line ends (a name that exists is never cut)."""
    text = text.strip()
    if not text or Path(text).expanduser().exists():
        return (str(Path(text).expanduser()),) if text else ()
    parts = [part.strip().strip('"') for part in text.replace("\n", ";").split(";")]
    return tuple(str(Path(part).expanduser()) for part in parts if part)


def look_at(path: str, config: ImportConfig) -> "tuple[tuple[str, ...], Preview]":
    """The paths in the field, and what is found there. Reads the disk; raises UserError."""
    from llmstudio.data.readers.preview import preview  # in the background, with what reads and mends text

    paths = split_paths(path)
    return paths, preview(paths, config)


def join_paths(paths: list[str]) -> str:
    """Paths as they stand in the field."""
    return "; ".join(paths)


def propose_name(path: str, text: str) -> str:
    """A name for the dataset from its first file or folder, or from the first words pasted."""
    if text:
        words = " ".join(text.split()[:4])
        return _clean(words[:40]) or "Pasted text"
    first = Path(path.split(";")[0].strip())  # without a look at the disk: this runs at every key
    name = first.name or first.parent.name
    if not name:
        return ""
    for ending in reversed(Path(name).suffixes):
        known = ending[1:].lower() in sources.FORMATS or ending[1:].lower() in sources.PACKINGS
        name = name.removesuffix(ending) if known else name
    return _clean(name.replace("_", " ").replace("*", "").strip(" .-")) or "Text"


def _clean(name: str) -> str:
    try:
        return checked_name(name)
    except UserError:
        return "".join(char for char in name if char.isalnum() or char in " -").strip()


def infos() -> tuple[OptionInfo, ...]:
    """The options the panel shows: all but the source itself and the cleaning, which has a page of its own."""
    described = option.describe(ImportConfig)
    return tuple(info for info in described if info.name not in HIDDEN and info.group != "Cleaning")


def hidden_rows(state: ImportState) -> set[str]:
    """Rows that mean nothing for what was found."""
    hidden: set[str] = set()
    formats = {view.format for view in state.files}
    if not state.tables:
        hidden |= {"header", "text_column", "label_column", "on_fault", "delimiter"}
    elif formats <= {"json", "jsonl", "parquet"}:
        hidden |= {"header", "delimiter"}
    if state.files and formats <= TABLES:
        hidden |= {"documents", "separator"}
    elif state.values.get("documents") != "separator":
        hidden.add("separator")
    return hidden


def helps(state: ImportState) -> dict[str, str]:
    """What was understood, beside each row."""
    first = next((view for view in state.files if view.problem is None), None)
    if first is None:
        return {}
    found = {"format": f"Read as {first.format}", "encoding": _encoding_words(first)}
    if first.columns:
        found["text_column"] = f"Text: {first.text_column or 'none'}"
        found["label_column"] = f"Label: {first.label_column or 'none'}"
        found["header"] = "Names found" if first.header else "No names found"
        if first.delimiter:
            found["delimiter"] = f"Read with {_delimiter(first.delimiter)}"
    return found


def _encoding_words(view: "FileView") -> str:
    spoken = encoding_words(view.encoding) if view.encoding else "unknown"
    return {"guess": f"A guess: {spoken}", "chosen": f"Read as {spoken}"}.get(view.confidence, f"Found: {spoken}")


def encoding_words(name: str) -> str:
    """An encoding's name in a sentence."""
    from llmstudio.data import decode  # brings numpy: once a file was looked at, it is loaded

    return decode.spoken(name)


def _delimiter(sign: str) -> str:
    return {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}.get(sign, sign)


def checks(state: ImportState) -> tuple[Check, ...]:
    """What is in order, and what the import waits for."""
    if not state.given:
        return (Check("wrong", "Choose files or a folder, or paste text", "path", "Go to Files"),)
    found: list[Check] = []
    if state.trouble is not None:
        found.append(Check("wrong", str(state.trouble), state.trouble.field or "path", "Go to it"))
    elif state.seen is not None:
        found += _file_checks(state)
    found += [Check("wrong", fault.message, name, f"Go to {_title(name)}") for name, fault in state.faults.items()]
    return tuple(found)


def _title(name: str) -> str:
    return next((info.title for info in infos() if info.name == name), name)


def _file_checks(state: ImportState) -> list[Check]:
    assert state.seen is not None
    seen, found = state.seen, []
    good = [view for view in seen.files if view.problem is None]
    if good:
        words = f"{units.plural(seen.file_count, 'file')}, {units.size(seen.bytes)}"
        found.append(Check("good", f"{words}; see the first documents"))
    for view in [view for view in seen.files if view.problem is not None][:3]:
        assert view.problem is not None
        found.append(Check("wrong", str(view.problem), "encoding" if view.candidates else "path", ""))
    if state.guess is not None:
        found.append(_guess_check(state))
    if seen.faults and state.values.get("on_fault") != "skip":
        fault = seen.faults[0]
        words = f"Row {units.number(fault.row)} {fault.reason}. Leave it out, or choose another separator."
        found.append(Check("wrong", words, "leave-out", "Leave out faulty rows"))
    for name, (value, why) in seen.proposals.items():
        if name == "documents":
            found.append(Check("warning", f"One document for each file. {why}", f"take:{name}={value}", "Cut there"))
    return found


def _guess_check(state: ImportState) -> Check:
    guess = state.guess
    assert guess is not None
    spoken = encoding_words(guess.encoding)
    others = [view for view in state.files if view.encoding != guess.encoding]
    if others:
        words = f"{guess.name} reads well as {spoken}, other files do not. Import it apart from them."
        return Check("wrong", words, "path", "Go to Files")
    return Check("warning", f"{guess.name} is not UTF-8. It reads well as {spoken}. Check the text.")


class ImportPresenter(QObject):
    """Holds `state`; looks at the files in the background a moment after the last change."""

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.state = ImportState()
        self._handle: Handle | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self._look)
        session.datasets_changed.connect(self._list)

    # -- intents

    def begin(self) -> None:
        """Look which names are taken."""
        self._list()

    def set_path(self, path: str) -> None:
        """Read from other files."""
        if path != self.state.path:
            self._change(path=path, text="", seen=None, trouble=None)

    def paste(self, text: str) -> None:
        """Read text that was pasted."""
        if text.strip():
            self._change(path="", text=text, seen=None, trouble=None)

    def set_values(self, values: dict[str, Any]) -> None:
        """The settings in the form."""
        if values != self.state.values:
            only_name = {**values, "name": ""} == {**self.state.values, "name": ""}
            self._change(look=not only_name, values=values)

    def clear(self) -> None:
        """Begin anew."""
        self.state = ImportState(taken=self.state.taken)
        self.changed.emit()

    def config(self) -> ImportConfig | None:
        """What to import, or None while something is missing. A guessed encoding that was looked at is taken."""
        values = {key: value for key, value in self.state.values.items() if value is not None}
        values |= {"paths": self.state.paths, "text": self.state.text, "name": self.state.name}
        guess = self.state.guess
        if guess is not None and values.get("encoding", "auto") == "auto":
            values["encoding"] = guess.encoding
        config, _ = option.check(ImportConfig, values)
        return config if isinstance(config, ImportConfig) else None

    @property
    def ready(self) -> bool:
        """Whether the import can start."""
        blocked = any(check.state == "wrong" for check in checks(self.state))
        return not blocked and not self.state.busy and self.state.seen is not None and bool(self.state.name)

    def start(self, *, looked: bool = True) -> str:
        """Start the job; returns the run id. Without `looked` it does not wait for another look. Raises UserError."""
        config = self.config()
        if config is None or (looked and not self.ready):
            raise UserError("The import is not ready.", "See what it waits for.")
        return self.session.jobs.submit("import_dataset", config, title=f"Import {config.name}")

    # -- inside

    def _change(self, *, look: bool = True, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        proposed = self._free(propose_name(self.state.path, self.state.text))
        self.state = replace(self.state, proposed_name=proposed)
        self.state = replace(self.state, faults=self._faults())
        if look and self.state.given:
            self.state = replace(self.state, busy=True)
            self._timer.start()
        self.changed.emit()

    def _faults(self) -> dict[str, Fault]:
        values = {key: value for key, value in self.state.values.items() if value is not None}
        _, faults = option.check(ImportConfig, {**values, "name": self.state.name})
        name = str(self.state.values.get("name") or "")
        if name.casefold() in self.state.taken:
            faults["name"] = Fault(f"A dataset called {name} already exists.", self._free(name))
        elif name:
            try:
                checked_name(name)
            except UserError as error:
                faults["name"] = Fault(str(error), _clean(name) or None)
        return faults

    def _free(self, title: str) -> str:
        name, number = title, 2
        while name and name.casefold() in self.state.taken:
            name, number = f"{title} {number}", number + 1
        return name

    def _list(self) -> None:
        workspace = self.session.workspace
        self.session.background.run(catalog.list_kept, workspace, "dataset", done=self._listed, owner=self)

    def _listed(self, datasets: list[catalog.Kept]) -> None:
        self._change(look=False, taken=frozenset(kept.title.casefold() for kept in datasets))

    def _look(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        if not self.state.given:
            return
        values = {key: value for key, value in self.state.values.items() if value is not None}
        values |= {"text": self.state.text, "name": ""}
        config, _ = option.check(ImportConfig, values)
        if config is None:
            self.state = replace(self.state, busy=False)
            self.changed.emit()
            return
        run = self.session.background.run
        self._handle = run(look_at, self.state.path, config, done=self._looked, failed=self._failed, owner=self)

    def _looked(self, found: "tuple[tuple[str, ...], Preview]") -> None:
        paths, seen = found
        self.state = replace(self.state, paths=paths, seen=seen, trouble=None, busy=self._timer.isActive())
        self.changed.emit()

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, UserError):
            self.session.notices.error(error, "Looking at the files")
            error = UserError("The files could not be looked at.", "Choose others.")
        self.state = replace(self.state, seen=None, trouble=error, busy=self._timer.isActive())
        self.changed.emit()


def encodings(state: ImportState) -> list[tuple[str, str]]:
    """(name, words) of what can be chosen: auto, the candidates of an unsure file, then the common ones."""
    first = [candidate for view in state.files for candidate in view.candidates]
    if state.trouble is not None:
        first += list(state.trouble.candidates)
    chosen = str(state.values.get("encoding", "auto"))
    names = dict.fromkeys(["auto", *first, *([chosen] if chosen else []), *COMMON_ENCODINGS])
    return [(name, "Recognise it" if name == "auto" else encoding_words(name)) for name in names]


def candidates(state: ImportState) -> list[tuple[str, str]]:
    """The encodings to offer as buttons where one file is unsure: at most three."""
    unsure = next((view for view in state.files if view.candidates), None)
    names = [name for name in unsure.candidates if name != unsure.encoding] if unsure is not None else []
    return [(name, encoding_words(name)) for name in names[:MOST_CANDIDATES]]
