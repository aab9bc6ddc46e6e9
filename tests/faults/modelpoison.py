"""R7: ways to spoil a model before its import: headers, descriptions, tokenizers, indexes, GGUF, and plain damage."""

import json
import random
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from llmstudio.base.errors import UserError
from llmstudio.config.importing import ImportModelConfig
from llmstudio.jobs.job import Job
from llmstudio.store import catalog
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import import_model
from tests.data.fake_context import FakeContext
from tests.engine.convert.damage import harm
from tests.faults import fuzzing
from tests.faults.row import Row

SLACK = 96 << 20
"""Bytes that any import takes, beside twice the file."""
PIECES = 320
HOSTILE: tuple[Any, ...] = (
    -1, 0, 1, 2, 7, 10**30, -(10**30), 1 << 31, 1 << 63, 1.5, 1e308, float("nan"), float("inf"), True, False, None, "",
    "x" * 100_000, "../../etc/passwd", "/etc/passwd", "C:\\windows", "\0", "\ud800", "<b>bold</b>", "{{ 1/0 }}", [], {},
    [[]], [1, 2, 3], {"a": {"b": {}}}, ["../x"] * 50,
)  # fmt: skip
Spoil = Callable[[Path, random.Random], None]


def make_sound(shared: Path) -> None:
    """The models that are spoiled: a folder as transformers writes it, and a GGUF file."""
    from tests.engine.convert import foreign, tiny_gguf  # transformers: not needed in the children
    from tests.engine.convert.test_foldertokenizer import folder_with

    folder = shared / "folder"
    foreign.model("llama3", vocab_size=PIECES).save_pretrained(folder)
    folder_with(folder, ["<|endoftext|>", "<|im_end|>"], eos_token="<|im_end|>", chat_template="{{ messages }}")
    (shared / "gguf").mkdir()
    tiny_gguf.write(shared / "gguf" / "model.gguf")


# --- ways to spoil --------------------------------------------------------------------------------


def spoiled_value(value: Any, chance: random.Random) -> Any:
    """The same with one part replaced, removed, doubled or renamed, somewhere inside."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        changed = dict(value)
        match chance.randrange(8):
            case 0:
                del changed[key]
            case 1:
                changed[str(chance.choice(HOSTILE))[:200]] = changed.pop(key)
            case _:
                changed[key] = spoiled_value(value[key], chance)
        return changed
    if isinstance(value, list) and value and chance.random() < 0.8:
        at = chance.randrange(len(value))
        return [*value[:at], spoiled_value(value[at], chance), *value[at + chance.randrange(2) :]]
    return chance.choice(HOSTILE)


def _json(path: Path, chance: random.Random) -> None:
    value = json.loads(path.read_text())
    for _ in range(chance.choice((1, 1, 2, 5))):
        value = spoiled_value(value, chance)
    path.write_text(json.dumps(value, ensure_ascii=True))


def spoil_header(folder: Path, chance: random.Random) -> None:
    """The header of the weights: its length, or anything inside."""
    path = folder / "model.safetensors"
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header, rest = json.loads(data[8 : 8 + length]), data[8 + length :]
    if chance.random() < 0.25:
        claimed = chance.choice((0, 1, length - 1, length + 1, 1 << 20, 1 << 40, (1 << 64) - 1))
        path.write_bytes(struct.pack("<Q", claimed) + data[8:])
        return
    name = chance.choice([key for key in header if key != "__metadata__"])
    fact = chance.choice(("shape", "data_offsets", "dtype"))
    words: dict[str, list[Any]] = {
        "shape": [[1 << 40, 1 << 40], [-1, 3], [], [0], [1] * 5000, [2**62, 8]],
        "data_offsets": [[0, 1 << 60], [-8, 8], [8, 0], [0, 0], [1 << 64, 1 << 65], [0]],
        "dtype": ["F64", "I8", "BOOL", "F4", "", "F32" * 1000],
    }
    new = chance.choice(words[fact]) if chance.random() < 0.7 else chance.choice(HOSTILE)
    header[name] = {**header[name], fact: new}
    text = json.dumps(header).encode()
    if chance.random() < 0.1:
        text = b'{"a":' * 20_000 + text
    path.write_bytes(struct.pack("<Q", len(text)) + text + rest)


def spoil_description(folder: Path, chance: random.Random) -> None:
    """config.json."""
    _json(folder / "config.json", chance)


def spoil_tokenizer(folder: Path, chance: random.Random) -> None:
    """tokenizer.json or its settings, or a pattern that takes for ever."""
    if chance.random() < 0.1:
        path = folder / "tokenizer.json"
        pattern = chance.choice(("(a+)+$", "(.*)*x", "([a-zA-Z]+)*\\d", "(", "\\p{L" * 50))
        split = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
        path.write_text(json.dumps({**json.loads(path.read_text()), "pre_tokenizer": split}))
        return
    _json(folder / chance.choice(("tokenizer.json", "tokenizer.json", "tokenizer_config.json")), chance)


def spoil_index(folder: Path, chance: random.Random) -> None:
    """A list of the files that hold the weights, which points elsewhere."""
    names = ("../outside.safetensors", "/etc/passwd", "model.safetensors", "missing.safetensors", "con", "a\0b", "")
    weights = {f"tensor{number}": chance.choice(names) for number in range(5)}
    value: Any = {"metadata": {"total_size": chance.choice(HOSTILE[:8])}, "weight_map": weights}
    (folder / "model.safetensors").rename(folder / "outside.safetensors")
    (folder / "model.safetensors.index.json").write_text(json.dumps(value if chance.random() < 0.8 else [value]))


def spoil_anything(folder: Path, chance: random.Random) -> None:
    """What happens to files on a bad disk."""
    harm(chance.choice(sorted(path for path in folder.iterdir() if path.stat().st_size)), chance)


def spoil_gguf(folder: Path, chance: random.Random) -> None:
    """A GGUF file's head: counts, lengths, types; or its end."""
    path = folder / "model.gguf"
    data = bytearray(path.read_bytes())
    for _ in range(chance.choice((1, 1, 3))):
        at = chance.choice((4, 8, 16, chance.randrange(24, min(len(data), 12_000)), chance.randrange(len(data))))
        word = chance.choice((b"\xff" * 8, b"\0" * 8, struct.pack("<Q", 1 << 40), struct.pack("<I", 9), b"\x7f"))
        data[at : at + len(word)] = word
    path.write_bytes(data[: chance.randrange(len(data))] if chance.random() < 0.1 else data)


FOLDER_WAYS: tuple[Spoil, ...] = (
    spoil_header, spoil_header, spoil_description, spoil_description, spoil_tokenizer, spoil_tokenizer, spoil_index,
    spoil_anything, spoil_anything,
)  # fmt: skip


# --- trying ---------------------------------------------------------------------------------------


def attempt(sound: Path, spoil: Spoil, seed: int, folder: Path) -> fuzzing.Outcome:
    """Spoil a copy and import it; what came of it."""
    workspace, model = Workspace.open(folder / "workspace"), folder / "model"
    shutil.copytree(sound, model)
    spoil(model, random.Random(seed))
    before = _content(folder)
    size = sum(path.stat().st_size for path in model.iterdir())
    context: Any = FakeContext(workspace)
    context.folder = workspace.runs / "run"
    config = ImportModelConfig(path=str(model), name="spoiled")
    job = Job(id="run", kind="import_model", title="m", config=config.model_dump(), inputs=(), created="")
    try:
        import_model.run(job, context)
    except UserError as error:
        left = sorted(path.name for path in workspace.models.iterdir())
        return fuzzing.refusal(error) | {"left": left, "outside": _content(folder) != before, "size": size}
    kept = catalog.find(workspace, "model", "spoiled")
    return {"same": catalog.verify(kept) == [], "outside": _content(folder) != before, "size": size}


def _content(folder: Path) -> list[tuple[str, int]]:
    """Everything but the workspace."""
    inside = (path for path in folder.rglob("*") if "workspace" not in path.relative_to(folder).parts)
    return sorted((str(path.relative_to(folder)), path.lstat().st_size) for path in inside)


def tries(count: int, seed: int, shared: Path) -> list[fuzzing.Try]:
    """Two thirds folders, a third GGUF files."""
    found = []
    for number in range(count):
        way, kind = (spoil_gguf, "gguf") if number % 3 == 2 else (FOLDER_WAYS[number % len(FOLDER_WAYS)], "folder")
        at = seed * 1_000_003 + number

        def go(folder: Path, way: Spoil = way, at: int = at, sound: Path = shared / kind) -> fuzzing.Outcome:
            return attempt(sound, way, at, folder)

        found.append(fuzzing.Try(way.__name__, {"seed": at}, go))
    return found


def trials(count: int, seed: int, folder: Path) -> Row:
    """`count` spoiled models."""
    make_sound(folder)
    return fuzzing.judged("R7 models", "modelpoison", count, seed, folder, memory=SLACK)


if __name__ == "__main__":
    fuzzing.main(tries, trials)
