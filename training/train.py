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
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import yaml
from torch import Tensor

from training.backbone import imagenet_backbone
from training.labels import Part, Targets, auxiliary_options, build_part, split_ids
from training.model import CompactModel
from training.photos import PhotoStore, augmented, gathered, normalised, resized

TAXONOMY = Path(__file__).parents[1] / "src/hangtag/taxonomies/fashion.yaml"
HEAD_WEIGHT = {
    "pattern": 1.2, "collar": 1.0, "sleeves": 0.7, "formality": 1.2, "material": 0.8, "fit": 0.8,
    "details": 1.5, "style_keywords": 0.4,
    "category": 0.3, "article_type": 0.3, "gender": 0.15, "base_colour": 0.15,
}  # fmt: skip


@dataclass(frozen=True)
class Phase:
    """``sides`` are taken in turn, a batch each; ``drawn`` is the share of drawn products in a batch."""

    name: str
    steps: int
    sides: Sequence[int]
    batch: dict[int, int]
    rate: float
    drawn: float


PHASES = (
    Phase("small", 2600, (128,), {128: 64}, 6e-4, 0.0),
    Phase("both", 2200, (128, 192), {128: 64, 192: 40}, 4e-4, 0.06),
)


def vocabulary() -> dict[str, Sequence[str]]:
    """Attribute → options of tiers 1 and 2, in the order of the taxonomy."""
    attributes = yaml.safe_load(TAXONOMY.read_text())["attributes"]
    return {name: list(a["options"]) for name, a in attributes.items() if a["tier"] < 3}


def head_loss(targets: Targets, logits: Tensor, rows: np.ndarray, balance: Tensor) -> Tensor:
    """Mean loss over the labelled products of a batch; zero where there are none.

    Single choice: -log of the probability of the accepted options together, so that a label that
    allows two options asks for neither in particular.
    """
    accepted, weight = (
        torch.from_numpy(targets.accepted[rows]),
        torch.from_numpy(targets.weight[rows]),
    )
    if targets.multiple:
        loss = F.binary_cross_entropy_with_logits(
            logits, accepted, pos_weight=balance, reduction="none"
        )
        return (loss * weight).sum() / weight.sum().clamp(min=1)
    labelled = weight[:, 0]
    log_p = logits.log_softmax(1)
    right = torch.logsumexp(log_p.masked_fill(accepted == 0, -1e4), 1)
    # A little of the loss goes to the mean over accepted options, which keeps the net from certainty.
    smooth = (log_p * accepted).sum(1) / accepted.sum(1).clamp(min=1)
    each = (accepted * balance).sum(1) / accepted.sum(1).clamp(min=1)
    return (-(0.9 * right + 0.1 * smooth) * labelled * each).sum() / labelled.sum().clamp(min=1)


def class_balance(targets: Targets) -> Tensor:
    """Rare options weigh more: (mean count / count)^¼, between ½ and 3."""
    counts = (targets.accepted * targets.weight).sum(0)
    if targets.multiple:
        absent = ((1 - targets.accepted) * targets.weight).sum(0)
        return torch.from_numpy((absent / counts.clip(1)) ** 0.25).clamp(0.5, 3).float()
    used = counts[counts > 0]
    return torch.from_numpy((used.mean() / counts.clip(1)) ** 0.25).clamp(0.5, 3).float()


def sampling_weights(part: Part) -> np.ndarray:
    """How often a product is drawn: the more is known of it beyond its category, the oftener."""
    heads = part.heads
    known = {name: t.weight[:, 0] > 0 for name, t in heads.items()}
    worn = known["collar"] & (heads["collar"].accepted[:, -1] == 0)
    hard = heads["material"].accepted[:, [0, 4, 6]].max(1) > 0  # leather, synthetic, canvas
    described = (heads["details"].weight[:, :5] > 0).sum(1)
    formality, options = heads["formality"].accepted, heads["formality"].options
    dressed = formality.max(1) * (1 - formality[:, options.index("casual")])
    shoes = heads["category"].accepted[:, heads["category"].options.index("Shoes")]
    weight = 0.15 + 0.5 * known["pattern"] + 0.25 * worn + 0.25 * hard + 0.1 * described
    weight += 0.3 * dressed + 0.15 * shoes
    counts = heads["pattern"].accepted.sum(0)
    rare = (heads["pattern"].accepted * (800 / counts.clip(40)).clip(0, 6)).max(1)
    counts = heads["collar"].accepted.sum(0)
    rare_collar = (heads["collar"].accepted * (400 / counts.clip(40)).clip(0, 4)).max(1)
    return np.asarray(weight * (1 + np.maximum(rare, rare_collar) * 0.5))


class Drawn:
    """Drawn products as one more photo store, with the truth they were drawn from."""

    def __init__(self, file: Path, heads: dict[str, Targets]):
        with np.load(file, allow_pickle=False) as data:
            self.pixels = data["pixels"]
            truths = json.loads(str(data["truths"]))
        self.heads = {name: self._targets(targets, truths, name) for name, targets in heads.items()}

    @staticmethod
    def _targets(like: Targets, truths: list[dict[str, list[str]]], name: str) -> Targets:
        accepted = np.zeros((len(truths), len(like.options)), np.float32)
        weight = np.zeros_like(accepted)
        for row, truth in enumerate(truths):
            if name in truth:
                accepted[row] = [option in truth[name] for option in like.options]
                weight[row] = like.multiple or accepted[row].any()
        return Targets(like.options, like.multiple, accepted, weight)


def joined(first: Targets, rows: np.ndarray, second: Targets, more: np.ndarray) -> Targets:
    """The targets of a batch made of two sources."""
    return Targets(
        first.options,
        first.multiple,
        np.concatenate([first.accepted[rows], second.accepted[more]]),
        np.concatenate([first.weight[rows], second.weight[more]]),
    )


@torch.no_grad()
def predictions(
    model: CompactModel, store: PhotoStore, ids: np.ndarray, side: int, batch: int = 64
) -> dict[str, Tensor]:
    """Logits of every head, [products, options], and ``embedding``, [products, 1280]."""
    model.eval()
    parts: dict[str, list[Tensor]] = {}
    for start in range(0, len(ids), batch):
        photos = resized(gathered(store, ids[start : start + batch].tolist()), side)
        embedding, logits = model(photos.contiguous(memory_format=torch.channels_last))
        for name, values in (*logits.items(), ("embedding", embedding)):
            parts.setdefault(name, []).append(values.float())
    return {name: torch.cat(values) for name, values in parts.items()}


def accuracies(part: Part, logits: dict[str, Tensor], rows: np.ndarray) -> dict[str, float]:
    """Accuracy of single-choice heads over accepted options; balanced accuracy of details."""
    found = {}
    for name, targets in part.heads.items():
        accepted, weight, scores = (
            targets.accepted[rows],
            targets.weight[rows],
            logits[name].numpy(),
        )
        if not targets.multiple:
            known = weight[:, 0] > 0
            found[name] = float(accepted[known, scores[known].argmax(1)].mean())
        elif name == "details":
            for i, option in enumerate(targets.options):
                known = weight[:, i] == 1
                yes, no = known & (accepted[:, i] > 0), known & (accepted[:, i] == 0)
                if yes.any() and no.any():
                    found[option] = float(
                        ((scores[yes, i] > 0).mean() + (scores[no, i] <= 0).mean()) / 2
                    )
    return found


def train(arguments: argparse.Namespace) -> None:
    torch.manual_seed(0)
    torch.set_num_threads(arguments.threads)
    work: Path = arguments.work
    ids = split_ids(arguments.catalog)
    auxiliary = auxiliary_options(arguments.catalog, ids["train"])
    part = build_part(arguments.catalog, ids["train"], vocabulary(), auxiliary)
    checked = build_part(arguments.catalog, ids["validation"], vocabulary(), auxiliary)
    tar = arguments.catalog
    small = PhotoStore.from_tar(tar / "images-60x80.tar", work / "photos", 60, 80)
    large = PhotoStore.from_tar(tar / "images-224.tar", work / "photos", 224, 224)
    medium = PhotoStore.from_tar(tar / "images-224.tar", work / "photos", 128, 128)

    model = CompactModel(
        {name: len(t.options) for name, t in part.heads.items()}, imagenet_backbone()
    )
    model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    model.backbone.freeze(4)
    average = copy.deepcopy(model)
    balance = {name: class_balance(t) for name, t in part.heads.items()}
    weights = sampling_weights(part)
    has_large = np.array([int(product) in large.row for product in part.ids])
    has_small = np.array([int(product) in small.row for product in part.ids])
    check_rows = np.array([i for i, p in enumerate(checked.ids) if int(p) in large.row])

    (work / "options.json").write_text(
        json.dumps({n: list(t.options) for n, t in part.heads.items()})
    )
    for number, phase in enumerate(PHASES):
        final = work / f"{phase.name}.pt"
        if final.exists():
            average.load_state_dict(torch.load(final))
            model.load_state_dict(average.state_dict())
            continue
        run_phase(
            phase, number, model, average, part, balance, weights, small, medium, large, has_small, has_large,
            checked, check_rows, arguments,
        )  # fmt: skip
        torch.save(average.state_dict(), final)


def run_phase(
    phase,
    number,
    model,
    average,
    part,
    balance,
    weights,
    small,
    medium,
    large,
    has_small,
    has_large,
    checked,
    check_rows,
    arguments,
):  # type: ignore[no-untyped-def]
    work: Path = arguments.work
    optimizer = torch.optim.AdamW(
        [
            {
                "params": [p for p in model.backbone.parameters() if p.requires_grad],
                "lr": phase.rate,
            },
            {"params": model.heads.parameters(), "lr": phase.rate * 2},
        ],
        weight_decay=0.02,
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [phase.rate, phase.rate * 2], total_steps=phase.steps + 1, pct_start=0.06
    )
    unfinished = work / f"{phase.name}.unfinished.pt"
    first = 0
    if unfinished.exists():
        state = torch.load(unfinished)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        first = state["step"]
    drawn_file = work / "drawn.npz"
    drawn = Drawn(drawn_file, part.heads) if phase.drawn and drawn_file.exists() else None
    if phase.drawn and drawn is None:
        print("no drawn products at", drawn_file, flush=True)
    chance_small = np.where(has_small, weights, 0)
    chance_small /= chance_small.sum()
    chance_large = np.where(has_large, weights, 0)
    chance_large /= chance_large.sum()
    started, seen, running = time.time(), 0, 0.0
    for step in range(first, phase.steps):
        rng = np.random.default_rng([number, step])
        generator = torch.Generator().manual_seed(number * 1_000_003 + step)
        side = phase.sides[step % len(phase.sides)]
        size = phase.batch[side]
        # At the larger side every photo comes from the larger files; at the smaller, a quarter do.
        n_large = size if side > 128 else size // 4
        rows_large = rng.choice(len(part.ids), n_large, p=chance_large)
        rows_small = rng.choice(len(part.ids), size - n_large, p=chance_small)
        store = large if side > 128 else medium
        views = [augmented(gathered(store, part.ids[rows_large].tolist()), side, generator)]
        if len(rows_small):
            views.append(augmented(gathered(small, part.ids[rows_small].tolist()), side, generator))
        rows = np.concatenate([rows_large, rows_small])
        heads = part.heads
        if drawn is not None:
            more = rng.choice(len(drawn.pixels), max(1, int(size * phase.drawn)))
            views.append(augmented(resized(normalised(drawn.pixels[more]), side), side, generator))
            heads = {name: joined(t, rows, drawn.heads[name], more) for name, t in heads.items()}
            rows = np.arange(len(rows) + len(more))
        model.train()
        _, logits = model(torch.cat(views).contiguous(memory_format=torch.channels_last))
        loss = sum(
            (
                HEAD_WEIGHT[name] * head_loss(t, logits[name], rows, balance[name])
                for name, t in heads.items()
            ),
            start=torch.zeros(()),
        )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        schedule.step()
        keep = min(0.998, (step + 1 + number * 1000) / (step + 10 + number * 1000))
        with torch.no_grad():
            for mean, now in zip(average.parameters(), model.parameters(), strict=True):
                if now.requires_grad:
                    mean.lerp_(now, 1 - keep)
        seen, running = seen + len(rows), running * 0.98 + float(loss.detach()) * 0.02
        if (step + 1) % 50 == 0:
            rate = seen / (time.time() - started)
            left = (phase.steps - step - 1) * size / rate / 60
            print(
                f"{phase.name} {step + 1}/{phase.steps} loss {running:.3f} {rate:.0f} photos/s {left:.0f} min left",
                flush=True,
            )
        if (step + 1) % 400 == 0 or step + 1 == phase.steps:
            torch.save(
                {"model": model.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict(),
                 "schedule": schedule.state_dict(), "step": step + 1}, unfinished)  # fmt: skip
        if (step + 1) % 800 == 0 or step + 1 == phase.steps:
            side = max(phase.sides)
            logits = predictions(
                average, medium if side == 128 else large, checked.ids[check_rows], side
            )
            print(
                json.dumps(
                    {k: round(v, 3) for k, v in accuracies(checked, logits, check_rows).items()}
                ),
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--catalog",
        type=Path,
        required=True,
        help="folder with styles.csv, labels.parquet and the photo archives",
    )
    parser.add_argument(
        "--work", type=Path, required=True, help="where decoded photos and checkpoints are kept"
    )
    parser.add_argument("--threads", type=int, default=2)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
