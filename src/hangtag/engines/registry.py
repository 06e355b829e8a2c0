"""Which engines there are, by name. An engine's libraries are imported when it is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hangtag.engines.base import Engine, calibrate_parts, with_calibration
from hangtag.errors import HangtagError, UsageError
from hangtag.taxonomy import Taxonomy

__all__ = [
    "engine_modes",
    "engine_names",
    "engine_parts",
    "engine_takes",
    "look_at_engine",
    "open_engine",
    "register_engine",
]

Opener = Callable[..., Engine]

# Of a cascade.
_FIRST, _THEN = "compact", "vlm"


def _open_compact(taxonomy: Taxonomy, *, calibration: Path | None = None, **options: Any) -> Engine:
    from hangtag.engines.compact import CompactEngine

    model = options.get("model")
    if model is not None and not Path(model).is_file():
        raise UsageError(
            f"There is no model file {str(model)!r}.", "Name an ONNX file of hangtag's."
        )
    engine = CompactEngine(taxonomy, **options)
    if calibration is not None:
        calibrate_parts([engine], calibration)
    return engine


def _open_vlm(taxonomy: Taxonomy, *, calibration: Path | None = None, **options: Any) -> Engine:
    from hangtag.engines.vlm.engine import open_vlm

    return with_calibration(open_vlm(taxonomy, **options), calibration)


def _open_served(taxonomy: Taxonomy, *, calibration: Path | None = None, **options: Any) -> Engine:
    from hangtag.engines.served.engine import open_served

    return with_calibration(open_served(taxonomy, **options), calibration)


def _open_cascade(
    taxonomy: Taxonomy,
    *,
    first: str = _FIRST,
    then: str = _THEN,
    target_accuracy: float = 0.95,
    calibration: Path | None = None,
    **options: Any,
) -> Engine:
    from hangtag.engines.cascade import CascadeEngine, close_all

    if "cascade" in (first, then):
        raise UsageError("A cascade has two engines that are none.", "Change --first or --then.")
    # What both take is the second one's: it is the one that people choose a model for. Heads that
    # were taught are for whoever knows what they are.
    theirs = engine_takes(then) or options.keys() - {"taught"}
    knows = "taught" in (engine_takes(first) or ())
    mine = {n: v for n, v in options.items() if n not in theirs or (n == "taught" and knows)}
    own = {name: value for name, value in options.items() if name in theirs}
    cheap, costly = open_engine(first, taxonomy, **mine), open_engine(then, taxonomy, **own)
    try:
        if calibration is not None:
            calibrate_parts([cheap, costly], calibration)
        return CascadeEngine(taxonomy, cheap, costly, target=target_accuracy)
    except HangtagError:
        close_all(cheap, costly)
        raise


_OPENERS: dict[str, Opener] = {
    "cascade": _open_cascade,
    "compact": _open_compact,
    "served": _open_served,
    "vlm": _open_vlm,
}

# What an engine can be told. One that is not here (somebody's own) is told everything.
_TAKES: dict[str, frozenset[str]] = {
    "compact": frozenset({"calibration", "model", "taught", "threads"}),
    "served": frozenset({
        "api_key_env", "base_url", "calibration", "concurrency", "max_spend", "mode", "model",
        "patience", "photo_side", "price_in", "price_out", "prompts", "remember", "revision",
        "timeout", "wording",
    }),
    "vlm": frozenset({
        "calibration", "device", "mode", "model", "readouts", "revision", "threads", "tiles",
        "wording",
    }),
}  # fmt: skip
# A cascade hands over what its engines take.
_TAKES["cascade"] = frozenset({"first", "target_accuracy", "then"}).union(*_TAKES.values())


_MODES = {"served": ("generate", "score"), "vlm": ("score", "generate")}


def _look_at_vlm() -> str:
    from hangtag.engines.vlm.settings import DEFAULT_MODEL
    from hangtag.engines.vlm.torch_loading import at_hand

    return at_hand(DEFAULT_MODEL)


def _look_at_cascade() -> str:
    return "chains two of the others: --first compact --then vlm"


def _look_at_served() -> str:
    from hangtag.engines.served.settings import at_hand

    return at_hand()


# Engines that are too heavy, or not for us, to be opened by whoever only asks how they are.
_LOOKERS: dict[str, Callable[[], str]] = {
    "cascade": _look_at_cascade,
    "served": _look_at_served,
    "vlm": _look_at_vlm,
}


def look_at_engine(name: str) -> str | None:
    """What an engine that is better not opened says of itself; None for one that can be opened.

    Raises a HangtagError that says what it lacks.
    """
    look = _LOOKERS.get(name)
    return look() if look else None


def register_engine(name: str, opener: Opener) -> None:
    """Make ``opener(taxonomy, **options)`` known as engine ``name``."""
    _OPENERS[name] = opener


def engine_names() -> list[str]:
    """The names that ``open_engine`` takes, sorted."""
    return sorted(_OPENERS)


def engine_modes(name: str) -> tuple[str, ...]:
    """The modes that an engine can be told, its usual one first; none where it has but one."""
    return _MODES.get(name, ())


def engine_parts(name: str, options: Mapping[str, Any]) -> tuple[str, ...]:
    """The engines that answer: that one, or a cascade's two.

    >>> engine_parts("cascade", {"then": "served"})
    ('compact', 'served')
    """
    if name != "cascade":
        return (name,)
    return options.get("first", _FIRST), options.get("then", _THEN)


def engine_takes(name: str) -> frozenset[str] | None:
    """The names of the options that an engine takes; None: whatever it is given."""
    return _TAKES.get(name)


def open_engine(name: str, taxonomy: Taxonomy, **options: Any) -> Engine:
    """The engine of that name, ready to answer.

    Raises UsageError for a name that is not known, and for an option that the engine does not take.
    """
    if name not in _OPENERS:
        raise UsageError(
            f"There is no engine named {name!r}.", f"Choose one of: {', '.join(engine_names())}."
        )
    takes = engine_takes(name)
    strange = sorted(options.keys() - takes) if takes is not None else []
    if strange:
        told = ", ".join(f"--{option.replace('_', '-')}" for option in strange)
        others = [n for n in engine_names() if set(strange) <= (engine_takes(n) or set())]
        raise UsageError(
            f"The engine {name} does not take {told}.",
            f"Leave it out, or choose --engine {' or '.join(others)}." if others else "",
        )
    return _OPENERS[name](taxonomy, **options)
