"""Readings of many photos at once."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hangtag.calibration import Calibration, Curve, uncalibrated
from hangtag.engines.base import Answers
from hangtag.errors import EngineError
from hangtag.readingblock import NESTED_READING, ReadingBlock, read_answers, restored
from hangtag.readings import decide
from hangtag.taxonomy import default_taxonomy
from hangtag.testing.scripted import ScriptedEngine

TAXONOMY = default_taxonomy()
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def scores(photos: int, seed: int, spread: float) -> Answers:
    rng = np.random.default_rng(seed)
    return Answers(
        {
            a.name: rng.normal(0, spread, (photos, len(a.options))).astype(np.float32)
            for a in TAXONOMY.read
        }
    )


def block_of(answers: Answers, engine: ScriptedEngine | None = None) -> ReadingBlock:
    block, sound = read_answers(answers, TAXONOMY.read, 32, engine or ScriptedEngine())
    assert sound.all()
    return block


@settings(max_examples=50)
@given(st.integers(1, 5), st.integers(0, 10_000), st.sampled_from([0.0, 0.5, 4.0]))
def test_decisions_are_those_that_are_made_one_by_one(
    photos: int, seed: int, spread: float
) -> None:
    """Ties included: with no spread every option is as likely as the next."""
    answers = scores(photos, seed, spread)
    for row, readings in enumerate(block_of(answers).readings()):
        for attribute in TAXONOMY.read:
            likely = uncalibrated(attribute, answers.scores[attribute.name])[row]
            value, confidence = decide(attribute, np.round(likely, 5))
            reading = readings[attribute.name]
            assert reading.value == value
            assert reading.confidence == pytest.approx(confidence, abs=2e-5)
            assert list(reading.probabilities) == list(attribute.names)
            told = list(reading.probabilities.values())
            assert told == pytest.approx(likely.tolist(), abs=1e-5)


def test_arrow_says_what_the_readings_say() -> None:
    """And what is read back from it is the same again."""
    block = block_of(scores(4, 1, 2.0))
    lists = block.to_arrow(
        ["a", "b", "c", "d"],
        engine="scripted", engine_version="1", taxonomy_version="1.0", read_at=NOW,
    )  # fmt: skip
    assert lists.type.value_type == NESTED_READING
    for sha, rows, readings in zip("abcd", lists.to_pylist(), block.readings(), strict=True):
        assert restored(rows) == readings
        assert {row["image_sha256"] for row in rows} == {sha}
        assert {row["read_at"] for row in rows} == {NOW}


def test_calibrated_probabilities_and_thresholds_decide() -> None:
    """Here a shift takes the surest detail away, and a threshold brings another in."""
    details = TAXONOMY["details"]
    n = len(details.options)
    calibration = Calibration(
        "scripted", "1", "nothing",
        {"details": details.names},
        {"details": {32: Curve((1.0,) * n, (-9.0,) + (0.0,) * (n - 1), (0.5, 0.2) + (0.9,) * 4)}},
    )  # fmt: skip
    answers = scores(1, 0, 0.0)
    answers.scores["details"][0] = [5.0, -1.0, 1.0, 1.0, 1.0, 1.0]
    block = block_of(answers, ScriptedEngine(calibration=calibration))
    assert next(block.readings())["details"].value == (details.names[1],)


def test_a_photo_without_numbers_is_told_apart() -> None:
    """The others of its batch are what they were."""
    answers = scores(3, 2, 1.0)
    answers.scores["fit"][1, 0] = np.nan
    _, sound = read_answers(answers, TAXONOMY.read, 32, ScriptedEngine())
    assert sound.tolist() == [True, False, True]


def test_an_engine_that_does_not_answer_the_question_is_at_fault() -> None:
    """An attribute left out, or scores for other options."""
    all_scores = scores(1, 0, 1).scores
    left_out = Answers({name: s for name, s in all_scores.items() if name != "fit"})
    with pytest.raises(EngineError, match="no scores for fit"):
        read_answers(left_out, TAXONOMY.read, 32, ScriptedEngine())
    other = scores(1, 0, 1)
    other = Answers({**other.scores, "fit": np.zeros((1, 2), np.float32)})
    with pytest.raises(EngineError, match="no scores for fit"):
        read_answers(other, TAXONOMY.read, 32, ScriptedEngine())
