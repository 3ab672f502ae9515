"""Who may do what at dispatch, route by route."""

from shared.people.access import Access, may
from shared.people.person import Role

_READERS = (Role.COORDINATOR, Role.SUPERVISOR, Role.ADMINISTRATOR)

ACCESS: Access = {
    "PUT /couriers": may(Role.ADMINISTRATOR, own=True, kept="write"),
    "GET /couriers": may(*_READERS, own=True, kept="look"),
    "GET /couriers/{badge}/items": may(Role.COURIER, Role.COORDINATOR, own=True, kept="look"),
    "GET /uncovered": may(*_READERS, own=True),
    "POST /handovers": may(Role.COORDINATOR, own=True, kept="write"),
    "POST /handovers/all": may(Role.COORDINATOR, own=True, kept="write"),
    "POST /courier-reports": may(Role.COURIER, own=True, kept="write"),
    "GET /deliveries": may(*_READERS, own=True),
    "GET /deliveries/{application_id}": may(*_READERS, Role.COURIER, own=True),
    "GET /summary": may(*_READERS),
    "POST /deliveries/{application_id}/route": may(Role.COORDINATOR, own=True, kept="write"),
    "POST /deliveries/{application_id}/return": may(Role.COORDINATOR, own=True, kept="write"),
    "POST /deliveries/{application_id}/pickup": may(Role.COORDINATOR, own=True, kept="write"),
}
