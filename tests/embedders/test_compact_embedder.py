"""The embedder that ships."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hangtag.embedders.compact import CompactEmbedder
from hangtag.embedders.registry import embedder_names, open_embedder
from hangtag.errors import EngineError, UsageError
from hangtag.onnxfile import shipped
from hangtag.testing import random_product


@pytest.fixture(scope="module")
def embedder() -> CompactEmbedder:
    return CompactEmbedder()


def photos(side: int, count: int = 3) -> NDArray[np.uint8]:
    """Drawn products, squashed to a square."""
    rng = np.random.default_rng(5)
    drawn = [random_product(rng).photo(320).convert("RGB") for _ in range(count)]
    return np.stack([np.asarray(photo.resize((side, side))) for photo in drawn])


def test_it_is_the_embedder_named_compact(embedder: CompactEmbedder) -> None:
    """Whoever asks by name gets it, and a wrong name is told the right ones."""
    assert "compact" in embedder_names()
    assert open_embedder("compact").version == embedder.version
    with pytest.raises(UsageError, match="no embedder named 'clap'") as caught:
        open_embedder("clap")
    assert "compact" in caught.value.hint


@pytest.mark.parametrize("text", ["striped shirt", "", " ", "🙂", "<b>x</b>'; --", "long " * 9000])
def test_any_text_has_a_vector_of_unit_length(embedder: CompactEmbedder, text: str) -> None:
    """Shoppers type anything."""
    vectors = embedder.embed_texts([text])
    assert vectors.shape == (1, embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("side", [128, 224])
def test_photos_have_vectors_of_unit_length(embedder: CompactEmbedder, side: int) -> None:
    """At either size it was made for."""
    vectors = embedder.embed_photos(photos(side))
    assert vectors.shape == (3, embedder.dimension)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)


def test_a_vector_does_not_depend_on_its_company(embedder: CompactEmbedder) -> None:
    """Batches are cut anywhere, also where texts are more than one pass takes."""
    texts = [f"shirt {n}" for n in range(700)]
    together = embedder.embed_texts(texts)
    assert together[[0, 511, 512, 699]] == pytest.approx(
        np.concatenate([embedder.embed_texts([texts[n]]) for n in (0, 511, 512, 699)]), abs=1e-5
    )
    pictures = photos(128)
    alone = np.concatenate([embedder.embed_photos(pictures[n : n + 1]) for n in range(3)])
    # 8-bit activations are rounded alike whatever the batch.
    assert embedder.embed_photos(pictures) == pytest.approx(alone, abs=1e-4)


def test_nothing_to_embed_is_nothing(embedder: CompactEmbedder) -> None:
    """An index without new products asks for no vectors."""
    assert embedder.embed_texts([]).shape == (0, embedder.dimension)


def test_case_accents_and_punctuation_do_not_count(embedder: CompactEmbedder) -> None:
    """A query is typed in a hurry."""
    one, other = embedder.embed_texts(["Décolleté, RED!", "decollete red"])
    assert one == pytest.approx(other, abs=1e-6)


def test_what_means_the_same_lies_closer_than_what_does_not(embedder: CompactEmbedder) -> None:
    """Synonyms share no word, and are neighbours all the same."""
    checked, plaid, bag = embedder.embed_texts(
        ["checked shirt long sleeve", "plaid shirt full sleeves", "black leather handbag"]
    )
    assert checked @ plaid > 0.4 > checked @ bag


def test_texts_find_drawn_photos(embedder: CompactEmbedder) -> None:
    """One space: what a photo shows lies nearer to its own words than to others'."""
    rng = np.random.default_rng(11)
    products = [random_product(rng) for _ in range(24)]
    pixels = np.stack(
        [np.asarray(p.photo(320).convert("RGB").resize((224, 224))) for p in products]
    )
    kinds = [p.metadata["article_type"] for p in products]
    scores = embedder.embed_photos(pixels) @ embedder.embed_texts(sorted(set(kinds))).T
    first = [sorted(set(kinds))[best] for best in scores.argmax(1)]
    right = np.mean([a == b for a, b in zip(first, kinds, strict=True)])
    assert right > 3 / len(set(kinds))


def test_networks_that_were_not_trained_together_are_refused(tmp_path: Path) -> None:
    """Their vectors would be compared, and mean nothing."""
    text = tmp_path / "text.onnx"
    data = shipped("compact-text.onnx").read_bytes()
    mark = CompactEmbedder()._texts.about["vectors"].encode()
    text.write_bytes(data.replace(mark, b"0" * len(mark)))
    with pytest.raises(EngineError, match="not trained together"):
        CompactEmbedder(text_model=text)


def test_a_damaged_file_is_one_clear_error(tmp_path: Path) -> None:
    """A download that was cut short."""
    short = tmp_path / "compact-text.onnx"
    shutil.copy(shipped("compact-text.onnx"), short)
    short.write_bytes(short.read_bytes()[:1000])
    with pytest.raises(EngineError, match="cannot be loaded"):
        CompactEmbedder(text_model=short)
