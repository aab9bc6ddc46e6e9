"""Reads the weights of a llama2.c file into our model: a test helper, not a feature."""

import struct
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from llmstudio.config.model import ModelConfig
from llmstudio.engine.gpt import GPT
from llmstudio.engine.trainer import load_weights


def load(path: Path) -> GPT:
    """The model of a "version 0" file: seven integers, then float32 tensors in a fixed order."""
    data = path.read_bytes()
    dim, hidden, layers, heads, kv_heads, vocab, length = struct.unpack("<7i", data[:28])
    config = ModelConfig(
        vocab_size=abs(vocab), n_layer=layers, n_embd=dim, n_head=heads, n_kv_head=kv_heads, hidden=hidden,
        block_size=length, norm="rmsnorm", position="rope", activation="swiglu", bias=False, qkv_bias=False,
        tied=vocab > 0,
    )  # fmt: skip
    numbers = torch.from_numpy(np.frombuffer(data, dtype="<f4", offset=28).copy())
    model = GPT(config)
    load_weights(model, _named(_Taker(numbers), config))
    return model.eval()


class _Taker:
    """Gives one tensor after the other."""

    def __init__(self, numbers: Tensor) -> None:
        self.numbers, self.at = numbers, 0

    def __call__(self, *shape: int) -> Tensor:
        size = int(np.prod(shape))
        self.at += size
        return self.numbers[self.at - size : self.at].view(shape)


def _named(take: _Taker, config: ModelConfig) -> dict[str, Tensor]:
    layers, dim, hidden = config.n_layer, config.n_embd, config.hidden_width
    found = {"embedding.weight": take(config.vocab_size, dim)}
    attention_norm = take(layers, dim)
    query, key, value = (take(layers, width, dim) for width in (dim, config.kv_width, config.kv_width))
    out, feed_forward_norm = take(layers, dim, dim), take(layers, dim)
    gate, down, up = take(layers, hidden, dim), take(layers, dim, hidden), take(layers, hidden, dim)
    found["final_norm.weight"] = take(dim)
    for i in range(layers):
        turned = [unpaired(part[i], config.head_width) for part in (query, key)]
        found |= {
            f"blocks.{i}.attention_norm.weight": attention_norm[i],
            f"blocks.{i}.attention.qkv.weight": torch.cat((*turned, value[i])),
            f"blocks.{i}.attention.out.weight": out[i],
            f"blocks.{i}.feed_forward_norm.weight": feed_forward_norm[i],
            f"blocks.{i}.feed_forward.gate.weight": gate[i],
            f"blocks.{i}.feed_forward.up.weight": up[i],
            f"blocks.{i}.feed_forward.down.weight": down[i],
        }
    return found


def unpaired(rows: Tensor, head: int) -> Tensor:
    """Rows for rotation of neighbours (0, 1), (2, 3) put in the order for rotation of halves."""
    width = rows.size(1)
    return rows.view(-1, head // 2, 2, width).transpose(1, 2).reshape(-1, width)
