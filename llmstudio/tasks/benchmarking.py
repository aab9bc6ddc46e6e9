"""What every benchmark works with: its settings, the context, a scratch folder, and the peers that are here."""

import importlib.util
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llmstudio.base import paths, waiting
from llmstudio.base.disk import DISK
from llmstudio.base.errors import UserError
from llmstudio.config.benchmark import BenchmarkConfig
from llmstudio.engine import compiling
from llmstudio.engine.bench import machine
from llmstudio.engine.bench.peer import Peer, PeerFailed, driver_command
from llmstudio.engine.bench.rounds import interleave
from llmstudio.engine.device import Place
from llmstudio.jobs.context import Context
from llmstudio.jobs.process import own_environment
from llmstudio.tasks import compilation

MODULES = {"transformers": "transformers", "llama.cpp": "llama_cpp"}


@dataclass
class Bench:
    """One run of benchmarks on one machine."""

    config: BenchmarkConfig
    context: Context
    place: Place
    _said: set[str] = field(default_factory=set)

    def once(self, text: str, level: str = "info") -> None:
        """Say it, unless it was said in this run."""
        if text not in self._said:
            self._said.add(text)
            self.context.note(text, level)

    def turns(self, turns: Mapping[str, Callable[[], float]], rounds: int | None = None) -> dict[str, list[float]]:
        """The samples of each, taken in turns."""
        count = rounds or self.config.rounds
        return interleave(
            turns, count, self.context.check, lambda done, total: self.context.progress(done, total, "turns")
        )

    def fits(self, needed: int, what: str) -> bool:
        """Whether so many bytes are free; where not, it is said once, and the caller leaves that part out."""
        if machine.free_bytes() >= needed:
            return True
        self.once(f"{what} is left out: it needs {needed / 1e9:.1f} GB of free memory.", "warning")
        return False

    def compiled(self) -> Path | None:
        """Where compiled steps are kept, where they are wanted and can be made; else it is said once why not."""
        if not self.config.compile:
            return None
        hindrance = compiling.obstacle(self.place.device)
        if hindrance is not None:
            self.once(f"{hindrance} Compiled steps are left out.", "warning")
            return None
        return paths.user_cache() / compilation.FOLDER

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder inside the run's own, gone afterwards; what a killed run left there goes at the next begin."""
        root = self.context.folder / "scratch"
        shutil.rmtree(root, ignore_errors=True)
        DISK.mkdir(root)
        try:
            with tempfile.TemporaryDirectory(dir=root, ignore_cleanup_errors=True) as folder:
                yield Path(folder)
        finally:
            shutil.rmtree(root, ignore_errors=True)

    # -- peers

    def nanogpt(self) -> Path | None:
        """The folder of nanoGPT, where one was named. UserError where it is none."""
        if not self.config.nanogpt.strip():
            return None
        folder = Path(self.config.nanogpt).expanduser().absolute()
        if not (folder / "model.py").is_file():
            raise UserError(
                f"{folder} holds no copy of nanoGPT.", "Name the folder in which its model.py lies.", field="nanogpt"
            )
        return folder

    def has(self, name: str) -> bool:
        """Whether a peer can be measured here."""
        if driver_command(name) is None:
            self.once("The packaged app measures no peers: it brings no other programs.")
            return False
        return self.nanogpt() is not None if name == "nanogpt" else importlib.util.find_spec(MODULES[name]) is not None

    def peer(self, stack: ExitStack, name: str, request: dict[str, Any], trial: dict[str, Any]) -> Peer | None:
        """A peer that opened what `request` says, or None where it is not here or fails (which is said once).

        Whether waiting threads should spin or sleep depends on what else the machine does. A peer gets what suits
        it better now: both are tried with `trial`, an ask whose answer has `seconds`.
        """
        if not self.has(name):
            return None
        try:
            return self._better(stack, name, request, trial)
        except PeerFailed as failure:
            self.once(f"{failure}", "warning")
            return None

    def _better(self, stack: ExitStack, name: str, request: dict[str, Any], trial: dict[str, Any]) -> Peer:
        found: list[tuple[float, Peer]] = []
        for environment in waiting_environments() if name != "llama.cpp" else [own_environment()]:
            peer = self._opened(name, environment)
            try:
                peer.ask(self.context.check, **{"threads": self.place.threads, **request})
                seconds = peer.ask(self.context.check, **trial)["seconds"] if trial else 0.0
            except BaseException:
                peer.close()
                for _, other in found:
                    other.close()
                raise
            found.append((seconds[-1] if isinstance(seconds, list) else float(seconds), peer))
        found.sort(key=lambda pair: pair[0])
        for _, other in found[1:]:
            other.close()
        return stack.enter_context(found[0][1])

    def _opened(self, name: str, environment: dict[str, str]) -> Peer:
        command = driver_command(name)
        assert command is not None, "has() was asked before"
        return Peer(name, command, environment, folder=self.nanogpt() if name == "nanogpt" else None)


def waiting_environments() -> list[dict[str, str]]:
    """Our environment with the system's own way for threads to wait, with sleeping, and with spinning a while."""
    ours = own_environment()
    plain = {name: value for name, value in ours.items() if name not in (waiting.POLICY, waiting.TURNS)}
    return [plain, {**plain, waiting.POLICY: "PASSIVE"}, {**plain, waiting.TURNS: waiting.SPIN}]
