"""From raw text to a talking model in the terminal, and what it answers to mistakes."""

from pathlib import Path

import pytest

from tests.end_to_end.terminal import Terminal

pytestmark = pytest.mark.end_to_end

TINY = ("--n-layer", "1", "--n-head", "2", "--n-embd", "16", "--block-size", "16", "--batch-size", "4")
TEXT = "The miller found a key in a loaf of bread.\n" * 200


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    folder = tmp_path_factory.mktemp("wörk space")
    (folder / "stories.txt").write_text(TEXT, encoding="utf-8")
    made = Terminal(folder / "workspace")
    made.good("data", "import", str(folder / "stories.txt"), "--name", "Stories", "--split", "80,20,0")
    return made


@pytest.fixture(scope="module")
def model(terminal: Terminal) -> dict[str, object]:
    return terminal.good(
        "pretrain", "--dataset", "Stories", "--tokenizer", "characters", "--preset", "studio-small",
        "--name", "Miller", "--max-steps", "40", *TINY,
    )  # fmt: skip


def test_the_dataset_is_listed_with_its_figures(terminal: Terminal) -> None:
    (row,) = terminal.good("data", "list")["datasets"]
    assert row["title"] == "Stories"
    assert row["characters"] == len(TEXT)


def test_training_reports_what_was_reached(terminal: Terminal, model: dict[str, object]) -> None:
    assert model["steps"] == 40
    assert 0 < float(str(model["val_loss"])) < 4.0
    assert float(str(model["bits_per_byte"])) > 0
    (run,) = [run for run in terminal.good("runs", "list")["runs"] if run["kind"] == "pretrain"]
    assert (run["name"], run["status"], run["step"]) == ("Miller", "finished", 40)
    shown = terminal.good("runs", "show", "Miller")
    assert shown["status"] == "finished"
    assert "loss" in shown["metrics"]


def test_the_model_writes_and_the_seed_decides_what(terminal: Terminal, model: dict[str, object]) -> None:
    line = ("generate", "Miller", "--prompt", "The ", "--max-tokens", "20", "--seed", "7")
    first, second = terminal.good(*line), terminal.good(*line)
    assert first["text"] == second["text"]
    assert first["tokens"] == 20
    hot = [terminal.good(*line[:-1], seed, "--temperature", "3")["text"] for seed in ("7", "8")]
    assert hot[0] != hot[1]  # what it knows by heart it would say with any seed


def test_a_prompt_of_nothing_and_a_stop_word(terminal: Terminal, model: dict[str, object]) -> None:
    text = terminal.good("generate", "Miller", "--max-tokens", "30", "--stop", "e", "--seed", "1")["text"]
    assert "e" not in text


def test_tokenizers_cut_and_show_where(terminal: Terminal) -> None:
    cut = terminal.good("tokenizer", "encode", "gpt2", "Hello world")
    assert cut["ids"] == [15496, 995]
    assert [(piece["start"], piece["end"]) for piece in cut["pieces"]] == [(0, 5), (5, 11)]
    assert terminal.good("tokenizer", "encode", "bytes", "-", stdin="é")["ids"] == [195, 169]


def test_a_tokenizer_is_trained_and_used(terminal: Terminal) -> None:
    made = terminal.good("tokenizer", "train", "Stories", "--name", "Pieces", "--kind", "bpe")
    assert 258 < made["vocab_size"] < 1024
    assert made["bytes_per_token"] > 1
    ids = terminal.good("tokenizer", "encode", "Pieces", "The miller")["ids"]
    assert len(ids) < len("The miller")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (("data", "import", "/no/such/file.txt", "--name", "x"), "file.txt"),
        (("data", "import"), "Name files"),
        (("data", "show", "Storys"), "Stories"),
        (("data", "import", "x.txt", "--name", "x", "--split", "50,20,5"), "75"),
        (("tokenizer", "encode", "nothing", "x"), "nothing"),
        (("tokenizer", "train", "Stories", "--name", "../x", "--kind", "bpe"), "contains"),
        (("pretrain", "--dataset", "Stories", "--name", "x", "--n-embd", "192", "--n-head", "7"), "7"),
        (("pretrain", "--dataset", "Stories", "--name", "x", "--max-steps", "0"), "at least 1"),
        (("pretrain", "--dataset", "None", "--name", "x"), "None"),
        (("pretrain", "--name", "x"), "dataset"),
        (("generate", "nobody", "--prompt", "x"), "nobody"),
        (("runs", "resume", "nothing"), "nothing"),
        (("runs", "pause", "Miller"), "finished"),
        (("no-such-command",), "no-such-command"),
        (("pretrain", "--no-such-option"), "--no-such-option"),
    ],
)
def test_mistakes_are_answered_with_one_sentence(
    terminal: Terminal, model: dict[str, object], line: tuple[str, ...], says: str
) -> None:
    assert says in terminal.refused(*line)


def test_a_context_longer_than_the_text_is_refused_with_one_that_fits(terminal: Terminal) -> None:
    said = terminal.refused(
        "pretrain", "--dataset", "Stories", "--tokenizer", "characters", "--name", "long", "--block-size", "60000"
    )
    assert "context" in said


@pytest.mark.parametrize("name", ["a/b", "..", "a\\b", "bell\x07", ""])
def test_names_with_path_tricks_are_refused(terminal: Terminal, name: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Some text that is long enough.", encoding="utf-8")
    terminal.refused("data", "import", str(tmp_path / "a.txt"), "--name", name)


@pytest.mark.parametrize("name", ["two words", "Müller", "emoji 🦊", "CON"])
def test_odd_names_are_kept_as_they_are(terminal: Terminal, name: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Some text that is long enough.", encoding="utf-8")
    made = terminal.good("data", "import", str(tmp_path / "a.txt"), "--name", name, "--split", "100,0,0")
    assert terminal.good("data", "show", name)["title"] == name
    assert made["id"].isascii()


def test_the_doctor_knows_the_machine(terminal: Terminal) -> None:
    found = terminal.good("doctor")
    assert found["device"] in ("cpu", "cuda", "mps")
    assert found["device"] in found["devices"]
    assert found["precision"] in ("fp32", "bf16")
    assert found["threads"] >= 1
    assert found["workspace"] == str(terminal.workspace)
    assert "torch" in found["versions"]
