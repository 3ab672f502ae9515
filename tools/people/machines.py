"""Programs that come with a token of the installation's sign-in: a client of its own for each."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from tools.errors import PlatformError
from tools.people.keycloak import Keycloak, Member


def add(keycloak: Keycloak, member: Member) -> str:
    """Makes the client `member.login`, whose tokens have these roles in these areas.

    Returns:
        Its secret.

    Raises:
        PlatformError: the name is taken, or something is not as it must be.
    """
    client, wanted = keycloak.roles(member.roles)
    if keycloak.ask("GET", "/clients", params={"clientId": member.login}).json():
        raise PlatformError(f"'{member.login}' is there already.")
    claims = [
        mapper | {"id": None} for mapper in keycloak.ask("GET", f"/clients/{client}/protocol-mappers/models").json()
    ]
    secret = secrets.token_urlsafe(32)
    made = keycloak.ask("POST", "/clients", json=_client(member, secret, claims)).headers["location"].rpartition("/")[2]
    try:
        user = keycloak.ask("GET", f"/clients/{made}/service-account-user").json()
        duties = {"attributes": {"antar_areas": list(member.areas)}, "firstName": member.name}
        keycloak.ask("PUT", f"/users/{user['id']}", json={**user, **duties})
        keycloak.ask("POST", f"/users/{user['id']}/role-mappings/clients/{client}", json=wanted)
        # A token says no more than its client may say: our roles, and nothing of the realm.
        keycloak.ask("POST", f"/clients/{made}/scope-mappings/clients/{client}", json=wanted)
    except PlatformError:
        keycloak.ask("DELETE", f"/clients/{made}")  # half of it would be in the way of the next try
        raise
    return secret


def remove(keycloak: Keycloak, login: str) -> bool:
    """Takes the program's client away; whether there was one. What people sign in by is not touched."""
    found = keycloak.ask("GET", "/clients", params={"clientId": login}).json()
    programs = [client for client in found if client.get("serviceAccountsEnabled")]
    for client in programs:
        keycloak.ask("DELETE", f"/clients/{client['id']}")
    return bool(programs)


def _client(member: Member, secret: str, claims: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "clientId": member.login,
        "name": member.name,
        "secret": secret,
        "publicClient": False,
        "serviceAccountsEnabled": True,
        "standardFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "fullScopeAllowed": False,
        "defaultClientScopes": ["basic", "profile"],
        "optionalClientScopes": [],
        "protocolMappers": claims,  # those of our own client: the same claims in the same places
    }
