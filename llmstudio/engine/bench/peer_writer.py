"""What every driver of a peer that writes has in common: which requests there are, and how they are answered."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

Request = dict[str, Any]


class Writer(ABC):
    """Requests: "open" (a model), "decode" (so many tokens after a prompt), "prefill" (so long a prompt)."""

    def __call__(self, request: Request, tell: Callable[[Request], None]) -> Request:
        """Do what is asked. ValueError for what nobody knows."""
        match request["do"]:
            case "open":
                return self.open(request)
            case "decode":
                return {"seconds": self.decode(int(request["prompt"]), int(request["tokens"]))}
            case "prefill":
                return {"seconds": self.prefill(int(request["prompt"]))}
        raise ValueError(f"unknown request {request['do']}")

    @abstractmethod
    def open(self, request: Request) -> Request:
        """Make the model that the request describes; facts about it."""

    @abstractmethod
    def decode(self, prompt: int, tokens: int) -> float:
        """Seconds for `tokens` tokens after a prompt of `prompt`, its reading apart."""

    @abstractmethod
    def prefill(self, prompt: int) -> float:
        """Seconds until a prompt of so many tokens is read."""
