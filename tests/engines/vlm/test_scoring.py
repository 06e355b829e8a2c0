"""Likelihoods on whole tiny models: three ways, one truth."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hangtag.engines.base import PhotoBatch
from hangtag.engines.vlm.engine import VlmEngine, open_vlm
from hangtag.errors import EngineError, HangtagWarning
from hangtag.taxonomy import Attribute, Option, Taxonomy, default_taxonomy

pytestmark = pytest.mark.vlm

TAXONOMY = default_taxonomy()
FAMILIES = ("idefics3", "smolvlm", "llava")
# Natural logarithms, in single precision.
CLOSE = 1e-4

Opened = Callable[..., VlmEngine]


@pytest.fixture
def opened(checkpoint: Callable[[str], Path]) -> Opened:
    """An engine with a tiny model."""

    def of(kind: str, **options: object) -> VlmEngine:
        taxonomy = options.pop("taxonomy", TAXONOMY)
        return open_vlm(taxonomy, model=str(checkpoint(kind)), device="cpu", **options)

    return of


def photos(side: int, count: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), np.uint8)


def batch(pixels: np.ndarray) -> PhotoBatch:
    return PhotoBatch([str(n) for n in range(len(pixels))], pixels, [{}] * len(pixels))


def by(engine: VlmEngine, tier: str, pixels: np.ndarray) -> np.ndarray:
    """Log-likelihoods of every answer by one of the ways."""
    plan = engine._plan(TAXONOMY.read, pixels.shape[1])
    return plan.scorer.score(tier, engine._inputs.photos(pixels), len(pixels))


def off(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).max())


@pytest.mark.parametrize(
    ("kind", "tiles"), [(k, t) for k in FAMILIES for t in (1, 2) if (k, t) != ("llava", 2)]
)
def test_tree_and_fork_come_to_the_likelihoods_of_the_reference(
    opened: Opened, kind: str, tiles: int
) -> None:
    """Every question of every stage, every option, every photo of the batch, and twice."""
    engine = opened(kind, tiles=tiles)
    pixels = photos(engine.sides[-1])
    truth = by(engine, "reference", pixels)
    assert np.ptp(truth, axis=0).max() > 0.1, "the photo makes a difference"
    assert np.std(truth) > 1, "so do the options"
    for tier in ("tree", "fork"):
        assert off(by(engine, tier, pixels), truth) < CLOSE
        assert off(by(engine, tier, pixels), truth) < CLOSE
    assert engine.tried.tier == "tree"


def test_a_model_with_a_memory_falls_back(opened: Opened) -> None:
    """Its tree would be wrong without a word; the fork is right, also at its second use."""
    with pytest.warns(HangtagWarning, match=r"'tree': it is off by .* 'fork'"):
        engine = opened("recurrent")
    assert engine.tried.tier == "fork"
    assert list(engine.tried.refused) == ["tree"]
    pixels = photos(engine.sides[0])
    truth = by(engine, "reference", pixels)
    assert off(by(engine, "tree", pixels), truth) > 0.1
    assert off(by(engine, "fork", pixels), truth) < CLOSE
    assert off(by(engine, "fork", pixels), truth) < CLOSE


def test_a_way_that_breaks_down_is_refused(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model may take offence at a mask; it is then read by the next way."""
    from hangtag.engines.vlm.torch_scoring import Scorer

    def offended(*_: object) -> None:
        raise ValueError("no such mask here\nand more")

    monkeypatch.setattr(Scorer, "tree", offended)
    with pytest.warns(HangtagWarning, match="ValueError: no such mask here"):
        assert opened("smolvlm").tried.tier == "fork"
    monkeypatch.setattr(Scorer, "fork", offended)
    with pytest.warns(HangtagWarning):
        assert opened("smolvlm").tried.tier == "reference"


def test_an_answer_does_not_depend_on_the_other_photos_of_its_batch(opened: Opened) -> None:
    """Alone, in company, in another order."""
    engine = opened("idefics3")
    pixels = photos(engine.sides[0], 5)
    together = engine.answer(batch(pixels), TAXONOMY.read).scores
    backwards = engine.answer(batch(pixels[::-1].copy()), TAXONOMY.read).scores
    for name, scores in together.items():
        assert off(scores, backwards[name][::-1]) < CLOSE
        alone = engine.answer(batch(pixels[2:3]), [TAXONOMY[name]]).scores[name]
        assert off(scores[2:3], alone) < CLOSE


@pytest.mark.parametrize("readout", ["text", "start", "letters", "yes_no"])
@pytest.mark.parametrize("wording", ["short", "long"])
def test_an_answer_does_not_depend_on_the_order_of_options(
    opened: Opened, tmp_path: Path, readout: str, wording: str
) -> None:
    """A taxonomy may list them as it likes, whatever the way of asking."""
    file = tmp_path / "readouts.yaml"
    file.write_text(f"single: {readout}\n")
    pattern = TAXONOMY["pattern"]
    found = []
    for order in (1, -1):
        one = replace(pattern, options=pattern.options[::order])
        taxonomy = Taxonomy("own", "1", (one,), {})
        engine = opened("smolvlm", taxonomy=taxonomy, readouts=file, wording=wording)
        scores = engine.answer(batch(photos(engine.sides[0])), [one]).scores["pattern"]
        found.append(scores[:, ::order])
    assert off(*found) < CLOSE
    assert np.std(found[0]) > 0.01


def test_options_that_begin_others_are_told_apart(opened: Opened) -> None:
    """The shorter one must end there; together they are no likelier than certain."""
    options = tuple(map(Option, ("has", "has po", "has pockets", "has pockets and a hood")))
    taxonomy = Taxonomy("own", "1", (Attribute("it", 1, options),), {})
    engine = opened("smolvlm", taxonomy=taxonomy)
    answers = engine.answer(batch(photos(engine.sides[0])), taxonomy.read)
    assert (answers.outside["it"] >= 0).all()
    assert np.isfinite(answers.scores["it"]).all()


def test_the_liking_of_a_model_for_words_is_taken_off(opened: Opened, cache: Path) -> None:
    """What it says of an empty photo is measured once and kept with the revision."""
    from hangtag.engines.vlm.prior import content_free

    engine = opened("smolvlm")
    side = engine.sides[0]
    empty = engine.answer(batch(content_free(side)), TAXONOMY.read).scores
    for scores in empty.values():
        assert abs(float(scores.mean(axis=0).max())) < 0.01
    (file,) = cache.rglob("*.json")
    assert engine._loaded.revision in file.read_text()
    again = opened("smolvlm")
    pixels = photos(side)
    one, other = (e.answer(batch(pixels), TAXONOMY.read).scores["fit"] for e in (engine, again))
    assert np.array_equal(one, other)


def test_running_out_of_memory_halves_the_batch_and_goes_on(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answers are the same; later batches stay small."""
    import torch

    from hangtag.engines.vlm.torch_scoring import Scorer

    engine = opened("smolvlm")
    pixels = photos(engine.sides[0], 4)
    expected = engine.answer(batch(pixels), TAXONOMY.read).scores["fit"]
    whole, asked = Scorer.tree, []

    def short_of_memory(self: Scorer, given: dict[str, object], count: int) -> object:
        asked.append(count)
        if count > 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return whole(self, given, count)

    monkeypatch.setattr(Scorer, "tree", short_of_memory)
    scores = engine.answer(batch(pixels), TAXONOMY.read).scores["fit"]
    assert asked == [4, 2, 1, 1, 1, 1]
    assert off(scores, expected) < CLOSE
    assert engine.batch_size == 1


def test_when_not_even_one_photo_fits_it_says_so(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what to do."""
    import torch

    from hangtag.engines.vlm.torch_scoring import Scorer

    def none(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    engine = opened("smolvlm")
    monkeypatch.setattr(Scorer, "tree", none)
    with pytest.raises(EngineError, match=r"fewer --tiles"):
        engine.answer(batch(photos(engine.sides[0])), TAXONOMY.read)


def test_weights_that_are_damaged_are_found_out(
    opened: Opened, checkpoint: Callable[[str], Path], tmp_path: Path
) -> None:
    """Before a run begins, rather than after an hour of garbage."""
    import shutil

    import torch
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "damaged"
    shutil.copytree(checkpoint("smolvlm"), folder)
    file = folder / "model.safetensors"
    weights = load_file(file)
    weights["lm_head.weight"][:] = torch.nan
    save_file(weights, file, {"format": "pt"})
    with pytest.raises(EngineError, match="no numbers"):
        open_vlm(TAXONOMY, model=str(folder), device="cpu")


def test_versions_change_with_whatever_changes_answers(opened: Opened, tmp_path: Path) -> None:
    """Weights, tiles, wording, the way an attribute is asked; and with nothing else."""
    file = tmp_path / "readouts.yaml"
    file.write_text("single: start\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        versions = [
            opened("smolvlm").version,
            opened("smolvlm", tiles=2).version,
            opened("smolvlm", wording="long").version,
            opened("smolvlm", readouts=file).version,
            opened("smolvlm", mode="generate").version,
            opened("smolvlm", dtype="bfloat16").version,
            opened("idefics3").version,
        ]
    assert len(set(versions)) == len(versions)
    assert opened("smolvlm", threads=1).version == versions[0]


def test_it_reports_how_photos_were_read(opened: Opened) -> None:
    """The weights, the way, and how much would have been said that is no option."""
    engine = opened("smolvlm")
    answers = engine.answer(batch(photos(engine.sides[0])), TAXONOMY.read)
    report = engine.report()
    assert (report.figures["way"], report.figures["precision"]) == ("tree", "float32")
    assert report.figures["photos_prepared_by"] == "hangtag"
    assert report.figures["revision"] in engine.version
    mean = float(answers.outside["fit"].mean())
    assert report.figures["outside"]["fit"] == pytest.approx(mean, abs=1e-3)
    assert any("something else" in says for says in report.says)


def test_half_precision_passes_its_own_check(opened: Opened) -> None:
    """Likelihoods differ by some hundredths then, and the tree is still trusted."""
    engine = opened("smolvlm", dtype="bfloat16")
    assert engine.tried.tier == "tree"
    answers = engine.answer(batch(photos(engine.sides[0])), TAXONOMY.read)
    assert all(np.isfinite(scores).all() for scores in answers.scores.values())
