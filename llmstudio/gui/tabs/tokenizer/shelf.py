"""The tokenizers there are, in words, and loaded once each; safe to use from several threads. It knows no window."""

from dataclasses import dataclass
from threading import Lock

from llmstudio.base import files, units
from llmstudio.base.errors import UserError
from llmstudio.data.tokenizers import byte, char, gpt2, load
from llmstudio.data.tokenizers.base import STUDIO_FILE, TOKENIZER_FILE, Tokenizer
from llmstudio.store import catalog
from llmstudio.store.catalog import Kept
from llmstudio.store.workspace import Workspace

CHARACTERS = char.NAME
KINDS = {
    "gpt2": "Byte pairs",
    "bpe": "Byte pairs",
    "unigram": "Unigram",
    "wordpiece": "WordPiece",
    "char": "Characters",
    "byte": "Bytes",
    "word": "Words",
    "huggingface": "From a tokenizer.json",
}
_BUILT_IN = (
    (gpt2.NAME, "GPT-2", "gpt2", 50_257),
    (byte.NAME, "Bytes", "byte", 257),
)


@dataclass(frozen=True)
class Choice:
    """A tokenizer that can be chosen; `kept` is None for those that are always there."""

    name: str
    title: str
    kind: str
    size: int | None
    kept: Kept | None = None

    @property
    def note(self) -> str:
        """What it is, in a few words."""
        if self.name == CHARACTERS:
            return "One id for each character of this text"
        kind = KINDS.get(self.kind, self.kind)
        return f"{kind}, {units.number(self.size)} ids" if self.size else kind

    @property
    def merges(self) -> bool:
        """Whether it works by joining bytes, so that a joining tree can be drawn."""
        return self.kind in ("gpt2", "bpe")


class Shelf:
    """Lists and loads. A kept tokenizer is read again when its file has changed."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._loaded: dict[tuple[str, int], Tokenizer] = {}
        self._lock = Lock()

    def choices(self) -> list[Choice]:
        """Kept ones, newest first, then those that are always there. Reads the disk."""
        kept = [self._choice(found) for found in catalog.list_kept(self.workspace, "tokenizer")]
        built_in = [Choice(*facts) for facts in _BUILT_IN]
        return [*kept, *built_in, Choice(CHARACTERS, "Characters", "char", None)]

    def load(self, name: str, text: str = "") -> Tokenizer:
        """The tokenizer of a name; `characters` is made from `text`. Reads the disk; raises UserError."""
        if name == CHARACTERS:
            return char.from_documents([[text or " "]], CHARACTERS)
        key = (name, self._stamp(name))
        with self._lock:
            if key not in self._loaded:
                self._loaded[key] = load.load(self.workspace.tokenizers, name)
            return self._loaded[key]

    def _stamp(self, name: str) -> int:
        path = self.workspace.tokenizers / name / TOKENIZER_FILE
        return path.stat().st_mtime_ns if path.is_file() else 0

    def _choice(self, kept: Kept) -> Choice:
        try:
            facts = files.read_json(kept.path / STUDIO_FILE)
            kind, size = str(facts["kind"]), int(facts["vocab_size"])
        except (UserError, KeyError, TypeError, ValueError):
            kind, size = str(kept.manifest.get("tokenizer_kind", "huggingface")), 0
        return Choice(kept.id, kept.title, kind, size, kept)
