"""Photos a second of a vision-language model: scored as a tree, by forks, one by one, and written.

    python benchmarks/vlm_throughput.py [--size 2.2B] [--device cuda] [--photos 256] [--batch 64]

The model has random weights and its real size (2.2B on a GPU, 256M elsewhere unless told
otherwise), so the figures are of time alone. All ways answer all questions of the taxonomy. What is
written are the three staged prompts in their long wording, at the same batch size, as many tokens
as a right answer has: a random model would never end. The reference is measured on some answers
and scaled up. Ways are timed in turns, a round after another, and the median round counts; on a CPU
it is the processor's time that counts, in one thread unless told otherwise.

``floor``: the time that the arithmetic alone takes at --peak TFLOP/s, over the measured one.
``busy``: the share of time in which a kernel runs on the GPU while photos are scored as a tree, by
the profiler; 85 % is aimed at. Gaps between kernels count as idle.

Where vLLM is installed beside a GPU, its guided JSON is measured last, when our own model has left
the GPU: see ``vllm_server.py``. With --vllm-tiles 1, as all other ways have it, versions with
https://github.com/vllm-project/vllm/issues/48667 may fail; 2 cuts photos into four.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from random_vlm import SIZES, Size, random_vlm
from vllm_server import guided_json, why_not

from hangtag.engines.vlm.checking import watched
from hangtag.engines.vlm.engine import VlmEngine
from hangtag.engines.vlm.settings import Settings
from hangtag.engines.vlm.torch_loading import Loaded, best_device
from hangtag.engines.vlm.torch_scoring import Scorer
from hangtag.prompts import json_prompt, stages
from hangtag.taxonomy import Taxonomy, default_taxonomy

TAXONOMY = default_taxonomy()
WAYS = ("tree", "fork", "reference", "generate")


def main() -> None:
    """Print the figures, and with ``--json`` write them to a file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--device", help="cuda, mps or cpu; the best there is")
    parser.add_argument("--size", choices=SIZES)
    parser.add_argument("--photos", type=int, help="a round; 256 on a GPU, 2 elsewhere")
    parser.add_argument("--batch", type=int, help="64 on a GPU, 2 elsewhere")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1, help="on a CPU")
    parser.add_argument("--peak", type=float, default=800.0, help="TFLOP/s of the GPU")
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument(
        "--vllm-tiles", type=int, default=1, help="that vLLM cuts photos into, squared"
    )
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args()
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    device = options.device or best_device()
    on_gpu = device.startswith("cuda")
    name = options.size or ("2.2B" if on_gpu else "256M")
    count, batch = options.photos or (256 if on_gpu else 2), options.batch or (64 if on_gpu else 2)
    loaded = random_vlm(name, device, "bfloat16" if on_gpu else "float32")
    bench = Bench(loaded, TAXONOMY, batch)
    pixels = np.random.default_rng(0).integers(0, 256, (count, bench.side, bench.side, 3), np.uint8)
    ways = [way for way in WAYS if way in options.ways.split(",")]
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for turn in range(options.rounds + on_gpu):
        for way in ways:
            took = bench.timed(way, pixels)
            if turn or not on_gpu:  # a GPU warms up in the first round
                seconds[way].append(took)
    figures: dict[str, Any] = {
        "device": torch.cuda.get_device_name() if on_gpu else device,
        "size": name, "batch": batch, "photos": count, "tokens": bench.tokens(),
        "photos_per_second": {
            way: count / statistics.median(took) for way, took in seconds.items()
        },
    }  # fmt: skip
    if "generate" in ways:
        rates = figures["photos_per_second"]
        figures["times_generate"] = {w: rates[w] / rates["generate"] for w in ways}
    if on_gpu:
        floor = bench.flop(SIZES[name]) / (options.peak * 1e12)
        figures["floor"] = floor * figures["photos_per_second"]["tree"]
        figures["busy"] = bench.busy(pixels)
    reason = why_not(on_gpu=on_gpu)
    if not reason:
        # It takes most of the GPU's memory for itself.
        del bench, loaded
        gc.collect()
        torch.cuda.empty_cache()
    figures["vllm"] = (
        {"not_measured": reason}
        if reason
        else guided_json(name, options.vllm_tiles, count, batch, options.rounds)
    )
    show(figures, on_gpu)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


def show(figures: dict[str, Any], on_gpu: bool) -> None:
    """As a table."""
    tokens = figures["tokens"]
    print(f"SmolVLM {figures['size']} (random weights) on {figures['device']}, "
          f"batches of {figures['batch']}")  # fmt: skip
    print(f"tokens a photo: {tokens['prefix']} before the questions, then {tokens['tree']} as a "
          f"tree or {tokens['rows']} in rows; written: {tokens['prompts']} of prompts, "
          f"{tokens['answers']} of answers")  # fmt: skip
    print(f"{'way':<12}{'photos/s':>12}{'times generate':>18}")
    for way, rate in figures["photos_per_second"].items():
        times = figures.get("times_generate", {}).get(way)
        print(f"{way:<12}{rate:>12.3g}{f'{times:.2f}' if times else '':>18}")
    vllm = figures["vllm"]
    if "not_measured" in vllm:
        print(f"{'vLLM, JSON':<12}  not measured: {vllm['not_measured']}")
    else:
        rate, usual = vllm["photos_per_second"], figures["photos_per_second"].get("generate")
        print(f"{'vLLM, JSON':<12}{rate:>12.3g}{f'{rate / usual:.2f}' if usual else '':>18}")
        print(f"  a photo: {vllm['requests']:.1f} requests, {vllm['tokens_in']:.0f} tokens in, "
              f"{vllm['tokens_out']:.0f} out; {vllm['abilities']}")  # fmt: skip
    if on_gpu:
        print(f"tree: {figures['floor']:.0%} of the floor, GPU busy {figures['busy']:.0%} "
              "(aim: 85% or more)")  # fmt: skip
    else:
        print("GPU busy, fraction of the floor: not measured: no GPU")


class Bench:
    """One model, all questions, one batch size."""

    def __init__(self, loaded: Loaded, taxonomy: Taxonomy, batch: int):
        # Random weights need no check of the way; tests hold all ways to the same likelihoods.
        self.engine = VlmEngine(taxonomy, loaded, Settings(), tiers=("reference",))
        self.inputs, self.loaded, self.batch = self.engine._inputs, loaded, batch
        # Others may be at work on the machine: that says nothing of ours.
        self.clock = time.process_time if loaded.device == "cpu" else time.perf_counter
        self.side = self.engine.sides[0]
        self.plan = self.engine._plan(taxonomy.read, self.side)
        self.some = watched([len(line.answer) for line in self.plan.lines])
        lines = [self.plan.lines[place] for place in self.some]
        self.sample = Scorer(loaded, self.plan.prefix, lines)
        self.prompts = []
        for stage in stages(taxonomy.read):
            text = json_prompt(stage.attributes, "long", stage=stage.name, confidence=True)
            answer = {a.name: [a.names[0]] * 2 if a.multiple else a.names[0]
                      for a in stage.attributes}  # fmt: skip
            sure = {f"{a.name}_confidence": 0.9 for a in stage.attributes}
            tokens = len(self.inputs.answer_ids(json.dumps(answer | sure)))
            self.prompts.append((self.inputs.prompt(self.side, text), tokens))

    def timed(self, way: str, pixels: np.ndarray) -> float:
        """Seconds for these photos."""
        ask: Callable[[np.ndarray], None] = getattr(self, way, self.by_tier)
        start = self.clock()
        for first in range(0, len(pixels), self.batch):
            part = pixels[first : first + self.batch]
            if ask == self.by_tier:
                self.by_tier(part, way)
            else:
                ask(part)
        seconds = self.clock() - start
        return seconds * len(self.plan.lines) / len(self.some) if way == "reference" else seconds

    def by_tier(self, pixels: np.ndarray, way: str = "tree") -> None:
        """Score all answers, or with the reference some."""
        scorer = self.sample if way == "reference" else self.plan.scorer
        scorer.score(way, self.inputs.photos(pixels), len(pixels))

    def generate(self, pixels: np.ndarray) -> None:
        """Write the answers to the staged prompts."""
        import torch

        photos = self.inputs.photos(pixels)
        for prompt, tokens in self.prompts:
            ids = torch.tensor(prompt.ids, device=self.loaded.device).expand(len(pixels), -1)
            with torch.inference_mode():
                self.loaded.model.generate(
                    input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False,
                    min_new_tokens=tokens, max_new_tokens=tokens,
                    pad_token_id=self.inputs.padding, **photos,
                ).cpu()  # fmt: skip

    def tokens(self) -> dict[str, int]:
        """How many tokens a photo takes, where."""
        prefix = len(self.plan.prefix.ids)
        lines = self.plan.lines
        return {
            "prefix": prefix,
            "tree": int(self.plan.scorer._packed()["ids"].shape[1]) - prefix,
            "rows": sum(len(line.question) + len(line.answer) for line in lines),
            "prompts": sum(len(prompt.ids) for prompt, _ in self.prompts),
            "answers": sum(tokens for _, tokens in self.prompts),
        }

    def flop(self, size: Size) -> float:
        """Of a photo scored as a tree: matrices and attention, a multiplication and an addition."""
        seen = (size.vision["image_size"] // size.vision["patch_size"]) ** 2
        told = sum(self.tokens()[part] for part in ("prefix", "tree"))
        return _flop(size.vision, seen, gated=False) + _flop(size.text, told, gated=True)

    def busy(self, pixels: np.ndarray) -> float:
        """The share of time in which a kernel runs, scoring photos as a tree."""
        import torch
        from torch.autograd import DeviceType
        from torch.profiler import ProfilerActivity, profile

        self.by_tier(pixels[: self.batch])
        torch.cuda.synchronize()
        with profile(activities=[ProfilerActivity.CUDA]) as seen:
            start = time.perf_counter()
            for first in range(0, len(pixels), self.batch):
                self.by_tier(pixels[first : first + self.batch])
            torch.cuda.synchronize()
            seconds = time.perf_counter() - start
        events = [event for event in seen.events() if event.device_type == DeviceType.CUDA]
        return covered([(e.time_range.start, e.time_range.end) for e in events]) / 1e6 / seconds


def covered(intervals: list[tuple[float, float]]) -> float:
    """The length of a union of intervals.

    >>> covered([(0, 2), (1, 3), (5, 6)])
    4.0
    """
    total, reached = 0.0, float("-inf")
    for start, end in sorted(intervals):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _flop(part: dict[str, int], tokens: int, *, gated: bool) -> float:
    width, layers = part["hidden_size"], part["num_hidden_layers"]
    heads = part["num_attention_heads"]
    kept = part.get("num_key_value_heads", heads) / heads
    weights = width * width * (2 + 2 * kept) + width * part["intermediate_size"] * (
        3 if gated else 2
    )
    return layers * (2 * weights * tokens + 4 * tokens * tokens * width)


if __name__ == "__main__":
    main()
