"""How fast a model writes (one token at a time, bound by memory) and reads a prompt (bound by products)."""

import time
from collections.abc import Callable

import torch

from llmstudio.config.model import ModelConfig
from llmstudio.config.sampling import SamplingConfig
from llmstudio.engine import generate
from llmstudio.engine.device import Place
from llmstudio.engine.gpt import GPT
from llmstudio.engine.trainer import seeded_model

PROMPT = 64
Check = Callable[[], None]


def gpt2() -> ModelConfig:
    """GPT-2's 124 million parameters at its full context."""
    return ModelConfig()


def random_model(config: ModelConfig, place: Place) -> GPT:
    """Random weights write as fast as learned ones; in the precision of the place, as a loaded model is."""
    dtype = torch.bfloat16 if place.precision == "bf16" else torch.float32
    return seeded_model(config, 0, place).to(dtype).eval()


def bytes_per_token(config: ModelConfig, weight_bytes: float, cache_bytes: int, length: int) -> float:
    """Bytes read to write one token after `length` others: every matrix once, and the keys and values of all.

    `weight_bytes` are those of all weights that are read as a whole; tables of embeddings are not (a row each),
    but the head is.
    """
    return weight_bytes + 2 * config.n_layer * config.kv_width * length * cache_bytes


def whole_weights(model: GPT) -> int:
    """Numbers of a model that every token reads: all but the tables of which it reads a row."""
    read = {id(parameter): parameter.numel() for parameter in model.parameters()}
    tables = [model.positions.weight] if model.positions is not None else []
    if not model.config.tied:
        tables.append(model.embedding.weight)
    for table in tables:
        read.pop(id(table), None)
    return sum(read.values())


class Decoding:
    """Writes greedily after a prompt, in the way the application writes."""

    def __init__(self, model: GPT, check: Check = lambda: None) -> None:
        self.model, self._check = model, check
        self.prompt = [number % model.config.vocab_size for number in range(7, 7 + PROMPT)]

    def rate(self, tokens: int) -> float:
        """Tokens a second after the first, which reads the prompt."""
        rules = SamplingConfig(temperature=0.0, max_tokens=tokens + 1)
        written = generate.ids(self.model, self.prompt, rules, check=self._check)
        next(written)
        begin = time.perf_counter()
        for _ in range(tokens):
            next(written)
        return tokens / (time.perf_counter() - begin)


class Prefill:
    """Reads a prompt into a fresh cache, up to the logits of the token that follows."""

    def __init__(self, model: GPT, place: Place, length: int) -> None:
        self.model, self.place = model, place
        self.prompt = [(7 * at + 11) % model.config.vocab_size for at in range(length)]

    @property
    def flops_per_token(self) -> float:
        """Two operations for each number of a matrix in the layers, and attention over half the prompt on average."""
        config = self.model.config
        layers = sum(p.numel() for name, p in self.model.named_parameters() if name.startswith("blocks."))
        return 2.0 * layers + 2.0 * config.n_layer * config.query_width * len(self.prompt)

    @torch.inference_mode()
    def rate(self) -> float:
        """Tokens a second."""
        begin = time.perf_counter()
        generate.Reader(self.model).read(self.prompt)
        self.place.synchronise()
        return len(self.prompt) / (time.perf_counter() - begin)
