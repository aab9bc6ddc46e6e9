"""What is found equals what comparing everything with everything finds, whatever the order, in bounded memory."""

import random
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from llmstudio.base.errors import Interrupt
from llmstudio.data import neardup, sketch
from llmstudio.data.neardup import Fingerprints, Forest, Found


def found_in(folder: Path, texts: list[str], threshold: float, equal: bool = False) -> Found:
    prints = Fingerprints(folder, equal=equal, threshold=threshold)
    digests = np.array([hash(text) & (2**64 - 1) for text in texts], dtype=np.uint64)
    for at in range(0, len(texts), 7):
        prints.add(digests[at : at + 7], sketch.slots_of(texts[at : at + 7]))
    found = prints.find()
    prints.close()
    return found


def runs(text: str) -> frozenset[tuple[str, ...]]:
    words = text.split()
    return frozenset(tuple(words[at : at + 5]) for at in range(max(1, len(words) - 4)))


def family(seed: int, number: int = 30, copies: int = 6) -> list[str]:
    """Texts with copies that differ in none to twelve of a hundred words."""
    luck = random.Random(seed)
    texts = []
    for _ in range(number):
        base = [f"w{luck.randrange(5000)}" for _ in range(luck.randint(60, 160))]
        for _ in range(luck.randint(1, copies)):
            other = list(base)
            for at in luck.sample(range(len(base)), luck.randint(0, len(base) // 12)):
                other[at] = f"y{luck.randrange(10**6)}"
            texts.append(" ".join(other))
    luck.shuffle(texts)
    return texts


def test_pairs_are_found_as_brute_force_finds_them(tmp_path: Path) -> None:
    """Recall where the true similarity is clearly above the threshold, precision where it is clearly below."""
    luck = random.Random(6)
    pairs = []
    for _ in range(400):
        one = [f"w{luck.randrange(50_000)}" for _ in range(luck.randint(60, 160))]
        other = list(one)
        for at in luck.sample(range(len(one)), luck.randint(0, len(one) // 9)):
            other[at] = f"y{luck.randrange(10**6)}"
        pairs.append((" ".join(one), " ".join(other)))
    gone = found_in(tmp_path, [text for pair in pairs for text in pair], 0.7).gone
    assert not gone[::2].any(), "nothing was put together with a stranger"
    similar = np.array([len(runs(a) & runs(b)) / len(runs(a) | runs(b)) for a, b in pairs])
    above, below = similar >= 0.8, similar <= 0.58
    assert above.sum() > 60
    assert below.sum() > 60
    assert gone[1::2][above].mean() > 0.98  # misses: of the bands 1 in 1,000; estimates 2.5 standard errors too low
    assert gone[1::2][below].mean() < 0.02


def test_one_of_each_cluster_stays_and_it_is_the_first(tmp_path: Path) -> None:
    luck = random.Random(2)
    bases = [" ".join(f"w{luck.randrange(9000)}" for _ in range(200)) for _ in range(20)]
    texts = [f"{base} {tail}" for base in bases for tail in ("a", "b", "c")]
    order = list(range(60))
    luck.shuffle(order)
    found = found_in(tmp_path / "one", [texts[at] for at in order], 0.8)
    expected = [at // 3 in {before // 3 for before in order[:place]} for place, at in enumerate(order)]
    assert found.gone.tolist() == expected
    assert (found.near, found.clusters) == (40, 20)
    assert [cluster.size for cluster in found.largest] == [3] * neardup.SHOWN
    assert found.largest[0].first == 0
    again = found_in(tmp_path / "two", [texts[at] for at in order], 0.8)
    assert (again.gone == found.gone).all()
    assert again.largest == found.largest


def test_what_hangs_together_through_others_is_one_cluster(tmp_path: Path) -> None:
    words = [f"w{number}" for number in range(200)]
    chain = []
    for step in range(6):
        chain.append(" ".join(f"x{at}" if at < step * 12 else word for at, word in enumerate(words)))
    found = found_in(tmp_path, chain, 0.8)
    assert found.gone.tolist() == [False] + [True] * 5
    assert found.clusters == 1


def test_equal_documents_go_before_near_ones_are_looked_for(tmp_path: Path) -> None:
    text = " ".join(f"w{number}" for number in range(100))
    found = found_in(tmp_path, ["other words here", text, text, f"{text} more", "?", "?"], 0.8, equal=True)
    assert found.gone.tolist() == [False, False, True, True, False, True]
    assert (found.equal, found.near, found.first_equal) == (2, 1, 2)


def test_texts_without_words_are_no_near_duplicates(tmp_path: Path) -> None:
    assert not found_in(tmp_path, ["!", "?", "", "..."], 0.5).gone.any()


def test_nothing_at_all_is_no_fault(tmp_path: Path) -> None:
    found = found_in(tmp_path, [], 0.8, equal=True)
    assert len(found.gone) == 0
    assert found.first_equal == -1


@pytest.mark.parametrize("size", [3, 40])
def test_working_range_by_range_changes_nothing(size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [*family(8), "the same", "the same"]
    whole = found_in(tmp_path / "whole", texts, 0.7, equal=True)
    monkeypatch.setattr(neardup, "RANGE", size)
    monkeypatch.setattr(neardup, "PAIRS", 5)
    parts = found_in(tmp_path / "parts", texts, 0.7, equal=True)
    assert (parts.gone == whole.gone).all()
    assert parts.first_equal == whole.first_equal >= 0


def test_a_bucket_of_many_is_searched_in_bounded_work(tmp_path: Path) -> None:
    """A thousand documents that share most words, of two kinds: each kind is one cluster."""
    common = " ".join(f"w{number}" for number in range(300))
    texts = [f"{common} {' '.join(f'{kind}{i}' for i in range(200))}" for kind in "ab" for _ in range(500)]
    random.Random(1).shuffle(texts)
    assert found_in(tmp_path, texts, 0.8).clusters == 2


def test_a_forest_finds_the_smallest_of_each_tree() -> None:
    luck = np.random.default_rng(3)
    one, other = luck.integers(0, 500, (2, 400))
    forest = Forest(500)
    forest.unite(one[:150], other[:150])
    forest.unite(one[150:], other[150:])
    plain = list(range(500))
    for _ in range(500):
        for a, b in zip(one, other, strict=True):
            plain[a] = plain[b] = min(plain[a], plain[b])
    assert forest.roots().tolist() == plain
    assert forest.find(np.arange(500)).tolist() == plain


def test_it_can_be_stopped(tmp_path: Path) -> None:
    prints = Fingerprints(tmp_path, equal=True, threshold=0.8)
    prints.add(np.zeros(3, dtype=np.uint64), sketch.slots_of(["a b c"] * 3))

    def stop() -> None:
        raise Interrupt("cancel")

    with pytest.raises(Interrupt):
        prints.find(stop)
    prints.close()


def test_memory_stays_small_for_many_documents(tmp_path: Path) -> None:
    luck = np.random.default_rng(0)
    prints = Fingerprints(tmp_path, equal=True, threshold=0.9)
    for _ in range(20):
        prints.add(
            luck.integers(0, 2**63, 10_000, dtype=np.uint64), luck.integers(0, 2**31, (10_000, 128), dtype=np.uint32)
        )
    tracemalloc.start()
    found = prints.find()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    prints.close()
    assert not found.gone.any()
    assert peak < 30_000_000  # the signatures alone are 12.8 MB, the bands 9.6 MB
