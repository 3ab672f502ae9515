"""Who may do what at statistics, route by route."""

from shared.people.access import Access, may
from shared.people.person import Role

ACCESS: Access = {
    "GET /statistics": may(Role.SUPERVISOR, Role.ADMINISTRATOR),
}
