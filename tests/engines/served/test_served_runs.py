"""Whole runs against a server that misbehaves: nothing is lost, nothing is answered twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import cycle
from pathlib import Path

import pytest
from chat_server import Answer, Asked, ChatServer
from colour_shop import ColourShop, ids, tables
from manners import BROKEN, Every

from hangtag.engines.served.engine import ServedEngine
from hangtag.errors import EngineError
from hangtag.workspace import Workspace

PRODUCTS = 6
# Prompts that a T-shirt is asked: material, style, shape.
STAGES = 3

Opened = Callable[..., ServedEngine]


@pytest.fixture
def shop(tmp_path: Path) -> ColourShop:
    return ColourShop(tmp_path / "shop", products=PRODUCTS)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


def about_products(answered: Counter[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """How often which question about which product was answered."""
    return {key: count for key, count in answered.items() if "a product in" not in key[1]}


def test_a_run_through_everything_that_a_server_can_do_wrong_ends_as_if_nothing_were(
    shop: ColourShop, workspace: Workspace, opened: Opened, tmp_path: Path
) -> None:
    """Every question meets a fault at first, each another one."""
    faults = cycle(BROKEN.values())

    def another(asked: Asked) -> Answer:
        return next(faults)(asked)

    with ChatServer(Every(1, another)) as server:
        summary = shop.tag(workspace, opened(server))
    assert (summary.products, summary.tagged, summary.failed) == (PRODUCTS, PRODUCTS, 0)
    answered = about_products(server.answered)
    assert len(answered) == PRODUCTS * STAGES
    assert set(answered.values()) == {1}
    assert summary.engine_figures["repeated"] >= PRODUCTS * STAGES
    calm = Workspace(tmp_path / "calm")
    with ChatServer() as well:
        shop.tag(calm, opened(well, remember=False))
    assert tables(workspace) == tables(calm)


def test_a_photo_that_brings_the_server_down_every_time_fails_alone(
    shop: ColourShop, workspace: Workspace, opened: Opened
) -> None:
    """The server answers others, so it is the photo; even when it is the last one left."""
    victim: list[str] = []

    def crash(asked: Asked) -> Answer | None:
        if asked.probing:
            return None
        if not victim:
            victim.append(asked.photo)
        return Answer(status=500, body={}) if asked.photo == victim[0] else None

    with ChatServer(crash) as server:
        summary = shop.tag(workspace, opened(server))
    assert (summary.tagged, summary.failed) == (PRODUCTS - 1, 1)
    assert "others are answered" in workspace.read("failures")["message"][0].as_py()


@pytest.mark.slow
def test_a_server_that_goes_stops_the_run_and_the_next_one_goes_on(
    shop: ColourShop, workspace: Workspace, opened: Opened
) -> None:
    """What was answered is kept; nothing becomes a failure; nothing is asked a second time."""
    served = Counter[tuple[str, str]]()

    def dies(_: Asked) -> Answer | None:
        return Answer(raw=b"") if len(server.answered) > 8 else None

    with ChatServer(dies) as server:
        engine = opened(server, patience=3, concurrency=2)
        with pytest.raises(EngineError, match="answered nothing for 3 s"):
            shop.tag(workspace, engine)
        served += server.answered
    done = ids(workspace, "ledger")
    assert 0 < len(done) < PRODUCTS
    assert workspace.count("failures") == 0
    with ChatServer() as another:
        summary = shop.tag(workspace, opened(another))
        served += another.answered
    assert (summary.tagged, summary.reused, summary.failed) == (PRODUCTS - len(done), len(done), 0)
    assert set(about_products(served).values()) == {1}


RUN = """
import sys
from pathlib import Path
from colour_shop import ColourShop
from hangtag.engines.served.engine import ServedEngine
from hangtag.engines.served.settings import Settings
from hangtag.taxonomy import default_taxonomy
from hangtag.workspace import Workspace

if __name__ == "__main__":
    url, folder, workspace, cache, products = sys.argv[1:]
    shop = ColourShop(Path(folder))
    for number in range(int(products)):
        shop.add(f"p{number}", photo=False)
    engine = ServedEngine(
        default_taxonomy(), Settings(url, concurrency=3), model="tiny", cache=Path(cache)
    )
    shop.tag(Workspace(workspace), engine)
"""


@pytest.mark.slow
def test_what_was_answered_before_a_kill_is_not_asked_again(
    shop: ColourShop, workspace: Workspace, opened: Opened, tmp_path: Path
) -> None:
    """Though nothing of it had been written into the tables yet."""
    killed = threading.Event()
    held: list[Asked] = []

    def holds(asked: Asked) -> Answer | None:
        # From the ninth answer on it keeps everybody waiting, and drops them when they are dead.
        if not killed.is_set() and not asked.probing and sum(server.answered.values()) >= 9:
            held.append(asked)
            killed.wait()
            return Answer(raw=b"")
        return None

    with ChatServer(holds) as server:
        script = tmp_path / "run.py"
        script.write_text(RUN)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, str(script), server.url, str(shop.images.parent)]
        command += [str(workspace.path), str(tmp_path / "cache"), str(PRODUCTS)]
        run = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        # When all three that it asks at once are held, it has kept every answer before.
        end = time.monotonic() + 300
        while len(held) < 3 and time.monotonic() < end and run.poll() is None:
            time.sleep(0.02)
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        killed.set()
        assert len(held) == 3
        assert not workspace.has("ledger") or workspace.count("ledger") == 0
        engine = opened(server)
        summary = shop.tag(workspace, engine)
    assert summary.tagged == PRODUCTS
    assert summary.engine_figures["remembered"] >= 8
    products = about_products(server.answered)
    assert len(products) == PRODUCTS * STAGES
    assert set(products.values()) == {1}


def test_a_long_wait_that_a_server_asks_for_stops_the_run(
    shop: ColourShop, workspace: Workspace, opened: Opened
) -> None:
    """It will not be sat out, and the message says until when."""
    tomorrow = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)

    def later(asked: Asked) -> Answer | None:
        if asked.probing:
            return None
        return Answer(status=429, headers={"Retry-After": tomorrow}, body={"error": "quota"})

    with (
        ChatServer(later) as server,
        pytest.raises(EngineError, match="asks to wait for 8"),
    ):
        shop.tag(workspace, opened(server))
    assert workspace.count("failures") == 0


@pytest.mark.parametrize("status", [401, 404])
def test_what_no_question_would_change_stops_the_run_at_once(
    status: int, shop: ColourShop, workspace: Workspace, opened: Opened
) -> None:
    """A key that is taken back, money that is gone, a model that is no more."""

    def refuse(asked: Asked) -> Answer | None:
        if asked.probing or len(server.products()) < 10:
            return None
        return Answer(status=status, body={"error": {"message": "No."}})

    with ChatServer(refuse) as server:
        engine = opened(server, concurrency=1)
        with pytest.raises(EngineError, match=f"says {status}: No.") as caught:
            shop.tag(workspace, engine)
        assert len(server.products()) <= 11
    assert caught.value.hint
    assert workspace.count("attributes") == 3
    assert workspace.count("failures") == 0
