"""The asset bundle, written from the templates that ship in the wheel."""

from __future__ import annotations

import json
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import hangtag
from hangtag.databricks.names import Names
from hangtag.errors import UsageError, WorkspaceError
from hangtag.prompts import json_prompt, json_schema
from hangtag.taxonomy import Taxonomy, default_taxonomy

__all__ = ["bundle_files", "write_bundle"]

# What templates say where a name of yours belongs. Only databricks.yml does; all others refer to
# the bundle's variables, so that a target may have names of its own.
_MARK = "@@{}@@"


def bundle_files(names: Names) -> dict[str, str]:
    """Path in the bundle → text."""
    taxonomy = default_taxonomy()
    told = {
        "catalog": names.catalog, "schema": names.schema, "volume": names.volume,
        "prefix": names.prefix, "endpoint": names.endpoint, "version": hangtag.__version__,
        "files": names.files, "prompt": _literal(json_prompt(taxonomy.read)),
        "response_format": _literal(json.dumps(_response_format(taxonomy))),
    }  # fmt: skip
    found = {}
    for path, file in sorted(_walk(files("hangtag.databricks") / "templates")):
        text = file.read_text("utf-8")
        for name, value in told.items():
            text = text.replace(_MARK.format(name), value)
        found[path.removesuffix(".txt")] = text
    return found


def _response_format(taxonomy: Taxonomy) -> dict[str, object]:
    schema = {"name": "product", "schema": json_schema(taxonomy.read), "strict": True}
    return {"type": "json_schema", "json_schema": schema}


def _literal(text: str) -> str:
    """The inside of a SQL string."""
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _walk(folder: Traversable, place: str = "") -> list[tuple[str, Traversable]]:
    found = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _walk(entry, f"{place}{entry.name}/")
        else:
            found.append((place + entry.name, entry))
    return found


def write_bundle(folder: Path, names: Names, *, replace: bool = False) -> list[Path]:
    """Write the bundle's files; the paths written.

    Raises UsageError when one is there already with another text, unless ``replace``.
    """
    wanted = bundle_files(names)
    if not replace:
        for name, text in wanted.items():
            there = folder / name
            if there.exists() and there.read_text("utf-8", "replace") != text:
                raise UsageError(
                    f"{there} is there already, and not as it would be written.",
                    "Name another folder, or add --replace to lose what was changed.",
                )
    written = []
    for name, text in wanted.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        except OSError as error:
            raise WorkspaceError(
                f"{path} cannot be written: {error.strerror}.", "Name another folder with --out."
            ) from error
        written.append(path)
    return written
