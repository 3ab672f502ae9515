"""`antar doctor`: whether this machine can carry an installation, looked at before it starts; nothing is changed."""

import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import yaml
from cryptography import x509

from tools.backup.folder import PATTERN
from tools.deploy.backup_keys import IDENTITY
from tools.deploy.env_file import EnvFile
from tools.deploy.initialising import BACKUPS
from tools.deploy.secret_files import FOLDER
from tools.errors import PlatformError
from tools.findings import Finding, Verdict

ENGINE: Final = (20, 10)
COMPOSE: Final = (2, 24)
"""The first in which a file of settings may be missing."""
MEMORY_GIB: Final = 3.5
DISK_GIB: Final = 10.0
WEEKS: Final = 3
STALE: Final = timedelta(days=2)
_PATIENCE: Final = 5.0


def examine(root: Path, run: Callable[..., str | None] | None = None) -> Iterator[Finding]:
    """Looks at everything, one after another. `run` gives a program's output, None when there is no such program."""
    run = run or _output
    try:
        settings = EnvFile(root).read()
    except PlatformError as error:
        settings = {}
        yield Finding("settings", "bad", str(error))
    yield from _initialised(root, settings)
    engine = run("docker", "version", "--format", "{{.Server.Version}}")
    yield _version("engine", engine, ENGINE)
    yield _version("compose", run("docker", "compose", "version", "--short"), COMPOSE)
    yield memory(Path("/proc/meminfo"))
    yield disk(root)
    ours = bool(run("docker", "compose", "--project-directory", str(root), "ps", "--quiet", "proxy"))
    if engine is None:
        yield Finding("ports", "unknown", "80 and 443 must be free; without Docker nobody can tell who has them.")
    else:
        yield from (port(number, ours=ours) for number in (80, 443))
    domain = settings.get("ANTAR_DOMAIN", "localhost")
    yield name(domain)
    yield clock(run("timedatectl", "show", "--property=NTPSynchronized", "--value"))
    yield certificate(root, domain, settings.get("ANTAR_TLS", "internal"))
    yield backups(root, datetime.now(UTC))


def _initialised(root: Path, settings: Mapping[str, str]) -> Iterator[Finding]:
    if not settings or not (root / FOLDER).is_dir():
        yield Finding("settings", "bad", f"There is no .env or no {FOLDER}/ in {root}: run `antar init`.")
        return
    compose = root / "docker-compose.yml"
    wanted = yaml.safe_load(compose.read_text())["secrets"] if compose.exists() else ()
    try:
        there = {path.name for path in (root / FOLDER).iterdir() if path.stat().st_size}
    except PermissionError:
        yield Finding("secrets", "unknown", f"{FOLDER}/ belongs to somebody else: ask as that user, or as root.")
        return
    if missing := sorted(set(wanted) - there):
        yield Finding("secrets", "bad", f"Missing or empty: {', '.join(missing)}. Put them back from your copy.")
    else:
        yield Finding("secrets", "good", "All are there.")


def _version(about: str, said: str | None, least: tuple[int, int]) -> Finding:
    found = re.search(r"(\d+)\.(\d+)", said or "")
    wanted = ".".join(map(str, least))
    if found is None:
        return Finding(about, "unknown", f"Docker does not answer here; {about} {wanted} or later is needed.")
    if (int(found[1]), int(found[2])) < least:
        return Finding(about, "bad", f"{found[0]} is too old: install {wanted} or later.")
    return Finding(about, "good", f"{found[0]}.")


def memory(file: Path) -> Finding:
    """Whether there is enough of it; `file` is /proc/meminfo."""
    found = re.search(r"MemTotal:\s+(\d+) kB", file.read_text()) if file.exists() else None
    if found is None:
        return Finding("memory", "unknown", f"Antar needs {MEMORY_GIB} GiB.")
    gib = int(found[1]) / 1024**2
    if gib < MEMORY_GIB:
        return Finding("memory", "bad", f"{gib:.1f} GiB; Antar needs {MEMORY_GIB} GiB.")
    return Finding("memory", "good", f"{gib:.1f} GiB.")


def disk(folder: Path, least: float = DISK_GIB) -> Finding:
    """Whether the disk of this folder has that many GiB left: at first for a year's events and databases."""
    free = shutil.disk_usage(folder).free / 1024**3
    if free < least:
        return Finding("disk", "bad", f"{free:.1f} GiB are free; Antar needs {least:.0f} GiB.")
    return Finding("disk", "good", f"{free:.0f} GiB are free.")


def port(number: int, *, ours: bool) -> Finding:
    """Whether the proxy can have the port, or has it."""
    try:
        with socket.create_connection(("127.0.0.1", number), timeout=_PATIENCE):
            taken = True
    except OSError:
        taken = False
    if taken and not ours:
        return Finding(f"port {number}", "bad", "Another program has it: stop that one, the proxy needs it.")
    return Finding(f"port {number}", "good", "The proxy has it." if taken else "It is free.")


def name(domain: str) -> Finding:
    """Whether browsers find this machine by the name."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(domain, 443, type=socket.SOCK_STREAM)}
    except OSError:
        return Finding("name", "bad", f"{domain} is not known: enter it in the DNS, or change ANTAR_DOMAIN.")
    own = {address for address in found if _is_ours(address)}
    if own:
        return Finding("name", "good", f"{domain} is this machine.")
    return Finding(
        "name", "unknown", f"{domain} is {', '.join(sorted(found))}, which is not an address of this machine itself."
    )


def _is_ours(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def clock(synchronised: str | None) -> Finding:
    """Whether something keeps the clock right; `synchronised` is systemd's word, None where there is none."""
    if synchronised == "no":
        return Finding("clock", "bad", "Nothing corrects it, and sign-ins are refused once it is off: set up NTP.")
    if synchronised == "yes":
        return Finding("clock", "good", "It is corrected by NTP.")
    return Finding("clock", "unknown", f"It is {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC here: compare.")


def certificate(root: Path, domain: str, how: str) -> Finding:
    """Whether browsers will believe the proxy."""
    if how == "internal":
        verdict: Verdict = "good" if domain == "localhost" else "unknown"
        return Finding("certificate", verdict, "The proxy makes its own, which browsers warn of (ANTAR_TLS=internal).")
    if "@" in how:
        return Finding(
            "certificate", "good", f"From a public authority; the world must reach {domain} by ports 80 and 443."
        )
    file = root / "deploy" / "proxy" / "certificate.pem"
    try:
        found = x509.load_pem_x509_certificate(file.read_bytes())
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return Finding("certificate", "bad", f"{file} is missing or no certificate with names.")
    weeks = (found.not_valid_after_utc - datetime.now(UTC)).days // 7
    above = f"*.{domain.partition('.')[2]}"
    if not {domain, above} & set(names.get_values_for_type(x509.DNSName)):
        return Finding("certificate", "bad", f"{file.name} is not for {domain}.")
    if weeks < WEEKS:
        return Finding("certificate", "bad", f"{file.name} ends on {found.not_valid_after_utc:%Y-%m-%d}: renew it.")
    return Finding("certificate", "good", f"{file.name} is good until {found.not_valid_after_utc:%Y-%m-%d}.")


def backups(root: Path, now: datetime) -> Finding:
    """Whether there is a fresh backup, and what opens it lies elsewhere."""
    if (root / IDENTITY).exists():
        return Finding("backups", "unknown", f"{IDENTITY} is still on this machine: take it elsewhere, to two places.")
    made = [path.stat().st_mtime for path in (root / BACKUPS).glob(PATTERN)]
    if not made:
        return Finding("backups", "unknown", "There is none yet: `docker compose run --rm backup`.")
    age = now - datetime.fromtimestamp(max(made), UTC)
    if age > STALE:
        return Finding("backups", "bad", f"The newest is {age.days} days old: is there a cron line for it?")
    return Finding("backups", "good", f"The newest is {age.total_seconds() / 3600:.0f} hours old.")


def _output(*command: str) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
