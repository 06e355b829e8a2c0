"""The API as a page, from its OpenAPI document.

The usual pages for that load their scripts from elsewhere, and this server works without a network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jinja2

__all__ = ["render_api"]


def render_api(document: Mapping[str, Any]) -> str:
    """HTML of an OpenAPI 3.1 document. What it says is escaped, and needs no script."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("hangtag", "serve"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["kind"] = _kind
    schemas = document.get("components", {}).get("schemas", {})
    routes = [
        _route(path, method, about)
        for path, methods in document["paths"].items()
        for method, about in methods.items()
    ]
    return environment.get_template("api.html.j2").render(
        info=document["info"], routes=routes, schemas=schemas
    )


def _route(path: str, method: str, about: Mapping[str, Any]) -> dict[str, Any]:
    answers = []
    for status, answer in about["responses"].items():
        content: tuple[str, Any] = next(iter(answer.get("content", {}).items()), ("", {}))
        answers.append(
            {
                "status": status,
                "says": answer["description"],
                "media": content[0],
                "schema": content[1].get("schema", {}),
            }
        )
    return {
        "method": method.upper(),
        "path": path,
        "id": about["operationId"],
        "summary": about.get("summary", ""),
        "description": about.get("description", ""),
        "parameters": about.get("parameters", []),
        "body": list(about.get("requestBody", {}).get("content", {})),
        "answers": answers,
    }


def _kind(schema: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A schema in words: pieces of text and, where a piece is a model, its name."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return [(name, name)]
    if "anyOf" in schema:
        return _joined(schema["anyOf"], " or ")
    kind = schema.get("type", "")
    if kind == "array":
        return [("list of ", ""), *_kind(schema.get("items", {}))]
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return [("map of string to ", ""), *_kind(schema["additionalProperties"])]
    bounds = [
        f"{word} {schema[key]:,}"
        for key, word in (
            ("minimum", "from"), ("maximum", "to"), ("maxLength", "letters up to"),
        )
        if key in schema
    ]  # fmt: skip
    return [(" ".join([str(kind) or "anything", *bounds]), "")]


def _joined(schemas: Sequence[Mapping[str, Any]], between: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for schema in schemas:
        found += ([(between, "")] if found else []) + _kind(schema)
    return found
