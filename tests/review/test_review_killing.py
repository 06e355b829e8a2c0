"""A review server that is killed with -9 again and again while people save."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import httpx
import pytest
from review_shop import PRODUCTS, served

from hangtag.corrections import Corrections
from hangtag.settling import settle
from hangtag.workspace import Workspace

ANSWERS = {"pattern": ["checkered"], "collar": ["V-neck"], "details": ["has zipper"]}


def send(client: httpx.Client, number: int) -> bool:
    """One save; False where its server died before it answered."""
    body = {
        "save_id": f"the save {number}", "person": "Ann", "session": "session-1",
        "product_id": f"p{number % PRODUCTS}", "answers": ANSWERS, "queue": "random",
    }  # fmt: skip
    try:
        return client.post("/api/save", json=body).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.slow
def test_nothing_is_half_written_lost_or_doubled(folder: Path) -> None:
    """Five servers die in the midst of saves; what was sent until it was kept is there once."""
    luck = random.Random(3)
    acknowledged = 0
    for _ in range(5):
        last = acknowledged + luck.randrange(2, 9)
        with (
            served(folder) as (address, server),
            httpx.Client(base_url=address, timeout=120) as client,
        ):
            end = threading.Timer(luck.uniform(0, 0.05), server.kill)
            while send(client, acknowledged):
                acknowledged += 1
                if acknowledged == last:
                    end.start()
            end.join()
        found = Corrections(Workspace(folder / "shop")).rows()
        saves = {row.save_id for row in found}
        # The one that was being sent may have come through, with all of its rows, or not at all.
        assert acknowledged <= len(saves) <= acknowledged + 1
        assert len(found) == len(saves) * len(ANSWERS)
        assert len({row.correction_id for row in found}) == len(found)
    place = Workspace(folder / "shop")
    settle(place)
    spoken = {f"p{n % PRODUCTS}" for n in range(acknowledged)}
    for row in place.read("attributes").to_pylist():
        if row["product_id"] in spoken:
            assert row["pattern"] == "checkered"
            assert dict(row["sources"])["details"] == "person"
