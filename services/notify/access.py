"""Who may do what at notify, route by route. Whoever has a tracking code may see what it opens."""

from shared.people.access import Access, may, public
from shared.people.person import Role

ACCESS: Access = {
    "GET /lacak": public(),
    "POST /lacak": public(),
    "GET /lacak/{code}.json": public(),
    "GET /lacak/{code}": public(),
    "GET /messages": may(Role.SUPERVISOR, Role.ADMINISTRATOR, own=True, kept="look"),
    "GET /summary": may(Role.SUPERVISOR, Role.ADMINISTRATOR),
    "GET /kabar": may(Role.SUPERVISOR),
}
