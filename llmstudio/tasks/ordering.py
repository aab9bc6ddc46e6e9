"""What somebody wants of the server as an order to the engine: rendered, cut into tokens, bounded by the context."""

from collections.abc import Sequence

from llmstudio.base import units
from llmstudio.base.errors import UserError
from llmstudio.data.messages import Message
from llmstudio.engine.batchrow import Order
from llmstudio.server.completer import Wanted
from llmstudio.tasks.chatting import Chatter, begun, text_ids
from llmstudio.tasks.loading import Loaded


class Clerk:
    """Takes orders for one loaded model. For one thread at a time."""

    def __init__(self, loaded: Loaded, context: int) -> None:
        self._loaded, self._context = loaded, context
        self._chatter = Chatter(loaded)

    def order(self, wanted: Wanted) -> Order:
        """The order for one text. `UserError` for a prompt that is too long, or ids and talks that are none."""
        if wanted.messages is not None:
            return self._talk(wanted, wanted.messages)
        ids = self._known(wanted.ids) if wanted.ids is not None else text_ids(self._loaded.tokenizer, wanted.text or "")
        self.measure(ids)
        return self._made(wanted, ids, frozenset({self._loaded.tokenizer.end_id}))

    def measure(self, ids: Sequence[int]) -> None:
        """`UserError` for more than the model can read."""
        if len(ids) > self._context:
            tokens = units.plural(len(ids), "token")
            raise UserError(f"The text takes {tokens}, and the model reads {self._context:,} at once.", "Shorten it.")

    def ids(self, text: str) -> list[int]:
        """A text to be read, not written on; `UserError` where it is too long."""
        ids = text_ids(self._loaded.tokenizer, text)
        self.measure(ids)
        return ids

    def _talk(self, wanted: Wanted, messages: Sequence[Message]) -> Order:
        if not messages or messages[-1].role != "user" or any(one.role == "system" for one in messages[1:]):
            raise UserError(
                "The talk does not end with a question.",
                "Let a turn of the user be the last; only the first may be one of the system.",
            )
        rules = wanted.rules
        asked = self._chatter.ask(messages, answer=rules.max_tokens)
        bounds = {"max_tokens": min(rules.max_tokens, asked.room), "stop": (*rules.stop, *asked.stops)}
        ends = asked.ends | {self._loaded.tokenizer.end_id}
        return self._made(wanted, asked.ids, ends, **bounds)

    def _known(self, ids: Sequence[int]) -> list[int]:
        tokenizer = self._loaded.tokenizer
        if not all(0 <= one < tokenizer.vocab_size for one in ids):
            raise UserError("The prompt holds ids that this model does not know.", "Send the prompt as text.")
        return begun(tokenizer, list(ids)) if not ids else list(ids)

    def _made(self, wanted: Wanted, ids: Sequence[int], ends: frozenset[int], **bounds: object) -> Order:
        return Order(
            tuple(ids),
            wanted.rules.model_copy(update=bounds),
            ends,
            presence=wanted.presence_penalty,
            frequency=wanted.frequency_penalty,
            alternatives=wanted.logprobs,
        )
