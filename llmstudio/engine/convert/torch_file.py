"""PyTorch's own files become one safetensors file: `llmstudio unpickle FOLDER FILE...`, in a process of its own.

Such a file is a pickle, which can carry programs. Nothing in it is run: only its list of tensors is read, and a file
that names anything else is refused.
"""

import json
import os
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from llmstudio.base.errors import UserError
from llmstudio.engine.convert import sandbox

OUTPUT = "model.safetensors"
REFUSED, STRUCK = 3, 4  # exit statuses: a sentence was told; something forbidden was tried
SECONDS = 120
BYTES_A_SECOND = 50_000_000
SAFER = "Get the .safetensors version of this model."
_INSIDE = ("state_dict", "model_state_dict", "model", "module")
_WRAPPED = re.compile(r"^(?:_orig_mod\.|module\.)+")
_MOST_ENTRIES = 200_000


def allowance(size: int) -> int:
    """Seconds in which files of `size` bytes have to be read."""
    return SECONDS + size // BYTES_A_SECOND


def check_container(path: Path) -> int:
    """Bytes of a file whose outside is that of PyTorch's present format; UserError for any other."""
    size = path.stat().st_size
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        with path.open("rb") as file:
            old = file.read(1) == b"\x80"
        what = "is in PyTorch's old format, which cannot be read safely" if old else "is damaged, or no PyTorch file"
        raise UserError(f"{path.name} {what}.", SAFER) from error
    if len(entries) > _MOST_ENTRIES or any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise UserError(f"{path.name} is packed in a way that PyTorch does not pack.", SAFER)
    if sum(entry.file_size for entry in entries) > size or not any(_is_list(entry.filename) for entry in entries):
        raise UserError(f"{path.name} is damaged: its list of contents lies.", SAFER)
    return size


def _is_list(name: str) -> bool:
    return name.endswith("/data.pkl") and name.count("/") == 1


def main(arguments: list[str]) -> int:
    """The child: turn files into FOLDER/model.safetensors. What is wrong goes to stdout as one JSON line."""
    sandbox.leave_network()
    folder, files = Path(arguments[0]), [Path(name) for name in arguments[1:]]
    try:
        size = sum(check_container(path) for path in files)
        _convert(folder, files, size)
    except UserError as error:
        _tell({"message": error.message, "hint": error.hint})
        return REFUSED
    except MemoryError:
        _tell({"message": "The PyTorch file needs more memory than it should.", "hint": SAFER})
        return REFUSED
    return 0


def _tell(words: Mapping[str, str]) -> None:
    os.write(1, (json.dumps(words) + "\n").encode("ascii"))


def _convert(folder: Path, files: list[Path], size: int) -> None:
    import torch  # after the network was left: torch starts threads

    from llmstudio.engine.convert import tensorfile

    torch.set_num_threads(1)
    torch.zeros(8).add_(1)  # whatever is loaded at first use is loaded now
    sandbox.limit(size, allowance(size))
    sandbox.refuse_deeds(folder, lambda event: _tell({"message": f"The PyTorch file tried to do {event}."}))
    tensors: dict[str, Any] = {}
    for path in files:
        for name, tensor in state_of(path).items():
            if name in tensors:
                raise UserError(f"The tensor {tensorfile.shown(name)} stands in two files.", SAFER)
            tensors[name] = tensor
    if sum(tensor.numel() * tensor.element_size() for tensor in tensors.values()) > 3 * size:
        raise UserError("The PyTorch file claims more numbers than it holds.", SAFER)
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    for _ in tensorfile.write(folder / OUTPUT, shapes, iter(tensors.items())):
        pass


def state_of(path: Path) -> dict[str, Any]:
    """The tensors of floats in a file by name."""
    found = dict(_floats(_loaded(path)))
    if not found:
        raise UserError(f"{path.name} holds no weights.", SAFER)
    return found


def _loaded(path: Path) -> Any:
    import torch

    try:
        strange = torch.serialization.get_unsafe_globals_in_checkpoint(str(path))
        if strange:
            names = ", ".join(ascii(name)[1:-1][:60] for name in strange[:3])
            raise UserError(f"{path.name} carries code ({names}). It was not run, and nothing was imported.", SAFER)
        return torch.load(str(path), weights_only=True, map_location="cpu", mmap=True)
    except (UserError, MemoryError):
        raise
    except Exception as error:
        raise UserError(f"{path.name} is damaged, or holds more than weights.", SAFER) from error


def _floats(loaded: Any) -> Iterator[tuple[str, Any]]:
    import torch

    table = loaded
    for key in _INSIDE:
        inner = table.get(key) if isinstance(table, Mapping) else None
        if isinstance(inner, Mapping):
            table = inner
    for name, tensor in table.items() if isinstance(table, Mapping) else ():
        if not isinstance(name, str) or not isinstance(tensor, torch.Tensor):
            continue
        if tensor.layout != torch.strided or tensor.is_quantized or tensor.device.type != "cpu":
            raise UserError("The PyTorch file keeps its weights packed in a way of its own.", SAFER)
        if tensor.is_floating_point() and tensor.element_size() > 1:
            yield _WRAPPED.sub("", name), tensor
