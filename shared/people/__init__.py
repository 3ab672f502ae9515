"""Who is at the door, what they may do, and what is kept of it. Whom a route admits stands in access.py."""

from shared.people.access import Rule, may, public
from shared.people.person import Area, Person, Role
from shared.people.visit import AtDoor, Visit

__all__ = ["Area", "AtDoor", "Person", "Role", "Rule", "Visit", "may", "public"]
