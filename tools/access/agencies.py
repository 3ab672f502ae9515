"""Other agencies on the broker: each a user of its own that reads the public topics it asked for, and nothing else."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tools.access.broker import Broker
from tools.access.rules import AGENCY, Rule, of_agency
from tools.errors import PlatformError

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST: Final = 40


@dataclass(frozen=True)
class Agency:
    """An agency as the broker knows it: its user, what it reads, whether it can sign in."""

    user: str
    topics: tuple[str, ...]
    signs_in: bool


def user_of(name: str) -> str:
    """The user of the agency of this name.

    Raises:
        PlatformError: it is no name for an agency.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise PlatformError(
            f"An agency's name is at most {_LONGEST} small letters, digits and single dashes, beginning with a letter: "
            "bpjs-kesehatan."
        )
    return f"{AGENCY}{name}"


def agencies(broker: Broker) -> list[Agency]:
    """All there are, by name."""
    rules = [rule for rule in broker.rules() if rule.user.startswith(AGENCY)]
    users = {user for user in broker.users() if user.startswith(AGENCY)}
    return [
        Agency(user, tuple(sorted(r.name for r in rules if r.user == user and r.resource == "topic")), user in users)
        for user in sorted(users | {rule.user for rule in rules})
    ]


def add(broker: Broker, name: str, topics: Iterable[str]) -> tuple[Agency, str]:
    """Makes the agency; returns it and its password, which nobody can ask for again.

    Raises:
        PlatformError: there is one of that name, or it may not read one of these topics.
    """
    user = user_of(name)
    wanted = of_agency(user, topics)
    if any(known.user == user for known in agencies(broker)):
        raise PlatformError(
            f"There is an agency {name} already: `antar agency topics {name} --topic …` changes what it reads, "
            f"`antar agency rotate {name}` its password."
        )
    broker.change(wanted, [])
    return _with_password(broker, user)


def read_instead(broker: Broker, name: str, topics: Iterable[str]) -> tuple[list[Rule], list[Rule]]:
    """Lets the agency read these topics and no others; returns the rules added and those taken away.

    Raises:
        PlatformError: there is no such agency, or it may not read one of them.
    """
    user = _known(broker, name).user
    wanted = of_agency(user, topics)
    there = {rule for rule in broker.rules() if rule.user == user}
    missing, surplus = sorted(wanted - there), sorted(there - wanted)
    broker.change([], surplus)
    broker.change(missing, [])
    return missing, surplus


def rotate(broker: Broker, name: str) -> tuple[Agency, str]:
    """Gives the agency another password and returns both.

    The old one opens no new connection from now on; those that it has opened end within the hour.

    Raises:
        PlatformError: there is no such agency.
    """
    return _with_password(broker, _known(broker, name).user)


def remove(broker: Broker, name: str) -> None:
    """Takes away the agency's rules, which ends what it reads at once, and its password.

    Raises:
        PlatformError: there is no such agency.
    """
    user = _known(broker, name).user
    broker.change([], [rule for rule in broker.rules() if rule.user == user])
    broker.forget(user)


def _with_password(broker: Broker, user: str) -> tuple[Agency, str]:
    password = secrets.token_urlsafe(24)
    broker.set_password(user, password)
    return next(agency for agency in agencies(broker) if agency.user == user), password


def _known(broker: Broker, name: str) -> Agency:
    user, there = user_of(name), agencies(broker)
    for agency in there:
        if agency.user == user:
            return agency
    names = ", ".join(agency.user.removeprefix(AGENCY) for agency in there) or "none yet"
    raise PlatformError(f"There is no agency {name}. Agencies: {names}.")
