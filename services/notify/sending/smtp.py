"""Sends messages as plain e-mail."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib
from pydantic import SecretStr

from services.notify.sending.gateway import GiveUp, NextChannel, Outcome, Outgoing, RetryLater, Unavailable
from shared.events.notify import Channel, UndeliverableReason

SUBJECT = "Kabar permohonan Anda"
"""The same for all: a subject shows on locked screens and in server logs."""


class SmtpGateway:
    """One connection for each batch, open only while there is something to send.

    Failures: a server that is away, or refuses us rather than the recipient, is waited for; a refused recipient
    leads to the next channel, a refused content is given up.
    """

    channel = Channel.EMAIL

    def __init__(
        self,
        host: str,
        port: int,
        sender: str,
        *,
        user: str | None = None,
        password: SecretStr | None = None,
        tls: str = "starttls",
        timeout: float = 20,
    ) -> None:
        self._sender = sender
        self._login = (user, password.get_secret_value()) if user and password else None
        self._client = {
            "hostname": host,
            "port": port,
            "timeout": timeout,
            "use_tls": tls == "tls",
            "start_tls": tls == "starttls",
        }

    def reaches(self, message: Outgoing, /) -> bool:
        """Those who have an e-mail address."""
        return bool(message.email)

    async def send(self, messages: Sequence[Outgoing]) -> Sequence[Outcome]:
        """Send those that have an e-mail address."""
        if not any(m.email for m in messages):
            return [NextChannel(UndeliverableReason.NO_ADDRESS) for _ in messages]
        outcomes: list[Outcome] = []
        client = aiosmtplib.SMTP(**self._client)  # type: ignore[arg-type]
        try:
            async with client:
                if self._login:
                    await client.login(*self._login)
                for message in messages:
                    outcomes.append(await self._one(client, message))
        except (aiosmtplib.SMTPException, OSError) as error:
            # Not reached, not let in, or cut off on the way: what has no outcome yet comes again.
            outcomes += [Unavailable(_sign(error))] * (len(messages) - len(outcomes))
        return outcomes

    async def _one(self, client: aiosmtplib.SMTP, message: Outgoing) -> Outcome:
        if not message.email:
            return NextChannel(UndeliverableReason.NO_ADDRESS)
        try:
            await client.send_message(self._mail(message, message.email))
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _refused(max(error.recipients, key=lambda r: r.code))
        except aiosmtplib.SMTPSenderRefused as error:
            return Unavailable(_sign(error))  # our own address is wrong: an operator's matter, the message is innocent
        except aiosmtplib.SMTPResponseException as error:
            return GiveUp(_sign(error)) if error.code >= 500 else Unavailable(_sign(error))
        except (ValueError, aiosmtplib.SMTPNotSupported) as error:
            return NextChannel(UndeliverableReason.REFUSED, _sign(error))  # what stands there is no address here
        return None

    def _mail(self, message: Outgoing, to: str) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self._sender
        mail["To"] = to
        mail["Subject"] = SUBJECT
        mail["Date"] = format_datetime(datetime.now(UTC))
        mail["Message-ID"] = f"<{message.message_id}@{self._sender.rpartition('@')[2].rstrip('>')}>"
        mail["Auto-Submitted"] = "auto-generated"
        if message.again:
            mail["X-Antar-Resend"] = "yes"
        mail.set_content(message.text)
        return mail


def _refused(error: aiosmtplib.SMTPRecipientRefused) -> Outcome:
    # RFC 3463: the second number says what it is about, 1 the address, 2 the mailbox; all others are about the server,
    # the network, or its rules ("relay access denied", to everybody). Without one, 450 and 5xx are about the mailbox.
    about = re.match(r"[45]\.(\d)\.", error.message)
    own = about[1] in "12" if about else error.code == 450 or error.code >= 500
    if not own:
        return Unavailable(_sign(error))
    return NextChannel(UndeliverableReason.REFUSED, _sign(error)) if error.code >= 500 else RetryLater(_sign(error))


def _sign(error: Exception) -> str:
    code = getattr(error, "code", None)
    return f"{type(error).__name__}({code})" if code else type(error).__name__
