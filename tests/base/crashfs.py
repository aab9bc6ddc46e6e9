"""A disk that records what is done to it, and the folders a power cut after any number of those doings could leave.

The model: bytes of a file are safe once it was fsynced, names in a folder once the folder was fsynced. Whatever is not
safe may be there, be missing, or (bytes) be there in part. A rename may reach the disk before the bytes it names.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from llmstudio.base.disk import Disk

PIECES = 3  # in which a write reaches the system
Tree = dict[str, bytes | None]  # relative path -> content; None = folder
Entries = dict[str, int]  # name -> inode


@dataclass
class Snapshot:
    """What was visible after one operation, and what of it was safe."""

    visible: Tree
    inodes: dict[str, int]  # of the visible paths
    folders: dict[int, Entries]  # safe names, by the folder's inode
    contents: dict[int, bytes]  # safe bytes, by the file's inode
    root: int

    def safe(self) -> Tree:
        """The tree of safe names with safe bytes."""
        tree: Tree = {}
        self._walk(self.root, "", tree)
        return tree

    def _walk(self, inode: int, prefix: str, tree: Tree) -> None:
        is_folder = {i: self.visible[p] is None for p, i in self.inodes.items()}
        for name, child in self.folders.get(inode, {}).items():
            if is_folder.get(child, child in self.folders):
                tree[prefix + name] = None
                self._walk(child, f"{prefix}{name}/", tree)
            else:
                tree[prefix + name] = self.contents.get(child, b"")


@dataclass
class RecordingDisk(Disk):
    """Does what it is told below `root`, and remembers after each operation what would surely survive a power cut."""

    root: Path = Path()
    history: list[Snapshot] = field(default_factory=list)
    _folders: dict[int, Entries] = field(default_factory=dict)
    _contents: dict[int, bytes] = field(default_factory=dict)

    def begin(self) -> None:
        """Everything that is there now is safe."""
        for path in (self.root, *self.root.rglob("*")):
            if path.is_dir():
                self._folders[path.stat().st_ino] = self._entries(path)
            else:
                self._contents[path.stat().st_ino] = path.read_bytes()
        self._note()

    def create(self, path: Path) -> int:
        descriptor = super().create(path)
        self._contents.pop(path.stat().st_ino, None)
        self._note()
        return descriptor

    def append(self, path: Path) -> int:
        new = not path.exists()
        descriptor = super().append(path)
        if new:
            self._contents.pop(path.stat().st_ino, None)
        self._note()
        return descriptor

    def write(self, descriptor: int, data: bytes | memoryview) -> None:
        view = memoryview(data).cast("B")
        for start in range(0, len(view), max(1, -(-len(view) // PIECES))):  # the system may take several turns
            super().write(descriptor, view[start : start + max(1, -(-len(view) // PIECES))])
            self._note()

    def fsync(self, descriptor: int) -> None:
        super().fsync(descriptor)
        self._sync_content(Path(f"/proc/self/fd/{descriptor}"))

    def fsync_file(self, path: Path) -> None:
        super().fsync_file(path)
        self._sync_content(path)

    def fsync_folder(self, path: Path) -> None:
        super().fsync_folder(path)
        self._folders[path.stat().st_ino] = self._entries(path)
        self._note()

    def rename(self, source: Path, target: Path) -> None:
        super().rename(source, target)
        self._note()

    def unlink(self, path: Path) -> None:
        super().unlink(path)
        self._note()

    def mkdir(self, path: Path) -> None:
        new = not path.exists()
        super().mkdir(path)
        if new:  # its number may be that of a folder that is gone
            self._folders.pop(path.stat().st_ino, None)
        self._note()

    def remove_folder(self, path: Path) -> None:
        super().remove_folder(path)
        self._note()

    def _sync_content(self, path: Path) -> None:
        self._contents[path.stat().st_ino] = path.read_bytes()
        self._note()

    @staticmethod
    def _entries(folder: Path) -> Entries:
        return {path.name: path.stat().st_ino for path in folder.iterdir() if path.suffix != ".lock"}

    def _note(self) -> None:
        paths = sorted(path for path in self.root.rglob("*") if path.suffix != ".lock")
        names = {path: path.relative_to(self.root).as_posix() for path in paths}
        visible = {names[path]: path.read_bytes() if path.is_file() else None for path in paths}
        inodes = {names[path]: path.stat().st_ino for path in paths}
        root = self.root.stat().st_ino
        self.history.append(Snapshot(visible, inodes, dict(self._folders), dict(self._contents), root))


def crash_states(history: list[Snapshot]) -> Iterator[Tree]:
    """Every tree that a power cut could leave.

    After each operation: all reached the disk; all names did, but bytes that were not safe are lost, torn or zeros, of
    all files or of a single one; only what was safe did; all but one new name did; only one new name did.
    """
    for snapshot in history:
        yield snapshot.visible
        for lose in (_none, _half, _zeros):
            unsafe = [name for name in snapshot.visible if _tail(snapshot, name)]
            yield _without(snapshot, unsafe, lose)
            if len(unsafe) > 1:
                yield from (_without(snapshot, [name], lose) for name in unsafe)
        yield snapshot.safe()
        yield from _one_name_lost(snapshot)
        yield from _one_name_kept(snapshot)


def _none(tail: bytes) -> bytes:
    return b""


def _half(tail: bytes) -> bytes:
    return tail[: len(tail) // 2]


def _zeros(tail: bytes) -> bytes:
    """A file may have its length before it has its bytes."""
    return bytes(len(tail))


def _tail(snapshot: Snapshot, name: str) -> bytes:
    """The bytes of a file that are not safe: what was added to those that are, or all of them."""
    content = snapshot.visible[name] or b""
    safe = snapshot.contents.get(snapshot.inodes[name])
    return content if safe is None or not content.startswith(safe) else content[len(safe) :]


def _without(snapshot: Snapshot, names: list[str], lose: Callable[[bytes], bytes]) -> Tree:
    """Names all there, the bytes that were not safe of some files lost."""
    tree = dict(snapshot.visible)
    for name in names:
        content, tail = snapshot.visible[name] or b"", _tail(snapshot, name)
        tree[name] = content[: len(content) - len(tail)] + lose(tail)
    return tree


def _one_name_kept(snapshot: Snapshot) -> Iterator[Tree]:
    """Only what was safe, and one new name with all that is safe below it: names may reach the disk in any order."""
    safe = snapshot.safe()
    for name, inode in snapshot.inodes.items():
        parent, _, last = name.rpartition("/")
        known = snapshot.folders.get(snapshot.inodes.get(parent, snapshot.root), {})
        if known.get(last) == inode or (parent and parent not in safe) or inode in known.values():
            continue  # safe anyway, or in a folder that is not, or renamed: then its old name is lost with it
        below = {path: snapshot.contents.get(number, b"") for path, number in _inside(snapshot, name, inode)}
        kept: Tree = {p: content for p, content in safe.items() if p != name and not p.startswith(name + "/")}
        kept |= {name: None} | below if snapshot.visible[name] is None else {name: below[name]}
        if _possible(kept):
            yield kept


def _possible(tree: Tree) -> bool:
    """A folder that is gone, and was never forced to the disk, is taken for a file: nothing can lie in it."""
    parents = {parent for path in tree if (parent := path.rpartition("/")[0])}
    return all(tree.get(parent, b"") is None for parent in parents)


def _inside(snapshot: Snapshot, name: str, inode: int) -> Iterator[tuple[str, int]]:
    """The safe files at and below a name, with their numbers."""
    if snapshot.visible[name] is not None:
        yield name, inode
    for last, child in snapshot.folders.get(inode, {}).items():
        path = f"{name}/{last}"
        if path in snapshot.visible:
            yield from _inside(snapshot, path, child)


def _one_name_lost(snapshot: Snapshot) -> Iterator[Tree]:
    for name, inode in snapshot.inodes.items():
        parent, _, last = name.rpartition("/")
        safe = snapshot.folders.get(snapshot.inodes.get(parent, snapshot.root), {})
        if safe.get(last) == inode:
            continue
        before = next(
            (old for old, known in safe.items() if known == inode), None
        )  # it was renamed: the old name stays
        if before is not None and (f"{parent}/{before}" if parent else before) in snapshot.inodes:
            continue  # the old name is taken again: file systems keep the order of the two renames
        instead = before and (f"{parent}/{before}" if parent else before)
        tree = dict(_moved(snapshot.visible, name, instead))
        if last in safe:  # what it replaced is still there
            tree |= {path: c for path, c in snapshot.safe().items() if path == name or path.startswith(name + "/")}
        yield tree


def _moved(tree: Tree, name: str, instead: str | None) -> Iterator[tuple[str, bytes | None]]:
    for path, content in tree.items():
        if path != name and not path.startswith(name + "/"):
            yield path, content
        elif instead is not None:
            yield instead + path[len(name) :], content


def materialise(tree: Tree, root: Path) -> None:
    """Write a tree into an empty folder."""
    for name, content in tree.items():
        path = root / name
        (path if content is None else path.parent).mkdir(parents=True, exist_ok=True)
        if content is not None:
            path.write_bytes(content)
