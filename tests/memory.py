"""The tests' files lie in memory where there is room: three hundred files for each fresh database wait for no disk."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/dev/shm")
ENOUGH: Final = 6 * 1024**3
"""Bytes: four times what a whole run was seen to need."""


def use_memory() -> None:
    """Makes memory the temporary folder of this process and of those that it starts, unless somebody has named one."""
    if "TMPDIR" not in os.environ and MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and _free() >= ENOUGH:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def _free() -> int:
    # The folder's own limit, and what the machine has: half of its memory is promised, whatever is in use.
    told = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    return min(shutil.disk_usage(MEMORY).free, int(told["MemAvailable"].split()[0]) * 1024)
