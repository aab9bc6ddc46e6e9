"""Drives Hugging Face's transformers: GPT-2 with random weights, its own `generate` and its own forward pass."""

import importlib
import time
from typing import Any

import torch

from llmstudio.engine.bench.peer_writer import Request, Writer

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


class Transformers(Writer):
    """Opens a GPT-2 shape in a precision; each token it writes is the likeliest one."""

    def __init__(self) -> None:
        self.module: Any = importlib.import_module("transformers")

    def open(self, request: Request) -> Request:
        torch.set_num_threads(int(request["threads"]))
        torch.manual_seed(0)
        shape = request["model"]
        config = self.module.GPT2Config(
            vocab_size=shape["vocab_size"],
            n_layer=shape["n_layer"],
            n_head=shape["n_head"],
            n_embd=shape["n_embd"],
            n_positions=shape["block_size"],
        )
        self.model = self.module.GPT2LMHeadModel(config).to(DTYPES[request["precision"]]).eval()
        self.ids = torch.randint(shape["vocab_size"], (1, shape["block_size"]))
        return {"parameters": int(self.model.num_parameters())}

    @torch.inference_mode()
    def decode(self, prompt: int, tokens: int) -> float:
        once = self._timed(prompt, 1)
        return self._timed(prompt, tokens + 1) - once

    def _timed(self, prompt: int, tokens: int) -> float:
        ids = self.ids[:, :prompt]
        begin = time.perf_counter()
        self.model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            min_new_tokens=tokens,
            max_new_tokens=tokens,
            pad_token_id=0,
        )
        return time.perf_counter() - begin

    @torch.inference_mode()
    def prefill(self, prompt: int) -> float:
        begin = time.perf_counter()
        self.model(self.ids[:, :prompt], use_cache=True, logits_to_keep=1)
        return time.perf_counter() - begin
