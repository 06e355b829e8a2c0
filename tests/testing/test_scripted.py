"""The scripted engine."""

from __future__ import annotations

import numpy as np
import pytest

from hangtag.calibration import uncalibrated
from hangtag.engines.base import Engine, PhotoBatch
from hangtag.errors import EngineError
from hangtag.taxonomy import default_taxonomy
from hangtag.testing.scripted import ScriptedEngine

TAXONOMY = default_taxonomy()
PIXELS = np.random.default_rng(0).integers(0, 255, (3, 32, 32, 3)).astype(np.uint8)


def batch(*rows: int) -> PhotoBatch:
    return PhotoBatch([f"p{row}" for row in rows], PIXELS[list(rows)], [{} for _ in rows])


def test_what_is_scripted_is_answered_with_near_certainty() -> None:
    """One option of a single choice, any number of a multiple one."""
    engine: Engine = ScriptedEngine(
        answers={"p1": {"pattern": "striped", "details": ("has logo", "has hood")}}
    )
    scores = engine.answer(batch(0, 1), TAXONOMY.read).scores
    pattern, details = TAXONOMY["pattern"], TAXONOMY["details"]
    sure = uncalibrated(pattern, scores["pattern"])[1]
    assert sure[pattern.names.index("striped")] > 0.99
    seen = uncalibrated(details, scores["details"])[1] > 0.5
    assert {details.names[i] for i in np.flatnonzero(seen)} == {"has logo", "has hood"}


def test_the_rest_follows_from_the_pixels_and_from_nothing_else() -> None:
    """The same photo gets the same answer in any batch, another photo another one."""
    together = ScriptedEngine().answer(batch(0, 1, 2), TAXONOMY.read).scores["material"]
    alone = ScriptedEngine().answer(batch(2), TAXONOMY.read).scores["material"]
    assert (together[2] == alone[0]).all()
    assert (together[1] != together[2]).any()


def test_it_fails_where_it_is_told_to_and_remembers_every_call() -> None:
    """A batch with a failing product fails whole."""
    engine = ScriptedEngine(fail_on={"p1"})
    with pytest.raises(EngineError, match="p1"):
        engine.answer(batch(0, 1), [TAXONOMY["pattern"]])
    engine.answer(batch(0), [TAXONOMY["pattern"]])
    assert engine.asked == [(("p0", "p1"), ("pattern",)), (("p0",), ("pattern",))]
