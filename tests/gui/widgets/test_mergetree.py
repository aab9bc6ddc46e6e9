"""The joining tree: its shape, its steps, and what is said of them."""

import itertools

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from llmstudio.gui.theme import Theme
from llmstudio.gui.widgets.mergetree import Join, Leaf, MergeTree, grow

LEAVES = [Leaf(bytes([byte]), byte) for byte in b"lane"]
JOINS = [Join(1, b"an", 256, 1), Join(0, b"lan", 300, 45), Join(0, b"lane", 310, 55)]


@pytest.fixture
def tree(qtbot: QtBot) -> MergeTree:
    made = MergeTree(Theme())
    qtbot.addWidget(made)
    made.show_merges(LEAVES, JOINS)
    made.show()
    return made


def test_pieces_hang_below_those_they_were_joined_from() -> None:
    leaves, made = grow(LEAVES, JOINS)
    assert [node.level for node in made] == [1, 2, 3]
    assert [part.data for part in made[1].parts] == [b"l", b"an"]
    assert [leaf.joined_at for leaf in leaves] == [2, 1, 1, 3]


def test_the_keys_step_through_the_joins(tree: MergeTree) -> None:
    assert tree.step == 3
    QTest.keyClick(tree, Qt.Key.Key_Home)
    assert {node.data for node in tree.pieces()} == {b"l", b"a", b"n", b"e"}
    QTest.keyClick(tree, Qt.Key.Key_Right)
    assert {node.data for node in tree.pieces()} == {b"l", b"an", b"e"}
    assert tree.accessibleDescription() == "Step 1 of 3: a and n become an, merge 1."
    QTest.keyClick(tree, Qt.Key.Key_End)
    assert [node.data for node in tree.pieces()] == [b"lane"]


def test_nothing_overlaps_in_a_row(tree: MergeTree) -> None:
    boxes = [tree._box(node) for node in tree._leaves]
    assert all(one.right() < two.left() for one, two in itertools.pairwise(boxes))
    assert tree.sizeHint().width() >= boxes[-1].right()
    assert not tree.grab().isNull()


def test_a_word_without_joins_is_only_bytes(tree: MergeTree) -> None:
    tree.show_merges([Leaf(b"x", 120)], [])
    assert tree.sentence() == "1 byte, nothing joined yet."
    tree.show_merges([], [])
    assert tree.sentence() == "Nothing to join."
    assert not tree.grab().isNull()
