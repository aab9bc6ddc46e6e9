"""Errors carry what a card or the terminal shows, also across processes."""

import pickle

from llmstudio.base.errors import Interrupt, NoRoom, UserError


def test_a_user_error_reads_as_two_sentences() -> None:
    error = UserError("The file is empty.", "Choose another.", field="path", location="row 1", candidates=("a",))
    assert str(error) == "The file is empty. Choose another."
    assert str(UserError("Only this.")) == "Only this."


def test_a_user_error_survives_a_process_pool() -> None:
    error = UserError("What.", "Do.", field="f", location="l", candidates=("a", "b"))
    back = pickle.loads(pickle.dumps(error))
    assert (back.message, back.hint, back.field, back.location, back.candidates) == (
        "What.", "Do.", "f", "l", ("a", "b")
    )  # fmt: skip


def test_an_interrupt_names_its_kind() -> None:
    assert Interrupt("pause").kind == "pause"


def test_want_of_room_says_how_much_and_where_also_across_processes() -> None:
    error = pickle.loads(pickle.dumps(NoRoom("Full.", "Free some.", path="/x", needed=7)))
    assert isinstance(error, NoRoom)
    assert (error.message, error.hint, error.path, error.needed) == ("Full.", "Free some.", "/x", 7)
