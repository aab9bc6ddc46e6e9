"""llama.cpp itself on small models of every family and tokenizer: the same ids, the same logits, the same text."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from llmstudio.data.tokenizers import byte, char
from llmstudio.data.tokenizers.base import Tokenizer
from llmstudio.engine.convert import gguf_vocabulary, gguf_write
from llmstudio.engine.convert.gguf_source import GgufSource
from llmstudio.engine.convert.gguf_write import Content
from llmstudio.engine.gpt import GPT
from llmstudio.engine.trainer import load_weights
from tests.engine.convert import tiny_gguf

pytestmark = pytest.mark.slow
TEXT = "The hat is 1234 naïve 日本\n\n  x it's WE'LL"
SLOWED = {"rope_kind": "llama3", "rope_factor": 8.0, "rope_theta": 500_000.0}
CUTS: dict[str, Tokenizer] = {
    "pairs": tiny_gguf.tokenizer(),
    "bytes": byte.ByteTokenizer(),
    "characters": char.CharTokenizer("c", TEXT),
}


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize(
    ("family", "changes"),
    [
        ("gpt2", {}),
        ("llama", {}),
        ("llama", SLOWED),
        ("llama", {"rope_kind": "linear", "rope_factor": 4.0}),
        ("qwen2", {}),
        ("qwen3", {"head": 64}),
    ],
)
def test_the_same_ids_logits_and_text(family: str, changes: dict[str, Any], cut: str, tmp_path: Path) -> None:
    llama_cpp = pytest.importorskip("llama_cpp")
    shape = tiny_gguf.config(family, **{"n_embd": 128, "block_size": 128, **changes})
    words = gguf_vocabulary.values(CUTS[cut], shape.vocab_size)
    path = tmp_path / "m.gguf"
    list(gguf_write.write(path, Content(shape, family, "f32", {"general.name": "x", **words}), tiny_gguf.state(shape)))
    theirs = llama_cpp.Llama(str(path), n_ctx=128, n_threads=2, verbose=False, logits_all=True)
    source = GgufSource(path)
    model = GPT(source.config).eval()
    load_weights(model, dict(source.tensors()))
    ids = theirs.tokenize(TEXT.encode(), add_bos=False)
    assert ids == CUTS[cut].encode(TEXT)
    theirs.eval(ids)
    with torch.inference_mode():
        ours = model(torch.tensor([ids]))[0].numpy()
    assert np.abs(ours - theirs.scores[: len(ids)]).max() < 5e-3  # it keeps keys and values at 16 bits
    for _ in range(8):
        with torch.inference_mode():
            following = int(model(torch.tensor([ids]))[0, -1].argmax())
        assert int(theirs.scores[theirs.n_tokens - 1].argmax()) == following
        theirs.eval([following])
        ids = [*ids, following]
