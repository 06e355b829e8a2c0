"""The key comes from the environment, goes to the server, and stands nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from chat_server import Answer, Asked, ChatServer
from colour_shop import ColourShop

from hangtag.engines.base import PhotoBatch
from hangtag.engines.served.engine import ServedEngine
from hangtag.errors import EngineError, UsageError
from hangtag.taxonomy import default_taxonomy
from hangtag.workspace import Workspace

KEY = "sk-very-secret-0123456789"
Opened = Callable[..., ServedEngine]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANGTAG_API_KEY", KEY)


def quoting(status: int) -> Callable[[Asked], Answer]:
    """A server that quotes the key in what it complains of, as some do."""
    told = {"error": {"message": f"Incorrect API key provided: {KEY}. You sent Bearer {KEY}."}}
    return lambda _asked: Answer(status=status, body=told)


def test_the_key_goes_to_the_server(opened: Opened) -> None:
    """With every question."""
    with ChatServer() as server:
        opened(server)
        assert {one.headers.get("authorization") for one in server.asked} == {f"Bearer {KEY}"}


def test_another_variable_is_taken_where_it_is_named(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user may have keys for several servers."""
    monkeypatch.setenv("OTHER_KEY", "other")
    with ChatServer() as server:
        ServedEngine(
            default_taxonomy(), opened(server).settings, model="tiny", key_name="OTHER_KEY",
            remember=False,
        ).close()  # fmt: skip
        assert server.asked[-1].headers["authorization"] == "Bearer other"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_an_error_that_quotes_the_key_is_told_without_it(
    status: int, opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the error nor its hint nor any log has it."""
    caplog.set_level(logging.DEBUG)
    with ChatServer(quoting(status)) as server, pytest.raises(EngineError) as told:
        opened(server, patience=0.5)
    assert KEY not in f"{told.value} {told.value.hint}"
    assert KEY not in caplog.text


def test_a_failed_product_does_not_tell_the_key(
    opened: Opened, photos: PhotoBatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What is said of it goes into a table that others read."""
    caplog.set_level(logging.DEBUG)

    def manner(asked: Asked) -> Answer | None:
        return None if asked.probing else quoting(400)(asked)

    with ChatServer(manner) as server:
        engine = opened(server)
        answers = engine.answer(photos, engine.taxonomy.read)
        told = f"{answers.unread} {answers.stopped} {engine.report()} {engine.version}"
    assert "Incorrect API key" in told
    assert KEY not in told + caplog.text


def test_no_file_of_a_run_has_the_key(
    opened: Opened, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Workspace, cache of answers, what was printed."""
    shop = ColourShop(tmp_path / "shop", products=2)
    with ChatServer() as server:
        shop.tag(Workspace(tmp_path / "workspace"), opened(server))
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert any(file.name == "served.sqlite" for file in files)
    assert not [file for file in files if KEY.encode() in file.read_bytes()]
    assert KEY not in "".join(capfd.readouterr())


@pytest.mark.parametrize("odd", ["line\nbreak", "schlüssel"])
def test_a_key_that_cannot_be_one_is_refused_without_showing_it(
    odd: str, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the variable."""
    monkeypatch.setenv("HANGTAG_API_KEY", odd)
    with ChatServer() as server, pytest.raises(UsageError, match="HANGTAG_API_KEY") as told:
        opened(server)
    assert odd not in f"{told.value} {told.value.hint}"
