"""People for tests: what the sign-in provider would say of them, signed with a key of our own."""

import time
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from shared.people.person import Area, Person, Role
from shared.people.provider import Provider
from shared.people.sealing import Seal
from shared.people.session import COOKIE, IDLE_SECONDS

ISSUER = "https://masuk.antar.test"
AUDIENCE = "antar"
SESSION_KEY = "6f1d" + "0123456789abcdef" * 3 + "fedcba987654"
SECRET_KEY = "5a4b3c2d1e0f9788" * 4
"""Under which intake seals personal numbers in tests."""
KEY = ECKey.generate_key("P-256", {"kid": "of-the-tests"})

CITY = "32.75"


def someone(*roles: Role, areas: tuple[str, ...] = (CITY,), name: str = "Sari Contoh", **more: Any) -> Person:
    """Somebody with these roles, in the whole city unless said otherwise."""
    return Person(f"test-{'-'.join(roles) or 'nobody'}", name, frozenset(roles), frozenset(map(Area, areas)), **more)


EVERYBODY = someone(*Role, name="Uji Semua Peran")
"""One person with all roles in the whole city: for tests that are about something else."""


def token(person: Person, *, key: ECKey = KEY, seconds: float = 3600, **claims: Any) -> str:
    """A bearer token of this person; `claims` are set instead of the usual ones."""
    now = int(time.time())
    said: dict[str, Any] = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + int(seconds)}
    header = {"alg": "ES256", "kid": key.kid}
    return jwt.encode(header, {**person.claims(), **said, **claims}, key, algorithms=["ES256"])


def bearer(person: Person) -> dict[str, str]:
    """The header that a machine sends."""
    return {"Authorization": f"Bearer {token(person)}"}


def provider() -> Provider:
    """A provider whose public key is known without asking."""
    return Provider(ISSUER, "antar", None, fetch_keys=_keys)


async def _keys() -> Mapping[str, Any]:
    return {"keys": [KEY.as_dict(private=False)]}


def session_cookie(person: Person, *, used_seconds_ago: float = 0, key: str = SESSION_KEY) -> dict[str, str]:
    """The cookie of somebody who signed in, and last asked for a page that long ago."""
    seen = time.time() - used_seconds_ago
    content = {"id": "session-of-the-tests", "person": person.claims(), "began": seen, "seen": seen}
    seal = Seal(bytes.fromhex(key))
    return {COOKIE: seal.close("session", content, IDLE_SECONDS - used_seconds_ago)}
