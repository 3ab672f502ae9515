"""The realm that the sign-in imports says the same as the code: roles, areas, addresses, claims."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from shared.people import Area, Role
from tools.embedded.signin import PREFIXES

SIGN_IN = Path(__file__).parents[2] / "deploy" / "sign-in"
REALM: dict[str, Any] = json.loads((SIGN_IN / "realm.json").read_text())
(CLIENT,) = REALM["clients"]
(PROFILE,) = REALM["components"]["org.keycloak.userprofile.UserProfileProvider"]
ATTRIBUTES = {one["name"]: one for one in json.loads(PROFILE["config"]["kc.user.profile.config"][0])["attributes"]}


def test_its_roles_are_those_of_the_code() -> None:
    assert [role["name"] for role in REALM["roles"]["client"]["antar"]] == list(Role)


def test_each_claim_that_we_read_is_in_both_tokens() -> None:
    claims = {m["config"]["claim.name"]: m["config"] for m in CLIENT["protocolMappers"] if "claim.name" in m["config"]}
    assert set(claims) == {"antar_roles", "antar_areas", "antar_badge", "antar_desk"}
    for config in claims.values():
        assert (config["id.token.claim"], config["access.token.claim"]) == ("true", "true")
    assert {name for name, config in claims.items() if config["multivalued"] == "true"} == {
        "antar_roles",
        "antar_areas",
    }


@pytest.mark.parametrize(
    "written",
    [
        "32.75", "32.75.01", "32.75.01.1001", "32.75.01.1001/011", "", "32", "32.7", "32.75.", "32.75.01.1001/11", "32,75",
        "32.75.01.1001/0111", " 32.75", "32.75\n", "32.75 32.76", "a", "32.75.01/011",
    ],
)  # fmt: skip
def test_an_area_that_it_takes_is_one_that_we_take(written: str) -> None:
    (pattern,) = [ATTRIBUTES["antar_areas"]["validations"]["pattern"]["pattern"]]
    try:
        Area(written)
    except ValueError:
        assert not re.fullmatch(pattern, written)
    else:
        assert re.fullmatch(pattern, written)


def test_only_an_administrator_says_who_somebody_is_and_where_they_work() -> None:
    assert {"antar_areas", "antar_badge", "antar_desk", "username", "firstName"} <= set(ATTRIBUTES)
    assert {tuple(one["permissions"]["edit"]) for one in ATTRIBUTES.values()} == {("admin",)}


def test_people_come_back_to_our_pages_and_nowhere_else() -> None:
    prefixes = [prefix for prefix in PREFIXES if prefix != "/lacak"]  # citizens do not sign in
    assert CLIENT["redirectUris"] == [f"https://${{ANTAR_DOMAIN}}{prefix}/masuk/kembali" for prefix in prefixes]
    left = CLIENT["attributes"]["post.logout.redirect.uris"].split("##")
    assert left == [f"https://${{ANTAR_DOMAIN}}{prefix}/keluar" for prefix in prefixes]


def test_nobody_gets_in_by_another_way_than_the_code_with_proof() -> None:
    ways = {name: CLIENT[name] for name in CLIENT if name.endswith(("FlowEnabled", "GrantsEnabled", "AccountsEnabled"))}
    assert [name for name, open_ in ways.items() if open_] == ["standardFlowEnabled"]
    assert CLIENT["attributes"]["pkce.code.challenge.method"] == "S256"
    assert not CLIENT["publicClient"]
    assert CLIENT["secret"] == "${ANTAR_OIDC_CLIENT_SECRET}"
    assert not REALM["registrationAllowed"]
    assert REALM["bruteForceProtected"]
    assert "users" not in REALM


def test_its_pages_speak_bahasa_first() -> None:
    theme = SIGN_IN / "themes" / REALM["loginTheme"] / "login"
    assert (REALM["defaultLocale"], REALM["supportedLocales"]) == ("id", ["id", "en"])
    assert "locales=id,en" in (theme / "theme.properties").read_text()
    words = (theme / "messages" / "messages_id.properties").read_text()
    for said in ("doLogIn=Masuk", "invalidUserMessage=Nama pengguna atau kata sandi salah."):
        assert said in words
    # In such a file an apostrophe is written twice, or what follows it is not replaced.
    assert not re.search(r"(?<!')'(?!')", words)
