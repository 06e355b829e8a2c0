"""Models of MLflow, saved and registered: the compact engine, and SmolVLM behind its own server."""

from __future__ import annotations

import atexit
import shutil
import struct
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hangtag
from hangtag.databricks.taught import taught_files
from hangtag.errors import MissingExtraError, UsageError
from hangtag.readings import METADATA

__all__ = [
    "register_compact",
    "register_smolvlm",
    "save_compact",
    "save_smolvlm",
    "serve_compact",
    "serve_smolvlm",
]

# MLflow runs a file that says which model is served; the model itself is in the wheel.
_CODE = "from hangtag.databricks.mlflow_model import {0}\n\n{0}()\n"


def save_compact(folder: Path, taught: Path | None = None) -> None:
    """Save the compact engine as a model: signature, example, requirements. No network.

    ``taught``: a workspace, or a folder of what was taught in one, which goes along. Raises
    UsageError when there is nothing, MissingExtraError without mlflow, which is where models are
    served.
    """
    with _code("serve_compact") as code, _artifacts(taught) as artifacts:
        _mlflow().pyfunc.save_model(str(folder), python_model=code, **_compact(), **artifacts)


def register_compact(name: str, taught: Path | None = None) -> str:
    """Register it as ``catalog.schema.name``; the version it got."""
    with _artifacts(taught) as artifacts:
        return _register(name, "serve_compact", _compact() | artifacts)


def save_smolvlm(folder: Path, model: Path | str) -> None:
    """Save a model that serves ``model``, a folder of weights, by a server like OpenAI's."""
    with _code("serve_smolvlm") as code:
        _mlflow().pyfunc.save_model(str(folder), python_model=code, **_smolvlm(model))


def register_smolvlm(name: str, model: str) -> str:
    """Register it as ``catalog.schema.name``; the version it got."""
    return _register(name, "serve_smolvlm", _smolvlm(model))


def _compact() -> dict[str, Any]:
    import pandas as pd
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    texts = [ColSpec(DataType.string, name, required=False) for name in METADATA]
    inputs = Schema([ColSpec(DataType.binary, "photo"), *texts])
    outputs = Schema(
        [ColSpec(DataType.string, name, required=False)
         for name in ("description", "attributes", "readings", "failure")]
    )  # fmt: skip
    # As a frame: only so does MLflow keep the bytes as a request must have them.
    example = pd.DataFrame([{"photo": _example(), "title": "A shirt"}])
    return {
        "signature": ModelSignature(inputs=inputs, outputs=outputs),
        "input_example": example,
        "pip_requirements": [f"hangtag=={hangtag.__version__}", "pandas>=2.2,<3"],
    }


def _smolvlm(model: Path | str) -> dict[str, Any]:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema
    from mlflow.types.schema import AnyType, Array

    optional = [
        ColSpec(AnyType(), "response_format", required=False),
        ColSpec(DataType.long, "max_tokens", required=False),
        ColSpec(DataType.double, "temperature", required=False),
        ColSpec(DataType.boolean, "logprobs", required=False),
        ColSpec(DataType.long, "top_logprobs", required=False),
    ]
    return {
        "signature": ModelSignature(Schema([ColSpec(Array(AnyType()), "messages"), *optional])),
        "artifacts": {"model": str(model)},
        "metadata": {"task": "llm/v1/chat"},
        "pip_requirements": [f"hangtag=={hangtag.__version__}", "vllm", "pandas>=2.2,<3"],
    }


def _example() -> bytes:
    """A photo of a grey square, as PNG: the example travels with the model."""
    side = 64
    rows = (b"\0" + b"\x80" * side) * side  # each begins with its filter, which is none
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def serve_compact() -> None:
    """Called in a serving process: rows of ``photo`` and metadata in, ``Answering.answer`` out."""
    from mlflow.exceptions import MlflowException
    from mlflow.models import set_model
    from mlflow.protos.databricks_pb2 import BAD_REQUEST

    from hangtag.databricks.answering import Answering

    class CompactModel(_mlflow().pyfunc.PythonModel):  # type: ignore[misc]
        def load_context(self, context: Any) -> None:
            taught = (context.artifacts or {}).get("taught")
            self._answering = Answering(taught=Path(taught) if taught else None)

        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:  # noqa: ARG002
            import pandas as pd

            try:
                return pd.DataFrame(self._answering.answer(_rows(model_input)))
            except UsageError as error:
                raise MlflowException(str(error), error_code=BAD_REQUEST) from error

    set_model(CompactModel())


def serve_smolvlm() -> None:
    """Called in a serving process: chat completions, handed on to a server beside it."""
    from mlflow.exceptions import MlflowException
    from mlflow.models import set_model
    from mlflow.protos.databricks_pb2 import BAD_REQUEST

    from hangtag.databricks.chat_server import ChatServer

    class ChatBehind(_mlflow().pyfunc.PythonModel):  # type: ignore[misc]
        def load_context(self, context: Any) -> None:
            self._server = ChatServer(context.artifacts["model"])
            atexit.register(self._server.close)

        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:  # noqa: ARG002
            try:
                answers = [self._server.ask(row) for row in _rows(model_input)]
            except UsageError as error:
                raise MlflowException(str(error), error_code=BAD_REQUEST) from error
            return answers[0] if len(answers) == 1 else answers

    set_model(ChatBehind())


def _rows(model_input: Any) -> list[dict[str, Any]]:
    """Requests, without what the caller has not said: pandas puts NaN there."""
    if isinstance(model_input, dict):
        rows = [model_input]
    else:
        rows = model_input if isinstance(model_input, list) else model_input.to_dict("records")
    return [
        {n: v for n, v in row.items() if not (v is None or (isinstance(v, float) and v != v))}  # noqa: PLR0124
        for row in rows
    ]


@contextmanager
def _code(serving: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="hangtag-") as folder:
        path = Path(folder) / f"{serving}.py"
        path.write_text(_CODE.format(serving), "utf-8")
        yield str(path)


@contextmanager
def _artifacts(taught: Path | None) -> Iterator[dict[str, Any]]:
    """What was taught, and nothing else of a workspace: a model may be seen by more people."""
    from hangtag.databricks.answering import Answering

    if taught is None:
        yield {}
        return
    Answering(taught=taught)  # better refused here than where it is served
    with tempfile.TemporaryDirectory(prefix="hangtag-") as folder:
        for path in taught_files(taught):
            shutil.copy(path, folder)
        yield {"artifacts": {"taught": folder}}


def _register(name: str, serving: str, what: dict[str, Any]) -> str:
    mlflow = _mlflow()
    mlflow.set_registry_uri("databricks-uc")
    with _code(serving) as code, mlflow.start_run():
        logged = mlflow.pyfunc.log_model(
            name="model", registered_model_name=name, python_model=code, **what
        )
    return str(logged.registered_model_version)


def _mlflow() -> Any:
    try:
        import mlflow.pyfunc
    except ImportError as error:
        raise MissingExtraError("mlflow", "mlflow") from error
    return mlflow
