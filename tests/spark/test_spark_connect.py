"""A client without Java, and a server that it knows by its address alone."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from colour_shop import ColourShop, tables
from spark_settings import JAVA
from test_spark_faults import end, held_up, here, start, wait_for

from hangtag.workspace import Workspace

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def server(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Spark Connect server in processes of its own; its address."""
    import pyspark

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    submit = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    log = tmp_path_factory.mktemp("connect") / "server.log"
    command = [
        str(submit), "--class", "org.apache.spark.sql.connect.service.SparkConnectServer",
        "--master", "local[2]", "--driver-memory", "1g", "--driver-java-options", JAVA,
        "--conf", f"spark.connect.grpc.binding.port={port}",
        "--conf", "spark.driver.bindAddress=127.0.0.1", "--conf", "spark.driver.host=127.0.0.1",
        "--conf", "spark.ui.enabled=false", "spark-internal",
    ]  # fmt: skip
    with (
        log.open("wb") as out,
        subprocess.Popen(command, env=environment, stdout=out, stderr=out) as process,
    ):
        until = time.monotonic() + 300
        while time.monotonic() < until:
            assert process.poll() is None, log.read_text()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        yield f"sc://127.0.0.1:{port}"
        for child in [*psutil.Process(process.pid).children(recursive=True), process]:
            child.kill()


def test_the_tables_are_the_same_through_a_server(
    shop: ColourShop, server: str, environment: dict[str, str], tmp_path: Path
) -> None:
    """The client starts no Java; poison and deaths go the same way."""
    path = tmp_path / "workspace"
    run = start(shop, path, {**environment, "JAVA_HOME": "/nowhere"}, server, delay=0.05)
    family: set[str] = set()
    while run.poll() is None:
        family |= {p.name() for p in psutil.Process(run.pid).children(recursive=True)}
        time.sleep(0.2)
    assert end(run)["tagged"] == 200
    assert "java" not in family
    assert tables(Workspace(path)) == here(shop, tmp_path)


def test_a_worker_of_the_server_may_die(
    shop: ColourShop, server: str, environment: dict[str, str], tmp_path: Path
) -> None:
    """The server gives up its job; the client asks for what is missing."""
    path = tmp_path / "workspace"
    deadly = {"poison": ["p20"], "once": ["p30"], "folder": str(tmp_path), "parents": True}
    summary = end(start(shop, path, environment, server, **deadly))
    assert (summary["tagged"], summary["failures"]["worker_died"]) == (199, 1)
    assert (tmp_path / "p30.met").exists()


def test_a_driver_killed_at_a_server_is_taken_up(
    shop: ColourShop, server: str, environment: dict[str, str], tmp_path: Path
) -> None:
    """Even while the server goes on with what nobody waits for any more."""
    path = tmp_path / "workspace"
    run = start(shop, path, environment, server, delay=0.2, **held_up(tmp_path))
    wait_for(run, path, 3)
    run.kill()
    run.communicate()
    (tmp_path / "held").unlink()
    assert 0 < Workspace(path).count("ledger") < 202
    end(start(shop, path, environment, server))
    assert tables(Workspace(path)) == here(shop, tmp_path)
