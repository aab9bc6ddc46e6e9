"""How fast a model writes (one token at a time, bound by memory) and reads a prompt (bound by products)."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import torch

from llmstudio.config.model import ModelConfig
from llmstudio.config.sampling import SamplingConfig
from llmstudio.data.tokenizers import gpt2 as vocabulary
from llmstudio.engine import generate, kernels
from llmstudio.engine.batching import Batch
from llmstudio.engine.batchrow import Order
from llmstudio.engine.convert import gguf_vocabulary, gguf_write
from llmstudio.engine.decoder import Decoder
from llmstudio.engine.device import Place
from llmstudio.engine.gpt import GPT
from llmstudio.engine.kernels import Precision
from llmstudio.engine.trainer import seeded_model, weights_of

PROMPT = 64
Check = Callable[[], None]


def gpt2() -> ModelConfig:
    """GPT-2's 124 million parameters at its full context."""
    return ModelConfig()


def precisions(place: Place) -> tuple[Precision, ...]:
    """Those in which weights can be kept on this machine, the finest first."""
    every: tuple[Precision, ...] = get_args(Precision)
    return tuple(name for name in every if kernels.chosen(name, place.device)[0] == name)


def random_model(device: str = "cpu") -> GPT:
    """Random weights write as fast as learned ones."""
    return seeded_model(gpt2(), 0, Place(device, "fp32", 1)).eval()


class Decoding:
    """Writes greedily after a prompt, in the way the application writes, with weights kept in a precision."""

    def __init__(self, precision: Precision, check: Check = lambda: None, device: str = "cpu") -> None:
        self.model, self._check = Decoder(random_model(device), precision, release=True), check
        self.prompt = [number % self.model.config.vocab_size for number in range(7, 7 + PROMPT)]

    def bytes_per_token(self, length: int) -> float:
        """Bytes read to write one token after `length` others: all weights once, keys and values of all."""
        return self.model.weight_bytes() + self.model.token_bytes() * length

    def rate(self, tokens: int) -> float:
        """Tokens a second after the first, which reads the prompt."""
        rules = SamplingConfig(temperature=0.0, max_tokens=tokens + 1)
        written: Iterator[generate.Token] = generate.ids(self.model, self.prompt, rules, check=self._check)
        next(written)
        begin = time.perf_counter()
        for _ in range(tokens):
            next(written)
        return tokens / (time.perf_counter() - begin)

    def together(self, texts: int, tokens: int) -> float:
        """Tokens a second of so many texts written side by side, each with a prompt of its own that was read before."""
        rules = SamplingConfig(temperature=0.0, max_tokens=texts + tokens + 1)
        batch, vocabulary_size = Batch(self.model, lambda token: b"", rows=texts), self.model.config.vocab_size
        for number in range(texts):
            batch.join(Order(tuple((one + number) % vocabulary_size for one in self.prompt), rules))
        while batch.reading:
            self._check()
            batch.turn()
        begin, written = time.perf_counter(), 0
        for _ in range(tokens):
            self._check()
            written += len(batch.turn())
        return written / (time.perf_counter() - begin)


class Prefill:
    """Reads a prompt into a fresh cache, up to the logits of the token that follows."""

    def __init__(self, precision: Precision, place: Place, length: int) -> None:
        model, self.place = random_model(place.device), place
        layers = sum(part.numel() for name, part in model.named_parameters() if name.startswith("blocks."))
        # Two operations for each number of the layers, and attention over half the prompt on average.
        self.flops_per_token = 2.0 * layers + 2.0 * model.config.n_layer * model.config.query_width * length
        self.model = Decoder(model, precision, release=True)
        self.prompt = [(7 * at + 11) % model.config.vocab_size for at in range(length)]

    @torch.inference_mode()
    def rate(self) -> float:
        """Tokens a second."""
        begin = time.perf_counter()
        generate.Reader(self.model).read(self.prompt)
        self.place.synchronise()
        return len(self.prompt) / (time.perf_counter() - begin)


def write_gguf(path: Path, kind: str, check: Check = lambda: None) -> None:
    """The same shape with random weights as a GGUF file of a type, with GPT-2's vocabulary."""
    model = random_model()
    words = gguf_vocabulary.values(vocabulary.load(), model.config.vocab_size)
    content = gguf_write.Content(model.config, "gpt2", kind, {"general.name": "Random", **words})
    for _ in gguf_write.write(path, content, weights_of(model), check):
        continue
