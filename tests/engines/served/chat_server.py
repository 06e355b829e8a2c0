"""A real HTTP server on this machine that speaks chat completions, and misbehaves as it is told.

It is written on sockets, not on a framework: half an answer, an answer that trickles in, and a
connection that is closed in the middle are things that a framework takes care not to do.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from hangtag.taxonomy import default_taxonomy

TAXONOMY = default_taxonomy()


@dataclass
class Asked:
    """A request as it came. ``photo``: the hash of its photo, empty where it has none."""

    number: int
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    photo: str = ""
    text: str = ""
    turns: int = 1
    at: float = field(default_factory=time.monotonic)

    @property
    def probing(self) -> bool:
        """Whether it is not about a product."""
        return "Say yes" in self.text or "Is there a product" in self.text or not self.body


@dataclass
class Answer:
    """What is sent back. ``raw``: the whole of it as it goes over the wire, instead."""

    text: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    raw: bytes | None = None
    finish: str = "stop"
    wait: float = 0.0
    trickle: float = 0.0
    top: dict[str, float] | None = None
    usage: bool = True


def sensible(asked: Asked) -> Answer:
    """Valid JSON for whatever is asked, from the photo; a likely letter for one token."""
    dice = int(asked.photo[:8] or "0", 16)
    if asked.body.get("logprobs"):
        words = ["Yes", "No"] if "Yes or no" in asked.text else ["A", "B", "C", "D"]
        top = {f" {w}": -0.1 - ((dice + 3 * n) % 5) for n, w in enumerate(words)}
        return Answer(max(top, key=lambda w: top[w]), top=top)
    found: dict[str, Any] = {}
    for attribute in TAXONOMY.read:
        if f"{attribute.name}:" in asked.text:
            name = attribute.names[dice % len(attribute.names)]
            found[attribute.name] = [name] if attribute.multiple else name
    return Answer(json.dumps(found))


Manner = Callable[[Asked], Answer | None]


class ChatServer:
    """Answers sensibly, but for what ``manner`` says; where that is None it answers as usual.

    ``asked``: every request in order; ``answered``: how often which question about which photo was
    answered whole and well; ``broken_off``: answers that trickled in and were not waited for.
    """

    def __init__(self, manner: Manner = lambda _: None, port: int = 0):
        self.manner = manner
        self.asked: list[Asked] = []
        self.answered: Counter[tuple[str, str]] = Counter()
        self.busy = self.most_at_once = self.broken_off = 0
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._socket = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self._closing = False
        self._threads: list[threading.Thread] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> ChatServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Be gone: nobody listens any more, and open connections break."""
        self._closing = True
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._listener.join(5)
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def products(self) -> list[Asked]:
        """Requests that are about products."""
        return [one for one in self.asked if not one.probing]

    def _listen(self) -> None:
        while not self._closing:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open.add(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as file:
                while (asked := self._read(file)) is not None:
                    with self._lock:
                        self.busy += 1
                        self.most_at_once = max(self.most_at_once, self.busy)
                    answer = self.manner(asked) or sensible(asked)
                    time.sleep(answer.wait)
                    with self._lock:
                        self.busy -= 1
                    if not self._send(connection, asked, answer):
                        return
        except (OSError, ValueError):
            return
        finally:
            with self._lock:
                self._open.discard(connection)

    def _read(self, file: Any) -> Asked | None:
        first = file.readline().decode()
        if not first.strip():
            return None
        headers: dict[str, str] = {}
        while (line := file.readline().decode().strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        content = file.read(int(headers.get("content-length", 0)))
        body = json.loads(content) if content else {}
        photo, text, turns = _parts(body)
        with self._lock:
            one = Asked(len(self.asked), first.split()[1], headers, body, photo, text, turns)
            self.asked.append(one)
        return one

    def _send(self, connection: socket.socket, asked: Asked, answer: Answer) -> bool:
        if answer.raw is not None:
            connection.sendall(answer.raw)
            return False
        body = answer.body
        if body is None and asked.path.endswith("/models"):
            body = {"data": [{"id": "tiny"}]}
        elif body is None:
            body = _completion(answer)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = [f"HTTP/1.1 {answer.status} Told", f"Content-Length: {len(content)}"]
        head += [
            "Content-Type: application/json",
            *(f"{k}: {v}" for k, v in answer.headers.items()),
        ]
        connection.sendall("\r\n".join([*head, "", ""]).encode())
        if answer.trickle:
            try:
                for place in range(len(content)):
                    connection.sendall(content[place : place + 1])
                    time.sleep(answer.trickle)
            except OSError:
                with self._lock:
                    self.broken_off += 1
                raise
        else:
            connection.sendall(content)
        if answer.status == 200 and answer.body is None and answer.finish == "stop":
            with self._lock:
                self.answered[asked.photo, asked.text] += 1
        return True


def _completion(answer: Answer) -> dict[str, Any]:
    choice: dict[str, Any] = {
        "index": 0,
        "message": {"role": "assistant", "content": answer.text},
        "finish_reason": answer.finish,
    }
    if answer.top is not None:
        likely = [{"token": token, "logprob": p} for token, p in answer.top.items()]
        choice["logprobs"] = {"content": [{**likely[0], "top_logprobs": likely}]}
    told: dict[str, Any] = {"object": "chat.completion", "choices": [choice]}
    if answer.usage:
        told["usage"] = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    return told


def _parts(body: dict[str, Any]) -> tuple[str, str, int]:
    messages = body.get("messages", [])
    photo = text = ""
    for part in messages[0]["content"] if messages else []:
        if part["type"] == "text":
            text = part["text"]
        else:
            match = re.fullmatch(r"data:image/jpeg;base64,(.+)", part["image_url"]["url"])
            assert match is not None
            photo = hashlib.sha256(base64.b64decode(match[1], validate=True)).hexdigest()
    return photo, text, len(messages)
