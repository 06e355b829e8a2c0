"""Answers that a model writes itself, on tiny models that have learned what to say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tiny_models import TILE, taught

from hangtag.engines.base import PhotoBatch
from hangtag.engines.vlm.engine import VlmEngine, open_vlm
from hangtag.prompts import json_prompt, repair_prompt, stages
from hangtag.taxonomy import Taxonomy, default_taxonomy

pytestmark = pytest.mark.vlm

WHOLE = default_taxonomy()
# Two stages: short answers are learned in seconds.
TAXONOMY = Taxonomy("own", "1", (WHOLE["pattern"], WHOLE["details"]), WHOLE.groups)
FIRST, SECOND = stages(TAXONOMY.attributes)
ASKED = [json_prompt(s.attributes, stage=s.name, confidence=True) for s in (FIRST, SECOND)]
CLUMSY = 'Sure!\n```json\n{"pattern": "stripes", "pattern_confidence": 0.7,}\n```'
WRONG = '{"details": ["wings"]}'
MENDED = '{"details": ["has hood", "zip"], "details_confidence": "90%"}'
SORRY = repair_prompt({"details": "'wings' is not one of the options"})


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """It answers the first stage clumsily, the second wrongly, and the second again rightly."""
    return taught(
        tmp_path_factory.mktemp("taught"),
        [
            (ASKED[0], CLUMSY),
            (ASKED[1], WRONG),
            (ASKED[1], WRONG, SORRY, MENDED),
        ],
        TILE,
    )


@pytest.fixture
def engine(model: Path) -> VlmEngine:
    return open_vlm(TAXONOMY, model=str(model), device="cpu", mode="generate")


def batch(*kinds: str) -> PhotoBatch:
    pixels = np.random.default_rng(1).integers(0, 256, (1, TILE, TILE, 3), np.uint8)
    return PhotoBatch(
        [str(n) for n in range(len(kinds))],
        pixels.repeat(len(kinds), axis=0),
        [{"article_type": kind} for kind in kinds],
    )


def test_what_is_written_is_read_and_mended(engine: VlmEngine) -> None:
    """Out of a fence, with a synonym, and after one repair turn."""
    answers = engine.answer(batch("Tshirts", "Tshirts"), TAXONOMY.read)
    pattern, details = (answers.scores[a.name] for a in TAXONOMY.read)
    for row in range(2):
        assert WHOLE["pattern"].names[int(pattern[row].argmax())] == "striped"
        chosen = np.array(WHOLE["details"].names)[details[row] > 0]
        assert sorted(chosen) == ["has hood", "has zipper"]


def test_what_the_model_claims_is_no_probability(engine: VlmEngine) -> None:
    """It is handed over beside the scores, and does not move them."""
    answers = engine.answer(batch("Tshirts"), TAXONOMY.read)
    assert answers.claimed["pattern"][0] == pytest.approx(0.7)
    assert answers.claimed["details"][0] == pytest.approx(0.9)
    assert set(answers.scores["pattern"][0].tolist()) == {0.0, 4.0}


def test_what_does_not_apply_is_not_asked(engine: VlmEngine) -> None:
    """A shoe has no details: nothing is said of them, for or against."""
    answers = engine.answer(batch("Casual Shoes", "Tshirts"), TAXONOMY.read)
    assert answers.scores["details"][0].any(), "of an unknown kind, everything is asked"
    shoe = PhotoBatch(["1"], batch("x").pixels, [{"sub_category": "Shoes"}])
    answers = engine.answer(shoe, TAXONOMY.read)
    assert not answers.scores["details"].any()
    assert answers.scores["pattern"].any()


def test_a_model_that_only_babbles_has_not_answered(checkpoint: Callable[[str], Path]) -> None:
    """Its scores are no numbers: the product fails, and the run goes on."""
    engine = open_vlm(WHOLE, model=str(checkpoint("idefics3")), device="cpu", mode="generate")
    answers = engine.answer(batch("Tshirts"), WHOLE.read)
    assert all(np.isnan(scores).all() for scores in answers.scores.values())
    assert "there is no JSON object" in answers.unread[0]


def test_what_does_not_apply_at_all_is_not_held_against_the_model(engine: VlmEngine) -> None:
    """Nothing was asked of a perfume, so nothing is missing."""
    perfume = PhotoBatch(["1"], batch("x").pixels, [{"sub_category": "Fragrance"}])
    answers = engine.answer(perfume, TAXONOMY.read)
    assert all(np.isfinite(scores).all() for scores in answers.scores.values())
