"""Puts intake together."""

from functools import partial
from pathlib import Path

from services.intake import handlers, suket
from services.intake.access import ACCESS
from services.intake.api import applications, files
from services.intake.api.desk import Counter
from services.intake.background import Background, Works, forget_files
from services.intake.clearing import clearing
from services.intake.importing import importing
from services.intake.pages import (
    case,
    case_steps,
    central,
    correcting,
    home,
    imports,
    queues,
    receipt,
    registration,
    search,
    siak,
)
from services.intake.pages import rights as rights_pages
from services.intake.receipt import Office
from services.intake.retention import Retention
from services.intake.settings import Settings
from services.intake.store.imports import APPLICATIONS, CLEARANCES
from services.intake.vault import Vault
from shared.service import Parts, run
from shared.web.site import Site
from shared.worker import Worker

HOUR = 3600.0


def build(settings: Settings) -> Parts:
    """The service for these settings."""
    counter = Counter(
        vault=Vault(bytes.fromhex(settings.secret_key.get_secret_value())),
        city=settings.city,
        uploads=settings.data_dir / "intake-uploads",
        batch=settings.import_batch,
    )
    works: Works = {
        APPLICATIONS: partial(importing, counter.vault),
        CLEARANCES: partial(clearing, counter.vault),
    }
    background = Background(counter.vault, counter.uploads, counter.batch, works)
    return Parts(
        name="intake",
        settings=settings,
        consumer=handlers.consumer,
        routers=[
            applications.router,
            files.router,
            imports.router,
            home.router,
            registration.router,
            receipt.router,
            rights_pages.router,
            case.router,
            case_steps.router,
            correcting.router,
            siak.router,
            search.router,
            queues.router,
            central.router,
        ],
        access=ACCESS,
        site=Site(settings, "/loket", Path(__file__).parent / "templates"),
        workers=[
            Worker("imports", background.step),
            Worker("forgetting-files", forget_files, idle=HOUR),
            Worker("suket", suket.tell, idle=HOUR),
            Worker("retention", Retention(settings.retention_days).step, idle=HOUR),
        ],
        state={"counter": counter, "office": _office(settings)},
    )


def _office(settings: Settings) -> Office:
    return Office(settings.office, settings.help_line, settings.tracking_address, settings.addresses.get("/lacak"))


def main() -> None:
    """Run until told to stop."""
    run(build(Settings()))
