"""The provider is found where the services reach it, is who the settings say, and lets in anybody on a developer's
machine alone."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError
from pytest_httpserver import HTTPServer

from shared.people import entrance
from shared.people.provider import Unreachable
from shared.settings import ServiceSettings
from tests.people import KEY, SESSION_KEY

ISSUER = "https://antar.example.id/sign-in/realms/antar"
TOLD = {"database_url": "postgresql://a:b@c/d", "kafka": "kafka:9092", "http_port": 8000, "session_key": SESSION_KEY}


def settings(**more: Any) -> ServiceSettings:
    return ServiceSettings(**{"oidc_issuer": ISSUER, **TOLD, **more})


@pytest.fixture
def inside() -> Iterator[HTTPServer]:
    """Where the provider is reached inside the network."""
    with HTTPServer() as server:
        yield server


def says(inside: HTTPServer, issuer: str) -> None:
    answer = {
        "issuer": issuer,
        "authorization_endpoint": f"{ISSUER}/auth",
        "token_endpoint": inside.url_for("/antar/token"),
        "jwks_uri": inside.url_for("/antar/certs"),
        "end_session_endpoint": f"{ISSUER}/logout",
    }
    inside.expect_request("/antar/.well-known/openid-configuration").respond_with_json(answer)


async def test_services_find_the_provider_inside_and_send_browsers_to_it_outside(inside: HTTPServer) -> None:
    says(inside, ISSUER)
    inside.expect_request("/antar/certs").respond_with_json({"keys": [KEY.as_dict(private=False)]})
    provider = entrance.provider_of(settings(oidc_discovery=inside.url_for("/antar")))
    url, _ = await provider.begin("https://antar.example.id/loket/masuk/kembali")
    assert url.startswith(f"{ISSUER}/auth?")
    assert provider.origin == "https://antar.example.id", "where the pages of the sign-in are, for a browser"
    assert str(await provider.farewell("https://antar.example.id/loket/keluar", None)).startswith(f"{ISSUER}/logout?")
    await provider.keys.with_id(KEY.kid)
    assert [request.path for request, _ in inside.log] == ["/antar/.well-known/openid-configuration", "/antar/certs"]


async def test_a_provider_with_another_name_is_refused_wherever_it_is_found(inside: HTTPServer) -> None:
    says(inside, inside.url_for("/antar"))
    provider = entrance.provider_of(settings(oidc_discovery=inside.url_for("/antar")))
    with pytest.raises(Unreachable, match="otherwise"):
        await provider.begin("https://antar.example.id/loket/masuk/kembali")


async def test_nothing_said_of_where_means_at_its_own_address(inside: HTTPServer) -> None:
    says(inside, inside.url_for("/antar"))
    provider = entrance.provider_of(settings(oidc_issuer=inside.url_for("/antar"), oidc_discovery=""))
    await provider.about()


@pytest.mark.parametrize(
    "issuer", [ISSUER, "http://127.0.0.1.example.id:80", "http://10.0.0.7:8099", "http://loopback"]
)
def test_a_sign_in_for_anybody_is_refused_anywhere_but_on_a_developers_machine(issuer: str) -> None:
    with pytest.raises(ValidationError, match="ANTAR_DEVELOPMENT_SIGN_IN"):
        settings(oidc_issuer=issuer, development_sign_in=True)


def test_the_refusal_stands_in_the_log_of_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {**TOLD, "oidc_issuer": ISSUER, "development_sign_in": "true"}
    for name, value in told.items():
        monkeypatch.setenv(f"ANTAR_{name.upper()}", str(value))
    with pytest.raises(SystemExit, match="ANTAR_DEVELOPMENT_SIGN_IN lets in anybody"):
        ServiceSettings()


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:8099", "http://localhost:8099", "http://[::1]:8099"])
def test_on_a_developers_machine_anybody_may_sign_in_as_anybody(issuer: str) -> None:
    assert settings(oidc_issuer=issuer, development_sign_in=True).development_sign_in
