"""What stands before every route: whom is answered, how much is read, what browsers are told.

Plain ASGI, so that it sees every request, those for files and those that fail among them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from hangtag.serve.metrics import Metrics

__all__ = ["HEADERS", "App", "Guard", "Message", "Receive", "Send", "refuse"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

# Everything comes from here, only our own files run, and no other site puts us into a frame.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_ENCODED = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
_KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Guard:
    """An ASGI app around another one.

    ``hosts``: names under which requests are answered, None for any. A page of another site can
    make its own name point to this machine and then read from it; the name in the request tells.
    ``body_bytes``: what a request's body may say that it weighs; whoever reads one counts for
    itself, since it need not say so.
    """

    def __init__(
        self, app: App, *, metrics: Metrics, hosts: frozenset[str] | None, body_bytes: int
    ):
        self._app = app
        self._metrics = metrics
        self._hosts = hosts
        self._body_bytes = body_bytes

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = {name.lower() for name, _ in message.get("headers", ())}
                message["headers"] = [
                    *message.get("headers", ()),
                    *(header for header in _ENCODED if header[0] not in given),
                ]
            await send(message)

        try:
            await self._answer(scope, receive, sending)
        finally:
            # Known once the request was routed; paths that lead nowhere are one route.
            route = getattr(scope.get("route"), "path", None) or "(none)"
            method = scope["method"] if scope["method"] in _KNOWN_METHODS else "(other)"
            self._metrics.observe(route, method, status, time.perf_counter() - begun)

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        if self._hosts is not None and _host(headers.get(b"host", b"")) not in self._hosts:
            await refuse(send, 400, "This server answers on its own names only.",
                          "Open the address that it printed when it started.")  # fmt: skip
            return
        told = headers.get(b"content-length", b"")
        if told.isdigit() and int(told) > self._body_bytes:
            await refuse(send, 413, f"More than {self._body_bytes / 2**20:.0f} MiB are not taken.",
                          "Send something smaller.")  # fmt: skip
            return
        await self._app(scope, receive, send)


def _host(header: bytes) -> str:
    """The name of a Host header, without the port."""
    name = header.decode("latin-1").casefold()
    if name.startswith("["):
        return name.partition("]")[0].removeprefix("[")
    return name.rpartition(":")[0] if ":" in name else name


async def refuse(send: Send, status: int, error: str, hint: str) -> None:
    """Answer with a sentence, before any route."""
    body = json.dumps({"error": error, "hint": hint}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
