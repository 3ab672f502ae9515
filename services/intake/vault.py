"""Keeps NIK and family-card numbers unreadable in the database and still findable."""

import hmac
import secrets
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.intake.nik import Sex

_SEXES: Final[dict[str, Sex]] = {"L": "L", "P": "P"}
_FORM: Final = b"\x01"
"""First byte of what is sealed: which key and cipher, for the day when there is a second one."""


class Identity(NamedTuple):
    """Who the document is for. Birth date and sex are sealed with the NIK, since they are most of its digits.

    A newborn has no NIK yet: then family card, name and birth date make the person.
    """

    nik: str | None
    kk: str
    birth_date: date | None
    sex: Sex | None


class Vault:
    """Seals with AES-256-GCM and finds with HMAC-SHA256, under keys of their own derived from one secret."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESGCM(_derive(secret, b"seal"))
        self._person = _derive(secret, b"person")
        self._household = _derive(secret, b"household")
        self._row = _derive(secret, b"row")

    def seal(self, application_id: UUID, identity: Identity) -> bytes:
        """The identity, readable only with the secret and only for this application."""
        plain = ",".join([str(value) if value else "" for value in identity]).encode()
        nonce = secrets.token_bytes(12)
        return _FORM + nonce + self._cipher.encrypt(nonce, plain, application_id.bytes)

    def unseal(self, application_id: UUID, sealed: bytes) -> Identity:
        """What `seal` took.

        Raises:
            cryptography.exceptions.InvalidTag: another secret, another application's, or tampered with.
        """
        plain = self._cipher.decrypt(sealed[1:13], sealed[13:], application_id.bytes)
        nik, kk, born, sex = plain.decode().split(",")
        return Identity(nik or None, kk, date.fromisoformat(born) if born else None, _SEXES.get(sex))

    def close(self, about: bytes, plain: bytes) -> bytes:
        """Any text, readable only with the secret and only as what it is about."""
        nonce = secrets.token_bytes(12)
        return _FORM + nonce + self._cipher.encrypt(nonce, plain, about)

    def open(self, about: bytes, sealed: bytes) -> bytes:
        """What `close` took; raises as `unseal` does."""
        return self._cipher.decrypt(sealed[1:13], sealed[13:], about)

    def person(self, identity: Identity, full_name: str) -> bytes:
        """The keyed hash by which a person is found: of the NIK or, without one, of family card, name and birth."""
        if identity.nik is not None:
            return self.nik(identity.nik)
        name = "".join(c for c in full_name.casefold() if c.isalnum())
        return _hash(self._person, f"newborn:{identity.kk}:{name}:{identity.birth_date}")

    def nik(self, nik: str) -> bytes:
        """The keyed hash of the person with this NIK."""
        return _hash(self._person, f"nik:{nik}")

    def household(self, kk: str) -> UUID:
        """One id for all applications of a family card; tells nothing about its number."""
        value = int.from_bytes(_hash(self._household, kk), "big")
        # RFC 9562 version 8: a UUID whose bits are the application's own affair.
        return UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | 0x8 << 76 | 0x2 << 62)

    def row(self, *values: object) -> bytes:
        """The keyed hash by which a row of a file is known when the file comes again."""
        return _hash(self._row, "\x1f".join(map(str, values)))


def _hash(key: bytes, text: str) -> bytes:
    # Half of it is as hard to forge (RFC 2104) and half the size of three indexes.
    return hmac.digest(key, text.encode(), "sha256")[:16]


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"antar intake " + purpose).derive(secret)
