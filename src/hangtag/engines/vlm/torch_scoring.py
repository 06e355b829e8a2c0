"""Log-likelihoods of answers behind a photo, in three ways that come to the same.

    reference  the whole of photo, question and answer through the model, an answer at a time
    fork       photo and what stands before questions once, its cache copied for every answer
    tree       all of it in one pass, under a mask in which a token sees its own branch alone

The tree is the fastest, and wrong for models that carry a state from token to token: it is
compared with the reference before it is used, never chosen by the name of an architecture.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hangtag.engines.vlm.compiling import Line, compile_tree
from hangtag.engines.vlm.torch_inputs import Prompt
from hangtag.engines.vlm.torch_loading import Loaded

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["TIERS", "Scorer"]

TIERS = ("tree", "fork", "reference")

# Copies of a photo's cache at once: each has the keys and values of some hundred tokens.
_ROWS = 64
# Scores of tokens at once: a quarter of a gigabyte of them.
_LOGITS = 1 << 26


class Scorer:
    """Scores ``lines`` behind photos that all have the same ``prefix``, the photo in it.

    Each way takes what ``Inputs.photos`` makes of n photos and returns float32 [n, lines].
    """

    def __init__(self, loaded: Loaded, prefix: Prompt, lines: Sequence[Line]):
        self._loaded = loaded
        self._prefix = prefix
        self._lines = tuple(lines)
        self._tree: dict[str, Tensor] = {}

    def score(self, tier: str, photos: Mapping[str, Tensor], count: int) -> NDArray[np.float32]:
        """By the way of that name."""
        import torch

        with torch.inference_mode():
            found: Tensor = getattr(self, tier)(photos, count)
        return np.asarray(found.float().cpu().numpy(), np.float32)

    def reference(self, photos: Mapping[str, Tensor], count: int) -> Tensor:
        """Every answer by itself, without a cache: slow, and the truth."""
        import torch

        found = torch.zeros(count, len(self._lines))
        for place, line in enumerate(self._lines):
            tokens = line.question + line.answer
            ids = self._repeated(self._prefix.ids + tokens, count)
            hidden = self._model_body(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                use_cache=False,
                **self._extras(len(tokens), count),
                **photos,
            ).last_hidden_state
            steps = len(line.answer)
            heads = hidden[:, ids.shape[1] - steps - 1 : -1]
            told = self._told(heads, torch.arange(steps), torch.tensor(line.answer))
            found[:, place] = told.sum(1).cpu()
        return found

    def fork(self, photos: Mapping[str, Tensor], count: int) -> Tensor:
        """The prefix once, then answers in rows, each behind a copy of its photo's cache."""
        import torch
        from transformers import DynamicCache

        model, length = self._loaded.model, len(self._prefix.ids)
        cache = DynamicCache(config=model.config)
        ids = self._repeated(self._prefix.ids, count)
        self._model_body(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            use_cache=True,
            **self._remembering(cache),
            **self._extras(0, count),
            **photos,
        )
        shift = getattr(model.base_model, "rope_deltas", None)
        rows = [(photo, line) for photo in range(count) for line in range(len(self._lines))]
        found = torch.zeros(count, len(self._lines))
        for start in range(0, len(rows), _ROWS):
            part = rows[start : start + _ROWS]
            told = self._rows(cache, part, length, shift)
            for (photo, line), value in zip(part, told, strict=True):
                found[photo, line] = value
        return found

    def _remembering(self, cache: Any) -> dict[str, Any]:
        """The cache by the name that the model has for it: newer transformers renamed it."""
        known = inspect.signature(self._model_body.forward).parameters
        return {"cache" if "cache" in known else "past_key_values": cache}

    def _rows(
        self, cache: Any, rows: Sequence[tuple[int, int]], length: int, shift: Tensor | None
    ) -> list[float]:
        import torch

        device = self._loaded.device
        lines = [self._lines[line] for _, line in rows]
        tokens = [line.question + line.answer[:-1] for line in lines]
        longest = max(map(len, tokens))
        ids = torch.zeros(len(rows), longest, dtype=torch.long)
        mask = torch.zeros(len(rows), length + longest, dtype=torch.long)
        mask[:, :length] = 1
        for row, own in enumerate(tokens):
            ids[row, : len(own)] = torch.tensor(own)
            mask[row, length : length + len(own)] = 1
        owners = torch.tensor([photo for photo, _ in rows], device=device)
        positions = torch.arange(length, length + longest, device=device).expand(len(rows), -1)
        if shift is not None:  # positions in three directions, of which text moves along all
            positions = (positions + shift.reshape(-1)[owners][:, None]).expand(3, -1, -1)
        hidden = self._model_body(
            input_ids=ids.to(device),
            attention_mask=mask.to(device),
            position_ids=positions,
            use_cache=True,
            **self._remembering(_forked(cache, owners)),
        ).last_hidden_state
        looks = [
            (row, len(line.question) - 1 + step, token)
            for row, line in enumerate(lines)
            for step, token in enumerate(line.answer)
        ]
        at = torch.tensor(looks, device=device)
        heads = hidden[at[:, 0], at[:, 1]][None]
        told = self._told(heads, torch.arange(len(looks), device=device), at[:, 2])[0]
        sums = torch.zeros(len(rows), device=device).index_add_(0, at[:, 0], told)
        return [float(value) for value in sums.cpu()]

    def tree(self, photos: Mapping[str, Tensor], count: int) -> Tensor:
        """One pass for everything."""
        import torch

        packed = self._packed()
        hidden = self._model_body(
            input_ids=packed["ids"].expand(count, -1),
            attention_mask=packed["mask"].expand(count, -1, -1, -1),
            position_ids=packed["positions"].expand(count, -1),
            use_cache=False,
            **self._extras(packed["ids"].shape[1] - len(self._prefix.ids), count),
            **photos,
        ).last_hidden_state
        # The head is as wide as the vocabulary: only what is looked at goes through it.
        told = self._told(hidden[:, packed["heads"]], packed["places"], packed["tokens"])
        found = torch.zeros(count, len(self._lines), device=told.device)
        return found.index_add_(1, packed["owners"], told)

    def _packed(self) -> dict[str, Tensor]:
        """The part that is the same for every photo, on the device, made once."""
        if self._tree:
            return self._tree
        import torch

        device, dtype = self._loaded.device, self._loaded.dtype
        length = len(self._prefix.ids)
        tree = compile_tree(self._lines)
        tree = tree.padded(-(-(length + len(tree)) // 8) * 8 - length)
        size = length + len(tree)
        sees = torch.zeros(size, size, dtype=torch.bool)
        sees[:length, :length] = torch.ones(length, length, dtype=torch.bool).tril()
        sees[length:, :length] = True
        sees[length:, length:] = torch.from_numpy(tree.sees)
        mask = torch.zeros(1, 1, size, size, dtype=dtype)
        mask.masked_fill_(~sees, torch.finfo(dtype).min)
        before, depths = torch.arange(length), torch.from_numpy(tree.depths)
        looks = torch.from_numpy(tree.looks)
        self._tree = {
            name: values.to(device)
            for name, values in {
                "ids": torch.tensor([self._prefix.ids + tuple(tree.ids.tolist())]),
                "mask": mask,
                "positions": torch.cat([before, depths + length])[None],
                "heads": torch.from_numpy(tree.heads) + length,
                "owners": looks[:, 0],
                "places": looks[:, 1],
                "tokens": looks[:, 2],
            }.items()
        }
        return self._tree

    @property
    def _model_body(self) -> Any:
        """The model without the head that turns hidden states into scores of tokens."""
        return self._loaded.model.base_model

    def _told(self, hidden: Tensor, places: Tensor, tokens: Tensor) -> Tensor:
        """[n, heads, width] → [n, looks]: log-probability of each token behind its place's head.

        Photos go through in parts, for every head is as wide as the vocabulary.
        """
        import torch

        head = self._loaded.model.get_output_embeddings()
        places, tokens = places.to(hidden.device), tokens.to(hidden.device)
        wide = hidden.shape[1] * int(head.weight.shape[0])
        told = []
        for part in hidden.split(max(1, _LOGITS // max(1, wide))):
            logits = head(part).float()
            told.append(logits[:, places, tokens] - logits.logsumexp(-1)[:, places])
        return torch.cat(told)

    def _repeated(self, ids: Sequence[int], count: int) -> Tensor:
        import torch

        return torch.tensor(ids, device=self._loaded.device).expand(count, -1)

    def _extras(self, more: int, count: int) -> dict[str, Tensor]:
        """What some models want to know of every token; those behind the photo are text: 0."""
        return {
            name: self._repeated(values[: len(self._prefix.ids)] + (0,) * more, count)
            for name, values in self._prefix.extras.items()
        }


def _forked(cache: Any, owners: Tensor) -> Any:
    """A copy of the cache with a row for each of ``owners``; the cache stays as it is.

    States that a layer writes in place are in dictionaries: those are copied, too.
    """
    fork = copy.copy(cache)
    fork.layers = []
    for layer in cache.layers:
        own = copy.copy(layer)
        for name, value in vars(layer).items():
            if isinstance(value, dict):
                setattr(own, name, dict(value))
        fork.layers.append(own)
    fork.reorder_cache(owners)
    return fork
