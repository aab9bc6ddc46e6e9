"""Two versions of a folder's content, for tests that write folders."""

from pathlib import Path

OLD = {"model.bin": b"old " * 9, "sub/state.json": b"{1}", "manifest.json": b"old list"}
NEW = {"model.bin": b"brand new " * 9, "sub/state.json": b"{2}", "manifest.json": b"new list"}


def put(folder: Path, content: dict[str, bytes]) -> None:
    for name, data in content.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def found(folder: Path) -> dict[str, bytes] | None:
    if not folder.exists():
        return None
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
