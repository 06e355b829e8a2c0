"""Models served on this machine as a platform serves them: by MLflow's own server, over HTTP."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from hangtag.databricks.answering import Answering
from hangtag.errors import EngineError, UsageError
from hangtag.testing.drawn_catalog import drawn_catalog

# As much of a chat server as is asked of one: python CHAT PORT.
CHAT = """
import json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.told(200, {})
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "boom" in json.dumps(asked):
            return self.told(422, {"error": "no such thing"})
        self.told(200, {"choices": [{"message": {"content": json.dumps(asked)}}]})
    def told(self, status, answer):
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture(scope="module")
def photos() -> list[bytes]:
    """Three drawn products."""
    files = [BytesIO() for _ in range(3)]
    for file, product in zip(files, drawn_catalog(60), strict=False):
        product.photo(320).save(file, "JPEG")
    return [file.getvalue() for file in files]


@pytest.fixture
def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "chat.py"
    path.write_text(CHAT)
    monkeypatch.setenv("HANGTAG_CHAT_COMMAND", f"{sys.executable} {path} {{port}}")
    return path


def test_photos_are_answered_row_by_row(photos: list[bytes]) -> None:
    """In their order; one that cannot be read costs the others nothing."""
    rows = [{"photo": photo, "title": "A striped shirt"} for photo in photos]
    answers = Answering().answer([*rows, {"photo": b"nonsense" * 20}])
    assert [bool(answer["failure"]) for answer in answers] == [False, False, False, True]
    assert answers[3]["failure"].startswith("not_an_image")
    assert answers[3]["attributes"] is None
    readings = {r["attribute"]: r for r in json.loads(answers[0]["readings"])}
    assert {"material", "pattern", "formality"} <= readings.keys()
    assert 0 < readings["pattern"]["confidence"] <= 1
    attributes = json.loads(answers[0]["attributes"])
    assert attributes["pattern"] in readings["pattern"]["value"]
    assert attributes["sources"]["pattern"] in ("photo", "both")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], "1 to 64 photos, not 0"),
        ([{"photo": b"x"}] * 65, "not 65"),
        ([{"photo": b"x" * 99}, {}], "None of 2 photos can be read"),
        ([{"photo": b"", "image": "/etc/passwd"}], "None of 1 photos"),
    ],
)
def test_what_is_no_request_for_photos_is_refused(rows: list[dict[str, Any]], told: str) -> None:
    """As a whole; nothing but what was sent is read."""
    with pytest.raises(UsageError, match=told):
        Answering().answer(rows)


def test_a_chat_server_is_started_and_asked(chat: Path) -> None:
    """What it answers comes back as it is, and so does what it refuses."""
    from hangtag.databricks.chat_server import ChatServer

    server = ChatServer("weights", seconds=30)
    try:
        answer = server.ask({"messages": [{"role": "user", "content": "hello"}]})
        assert "hello" in answer["choices"][0]["message"]["content"]
        with pytest.raises(UsageError, match="no such thing"):
            server.ask({"messages": "boom"})
    finally:
        server.close()


def test_a_chat_server_that_ends_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than waited for."""
    from hangtag.databricks.chat_server import ChatServer

    monkeypatch.setenv("HANGTAG_CHAT_COMMAND", f"{sys.executable} -c 'raise SystemExit(3)'")
    with pytest.raises(EngineError, match="ended with 3"):
        ChatServer("weights", seconds=30)


@contextmanager
def served(model: Path, log: Path) -> Iterator[Callable[[Any], tuple[int, Any]]]:
    """A function that posts to a model as MLflow serves it, and returns status and answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", str(model),
        "--env-manager", "local", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
    ]  # fmt: skip
    bins = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": bins, "PYTHONPATH": os.pathsep.join(sys.path)}

    def post(body: Any) -> tuple[int, Any]:
        url = f"http://127.0.0.1:{port}/invocations"
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        asked = urllib.request.Request(url, data, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(asked, timeout=120) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    with (
        log.open("wb") as out,
        subprocess.Popen(
            command, env=environment, stdout=out, stderr=out, start_new_session=True
        ) as process,
    ):
        try:
            until = time.monotonic() + 240
            while True:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < until, log.read_text()
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=5):
                        break
                except OSError:
                    time.sleep(0.3)
            yield post
        finally:
            os.killpg(process.pid, 9)


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore")  # of MLflow, about itself
def test_the_compact_engine_is_served(tmp_path: Path, photos: list[bytes]) -> None:
    """Photos are answered; nonsense, of whatever kind, is the caller's fault: status 400."""
    from hangtag.databricks.mlflow_model import save_compact

    save_compact(tmp_path / "model")
    example = json.loads((tmp_path / "model" / "serving_input_example.json").read_text())
    encoded = [base64.b64encode(photo).decode() for photo in photos]
    with served(tmp_path / "model", tmp_path / "log") as post:
        records = [{"photo": photo, "title": "Striped shirt"} for photo in encoded]
        status, answer = post({"dataframe_records": records})
        assert status == 200
        assert len(answer["predictions"]) == 3
        assert all(row["failure"] is None for row in answer["predictions"])
        assert json.loads(answer["predictions"][0]["attributes"])["material"]
        assert post(example)[0] == 200
        for nonsense in (
            b"{", b"[]", {}, {"dataframe_records": []}, {"dataframe_records": [{"title": "x"}]},
            {"dataframe_records": [{"photo": "bm90IGEgcGhvdG8="}]},
            {"dataframe_records": [{"photo": 7}]}, {"dataframe_records": records * 30},
        ):  # fmt: skip
            status, told = post(nonsense)
            assert status == 400, (nonsense, told)


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore")  # of MLflow, about itself
def test_a_chat_model_is_served(tmp_path: Path, chat: Path) -> None:
    """Photos in messages go through; the server that is behind it is ended with it."""
    from hangtag.databricks.mlflow_model import save_smolvlm

    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "config.json").write_text("{}")
    save_smolvlm(tmp_path / "model", weights)
    photo = {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,AAAA"}}
    message = {"role": "user", "content": [{"type": "text", "text": "What is it?"}, photo]}
    with served(tmp_path / "model", tmp_path / "log") as post:
        status, answer = post({"messages": [message], "max_tokens": 9})
        assert status == 200, answer
        told = json.loads(answer["choices"][0]["message"]["content"])
        assert told["messages"] == [message]
        assert told["max_tokens"] == 9
        status, answer = post({"messages": [{"role": "user", "content": "boom"}]})
        assert (status, "no such thing" in answer) == (400, True)
