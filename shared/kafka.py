"""Where Kafka is and as whom we come, in one line: what a database's address is for a database."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLScram512

PLAIN: Final = "HOST:PORT[,HOST:PORT]"
SECURED: Final = "kafkas://USER:PASSWORD@HOST:PORT[,HOST:PORT]?ca=FILE"
FORM: Final = f"Kafka's address is {PLAIN} or {SECURED} (other signs than letters and digits as %XX in a password)"
MECHANISM: Final = "SCRAM-SHA-512"


class KafkaAddressError(ValueError):
    """An address is not of its form; the sentence never quotes it, since there may be a password in it."""


@dataclass(frozen=True)
class KafkaAddress:
    """An address taken apart. `tls` is None on a network that is trusted, `user` where nobody is asked for a name."""

    servers: tuple[str, ...]
    tls: ssl.SSLContext | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@cache
def read(address: str) -> KafkaAddress:
    """Takes an address apart.

    `HOST:PORT,…` alone is for a network that is trusted. `kafkas://…` goes over TLS: `ca` names a file with the
    certificate of who signed the brokers' (without it, those that this machine trusts), `certificate` a file with our
    own and its key, USER and PASSWORD (percent-encoded) are known to the broker by SCRAM-SHA-512.

    Raises:
        KafkaAddressError: it is not of this form, or a file it names cannot be read.
    """
    if "://" not in address:
        return KafkaAddress(_servers(address))
    try:
        parts = urlsplit(address)
    except ValueError:  # a square bracket
        raise KafkaAddressError(FORM) from None
    if parts.scheme != "kafkas" or parts.path.strip("/") or parts.fragment:
        raise KafkaAddressError(FORM)
    who, _, where = parts.netloc.rpartition("@")
    user, _, password = (unquote(part) for part in who.partition(":"))
    if bool(user) != bool(password):
        raise KafkaAddressError(f"Kafka's address needs both USER and PASSWORD, or neither: {SECURED}")
    return KafkaAddress(_servers(where), _tls(dict(parse_qsl(parts.query))), user or None, password or None)


def client(address: str) -> dict[str, Any]:
    """What a client of aiokafka is to be given, as keywords, to reach the broker at `address` (see `read`)."""
    found = read(address)
    settings: dict[str, Any] = {"bootstrap_servers": list(found.servers)}
    if found.tls is not None:
        settings |= {"security_protocol": "SSL", "ssl_context": found.tls}
    if found.user is not None:
        settings |= {
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": MECHANISM,
            "sasl_plain_username": found.user,
            "sasl_plain_password": found.password,
        }
    return settings


def broker(address: str, name: str) -> KafkaBroker:
    """FastStream's broker at `address`, which knows us as the client `name`."""
    found = read(address)
    return KafkaBroker(list(found.servers), client_id=name, security=_security(found), apply_types=False, logger=None)


def _security(found: KafkaAddress) -> BaseSecurity | None:
    if found.tls is None:
        return None
    if found.user is None or found.password is None:
        return BaseSecurity(ssl_context=found.tls, use_ssl=True)
    # Without use_ssl it would say its name in the clear, whatever the context.
    return SASLScram512(found.user, found.password, ssl_context=found.tls, use_ssl=True)


def _servers(text: str) -> tuple[str, ...]:
    servers = tuple(server.strip() for server in text.split(","))
    for server in servers:
        host, _, port = server.rpartition(":")
        if not host or set("@/") & set(host) or not port.isdecimal() or not 0 < int(port) < 65536:
            raise KafkaAddressError(FORM)
    return servers


def _tls(asked: Mapping[str, str]) -> ssl.SSLContext:
    unknown = asked.keys() - {"ca", "certificate"}
    if unknown:
        raise KafkaAddressError(f"Kafka's address knows no '{min(unknown)}', only ca and certificate")
    try:
        context = ssl.create_default_context(cafile=asked.get("ca"))
        if "certificate" in asked:
            context.load_cert_chain(asked["certificate"])
    except (OSError, ssl.SSLError) as error:
        named = " and ".join(f"{name} ({Path(path).name})" for name, path in asked.items())
        raise KafkaAddressError(f"what Kafka's address names cannot be used: {named}: {error.strerror}") from None
    return context
