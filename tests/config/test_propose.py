"""The proposal: every open setting filled, what was said kept, and misfits told in words."""

import itertools

import pytest

from llmstudio.base.errors import UserError
from llmstudio.config import presets, propose
from llmstudio.config.propose import CorpusFacts, MachineFacts
from llmstudio.config.train import PretrainConfig

STORIES = CorpusFacts(train_tokens=450_000, val_tokens=25_000, vocab_size=2048)
OPEN = {"sample_prompt", "minutes", "strategy", "compile"}


def asked(**changes: object) -> PretrainConfig:
    return PretrainConfig(**{"name": "n", "dataset": "d", **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("preset", presets.NAMES)
def test_every_open_setting_is_filled(preset: str) -> None:
    settled = propose.resolve(asked(preset=preset), STORIES)
    left = {name for name, value in settled.model_dump().items() if value in (None, "auto")}
    assert left <= OPEN | {"n_kv_head"}


def test_what_was_said_is_kept() -> None:
    said = {"n_layer": 4, "n_head": 4, "n_embd": 128, "block_size": 64, "batch_size": 12, "max_steps": 2000}
    settled = propose.resolve(asked(**said, learning_rate=0.5, seed=9), STORIES)
    assert {**said, "learning_rate": 0.5, "seed": 9}.items() <= settled.model_dump().items()


def test_resolving_twice_changes_nothing() -> None:
    once = propose.resolve(asked(), STORIES)
    assert propose.resolve(once, STORIES, MachineFacts(flops=1e15)) == once


def test_every_size_of_text_and_machine_gets_a_model_that_fits() -> None:
    texts = (3, 20, 180, 5_000, 450_000, 50_000_000, 10_000_000_000)
    machines = (MachineFacts(), MachineFacts(device="cuda", flops=1e14, precision="bf16"))
    for tokens, vocabulary, machine in itertools.product(texts, (12, 2048, 50_257), machines):
        facts = CorpusFacts(tokens, max(2, tokens // 10), vocabulary)
        settled = propose.resolve(asked(), facts, machine)
        assert propose.model_config(settled, vocabulary).vocab_size == vocabulary
        assert (settled.block_size or 0) <= max(2, tokens)


def test_a_stronger_machine_gets_a_larger_model() -> None:
    facts = CorpusFacts(500_000_000, 1_000_000, 8192)
    weak = propose.resolve(asked(), facts)
    strong = propose.resolve(asked(), facts, MachineFacts(device="cuda", flops=1e14))
    assert (strong.n_embd or 0) > (weak.n_embd or 0)
    assert (strong.batch_size or 0) * (strong.block_size or 0) > (weak.batch_size or 0) * (weak.block_size or 0)


def test_heads_divide_any_width() -> None:
    for width in (2, 6, 10, 48, 64, 100, 128, 192, 256, 384, 768, 1024):
        settled = propose.resolve(asked(n_embd=width), STORIES)
        assert width % (settled.n_head or 0) == 0


def test_a_width_fits_the_heads_that_were_said() -> None:
    settled = propose.resolve(asked(n_head=5), STORIES)
    assert (settled.n_embd or 0) % 5 == 0


def test_heads_that_do_not_fit_the_proposed_width_are_told() -> None:
    with pytest.raises(UserError) as caught:
        propose.resolve(asked(n_embd=128, n_kv_head=3), STORIES)
    assert caught.value.field == "n_kv_head"
    assert caught.value.message == "4 heads cannot share 3 key-value heads. Use 2 or 4."


def test_a_text_too_short_for_the_context_is_told_with_one_that_fits() -> None:
    settled = propose.resolve(asked(block_size=256), STORIES)
    with pytest.raises(UserError) as caught:
        propose.check_length(settled, CorpusFacts(180, 0, 50))
    assert caught.value.message == "The text has 180 tokens, the context needs 257."
    assert caught.value.hint == "Add text or choose a context of 128."
    assert (caught.value.field, caught.value.candidates) == ("block_size", ("128",))


def test_a_text_that_fits_is_not_complained_about() -> None:
    settled = propose.resolve(asked(block_size=16), CorpusFacts(17, 0, 50))
    propose.check_length(settled, CorpusFacts(17, 0, 50))


def test_a_wider_model_learns_at_a_lower_rate() -> None:
    narrow, wide = (propose.resolve(asked(n_embd=width), STORIES) for width in (128, 512))
    assert (narrow.learning_rate or 0) > (wide.learning_rate or 0) > 0


def test_machine_facts_are_read_from_a_probe() -> None:
    facts = propose.machine_facts({"device": "cuda", "flops": 2e12, "stamp": "x", "memory_bytes": None})
    assert facts == MachineFacts(device="cuda", flops=2e12)


def test_an_odd_width_is_told_or_trained_with_one_head() -> None:
    with pytest.raises(UserError, match="Use an even width"):
        propose.resolve(asked(n_embd=7), STORIES)
    assert propose.resolve(asked(n_embd=7, preset="gpt2"), STORIES).n_head == 1


def test_the_time_a_person_has_decides_about_the_size() -> None:
    text = CorpusFacts(1_000_000, 100_000, 66)
    short, long = (propose.resolve(asked(minutes=minutes), text) for minutes in (0.1, 10))
    assert (short.n_layer, short.n_embd, short.block_size) == (2, 128, 64)
    assert (long.n_embd or 0) > 128
    assert short.tokens_per_step < long.tokens_per_step
    said = propose.resolve(asked(minutes=0.1, n_embd=256, max_steps=7), text)
    assert (said.n_embd, said.max_steps) == (256, 7)


def test_pairs_and_triples_are_looked_up_where_there_are_few_pieces() -> None:
    few, many = (CorpusFacts(1_000_000, 100_000, size) for size in (66, 8192))
    assert propose.model_config(propose.resolve(asked(), few), 66).pair_rows == 67**2
    assert propose.resolve(asked(), many).ngram_rows == 0
    short = CorpusFacts(150_000, 5_000, 1000)
    assert propose.resolve(asked(), short).ngram_rows == 0
    assert propose.resolve(asked(preset="llama"), few).ngram_rows == 0
    assert propose.resolve(asked(ngram_rows=500), many).ngram_rows == 500


def test_a_training_of_an_earlier_version_goes_on_as_it_was() -> None:
    settled = propose.resolve(asked(threads=2), STORIES, MachineFacts(precision="fp32")).model_dump()
    old = {name: value for name, value in settled.items() if name not in propose.AS_BEFORE}
    again = propose.resolve(PretrainConfig(**old), CorpusFacts(450_000, 25_000, 66))
    assert (again.ngram_rows, again.embedding_share, again.head_share) == (0, 1.0, 1.0)
    assert propose.model_config(again, 66).ngram_rows == 0
    assert {name: getattr(again, name) for name in old} == old
