"""Drives llama.cpp through its Python binding: a GGUF file, its own evaluation of prompts and single tokens."""

import importlib
import time
from collections.abc import Callable
from typing import Any

Request = dict[str, Any]


class LlamaCpp:
    """Requests: "open" (a GGUF file), "decode" (so many tokens), "prefill" (so long a prompt)."""

    def __init__(self) -> None:
        self.module: Any = importlib.import_module("llama_cpp")

    def __call__(self, request: Request, tell: Callable[[Request], None]) -> Request:
        """Do what is asked."""
        match request["do"]:
            case "open":
                return self._open(request)
            case "decode":
                return {"seconds": self._decode(int(request["prompt"]), int(request["tokens"]))}
            case "prefill":
                return {"seconds": self._prefill(int(request["prompt"]))}
        raise ValueError(f"unknown request {request['do']}")

    def _open(self, request: Request) -> Request:
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

    def _prefill(self, prompt: int) -> float:
        self.model.reset()
        ids = [(7 * at + 11) % self.vocabulary for at in range(prompt)]
        begin = time.perf_counter()
        self.model.eval(ids)
        return time.perf_counter() - begin

    def _decode(self, prompt: int, tokens: int) -> float:
        """Seconds for `tokens` tokens after a prompt; each is the most likely one."""
        self._prefill(prompt)
        begin = time.perf_counter()
        for _ in range(tokens):
            chosen = self.model.sample(temp=0.0, top_k=1)
            self.model.eval([chosen])
        return time.perf_counter() - begin
