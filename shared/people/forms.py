"""A form's hidden field: it proves that our page was sent by this session, and makes a form sent twice act once."""

import hashlib
import hmac
import secrets
from typing import Final

FIELD: Final = "_formulir"


class Forms:
    """Signs and checks the field. `key` is the one that seals sessions."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def new(self, session_id: str, name: str | None = None) -> str:
        """The value for one showing of a form. What is shown again under the same `name` acts once in all."""
        name = name or secrets.token_urlsafe(12)
        return f"{name}.{self._sign(session_id, name)}"

    def sound(self, session_id: str, value: object) -> bool:
        """Whether we gave it to this session."""
        if not isinstance(value, str):
            return False
        name, _, signature = value.partition(".")
        return hmac.compare_digest(signature.encode(), self._sign(session_id, name).encode())

    def _sign(self, session_id: str, name: str) -> str:
        return hmac.new(self._key, f"form\0{session_id}\0{name}".encode(), hashlib.sha256).hexdigest()[:32]
