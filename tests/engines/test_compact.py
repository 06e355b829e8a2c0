"""The network that ships."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hangtag.engines.base import PhotoBatch
from hangtag.engines.compact import CompactEngine
from hangtag.engines.registry import engine_names, open_engine
from hangtag.errors import EngineError, UsageError
from hangtag.onnxfile import load_network, shipped
from hangtag.taxonomy import Attribute, Option, Taxonomy, default_taxonomy
from hangtag.testing import drawn_catalog

TAXONOMY = default_taxonomy()


@pytest.fixture(scope="module")
def engine() -> CompactEngine:
    return CompactEngine(TAXONOMY, threads=2)


@pytest.fixture(scope="module")
def photos() -> np.ndarray:
    drawn = [product.photo(224) for product in drawn_catalog(60)[:20]]
    return np.stack([np.asarray(p.resize((224, 224), Image.Resampling.BILINEAR)) for p in drawn])


def batch(pixels: np.ndarray) -> PhotoBatch:
    return PhotoBatch([str(i) for i in range(len(pixels))], pixels, [{}] * len(pixels))


def taxonomy_of(attribute: Attribute) -> Taxonomy:
    return Taxonomy("own", "1", (attribute,), {})


def test_every_attribute_of_tiers_1_and_2_is_read(
    engine: CompactEngine, photos: np.ndarray
) -> None:
    """One score an option, and they are numbers."""
    answers = engine.answer(batch(photos), TAXONOMY.read)
    assert set(answers.scores) == {a.name for a in TAXONOMY.read}
    for attribute in TAXONOMY.read:
        scores = answers.scores[attribute.name]
        assert scores.shape == (len(photos), len(attribute.options))
        assert np.isfinite(scores).all()
    assert answers.embedding is not None
    assert answers.embedding.shape == (len(photos), 1280)


def test_heads_that_are_taught_look_at_the_middle_of_the_network(photos: np.ndarray) -> None:
    """At the mean, spread and maximum of the channels where three stages end."""
    network = load_network(shipped("compact.onnx"), threads=1)
    (middle,) = network.run(["middle"], photos=photos)
    assert middle.shape == (len(photos), 3 * (80 + 112 + 192))
    mean, spread, maximum = np.split(middle[:, : 3 * 80], 3, axis=1)
    assert (spread >= 0).all()
    assert (mean <= maximum).all()


def test_an_answer_does_not_depend_on_the_other_photos_of_its_batch(
    engine: CompactEngine, photos: np.ndarray
) -> None:
    """Alone, in company or in another order: the same numbers to the last bit."""
    together = engine.answer(batch(photos), TAXONOMY.read).scores["pattern"]
    alone = [
        engine.answer(batch(photos[i : i + 1]), TAXONOMY.read).scores["pattern"][0]
        for i in range(4)
    ]
    backwards = engine.answer(batch(photos[::-1].copy()), TAXONOMY.read).scores["pattern"]
    assert np.array_equal(together[:4], np.stack(alone))
    assert np.array_equal(together, backwards[::-1])


def test_it_takes_photos_of_every_size_it_names(engine: CompactEngine) -> None:
    """Small photos are not blown up to the larger size."""
    for side in engine.sides:
        grey = np.full((1, side, side, 3), 127, np.uint8)
        assert engine.answer(batch(grey), TAXONOMY.read).scores["fit"].shape == (1, 5)


def test_its_probabilities_are_calibrated(engine: CompactEngine) -> None:
    """For every attribute, by a fit that was made for this very file."""
    assert engine.calibration is not None
    assert all(engine.calibration.covers(attribute) for attribute in TAXONOMY.read)


def test_some_of_the_options_in_another_order_are_read_by_name(
    engine: CompactEngine, photos: np.ndarray
) -> None:
    """A user's taxonomy may leave options out."""
    whole = engine.answer(batch(photos), TAXONOMY.read).scores["pattern"]
    names = TAXONOMY["pattern"].names
    some = Attribute("pattern", 1, (Option("checkered"), Option("striped")))
    fewer = engine.answer(batch(photos), [some]).scores["pattern"]
    assert np.array_equal(fewer[:, 0], whole[:, names.index("checkered")])
    assert np.array_equal(fewer[:, 1], whole[:, names.index("striped")])


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        (Attribute("heel", 1, (Option("flat"), Option("high"))), "cannot read heel: flat, high"),
        (Attribute("pattern", 1, (Option("striped"), Option("paisley"))), "pattern: paisley"),
    ],
)
def test_what_it_cannot_read_is_refused_before_any_photo(attribute: Attribute, said: str) -> None:
    """The error names the attribute and the options."""
    with pytest.raises(EngineError, match=said):
        CompactEngine(taxonomy_of(attribute))


@pytest.mark.parametrize("content", [b"", b"not a model", None])
def test_a_model_that_cannot_be_loaded_is_one_clear_error(
    tmp_path: Path, content: bytes | None
) -> None:
    """Missing, empty or of another kind."""
    model = tmp_path / "model.onnx"
    if content is not None:
        model.write_bytes(content)
    with pytest.raises(EngineError, match=r"model\.onnx cannot be loaded"):
        CompactEngine(TAXONOMY, model=model)


def test_engines_are_opened_by_name() -> None:
    """An unknown name is answered with the names there are."""
    assert "compact" in engine_names()
    assert open_engine("compact", TAXONOMY).name == "compact"
    with pytest.raises(UsageError, match="compact"):
        open_engine("oracle", TAXONOMY)
