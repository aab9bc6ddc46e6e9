"""A GGUF file as a source of a model: its shape and tokenizer checked first, its tensors read one by one."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from llmstudio.base.errors import UserError
from llmstudio.config.model import ModelConfig
from llmstudio.data.tokenizers.huggingface import HuggingFaceTokenizer
from llmstudio.engine.convert import families, gguf_header, gguf_names, gguf_quants, gguf_shape, gguf_tokenizer
from llmstudio.engine.convert.gguf_header import Entry, Header, damaged
from llmstudio.engine.convert.gguf_names import SLOWED, Slot
from llmstudio.engine.convert.names import Family
from llmstudio.engine.convert.tensorfile import listed

CHUNK = 1 << 22  # numbers unpacked at a time
TYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}
Check = Callable[[], None]


class GgufSource:
    """See `source.Source`. Opening it reads the header only; nothing of it is taken on trust."""

    def __init__(self, path: Path, check: Check = lambda: None) -> None:
        self.path, self._check = path, check
        self._header = header = gguf_header.read(path)
        self.family: Family = gguf_shape.family_of(header)
        self.notes: list[str] = []
        self.config = self._shape(gguf_shape.read_shape(header))
        self._slots = list(gguf_names.slots(self.config, self.family))
        self._compare()
        self.dtype = _most_common(header)
        self._vocabulary = gguf_tokenizer.read(header, self.config.vocab_size)
        self.notes += self._vocabulary.notes if self._vocabulary else []
        self.chat: dict[str, Any] | None = gguf_tokenizer.chat(header)
        if self.chat is None and header.text("tokenizer.chat_template").strip():
            self.notes.append("Its chat template is longer than 64 KiB and was left out.")
        self.licence = header.text("general.license")[:200]
        name = header.text("general.name").strip()[:120] or path.stem
        self.origin: dict[str, Any] = {"kind": "gguf", "name": name, "file": path.name}
        self._note_packing()

    def tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Every tensor under our name; packed ones come as float32, the others in their own type."""
        parts: list[Tensor] = []
        for slot, after in zip(self._slots, [*self._slots[1:], None], strict=True):
            parts.append(self._part(slot))
            if after is None or after.ours != slot.ours:
                yield slot.ours, _joined(parts)
                parts = []

    def tokenizer(self) -> HuggingFaceTokenizer | None:
        """The tokenizer in the file; None where there is none."""
        found = self._vocabulary
        return HuggingFaceTokenizer(self.path.stem, found.json, end_id=found.end_id) if found else None

    def _shape(self, config: ModelConfig) -> ModelConfig:
        header = self._header
        window = header.whole(f"{header.architecture}.attention.sliding_window", 0)
        context = header.whole(f"{header.architecture}.context_length")
        if config.block_size < context:
            self.notes.append(
                f"It looks back {window:,} tokens at a time, so its context is {window:,} tokens here, not {context:,}."
            )
        config = self._untwinned(config)
        if SLOWED in header.tensors:
            config = self._slowed(config)
        reason = families.unfit(config, self.family)
        if reason:
            raise UserError(f"{self.path.name} cannot be run here: {reason}.", gguf_shape.OTHER_HINT)
        return config

    def _untwinned(self, config: ModelConfig) -> ModelConfig:
        """Some files of GPT-2 hold the embedding twice, the second time as the output."""
        first, second = (self._header.tensors.get(name) for name in ("token_embd.weight", "output.weight"))
        if self.family != "gpt2" or first is None or second is None:
            return config
        if (first.packing, first.shape) != (second.packing, second.shape):
            return config
        pairs = zip(self._blocks(first), self._blocks(second), strict=True)
        same = all(np.array_equal(one, other) for one, other in pairs)
        return config.model_copy(update={"tied": True}) if same else config

    def _slowed(self, config: ModelConfig) -> ModelConfig:
        entry = self._header.tensors[SLOWED]
        sound = entry.packing.name == "f32" and entry.shape == (config.head_width // 2,)
        found = gguf_shape.slowed(config, self._read(entry)) if sound and config.position == "rope" else None
        if found is None:
            raise UserError(f"{self.path.name} slows its rotations in a way unknown here.", gguf_shape.OTHER_HINT)
        return found

    def _compare(self) -> None:
        """Every tensor of the shape has to be there, with the shape it should have, and no other."""
        tensors = self._header.tensors
        missing = [slot.name for slot in self._slots if slot.name not in tensors]
        if missing:
            raise UserError(f"{self.path.name} lacks {listed(missing)}.", gguf_header.HINT)
        for slot in self._slots:
            if tensors[slot.name].shape != slot.shape:
                found, due = (" x ".join(map(str, shape)) for shape in (tensors[slot.name].shape, slot.shape))
                raise damaged(self.path, f"{slot.name} is {found} numbers, not {due}")
        known = {slot.name for slot in self._slots} | {SLOWED, "output.weight"}
        others = [name for name in tensors if name not in known]
        if others:
            raise UserError(
                f"{self.path.name} holds tensors that its architecture does not have: {listed(others, 4)}.",
                gguf_shape.OTHER_HINT,
            )

    def _part(self, slot: Slot) -> Tensor:
        tensor = self._read(self._header.tensors[slot.name])
        return gguf_names.to_halves(tensor, slot.heads) if slot.heads else tensor

    def _read(self, entry: Entry) -> Tensor:
        name = entry.packing.name
        plain = name in TYPES
        whole = np.empty(entry.size if plain else 4 * entry.count, dtype=np.uint8)
        done = 0
        for blocks in self._blocks(entry):
            part = blocks if plain else gguf_quants.unpack(name, blocks).view(np.uint8)
            whole[done : done + len(part)] = part
            done += len(part)
        return torch.from_numpy(whole).view(TYPES[name] if plain else torch.float32).reshape(entry.shape)

    def _blocks(self, entry: Entry) -> Iterator[gguf_quants.Bytes]:
        """The bytes of a tensor in runs of whole blocks."""
        step = CHUNK // entry.packing.block * entry.packing.bytes
        try:
            with self.path.open("rb") as file:
                for place in range(entry.start, entry.start + entry.size, step):
                    self._check()
                    file.seek(place)
                    wanted = min(step, entry.start + entry.size - place)
                    data = bytearray(wanted)
                    if file.readinto(data) != wanted:
                        raise damaged(self.path, "it grew shorter while it was read")
                    yield np.frombuffer(data, dtype=np.uint8)
        except OSError as error:
            raise UserError(f"{self.path} cannot be read.", f"The system says: {error.strerror}.") from error

    def _note_packing(self) -> None:
        packed = {entry.packing.name.upper() for entry in self._header.tensors.values() if entry.packing.block > 1}
        if packed:
            types = " and ".join(sorted(packed))
            self.notes.append(f"Its weights were packed as {types}; they are kept unpacked, at 32 bit.")


def _joined(parts: list[Tensor]) -> Tensor:
    if len({part.dtype for part in parts}) > 1:
        parts = [part.float() for part in parts]
    return torch.cat(parts) if len(parts) > 1 else parts[0].contiguous()


def _most_common(header: Header) -> str:
    """The type most of the numbers have once they are unpacked."""
    counts: dict[str, int] = {}
    for entry in header.tensors.values():
        name = entry.packing.name if entry.packing.name in TYPES else "f32"
        counts[name] = counts.get(name, 0) + entry.count
    return max(counts, key=lambda name: counts[name])
