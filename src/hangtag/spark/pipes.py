"""Messages between a process and one that it has started, over the latter's standard streams."""

from __future__ import annotations

import pickle
from typing import IO, Any

import pyarrow as pa

__all__ = ["from_ipc", "receive", "send", "to_ipc"]

_LENGTH = 8


def send(stream: IO[bytes], *message: Any) -> None:
    """Write one message. Raises OSError when nobody is there to read it."""
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(len(data).to_bytes(_LENGTH, "big"))
    stream.write(data)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[Any, ...]:
    """The next message. Raises EOFError when there will be none any more."""
    length = stream.read(_LENGTH)
    data = stream.read(int.from_bytes(length, "big")) if len(length) == _LENGTH else b""
    if not data or len(data) < int.from_bytes(length, "big"):
        raise EOFError
    message: tuple[Any, ...] = pickle.loads(data)  # noqa: S301 - both ends are ours
    return message


def to_ipc(batch: pa.RecordBatch) -> bytes:
    """A batch with its schema. Of a slice, the slice alone: pickle would take all of it along."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def from_ipc(data: bytes) -> pa.RecordBatch:
    """The batch that ``to_ipc`` was called on."""
    with pa.ipc.open_stream(data) as reader:
        return reader.read_next_batch()
