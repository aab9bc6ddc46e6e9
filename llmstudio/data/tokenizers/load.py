"""Finds tokenizers by name: the built-in ones, and the kept ones by id or title."""

import json
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from llmstudio.base import files
from llmstudio.base.errors import UserError
from llmstudio.data.tokenizers import bpe, byte, char, gpt2, huggingface, word
from llmstudio.data.tokenizers.base import STUDIO_FILE, TOKENIZER_FILE, Tokenizer

BUILT_IN = (gpt2.NAME, byte.NAME)
_MANIFEST = "manifest.json"
_LARGEST_FILE = 256 * 1024 * 1024


def load(folder: Path, name: str) -> Tokenizer:
    """The tokenizer called `name`: gpt2, bytes, or one kept in `folder` (a workspace's tokenizers).

    Raises UserError that names near matches.
    """
    if name == gpt2.NAME:
        return gpt2.load()
    if name in (byte.NAME, "byte"):
        return byte.ByteTokenizer()
    kept = _kept(folder)
    for path, title in kept:
        if name in (path.name, title) or name.casefold() == title.casefold():
            return load_folder(path, path.name)
    known = [*BUILT_IN, *(word for path, title in kept for word in (path.name, title) if word)]
    near = tuple(dict.fromkeys(get_close_matches(name, known, n=3, cutoff=0.5)))
    hint = f"Near it: {', '.join(near)}." if near else f"Choose {' or '.join(BUILT_IN)}, or train one."
    raise UserError(f"There is no tokenizer called {name}.", hint, field="tokenizer", candidates=near)


def _kept(folder: Path) -> list[tuple[Path, str]]:
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    return [(path, _title(path)) for path in paths if (path / TOKENIZER_FILE).is_file() and path.name[0] != "."]


def _title(folder: Path) -> str:
    try:
        return str(json.loads((folder / _MANIFEST).read_bytes()).get("title", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def load_folder(folder: Path, name: str = "") -> Tokenizer:
    """The tokenizer of a folder that holds tokenizer.json and studio_tokenizer.json, such as a model's.

    `name` replaces the one it was saved under. Raises UserError if a file is missing or damaged.
    """
    facts = files.read_json(folder / STUDIO_FILE)
    if not isinstance(facts, dict) or not isinstance(facts.get("name"), str):
        raise UserError(f"{folder / STUDIO_FILE} is damaged.", "Train the tokenizer again, or copy it anew.")
    tokenizer = _build(facts, name or facts["name"], _text(folder / TOKENIZER_FILE))
    _compare(tokenizer, facts, folder)
    return tokenizer


def _build(facts: dict[str, Any], name: str, text: str) -> Tokenizer:
    kind, end_id = str(facts.get("kind")), facts.get("end_id")
    if kind == "byte":
        return byte.ByteTokenizer(name)
    if kind in ("char", "word"):
        return _from_vocabulary(kind, name, text)
    if kind == "huggingface":
        known = end_id if isinstance(end_id, int) and end_id >= 0 else None
        return huggingface.HuggingFaceTokenizer(name, text, kind, end_id=known)
    if kind in ("unigram", "wordpiece"):
        return huggingface.HuggingFaceTokenizer(name, text, kind)
    if kind in ("bpe", "gpt2"):
        return bpe.from_json(text, name, kind)
    raise UserError(f"The tokenizer {name} is of a kind this version does not know: {kind}.", "Get a newer version.")


def _from_vocabulary(kind: str, name: str, text: str) -> Tokenizer:
    try:
        return char.from_json(text, name) if kind == "char" else word.from_json(text, name)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(f"The tokenizer {name} is damaged.", "Train it again, or copy it anew.") from error


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise UserError(f"{path} is too large for a tokenizer.", "Choose another file.")
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise UserError(f"{path} cannot be read.", "Copy the tokenizer anew, or train it again.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is damaged: it is not UTF-8.", "Copy the tokenizer anew.") from error


def _compare(tokenizer: Tokenizer, facts: dict[str, Any], folder: Path) -> None:
    told = facts.get("sha256")
    if told != tokenizer.sha256:
        raise UserError(
            f"The tokenizer in {folder} is not the one that was saved there.",
            "Copy the folder anew, or train the tokenizer again.",
        )
