"""What an agency gets into its hands: all it needs to read, shown once."""

from dataclasses import dataclass
from typing import Any, Final

from shared.kafka import MECHANISM
from tools.access.agencies import Agency

_SNIPPET: Final = """\
import asyncio, os, ssl
from aiokafka import AIOKafkaConsumer

async def main():
    trust = ssl.create_default_context(cafile="antar-ca.pem")
    async with AIOKafkaConsumer({topics}, bootstrap_servers="{servers}",
            security_protocol="SASL_SSL", sasl_mechanism="{mechanism}", ssl_context=trust,
            sasl_plain_username="{user}", sasl_plain_password=os.environ["ANTAR_PASSWORD"],
            group_id="{group}reader", auto_offset_reset="earliest") as events:
        async for event in events:
            print(event.topic, event.key.decode(), event.value.decode(), flush=True)

asyncio.run(main())
"""


@dataclass(frozen=True)
class Handout:
    """The agency, its password, the address at which it comes in, and the certificate by which it knows the broker."""

    agency: Agency
    password: str
    servers: str
    ca: str

    def values(self) -> dict[str, Any]:
        """For a program."""
        return {
            "bootstrap_servers": self.servers,
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": MECHANISM,
            "user": self.agency.user,
            "password": self.password,
            "group_prefix": self._group,
            "topics": list(self.agency.topics),
            "ca": self.ca,
        }

    def text(self) -> str:
        """For people."""
        names = {"group_prefix": "groups begin with", "ca": "antar-ca.pem"}
        values = self.values() | {"topics": " ".join(self.agency.topics), "ca": "the certificate below, as a file"}
        lines = [f"{names.get(name, name).replace('_', ' '):<20} {value}" for name, value in values.items()]
        return "\n".join([*lines, "", self.ca, self.snippet(), "The password is shown this once."])

    def snippet(self) -> str:
        """A program that reads everything from the beginning."""
        topics = ", ".join(f'"{name}"' for name in self.agency.topics)
        return _SNIPPET.format(
            topics=topics, servers=self.servers, mechanism=MECHANISM, user=self.agency.user, group=self._group
        )

    @property
    def _group(self) -> str:
        return f"{self.agency.user}."
