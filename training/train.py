"""Train the compact model: ``python -m training.train --catalog DIR --work DIR``.

With ``--fold second`` the second network of ``training.folds``.

All photos at 128 px; then 128 and 192 px in turn with drawn products in the mix; then the same
with texts beside the photos; before and after that, the heads alone. Every few hundred steps a
checkpoint is kept, and the same command goes on from it.
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import yaml
from tokenizers import Tokenizer
from torch import nn

from training.asking import fold_of, parser_of, with_fold
from training.backbone import has_bfloat16, imagenet_backbone
from training.batches import LARGE, SMALL, Batches, Drawn, Phase
from training.checking import accuracies, predictions
from training.folds import Fold
from training.heads import look, refit
from training.labels import Part, auxiliary_options, build_part, split_ids
from training.losses import HEAD_WEIGHT, head_loss
from training.model import CompactModel, widened
from training.photos import PhotoStore
from training.texts import Texts, new_tokenizer
from training.words import Matching, Speaker

TAXONOMY = Path(__file__).parents[1] / "src/hangtag/taxonomies/fashion.yaml"
PHASES = (
    Phase("small", (SMALL,), {SMALL: 64}, 6e-4, 0.0),
    Phase("both", (SMALL, LARGE), {SMALL: 64, LARGE: 40}, 4e-4, 0.06),
)
WORDS = Phase("words", (SMALL, LARGE), {SMALL: 64, LARGE: 40}, 4e-4, 0.06, words=True)
HIDDEN = 384
# Texts that a photo is told from at each step, beside its own; and photos, for a text.
OTHERS = 1000
# Passes over all embeddings when the heads are fitted alone.
EPOCHS = 14
# Blocks of the backbone that stay as ImageNet left them.
FROZEN = 4


def vocabulary() -> dict[str, Sequence[str]]:
    """Attribute → options of tiers 1 and 2, in the order of the taxonomy."""
    attributes = yaml.safe_load(TAXONOMY.read_text())["attributes"]
    return {name: list(a["options"]) for name, a in attributes.items() if a["tier"] < 3}


class Learner:
    """What is trained, its average over the last steps, and what changes it in one phase.

    ``nets`` holds ``model`` and, where texts take part, ``matching``.
    """

    def __init__(
        self, nets: nn.ModuleDict, phase: Phase, number: int, steps: int, speaker: Speaker | None
    ):
        self.nets, self.average = nets, copy.deepcopy(nets)
        self.phase, self.number, self.speaker = phase, number, speaker
        named = [(name, p) for name, p in nets.named_parameters() if p.requires_grad]
        groups = [
            [p for name, p in named if ("backbone." in name) is backbone]
            for backbone in (True, False)
        ]
        rates = [phase.rate, phase.rate * 2]
        self.optimizer = torch.optim.AdamW(
            [{"params": g, "lr": r} for g, r in zip(groups, rates, strict=True)], weight_decay=0.02
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, rates, total_steps=steps + 1, pct_start=0.06
        )

    def step(self, step: int, batches: Batches, drawn: Drawn | None) -> tuple[float, int]:
        """Learn from one batch; its loss and its size."""
        photos, heads, rows, real = batches.batch(self.phase, self.number, step, drawn)
        self.nets.train()
        model = self.nets["model"]
        with torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16()):
            embedding = model.backbone(photos)
        logits, vectors = model.answers(embedding.float())
        loss = torch.zeros(())
        for name, targets in heads.items():
            one = head_loss(targets, logits[name], rows, batches.balances[name])
            loss = loss + HEAD_WEIGHT[name] * one
        if self.speaker is not None:
            rng = np.random.default_rng([self.number, step, 1])
            shown = vectors[: len(real)]
            loss = loss + self.speaker.loss(self.nets["matching"], shown, real, rng)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.nets.parameters(), 5.0)
        self.optimizer.step()
        self.schedule.step()
        self._average(step + self.number * 1000)
        return float(loss.detach()), len(rows)

    @torch.no_grad()
    def _average(self, age: int) -> None:
        """Draw the average towards the network: quickly at first, slowly later."""
        keep = min(0.998, (age + 1) / (age + 10))
        for mean, now in zip(self.average.parameters(), self.nets.parameters(), strict=True):
            if now.requires_grad:
                mean.lerp_(now, 1 - keep)

    def save(self, path: Path, step: int) -> None:
        """Keep all that is needed to go on after ``step`` steps."""
        state = {
            "nets": self.nets.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "step": step,
        }
        # Whole or not at all: a checkpoint cut short would end every later start.
        torch.save(state, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)

    def load(self, path: Path) -> int:
        """Go on from a checkpoint; how many steps were done."""
        state = torch.load(path)
        self.nets.load_state_dict(state["nets"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        return int(state["step"])


@dataclass(frozen=True)
class Material:
    """What is trained on (``part``) and looked at (``checked``); ``work``: for checkpoints."""

    work: Path
    part: Part
    checked: Part
    small: PhotoStore
    medium: PhotoStore
    large: PhotoStore
    drawn: Drawn
    texts: Texts
    tokenizer: Tokenizer


def gathered_material(catalog: Path, work: Path, fold: Fold) -> Material:
    """Everything the phases need; writes ``options.json`` and ``tokenizer.json``."""
    ids = split_ids(catalog, fold)
    place = fold.work(work)
    place.mkdir(parents=True, exist_ok=True)
    auxiliary = auxiliary_options(catalog, ids["train"])
    part = build_part(catalog, ids["train"], vocabulary(), auxiliary)
    checked = build_part(catalog, ids["validation"], vocabulary(), auxiliary)
    options = {name: list(targets.options) for name, targets in part.heads.items()}
    (place / "options.json").write_text(json.dumps(options))
    texts = Texts(catalog, part.ids)
    tokenizer = kept_tokenizer(texts, place / "tokenizer.json")
    photos = work / "photos"
    return Material(
        place,
        part,
        checked,
        PhotoStore.from_tar(catalog / "images-60x80.tar", photos, 60, 80),
        PhotoStore.from_tar(catalog / "images-224.tar", photos, SMALL, SMALL),
        PhotoStore.from_tar(catalog / "images-224.tar", photos, 224, 224),
        Drawn(work / "drawn.npz", part.heads),
        texts,
        tokenizer,
    )


def kept_tokenizer(texts: Texts, file: Path) -> Tokenizer:
    """The tokenizer of this work, made by its first start.

    Made again it would number some words otherwise than checkpoints know them.
    """
    if not file.exists():
        fresh = new_tokenizer([*texts.titles, *texts.descriptions, *texts.phrases()])
        fresh.save(str(file))
    return Tokenizer.from_file(str(file))


def train(catalog: Path, work: Path, fold: Fold, threads: int) -> None:
    """Run the phases of a network that have not ended yet."""
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    found = gathered_material(catalog, work, fold)
    sizes = {name: len(targets.options) for name, targets in found.part.heads.items()}
    model = CompactModel(sizes, imagenet_backbone())
    model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    model.backbone.freeze(FROZEN)
    for number, phase in enumerate(PHASES):
        run_phase(nn.ModuleDict({"model": model}), phase, number, fold, found)
    model = widened(model, HIDDEN)
    nets = nn.ModuleDict({"model": model, "matching": Matching(found.tokenizer.get_vocab_size())})
    fit_heads(nets, found, found.work / "towers.pt")
    run_phase(nets, WORDS, len(PHASES), fold, found)
    fit_heads(nets, found, found.work / "compact.pt")


def fit_heads(nets: nn.ModuleDict, found: Material, final: Path) -> None:
    """Fit the heads and the text tower to embeddings as they are now, or take up ``final``."""
    if not final.exists():
        model, matching = nets["model"], nets["matching"]
        seen = look(model, found.part, found.small, found.large, found.drawn)
        refit(model, matching, seen, Speaker(found.texts, found.tokenizer), EPOCHS)
        torch.save(nets.state_dict(), final)
    nets.load_state_dict(torch.load(final))
    show(nets["model"], found.checked, found.large, 224)


def show(model: CompactModel, checked: Part, store: PhotoStore, side: int) -> None:
    """Print how often the heads are right on ``checked``."""
    rows = [i for i, product in enumerate(checked.ids) if int(product) in store.row]
    logits = predictions(model, store, checked.ids[rows], side)
    right = accuracies(checked, logits, rows)
    print(json.dumps({name: round(value, 3) for name, value in right.items()}), flush=True)


def run_phase(nets: nn.ModuleDict, phase: Phase, number: int, fold: Fold, found: Material) -> None:
    """All steps of a phase, from its last checkpoint on; ``nets`` become their average."""
    final, checkpoint = (found.work / f"{phase.name}{end}.pt" for end in ("", ".unfinished"))
    steps = fold.steps[phase.name]
    if not final.exists():
        speaker = Speaker(found.texts, found.tokenizer, OTHERS) if phase.words else None
        learner = Learner(nets, phase, number, steps, speaker)
        batches = Batches(found.part, found.small, found.medium, found.large)
        first = learner.load(checkpoint) if checkpoint.exists() else 0
        drawn = found.drawn if phase.drawn else None
        started, seen, running = time.time(), 0, 0.0
        for step in range(first, steps):
            loss, size = learner.step(step, batches, drawn)
            seen, running = seen + size, running * 0.98 + loss * 0.02
            done = step + 1
            if done % 50 == 0:
                rate = seen / (time.time() - started)
                left = (steps - done) * seen / (done - first) / rate / 60
                told = f"loss {running:.3f} {rate:.0f} photos/s {left:.0f} min left"
                print(f"{phase.name} {done}/{steps} {told}", flush=True)
            if done % 400 == 0 or done == steps:
                learner.save(checkpoint, done)
            if done % 800 == 0 or done == steps:
                store = found.medium if max(phase.sides) == SMALL else found.large
                show(learner.average["model"], found.checked, store, max(phase.sides))
        torch.save(learner.average.state_dict(), final)
    nets.load_state_dict(torch.load(final))


def main() -> None:
    """Parse the command line."""
    parser = with_fold(parser_of(__doc__))
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    train(asked.catalog, asked.work, fold_of(asked), asked.threads)


if __name__ == "__main__":
    main()
