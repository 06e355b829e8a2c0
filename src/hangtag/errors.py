"""Everything that hangtag raises on purpose.

    HangtagError
    ├── UsageError              what was asked for cannot be done as asked (exit code 2)
    │   ├── CatalogError            the catalog cannot be read
    │   ├── TaxonomyError           a taxonomy or rules file is not valid; names the line
    │   ├── LabelsError             a labels file cannot be read
    │   └── MissingExtraError       an optional library is not installed; names the command
    ├── WorkspaceError          the tables cannot be read or written
    │   └── WorkspaceBusyError      another run holds the workspace
    ├── EngineError             the engine cannot answer
    │   └── CalibrationError        a calibration was fitted for something else
    └── PhotoError              one photo cannot be read; becomes a row in ``failures``
    HangtagWarning          it goes on, in another way than one would expect

A message says what happened; the hint says what to do next. Errors of other libraries are
translated where hangtag meets the world (files, tables, servers); programming errors pass through.
"""

from __future__ import annotations

__all__ = [
    "CalibrationError",
    "CatalogError",
    "EngineError",
    "HangtagError",
    "HangtagWarning",
    "LabelsError",
    "MissingExtraError",
    "PhotoError",
    "TaxonomyError",
    "UsageError",
    "WorkspaceBusyError",
    "WorkspaceError",
]


class HangtagError(Exception):
    """The root. ``hint`` is one sentence that says what to do next; it may be empty."""

    exit_code = 1

    def __init__(self, message: str, hint: str = ""):
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(HangtagError):
    """What was asked for cannot be done as asked."""

    exit_code = 2


class CatalogError(UsageError):
    """The catalog cannot be read."""


class TaxonomyError(UsageError):
    """A taxonomy or rules file is not valid."""


class LabelsError(UsageError):
    """A labels file cannot be read."""


class MissingExtraError(UsageError):
    """An optional library is not installed."""

    def __init__(self, library: str, extra: str):
        super().__init__(
            f"{library} is not installed.", f"Install it with: pip install 'hangtag[{extra}]'"
        )
        self.extra = extra


class WorkspaceError(HangtagError):
    """The tables of a workspace cannot be read or written."""


class WorkspaceBusyError(WorkspaceError):
    """Another run holds the workspace."""


class EngineError(HangtagError):
    """The engine cannot answer."""


class CalibrationError(EngineError):
    """A calibration was fitted for another engine, model or taxonomy."""


class PhotoError(HangtagError):
    """One photo cannot be read. ``reason`` is the code that ``failures`` keeps."""

    def __init__(self, reason: str, message: str):
        super().__init__(message)
        self.reason = reason

    def __reduce__(self) -> tuple[type[PhotoError], tuple[str, str]]:
        # Raised in a process of the pool and handed over by pickle.
        return (PhotoError, (self.reason, self.message))


class HangtagWarning(UserWarning):
    """It goes on, in another way than one would expect."""
