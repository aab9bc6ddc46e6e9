"""Finds what there is to read: files, folders, patterns, archives and pasted text become a list of sources."""

import glob
import io
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.config.dataset import ImportConfig
from llmstudio.data import archive

PLAIN = "txt text log rst tex srt vtt asc adoc org ini cfg toml yaml yml py js ts c h cpp hpp rs go java rb pl sh css"
FORMATS = {
    **dict.fromkeys(PLAIN.split(), "txt"),
    **dict.fromkeys(("md", "markdown"), "md"),
    **dict.fromkeys(("tsv", "tab"), "tsv"),
    **dict.fromkeys(("jsonl", "ndjson"), "jsonl"),
    **dict.fromkeys(("parquet", "pq"), "parquet"),
    **dict.fromkeys(("html", "htm", "xhtml"), "html"),
    "csv": "csv",
    "json": "json",
    "xml": "xml",
}
PACKINGS = {"gz": "gz", "gzip": "gz", "zst": "zst", "zstd": "zst", "zip": "zip"}
TEXTS = ("txt", "md", "html", "xml")
MOST_FILES = 1_000_000
Check = Callable[[], None]


@dataclass(frozen=True)
class Source:
    """One readable thing: a file, a packed file, a member of an archive, or pasted text.

    `stored` counts the bytes it takes on disk, which is what progress is measured in; `size` is a member's own.
    """

    name: str
    format: str
    stored: int
    path: Path | None = None
    packing: str = ""
    member: str = ""
    size: int = 0
    zip: archive.Zip | None = field(default=None, compare=False)
    pasted: str = ""

    def blocks(self, tap: Callable[[int], None] = lambda _: None) -> Iterator[bytes]:
        """The bytes, unpacked, in blocks of at most 1 MiB; `tap` gets how many stored bytes each block has used."""
        limit = self.stored if self.packing else None
        done = used = 0
        with ExitStack() as stack:
            raw, stream = self._open(stack)
            for block in archive.blocks(stream, self.name, limit):
                done += len(block)
                now = min(self._used(raw, done), self.stored)
                tap(now - used)
                used = now
                yield block
        tap(self.stored - used)

    def _open(self, stack: ExitStack) -> tuple[IO[bytes], IO[bytes]]:
        if self.zip:
            member = stack.enter_context(self.zip.open(self.member))
            return member, member
        if self.path is None:
            pasted = io.BytesIO(self.pasted.encode("utf-8", "surrogatepass"))
            return pasted, pasted
        raw = stack.enter_context(open_regular(self.path))
        return raw, stack.enter_context(archive.unpack(raw, self.packing)) if self.packing else raw

    def _used(self, raw: IO[bytes], done: int) -> int:
        if self.zip:
            return done * self.stored // max(self.size, 1)
        return raw.tell() if self.packing else done


@dataclass(frozen=True)
class Finding:
    """The sources in reading order, and what was passed over, with the reason."""

    sources: list[Source]
    skipped: list[str]

    def close(self) -> None:
        """Let go of archives."""
        for opened in {id(s.zip): s.zip for s in self.sources if s.zip}.values():
            opened.close()


def find(config: ImportConfig, check: Check = lambda: None) -> Finding:
    """Everything `config` names; raises UserError if something is not there or nothing can be read."""
    if config.text:
        kind = "txt" if config.format == "auto" else config.format
        pasted = config.text.encode("utf-8", "replace").decode()
        return Finding([Source("pasted text", kind, len(pasted.encode()), pasted=pasted)], [])
    if not config.paths:
        raise UserError("Nothing to import.", "Name a file, a folder or a pattern, or paste text.", field="paths")
    sources: list[Source] = []
    skipped: list[str] = []
    for path, root in _expand(config.paths):
        check()
        _add(path, root, config.format, sources, skipped)
        if len(sources) > MOST_FILES:
            raise UserError(f"More than {MOST_FILES:,} files.", "Import fewer at a time.", field="paths")
    if not sources:
        what = f"{units.plural(len(skipped), 'file')} of no known kind" if skipped else "the folder is empty"
        hint = "Name the format (for example txt), or choose other files."
        raise UserError(f"Nothing to import: {what}.", hint, field="paths")
    return Finding(sources, skipped)


def open_regular(path: Path) -> IO[bytes]:
    """Open a regular file for reading; never waits on a pipe or a device. Raises UserError."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UserError(f"{shown(path.name)} is not a regular file.", "Choose a file or a folder.", field="paths")
        return path.open("rb")
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error


def shown(name: str) -> str:
    """A file's name as text can hold it: bytes that are no UTF-8 (Linux allows them) become U+FFFD."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def unreadable(path: Path, error: Exception) -> UserError:
    """Why a path cannot be read, in plain words."""
    name = shown(path.name or str(path))[:80]
    if isinstance(error, FileNotFoundError):
        return UserError(f"There is no file or folder {name}.", "Check the spelling, or choose it.", field="paths")
    if isinstance(error, PermissionError):
        return UserError(f"{name} may not be read.", "Ask its owner, or copy it to your folder.", field="paths")
    return UserError(f"{name} cannot be read.", "It may be a broken link or a failing disk.", field="paths")


def _expand(paths: Iterable[str]) -> Iterator[tuple[Path, Path | None]]:
    """(file, the folder it was found in; None for a file that was named itself) in a stable order, each file once."""
    seen: set[str] = set()
    for text in paths:
        for path, root in _expand_one(text):
            key = os.path.normcase(path.absolute())
            if key not in seen:
                seen.add(key)
                yield path, root


def _expand_one(text: str) -> Iterator[tuple[Path, Path | None]]:
    if not text.strip() or "\0" in text:
        raise UserError("A path is empty.", "Name a file, a folder or a pattern.", field="paths")
    path = Path(text).expanduser()
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except OSError as error:
        if not glob.has_magic(text):
            raise unreadable(path, error) from error
        yield from _pattern(str(path), text)
        return
    if is_folder:
        yield from ((found, path) for found in _walk(path))
    else:
        yield path, None


def _pattern(pattern: str, text: str) -> Iterator[tuple[Path, Path | None]]:
    found = sorted(glob.iglob(pattern, recursive=True))  # noqa: PTH207 - patterns may be absolute
    if not found:
        raise UserError(f"No file fits the pattern {text[:80]}.", "Check its spelling.", field="paths")
    for name in found:
        path = Path(name)
        if path.is_dir():
            yield from ((inner, path) for inner in _walk(path))
        else:
            yield path, path.parent


def _walk(folder: Path) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise unreadable(Path(error.filename or folder), error)

    for root, folders, files in os.walk(folder, onerror=fail, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(root, name)
            if not name.startswith(".") and path.is_file():
                yield path


def _add(path: Path, root: Path | None, wanted: str, sources: list[Source], skipped: list[str]) -> None:
    packing, inner = _packing(path.name)
    if packing == "zip":
        _add_zip(path, wanted, sources, skipped)
        return
    kind = format_of(inner, wanted)
    if not kind and root is None:
        message = f"{shown(path.name)} is of no known kind."
        raise UserError(message, "Name its format, for example txt.", field="format", candidates=("txt", "csv"))
    if not kind:
        skipped.append(shown(path.name))
        return
    name = shown(path.relative_to(root).as_posix() if root else path.name)
    try:
        size = path.stat().st_size
    except OSError as error:
        raise unreadable(path, error) from error
    if not stat.S_ISREG(path.stat().st_mode):
        raise UserError(f"{shown(path.name)} is not a regular file.", "Choose a file or a folder.", field="paths")
    sources.append(Source(name, kind, size, path, packing))


def _add_zip(path: Path, wanted: str, sources: list[Source], skipped: list[str]) -> None:
    with open_regular(path):
        opened = archive.Zip(path)
    for member in opened.members:
        name = member.name.rsplit("/", 1)[-1]
        packed, inner = _packing(name)
        kind = "" if packed or name.startswith(".") or "__MACOSX" in member.name else format_of(inner, wanted)
        if kind:
            label = shown(f"{path.name}/{member.name}")
            sources.append(Source(label, kind, member.stored, path, "zip", member.name, member.size, opened))
        else:
            skipped.append(shown(f"{path.name}/{member.name}"))


def _packing(name: str) -> tuple[str, str]:
    """("gz", "a.csv") for "a.csv.gz", ("", name) for what is not packed."""
    stem, dot, ending = name.rpartition(".")
    packing = PACKINGS.get(ending.lower(), "") if dot else ""
    return (packing, stem) if packing else ("", name)


def format_of(name: str, wanted: str = "auto") -> str:
    """The format a file name tells, "" for an unknown ending; a name without an ending is plain text."""
    if wanted != "auto":
        return wanted
    ending = Path(name).suffix.removeprefix(".").lower()
    return FORMATS.get(ending, "") if ending else "txt"
