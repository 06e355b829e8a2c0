"""A shop to review, its server without a socket, and its server as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from api_client import HOSTILE, Client
from colour_shop import ColourShop
from httpx import Response as Answer

from hangtag.corrections import Corrections
from hangtag.review.claims import Claims
from hangtag.review.desk import Desk
from hangtag.review.fastapi_app import create_app
from hangtag.review.gate import Login
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace

PRODUCTS = 12
SURE = {
    "pattern": "striped", "collar": "crew neck", "sleeves": "long sleeve", "formality": "casual",
    "material": "woven fabric", "fit": "regular", "style_keywords": [], "details": ["has pockets"],
}  # fmt: skip


def make_review_shop(folder: Path) -> None:
    """In ``folder``: the workspace ``shop`` and ``images``; p3 and p4 are unsure, p5 is hostile."""
    shop = ColourShop(folder, PRODUCTS)
    for number in range(6, 12):
        shop.rows[f"p{number}"]["articleType"] = "Shirts"
    shop.rows["p5"]["productDisplayName"] = HOSTILE
    shop.rows["p5"]["baseColour"] = HOSTILE
    answers = {f"p{n}": SURE for n in range(PRODUCTS) if n not in (3, 4)}
    shop.tag(Workspace(folder / "shop"), ScriptedEngine(answers=answers), text=False)


class Review:
    """The API over a shop, asked as a browser on this machine would."""

    def __init__(self, folder: Path, token: str | None = None):
        self.place = Workspace(folder / "shop")
        self.store = Corrections(self.place)
        self.claims = Claims(folder / "shop" / ".review.sqlite")
        self.spoken: list[set[str]] = []
        desk = Desk(
            self.place, self.store, self.claims, images=folder / "images", said=self.spoken.append
        )
        login = None if token is None else Login(token)
        self.client = Client(create_app(desk, login=login, hosts=frozenset({"127.0.0.1"})))

    def close(self) -> None:
        self.claims.close()

    def post(self, path: str, headers: dict[str, str] | None = None, **body: Any) -> Answer:
        return self.client.ask("POST", path, json=body, headers=headers or {})

    def next(self, session: str, n: int = 1, **more: Any) -> dict[str, Any]:
        asked = {"person": session, "session": f"session-{session}", "queue": "random", **more}
        answer = self.post("/api/next", n=n, **asked)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def ids(self, session: str, n: int = 1, **more: Any) -> list[str]:
        return [card["product_id"] for card in self.next(session, n, **more)["products"]]

    def save(self, key: str, product_id: str, person: str = "Ann", **answers: Any) -> Answer:
        queue = answers.pop("queue", "random")
        told = {n: v if isinstance(v, list) else [v] for n, v in answers.items()}
        return self.post(
            "/api/save", save_id=f"the save {key}", person=person, session=f"session-{person}"[:80],
            product_id=product_id, answers=told, queue=queue,
        )  # fmt: skip


@contextmanager
def served(
    folder: Path, *options: str, port: int = 0, **environment: str
) -> Iterator[tuple[str, Any]]:
    """The server as people start it: its address and process. Ended with Ctrl-C."""
    command = [sys.executable, "-m", "hangtag", "review", str(folder / "shop"), "--json"]
    command += ["--images", str(folder / "images"), "--port", str(port), *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    ) as server:
        assert server.stdout is not None
        try:
            yield json.loads(server.stdout.readline())["address"], server
        finally:
            if server.poll() is None:
                server.terminate()
            server.wait(timeout=60)
