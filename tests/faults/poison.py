"""R6: ways to spoil the import of a dataset, and the child that tries them; see `tests.faults.fuzzing`."""

import gzip
import io
import json
import os
import random
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import zstandard

from llmstudio.base.errors import UserError
from llmstudio.data.documents import Documents
from llmstudio.store.workspace import Workspace
from tests.data.fake_context import import_into
from tests.faults import fuzzing
from tests.faults.row import Row

SAMPLE = 'river lantern Größe naïve молоко 海 🎉 stone, quiet; "said" he don\'t 3.14 -- end'
WORDS = [*SAMPLE.split(), "\t"]
NAMES = (
    "utf-8 utf-8-sig utf-16 utf-16-le utf-16-be utf-32 utf-32-le cp1252 latin-1 shift_jis gb18030 koi8-r euc_kr big5"
)
ENCODINGS = NAMES.split()
NEWLINES = ("\n", "\r\n", "\r", "\u2028", "", "\n\n\n")


@dataclass
class Case:
    """One poisoned input: how to write it, and what the person chose."""

    name: str
    content: bytes = b""
    make: Callable[[Path], None] | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        path = folder / self.name
        if self.make:
            self.make(path)
        else:
            path.write_bytes(self.content)
        return path


def text_of(rng: random.Random, words: int = 60) -> str:
    newline = rng.choice(NEWLINES)
    return "".join(rng.choice(WORDS) + (newline if rng.random() < 0.2 else " ") for _ in range(words))


def encoded(rng: random.Random) -> Case:
    encoding = rng.choice(ENCODINGS)
    content = text_of(rng).encode(encoding, "ignore")
    if rng.random() < 0.4:  # another encoding goes on in the middle, or a byte is lost
        content += text_of(rng, 10).encode(rng.choice(ENCODINGS), "ignore")
    if rng.random() < 0.3 and content:
        cut = rng.randrange(len(content))
        content = content[:cut] + content[cut + 1 :]
    return Case(rng.choice(["a.txt", "a.md", "a.html", "plain"]), content)


def binary(rng: random.Random) -> Case:
    magic = rng.choice([b"", b"%PDF-1.4\n", b"\x89PNG\r\n", b"PK\x03\x04", b"\x7fELF", b"PAR1", b"\x1f\x8b\x08"])
    name = rng.choice(["a.txt", "a.csv", "a.json", "a.jsonl", "a.parquet", "a.txt.gz", "a.zip", "a.txt.zst", "a.xyz"])
    return Case(name, magic + rng.randbytes(rng.choice([0, 1, 7, 4096])))


def table(rng: random.Random) -> Case:
    mark = rng.choice([",", ";", "\t", "|"])
    rows = [[rng.choice(WORDS) for _ in range(3)] for _ in range(rng.randrange(30))]
    for _ in range(rng.randrange(4)):
        if rows:
            row = rng.choice(rows)
            row[:] = row[: rng.randrange(3)] if rng.random() < 0.5 else row + ["more"] * rng.randrange(3)
    header = rng.choice([["text", "label", "n"], ["", " ", ""], ["a", "a", "a"], ["﻿text", "label", "n"]])
    quote = rng.choice(["", '"', "'"])
    lines = [mark.join(quote + cell + quote for cell in row) for row in [header, *rows]]
    content = rng.choice(NEWLINES[:3]).join(lines)
    if rng.random() < 0.4 and content:
        at = rng.randrange(len(content))
        content = content[:at] + rng.choice(['"', "\0", "\ufeff", '""', '"""', "\n", mark * 3]) + content[at:]
    return Case(rng.choice(["a.csv", "a.tsv"]), content.encode("utf-8", "replace"), options=fault_option(rng))


def giant_field(rng: random.Random) -> Case:
    size = rng.choice([131_073, 17 << 20])
    opening = rng.choice(["", '"'])
    return Case("a.csv", b"text,label\n" + (opening + "x" * size + ",y\n").encode(), options=fault_option(rng))


def labels(rng: random.Random) -> Case:
    values = rng.choice([["1", "TRUE", "1.0"], ["NaN", "nan", ""], ["=SUM(A1)", "@x", "-1"], ["only"]])
    rows = "".join(f"text number {i},{rng.choice(values)}\n" for i in range(20))
    return Case("a.csv", ("text,label\n" + rows).encode())


def json_lines(rng: random.Random) -> Case:
    bad = rng.choice([
        "[" * 100_000, '{"a":' * 5000, "1" * 5000, '{"text": NaN}', '{"text": 1e999}', '{"text": "\\ud800"}', "null",
        "{", '{"text": "x"} trailing', "[]", '"just text"', "42", '{"other": 1}', "\ufeff{}", '{"text": "a\tb"}', "",
        '{"text": ["list", {"deep": "\\udc00"}]}', '{"text": "\\u0000"}', "'text'", '{"text": Infinity}',
    ])  # fmt: skip
    good = [json.dumps({"text": text_of(rng, 5)}) for _ in range(rng.randrange(4))]
    rng.shuffle(rows := [*good, bad])
    name = rng.choice(["a.jsonl", "a.json"])
    return Case(name, "\n".join(rows).encode("utf-8", "surrogatepass"), options=fault_option(rng))


def json_whole(rng: random.Random) -> Case:
    value: Any = [{"text": text_of(rng, 6), "n": i} for i in range(rng.randrange(6))]
    value = rng.choice([value, {"data": value}, {"text": ["a", "b"], "label": ["x", "y"]}, text_of(rng, 5), 7, None])
    content = json.dumps(value, indent=rng.choice([None, 1]))
    if rng.random() < 0.5:
        at = rng.randrange(len(content))
        content = content[:at] + rng.choice(["", "]", ",", "\\", '"', "\0"]) + content[at + 1 :]
    return Case("a.json", content.encode(), options=fault_option(rng))


def characters(rng: random.Random) -> Case:
    strange = rng.choice(
        ["\u202e", "\u200b", "\0", "\x1b[31m", "\u0301" * 10_000, "\ufeff", "\x07", "\ud7ff", "\U0010ffff"]
    )
    content = (text_of(rng) + strange * rng.choice([1, 30]) + text_of(rng)).encode("utf-8", "replace")
    steps = ("repair", "whitespace", "control", "markup", "lowercase", "special", "punctuation", "duplicates")
    chosen = {step: True for step in steps if rng.random() < 0.4}
    return Case("a.txt", content, options={**chosen, "normal_form": rng.choice(["off", "NFC", "NFKC"])})


def tiny(rng: random.Random) -> Case:
    content = rng.choice([b"", b" ", b"\n\n\t ", b"a", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\0", "é".encode()])
    name = rng.choice(["a.txt", "a.csv", "a.tsv", "a.json", "a.jsonl", "a.parquet", "a.html", "a.xml", "a.txt.gz"])
    return Case(name, content)


def markup(rng: random.Random) -> Case:
    piece = rng.choice(
        ["<b>", "<!--", "<", "<script>", "&lt;", "&#0;", "&#x110000;", "<a href='", "]]>", "<!ENTITY a 'b'>"]
    )
    text = piece * rng.choice([1, 20_000]) + text_of(rng)
    return Case(rng.choice(["a.html", "a.xml", "a.md"]), text.encode(), options={"markup": rng.random() < 0.7})


def packed(rng: random.Random) -> Case:
    inner = rng.choice([text_of(rng).encode(), b"", b"\0" * (40 << 20), b"x" * 100_000])
    kind = rng.choice(["gz", "zst", "cut"])
    content = zstandard.compress(inner) if kind == "zst" else gzip.compress(inner)
    if kind == "cut":
        content = content[: rng.randrange(len(content))]
    return Case("a.txt.zst" if kind == "zst" else "a.txt.gz", content)


def zipped(rng: random.Random) -> Case:
    name = rng.choice(
        ["../out.txt", "/etc/x.txt", "C:\\x.txt", "a/../../b.txt", "con.txt", "ok.txt", "sub/ok.csv", "n\n.txt"]
    )
    inner = rng.choice([b"some text in a zip", b"\0" * (30 << 20), b'text,label\n"open', b""])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), inner, zipfile.ZIP_DEFLATED)
        if rng.random() < 0.3:
            link = zipfile.ZipInfo("link.txt")
            link.external_attr = 0o120777 << 16
            archive.writestr(link, "/etc/passwd")
    content = buffer.getvalue()
    if rng.random() < 0.3:
        at = rng.randrange(len(content))
        content = content[:at] + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1 :]
    return Case("a.zip", content)


def special_file(rng: random.Random) -> Case:
    def loop(path: Path) -> None:
        path.symlink_to(path)

    def sparse(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(64 << 20)

    makers: list[Callable[[Path], None]] = [
        os.mkfifo,
        loop,
        Path.mkdir,
        sparse,
        lambda path: path.symlink_to("/dev/zero"),
    ]
    return Case("a.txt", make=rng.choice(makers))


def fault_option(rng: random.Random) -> dict[str, Any]:
    return {"on_fault": rng.choice(["stop", "skip"])}


STRATEGIES = (
    encoded, encoded, encoded, table, table, table, table, json_lines, json_lines, json_whole, json_whole, characters,
    characters, binary, binary, tiny, markup, packed, zipped, zipped, labels, special_file, giant_field,
)  # fmt: skip


def cases(count: int, seed: int) -> list[Case]:
    """So many, the same for the same seed."""
    rng = random.Random(seed)
    return [STRATEGIES[number % len(STRATEGIES)](rng) for number in range(count)]


def attempt(case: Case, folder: Path, reimport: bool) -> dict[str, Any]:
    """Import one case; what came of it."""
    workspace = Workspace.open(folder / "workspace")
    source = folder / "source"
    source.mkdir()
    before = sorted(path.name for path in folder.iterdir())
    try:
        import_into(workspace, case.write(source), name="set", **case.options)
    except UserError as error:
        left = sorted(str(path.relative_to(folder)) for path in workspace.datasets.iterdir())
        outside = sorted(path.name for path in folder.iterdir()) != before
        return fuzzing.refusal(error) | {"left": left, "outside": outside}
    texts = texts_of(workspace, "set")
    again = texts if not reimport else reimported(workspace, texts, folder)
    return {"documents": len(texts), "characters": sum(map(len, texts)), "same": texts == again}


def texts_of(workspace: Workspace, name: str) -> list[str]:
    with closing(Documents(workspace.datasets / name)) as documents:
        return ["".join(parts) for parts in documents.iterate()]


def reimported(workspace: Workspace, texts: list[str], folder: Path) -> list[str]:
    path = folder / "again.jsonl"
    path.write_text("\n".join(json.dumps({"text": text}) for text in texts))
    import_into(workspace, path, name="again", text_column="text")
    return texts_of(workspace, "again")


def tries(count: int, seed: int, _shared: Path) -> list[fuzzing.Try]:
    """Every seventh dataset is exported and imported again."""
    found = []
    for number, case in enumerate(cases(count, seed)):

        def go(folder: Path, case: Case = case, again: bool = number % 7 == 0) -> fuzzing.Outcome:
            return attempt(case, folder, again)

        found.append(fuzzing.Try(case.name, case.options, go))
    return found


def trials(count: int, seed: int, folder: Path) -> Row:
    """`count` spoiled datasets."""
    return fuzzing.judged("R6 datasets", "poison", count, seed, folder, memory=512 << 20)


if __name__ == "__main__":
    fuzzing.main(tries, trials)
