"""Which fields the platform's API has, as databricks-sdk declares them, and what they take."""

from __future__ import annotations

import dataclasses
import enum
import re
import types
import typing
from collections.abc import Iterator
from typing import Any

from hangtag.errors import MissingExtraError

__all__ = ["field_faults", "resource_kinds"]

_REFERENCE = re.compile(r"\$\{[^}]+\}")


def resource_kinds() -> dict[str, type]:
    """Kind of resource in a bundle → the API's type of it. Raises MissingExtraError."""
    try:
        from databricks.sdk.service import jobs, serving
    except ImportError as error:
        raise MissingExtraError("databricks-sdk", "databricks") from error
    endpoint = dataclasses.make_dataclass(
        "ServingEndpoint",
        [
            ("name", str),
            ("config", serving.EndpointCoreConfigInput),
            ("description", str),
            ("tags", list[serving.EndpointTag]),
            ("route_optimized", bool),
            ("rate_limits", list[serving.RateLimit]),
            ("budget_policy_id", str),
        ],
    )
    return {"jobs": jobs.JobSettings, "model_serving_endpoints": endpoint}


def field_faults(kind: Any, value: Any, place: str) -> Iterator[str]:
    """What in ``value`` does not fit the API's type ``kind``; ``${…}`` fits any single value."""
    if isinstance(value, str) and _REFERENCE.search(value) and not dataclasses.is_dataclass(kind):
        return
    inner = _inner(kind)
    shape: type | None = {list: list, dict: dict}.get(typing.get_origin(inner))
    if dataclasses.is_dataclass(inner):
        shape = dict
    if shape is not None and not isinstance(value, shape):
        yield f"{place}: should be a {'mapping' if shape is dict else 'list'}"
    elif dataclasses.is_dataclass(inner):
        hints = typing.get_type_hints(inner)
        for name, part in value.items():
            if name not in hints:
                yield f"{place}.{name}: there is no such field"
            else:
                yield from field_faults(hints[name], part, f"{place}.{name}")
    elif shape is not None:
        parts = value.items() if shape is dict else enumerate(value)
        for name, part in parts:
            yield from field_faults(typing.get_args(inner)[-1], part, f"{place}.{name}")
    else:
        yield from _single(inner, value, place)


def _single(kind: Any, value: Any, place: str) -> Iterator[str]:
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        allowed = [member.value for member in kind]
        if value not in allowed:
            yield f"{place}: {value!r} is none of {', '.join(map(str, allowed))}"
    elif kind in (str, int, bool, float) and not _is(value, kind):
        yield f"{place}: {value!r} should be of type {kind.__name__}"


def _inner(kind: Any) -> Any:
    """Optional[X] → X."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        (kind,) = [part for part in typing.get_args(kind) if part is not type(None)]
    return kind


def _is(value: Any, kind: type) -> bool:
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
