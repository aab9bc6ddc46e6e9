"""The page of a model says where it comes from and how good it is, whatever its parts are called."""

from typing import Any

from llmstudio.config.model import ModelConfig
from llmstudio.store import modelcard

SHAPE = ModelConfig(vocab_size=300, n_layer=2, n_embd=64, n_head=4, n_kv_head=2, block_size=32, hidden=96).facts()


def manifest(**changes: Any) -> dict[str, Any]:
    return {
        "title": "Tiny *one*",
        "family": "llama",
        "parameters": 1_234_567,
        "config": SHAPE,
        "tokenizer": {"id": "pieces", "kind": "bpe", "sha256": "ab12"},
        **changes,
    }


def test_a_model_trained_here_tells_data_training_and_figures() -> None:
    trained = manifest(
        lineage={"dataset": {"id": "tales", "title": "Tales | <b>", "sha256": "cd34"}, "run": "2026-tiny"},
        figures={"val_loss": 2.34567, "bits_per_byte": 1.25, "steps": 2000, "tokens": 1_000_000, "seconds": 61},
    )
    page = modelcard.write(trained, {"learning_rate": 0.0012, "seed": 42, "precision": "auto"})
    for words in (
        "# Tiny \\*one\\*",
        "1.23 million parameters in the shape of Llama",
        "4 heads of 16, 2 for keys and values",
        "Trained from scratch",
        "Data: Tales \\| \\<b\\>, sha256 `cd34`",
        "2,000 steps, 1 million tokens",
        "- Learning rate: 0.0012",
        "| Validation, in training | Validation loss (nats per token) | 2.346 |",
        "Licence: not stated",
    ):
        assert words in page
    assert "Precision" not in page
    assert "license" not in page


def test_an_imported_one_tells_its_origin_and_licence() -> None:
    origin = {"kind": "hub", "name": "owner/model", "revision": "ef56", "sha256": "9a"}
    page = modelcard.write(manifest(origin=origin, licence="Apache-2.0", chat={"template": "chatml"}))
    assert page.startswith("---\nlicense: apache-2.0\nlibrary_name: transformers\n")
    assert "base_model: owner/model\n---" in page
    assert "Imported from the Hugging Face hub: owner/model, revision ef56, sha256 `9a`" in page
    assert "apply_chat_template" in page
    assert "It was not measured." in page
    assert "## Training" not in page


def test_a_fine_tuned_one_tells_base_method_and_every_evaluation() -> None:
    task = {
        "kind": "classify",
        "method": "lora",
        "labels": ["ham", "spam"],
        "metrics": {"accuracy": 0.985, "confusion": [[1]]},
        "baseline": {"accuracy": 0.96},
    }
    rows = {"dataset": {"title": "SMS"}, "split": "test", "rows": 300, "metrics": {"macro_f1": 0.98123}}
    page = modelcard.write(manifest(base={"title": "SmolLM2", "sha256": "77"}, task=task, evaluations=[rows]))
    for words in (
        "fine-tuned for classification",
        "Base model: SmolLM2, sha256 `77`",
        "Method: LoRA adapters",
        "Labels: ham, spam",
        "| Validation, in training | Accuracy | 0.985 |",
        "| Baseline, the same rows | Accuracy | 0.96 |",
        "| SMS, test, 300 rows | Macro-F1 | 0.9812 |",
        "head.safetensors",
    ):
        assert words in page
    assert "Trained from scratch" not in page


def test_a_licence_that_is_no_word_is_another_one() -> None:
    assert "license: other\n" in modelcard.write(manifest(licence="My own, see below: <x>"))
