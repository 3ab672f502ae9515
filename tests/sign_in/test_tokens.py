"""Bearer tokens: what opens a door to a machine, and all that does not."""

import asyncio
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from structlog.testing import capture_logs

from shared.people import Role
from shared.people.provider import Provider
from shared.people.tokens import LEEWAY_SECONDS, LONGEST, Keys, TokenRefusedError, Tokens
from tests import people
from tests.people import AUDIENCE, ISSUER, KEY, someone
from tests.sign_in import desk
from tests.sign_in.conftest import SECRET, Server
from tests.small import small_app

SARI = someone(Role.COUNTER, areas=("32.75.01",))


@pytest.fixture
async def machine(offline: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """A client that says nothing of itself."""
    transport = httpx2.ASGITransport(app=offline)
    async with httpx2.AsyncClient(transport=transport, base_url="http://antar.test") as client:
        yield client


async def answer(machine: httpx2.AsyncClient, token: str, path: str = "/kecil/saya") -> httpx2.Response:
    return await machine.get(path, headers={"Authorization": f"Bearer {token}"})


async def test_a_sound_token_is_its_person_with_roles_and_areas(machine: httpx2.AsyncClient) -> None:
    for scheme in ("Bearer", "bearer", "BEARER"):
        said = await machine.get("/kecil/saya", headers={"Authorization": f"{scheme} {people.token(SARI)}"})
        assert said.json() == SARI.claims()


async def test_a_token_for_several_audiences_is_for_us_too(machine: httpx2.AsyncClient) -> None:
    assert (await answer(machine, people.token(SARI, aud=["account", AUDIENCE]))).status_code == 200


def part(content: object) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def unsigned(alg: str = "none") -> str:
    claims = SARI.claims() | {"iss": ISSUER, "aud": AUDIENCE, "exp": int(time.time()) + 600}
    return f"{part({'alg': alg, 'kid': KEY.kid})}.{part(claims)}."


def signed_with_the_public_key() -> str:
    claims = SARI.claims() | {"iss": ISSUER, "aud": AUDIENCE, "exp": int(time.time()) + 600}
    secret = OctKey.import_key(json.dumps(KEY.as_dict(private=False)).encode())
    return jwt.encode({"alg": "HS256", "kid": KEY.kid}, claims, secret)


def by_another(kid: str) -> str:
    return people.token(SARI, key=ECKey.generate_key("P-256", {"kid": kid}))


def by_a_key_without_a_name() -> str:
    claims = SARI.claims() | {"iss": ISSUER, "aud": AUDIENCE, "exp": int(time.time()) + 600}
    return jwt.encode({"alg": "ES256"}, claims, ECKey.generate_key("P-256"))


def without_an_end() -> str:
    return jwt.encode({"alg": "ES256", "kid": KEY.kid}, SARI.claims() | {"iss": ISSUER, "aud": AUDIENCE}, KEY)


def touched() -> str:
    header, _, signature = people.token(SARI).split(".")
    return f"{header}.{part(SARI.claims() | {'antar_roles': ['administrator']})}.{signature}"


UNSOUND: Mapping[str, Callable[[], str]] = {
    "of another issuer": lambda: people.token(SARI, iss="https://elsewhere.test"),
    "of an issuer with a blank more": lambda: people.token(SARI, iss=f"{ISSUER}/"),
    "for another audience": lambda: people.token(SARI, aud="another-client"),
    "for nobody": lambda: people.token(SARI, aud=[]),
    "ended": lambda: people.token(SARI, seconds=-LEEWAY_SECONDS - 1),
    "whose end is nothing": lambda: people.token(SARI, exp=None),
    "without an end": without_an_end,
    "whose end is a word": lambda: people.token(SARI, exp="tomorrow"),
    "not yet good": lambda: people.token(SARI, nbf=int(time.time()) + 600),
    "of nobody": lambda: people.token(SARI, sub=""),
    "of a number": lambda: people.token(SARI, sub=7),
    "unsigned": unsigned,
    "unsigned, in capitals": lambda: unsigned("None"),
    "signed with the public key as a secret": signed_with_the_public_key,
    "by another key under our name": lambda: by_another(KEY.kid),
    "by an unknown key": lambda: by_another("unknown"),
    "by a key without a name": by_a_key_without_a_name,
    "with other claims under the same signature": touched,
    "whose key name is a list": lambda: f"{part({'alg': 'ES256', 'kid': [1]})}.{part({})}.AAAA",
    "with a header that must be understood": lambda: f"{part({'alg': 'ES256', 'crit': ['x'], 'x': 1})}.{part({})}.AAAA",
    "a list": lambda: f"{part([])}.{part([])}.AAAA",
    "garbage": lambda: "garbage",
    "three parts of garbage": lambda: "a.b.c",
    "dots": lambda: "." * 40,
    "nothing": lambda: "",
    "longer than is worth reading": lambda: people.token(SARI, filler="x" * LONGEST),
    "100 kB": lambda: people.token(SARI, filler="x" * 100_000),
    "sealed like a session": lambda: next(iter(people.session_cookie(SARI).values())),
}


@pytest.mark.parametrize("what", UNSOUND)
async def test_no_other_token_opens_anything(machine: httpx2.AsyncClient, what: str) -> None:
    token = UNSOUND[what]()
    refused = await answer(machine, token)
    assert (refused.status_code, refused.json()["code"]) == (401, "sign-in-needed")
    assert refused.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert (await answer(machine, token, "/kecil/umum")).json() == {"who": None}


async def test_what_is_wrong_with_a_token_is_logged_and_nothing_of_it(
    machine: httpx2.AsyncClient,
) -> None:
    token = people.token(SARI, aud="another-client")
    with capture_logs() as lines:
        await answer(machine, token)
    logged = str(lines)
    assert "token_refused" in logged
    assert token.split(".")[1] not in logged
    assert SARI.subject not in logged


async def test_words_that_nobody_knows_give_nothing(machine: httpx2.AsyncClient) -> None:
    odd = {"antar_roles": ["root", "counter-officer ", 7], "antar_areas": ["3", "32", "%", "32.75.01%", "32.75/011"]}
    refused = await answer(machine, people.token(SARI, **odd))
    assert (refused.status_code, refused.json()["code"]) == (403, "not-your-role")
    odd["antar_roles"] = ["courier"]
    assert (await answer(machine, people.token(SARI, **odd))).json()["antar_areas"] == []


async def test_roles_may_come_as_one_text(machine: httpx2.AsyncClient) -> None:
    said = await answer(machine, people.token(SARI, antar_roles="courier verifier", antar_areas="32.75.01 32.75.02"))
    assert said.json()["antar_roles"] == ["courier", "verifier"]


class Published:
    """What a provider publishes, and how often it was asked for it."""

    def __init__(self, *keys: RSAKey) -> None:
        self.keys = list(keys)
        self.asked = 0
        self.away = False
        self.now = 1000.0
        self.known = Keys(self._fetch, lambda: self.now)
        self.tokens = Tokens(ISSUER, AUDIENCE, self.known)

    async def _fetch(self) -> Mapping[str, Any]:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise ConnectionRefusedError
        return {"keys": [key.as_dict(private=False) for key in self.keys]}

    async def takes(self, key: RSAKey) -> bool:
        claims = SARI.claims() | {"iss": ISSUER, "aud": AUDIENCE, "exp": int(time.time()) + 600}
        try:
            await self.tokens.person(jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key))
        except TokenRefusedError:
            return False
        return True


def rsa(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name})


OLD, NEW, STRANGE = rsa("old"), rsa("new"), rsa("strange")


async def test_the_keys_are_asked_for_once_and_then_known() -> None:
    provider = Published(OLD)
    assert await asyncio.gather(*(provider.takes(OLD) for _ in range(8))) == [True] * 8
    assert provider.asked == 1


async def test_a_new_key_is_found_when_the_first_token_under_it_comes() -> None:
    provider = Published(OLD)
    await provider.takes(OLD)
    provider.keys = [OLD, NEW]
    provider.now += 5
    assert await provider.takes(NEW)
    assert await provider.takes(OLD)


async def test_a_key_that_was_withdrawn_opens_nothing_after_ten_minutes() -> None:
    provider = Published(OLD)
    await provider.takes(OLD)
    provider.keys = [NEW]
    provider.now += 599
    assert await provider.takes(OLD)
    provider.now += 1
    assert not await provider.takes(OLD)


async def test_unknown_keys_make_nobody_ask_more_than_once_in_five_seconds() -> None:
    provider = Published(OLD)
    await provider.takes(OLD)
    for _ in range(3):
        provider.now += 5
        assert not any(await asyncio.gather(*(provider.takes(STRANGE) for _ in range(8))))
    assert provider.asked == 1 + 3


async def test_while_the_provider_is_away_known_keys_go_on_and_unknown_ones_are_refused() -> None:
    provider = Published(OLD)
    await provider.takes(OLD)
    provider.away = True
    for _ in range(5):
        provider.now += 601
        assert await provider.takes(OLD)
        assert not await provider.takes(NEW)
    provider.away, provider.keys = False, [NEW]
    provider.now += 5
    assert await provider.takes(NEW)


async def test_a_slow_provider_keeps_nobody_waiting_whose_key_is_known() -> None:
    provider = Published(OLD)
    await provider.takes(OLD)
    provider.now += 601
    async with provider.known._asking:  # somebody waits for its answer
        assert await asyncio.wait_for(provider.takes(OLD), 1)


async def test_before_any_key_is_known_a_machine_is_told_to_come_again(pool: Any) -> None:
    async def nobody() -> Mapping[str, Any]:
        raise ConnectionRefusedError

    app = small_app(pool, [desk.router], desk.ACCESS, Provider(ISSUER, "antar", None, fetch_keys=nobody))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://antar.test") as machine:
        said = await answer(machine, people.token(SARI))
    assert (said.status_code, said.json()["code"], said.headers["Retry-After"]) == (503, "unavailable", "2")


async def token_of(provider: Server, secret: str = SECRET, **more: Any) -> httpx2.Response:
    form = {"grant_type": "client_credentials", "client_secret": secret, "role": "courier", "area": "32.75.01", **more}
    async with httpx2.AsyncClient(trust_env=False) as client:
        return await client.post(f"{provider.issuer}/oauth2/token", data=form)


async def test_a_machine_gets_a_token_of_the_sample_provider_for_the_role_that_it_asks_for(
    app: FastAPI, provider: Server
) -> None:
    got = (await token_of(provider, badge="TKK-0001")).json()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://antar.test") as machine:
        said = (await answer(machine, got["access_token"])).json()
    assert (got["token_type"], got["expires_in"]) == ("Bearer", 3600)
    assert said == {
        "sub": "machine-courier", "name": "machine-courier", "antar_roles": ["courier"], "antar_areas": ["32.75.01"],
        "antar_badge": "TKK-0001",
    }  # fmt: skip


async def test_who_does_not_know_the_data_folders_secret_gets_none(provider: Server) -> None:
    for secret in ("", "x", f"{SECRET}x"):
        assert (await token_of(provider, secret)).status_code == 401


async def test_a_provider_that_was_started_anew_is_known_again_without_a_restart_of_ours(
    app: FastAPI, provider: Server
) -> None:
    keys = app.state.doors.tokens._keys
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://antar.test") as machine:
        before = (await token_of(provider)).json()["access_token"]
        assert (await answer(machine, before)).status_code == 200
        provider.go()
        provider.come()
        keys._asked -= 5
        after = (await token_of(provider)).json()["access_token"]
        assert (await answer(machine, after)).status_code == 200
        assert (await answer(machine, before)).status_code == 401


async def test_the_sample_provider_lets_nobody_in_whom_it_does_not_know_and_nobody_change_its_people(
    provider: Server,
) -> None:
    ask = {
        "response_type": "code",
        "client_id": "antar",
        "redirect_uri": "http://antar.test/",
        "scope": "openid",
        "nonce": "n",
    }
    async with httpx2.AsyncClient(trust_env=False, base_url=provider.issuer) as client:
        assert (await client.post("/oauth2/authorize", params=ask, data={"sub": "root"})).status_code == 400
        assert (await client.put("/users/loket3", json={"antar_roles": ["administrator"]})).status_code == 404
        assert (await client.post("/oauth2/clients", json={"redirect_uris": ["http://x.test"]})).status_code == 404
        assert (await client.get("/console")).status_code == 404
        assert (await client.get("/oauth2/authorize", params={**ask, "__debugger__": "yes"})).status_code == 200
