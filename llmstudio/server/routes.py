"""The addresses of the server, and what each does. There are none that change anything on this machine."""

import base64
import struct
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from llmstudio.server import metrics
from llmstudio.server.completer import Ability, Embedding, Facts, Verdict, Wanted
from llmstudio.server.described import ChatCompletion, Completion, Health, Model, Models, Vectors, Verdicts, answers
from llmstudio.server.refusal import Refusal
from llmstudio.server.schema import ChatAsked, ClassifyAsked, CompletionAsked, EmbeddingsAsked, Rules
from llmstudio.server.sending import answer
from llmstudio.server.shapes import ChatShape, Json, TextShape
from llmstudio.server.telling import House
from llmstudio.server.working import worked

COMPLETION_TOKENS = 16  # where nothing is said, as OpenAI has it

_CANNOT: dict[Ability, str] = {
    "complete": "goes on with no texts",
    "chat": "holds no talks",
    "embed": "makes no embeddings",
    "classify": "does not classify",
}


def routes(house: House) -> APIRouter:
    """All of them, bound to what answers."""
    router = APIRouter()
    _telling_of_itself(router, house)
    _writing(router, house)
    _judging(router, house)
    return router


def _telling_of_itself(router: APIRouter, house: House) -> None:
    facts = house.completer.facts

    @router.get("/health", summary="Whether the server is there", responses=answers(Health))
    async def health() -> Response:
        return JSONResponse({"status": "ok", "model": facts.id})

    @router.get("/metrics", summary="Figures for Prometheus", response_class=PlainTextResponse)
    async def figures() -> Response:
        return Response(metrics.text(house.ledger, facts), media_type=metrics.KIND)

    @router.get("/v1/models", summary="The model that is served, as a list of one", responses=answers(Models))
    async def models() -> Response:
        return JSONResponse({"object": "list", "data": [_model(facts)]})

    @router.get("/v1/models/{name}", summary="The model that is served", responses=answers(Model))
    async def model(name: str) -> Response:
        _check_model(facts, name)
        return JSONResponse(_model(facts))


def _writing(router: APIRouter, house: House) -> None:
    facts = house.completer.facts

    @router.post("/v1/completions", summary="Go on with a text", responses=answers(Completion, streamed=True))
    async def complete(asked: CompletionAsked, request: Request) -> Response:
        _check(facts, asked.model, "complete")
        rules = asked.sampling(_tokens(facts, asked.max_tokens or COMPLETION_TOKENS))
        more = _more(asked, asked.logprobs)
        wanted = [
            Wanted(rules, text=one, **more) if isinstance(one, str) else Wanted(rules, ids=one, **more)
            for one in asked.prompts()
        ]
        shape = TextShape(facts.id, likely=asked.logprobs is not None, usage_chunk=_with_usage(asked))
        return answer(house, request, wanted, shape, each=asked.n or 1, **_way(asked))

    @router.post(
        "/v1/chat/completions", summary="Answer the last turn", responses=answers(ChatCompletion, streamed=True)
    )
    async def chat(asked: ChatAsked, request: Request) -> Response:
        _check(facts, asked.model, "chat")
        most = asked.max_completion_tokens or asked.max_tokens or facts.context
        if asked.top_logprobs and not asked.logprobs:
            raise Refusal(400, "top_logprobs needs logprobs: true.", param="top_logprobs")
        likely = asked.top_logprobs or 0 if asked.logprobs else None
        wanted = Wanted(asked.sampling(_tokens(facts, most)), messages=asked.talk(), **_more(asked, likely))
        shape = ChatShape(facts.id, likely=likely is not None, usage_chunk=_with_usage(asked))
        return answer(house, request, [wanted], shape, each=asked.n or 1, **_way(asked))


def _judging(router: APIRouter, house: House) -> None:
    facts = house.completer.facts

    @router.post("/v1/embeddings", summary="Vectors of texts", responses=answers(Vectors))
    async def embed(asked: EmbeddingsAsked, request: Request) -> Response:
        _check(facts, asked.model, "embed")
        if asked.dimensions not in (None, facts.width):
            raise Refusal(400, f"The vectors of this model have {facts.width:,} dimensions.", param="dimensions")
        found = await worked(house, request, lambda: house.completer.embed(_texts(asked.input)))
        return JSONResponse(_embeddings(facts, found, packed=asked.encoding_format == "base64"))

    @router.post("/classify", summary="Judge texts", responses=answers(Verdicts))
    async def classify(asked: ClassifyAsked, request: Request) -> Response:
        _check(facts, asked.model, "classify")
        found = await worked(house, request, lambda: house.completer.classify(_texts(asked.input)))
        return JSONResponse(_verdicts(facts, found))


def _check(facts: Facts, model: str | None, ability: Ability) -> None:
    if model is not None:
        _check_model(facts, model)
    if ability not in facts.can:
        raise Refusal(400, f"{facts.title} {_CANNOT[ability]}. It can: {', '.join(sorted(facts.can))}.", param="model")


def _check_model(facts: Facts, name: str) -> None:
    if name not in (facts.id, facts.title):
        raise Refusal(404, f"This model is not served here. Ask for {facts.id}.", code="model_not_found", param="model")


def _tokens(facts: Facts, wanted: int) -> int:
    if wanted > facts.context:
        words = f"{wanted:,} tokens are more than the model reads at once ({facts.context:,})."
        raise Refusal(400, words, code="context_length_exceeded", param="max_tokens")
    return wanted


def _more(asked: Rules, likely: int | None) -> dict[str, Any]:
    return {
        "presence_penalty": asked.presence_penalty or 0.0,
        "frequency_penalty": asked.frequency_penalty or 0.0,
        "logprobs": likely,
    }


def _way(asked: Rules) -> dict[str, bool]:
    if asked.stream_options is not None and not asked.stream:
        raise Refusal(400, "stream_options needs stream: true.", param="stream_options")
    return {"stream": bool(asked.stream), "with_usage": _with_usage(asked)}


def _with_usage(asked: Rules) -> bool:
    return asked.stream_options is not None and asked.stream_options.include_usage


def _texts(given: str | list[str]) -> list[str]:
    texts = [given] if isinstance(given, str) else given
    if not all(text.strip() for text in texts):
        raise Refusal(400, "A text is empty.", param="input")
    return texts


def _model(facts: Facts) -> Json:
    return {
        "id": facts.id,
        "object": "model",
        "created": facts.created,
        "owned_by": "llmstudio",
        "title": facts.title,
        "context_length": facts.context,
        "parameters": facts.parameters,
        "abilities": sorted(facts.can),
        "labels": list(facts.labels),
    }


def _embeddings(facts: Facts, found: Sequence[Embedding], *, packed: bool) -> Json:
    data = [
        {"object": "embedding", "index": at, "embedding": _packed(one.vector) if packed else list(one.vector)}
        for at, one in enumerate(found)
    ]
    return {"object": "list", "data": data, "model": facts.id, "usage": _read(found)}


def _packed(vector: Sequence[float]) -> str:
    """Little-endian 32-bit numbers in base64, as OpenAI's clients ask for."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def _verdicts(facts: Facts, found: Sequence[Verdict]) -> Json:
    data = [
        {
            "index": at,
            "label": ", ".join(one.labels) if one.value is None else None,
            "labels": list(one.labels),
            "probabilities": dict(one.probabilities),
            "value": one.value,
        }
        for at, one in enumerate(found)
    ]
    return {"object": "list", "data": data, "model": facts.id, "usage": _read(found)}


def _read(found: Sequence[Embedding] | Sequence[Verdict]) -> Json:
    tokens = sum(one.tokens for one in found)
    return {"prompt_tokens": tokens, "total_tokens": tokens}
