"""The planner card tells the blocks that can be seen, and the others as one."""

from llmstudio.gui.tabs.train import plannercard


def test_blocks_too_small_to_be_seen_are_told_as_one() -> None:
    found = plannercard.blocks({"Embedding": 6_000, "Attention": 1_000_000, "Norms": 8, "Head": 6_000})
    assert [(share.name, share.value) for share in found] == [("Attention", 1_000_000), ("Small blocks", 12_008)]


def test_a_single_small_block_keeps_its_name() -> None:
    found = plannercard.blocks({"Embedding": 400_000, "Attention": 1_000_000, "Norms": 8})
    assert [share.name for share in found] == ["Embedding", "Attention", "Norms"]
    assert plannercard.blocks({}) == ()
