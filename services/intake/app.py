"""Puts intake together."""

from services.intake import handlers
from services.intake.access import ACCESS
from services.intake.api import applications, files
from services.intake.api.desk import Counter
from services.intake.settings import Settings
from services.intake.vault import Vault
from shared.service import Parts, run
from shared.web.site import Site


def build(settings: Settings) -> Parts:
    """The service for these settings."""
    counter = Counter(
        vault=Vault(bytes.fromhex(settings.secret_key.get_secret_value())),
        city=settings.city,
        uploads=settings.data_dir / "intake-uploads",
        batch=settings.import_batch,
    )
    return Parts(
        name="intake",
        settings=settings,
        consumer=handlers.consumer,
        routers=[applications.router, files.router],
        access=ACCESS,
        site=Site(settings, "/loket"),
        state={"counter": counter},
    )


def main() -> None:
    """Run until told to stop."""
    run(build(Settings()))
