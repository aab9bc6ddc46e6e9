"""The job that looks through a dataset for repeated documents and shows what cleaning would take out."""

import tempfile
from pathlib import Path

from llmstudio.base import units
from llmstudio.config.dataset import FindRepeatsConfig
from llmstudio.data import repeats
from llmstudio.data.workers import processes_for
from llmstudio.jobs.context import Context
from llmstudio.jobs.job import Job
from llmstudio.store import catalog


def run(job: Job, context: Context) -> None:
    """Look through all documents; the dataset stays as it is."""
    config = FindRepeatsConfig(**job.config)
    dataset = catalog.find(context.workspace, "dataset", config.dataset)
    total = int(dataset.manifest.get("characters", 0))
    context.stage("Looking for repeated documents", 1.0)
    with tempfile.TemporaryDirectory(dir=context.folder, ignore_cleanup_errors=True) as work:
        found = repeats.look(
            dataset.path,
            Path(work),
            config.near_duplicates,
            check=context.check,
            progress=lambda done: context.progress(done, total, "characters"),
            processes=processes_for(total),
        )
    going = found["duplicates"] + found["near_duplicates"]
    context.note(f"{units.plural(going, 'document')} of {units.number(found['documents'])} would go.")
    context.result(dataset=dataset.id, similarity=config.near_duplicates, **found)
