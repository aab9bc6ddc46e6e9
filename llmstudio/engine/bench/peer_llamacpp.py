"""Drives llama.cpp through its Python binding: a GGUF file, its own evaluation of prompts and single tokens."""

import importlib
import time
from typing import Any

from llmstudio.engine.bench.peer_writer import Request, Writer


class LlamaCpp(Writer):
    """Opens a GGUF file; each token it writes is the likeliest one."""

    def __init__(self) -> None:
        self.module: Any = importlib.import_module("llama_cpp")

    def open(self, request: Request) -> Request:
        threads = int(request["threads"])
        self.model = self.module.Llama(
            model_path=request["path"],
            n_ctx=int(request["context"]),
            n_batch=512,
            n_threads=threads,
            n_threads_batch=threads,
            n_gpu_layers=0,
            verbose=False,
        )
        self.vocabulary = int(self.model.n_vocab())
        return {}

    def prefill(self, prompt: int) -> float:
        self.model.reset()
        ids = [(7 * at + 11) % self.vocabulary for at in range(prompt)]
        begin = time.perf_counter()
        self.model.eval(ids)
        return time.perf_counter() - begin

    def decode(self, prompt: int, tokens: int) -> float:
        self.prefill(prompt)
        begin = time.perf_counter()
        for _ in range(tokens):
            chosen = self.model.sample(temp=0.0, top_k=1)
            self.model.eval([chosen])
        return time.perf_counter() - begin
