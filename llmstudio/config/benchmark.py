"""What a benchmark measures, against whom, and how long."""

from typing import Literal, get_args

from llmstudio.config.option import Options, option

Name = Literal[
    "all",
    "matmul",
    "bandwidth",
    "train",
    "time-to-loss",
    "decode",
    "prefill",
    "tokenize",
    "import",
    "startup",
    "ui-latency",
]
NAMES: tuple[str, ...] = tuple(name for name in get_args(Name) if name != "all")
"""Every benchmark, in the order in which `all` runs them."""

TITLES = {
    "all": "Everything",
    "matmul": "Matrix products",
    "bandwidth": "Memory bandwidth",
    "train": "Training",
    "time-to-loss": "Time to a loss",
    "decode": "Writing",
    "prefill": "Reading a prompt",
    "tokenize": "Cutting text",
    "import": "Importing text",
    "startup": "Start of the window",
    "ui-latency": "Window under load",
}


class BenchmarkConfig(Options):
    """One benchmark or all of them. Peers that are installed are measured beside us, in turns."""

    name: Name = option("all", title="Benchmark", help="One of them, or all")
    rounds: int = option(
        5,
        title="Rounds",
        help="More rounds, steadier medians",
        long="Everything that is compared is measured in turns: ceiling, ours, theirs, and again. The figures are "
        "medians over the rounds; ratios are taken within a round, so that a machine that changes its pace "
        "between two rounds does not distort them.",
        ge=1,
        le=99,
    )
    seconds: float = option(2.0, title="Time", unit="s", help="Of each turn of a round", gt=0, le=120)
    seeds: int = option(3, title="Seeds", help="Trainings of time-to-loss", ge=1, le=20)
    megabytes: int = option(100, title="Text size", unit="MB", help="What import and tokenize read", ge=1, le=100_000)
    threads: int | None = option(None, title="Threads", help="Processor cores that compute", ge=1, le=1024)
    compile: bool = option(
        False,
        title="Compiled steps",
        help="Trains compiled as well",
        long="train and time-to-loss also measure steps that a C++ compiler joined, where there is one. Compiling "
        "takes about a minute for each model and is told apart.",
    )
    nanogpt: str = option("", title="nanoGPT", help="Folder of a copy to compare with")
    text: str = option("", title="Text file", help="What time-to-loss learns from")
