"""The trainings whose accuracy we promise, through the terminal, as a person would run them.

`python -m tests.end_to_end.accuracy WORKSPACE WHAT [SEED ...]` prints one JSON line for each training. WHAT:
scratch (a small model from nothing), spam, spam-full (all weights), spam-whole (the unbalanced table), polarity,
instruct.
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llmstudio.data import labelled, labelled_split
from llmstudio.data.documents import Documents

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
WEIGHTS = ROOT / ".cache" / "weights" / "SmolLM2-135M-Instruct.Q4_1.gguf"
SPAM = ("--task", "classify", "--dataset", "spam", "--split", "70,10,20", "--balance", "undersample")


class Bench:
    """A workspace with the real tables and, where it is wanted, the real weights."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *command: str) -> dict[str, Any]:
        """One command of the terminal; its JSON."""
        words = [sys.executable, "-m", "llmstudio", "--workspace", str(self.root), "--json", *command]
        done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    def has(self, kind: str, name: str) -> bool:
        """Whether a thing of this id is kept already."""
        return (self.root / kind / name).is_dir()

    def dataset(self, name: str, file: str, *more: str) -> None:
        """Import one of the shared tables once."""
        if not self.has("datasets", name):
            self.run("data", "import", str(SHARED / file), "--name", name, *more)

    def base(self) -> None:
        """Import SmolLM2 once."""
        if not self.has("models", "smollm2"):
            self.run("models", "import", str(WEIGHTS), "--name", "smollm2")


def scratch(bench: Bench, seed: int) -> dict[str, Any]:
    """Under 5 M parameters, nothing but messages that are in neither validation nor test: read, then sorted."""
    bench.dataset("spam", "sms_spam_collection.tsv")
    started, name = time.monotonic(), f"messages {seed}"
    texts = bench.root / f"messages-{seed}.jsonl"
    texts.write_text("\n".join(json.dumps({"text": one}) for one in unseen(bench.root, seed)))
    bench.run("data", "import", str(texts), "--name", name, "--split", "98,2,0")
    bench.run("tokenizer", "train", name, "--name", name, "--kind", "bpe", "--vocab-size", "1000")
    shape = "--n-layer 3 --n-embd 128 --n-head 2 --block-size 128 --batch-size 16 --max-steps 400 --sample-tokens 0"
    words = ("--dataset", name, "--tokenizer", name, "--name", name, "--preset", "studio-small", "--seed", str(seed))
    made = bench.run("pretrain", *words, *shape.split())
    found = bench.run("finetune", name, *SPAM, "--name", f"scratch {seed}", "--seed", str(seed))
    return {**found, "seconds": time.monotonic() - started, "pretrained": made["val_loss"]}


def unseen(root: Path, seed: int) -> Sequence[str]:
    """The messages whose text is in neither the validation nor the test part of this seed's balanced split."""
    documents = Documents(root / "datasets" / "spam")
    columns, _, task = labelled.guess(documents)
    table = labelled.load(documents, task, columns)
    documents.close()
    parts = labelled_split.split(table, "70,10,20", seed, "undersample")
    held = {example.key for example in (*parts.val, *parts.test)}
    return [example.text for example in table.rows if example.key not in held]


def spam(bench: Bench, seed: int) -> dict[str, Any]:
    """SmolLM2 with adapters on 747 + 747 messages, nothing else said."""
    return _spam(bench, seed, *SPAM)


def spam_full(bench: Bench, seed: int) -> dict[str, Any]:
    """The same with all weights."""
    return _spam(bench, seed, *SPAM, "--method", "full")


def spam_whole(bench: Bench, seed: int) -> dict[str, Any]:
    """The whole table, of which 87 % are ham."""
    return _spam(bench, seed, "--task", "classify", "--dataset", "spam", "--split", "70,10,20")


def _spam(bench: Bench, seed: int, *words: str) -> dict[str, Any]:
    bench.base()
    bench.dataset("spam", "sms_spam_collection.tsv")
    return bench.run("finetune", "smollm2", *words, "--name", "spam tuned", "--seed", str(seed))


def polarity(bench: Bench, seed: int) -> dict[str, Any]:
    """SmolLM2 with adapters on 10,662 sentences of reviews."""
    bench.base()
    bench.dataset("polarity", "rt_sentence_polarity.csv")
    words = ("--task", "classify", "--dataset", "polarity", "--name", "polarity tuned", "--seed", str(seed))
    return bench.run("finetune", "smollm2", *words)


def instruct(bench: Bench, seed: int) -> dict[str, Any]:
    """SmolLM2 with adapters on 935 instructions; then both are asked the 110 test questions."""
    bench.base()
    bench.dataset("instructions", "instruction-data.json")
    words = ("--task", "instruct", "--dataset", "instructions", "--split", "85,5,10")
    found = bench.run("finetune", "smollm2", *words, "--name", "instructed", "--seed", str(seed))
    judged = bench.run("evaluate", found["model"], "smollm2", "--dataset", "instructions", "--split", "test")
    return {**found, "test": judged["models"]}


WHAT = {
    "scratch": scratch,
    "spam": spam,
    "spam-full": spam_full,
    "spam-whole": spam_whole,
    "polarity": polarity,
    "instruct": instruct,
}


def main(arguments: list[str]) -> None:
    """Run what is named for each seed."""
    root, what, *seeds = arguments
    for seed in [int(one) for one in seeds] or [1]:
        print(json.dumps({"what": what, "seed": seed, **WHAT[what](Bench(Path(root)), seed)}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
