"""Token files are mapped, never read whole, and refused when they are not what their index says."""

import json
from pathlib import Path

import numpy as np
import pytest

from llmstudio.base.errors import UserError
from llmstudio.data.tokenfile import TokenFile, dtype_for


def write(folder: Path, ids: list[int], dtype: str = "<u2", **facts: object) -> Path:
    path = folder / "train.bin"
    path.write_bytes(np.array(ids, dtype=dtype).tobytes())
    known = {"tokens": len(ids), "documents": 1, "characters": 5, "bytes": 7, "sha256": "ab", **facts}
    (folder / "tokens.json").write_text(json.dumps({"dtype": dtype, "splits": {"train": known}}), "utf-8")
    return path


@pytest.mark.parametrize("dtype", ["<u2", "<u4"])
def test_a_file_is_mapped_with_its_facts(dtype: str, tmp_path: Path) -> None:
    found = TokenFile.open(write(tmp_path, [1, 2, 50_256], dtype))
    assert isinstance(found.ids, np.memmap)
    assert found.ids.tolist() == [1, 2, 50_256]
    assert (found.tokens, found.documents, found.characters, found.bytes, found.sha256) == (3, 1, 5, 7, "ab")


def test_the_ids_cannot_be_written_to(tmp_path: Path) -> None:
    found = TokenFile.open(write(tmp_path, [1]))
    with pytest.raises(ValueError, match="read-only"):
        found.ids[0] = 2


def test_an_empty_split_is_an_empty_array(tmp_path: Path) -> None:
    assert TokenFile.open(write(tmp_path, [])).ids.shape == (0,)


def test_a_vocabulary_above_two_bytes_takes_four() -> None:
    assert dtype_for(65_536).itemsize == 2
    assert dtype_for(65_537).itemsize == 4


def test_a_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, [1, 2, 3])
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UserError, match="cut off or missing"):
        TokenFile.open(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, [1, 2, 3])
    path.unlink()
    with pytest.raises(UserError, match="cut off or missing"):
        TokenFile.open(path)


@pytest.mark.parametrize(
    "index", ["[]", "{}", '{"dtype": "<u2", "splits": {}}', '{"dtype": "zz", "splits": {"train": {}}}']
)
def test_a_damaged_index_is_refused(index: str, tmp_path: Path) -> None:
    path = write(tmp_path, [1])
    (tmp_path / "tokens.json").write_text(index, "utf-8")
    with pytest.raises(UserError, match="is damaged"):
        TokenFile.open(path)
