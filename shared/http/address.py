"""The address by which browsers reach a service behind a proxy, whatever the proxy says of it."""

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send


class PublicAddress:
    """Requests look as if they had come by `address` (https://antar.example.id): links, cookies, the way back."""

    def __init__(self, app: ASGIApp, address: str) -> None:
        self._app = app
        parts = urlsplit(address)
        self._scheme = parts.scheme
        self._host = parts.netloc.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http":
            others = [(name, value) for name, value in scope["headers"] if name != b"host"]
            scope = {**scope, "scheme": self._scheme, "headers": [(b"host", self._host), *others]}
        await self._app(scope, receive, send)
