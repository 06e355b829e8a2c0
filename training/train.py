"""Train the compact model: ``python -m training.train --catalog DIR --work DIR``.

Two phases: all photos at 128 px, then 128 and 192 px in turn with drawn products in the mix. Every
few hundred steps a checkpoint is kept, and the same command goes on from it.
"""

from __future__ import annotations

import argparse
import copy
import json
import time
from collections.abc import Sequence
from pathlib import Path

import torch
import yaml

from training.backbone import imagenet_backbone
from training.batches import LARGE, SMALL, Batches, Drawn, Phase
from training.checking import accuracies, predictions
from training.labels import Part, auxiliary_options, build_part, split_ids
from training.losses import HEAD_WEIGHT, class_balance, head_loss
from training.model import CompactModel
from training.photos import PhotoStore

TAXONOMY = Path(__file__).parents[1] / "src/hangtag/taxonomies/fashion.yaml"
PHASES = (
    Phase("small", 2600, (SMALL,), {SMALL: 64}, 6e-4, 0.0),
    Phase("both", 2200, (SMALL, LARGE), {SMALL: 64, LARGE: 40}, 4e-4, 0.06),
)
# Blocks of the backbone that stay as ImageNet left them.
FROZEN = 4


def vocabulary() -> dict[str, Sequence[str]]:
    """Attribute → options of tiers 1 and 2, in the order of the taxonomy."""
    attributes = yaml.safe_load(TAXONOMY.read_text())["attributes"]
    return {name: list(a["options"]) for name, a in attributes.items() if a["tier"] < 3}


class Learner:
    """The network, its average over the last steps, and what changes it in one phase."""

    def __init__(self, model: CompactModel, average: CompactModel, phase: Phase, number: int):
        self.model, self.average, self.phase, self.number = model, average, phase, number
        backbone = [p for p in model.backbone.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": backbone, "lr": phase.rate},
                {"params": model.heads.parameters(), "lr": phase.rate * 2},
            ],
            weight_decay=0.02,
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer,
            [phase.rate, phase.rate * 2],
            total_steps=phase.steps + 1,
            pct_start=0.06,
        )

    def step(self, step: int, batches: Batches, drawn: Drawn | None) -> tuple[float, int]:
        """Learn from one batch; its loss and its size."""
        photos, heads, rows = batches.batch(self.phase, self.number, step, drawn)
        self.model.train()
        _, logits = self.model(photos)
        loss = torch.zeros(())
        for name, targets in heads.items():
            balance = class_balance(batches.part.heads[name])
            loss = loss + HEAD_WEIGHT[name] * head_loss(targets, logits[name], rows, balance)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimizer.step()
        self.schedule.step()
        self._average(step + self.number * 1000)
        return float(loss.detach()), len(rows)

    @torch.no_grad()
    def _average(self, age: int) -> None:
        """Draw the average towards the network: quickly at first, slowly later."""
        keep = min(0.998, (age + 1) / (age + 10))
        for mean, now in zip(self.average.parameters(), self.model.parameters(), strict=True):
            if now.requires_grad:
                mean.lerp_(now, 1 - keep)

    def save(self, path: Path, step: int) -> None:
        """Keep all that is needed to go on after ``step`` steps."""
        state = {
            "model": self.model.state_dict(),
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
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        return int(state["step"])


def train(catalog: Path, work: Path, threads: int) -> None:
    """Run the phases that have not ended yet."""
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    ids = split_ids(catalog)
    auxiliary = auxiliary_options(catalog, ids["train"])
    part = build_part(catalog, ids["train"], vocabulary(), auxiliary)
    checked = build_part(catalog, ids["validation"], vocabulary(), auxiliary)
    photos = work / "photos"
    small = PhotoStore.from_tar(catalog / "images-60x80.tar", photos, 60, 80)
    medium = PhotoStore.from_tar(catalog / "images-224.tar", photos, SMALL, SMALL)
    large = PhotoStore.from_tar(catalog / "images-224.tar", photos, 224, 224)
    options = {name: list(targets.options) for name, targets in part.heads.items()}
    (work / "options.json").write_text(json.dumps(options))

    model = CompactModel({name: len(o) for name, o in options.items()}, imagenet_backbone())
    model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    model.backbone.freeze(FROZEN)
    average = copy.deepcopy(model)
    batches = Batches(part, small, medium, large)
    for number, phase in enumerate(PHASES):
        final = work / f"{phase.name}.pt"
        if not final.exists():
            learner = Learner(model, average, phase, number)
            store = medium if max(phase.sides) == SMALL else large
            run_phase(learner, batches, work, checked, store)
            torch.save(average.state_dict(), final)
        average.load_state_dict(torch.load(final))
        model.load_state_dict(average.state_dict())


def run_phase(
    learner: Learner, batches: Batches, work: Path, checked: Part, store: PhotoStore
) -> None:
    """All steps of a phase, from its last checkpoint on; ``checked`` is looked at now and then."""
    phase = learner.phase
    checkpoint = work / f"{phase.name}.unfinished.pt"
    first = learner.load(checkpoint) if checkpoint.exists() else 0
    drawn = Drawn(work / "drawn.npz", batches.part.heads) if phase.drawn else None
    rows = [i for i, product in enumerate(checked.ids) if int(product) in store.row]
    started, seen, running = time.time(), 0, 0.0
    for step in range(first, phase.steps):
        loss, size = learner.step(step, batches, drawn)
        seen, running = seen + size, running * 0.98 + loss * 0.02
        done = step + 1
        if done % 50 == 0:
            rate = seen / (time.time() - started)
            left = (phase.steps - done) * seen / (done - first) / rate / 60
            told = f"loss {running:.3f} {rate:.0f} photos/s {left:.0f} min left"
            print(f"{phase.name} {done}/{phase.steps} {told}", flush=True)
        if done % 400 == 0 or done == phase.steps:
            learner.save(checkpoint, done)
        if done % 800 == 0 or done == phase.steps:
            logits = predictions(learner.average, store, checked.ids[rows], max(phase.sides))
            found = accuracies(checked, logits, rows)
            print(json.dumps({name: round(value, 3) for name, value in found.items()}), flush=True)


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--catalog", type=Path, required=True, help="the folder that training/README.md describes"
    )
    parser.add_argument(
        "--work", type=Path, required=True, help="where decoded photos and checkpoints are kept"
    )
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    train(asked.catalog, asked.work, asked.threads)


if __name__ == "__main__":
    main()
