"""The trained network as the ONNX file that ships.

    python -m training.export --catalog DIR --work DIR

Weights and activations become 8-bit integers (post-training, a scale a channel), calibrated on
photos of ``train``; that is three times smaller and twice as fast, and what it costs in accuracy is
printed by ``training.calibrate --model``, run on either file.
"""

from __future__ import annotations

import argparse
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
from torch import Tensor, nn

from training.backbone import Backbone
from training.labels import split_ids
from training.model import CompactModel
from training.photos import MEAN, SCALE, PhotoStore
from training.train import vocabulary

VERSION = "1.0.0"
SIDES = (128, 224)
MODEL = Path(__file__).parents[1] / "src/hangtag/models/compact.onnx"


class Shipped(nn.Module):
    """uint8 photos [n, side, side, 3] → embedding [n, 1280], scores of all heads side by side."""

    def __init__(self, model: CompactModel, heads: Sequence[str]):
        super().__init__()
        self.backbone = model.backbone
        layers = [model.heads[name] for name in heads]
        self.scores = nn.Linear(layers[0].in_features, sum(layer.out_features for layer in layers))
        with torch.no_grad():
            self.scores.weight.copy_(torch.cat([layer.weight for layer in layers]))
            self.scores.bias.copy_(torch.cat([layer.bias for layer in layers]))

    def forward(self, photos: Tensor) -> tuple[Tensor, Tensor]:
        x = (photos.to(torch.float32).permute(0, 3, 1, 2) - MEAN) / SCALE
        embedding = self.backbone(x)
        return embedding, self.scores(embedding)


class CalibrationPhotos(CalibrationDataReader):
    """Batches of photos at both sides; the ranges of activations are taken from them."""

    def __init__(self, batches: Iterator[np.ndarray]):
        self._batches = batches

    def get_next(self) -> dict[str, np.ndarray] | None:
        photos = next(self._batches, None)
        return None if photos is None else {"photos": photos}


def load_model(work: Path, checkpoint: str) -> tuple[CompactModel, dict[str, list[str]]]:
    """The trained model and its heads' options, shipped heads first."""
    options: dict[str, list[str]] = json.loads((work / "options.json").read_text())
    model = CompactModel({name: len(o) for name, o in options.items()}, Backbone())
    state = torch.load(work / checkpoint)
    model.load_state_dict(state.get("average", state))
    return model.eval(), options


def squashed(store: PhotoStore, ids: Sequence[int], side: int) -> np.ndarray:
    """The photos of these products as the run decodes them: uint8 [n, side, side, 3]."""
    from PIL import Image

    photos = [Image.fromarray(store.pixels[store.row[i]]) for i in ids]
    size = (side, side)
    return np.stack([np.asarray(p.resize(size, Image.Resampling.BILINEAR)) for p in photos])


def calibration_batches(catalog: Path, work: Path, each: int) -> Iterator[np.ndarray]:
    """``each`` random train photos at either side, in batches of 16."""
    ids = split_ids(catalog)["train"]
    rng = np.random.default_rng(0)
    stores = (
        PhotoStore.from_tar(catalog / "images-60x80.tar", work / "photos", 60, 80),
        PhotoStore.from_tar(catalog / "images-224.tar", work / "photos", 224, 224),
    )
    for store, side in zip(stores, SIDES, strict=True):
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
        output_names=["embedding", "scores"],
        dynamic_shapes={"photos": {0: batch, 1: side, 2: side}},
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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--catalog", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--checkpoint", default="both.pt")
    parser.add_argument("--out", type=Path, default=MODEL)
    arguments = parser.parse_args()
    model, options = load_model(arguments.work, arguments.checkpoint)
    heads = {name: options[name] for name in (*vocabulary(), "category")}
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    exact = arguments.work / "compact.float.onnx"
    about = json.dumps({"version": VERSION, "sides": SIDES, "heads": heads})
    export(model, heads, exact)
    quantized(exact, arguments.out, calibration_batches(arguments.catalog, arguments.work, 256))
    for path in (exact, arguments.out):
        network = onnx.load(path)
        onnx.helper.set_model_props(network, {"hangtag": about})
        onnx.save(network, path)
        print(f"{path}: {path.stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
