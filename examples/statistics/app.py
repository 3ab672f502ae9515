"""Puts the statistics service together."""

from examples.statistics import api, handlers
from examples.statistics.access import ACCESS
from examples.statistics.settings import Settings
from shared.service import Parts, run
from shared.web.site import Site


def build(settings: Settings) -> Parts:
    """The service for these settings; nothing is opened yet."""
    return Parts(
        name="statistics",
        settings=settings,
        consumer=handlers.consumer,
        routers=[api.router],
        access=ACCESS,
        site=Site(settings, "/statistics"),
    )


def main() -> None:
    """Run until told to stop."""
    run(build(Settings()))
