"""One batch of questions to a server that does not do as it should."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from chat_server import TAXONOMY, Answer, Asked, ChatServer, sensible
from manners import BROKEN, Every

from hangtag.engines.base import PhotoBatch
from hangtag.engines.served.engine import ServedEngine
from hangtag.errors import EngineError

# Prompts that a T-shirt is asked: material, style, shape.
STAGES = 3

Opened = Callable[..., ServedEngine]


def victim_of(server_says: Callable[[Asked], Answer]) -> tuple[list[str], Callable[..., object]]:
    """A manner that treats the first photo so, whichever that is, and the photo's hash."""
    victim: list[str] = []

    def manner(asked: Asked) -> Answer | None:
        if asked.probing:
            return None
        if not victim:
            victim.append(asked.photo)
        return server_says(asked) if asked.photo == victim[0] else None

    return victim, manner


@pytest.mark.parametrize("how", BROKEN)
def test_what_a_server_breaks_is_asked_again(how: str, photos: PhotoBatch, opened: Opened) -> None:
    """Whether it is overrun, breaks off, or sends something that is no answer."""
    manner = Every(3, BROKEN[how])
    with ChatServer(manner) as server:
        engine = opened(server)
        answers = engine.answer(photos, TAXONOMY.read)
    assert not answers.unread
    assert answers.stopped is None
    assert all(np.isfinite(scores).all() for scores in answers.scores.values())
    assert set(server.answered.values()) == {1}
    assert len(server.answered) == len(photos.product_ids) * STAGES + 1
    assert engine.report().figures["repeated"] == manner.done > 0


@pytest.mark.slow
def test_an_answer_that_trickles_in_is_not_waited_for(photos: PhotoBatch, opened: Opened) -> None:
    """Each byte comes in time, the whole never would."""
    slow = Every(9, lambda _: Answer("{}", trickle=0.05))
    with ChatServer(slow) as server:
        answers = opened(server, timeout=2).answer(photos, TAXONOMY.read)
        asked = Counter((one.photo, one.text) for one in server.products())
    assert not answers.unread
    assert slow.done == 2
    assert len(asked) == len(photos.product_ids) * STAGES
    # A busy machine may keep others waiting for too long as well.
    assert sum(count > 1 for count in asked.values()) >= 2
    assert server.broken_off >= 2


def test_a_server_that_is_overrun_is_asked_less(photos: PhotoBatch, opened: Opened) -> None:
    """A storm of 429 passes, and every question is answered once."""
    end = 0.0

    def storm(asked: Asked) -> Answer | None:
        nonlocal end
        if asked.probing:
            return None
        end = end or time.monotonic() + 1.5
        if time.monotonic() > end:
            return None
        return Answer(status=429, headers={"Retry-After": "0.25"}, body={})

    with ChatServer(storm) as server:
        engine = opened(server)
        answers = engine.answer(photos, TAXONOMY.read)
    assert not answers.unread
    assert set(server.answered.values()) == {1}
    # At most four at once, each a quarter of a second after the last: else it would be thousands.
    assert engine.report().figures["repeated"] <= 4 * (1.5 / 0.25 + 1)


def test_the_wait_that_a_server_asks_for_is_kept(photos: PhotoBatch, opened: Opened) -> None:
    """Nobody asks in the meantime."""
    sometimes = Every(9, lambda _: Answer(status=429, headers={"Retry-After": "0.6"}, body={}))
    with ChatServer(sometimes) as server:
        opened(server, concurrency=1).answer(photos, TAXONOMY.read)
        asked = server.products()
    gaps = [after.at - before.at for before, after in pairwise(asked)]
    assert gaps[8] >= 0.6
    # The eighteenth question: the ninth was asked twice.
    assert gaps[18] >= 0.6


@pytest.mark.parametrize(
    "text",
    [
        "I am afraid that I cannot see any photo.",
        '{"material": ["cheese", "moonlight"], "weight": 3}',
        "[1, 2, 3]",
        "",
        '{"material": {"material": {"material": {',
    ],
)
def test_a_product_whose_answer_stays_garbage_is_unread(
    text: str, photos: PhotoBatch, opened: Opened
) -> None:
    """It is asked once more to put it right; the others are read."""
    victim, manner = victim_of(lambda _: Answer(text))
    with ChatServer(manner) as server:
        answers = opened(server).answer(photos, TAXONOMY.read)
        about = [one for one in server.products() if one.photo == victim[0]]
    assert len(answers.unread) == 1
    (row, why), *_ = answers.unread.items()
    assert "could be used" in why
    assert sorted(one.turns for one in about) == [1] * STAGES + [3] * STAGES
    for scores in answers.scores.values():
        assert np.isnan(scores[row]).all()
        assert np.isfinite(np.delete(scores, row, axis=0)).all()


def test_an_answer_that_is_put_right_counts(photos: PhotoBatch, opened: Opened) -> None:
    """The model is shown what it said and what is wrong with it."""
    shown: list[str] = []

    def clumsy(asked: Asked) -> Answer | None:
        if asked.probing:
            return None
        if asked.turns == 1:
            return Answer("Striped!")
        shown.append(asked.body["messages"][1]["content"])
        return None

    with ChatServer(clumsy) as server:
        engine = opened(server)
        answers = engine.answer(photos, TAXONOMY.read)
    assert not answers.unread
    assert engine.report().figures["repaired"] == len(photos.product_ids) * STAGES
    assert set(shown) == {"Striped!"}


def test_an_answer_that_was_cut_off_gets_more_room(photos: PhotoBatch, opened: Opened) -> None:
    """Spaces without end are what constrained models write when they are lost."""

    def endless(asked: Asked) -> Answer | None:
        if asked.probing or asked.turns > 1:
            return None
        return Answer('{"material": ' + " \n" * 200, finish="length")

    with ChatServer(endless) as server:
        answers = opened(server).answer(photos, TAXONOMY.read)
        rooms = Counter((one.turns, one.body["max_tokens"]) for one in server.products())
    assert not answers.unread
    assert len(rooms) == 2 * STAGES
    assert all(turns == 1 or rooms[1, room // 2] == count for (turns, room), count in rooms.items())


def test_a_photo_that_a_server_refuses_is_not_asked_about_again(
    photos: PhotoBatch, opened: Opened
) -> None:
    """What the server says of it is what is told."""
    no = {"error": {"message": "I do not look at such photos."}}
    victim, manner = victim_of(lambda _: Answer(status=400, body=no))
    with ChatServer(manner) as server:
        answers = opened(server).answer(photos, TAXONOMY.read)
        about = [one for one in server.products() if one.photo == victim[0]]
    assert [*answers.unread.values()] == ["The server says 400: I do not look at such photos."]
    assert len(about) == 1


def test_a_server_that_is_not_there_is_told_of_when_the_engine_opens(opened: Opened) -> None:
    """Soon, and with what is wrong."""
    # Bound, so that nobody else gets the port, but nobody listens.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(EngineError, match="answered nothing"):
            opened(url, patience=0.5)


def test_no_more_is_asked_at_once_than_was_allowed(photos: PhotoBatch, opened: Opened) -> None:
    """And no less, where the server keeps up."""

    def company(asked: Asked) -> Answer | None:
        # The first wait for each other, and then for one that should not come.
        end = time.monotonic() + 15
        while not asked.probing and server.most_at_once < 3 and time.monotonic() < end:
            time.sleep(0.01)
        if asked.probing:
            return None
        answer = sensible(asked)
        answer.wait = 0.05
        return answer

    with ChatServer(company) as server:
        opened(server, concurrency=3).answer(photos, TAXONOMY.read)
    assert server.most_at_once == 3
