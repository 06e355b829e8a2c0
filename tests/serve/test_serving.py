"""The server's life: what keeps it from starting is said, Ctrl-C ends it well."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from hangtag.cli.entry import run
from hangtag.errors import UsageError
from hangtag.serve.serving import serve
from hangtag.serve.uvicorn_server import listen, server_address
from hangtag.workspace import Workspace


def never(_: object) -> None:
    pytest.fail("It cannot have started.")


def test_a_port_in_use_is_told_before_anything_is_loaded(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And which one to take instead; that the workspace is missing comes later."""
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert run(["serve", ".", "--port", str(port)]) == 2
    said = capsys.readouterr().err
    assert f"Port {port}" in said
    assert f"--port {port + 1}" in said


def test_a_name_that_is_not_of_this_machine_is_told() -> None:
    """Instead of an error number."""
    with pytest.raises(UsageError, match="--host"):
        listen("no such name", 0)


def test_a_workspace_without_an_index_names_the_command(
    tmp_path: Path, tagged: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The next step is one line away."""
    shop = tmp_path / "shop"
    shop.mkdir()
    for name in ("products", "readings", "attributes", "failures", "ledger"):
        (shop / name).symlink_to(tagged / "shop" / name)
    assert run(["serve", str(shop), "--port", "0", "--json"]) == 1
    assert f"hangtag index {shop}" in json.loads(capsys.readouterr().out)["hint"]


def test_an_empty_workspace_names_both_commands(tmp_path: Path) -> None:
    """Tag, then index."""
    code = run(["serve", str(tmp_path), "--port", "0"])
    assert code == 1


def test_an_index_of_another_embedder_is_not_searched(
    tmp_path: Path, tagged: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its vectors would mean nothing."""
    shop = tmp_path / "shop"
    shop.mkdir()
    for one in (tagged / "shop").iterdir():
        if one.name != "index":
            (shop / one.name).symlink_to(one)
    (shop / "index").mkdir()
    (shop / "index" / "lance").symlink_to(tagged / "shop" / "index" / "lance")
    about = json.loads((tagged / "shop" / "index" / "about.json").read_text("utf-8"))
    (shop / "index" / "about.json").write_text(json.dumps({**about, "version": "other"}), "utf-8")
    assert run(["serve", str(shop), "--port", "0"]) == 2
    assert "hangtag index" in capsys.readouterr().err


def test_an_images_folder_that_is_none_is_told(tagged: Path, tmp_path: Path) -> None:
    """Rather than a page without photos."""
    with pytest.raises(UsageError, match="no folder"):
        serve(tagged / "shop", port=0, images=tmp_path / "nothing", ready=never)


def test_addresses_are_such_that_a_browser_opens_them() -> None:
    """Listening everywhere is no address."""
    with listen("0.0.0.0", 0) as listening:
        assert server_address(listening).startswith("http://127.0.0.1:")
    if socket.has_ipv6:
        try:
            with listen("::1", 0) as listening:
                assert server_address(listening).startswith("http://[::1]:")
        except UsageError:
            pass  # a machine may know IPv6 and have no address of it


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_until_it_is_told_to_end_and_ends_well(tagged: Path, end: int) -> None:
    """One line of JSON when it is ready; after Ctrl-C no traceback, and the port is free."""
    command = [sys.executable, "-m", "hangtag", "serve", str(tagged / "shop"), "--port", "0"]
    with subprocess.Popen(
        [*command, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as server:
        assert server.stdout is not None
        try:
            told = json.loads(server.stdout.readline())
            assert told["products"] == Workspace(tagged / "shop").count("products")
            with urllib.request.urlopen(told["address"] + "healthz", timeout=20) as answer:
                assert json.load(answer)["status"] == "ok"
            with urllib.request.urlopen(told["address"], timeout=20) as answer:
                assert b"/static/main.js" in answer.read()
            server.send_signal(end)
            out, errors = server.communicate(timeout=120)
        finally:
            server.kill()
    assert errors == ""
    assert out == ""
    assert server.returncode in (0, -signal.SIGTERM)
    port = int(told["address"].rstrip("/").rpartition(":")[2])
    listen("127.0.0.1", port).close()
