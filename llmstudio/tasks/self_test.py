"""The job behind `llmstudio self-test`: every part once, in a workspace of its own that is removed afterwards."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from llmstudio.base.errors import Interrupt
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job
from llmstudio.store.workspace import Workspace
from llmstudio.tasks import checks_server, checks_system
from llmstudio.tasks.checks_system import Quiet
from llmstudio.tasks.checks_work import MODEL, Work

NOTES = "network.jsonl"  # of the processes that the checks start


@dataclass(frozen=True)
class Check:
    """One finding: what was looked at, whether it works, and a word about it."""

    name: str
    ok: bool
    detail: str


def run(job: Job, context: Context) -> None:
    """Make every check, also after one that failed; the result lists them all."""
    with tempfile.TemporaryDirectory(prefix="llmstudio self-test ü漢 ") as folder:
        bench = Bench(Workspace.open(Path(folder)))
        with bench.quiet.watched():
            checks = [_made(name, check, context) for name, check in bench.checks()]
    context.result(ok=all(check.ok for check in checks), checks=[vars(check) for check in checks])


def _made(name: str, check: Callable[[], str], context: Context) -> Check:
    context.stage(name)
    context.check()
    try:
        return Check(name, True, check())
    except Interrupt:
        raise
    except Exception as error:  # whatever a part throws is its finding
        return Check(name, False, f"{type(error).__name__}: {error}")


class Bench:
    """The checks, in the order of the road: each uses what the ones before it made."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.work = Work(workspace)
        self.quiet = Quiet(workspace.root / NOTES)

    def checks(self) -> list[tuple[str, Callable[[], str]]]:
        """Every check by its name; the last one is about what all the others did."""
        work, root = self.work, self.workspace.root
        return [
            ("Versions", checks_system.versions),
            ("Resources", checks_system.resources),
            ("Keyring", checks_system.keyring),
            ("Holding sleep off", checks_system.awake),
            ("Helper processes", checks_system.helpers),
            ("Own kernels", checks_system.kernels),
            ("GPT-2 vocabulary", work.vocabulary),
            ("Import", work.imported),
            ("Tokenizer training", work.tokenizer),
            ("Training", work.trained),
            ("Resume in another process", work.resumed),
            ("Generation", work.generated),
            ("Kept model", work.kept),
            ("Export and import", work.carried),
            ("Server", partial(checks_server.served, root, MODEL)),
            ("Window", partial(checks_system.window, root)),
            ("Network", self.quiet.check),
        ]
