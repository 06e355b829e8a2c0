"""Ways to misbehave, for a ChatServer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from threading import Lock

from chat_server import Answer, Asked


class Every:
    """Does something to every n-th question about a product, and lets the others be.

    So, too, what is asked again: several ask at once, and one of them could be unlucky each time.
    """

    def __init__(self, n: int, answer: Callable[[Asked], Answer]):
        self.n, self.answer = n, answer
        self.done = 0
        self._met: set[tuple[str, str]] = set()
        self._lock = Lock()

    def __call__(self, asked: Asked) -> Answer | None:
        if asked.probing:
            return None
        with self._lock:
            if (asked.photo, asked.text) in self._met:
                return None
            self._met.add((asked.photo, asked.text))
            if len(self._met) % self.n:
                return None
            self.done += 1
        return self.answer(asked)


def raw(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


BROKEN: dict[str, Callable[[Asked], Answer]] = {
    "too many requests": lambda _: Answer(status=429, body={"error": {"message": "slow down"}}),
    "asks to wait": lambda _: Answer(status=429, headers={"Retry-After": "0.05"}, body={}),
    "asks to wait until then": lambda _: Answer(
        status=503, body={}, headers={"Retry-After": format_datetime(datetime.now(UTC))}
    ),
    "internal error": lambda _: Answer(status=500, body=b"<html>Internal Server Error</html>"),
    "bad gateway": lambda _: Answer(status=502, body=b""),
    "half an answer": lambda _: Answer(
        raw=raw('HTTP/1.1 200 OK\nContent-Length: 500\n\n{"choices": [{"mess')
    ),
    "half a head": lambda _: Answer(raw=b"HTTP/1.1 200 O"),
    "no head": lambda _: Answer(raw=b"\x00\x01\x02 this is no HTTP at all\r\n\r\n"),
    "a closed socket": lambda _: Answer(raw=b""),
    "no JSON": lambda _: Answer(body=b"{{{ not json"),
    "another JSON": lambda _: Answer(body={"choices": "none"}),
    "an empty list": lambda _: Answer(body=[]),
    "no text": lambda _: Answer(body={"choices": [{"message": {"content": 7}}]}),
    "words without end": lambda _: Answer(body=b" " * (5 * 2**20)),
}
