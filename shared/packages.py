"""Where the code of a service is: those of a city below services/, those to learn from below examples/."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("services", "examples")


class UnknownServiceError(ValueError):
    """There is no service of that name; the text says which there are."""


def known(*folders: str) -> list[str]:
    """The services below these folders (all when none is named): whatever has an app.py, in alphabetical order."""
    return sorted(app.parent.name for folder in folders or FOLDERS for app in (ROOT / folder).glob("*/app.py"))


def package_of(service: str) -> str:
    """The package of a service, such as `services.intake`.

    Raises:
        UnknownServiceError: nobody of that name is here.
    """
    for folder in FOLDERS:
        if service.isidentifier() and (ROOT / folder / service / "app.py").exists():
            return f"{folder}.{service}"
    raise UnknownServiceError(f"'{service}' is none of {', '.join(known())}.")


def migrations_of(service: str) -> Path | None:
    """The folder of a service's own migrations; None when it has none."""
    for folder in FOLDERS:
        path = ROOT / folder / service / "migrations"
        if path.is_dir():
            return path
    return None
