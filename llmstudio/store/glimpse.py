"""A first look at weights from elsewhere, before anything is imported: what kind, how large, whose licence.

It reads heads and descriptions, never tensors; the import itself judges everything anew.
"""

import json
import re
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from llmstudio.base.errors import UserError
from llmstudio.store import tensorhead

FAMILIES = {"gpt2": "GPT-2", "llama": "Llama", "mistral": "Mistral", "qwen2": "Qwen2", "qwen3": "Qwen3"}
PICKLED = (".bin", ".pt", ".pth", ".ckpt")
KINDS = {
    "huggingface": "Hugging Face folder",
    "gguf": "GGUF file",
    "llama2c": "llama2.c file",
    "torch": "PyTorch file",
}
_MOST_JSON = 4_000_000
_LICENCE = re.compile(r"^licen[cs]e:[ \t]*[\"']?([\w.+-]{1,60})", re.MULTILINE)
_LLAMA2C_WIDTH = 7 * 4


@dataclass(frozen=True)
class Glimpse:
    """What lies there. `fault` says why it cannot be imported, `pickled` that it may carry code; unknown is "" or 0."""

    path: Path
    kind: str
    bytes: int
    family: str = ""
    parameters: int = 0
    dtype: str = ""
    licence: str = ""
    tokenizer: bool = True
    pickled: bool = False
    fault: str = ""
    hint: str = ""
    config: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def title(self) -> str:
        """A name to propose."""
        return self.path.stem if self.path.suffix.lower() in (".gguf", ".safetensors", *PICKLED) else self.path.name


def look(path: Path) -> Glimpse:
    """Look at a folder or file. Raises `UserError` where there is nothing that could be a model."""
    if not path.exists():
        raise UserError(f"There is nothing at {path}.", "Check the path, or name a model of the hub as owner/name.")
    try:
        return _folder(path) if path.is_dir() else _file(path)
    except OSError as error:
        raise UserError(f"{path} cannot be read.", f"The system says: {error.strerror}.") from error


def _folder(path: Path) -> Glimpse:
    weights = sorted(path.glob("*.safetensors"))
    ggufs = sorted(path.glob("*.gguf"))
    if len(ggufs) == 1 and not weights:
        return _gguf(ggufs[0])
    config = _json(path / "config.json")
    pickled = [] if weights else sorted(one for one in path.glob("*.bin") if one.name.startswith("pytorch_model"))
    if not config or not (weights or pickled):
        return _no_model(path, len(ggufs))
    kind = str(config.get("model_type", ""))
    numbers, dtype, fault = _heads(weights)
    known = kind in FAMILIES
    return Glimpse(
        path,
        "huggingface",
        sum(one.stat().st_size for one in (*weights, *pickled)),
        FAMILIES.get(kind, kind[:40]),
        numbers,
        dtype,
        licence_of(path),
        any((path / name).is_file() for name in ("tokenizer.json", "vocab.json")),
        bool(pickled),
        fault or ("" if known else f"Models of the kind {kind[:40] or 'unknown'} are not known here."),
        "Get it again from where it came." if fault else "" if known else f"Known are {', '.join(FAMILIES.values())}.",
        config,
    )


def _no_model(path: Path, ggufs: int) -> Glimpse:
    if ggufs:
        return Glimpse(path, "", 0, fault=f"There are {ggufs} GGUF files in {path.name}.", hint="Choose one of them.")
    hint = "A model folder holds config.json and .safetensors files."
    return Glimpse(path, "", 0, fault=f"{path.name} holds no model.", hint=hint)


def _heads(weights: list[Path]) -> tuple[int, str, str]:
    numbers, dtype = 0, ""
    for path in weights:
        try:
            head = tensorhead.read(path)
        except UserError as error:
            return 0, "", error.message
        if head.cut:
            return 0, "", f"{path.name} is damaged: {tensorhead.cut_words(path)}"
        numbers, dtype = numbers + head.numbers, head.dtype
    return numbers, dtype, ""


def _file(path: Path) -> Glimpse:
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_LLAMA2C_WIDTH)
    if head[:4] == b"GGUF":
        return _gguf(path)
    if path.suffix == ".safetensors" and (path.parent / "config.json").is_file():
        return _folder(path.parent)
    if head[:2] == b"PK" or path.suffix.lower() in (".pt", ".pth", ".ckpt"):
        return Glimpse(path, "torch", size, pickled=True)
    if path.suffix == ".bin" and _is_llama2c(head, size):
        width, _, layers, _, _, vocabulary, _ = struct.unpack("<7i", head)
        shape = {"n_embd": width, "n_layer": layers, "vocab_size": abs(vocabulary)}
        return Glimpse(path, "llama2c", size, "Llama", (size - _LLAMA2C_WIDTH) // 4, "f32", config=shape)
    if path.suffix == ".bin":
        return Glimpse(path, "torch", size, pickled=True)
    fault = f"{path.name} is no model file that is known here."
    return Glimpse(path, "", size, fault=fault, hint="Choose a .gguf file, a model folder, or a .bin or .pt file.")


def _is_llama2c(head: bytes, size: int) -> bool:
    if len(head) < _LLAMA2C_WIDTH:
        return False
    width, hidden, layers, heads, kv_heads, vocabulary, context = struct.unpack("<7i", head)
    values = (width, hidden, layers, heads, kv_heads, abs(vocabulary), context)
    return all(0 < value < 10_000_000 for value in values) and size > 4 * abs(vocabulary) * width


def licence_of(folder: Path) -> str:
    """The licence that the head of a model's README names, or ""."""
    try:
        with (folder / "README.md").open("rb") as file:
            text = file.read(8192).decode("utf-8", "replace")
    except OSError:
        return ""
    found = _LICENCE.search(text) if text.startswith("---") else None
    return found[1] if found else ""


def _json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MOST_JSON:
            return {}
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


# --- the first words of a GGUF file ---------------------------------------------------------------

_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _LIST = 8, 9
_SHORT_LIST = 200
_FILE_TYPES = {
    0: "f32",
    1: "f16",
    2: "q4_0",
    3: "q4_1",
    7: "q8_0",
    8: "q5_0",
    9: "q5_1",
    15: "q4_k",
    18: "q6_k",
    32: "bf16",
}
_LONGEST = 100_000


def _gguf(path: Path) -> Glimpse:
    """The keys at the beginning tell family, licence and type; the vocabulary, a long list, ends the look."""
    with path.open("rb") as file:
        facts = _leading_facts(file)
    family = str(facts.get("general.architecture", ""))
    count = facts.get("general.parameter_count", 0)
    known = family in FAMILIES
    return Glimpse(
        path,
        "gguf",
        path.stat().st_size,
        FAMILIES.get(family, family[:40]),
        count if isinstance(count, int) else 0,
        _FILE_TYPES.get(facts.get("general.file_type", -1), ""),
        str(facts.get("general.license", ""))[:60],
        fault="" if known else f"GGUF models of the kind {family[:40] or 'unknown'} are not known here.",
        hint="" if known else f"Known are {', '.join(FAMILIES.values())}.",
    )


def _leading_facts(file: BinaryIO) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    try:
        magic, _version, _tensors, keys = struct.unpack("<4sIQQ", file.read(24))
        assert magic == b"GGUF"  # whoever calls has looked
        for _ in range(min(keys, 200)):
            name = _text(file)
            (kind,) = struct.unpack("<I", file.read(4))
            if kind != _LIST:
                facts[name] = _value(file, kind)
            elif not _skipped(file):
                break
    except (struct.error, ValueError):
        pass  # what was read so far is what can be told; the import says what is wrong
    return facts


def _value(file: BinaryIO, kind: int) -> Any:
    if kind == _STRING:
        return _text(file)
    form = _SCALARS.get(kind)
    if form is None:
        raise ValueError
    return struct.unpack(form, file.read(struct.calcsize(form)))[0]


def _skipped(file: BinaryIO) -> bool:
    """Pass over a short list; False for a long one."""
    kind, count = struct.unpack("<IQ", file.read(12))
    if count > _SHORT_LIST:
        return False
    for _ in range(count):
        _value(file, kind)
    return True


def _text(file: BinaryIO) -> str:
    (length,) = struct.unpack("<Q", file.read(8))
    if length > _LONGEST:
        raise ValueError
    return file.read(length).decode("utf-8", "replace")
