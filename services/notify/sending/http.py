"""Sends messages through any HTTP gateway (SMS, WhatsApp, a city's own) that can be described by settings."""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from string import Template
from urllib.parse import quote_plus

import httpx2

from services.notify.sending.gateway import GiveUp, NextChannel, Outcome, Outgoing, RetryLater, Unavailable
from shared.events.notify import Channel, UndeliverableReason

AT_ONCE = 8
"""Requests under way at a time."""

_LONGEST_WAIT = 3600
_BLANKS = frozenset({"phone", "phone_digits", "text", "message_id"})


class CodeRanges:
    """HTTP status codes written as "200-299,409"."""

    def __init__(self, text: str) -> None:
        self._ranges = [self._range(part) for part in text.replace(" ", "").split(",") if part]

    @staticmethod
    def _range(part: str) -> range:
        if not re.fullmatch(r"\d{3}(-\d{3})?", part):
            raise ValueError(f"not a status code or a range of them: {part}")
        first, _, last = part.partition("-")
        return range(int(first), int(last or first) + 1)

    def __contains__(self, code: int) -> bool:
        return any(code in r for r in self._ranges)


@dataclass(frozen=True, slots=True)
class HttpDescription:
    """A gateway as its manual describes it.

    `body` has blanks $phone (+62...), $phone_digits (62...), $text and $message_id, filled in as JSON or form
    values as `content_type` says. Codes: `success` taken, `retry` the gateway is in trouble, or we with it, so all
    wait, `next_channel` this recipient cannot be reached here, all others give up. Where a gateway says 200 to
    everything, `success_pattern` must be found in its answer; if `retry_pattern` is, it is in trouble.
    """

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content_type: str = "application/json"
    body: str = '{"to": "$phone", "text": "$text"}'
    id_header: str = "Idempotency-Key"
    success: CodeRanges = field(default_factory=lambda: CodeRanges("200-299"))
    retry: CodeRanges = field(default_factory=lambda: CodeRanges("401-403,408,425,429,500-599"))
    next_channel: CodeRanges = field(default_factory=lambda: CodeRanges("404,410"))
    success_pattern: str | None = None
    retry_pattern: str | None = None
    timeout: float = 10

    def __post_init__(self) -> None:
        template = Template(self.body)
        if not template.is_valid() or not set(template.get_identifiers()) <= _BLANKS:
            raise ValueError(f"the body may have these blanks only: {', '.join(sorted('$' + b for b in _BLANKS))}")


class HttpGateway:
    """One client for each batch; a few requests at a time."""

    channel = Channel.HTTP

    def __init__(self, description: HttpDescription) -> None:
        self._is = description

    def reaches(self, message: Outgoing, /) -> bool:
        """Those who have a phone."""
        return bool(message.phone)

    async def send(self, messages: Sequence[Outgoing]) -> Sequence[Outcome]:
        """Send those that have a phone number."""
        turn = asyncio.Semaphore(AT_ONCE)
        async with httpx2.AsyncClient(timeout=self._is.timeout, follow_redirects=False) as client:

            async def one(message: Outgoing) -> Outcome:
                if not message.phone:
                    return NextChannel(UndeliverableReason.NO_ADDRESS)
                async with turn:
                    return await self._one(client, message, message.phone)

            async with asyncio.TaskGroup() as tasks:
                sending = [tasks.create_task(one(m)) for m in messages]
        return [task.result() for task in sending]

    async def _one(self, client: httpx2.AsyncClient, message: Outgoing, phone: str) -> Outcome:
        headers = {**self._is.headers, "Content-Type": self._is.content_type}
        headers[self._is.id_header] = str(message.message_id)
        if message.again:
            headers["X-Antar-Resend"] = "yes"
        try:
            answer = await client.request(
                self._is.method, self._is.url, headers=headers, content=self._body(message, phone)
            )
        except httpx2.TransportError as error:
            # Perhaps it was taken and the answer was lost; the id tells the gateway that it comes again.
            return Unavailable(type(error).__name__)
        except httpx2.RequestError as error:
            return RetryLater(type(error).__name__)  # it is there, and what it says of this message is unreadable
        return self._outcome(answer)

    def _body(self, message: Outgoing, phone: str) -> str:
        fill = _json_value if "json" in self._is.content_type else quote_plus
        values = {
            "phone": phone,
            "phone_digits": phone.removeprefix("+"),
            "text": message.text,
            "message_id": str(message.message_id),
        }
        return Template(self._is.body).substitute({name: fill(value) for name, value in values.items()})

    def _outcome(self, answer: httpx2.Response) -> Outcome:
        code = answer.status_code
        if code in self._is.success:
            return self._outcome_of_text(answer)
        if code in self._is.retry:
            return Unavailable(str(code), _wait(answer), certain=code == HTTPStatus.TOO_MANY_REQUESTS)
        if code in self._is.next_channel:
            return NextChannel(UndeliverableReason.REFUSED, str(code))
        return GiveUp(str(code))

    def _outcome_of_text(self, answer: httpx2.Response) -> Outcome:
        if self._is.success_pattern is None or re.search(self._is.success_pattern, answer.text):
            return None
        if self._is.retry_pattern is not None and re.search(self._is.retry_pattern, answer.text):
            return Unavailable(f"{answer.status_code} with the pattern of trouble", _wait(answer))
        return GiveUp(f"{answer.status_code} without the pattern of success")


def _wait(answer: httpx2.Response) -> timedelta | None:
    wait = answer.headers.get("Retry-After", "")
    return timedelta(seconds=min(int(wait), _LONGEST_WAIT)) if wait.isdecimal() else None


def _json_value(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
