"""Builds the entrance of a service from its settings."""

from collections.abc import Sequence

from fastapi import APIRouter

from shared.people.access import Access, check
from shared.people.attempts import Attempts
from shared.people.audit_page import AuditPage
from shared.people.doors import Doors
from shared.people.drafts import Drafts
from shared.people.forms import Forms
from shared.people.leaving import Leaving
from shared.people.provider import Provider
from shared.people.sealing import Seal
from shared.people.session import Sessions
from shared.people.signin import SignIn
from shared.people.tokens import Tokens
from shared.settings import ServiceSettings
from shared.web.site import Site


def provider_of(settings: ServiceSettings) -> Provider:
    """The provider that the settings name."""
    secret = settings.oidc_client_secret
    return Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        secret.get_secret_value() if secret is not None else None,
        discovery=settings.oidc_discovery,
    )


def build(
    settings: ServiceSettings, site: Site, access: Access, routers: Sequence[APIRouter], provider: Provider
) -> tuple[Doors, list[APIRouter]]:
    """The doors, and all routers of the service: its own, the sign-in, the audit's page and the static files.

    Raises:
        UndeclaredError: a route's declaration is missing, or the other way round.
    """
    key = bytes.fromhex(settings.session_key.get_secret_value())
    seal = Seal(key)
    sign_in = SignIn(site, provider, Attempts(seal, f"{site.prefix}/masuk"), Leaving(seal))
    audit_page = AuditPage(site, settings.city)
    everything = [*routers, sign_in.router(), audit_page.router(), site.router]
    declared = {**access, **sign_in.access, **audit_page.access, **site.access}
    check(declared, everything)
    doors = Doors(
        sign_in=f"{site.prefix}/masuk",
        provider=provider.origin,
        access=declared,
        sessions=Sessions(seal),
        tokens=Tokens(provider.issuer, settings.token_audience, provider.keys),
        forms=Forms(key),
        drafts=Drafts(seal, f"{site.prefix}/lanjutkan"),
    )
    return doors, everything
