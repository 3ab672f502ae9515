"""Who may do what at dispatch, route by route. A courier: with his own documents and in his own RWs alone."""

from shared.people.access import Access, may
from shared.people.person import Role

READERS = (Role.COORDINATOR, Role.SUPERVISOR, Role.ADMINISTRATOR)

ACCESS: Access = {
    "PUT /couriers": may(Role.ADMINISTRATOR, own=True, kept="write"),
    "GET /couriers": may(*READERS, own=True),
    "GET /couriers/{badge}/items": may(Role.COURIER, Role.COORDINATOR, own=True, kept="look"),
    "GET /uncovered": may(*READERS, own=True),
    "POST /handovers": may(Role.COORDINATOR, own=True, kept="write"),
    "POST /handovers/all": may(Role.COORDINATOR, own=True, kept="write"),
    "POST /courier-reports": may(Role.COURIER, own=True, kept="write"),
    "GET /deliveries": may(*READERS, own=True),
    "GET /deliveries/{application_id}": may(*READERS, Role.COURIER, own=True),
    "GET /summary": may(*READERS),
    "POST /deliveries/{application_id}/route": may(Role.COORDINATOR, own=True, kept="write"),
    "POST /deliveries/{application_id}/return": may(Role.COORDINATOR, own=True, kept="write"),
    "POST /deliveries/{application_id}/pickup": may(Role.COORDINATOR, own=True, kept="write"),
    "GET /antar": may(Role.COORDINATOR, Role.SUPERVISOR, own=True),
    "GET /antar/saya": may(Role.COURIER, own=True, kept="look"),
}
