"""The address of an installation, as its sign-in keeps it from the first start on: people are sent back there alone."""

import re
from typing import Any, Final

from tools.people.keycloak import Keycloak

_LEFT: Final = "post.logout.redirect.uris"


def move(keycloak: Keycloak, domain: str) -> None:
    """From now on people are sent back to `domain` (antar.example.id).

    Raises:
        PlatformError: the sign-in does not answer, or refuses.
    """
    path = f"/clients/{keycloak.roles(())[0]}"
    client: dict[str, Any] = keycloak.ask("GET", path).json()
    attributes = {**client["attributes"], _LEFT: "##".join(_at(domain, client["attributes"][_LEFT].split("##")))}
    (base,) = _at(domain, [client["baseUrl"]])
    moved = {"baseUrl": base, "redirectUris": _at(domain, client["redirectUris"]), "attributes": attributes}
    keycloak.ask("PUT", path, json={**client, **moved})


def _at(domain: str, addresses: list[str]) -> list[str]:
    return [re.sub("^https://[^/]+", f"https://{domain}", address) for address in addresses]
