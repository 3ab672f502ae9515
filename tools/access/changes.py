"""What the broker has, compared with what it is to have; and the change from one to the other."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from shared.kafka import read
from tools.access.addresses import lets_in
from tools.access.broker import ITERATIONS, Broker, wait_until
from tools.access.rules import AGENCY, OPERATOR, Rule, declared, our_users, ours, public_topics


@dataclass(frozen=True)
class Changes:
    """What is to be done, in order; and what is none of ours, which is only said."""

    missing: tuple[Rule, ...]
    surplus: tuple[Rule, ...]
    passwords: Mapping[str, str]
    """Addresses by user, whose passwords the broker does not take."""
    strange: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.missing or self.surplus or self.passwords)

    def added(self) -> "Changes":
        """The same without what would be taken away: a version before or after this one may still need it."""
        return replace(self, surplus=())

    def lines(self) -> list[str]:
        """The difference, for people to read: `+` is added, `-` taken away, `!` left as it is."""
        return [
            *(f"- {rule}" for rule in self.surplus),
            *(f"+ {rule}" for rule in self.missing),
            *(f"+ {user} signs in with the password of its address" for user in self.passwords),
            *(f"! {sentence}" for sentence in self.strange),
        ]


def compare(broker: Broker, addresses: Mapping[str, str]) -> Changes:
    """What must change on the broker; each user in `addresses` is to sign in with the password in its own.

    Raises:
        PlatformError: the door at which they sign in does not answer.
    """
    there, wanted, users = broker.rules(), ours(), broker.users()
    # Also those of who is declared and is none of ours, such as an example: what topics.yaml once gave goes again.
    our_own = {rule for rule in there if rule.user in (*declared(), OPERATOR)}
    return Changes(
        missing=tuple(sorted(wanted - there)),
        surplus=tuple(sorted(our_own - wanted)),
        passwords={u: a for u, a in addresses.items() if users.get(u) != ITERATIONS or not lets_in(a)},
        strange=tuple(_strange(there - our_own, users)),
    )


def apply(broker: Broker, changes: Changes) -> None:
    """Makes the changes, and waits until the broker acts upon them.

    Raises:
        PlatformError: it refuses, or does not in time.
    """
    # What is too much goes first and by itself: it must not stay because what is missing is refused.
    broker.change([], changes.surplus)
    broker.change(changes.missing, [])
    for user, address in changes.passwords.items():
        password = read(address).password
        assert password is not None
        broker.set_password(user, password)
        wait_until(partial(lets_in, address), f"the new password of {user}")


def _strange(others: set[Rule] | frozenset[Rule], users: Mapping[str, int]) -> list[str]:
    of_agencies = {rule for rule in others if rule.user.startswith(AGENCY)}
    by_strangers = Counter(rule.principal for rule in others - of_agencies)
    known = {*our_users(), *(rule.user for rule in others)}
    return [
        *(f"{rule}: no agency may. `antar agency topics` mends it" for rule in sorted(of_agencies) if _too_much(rule)),
        *(f"{count} rules of {name}, who is none of ours, stay" for name, count in sorted(by_strangers.items())),
        *(
            f"{user} has a password and is none of ours; it stays"
            for user in sorted(users.keys() - known)
            if not user.startswith(AGENCY)
        ),
    ]


def _too_much(rule: Rule) -> bool:
    if rule.operation != "read" or rule.permission != "allow":
        return True
    if rule.resource == "group":
        return not rule.name.startswith(f"{rule.user}.")
    return rule.resource != "topic" or rule.pattern != "literal" or rule.name not in public_topics()
