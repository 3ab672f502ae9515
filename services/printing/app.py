"""Puts the printing service together."""

from pathlib import Path

from services.printing import allocation, handlers, measures
from services.printing.access import ACCESS
from services.printing.api import orders, queue, stock
from services.printing.pages import home
from services.printing.press import Press
from services.printing.printer import SimulatedPrinter
from services.printing.settings import Settings
from shared.service import Parts, run
from shared.web.site import Site
from shared.worker import Worker


def build(settings: Settings) -> Parts:
    """The service for these settings; nothing is opened yet."""
    workers = [Worker("allocate", allocation.continue_draws)]
    if settings.printer == "simulated":
        press = Press(lambda db: SimulatedPrinter(db, settings.printer_seed, settings.printer_spoil_rate))
        workers.append(Worker("print", press.step))
    return Parts(
        name="printing",
        settings=settings,
        consumer=handlers.consumer,
        routers=[stock.router, queue.router, orders.router, home.router],
        access=ACCESS,
        site=Site(settings, "/cetak", Path(__file__).parent / "templates"),
        workers=workers,
        measures=[measures.measure],
    )


def main() -> None:
    """Run until told to stop."""
    run(build(Settings()))
