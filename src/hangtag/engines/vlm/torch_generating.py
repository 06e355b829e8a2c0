"""Letting the model write its answers: the way of the staged prompts, to compare with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hangtag.engines.json_answers import Said, read_answer
from hangtag.engines.vlm.torch_inputs import Inputs, Prompt
from hangtag.prompts import Stage, Wording, json_prompt, json_schema, repair_prompt

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Writer"]


class Writer:
    """Asks one stage of many photos at once, and again of those whose answers cannot be used."""

    def __init__(self, inputs: Inputs, wording: Wording):
        self._inputs = inputs
        self._wording = wording

    def ask(self, pixels: NDArray[np.uint8], stage: Stage) -> list[Said]:
        """What the model says of each photo, after up to one repair turn."""
        prompt = json_prompt(stage.attributes, self._wording, stage=stage.name, confidence=True)
        photos = self._inputs.photos(pixels)
        tokens = self._room(stage)
        side = int(pixels.shape[1])
        first = self._inputs.prompt(side, prompt)
        texts = self._write(photos, [first] * len(pixels), tokens)
        said = [read_answer(text, stage.attributes) for text in texts]
        again = [row for row, one in enumerate(said) if one.faults]
        if again:
            prompts = [
                self._inputs.prompt(side, prompt, texts[row], repair_prompt(said[row].faults))
                for row in again
            ]
            some = self._inputs.photos(pixels[again])
            for row, text in zip(again, self._write(some, prompts, tokens), strict=True):
                said[row] = _better(said[row], read_answer(text, stage.attributes))
        return said

    def _room(self, stage: Stage) -> int:
        """How many tokens an answer may take: half as many again as the longest that is valid."""
        longest = []
        for name, about in json_schema(stage.attributes)["properties"].items():
            options = about.get("enum") or about["items"]["enum"]
            worst = max(options, key=len)
            value = [worst] * about["maxItems"] if "maxItems" in about else worst
            longest.append(f'"{name}": {value}, "{name}_confidence": 0.95')
        return len(self._inputs.answer_ids("{" + ", ".join(longest) + "}")) * 3 // 2 + 8

    def _write(
        self, photos: Mapping[str, Tensor], prompts: Sequence[Prompt], tokens: int
    ) -> list[str]:
        import torch

        inputs, device = self._inputs, self._inputs.loaded.device
        longest = max(len(prompt.ids) for prompt in prompts)
        # What stands before a shorter prompt is filled up, for all are continued at their end.
        ids = [(inputs.padding,) * (longest - len(p.ids)) + p.ids for p in prompts]
        seen = [(0,) * (longest - len(p.ids)) + (1,) * len(p.ids) for p in prompts]
        extras = {
            name: torch.tensor(
                [(0,) * (longest - len(p.ids)) + p.extras[name] for p in prompts], device=device
            )
            for name in prompts[0].extras
        }
        with torch.inference_mode():
            written = inputs.loaded.model.generate(
                input_ids=torch.tensor(ids, device=device),
                attention_mask=torch.tensor(seen, device=device),
                max_new_tokens=tokens,
                do_sample=False,
                pad_token_id=inputs.padding,
                **extras,
                **photos,
            )
        return [inputs.text_of(row[longest:].tolist()) for row in written.cpu()]


def _better(first: Said, second: Said) -> Said:
    """The second answer where it says something, else the first."""
    values = {**first.values, **second.values}
    faults = {name: fault for name, fault in first.faults.items() if name not in values}
    return Said(values, {**first.claimed, **second.claimed}, faults)
