"""A folder as Hugging Face's programs write it: config.json, weights in safetensors files, a tokenizer."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from torch import Tensor

from llmstudio.base.errors import UserError
from llmstudio.config.model import ModelConfig
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.engine.convert import families, sidefiles, tensorfile
from llmstudio.engine.convert.foldertokenizer import FolderTokenizer
from llmstudio.engine.convert.names import TITLES, Family, pieces
from llmstudio.engine.convert.tensorfile import AGAIN, Entry, listed, shown

Check = Callable[[], None]
Unpickle = Callable[[Sequence[Path]], Path]
INDEX = "model.safetensors.index.json"
PICKLED = ("pytorch_model.bin", "pytorch_model.bin.index.json")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
_SHARD = re.compile(r"(.+)-(\d{5})-of-(\d{5})\.(safetensors|bin)")
# Buffers that older versions wrote among the weights, and that say nothing new.
_NEEDLESS = re.compile(
    r"(transformer\.)?h\.\d+\.attn\.(masked_)?bias|(model\.)?(layers\.\d+\.self_attn\.)?rotary_emb\.inv_freq"
)
_PREFIX = {"gpt2": "transformer."}


class HuggingFaceFolder:
    """See `source.Source`. Opening it reads descriptions and headers only; nothing of them is taken on trust.

    `chosen` is the file of weights to take where the folder holds several that are not parts of one whole.
    """

    def __init__(
        self,
        folder: Path,
        check: Check = lambda: None,
        unpickle: Unpickle | None = None,
        chosen: Path | None = None,
    ) -> None:
        self.folder, self._check = folder, check
        self.config: ModelConfig
        self.family: Family
        self.config, self.family, self.notes = families.config_from_huggingface(_description(folder))
        alone = chosen is not None and not _SHARD.fullmatch(chosen.name)
        files = _one(chosen, unpickle) if chosen and alone else weight_files(folder, unpickle)
        self._entries = self._matched(_entries(files))
        self.dtype = tensorfile.dtype_of(_counts(self._entries))
        self.licence = sidefiles.licence(folder)
        self.origin: dict[str, Any] = {"kind": "huggingface", "name": folder.resolve().name}
        if len(files) == 1 and files[0].parent == folder:
            self.origin["file"] = files[0].name
        self._side = FolderTokenizer(folder, self.family)

    def tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Every tensor under our name, read one by one in its own type."""

        def get(name: str) -> Tensor:
            return tensorfile.read(self._entries[name], self._check)

        return families.to_studio(self.config, self.family, get)

    def tokenizer(self) -> Tokenizer | None:
        """The tokenizer of the folder; None where it has none."""
        return self._tokenizer

    @cached_property
    def _tokenizer(self) -> Tokenizer | None:
        return self._side.read()

    @cached_property
    def chat(self) -> dict[str, Any] | None:
        """How conversations are written; None for a model that only continues texts."""
        return self._side.chat(self._tokenizer) if self._tokenizer is not None else None

    def _matched(self, found: dict[str, Entry]) -> dict[str, Entry]:
        """The tensors that the model needs, by the names of its family; UserError names all that do not fit."""
        needed = {name: shape for piece in pieces(self.config, self.family) for name, shape in
                  zip(piece.theirs, piece.shapes, strict=True)}  # fmt: skip
        found = self._prefixed(found)
        missing = [name for name in needed if name not in found]
        if missing:
            told = f"{len(missing):,} of {len(needed):,} tensors are missing: {listed(missing)}"
            raise UserError(f"This model is not complete. {told}.", AGAIN, location=listed(missing, 999))
        wrong = [name for name, shape in needed.items() if found[name].shape != shape]
        if wrong:
            due, seen = needed[wrong[0]], found[wrong[0]].shape
            words = f"{shown(wrong[0])} is {_by(seen)}, not {_by(due)}"
            more = f"; also {listed(wrong[1:])}" if wrong[1:] else ""
            told = f"The weights do not fit the description of the model: {words}{more}."
            raise UserError(told, AGAIN, location=listed(wrong, 999))
        extra = [name for name in found if name not in needed and not _NEEDLESS.fullmatch(name)]
        if self.config.tied:
            extra = [name for name in extra if name != "lm_head.weight"]
        if extra:
            raise UserError(
                f"This model has tensors that a {TITLES[self.family]} does not have: {listed(extra)}.",
                "Choose another model: this one computes something else.",
            )
        return {name: found[name] for name in needed}

    def _prefixed(self, found: dict[str, Entry]) -> dict[str, Entry]:
        """Names with the prefix of a whole model, which those of a bare one lack."""
        prefix = _PREFIX.get(self.family, "model.")
        if any(name.startswith(prefix) for name in found):
            return found
        return {name if name.startswith("lm_head.") else prefix + name: entry for name, entry in found.items()}


def _description(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    if not path.is_file():
        raise UserError(f"{folder.name} has no config.json, which says what the model is.", AGAIN)
    return sidefiles.table(path)


# --- files ----------------------------------------------------------------------------------------


def weight_files(folder: Path, unpickle: Unpickle | None) -> list[Path]:
    """The safetensors files of a folder; its PyTorch files are turned into one by `unpickle` (None: refused)."""
    for index, single, pattern in (
        (INDEX, "model.safetensors", "*.safetensors"),
        (PICKLED[1], PICKLED[0], "pytorch_model*.bin"),
    ):
        found = _found(folder, index, single, pattern)
        if found:
            return found if pattern == "*.safetensors" else [_unpickled(found, unpickle)]
    raise UserError(f"There are no weights in {folder.name}.", "Put its model.safetensors into the folder.")


def _one(path: Path, unpickle: Unpickle | None) -> list[Path]:
    with path.open("rb") as file:
        pickled = file.read(9)[8:9] != b"{"
    return [_unpickled([path], unpickle)] if pickled else [path]


def _found(folder: Path, index: str, single: str, pattern: str) -> list[Path]:
    if (folder / index).is_file():
        return _indexed(folder, index)
    if (folder / single).is_file():
        return [folder / single]
    shards = [path for path in sorted(folder.glob(pattern)) if path.is_file()]
    _refuse_gaps(shards)
    return shards


def _indexed(folder: Path, index: str) -> list[Path]:
    """The files that an index names: plain names of files beside it, nothing else."""
    names = sidefiles.table(folder / index, sidefiles.LARGEST_INDEX).get("weight_map")
    if not isinstance(names, dict) or not names:
        raise UserError(f"{index} is damaged: it names no files.", AGAIN)
    files = sorted({name if isinstance(name, str) else "" for name in names.values()})
    ending = ".safetensors" if index == INDEX else ".bin"
    bad = next((name for name in files if not _FILE.fullmatch(name) or not name.endswith(ending)), None)
    if bad is not None:
        raise UserError(f"{index} names “{shown(bad)}”, which is no file beside it.", AGAIN)
    _refuse_missing([name for name in files if not (folder / name).is_file()])
    return [folder / name for name in files]


def _refuse_missing(names: list[str]) -> None:
    if names:
        more = f" and {len(names) - 6} more" if len(names) > 6 else ""
        raise UserError(f"Files of the model are missing: {', '.join(names[:6])}{more}.", AGAIN)


def _refuse_gaps(files: list[Path]) -> None:
    """Files numbered 1 of 3 to 3 of 3 have to be there all."""
    there = {path.name for path in files}
    for found in (_SHARD.fullmatch(name) for name in sorted(there)):
        if found:
            due = [f"{found[1]}-{number:05d}-of-{found[3]}.{found[4]}" for number in range(1, int(found[3]) + 1)]
            _refuse_missing([name for name in due if name not in there])


def _unpickled(files: list[Path], unpickle: Unpickle | None) -> Path:
    if unpickle is None:
        raise UserError(
            "These weights are PyTorch files, which can carry programs.",
            "Choose the .safetensors version, or switch on reading PyTorch files (--trust-pickle).",
            field="trust_pickle",
        )
    return unpickle(files)


def _entries(files: list[Path]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for path in files:
        for name, entry in tensorfile.entries(path).items():
            if name in found:
                raise UserError(f"The tensor {shown(name)} stands in two files.", AGAIN)
            found[name] = entry
    return found


def _counts(entries: dict[str, Entry]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entry in entries.values():
        if entry.type not in tensorfile.FLOATS:
            raise tensorfile.unreadable(entry)
        counts[entry.type] = counts.get(entry.type, 0) + entry.size // tensorfile.FLOATS[entry.type].itemsize
    return counts


def _by(shape: tuple[int, ...]) -> str:
    return " by ".join(f"{number:,}" for number in shape) or "one number"
