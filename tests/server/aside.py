"""Servers in a process of their own, so that what they take can be measured: `python -m tests.server.aside` is one."""

import json
import resource
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import psutil

STUCK_SECONDS = 60.0
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Server:
    """A server in another process."""

    port: int
    key: str
    process: psutil.Process
    model: str

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), STUCK_SECONDS)

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """Status and body of one request."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=STUCK_SECONDS)
        said = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json", **headers}
        try:
            line.request(method, path, body, said)
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()

    def measure(self) -> dict[str, float]:
        """Memory in MB, open files and threads of the process."""
        with self.process.oneshot():
            return {
                "rss": self.process.memory_info().rss / 2**20,
                "fds": self.process.num_fds(),
                "threads": self.process.num_threads(),
            }

    def at_rest(self) -> bool:
        """Whether nothing is under way."""
        figures = self.request("GET", "/metrics")[1].decode()
        return "llmstudio_requests_active 0\n" in figures and "llmstudio_requests_waiting 0\n" in figures


@contextmanager
def parrot_server() -> Iterator[Server]:
    """A server without an engine."""
    with _child([sys.executable, "-m", "tests.server.aside"]) as server:
        yield server


@contextmanager
def model_server() -> Iterator[Server]:
    """`llmstudio serve` with a model of a few thousand weights."""
    with tempfile.TemporaryDirectory(prefix="llmstudio-soak-") as place:
        line = [sys.executable, "-m", "llmstudio", "--json", "--workspace", str(Path(place, "ws"))]
        Path(place, "tales.txt").write_text("The fox met the hen. The hen ran home.\n" * 60, encoding="utf-8")
        shape = ["--n-layer", "2", "--n-head", "2", "--n-embd", "32", "--block-size", "128", "--batch-size", "4"]
        for words in (
            ["data", "import", str(Path(place, "tales.txt")), "--name", "Tales", "--split", "80,20,0"],
            ["pretrain", "--dataset", "Tales", "--name", "Tiny", "--max-steps", "4", "--threads", "1", *shape],
        ):
            subprocess.run([*line, *words], check=True, capture_output=True, cwd=ROOT)
        with _child([*line, "serve", "Tiny", "--port", "0", "--threads", "1"]) as server:
            yield server


@contextmanager
def _child(line: list[str]) -> Iterator[Server]:
    child = subprocess.Popen(line, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert child.stdout is not None
        said = json.loads(child.stdout.readline())
        port = int(said["address"].rpartition(":")[2])
        yield Server(port, said["key"], psutil.Process(child.pid), said["model"])
    finally:
        child.kill()
        child.communicate()


def more_files() -> None:
    """As many open files as this system allows a process."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65_536), hard))


def _serve_parrot() -> None:
    from llmstudio.config.serve import ServeConfig
    from llmstudio.server.credentials import new_key
    from llmstudio.server.service import Service
    from tests.server.parrot import Parrot

    key, parrot = new_key(), Parrot(beat=0.002, length=40)
    service = Service(parrot, ServeConfig(model="m", port=0), key)
    service.start()
    print(json.dumps({"address": service.addresses[0], "key": key, "model": "parrot"}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    _serve_parrot()
