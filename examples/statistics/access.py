"""Who may do what at statistics, route by route. Each supervisor sees the numbers of the own area."""

from shared.people.access import Access, may
from shared.people.person import Role

ACCESS: Access = {
    "GET /statistics": may(Role.SUPERVISOR, Role.ADMINISTRATOR, own=True),
}
