"""What every service promises over HTTP: acts once, refuses clearly, tells nothing it should not."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import httpx2
import pytest
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from structlog.testing import capture_logs

from shared.http.app import INSIDE, MAX_BODY, Db
from shared.http.idempotency import IdempotencyKey, forget_old_answers, once
from shared.http.moment import Moment
from shared.http.problems import Problem
from shared.messaging import Transaction
from shared.people import Role, may
from shared.people.access import routes_of
from shared.version import version
from tests.people import EVERYBODY, bearer
from tests.small import small_app

router = APIRouter()


class Order(BaseModel):
    """A request with one number."""

    number: int
    what: str = "order"
    at: Moment | None = None


@router.post("/orders")
async def order(order: Order, request: Request, db: Db, key: IdempotencyKey) -> Response:
    async def work(tx: Transaction) -> tuple[int, Any]:
        if order.number == 13:
            raise Problem(409, "unlucky", "Nomor ini tidak dilayani.")
        written = await tx.conn.fetchval("insert into effect (what) values ($1) returning id", order.what)
        return 201, {"id": written} | ({"at": order.at} if order.at else {})

    return await once(db, request, key, work)


@router.get("/orders")
async def orders() -> None:
    """A second method of the same path."""


@router.get("/fails")
async def fails(db: Db) -> None:
    async with db.reading() as conn:
        await conn.execute("insert into secretive values ('3275990101900001')")


@router.get("/named/{name}")
async def named(name: str, db: Db) -> None:
    async with db.reading() as conn:
        await conn.execute("insert into effect (what) values ($1)", name)


@router.get("/noted/{what}")
async def noted(what: str, db: Db) -> None:
    async with db.reading() as conn:
        await conn.execute("select $1::jsonb", json.dumps({"what": what}))


@router.get("/unwell")
async def unwell() -> None:
    raise asyncpg.DeadlockDetectedError("on row 3275990101900001")


@pytest.fixture
async def http(database: Callable[[str], str]) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of a small service."""
    access = {name: may(*Role) for name in routes_of([router])}
    async with asyncpg.create_pool(database("core"), min_size=1, max_size=6) as pool:
        await pool.execute("create table effect (id bigint generated always as identity, what text)")
        await pool.execute("create table secretive (nik text check (length(nik) < 3))")
        transport = httpx2.ASGITransport(app=small_app(pool, [router], access))
        headers = bearer(EVERYBODY)
        async with httpx2.AsyncClient(transport=transport, base_url="http://antar.test", headers=headers) as client:
            yield client


def key(name: str) -> dict[str, str]:
    return {"Idempotency-Key": f"key-of-{name}"}


async def test_the_same_request_sent_twice_acts_once_and_gets_the_same_answer(http: httpx2.AsyncClient) -> None:
    first = await http.post("/orders", json={"number": 1}, headers=key("one"))
    again = await http.post("/orders", json={"number": 1}, headers=key("one"))
    assert (first.status_code, first.json()) == (again.status_code, again.json()) == (201, {"id": 1})
    assert again.headers["Idempotent-Replay"] == "true"


async def test_the_same_request_sent_twice_at_the_same_moment_acts_once(http: httpx2.AsyncClient) -> None:
    answers = await asyncio.gather(*(http.post("/orders", json={"number": 1}, headers=key("one")) for _ in range(5)))
    assert {(a.status_code, a.json()["id"]) for a in answers} == {(201, 1)}


async def test_a_key_used_for_another_request_is_refused(http: httpx2.AsyncClient) -> None:
    await http.post("/orders", json={"number": 1}, headers=key("one"))
    other = await http.post("/orders", json={"number": 2}, headers=key("one"))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_a_refused_request_may_be_mended_and_sent_again_under_its_key(http: httpx2.AsyncClient) -> None:
    refused = await http.post("/orders", json={"number": 13}, headers=key("one"))
    mended = await http.post("/orders", json={"number": 14}, headers=key("one"))
    assert (refused.status_code, mended.status_code) == (409, 201)


async def test_an_answer_is_forgotten_after_a_week_and_not_before(http: httpx2.AsyncClient) -> None:
    db = http._transport.app.state.db  # type: ignore[attr-defined]
    await http.post("/orders", json={"number": 1}, headers=key("old"))
    await db.pool.execute("update idempotent_request set at = at - interval '8 days'")
    await http.post("/orders", json={"number": 2}, headers=key("new"))
    await forget_old_answers(db)
    assert [r["key"] for r in await db.pool.fetch("select key from idempotent_request")] == ["key-of-new"]


async def test_a_request_without_its_key_is_told_what_is_missing(http: httpx2.AsyncClient) -> None:
    answer = await http.post("/orders", json={"number": 1})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"] == [{"field": "Idempotency-Key", "code": "missing", "message": "wajib diisi"}]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"\x80", b"[]", b'{"number": "dua"}', b'{"number": 1.5}'])
async def test_a_body_that_makes_no_sense_is_refused_and_not_repeated(http: httpx2.AsyncClient, body: bytes) -> None:
    answer = await http.post("/orders", content=body, headers={**key("one"), "content-type": "application/json"})
    assert answer.status_code == 422
    assert "dua" not in answer.text


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_too_large_is_refused_whether_its_length_is_declared_or_not(
    http: httpx2.AsyncClient, declared: bool
) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * (MAX_BODY // 10)

    content: Any = b" " * (2 * MAX_BODY) if declared else parts()
    answer = await http.post("/orders", content=content, headers={**key("one"), "content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


async def test_an_error_that_quotes_a_row_is_neither_told_nor_logged(
    http: httpx2.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    with capture_logs() as lines:
        answer = await http.get("/fails")
    assert (answer.status_code, answer.json()["code"]) == (500, "failed")
    assert [line["event"] for line in lines] == ["request_failed"]
    assert "3275990101900001" not in answer.text + "".join(capsys.readouterr())


@pytest.mark.parametrize("column", ["named", "noted"])
async def test_a_sign_that_no_text_can_hold_is_the_senders_to_mend(http: httpx2.AsyncClient, column: str) -> None:
    with capture_logs() as lines:
        answer = await http.get(f"/{column}/a%00b")
    assert (answer.status_code, answer.json()["code"]) == (422, "not-printable")
    assert lines == []


async def test_half_a_sign_is_the_senders_to_mend_too(http: httpx2.AsyncClient) -> None:
    headers = {**key("one"), "content-type": "application/json"}
    for body in (b'{"number": 1, "what": "\\ud800"}', b'{"number": "", "\\ud800": 1}'):
        with capture_logs() as lines:
            answer = await http.post("/orders", content=body, headers=headers)
        assert (answer.status_code, lines) == (422, [])


@pytest.mark.parametrize("at", [0, 1504486800, "1504486800", True, "besok"])
async def test_a_moment_is_written_out_since_a_bare_number_could_be_seconds_or_milliseconds(
    http: httpx2.AsyncClient, at: Any
) -> None:
    answer = await http.post("/orders", json={"number": 1, "at": at}, headers=key("one"))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "at")


async def test_a_moment_is_answered_as_it_is_written(http: httpx2.AsyncClient) -> None:
    answer = await http.post("/orders", json={"number": 1, "at": "2017-09-04T01:00:00Z"}, headers=key("one"))
    assert answer.json()["at"] == "2017-09-04T01:00:00Z"


async def test_who_asks_in_another_way_is_told_every_way_that_the_address_takes(http: httpx2.AsyncClient) -> None:
    answer = await http.delete("/orders")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")


async def test_trouble_that_passes_is_told_as_such(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/unwell")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "3275990101900001" not in answer.text


async def test_requests_are_counted_by_the_pattern_of_their_route_and_never_by_what_was_asked_for(
    http: httpx2.AsyncClient,
) -> None:
    for path in ("/noted/3275990101900001", "/nowhere/3275990101900001", "/health/live"):
        await http.get(path)
    await http.request("BREW", "/orders")
    text = (await http.get("/metrics")).text
    for line in (
        'antar_http_requests_total{method="GET",route="/noted/{what}",status="200"}',
        'antar_http_requests_total{method="GET",route="none",status="404"}',
        'antar_http_requests_total{method="other",route="/orders",status="405"}',
        'antar_http_request_seconds_count{method="GET",route="/noted/{what}"}',
    ):
        assert line in text
    assert "3275990101900001" not in text
    assert 'route="/health' not in text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
@pytest.mark.parametrize("path", sorted(INSIDE))
async def test_what_is_for_the_inside_is_not_told_to_who_comes_by_a_proxy(
    http: httpx2.AsyncClient, path: str, header: str
) -> None:
    assert (await http.get(path)).status_code == 200
    assert (await http.get(path, headers={header: "192.0.2.7"})).status_code == 404


async def test_every_answer_carries_the_headers_that_protect_a_reader(http: httpx2.AsyncClient) -> None:
    for path in ("/health/live", "/nowhere", "/fails"):
        answer = await http.get(path)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"


async def test_whoever_looks_whether_it_is_well_hears_its_version(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/health/live")).json() == {"status": "alive", "version": version()}
    assert (await http.get("/health/ready")).json()["version"] == version()
