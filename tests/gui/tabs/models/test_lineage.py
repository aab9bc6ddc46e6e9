"""Where models come from, and who stands on them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from pytestqt.qtbot import QtBot

from llmstudio.gui.tabs.models import lineage
from tests.gui.tabs.desk import keep_model, make_session


def test_a_base_that_is_gone_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    session = make_session(tmp_path)
    kept = keep_model(session, "Moods", base={"id": "harbour", "title": "Harbour"})
    steps = lineage.lineage(session.workspace, kept, None)
    assert (steps[0].title, steps[0].note, steps[0].tab) == ("Harbour", "base, no longer here", "")


def test_only_adapters_depend_on_a_base(qtbot: QtBot, tmp_path: Path) -> None:
    session = make_session(tmp_path)
    base = keep_model(session, "Harbour")
    keep_model(session, "Whole", base={"id": base.id})
    keep_model(session, "Thin", base={"id": base.id}, parts="adapter")
    keep_model(session, "Other", base={"id": "other"}, parts="adapter")
    assert [kept.title for kept in lineage.dependants(session.workspace, base.id)] == ["Thin"]


def test_tables_that_are_none_are_empty() -> None:
    assert lineage.inner({"base": "x"}, "base") == {}
    assert lineage.inner({}, "base") == {}


def test_days_are_said_as_people_say_them() -> None:
    now = datetime.now(UTC)
    assert lineage.day(now.isoformat()) == "today"
    assert lineage.day((now - timedelta(days=1)).isoformat()) == "yesterday"
    assert lineage.day("2019-03-03T12:00:00+00:00") == "3 March 2019"
    assert lineage.day("nonsense") == "–"
