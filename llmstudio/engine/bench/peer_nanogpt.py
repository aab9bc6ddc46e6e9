"""Drives a copy of nanoGPT that the person has: its `model.py` is imported from the folder we are started in.

The loop is that of its training script as its documentation describes it for a CPU: AdamW from the model's own
`configure_optimizers`, warm-up and cosine, clipping, random windows. Nothing of it is copied.
"""

import importlib
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the name every reader of torch code knows

Request = dict[str, Any]
REPORT_EVERY = 50


class NanoGPT:
    """Requests: "open" (a model), "steps" (time so many), "learn" (a whole recipe on a text)."""

    def __init__(self) -> None:
        sys.path.insert(0, str(Path.cwd()))
        self.module = importlib.import_module("model")

    def __call__(self, request: Request, tell: Callable[[Request], None]) -> Request:
        """Do what is asked."""
        torch.set_num_threads(int(request.get("threads", torch.get_num_threads())))
        match request["do"]:
            case "open":
                return self._open(request)
            case "steps":
                return self._steps(int(request["steps"]))
            case "learn":
                return self._learn(request, tell)
        raise ValueError(f"unknown request {request['do']}")

    def _open(self, request: Request) -> Request:
        torch.manual_seed(int(request.get("seed", 1337)))
        self.model = self.module.GPT(self.module.GPTConfig(**request["model"]))
        self.optimizer = self.model.configure_optimizers(0.1, 1e-3, (0.9, 0.99), "cpu")
        self.batch = int(request["batch"])
        self.block = int(request["model"]["block_size"])
        self.ids = np.random.default_rng(0).integers(0, request["model"]["vocab_size"], 1 << 18, dtype=np.uint16)
        return {"parameters": sum(parameter.numel() for parameter in self.model.parameters())}

    def _steps(self, steps: int) -> Request:
        """Seconds of each of so many steps, all of it: batch, forward, backward, clipping, optimizer."""
        times = []
        for _ in range(steps):
            begin = time.perf_counter()
            self._step(1e-3)
            times.append(time.perf_counter() - begin)
        return {"seconds": times}

    def _step(self, rate: float) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        _, loss = self.model(*self._batch())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return float(loss.detach())

    def _batch(self) -> tuple[Tensor, Tensor]:
        starts = torch.randint(len(self.ids) - self.block, (self.batch,)).tolist()
        rows = np.stack([self.ids[at : at + self.block + 1] for at in starts]).astype(np.int64)
        both = torch.from_numpy(rows)
        return both[:, :-1].contiguous(), both[:, 1:].contiguous()

    def _learn(self, request: Request, tell: Callable[[Request], None]) -> Request:
        """The whole recipe; seconds of its steps alone, and the loss on the whole validation part at the end."""
        self._open(request)
        self.ids = np.fromfile(request["train"], dtype=np.uint16)
        steps, warmup = int(request["steps"]), int(request["warmup"])
        highest, lowest = float(request["rate"]), float(request["floor"])
        begin = time.perf_counter()
        for step in range(steps):
            self._step(_rate(step, steps, warmup, highest, lowest))
            if step % REPORT_EVERY == 0:
                tell({"step": step, "steps": steps})
        seconds = time.perf_counter() - begin
        return {"seconds": seconds, "loss": self._loss(np.fromfile(request["val"], dtype=np.uint16))}

    @torch.no_grad()
    def _loss(self, ids: Any) -> float:
        """Nats per token over the whole part, in windows that do not overlap."""
        self.model.eval()
        nats, tokens = 0.0, 0
        for start in range(0, len(ids) - 1, self.block):
            row = torch.from_numpy(ids[start : start + self.block + 1].astype(np.int64))[None]
            inputs, targets = row[:, :-1], row[:, 1:].contiguous()
            logits, _ = self.model(inputs, targets)  # with targets it gives the logits of every place
            nats += float(F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="sum"))
            tokens += targets.numel()
        return nats / tokens


def _rate(step: int, steps: int, warmup: int, highest: float, lowest: float) -> float:
    if step < warmup:
        return highest * (step + 1) / (warmup + 1)
    done = (step - warmup) / max(1, steps - warmup)
    return lowest + (1 + math.cos(math.pi * done)) / 2 * (highest - lowest)
