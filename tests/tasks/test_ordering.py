"""What is wanted of the server, as an order to the engine."""

from collections.abc import Iterator

import pytest

from llmstudio.base.errors import UserError
from llmstudio.data.messages import Message
from llmstudio.store.workspace import Workspace
from llmstudio.tasks.ordering import Clerk
from tests.tasks import served
from tests.tasks.served import wanted


@pytest.fixture(scope="module")
def clerk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clerk]:
    ws: Workspace = served.workspace(tmp_path_factory.mktemp("served") / "ws")
    yield Clerk(served.ready(ws).loaded, served.CONTEXT)
    ws.close()


def test_an_order_has_the_rules_the_penalties_and_the_end_of_a_text(clerk: Clerk) -> None:
    one = wanted("Ada", rules={"stop": ("x",)}, presence_penalty=0.5, frequency_penalty=-1.0, logprobs=2)
    order = clerk.order(one)
    tokenizer = clerk._loaded.tokenizer
    assert order.prompt == tuple(tokenizer.encode("Ada"))
    assert (order.presence, order.frequency, order.alternatives) == (0.5, -1.0, 2)
    assert order.ends == {tokenizer.end_id}
    assert order.rules == one.rules


def test_an_answer_is_bounded_by_the_room_that_a_talk_leaves(clerk: Clerk) -> None:
    talk = (Message("user", "Who are you?"),)
    order = clerk.order(wanted(messages=talk, rules={"max_tokens": 500, "stop": ("!",)}))
    assert len(order.prompt) + order.rules.max_tokens == served.CONTEXT
    assert order.rules.stop == ("!", "\nQuestion:", "\n\nQuestion"), "a script ends where the next question begins"
    early = (Message("user", "a" * 30), Message("assistant", "b"), *talk)
    assert clerk.order(wanted(messages=early)).prompt == clerk.order(wanted(messages=talk)).prompt


def test_what_is_too_long_is_told_in_tokens(clerk: Clerk) -> None:
    assert len(clerk.ids("a" * served.CONTEXT)) == served.CONTEXT
    with pytest.raises(UserError, match="65 tokens, and the model reads 64 at once") as caught:
        clerk.ids("a" * 65)
    assert caught.value.hint
    assert clerk.order(wanted("")).prompt == (clerk._loaded.tokenizer.end_id,)
