"""Writes a small workspace with the `llmstudio` found first on the path, as a person would fill it, and packs it.

Run with an older checkout in front: `PYTHONPATH=CHECKOUT python make.py OUT.zip`. Each format that was ever given out
is kept beside this file as it was written then, and `tests/store/test_formats.py` opens all of them.
"""

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

WHO, WHERE = ("miller", "baker", "cat", "owl"), ("barn", "mill", "tower", "wood")
WHAT = ("bread", "rain", "stars", "keys", "winter", "salt")
LINES = [f"The {who} in the {where} sang of {what}." for who in WHO for where in WHERE for what in WHAT]
SHAPE = "--n-layer 1 --n-head 2 --n-embd 8 --block-size 16 --batch-size 4 --threads 1 --precision fp32 --device cpu"
SMALL = [*SHAPE.split(), "--eval-every", "6", "--save-every", "4"]
PAUSE = """
import sys
from pathlib import Path
from llmstudio.config.train import PretrainConfig
from llmstudio.jobs.create import create_run
from llmstudio.jobs.inline import InlineRunner
from llmstudio.store.events import Metrics
from llmstudio.store.workspace import Workspace
ws = Workspace.open(Path(sys.argv[1]))
config = PretrainConfig(name="Unfinished", dataset="tales", tokenizer="letters", preset="gpt2", n_layer=1, n_head=2,
                        n_embd=8, block_size=16, batch_size=4, max_steps=16, eval_every=6, save_every=4, threads=1,
                        precision="fp32", device="cpu", sample_tokens=4)
runner = InlineRunner(ws)
def take(event):
    if isinstance(event, Metrics) and event.step == 9 and "loss" in event.values:
        runner.request("pause")
print(runner.run(create_run(ws, "pretrain", config, title="Unfinished"), take))
"""


def run(root: Path, *words: str, must: bool = True) -> str:
    """What one command of that version says; "" where it fails and may."""
    command = [sys.executable, "-m", "llmstudio", "--workspace", str(root), *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root.parent)
    if must and done.returncode:
        raise SystemExit(f"{words}: {done.stderr}")
    return "" if done.returncode else done.stdout or "done"


def fill(root: Path, texts: Path) -> None:
    """A dataset, a labelled one, a tokenizer, a finished and a paused training, and what later versions knew besides.

    What the model wrote at temperature 0 is kept beside them, in `wrote.txt`.
    """
    (texts / "tales.txt").write_text("\n".join(LINES) + "\n", encoding="utf-8")
    rows = [f"{line},{'night' if 'star' in line or 'owl' in line else 'day'}" for line in LINES]
    (texts / "moods.csv").write_text("text,label\n" + "\n".join(rows) + "\n", encoding="utf-8")
    run(root, "data", "import", str(texts / "tales.txt"), "--name", "tales", "--split", "80,20,0")
    run(root, "data", "import", str(texts / "moods.csv"), "--name", "Stimmungen ü", "--text-column", "text",
        "--label-column", "label", "--header", "yes")  # fmt: skip
    run(root, "tokenizer", "train", "tales", "--name", "letters", "--kind", "char")
    run(root, "pretrain", "--dataset", "tales", "--tokenizer", "letters", "--preset", "gpt2", "--name", "Sänger",
        "--max-steps", "12", *SMALL)  # fmt: skip
    said = run(root, "--json", "generate", "Sänger", "--prompt", "The ", "--max-tokens", "12", "--temperature", "0")
    (root / "wrote.txt").write_text(json.loads(said.splitlines()[-1])["text"], encoding="utf-8")
    subprocess.run([sys.executable, "-c", PAUSE, str(root)], check=True, cwd=root.parent)
    tuned = run(root, "finetune", "Sänger", "--task", "classify", "--dataset", "Stimmungen ü", "--name", "Moods",
                "--method", "full", "--max-steps", "6", "--eval-every", "3", "--threads", "1", must=False)  # fmt: skip
    if tuned:
        run(root, "evaluate", "Sänger", "--dataset", "tales", "--split", "val", must=False)


def pack(root: Path, target: Path) -> None:
    """All files and empty folders, without locks."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(root.rglob("*")):
            if path.suffix != ".lock" and path.name != ".lock":
                archive.write(path, path.relative_to(root).as_posix())


def main(target: Path) -> None:
    """Make, fill, pack."""
    with tempfile.TemporaryDirectory(prefix="format") as place:
        os.environ["HOME"] = os.environ["LLMSTUDIO_CONFIG"] = place
        for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
            os.environ[name] = place
        root, texts = Path(place, "workspace"), Path(place, "texts")
        texts.mkdir()
        fill(root, texts)
        pack(root, target)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
