"""What stands in the way of an export."""

from llmstudio.gui.tabs.models.presenter_export import Choice, ExportState, faults

CHOICE = Choice("f32", "f32, 32 bit", 10**9, "Nothing is lost.")


def test_room_and_place_are_asked_for() -> None:
    state = ExportState(type="f32", to="/somewhere/that/is/not", choices=(CHOICE,), free=10**12)
    assert [mark for mark, _ in faults(state)] == ["good"]
    short = ExportState(type="f32", to="/somewhere/that/is/not", choices=(CHOICE,), free=10**9)
    assert faults(short) == (("wrong", "Only 1 GB are free there; 1.54 GB are needed"),)
    nowhere = ExportState(type="f32", choices=(CHOICE,), free=10**12)
    assert faults(nowhere)[0] == ("wrong", "Choose where it goes")
    assert [mark for mark, _ in faults(ExportState(obstacle="It cannot be."))] == ["wrong"]
    assert faults(ExportState())[0][0] == "wrong"
