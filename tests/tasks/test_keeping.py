"""The page for people that lies beside a model."""

from pathlib import Path

from llmstudio.config.train import PretrainConfig
from llmstudio.store.catalog import Kept
from llmstudio.tasks import keeping

FACTS = {
    "parameters": 812_345,
    "config": {"n_layer": 4, "n_head": 4, "n_embd": 128, "block_size": 64, "vocab_size": 1067},
    "tokenizer": {"id": "tales-characters", "kind": "char"},
    "lineage": {"run": "2026-01-01-x"},
    "figures": {"val_loss": 1.5, "bits_per_byte": 2.25, "steps": 2000, "tokens": 1_536_000},
}


def test_the_card_tells_shape_source_and_quality() -> None:
    dataset = Kept("dataset", "tales", "Tales", Path(), "")
    text = keeping.card(PretrainConfig(name="My model", dataset="tales"), dataset, FACTS)
    for word in ("# My model", "812,345", "4 layers", "Tales", "1.54 million tokens", "1.5000", "2.2500"):
        assert word in text
    assert "None" not in text


def test_without_a_measurement_the_card_says_so() -> None:
    facts = {**FACTS, "figures": {"val_loss": None, "bits_per_byte": None, "steps": 1, "tokens": 1}}
    dataset = Kept("dataset", "tales", "Tales", Path(), "")
    text = keeping.card(PretrainConfig(name="My model", dataset="tales"), dataset, facts)
    assert "was not measured" in text
    assert "None" not in text
