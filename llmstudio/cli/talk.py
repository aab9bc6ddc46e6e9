"""An interactive talk in the terminal: questions are lines, answers stream, a line that begins with / is a command.

The model lives in a session on another thread; Ctrl+C stops an answer, and ends the talk where none is written.
"""

import contextlib
import queue
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from llmstudio.base import files, units
from llmstudio.base.errors import UserError
from llmstudio.cli.work import Desk
from llmstudio.config.chat import ChatConfig
from llmstudio.config.complete import CompleteConfig
from llmstudio.config.sampling import SamplingConfig
from llmstudio.jobs import create
from llmstudio.jobs.inline import InlineRunner
from llmstudio.jobs.job import Status
from llmstudio.store import chatexport, conversation
from llmstudio.store import run as runs
from llmstudio.store.chats import Shelf
from llmstudio.store.conversation import Conversation

LOOK_SECONDS = 0.2
HELP = """/reset      begin anew, the system prompt stays
/system T   tell the model T first (alone: show it)
/again      have the last answer written anew
/undo       take the last question and its answer back
/save FILE  write the talk as Markdown, or as JSON lines for .jsonl
/keep       keep it among the chats of the Playground
/exit       end (Ctrl+D too). A line that ends with \\ goes on in the next. Ctrl+C stops an answer."""

Message = dict[str, Any]


class Ended(Exception):
    """The session is gone."""


class Talk:
    """Holds one conversation with one model."""

    def __init__(self, desk: Desk, config: ChatConfig, title: str) -> None:
        self._desk, self._config, self._title = desk, config, title
        self._heard: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._runner = InlineRunner(desk.workspace)
        self._number = 0
        self.talk = self._begun(config.system.strip())
        self.commands: dict[str, Callable[[str], None]] = {
            "help": lambda _rest: self._say(HELP),
            "reset": lambda _rest: self._reset(),
            "system": self._system,
            "again": lambda _rest: self._again(),
            "undo": lambda _rest: self._undo(),
            "save": self._save,
            "keep": lambda _rest: self._keep(),
        }

    def hold(self) -> None:
        """Talk until the person ends it. A model that cannot be loaded ends the command with its reason."""
        with tempfile.TemporaryDirectory(prefix="llmstudio-") as place:
            config = self._config
            complete = CompleteConfig(
                model=config.model, device=config.device, precision=config.precision, threads=config.threads
            )
            folder = create.create_run(self._desk.workspace, "complete", complete, title="Chat", runs=Path(place))
            self._thread = threading.Thread(target=self._run, args=(folder,), name="model")
            self._thread.start()
            try:
                with contextlib.suppress(Ended, EOFError, KeyboardInterrupt):
                    self._wait_for("ready")
                    self._say(f"{self._title} listens. /help tells what can be done.")
                    for line in self._lines():
                        self._take(line)
            finally:
                self._runner.request("cancel")
                self._thread.join()
            state = runs.load(folder)
            if state.status == Status.FAILED:
                self._desk.end(state, Status.FAILED)

    def _run(self, folder: Path) -> None:
        self._runner.run(folder, self._desk.console.event, self._heard.put)

    # -- what the person says

    def _lines(self) -> Iterator[str]:
        """Questions and commands until /exit or the end of the input."""
        while True:
            line = self._read("> ")
            while line.endswith("\\"):
                line = f"{line[:-1]}\n{self._read('  ')}"
            if line.strip() in ("/exit", "/quit"):
                return
            if line.strip():
                yield line.strip()

    @staticmethod
    def _read(prompt: str) -> str:
        return input(prompt if sys.stdin.isatty() else "")

    def _take(self, line: str) -> None:
        name, _, rest = line.partition(" ")
        try:
            if not line.startswith("/"):
                self._ask(line)
            elif name[1:] in self.commands:
                self.commands[name[1:]](rest.strip())
            else:
                self._say(f"There is no command {name}. /help tells those there are.")
        except UserError as error:
            self._say(str(error))

    def _say(self, text: str) -> None:
        self._desk.console.say(text)

    # -- commands

    def _begun(self, system: str) -> Conversation:
        return conversation.begun(system=system, model=self._config.model, model_title=self._title)

    def _reset(self) -> None:
        self.talk = self._begun(self.talk.system)
        self._say("Nothing was said yet.")

    def _system(self, text: str) -> None:
        if text:
            self.talk = replace(self.talk, system=text)
        self._say(f"System prompt: {self.talk.system or 'none'}")

    def _again(self) -> None:
        last = self.talk.turn(self.talk.leaf)
        if last is None:
            raise UserError("Nothing was said yet.", "Ask something.")
        if last.role == "assistant":
            self.talk = conversation.cut_at(self.talk, last.parent)
        self._answer()

    def _undo(self) -> None:
        turns = self.talk.path()
        own = [turn for turn in turns if turn.role == "user"]
        if not own:
            raise UserError("Nothing was said yet.", "Ask something.")
        self.talk = replace(self.talk, leaf=own[-1].parent)
        self._say(f"Taken back: {conversation.title_of(own[-1].text)}")

    def _save(self, name: str) -> None:
        if not name:
            raise UserError("The file is missing.", "Write /save FILE.md.")
        path = Path(name).expanduser().absolute()
        write = chatexport.jsonl if path.suffix.lower() == ".jsonl" else chatexport.markdown
        try:
            files.write_text(path, write(self.talk))
        except OSError as error:
            raise UserError(f"{path} cannot be written.", "Choose another place.") from error
        self._say(f"Saved as {path}")

    def _keep(self) -> None:
        if not self.talk.turns:
            raise UserError("Nothing was said yet.", "Ask something.")
        Shelf(self._desk.workspace).save(self.talk)
        self._say(f"Kept as “{self.talk.title}”.")

    # -- asking

    def _ask(self, text: str) -> None:
        self.talk = conversation.said(self.talk, "user", text)
        try:
            self._answer()
        except UserError:
            self.talk = conversation.without(self.talk, self.talk.leaf)
            raise

    def _answer(self) -> None:
        self._number += 1
        said = [{"role": turn.role, "content": turn.text} for turn in self.talk.path()]
        system = [{"role": "system", "content": self.talk.system}] if self.talk.system else []
        rules = {name: getattr(self._config, name) for name in SamplingConfig.model_fields}
        request: Message = {"op": "chat", "id": self._number, "messages": [*system, *said], "sampling": rules}
        if self._config.template != "auto":
            request["template"] = self._config.template
        self._runner.send(request)
        text, done = self._stream()
        facts = {"model": self._title, "tokens_per_second": done["tokens_per_second"], "reason": done["reason"]}
        self.talk = conversation.said(self.talk, "assistant", text.strip(), facts=facts)

    def _stream(self) -> tuple[str, Message]:
        """Print the answer as it comes; all of it, and how it ended."""
        parts: list[str] = []
        while True:
            message = self._wait_for("prompt", "tokens", "done", "error")
            if message["op"] == "error":
                raise UserError(str(message["message"]), str(message.get("hint") or ""))
            if message["op"] == "prompt":
                self._tell_dropped(message["context"]["dropped"])
            elif message["op"] == "tokens":
                new = "".join(token["text"] for token in message["tokens"])
                self._desk.console.write(new if parts else new.lstrip())
                parts += [new] if parts or new.strip() else []
            else:
                self._desk.console.write("\n")
                return "".join(parts), message

    def _tell_dropped(self, turns: int) -> None:
        if turns:
            self._say(f"The context is full: the first {units.plural(turns, 'turn')} are left out.")

    def _wait_for(self, *ops: str) -> Message:
        """The next message of these kinds; Ctrl+C asks an answer to stop. Raises `Ended` where nothing can come."""
        while True:
            try:
                message = self._heard.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                if not self._thread.is_alive() and self._heard.empty():
                    raise Ended from None
                continue
            except KeyboardInterrupt:
                if "tokens" not in ops:
                    raise
                self._runner.send({"op": "stop"})
                continue
            if message.get("op") in ops and message.get("id", self._number) == self._number:
                return message
