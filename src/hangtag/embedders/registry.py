"""Which embedders there are, by name. An embedder's libraries are imported when it is opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hangtag.embedders.base import Embedder
from hangtag.errors import UsageError

__all__ = ["embedder_names", "open_embedder", "register_embedder"]

Opener = Callable[..., Embedder]


def _open_compact(**options: Any) -> Embedder:
    from hangtag.embedders.compact import CompactEmbedder

    return CompactEmbedder(**options)


def _open_transformers(**options: Any) -> Embedder:
    from hangtag.embedders.transformers import TransformersEmbedder

    return TransformersEmbedder(**options)


_OPENERS: dict[str, Opener] = {"compact": _open_compact, "transformers": _open_transformers}


def register_embedder(name: str, opener: Opener) -> None:
    """Make ``opener(**options)`` known as embedder ``name``."""
    _OPENERS[name] = opener


def embedder_names() -> list[str]:
    """The names that ``open_embedder`` takes, sorted."""
    return sorted(_OPENERS)


def open_embedder(name: str, **options: Any) -> Embedder:
    """The embedder of that name, ready; options that are None are left to it.

    Raises UsageError for a name that is not known.
    """
    if name not in _OPENERS:
        raise UsageError(
            f"There is no embedder named {name!r}.",
            f"Choose one of: {', '.join(embedder_names())}.",
        )
    return _OPENERS[name](**{key: value for key, value in options.items() if value is not None})
