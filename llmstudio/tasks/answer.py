"""One answer of the server on its way: who waits for it, what is told already, and how it ends."""

import logging
import time
from collections.abc import Callable

from llmstudio.engine.batchrow import Order, Row, Written
from llmstudio.server.completer import Begun, Done, Drawn, Failed, Likely, More, Piece, Reason, Sink

COALESCE_SECONDS = 0.016
log = logging.getLogger(__name__)


class Answer:
    """A `Ticket` for whoever asked. All but `cancel` belongs to the engine's thread."""

    def __init__(self, sink: Sink, wake: Callable[[], None], token_bytes: Callable[[int], bytes]) -> None:
        self._sink, self._wake, self._token_bytes = sink, wake, token_bytes
        self.order: Order | None = None
        self.row: Row | None = None
        self.cancelled = False  # asked for; a flag that only ever rises
        self.ended = False
        self._written = 0
        self._begun = False
        self._text, self._tokens = list[str](), list[Drawn]()
        self._told = 0.0

    def cancel(self) -> None:
        """See `Ticket`."""
        self.cancelled = True
        self._wake()

    def add(self, row: Row, written: Written) -> None:
        """One more token; it is told at once unless another one was told a moment ago."""
        if not self._begun:
            self._begun = True
            self._tell(Begun(len(row.order.prompt), row.reused))
        if written.end == "failed":
            self.end(Failed(row.failure or RuntimeError("the text could not go on")))
            return
        self._written += 1
        self._text.append(written.text)
        self._tokens.append(self._drawn(written))
        if written.end:
            self.end(self._done("stop" if written.end == "stop" else "length"))
        elif time.monotonic() - self._told >= COALESCE_SECONDS:
            self._flush()

    def stop(self) -> None:
        """It was cancelled, or nobody has time for it any more."""
        self.end(self._done("cancelled"))

    def end(self, last: Piece) -> None:
        """Tell what is left, and the last piece; nothing comes after it."""
        if self.ended:
            return
        self._flush()
        self.ended = True
        self._send(last)

    def _done(self, reason: Reason) -> Done:
        return Done(reason, self._written)

    def _flush(self) -> None:
        if self._tokens:
            piece = More("".join(self._text), tuple(self._tokens))
            self._text, self._tokens, self._told = [], [], time.monotonic()
            self._tell(piece)

    def _tell(self, piece: Piece) -> None:
        if not self.ended:
            self._send(piece)

    def _send(self, piece: Piece) -> None:
        """Hand a piece over. Who cannot take it is told nothing more, and no other answer suffers."""
        try:
            self._sink(piece)
        except Exception:
            log.exception("An answer could not be handed over")
            self.ended = True

    def _drawn(self, written: Written) -> Drawn:
        top = tuple(Likely(id_, self._token_bytes(id_), logprob) for id_, logprob in written.top)
        return Drawn(written.id, self._token_bytes(written.id), written.logprob, top)
