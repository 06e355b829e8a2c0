"""What `hangtag teach` learned in a workspace, as a folder that went to the platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hangtag.errors import UsageError
from hangtag.heads import Heads
from hangtag.taxonomy import Taxonomy
from hangtag.texts import TaughtWords
from hangtag.texts.taught import load_taught_words
from hangtag.workspace import TAUGHT_HEADS, TAUGHT_WORDS

__all__ = ["Taught", "taught_files"]


@dataclass(frozen=True)
class Taught:
    """``heads``: their file, if there is one; ``words`` by attribute.

    ``unread``: attributes that were taught and that the taxonomy does not have: nothing reads them.
    """

    heads: Path | None = None
    words: Mapping[str, TaughtWords] = field(default_factory=dict)
    unread: tuple[str, ...] = ()

    @classmethod
    def load(cls, folder: Path, taxonomy: Taxonomy) -> Taught:
        """A folder with a workspace's ``taught.npz``, its ``taught-words.npz``, or both.

        Raises UsageError when neither is there, CalibrationError when one holds something else.
        """
        heads, words = folder / TAUGHT_HEADS, folder / TAUGHT_WORDS
        if not taught_files(folder):
            raise UsageError(
                f"Nothing was taught in {folder}: no {TAUGHT_HEADS} and no {TAUGHT_WORDS}.",
                "Copy them there from the workspace that `hangtag teach` was run in.",
            )
        spoken = load_taught_words(words) if words.is_file() else {}
        seen = Heads.load(heads).heads if heads.is_file() else {}
        known = {attribute.name for attribute in taxonomy}
        return cls(
            heads if heads.is_file() else None,
            {name: one for name, one in spoken.items() if name in known},
            tuple(sorted((seen.keys() | spoken.keys()) - known)),
        )


def taught_files(folder: Path) -> list[Path]:
    """Those of a workspace, or of any folder, that hold what was taught."""
    return [path for name in (TAUGHT_HEADS, TAUGHT_WORDS) if (path := folder / name).is_file()]
