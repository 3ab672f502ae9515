"""Bodies have a limit, unless they are streamed files, which are never held in memory."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.problems import Problem

MAX_BODY = 1 << 20
"""Bytes of a JSON or form body."""


class BodyLimit:
    """ASGI middleware: a body over `MAX_BODY` is refused with 413, declared or not; text/csv is exempt."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a counting `receive`."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if headers.get(b"content-type", b"").startswith(b"text/csv"):
            await self._app(scope, receive, send)
            return
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > MAX_BODY:
            await _too_large().response()(scope, receive, send)
            return
        taken = 0

        async def counting() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MAX_BODY:
                raise _too_large()
            return message

        await self._app(scope, counting, send)


def _too_large() -> Problem:
    return Problem(413, "too-large", "Isi permintaan terlalu besar. Untuk data banyak, kirim sebagai berkas CSV.")
