"""Forms, files and questions that the tests of intake share."""

import csv
import io
import itertools
from typing import Any
from uuid import UUID

from httpx2 import Response

from tests.harness import ServiceUnderTest

KELURAHAN = "32.75.01.1001"
CSV = {"Content-Type": "text/csv"}
_keys = itertools.count(1)

FORM = {
    "document_kind": "KTP_EL",
    "reason": "FIRST",
    "nik": "3275990101900001",
    "kk": "3275990101170001",
    "full_name": "Contoh Bintang Kejora",
    "birth_date": "1990-01-01",
    "sex": "L",
    "phone": "0812 3456 7890",
    "email": "bintang@contoh.test",
    "address": "Jl. Rembulan Purnama No. 17",
    "landmark": "sebelah warung Mbok Darmi",
    "kelurahan": "Bekasijaya",
    "rw": "11",
    "rt": "3",
}
PERSONAL = (
    "3275990101900001",
    "3275990101170001",
    "BINTANG",
    "1990-01-01",
    "81234567890",
    "bintang@contoh",
    "REMBULAN",
    "DARMI",
)
"""What must stand on no public topic, in upper case."""


def nik(number: int) -> str:
    """The NIK of person `number`, born on 1 January 1990."""
    return f"327599010190{number:04}"


async def opened(intake: ServiceUnderTest) -> ServiceUnderTest:
    """The service with two neighbourhoods to apply from."""
    answer = await intake.http.put("/rw", content="kelurahan,rw\nBekasi Jaya,11\nMargahayu,1\n", headers=CSV)
    assert answer.json() == {"rw": 2}
    return intake


async def post(intake: ServiceUnderTest, path: str, body: dict[str, Any], *, key: str | None = None) -> Response:
    """A request of its own, or the one named by `key`."""
    headers = {"Idempotency-Key": key or f"request-{next(_keys)}"}
    return await intake.http.post(path, json=body, headers=headers)


async def recorded(intake: ServiceUnderTest, **changes: Any) -> dict[str, Any]:
    """Records an application; returns its numbers."""
    answer = await post(intake, "/applications", {**FORM, **changes})
    assert answer.status_code == 201, answer.text
    numbers: dict[str, Any] = answer.json()
    return numbers


async def application(intake: ServiceUnderTest, **changes: Any) -> UUID:
    """Records an application; returns its id."""
    return UUID((await recorded(intake, **changes))["application_id"])


async def state(intake: ServiceUnderTest, application_id: UUID) -> str:
    """Where the application stands."""
    answer = await intake.http.get(f"/applications/{application_id}")
    found: str = answer.json()["state"]
    return found


async def clear(intake: ServiceUnderTest, application_id: UUID, status: str = "PRR", at: str | None = None) -> Response:
    """The ministry's word arrives."""
    body = {"status": status} | ({"observed_at": at} if at else {})
    return await post(intake, f"/applications/{application_id}/clearance", body)


async def cancel(intake: ServiceUnderTest, application_id: UUID, reason: str = "APPLICANT_REQUEST") -> Response:
    """The application is to end."""
    return await post(intake, f"/applications/{application_id}/cancellation", {"reason": reason})


HEADER = "jenis_dokumen,alasan,nik,nomor_kk,nama,no_hp,alamat,kelurahan,rw,rt,tanggal_rekam"


def row(number: int, **changes: str) -> str:
    """Line of person `number` in a file."""
    cells = {
        "jenis_dokumen": "KTP-el", "alasan": "baru", "nik": nik(number), "nomor_kk": "3275990101170001",
        "nama": "Contoh Bintang Kejora", "no_hp": "081234567890", "alamat": "Jl. Rembulan Purnama",
        "kelurahan": "Bekasi Jaya", "rw": "11", "rt": "3", "tanggal_rekam": "03-11-2026", **changes,
    }  # fmt: skip
    return ",".join(cells[column] for column in HEADER.split(","))


def file(*rows: str) -> str:
    """A file of these lines."""
    return "\n".join([HEADER, *rows, ""])


async def send(intake: ServiceUnderTest, content: str | bytes, path: str = "/imports") -> dict[str, Any]:
    """Sends a file that is taken; returns the summary."""
    answer = await intake.http.post(path, content=content, headers=CSV)
    assert answer.status_code == 200, answer.text
    summary: dict[str, Any] = answer.json()
    return summary


def counts(summary: dict[str, Any]) -> tuple[int, int, int, int]:
    """Rows, taken, already taken, refused."""
    return summary["rows"], summary["taken"], summary["already_taken"], summary["refused"]


async def download(intake: ServiceUnderTest, path: str) -> list[list[str]]:
    """The lines of a report."""
    answer = await intake.http.get(path)
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(answer.text)))


DIRTY = file(
    row(1),
    row(2, nik="3.27599E+15"),
    row(3, nik="3275 9901 0190 0003", no_hp="+62 0812 3456 7890"),
    row(1),  # the same again, in its own batch
    row(4, rw="99"),
    "",
    row(5, kelurahan="Cibinong", rt=""),
    row(1, alasan="hilang"),  # the same person, another reason
    row(6, jenis_dokumen="SIM"),
    row(1),  # and again, in another batch
    row(7, no_hp=""),
    row(8, tanggal_rekam="31-02-2026"),
    row(1, jenis_dokumen="KK"),
    row(9, alamat='"=HYPERLINK(""http://x"")"', nama="=cmd"),
    row(10, nama="@SUM(1)", nik="=1+1"),
    row(11, nik="abc", nama="+x"),
)
"""A file as offices send them: five rows can be taken."""
