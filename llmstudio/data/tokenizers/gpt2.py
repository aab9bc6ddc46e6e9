"""GPT-2's vocabulary from two data files that the build puts among the resources; nothing is ever fetched.

The hashes are those that tiktoken itself pins for the files of the original release.
"""

import json
from hashlib import sha256
from pathlib import Path

from llmstudio.base.errors import UserError
from llmstudio.base.paths import resource
from llmstudio.data.tokenizers import bytelevel
from llmstudio.data.tokenizers.bpe import BytePairTokenizer, Merge

NAME = "gpt2"
FOLDER = "vocab/gpt2"
HASHES = {
    "vocab.bpe": "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5",
    "encoder.json": "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783",
}


def load(folder: Path | None = None) -> BytePairTokenizer:
    """The tokenizer of GPT-2. `folder` holds the two files; the resources' by default.

    Raises UserError where a file is missing or is not the one of the original release.
    """
    merges = _merges(_read("vocab.bpe", folder).decode("utf-8"))
    tokenizer = BytePairTokenizer(NAME, merges, kind="gpt2")
    ids = json.loads(_read("encoder.json", folder))
    assert all(ids[bytelevel.to_piece(piece)] == token for piece, token in tokenizer.ranks.items())
    return tokenizer


def _merges(lines: str) -> list[Merge]:
    """The merges of vocab.bpe: a version line, then two pieces a line."""
    pairs = (line.split(" ") for line in lines.split("\n")[1:-1])
    return [(bytelevel.to_bytes(left), bytelevel.to_bytes(right)) for left, right in pairs]


def _read(name: str, folder: Path | None) -> bytes:
    try:
        data = (folder / name if folder else resource(f"{FOLDER}/{name}")).read_bytes()
    except (OSError, UserError) as error:
        raise UserError(
            f"GPT-2's vocabulary file {name} is missing from this installation.",
            "Install LLM Studio again with pip install; the build puts it in place.",
        ) from error
    if sha256(data).hexdigest() != HASHES[name]:
        raise UserError(
            f"GPT-2's vocabulary file {name} is damaged.", "Install LLM Studio again, then choose GPT-2 anew."
        )
    return data
