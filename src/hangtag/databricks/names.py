"""Names in Unity Catalog. They get into SQL, so they are words of letters, digits and ``_``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hangtag.errors import UsageError

__all__ = ["Names", "is_name"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
_ENDPOINT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


def is_name(text: str) -> bool:
    """Whether it names a catalog, schema, volume, table or column without quoting."""
    return _NAME.fullmatch(text) is not None


@dataclass(frozen=True)
class Names:
    """Where everything lies. ``prefix``: of all tables. ``endpoint``: that serves the index.

    Raises UsageError for what is no plain name.
    """

    catalog: str = "main"
    schema: str = "fashion_demo"
    volume: str = "raw_data"
    prefix: str = "hangtag_"
    endpoint: str = "hangtag"

    def __post_init__(self) -> None:
        for what in ("catalog", "schema", "volume", "prefix"):
            if not is_name(getattr(self, what)):
                raise UsageError(
                    f"{getattr(self, what)!r} is no name for a {what}.",
                    "Use letters, digits and _ alone, a letter first.",
                )
        if not _ENDPOINT.fullmatch(self.endpoint):
            raise UsageError(
                f"{self.endpoint!r} is no name for an endpoint.",
                "Use letters, digits, - and _ alone, 63 at most.",
            )

    def table(self, name: str) -> str:
        """The whole name of one of our tables: ``catalog.schema.prefix_name``."""
        return f"{self.catalog}.{self.schema}.{self.prefix}{name}"

    @property
    def files(self) -> str:
        """The volume's path."""
        return f"/Volumes/{self.catalog}/{self.schema}/{self.volume}"
