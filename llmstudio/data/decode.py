"""From bytes to text without guessing aloud: an encoding is taken only when nothing else fits, else a person decides.

Order of evidence: byte order mark, strict UTF-8 over the whole file, the pattern of zero bytes of UTF-16 and
UTF-32, what an HTML or XML file says of itself, East Asian text, Western text. Decoding is always strict.
"""

import codecs
import difflib
import encodings.aliases
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from llmstudio.base.errors import UserError
from llmstudio.data import multibyte, singlebyte, zerobytes

SAMPLE = 256 << 10
WINDOW = 64 << 10
MOST_WINDOWS = 256 << 10
MOST_CONTROLS = 0.02
REPLACE = "+replace"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"PK\x03\x04", "a zip archive or an office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "a database"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"ID3", "a sound file"),
    (b"OggS", "a sound file"),
    (b"RIFF", "a sound or film file"),
    (b"\x80\x04", "a Python pickle"),
)
_CONTROLS = bytes(set(range(1, 32)) - set(b"\t\n\r\f\x1b\x08\x0b")) + b"\x7f"
_HIGH = re.compile(rb"[\x80-\xff]")
_DECLARED = re.compile(rb"""(?:encoding|charset)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_NAMES = {"cp1252": "windows-1252", "utf_8": "utf-8"}


@dataclass(frozen=True)
class Found:
    """What a file's bytes are: `encoding` is "" when unsure (then `candidates`) or binary (then `binary` says what).

    `invalid` is the offset of the first byte that is not UTF-8, -1 where there is none; `cut` tells that the file
    ends inside a character.
    """

    encoding: str
    bytes: int
    sha256: str
    candidates: tuple[str, ...] = ()
    binary: str = ""
    invalid: int = -1
    cut: bool = False


def recognise(blocks: Iterable[bytes], declares: bool = False, whole: bool = True) -> Found:
    """Read a file's bytes once.

    `declares` tells that HTML and XML declarations count, `whole` that the blocks reach to the file's end.
    """
    evidence = _Evidence(whole)
    for block in blocks:
        evidence.take(block)
    return evidence.decide(declares)


class _Evidence:
    def __init__(self, whole: bool) -> None:
        self.whole = whole
        self.size, self.head = 0, b""
        self.sample, self.windows = bytearray(), bytearray()
        self.zeros = zerobytes.Zeros()
        self.invalid, self.cut = -1, False
        self._digest = hashlib.sha256()
        self._utf8 = codecs.getincrementaldecoder("utf-8")("strict")

    def take(self, block: bytes) -> None:
        self._digest.update(block)
        self.head = (self.head + block[:64])[:64]
        self.zeros.take(block, self.size)
        if self.invalid < 0:
            self._try_utf8(block)
        taken = max(0, SAMPLE - len(self.sample))
        self.sample += block[:taken]
        rest = block[taken:]
        if rest and len(self.windows) < MOST_WINDOWS and not rest.isascii():
            self.windows += _window(rest)
        self.size += len(block)

    def _try_utf8(self, block: bytes, final: bool = False) -> None:
        pending = len(self._utf8.getstate()[0])
        try:
            self._utf8.decode(block, final)
        except UnicodeDecodeError as error:
            self.invalid = self.size - pending + error.start
            self.cut = final

    def decide(self, declares: bool) -> Found:
        if self.invalid < 0 and self.whole:
            self._try_utf8(b"", final=True)
        sample = bytes(self.sample)
        mark = next((name for bom, name in _BOMS if self.head.startswith(bom)), "")
        if mark:
            return self._marked(mark)
        binary = self._magic(sample)
        if binary:
            return self._found("", binary=binary)
        if self.zeros.count and not (self.invalid < 0 and 10 * self.zeros.count < self.size):
            wide = self.zeros.encoding(sample, self.size)
            return self._found(wide, binary="" if wide else "not text: it holds zero bytes")
        if self.zeros.count > max(16, self.size // 1000):
            return self._found("", binary="not text: it holds zero bytes")
        controls = len(sample) - len(sample.translate(None, _CONTROLS))
        if controls > max(2, MOST_CONTROLS * len(sample)):
            return self._found("", binary="not text: it is full of control characters")
        return self._text(sample, declares)

    def _marked(self, name: str) -> Found:
        if name == "utf-8-sig" and self.invalid >= 0:
            return self._found("", candidates=("utf-8" + REPLACE,))
        unit = {"utf-16": 2, "utf-32": 4}.get(name, 1)
        if self.whole and self.size % unit:
            self.invalid, self.cut = self.size - self.size % unit, True
            return self._found("", candidates=(name + REPLACE,))
        return self._found(name)

    def _magic(self, sample: bytes) -> str:
        for magic, what in _MAGIC:
            if self.head.startswith(magic) and (self.invalid >= 0 or b"\0" in sample or magic == b"%PDF-"):
                return what
        return ""

    def _text(self, sample: bytes, declares: bool) -> Found:
        if self.invalid < 0:
            return self._whole((multibyte.seven_bit(sample) if sample.isascii() else "") or "utf-8")
        if self.windows:
            sample = sample[: sample.rfind(b"\n") + 1] + bytes(self.windows)
        if _is_mostly_utf8(sample):
            return self._found("", candidates=("utf-8" + REPLACE,))
        said = _declared(sample) if declares else ""
        if said:
            return self._whole(said)
        name, candidates = multibyte.recognise(sample)
        if not name and not candidates:
            name, candidates = singlebyte.recognise(sample)
        return self._whole(name, candidates or singlebyte.possible(sample))

    def _whole(self, encoding: str, candidates: tuple[str, ...] = ()) -> Found:
        """A file that fits in the sample must decode to its very end."""
        if self.whole and encoding not in ("", "utf-8") and self.size <= len(self.sample):
            try:
                self.sample.decode(encoding)
            except UnicodeDecodeError as error:
                self.invalid, self.cut = error.start, True
                return self._found("", candidates=(encoding + REPLACE,))
        return self._found(encoding, candidates=() if encoding else candidates)

    def _found(self, encoding: str, candidates: tuple[str, ...] = (), binary: str = "") -> Found:
        names = tuple(public_name(name) for name in candidates)
        digest = self._digest.hexdigest()
        return Found(public_name(encoding), self.size, digest, names, binary, self.invalid, self.cut)


def _window(block: bytes) -> bytes:
    """Whole lines around the first byte above 127, where every encoding can begin to read; b"" if there are none."""
    first = _HIGH.search(block)
    start = block.rfind(b"\n", 0, first.start() if first else 0) + 1
    if not start:
        start = block.find(b"\n") + 1
    return block[start : block.rfind(b"\n", start, start + WINDOW) + 1] if start else b""


def _is_mostly_utf8(sample: bytes) -> bool:
    text = sample.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    real = sum(c > "\x7f" for c in text) - broken
    return real >= 5 and real >= 10 * broken


def _declared(sample: bytes) -> str:
    match = _DECLARED.search(sample[:1024])
    if not match:
        return ""
    try:
        name = resolve(match[1].decode("ascii"))
        codecs.getincrementaldecoder(name)("strict").decode(sample)
    except (UserError, UnicodeError):
        return ""
    # What calls itself Latin-1 on the web is Windows-1252 (WHATWG Encoding Standard, section 4.2).
    return "windows-1252" if name in ("latin-1", "iso8859-1", "ascii") else name


def public_name(encoding: str) -> str:
    """The usual name of one of Python's codecs: cp1250 -> windows-1250, iso8859-2 -> iso-8859-2."""
    name = _NAMES.get(encoding, encoding)
    name = re.sub(r"^cp(125\d)$", r"windows-\1", name)
    return re.sub(r"^iso8859-", "iso-8859-", name).replace("_", "-")


def spoken(encoding: str) -> str:
    """An encoding's name in a sentence: windows-1252 -> Windows-1252, iso-8859-2 -> ISO 8859-2."""
    name = public_name(encoding).removesuffix(REPLACE)
    if name.startswith("windows"):
        return name.capitalize()
    return name.upper().replace("ISO-", "ISO ") if name.startswith(("utf", "iso", "koi", "gb", "euc", "cp")) else name


def resolve(name: str) -> str:
    """Python's codec for an encoding a person names; raises UserError with near names."""
    base = name.strip().removesuffix(REPLACE)
    try:
        info = _text_codec(base)
    except (LookupError, ValueError, UnicodeError):
        known = sorted({public_name(value) for value in encodings.aliases.aliases.values() if _is_text(value)})
        near = tuple(difflib.get_close_matches(base.lower(), known, 4, 0.5)) or ("utf-8", "windows-1252", "utf-16")
        message = f"There is no encoding called {base[:40]!r}."
        raise UserError(message, f"Try {' or '.join(near)}.", field="encoding", candidates=near) from None
    return "utf-8-sig" if info.name == "utf-8" else info.name


def _text_codec(name: str) -> codecs.CodecInfo:
    """Python's codec; LookupError where it is unknown or turns bytes into something else than text."""
    info = codecs.lookup(name)
    if not getattr(info, "_is_text_encoding", True) or info.incrementaldecoder is None:
        raise LookupError(name)
    return info


def _is_text(name: str) -> bool:
    try:
        return bool(_text_codec(name))
    except LookupError:  # also what this system lacks, such as mbcs
        return False


def text(blocks: Iterable[bytes], encoding: str, name: str = "the file") -> Iterator[str]:
    """Decode blocks of bytes, a byte order mark removed; raises UserError with the offset of what does not fit."""
    errors = "replace" if encoding.endswith(REPLACE) else "strict"
    decoder = codecs.getincrementaldecoder(resolve(encoding))(errors)
    offset = 0
    try:
        for block in blocks:
            if decoded := decoder.decode(block):
                yield decoded
            offset += len(block)
        if rest := decoder.decode(b"", True):
            yield rest
    except UnicodeError as error:
        at = offset + (error.start if isinstance(error, UnicodeDecodeError) else 0)
        raise UserError(
            f"{name} is not {public_name(encoding)}: a byte near offset {at:,} does not fit.",
            "Choose another encoding, or auto.",
            field="encoding",
            location=f"byte {at}",
        ) from error


def unsure(name: str, found: Found) -> UserError:
    """What to tell a person when `found` has no encoding."""
    place = f"byte {max(found.invalid, 0)}"
    if found.binary:
        hint = "Choose a text file, or say its format if the ending misleads."
        return UserError(f"{name} is {found.binary}.", hint, field="paths", location=place)
    if found.cut:
        what = f"{name} is cut off inside its last character, at byte {found.invalid:,}."
        hint = "Get the whole file, or import it with the encoding {}: what is broken becomes \ufffd."
        hint = hint.format(found.candidates[0] if found.candidates else "utf-8" + REPLACE)
        return UserError(what, hint, field="encoding", location=place, candidates=found.candidates)
    if not found.candidates:
        message = f"{name} is not UTF-8 (byte {found.invalid:,}) and reads well in no encoding we know."
        return UserError(message, "Name its encoding.", field="encoding", location=place, candidates=("windows-1252",))
    best = " or ".join(found.candidates[:3])
    message = f"{name} is not UTF-8 (byte {found.invalid:,}). It could be {best}."
    hint = f"Check the preview and name the encoding, for example {found.candidates[0]}."
    return UserError(message, hint, field="encoding", location=place, candidates=found.candidates)
