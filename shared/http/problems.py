"""Refusals over HTTP, as RFC 9457 problem documents whose sentences say what to do, in Bahasa Indonesia."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from shared.messaging.errors import is_transient
from shared.sentence import Sentence

MEDIA_TYPE = "application/problem+json"


class Problem(HTTPException):
    """A refusal that the caller can act on.

    `code` is a stable word for machines, `title` one sentence for people, a `Sentence` where it holds values.
    `errors` lists fields as {"field", "code", "message"}. Never holds the refused values: they may be personal.
    """

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(status, code, headers)
        self.code = code
        self.title = title
        self.errors = errors
        self.more = more

    def response(self) -> JSONResponse:
        """The problem document."""
        body: dict[str, Any] = {
            "type": f"urn:antar:problem:{self.code}",
            "title": self.title,
            "status": self.status_code,
        }
        body |= {"code": self.code, **self.more}
        if self.errors:
            body["errors"] = list(self.errors)
        return JSONResponse(body, self.status_code, dict(self.headers or {}), media_type=MEDIA_TYPE)

    def answer(self, request: Request) -> Response:
        """A page for a browser, the problem document for a machine."""
        if not wants_page(request):
            return self.response()
        request.app.state.doors.recognise(request)
        page: Response = request.app.state.site.page(
            "problem.html", self.status_code, self.headers, request=request, problem=self
        )
        return page


def wants_page(request: Request) -> bool:
    """Whether a person in front of a browser will read the answer."""
    return "text/html" in request.headers.get("accept", "")


_SENTENCES = {
    "missing": Sentence("wajib diisi"),
    "extra_forbidden": Sentence("kolom ini tidak dikenal"),
    "string_too_long": Sentence("terlalu panjang"),
    "string_too_short": Sentence("terlalu pendek"),
    "string_type": Sentence("harus berupa teks"),
    "int_parsing": Sentence("harus berupa angka bulat"),
    "int_type": Sentence("harus berupa angka bulat"),
    "bool_parsing": Sentence("harus ya atau tidak (true/false)"),
    "enum": Sentence("bukan salah satu pilihan yang ada"),
    "literal_error": Sentence("bukan salah satu pilihan yang ada"),
    "uuid_parsing": Sentence("bukan nomor pengenal yang sah"),
    "date_from_datetime_parsing": Sentence("bukan tanggal yang sah; tulis TTTT-BB-HH"),
    "date_parsing": Sentence("bukan tanggal yang sah; tulis TTTT-BB-HH"),
    "datetime_from_date_parsing": Sentence("bukan waktu yang sah; tulis TTTT-BB-HHTjj:mm:dd+07:00"),
    "datetime_parsing": Sentence("bukan waktu yang sah; tulis TTTT-BB-HHTjj:mm:dd+07:00"),
    "timezone_aware": Sentence("waktu harus memuat zona, misalnya +07:00"),
    "greater_than_equal": Sentence("terlalu kecil"),
    "less_than_equal": Sentence("terlalu besar"),
    "too_long": Sentence("terlalu banyak isi"),
    "too_short": Sentence("terlalu sedikit isi"),
    "string_pattern_mismatch": Sentence("bentuknya tidak sesuai"),
    "json_invalid": Sentence("isi permintaan bukan JSON yang sah"),
}


async def problem(request: Request, error: Exception) -> Response:
    """Answer of a `Problem`."""
    assert isinstance(error, Problem)
    return error.answer(request)


async def invalid_request(request: Request, error: Exception) -> Response:
    """Answer to a request whose fields have the wrong shape; repeats names of fields, never their values."""
    assert isinstance(error, RequestValidationError)
    errors = [
        {
            "field": ".".join(str(part) for part in e["loc"][1:]) or str(e["loc"][0]),
            "code": e["type"],
            "message": _SENTENCES.get(e["type"], Sentence("isinya tidak sesuai")),
        }
        for e in error.errors()
    ]
    title = Sentence("Ada %(n)s isian yang perlu diperbaiki.", n=len(errors))
    return Problem(422, "invalid-request", title, errors=errors).answer(request)


def failure(error: Exception) -> Problem:
    """What the caller is told of an exception that is no `Problem`: what to do next, and nothing of its text."""
    if is_transient(error):
        sentence = Sentence("Layanan sedang terganggu. Yang sudah Anda catat aman. Coba lagi sebentar lagi.")
        return Problem(503, "unavailable", sentence, headers={"Retry-After": "2"})
    if isinstance(error, _NUL) or _is_half_a_sign(error):
        # No text or JSON column takes a NUL, and nothing can write half a surrogate pair ("\ud800" in JSON). Told here
        # once, not at every field of every form.
        return Problem(422, "not-printable", "Isian memuat tanda yang tidak dapat dicetak. Ketik ulang.")
    return Problem(500, "failed", "Permintaan ini gagal karena kesalahan kami, dan tidak ada yang berubah karenanya.")


_NUL = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)


def _is_half_a_sign(error: Exception) -> bool:
    return isinstance(error, UnicodeEncodeError) or isinstance(error.__cause__, UnicodeEncodeError)


def too_large() -> Problem:
    """What the caller is told of a body over the limit."""
    return Problem(413, "too-large", "Isi permintaan terlalu besar. Untuk data banyak, kirim sebagai berkas CSV.")


_STATUS_SENTENCES = {
    404: ("not-found", Sentence("Halaman tidak ada.")),
    405: ("method-not-allowed", Sentence("Cara permintaan ini tidak dilayani pada alamat tersebut.")),
}


async def http_error(request: Request, error: Exception) -> Response:
    """Answer to what the framework refuses by itself."""
    assert isinstance(error, HTTPException)
    if error.status_code == 413:
        return too_large().answer(request)
    if error.status_code == 400:
        # A body that is no text in UTF-8, or a form that ends in the middle: to be mended like one that is no JSON.
        return Problem(422, "not-readable", Sentence("Isi permintaan tidak terbaca. Kirim lagi.")).answer(request)
    headers = dict(error.headers or {})
    if error.status_code == 405 and "Allow" in headers:
        headers["Allow"] = _allowed(request) or headers["Allow"]
    code, title = _STATUS_SENTENCES.get(error.status_code, ("refused", Sentence("Permintaan tidak dapat dilayani.")))
    return Problem(error.status_code, code, title, headers=headers).answer(request)


def _allowed(request: Request) -> str:
    # The framework names the methods of the first route alone that has this path.
    path = getattr(request.scope.get("route"), "path", "")
    return ", ".join(request.app.state.doors.methods_of(path))
