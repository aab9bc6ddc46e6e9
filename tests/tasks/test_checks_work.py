"""The walk along the road in a small workspace; the self-test's own test runs it to the end."""

from pathlib import Path

import pytest

from llmstudio.store import catalog
from llmstudio.store.workspace import Workspace
from llmstudio.tasks.checks_work import MODEL, STEPS, Work


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return Work(Workspace.open(tmp_path / "Wörk 漢"))


def test_the_vocabulary_is_gpt2s(work: Work) -> None:
    assert work.vocabulary() == "50,257 pieces"


def test_a_step_without_the_ones_before_it_fails(work: Work) -> None:
    for check in (work.tokenizer, work.trained, work.generated, work.kept, work.carried):
        with pytest.raises(Exception, match=r"\w"):
            check()


@pytest.mark.timeout(240)
def test_weights_that_changed_are_found(work: Work) -> None:
    work.imported()
    work.tokenizer()
    work.trained()
    work._train("Halves", STEPS)
    assert work.kept() == "equal weights, sound hashes"
    folders = [catalog.find(work.workspace, "model", name).path for name in (MODEL, "Halves")]
    damage(folders[1] / "model.safetensors")
    with pytest.raises(AssertionError, match="the weights differ"):
        work.kept()
    damage(folders[0] / "model.safetensors")  # now they are equal again, and not what the manifest says
    with pytest.raises(AssertionError, match=r"model\.safetensors"):
        work.kept()


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
