"""What a head reads: the mark of a beginning first, at most as much as it learned with, never nothing."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from llmstudio.engine.device import Place
from llmstudio.tasks import judging
from llmstudio.tasks.loading import load_model
from tests.tasks import tuned


class Letters:
    """A tokenizer of letters that knows a mark for beginnings."""

    begin_id: int | None = 99
    end_id = 98

    def encode_many(self, texts: list[str], threads: int = 1) -> list[np.ndarray]:  # type: ignore[type-arg]
        return [np.array([ord(letter) - 97 for letter in text], dtype=np.uint32) for text in texts]


def test_texts_begin_with_their_mark_and_are_cut() -> None:
    rows, longer = judging.encode_texts(Letters(), ["abc", "abcdef", ""], 4)  # type: ignore[arg-type]
    assert [row.tolist() for row in rows] == [[99, 0, 1, 2], [99, 0, 1, 2], [99]]
    assert longer == 1


def test_without_a_mark_an_empty_text_is_one_end() -> None:
    plain = Letters()
    plain.begin_id = None
    rows, _ = judging.encode_texts(plain, ["", "b"], 4)  # type: ignore[arg-type]
    assert [row.tolist() for row in rows] == [[98], [1]]


@pytest.mark.parametrize(("known", "limit"), [(16, 16), (999, 256), (None, 256), ("x", 256)])
def test_as_much_is_read_as_was_learned_with(known: object, limit: int) -> None:
    model = SimpleNamespace(config=SimpleNamespace(block_size=256))
    assert judging.limit_of(SimpleNamespace(task={"block_size": known}, model=model)) == limit  # type: ignore[arg-type]


def test_numbers_come_in_their_own_unit(tmp_path: Path) -> None:
    ws, here = tuned.workspace(tmp_path / "ws"), Place("cpu", "fp32", 1)
    tuned.tune(ws, task="regress", dataset="sizes", epochs=1)
    loaded = load_model(ws, "tuned", here)
    said = judging.judge(loaded, ["5 ", "7 long long"], here)
    assert said.shape == (2, 1)
    assert np.isfinite(said).all()
    assert abs(said.mean()) > 1.0  # not in units of their spread
    assert judging.judge(loaded, [], here).shape == (0, 1)
