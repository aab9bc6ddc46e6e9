"""Runs inside a peer's own process: reads one JSON request a line, does it with the peer, answers with one line.

The peer's program is imported here and nowhere else, so that neither its memory nor its crash is ours. Started as
`python -m llmstudio.engine.bench.driver NAME`; it ends when its owner closes the pipe.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any, TextIO

from llmstudio.engine.bench.peer_llamacpp import LlamaCpp
from llmstudio.engine.bench.peer_nanogpt import NanoGPT
from llmstudio.engine.bench.peer_transformers import Transformers

Request = dict[str, Any]
Peer = Callable[[Request, Callable[[Request], None]], Request]

PEERS: dict[str, Callable[[], Peer]] = {
    "nanogpt": NanoGPT,
    "transformers": Transformers,
    "llama.cpp": LlamaCpp,
}


def main(name: str) -> int:
    """Serve until the owner closes the pipe. What the peer prints goes to stderr, for stdout carries the answers."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(PEERS[name](), sys.stdin, answers)
    return 0


def serve(peer: Peer, requests: Iterable[str], answers: TextIO) -> None:
    """Answer every request; what the peer throws becomes an answer too. In between come lines of progress."""

    def tell(message: Request) -> None:
        print(json.dumps(message), file=answers, flush=True)

    for line in requests:
        try:
            answer = peer(json.loads(line), tell)
        except Exception as error:  # whatever a peer throws is for its owner to report
            answer = {"error": f"{type(error).__name__}: {error}"}
        tell({**answer, "done": True})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
