"""Who may do what at intake, route by route."""

from shared.people.access import Access, may
from shared.people.person import Role

_OFFICERS = (Role.COUNTER, Role.VERIFIER)
_READERS = (*_OFFICERS, Role.SUPERVISOR, Role.ADMINISTRATOR)

ACCESS: Access = {
    "POST /applications": may(Role.COUNTER, own=True, kept="write"),
    "GET /applications": may(*_READERS, own=True),
    "GET /applications/{application_id}": may(*_OFFICERS, Role.PRIVACY, own=True, kept="look"),
    "POST /applications/{application_id}/correction": may(*_OFFICERS, Role.PRIVACY, own=True, kept="write"),
    "POST /applications/{application_id}/cancellation": may(*_OFFICERS, own=True, kept="write"),
    "POST /applications/{application_id}/clearance": may(Role.VERIFIER, own=True, kept="write"),
    "GET /summary": may(*_READERS),
    # Files are about the whole city, so they are of those who work for all of it.
    "POST /imports": may(Role.COUNTER, Role.ADMINISTRATOR, own=True, kept="write"),
    "GET /imports/{import_id}": may(Role.COUNTER, Role.ADMINISTRATOR, own=True),
    "GET /imports/{import_id}/refused.csv": may(Role.COUNTER, Role.ADMINISTRATOR, own=True),
    "GET /imports/{import_id}/accepted.csv": may(Role.COUNTER, Role.ADMINISTRATOR, own=True, kept="look"),
    "POST /clearances": may(Role.VERIFIER, Role.ADMINISTRATOR, own=True, kept="write"),
    "GET /clearances/{import_id}": may(Role.VERIFIER, Role.ADMINISTRATOR, own=True),
    "GET /clearances/{import_id}/refused.csv": may(Role.VERIFIER, Role.ADMINISTRATOR, own=True),
    "GET /loket": may(*_OFFICERS, own=True),
    "GET /loket/daftar": may(Role.COUNTER),
    "POST /loket/daftar": may(Role.COUNTER),
    "POST /loket/daftar/kenali": may(Role.COUNTER, own=True, kept="look"),
    "POST /loket/daftar/periksa": may(Role.COUNTER, own=True, kept="look"),
    "POST /loket/daftar/catat": may(Role.COUNTER, own=True, kept="write"),
    "GET /loket/daftar/selesai/{registration_id}": may(Role.COUNTER, own=True, kept="look"),
    "GET /loket/tanda-terima/{registration_id}.pdf": may(Role.COUNTER, own=True, kept="look"),
    "GET /loket/tanda-terima/{registration_id}": may(Role.COUNTER, own=True, kept="look"),
    "GET /loket/impor": may(Role.COUNTER, Role.ADMINISTRATOR, own=True),
    "POST /loket/impor": may(Role.COUNTER, Role.ADMINISTRATOR, own=True, kept="write"),
    "GET /loket/impor/{import_id}": may(Role.COUNTER, Role.ADMINISTRATOR, own=True),
    "POST /loket/impor/{import_id}/hentikan": may(Role.COUNTER, Role.ADMINISTRATOR, own=True, kept="write"),
    "POST /loket/impor/{import_id}/lanjutkan": may(Role.COUNTER, Role.ADMINISTRATOR, own=True, kept="write"),
    "GET /loket/impor/{import_id}/ditolak.csv": may(Role.COUNTER, Role.ADMINISTRATOR, own=True, kept="look"),
    "PUT /rw": may(Role.ADMINISTRATOR, own=True, kept="write"),
}
