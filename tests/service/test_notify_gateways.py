"""What a mail server or an HTTP gateway answers decides what happens next."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from pydantic import SecretStr, ValidationError
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from services.notify.sending.gateway import Gateway, GiveUp, NextChannel, Outcome, Outgoing, RetryLater, Unavailable
from services.notify.sending.http import CodeRanges, HttpDescription, HttpGateway
from services.notify.sending.smtp import SmtpGateway
from services.notify.settings import Settings
from shared.events.notify import UndeliverableReason
from tests.people import ISSUER, SESSION_KEY
from tools.embedded.ports import free_port

ID = UUID("01a2107d-8427-7338-bdb4-92550d7c4632")
TEXT = 'Yth. Bapak/Ibu, "KTP-el" & KK Anda siap. GRATIS'


def outgoing(**changes: Any) -> Outgoing:
    return Outgoing(**({"message_id": ID, "milestone": "READY", "text": TEXT, "phone": "+6281299887766", "email": "warga@antar.test"} | changes))  # fmt: skip


async def sent(gateway: Gateway, **changes: Any) -> Outcome:
    (outcome,) = await gateway.send([outgoing(**changes)])
    return outcome


@dataclass
class Postmaster:
    """A mail server that answers as told and keeps what it takes."""

    to_recipient: str = "250 OK"
    to_data: str = "250 OK"
    to_sender: str = "250 OK"
    mails: list[EmailMessage] = field(default_factory=list)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        envelope.mail_from = address
        return self.to_sender

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return self.to_data


@pytest.fixture
def postmaster() -> Postmaster:
    return Postmaster()


@pytest.fixture
async def mail(postmaster: Postmaster) -> AsyncIterator[SmtpGateway]:
    server = Controller(postmaster, hostname="127.0.0.1", port=free_port())
    server.start()
    yield SmtpGateway("127.0.0.1", server.port, "Antar <kabar@antar.test>", tls="none")
    server.stop()


async def test_a_mail_carries_the_text_the_id_and_nothing_else(mail: SmtpGateway, postmaster: Postmaster) -> None:
    assert await sent(mail) is None
    assert await sent(mail, again=True) is None
    first, second = postmaster.mails
    assert first["Message-ID"] == second["Message-ID"] == f"<{ID}@antar.test>"
    assert first["To"] == "warga@antar.test"
    assert first["Subject"] == "Kabar permohonan Anda"
    assert first.get_content().strip() == TEXT
    assert (first["X-Antar-Resend"], second["X-Antar-Resend"]) == (None, "yes")


async def test_many_mails_go_over_one_connection_and_each_has_its_own_outcome(
    mail: SmtpGateway, postmaster: Postmaster
) -> None:
    outcomes = await mail.send([outgoing(), outgoing(email=None), outgoing(email="bukan alamat\n"), outgoing()])
    assert [type(o) for o in outcomes] == [type(None), NextChannel, NextChannel, type(None)]
    assert len(postmaster.mails) == 2


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({"to_recipient": "550 5.1.1 no such user"}, NextChannel),
        ({"to_recipient": "450 4.2.1 mailbox busy"}, RetryLater),
        ({"to_data": "554 5.7.1 refused"}, GiveUp),
        ({"to_recipient": "450 mailbox busy"}, RetryLater),
        ({"to_recipient": "451 4.3.0 trouble"}, Unavailable),
        ({"to_recipient": "554 5.7.1 relay access denied"}, Unavailable),
        ({"to_data": "451 4.3.0 trouble"}, Unavailable),
        ({"to_sender": "553 5.1.8 we do not know you"}, Unavailable),
    ],
)
async def test_a_mail_servers_answer_says_what_happens_next(
    mail: SmtpGateway, postmaster: Postmaster, answers: dict[str, str], outcome: type
) -> None:
    for name, answer in answers.items():
        setattr(postmaster, name, answer)
    assert isinstance(await sent(mail), outcome)


async def test_a_mail_server_that_is_away_is_waited_for() -> None:
    mail = SmtpGateway("127.0.0.1", free_port(), "kabar@antar.test", tls="none", timeout=2)
    outcomes = await mail.send([outgoing(), outgoing()])
    assert [type(o) for o in outcomes] == [Unavailable, Unavailable]


async def test_a_mail_server_that_refuses_our_password_is_waited_for_and_the_log_may_say_why() -> None:
    server = Controller(
        Postmaster(), hostname="127.0.0.1", port=free_port(), auth_require_tls=False, authenticator=_nobody
    )
    server.start()
    user = {"user": "antar", "password": SecretStr("salah")}
    outcome = await sent(SmtpGateway("127.0.0.1", server.port, "kabar@antar.test", tls="none", **user))
    server.stop()
    assert isinstance(outcome, Unavailable)
    assert outcome.sign == "SMTPAuthenticationError(535)"


def _nobody(*_: Any) -> AuthResult:
    return AuthResult(success=False, handled=False)


async def test_without_any_address_no_connection_is_made() -> None:
    mail = SmtpGateway("127.0.0.1", free_port(), "kabar@antar.test", tls="none")
    assert isinstance(await sent(mail, email=None), NextChannel)


def sms(server: HTTPServer, **description: Any) -> HttpGateway:
    return HttpGateway(HttpDescription(url=server.url_for("/kirim"), **description))


async def test_a_gateway_gets_what_its_description_says(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/kirim", method="POST").respond_with_data("ok")
    gateway = sms(httpserver, headers={"Authorization": "Bearer rahasia"}, body='{"target": "$phone_digits", "message": "$text"}')  # fmt: skip
    assert await sent(gateway) is None
    assert await sent(gateway, again=True) is None
    (first, _), (second, _) = httpserver.log
    assert json.loads(first.data) == {"target": "6281299887766", "message": TEXT}
    assert first.headers["Authorization"] == "Bearer rahasia"
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"] == str(ID)
    assert ("X-Antar-Resend" in first.headers, "X-Antar-Resend" in second.headers) == (False, True)


async def test_a_gateway_may_want_a_form(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/kirim").respond_with_data("ok")
    form = {"content_type": "application/x-www-form-urlencoded", "body": "to=$phone&msg=$text&ref=$message_id"}
    assert await sent(sms(httpserver, **form)) is None
    assert parse_qs(httpserver.log[0][0].data.decode()) == {
        "to": ["+6281299887766"],
        "msg": [TEXT],
        "ref": [str(ID)],
    }


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, None), (202, None), (400, GiveUp), (404, NextChannel), (401, Unavailable), (429, Unavailable), (503, Unavailable), (302, GiveUp)],
)  # fmt: skip
async def test_a_gateways_status_says_what_happens_next(
    httpserver: HTTPServer, status: int, outcome: type | None
) -> None:
    httpserver.expect_request("/kirim").respond_with_data("", status)
    assert isinstance(await sent(sms(httpserver)), outcome or type(None))


async def test_a_gateway_says_when_to_come_again(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/kirim").respond_with_data("", 429, {"Retry-After": "90"})
    outcome = await sent(sms(httpserver))
    assert isinstance(outcome, Unavailable)
    assert outcome.certain
    assert outcome.after == timedelta(seconds=90)


async def test_a_gateway_that_says_200_to_everything_is_read(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/kirim").respond_with_json({"status": False, "reason": "invalid"})
    success = r'"status":\s*true'
    assert isinstance(await sent(sms(httpserver, success_pattern=success)), GiveUp)
    trouble = sms(httpserver, success_pattern=success, retry_pattern="token|quota")
    assert isinstance(await sent(trouble), GiveUp)
    httpserver.clear()
    httpserver.expect_request("/kirim").respond_with_json({"status": False, "reason": "invalid token"})
    assert isinstance(await sent(trouble), Unavailable)


async def test_a_gateway_that_is_away_is_waited_for() -> None:
    away = HttpGateway(HttpDescription(url=f"http://127.0.0.1:{free_port()}/"))
    assert isinstance(await sent(away), Unavailable)


async def test_an_answer_that_cannot_be_read_concerns_its_own_message_alone(httpserver: HTTPServer) -> None:
    def answer(request: Request) -> Response:
        odd = {"Content-Encoding": "gzip"} if request.get_json()["to"].endswith("1") else {}
        return Response(b"no gzip", 200, odd)

    httpserver.expect_request("/kirim").respond_with_handler(answer)
    outcomes = await sms(httpserver).send([outgoing(phone=p) for p in ("+628111111111", "+628111111112")])
    assert [type(o) for o in outcomes] == [RetryLater, type(None)]


async def test_without_a_phone_nothing_is_asked(httpserver: HTTPServer) -> None:
    outcome = await sent(sms(httpserver), phone=None)
    assert isinstance(outcome, NextChannel)
    assert outcome.reason is UndeliverableReason.NO_ADDRESS
    assert httpserver.log == []


async def test_of_many_each_has_its_own_outcome_in_order(httpserver: HTTPServer) -> None:
    def answer(request: Request) -> Response:
        return Response(status=200 if b"11" in request.data else 404)

    httpserver.expect_request("/kirim").respond_with_handler(answer)
    phones = [f"+62812000000{n:02}" for n in (11, 22, 11, 33, 11)]
    outcomes = await sms(httpserver).send([outgoing(phone=p) for p in phones])
    assert [o is None for o in outcomes] == [True, False, True, False, True]


@pytest.mark.parametrize("body", ['{"to": "$nik"}', '{"to": "$"}'])
def test_an_unknown_blank_in_the_body_is_refused_at_start(body: str) -> None:
    with pytest.raises(ValueError, match="blanks"):
        HttpDescription(url="http://antar.test", body=body)


def test_codes_are_written_as_ranges() -> None:
    codes = CodeRanges("200-299, 409")
    assert [c in codes for c in (199, 200, 299, 300, 409)] == [False, True, True, False, True]
    with pytest.raises(ValueError, match="2xx"):
        CodeRanges("2xx")


@pytest.mark.parametrize(
    ("channels", "rule"), [("log,http", "must come last"), ("email,log", "ANTAR_SMTP_HOST"), ("http", "ANTAR_HTTP_GATEWAY_URL"), ("", "at least one"), ("log,log", "once")]
)  # fmt: skip
def test_channels_that_are_not_described_are_refused_at_start(channels: str, rule: str) -> None:
    people: Any = {"session_key": SESSION_KEY, "oidc_issuer": ISSUER}
    with pytest.raises(ValidationError, match=rule):
        Settings(database_url="postgresql://x", kafka="x:1", http_port=1, channels=channels, **people)  # type: ignore[arg-type]
