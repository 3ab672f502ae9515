"""Asks a service everything that its OpenAPI document allows, and much that it does not; collects what went wrong."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import schemathesis
from fastapi import FastAPI
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.harness import ServiceUnderTest
from tests.people import EVERYBODY, bearer

Known = Mapping[str, Sequence[str | int]]
"""What there is in the service, by parameter: "path.application_id", "body.serial". Without it all answers were 404.
The examples of the document are tried with the first of each."""

CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)
KNOWN_IN: Final = 0.7
"""How often a known value is asked for; what nobody has is asked for as well."""


@dataclass
class Found:
    """How many answers there were, by operation and status, and what was wrong with which."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    faults: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, label: str, title: str, text: str) -> None:
        """Keep the first of each sort."""
        self.faults.setdefault((label, title), text)

    def join(self, other: "Found") -> None:
        """Take in what another round of questions has found."""
        self.answers.update(other.answers)
        self.faults = other.faults | self.faults

    def never_done(self) -> set[str]:
        """Operations that refused whatever they were asked: nothing is known of their other answers."""
        done = {label for label, status in self.answers if status < 300}
        return {label for label, _ in self.answers} - done

    def told(self) -> str:
        """All faults, for a reader."""
        return "\n\n".join(f"{label}: {title}\n{text}" for (label, title), text in sorted(self.faults.items()))


async def ask(service: ServiceUnderTest, known: Known, *, examples: int, steps: bool = False, seed: int = 1) -> Found:
    """So many examples for each route; with `steps` also sequences, in which one answer leads to the next question."""
    app = _OnLoop(service.app, asyncio.get_running_loop())
    return await asyncio.to_thread(_ask, app, known, examples, steps, seed)


def _ask(app: ASGIApp, known: Known, examples: int, steps: bool, seed: int) -> Found:
    config = SchemathesisConfig.from_dict(_config(known, examples, steps, seed))
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=config)
    found = Found()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            _keep(found, event)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            found.add(getattr(event, "label", "") or "", "not asked", repr(event))
    return found


def _keep(found: Found, event: events.ScenarioFinished) -> None:
    recorder = event.recorder
    for case_id, interaction in recorder.interactions.items():
        case = recorder.cases[case_id].value
        if interaction.response is not None:
            found.answers[case.operation.label, interaction.response.status_code] += 1
        for check in recorder.checks.get(case_id, ()):
            if check.failure_info is not None:
                failure = check.failure_info.failure
                text = f"{failure.message}\n{check.failure_info.code_sample}"
                found.add(case.operation.label, f"{check.name}: {failure.title}", text)


def _config(known: Known, examples: int, steps: bool, seed: int) -> dict[str, Any]:
    return {
        "seed": seed,
        "headers": bearer(EVERYBODY),
        "continue-on-failure": True,
        "generation": {"max-examples": examples, "deterministic": True, "no-shrink": True, "database": "none"},
        "phases": {"stateful": {"enabled": steps}},
        "checks": {"enabled": False} | {name: {"enabled": True} for name in CHECKS},
        "dictionaries": {_dictionary(name): {"values": list(values)} for name, values in known.items()},
        "parameters": {name: {"dictionary": _dictionary(name), "probability": KNOWN_IN} for name in known},
    }


def _dictionary(parameter: str) -> str:
    return parameter.replace(".", "_").replace("[*]", "s")


class _OnLoop:
    """The application, asked from another thread and answering on the loop to which its database belongs."""

    def __init__(self, app: FastAPI, loop: asyncio.AbstractEventLoop) -> None:
        self._app = app
        self._loop = loop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request: its body is read first, its answer sent when it is complete."""
        if scope["type"] != "http":
            return
        body = b"".join([part async for part in _parts(receive)])
        answering = asyncio.run_coroutine_threadsafe(_answer(self._app, scope, body), self._loop)
        for message in await asyncio.wrap_future(answering):
            await send(message)


async def _parts(receive: Receive) -> Any:
    more = True
    while more:
        message = await receive()
        yield message.get("body", b"")
        more = message.get("more_body", False)


async def _answer(app: ASGIApp, scope: Scope, body: bytes) -> list[Message]:
    messages: list[Message] = []
    asked: Iterator[Message] = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Message:
        message = next(asked, None)
        if message is None:
            await asyncio.Event().wait()  # the client stays until it has its answer
        assert message is not None
        return message

    async def send(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, send)
    return messages
