"""PostgreSQL refuses to run as root, so for root it runs as an unprivileged account that may enter its folder."""

import os
import pwd
import struct
from pathlib import Path
from typing import Any, NamedTuple

from tools.errors import PlatformError

_ACL = "system.posix_acl_access"
_USER_OBJ, _USER, _GROUP_OBJ, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
_EXECUTE = 1
_NOBODY_IN_PARTICULAR = 0xFFFFFFFF


class Account(NamedTuple):
    """Whom a process runs as."""

    user: int
    group: int


def spawn_options(account: Account | None) -> dict[str, Any]:
    """What subprocess must be told to start a process as `account` (None: as ourselves)."""
    return {} if account is None else {"user": account.user, "group": account.group, "extra_groups": []}


def unprivileged() -> Account | None:
    """The account for PostgreSQL, or None when we are not root and need no other one."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(found.pw_uid, found.pw_gid)
    raise PlatformError("PostgreSQL cannot run as root and there is no account 'nobody': create one or run as a user.")


def let_enter(path: Path, account: Account) -> None:
    """Lets `account` walk down to `path`: search permission only, on each folder above that refuses it now."""
    for folder in reversed(path.resolve().parents):
        status = folder.stat()
        open_to_all = status.st_mode & 0o001
        own = status.st_uid == account.user and status.st_mode & 0o100
        if not (open_to_all or own):
            _let_search(folder, account.user)


def _let_search(folder: Path, account: int) -> None:
    try:
        os.setxattr(folder, _ACL, _with_search(folder, account))  # for this account alone
    except (OSError, AttributeError):
        folder.chmod(folder.stat().st_mode | 0o001)  # a file system without such lists


def _with_search(folder: Path, account: int) -> bytes:
    mode = folder.stat().st_mode
    try:
        entries = _parse(os.getxattr(folder, _ACL))
    except OSError:
        entries = {
            (_USER_OBJ, _NOBODY_IN_PARTICULAR): mode >> 6 & 7,
            (_GROUP_OBJ, _NOBODY_IN_PARTICULAR): mode >> 3 & 7,
            (_OTHER, _NOBODY_IN_PARTICULAR): mode & 7,
        }
    entries[_USER, account] = entries.get((_USER, account), 0) | _EXECUTE
    group = entries[_GROUP_OBJ, _NOBODY_IN_PARTICULAR]
    entries[_MASK, _NOBODY_IN_PARTICULAR] = entries.get((_MASK, _NOBODY_IN_PARTICULAR), group) | _EXECUTE
    packed = (struct.pack("<HHI", tag, allowed, who) for (tag, who), allowed in sorted(entries.items()))
    return struct.pack("<I", 2) + b"".join(packed)


def _parse(acl: bytes) -> dict[tuple[int, int], int]:
    return {(tag, who): allowed for tag, allowed, who in struct.iter_unpack("<HHI", acl[4:])}
