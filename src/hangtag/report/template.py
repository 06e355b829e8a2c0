"""What all pages share: the template environment, how figures are written, how a page is kept."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import jinja2

from hangtag.errors import WorkspaceError

__all__ = ["keep_page", "page_environment"]


def page_environment(package: str) -> jinja2.Environment:
    """Templates of ``hangtag.<package>``, those of the report within reach."""
    # Everything that comes from a catalog is escaped: it is data, never markup.
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [jinja2.PackageLoader("hangtag", package), jinja2.PackageLoader("hangtag", "report")]
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["share"] = _share
    environment.filters["figure"] = _figure
    environment.filters["number"] = "{:,}".format
    environment.filters["seconds"] = _seconds
    return environment


def _share(value: float | None) -> str:
    """As a person reads it: 93 %, 0.4 %."""
    if value is None:
        return "–"
    percent = 100 * value
    if 0 < percent < 0.05:
        return "<0.1 %"
    return f"{percent:.1f} %" if 0 < percent < 9.95 else f"{percent:.0f} %"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _seconds(value: float) -> str:
    """As a person says it: 4.2 s, 48 s, 3 min 5 s."""
    if value < 59.5:
        return f"{value:.1f} s" if value < 9.95 else f"{value:.0f} s"
    minutes, seconds = divmod(round(value), 60)
    return (
        f"{minutes:,} min {seconds} s"
        if minutes < 60
        else f"{minutes // 60:,} h {minutes % 60} min"
    )


def keep_page(path: Path, page: str) -> Path:
    """Write it whole or not at all. Raises WorkspaceError when that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, prefix=".new-", delete=False, encoding="utf-8"
        ) as file:
            file.write(page)
        os.chmod(file.name, 0o644)  # noqa: PTH101 - it has no path yet
        Path(file.name).replace(path)
    except OSError as error:
        raise WorkspaceError(
            f"{path} cannot be written: {error.strerror}.", "Name another place with --out."
        ) from error
    return path
