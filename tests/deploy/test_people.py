"""`antar people` against a Keycloak that remembers what it was told."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from typer.testing import CliRunner, Result
from werkzeug import Request, Response

from shared.people import Role
from tools.people.command import people

SECRET = "of-the-administrator-in-the-tests"
REALM = "/admin/realms/antar"


RETURN = {
    "baseUrl": "https://localhost/loket",
    "redirectUris": ["https://localhost/loket/masuk/kembali", "https://localhost/cetak/masuk/kembali"],
    "attributes": {
        "post.logout.redirect.uris": "https://localhost/loket/keluar##https://localhost/cetak/keluar",
        "x": "y",
    },
}


class Keycloak:
    """The part of its administration that we use; `users` by id."""

    def __init__(self, server: HTTPServer) -> None:
        self.address = server.url_for("").rstrip("/")
        self.users: dict[str, dict[str, Any]] = {}
        self.roles: dict[str, list[str]] = {}
        self.passwords: dict[str, str] = {}
        self.ended: list[str] = []
        self.clients: dict[str, dict[str, Any]] = {"the-client": {"clientId": "antar", **RETURN}}
        self.may_say: dict[str, list[str]] = {}
        self.refuses = False
        self.knows = [role.value for role in Role]
        server.expect_request("/realms/master/protocol/openid-connect/token", method="POST").respond_with_handler(
            self._token
        )
        server.expect_request(re.compile(f"{REALM}/.*")).respond_with_handler(self._administer)

    def _token(self, request: Request) -> Response:
        form = request.form
        if (form["username"], form["password"]) != ("administrator", SECRET):
            return _json({"error": "invalid_grant"}, 401)
        return _json({"access_token": "of-the-administrator"})

    def _administer(self, request: Request) -> Response:
        assert request.headers["Authorization"] == "Bearer of-the-administrator"
        what, path = request.method, request.path.removeprefix(REALM)
        first = int(request.args.get("first", 0))
        if path == "/clients":
            return self._clients(what, request)
        if path == "/clients/the-client/roles":
            return _json([{"id": f"id-of-{name}", "name": name} for name in self.knows])
        if found := re.fullmatch("/clients/the-client/roles/(.*)/users", path):
            of_role = [user for key, user in self.users.items() if found[1] in self.roles.get(key, [])]
            return _json(of_role[first : first + int(request.args["max"])])
        if path == "/users" and what == "POST":
            return self._make(request.get_json())
        if path == "/users":
            login = request.args.get("username")
            found_users = [{**u, "id": key} for key, u in self.users.items() if login in (None, u["username"])]
            return _json(found_users[first : first + int(request.args.get("max", 100))])
        return (
            self._of_client(what, path, request) if path.startswith("/clients/") else self._change(what, path, request)
        )

    def _clients(self, what: str, request: Request) -> Response:
        if what == "GET":
            wanted = request.args["clientId"]
            return _json([{**one, "id": key} for key, one in self.clients.items() if one["clientId"] == wanted])
        key = f"c{len(self.clients)}"
        self.clients[key] = request.get_json()
        self.users[f"of-{key}"] = {"username": f"service-account-{key}", "enabled": True, "emailVerified": False}
        return Response(status=201, headers={"Location": f"{self.address}{REALM}/clients/{key}"})

    def _of_client(self, what: str, path: str, request: Request) -> Response:
        key = path.split("/")[2]
        if path.endswith("/protocol-mappers/models"):
            return _json([{"id": "of-the-client", "name": "antar_roles"}])
        if path.endswith("/service-account-user"):
            return _json({"id": f"of-{key}", **self.users[f"of-{key}"]})
        if path.endswith("/scope-mappings/clients/the-client"):
            if self.refuses:
                return _json({"error": "unknown_error"}, 500)
            self.may_say[key] = [role["name"] for role in request.get_json()]
        elif what == "GET":
            return _json(self.clients[key])
        elif what == "PUT":
            self.clients[key] = request.get_json()
        elif what == "DELETE":
            del self.clients[key], self.users[f"of-{key}"]
        return Response(status=204)

    def _make(self, said: dict[str, Any]) -> Response:
        if any(user["username"] == said["username"] for user in self.users.values()):
            return _json({"errorMessage": "User exists with same username"}, 409)
        key = f"u{len(self.users)}"
        (credential,) = said.pop("credentials")
        assert credential["temporary"] is True
        self.users[key], self.passwords[key] = said, credential["value"]
        return Response(status=201, headers={"Location": f"{self.address}{REALM}/users/{key}"})

    def _change(self, what: str, path: str, request: Request) -> Response:
        key = re.sub("/attack-detection/brute-force", "", path).split("/")[2]
        if path.endswith("/role-mappings/clients/the-client"):
            return self._map(what, key, request)
        if path.endswith("/reset-password"):
            assert request.get_json()["temporary"] is True
            self.passwords[key] = request.get_json()["value"]
        elif path.endswith("/logout"):
            self.ended.append(key)
        elif what == "DELETE" and path == f"/users/{key}":
            del self.users[key]
        elif what == "PUT":
            self.users[key] = request.get_json()
        elif what == "GET":
            return _json(self.users[key])
        return Response(status=204)

    def _map(self, what: str, key: str, request: Request) -> Response:
        there = self.roles.setdefault(key, [])
        if what == "GET":
            return _json([{"id": f"id-of-{name}", "name": name} for name in there])
        named = [role["name"] for role in request.get_json()]
        self.roles[key] = [name for name in there if name not in named] + (named if what == "POST" else [])
        return Response(status=204)


def _json(said: Any, status: int = 200) -> Response:
    return Response(json.dumps(said), status, content_type="application/json")


@pytest.fixture
def keycloak() -> Iterator[Keycloak]:
    with HTTPServer() as server:
        yield Keycloak(server)
        server.check_assertions()


@pytest.fixture
def told(keycloak: Keycloak, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings; the file with the administrator's password."""
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\n")
    monkeypatch.setenv("ANTAR_SIGN_IN", keycloak.address)
    monkeypatch.setenv("ANTAR_SIGN_IN_PASSWORD_FILE", str(file))
    return file


def antar(*words: str) -> Result:
    return CliRunner().invoke(people, words)


SARI = (
    "add",
    "Sari",
    "--name",
    "Sari Kencanawati",
    "--role",
    "counter-officer",
    "--area",
    "32.75.01",
    "--desk",
    "Loket 3",
)


def shown(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout.rpartition(": ")[2].strip()


@pytest.mark.usefixtures("told")
def test_who_is_added_has_their_roles_and_areas_and_a_password_for_once(keycloak: Keycloak) -> None:
    password = shown(antar(*SARI))
    (user,) = keycloak.users.values()
    assert (user["username"], user["firstName"], user["enabled"]) == ("sari", "Sari Kencanawati", True)
    assert user["attributes"] == {"antar_areas": ["32.75.01"], "antar_desk": ["Loket 3"]}
    assert keycloak.roles == {"u0": ["counter-officer"]}
    assert keycloak.passwords == {"u0": password}
    assert re.fullmatch("([a-z2-9]{4}-){3}[a-z2-9]{4}", password)


@pytest.mark.usefixtures("told")
def test_two_people_do_not_get_the_same_password() -> None:
    assert shown(antar(*SARI)) != shown(antar("add", "ani", "--role", "auditor", "--area", "32.75"))


@pytest.mark.usefixtures("told")
def test_everybody_is_listed_however_many_they_are(keycloak: Keycloak) -> None:
    shown(antar(*SARI))
    shown(antar("add", "tkk1", "--role", "courier", "--area", "32.75.01.1001/011", "--badge", "TKK-0001"))
    for n in range(2, 230):
        keycloak.users[f"u{n}"] = {"username": f"x{n:03}", "enabled": n != 7}
    lines = antar("list").stdout.splitlines()
    assert len(lines) == 230
    assert lines[0].split("  ")[0] == "sari"
    assert re.search(r"sari +Sari Kencanawati +counter-officer +32\.75\.01 +Loket 3", lines[0])
    assert re.search(r"tkk1 +tkk1 +courier +32\.75\.01\.1001/011 +TKK-0001", lines[1])
    assert [line.split()[0] for line in lines if "stopped" in line] == ["x007"]


@pytest.mark.usefixtures("told")
def test_a_role_that_the_realm_does_not_know_leaves_no_half_account(keycloak: Keycloak) -> None:
    keycloak.knows.remove("counter-officer")
    result = antar(*SARI)
    assert result.exit_code == 1
    assert "'counter-officer'" in result.stderr
    assert keycloak.users == {}


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(("role", "area"), [("boss", "32.75"), ("courier", "32.7"), ("courier", "Bekasi")])
def test_what_antar_does_not_know_is_refused_before_anything_is_made(keycloak: Keycloak, role: str, area: str) -> None:
    assert antar("add", "ani", "--role", role, "--area", area).exit_code == 2
    assert keycloak.users == {}


@pytest.mark.usefixtures("told")
def test_a_name_is_given_once(keycloak: Keycloak) -> None:
    shown(antar(*SARI))
    result = antar(*SARI)
    assert (result.exit_code, result.stderr) == (1, "antar: 'sari' is there already.\n")
    assert len(keycloak.users) == 1


@pytest.mark.usefixtures("told")
def test_who_forgot_a_password_gets_another_for_one_sign_in(keycloak: Keycloak) -> None:
    first = shown(antar(*SARI))
    second = shown(antar("password", "sari"))
    assert first != second
    assert keycloak.passwords == {"u0": second}


@pytest.mark.usefixtures("told")
def test_who_is_stopped_is_signed_out_and_keeps_everything_else(keycloak: Keycloak) -> None:
    shown(antar(*SARI))
    before = dict(keycloak.users["u0"])
    assert antar("stop", "sari").exit_code == 0
    assert keycloak.users["u0"] == {**before, "enabled": False}
    assert keycloak.ended == ["u0"]
    assert antar("resume", "sari").exit_code == 0
    assert keycloak.users["u0"] == before


@pytest.mark.usefixtures("told")
def test_who_gets_other_duties_has_those_alone_from_the_next_sign_in_on(keycloak: Keycloak) -> None:
    shown(antar(*SARI, "--role", "verifier"))
    changed = antar("change", "sari", "--role", "verifier", "--role", "auditor", "--area", "32.75")
    assert changed.exit_code == 0, changed.output
    assert sorted(keycloak.roles["u0"]) == ["auditor", "verifier"]
    assert keycloak.users["u0"]["attributes"] == {"antar_areas": ["32.75"], "antar_desk": ["Loket 3"]}
    assert keycloak.ended == ["u0"]


@pytest.mark.usefixtures("told")
def test_what_is_not_given_stays_and_what_is_given_empty_goes(keycloak: Keycloak) -> None:
    shown(antar(*SARI))
    before = keycloak.users["u0"] = {**keycloak.users["u0"], "emailVerified": True, "lastName": "of the console"}
    assert antar("change", "sari", "--badge", "TKK-0001", "--desk", "").exit_code == 0
    attributes = {"antar_areas": ["32.75.01"], "antar_badge": ["TKK-0001"]}
    assert keycloak.users["u0"] == {**before, "attributes": attributes}
    assert keycloak.roles["u0"] == ["counter-officer"]
    assert antar("change", "sari", "--name", "Sari Utami").exit_code == 0
    assert keycloak.users["u0"] == {**before, "attributes": attributes, "firstName": "Sari Utami", "lastName": ""}


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    "words", [(), ("--role", "boss"), ("--area", "Bekasi"), ("--role", "auditor", "--area", "32.7")]
)
def test_a_change_that_makes_no_sense_changes_nothing(keycloak: Keycloak, words: tuple[str, ...]) -> None:
    shown(antar(*SARI))
    before = dict(keycloak.users["u0"])
    assert antar("change", "sari", *words).exit_code == 2
    assert (keycloak.users["u0"], keycloak.roles["u0"], keycloak.ended) == (before, ["counter-officer"], [])


@pytest.mark.usefixtures("told")
def test_a_role_that_the_realm_does_not_know_changes_nothing(keycloak: Keycloak) -> None:
    shown(antar(*SARI))
    before = dict(keycloak.users["u0"])
    keycloak.knows.remove("auditor")
    result = antar("change", "sari", "--role", "auditor", "--desk", "Loket 4")
    assert (result.exit_code, "'auditor'" in result.stderr) == (1, True)
    assert (keycloak.users["u0"], keycloak.roles["u0"]) == (before, ["counter-officer"])


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("command", ["password", "stop", "resume", "change --desk 3"])
def test_nobody_of_that_name_is_said_in_a_sentence(command: str) -> None:
    result = antar(*command.split(), "ani")
    assert (result.exit_code, result.stderr) == (1, "antar: Nobody is called 'ani'.\n")


def test_a_wrong_password_is_said_without_showing_it(told: Path) -> None:
    told.write_text("guessed-by-somebody")
    result = antar("list")
    assert result.exit_code == 1
    assert "does not take the password" in result.stderr
    assert "guessed" not in result.output


@pytest.mark.usefixtures("told")
def test_a_sign_in_that_is_away_is_said_in_a_sentence() -> None:
    result = antar("list", "--sign-in", "http://127.0.0.1:9")
    assert (result.exit_code, result.stderr) == (1, "antar: The sign-in does not answer at http://127.0.0.1:9.\n")


SIAK = ("machine", "siak-bridge", "--role", "counter-officer", "--area", "32.75")


@pytest.mark.usefixtures("told")
def test_a_machine_has_its_roles_and_areas_and_no_other_way_in(keycloak: Keycloak) -> None:
    secret = shown(antar(*SIAK))
    client = keycloak.clients["c1"]
    assert (client["clientId"], client["secret"]) == ("siak-bridge", secret)
    assert len(secret) > 40
    ways = [name for name, open_ in client.items() if name.endswith(("Enabled", "Allowed")) and open_]
    assert ways == ["serviceAccountsEnabled"]
    assert client["protocolMappers"] == [{"id": None, "name": "antar_roles"}], "the claims of our own client"
    assert keycloak.users["of-c1"]["attributes"] == {"antar_areas": ["32.75"]}
    assert keycloak.users["of-c1"]["emailVerified"] is False, "what stood there still does"
    assert keycloak.roles["of-c1"] == keycloak.may_say["c1"] == ["counter-officer"]


@pytest.mark.usefixtures("told")
def test_a_machine_is_made_once(keycloak: Keycloak) -> None:
    secret = shown(antar(*SIAK))
    result = antar(*SIAK)
    assert (result.exit_code, result.stderr) == (1, "antar: 'siak-bridge' is there already.\n")
    assert keycloak.clients["c1"]["secret"] == secret


@pytest.mark.usefixtures("told")
def test_a_machine_that_cannot_be_finished_is_not_begun(keycloak: Keycloak) -> None:
    keycloak.refuses = True
    result = antar(*SIAK)
    assert (result.exit_code, result.stderr) == (1, "antar: The sign-in refused it (500: unknown_error).\n")
    assert list(keycloak.clients) == ["the-client"]


@pytest.mark.usefixtures("told")
def test_a_machine_is_let_in_no_longer_and_nothing_else_is_taken_away(keycloak: Keycloak) -> None:
    antar(*SIAK)
    assert antar("withdraw", "siak-bridge").exit_code == 0
    assert list(keycloak.clients) == ["the-client"]
    for name in ("siak-bridge", "antar"):
        result = antar("withdraw", name)
        assert (result.exit_code, result.stderr) == (1, f"antar: No program is called '{name}'.\n")
    assert list(keycloak.clients) == ["the-client"]


@pytest.mark.usefixtures("told")
def test_an_installation_that_gets_another_name_is_gone_back_to_under_that_name(keycloak: Keycloak) -> None:
    assert antar("domain", "antar.example.id").exit_code == 0
    assert keycloak.clients["the-client"] == {
        "clientId": "antar",
        "baseUrl": "https://antar.example.id/loket",
        "redirectUris": [f"https://antar.example.id/{prefix}/masuk/kembali" for prefix in ("loket", "cetak")],
        "attributes": {
            "post.logout.redirect.uris": "https://antar.example.id/loket/keluar##https://antar.example.id/cetak/keluar",
            "x": "y",
        },
    }
