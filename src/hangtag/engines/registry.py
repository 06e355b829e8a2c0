"""Which engines there are, by name. An engine's libraries are imported when it is opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hangtag.engines.base import Engine
from hangtag.errors import UsageError
from hangtag.taxonomy import Taxonomy

__all__ = ["engine_names", "open_engine", "register_engine"]

Opener = Callable[..., Engine]


def _open_compact(taxonomy: Taxonomy, **options: Any) -> Engine:
    from hangtag.engines.compact import CompactEngine

    return CompactEngine(taxonomy, **options)


_OPENERS: dict[str, Opener] = {"compact": _open_compact}


def register_engine(name: str, opener: Opener) -> None:
    """Make ``opener(taxonomy, **options)`` known as engine ``name``."""
    _OPENERS[name] = opener


def engine_names() -> list[str]:
    """The names that ``open_engine`` takes, sorted."""
    return sorted(_OPENERS)


def open_engine(name: str, taxonomy: Taxonomy, **options: Any) -> Engine:
    """The engine of that name, ready to answer. Raises UsageError for a name that is not known."""
    if name not in _OPENERS:
        raise UsageError(
            f"There is no engine named {name!r}.", f"Choose one of: {', '.join(engine_names())}."
        )
    return _OPENERS[name](taxonomy, **options)
