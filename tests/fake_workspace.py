"""A Databricks workspace, as far as the index goes; it writes down what it is asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["FakeWorkspace", "fake_workspace"]

_API = "/api/2.0/vector-search/"


@dataclass
class FakeWorkspace:
    """``refuse``: answer so to everything: status and error code."""

    url: str = ""
    endpoints: dict[str, dict[str, Any]] = field(default_factory=dict)
    indexes: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    refuse: tuple[int, str] | None = None

    def answer(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        """What the API answers."""
        if self.refuse is not None:
            status, code = self.refuse
            return status, {"error_code": code, "message": f"{code} it is."}
        parts = path.removeprefix(_API).split("/")
        there, name = (self.endpoints, "name") if "indexes" not in parts else (self.indexes, "name")
        if method == "GET":
            found = there.get(parts[-1])
            gone = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "Not there."}
            return (200, found) if found is not None else (404, gone)
        if parts[-1] == "sync":
            return 200, {}
        made = {**body, "endpoint_status": {"state": "ONLINE"}, "status": {"ready": False}}
        there[body[name]] = made
        return 200, made


@contextmanager
def fake_workspace() -> Iterator[FakeWorkspace]:
    """Serve one until the end of the block."""
    workspace = FakeWorkspace()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"null")
            status, answer = 404, {"error_code": "NOT_FOUND", "message": "no such route"}
            if self.path.startswith(_API):
                workspace.tokens.add(self.headers.get("Authorization", ""))
                workspace.asked.append({"method": self.command, "path": self.path, "body": body})
                status, answer = workspace.answer(self.command, self.path, body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _serve  # noqa: N815 - so called by http.server

        def log_message(self, *_: Any) -> None:
            """Nothing: what was asked is written down."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    workspace.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield workspace
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
