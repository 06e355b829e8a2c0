"""Photos as models were trained on them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hangtag.errors import UsageError

pytestmark = pytest.mark.vlm


def inputs(folder: Path, tiles: int = 1):
    from hangtag.engines.vlm.torch_inputs import Inputs
    from hangtag.engines.vlm.torch_loading import load

    return Inputs(load(str(folder), device="cpu"), tiles)


@pytest.mark.parametrize("kind", ["idefics3", "smolvlm", "llava"])
def test_one_tile_is_what_the_models_processor_makes_of_it(
    checkpoint: Callable[[str], Path], kind: str
) -> None:
    """To the last bit but rounding."""
    made = inputs(checkpoint(kind))
    pixels = np.random.default_rng(3).integers(0, 256, (4, 16, 16, 3), np.uint8)
    assert made.own(16)
    ours, theirs = made.photos(pixels), made.by_processor(pixels)
    assert np.allclose(ours["pixel_values"].numpy(), theirs["pixel_values"].numpy(), atol=1e-6)


@pytest.mark.parametrize("tiles", [2, 3, 4])
def test_several_tiles_are_those_of_the_models_processor(
    checkpoint: Callable[[str], Path], tiles: int
) -> None:
    """Row by row, and then the whole photo scaled down, which may round to the next level."""
    made = inputs(checkpoint("smolvlm"), tiles)
    assert made.sides == tuple(16 * n for n in range(1, tiles + 1))
    side = made.sides[-1]
    pixels = np.random.default_rng(3).integers(0, 256, (2, side, side, 3), np.uint8)
    ours = made.photos(pixels)["pixel_values"]
    theirs = made.by_processor(pixels)["pixel_values"]
    assert ours.shape == (2, tiles * tiles + 1, 3, 16, 16)
    assert np.allclose(ours[:, :-1].numpy(), theirs[:, :-1].numpy(), atol=1e-6)
    level = 2 / 255
    away = (ours[:, -1] - theirs[:, -1]).abs().numpy()
    assert away.max() < level * 1.01
    assert (away > level / 2).mean() < 0.01


@pytest.mark.parametrize(("before", "after"), [(768, 384), (96, 32), (50, 20), (20, 30)])
def test_scaling_is_pillows(before: int, after: int) -> None:
    """LANCZOS in both directions, rounding between them as Pillow does."""
    import torch

    from hangtag.engines.vlm.torch_inputs import lanczos

    pixels = np.random.default_rng(1).integers(0, 256, (before, before, 3), np.uint8)
    theirs = np.asarray(Image.fromarray(pixels).resize((after,) * 2, Image.Resampling.LANCZOS))
    ours = lanczos(torch.from_numpy(pixels).permute(2, 0, 1)[None], after)[0].permute(1, 2, 0)
    away = np.abs(ours.numpy().astype(int) - theirs)
    assert away.max() <= 1
    assert (away > 0).mean() < 0.01


def test_a_model_that_does_not_cut_photos_takes_one_tile(
    checkpoint: Callable[[str], Path],
) -> None:
    """Asked for more it says so."""
    with pytest.raises(UsageError, match="tiles"):
        inputs(checkpoint("llava"), 2)


def test_prompts_are_those_of_the_chat_template(checkpoint: Callable[[str], Path]) -> None:
    """The photo comes first, an answer begins with a space and ends the turn."""
    made = inputs(checkpoint("smolvlm"))
    text = made._tokenizer.decode(made.prompt(16, "What is it?").ids)
    assert text.startswith("<|im_start|>User:<fake_token_around_image><global-img><image>")
    assert text.endswith("What is it?<end_of_utterance>\nAssistant:")
    assert made._tokenizer.decode(made.answer_ids("striped")) == " striped"
    assert made._tokenizer.decode(made.end) == "<end_of_utterance>"
    assert text.count("<image>") == 4
