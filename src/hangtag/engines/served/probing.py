"""What a server can do: asked once, when the engine opens, with a photo of nothing.

Only what a server refuses counts, not how well it answers: the engine's version depends on this,
and must be the same the next time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hangtag.engines.served.caller import Caller, Fault
from hangtag.engines.served.conversation import (
    FORMATS,
    Completion,
    Format,
    format_of,
    photo_turn,
    request,
)
from hangtag.engines.served.httpx_client import Client, Reply
from hangtag.errors import EngineError, UsageError
from hangtag.taxonomy import Attribute

__all__ = ["Abilities", "find_model", "probe"]

# The most that those who allow it at all allow, and the least that is of use.
_LIKELY = (20, 10, 5)
_QUESTION = "Is there a product in the photo? Answer Yes or No."


@dataclass(frozen=True)
class Abilities:
    """What a server takes.

    ``form``: how an answer can be held to its form. ``likely``: how many of the likeliest tokens
    are told, 0 where none are.
    """

    form: Format
    likely: int = 0


async def probe(
    caller: Caller, photo: str, attributes: Sequence[Attribute], *, score: bool
) -> Abilities:
    """What the server takes. ``photo``: a data URL. ``score``: look for probabilities of tokens.

    Raises EngineError where it takes no question about a photo at all, and where it tells no
    probabilities though ``score``.
    """
    turn = photo_turn(photo, _QUESTION)
    refusal: Fault | None = None
    if score:
        for likely in _LIKELY:
            said = await caller.ask(request(caller.model, [turn], 1, likely=likely))
            if isinstance(said, Completion):
                if said.top:
                    return Abilities("free", likely)
                raise _no_probabilities("they are missing in its answer")
            refusal = _or_raise(said)
        raise _no_probabilities(refusal.message if refusal else "")
    for form in FORMATS:
        body = request(caller.model, [turn], 8, form=format_of(form, attributes))
        said = await caller.ask(body)
        if isinstance(said, Completion):
            return Abilities(form)
        refusal = _or_raise(said)
    told = refusal.message if refusal else ""
    raise EngineError(
        f"The server takes no question about a photo. {told}",
        "Is the model one that sees? Some servers need a projector file or a flag for photos.",
    )


async def find_model(client: Client) -> str:
    """The name of the only model that the server has. Raises UsageError where it has several."""
    reply = await client.get("models")
    names: list[str] = []
    if isinstance(reply, Reply) and reply.status == 200 and isinstance(reply.data, dict):
        listed = reply.data.get("data")
        names = [
            str(one["id"])
            for one in (listed if isinstance(listed, list) else [])
            if isinstance(one, dict) and "id" in one
        ]
    if len(names) == 1:
        return names[0]
    raise UsageError(
        "Which of the server's models? Add --model NAME.",
        f"It has {', '.join(names[:10])}." if names else "",
    )


def _or_raise(fault: Fault) -> Fault:
    """The fault of a question that was refused; raises EngineError for any other."""
    # What a server cannot do it refuses in several ways: 400, 415, 422, 500 and 501 are seen.
    if fault.fatal or (not fault.status and "tries" not in fault.message):
        raise EngineError(fault.message, fault.hint)
    return fault


def _no_probabilities(why: str) -> EngineError:
    return EngineError(
        f"The server does not tell the probabilities of tokens: {why}".rstrip(": "),
        "Choose --mode generate.",
    )
