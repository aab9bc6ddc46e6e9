"""The sheet "Train a tokenizer": checks the settings, proposes a size and a name, and starts the job."""

from dataclasses import dataclass, field
from typing import Any

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.config import option
from llmstudio.config.option import Fault
from llmstudio.config.tokenizer import TokenizerConfig, propose_size
from llmstudio.gui.session import Session
from llmstudio.store import catalog
from llmstudio.store.catalog import Kept

KIND_WORDS = {
    "bpe": "byte pairs",
    "unigram": "unigram",
    "wordpiece": "wordpiece",
    "char": "characters",
    "byte": "bytes",
    "word": "words",
}
SIZELESS = ("char", "byte")
SLOW_CHARACTERS = 50_000_000


@dataclass(frozen=True)
class Ready:
    """One line of readiness: state "good", "warning" or "wrong", a sentence, the row it is about, and its link."""

    state: str
    text: str
    row: str = ""
    link: str = ""


@dataclass(frozen=True)
class TrainState:
    """What the sheet shows for the values in its form."""

    proposal: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    helps: dict[str, str] = field(default_factory=dict)
    checks: tuple[Ready, ...] = ()
    config: TokenizerConfig | None = None

    @property
    def ready(self) -> bool:
        """Whether the job can start."""
        return self.config is not None and all(check.state != "wrong" for check in self.checks)


def judge(values: dict[str, Any], datasets: tuple[Kept, ...], titles: frozenset[str]) -> TrainState:
    """What is proposed for, and wrong with, the values of the form. `titles` are the names that are taken."""
    dataset = next((kept for kept in datasets if kept.id == values.get("dataset")), None)
    kind = str(values.get("kind", "bpe"))
    characters = _characters(dataset)
    proposal = _proposal(dataset, kind, characters, titles)
    settings = {**values, "name": values.get("name") or proposal.get("name", "")}
    if kind in SIZELESS:
        settings["vocab_size"] = None
    config, faults = option.check(TokenizerConfig, settings)
    faults |= _name_fault(str(settings["name"]), titles)
    checks = (_dataset_check(dataset, characters), _size_check(kind, settings.get("vocab_size"), characters))
    wrong = tuple(Ready("wrong", fault.message, name, f"Go to {_title(name)}") for name, fault in faults.items())
    lines = (*checks, *wrong) if dataset else (checks[0],)
    helps = {"vocab_size": "Follows from the text"} if kind in SIZELESS else {}
    return TrainState(proposal, faults, helps, lines, None if faults or dataset is None else config)


def _title(name: str) -> str:
    return next((info.title for info in option.describe(TokenizerConfig) if info.name == name), name)


def _characters(dataset: Kept | None) -> int:
    if dataset is None:
        return 0
    train = dataset.manifest.get("splits", {}).get("train", {})
    return int(train.get("characters", 0))


def _proposal(dataset: Kept | None, kind: str, characters: int, titles: frozenset[str]) -> dict[str, Any]:
    if dataset is None:
        return {}
    size = None if kind in SIZELESS else propose_size(kind, characters)
    words = _size_words(size) if size else KIND_WORDS[kind]
    title = f"{dataset.title} {words}" if kind == "bpe" or not size else f"{dataset.title} {KIND_WORDS[kind]} {words}"
    return {"name": _free(title, titles), "vocab_size": size}


def _size_words(size: int) -> str:
    return f"{size // 1024}k" if size % 1024 == 0 else units.number(size)


def _free(title: str, titles: frozenset[str]) -> str:
    name, number = title, 2
    while name.casefold() in titles:
        name, number = f"{title} {number}", number + 1
    return name


def _name_fault(name: str, titles: frozenset[str]) -> dict[str, Fault]:
    if name and name.casefold() in titles:
        return {"name": Fault(f"A tokenizer called {name} already exists.", _free(name, titles))}
    return {}


def _dataset_check(dataset: Kept | None, characters: int) -> Ready:
    if dataset is None:
        return Ready("wrong", "Choose the text to learn the pieces from", "dataset", "Go to Dataset")
    words = f"{units.count(characters)} characters of training text"
    if characters > SLOW_CHARACTERS:
        return Ready("warning", f"{words}: learning takes some minutes", "dataset")
    return Ready("good", words)


def _size_check(kind: str, size: Any, characters: int) -> Ready:
    if kind in SIZELESS:
        return Ready("good", "The vocabulary follows from the text" if kind == "char" else "257 ids: every byte")
    if not isinstance(size, int):
        return Ready("good", "The vocabulary size is proposed from the text")
    if characters and size > characters / 20:
        return Ready("warning", "Many pieces for so little text; the largest size that fits may be smaller")
    return Ready("good", f"{units.number(size)} pieces")


def titles_taken(session: Session) -> frozenset[str]:
    """The names of kept tokenizers, folded. Reads the disk."""
    return frozenset(kept.title.casefold() for kept in catalog.list_kept(session.workspace, "tokenizer"))


def start(session: Session, config: TokenizerConfig, size: int | None, name: str) -> str:
    """Start the job and return its run id. Raises UserError."""
    full = config.model_copy(update={"name": name or config.name, "vocab_size": size})
    if not full.name:
        raise UserError("The tokenizer needs a name.", "Give it one.", field="name")
    inputs = [full.dataset]
    return session.jobs.submit("train_tokenizer", full, title=f"Train {full.name}", inputs=inputs)
