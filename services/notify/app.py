"""Puts the notify service together; the only file that builds things."""

from datetime import UTC, datetime
from pathlib import Path

from services.notify import api, measures, overview, pages
from services.notify.access import ACCESS
from services.notify.freshness import Freshness
from services.notify.handlers import consumer
from services.notify.sending.gateway import Gateway, LogGateway
from services.notify.sending.http import CodeRanges, HttpDescription, HttpGateway
from services.notify.sending.post import Post
from services.notify.sending.smtp import SmtpGateway
from services.notify.settings import Settings
from services.notify.texts import read_texts
from services.notify.words import read_words
from shared.events.notify import Channel
from shared.http.pace import Pace
from shared.service import Parts, run
from shared.web.language import LANGUAGES, translations
from shared.web.site import Site
from shared.worker import Worker

HERE = Path(__file__).parent
LOCALE = HERE / "locale"


def build(settings: Settings) -> Parts:
    """The service for these settings.

    Raises:
        BadTextError: a message breaks a rule; nothing must be sent with it.
    """
    texts = read_texts(settings.texts, settings.tracking_address, settings.help_line)
    site = Site(settings, "/kabar", HERE / "templates", front="/lacak")
    words = {language: read_words(language, translations(language, (LOCALE,)).gettext) for language in LANGUAGES}
    pace = Pace(settings.lookups_per_minute, settings.misses_per_minute)
    post = Post([gateway(channel, settings) for channel in settings.channel_list], texts, _now)
    freshness = Freshness(settings.kafka.get_secret_value(), consumer.group, consumer.topics)
    return Parts(
        name="notify",
        settings=settings,
        consumer=consumer,
        routers=[pages.for_machines, pages.router, api.router, overview.router],
        access=ACCESS,
        site=site,
        workers=[Worker("messages", post.step), Worker("freshness", freshness.step)],
        measures=[measures.measure],
        state={"desk": pages.Desk(site, words, settings.help_line, pace), "texts": texts, "city": settings.city},
    )


def gateway(channel: Channel, settings: Settings) -> Gateway:
    """The gateway of a channel, which the settings have been checked to describe."""
    if channel is Channel.EMAIL:
        assert settings.smtp_host
        assert settings.smtp_from
        return SmtpGateway(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_from,
            user=settings.smtp_user,
            password=settings.smtp_password,
            tls=settings.smtp_tls,
        )
    return HttpGateway(_description(settings)) if channel is Channel.HTTP else LogGateway()


def _description(settings: Settings) -> HttpDescription:
    assert settings.http_gateway_url
    return HttpDescription(
        url=settings.http_gateway_url.get_secret_value(),
        method=settings.http_gateway_method,
        headers={name: value.get_secret_value() for name, value in settings.http_gateway_headers.items()},
        content_type=settings.http_gateway_content_type,
        body=settings.http_gateway_body,
        id_header=settings.http_gateway_id_header,
        success=CodeRanges(settings.http_gateway_success),
        success_pattern=settings.http_gateway_success_pattern,
        retry_pattern=settings.http_gateway_retry_pattern,
        retry=CodeRanges(settings.http_gateway_retry),
        next_channel=CodeRanges(settings.http_gateway_next_channel),
    )


def _now() -> datetime:
    return datetime.now(UTC)


def main() -> None:
    """Run the service until it is told to stop."""
    run(build(Settings()))
