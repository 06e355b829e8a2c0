"""The engine ``served`` against a real server: transformers' own, with a tiny model.

A model of random weights writes no JSON, so that what is seen here is the way there and back: the
server takes photo, prompt and form, and each product comes to an end.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hangtag.cli.entry import run
from hangtag.querying import opened
from hangtag.testing import DrawnCatalogFiles, write_drawn_catalog
from hangtag.workspace import Workspace

pytestmark = pytest.mark.vlm


@pytest.fixture(scope="module")
def model(checkpoint: Callable[[str], Path]) -> Path:
    return checkpoint("idefics3")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> DrawnCatalogFiles:
    return write_drawn_catalog(tmp_path_factory.mktemp("drawn"), 60)


@pytest.fixture(scope="module")
def server(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the server, which ends with these tests."""
    room = tmp_path_factory.mktemp("server")
    (room / "hub").mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = {"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(room / "hub"), "OMP_NUM_THREADS": "1"}
    program = "from transformers.cli.transformers import main; main()"
    with (room / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", program, "serve", str(model), "--device", "cpu",
             "--host", "127.0.0.1", "--port", str(port)],
            env={**os.environ, **quiet}, stdout=log, stderr=log,
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 600
        while not _answers(f"{address}/health"):
            assert process.poll() is None, (room / "log").read_text()
            assert time.monotonic() < until, (room / "log").read_text()
            time.sleep(0.2)
        yield f"{address}/v1"
    finally:
        process.kill()
        process.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def test_every_product_comes_to_an_end_and_tokens_are_counted(
    drawn: DrawnCatalogFiles,
    server: str,
    model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Failures, each with what the server's model said wrong, and what it cost."""
    out = tmp_path / "shop"
    told = run(
        ["tag", str(drawn.styles), "--images", str(drawn.images), "--out", str(out), "--engine",
         "served", "--base-url", server, "--model", str(model), "--concurrency", "2",
         "--where", "sub_category = 'Topwear'", "--limit", "2", "--price-in", "1",
         "--processes", "1", "--json"]
    )  # fmt: skip
    summary = json.loads(capsys.readouterr().out)
    assert told == 0, summary
    assert summary["failures"] == {"engine_error": 2}
    with opened(Workspace(out)) as tables:
        rows = tables.sql("select product_id, message from failures").fetchall()
    assert len({product_id for product_id, _ in rows}) == 2
    assert all("there is no JSON object" in message for _, message in rows)
    figures = summary["engine_figures"]
    # A question that finds out what the server takes; three stages a product, each put right once.
    assert (figures["requests"], figures["repaired"], figures["uncounted"]) == (13, 6, 0)
    assert min(figures["tokens_in"], figures["tokens_out"]) > 0
    assert figures["spent"] == pytest.approx(figures["tokens_in"] / 1e6)


def test_a_server_that_tells_no_probabilities_is_not_scored(
    drawn: DrawnCatalogFiles,
    server: str,
    model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It ignores being asked for them; that is seen before a photo is read."""
    told = run(
        ["tag", str(drawn.styles), "--images", str(drawn.images), "--out", str(tmp_path / "shop"),
         "--engine", "served", "--base-url", server, "--model", str(model), "--mode", "score"]
    )  # fmt: skip
    assert told == 1
    assert "Choose --mode generate." in capsys.readouterr().err
