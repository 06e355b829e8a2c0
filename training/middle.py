"""A second reading, from the middle of the network, in the file that ships.

    python -m training.middle --catalog DIR --work DIR

The network knows the labels of many training photos by heart, wrong ones among them, so what its
last layers say of other photos is worth less than it seems. Its middle has learned less of any one
photo. So linear heads look at the mean, the spread and the maximum of each channel there
(intermediate features as of Evci et al., 2022, "Head2Toe"), and their scores are added to the
network's own. How much either counts follows from the calibration part, which neither was fitted to
(stacking; Wolpert, 1992).

All of it is fitted to the 8-bit network as it was exported, whose embedding and vectors stay what
they are. Started again on a file that has a second reading, it takes that one's place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import helper, numpy_helper
from scipy.optimize import minimize
from torch import Tensor
from torch.nn import functional

from training.asking import asked_of_network
from training.batches import Drawn, joined
from training.export import VERSION, squashed
from training.graph import MIDDLE, SCORES, as_exported, last_node, moved_aside, node
from training.labels import Part, Targets, build_part, split_ids
from training.photos import MEAN, SCALE, PhotoStore, augmented, gathered, photo_stores
from training.train import vocabulary

# How many stages of the backbone are looked at, counted from the last that adds to its input.
STAGES = 3
# Of the squares of weights, beside the sum of log-losses over each photo once.
PENALTY = 300.0
# Random views of each training photo that are looked at beside the photo.
VIEWS = 2


@dataclass(frozen=True)
class Looked:
    """What the network makes of photos: ``middle`` [n, statistics] and its ``scores`` [n, options].

    ``heads`` are the photos' targets.
    """

    middle: np.ndarray
    scores: np.ndarray
    heads: dict[str, Targets]


@dataclass(frozen=True)
class SecondReading:
    """``middle @ weights + bias`` [n, options], beside ``own`` × scores."""

    weights: np.ndarray
    bias: np.ndarray
    own: np.ndarray


def closing_sums(graph: onnx.GraphProto) -> list[str]:
    """What comes out of the last stages: of the sums with an input, those not added to again."""
    quantized = {n.input[0]: n.output[0] for n in graph.node if n.op_type == "QuantizeLinear"}
    exact = {n.input[0]: n.output[0] for n in graph.node if n.op_type == "DequantizeLinear"}
    sums = [one for one in graph.node if one.op_type == "Add"]
    added = {name for one in sums for name in one.input}
    outputs = [exact[quantized[one.output[0]]] for one in sums]
    return [name for name in outputs if name not in added][-STAGES:]


def with_statistics(model: onnx.ModelProto) -> onnx.ModelProto:
    """An exported network with the output ``middle``: mean, spread, maximum of each channel."""
    seen = onnx.ModelProto()
    seen.CopyFrom(model)
    graph = seen.graph
    graph.initializer.append(numpy_helper.from_array(np.array([2, 3]), f"{MIDDLE}_axes"))
    found = []
    for i, source in enumerate(closing_sums(graph)):
        at = f"{MIDDLE}_{i}"
        kept, flat = {"keepdims": 1}, {"keepdims": 0}
        graph.node.extend(
            [
                node("ReduceMean", [source, f"{MIDDLE}_axes"], f"{at}_centre", **kept),
                node("Sub", [source, f"{at}_centre"], f"{at}_away"),
                node("Mul", [f"{at}_away", f"{at}_away"], f"{at}_square"),
                node("ReduceMean", [f"{at}_square", f"{MIDDLE}_axes"], f"{at}_variance", **flat),
                node("Sqrt", [f"{at}_variance"], f"{at}_spread"),
                node("ReduceMax", [source, f"{MIDDLE}_axes"], f"{at}_maximum", **flat),
                node("Flatten", [f"{at}_centre"], f"{at}_mean"),
            ]
        )
        found += [f"{at}_mean", f"{at}_spread", f"{at}_maximum"]
    graph.node.append(node("Concat", found, MIDDLE, axis=1))
    shape = ["batch", "statistics"]
    graph.output.append(helper.make_tensor_value_info(MIDDLE, onnx.TensorProto.FLOAT, shape))
    return seen


def with_second(model: onnx.ModelProto, reading: SecondReading) -> onnx.ModelProto:
    """An exported network whose ``scores`` are its own and a second reading's, added up.

    ``middle`` stays an output: heads that users have taught look at it.
    """
    whole = with_statistics(model)
    graph = whole.graph
    own = moved_aside(graph, MIDDLE)
    for name, values in (
        ("weights", reading.weights), ("bias", reading.bias), ("worth", reading.own),
    ):  # fmt: skip
        array = np.ascontiguousarray(values, np.float32)
        graph.initializer.append(numpy_helper.from_array(array, f"{MIDDLE}_{name}"))
    inputs = [MIDDLE, f"{MIDDLE}_weights", f"{MIDDLE}_bias"]
    graph.node.extend(
        [
            node("Gemm", inputs, f"{MIDDLE}_second"),
            node("Mul", [own, f"{MIDDLE}_worth"], f"{MIDDLE}_first"),
            last_node(MIDDLE, "Add", [f"{MIDDLE}_first", f"{MIDDLE}_second"]),
        ]
    )
    onnx.checker.check_model(whole)
    return whole


class Looking:
    """Runs a network with statistics over photos."""

    def __init__(self, model: onnx.ModelProto):
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(model.SerializeToString(), options)

    def at(self, sources: Sequence[Source], views: int) -> tuple[np.ndarray, np.ndarray]:
        """``middle`` and ``scores`` of all photos, then of as many random views of each."""
        found = []
        for view in range(views + 1):
            for source in sources:
                batches = source.views(view) if view else source.photos()
                found += [self._session.run([MIDDLE, SCORES], {"photos": b}) for b in batches]
                print(f"looked at {len(source.ids)} photos at {source.side} px", flush=True)
        middle, scores = zip(*found, strict=True)
        return np.concatenate(middle), np.concatenate(scores)


@dataclass(frozen=True)
class Source:
    """Photos of a store that are read at one side."""

    store: PhotoStore
    ids: Sequence[int]
    side: int

    def photos(self) -> Iterator[np.ndarray]:
        """As a run sees them, uint8 [n, side, side, 3]."""
        for chosen in self._batches():
            yield squashed(self.store, chosen, self.side)

    def views(self, number: int) -> Iterator[np.ndarray]:
        """A random view of each; the same for the same number."""
        generator = torch.Generator().manual_seed(number)
        for chosen in self._batches():
            seen = augmented(gathered(self.store, chosen), self.side, generator)
            pixels = (seen * SCALE + MEAN).round().clamp(0, 255).to(torch.uint8)
            yield pixels.permute(0, 2, 3, 1).contiguous().numpy()

    def _batches(self) -> Iterator[Sequence[int]]:
        return (self.ids[start : start + 32] for start in range(0, len(self.ids), 32))


def look(
    looking: Looking,
    part: Part,
    stores: Mapping[int, PhotoStore],
    drawn: Drawn | None = None,
    views: int = 0,
) -> Looked:
    """Every photo of ``part`` at the side it is read at, and drawn products at either."""
    sources, rows = [], []
    for side, store in stores.items():
        there = np.array([i for i, product in enumerate(part.ids) if int(product) in store.row])
        sources.append(Source(store, part.ids[there].tolist(), side))
        rows.append(there)
    middle, scores = looking.at(sources, views)
    real = np.tile(np.concatenate(rows), views + 1)
    if drawn is None:
        none = np.array([], int)
        heads = {name: joined(t, real, t, none) for name, t in part.heads.items()}
        return Looked(middle, scores, heads)
    store = PhotoStore(np.arange(len(drawn.pixels)), drawn.pixels)
    order = drawn.by_side()
    sources = [Source(store, chosen.tolist(), side) for side, chosen in order.items()]
    more_middle, more_scores = looking.at(sources, views)
    more = np.tile(np.concatenate(list(order.values())), views + 1)
    heads = {name: joined(t, real, drawn.heads[name], more) for name, t in part.heads.items()}
    return Looked(
        np.concatenate([middle, more_middle]), np.concatenate([scores, more_scores]), heads
    )


def log_loss(scores: Tensor, targets: Targets, rows: np.ndarray) -> Tensor:
    """Summed over the labelled ``rows``, whose scores these are: -log of what is accepted."""
    accepted = torch.from_numpy(targets.accepted[rows])
    weight = torch.from_numpy(targets.weight[rows])
    if targets.multiple:
        each = functional.binary_cross_entropy_with_logits(scores, accepted, reduction="none")
        return (each * weight).sum()
    right = torch.logsumexp(scores.log_softmax(1).masked_fill(accepted == 0, -1e4), 1)
    return -(right * weight[:, 0]).sum()


def labelled(targets: Targets) -> np.ndarray:
    """The rows of which somebody said something."""
    return np.flatnonzero(targets.weight.max(1) > 0)


def fitted(middle: np.ndarray, targets: Targets) -> tuple[np.ndarray, np.ndarray]:
    """Weights [statistics, options] and bias of the linear head that labels are likeliest by."""
    rows = labelled(targets)
    seen = torch.from_numpy(middle[rows])
    options = len(targets.options)
    weights = torch.zeros(seen.shape[1], options, requires_grad=True)
    bias = torch.zeros(options, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [weights, bias], max_iter=120, history_size=10, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        total = log_loss(seen @ weights + bias, targets, rows)
        total = (total + PENALTY / 2 * (VIEWS + 1) * (weights**2).sum()) / len(rows)
        total.backward()
        return total

    optimizer.step(loss)
    return weights.detach().numpy(), bias.detach().numpy()


def worth(first: np.ndarray, second: np.ndarray, targets: Targets) -> tuple[float, float]:
    """How much either reading counts, so that labelled products are likeliest.

    Details and style words are too often said by the network, whose loss made up for labels that
    see too few; so a shift of each option is fitted beside and dropped: calibration has its own.
    """
    rows = labelled(targets)
    a, b = torch.from_numpy(first[rows]), torch.from_numpy(second[rows])
    shifts = len(targets.options) if targets.multiple else 0

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        p = torch.tensor(parameters, dtype=torch.float32, requires_grad=True)
        shift = p[2:] if shifts else torch.zeros(1)
        total = log_loss(p[0] * a + p[1] * b + shift, targets, rows)
        total.backward()
        assert p.grad is not None
        return float(total.detach()), p.grad.double().numpy()

    start = np.r_[0.5, 0.5, np.zeros(shifts)]
    bounds = [(0, 2), (0, 2), *[(-6, 6)] * shifts]
    best = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x
    return round(float(best[0]), 3), round(float(best[1]), 3)


def second_reading(
    heads: Mapping[str, Sequence[str]], learned: Looked, held_out: Looked
) -> SecondReading:
    """Fit heads to ``learned`` and what they are worth to ``held_out``.

    ``heads``: of the network, in the order of its scores. One that no target is known of (the
    category) keeps its own scores.
    """
    mean, spread = learned.middle.mean(0), learned.middle.std(0) + 1e-3
    known, unknown = ((looked.middle - mean) / spread for looked in (learned, held_out))
    options = sum(map(len, heads.values()))
    weights = np.zeros((learned.middle.shape[1], options), np.float32)
    bias, own = np.zeros(options, np.float32), np.ones(options, np.float32)
    start = 0
    for name, names in heads.items():
        columns = slice(start, start + len(names))
        start = columns.stop
        if name not in learned.heads:
            continue
        w, b = fitted(known, learned.heads[name])
        own_scores, second = held_out.scores[:, columns], unknown @ w + b
        first_counts, second_counts = worth(own_scores, second, held_out.heads[name])
        print(f"{name:15} own {first_counts:.2f} middle {second_counts:.2f}", flush=True)
        weights[:, columns] = second_counts * w / spread[:, None]
        bias[columns] = second_counts * (b - mean / spread @ w)
        own[columns] = first_counts
    return SecondReading(weights, bias, own)


def main() -> None:
    """Look, fit and write."""
    asked = asked_of_network(__doc__)
    torch.manual_seed(0)
    exported = as_exported(onnx.load(asked.model))
    about = {p.key: p.value for p in exported.metadata_props}["hangtag"]
    stores = photo_stores(asked.catalog, asked.work)
    ids = split_ids(asked.catalog, asked.fold)
    train = build_part(asked.catalog, ids["train"], vocabulary(), {})
    held_out = build_part(asked.catalog, ids["calibration"], vocabulary(), {})
    looking = Looking(with_statistics(exported))
    learned = look(looking, train, stores, Drawn(asked.work / "drawn.npz", train.heads), VIEWS)
    reading = second_reading(json.loads(about)["heads"], learned, look(looking, held_out, stores))
    whole = with_second(exported, reading)
    said = {**json.loads(about), "version": VERSION}
    helper.set_model_props(whole, {"hangtag": json.dumps(said)})
    onnx.save(whole, asked.model)
    print(f"{asked.model}: {asked.model.stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
