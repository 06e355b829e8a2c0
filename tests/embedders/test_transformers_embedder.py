"""Embedders of other makers, on tiny models made here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from colour_shop import ColourShop
from tiny_towers import SIDE, make

from hangtag.cli.entry import run
from hangtag.embedders.base import Embedder
from hangtag.embedders.registry import open_embedder
from hangtag.errors import EngineError, MissingExtraError, UsageError
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace

pytestmark = pytest.mark.vlm

TEXTS = ["red checked shirt", "", "a blue dress for women", "striped " * 40, "Ünknöwn wörds 🦒"]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A function from a kind to the folder of its checkpoint."""
    made: dict[str, Path] = {}

    def of(kind: str) -> Path:
        if kind not in made:
            made[kind] = make(tmp_path_factory.mktemp(kind) / f"tiny-{kind}", kind)
        return made[kind]

    return of


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Several gain nothing on models so small."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(params=["clip", "siglip"])
def embedder(request: pytest.FixtureRequest, checkpoint: Callable[[str], Path]) -> Embedder:
    return open_embedder("transformers", model=checkpoint(request.param))


def photos(count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, SIDE, SIDE, 3), np.uint8)


def test_vectors_have_unit_length_and_the_dimension_that_is_told(embedder: Embedder) -> None:
    """Texts and photos alike, the empty text too."""
    assert list(embedder.sides) == [SIDE]
    for vectors in (embedder.embed_texts(TEXTS), embedder.embed_photos(photos(5))):
        assert vectors.shape == (5, embedder.dimension)
        assert vectors.dtype == np.float32
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_vector_does_not_depend_on_its_batch(embedder: Embedder) -> None:
    """A search gives the same tomorrow, with other products beside it."""
    seen = photos(35)
    together = embedder.embed_photos(seen)
    assert np.allclose(together[33], embedder.embed_photos(seen[33:34])[0], atol=1e-5)
    spoken = embedder.embed_texts(TEXTS)
    alone = [embedder.embed_texts([text])[0] for text in TEXTS]
    assert np.allclose(spoken, alone, atol=1e-5)


def test_nothing_has_no_vectors(embedder: Embedder) -> None:
    """But their shape."""
    assert embedder.embed_texts([]).shape == (0, embedder.dimension)
    assert embedder.embed_photos(photos(0)).shape == (0, embedder.dimension)


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_photos_are_seen_as_the_models_own_processor_has_them(
    kind: str, checkpoint: Callable[[str], Path]
) -> None:
    """Of photos that have the model's size already."""
    import torch
    import transformers

    folder, seen = checkpoint(kind), photos(3)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    prepared = transformers.AutoImageProcessor.from_pretrained(folder, backend="pil")(
        list(seen), return_tensors="pt"
    )
    with torch.inference_mode():
        told = model.get_image_features(**prepared)
    told = getattr(told, "pooler_output", told).numpy()
    expected = told / np.linalg.norm(told, axis=1, keepdims=True)
    found = open_embedder("transformers", model=folder).embed_photos(seen)
    assert np.allclose(found, expected, atol=1e-4)


def test_the_version_follows_from_the_weights(
    checkpoint: Callable[[str], Path], tmp_path: Path
) -> None:
    """An index made with others is made anew."""
    mine, other = checkpoint("clip"), tmp_path / "tiny-clip"
    other.mkdir()
    for file in mine.iterdir():
        data = bytearray(file.read_bytes())
        if file.suffix == ".safetensors":
            data[-1] ^= 1
        (other / file.name).write_bytes(data)
    versions = [open_embedder("transformers", model=one).version for one in (mine, mine, other)]
    assert versions[0] == versions[1] != versions[2]
    assert versions[0].startswith("tiny-clip@")


def test_a_shop_is_indexed_and_searched_with_it(
    checkpoint: Callable[[str], Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """From the command line, by the folder's name; nobody mixes it up with another one."""
    shop = ColourShop(tmp_path / "shop", products=6)
    shop.tag(Workspace(tmp_path / "workspace"), ScriptedEngine())
    named = ["--embedder", "transformers", "--embedder-model", str(checkpoint("siglip"))]
    place = str(tmp_path / "workspace")
    assert run(["index", place, "--images", str(shop.images), *named, "--quiet"]) == 0
    capfd.readouterr()
    assert run(["search", place, "red shirt", *named, "--json"]) == 0
    assert len(json.loads(capfd.readouterr().out)["hits"]) == 6
    assert run(["search", place, "red shirt"]) == 2
    assert "was made with transformers tiny-siglip@" in capfd.readouterr().err


def test_what_is_no_pair_of_towers_is_refused(checkpoint: Callable[[str], Path]) -> None:
    """With a model that is one."""
    with pytest.raises(EngineError, match="no towers for texts and photos: it is a BertModel"):
        open_embedder("transformers", model=checkpoint("bert"))


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """It is not looked for elsewhere."""
    with pytest.raises(UsageError, match="There is no folder"):
        open_embedder("transformers", model=tmp_path / "nothing")


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    """And what it lacks."""
    with pytest.raises(EngineError, match="cannot be loaded") as told:
        open_embedder("transformers", model=tmp_path)
    assert "config.json" in (told.value.hint or "")


def test_weights_that_cannot_be_had_name_what_fetches_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The command, to be typed where there is a network."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(EngineError, match="could not be fetched") as told:
        open_embedder("transformers", model="nobody/nothing")
    assert "hf download nobody/nothing" in (told.value.hint or "")
    assert "--embedder-model" in (told.value.hint or "")


def test_without_torch_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra that has it."""
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(MissingExtraError, match="clip"):
        open_embedder("transformers")
