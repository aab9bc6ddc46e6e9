"""The sheet "Import a model": looks at what was named, says what would come, and starts the job.

A model of the hub is asked for only when the person says so. It owns no widget; `changed` says that `state` is another.
"""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
from PySide6.QtCore import QObject, QTimer, Signal

from llmstudio.base import files, units
from llmstudio.base.errors import UserError
from llmstudio.config.download import HubName, hub_name
from llmstudio.config.importing import ImportModelConfig
from llmstudio.gui.session import Session
from llmstudio.store import catalog, glimpse, hub, network
from llmstudio.store.glimpse import Glimpse
from llmstudio.store.hub import Offer

TYPING_MS = 300
PACKED_BITS = {"q4_0": 4.5, "q4_1": 5.0, "q5_0": 5.5, "q5_1": 6.0, "q8_0": 8.5, "q4_k": 4.5, "q6_k": 6.6}
UNPACKED = 4  # bytes of a number once it is unpacked
WRITING_BYTES = 4  # memory of one parameter where a model writes


@dataclass(frozen=True)
class Ready:
    """One line of readiness: state "good", "warning" or "wrong", a sentence, and a link with what it is about."""

    state: str
    text: str
    row: str = ""
    link: str = ""


@dataclass(frozen=True)
class ImportState:
    """What the sheet shows. Either `seen` (on this machine) or `offer` (on the hub) says what would come."""

    path: str = ""
    name: str = ""
    trust: bool = False
    looking: bool = False
    hub: HubName | None = None
    seen: Glimpse | None = None
    offer: Offer | None = None
    fault: UserError | None = None
    taken: frozenset[str] = frozenset()
    free: int = 0
    offline: bool = False

    @property
    def proposed(self) -> str:
        """A free name."""
        title = self.seen.title if self.seen else self.hub.repo.partition("/")[2] if self.hub else ""
        name, number = title, 2
        while name.casefold() in self.taken:
            name, number = f"{title} {number}", number + 1
        return name

    @property
    def bytes(self) -> int:
        """What comes."""
        return self.seen.bytes if self.seen else self.offer.bytes if self.offer else 0

    @property
    def parameters(self) -> int:
        """Trained numbers, 0 if unknown."""
        return self.seen.parameters if self.seen else self.offer.parameters if self.offer else 0

    @property
    def pickled(self) -> bool:
        """Whether the weights may carry code, and consent is needed."""
        return self.seen is not None and self.seen.pickled

    @property
    def ready(self) -> bool:
        """Whether the import can start."""
        known = self.seen is not None or self.offer is not None
        return known and all(check.state != "wrong" for check in checks(self))


def facts(state: ImportState) -> tuple[tuple[str, str], ...]:
    """What would come, in rows of (name, value)."""
    if state.offer is not None:
        return _offer_facts(state.offer)
    return _seen_facts(state.seen) if state.seen is not None else ()


def _offer_facts(offer: Offer) -> tuple[tuple[str, str], ...]:
    family = glimpse.FAMILIES.get(offer.family, offer.family)
    rows = [
        ("From", f"{offer.name.repo} on the hub"),
        ("Version", offer.revision[:12]),
        ("Family", family or "not said"),
        ("Parameters", units.count(offer.parameters) if offer.parameters else "not said"),
        ("Comes", f"{units.size(offer.bytes)} in {units.plural(len(offer.files), 'file')}"),
        ("Licence", offer.licence or "not said"),
    ]
    return tuple(rows)


def _seen_facts(seen: Glimpse) -> tuple[tuple[str, str], ...]:
    rows = [("From", str(seen.path)), ("Kind", glimpse.KINDS.get(seen.kind, "unknown"))]
    if seen.family:
        rows.append(("Family", seen.family))
    if seen.parameters:
        rows.append(("Parameters", units.count(seen.parameters)))
    if seen.bytes:
        rows.append(("Weights", ", ".join(part for part in (units.size(seen.bytes), seen.dtype) if part)))
    rows.append(("Licence", seen.licence or "not said"))
    return tuple(rows)


def checks(state: ImportState) -> tuple[Ready, ...]:
    """What an import waits for, the worst first told in full."""
    if state.fault is not None:
        return (Ready("wrong", f"{state.fault.message} {state.fault.hint}".strip(), "path"),)
    if state.hub is not None and state.offer is None:
        return (_not_looked_up(state),)
    if state.seen is None and state.offer is None:
        return (Ready("wrong", "Choose a folder or a file, or name a model of the hub", "path"),)
    if state.seen is not None and state.seen.fault:
        return (Ready("wrong", f"{state.seen.fault} {state.seen.hint}".strip(), "path"),)
    found = (
        _family(state),
        _consent(state),
        _tokenizer(state),
        _room(state),
        _memory(state),
        _licence(state),
        _name(state),
    )
    return tuple(check for check in found if check is not None)


def _not_looked_up(state: ImportState) -> Ready:
    if state.offline:
        return Ready("wrong", "LLM Studio is set to stay offline", "settings", "Open Settings")
    if state.looking:
        return Ready("warning", "Asking the hub what would come")
    return Ready("wrong", "Look it up first: size, files and licence", "look")


def _family(state: ImportState) -> Ready | None:
    offer = state.offer
    if offer is None or not offer.family or offer.family in glimpse.FAMILIES:
        return None
    known = ", ".join(glimpse.FAMILIES.values())
    return Ready("wrong", f"Models of the kind {offer.family} are not known here. Known are {known}.", "path")


def _consent(state: ImportState) -> Ready | None:
    if not state.pickled:
        return None
    if state.trust:
        return Ready("warning", "PyTorch's format: read in a locked-up process that runs none of its code", "trust")
    return Ready("wrong", "PyTorch files can carry programs: say that this one may be read", "trust", "Allow it")


def _tokenizer(state: ImportState) -> Ready | None:
    if state.seen is None or state.seen.tokenizer:
        return None
    if state.seen.family == "GPT-2":
        return Ready("warning", "No tokenizer lies beside it: GPT-2's own vocabulary is used")
    return Ready("wrong", "No tokenizer lies beside the weights: tokenizer.json is missing", "path")


def _room(state: ImportState) -> Ready:
    needed = kept_bytes(state) + (state.bytes if state.offer else 0) + files.RESERVE_BYTES
    if needed > state.free:
        words = f"Only {units.size(state.free)} are free on the disk; {units.size(needed)} are needed"
        return Ready("wrong", words, "path")
    return Ready("good", f"{units.size(state.free)} are free on the disk")


def kept_bytes(state: ImportState) -> int:
    """What the model takes in the workspace: weights packed in few bits are unpacked to 32."""
    if state.offer is not None and state.offer.gguf:
        return max(state.bytes, UNPACKED * state.offer.parameters)
    bits = PACKED_BITS.get(state.seen.dtype, 0.0) if state.seen else 0.0
    return int(state.bytes * 8 * UNPACKED / bits) if bits else state.bytes


def _memory(state: ImportState) -> Ready | None:
    if not state.parameters:
        return None
    needed = WRITING_BYTES * state.parameters
    total = int(psutil.virtual_memory().total)  # type: ignore[no-untyped-call]
    words = f"Writing with it takes about {units.size(needed)} of memory"
    if needed > total:
        return Ready("warning", f"{words}; this machine has {units.size(total)}")
    return Ready("good", words)


def _licence(state: ImportState) -> Ready:
    licence = state.seen.licence if state.seen else state.offer.licence if state.offer else ""
    if licence:
        return Ready("good", f"Licence {licence}")
    return Ready("warning", "No licence is named: ask its owner before you pass it on")


def _name(state: ImportState) -> Ready | None:
    try:
        name = files.checked_name(state.name or state.proposed)
    except UserError as error:
        return Ready("wrong", f"{error.message} {error.hint}", "name", "Go to Name")
    if name.casefold() in state.taken:
        return Ready("wrong", f"A model called {name} already exists", "name", "Go to Name")
    return None


class ImportPresenter(QObject):
    """Intents in, `state` out."""

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        taken = frozenset(kept.title.casefold() for kept in catalog.list_kept(session.workspace, "model"))
        free = shutil.disk_usage(session.workspace.root).free
        offline = network.is_offline(session.settings)
        self.state = ImportState(taken=taken, free=free, offline=offline)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._typing.timeout.connect(self.look_here)

    def set_path(self, text: str, *, at_once: bool = False) -> None:
        """Name something else; typed paths are looked at once the keys rest."""
        path = text.strip()
        if path == self.state.path:
            return
        self._set(path=path, hub=None, seen=None, offer=None, fault=None, looking=False, trust=False)
        if at_once:
            self.look_here()
        else:
            self._typing.start()

    def set_name(self, name: str) -> None:
        """Call it so."""
        self._set(name=name.strip())

    def set_trust(self, trust: bool) -> None:
        """Allow a PyTorch file to be read."""
        self._set(trust=trust)

    def look_here(self) -> None:
        """Look at what was named on this machine; a name that is no path here may be one on the hub."""
        self._typing.stop()
        path = self.state.path
        if not path:
            return
        here, named = Path(path).expanduser(), hub_name(path)
        if named is not None and not here.exists():
            self._set(hub=named)
            return
        self._ask(glimpse.look, here, done=lambda seen: self._set(seen=seen, looking=False))

    def look_up(self) -> None:
        """Ask the hub what would come."""
        named = self.state.hub
        if named is None or self.state.looking:
            return

        def ask() -> Offer:
            return hub.look(named, network.current(self._session.settings))

        self._ask(ask, done=lambda offer: self._set(offer=offer, looking=False))

    def start(self) -> str:
        """Start the import; returns its run id. Raises UserError."""
        state = self.state
        if state.offer is not None:  # the version that was shown, whatever the hub has by then
            path = str(replace(state.offer.name, revision=state.offer.revision))
        else:
            path = str(state.seen.path) if state.seen else state.path
        config = ImportModelConfig(path=path, name=state.name or state.proposed, trust_pickle=state.trust)
        return self._session.jobs.submit("import_model", config, title=f"Import {config.name}")

    def _ask(self, work: Any, *args: Any, done: Any) -> None:
        path = self.state.path
        self._set(looking=True)

        def take(result: Any) -> None:
            if path == self.state.path:
                done(result)

        def failed(error: Exception) -> None:
            if path != self.state.path:
                return
            if isinstance(error, UserError):
                self._set(fault=error, looking=False)
            else:
                self._set(looking=False)
                self._session.notices.error(error, "Looking at the model")

        self._session.background.run(work, *args, done=take, failed=failed, owner=self)

    def _set(self, **changes: Any) -> None:
        state = replace(self.state, **changes)
        if state != self.state:
            self.state = state
            self.changed.emit()
