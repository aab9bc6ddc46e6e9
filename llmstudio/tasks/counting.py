"""Tells at the beginning of a training what counting alone would reach on the same text."""

from llmstudio.engine import counting
from llmstudio.jobs.context import Context
from llmstudio.tasks.preparation import Prepared

METRIC = "counting_loss"


def tell(prepared: Prepared, context: Context) -> None:
    """Put the loss of a counting model beside the run's own, where the vocabulary is small enough to count."""
    encoded = prepared.encoded
    found = counting.measure(encoded.train.ids, encoded.val.ids, prepared.tokenizer.vocab_size, context.check)
    if found is None:
        return
    context.metrics(0, **{METRIC: found.nats})
    context.result(**{METRIC: found.nats})
    part = "" if found.counted == encoded.train.tokens else " of the first two million pieces"
    context.note(
        f"A counting model{part} reaches {found.nats:.3f} on the validation text. It knows which piece follows "
        f"{found.order - 1} others and has no network: this is the loss to beat."
    )
