"""Datasets of table rows for tests, written by the same code as imported ones."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from llmstudio.base import files
from llmstudio.data.documents import Documents
from llmstudio.data.labelled_values import shown
from llmstudio.data.split import decide
from llmstudio.data.spool import Spool


def make_table(
    folder: Path,
    rows: Sequence[dict[str, Any]],
    text: str = "text",
    label: str = "label",
    shares: tuple[float, float, float] = (0.8, 0.1, 0.1),
) -> Documents:
    """A dataset whose documents are these rows; a row without text is kept as a single space."""
    spool = Spool(folder / "spool", seed=1)
    for row in rows:
        value = row.get(label)
        spool.add(shown(row.get(text)) or " ", None if value is None else shown(value), row, "test.csv")
    characters = np.frombuffer(spool.characters, dtype=np.int64)
    spool.write(folder, decide("document", shares, np.frombuffer(spool.fractions), characters, tables=True))
    spool.close()
    documents = Documents(folder)
    facts = {"id": folder.name, "title": folder.name, "text_column": text, "label_column": label, **documents.facts()}
    files.write_json(folder / "dataset.json", facts)
    return documents
