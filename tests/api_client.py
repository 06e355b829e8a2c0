"""A client that asks an app as a browser would, and text that tests whether anything runs it."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

HOSTILE = """<img src=x onerror="document.title='hacked'">'"\\ </script><b>Shirt"""


class Client:
    """Asks an ASGI app as a browser on this machine would."""

    def __init__(self, app: Any):
        # What goes wrong inside becomes an answer, as it does behind a real server.
        self._transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=self._transport, base_url="http://127.0.0.1:8000"
            ) as client:
                return await client.request(method, path, **more)

        return asyncio.run(asked())

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        return self.ask("GET", path, params=parameters or None)

    def found(self, path: str = "/api/search", **parameters: Any) -> list[str]:
        """The ids of an answer's products."""
        answer = self.get(path, **parameters)
        assert answer.status_code == 200, answer.text
        return [hit["product_id"] for hit in answer.json()["hits"]]
