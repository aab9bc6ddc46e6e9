"""Checkpoints: whole or not there, and what is damaged is found, put aside and told."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from llmstudio.base.errors import UserError
from llmstudio.engine import checkpoint
from llmstudio.engine.checkpoint import Snapshot

FACTS = {"torch": "x"}


def snapshot(step: int, best: int | None = None) -> Snapshot:
    tensors = {"model": {"a": torch.full((3, 2), float(step))}, "optimizer": {"b": torch.arange(5)}}
    return Snapshot(step, tensors, {"step": step, "best_step": best})


def write(folder: Path, *steps: int, kind: str = "step") -> list[Path]:
    return [checkpoint.write(folder, kind, snapshot(step), FACTS) for step in steps]


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    (path,) = write(tmp_path, 7)
    found = checkpoint.read(path)
    assert (found.step, found.state) == (7, {"step": 7, "best_step": None})
    assert torch.equal(found.tensors["model"]["a"], torch.full((3, 2), 7.0))
    assert torch.equal(found.tensors["optimizer"]["b"], torch.arange(5))


def test_the_newest_is_taken_or_the_newest_before_a_step(tmp_path: Path) -> None:
    write(tmp_path, 5, 100, 20)
    assert checkpoint.latest(tmp_path).snapshot.step == 100  # type: ignore[union-attr]
    assert checkpoint.latest(tmp_path, at_most=99).snapshot.step == 20  # type: ignore[union-attr]
    assert checkpoint.latest(tmp_path, at_most=4).snapshot is None
    assert checkpoint.latest(tmp_path / "nowhere").snapshot is None


@pytest.mark.parametrize("name", ["model.safetensors", "optimizer.safetensors", "state.json", "manifest.json"])
@pytest.mark.parametrize("harm", ["flip", "cut", "delete"])
def test_any_damage_is_found_and_the_one_before_is_used(tmp_path: Path, name: str, harm: str) -> None:
    _, path = write(tmp_path, 1, 2)
    _damage(path / name, harm)
    found = checkpoint.latest(tmp_path)
    assert found.snapshot is not None
    assert found.snapshot.step == 1
    assert len(found.skipped) == 1
    assert (tmp_path / "corrupt-step-00000002").is_dir(), "put aside, not deleted"
    assert checkpoint.latest(tmp_path).skipped == ()


def _damage(path: Path, harm: str) -> None:
    data = bytearray(path.read_bytes())
    if harm == "delete":
        path.unlink()
        return
    if harm == "flip":
        place = random.Random(path.name).randrange(len(data) // 2) if path.name != "manifest.json" else 0
        data[place] ^= 1 << 3
    path.write_bytes(data if harm == "flip" else data[:-3])


def test_a_manifest_cannot_point_outside(tmp_path: Path) -> None:
    (path,) = write(tmp_path, 3)
    _as_before_the_digest(path, lambda text: text.replace("state.json", "../state.json"))
    with pytest.raises(UserError, match="not allowed"):
        checkpoint.read(path)


def _as_before_the_digest(path: Path, change: Callable[[str], str] = str) -> None:
    """Write the manifest as schema 1 had it."""
    manifest = {**json.loads((path / "manifest.json").read_text()), "schema": 1}
    del manifest["digest"]
    (path / "manifest.json").write_text(change(json.dumps(manifest)))


def test_a_checkpoint_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    (path,) = write(tmp_path, 7)
    _as_before_the_digest(path)
    assert checkpoint.read(path).step == 7


@pytest.mark.parametrize(
    ("before", "after"), [('"step": 7', '"step": 5'), ('"torch": "x"', '"torch": "z"'), ('"schema": 2', '"schema": 3')]
)
def test_a_manifest_that_says_something_else_is_damaged(tmp_path: Path, before: str, after: str) -> None:
    (path,) = write(tmp_path, 7)
    text = (path / "manifest.json").read_text()
    assert before in text
    (path / "manifest.json").write_text(text.replace(before, after))
    with pytest.raises(UserError, match="damaged manifest"):
        checkpoint.read(path)


def test_pruning_keeps_two_and_the_best_that_they_name(tmp_path: Path) -> None:
    for step, best in ((10, 10), (20, 10), (30, 10), (40, 40)):
        checkpoint.write(tmp_path, "step", snapshot(step, best), FACTS)
    write(tmp_path, 5, 10, 40, kind="best")
    checkpoint.prune(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "best-00000010",
        "best-00000040",
        "step-00000030",
        "step-00000040",
    ]


def test_pruning_is_not_hindered_by_damage(tmp_path: Path) -> None:
    write(tmp_path, 1, 2)
    (tmp_path / "step-00000001/state.json").write_bytes(b"{")
    checkpoint.prune(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_going_back_removes_what_came_later(tmp_path: Path) -> None:
    write(tmp_path, 1, 2, 3)
    write(tmp_path, 2, 3, kind="best")
    checkpoint.drop_after(tmp_path, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best-00000002", "step-00000001", "step-00000002"]


def test_one_step_can_be_written_again(tmp_path: Path) -> None:
    write(tmp_path, 4)
    again = Snapshot(4, {"model": {"a": torch.zeros(1)}}, {"step": 4})
    path = checkpoint.write(tmp_path, "step", again, FACTS)
    assert torch.equal(checkpoint.read(path).tensors["model"]["a"], torch.zeros(1))


def test_what_a_kill_left_half_done_is_swept(tmp_path: Path) -> None:
    write(tmp_path, 1)
    for name in (".trash-step-00000000", ".staging-step-00000002-abcd"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").write_bytes(b"x")
    checkpoint.sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000001"]


def test_a_full_disk_leaves_the_old_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, 1)
    monkeypatch.setattr("llmstudio.base.files.free_bytes", lambda path: 1000)
    with pytest.raises(UserError, match="free"):
        write(tmp_path, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000001"]


def test_numbers_that_are_not_finite_are_seen() -> None:
    assert checkpoint.check_finite({"a": torch.ones(3)})
    assert not checkpoint.check_finite({"a": torch.tensor([1.0, float("nan")])})
    assert not checkpoint.check_finite({"a": torch.tensor([float("inf")])})


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16, torch.float64])
def test_one_number_that_is_not_finite_is_found(dtype: torch.dtype) -> None:
    numbers = torch.randn(1000).to(dtype)
    assert checkpoint.finite(numbers)
    for bad in (float("nan"), float("inf"), -float("inf")):
        assert not checkpoint.finite(numbers.index_fill(0, torch.tensor(7), bad))
    both = numbers.index_fill(0, torch.tensor(1), float("inf")).index_fill(0, torch.tensor(2), -float("inf"))
    assert not checkpoint.finite(both)


def test_large_numbers_whose_sum_is_not_finite_are_finite() -> None:
    assert checkpoint.finite(torch.full((1000,), 3e38))
    assert checkpoint.finite(torch.full((1000,), 6e4, dtype=torch.float16))
    assert checkpoint.finite(torch.tensor([1, 2, 255], dtype=torch.uint8))
