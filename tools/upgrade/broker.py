"""What the broker tells before an upgrade: topics to be made, and rights that would change."""

import asyncio
from collections.abc import Iterator

from aiokafka.errors import KafkaError

from shared.secret_files import SECRETS
from shared.topics import missing
from tools.access import changes
from tools.access.addresses import ADMINISTRATOR, addresses, administrator, file_of
from tools.access.broker import broker
from tools.errors import PlatformError
from tools.failing import silence_kafka
from tools.findings import Finding
from tools.upgrade.checking import of_rights, of_topics


def of_broker(kafka: str | None) -> Iterator[Finding]:
    """Asked as its administrator where there is one's secret, else at `kafka`, which tells of topics alone."""
    silence_kafka()
    administered = file_of(SECRETS, ADMINISTRATOR).exists()
    address = administrator(None, SECRETS) if administered else kafka
    if address is None:
        yield Finding("topics", "unknown", "The broker was not asked (--kafka HOST:PORT names it).")
        return
    try:
        yield of_topics(asyncio.run(missing(address)))
        if administered:
            with broker(address) as at:
                yield from of_rights(changes.compare(at, addresses(SECRETS)).lines())
    except (KafkaError, OSError, TimeoutError, PlatformError):
        yield Finding("broker", "bad", "It does not answer: bring it back first.")
