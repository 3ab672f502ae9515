"""One line for each route that needs more than its path to be a plausible request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.access.records import BADGE, KELURAHAN, RW
from tests.service.counter_cases import ONE
from tests.service.intake_cases import FORM


@dataclass(frozen=True)
class Line:
    """A plausible request. Texts may name facts of the record: "{application_id}"; `path` gives names of the path.

    `form` is filled into the form of the same path, where there is one, and sent as a browser does. `after` are
    routes that bring the record where this one finds it. `everywhere`: it is about the whole city, so that an
    officer of a kelurahan may not. `answer`: what one who may gets, where that is neither a page nor a way to one.
    `elsewhere`: it asks somebody who is not there in a test.
    """

    json: Any = None
    form: Mapping[str, Any] = field(default_factory=dict)
    file: tuple[str, str] | None = None
    content: str | None = None
    path: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    after: tuple[str, ...] = ()
    everywhere: bool = False
    answer: int | None = None
    elsewhere: bool = False


_EVERYWHERE = Line(everywhere=True)
_CASE = "POST /loket/permohonan/{number}"
_FAMILY = {**ONE, "rw": RW}
_PERSON = "POST /loket/hak/{application_id}"
_ACT = {
    "act_id": "{act_id}", "application_id": "{application_id}", "courier_badge": BADGE, "kind": "attempt",
    "outcome": "NOT_AT_HOME", "acted_at": "2017-09-04T05:00:00+00:00",
}  # fmt: skip
_VISIT = "POST /courier-reports"

LINES: Mapping[str, Line] = {
    # every service
    "GET …/audit": _EVERYWHERE,
    "GET …/audit.csv": _EVERYWHERE,
    "GET …/masuk": Line(elsewhere=True),
    "GET …/masuk/kembali": Line(answer=400),
    "GET …/lanjutkan/{draft}": Line(answer=404),
    "GET /static/{name}": Line(path={"name": "none"}, answer=404),
    # intake: machines
    "POST /applications": Line(json={**FORM, "nik": "{free_nik}", "kk": "{free_kk}", "rw": RW}),
    "POST /applications/{application_id}/correction": Line(json={"reason": "salah ketik", "rt": "5"}),
    "POST /applications/{application_id}/cancellation": Line(json={"reason": "APPLICANT_REQUEST"}),
    "POST /applications/{application_id}/clearance": Line(json={"status": "PRR"}),
    "PUT /rw": Line(content=f"kelurahan,rw\n{KELURAHAN},{RW}\n", everywhere=True),
    "POST /imports": Line(content="{file}", everywhere=True),
    "GET /imports/{import_id}": _EVERYWHERE,
    "GET /imports/{import_id}/refused.csv": _EVERYWHERE,
    "GET /imports/{import_id}/accepted.csv": _EVERYWHERE,
    "POST /clearances": Line(content="nomor,status\n{office_number},PRR\n", everywhere=True),
    "GET /clearances/{import_id}": Line(path={"import_id": "{clearances_id}"}, everywhere=True),
    "GET /clearances/{import_id}/refused.csv": Line(path={"import_id": "{clearances_id}"}, everywhere=True),
    # intake: the counter
    "POST /loket/daftar": Line(form=_FAMILY),
    "POST /loket/daftar/kenali": Line(form=_FAMILY),
    "POST /loket/daftar/periksa": Line(form={**_FAMILY, "nik1": "{free_nik}", "kk": "{free_kk}"}),
    "POST /loket/daftar/catat": Line(form={**_FAMILY, "hp": "", "nik1": "{free_nik}", "kk": "{free_kk}"}),
    "GET /loket/impor": _EVERYWHERE,
    "POST /loket/impor": Line(file=("a.csv", "{file}"), everywhere=True),
    "GET /loket/impor/{import_id}": _EVERYWHERE,
    "POST /loket/impor/{import_id}/hentikan": _EVERYWHERE,
    "POST /loket/impor/{import_id}/lanjutkan": Line(after=("POST /loket/impor/{import_id}/hentikan",), everywhere=True),
    "GET /loket/impor/{import_id}/ditolak.csv": Line(answer=410, everywhere=True),  # it is still in line
    "GET /loket/status-pusat": _EVERYWHERE,
    "POST /loket/status-pusat": Line(form={"baris": "{office_number} PRR"}, everywhere=True),
    "GET /loket/status-pusat/{import_id}": Line(path={"import_id": "{clearances_id}"}, everywhere=True),
    "POST /loket/cari": Line(form={"cari": "{nik}"}),
    "GET /loket/cari/{draft}": Line(answer=404),
    "GET /loket/antrean/{which}": Line(path={"which": "pusat"}),
    # intake: a case
    f"{_CASE}/siak": Line(form={"alasan": "PRINT", "putaran": "12"}),
    f"{_CASE}/koreksi/periksa": Line(form={"alasan": "salah ketik", "rt": "5", "seen": "0"}),
    f"{_CASE}/koreksi": Line(form={"alasan": "salah ketik", "rt": "5", "seen": "0"}),
    f"{_CASE}/kembalikan": Line(form={"kurang": ["OLD_CARD"]}),
    "GET /loket/permohonan/{number}/lengkap": Line(after=(f"{_CASE}/kembalikan",)),
    f"{_CASE}/lengkap": Line(after=(f"{_CASE}/kembalikan",)),
    f"{_CASE}/batalkan": Line(form={"alasan": "APPLICANT_REQUEST"}),
    f"{_CASE}/tolak": Line(form={"alasan": "NOT_RESIDENT"}),
    "GET /loket/permohonan/{number}/buka-lagi": Line(after=(f"{_CASE}/tolak",)),
    f"{_CASE}/buka-lagi": Line(after=(f"{_CASE}/tolak",)),
    # intake: the rights of a person
    "GET /loket/hak": _EVERYWHERE,
    "POST /loket/hak": Line(form={"nik": "{nik}"}, everywhere=True),
    "GET /loket/hak/{application_id}": _EVERYWHERE,
    "GET /loket/hak/{application_id}/ekspor.json": _EVERYWHERE,
    f"{_PERSON}/batasi": _EVERYWHERE,
    f"{_PERSON}/cabut": Line(after=(f"{_PERSON}/batasi",), everywhere=True),
    f"{_PERSON}/hapus": Line(form={"sebab": "REQUEST", "batalkan": "ya"}, everywhere=True),
    # printing
    "POST /stock/receipts": Line(
        json={"first_serial": "{box}", "last_serial": "{box}", "quantity": 1, "letter_number": "470/1"}
    ),
    "GET /queue/dry-run": Line(query="blanks=1"),
    "POST /orders/{application_id}/printed": Line(json={"serial": "{serial}"}),
    "POST /orders/{application_id}/spoiled": Line(json={"serial": "{serial}", "reason": "CHIP_FAILED"}),
    # dispatch
    "PUT /couriers": Line(content=f"kelurahan,rw,badge,nama,hp\n{KELURAHAN},{RW},{BADGE},Budi Uji,\n"),
    "POST /handovers": Line(json={"courier_badge": BADGE, "application_ids": ["{waiting}"]}),
    _VISIT: Line(json={"acts": [_ACT]}),
    "POST /deliveries/{application_id}/route": Line(json={"kelurahan": KELURAHAN, "rw": "002"}),
    "POST /deliveries/{application_id}/return": Line(json={"reason": "DAMAGED"}),
    "POST /deliveries/{application_id}/pickup": Line(
        json={"receiver": "APPLICANT", "old_card": "TAKEN"}, after=(_VISIT, _VISIT, _VISIT)
    ),
    # notify
    "POST /lacak": Line(answer=200),
    "GET /messages": _EVERYWHERE,
}
