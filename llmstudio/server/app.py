"""Puts the server together: routes with the guard before them, every refusal in one shape, and its own description."""

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from llmstudio import __version__
from llmstudio.server import refusal
from llmstudio.server.credentials import Doorkeeper
from llmstudio.server.guard import Gone, Guard
from llmstudio.server.refusal import Refusal
from llmstudio.server.routes import routes
from llmstudio.server.telling import House

GONE = 499  # a client that went away; nobody reads this but the log
_STATUSES = {
    400: "The request cannot be met as it is",
    401: "The key is missing or wrong",
    403: "This name or page may not ask",
    404: "There is nothing at this address, or no such model",
    405: "The address does not know this method",
    408: "The request took too long",
    413: "The body is too large",
    415: "The body is not JSON",
    429: "Too many requests, or too many wrong keys: come again later",
    431: "The head of the request is too large",
    500: "Something went wrong in the server",
    503: "The server is being stopped",
}


def build(house: House, doorkeeper: Doorkeeper, *, names: frozenset[str], origins: tuple[str, ...] = ()) -> Guard:
    """The whole application. Hosts in `names` are known, pages of `origins` may ask."""
    app = FastAPI(
        title="LLM Studio",
        version=__version__,
        docs_url=None,  # its page would load scripts from strangers
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
    )
    router = routes(house)
    app.include_router(router, responses=_responses())
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _decided)
    app.add_exception_handler(Gone, _gone)
    app.add_exception_handler(Exception, _unforeseen)
    setattr(app, "openapi", lambda: described(app))  # noqa: B010 - the way the framework has for this
    return Guard(app, doorkeeper, house.ledger, names=names, origins=origins, routes=_paths(router))


def _paths(router: APIRouter) -> list[str]:
    return [*(route.path for route in router.routes if isinstance(route, APIRoute)), "/openapi.json"]


def described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description. What is wrong with a request is told as 400, never as 422."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
        for operations in schema["paths"].values():
            for operation in operations.values():
                operation["responses"].pop("422", None)
        parts = schema.setdefault("components", {})
        schemas = parts.setdefault("schemas", {})
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        schemas["Refusal"] = _REFUSAL
        parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{"key": []}]
        app.openapi_schema = schema
    return app.openapi_schema


_TEXT_OR_NULL = {"anyOf": [{"type": "string"}, {"type": "null"}]}
_REFUSAL = {
    "title": "Refusal",
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": _TEXT_OR_NULL,
                "code": _TEXT_OR_NULL,
            },
        }
    },
}


def _responses() -> dict[int | str, dict[str, Any]]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    return {status: {"description": words, "content": content} for status, words in _STATUSES.items()}


def _response(refused: Refusal) -> Response:
    return JSONResponse(refused.body, refused.status, refused.headers)


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return _response(error)


async def _invalid(_request: Request, error: Exception) -> Response:
    """The first thing that is wrong, by the name of its field; what was sent is not repeated."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = [part for part in first["loc"][1:] if isinstance(part, str | int)]
    field = str(where[0]) if where and isinstance(where[0], str) else None
    if first["type"] == "extra_forbidden":
        name = str(where[-1])[:64]
        return _response(Refusal(400, f"There is no {name} here.", code="unknown_parameter", param=name))
    words = str(first["msg"])[:200]
    return _response(Refusal(400, f"{field or 'The body'}: {words}.", code="invalid_value", param=field))


async def _decided(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    allow = (error.headers or {}).get("Allow", "")
    return _response(refusal.of_status(error.status_code, allow))


async def _gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=GONE)


async def _unforeseen(_request: Request, _error: Exception) -> Response:
    return _response(refusal.unforeseen())
