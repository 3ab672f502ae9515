"""The proof that whoever brings a code is whoever asked for it (PKCE, RFC 7636), which the mock leaves out."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from urllib.parse import parse_qs, urlsplit

import flask

_AUTHORIZE, _TOKEN = "/oauth2/authorize", "/oauth2/token"


class Proofs:
    """Remembers the challenge of each code that was given out."""

    def __init__(self) -> None:
        self._challenges: dict[str, str] = {}

    def remember(self, answer: flask.Response) -> flask.Response:
        """After each request: a code that goes out belongs to the challenge that it was asked for with."""
        code = parse_qs(urlsplit(answer.location or "").query).get("code")
        if flask.request.path == _AUTHORIZE and code:
            self._challenges[code[0]] = flask.request.args.get("code_challenge", "")
        return answer

    def check(self) -> flask.typing.ResponseReturnValue | None:
        """Before each request: a code is taken with its proof only."""
        form = flask.request.form
        if flask.request.path != _TOKEN or form.get("grant_type") != "authorization_code":
            return None
        challenge = self._challenges.pop(form.get("code", ""), "")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        given = urlsafe_b64encode(digest).rstrip(b"=")
        if hmac.compare_digest(challenge.encode(), given):
            return None
        return {"error": "invalid_grant", "error_description": "the proof does not fit the code"}, 400
