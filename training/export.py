"""The trained networks as the ONNX files that ship: one for photos, one for texts.

    python -m training.export --catalog DIR --work DIR

Weights and activations become 8-bit integers (post-training, a scale a channel), calibrated on
photos of ``train``; that is three times smaller and twice as fast, and what it costs in accuracy is
printed by ``training.calibrate --model``, run on either file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from training.asking import fold_of, parser_of, with_fold
from training.backbone import Backbone
from training.folds import Fold
from training.labels import split_ids
from training.model import VECTOR, CompactModel
from training.photos import MEAN, SCALE, SIDES, PhotoStore, photo_stores
from training.texts import LENGTH
from training.train import HIDDEN, vocabulary
from training.words import Matching, TextTower

VERSION = "1.3.0"


class Shipped(nn.Module):
    """uint8 photos [n, side, side, 3] → embedding [n, 1280], scores side by side, vectors."""

    def __init__(self, model: CompactModel, heads: Sequence[str]):
        super().__init__()
        if model.vector is None:
            raise ValueError("the model was trained without texts")
        self.model, self.vector = model, model.vector
        layers = [model.heads[name] for name in heads]
        self.scores = nn.Linear(layers[0].in_features, sum(layer.out_features for layer in layers))
        with torch.no_grad():
            self.scores.weight.copy_(torch.cat([layer.weight for layer in layers]))
            self.scores.bias.copy_(torch.cat([layer.bias for layer in layers]))

    def forward(self, photos: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = (photos.to(torch.float32).permute(0, 3, 1, 2) - MEAN) / SCALE
        embedding = self.model.backbone(x)
        seen = self.model.seen(embedding)
        vectors = functional.normalize(self.vector(seen), dim=1)
        return embedding, self.scores(seen), vectors


class ShippedText(nn.Module):
    """int64 tokens [n, length] → vectors [n, 256]. The tokens' own vectors weigh 16 bits."""

    def __init__(self, tower: TextTower):
        super().__init__()
        self.tower = tower
        self.tokens = tower.tokens.weight.half()

    def forward(self, tokens: Tensor) -> Tensor:
        vectors = functional.embedding(tokens, self.tokens).float()
        return self.tower.joined(vectors, self.tower.weights(tokens), tokens > 0)


class CalibrationPhotos(CalibrationDataReader):
    """Batches of photos at both sides; the ranges of activations are taken from them."""

    def __init__(self, batches: Iterator[np.ndarray]):
        self._batches = batches

    def get_next(self) -> dict[str, np.ndarray] | None:
        photos = next(self._batches, None)
        return None if photos is None else {"photos": photos}


def load_models(work: Path, checkpoint: str) -> tuple[CompactModel, Matching, dict[str, list[str]]]:
    """The trained networks, and the heads' options, shipped heads first."""
    options: dict[str, list[str]] = json.loads((work / "options.json").read_text())
    tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
    model = CompactModel({name: len(o) for name, o in options.items()}, Backbone(), HIDDEN)
    nets = nn.ModuleDict({"model": model, "matching": Matching(tokenizer.get_vocab_size())})
    state = torch.load(work / checkpoint)
    nets.load_state_dict(state.get("average", state))
    nets.eval()
    return model, nets["matching"], options


def squashed(store: PhotoStore, ids: Sequence[int], side: int) -> np.ndarray:
    """The photos of these products as the run decodes them: uint8 [n, side, side, 3]."""
    from PIL import Image

    photos = [Image.fromarray(store.pixels[store.row[i]]) for i in ids]
    size = (side, side)
    return np.stack([np.asarray(p.resize(size, Image.Resampling.BILINEAR)) for p in photos])


def calibration_batches(catalog: Path, work: Path, fold: Fold, each: int) -> Iterator[np.ndarray]:
    """``each`` random train photos at either side, in batches of 16."""
    ids = split_ids(catalog, fold)["train"]
    rng = np.random.default_rng(0)
    for side, store in photo_stores(catalog, work).items():
        known = [int(i) for i in ids if int(i) in store.row]
        chosen = rng.choice(known, each, replace=False).tolist()
        for start in range(0, each, 16):
            yield squashed(store, chosen[start : start + 16], side)


def export(model: CompactModel, heads: Mapping[str, Sequence[str]], out: Path) -> None:
    """Write the float32 network."""
    wrapped = Shipped(model, list(heads)).eval()
    batch, side = torch.export.Dim("batch"), torch.export.Dim("tiles", min=2, max=16) * 32
    torch.onnx.export(
        wrapped,
        (torch.zeros(2, 128, 128, 3, dtype=torch.uint8),),
        out,
        input_names=["photos"],
        output_names=["embedding", "scores", "vectors"],
        dynamic_shapes={"photos": {0: batch, 1: side, 2: side}},
        dynamo=True,
        external_data=False,
        opset_version=18,
    )


def export_text(tower: TextTower, out: Path) -> None:
    """Write the text tower."""
    torch.onnx.export(
        ShippedText(tower).eval(),
        (torch.ones(2, LENGTH, dtype=torch.int64),),
        out,
        input_names=["tokens"],
        output_names=["vectors"],
        dynamic_shapes={"tokens": {0: torch.export.Dim("batch")}},
        dynamo=True,
        external_data=False,
        opset_version=18,
    )


def quantized(source: Path, out: Path, photos: Iterator[np.ndarray]) -> None:
    """The 8-bit network; the heads stay in float32: few weights, and their scores matter."""
    prepared = source.with_suffix(".prepared.onnx")
    quant_pre_process(source, prepared, skip_symbolic_shape=True)
    graph = onnx.load(prepared).graph
    heads = [node.name for node in graph.node if node.op_type in ("Gemm", "MatMul")]
    quantize_static(
        prepared,
        out,
        CalibrationPhotos(photos),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
        nodes_to_exclude=heads,
        extra_options={"CalibMovingAverage": True},
    )


def main() -> None:
    """Parse the command line."""
    parser = with_fold(parser_of(__doc__))
    parser.add_argument("--checkpoint", default="compact.pt")
    parser.add_argument("--out", type=Path, help="[default: where the other steps look for it]")
    arguments = parser.parse_args()
    fold = fold_of(arguments)
    work, out = fold.work(arguments.work), arguments.out or fold.network(arguments.work)
    model, matching, options = load_models(work, arguments.checkpoint)
    heads = {name: options[name] for name in (*vocabulary(), "category")}
    out.parent.mkdir(parents=True, exist_ok=True)
    exact = work / "compact.float.onnx"
    export(model, heads, exact)
    quantized(exact, out, calibration_batches(arguments.catalog, arguments.work, fold, 256))
    text = out.with_name(f"{out.stem}-text.onnx")
    export_text(matching.text, text)
    # Both files carry it: vectors of networks that were not trained together mean nothing.
    together = hashlib.sha256((work / arguments.checkpoint).read_bytes()).hexdigest()[:12]
    about = {"version": VERSION, "vectors": together}
    photo_side = {**about, "sides": SIDES, "heads": heads}
    text_side = {
        **about,
        "dimension": VECTOR,
        "length": LENGTH,
        "tokenizer": (work / "tokenizer.json").read_text(),
    }
    for path, says in ((exact, photo_side), (out, photo_side), (text, text_side)):
        network = onnx.load(path)
        onnx.helper.set_model_props(network, {"hangtag": json.dumps(says)})
        onnx.save(network, path)
        print(f"{path}: {path.stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
