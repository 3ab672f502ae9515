"""The provider: oidc-provider-mock under pages of our own, without its debugger, with what it leaves out."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import flask
from oidc_provider_mock import User, init_app

from tools.embedded.provider.machines import Machines
from tools.embedded.provider.people import sample_people
from tools.embedded.provider.proof import Proofs

STYLE: Final = Path(__file__).parents[3] / "shared" / "web" / "static"
_OPEN: Final = frozenset(
    {
        "/.well-known/openid-configuration",
        "/jwks",
        "/oauth2/authorize",
        "/oauth2/token",
        "/oauth2/end_session",
        "/health",
    }
)
_HEADERS: Final = {
    # Without form-action: the click on a person leads back to the service that asked.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def build(machine_secret: str) -> flask.Flask:
    """The application, with keys of its own that are new at each start."""
    people = sample_people()
    app = flask.Flask(__name__, template_folder="templates", static_folder=STYLE)
    app.before_request(_only_what_is_needed)
    app.before_request(_farewell)
    claims = [User(sub=str(one["sub"]), claims={n: v for n, v in one.items() if n != "sub"}) for one in people]
    before = app.wsgi_app
    init_app(app, require_nonce=True, issue_refresh_token=False, user_claims=claims)
    app.debug, app.wsgi_app = False, before  # type: ignore[method-assign] # its debugger would run anybody's code
    proofs = Proofs()
    app.before_request(proofs.check)
    app.before_request(Machines(machine_secret).answer)
    app.after_request(proofs.remember)
    app.after_request(_protect)
    app.add_url_rule("/health", view_func=lambda: {"status": "alive"})
    app.jinja_env.globals["people"] = people
    return app


def _only_what_is_needed() -> None:
    # The mock lets anybody register clients and rewrite people, and makes up people that it does not know.
    path = flask.request.path
    if path not in _OPEN and not path.startswith("/static/"):
        flask.abort(404)
    if path == "/oauth2/authorize" and flask.request.method == "POST":
        form = flask.request.form
        if form.get("action") != "deny" and form.get("sub") not in {one["sub"] for one in sample_people()}:
            flask.abort(400)


def _farewell() -> flask.typing.ResponseReturnValue | None:
    # There is no session to end: each sign-in asks who it is. The mock would only ask whether they mean it.
    if flask.request.path != "/oauth2/end_session":
        return None
    back_to = flask.request.values.get("post_logout_redirect_uri", "")
    if urlsplit(back_to).hostname not in ("127.0.0.1", "localhost", "::1"):
        flask.abort(400)
    return flask.redirect(back_to, 303)


def _protect(answer: flask.Response) -> flask.Response:
    for header, value in _HEADERS.items():
        answer.headers.setdefault(header, value)
    return answer
