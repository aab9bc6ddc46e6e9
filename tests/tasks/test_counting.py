"""The loss of a counting model stands in the run from step 0 on."""

from pathlib import Path

from llmstudio.base import jsonl
from llmstudio.data.encode import open_encoded
from llmstudio.engine import counting
from llmstudio.jobs import control
from llmstudio.jobs.job import Status
from tests.tasks import small


def test_a_training_on_characters_tells_it_first_and_keeps_it_through_a_pause(tmp_path: Path) -> None:
    ws = small.workspace(tmp_path / "ws")
    folder = small.new_run(ws)
    status, seen = small.train(ws, folder, {8: "pause"})
    assert status == Status.PAUSED
    encoded = open_encoded(next((ws.datasets / "tales" / "tokens").iterdir()))
    expected = counting.measure(encoded.train.ids, encoded.val.ids, encoded.vocab_size)
    assert expected is not None
    assert small.state(folder).result["counting_loss"] == expected.nats
    assert f"A counting model reaches {small.state(folder).result['counting_loss']:.3f}" in small.words(seen)
    control.resume(folder)
    assert small.train(ws, folder)[0] == Status.FINISHED
    assert small.curve(folder, "counting_loss") == {0: (expected.nats.hex(),)}
    told = [record for record in jsonl.read(folder / "events.jsonl") if "counting_loss" in record.get("values", {})]
    assert sorted(record["kind"] for record in told) == ["metrics", "result"]  # once, not again after the pause


def test_a_large_vocabulary_is_not_counted(tmp_path: Path) -> None:
    ws = small.workspace(tmp_path / "ws")
    folder = small.new_run(ws, tokenizer="gpt2", max_steps=1, block_size=8)
    status, seen = small.train(ws, folder)
    assert status == Status.FINISHED, small.error(seen)
    assert "counting_loss" not in small.state(folder).result
    assert "counting model" not in small.words(seen)
