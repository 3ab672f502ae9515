"""Who may do what at printing, route by route. Nothing here is personal, and stock belongs to the city."""

from shared.people.access import Access, may
from shared.people.person import Role

_READERS = (Role.STOREKEEPER, Role.PRINTER, Role.SUPERVISOR, Role.ADMINISTRATOR)

ACCESS: Access = {
    "POST /stock/receipts": may(Role.STOREKEEPER, kept="write"),
    "GET /stock": may(*_READERS),
    "GET /queue": may(*_READERS),
    "GET /queue/dry-run": may(Role.STOREKEEPER, Role.SUPERVISOR),
    "GET /summary": may(*_READERS),
    "GET /orders/{application_id}": may(*_READERS),
    "POST /orders/{application_id}/printed": may(Role.PRINTER, kept="write"),
    "POST /orders/{application_id}/spoiled": may(Role.PRINTER, kept="write"),
    "GET /cetak": may(*_READERS),
}
