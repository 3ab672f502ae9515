"""Known vulnerabilities of what the image is made of, by pip-audit: `make audit`.

Ends with 1 when there is one; with 3 when nobody could be asked, which it says.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

LOCK: Final = Path(__file__).with_name("requirements.lock")
ACCEPTED: Final[dict[str, str]] = {}
"""Vulnerabilities that do not reach us, by id, each with the reason."""


def main() -> int:
    """The exit code."""
    # One package first: where the registry does not tell of vulnerabilities, all of them would be asked for in vain.
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as one:
        one.write(_first(LOCK.read_text()))
        one.flush()
        answered = _audited(Path(one.name)) is not None
    found = _audited(LOCK) if answered else None
    if found is None:
        print("Whether there are known vulnerabilities is not known: the registry does not tell here.")
        return 3
    faults = [(package, fault) for package in found for fault in package["vulns"]]
    for package, fault in faults:
        mended = f"mended in {', '.join(fault['fix_versions'])}" if fault["fix_versions"] else "not mended yet"
        print(f"{package['name']} {package['version']}: {fault['id']}, {mended}")
    print(f"{len(found)} packages, {len(faults)} known vulnerabilities.")
    return int(bool(faults))


def _first(lock: str) -> str:
    found = re.search(r"^[a-z].*?(?=^[a-z])", lock, re.MULTILINE | re.DOTALL)
    assert found, "the lock names nothing"
    return found[0]


def _audited(requirements: Path) -> list[dict[str, Any]] | None:
    """What pip-audit says of each package; None when it was not told of each: it calls what it passed over good."""
    command = [
        *(sys.executable, "-m", "pip_audit", "--requirement", requirements, "--require-hashes", "--disable-pip"),
        *("--progress-spinner", "off", "--format", "json"),
        *(word for id_ in ACCEPTED for word in ("--ignore-vuln", id_)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except ValueError:
        print(done.stderr.strip().rpartition("\n")[2], file=sys.stderr)
        return None
    return packages if all("vulns" in package for package in packages) else None


if __name__ == "__main__":
    sys.exit(main())
