"""An account gets other roles or areas, another badge, desk or name; whatever is not named stays as it is."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tools.people.keycloak import Keycloak


class Instead(NamedTuple):
    """What an account is to have from now on. None stays as it is; an empty badge or desk goes."""

    name: str | None = None
    roles: tuple[str, ...] | None = None
    areas: tuple[str, ...] | None = None
    badge: str | None = None
    desk: str | None = None


def change(keycloak: Keycloak, login: str, instead: Instead) -> None:
    """Counts from the next sign-in on. A session that they have in Antar keeps what it had, for a working day at most.

    Raises:
        PlatformError: there is nobody of that name, or the realm does not know one of the roles.
    """
    client, wanted = keycloak.roles(instead.roles)
    user = f"/users/{keycloak.user(login)}"
    kept = keycloak.ask("GET", user).json()
    keycloak.ask("PUT", user, json={**kept, **_named(instead), "attributes": _attributes(kept, instead)})
    if instead.roles is not None:
        path = f"{user}/role-mappings/clients/{client}"
        former = [role for role in keycloak.ask("GET", path).json() if role["name"] not in instead.roles]
        # Those to be taken go first: who runs this again after it broke off has never had too many.
        keycloak.ask("DELETE", path, json=former)
        keycloak.ask("POST", path, json=wanted)
    keycloak.ask("POST", f"{user}/logout")


def _named(instead: Instead) -> dict[str, str]:
    # Whole in one field, as when an account is made; a last name that the console wrote would be shown behind it.
    return {} if instead.name is None else {"firstName": instead.name, "lastName": ""}


def _attributes(kept: Mapping[str, Any], instead: Instead) -> dict[str, list[str]]:
    given = {
        "antar_areas": None if instead.areas is None else list(instead.areas),
        "antar_badge": None if instead.badge is None else [instead.badge],
        "antar_desk": None if instead.desk is None else [instead.desk],
    }
    every = kept.get("attributes", {}) | {key: values for key, values in given.items() if values is not None}
    return {key: values for key, values in every.items() if any(values)}
