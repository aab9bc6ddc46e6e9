"""A foreign template is off until its very text was accepted; what stands in for it is named."""

from typing import Any

from llmstudio.data import chat_trust

CHATML = {"template": "jinja", "source": "{{ '<|im_start|>' }}", "end": ["<|im_end|>"]}


def test_acceptance_is_of_one_text() -> None:
    accepted = chat_trust.accept(CHATML)
    assert chat_trust.is_off(CHATML)
    assert not chat_trust.is_off(accepted)
    assert chat_trust.in_use(accepted) == accepted
    assert chat_trust.is_off({**accepted, "source": "{{ 'another' }}"})
    assert chat_trust.is_off({**CHATML, "accepted": True})
    assert chat_trust.is_off(chat_trust.turn_off(accepted))


def test_until_then_the_nearest_built_in_one_is_used() -> None:
    assert chat_trust.in_use(CHATML) == {"template": "chatml", "end": ["<|im_end|>"]}
    for source, kind in (
        ("<|start_header_id|>", "llama3"),
        ("### Instruction:", "alpaca"),
        ("[INST]", "plain"),
        ("", "plain"),
    ):
        assert chat_trust.in_use({"template": "jinja", "source": source})["template"] == kind
    assert chat_trust.nearest("<|im_start|>", ("<|eot_id|>",)) == "plain"  # the model knows no such mark
    told = {**CHATML, "stand_in": {"template": "llama3", "system": "Hi", "same": True}}
    assert not chat_trust.is_off(told)
    assert (chat_trust.in_use(told)["template"], chat_trust.in_use(told)["system"]) == ("llama3", "Hi")
    assert chat_trust.name(told) == "Llama 3"
    assert chat_trust.name(chat_trust.accept(told)) == "its own"


def test_a_damaged_record_is_no_way_in() -> None:
    for stand_in in ("chatml", {"template": "jinja", "same": True}, {"template": "own", "same": True}, None, {}):
        told: dict[str, Any] = {**CHATML, "stand_in": stand_in}
        assert chat_trust.is_off(told)
        assert chat_trust.in_use(told)["template"] == "chatml"


def test_what_was_learned_here_stays_in_use() -> None:
    old = {"base": {"id": "x"}, "chat": CHATML}  # fine-tuned before acceptance was recorded
    found = chat_trust.of_manifest(old)
    assert found is not None
    assert chat_trust.is_accepted(found)
    for manifest in ({"chat": CHATML}, {**old, "chat": chat_trust.turn_off(CHATML)}):
        found = chat_trust.of_manifest(manifest)
        assert found is not None
        assert chat_trust.is_off(found)
    assert chat_trust.of_manifest({}) is None
    assert chat_trust.of_manifest({"chat": {"template": ""}}) is None


def test_a_manifest_is_changed_in_its_template_alone() -> None:
    manifest = {"title": "Pell", "chat": CHATML}
    used = chat_trust.decided(manifest, use=True)
    assert used == {"title": "Pell", "chat": chat_trust.accept(CHATML)}
    assert chat_trust.is_off(chat_trust.decided(used, use=False)["chat"])
    assert chat_trust.decided({"chat": {"template": "alpaca"}}, use=True) == {"chat": {"template": "alpaca"}}
