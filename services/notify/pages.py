"""The public tracking page: HTML for people, JSON for machines, the same words in both."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.notify.answers import Tracked
from services.notify.codes import is_nik, may_be_shown, read_code, write_code
from services.notify.domain import IN_QUEUE, state_of
from services.notify.store import tracking as store
from services.notify.strip import strip
from services.notify.tracking import Place, Row, Tracking, facts_of, track
from services.notify.words import Words
from shared.http.app import Db
from shared.http.description import refuses
from shared.http.pace import Pace
from shared.http.problems import Problem
from shared.messaging.transaction import Connection
from shared.sentence import Sentence
from shared.web.language import language_of
from shared.web.site import Site

router = APIRouter(include_in_schema=False)
for_machines = APIRouter()

NOT_FOUND = Sentence("Kode tidak ditemukan. Periksa lagi kode di tanda terima.")
NOTHING = Sentence("Isi kode lacak. Kode ada di tanda terima dan di pesan yang kami kirim.")
NOT_A_NIK = Sentence("Jangan masukkan NIK. Pakai kode di tanda terima.")
ROBOTS = {"X-Robots-Tag": "noindex, nofollow"}


class Desk:
    """What the routes below share: pages, words by language, help line and pace. Made once by app.py."""

    def __init__(self, site: Site, words: Mapping[str, Words], telp: str, pace: Pace) -> None:
        self.site = site
        self.words = words
        self.telp = telp
        self.pace = pace

    def page(self, request: Request, template: str, status: int = 200, *, wait: int = 0, **values: Any) -> HTMLResponse:
        """A page that no search engine keeps; `wait` seconds become Retry-After."""
        headers = ROBOTS | ({"Retry-After": str(wait)} if wait else {})
        return self.site.page(template, status, headers, request=request, telp=self.telp, **values)

    def enter(self, request: Request, status: int = 200, *, problem: str = "", typed: str = "") -> HTMLResponse:
        """The form for a code, with what is wrong with the one that was typed."""
        faults = {"kode": problem} if problem else {}
        return self.page(request, "enter.html", status, typed=typed, faults=faults, wait_told=None)


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


At = Annotated[Desk, Depends(_desk)]


@router.get("/lacak")
async def form(request: Request, desk: At) -> HTMLResponse:
    """The form for a code."""
    return desk.enter(request)


@router.post("/lacak")
async def look_up(request: Request, desk: At) -> Response:
    """What was typed, as the address of its page. A form by POST: what is typed by mistake stands in no address."""
    typed = parse_qs((await request.body()).decode("utf-8", "replace")).get("kode", [""])[0].strip()[:60]
    code = read_code(typed)
    if code:
        return RedirectResponse(f"/lacak/{write_code(code)}", 303)
    if not typed:
        return desk.enter(request, 422, problem=NOTHING)
    if wait := desk.pace.wait(request):
        return _too_often(desk, request, wait)
    return _not_found(desk, request, typed)


@for_machines.get("/lacak/{code}.json", response_model=Tracked, responses=refuses(429))
async def as_json(code: str, request: Request, response: Response, desk: At, db: Db) -> dict[str, Any]:
    """The page's contents."""
    if wait := desk.pace.wait(request):
        raise Problem(429, "too-often", _wait_told(wait), headers={"Retry-After": str(wait)})
    words = desk.words[language_of(request)]
    async with db.reading() as conn:
        found = await _find(conn, code, words, desk.telp)
    if found is None:
        desk.pace.missed(request)
        raise Problem(404, "not-found", NOT_A_NIK if is_nik(code) else NOT_FOUND)
    response.headers.update(ROBOTS | {"Content-Language": words.language})
    return _json(found)


@router.get("/lacak/{code}")
async def as_page(code: str, request: Request, desk: At, db: Db) -> HTMLResponse:
    """The page."""
    if wait := desk.pace.wait(request):
        return _too_often(desk, request, wait)
    async with db.reading() as conn:
        found = await _find(conn, code, desk.words[language_of(request)], desk.telp)
    if found is None:
        return _not_found(desk, request, code)
    drawing = strip(found.place) if found.place else None
    return desk.page(request, "track.html", t=found, drawing=drawing)


def _wait_told(wait: int) -> Sentence:
    return Sentence("Terlalu sering. Coba lagi %(wait)s detik lagi.", wait=wait)


def _too_often(desk: Desk, request: Request, wait: int) -> HTMLResponse:
    told = _wait_told(wait)
    return desk.page(request, "enter.html", 429, wait=wait, typed="", faults={}, wait_told=told)


def _not_found(desk: Desk, request: Request, typed: str) -> HTMLResponse:
    desk.pace.missed(request)
    # A NIK is not given back, not even into the field: the page may be on a shared screen.
    problem = NOT_A_NIK if is_nik(typed) else NOT_FOUND
    return desk.enter(request, 404, problem=problem, typed=typed[:60] if may_be_shown(typed) else "")


async def _find(conn: Connection, text: str, words: Words, telp: str) -> Tracking | None:
    # What can be no code is looked up as well, as a code nobody has: the answer takes the same time.
    symbols = read_code(text) or ""
    found = await store.find(conn, symbols)
    if found is None:
        return None
    row = dict(found)
    place = None
    if state_of(facts_of(row)) in IN_QUEUE and row["class_rank"] is not None:
        place = await _place(conn, row)
    read = await store.caught_up_at(conn, row["application_id"])
    return track(symbols, row, place, words, telp, datetime.now(UTC), read)


async def _place(conn: Connection, row: Row) -> Place:
    found = await store.place(
        conn, row["site"], row["blank_kind"], row["class_rank"], row["place_since"], row["application_id"]
    )
    # An allocation may be heard of before the receipt of its blanks; until then there seem to be fewer than none.
    return Place(found["position"], found["waiting"], max(0, found["free"] or 0))


def _json(t: Tracking) -> dict[str, Any]:
    queue = t.place and {
        "position": t.place.position,
        "waiting": t.place.waiting,
        "blanks": t.place.free,
        "class": t.own_class,
        "policy_version": t.policy_version,
    }
    return {
        "code": t.code,
        "document": t.document,
        "state": t.state,
        "family": t.family,
        "tag": t.tag,
        "headline": t.headline,
        "reason": " ".join(t.text),
        "since": t.since,
        "queue": queue,
        "courier_badge": t.badge,
        "held": {"kelurahan": t.held_at, "until": t.held_until} if t.held_until else None,
        "do": t.do,
        "steps": [{"name": s.name, "where": s.where, "at": s.at} for s in t.steps],
        "free_of_charge": True,
        "as_of": t.as_of,
        "late": t.late,
    }
