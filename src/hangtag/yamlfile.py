"""YAML files that people write, validated, with the line in every complaint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from hangtag.errors import TaxonomyError

__all__ = ["MisplacedError", "line_of", "load_yaml", "read_yaml"]

Model = TypeVar("Model", bound=BaseModel)


class MisplacedError(ValueError):
    """For validators: what is wrong, and the keys that lead there from the validated part."""

    def __init__(self, message: str, *location: int | str):
        super().__init__(message)
        self.location = location


class _Loader(yaml.SafeLoader):
    """A safe loader in which yes, no, on and off are words: options may well be named so."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML declares it as an instance variable
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def read_yaml(path: Path, model: type[Model], context: Mapping[str, Any] | None = None) -> Model:
    """The file as ``model``. Raises TaxonomyError, ``file:line: what``, where it does not fit.

    ``context`` is handed to the validators of ``model``.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TaxonomyError(f"{path} cannot be read: {error}.") from error
    try:
        node = yaml.compose(text, Loader=_Loader)
        if node is None:
            raise TaxonomyError(f"{path}:1: the file is empty.")
        _refuse_duplicate_keys(path, node)
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a subclass of SafeLoader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise TaxonomyError(f"{path}:{line}: not valid YAML: {error.problem}.") from error
    try:
        return model.model_validate(data, context=context)
    except ValidationError as error:
        complaints = []
        for problem in error.errors():
            cause = problem.get("ctx", {}).get("error")
            where = (
                *problem["loc"],
                *(cause.location if isinstance(cause, MisplacedError) else ()),
            )
            message = str(cause or problem["msg"])
            complaints.append(f"{path}:{_line(node, where)}: {_dotted(where)}{message}")
        raise TaxonomyError("\n".join(complaints)) from error


def load_yaml(path: Path) -> dict[str, Any]:
    """A file that others will read, in plain YAML, as a mapping.

    Raises TaxonomyError, ``file:line: what``, where it is none.
    """
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is not None:
            _refuse_duplicate_keys(path, node)
        data = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise TaxonomyError(f"{path} cannot be read: {error}.") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise TaxonomyError(f"{path}:{line}: not valid YAML: {error.problem}.") from error
    if not isinstance(data, dict):
        raise TaxonomyError(f"{path}:1: it should be a mapping.")
    return data


def line_of(path: Path, location: tuple[int | str, ...]) -> int:
    """The line, from 1 on, of what keys and places in lists lead to in a file that is YAML.

    Of what is not there, that of what it would stand in.
    """
    node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    return 1 if node is None else _line(node, location)


def _refuse_duplicate_keys(path: Path, node: yaml.Node) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                line = key.start_mark.line + 1
                raise TaxonomyError(f"{path}:{line}: {key.value!r} stands here a second time.")
            seen.add(key.value)
            _refuse_duplicate_keys(path, value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_duplicate_keys(path, item)


def _line(node: yaml.Node, location: tuple[int | str, ...]) -> int:
    """The line of the deepest part of ``location`` that the file has."""
    line: int = node.start_mark.line
    for step in location:
        child = _child(node, step)
        if child is None:
            break
        line, node = child
    return line + 1


def _child(node: yaml.Node, step: int | str) -> tuple[int, Any] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return key.start_mark.line, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line, node.value[step]
    return None


def _dotted(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) + ": " if location else ""
