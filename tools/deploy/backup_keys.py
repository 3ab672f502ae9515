"""The keys of backups: the recipient closes them on the server, the identity opens them and is kept elsewhere."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pyrage
from pyrage.x25519 import Identity, Recipient

from tools.errors import PlatformError

RECIPIENT: Final = "backup_recipient"
"""Its name among the secrets."""
IDENTITY: Final = "backup-identity.txt"
"""Its name in the folder of the installation, until somebody has taken it elsewhere."""


def new_identity() -> str:
    """One that nobody has yet, as a file of age's."""
    made = Identity.generate()
    return f"# created: {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n# public key: {made.to_public()}\n{made}\n"


def recipient(secrets: Path) -> Recipient:
    """For whom backups are closed.

    Raises:
        PlatformError: the file is missing, or is no recipient of age's.
    """
    file = secrets / RECIPIENT
    try:
        return Recipient.from_str(file.read_text().strip())
    except OSError:
        raise PlatformError(
            f"{RECIPIENT} is missing among the secrets: run `init` as at the install (docs/operations.md)."
        ) from None
    except (pyrage.RecipientError, UnicodeDecodeError):
        raise PlatformError(f"{RECIPIENT} among the secrets is no recipient of age's: age1…") from None


def identity(text: str) -> Identity:
    """What a file of age's holds; lines with # are remarks.

    Raises:
        PlatformError: there is no identity in it. Nothing of it is quoted.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    try:
        (only,) = lines
        return Identity.from_str(only)
    except (ValueError, pyrage.IdentityError):
        raise PlatformError(
            f"What came on the standard input is no identity (AGE-SECRET-KEY-1…): give the command < {IDENTITY}, from "
            "where it is kept."
        ) from None
