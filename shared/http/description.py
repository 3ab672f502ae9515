"""What a service's OpenAPI document says of each route beyond the route's own words: who may, and every refusal.

Written once, from the declarations that the doors go by, so that the document and the doors cannot differ.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fastapi import FastAPI

from shared.http.idempotency import KEY_HEADER, REPLAY
from shared.http.problems import MEDIA_TYPE
from shared.people.access import Access, Rule
from shared.people.session import COOKIE
from shared.version import version

Answers = dict[int | str, dict[str, Any]]
"""A route's `responses`."""

_ABOUT: Final = """For machines. Refusals are problem documents (RFC 9457) whose `title` is one sentence in Bahasa
Indonesia that says what to do. Whoever sends `Accept: text/html` is taken for a person in front of a browser: refusals
are pages, and somebody who has not signed in is led to the sign-in (303). Pages for people are not listed here."""

_MEANING: Final = {
    400: "The request broke off.",
    401: "No token, or one that is not valid.",
    404: "There is no such record.",
    409: "The record is not in a state for this.",
    410: "The person's data were erased.",
    413: "The body is too large.",
    415: "The body is of another type than this route takes.",
    422: "A value has to be put right; `errors` names the fields.",
    429: "Too often. Wait as long as Retry-After says.",
    503: "The service is in trouble for a moment; what was recorded is safe. Send the same again.",
    507: "The disk is full; nothing was taken.",
}

_TEXT: Final = {"type": "string"}
_SECONDS: Final = {"schema": {"type": "integer"}, "description": "Seconds."}
_HEADERS: Final = {
    401: {"WWW-Authenticate": {"schema": _TEXT}},
    429: {"Retry-After": _SECONDS},
    503: {"Retry-After": _SECONDS},
}

_PROBLEM: Final = {
    "title": "Problem",
    "description": "A refusal. Further members name what it is about, such as `state`; none repeats a refused value.",
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "pattern": "^urn:antar:problem:"},
        "title": {"type": "string", "description": "One sentence for people, in Bahasa Indonesia."},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "A stable word for machines."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {"field": _TEXT, "code": _TEXT, "message": _TEXT},
            },
        },
    },
}

_SCHEMES: Final = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "Of the city's OpenID Connect provider.",
    },
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "Of a browser that has signed in."},
}


class Described(FastAPI):
    """An application whose document tells of doors and refusals too; they are those of `access`."""

    def __init__(self, title: str, access: Access) -> None:
        super().__init__(title=title, version=version(), description=_ABOUT, docs_url=None, redoc_url=None)
        self._access = access

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = _completed(super().openapi(), self._access)
        return self.openapi_schema


def refuses(*statuses: int) -> Answers:
    """For a route's `responses`: what it refuses by itself. What doors and limits refuse is not named there."""
    return {status: {"description": _MEANING[status]} for status in statuses}


def takes(media_type: str, example: str) -> dict[str, Any]:
    """For a route's `openapi_extra`: the body that it reads by itself, as it comes."""
    return {"requestBody": {"required": True, "content": {media_type: {"schema": _TEXT, "example": example}}}}


def gives(media_type: str) -> Answers:
    """For a route's `responses`: a file."""
    return {200: {"content": {media_type: {"schema": _TEXT}}}}


def _completed(document: dict[str, Any], access: Access) -> dict[str, Any]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            rule = access[f"{method.upper()} {path}"]
            _complete(operation, rule, safe=method == "get", of_one="{" in path)
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)  # the framework's own refusal, in whose place ours is given
    schemas["Problem"] = _PROBLEM
    components["securitySchemes"] = _SCHEMES
    return document


def _complete(operation: dict[str, Any], rule: Rule, *, safe: bool, of_one: bool) -> None:
    if rule.roles is not None:
        # A cookie alone changes nothing: it takes one of our forms, and these are of the pages.
        operation["security"] = [{"token": []}, {"session": []}] if safe else [{"token": []}]
    answers = operation["responses"]
    # The framework writes down a 422 of its own for what it checks.
    refused = {int(status) for status in answers if int(status) >= 400} | set(
        _of_everyone(operation, rule, safe, of_one)
    )
    for status in refused:
        answers[str(status)] = _refusal(status, rule)
    if any(p["name"] == KEY_HEADER for p in operation.get("parameters", ())):
        told = {REPLAY: {"schema": _TEXT, "description": "The answer was given before; nothing was done again."}}
        for status in answers.keys() - {str(status) for status in refused}:
            answers[status]["headers"] = told
    operation["responses"] = dict(sorted(answers.items()))


def _of_everyone(operation: Mapping[str, Any], rule: Rule, safe: bool, of_one: bool) -> Iterator[int]:
    yield 503
    if rule.roles is not None:
        yield from (401, 403)
    if of_one:
        yield 404
    if not safe:
        yield 413
    if "parameters" in operation or "requestBody" in operation:
        yield 422


def _refusal(status: int, rule: Rule) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    headers = {"headers": _HEADERS[status]} if status in _HEADERS else {}
    meaning = _who_may(rule) if status == 403 else _MEANING[status]
    return {"description": meaning, "content": content, **headers}


def _who_may(rule: Rule) -> str:
    roles = ", ".join(sorted(rule.roles or ()))
    return f"Only for {roles}{', and only for what lies in their area' if rule.own else ''}."
