"""The page that goes with a fine-tuned model; what is kept is shown in test_finetune and test_finetune_methods."""

from pathlib import Path

from llmstudio.store import catalog
from tests.tasks import tuned


def test_the_card_tells_base_rows_method_and_figures(tmp_path: Path) -> None:
    ws = tuned.workspace(tmp_path / "ws")
    tuned.tune(ws, method="lora", epochs=1)
    kept = catalog.find(ws, "model", "tuned")
    text = (kept.path / "card.md").read_text()
    for words in (
        "tells which label fits a text",
        "Base model: tiny",
        "moods",
        "lora",
        "Bag of words",
        "test accuracy",
    ):
        assert words in text
    assert kept.manifest["figures"]["trained_parameters"] < kept.manifest["parameters"]
    assert kept.manifest["figures"]["val_loss"] > 0


def test_a_name_taken_meanwhile_is_numbered(tmp_path: Path) -> None:
    ws = tuned.workspace(tmp_path / "ws")
    first, second = tuned.new_run(ws, epochs=1), tuned.new_run(ws, epochs=1)
    tuned.small.train(ws, first)
    status, seen = tuned.small.train(ws, second)
    assert status == "failed"
    assert tuned.small.error(seen).field == "name"
