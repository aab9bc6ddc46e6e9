"""The line for several machines is the one that the terminal and torchrun understand."""

import shlex
from pathlib import Path

from torch.distributed.run import parse_args

from llmstudio.cli.arguments import make
from llmstudio.cli.writing import pretrain
from llmstudio.config.train import PretrainConfig
from llmstudio.gui.tabs.train.presenter_machines import Machines, command, fault

CONFIG = PretrainConfig(
    name="My étude; 2", dataset="Small stories", tokenizer="pieces", batch_size=32, keep_best=False, n_layer=3,
    learning_rate=0.002, processes=4,
)  # fmt: skip


def test_torchrun_and_the_terminal_read_the_same_settings_from_it() -> None:
    words = shlex.split(command(Path("/net/work space"), CONFIG, Machines(3, 4, "10.0.0.7")))
    assert words[0] == "torchrun"
    found = parse_args(words[1:])
    assert (found.nnodes, found.nproc_per_node, found.rdzv_endpoint) == ("3", "4", "10.0.0.7:29500")
    assert found.module
    assert found.training_script == "llmstudio"
    assert found.training_script_args[:3] == ["--workspace", "/net/work space", "pretrain"]
    context = pretrain.make_context("pretrain", found.training_script_args[3:])
    read = make(PretrainConfig, context.params)
    assert read == CONFIG.model_copy(update={"processes": 1})  # how many there are says torchrun


def test_a_batch_that_cannot_be_shared_is_told() -> None:
    assert fault(CONFIG, Machines(4, 8)) == ""
    assert fault(CONFIG, Machines(3, 4)).endswith("Set Batch to 24.")
