"""What the broker must allow, computed from topics.yaml. Everything else is refused, since no rule allows it.

READ and WRITE bring DESCRIBE along, and WRITE on any topic lets a producer be idempotent, so neither is said.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from shared.events.catalogue import every_topic, topics
from shared.packages import known
from tools.errors import PlatformError

OPERATOR: Final = "operator"
"""The user of `antar why`, `tail`, `status`, `parked` and `history`. They mask what is personal, so it reads all."""
AGENCY: Final = "agency-"
"""How the user of another agency begins."""


class Rule(NamedTuple):
    """One access rule, in Kafka's words and lower case; a rule of ours allows something, from any host."""

    principal: str
    operation: str
    resource: str
    name: str
    pattern: str = "literal"
    permission: str = "allow"
    host: str = "*"

    def __str__(self) -> str:
        may = "may" if self.permission == "allow" else "may not"
        rest = "…" if self.pattern == "prefixed" else ""
        where = "" if self.host == "*" else f" from {self.host}"
        return f"{self.user} {may} {self.operation} {self.resource} {self.name}{rest}{where}"

    @property
    def user(self) -> str:
        """Whose rule it is, without the kind of principal."""
        return self.principal.removeprefix("User:")


def declared() -> tuple[str, ...]:
    """Whoever owns or reads a topic of topics.yaml: its user has the service's name."""
    every = topics().values()
    return tuple(dict.fromkeys([topic.owner for topic in every] + [r for topic in every for r in topic.readers]))


def services() -> tuple[str, ...]:
    """Those of them that are a city's. An example runs where nothing is forbidden; a city's broker knows none."""
    of_the_city = known("services")
    return tuple(name for name in declared() if name in of_the_city)


def readers() -> tuple[str, ...]:
    """The services that read anything: each has one group, of its own name."""
    return tuple(name for name in services() if any(name in topic.readers for topic in topics().values()))


def ours() -> frozenset[Rule]:
    """All rules of the services and the operator."""
    return _of_services() | _of_operator()


def our_users() -> tuple[str, ...]:
    """Whose rules `ours` are."""
    return (*services(), OPERATOR)


def of_agency(user: str, wanted: Iterable[str]) -> frozenset[Rule]:
    """The rules of an agency that reads these topics, in groups of its own.

    Raises:
        PlatformError: one of them is not public.
    """
    chosen = {_public(name) for name in wanted}
    return frozenset(_rule(user, "read", name) for name in chosen) | {
        Rule(f"User:{user}", "read", "group", f"{user}.", "prefixed")
    }


def public_topics() -> tuple[str, ...]:
    """What agencies may read."""
    return tuple(name for name, topic in topics().items() if topic.classification == "public")


def _of_services() -> frozenset[Rule]:
    users, every = services(), every_topic().values()
    writes = {_rule(topic.owner, "write", topic.name) for topic in every}
    reads = {_rule(reader, "read", topic.name) for topic in every for reader in topic.readers}
    groups = {_rule(name, "read", name, "group") for name in readers()}
    return frozenset(rule for rule in writes | reads | groups if rule.user in users)


def _of_operator() -> frozenset[Rule]:
    reads = {_rule(OPERATOR, "read", name) for name in every_topic()}
    # To ask how far a group has come is no more than to describe it; a reader of our own belongs to no group.
    return frozenset(reads | {_rule(OPERATOR, "describe", name, "group") for name in readers()})


def _rule(user: str, operation: str, name: str, resource: str = "topic") -> Rule:
    return Rule(f"User:{user}", operation, resource, name)


def _public(name: str) -> str:
    if name in public_topics():
        return name
    choice = f"Topics for agencies: {', '.join(public_topics())}."
    if name in topics():
        raise PlatformError(f"{name} is restricted: it holds personal data, so no agency may read it. {choice}")
    raise PlatformError(f"There is no topic '{name}' for agencies. {choice}")
