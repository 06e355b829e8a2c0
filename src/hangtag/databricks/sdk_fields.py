"""What in a bundle does not fit the fields that are declared for it, and where."""

from __future__ import annotations

import dataclasses
import enum
import re
import types
import typing
from collections.abc import Iterator
from typing import Any, NamedTuple

__all__ = ["Fault", "Place", "field_faults"]

Place = tuple[str | int, ...]

_REFERENCE = re.compile(r"\$\{[^}]+\}")


class Fault(NamedTuple):
    """What is wrong, and the keys that lead there."""

    place: Place
    what: str

    def __str__(self) -> str:
        return ": ".join(filter(None, (".".join(map(str, self.place)), self.what)))


def field_faults(kind: Any, value: Any, place: Place, *, partial: bool = False) -> Iterator[Fault]:
    """What in ``value`` does not fit the type ``kind``; ``${…}`` fits any single value.

    ``partial``: it is laid over another, which may have the fields that it lacks.
    """
    if isinstance(value, str) and _REFERENCE.search(value) and not dataclasses.is_dataclass(kind):
        return
    inner = _inner(kind)
    if value is None and inner is not kind:
        return  # as if it were not there
    shape: type | None = {list: list, dict: dict}.get(typing.get_origin(inner))
    if dataclasses.is_dataclass(inner) or inner is dict:
        shape = dict
    if shape is not None and not isinstance(value, shape):
        yield Fault(place, f"should be a {'mapping' if shape is dict else 'list'}")
    elif dataclasses.is_dataclass(inner):
        yield from _record(inner, value, place, partial=partial)
    elif shape is not None and typing.get_args(inner):
        parts = value.items() if shape is dict else enumerate(value)
        for name, part in parts:
            kind = typing.get_args(inner)[-1]
            yield from field_faults(kind, part, (*place, name), partial=partial)
    else:
        yield from _single(inner, value, place)


def _record(kind: Any, value: dict[str, Any], place: Place, *, partial: bool) -> Iterator[Fault]:
    hints = typing.get_type_hints(kind)
    for name, part in value.items():
        if name not in hints:
            yield Fault((*place, name), "there is no such field")
        else:
            yield from field_faults(hints[name], part, (*place, name), partial=partial)
    if not partial:
        for name in sorted(_required(kind) - value.keys()):
            yield Fault(place, f"it needs a {name}")


def _required(kind: Any) -> set[str]:
    none = dataclasses.MISSING
    return {
        field.name
        for field in dataclasses.fields(kind)
        if field.default is none
        and field.default_factory is none
        # Where that stands in a URL, and is no part of what is told.
        and (kind.__name__, field.name) != ("EndpointCoreConfigInput", "name")
    }


def _single(kind: Any, value: Any, place: Place) -> Iterator[Fault]:
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        allowed = [member.value for member in kind]
        if value not in allowed:
            yield Fault(place, f"{value!r} is none of {', '.join(map(str, allowed))}")
    elif typing.get_origin(kind) is typing.Literal:
        if value not in typing.get_args(kind):
            yield Fault(place, f"{value!r} is none of {', '.join(typing.get_args(kind))}")
    elif kind in (str, int, bool, float) and not _is(value, kind):
        yield Fault(place, f"{value!r} should be of type {kind.__name__}")


def _inner(kind: Any) -> Any:
    """Optional[X] → X."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        (kind,) = [part for part in typing.get_args(kind) if part is not type(None)]
    return kind


def _is(value: Any, kind: type) -> bool:
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
