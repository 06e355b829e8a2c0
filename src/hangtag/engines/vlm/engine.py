"""The engine ``vlm``: closed questions to a vision-language model on this machine."""

from __future__ import annotations

import hashlib
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hangtag.calibration import Calibration
from hangtag.engines.base import Answers, EngineReport, PhotoBatch
from hangtag.engines.json_answers import Said, scores_of_said
from hangtag.engines.vlm.batching import BatchSize, Mean
from hangtag.engines.vlm.checking import Tried, probe, trusted, watched
from hangtag.engines.vlm.compiling import Line, disjoint, told_apart
from hangtag.engines.vlm.prior import Priors, cache_folder, content_free
from hangtag.engines.vlm.readouts import Asked, asked, scores_of, without_prior
from hangtag.engines.vlm.settings import DEFAULT_MODEL, Settings, settings_from
from hangtag.errors import EngineError, HangtagWarning
from hangtag.prompts import PROMPTS_VERSION, Stage, json_prompt, stages
from hangtag.taxonomy import Attribute, Taxonomy

if TYPE_CHECKING:
    from hangtag.engines.vlm.torch_generating import Writer
    from hangtag.engines.vlm.torch_inputs import Inputs, Prompt
    from hangtag.engines.vlm.torch_loading import Loaded
    from hangtag.engines.vlm.torch_scoring import Scorer

__all__ = ["VlmEngine", "open_vlm"]

# Photos at once to begin with and at most. A processor without accelerator gains nothing by many.
_FIRST, _MOST = {"cuda": 8, "mps": 4}, {"cuda": 256, "mps": 32}
_ON_CPU = 4


def open_vlm(
    taxonomy: Taxonomy,
    *,
    model: str = DEFAULT_MODEL,
    revision: str | None = None,
    device: str | None = None,
    threads: int | None = None,
    dtype: str | None = None,
    mode: str = "score",
    tiles: int = 1,
    wording: str = "short",
    readouts: Path | None = None,
) -> VlmEngine:
    """The engine with the weights of ``model``; see ``torch_loading.load`` and ``settings_from``.

    Raises UsageError, TaxonomyError, MissingExtraError or EngineError as they do.
    """
    from hangtag.engines.vlm.torch_loading import load

    settings = settings_from(taxonomy, mode=mode, tiles=tiles, wording=wording, readouts=readouts)
    loaded = load(str(model), revision=revision, device=device, threads=threads, dtype=dtype)
    return VlmEngine(taxonomy, loaded, settings)


@dataclass(frozen=True)
class _Plan:
    """What is asked of photos of one size, compiled for the model's tokenizer."""

    asked: tuple[Asked, ...]
    scorer: Scorer
    prefix: Prompt
    lines: tuple[Line, ...]


class VlmEngine:
    """Reads every attribute it is asked for, by the model's own probabilities of the answers.

    ``tried`` says by which way answers are scored, and which were refused for this model.
    ``cache``: the folder where priors are kept.

    Raises EngineError when the model cannot be asked at all. Warns (HangtagWarning) when it has to
    be asked in a slower way.
    """

    name = "vlm"
    calibration: Calibration | None = None

    def __init__(
        self,
        taxonomy: Taxonomy,
        loaded: Loaded,
        settings: Settings | None = None,
        *,
        tiers: Sequence[str] | None = None,
        cache: Path | None = None,
    ):
        from hangtag.engines.vlm.torch_inputs import Inputs
        from hangtag.engines.vlm.torch_scoring import TIERS

        self.taxonomy = taxonomy
        self.settings = settings or Settings()
        self._loaded = loaded
        self._inputs: Inputs = Inputs(loaded, self.settings.tiles)
        self.sides = self._inputs.sides
        self.exact_photos = self.settings.exact_photos
        kind = loaded.device.split(":")[0]
        on_cpu = kind == "cpu"
        self._batch = BatchSize(_FIRST.get(kind, _ON_CPU), _MOST.get(kind, _ON_CPU), settled=on_cpu)
        self._outside: dict[str, Mean] = {}
        self._plans: dict[tuple[tuple[str, ...], int], _Plan] = {}
        self.version = self._version()
        self._priors = Priors(
            cache or cache_folder(),
            version=self.version, model=loaded.name, revision=loaded.revision,
        )  # fmt: skip
        self._warn_of_photos()
        self.tried = Tried("generate", {})
        if self.settings.mode == "score":
            self.tried = self._try(tiers or TIERS)

    @property
    def batch_size(self) -> int:
        """Photos at once, as found so far."""
        return self._batch.size

    def answer(self, batch: PhotoBatch, attributes: Sequence[Attribute]) -> Answers:
        """Scores for every attribute; see ``Engine.answer``."""
        if not attributes:
            return Answers(scores={})
        if self.settings.mode == "generate":
            return self._written(batch, attributes)
        plan = self._plan(attributes, batch.side)
        likelihoods = self._in_parts(batch.pixels, lambda photos: self._likelihoods(plan, photos))
        scores, outside = self._read(plan, likelihoods)
        scores = without_prior(plan.asked, scores, self._prior(plan, batch.side))
        for name, told in outside.items():
            self._outside.setdefault(name, Mean()).add(told)
        return Answers(scores=scores, outside=outside)

    def report(self) -> EngineReport:
        """By what and in which way photos were read, and how often it wanted to say other things.

        ``outside``: attribute → the mean probability of an answer that is no option.
        """
        loaded, processor = self._loaded, [s for s in self.sides if not self._inputs.own(s)]
        figures: dict[str, Any] = {
            "model": loaded.name,
            "revision": loaded.revision,
            "device": loaded.device,
            "precision": str(loaded.dtype).removeprefix("torch."),
            "way": self.tried.tier,
            "refused": dict(self.tried.refused),
            "photos_prepared_by": "processor" if processor else "hangtag",
            "batch_size": self.batch_size,
            "outside": {name: round(mean.value, 4) for name, mean in self._outside.items()},
        }
        says = [
            f"{loaded.name} on {loaded.device}, {figures['precision']}, by the way "
            f"'{self.tried.tier}', {self.batch_size} photos at once."
        ]
        most = max(self._outside, key=lambda name: self._outside[name].value, default=None)
        if most is not None:
            says.append(
                f"Before it was held to the options, it would have said something else in "
                f"{self._outside[most].value:.0%} of its answers about {most}, where most."
            )
        return EngineReport(figures, says)

    # Scoring

    def _plan(self, attributes: Sequence[Attribute], side: int) -> _Plan:
        from hangtag.engines.vlm.torch_scoring import Scorer

        key = (tuple(a.name for a in attributes), side)
        if key not in self._plans:
            everything = tuple(asked(a, self.settings.choice(a)) for a in attributes)
            prefix, lines = _compiled(self._inputs, everything, side)
            scorer = Scorer(self._loaded, prefix, lines)
            self._plans[key] = _Plan(everything, scorer, prefix, lines)
        return self._plans[key]

    def _try(self, tiers: Sequence[str]) -> Tried:
        from hangtag.engines.vlm.torch_scoring import Scorer

        # The largest photos: what looks only so far back shows with them.
        side = self.sides[-1]
        plan = self._plan(self.taxonomy.read, side)
        places = watched([len(line.answer) for line in plan.lines])
        truth = Scorer(self._loaded, plan.prefix, [plan.lines[place] for place in places])
        photos = probe(side)
        tried = trusted(
            tiers, plan.scorer, truth,
            photos=self._inputs.photos(photos), last=self._inputs.photos(photos[1:]),
            places=places, exact=self._loaded.dtype.itemsize >= 4,
        )  # fmt: skip
        for tier, reason in tried.refused.items():
            _warn(
                f"{self._loaded.name} cannot be scored by the way '{tier}': {reason}. "
                f"Photos are scored by the way '{tried.tier}', which is slower."
            )
        return tried

    def _likelihoods(self, plan: _Plan, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        photos = self._inputs.photos(pixels)
        return plan.scorer.score(self.tried.tier, photos, len(pixels))

    def _read(
        self, plan: _Plan, likelihoods: NDArray[np.float32]
    ) -> tuple[dict[str, NDArray[np.float32]], dict[str, NDArray[np.float32]]]:
        scores, outside, start = {}, {}, 0
        for one in plan.asked:
            part = likelihoods[:, start : start + one.lines]
            start += one.lines
            scores[one.attribute.name], outside[one.attribute.name] = scores_of(one, part)
        return scores, outside

    def _prior(self, plan: _Plan, side: int) -> Mapping[str, NDArray[np.float32]]:
        known = self._priors.get(plan.asked, side)
        if known is None:
            likelihoods = self._in_parts(
                content_free(side), lambda photos: self._likelihoods(plan, photos)
            )
            scores, _ = self._read(plan, likelihoods)
            measured = {name: told.mean(axis=0) for name, told in scores.items()}
            known = self._priors.put(plan.asked, side, measured)
        return known

    # Writing

    def _written(self, batch: PhotoBatch, attributes: Sequence[Attribute]) -> Answers:
        from hangtag.engines.vlm.torch_generating import Writer

        writer = Writer(self._inputs, self.settings.wording)
        groups = [self.taxonomy.group(metadata) for metadata in batch.metadata]
        asking: dict[tuple[str, ...], tuple[Stage, list[int]]] = {}
        for row, group in enumerate(groups):
            for stage in stages(attributes, group):
                key = tuple(a.name for a in stage.attributes)
                asking.setdefault(key, (stage, []))[1].append(row)
        said: list[list[Said]] = [[] for _ in groups]
        for stage, rows in asking.values():
            ask = partial(_boxed, writer, stage)
            for row, one in zip(rows, self._in_parts(batch.pixels[rows], ask), strict=True):
                said[row].append(one)
        whole = [_together(parts) for parts in said]
        scores = {a.name: scores_of_said(a, whole) for a in attributes}
        # Who has said nothing that can be used has not answered: the product fails.
        mute = {
            row: f"What the model said cannot be used: {'; '.join(sorted({*one.faults.values()}))}."
            for row, one in enumerate(whole)
            if said[row] and not one.values
        }
        for values in scores.values():
            values[list(mute)] = np.nan
        claimed = {
            a.name: np.array([one.claimed.get(a.name, np.nan) for one in whole], np.float32)
            for a in attributes
        }
        return Answers(scores=scores, claimed=claimed, unread=mute)

    # Both

    def _in_parts(
        self, pixels: NDArray[np.uint8], ask: Callable[[NDArray[np.uint8]], NDArray[Any]]
    ) -> NDArray[Any]:
        """``ask`` for all photos, as many at once as memory allows."""
        from hangtag.engines.vlm.torch_memory import freed, out_of_memory

        found, start = [], 0
        while start < len(pixels):
            part = pixels[start : start + self._batch.size]
            began = time.perf_counter()
            try:
                found.append(ask(part))
            except RuntimeError as error:
                if not out_of_memory(error):
                    raise EngineError(
                        f"The model could not be asked: {error}".splitlines()[0],
                        "Try --device cpu.",
                    ) from error
                failed = error
            else:
                self._batch.took(len(part), time.perf_counter() - began)
                start += len(part)
                continue
            # Outside of the handler, which keeps alive what was computed until then.
            freed()
            if not self._batch.ran_out(len(part)):
                raise EngineError(
                    "Not even one photo fits into the device's memory beside the model.",
                    "Choose a smaller model with --model, fewer --tiles, or --device cpu.",
                ) from failed
        return np.concatenate(found)

    def _version(self) -> str:
        about = asdict(self.settings) | {
            "prompts": PROMPTS_VERSION,
            "dtype": str(self._loaded.dtype),
        }
        if self.settings.mode == "generate":
            # One prompt asks for several attributes: each may change what is said of the others.
            about["taxonomy"] = [
                (json_prompt([a], "long"), sorted(a.only_for), sorted(a.not_for))
                for a in self.taxonomy.read
            ]
        digest = hashlib.sha256(repr(sorted(about.items())).encode()).hexdigest()[:8]
        model = self._loaded.name.rstrip("/").rsplit("/", 1)[-1]
        return f"{model}@{self._loaded.revision}+{digest}"

    def _warn_of_photos(self) -> None:
        others = [side for side in self.sides if not self._inputs.own(side)]
        if others:
            _warn(
                f"{self._loaded.name} has its own way with photos, which its processor has to go: "
                "expect some tens of milliseconds a photo."
            )


def _compiled(
    inputs: Inputs, everything: Sequence[Asked], side: int
) -> tuple[Prompt, tuple[Line, ...]]:
    """The prompt as far as all questions share it, and what stands behind it."""
    from hangtag.engines.vlm.torch_inputs import Prompt

    prompts = [inputs.prompt(side, p.prompt) for one in everything for p in one.prompts]
    shortest = min(prompts, key=lambda prompt: len(prompt.ids))
    # A question of at least one token: the end of the prefix itself is never looked at.
    length = len(shortest.ids) - 1
    for prompt in prompts:
        pairs = zip(prompt.ids[:length], shortest.ids, strict=False)
        length = next((n for n, (a, b) in enumerate(pairs) if a != b), length)
    lines: list[Line] = []
    waiting = iter(prompts)
    for one in everything:
        for part in one.prompts:
            question = next(waiting).ids[length:]
            answers = disjoint([inputs.answer_ids(text) for text in part.answers], inputs.end)
            if one.choice.readout == "start":
                answers = told_apart(answers)
            lines += [Line(question, answer) for answer in answers]
    extras = {name: values[:length] for name, values in shortest.extras.items()}
    return Prompt(shortest.ids[:length], extras), tuple(lines)


def _boxed(writer: Writer, stage: Stage, pixels: NDArray[np.uint8]) -> NDArray[np.object_]:
    """What is said of each photo, as an array that can be put together with others."""
    said = np.empty(len(pixels), object)
    said[:] = writer.ask(pixels, stage)
    return said


def _together(parts: Sequence[Said]) -> Said:
    """The answers to all stages as one."""
    return Said(
        {name: value for part in parts for name, value in part.values.items()},
        {name: value for part in parts for name, value in part.claimed.items()},
        {name: value for part in parts for name, value in part.faults.items()},
    )


def _warn(message: str) -> None:
    warnings.warn(message, HangtagWarning, stacklevel=3)
