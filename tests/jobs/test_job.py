"""The table of moves, all of it, and the job file."""

from itertools import product
from pathlib import Path

import pytest

from llmstudio.base.errors import UserError
from llmstudio.jobs.job import ALLOWED, ENDED, LIVE, RESUMABLE, Job, Status, allowed, now

# Written out once more by hand, so that a change of the table is a decision.
MOVES = {
    "queued": "starting paused cancelled failed lost",
    "starting": "running stopping paused cancelled failed lost",
    "running": "stopping paused finished cancelled failed lost",
    "stopping": "paused finished cancelled failed lost",
    "paused": "queued cancelled",
    "finished": "",
    "cancelled": "queued",
    "failed": "queued",
    "lost": "queued cancelled",
}


@pytest.mark.parametrize(("old", "new"), list(product(Status, Status)))
def test_every_move(old: Status, new: Status) -> None:
    assert allowed(old, new) == (new in MOVES[old].split())


def test_the_first_move_leads_to_queued_only() -> None:
    assert [status for status in Status if allowed("", status)] == [Status.QUEUED]


def test_every_status_has_its_row_and_can_be_reached() -> None:
    assert set(ALLOWED) == set(Status) == set(MOVES)
    reached, edge = set(), {Status.QUEUED}
    while edge:
        reached |= edge
        edge = {new for old in edge for new in ALLOWED[old]} - reached
    assert reached == set(Status)


def test_what_is_live_can_end_in_every_way_but_one() -> None:
    for status in LIVE:
        assert ENDED - ALLOWED[status] <= {Status.FINISHED}
    assert {Status.PAUSED, Status.FAILED, Status.LOST, Status.CANCELLED} == RESUMABLE
    assert not LIVE & ENDED


def test_a_job_comes_back(tmp_path: Path) -> None:
    job = Job("id", "pretrain", "Title é", {"a": [1, None]}, ("d",), now())
    job.save(tmp_path)
    assert Job.load(tmp_path) == job


@pytest.mark.parametrize("content", ["[]", "{}", '{"id": 1, "nonsense": 2}', "{"])
def test_a_damaged_job_is_a_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "job.json").write_text(content)
    with pytest.raises(UserError, match="damaged"):
        Job.load(tmp_path)


def test_now_is_utc_in_milliseconds() -> None:
    assert now().endswith("Z")
    assert len(now()) == len("2026-01-01T00:00:00.000Z")
