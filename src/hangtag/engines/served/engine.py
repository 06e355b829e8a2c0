"""The engine ``served``: questions about photos to a model behind a server."""

from __future__ import annotations

import asyncio
import hashlib
import json
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hangtag.calibration import Calibration
from hangtag.engines.base import Answers, EngineReport, PhotoBatch, Stopped
from hangtag.engines.json_answers import Said, read_answer, scores_of_said
from hangtag.engines.served.background import Background
from hangtag.engines.served.billing import Bill
from hangtag.engines.served.caller import Caller, Fault
from hangtag.engines.served.conversation import (
    Completion,
    format_of,
    likelihoods,
    photo_turn,
    photo_url,
    request,
    room_for,
)
from hangtag.engines.served.httpx_client import Client
from hangtag.engines.served.journal import Journal
from hangtag.engines.served.pacing import Pace
from hangtag.engines.served.probing import Abilities, find_model, probe
from hangtag.engines.served.settings import DEFAULT_KEY_NAME, Settings, key_from
from hangtag.engines.vlm.prior import cache_folder
from hangtag.engines.vlm.readouts import Asked, Choice, asked, scores_of
from hangtag.errors import EngineError, UsageError
from hangtag.pixels import jpeg
from hangtag.prompts import PROMPTS_VERSION, Stage, json_prompt, repair_prompt, stages
from hangtag.taxonomy import Attribute, Taxonomy

__all__ = ["ServedEngine", "open_served"]

# Photos a batch for each question under way: while the last are answered, no new ones begin.
_PHOTOS_A_SLOT = 4
_OPENING_PATIENCE = 30.0
_QUALITY = 92
# Of an answer that could not be used, so much is shown to the model that wrote it.
_SHOWN = 2000


def open_served(
    taxonomy: Taxonomy,
    *,
    base_url: str | None = None,
    model: str | None = None,
    revision: str = "",
    api_key_env: str = DEFAULT_KEY_NAME,
    cache: Path | None = None,
    remember: bool = True,
    **told: Any,
) -> ServedEngine:
    """The engine that asks the server at ``base_url``; ``told`` are fields of ``Settings``.

    ``model``: its name there; may be left out where the server has one only. ``revision``: whatever
    tells today's weights behind that name from tomorrow's. ``api_key_env``: the environment
    variable with the key. ``remember``: keep answers until a run has them in its tables.

    Raises UsageError, MissingExtraError, and EngineError where the server cannot be asked.
    """
    if base_url is None:
        raise UsageError(
            "Where is the server? Add --base-url URL.", "It looks like http://localhost:8000/v1."
        )
    settings = Settings(base_url, **told)
    return ServedEngine(
        taxonomy, settings, model=model, revision=revision, key_name=api_key_env, cache=cache,
        remember=remember,
    )  # fmt: skip


@dataclass(frozen=True)
class _Read:
    """What came of one photo: scores by attribute, or why there are none."""

    scores: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    outside: Mapping[str, float] = field(default_factory=dict)
    fault: Fault | None = None


class ServedEngine:
    """Reads every attribute by asking a server, many photos at once.

    ``abilities``: what the server was found to take. ``cache``: the folder where answers are kept
    until a run has them in its tables. ``close`` it when it is no longer needed, or leave that to
    the end of the process.

    Raises EngineError when the server cannot be asked.
    """

    name = "served"
    calibration: Calibration | None = None

    def __init__(
        self,
        taxonomy: Taxonomy,
        settings: Settings,
        *,
        model: str | None = None,
        revision: str = "",
        key_name: str = DEFAULT_KEY_NAME,
        cache: Path | None = None,
        remember: bool = True,
        first_wait: float = 0.5,
    ):
        self.taxonomy, self.settings = taxonomy, settings
        self.sides = settings.sides
        self.batch_size = _PHOTOS_A_SLOT * settings.concurrency
        self._repaired = 0
        client = Client(
            settings.base_url,
            key=key_from(key_name, settings.base_url),
            seconds=settings.timeout,
            connections=settings.concurrency,
        )
        background = Background()
        self._background, self._client = background, client
        self._journal = Journal((cache or cache_folder()) if remember else None)
        # Not `self.close`: what ends an engine must not keep it alive.
        self._end = weakref.finalize(self, _end, background, client, self._journal)
        self._bill = Bill(settings.prices, settings.max_spend)
        try:
            self.model = model or background.run(find_model(client))
            self._caller = self._calling(key_name, first_wait)
            self.abilities = self._probed(key_name, first_wait)
        except BaseException:
            self.close()
            raise
        self.version = self._version(revision)

    def answer(self, batch: PhotoBatch, attributes: Sequence[Attribute]) -> Answers:
        """Scores for every attribute; see ``Engine.answer``."""
        return self.answer_each(batch, [attributes] * len(batch.product_ids))

    def answer_each(self, batch: PhotoBatch, wanted: Sequence[Sequence[Attribute]]) -> Answers:
        """The same, each photo asked for attributes of its own: ``wanted``, as long as the batch.

        Where a photo was not asked, its scores are 0 for every option.
        """
        self._caller.stopped = None
        found = self._background.run(self._all(batch, wanted))
        everything = {a.name: a for attributes in wanted for a in attributes}
        return _together(found, list(everything.values()))

    def report(self) -> EngineReport:
        """Questions, tokens and money so far."""
        bill = self._bill
        figures = {
            "requests": bill.requests,
            "repeated": self._caller.repeated,
            "repaired": self._repaired,
            "remembered": self._journal.found,
            "tokens_in": bill.tokens_read,
            "tokens_out": bill.tokens_written,
            "uncounted": bill.uncounted,
            "spent": bill.spent,
        }
        says = [
            f"{bill.requests:,} questions answered by the server, {bill.tokens_read:,} tokens in "
            f"and {bill.tokens_written:,} out."
        ]
        if bill.spent is not None:
            says[0] = f"{says[0][:-1]}, for {bill.spent:.2f}."
        if self._caller.repeated or self._repaired:
            says.append(
                f"{self._caller.repeated:,} had to be asked again, {self._repaired:,} answers to "
                "be put right."
            )
        if self._journal.found:
            says.append(f"{self._journal.found:,} had been answered before the last run ended.")
        return EngineReport(figures, says)

    def close(self) -> None:
        """Let go of connections, thread and file."""
        self._end()

    def _calling(self, key_name: str, first_wait: float, patience: float | None = None) -> Caller:
        return Caller(
            self._client, self.model,
            pace=Pace(self.settings.concurrency), bill=self._bill,
            patience=patience or self.settings.patience, key_name=key_name, first_wait=first_wait,
        )  # fmt: skip

    def _probed(self, key_name: str, first_wait: float) -> Abilities:
        # Who has just mistyped a URL does not want to wait for five minutes.
        patience = min(_OPENING_PATIENCE, self.settings.patience)
        caller = self._calling(key_name, first_wait, patience)
        grey = photo_url(jpeg(np.full((64, 64, 3), 128, np.uint8), _QUALITY))
        score = self.settings.mode == "score"
        return self._background.run(probe(caller, grey, self.taxonomy.read, score=score))

    # A batch

    async def _all(
        self, batch: PhotoBatch, wanted: Sequence[Sequence[Attribute]]
    ) -> list[_Read | None]:
        """What came of each photo, None where the run stopped before it."""
        room = asyncio.Semaphore(self.settings.concurrency)

        async def one(row: int) -> _Read:
            async with room:
                if self._caller.stopped:
                    return _Read(fault=self._caller.stopped)
                return await self._photo(batch.pixels[row], batch.metadata[row], wanted[row])

        tasks = [asyncio.ensure_future(one(row)) for row in range(len(wanted))]
        waiting = set(tasks)
        try:
            at_once = False
            while waiting and not at_once:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                faults = [task.result().fault for task in done]
                at_once = any(fault is not None and fault.at_once for fault in faults)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        return [None if task.cancelled() else task.result() for task in tasks]

    async def _photo(
        self,
        pixels: NDArray[np.uint8],
        metadata: Mapping[str, str],
        wanted: Sequence[Attribute],
    ) -> _Read:
        group = self.taxonomy.group(metadata)
        applying = [a for a in wanted if a.applies_to(group)]
        # Made here and not before: only so many photos are in memory as are asked about.
        url = photo_url(jpeg(pixels, _QUALITY))
        photo = hashlib.sha256(url.encode()).hexdigest()
        if self.settings.mode == "score":
            return await self._scored(url, photo, applying)
        return await self._written(url, photo, applying, group)

    # Writing

    async def _written(
        self, url: str, photo: str, wanted: Sequence[Attribute], group: str | None
    ) -> _Read:
        parts: list[Said] = []
        for stage in stages(wanted, group, staged=self.settings.prompts == "staged"):
            said = await self._stage(url, photo, stage)
            if isinstance(said, Fault):
                return _Read(fault=said)
            parts.append(said)
        values = {name: value for part in parts for name, value in part.values.items()}
        faults = {name: fault for part in parts for name, fault in part.faults.items()}
        if faults and not values:
            name, fault = next(iter(faults.items()))
            return _Read(fault=Fault(f"No answer could be used. Of {name}: {fault}."))
        whole = [Said(values)]
        return _Read({a.name: scores_of_said(a, whole)[0] for a in wanted})

    async def _stage(self, url: str, photo: str, stage: Stage) -> Said | Fault:
        """What the model says of one stage, after up to one repair turn."""
        wording = self.settings.wording
        prompt = json_prompt(stage.attributes, wording, stage=stage.name)
        name = self._named(photo, prompt)
        kept = self._journal.get(name)
        if kept is not None:
            return read_answer(kept, stage.attributes)
        form = format_of(self.abilities.form, stage.attributes)
        room = room_for(stage.attributes)
        turns: list[Mapping[str, Any]] = [photo_turn(url, prompt)]
        first = await self._caller.ask(request(self.model, turns, room, form=form))
        if isinstance(first, Fault):
            return first
        said = read_answer(first.text, stage.attributes)
        text = first.text
        if said.faults:
            self._repaired += 1
            turns += _repair(first, said)
            # One that was cut off gets more room; one that writes spaces without end gets an end.
            second = await self._caller.ask(request(self.model, turns, 2 * room, form=form))
            if isinstance(second, Completion):
                better = read_answer(second.text, stage.attributes)
                if len(better.faults) < len(said.faults):
                    said, text = better, second.text
            elif second.fatal:
                return second
        if said.values:
            self._journal.put(name, text)
        return said

    # Scoring

    async def _scored(self, url: str, photo: str, wanted: Sequence[Attribute]) -> _Read:
        scores: dict[str, NDArray[np.float32]] = {}
        outside: dict[str, float] = {}
        for attribute in wanted:
            one = _closed(attribute, self.settings)
            lines: list[float] = []
            for prompted in one.prompts:
                found = await self._likely(url, photo, prompted.prompt, prompted.answers)
                if isinstance(found, Fault):
                    return _Read(fault=found)
                lines += found
            told, mass = scores_of(one, np.array([lines], np.float32))
            scores[attribute.name], outside[attribute.name] = told[0], float(mass[0])
        return _Read(scores, outside)

    async def _likely(
        self, url: str, photo: str, prompt: str, answers: Sequence[str]
    ) -> list[float] | Fault:
        name = self._named(photo, prompt)
        kept = self._journal.get(name)
        if kept is not None:
            return [float(number) for number in json.loads(kept)]
        body = request(self.model, [photo_turn(url, prompt)], 1, likely=self.abilities.likely)
        said = await self._caller.ask(body)
        if isinstance(said, Fault):
            return said
        found = likelihoods(answers, said.top or {})
        if found is None:
            first = next(iter(said.top or {}), said.text)
            return Fault(f"No answer is likely to {prompt[:60]!r}; the likeliest is {first!r:.40}.")
        self._journal.put(name, json.dumps(found))
        return found

    # Names

    def _named(self, photo: str, prompt: str) -> str:
        told = f"{self.version}\x1f{photo}\x1f{prompt}"
        return hashlib.sha256(told.encode()).hexdigest()

    def _version(self, revision: str) -> str:
        settings = self.settings
        about: list[Any] = [
            self.model, revision, settings.mode, settings.wording, settings.sides, _QUALITY,
            PROMPTS_VERSION, self.abilities.form, self.abilities.likely,
        ]  # fmt: skip
        if settings.mode == "generate":
            # One prompt asks for several attributes: each may change what is said of the others.
            about.append(settings.prompts)
            about += [
                (json_prompt([a], "long"), sorted(a.only_for), sorted(a.not_for))
                for a in self.taxonomy.read
            ]
        digest = hashlib.sha256(repr(about).encode()).hexdigest()[:8]
        model = self.model.rstrip("/").rsplit("/", 1)[-1]
        return f"{model}{f'@{revision}' if revision else ''}+{digest}"


def _closed(attribute: Attribute, settings: Settings) -> Asked:
    """The questions of one token about an attribute: letters of options, or yes and no for each."""
    readout = "yes_no" if attribute.multiple or len(attribute.options) > 26 else "letters"
    return asked(attribute, Choice(readout, settings.wording, rotations=1))  # type: ignore[arg-type]


def _repair(first: Completion, said: Said) -> list[dict[str, Any]]:
    """The turns that show a model its answer and what is wrong with it."""
    return [
        {"role": "assistant", "content": first.text.strip()[:_SHOWN] or "{}"},
        {"role": "user", "content": [{"type": "text", "text": repair_prompt(said.faults)}]},
    ]


def _together(found: Sequence[_Read | None], attributes: Sequence[Attribute]) -> Answers:
    scores = {a.name: np.zeros((len(found), len(a.options)), np.float32) for a in attributes}
    outside = {a.name: np.full(len(found), np.nan, np.float32) for a in attributes}
    unread: dict[int, str] = {}
    unasked: set[int] = set()
    fatal: Fault | None = None
    for row, read in enumerate(found):
        if read is None or (read.fault and read.fault.fatal):
            unasked.add(row)
            fatal = read.fault if read and fatal is None else fatal
        elif read.fault:
            unread[row] = read.fault.message
            for values in scores.values():
                values[row] = np.nan
        else:
            for name, told in read.scores.items():
                scores[name][row] = told
            for name, mass in read.outside.items():
                outside[name][row] = mass
    stopped = None
    if fatal is not None:
        stopped = Stopped(frozenset(unasked), EngineError(fatal.message, fatal.hint))
    known = {name: mass for name, mass in outside.items() if np.isfinite(mass).any()}
    return Answers(scores=scores, outside=known, unread=unread, stopped=stopped)


def _end(background: Background, client: Client, journal: Journal) -> None:
    background.close(client.close)
    journal.close()
