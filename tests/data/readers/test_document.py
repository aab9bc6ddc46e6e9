"""Faulty rows stop an import or are gathered, but not without end."""

import pytest

from llmstudio.base.errors import UserError
from llmstudio.data.readers import document
from llmstudio.data.readers.document import Faults


def test_the_first_fault_stops_with_its_row() -> None:
    with pytest.raises(UserError) as told:
        Faults(stop=True).add("a.csv", 1318, "has 4 columns, the header has 3", "Leave it out.")
    assert str(told.value) == "a.csv: row 1,318 has 4 columns, the header has 3. Leave it out."
    assert told.value.location == "row 1318"


def test_gathered_faults_are_recorded() -> None:
    faults = Faults(stop=False)
    faults.add("a.csv", 2, "is odd")
    assert [fault.record() for fault in faults.found] == [{"source": "a.csv", "row": 2, "reason": "is odd"}]


def test_too_many_faults_mean_another_kind_of_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MOST_FAULTS", 5)
    monkeypatch.setattr(document, "KEPT_FAULTS", 3)
    faults = Faults(stop=False)
    for row in range(1, 6):
        faults.add("a.csv", row, "is odd")
    assert (faults.count, len(faults.found)) == (5, 3)
    with pytest.raises(UserError, match="hardly what its name says"):
        faults.add("a.csv", 6, "is odd")


def test_half_characters_are_replaced_pairs_are_joined() -> None:
    faults = Faults()
    assert faults.whole("a\ud800b") == "a\ufffdb"
    assert faults.whole("\ud83d\ude00") == "😀"
    assert faults.whole("fine \ufffd") == "fine \ufffd"
    assert faults.replaced == 1
