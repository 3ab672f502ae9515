"""The broker's rules and passwords, as its administrator sees them."""

import logging
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)
from kafka.errors import AuthorizationError, KafkaError

from shared.kafka import KafkaAddressError, client, read
from tools.access.rules import Rule
from tools.errors import PlatformError

ITERATIONS: Final = 16_384
"""The most that Kafka takes. Our passwords are random, so this only has to slow down who guesses."""
PATIENCE: Final = 30.0
_MECHANISM: Final = ScramMechanism.SCRAM_SHA_512

logging.getLogger("kafka").setLevel(logging.CRITICAL)  # its warnings are our errors, said once and in a sentence


class Broker:
    """What it has, and what it is to have instead. A change is over when the broker itself acts upon it."""

    def __init__(self, admin: KafkaAdminClient, authority: str) -> None:
        """`authority` is the certificate, as PEM, of who signed the broker's."""
        self._admin = admin
        self.authority = authority

    def rules(self) -> frozenset[Rule]:
        """Every rule there is, whosever."""
        found, _ = self._admin.describe_acls(_anything())
        return frozenset(_rule(acl) for acl in found)

    def change(self, missing: Iterable[Rule], surplus: Iterable[Rule]) -> None:
        """Adds what is missing, takes away what is too much."""
        missing, surplus = list(missing), list(surplus)
        if missing and self._admin.create_acls([_acl(rule) for rule in missing])["failed"]:
            raise PlatformError("The broker did not take the access rules: is this its administrator?")
        if surplus:
            for _, _, error in self._admin.delete_acls([_filter(rule) for rule in surplus]):
                if error.errno:
                    raise PlatformError(f"The broker did not take away an access rule: {error.__name__}.")
        wait_until(lambda: self._shows(missing, surplus), "its new access rules")

    def _shows(self, missing: list[Rule], surplus: list[Rule]) -> bool:
        there = self.rules()
        return there.issuperset(missing) and there.isdisjoint(surplus)

    def users(self) -> Mapping[str, int]:
        """Who has a password, and with how many iterations it is kept (0: by a mechanism that is not ours)."""
        found = self._admin.describe_user_scram_credentials()
        return {
            user: next((kept["iterations"] for kept in of["credential_infos"] if kept["mechanism"] == _MECHANISM), 0)
            for user, of in found.items()
        }

    def set_password(self, user: str, password: str) -> None:
        """Gives the user this password; an older one is forgotten."""
        self._alter([UserScramCredentialUpsertion(user, _MECHANISM, password, ITERATIONS)])
        wait_until(lambda: self.users().get(user) == ITERATIONS, f"the password of {user}")

    def forget(self, user: str) -> None:
        """Takes away the user's password, if there is one."""
        found = self._admin.describe_user_scram_credentials([user])
        kept = [info["mechanism"] for of in found.values() for info in of["credential_infos"]]
        if kept:
            self._alter([UserScramCredentialDeletion(user, mechanism) for mechanism in kept])

    def _alter(self, alterations: list[UserScramCredentialDeletion | UserScramCredentialUpsertion]) -> None:
        for user, error in self._admin.alter_user_scram_credentials(alterations).items():
            if error:
                raise PlatformError(f"The broker did not take the password of {user}: {error}")


@contextmanager
def broker(address: str) -> Iterator[Broker]:
    """The broker at `address`, which is to know us as its administrator.

    Raises:
        PlatformError: it does not answer, or refuses.
    """
    try:
        admin = KafkaAdminClient(**client(address), client_id="antar-access", bootstrap_timeout_ms=int(PATIENCE * 1000))
        try:
            yield Broker(admin, _authority(address))
        finally:
            admin.close()
    except (KafkaError, OSError, KafkaAddressError) as failure:
        raise PlatformError(_sentence(failure)) from None


def wait_until(there: Callable[[], bool], what: str) -> None:
    """Waits until the broker acts upon a change: it hears of it from its controller, some milliseconds later."""
    deadline = time.monotonic() + PATIENCE
    while not there():
        if time.monotonic() > deadline:
            raise PlatformError(f"The broker does not show {what} after {PATIENCE:.0f} s: look at its log.")
        time.sleep(0.05)


def _authority(address: str) -> str:
    tls = read(address).tls
    known = tls.get_ca_certs(binary_form=True) if tls else []
    return "\n".join(ssl.DER_cert_to_PEM_cert(certificate) for certificate in known)


def _sentence(failure: Exception) -> str:
    if isinstance(failure, KafkaAddressError):
        return f"{failure}."
    if isinstance(failure, AuthorizationError):
        return (
            "The broker knows us, but not as its administrator: give the address with the administrator's certificate."
        )
    return (
        f"The broker does not answer or does not let us in ({type(failure).__name__}): look whether it runs, and "
        "whether this is the administrator's address."
    )


def _anything() -> ACLFilter:
    everywhere = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    return ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ANY, everywhere)


def _rule(acl: ACL) -> Rule:
    of = acl.resource_pattern
    return Rule(
        acl.principal,
        acl.operation.name.lower(),
        of.resource_type.name.lower(),
        of.resource_name,
        of.pattern_type.name.lower(),
        acl.permission_type.name.lower(),
        acl.host,
    )


def _acl(rule: Rule) -> ACL:
    return ACL(
        rule.principal,
        rule.host,
        ACLOperation[rule.operation.upper()],
        ACLPermissionType[rule.permission.upper()],
        ResourcePattern(ResourceType[rule.resource.upper()], rule.name, ACLResourcePatternType[rule.pattern.upper()]),
    )


def _filter(rule: Rule) -> ACLFilter:
    acl = _acl(rule)
    return ACLFilter(acl.principal, acl.host, acl.operation, acl.permission_type, acl.resource_pattern)
