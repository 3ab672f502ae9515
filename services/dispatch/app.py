"""Puts dispatch together."""

from pathlib import Path

from services.dispatch import handlers, measures
from services.dispatch.access import ACCESS
from services.dispatch.api import couriers, deliveries, handovers, reports
from services.dispatch.pages import board, own_items
from services.dispatch.settings import Settings
from shared.service import Parts, run
from shared.web.site import Site


def build(settings: Settings) -> Parts:
    """The parts of dispatch for these settings; it has no work of its own in the background."""
    routers = [couriers.router, handovers.router, reports.router, deliveries.router, board.router, own_items.router]
    return Parts(
        name="dispatch",
        settings=settings,
        consumer=handlers.consumer,
        routers=routers,
        access=ACCESS,
        site=Site(settings, "/antar", Path(__file__).parent / "templates"),
        measures=[measures.measure],
    )


def main() -> None:
    """Run dispatch by the settings of the environment."""
    run(build(Settings()))
