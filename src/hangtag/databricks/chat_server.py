"""A server like OpenAI's in a process of its own, and the way there."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from hangtag.errors import EngineError, UsageError

__all__ = ["COMMAND", "ChatServer"]

# ``HANGTAG_CHAT_COMMAND`` names another one.
COMMAND = "vllm serve {model} --port {port} --served-model-name smolvlm --max-model-len 8192"
# Weights are read from disk, and compiled for the GPU.
_START_SECONDS = 900.0
# The platform gives a request up after 297.
_REQUEST_SECONDS = 290.0


class ChatServer:
    """Starts the server for ``model``, a folder of weights, and waits until it is well.

    Raises EngineError when it ends or does not get well.
    """

    def __init__(self, model: str, seconds: float = _START_SECONDS):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        told = {"model": model, "port": self._port}
        words = shlex.split(os.environ.get("HANGTAG_CHAT_COMMAND", COMMAND))
        command = [word.format(**told) for word in words]
        self._process = subprocess.Popen(command)  # noqa: S603 - of whoever serves the model
        until = time.monotonic() + seconds
        while not self._is_well():
            code = self._process.poll()
            if code is not None or time.monotonic() > until:
                self.close()
                raise EngineError(
                    f"The server {words[0]} "
                    + ("does not get well." if code is None else f"ended with {code}."),
                    "Its own words are in the log before this.",
                )
            time.sleep(0.1)

    def close(self) -> None:
        """End the server."""
        self._process.kill()
        self._process.wait()

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """One chat completion. Raises UsageError with what the server says where it refuses."""
        data = json.dumps({"model": "smolvlm", **request}, default=_plain).encode()
        asked = urllib.request.Request(  # noqa: S310 - on this machine
            self._url("/v1/chat/completions"), data, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(asked, timeout=_REQUEST_SECONDS) as answer:  # noqa: S310
                told: dict[str, Any] = json.load(answer)
                return told
        except urllib.error.HTTPError as error:
            with error:
                raise UsageError(error.read().decode("utf-8", "replace")[:1000]) from error

    def _is_well(self) -> bool:
        try:
            with urllib.request.urlopen(self._url("/health"), timeout=5):  # noqa: S310
                return True
        except OSError:
            return False

    def _url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._port}{path}"


def _plain(value: Any) -> Any:
    """Arrays and numbers of numpy, as JSON takes them."""
    return value.tolist()
