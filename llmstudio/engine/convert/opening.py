"""Looks at what a folder or file holds, whatever it is called, and picks the reader for it."""

from collections.abc import Callable
from pathlib import Path

from llmstudio.base.errors import UserError
from llmstudio.engine.convert import llama2c, sidefiles
from llmstudio.engine.convert.gguf_source import GgufSource
from llmstudio.engine.convert.huggingface import HuggingFaceFolder, Unpickle
from llmstudio.engine.convert.llama2c import Llama2cFile
from llmstudio.engine.convert.source import Source

HINT = (
    "Choose a Hugging Face folder, a .gguf file, a llama2.c .bin file, or a .safetensors or PyTorch file of a folder."
)
CACHED = "models--"  # how the folders of Hugging Face's cache begin
_ZIP, _PICKLE = b"PK\x03\x04", b"\x80"


def open_source(path: Path, check: Callable[[], None] = lambda: None, unpickle: Unpickle | None = None) -> Source:
    """The model in a folder or file, its description and all headers checked. UserError says what is wrong.

    `check` is called while large files are read and may raise to stop. `unpickle` turns PyTorch files into a
    safetensors file without running what they may carry; None: they are refused.
    """
    if path.is_dir():
        return _folder(path, check, unpickle)
    if not path.exists():
        raise UserError(
            f"There is no {path}.", "Check the path, or write owner/name for a model on the hub.", field="path"
        )
    if not path.is_file():
        raise UserError(f"{path.name} is neither a file nor a folder.", HINT, field="path")
    return _file(path, check, unpickle)


def _folder(path: Path, check: Callable[[], None], unpickle: Unpickle | None) -> Source:
    if (path / "config.json").is_file():
        return HuggingFaceFolder(path, check, unpickle)
    if path.name.startswith(CACHED) and (path / "snapshots").is_dir():
        return _cached(path, check, unpickle)
    packed = sorted(path.glob("*.gguf"))
    if len(packed) == 1:
        return GgufSource(packed[0], check)
    if packed:
        names = ", ".join(one.name for one in packed[:4])
        raise UserError(f"{path.name} holds {len(packed)} models: {names}.", "Choose one of these files.", field="path")
    if any(path.glob("*.safetensors")) or any(path.glob("pytorch_model*.bin")):
        return HuggingFaceFolder(path, check, unpickle)  # says that config.json is missing
    raise UserError(f"There is no model in {path.name}.", HINT, field="path")


def _cached(path: Path, check: Callable[[], None], unpickle: Unpickle | None) -> Source:
    """The version that Hugging Face's programs last downloaded, in the cache they keep."""
    found = sorted(one for one in (path / "snapshots").iterdir() if one.is_dir())
    main = path / "refs" / "main"
    named = sidefiles.text(main, 1000).strip() if main.is_file() else ""
    chosen = next((one for one in found if one.name == named), found[0] if len(found) == 1 else None)
    if chosen is None:
        raise UserError(f"{path.name} holds {len(found)} versions.", "Choose the folder of one of them.", field="path")
    source = open_source(chosen, check, unpickle)
    name = path.name.removeprefix(CACHED).replace("--", "/")
    source.origin |= {"name": name, "revision": chosen.name}
    return source


def _file(path: Path, check: Callable[[], None], unpickle: Unpickle | None) -> Source:
    try:
        with path.open("rb") as file:
            begin = file.read(64)
    except OSError as error:
        raise UserError(f"{path.name} cannot be read.", f"The system says: {error.strerror}.", field="path") from error
    if begin[:4] == b"GGUF":
        return GgufSource(path, check)
    if begin[:1] == b"{":  # a description or an index
        return HuggingFaceFolder(path.parent, check, unpickle)
    if begin[:4] == _ZIP or begin[8:9] == b"{" or begin[:1] == _PICKLE:
        return HuggingFaceFolder(path.parent, check, unpickle, path)
    if llama2c.looks_like(path):
        return Llama2cFile(path, check)
    raise UserError(f"{path.name} is no model that LLM Studio knows.", HINT, field="path")
