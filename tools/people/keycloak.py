"""Our realm in Keycloak, by its administration interface (26.x)."""

import secrets
from collections import defaultdict
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Final, NamedTuple, Self
from urllib.parse import quote

import httpx2

from tools.errors import PlatformError

ADMINISTRATOR: Final = "administrator"
REALM: Final = "antar"
CLIENT: Final = "antar"
_PATIENCE: Final = 60.0  # its first answers after a start take long
_AT_ONCE: Final = 100
_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"
"""Without those that look alike on paper: l and 1, o and 0."""


class Member(NamedTuple):
    """Somebody who may sign in: `login` is what they type, `name` what pages and the audit call them."""

    login: str
    name: str
    roles: tuple[str, ...]
    areas: tuple[str, ...]
    badge: str | None = None
    desk: str | None = None
    active: bool = True


class Keycloak:
    """A connection as its administrator; `address` is that of Keycloak itself (http://sign-in:8080/sign-in)."""

    def __init__(self, address: str, password: str) -> None:
        self._address = address.rstrip("/")
        self._password = password
        self._client = httpx2.Client(timeout=_PATIENCE, trust_env=False)

    def __enter__(self) -> Self:
        """Signs in.

        Raises:
            PlatformError: it does not answer, or does not take the password.
        """
        who = {"grant_type": "password", "client_id": "admin-cli", "username": ADMINISTRATOR}
        answer = self._send(
            "POST", "/realms/master/protocol/openid-connect/token", data={**who, "password": self._password}
        )
        if answer.status_code in (400, 401):
            raise PlatformError(f"The sign-in does not take the password of its user '{ADMINISTRATOR}'.")
        self._client.headers["Authorization"] = f"Bearer {_sound(answer).json()['access_token']}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def add(self, member: Member) -> str:
        """Makes an account.

        Returns:
            A password that is good for the first sign-in alone.

        Raises:
            PlatformError: the name is taken, or something is not as it must be.
        """
        client, wanted = self.roles(member.roles)
        password = _password()
        answer = self._send("POST", "/admin/realms/antar/users", json=_account(member, password))
        if answer.status_code == 409:
            raise PlatformError(f"'{member.login}' is there already.")
        user = _sound(answer).headers["location"].rpartition("/")[2]
        try:
            self.ask("POST", f"/users/{user}/role-mappings/clients/{client}", json=wanted)
        except PlatformError:
            self.ask("DELETE", f"/users/{user}")  # half an account would be in the way of the next try
            raise
        return password

    def members(self) -> list[Member]:
        """All who have an account, by login."""
        client, known = self.roles()
        roles = defaultdict(list)
        for role in (one["name"] for one in known):
            for user in self._all(f"/clients/{client}/roles/{quote(role)}/users"):
                roles[user["username"]].append(role)
        found = self._all("/users", briefRepresentation="false")
        return sorted(_member(user, roles[user["username"]]) for user in found)

    def new_password(self, login: str) -> str:
        """Gives somebody a password that is good for one sign-in; the old one is worth nothing any more.

        Raises:
            PlatformError: there is nobody of that name.
        """
        password = _password()
        user = self.user(login)
        credential = {"type": "password", "value": password, "temporary": True}
        self.ask("PUT", f"/users/{user}/reset-password", json=credential)
        self.ask("DELETE", f"/attack-detection/brute-force/users/{user}")  # who mistyped it too often need not wait
        return password

    def set_active(self, login: str, active: bool) -> None:
        """Lets somebody sign in, or no longer. A session that they have in Antar ends within a working day.

        Raises:
            PlatformError: there is nobody of that name.
        """
        user = self.user(login)
        kept = self.ask("GET", f"/users/{user}").json()
        self.ask("PUT", f"/users/{user}", json={**kept, "enabled": active})
        if not active:
            self.ask("POST", f"/users/{user}/logout")

    def user(self, login: str) -> str:
        """The id of an account.

        Raises:
            PlatformError: there is nobody of that name.
        """
        found = self.ask("GET", "/users", params={"username": login, "exact": "true"}).json()
        if not found:
            raise PlatformError(f"Nobody is called '{login}'.")
        return str(found[0]["id"])

    def roles(self, names: Sequence[str] | None = None) -> tuple[str, list[dict[str, Any]]]:
        """The id of our client, and its roles of these names; all if none are given.

        Raises:
            PlatformError: one of them is not there.
        """
        found = self.ask("GET", "/clients", params={"clientId": CLIENT}).json()
        if not found:
            raise PlatformError(f"The realm '{REALM}' has no client '{CLIENT}': was it imported from deploy/sign-in?")
        client = str(found[0]["id"])
        known = {role["name"]: role for role in self.ask("GET", f"/clients/{client}/roles").json()}
        if strange := [name for name in names or () if name not in known]:
            raise PlatformError(f"The realm '{REALM}' has no role '{strange[0]}': make it in its client '{CLIENT}'.")
        return client, [known[name] for name in known if names is None or name in names]

    def _all(self, path: str, **params: str) -> Iterator[dict[str, Any]]:
        first = 0
        while page := self.ask("GET", path, params={**params, "first": str(first), "max": str(_AT_ONCE)}).json():
            yield from page
            first += _AT_ONCE

    def ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """Something of the realm; `path` is below it (/users).

        Raises:
            PlatformError: it does not answer, or refuses; says what it said.
        """
        return _sound(self._send(method, f"/admin/realms/{REALM}{path}", **more))

    def _send(self, method: str, path: str, **more: Any) -> httpx2.Response:
        try:
            return self._client.request(method, self._address + path, **more)
        except httpx2.HTTPError as error:
            raise PlatformError(f"The sign-in does not answer at {self._address}.") from error


def _sound(answer: httpx2.Response) -> httpx2.Response:
    if answer.is_success:
        return answer
    try:
        said = answer.json()
        reason = said.get("errorMessage") or said.get("error_description") or said.get("error")
    except (ValueError, AttributeError):
        reason = None
    raise PlatformError(f"The sign-in refused it ({answer.status_code}{': ' + str(reason) if reason else ''}).")


def _account(member: Member, password: str) -> dict[str, Any]:
    attributes = {"antar_areas": list(member.areas)}
    attributes |= {"antar_badge": [member.badge]} if member.badge else {}
    attributes |= {"antar_desk": [member.desk]} if member.desk else {}
    return {
        "username": member.login,
        "firstName": member.name,  # many people here have one name; whole, it is the claim `name`
        "enabled": member.active,
        "attributes": attributes,
        "credentials": [{"type": "password", "value": password, "temporary": True}],
    }


def _member(user: dict[str, Any], roles: Sequence[str]) -> Member:
    attributes = user.get("attributes", {})
    badge, desk = (next(iter(attributes.get(name, ())), None) for name in ("antar_badge", "antar_desk"))
    name = " ".join(part for part in (user.get("firstName"), user.get("lastName")) if part)
    areas = tuple(sorted(attributes.get("antar_areas", ())))
    return Member(user["username"], name, tuple(sorted(roles)), areas, badge, desk, bool(user["enabled"]))


def _password() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
