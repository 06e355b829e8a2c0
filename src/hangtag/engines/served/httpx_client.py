"""The wire: one question, one answer, within limits of time and size. Nothing is tried twice."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from hangtag.engines.served.waits import retry_after
from hangtag.errors import MissingExtraError

if TYPE_CHECKING:
    import httpx

__all__ = ["Client", "NoReply", "Reply"]

# More than any answer to a question about a photo; a server that sends more is not well.
_MOST_BYTES = 4 * 2**20
_CONNECT_SECONDS = 10.0
_TOLD = 300


@dataclass(frozen=True)
class Reply:
    """What came back. ``data``: the body as JSON, None where it is none; ``told``: its beginning.

    ``retry_after``: seconds that the server asks to wait, None where it does not.
    """

    status: int
    data: Any
    told: str
    retry_after: float | None = None


@dataclass(frozen=True)
class NoReply:
    """Nothing whole came back: nobody listens, the answer broke off, or it took too long."""

    kind: Literal["unreachable", "broken", "slow"]
    told: str


class Client:
    """Posts to one server. Belongs to the event loop that it is first used in.

    ``seconds``: for a whole exchange, so that an answer that trickles in ends, too. ``key`` goes
    into one header and is taken out of everything that is told.
    """

    def __init__(self, base_url: str, *, key: str | None, seconds: float, connections: int):
        try:
            import httpx
        except ImportError as error:
            raise MissingExtraError("httpx", "served") from error
        self._httpx = httpx
        self._key = key
        self._seconds = seconds
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        # Redirects are not followed: a key and a photo go where the user said, nowhere else.
        self._client: httpx.AsyncClient = httpx.AsyncClient(
            base_url=base_url.rstrip("/") + "/",
            headers={**headers, "Accept": "application/json", "User-Agent": "hangtag"},
            timeout=httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS)),
            limits=httpx.Limits(
                max_connections=connections + 2, max_keepalive_connections=connections + 2
            ),
            follow_redirects=False,
        )

    async def post(self, path: str, body: dict[str, Any]) -> Reply | NoReply:
        """Send ``body`` as JSON."""
        return await self._exchange("POST", path, body)

    async def get(self, path: str) -> Reply | NoReply:
        """Ask for what lies there."""
        return await self._exchange("GET", path, None)

    async def close(self) -> None:
        """Let go of all connections."""
        await self._client.aclose()

    def clean(self, told: str) -> str:
        """``told`` without the key, on one line and short. Servers like to quote a wrong key."""
        if self._key:
            told = told.replace(self._key, "***")
        return " ".join(told.split())[:_TOLD]

    async def _exchange(
        self, method: str, path: str, body: dict[str, Any] | None
    ) -> Reply | NoReply:
        httpx = self._httpx
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._client.stream(method, path, json=body) as response,
            ):
                content = b""
                async for part in response.aiter_bytes():
                    content += part
                    if len(content) > _MOST_BYTES:
                        return NoReply("broken", f"its answer has more than {_MOST_BYTES} bytes")
        except (TimeoutError, httpx.TimeoutException):
            return NoReply("slow", f"no whole answer within {self._seconds:g} s")
        except (httpx.ConnectError, httpx.ProxyError) as error:
            return NoReply("unreachable", self.clean(str(error)) or "nobody answers")
        except (httpx.TransportError, httpx.DecodingError) as error:
            return NoReply("broken", self.clean(str(error)) or type(error).__name__)
        text = content.decode("utf-8", "replace")
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            data = None
        return Reply(
            response.status_code, data, self.clean(_complaint(data) or text),
            retry_after(response.headers),
        )  # fmt: skip


def _complaint(data: Any) -> str:
    """The message inside an error's JSON, as the servers there are put it."""
    if not isinstance(data, dict):
        return ""
    error = data.get("error", data)
    if isinstance(error, dict):
        error = error.get("message") or error.get("detail") or ""
    return error if isinstance(error, str) else json.dumps(error)
