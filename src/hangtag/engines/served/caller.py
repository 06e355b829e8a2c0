"""One question to a server that may be overrun, broken or gone.

It is asked until it is answered, or until it is clear who is to blame. The question is, when the
server answers others but not this one: then its photo fails and the run goes on. The server is,
when it answers nobody for a while, or nothing can come of asking on (a wrong key, no money left):
then the run stops, with all that was answered kept.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from typing import Any

from hangtag.engines.served.billing import Bill
from hangtag.engines.served.conversation import Completion, completion_of, request
from hangtag.engines.served.httpx_client import Client, NoReply, Reply
from hangtag.engines.served.pacing import Pace
from hangtag.engines.served.waits import backoff

__all__ = ["Caller", "Fault"]

# So often a question is asked before it is asked who is to blame.
_TRIES = 6
_AGAIN = frozenset({408, 409, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
_NO_MONEY = ("insufficient_quota", "billing_hard_limit_reached")


@dataclass(frozen=True)
class Fault:
    """Why there is no answer. ``status``: what the server said, 0 where it was not its word.

    ``fatal``: there is none for other questions, either. ``at_once``: not even for those that are
    under way.
    """

    message: str
    hint: str = ""
    fatal: bool = False
    at_once: bool = False
    status: int = 0


@dataclass
class _Health:
    """Since when the server has answered nobody."""

    good_at: float = float("-inf")
    bad_since: float | None = None

    def good(self) -> None:
        self.good_at, self.bad_since = time.monotonic(), None

    def bad(self) -> float:
        """Seconds without an answer to anybody."""
        now = time.monotonic()
        if self.bad_since is None:
            self.bad_since = now
        return now - self.bad_since


class Caller:
    """Asks ``model`` behind ``client``. ``patience``: seconds without any answer to give up after.

    ``key_name``: the environment variable that the key is read from, for what is said when the
    server does not take it. ``first_wait``: seconds, at most, before a second try.
    """

    def __init__(
        self,
        client: Client,
        model: str,
        *,
        pace: Pace,
        bill: Bill,
        patience: float,
        key_name: str,
        first_wait: float = 0.5,
    ):
        self.client, self.model = client, model
        self.pace, self.bill = pace, bill
        self.repeated = 0
        self.stopped: Fault | None = None
        self._patience = patience
        self._key_name = key_name
        self._first_wait = first_wait
        self._health = _Health()
        self._dice = random.Random()  # noqa: S311 - only spreads waits

    async def ask(self, body: dict[str, Any]) -> Completion | Fault:
        """The answer to a request for this model, after however many tries."""
        tried, tries = time.monotonic(), 0
        while True:
            before, tried = tried, time.monotonic()
            reply = await self._once(body)
            if isinstance(reply, Fault):
                return reply
            completion = _completion(reply)
            if completion is not None:
                return completion
            fault = self._final(reply)
            if fault is None:
                tries += 1
                fault = await self._after(tries, reply, before)
            if fault is not None:
                if fault.fatal:
                    self.stopped = self.stopped or fault
                return fault
            self.repeated += 1

    async def _once(self, body: dict[str, Any]) -> Reply | NoReply | Fault:
        async with self.pace.slot() as went_at:
            if self.stopped:
                return self.stopped
            if not self.bill.allows(self.pace.under_way - 1):
                self.stopped = _spent(self.bill)
                return self.stopped
            reply = await self.client.post("chat/completions", body)
            told = _completion(reply)
            if told is not None:
                self._health.good()
                self.pace.well()
                self.bill.add(told.read, told.written)
            elif isinstance(reply, Reply) and _turned_away(reply):
                asked = reply.retry_after
                wait = backoff(2, self._dice, self._first_wait) if asked is None else asked
                # A little more for each, or all come back in the same moment.
                self.pace.overrun(went_at, min(wait, self._patience) * self._dice.uniform(1, 1.1))
            return reply

    def _final(self, reply: Reply | NoReply) -> Fault | None:
        """The fault, where asking again would not help."""
        status = _status(reply)
        if isinstance(reply, NoReply) or status in _AGAIN or status == 200:
            return None
        if status == 429 and _code(reply.data) not in _NO_MONEY:
            return None
        told = f"The server says {status}: {reply.told}"
        hint = ""
        if status in (401, 403):
            hint = f"Put the right key into the environment variable {self._key_name}."
        elif status in (402, 429):
            hint = "Pay for more, then run the same command again: it goes on from here."
        elif status == 404 or 300 <= status < 400:
            hint = "Are --base-url and --model right? The URL mostly ends with /v1."
        return Fault(told, hint, fatal=bool(hint), at_once=bool(hint), status=status)

    async def _after(self, tries: int, reply: Reply | NoReply, before: float) -> Fault | None:
        """Wait before the next try; a fault where there shall be none.

        ``before``: when the try before this one began.
        """
        told = _told(reply)
        silent = self._health.bad()
        asked = reply.retry_after if isinstance(reply, Reply) else None
        if asked is not None and asked > self._patience:
            return Fault(
                f"The server asks to wait for {asked:.0f} s: {told}",
                "Run the same command again later: it goes on from here.",
                fatal=True, at_once=True,
            )  # fmt: skip
        if silent > self._patience:
            return self._gone(told)
        # Who turns everybody away says nothing about this question.
        if tries >= _TRIES and not _turned_away(reply) and await self._answers_others(before):
            return Fault(f"No answer in {tries} tries, though others are answered: {told}")
        wait = backoff(tries, self._dice, self._first_wait)
        await asyncio.sleep(min(max(wait, asked or 0.0), self._patience))
        return None

    async def _answers_others(self, since: float) -> bool:
        """Whether the server is well: it has answered somebody since, or a small question now."""
        if self._health.good_at > since:
            return True
        turn = {"role": "user", "content": [{"type": "text", "text": "Say yes."}]}
        reply = await self.client.post("chat/completions", request(self.model, [turn], 1))
        # One that refuses a question without a photo is there, too.
        refuses = 400 <= _status(reply) < 500 and not _turned_away(reply)
        return refuses or _completion(reply) is not None

    def _gone(self, told: str) -> Fault:
        return Fault(
            f"The server has answered nothing for {self._patience:.0f} s: {told}",
            "Start it again, then run the same command again: it goes on from here.",
            fatal=True,
            at_once=True,
        )


def _status(reply: Reply | NoReply) -> int:
    return reply.status if isinstance(reply, Reply) else 0


def _completion(reply: Reply | NoReply) -> Completion | None:
    if isinstance(reply, NoReply) or reply.status != 200:
        return None
    return completion_of(reply.data)


def _turned_away(reply: Reply | NoReply) -> bool:
    if not isinstance(reply, Reply):
        return False
    return reply.status in (429, 529) or (reply.status == 503 and reply.retry_after is not None)


def _told(reply: Reply | NoReply) -> str:
    if isinstance(reply, NoReply):
        return reply.told
    if reply.status == 200:
        return f"what it answers is no chat completion: {reply.told}"
    return f"{reply.status} {reply.told}"


def _code(data: Any) -> str:
    error = data.get("error") if isinstance(data, dict) else None
    return str(error.get("code", "")) if isinstance(error, dict) else ""


def _spent(bill: Bill) -> Fault:
    return Fault(
        f"{bill.spent:.4f} of the {bill.limit:g} that may be spent are spent, and another question "
        "might exceed it.",
        "Run the same command again, perhaps with a higher --max-spend: it goes on from here.",
        fatal=True,
    )
