"""Who may review, and from where: before every route, in plain ASGI.

A page of another site can send requests to this server in the name of whoever is logged in. It
cannot say that they come from here: the browser names the origin, and that is compared.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import deque
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

from hangtag.errors import UsageError
from hangtag.serve.guarding import App, Message, Receive, Send, refuse

__all__ = ["BODY_BYTES", "COOKIE", "Gate", "Login", "read_token"]

COOKIE = "hangtag_review"
BODY_BYTES = 256 * 1024
_DAYS = 14
_LEAST_LETTERS = 8
# Attempts with a wrong token in a minute, by all together; then nobody gets in for a while.
_ATTEMPTS, _SECONDS = 20, 60.0
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# What can be had without the token: the page that asks for it.
_OPEN = ("/login", "/api/login", "/healthz", "/static/", "/favicon.ico")


def read_token(path: Path | None, environment: str | None) -> str | None:
    """The token from a file's first line, else from the environment; None where there is none.

    Raises UsageError where it cannot be read or is so short that it could be guessed.
    """
    if path is not None:
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path} cannot be read: {error}.", "Name a text file.") from error
        token = lines[0].strip() if lines else ""
    elif environment:
        token = environment.strip()
    else:
        return None
    if len(token) < _LEAST_LETTERS:
        raise UsageError(
            f"The token has {len(token)} letters; {_LEAST_LETTERS} are the least.",
            "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(24))'",
        )
    return token


class Login:
    """Whether a request comes with the token, or with a cookie that was given for it.

    The cookie holds a time and the token's signature of it, not the token; it stays good when the
    server starts again with the same token.
    """

    def __init__(self, token: str, *, now: Callable[[], float] = time.time):
        self._token = token
        self._now = now
        self._wrong: deque[float] = deque()

    def admits(self, headers: dict[bytes, bytes]) -> bool:
        """By cookie, or by ``Authorization: Bearer`` for programs."""
        bearer = headers.get(b"authorization", b"")
        if bearer[:7].lower() == b"bearer ":
            return self.try_token(bearer[7:].decode("latin-1").strip())
        try:
            cookies = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
        except CookieError:
            return False
        given = cookies.get(COOKIE)
        return given is not None and self._good(given.value)

    def try_token(self, token: str) -> bool:
        """Compared in the same time whatever is wrong with it. Too many wrong ones: nobody's is."""
        now = self._now()
        while self._wrong and self._wrong[0] < now - _SECONDS:
            self._wrong.popleft()
        same = hmac.compare_digest(_digest(token), _digest(self._token))
        if len(self._wrong) >= _ATTEMPTS:
            return False
        if not same:
            self._wrong.append(now)
        return same

    def cookie(self, *, secure: bool) -> str:
        """The header's value. Scripts cannot read it, and other sites' requests come without."""
        until = str(int(self._now()) + _DAYS * 24 * 3600)
        value = f"{until}.{self._signed(until)}"
        rest = f"Path=/; Max-Age={_DAYS * 24 * 3600}; HttpOnly; SameSite=Strict"
        return f"{COOKIE}={value}; {rest}" + ("; Secure" if secure else "")

    def _good(self, value: str) -> bool:
        until, _, signature = value.partition(".")
        if not hmac.compare_digest(_digest(signature), _digest(self._signed(until))):
            return False
        return until.isdigit() and int(until) > self._now()

    def _signed(self, until: str) -> str:
        told = f"hangtag review until {until}".encode()
        return hmac.new(self._token.encode(), told, hashlib.sha256).hexdigest()


class Gate:
    """An ASGI app around another one. ``login`` None: whoever reaches it may review."""

    def __init__(self, app: App, login: Login | None):
        self._app = app
        self._login = login

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if scope["method"] not in _SAFE:
            if not _from_here(headers):
                await refuse(send, 403, "Another site may not do that.",
                             "Open the page at its own address.")  # fmt: skip
                return
            found = await _body(receive)
            if found is None:
                await refuse(send, 413, f"More than {BODY_BYTES // 1024} KiB are not taken.",
                             "Send less at once.")  # fmt: skip
                return
            receive = _again(found, receive)
        path: str = scope["path"]
        if self._login is None or _is_open(path) or self._login.admits(headers):
            await self._app(scope, receive, send)
        elif scope["method"] in _SAFE and b"text/html" in headers.get(b"accept", b""):
            # With the queue that was asked for; the login leads on to it.
            query: bytes = scope.get("query_string", b"")
            await _lead(send, b"/login?" + query if query else b"/login")
        else:
            await refuse(send, 401, "This page asks for a token.", "Log in again at /login.")


def _from_here(headers: dict[bytes, bytes]) -> bool:
    origin = headers.get(b"origin")
    if origin is not None:
        return urlsplit(origin.decode("latin-1")).netloc == headers.get(b"host", b"").decode(
            "latin-1"
        )
    # No browser leaves out both; programs do.
    return headers.get(b"sec-fetch-site", b"none") in (b"none", b"same-origin")


def _is_open(path: str) -> bool:
    return any(path == one or (one.endswith("/") and path.startswith(one)) for one in _OPEN)


async def _body(receive: Receive) -> bytes | None:
    """The whole body, counted while it comes; None where it is too large."""
    found = bytearray()
    while True:
        message = await receive()
        found += message.get("body", b"")
        if len(found) > BODY_BYTES:
            return None
        if not message.get("more_body"):
            return bytes(found)


def _again(body: bytes, receive: Receive) -> Receive:
    told = False

    async def receiving() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receiving


async def _lead(send: Send, path: bytes) -> None:
    headers = [(b"location", path), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _digest(text: str) -> bytes:
    # Of one length, whatever was sent: comparing tells nothing of the token's own.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
