"""What a catalog says, as text: trimmed, and null where it says nothing."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["as_told", "trimmed"]

_SAYS_NOTHING = pa.array(["", "na", "n/a", "nan", "none", "null"])


def trimmed(texts: pa.Array) -> pa.Array:
    """Strings without the white space around them, empty ones for null. For ids."""
    return pc.utf8_trim_whitespace(pc.fill_null(texts, ""))


def as_told(texts: pa.Array) -> pa.Array:
    """Strings as above, null for those that say nothing, such as ``NA``. For all but ids."""
    plain = trimmed(texts)
    says_nothing = pc.is_in(pc.utf8_lower(plain), _SAYS_NOTHING)
    return pc.if_else(says_nothing, pa.scalar(None, pa.string()), plain)
