"""vLLM over a model of random weights, asked by our own engine: staged prompts, guided JSON.

Where vLLM and a GPU are there, its own server is started on this machine, with the configuration
and the processor of ``random_vlm`` and ``--load-format dummy`` (weights of chance). The engine
``served`` asks it as it would any server: photos as JPEG, the schema of the taxonomy in
``response_format``, the three staged prompts in their long wording. What it measures is all of
that, HTTP and JPEG included. No photo is asked about twice, for vLLM remembers what it has read.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.request import urlopen

import numpy as np
from random_vlm import SIZES, random_config, random_processor

from hangtag.engines.base import PhotoBatch
from hangtag.engines.served.engine import ServedEngine
from hangtag.engines.served.settings import Settings
from hangtag.errors import HangtagError
from hangtag.taxonomy import default_taxonomy

__all__ = ["asked", "checkpoint", "guided_json", "why_not"]

_NAME = "random"
# It compiles and captures graphs before it answers.
_PATIENCE = 1200.0


def why_not(*, on_gpu: bool) -> str:
    """Why it cannot be measured here; nothing where it can."""
    if not on_gpu:
        return "no GPU"
    return "" if find_spec("vllm") else "vLLM is not installed"


def guided_json(size: str, tiles: int, photos: int, batch: int, rounds: int) -> dict[str, object]:
    """``photos_per_second``, the median of ``rounds``, and tokens; or ``not_measured``, and why.

    ``tiles``: each photo is cut into so many squared, besides the whole; 1 leaves it whole.
    """
    with tempfile.TemporaryDirectory(prefix="hangtag-vllm-") as folder:
        log = Path(tempfile.gettempdir()) / "hangtag-vllm.log"
        try:
            with _serving(checkpoint(Path(folder), size, tiles), batch, log) as url:
                return asked(url, size, photos, batch, rounds)
        except (HangtagError, OSError, TimeoutError) as error:
            return {"not_measured": f"{error} Its log: {log}"}


def asked(url: str, size: str, photos: int, batch: int, rounds: int) -> dict[str, object]:
    """What a server at ``url`` makes of new photos each round, after one for warming up."""
    side = SIZES[size].vision["image_size"]
    settings = Settings(url, wording="long", photo_side=side, concurrency=batch, timeout=600.0)
    engine = ServedEngine(default_taxonomy(), settings, model=_NAME, remember=False)
    dice = np.random.default_rng(0)
    rates = []
    try:
        for turn in range(rounds + 1):
            pixels = _drawn(dice, photos, side)
            ids = [f"{turn}-{n}" for n in range(photos)]
            before, start = engine.report().figures, time.perf_counter()
            answers = engine.answer(PhotoBatch(ids, pixels, [{}] * photos), engine.taxonomy.read)
            seconds = time.perf_counter() - start
            if answers.stopped is not None:
                return {"not_measured": f"it gave up: {answers.stopped.error}"}
            if answers.unread:
                why = next(iter(answers.unread.values()))
                return {"not_measured": f"{len(answers.unread)} of {photos} unread, as: {why}"}
            if turn:
                rates.append(photos / seconds)
        after = engine.report().figures
        each = {n: (after[n] - before[n]) / photos for n in ("requests", "tokens_in", "tokens_out")}
        return {"photos_per_second": float(np.median(rates)), **each, "abilities": str(
            engine.abilities)}  # fmt: skip
    finally:
        engine.close()


def checkpoint(folder: Path, size: str, tiles: int) -> Path:
    """All of a checkpoint but the weights."""
    processor = random_processor(size)
    side = SIZES[size].vision["image_size"]
    processor.image_processor.size = {"longest_edge": tiles * side}
    config = random_config(size, processor.tokenizer)
    config.architectures = ["Idefics3ForConditionalGeneration"]
    config.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _drawn(dice: np.random.Generator, count: int, side: int) -> np.ndarray:
    """Photos of a few large squares, as large in JPEG as photos of products are, about."""
    squares = dice.integers(0, 256, (count, 8, 8, 3), np.uint8)
    grown = squares.repeat(-(-side // 8), 1).repeat(-(-side // 8), 2)
    return np.ascontiguousarray(grown[:, :side, :side])


@contextmanager
def _serving(model: Path, batch: int, log: Path) -> Iterator[str]:
    """The address of a server, which ends with the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "vllm.entrypoints.openai.api_server",
        "--model", str(model), "--served-model-name", _NAME, "--load-format", "dummy",
        "--dtype", "bfloat16", "--host", "127.0.0.1", "--port", str(port),
        "--max-model-len", "8192", "--max-num-seqs", str(batch),
        "--limit-mm-per-prompt", '{"image": 1}', "--generation-config", "vllm",
        # Otherwise a model may write spaces for ever: they are valid JSON.
        "--structured-outputs-config", '{"disable_any_whitespace": true}',
    ]  # fmt: skip
    offline = {**os.environ, "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
    with log.open("wb") as told:
        server = subprocess.Popen(
            command, stdout=told, stderr=told, env=offline, start_new_session=True
        )
    try:
        _wait(server, f"http://127.0.0.1:{port}/health")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        # Its engine is a process of its own, in the same group.
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _wait(server: subprocess.Popen[bytes], url: str) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if server.poll() is not None:
            raise TimeoutError(f"vLLM ended with {server.returncode} before it answered.")
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(1.0)
    raise TimeoutError(f"vLLM did not answer within {_PATIENCE:.0f} s.")
