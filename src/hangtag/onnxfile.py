"""Networks of ours: ONNX files that say by themselves what they are."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hangtag.errors import EngineError

__all__ = ["Network", "load_network", "shipped"]


@dataclass(frozen=True)
class Network:
    """A loaded network. ``about`` is what its metadata say under ``hangtag``, as JSON.

    ``version`` is what it calls itself and a hash of the file.
    """

    about: Mapping[str, Any]
    version: str
    session: Any

    def run(self, outputs: Sequence[str], **inputs: NDArray[Any]) -> list[NDArray[np.float32]]:
        """The named outputs for named inputs."""
        found: list[NDArray[np.float32]] = self.session.run(list(outputs), inputs)
        return found


def load_network(path: Path, *, threads: int | None = None) -> Network:
    """Load an ONNX file; onnxruntime may use ``threads``, by default one a core, at most four.

    Raises EngineError when it is missing, damaged or no network of ours.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or min(4, os.cpu_count() or 1)
    # Idle threads that spin would take the cores that decode the next photos.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        data = path.read_bytes()
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        about = json.loads(session.get_modelmeta().custom_metadata_map["hangtag"])
    except Exception as error:  # onnxruntime raises classes of its own making
        raise EngineError(
            f"The compact model {path} cannot be loaded: {type(error).__name__}: {error}",
            "Reinstall hangtag, or name another file with --model.",
        ) from error
    digest = hashlib.sha256(data).hexdigest()[:8]
    return Network(about, f"{about['version']}+{digest}", session)


def shipped(name: str) -> Path:
    """Where a file of the folder ``models`` lies; hangtag is always installed unpacked."""
    with resources.as_file(resources.files("hangtag") / "models" / name) as path:
        return path
