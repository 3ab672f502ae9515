"""Small disks in memory for the servers, so that one can be filled to the last byte and freed again."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

_INSIDE = "ANTAR_CHAOS_MOUNTS"


def enter_private_mounts() -> None:
    """Start this program anew where its mounts are seen by itself and its children only, and go when they go.

    Returns when that is done already, or not allowed here (then `possible` says so).
    """
    if _INSIDE in os.environ or os.geteuid() != 0:
        return
    allowed = (
        bool(shutil.which("unshare")) and not subprocess.run(["unshare", "--mount", "true"], check=False).returncode
    )
    os.environ[_INSIDE] = "yes" if allowed else "no"
    if allowed:
        os.execvp("unshare", ["unshare", "--mount", sys.executable, "-m", "tests.chaos", *sys.argv[1:]])


def possible() -> bool:
    """Whether disks can be mounted here."""
    return os.environ.get(_INSIDE) == "yes"


class Disk:
    """A file system of a fixed size at `path`."""

    def __init__(self, path: Path, megabytes: int) -> None:
        self.path = path
        self._size = megabytes
        self._ballast = path / "ballast"

    def mount(self) -> None:
        """Make it; whoever may enter the folder above may enter this one."""
        self.path.mkdir(parents=True, exist_ok=True)
        options = f"size={self._size}m,mode=0755"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "antar-chaos", self.path], check=True)

    def fill(self) -> None:
        """Take all that is free."""
        with self._ballast.open("wb") as file:
            try:
                for piece in (64 << 20, 1 << 20, 1 << 12):
                    self._take(file.fileno(), piece)
            except OSError:
                return

    def _take(self, descriptor: int, piece: int) -> None:
        while (found := os.statvfs(self.path)).f_bavail * found.f_frsize >= piece:
            at = os.fstat(descriptor).st_size
            os.posix_fallocate(descriptor, at, piece)

    def free(self) -> None:
        """Give it back."""
        self._ballast.unlink(missing_ok=True)

    def unmount(self) -> None:
        """Put what is on it into the folder itself, where it stays. Whoever used it must be gone."""
        beside = self.path.with_name(f"{self.path.name}.kept")
        subprocess.run(["cp", "-a", self.path, beside], check=True)
        subprocess.run(["umount", "--lazy", self.path], check=True)
        self.path.rmdir()
        beside.rename(self.path)
