"""Tokens for machines by client_credentials (RFC 6749, 4.4), for the roles and areas that are asked for."""

import hmac
import time
from collections.abc import Mapping
from typing import Any, Final

import flask
from joserfc import jwt
from joserfc.jwk import RSAKey

AUDIENCE: Final = "antar"
SECONDS: Final = 3600


class Machines:
    """`secret` opens every role: whoever can read the data folder may be anybody here."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def answer(self) -> flask.typing.ResponseReturnValue | None:
        """Before each request: answers those of machines. `role` and `area` may come several times, `badge` once."""
        form = flask.request.form
        if flask.request.path != "/oauth2/token" or form.get("grant_type") != "client_credentials":
            return None
        if not hmac.compare_digest(form.get("client_secret", "").encode(), self._secret.encode()):
            return {"error": "invalid_client"}, 401
        roles = form.getlist("role")
        subject = f"machine-{'-'.join(roles) or 'without-a-role'}"
        claims = {"sub": subject, "antar_roles": roles, "antar_areas": form.getlist("area")}
        token = _token(claims | ({"antar_badge": form["badge"]} if "badge" in form else {}))
        return {"access_token": token, "token_type": "Bearer", "expires_in": SECONDS}


def _token(claims: Mapping[str, Any]) -> str:
    key = RSAKey.import_key(flask.g.oidc_provider_mock_storage.jwk.as_dict(is_private=True))
    now = int(time.time())
    issuer = flask.request.host_url.rstrip("/")
    said = {**claims, "iss": issuer, "aud": AUDIENCE, "iat": now, "exp": now + SECONDS}
    return jwt.encode({"alg": "RS256", "kid": key.kid}, said, key)
