"""How text is imported, cleaned and split; knows no file and no reader."""

from typing import Any, Literal

from pydantic import field_validator, model_validator

from llmstudio.config.option import OptionFault, Options, option

Format = Literal["auto", "txt", "md", "csv", "tsv", "json", "jsonl", "parquet", "html", "xml"]
DocumentsAre = Literal["file", "blank line", "line", "separator"]
PARTS = ("train", "val", "test")
LEAST_SIMILARITY = 0.5
NEAR = "near duplicate"  # the reason for which such a document is left out
# The cleaning steps in the order in which they are applied.
CLEANING = (
    "repair",
    "markup",
    "normal_form",
    "control",
    "special",
    "punctuation",
    "lowercase",
    "whitespace",
    "min_length",
    "max_length",
    "duplicates",
    "near_duplicates",
)


class ImportConfig(Options):
    """Where text comes from and what happens to it on the way in; every cleaning step is off."""

    paths: tuple[str, ...] = option(
        (),
        title="Files",
        help="Files, folders or patterns",
        long="Files, folders (read with their subfolders) and patterns such as texts/*.txt; archives "
        "(.zip, .gz, .zst) are read without unpacking them beside you.",
        group="Source",
    )
    text: str = option("", title="Pasted text", help="Text instead of files", group="Source", advanced=True)
    name: str = option("", title="Name", help="What the dataset is called", group="Source")
    format: Format = option(
        "auto",
        title="Format",
        help="auto goes by the file's ending",
        group="Source",
    )
    encoding: str = option(
        "auto",
        title="Encoding",
        help="auto recognises it or asks",
        long="auto accepts an encoding only when nothing else fits; otherwise the import stops and lists "
        "what the file could be. Name one (utf-8, windows-1252, shift_jis) to decide it.",
        group="Source",
    )
    documents: DocumentsAre = option(
        "file",
        title="Documents",
        help="What one document is in plain text",
        long="For txt, md, html and xml: the whole file is one document, or the text is cut at blank lines, "
        "at every line, or at a separator of your own.",
        group="Source",
    )
    separator: str = option(
        "<|endoftext|>",
        title="Separator",
        help="Stands between two documents",
        group="Source",
        advanced=True,
    )
    delimiter: Literal["auto", "comma", "semicolon", "tab", "pipe"] = option(
        "auto",
        title="Separator of columns",
        help="What stands between two cells",
        group="Table",
        advanced=True,
    )
    header: Literal["auto", "yes", "no"] = option(
        "auto",
        title="Header row",
        help="Are there names in the first row",
        group="Table",
    )
    text_column: str = option("", title="Text column", help="By name or number; empty proposes", group="Table")
    label_column: str = option(
        "",
        title="Label column",
        help="Name, number, or none",
        long="The column with the answer (spam, positive, topic). Empty proposes one, none keeps no label.",
        group="Table",
    )
    on_fault: Literal["stop", "skip"] = option(
        "stop",
        title="Faulty rows",
        help="Stop at the first, or leave out",
        group="Table",
    )

    repair: bool = option(
        False,
        title="Repair Unicode",
        help="Mends â€™ and the like",
        long="Text that was decoded wrongly once (mojibake) is put right with ftfy.",
        group="Cleaning",
    )
    normal_form: Literal["off", "NFC", "NFKC"] = option(
        "off",
        title="Normal form",
        help="One spelling per character",
        long="NFC joins letters with their accents. NFKC also replaces look-alikes such as ﬁ and ① by "
        "plain characters.",
        group="Cleaning",
    )
    markup: bool = option(False, title="Strip mark-up", help="Tags go, entities become text", group="Cleaning")
    control: bool = option(
        False,
        title="Control characters",
        help="Removes all but tab and newline",
        group="Cleaning",
    )
    whitespace: bool = option(
        False,
        title="White space",
        help="One space, at most one blank line",
        group="Cleaning",
    )
    lowercase: bool = option(False, title="Lower case", help="A becomes a", group="Cleaning", advanced=True)
    special: bool = option(
        False,
        title="Special characters",
        help="Removes symbols and emoji",
        group="Cleaning",
        advanced=True,
    )
    punctuation: bool = option(
        False, title="Punctuation", help="Removes all punctuation", group="Cleaning", advanced=True
    )
    duplicates: bool = option(False, title="Duplicates", help="Keeps the first of equal ones", group="Cleaning")
    near_duplicates: float = option(
        0.0,
        title="Near-duplicates",
        help="Go from this likeness; 0 is off",
        long="Documents that share this part of their runs of five words (0.8: four fifths) count as the same text, "
        "directly or through others; the first of them stays. The similarity is estimated within about 0.04 "
        "(MinHash). Which ones were found is kept with the dataset.",
        group="Cleaning",
        ge=0,
        le=1,
    )
    min_length: int = option(
        0,
        title="Shortest",
        unit="characters",
        help="Shorter documents go; 0 is off",
        group="Cleaning",
        ge=0,
        le=1_000_000_000_000,
    )
    max_length: int = option(
        0,
        title="Longest",
        unit="characters",
        help="Longer documents go; 0 is off",
        group="Cleaning",
        ge=0,
        le=1_000_000_000_000,
    )

    split: str = option(
        "90,5,5",
        title="Split",
        unit="%",
        help="Train, validation and test",
        group="Split",
    )
    split_by: Literal["auto", "document", "position"] = option(
        "auto",
        title="Split by",
        help="Whole documents, or the last part",
        long="By document each document falls into one part by a seeded hash of its text, so equal documents "
        "stay together. By position the last part of the text is held back, as for one long book.",
        group="Split",
    )
    seed: int = option(
        0,
        title="Seed",
        help="Another seed, another split",
        group="Split",
        advanced=True,
        ge=0,
        le=2**31 - 1,
    )

    @field_validator("split")
    @classmethod
    def _split_is_sound(cls, value: str) -> str:
        shares_of(value)
        return value

    @field_validator("near_duplicates")
    @classmethod
    def _similarity_is_sound(cls, value: float) -> float:
        if 0 < value < LEAST_SIMILARITY:
            raise OptionFault("near_duplicates", "Texts are near-duplicates from 0.5 on; 0 switches it off.", 0.8)
        return value

    @model_validator(mode="after")
    def _lengths_fit(self) -> "ImportConfig":
        if self.max_length and self.max_length < self.min_length:
            raise OptionFault("max_length", "The longest must not be below the shortest.", self.min_length)
        if self.documents == "separator" and not self.separator:
            raise OptionFault("separator", "A separator is needed to cut at it.", "<|endoftext|>")
        return self

    @property
    def shares(self) -> tuple[float, float, float]:
        """Shares of train, validation and test; they add up to one."""
        return shares_of(self.split)


def shares_of(split: str) -> tuple[float, float, float]:
    """Read "90,5,5" (or "90/10") as shares that add up to one; raises OptionFault."""
    words = split.replace("/", ",").replace(";", ",").split(",")
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        raise OptionFault("split", f"A split is three numbers such as 90,5,5, not {split[:40]}.", "90,5,5") from None
    numbers += [0.0] * (3 - len(numbers))
    if len(numbers) != 3 or any(not 0 <= part <= 100 for part in numbers):
        raise OptionFault("split", "A split has three parts from 0 to 100.", "90,5,5")
    if abs(sum(numbers) - 100) > 1e-6:
        raise OptionFault("split", f"The parts add up to {sum(numbers):g}, not to 100.", "90,5,5")
    if numbers[0] == 0:
        raise OptionFault("split", "Training needs a part of the text.", "90,5,5")
    return numbers[0] / 100, numbers[1] / 100, numbers[2] / 100


def split_as_now(manifest: dict[str, Any]) -> dict[str, Any]:
    """The options that split a dataset anew as its manifest says it is split; {} where that is not known."""
    how = manifest.get("split", {})
    shares = how.get("shares", {})
    if not how or set(shares) != set(PARTS):
        return {}
    split = ",".join(f"{100 * shares[part]:g}" for part in PARTS)
    by = "position" if how.get("by") == "position" else "document"
    return {"split": split, "split_by": by, "seed": int(how.get("seed", 0))}


class FindRepeatsConfig(Options):
    """A dataset that is searched for repeated documents; nothing is changed."""

    dataset: str = option(..., title="Dataset", help="The text to look through", group="Source")
    near_duplicates: float = option(
        0.8,
        title="Near-duplicates",
        help="The likeness from which on",
        long="Documents that share this part of their runs of five words count as the same text.",
        group="Cleaning",
        ge=LEAST_SIMILARITY,
        le=1,
    )
