"""Brings one file over a network that breaks: goes on where it stopped, and believes nothing but the hash.

What came so far lies in a `.part` file named after the content it is to become; only a proven file gets its name.
"""

import hashlib
import queue
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from llmstudio.base import files, units, web
from llmstudio.base.disk import DISK
from llmstudio.base.errors import UserError
from llmstudio.store import hub
from llmstudio.store.hub import HubFile

BLOCK = 1 << 18
LOOK_SECONDS = 0.1
MOST_LIES = 2  # attempts at a file that comes wrong
_T = TypeVar("_T")
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


@dataclass(frozen=True)
class Patience:
    """Seconds to wait after each attempt in a row that brought nothing, and without a byte before it counts as one."""

    waits: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
    silence: float = web.SECONDS


class Broken(Exception):
    """The connection ended too early; asking again may help."""


class Lie(Exception):
    """What came is not what the hub promised; the words say how."""


@dataclass
class Line:
    """How a transfer is done: `ask(url, headers, seconds)` opens a reply, `check` may raise, `note` tells a person."""

    ask: Callable[[str, dict[str, str], float], web.Reply]
    check: Callable[[], None]
    note: Callable[[str], None]
    moved: Callable[[int], None] = field(default=lambda _bytes: None)
    patience: Patience = Patience()


def bring(file: HubFile, url: str, target: Path, line: Line) -> None:
    """Have `target` hold exactly the promised content.

    Raises `UserError` where patience ends (what came is kept) or the content is wrong twice (what came is deleted).
    """
    part = Part(file, target)
    tries = lies = 0
    if target.is_file() and target.stat().st_size != file.bytes:
        DISK.unlink(target)  # somebody changed what was proven
    while not target.is_file():
        before = part.size
        try:
            _attempt(part, url, line)
        except Lie as lie:
            part.discard()
            lies += 1
            if lies == MOST_LIES:
                raise _liar(file, lie) from lie
            line.note(f"{file.name} came wrong and was thrown away: {lie}. Fetching it again.")
        except (Broken, hub.Busy) as error:
            tries = 1 if part.size > before else tries + 1
            if tries > len(line.patience.waits):
                raise _given_up(part, error) from error
            wait(max(line.patience.waits[tries - 1], getattr(error, "seconds", 0.0)), line.check)


def _liar(file: HubFile, lie: Lie) -> UserError:
    return UserError(
        f"{file.name} is not what the hub promised: {lie}.",
        "What came was thrown away. Something on the way changes files; try another network, or later.",
    )


def _given_up(part: "Part", error: Exception) -> UserError:
    if isinstance(error, hub.Busy):
        return error
    done, total = units.size(part.size), units.size(part.file.bytes)
    return UserError(
        f"The connection broke at {done} of {total} of {part.file.name} and did not come back.",
        "What came is kept. Start the same download again to go on from there.",
    )


def wait(seconds: float, check: Callable[[], None]) -> None:
    """Let so many seconds pass, looking up ten times in each."""
    end, never = time.monotonic() + seconds, threading.Event()
    while (left := end - time.monotonic()) > 0:
        check()
        never.wait(min(left, LOOK_SECONDS))


class Part:
    """A file on its way: what came so far and its running hash."""

    def __init__(self, file: HubFile, target: Path) -> None:
        self.file, self.target = file, target
        self.path = target.with_name(f"{target.name}.{(file.sha256 or file.git)[:12]}.part")
        self._digest: Any = None
        self._hashed = 0

    @property
    def size(self) -> int:
        """Bytes that came so far."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def discard(self) -> None:
        """Begin anew."""
        DISK.unlink(self.path)
        self._digest, self._hashed = None, 0

    def take_up(self, check: Callable[[], None]) -> int:
        """Read what an earlier attempt left; how much it is."""
        if self.size > self.file.bytes:
            self.discard()
        if self._digest is None or self._hashed != self.size:
            self._digest, self._hashed = self._fresh(), 0
            if self.path.is_file():
                with self.path.open("rb") as before:
                    while block := before.read(1 << 20):
                        self._add(block)
                        check()
        return self._hashed

    def write(self, block: bytes, descriptor: int) -> None:
        """Append a block."""
        if self._hashed + len(block) > self.file.bytes:
            raise Lie(f"more than {units.size(self.file.bytes)} came")
        with files.disk_faults(self.path, self.file.bytes):
            DISK.write(descriptor, block)
        self._add(block)

    def finish(self) -> None:
        """Give the proven file its name. Raises `Lie` for other content."""
        if self._digest.hexdigest() != (self.file.sha256 or self.file.git):
            raise Lie("its hash differs")
        with files.disk_faults(self.path):
            DISK.fsync_file(self.path)
            DISK.rename(self.path, self.target)

    def _fresh(self) -> Any:
        if self.file.sha256:
            return hashlib.sha256()
        # Git names a file by the SHA-1 of a short head and the content.
        return hashlib.sha1(b"blob %d\0" % self.file.bytes, usedforsecurity=False)

    def _add(self, block: bytes) -> None:
        self._digest.update(block)
        self._hashed += len(block)


def _attempt(part: Part, url: str, line: Line) -> None:
    start = part.take_up(line.check)
    line.moved(start)
    if start < part.file.bytes or not part.path.exists():
        _receive(part, url, start, line)
    part.finish()


def _receive(part: Part, url: str, start: int, line: Line) -> None:
    ranged = {"Range": f"bytes={start}-"} if start else {}
    pump = Pump(lambda: line.ask(url, ranged, line.patience.silence))
    descriptor = -1
    try:
        reply = pump.reply(line.check)
        if reply.status == 416 or (start and reply.status == 200):  # it cannot go on from there
            part.discard()
            start = part.take_up(line.check)
            if reply.status == 416:
                raise Broken
        _judge(reply, part.file, start)
        with files.disk_faults(part.path, part.file.bytes):
            descriptor = DISK.append(part.path)
        while block := pump.block(line.check):
            part.write(block, descriptor)
            line.moved(part.size)
    finally:
        pump.close()
        if descriptor >= 0:
            DISK.close(descriptor)
    if part.size < part.file.bytes:
        raise Broken


def _judge(reply: web.Reply, file: HubFile, start: int) -> None:
    """Raise `Lie` where the head of an answer contradicts what is known of the file."""
    headers = reply.headers
    if headers.get("Content-Encoding", "identity") != "identity":
        raise Lie("it came packed")
    length = headers.get("Content-Length", "")
    if length and length != str(file.bytes - start):
        raise Lie(f"it was announced with {_spoken(length)} instead of {units.size(file.bytes - start)}")
    if reply.status == 206:
        found = _RANGE.fullmatch(headers.get("Content-Range", ""))
        if found is None or int(found[1]) != start or found[3] not in ("*", str(file.bytes)):
            raise Lie("another part than the one asked for came")


def _spoken(length: str) -> str:
    return units.size(int(length)) if length.isdigit() and len(length) < 16 else "an unreadable size"


def aside(work: Callable[[], _T], check: Callable[[], None]) -> _T:
    """Do `work` on a thread of its own and wait for it, looking up ten times a second; an interrupt leaves it alone."""
    answer: queue.Queue[tuple[_T | None, BaseException | None]] = queue.Queue()

    def run() -> None:
        try:
            answer.put((work(), None))
        except BaseException as error:
            answer.put((None, error))

    threading.Thread(target=run, name="ask", daemon=True).start()
    while True:
        check()
        try:
            value, error = answer.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            continue
        if error is not None:
            raise error
        return value  # type: ignore[return-value]


class Pump:
    """Waits for a server on a thread of its own, so that whoever takes from it can look up ten times a second."""

    def __init__(self, ask: Callable[[], web.Reply]) -> None:
        self._ask = ask
        self._queue: queue.Queue[bytes | web.Reply | Exception] = queue.Queue(maxsize=16)
        self._left = threading.Event()
        self._reply: web.Reply | None = None
        threading.Thread(target=self._run, name="download", daemon=True).start()

    def reply(self, check: Callable[[], None]) -> web.Reply:
        """The head of the answer. Raises `Broken`, or what the status means."""
        item = self._take(check)
        assert isinstance(item, web.Reply)
        return item

    def block(self, check: Callable[[], None]) -> bytes:
        """The next bytes; b"" at the end. Raises `Broken`."""
        item = self._take(check)
        assert isinstance(item, bytes)
        return item

    def close(self) -> None:
        """Let go of the connection; the thread ends by itself."""
        self._left.set()
        if self._reply is not None:
            self._reply.close()

    def _take(self, check: Callable[[], None]) -> bytes | web.Reply:
        while True:
            check()
            try:
                item = self._queue.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                continue
            if isinstance(item, (OSError, web.ProtocolError)):
                raise Broken(type(item).__name__) from item
            if isinstance(item, Exception):
                raise item
            return item

    def _run(self) -> None:
        try:
            self._reply = reply = self._ask()
            self._put(reply)
            while not self._left.is_set():
                block = reply.read(BLOCK)
                self._put(block)
                if not block:
                    break
        except Exception as error:  # carried to whoever takes
            self._put(error)
        finally:
            if self._reply is not None:
                self._reply.close()

    def _put(self, item: bytes | web.Reply | Exception) -> None:
        while not self._left.is_set():
            try:
                self._queue.put(item, timeout=LOOK_SECONDS)
            except queue.Full:
                continue
            return
