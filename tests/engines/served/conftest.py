"""An engine that is quick to try again, and photos to ask it about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chat_server import TAXONOMY, ChatServer

from hangtag.engines.base import PhotoBatch
from hangtag.engines.served.engine import ServedEngine
from hangtag.engines.served.settings import Settings

Opened = Callable[..., ServedEngine]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Opens an engine for a server, and closes it in the end."""
    engines: list[ServedEngine] = []

    def open_(server: ChatServer | str, **told: Any) -> ServedEngine:
        url = server if isinstance(server, str) else server.url
        own = {name: told.pop(name) for name in ("model", "revision", "remember") if name in told}
        settings = Settings(url, **{"timeout": 20, "patience": 60, "concurrency": 4, **told})
        engine = ServedEngine(
            TAXONOMY,
            settings,
            cache=tmp_path / "cache",
            first_wait=0.01,
            **{"model": "tiny", **own},
        )
        engines.append(engine)
        return engine

    yield open_
    for engine in engines:
        engine.close()


@pytest.fixture
def photos() -> PhotoBatch:
    """Six T-shirts, each of a colour of its own."""
    pixels = (
        np.zeros((6, 128, 128, 3), np.uint8)
        + np.arange(40, 240, 35, np.uint8)[:6, None, None, None]
    )
    return PhotoBatch([f"p{n}" for n in range(6)], pixels, [{"article_type": "Tshirts"}] * 6)
