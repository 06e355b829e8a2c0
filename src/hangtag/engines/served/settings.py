"""What a user tells about a server, checked."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal, get_args
from urllib.parse import urlsplit

from hangtag.engines.served.billing import Prices
from hangtag.errors import HangtagWarning, MissingExtraError, UsageError
from hangtag.prompts import Wording

__all__ = ["DEFAULT_KEY_NAME", "MODES", "Mode", "Settings", "at_hand", "key_from"]

Mode = Literal["generate", "score"]
MODES: tuple[Mode, ...] = get_args(Mode)

DEFAULT_KEY_NAME = "HANGTAG_API_KEY"
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Settings:
    """How a server is asked.

    ``mode``: ``generate`` lets it write JSON, ``score`` asks questions of one token and reads their
    probabilities. ``prompts``: ``staged`` or ``single``. ``photo_side``: pixels a side of the
    largest photos sent. ``concurrency``: questions under way at once. ``timeout`` and ``patience``:
    seconds for one answer, and without any answer to anybody. ``max_spend``: in the currency of
    ``price_in`` and ``price_out``, which are for a million tokens.

    Raises UsageError for what cannot be.
    """

    base_url: str
    mode: Mode = "generate"
    prompts: Literal["staged", "single"] = "staged"
    wording: Wording = "short"
    photo_side: int = 512
    concurrency: int = 16
    timeout: float = 120.0
    patience: float = 300.0
    price_in: float | None = None
    price_out: float | None = None
    max_spend: float | None = None

    def __post_init__(self) -> None:
        _expect("mode", self.mode, MODES)
        _expect("way of prompts", self.prompts, ("staged", "single"))
        _expect("wording", self.wording, get_args(Wording))
        _check_url(self.base_url)
        if not 32 <= self.photo_side <= 4096:
            raise UsageError(f"{self.photo_side} is no size for a photo.", "Choose 32 to 4096.")
        if min(self.concurrency, self.timeout, self.patience) <= 0:
            raise UsageError("--concurrency, --timeout and --patience are more than 0.")
        if self.max_spend is not None and self.prices is None:
            raise UsageError(
                "What is spent is not known without prices.",
                "Add --price-in and --price-out, for a million tokens each.",
            )

    @property
    def prices(self) -> Prices | None:
        """What tokens cost, where it was told; one of the two prices may be 0 by being left out."""
        if self.price_in is None and self.price_out is None:
            return None
        return Prices(self.price_in or 0.0, self.price_out or 0.0)

    @property
    def sides(self) -> tuple[int, ...]:
        """Photo sizes: a small photo is sent small."""
        return (*(side for side in (128, 224, 384) if side < self.photo_side), self.photo_side)


def at_hand() -> str:
    """What is there to ask a server with. Raises MissingExtraError."""
    if find_spec("httpx") is None:
        raise MissingExtraError("httpx", "served")
    has = "set" if os.environ.get(DEFAULT_KEY_NAME) else "not set"
    return f"asks any server that --base-url names; the key {DEFAULT_KEY_NAME} is {has}"


def key_from(name: str, base_url: str) -> str | None:
    """The key in the environment variable ``name``, None where it is not set.

    Raises UsageError for one that cannot stand in a header. Warns when it would go over a network
    in the open.
    """
    key = os.environ.get(name, "").strip()
    if not key:
        return None
    if not (key.isascii() and key.isprintable()):
        raise UsageError(
            f"What the environment variable {name} holds is no key.", "Set it again, on one line."
        )
    parts = urlsplit(base_url)
    if parts.scheme == "http" and parts.hostname not in _LOCAL:
        warnings.warn(
            f"The key goes to {parts.hostname} in the open: {base_url} is not https.",
            HangtagWarning,
            stacklevel=3,
        )
    return key


def _expect(what: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise UsageError(f"There is no {what} {given!r}.", f"Choose {' or '.join(known)}.")


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, fine = urlsplit(""), False
    if not fine:
        # Not repeated: whatever it is, it may hold a secret.
        raise UsageError(
            "--base-url is no URL of a server.", "It looks like http://localhost:8000/v1."
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UsageError(
            "--base-url holds more than an address.",
            f"A key goes into the environment variable {DEFAULT_KEY_NAME}.",
        )
